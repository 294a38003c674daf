/* SPDX-License-Identifier: ISC */
/* Promises of <ikelive/sync.h> about the side whose peer was taken over, which answers (RFC 6311 §5). */
#include "support/drain.h"
#include "support/fickle_cipher.h"
#include "support/mover.h"
#include "support/peer.h"
#include "support/syncing.h"
#include "support/test.h"

enum { IDLE = 5000 };

static void assert_said(struct host *host, uint32_t send, uint32_t receive)
{
    struct ikl_message_id_sync said = syncing_said(host);

    assert_int_equal(said.nonce, SYNCING_NONCE);
    assert_int_equal(said.send, send);
    assert_int_equal(said.receive, receive);
}

/* Liveness checks of the host and its peer, then what the peer says; and what the host says, with which both go on. */
struct row {
    uint32_t ours, peers;
    uint32_t send, receive;
    bool refused;
    uint32_t next_expected, next_request; /* by the host, after that */
};

static void assert_row(const struct row *row)
{
    struct host host;
    size_t sent;

    syncing_begin(&host, NULL, NULL);
    for (uint32_t i = 0; i < row->ours; i++) {
        syncing_probe(&host);
    }
    for (uint32_t i = 0; i < row->peers; i++) {
        assert_int_equal(syncing_peer_probes(&host, i), IKL_OK);
    }
    sent = host_count(&host, EVENT_SENT);
    if (row->refused) {
        syncing_assert_refused(&host, syncing_give_ids(&host, row->send, row->receive), IKL_ERR_STALE);
        assert_int_equal(host_count(&host, EVENT_SENT), sent);
        assert_int_equal(host_counters(&host).syncs_refused, 1);
    } else {
        assert_int_equal(syncing_give_ids(&host, row->send, row->receive), IKL_OK);
        assert_said(&host, row->next_request, row->next_expected);
        assert_int_equal(host_info(&host).next_request, row->next_request);
        assert_int_equal(syncing_peer_probes(&host, row->next_expected), IKL_OK);
        syncing_probe(&host);
        assert_int_equal(host_last(&host, EVENT_ALIVE)->alive.message_id, row->next_request);
    }
    assert_int_equal(ikl_sa_state(host.sa), IKL_SA_ESTABLISHED);
    host_clear(&host);
}

static void the_highest_numbers_are_agreed_on_and_lower_ones_refused(void **state)
{
    static const struct row rows[] = {
        {0, 0, 0, 2, false, 0, 2},     {0, 0, 1, 3, false, 1, 3}, {1, 0, 0, 3, false, 0, 3}, {0, 1, 1, 2, false, 1, 2},
        {1, 1, 1, 3, false, 1, 3},     {1, 1, 2, 4, false, 2, 4}, /* what the peer says is as high as it has to be */
        {0, 1, 0, 2, true, 0, 0},      {1, 2, 0, 0, true, 0, 0},  {0, 2, 1, 9, true, 0, 0},  /* it was used before */
        {0, 0, 0, 0, false, 0, 2},     {0, 0, 1, 1, false, 1, 2}, {1, 0, 0, 1, false, 0, 3}, /* we know better */
        {0, 0, 70, 90, false, 70, 90},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_row(&rows[i]);
    }
}

static void the_same_synchronisation_gets_the_same_octets_and_changes_nothing(void **state)
{
    struct ikl_event event;
    struct host host;
    size_t first;

    (void)state;
    syncing_begin(&host, NULL, NULL);
    syncing_probe(&host);
    first = host_count(&host, EVENT_SENT);
    assert_int_equal(syncing_give_ids(&host, 5, 7), IKL_OK);
    assert_int_equal(host_counters(&host).accepted, 2);
    syncing_probe(&host);
    assert_int_equal(syncing_peer_probes(&host, 5), IKL_OK);
    assert_int_equal(syncing_give_ids(&host, 5, 7), IKL_OK);
    syncing_assert_sent_again(&host, first);
    assert_int_equal(host_count(&host, EVENT_SYNCED), 1);
    assert_int_equal(host_info(&host).next_request, 8);
    assert_int_equal(host_info(&host).next_expected, 6);
    assert_int_equal(host_counters(&host).peer_syncs, 1);
    assert_int_equal(host_counters(&host).repeated, 1);
    assert_int_equal(host_info(&host).counters.repeats, 1);
    assert_int_equal(ikl_sa_history(host.sa, &event, 1), 1);
    assert_int_equal(event.kind, IKL_EVENT_REPEATED);
    assert_int_equal(event.message_id, 0);
    host_clear(&host);
}

static void an_answer_that_cannot_be_sent_is_in_the_history_and_goes_out_when_the_peer_asks_again(void **state)
{
    struct ikl_event events[16];
    size_t n, failures = 0;
    struct host host;

    (void)state;
    syncing_begin(&host, NULL, NULL);
    host.send_result = IKL_ERR_NO_BUFFER;
    assert_int_equal(syncing_give_ids(&host, 5, 7), IKL_OK);
    n = ikl_sa_history(host.sa, events, COUNT_OF(events));
    for (size_t i = 0; i < n; i++) {
        failures += events[i].kind == IKL_EVENT_SEND_FAILED ? 1 : 0;
    }
    assert_int_equal(failures, 1);
    host.send_result = IKL_OK;
    assert_int_equal(syncing_give_ids(&host, 5, 7), IKL_OK);
    assert_said(&host, 7, 5);
    host_clear(&host);
}

static void ten_repetitions_are_answered_at_once_and_then_one_each_100_ms(void **state)
{
    struct host host;

    (void)state;
    syncing_begin(&host, NULL, NULL);
    assert_int_equal(syncing_give_ids(&host, 5, 7), IKL_OK);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(syncing_give_ids(&host, 5, 7), IKL_OK);
    }
    assert_int_equal(syncing_give_ids(&host, 5, 7), IKL_ERR_RATE);
    host_advance(&host, 99);
    assert_int_equal(syncing_give_ids(&host, 5, 7), IKL_ERR_RATE);
    host_advance(&host, 100);
    assert_int_equal(syncing_give_ids(&host, 5, 7), IKL_OK);
    assert_int_equal(syncing_give_ids(&host, 5, 7), IKL_ERR_RATE);
    assert_int_equal(host_counters(&host).rate_limited, 3);
    host_clear(&host);
}

static void the_next_synchronisation_has_to_be_higher_than_every_earlier_one(void **state)
{
    static const struct ikl_replay_sync nine = {.delta = 9};
    static const struct syncing_says other_nonce = {.send = 5, .receive = 7, .nonce = 1},
                                     with_delta = {.send = 5, .receive = 7, .replay = &nine},
                                     other_receive = {.send = 5, .receive = 8}, lower = {.send = 4, .receive = 7},
                                     higher = {.send = 6, .receive = 7};
    static const struct ikl_replay_sync extended_nine = {.delta = 9, .extended = true};
    static const struct syncing_says narrow = {.send = 7, .receive = 7, .replay = &nine},
                                     wide = {.send = 7, .receive = 7, .replay = &extended_nine};
    struct host host;

    (void)state;
    syncing_begin(&host, NULL, NULL);
    assert_int_equal(syncing_give_ids(&host, 5, 7), IKL_OK);
    assert_int_equal(syncing_give(&host, &other_nonce), IKL_ERR_STALE);
    assert_int_equal(syncing_give(&host, &with_delta), IKL_ERR_STALE);
    assert_int_equal(syncing_give(&host, &other_receive), IKL_ERR_STALE);
    assert_int_equal(syncing_give(&host, &lower), IKL_ERR_STALE);
    assert_int_equal(host_count(&host, EVENT_SYNCED), 1);
    assert_int_equal(host_counters(&host).syncs_refused, 4);
    assert_int_equal(syncing_give(&host, &higher), IKL_OK);
    assert_said(&host, 7, 6);
    assert_int_equal(syncing_give_ids(&host, 5, 7), IKL_ERR_STALE); /* the one before is no repetition any more */
    assert_int_equal(syncing_give(&host, &narrow), IKL_OK);
    assert_int_equal(syncing_give(&host, &narrow), IKL_OK);
    assert_int_equal(syncing_give(&host, &wide), IKL_ERR_STALE);
    host_clear(&host);
}

static void without_the_callback(struct ikl_endpoint_config *config)
{
    config->callbacks.synced = NULL;
}

static void a_host_need_not_want_to_know(void **state)
{
    struct host host;

    (void)state;
    syncing_begin(&host, without_the_callback, NULL);
    assert_int_equal(syncing_give_ids(&host, 5, 7), IKL_OK);
    assert_int_equal(host_info(&host).next_request, 7);
    host_clear(&host);
}

static void it_is_a_sign_of_life_and_its_repetition_is_none(void **state)
{
    struct host host;

    (void)state;
    syncing_begin(&host, NULL, NULL);
    host_advance(&host, 3000);
    assert_int_equal(syncing_give_ids(&host, 5, 7), IKL_OK);
    host_advance(&host, 4000);
    assert_int_equal(syncing_give_ids(&host, 5, 7), IKL_OK);
    assert_int_equal(host_info(&host).last_message, 3000);
    host_advance(&host, 3000 + IDLE - 1);
    assert_int_equal(host_count(&host, EVENT_ATTEMPT), 0);
    host_advance(&host, 3000 + IDLE);
    assert_int_equal(host_count(&host, EVENT_ATTEMPT), 1);
    assert_int_equal(host_last(&host, EVENT_ATTEMPT)->attempt.message_id, 7);
    host_clear(&host);
}

static void the_answer_goes_back_to_where_the_request_came_from(void **state)
{
    static const struct syncing_says says = {.send = 5, .receive = 7};
    uint8_t datagram[HOST_MAX_DATAGRAM];
    struct ikl_path path;
    struct host host;
    size_t len;

    (void)state;
    syncing_begin(&host, NULL, NULL);
    path = *ikl_sa_path(host.sa);
    path.remote.ip[3] = 99;
    len = syncing_seal(&host, &says, datagram);
    assert_int_equal(ikl_endpoint_receive(host.endpoint, &path, datagram, len, 0), IKL_OK);
    assert_int_equal(host_last(&host, EVENT_SENT)->path.remote.ip[3], 99);
    assert_int_equal(host_last(&host, EVENT_ADDRESS)->path.remote.ip[3], 99);
    path.remote.ip[3] = 98;
    assert_int_equal(ikl_endpoint_receive(host.endpoint, &path, datagram, len, 0), IKL_OK);
    assert_int_equal(host_last(&host, EVENT_SENT)->path.remote.ip[3], 98);
    assert_int_equal(host_count(&host, EVENT_ADDRESS), 1);
    host_clear(&host);
}

static void an_answer_that_cannot_be_sent_is_lost_like_any_other(void **state)
{
    struct host host;

    (void)state;
    syncing_begin(&host, NULL, NULL);
    host.send_result = IKL_ERR_INVALID;
    assert_int_equal(syncing_give_ids(&host, 5, 7), IKL_OK);
    assert_int_equal(host_info(&host).counters.send_failures, 1);
    host.send_result = IKL_OK;
    assert_int_equal(syncing_give_ids(&host, 5, 7), IKL_OK);
    host_clear(&host);
}

/* With a cipher that can make the answer again, and with one that cannot. */
static void the_exchange_goes_on_when_the_ike_sa_moves_to_another_endpoint(void **state)
{
    (void)state;
    for (int deterministic = 0; deterministic < 2; deterministic++) {
        struct ikl_endpoint *other;
        struct host host;
        size_t first;

        fickle_reset(deterministic != 0, true);
        syncing_begin(&host, with_fickle_provider, NULL);
        other = mover_endpoint(&host, with_fickle_provider);
        first = host_count(&host, EVENT_SENT);
        assert_int_equal(syncing_give_ids(&host, 5, 7), IKL_OK);
        host_move(&host, &other);
        assert_true(host_info(&host).may_sync);
        assert_int_equal(syncing_give_ids(&host, 5, 7), IKL_OK);
        syncing_assert_sent_again(&host, first);
        assert_int_equal(syncing_give_ids(&host, 6, 7), IKL_OK);
        ikl_sa_close(host.sa, 0);
        assert_true(pool_is_whole(&host));
        assert_int_equal(ikl_endpoint_free(other), IKL_OK);
        host_clear(&host);
    }
}

static void an_operator_sees_that_it_is_agreed_on_and_was_done(void **state)
{
    struct ikl_event events[16];
    char text[4096];
    struct host host;
    size_t n;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host_sa(&host, SYNCING_SUITE, true, 0, syncing_after_auth);
    (void)ikl_sa_describe(host.sa, 0, text, sizeof(text));
    assert_null(strstr(text, "Message ID sync"));
    syncing_agree(host.sa);
    (void)ikl_sa_describe(host.sa, 0, text, sizeof(text));
    assert_non_null(strstr(text, "\n  Message ID sync     agreed\n"));
    assert_int_equal(syncing_give_ids(&host, 5, 7), IKL_OK);
    n = ikl_sa_history(host.sa, events, COUNT_OF(events));
    assert_int_equal(n, 1);
    assert_int_equal(events[0].kind, IKL_EVENT_TAKEN_OVER);
    (void)ikl_sa_history_text(host.sa, 0, text, sizeof(text));
    assert_non_null(strstr(text, "peer taken over"));
    host_clear(&host);
}

TESTS_OF(sync)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_highest_numbers_are_agreed_on_and_lower_ones_refused),
        cmocka_unit_test(the_same_synchronisation_gets_the_same_octets_and_changes_nothing),
        cmocka_unit_test(an_answer_that_cannot_be_sent_is_in_the_history_and_goes_out_when_the_peer_asks_again),
        cmocka_unit_test(ten_repetitions_are_answered_at_once_and_then_one_each_100_ms),
        cmocka_unit_test(the_next_synchronisation_has_to_be_higher_than_every_earlier_one),
        cmocka_unit_test(a_host_need_not_want_to_know),
        cmocka_unit_test(it_is_a_sign_of_life_and_its_repetition_is_none),
        cmocka_unit_test(the_answer_goes_back_to_where_the_request_came_from),
        cmocka_unit_test(an_answer_that_cannot_be_sent_is_lost_like_any_other),
        cmocka_unit_test(the_exchange_goes_on_when_the_ike_sa_moves_to_another_endpoint),
        cmocka_unit_test(an_operator_sees_that_it_is_agreed_on_and_was_done),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
