/* SPDX-License-Identifier: ISC */
/* Promises of <ikelive/sync.h> about requests that the side whose peer was taken over takes for no
 * synchronisation, or refuses. */
#include "support/drain.h"
#include "support/peer.h"
#include "support/syncing.h"
#include "support/test.h"

static void a_message_that_holds_anything_else_is_malformed(void **state)
{
    static const uint8_t body[] = {0, 0, 0x40, 0}, wrong_ids[] = {0, 0, 0x40, 0x26, 1},
                         wrong_delta[] = {0, 0, 0x40, 0x27, 1}, ids[16] = {0, 0, 0x40, 0x26},
                         delta[8] = {0, 0, 0x40, 0x27, 1};
    static const struct ikl_payload also[] = {{.type = IKL_PAYLOAD_NOTIFY, .body = {body, sizeof(body)}},
                                              {.type = IKL_PAYLOAD_NOTIFY, .body = {wrong_ids, sizeof(wrong_ids)}},
                                              {.type = IKL_PAYLOAD_NOTIFY, .body = {wrong_delta, sizeof(wrong_delta)}},
                                              {.type = IKL_PAYLOAD_NOTIFY, .body = {ids, sizeof(ids)}},
                                              {.type = IKL_PAYLOAD_NOTIFY, .body = {body, 2}},
                                              {.type = IKL_PAYLOAD_VENDOR_ID, .body = {body, sizeof(body)}}};
    static const struct ikl_payload second = {.type = IKL_PAYLOAD_NOTIFY, .body = {delta, sizeof(delta)}};
    static const struct ikl_replay_sync replay = {.delta = 1};
    struct syncing_says says = {.send = 5, .receive = 7};
    struct host host;

    (void)state;
    syncing_begin(&host, NULL, NULL);
    for (size_t i = 0; i < COUNT_OF(also); i++) {
        says.also = &also[i];
        syncing_assert_refused(&host, syncing_give(&host, &says), IKL_ERR_MALFORMED);
    }
    says.also = &second; /* a second delta */
    says.replay = &replay;
    syncing_assert_refused(&host, syncing_give(&host, &says), IKL_ERR_MALFORMED);
    syncing_assert_refused(&host, syncing_give_ids(&host, IKL_MESSAGE_ID_NONE, 7), IKL_ERR_MALFORMED);
    syncing_assert_refused(&host, syncing_give_ids(&host, 5, IKL_MESSAGE_ID_NONE), IKL_ERR_MALFORMED);
    assert_int_equal(host_counters(&host).syncs_refused, COUNT_OF(also) + 3);
    assert_int_equal(syncing_give_ids(&host, 5, 7), IKL_OK);
    host_clear(&host);
}

/* From the octets of its type alone to one less than all, and one more. */
static void a_notification_of_another_length_is_malformed(void **state)
{
    struct host host;

    (void)state;
    syncing_begin(&host, NULL, NULL);
    for (uint8_t len = 8; len <= 21; len++) {
        uint8_t inside[24] = {0, 0, 0, len, 0, 0, 0x40, 0x26, 1, 2, 3, 4, 0, 0, 0, 5, 0, 0, 0, 7};
        const struct peer_message message = {.first_payload = IKL_PAYLOAD_NOTIFY, .plaintext = {inside, len}};

        if (len != 20) {
            syncing_assert_refused(&host, peer_send(&host, SYNCING_SUITE, &message), IKL_ERR_MALFORMED);
        }
    }
    host_clear(&host);
}

/* A chain whose last payload is cut, and one behind an unknown critical payload. */
static void a_chain_that_is_not_whole_is_malformed(void **state)
{
    uint8_t inside[24] = {
        IKL_PAYLOAD_NOTIFY, 0, 0, 20, 0, 0, 0x40, 0x26, 1, 2, 3, 4, 0, 0, 0, 5, 0, 0, 0, 7, 0, 0, 0, 9};
    struct peer_message cut = {.first_payload = IKL_PAYLOAD_NOTIFY, .plaintext = {inside, sizeof(inside)}};
    uint8_t datagram[HOST_MAX_DATAGRAM];
    struct host host;

    (void)state;
    syncing_begin(&host, NULL, NULL);
    syncing_assert_refused(&host, peer_send(&host, SYNCING_SUITE, &cut), IKL_ERR_MALFORMED);
    inside[0] = IKL_PAYLOAD_NONE;
    cut.plaintext.len = 20;
    syncing_assert_refused(&host,
                           peer_deliver(&host, datagram, peer_seal_behind(&cut, SYNCING_SUITE, 200, true, datagram)),
                           IKL_ERR_MALFORMED);
    assert_int_equal(peer_send(&host, SYNCING_SUITE, &cut), IKL_OK);
    host_clear(&host);
}

static void what_is_not_authenticated_changes_nothing(void **state)
{
    static const struct syncing_says says = {.send = 5, .receive = 7},
                                     from_us = {.send = 5, .receive = 7, .from_us = true};
    uint8_t datagram[HOST_MAX_DATAGRAM];
    struct host host;
    size_t len;

    (void)state;
    syncing_begin(&host, NULL, NULL);
    len = syncing_seal(&host, &says, datagram);
    for (size_t at = IKL_HEADER_LEN + 4; at < len; at++) {
        datagram[at] ^= 1;
        syncing_assert_refused(&host, peer_deliver(&host, datagram, len), IKL_ERR_FORGED);
        datagram[at] ^= 1;
    }
    syncing_assert_refused(&host, syncing_give(&host, &from_us), IKL_ERR_FLAGS);
    assert_int_equal(host_count(&host, EVENT_SENT), 0);
    host_clear(&host);
}

static void what_was_not_agreed_on_is_a_request_like_any_other(void **state)
{
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host_sa(&host, SYNCING_SUITE, true, 0, syncing_after_auth);
    for (int i = 0; i < 2; i++) { /* nothing, and then something else */
        assert_false(host_info(&host).may_sync);
        if (i == 0) {
            assert_int_equal(syncing_give_ids(&host, 0, 7), IKL_OK);
            assert_int_equal(host_last(&host, EVENT_PEER_REQUEST)->message_id, 0);
            assert_int_equal(ikl_sa_respond(host.sa, 0, NULL, 0, 0), IKL_OK);
        } else {
            assert_int_equal(syncing_peer_probes(&host, 1), IKL_OK);
            assert_int_equal(syncing_give_ids(&host, 5, 7), IKL_ERR_STALE);
        }
        assert_int_equal(ikl_sa_agree_sync(host.sa, IKL_SYNC_REPLAY_COUNTERS, 0), IKL_OK);
    }
    assert_int_equal(host_count(&host, EVENT_SYNCED), 0);
    assert_int_equal(host_counters(&host).syncs_refused, 0);
    assert_int_equal(ikl_sa_agree_sync(host.sa, IKL_SYNC_MESSAGE_IDS, 0), IKL_OK);
    assert_true(host_info(&host).may_sync);
    assert_int_equal(syncing_give_ids(&host, 5, 7), IKL_OK);
    host_clear(&host);
}

/* After a rekey Message ID 0 is that of the first request. */
static void an_ordinary_request_with_message_id_0_is_answered_as_ever(void **state)
{
    static const struct syncing_says create = {.send = 5, .receive = 7, .exchange_type = IKL_CREATE_CHILD_SA};
    static const uint8_t notify[] = {0, 0, 0, 8, 0, 0, 0x40, 0};
    static const struct peer_message other = {.first_payload = IKL_PAYLOAD_NOTIFY,
                                              .plaintext = {notify, sizeof(notify)}};
    struct host host;

    (void)state;
    syncing_begin(&host, NULL, NULL);
    assert_int_equal(syncing_peer_probes(&host, 0), IKL_OK);
    assert_int_equal(syncing_peer_probes(&host, 0), IKL_OK); /* its answer is repeated */
    assert_int_equal(host_counters(&host).peer_probes, 1);
    assert_int_equal(host_counters(&host).repeated, 1);
    host_clear(&host);

    syncing_begin(&host, NULL, NULL);
    assert_int_equal(peer_send(&host, SYNCING_SUITE, &other), IKL_OK);
    assert_int_equal(host_last(&host, EVENT_PEER_REQUEST)->len, sizeof(notify));
    assert_memory_equal(host_last(&host, EVENT_PEER_REQUEST)->datagram, notify, sizeof(notify));
    host_clear(&host);

    syncing_begin(&host, NULL, NULL);
    assert_int_equal(syncing_give(&host, &create), IKL_OK);
    assert_int_equal(host_last(&host, EVENT_PEER_REQUEST)->exchange_type, IKL_CREATE_CHILD_SA);
    assert_int_equal(host_count(&host, EVENT_SYNCED), 0);
    host_clear(&host);
}

static void with_fragments_after_auth(struct ikl_sa_config *config)
{
    syncing_after_auth(config);
    with_fragmentation(config);
}

/* What is in fragments is no message of this exchange. */
static void a_fragment_with_message_id_0_is_taken_as_ever(void **state)
{
    static const struct peer_message fragment = {.fragment_number = 1, .fragment_total = 2};
    struct host host;

    (void)state;
    syncing_begin(&host, NULL, with_fragments_after_auth);
    assert_int_equal(peer_send(&host, SYNCING_SUITE, &fragment), IKL_OK);
    assert_int_equal(host_counters(&host).fragments, 1);
    assert_false(pool_is_whole(&host));
    assert_int_equal(syncing_give_ids(&host, 5, 7), IKL_OK);
    assert_true(pool_is_whole(&host)); /* what it is a part of is over */
    host_clear(&host);
}

static void an_answer_to_nothing_changes_nothing(void **state)
{
    static const struct syncing_says answer = {.send = 5, .receive = 7, .response = true};
    struct host host;

    (void)state;
    syncing_begin(&host, NULL, NULL);
    syncing_assert_refused(&host, syncing_give(&host, &answer), IKL_ERR_UNSOLICITED);
    host_clear(&host);
}

static void before_the_peer_is_authenticated_there_is_no_synchronisation(void **state)
{
    struct ikl_sa_config config;
    struct ikl_keys keys;
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    test_sa_config(&config, &keys, SYNCING_SUITE, true, 0);
    config.connecting = true;
    config.ids.next_request = config.ids.unanswered = 1;
    assert_int_equal(ikl_sa_new(&host.sa, host.endpoint, &config, 0), IKL_OK);
    syncing_agree(host.sa);
    syncing_assert_refused(&host, syncing_give_ids(&host, 0, 2), IKL_ERR_EARLY);
    assert_int_equal(ikl_sa_established(host.sa, 0), IKL_OK);
    assert_int_equal(syncing_give_ids(&host, 0, 2), IKL_OK);
    host_clear(&host);
}

static void without_an_initialisation_vector_nothing_changes(void **state)
{
    struct host host;

    (void)state;
    syncing_begin(&host, NULL, syncing_without_ivs);
    syncing_assert_refused(&host, syncing_give_ids(&host, 5, 7), IKL_ERR_CRYPTO);
    assert_int_equal(host_info(&host).next_request, 2);
    assert_int_equal(host_info(&host).next_expected, 0);
    host_clear(&host);
}

TESTS_OF(sync_refused)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_that_holds_anything_else_is_malformed),
        cmocka_unit_test(a_notification_of_another_length_is_malformed),
        cmocka_unit_test(a_chain_that_is_not_whole_is_malformed),
        cmocka_unit_test(what_is_not_authenticated_changes_nothing),
        cmocka_unit_test(what_was_not_agreed_on_is_a_request_like_any_other),
        cmocka_unit_test(an_ordinary_request_with_message_id_0_is_answered_as_ever),
        cmocka_unit_test(a_fragment_with_message_id_0_is_taken_as_ever),
        cmocka_unit_test(an_answer_to_nothing_changes_nothing),
        cmocka_unit_test(before_the_peer_is_authenticated_there_is_no_synchronisation),
        cmocka_unit_test(without_an_initialisation_vector_nothing_changes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
