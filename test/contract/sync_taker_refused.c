/* SPDX-License-Identifier: ISC */
/* Promises of <ikelive/sync.h> about when the side that takes an IKE SA over may ask, and when not. */
#include "support/fickle_cipher.h"
#include "support/syncing.h"
#include "support/test.h"

static void wrong_options_are_named_and_nothing_happens(void **state)
{
    struct ikl_sync_options options = {.size = sizeof(options), .replay = {.delta = UINT64_C(1) << 32}};
    struct host host;

    (void)state;
    syncing_begin(&host, NULL, NULL);
    assert_null(ikl_sync_options_error(NULL));
    assert_string_equal(ikl_sync_options_error(&options), "replay.delta");
    assert_int_equal(syncing_start(&host, &options), IKL_ERR_INVALID);
    options.replay.delta--;
    assert_null(ikl_sync_options_error(&options));
    options.size = 3;
    assert_string_equal(ikl_sync_options_error(&options), "size");
    assert_int_equal(syncing_start(&host, &options), IKL_ERR_INVALID);
    assert_int_equal(ikl_sa_sync(host.sa, NULL, IKL_NEVER), IKL_ERR_INVALID);
    assert_int_equal(host_count(&host, EVENT_SENT), 0);
    assert_false(host_info(&host).syncing);
    host_clear(&host);
}

static void it_has_to_be_agreed_on(void **state)
{
    struct ikl_sync_options options = {.size = sizeof(options), .replay = {.delta = 1}};
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host_sa(&host, SYNCING_SUITE, true, 0, syncing_after_auth);
    assert_int_equal(ikl_sa_agree_sync(host.sa, 0, 0), IKL_ERR_INVALID);
    assert_int_equal(ikl_sa_agree_sync(host.sa, 4, 0), IKL_ERR_INVALID);
    assert_int_equal(syncing_start(&host, NULL), IKL_ERR_UNSUPPORTED);
    assert_int_equal(ikl_sa_agree_sync(host.sa, IKL_SYNC_MESSAGE_IDS, 0), IKL_OK);
    assert_int_equal(syncing_start(&host, &options), IKL_ERR_UNSUPPORTED);
    assert_int_equal(ikl_sa_agree_sync(host.sa, IKL_SYNC_REPLAY_COUNTERS, 0), IKL_OK);
    assert_int_equal(syncing_start(&host, &options), IKL_OK);
    assert_int_equal(syncing_start(&host, &options), IKL_ERR_BUSY); /* one at a time */
    ikl_sa_close(host.sa, 0);
    assert_int_equal(syncing_start(&host, NULL), IKL_ERR_STATE);
    assert_int_equal(ikl_sa_agree_sync(host.sa, IKL_SYNC_MESSAGE_IDS, 0), IKL_ERR_STATE);
    host_clear(&host);
}

static void what_the_peer_supports_is_read_from_its_notifications(void **state)
{
    static const uint8_t ids[] = {0, 0, 0x40, 0x24}, counters[] = {0, 0, 0x40, 0x25}, other[] = {0, 0, 0x40, 0x26};
    static const struct ikl_payload payloads[] = {{.type = IKL_PAYLOAD_NOTIFY, .body = {other, 4}},
                                                  {.type = IKL_PAYLOAD_NOTIFY, .body = {other, 3}},
                                                  {.type = IKL_PAYLOAD_VENDOR_ID, .body = {counters, 4}},
                                                  {.type = IKL_PAYLOAD_NOTIFY, .body = {ids, 4}},
                                                  {.type = IKL_PAYLOAD_NOTIFY, .body = {counters, 4}}};
    static const unsigned offered[] = {
        0, 0, 0, 0, IKL_SYNC_MESSAGE_IDS, IKL_SYNC_MESSAGE_IDS | IKL_SYNC_REPLAY_COUNTERS};

    (void)state;
    for (size_t n = 0; n <= COUNT_OF(payloads); n++) {
        uint8_t octets[100];
        struct ikl_writer writer = ikl_writer(octets, sizeof(octets));

        assert_int_equal(ikl_chain_write(&writer, payloads, n), IKL_OK);
        assert_int_equal(ikl_sync_offered(ikl_chain_first(payloads, n), (struct ikl_octets){octets, writer.len}),
                         offered[n]);
    }
}

static uint32_t first_id;

static void with_ids(struct ikl_sa_config *config)
{
    syncing_after_auth(config);
    config->ids.next_request = config->ids.unanswered = first_id;
}

static void with_peer_ids(struct ikl_sa_config *config)
{
    syncing_after_auth(config);
    config->ids.next_expected = IKL_MESSAGE_ID_LAST;
}

static void without_message_ids_to_skip_nothing_is_sent(void **state)
{
    struct ikl_sync_options options = {.size = sizeof(options), .unknown_requests = 9};
    struct host host;

    (void)state;
    first_id = IKL_MESSAGE_ID_LAST - 9;
    syncing_begin(&host, NULL, with_ids);
    assert_int_equal(syncing_start(&host, &options), IKL_ERR_EXHAUSTED);
    options.unknown_requests--;
    assert_int_equal(syncing_start(&host, &options), IKL_OK);
    assert_int_equal(syncing_said(&host).send, IKL_MESSAGE_ID_LAST);
    host_clear(&host);

    first_id = IKL_MESSAGE_ID_LAST;
    syncing_begin(&host, NULL, with_ids);
    syncing_probe(&host);
    assert_int_equal(syncing_start(&host, NULL), IKL_ERR_EXHAUSTED);
    host_clear(&host);

    syncing_begin(&host, NULL, with_peer_ids);
    assert_int_equal(syncing_start(&host, NULL), IKL_OK);
    assert_int_equal(syncing_said(&host).receive, IKL_MESSAGE_ID_LAST);
    host_clear(&host);

    syncing_begin(&host, NULL, with_peer_ids);
    assert_int_equal(syncing_peer_probes(&host, IKL_MESSAGE_ID_LAST), IKL_OK);
    assert_int_equal(syncing_start(&host, NULL), IKL_ERR_EXHAUSTED);
    host_clear(&host);
}

static void without_randomness_nothing_is_sent(void **state)
{
    struct host host;

    (void)state;
    syncing_begin(&host, NULL, NULL);
    host.random_result = IKL_ERR_CRYPTO;
    assert_int_equal(syncing_start(&host, NULL), IKL_ERR_CRYPTO);
    assert_int_equal(host_count(&host, EVENT_SENT), 0);
    host.random_result = IKL_OK;
    assert_int_equal(syncing_start(&host, NULL), IKL_OK);
    host_clear(&host);
}

static int sync_inside(struct host *host, struct event *event)
{
    if (event->kind == EVENT_SENT) {
        assert_int_equal(syncing_start(host, NULL), IKL_ERR_REENTRANT);
        assert_int_equal(ikl_sa_agree_sync(host->sa, IKL_SYNC_MESSAGE_IDS, host->now), IKL_ERR_REENTRANT);
    } else if (event->kind == EVENT_ATTEMPT && event->attempt.message_id == 0) {
        assert_int_equal(syncing_start(host, NULL), IKL_ERR_BUSY);
    } else if (event->kind == EVENT_ALIVE) {
        assert_int_equal(ikl_sa_probe(host->sa, host->now), IKL_OK);
        assert_int_equal(syncing_start(host, NULL), IKL_ERR_BUSY); /* the attempt is yet to be told */
    } else if (event->kind == EVENT_PEER_REQUEST) {
        assert_int_equal(syncing_start(host, NULL), IKL_OK);
        assert_int_equal(ikl_sa_respond(host->sa, event->message_id, NULL, 0, host->now), IKL_OK);
    }
    return IKL_OK;
}

static void it_may_begin_inside_a_callback_but_not_inside_a_leaf(void **state)
{
    static const struct syncing_says create = {.exchange_type = IKL_CREATE_CHILD_SA};
    struct host host;

    (void)state;
    syncing_begin(&host, NULL, NULL);
    host.on_event = sync_inside;
    syncing_probe(&host);
    assert_false(host_info(&host).syncing);
    assert_int_equal(syncing_give(&host, &create), IKL_OK);
    host.on_event = NULL;
    syncing_assert_under_way(&host);
    assert_int_equal(host_counters(&host).reentrant, 2 * host_count(&host, EVENT_SENT));
    host_clear(&host);
}

static void when_sealing_fails_nothing_changes(void **state)
{
    static const struct syncing_says peers = {.send = 5, .receive = 7};
    struct host host;

    (void)state;
    fickle_reset(true, true);
    syncing_begin(&host, with_fickle_provider, NULL);
    assert_int_equal(syncing_give(&host, &peers), IKL_OK);
    fickle.seal_result = IKL_ERR_CRYPTO;
    assert_int_equal(syncing_give(&host, &peers), IKL_ERR_CRYPTO); /* the same answer again */
    assert_int_equal(syncing_start(&host, NULL), IKL_ERR_CRYPTO);
    assert_false(host_info(&host).syncing);
    assert_int_equal(host_info(&host).next_request, 7);
    fickle.seal_result = IKL_OK;
    assert_int_equal(syncing_start(&host, NULL), IKL_OK);
    host_clear(&host);
}

TESTS_OF(sync_taker_refused)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_options_are_named_and_nothing_happens),
        cmocka_unit_test(it_has_to_be_agreed_on),
        cmocka_unit_test(what_the_peer_supports_is_read_from_its_notifications),
        cmocka_unit_test(without_message_ids_to_skip_nothing_is_sent),
        cmocka_unit_test(without_randomness_nothing_is_sent),
        cmocka_unit_test(it_may_begin_inside_a_callback_but_not_inside_a_leaf),
        cmocka_unit_test(when_sealing_fails_nothing_changes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
