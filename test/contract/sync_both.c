/* SPDX-License-Identifier: ISC */
/* Promises of <ikelive/sync.h> about both sides together, also when both were taken over. */
#include "support/drain.h"
#include "support/fickle_cipher.h"
#include "support/narrow.h"
#include "support/syncing.h"
#include "support/test.h"

static void agree(struct pair *pair)
{
    syncing_agree(pair->a.sa);
    syncing_agree(pair->b.sa);
}

static uint32_t behind;

/* The side that takes over knows the Message IDs as they were a while ago. */
static void with_old_ids(struct ikl_sa_config *config)
{
    uint32_t known = 10 - (config->original_initiator ? 0 : behind);

    test_sealed_before(config);
    config->ids.next_request = config->ids.unanswered = known;
    config->ids.next_expected = known;
    test_sealed_before(config);
}

static void begin_pair(struct pair *pair)
{
    pair_init(pair, SYNCING_SUITE, 1, NULL, with_old_ids);
    agree(pair);
}

static void an_ike_sa_survives_a_takeover_with_old_message_ids(void **state)
{
    struct ikl_sync_options options = {.size = sizeof(options)};

    (void)state;
    for (behind = 0; behind <= 10; behind++) {
        struct pair pair;

        begin_pair(&pair);
        (void)syncing_request(&pair.a);
        options.unknown_requests = behind;
        assert_int_equal(syncing_start(&pair.b, &options), IKL_OK);
        pair_deliver(&pair);
        assert_int_equal(host_last(&pair.a, EVENT_OUTCOME)->outcome.kind, IKL_OUTCOME_SKIPPED);
        assert_int_equal(host_count(&pair.b, EVENT_SYNCED), 1);
        assert_int_equal(host_info(&pair.b).next_expected, host_info(&pair.a).next_request);
        assert_int_equal(host_info(&pair.a).next_expected, host_info(&pair.b).next_request);
        pair_run(&pair, 60000, 0);
        assert_int_equal(host_count(&pair.a, EVENT_DOWN) + host_count(&pair.b, EVENT_DOWN), 0);
        assert_int_equal(host_info(&pair.a).reachability, IKL_REACHABILITY_UP);
        pair_clear(&pair);
    }
}

/* What both ask crosses, and both go on with what is highest (appendix A.4). */
static void both_sides_may_be_taken_over_at_once(void **state)
{
    struct pair pair;

    (void)state;
    behind = 1;
    begin_pair(&pair);
    assert_int_equal(syncing_start(&pair.a, NULL), IKL_OK);
    assert_int_equal(syncing_start(&pair.b, NULL), IKL_OK);
    (void)syncing_request(&pair.a);
    pair_deliver(&pair);
    assert_int_equal(host_count(&pair.a, EVENT_SYNCED), 2);
    assert_int_equal(host_count(&pair.b, EVENT_SYNCED), 2);
    assert_int_equal(host_info(&pair.b).next_expected, host_info(&pair.a).next_request);
    assert_int_equal(host_info(&pair.a).next_expected, host_info(&pair.b).next_request);
    pair_run(&pair, 60000, 0);
    assert_int_equal(host_count(&pair.a, EVENT_DOWN) + host_count(&pair.b, EVENT_DOWN), 0);
    pair_clear(&pair);
}

/* It is lower than what this side knows, which need not be what the peer has used. */
static void while_ours_is_under_way_that_of_the_peer_is_answered_if_it_is_no_old_one(void **state)
{
    static const struct syncing_says peers = {.send = 0, .receive = 1}, old = {.send = 0, .receive = 9};
    struct ikl_message_id_sync said;
    struct host host;
    uint32_t nonce;

    (void)state;
    syncing_begin(&host, NULL, NULL);
    assert_int_equal(syncing_peer_probes(&host, 0), IKL_OK);
    assert_int_equal(syncing_start(&host, NULL), IKL_OK);
    nonce = syncing_said(&host).nonce;
    assert_int_equal(syncing_give(&host, &peers), IKL_OK);
    said = syncing_said(&host);
    assert_int_equal(said.send, 3);
    assert_int_equal(said.receive, 1);
    assert_true(host_info(&host).syncing); /* only the answer ends it */
    assert_int_equal(syncing_give(&host, &old), IKL_ERR_STALE);
    assert_int_equal(syncing_peer_probes(&host, 1), IKL_ERR_PENDING);
    assert_int_equal(syncing_answer(&host, nonce, 1, 3), IKL_OK);
    assert_false(host_info(&host).syncing);
    host_clear(&host);
}

/* What we have said to the peer is higher than what its answer says. */
static void while_ours_is_under_way_our_message_ids_go_on_from_what_that_of_the_peer_asks_for(void **state)
{
    static const struct syncing_says peers = {.send = 0, .receive = 20};
    struct host host;
    uint32_t nonce;

    (void)state;
    nonce = syncing_under_way(&host, NULL);
    assert_int_equal(syncing_give(&host, &peers), IKL_OK);
    assert_int_equal(syncing_said(&host).send, 20);
    assert_int_equal(syncing_answer(&host, nonce, 0, 3), IKL_OK);
    assert_int_equal(host_info(&host).next_request, 20);
    host_clear(&host);
}

static void once_it_is_answered_nothing_but_a_liveness_check_is_due(void **state)
{
    struct host host;
    uint32_t nonce;

    (void)state;
    nonce = syncing_under_way(&host, NULL);
    assert_int_equal(ikl_endpoint_next_deadline(host.endpoint), 1000);
    assert_int_equal(syncing_answer(&host, nonce, 0, 3), IKL_OK);
    assert_int_equal(ikl_endpoint_next_deadline(host.endpoint), 5000);
    host_clear(&host);
}

static void what_cannot_be_made_again_is_not_sent_without_room_to_keep_it(void **state)
{
    static const struct syncing_says peers = {.send = 5, .receive = 7};
    struct drain drain;
    struct host host;

    (void)state;
    fickle_reset(false, true);
    syncing_begin(&host, with_fickle_provider, NULL);
    drain_pool(&drain, &host);
    assert_int_equal(syncing_start(&host, NULL), IKL_ERR_NO_BUFFER);
    syncing_assert_refused(&host, syncing_give(&host, &peers), IKL_ERR_NO_BUFFER);
    assert_int_equal(host_count(&host, EVENT_SENT), 0);
    refill_pool(&drain, &host);
    assert_int_equal(syncing_give(&host, &peers), IKL_OK);
    assert_int_equal(syncing_start(&host, NULL), IKL_OK);
    host_clear(&host);
}

/* What cannot be made again is kept. */
static void requests_and_answers_of_a_cipher_that_never_seals_alike_are_sent_again_too(void **state)
{
    static const struct syncing_says peers = {.send = 5, .receive = 7}, next = {.send = 9, .receive = 9};
    struct host host;
    size_t room;

    (void)state;
    fickle_reset(false, true);
    syncing_begin(&host, with_fickle_provider, NULL);
    assert_int_equal(syncing_start(&host, NULL), IKL_OK);
    host_advance(&host, 1000);
    syncing_assert_sent_again(&host, 0);
    host_clear(&host);

    fickle_reset(false, true);
    syncing_begin(&host, with_fickle_provider, NULL);
    assert_int_equal(syncing_give(&host, &peers), IKL_OK);
    room = pool_room(&host);
    assert_int_equal(syncing_give(&host, &next), IKL_OK);
    assert_int_equal(pool_room(&host), room); /* of the latest answer alone */
    assert_int_equal(syncing_peer_probes(&host, 9), IKL_OK);
    assert_int_equal(syncing_give(&host, &next), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_SENT), 4);
    syncing_assert_sent_again(&host, 1);
    host_clear(&host);
}

static void with_fragments_along_4000_octets(struct ikl_sa_config *config)
{
    syncing_after_auth(config);
    with_fragmentation(config);
    config->path.mtu = 4000;
}

/* RFC 7383 §3: not even where a cipher makes it so long that the narrowest path takes a part of it alone. */
static void what_is_kept_to_be_sent_again_is_not_fragmented(void **state)
{
    static const struct ikl_sync_options longest = {.size = sizeof(longest),
                                                    .replay = {.delta = UINT64_MAX, .extended = true}};
    struct host host;

    (void)state;
    fickle_reset_block_len(36, false);
    fickle_with_icv_len(IKL_MAX_ICV);
    syncing_begin(&host, with_fickle_provider, with_fragments_along_4000_octets);
    assert_int_equal(syncing_start(&host, &longest), IKL_OK);
    narrow_move(&host, 1);
    assert_int_equal(host_count(&host, EVENT_SENT), 2);
    assert_true(host_last(&host, EVENT_SENT)->len > ikl_path_max_message(ikl_sa_path(host.sa)));
    syncing_assert_sent_again(&host, 0);
    host_clear(&host);
}

TESTS_OF(sync_both)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_ike_sa_survives_a_takeover_with_old_message_ids),
        cmocka_unit_test(both_sides_may_be_taken_over_at_once),
        cmocka_unit_test(while_ours_is_under_way_that_of_the_peer_is_answered_if_it_is_no_old_one),
        cmocka_unit_test(while_ours_is_under_way_our_message_ids_go_on_from_what_that_of_the_peer_asks_for),
        cmocka_unit_test(once_it_is_answered_nothing_but_a_liveness_check_is_due),
        cmocka_unit_test(what_cannot_be_made_again_is_not_sent_without_room_to_keep_it),
        cmocka_unit_test(requests_and_answers_of_a_cipher_that_never_seals_alike_are_sent_again_too),
        cmocka_unit_test(what_is_kept_to_be_sent_again_is_not_fragmented),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
