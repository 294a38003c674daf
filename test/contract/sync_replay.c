/* SPDX-License-Identifier: ISC */
/* Promises of <ikelive/sync.h> about replay counters (RFC 6311 §5.2). */
#include "support/peer.h"
#include "support/syncing.h"
#include "support/test.h"

static void the_host_is_told_by_how_much_to_increment_replay_counters(void **state)
{
    static const struct ikl_replay_sync plain = {.delta = UINT32_C(1) << 30},
                                        extended = {.delta = UINT64_C(1) << 40, .extended = true};
    struct syncing_says says = {.send = 5, .receive = 7, .replay = &plain};
    const struct event *told;
    struct host host;

    (void)state;
    syncing_begin(&host, NULL, NULL);
    host_advance(&host, 1000);
    assert_int_equal(syncing_give(&host, &says), IKL_OK);
    told = host_last(&host, EVENT_SYNCED);
    assert_true(told->synced.by_peer);
    assert_int_equal(told->synced.at, 1000);
    assert_int_equal(told->synced.next_request, 7);
    assert_int_equal(told->synced.next_expected, 5);
    assert_true(told->synced.replay.delta == plain.delta);
    assert_false(told->synced.replay.extended);
    says = (struct syncing_says){.send = 6, .receive = 7, .replay = &extended};
    assert_int_equal(syncing_give(&host, &says), IKL_OK);
    told = host_last(&host, EVENT_SYNCED);
    assert_true(told->synced.replay.delta == extended.delta);
    assert_true(told->synced.replay.extended);
    assert_int_equal(syncing_give_ids(&host, 7, 7), IKL_OK);
    assert_true(host_last(&host, EVENT_SYNCED)->synced.replay.delta == 0);
    host_clear(&host);
}

/* An ordinary request with one payload. */
static int give_alone(struct host *host, uint32_t message_id, struct ikl_octets body)
{
    const struct peer_message message = {
        .message_id = message_id, .first_payload = IKL_PAYLOAD_NOTIFY, .plaintext = body};

    return peer_send(host, SYNCING_SUITE, &message);
}

/* Only IPSEC_REPLAY_COUNTER_SYNC, in an ordinary request, with something else behind it or not. */
static int give_delta_alone(struct host *host, uint32_t message_id, uint8_t exchange_type, size_t len)
{
    static const uint8_t inside[] = {0, 0, 0, 12, 0, 0, 0x40, 0x27, 0, 0, 0, 9},
                         more[] = {41, 0, 0, 12, 0, 0, 0x40, 0x27, 0, 0, 0, 9, 0, 0, 0, 8, 0, 0, 0x40, 0};
    const struct peer_message message = {.message_id = message_id,
                                         .exchange_type = exchange_type,
                                         .first_payload = IKL_PAYLOAD_NOTIFY,
                                         .plaintext = {len == sizeof(inside) ? inside : more, len}};

    return peer_send(host, SYNCING_SUITE, &message);
}

static void replay_counters_alone_are_synchronised_in_an_ordinary_request(void **state)
{
    static const uint8_t initial_contact[] = {0, 0, 0, 8, 0, 0, 0x40, 0};
    static const struct peer_message other = {
        .message_id = 5, .first_payload = IKL_PAYLOAD_NOTIFY, .plaintext = {initial_contact, sizeof(initial_contact)}};
    static const struct syncing_says ids = {.send = 9, .receive = 9, .message_id = 4};
    uint8_t plaintext[HOST_MAX_DATAGRAM];
    struct ikl_synced synced;
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host_sa(&host, SYNCING_SUITE, true, 0, syncing_after_auth);
    assert_int_equal(give_delta_alone(&host, 0, 0, 12), IKL_OK); /* it is not agreed on */
    assert_int_equal(ikl_sa_respond(host.sa, 0, NULL, 0, 0), IKL_OK);
    assert_int_equal(ikl_sa_agree_sync(host.sa, IKL_SYNC_MESSAGE_IDS, 0), IKL_OK);
    assert_int_equal(give_delta_alone(&host, 1, 0, 12), IKL_OK);
    assert_int_equal(ikl_sa_respond(host.sa, 1, NULL, 0, 0), IKL_OK);
    assert_int_equal(ikl_sa_agree_sync(host.sa, IKL_SYNC_REPLAY_COUNTERS, 0), IKL_OK);
    assert_int_equal(give_delta_alone(&host, 2, 0, 20), IKL_OK); /* it says more */
    assert_int_equal(ikl_sa_respond(host.sa, 2, NULL, 0, 0), IKL_OK);
    assert_int_equal(give_delta_alone(&host, 3, IKL_CREATE_CHILD_SA, 12), IKL_OK);
    assert_int_equal(ikl_sa_respond(host.sa, 3, NULL, 0, 0), IKL_OK);
    assert_int_equal(syncing_give(&host, &ids), IKL_OK);
    assert_int_equal(ikl_sa_respond(host.sa, 4, NULL, 0, 0), IKL_OK);
    assert_int_equal(peer_send(&host, SYNCING_SUITE, &other), IKL_OK);
    assert_int_equal(ikl_sa_respond(host.sa, 5, NULL, 0, 0), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_PEER_REQUEST), 6);
    assert_int_equal(host_count(&host, EVENT_SYNCED), 0);
    assert_int_equal(give_delta_alone(&host, 6, 0, 12), IKL_OK);
    assert_int_equal(peer_open(host_last(&host, EVENT_SENT), SYNCING_SUITE, plaintext).plaintext.len, 0);
    synced = host_last(&host, EVENT_SYNCED)->synced;
    assert_true(synced.by_peer && synced.replay.delta == 9);
    assert_int_equal(synced.next_request, 2);
    assert_int_equal(synced.next_expected, 7);
    assert_int_equal(give_delta_alone(&host, 6, 0, 12), IKL_OK); /* repeated: the same answer, and no more */
    assert_int_equal(host_count(&host, EVENT_SYNCED), 1);
    assert_int_equal(host_counters(&host).peer_syncs, 1);
    host_clear(&host);
}

static void with_window_of_four(struct ikl_sa_config *config)
{
    syncing_after_auth(config);
    config->ids.own_window = 4;
}

/* Two that waited for a request before them have their turn at once. */
static void no_delta_is_lost_when_two_are_taken_at_once(void **state)
{
    struct host host;

    (void)state;
    syncing_begin(&host, NULL, with_window_of_four);
    assert_int_equal(give_delta_alone(&host, 1, 0, 12), IKL_OK);
    assert_int_equal(give_delta_alone(&host, 2, 0, 12), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_SYNCED), 0);
    assert_int_equal(syncing_peer_probes(&host, 0), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_SYNCED), 1);
    assert_int_equal(host_last(&host, EVENT_SYNCED)->synced.replay.delta, 2 * 9);
    assert_int_equal(host_counters(&host).peer_syncs, 2);
    assert_int_equal(give_delta_alone(&host, 3, 0, 12), IKL_OK);
    assert_int_equal(host_last(&host, EVENT_SYNCED)->synced.replay.delta, 9);
    host_clear(&host);
}

static void nor_do_two_come_to_less_than_either(void **state)
{
    static const uint8_t most[] = {0, 0, 0, 16, 0, 0, 0x40, 0x27, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe};
    static const uint8_t none[] = {0, 0, 0, 12, 0, 0, 0x40, 0x27, 0, 0, 0, 0};
    struct ikl_replay_sync told;
    struct host host;

    (void)state;
    syncing_begin(&host, NULL, with_window_of_four);
    assert_int_equal(give_delta_alone(&host, 1, 0, 12), IKL_OK);
    assert_int_equal(give_alone(&host, 2, (struct ikl_octets){most, sizeof(most)}), IKL_OK);
    assert_int_equal(syncing_peer_probes(&host, 0), IKL_OK);
    told = host_last(&host, EVENT_SYNCED)->synced.replay;
    assert_true(told.delta == UINT64_MAX);
    assert_true(told.extended);
    assert_int_equal(give_alone(&host, 4, (struct ikl_octets){most, sizeof(most)}), IKL_OK);
    assert_int_equal(give_alone(&host, 5, (struct ikl_octets){most, sizeof(most)}), IKL_OK);
    assert_int_equal(syncing_peer_probes(&host, 3), IKL_OK);
    assert_true(host_last(&host, EVENT_SYNCED)->synced.replay.delta == UINT64_MAX);
    assert_int_equal(give_alone(&host, 7, (struct ikl_octets){none, sizeof(none)}), IKL_OK);
    assert_int_equal(give_delta_alone(&host, 8, 0, 12), IKL_OK);
    assert_int_equal(syncing_peer_probes(&host, 6), IKL_OK);
    assert_int_equal(host_last(&host, EVENT_SYNCED)->synced.replay.delta, 9);
    host_clear(&host);
}

static void a_delta_alone_that_cannot_be_answered_counts_for_nothing(void **state)
{
    struct host host;

    (void)state;
    syncing_begin(&host, NULL, syncing_without_ivs);
    assert_int_equal(give_delta_alone(&host, 0, 0, 12), IKL_ERR_CRYPTO);
    assert_int_equal(host_count(&host, EVENT_SYNCED), 0);
    host_clear(&host);
}

static void replay_counters_are_left_alone_unless_that_was_agreed_on(void **state)
{
    static const struct ikl_replay_sync replay = {.delta = 1000};
    static const struct syncing_says says = {.send = 5, .receive = 7, .replay = &replay};
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host_sa(&host, SYNCING_SUITE, true, 0, syncing_after_auth);
    assert_int_equal(ikl_sa_agree_sync(host.sa, IKL_SYNC_MESSAGE_IDS, 0), IKL_OK);
    assert_int_equal(syncing_give(&host, &says), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_SYNCED), 1);
    assert_true(host_last(&host, EVENT_SYNCED)->synced.replay.delta == 0);
    host_clear(&host);
}

static void the_peer_can_be_asked_to_increment_replay_counters(void **state)
{
    struct ikl_sync_options options = {.size = sizeof(options),
                                       .replay = {.delta = UINT64_C(1) << 33, .extended = true}};
    uint8_t plaintext[HOST_MAX_DATAGRAM];
    struct ikl_replay_sync replay;
    struct ikl_payload payload;
    struct ikl_opened opened;
    struct ikl_chain chain;
    struct host host;

    (void)state;
    syncing_begin(&host, NULL, NULL);
    assert_int_equal(syncing_start(&host, &options), IKL_OK);
    opened = peer_open(host_last(&host, EVENT_SENT), SYNCING_SUITE, plaintext);
    chain = ikl_chain(opened.first_payload, opened.plaintext);
    assert_int_equal(ikl_chain_next(&chain, &payload), IKL_OK);
    assert_int_equal(ikl_chain_next(&chain, &payload), IKL_OK);
    assert_int_equal(ikl_replay_sync_read(&replay, payload.body), IKL_OK);
    assert_true(replay.delta == options.replay.delta && replay.extended);
    assert_int_equal(ikl_chain_next(&chain, &payload), IKL_ERR_END);
    host_clear(&host);
}

TESTS_OF(sync_replay)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_host_is_told_by_how_much_to_increment_replay_counters),
        cmocka_unit_test(replay_counters_alone_are_synchronised_in_an_ordinary_request),
        cmocka_unit_test(no_delta_is_lost_when_two_are_taken_at_once),
        cmocka_unit_test(nor_do_two_come_to_less_than_either),
        cmocka_unit_test(a_delta_alone_that_cannot_be_answered_counts_for_nothing),
        cmocka_unit_test(replay_counters_are_left_alone_unless_that_was_agreed_on),
        cmocka_unit_test(the_peer_can_be_asked_to_increment_replay_counters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
