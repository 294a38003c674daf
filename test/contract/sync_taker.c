/* SPDX-License-Identifier: ISC */
/* Promises of <ikelive/sync.h> about the side that takes an IKE SA over, and asks (RFC 6311 §5.1). */
#include "support/mover.h"
#include "support/peer.h"
#include "support/syncing.h"
#include "support/test.h"

enum { IDLE = 5000, TOTAL = 319000 };

static void it_asks_with_message_id_0_and_skips_what_the_window_of_the_peer_is_wide(void **state)
{
    struct ikl_attempt attempt;
    struct host host;

    (void)state;
    (void)syncing_under_way(&host, NULL);
    assert_int_equal(host_count(&host, EVENT_SENT), 1);
    attempt = host_last(&host, EVENT_ATTEMPT)->attempt;
    assert_int_equal(attempt.exchange_type, IKL_INFORMATIONAL);
    assert_int_equal(attempt.message_id, 0);
    assert_false(attempt.liveness);
    syncing_assert_under_way(&host);
    host_clear(&host);
}

static void with_windows(struct ikl_sa_config *config)
{
    syncing_after_auth(config);
    config->ids.peer_window = IKL_WINDOW_MAX;
}

static void what_is_unknown_is_skipped_too(void **state)
{
    struct ikl_sync_options options = {.size = sizeof(options), .unknown_requests = 100};
    struct host host;

    (void)state;
    syncing_begin(&host, NULL, with_windows);
    assert_int_equal(syncing_start(&host, &options), IKL_OK);
    assert_int_equal(syncing_said(&host).send, 103);
    host_clear(&host);

    options.unknown_requests = 1;
    syncing_begin(&host, NULL, with_windows);
    assert_int_equal(syncing_start(&host, &options), IKL_OK);
    assert_int_equal(syncing_said(&host).send, 2 + IKL_WINDOW_MAX);
    syncing_assert_under_way(&host);
    host_clear(&host);
}

static void the_answer_ends_it_and_both_go_on_with_the_highest_numbers(void **state)
{
    struct ikl_synced synced;
    struct host host;
    uint32_t nonce;

    (void)state;
    nonce = syncing_under_way(&host, NULL);
    host_advance(&host, 500);
    assert_int_equal(syncing_answer(&host, nonce, 4, 9), IKL_OK);
    synced = host_last(&host, EVENT_SYNCED)->synced;
    assert_false(synced.by_peer);
    assert_int_equal(synced.at, 500);
    assert_int_equal(synced.next_request, 9);
    assert_int_equal(synced.next_expected, 4);
    assert_true(synced.replay.delta == 0);
    assert_false(host_info(&host).syncing);
    assert_int_equal(host_info(&host).outstanding, 0);
    assert_int_equal(host_counters(&host).syncs, 1);
    assert_int_equal(host_counters(&host).answered, 1);
    assert_int_equal(host_info(&host).counters.answered, 1);
    assert_int_equal(host_info(&host).last_message, 500);
    syncing_probe(&host);
    assert_int_equal(host_last(&host, EVENT_ALIVE)->alive.message_id, 9);
    assert_int_equal(syncing_peer_probes(&host, 3), IKL_ERR_STALE);
    assert_int_equal(syncing_peer_probes(&host, 4), IKL_OK);
    host_clear(&host);
}

static void only_the_answer_ends_it(void **state)
{
    static const struct ikl_replay_sync replay = {.delta = 1};
    struct syncing_says says = {.send = 4, .receive = 9, .response = true};
    struct host host;

    (void)state;
    says.nonce = syncing_under_way(&host, NULL);
    assert_int_equal(syncing_answer(&host, says.nonce + 1, 4, 9), IKL_ERR_UNSOLICITED); /* another nonce */
    assert_int_equal(syncing_answer(&host, says.nonce, 4, 2), IKL_ERR_MALFORMED);       /* below what was asked */
    says.message_id = 1;
    assert_int_equal(syncing_give(&host, &says), IKL_ERR_UNSOLICITED);
    says.message_id = 0;
    says.exchange_type = IKL_CREATE_CHILD_SA;
    assert_int_equal(syncing_give(&host, &says), IKL_ERR_UNSOLICITED);
    says.exchange_type = 0;
    says.replay = &replay;
    assert_int_equal(syncing_give(&host, &says), IKL_ERR_MALFORMED);
    says.replay = NULL;
    syncing_assert_under_way(&host);
    assert_int_equal(host_counters(&host).syncs_refused, 3);
    assert_int_equal(syncing_give(&host, &says), IKL_OK);
    assert_int_equal(syncing_give(&host, &says), IKL_ERR_UNSOLICITED); /* the same once more */
    assert_int_equal(host_count(&host, EVENT_SYNCED), 1);
    host_clear(&host);
}

/* The peer expects less than it has sent already. */
static void an_answer_that_takes_a_number_back_is_malformed(void **state)
{
    struct host host;
    uint32_t nonce;

    (void)state;
    syncing_begin(&host, NULL, NULL);
    assert_int_equal(syncing_peer_probes(&host, 0), IKL_OK);
    assert_int_equal(syncing_start(&host, NULL), IKL_OK);
    nonce = syncing_said(&host).nonce;
    assert_int_equal(syncing_said(&host).receive, 1);
    assert_int_equal(syncing_answer(&host, nonce, 0, 3), IKL_ERR_MALFORMED);
    syncing_assert_under_way(&host);
    assert_int_equal(syncing_answer(&host, nonce, 1, 3), IKL_OK);
    host_clear(&host);
}

/* An answer to the first request after a rekey, which anybody may have recorded. */
static void an_old_answer_with_message_id_0_does_not_end_it(void **state)
{
    static const struct peer_message old = {.response = true};
    struct host host;

    (void)state;
    (void)syncing_under_way(&host, NULL);
    assert_int_equal(peer_send(&host, SYNCING_SUITE, &old), IKL_ERR_UNSOLICITED);
    syncing_assert_under_way(&host);
    host_clear(&host);
}

static void until_then_requests_of_ours_wait(void **state)
{
    struct host host;
    uint32_t nonce;

    (void)state;
    nonce = syncing_under_way(&host, NULL);
    (void)syncing_request(&host);
    assert_int_equal(ikl_sa_probe(host.sa, 0), IKL_ERR_BUSY);
    ikl_sa_peer_window(host.sa, IKL_WINDOW_MAX, 0);
    assert_int_equal(ikl_sa_delete_children(host.sa, host.children, 1, 0), IKL_OK);
    host_advance(&host, 999);
    assert_int_equal(host_count(&host, EVENT_SENT), 1);
    assert_int_equal(host_info(&host).queued, 2);
    syncing_assert_under_way(&host);
    assert_int_equal(syncing_answer(&host, nonce, 0, 9), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_SENT), 3);
    assert_int_equal(host_event(&host, EVENT_ATTEMPT, 1)->attempt.message_id, 9);
    assert_int_equal(host_event(&host, EVENT_ATTEMPT, 2)->attempt.message_id, 10);
    host_clear(&host);
}

static void with_the_largest_window(struct ikl_sa_config *config)
{
    syncing_after_auth(config);
    config->ids.own_window = config->ids.peer_window = IKL_WINDOW_MAX;
}

static void so_they_do_with_the_largest_window(void **state)
{
    struct host host;
    uint32_t nonce;

    (void)state;
    syncing_begin(&host, NULL, with_the_largest_window);
    assert_int_equal(syncing_start(&host, NULL), IKL_OK);
    nonce = syncing_said(&host).nonce;
    (void)syncing_request(&host);
    assert_int_equal(host_count(&host, EVENT_SENT), 1);
    syncing_assert_under_way(&host);
    assert_int_equal(syncing_answer(&host, nonce, 0, 2 + IKL_WINDOW_MAX), IKL_OK);
    assert_int_equal(host_last(&host, EVENT_ATTEMPT)->attempt.message_id, 2 + IKL_WINDOW_MAX);
    host_clear(&host);
}

static void until_then_requests_of_the_peer_are_not_taken(void **state)
{
    static const struct syncing_says create = {.send = 5, .receive = 7, .exchange_type = IKL_CREATE_CHILD_SA};
    struct host host;
    uint32_t nonce;

    (void)state;
    nonce = syncing_under_way(&host, NULL);
    assert_int_equal(syncing_peer_probes(&host, 0), IKL_ERR_PENDING);
    assert_int_equal(syncing_peer_probes(&host, 1), IKL_ERR_PENDING);
    assert_int_equal(syncing_give(&host, &create), IKL_ERR_PENDING);
    assert_int_equal(host_counters(&host).pending, 3);
    assert_int_equal(host_count(&host, EVENT_SENT), 1);
    assert_int_equal(syncing_answer(&host, nonce, 1, 3), IKL_OK);
    assert_int_equal(syncing_peer_probes(&host, 0), IKL_ERR_STALE);
    assert_int_equal(syncing_peer_probes(&host, 1), IKL_OK);
    host_clear(&host);
}

static void what_was_outstanding_is_skipped_at_once(void **state)
{
    struct host host;

    (void)state;
    syncing_begin(&host, NULL, with_windows);
    (void)syncing_request(&host);
    assert_int_equal(ikl_sa_delete_children(host.sa, host.children, 1, 0), IKL_OK);
    assert_int_equal(syncing_start(&host, NULL), IKL_OK);
    assert_int_equal(syncing_said(&host).send, 4 + IKL_WINDOW_MAX);
    assert_int_equal(host_count(&host, EVENT_OUTCOME), 1);
    assert_int_equal(host_last(&host, EVENT_OUTCOME)->outcome.kind, IKL_OUTCOME_SKIPPED);
    assert_int_equal(host_info(&host).queued, 1);
    assert_int_equal(syncing_answer(&host, syncing_said(&host).nonce, 0, 99), IKL_OK);
    assert_int_equal(host_last(&host, EVENT_ATTEMPT)->attempt.message_id, 99);
    host_clear(&host);

    syncing_begin(&host, NULL, NULL); /* a liveness check */
    host_advance(&host, IDLE);
    assert_int_equal(syncing_start(&host, NULL), IKL_OK);
    syncing_assert_under_way(&host);
    assert_int_equal(syncing_said(&host).send, 4);
    host_clear(&host);
}

static void it_is_retransmitted_as_the_same_octets_and_runs_out_of_tries(void **state)
{
    struct host host;

    (void)state;
    (void)syncing_under_way(&host, NULL);
    for (size_t n = 1; n < 10; n++) {
        host_advance(&host, ikl_endpoint_next_deadline(host.endpoint));
        assert_int_equal(host_count(&host, EVENT_SENT), n + 1);
        syncing_assert_sent_again(&host, 0);
    }
    assert_int_equal(host_last(&host, EVENT_REACHABILITY)->reachability.reachability, IKL_REACHABILITY_SUSPECT);
    host_run_to_the_end(&host);
    assert_int_equal(host_last(&host, EVENT_DOWN)->down.reason, IKL_DOWN_TIMEOUT);
    assert_int_equal(host_last(&host, EVENT_DOWN)->down.at, TOTAL);
    assert_int_equal(host_last(&host, EVENT_DOWN)->down.sends, 10);
    assert_int_equal(host_last(&host, EVENT_DOWN)->down.message_id, 0);
    host_clear(&host);
}

static void its_answer_clears_the_suspicion(void **state)
{
    struct host host;
    uint32_t nonce;

    (void)state;
    nonce = syncing_under_way(&host, NULL);
    host_advance(&host, 1000);
    assert_int_equal(host_info(&host).reachability, IKL_REACHABILITY_SUSPECT);
    assert_int_equal(syncing_answer(&host, nonce, 0, 3), IKL_OK);
    assert_int_equal(host_info(&host).reachability, IKL_REACHABILITY_UP);
    host_clear(&host);
}

static void an_answer_before_the_request_has_left_answers_nothing(void **state)
{
    struct host host;

    (void)state;
    syncing_begin(&host, NULL, NULL);
    host.send_result = IKL_ERR_BLOCKED;
    assert_int_equal(syncing_start(&host, NULL), IKL_OK);
    assert_int_equal(syncing_answer(&host, syncing_said(&host).nonce, 0, 3), IKL_ERR_UNSOLICITED);
    host.send_result = IKL_OK;
    assert_int_equal(ikl_endpoint_writable(host.endpoint, 0), IKL_OK);
    syncing_assert_sent_again(&host, 0);
    assert_int_equal(syncing_answer(&host, syncing_said(&host).nonce, 0, 3), IKL_OK);
    host_clear(&host);
}

static void it_goes_along_when_the_ike_sa_moves_to_another_endpoint(void **state)
{
    struct ikl_endpoint *other;
    struct host host;
    uint32_t nonce;

    (void)state;
    nonce = syncing_under_way(&host, NULL);
    other = mover_endpoint(&host, NULL);
    host_move(&host, &other);
    syncing_assert_under_way(&host);
    host_advance(&host, 1000);
    syncing_assert_sent_again(&host, 0);
    assert_int_equal(syncing_answer(&host, nonce, 0, 3), IKL_OK);
    assert_int_equal(ikl_endpoint_free(other), IKL_OK);
    host_clear(&host);
}

static void our_delete_of_the_ike_sa_waits_for_its_end(void **state)
{
    struct host host;
    uint32_t nonce;

    (void)state;
    nonce = syncing_under_way(&host, NULL);
    assert_int_equal(ikl_sa_delete(host.sa, 60000, 0), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_SENT), 1);
    assert_int_equal(syncing_answer(&host, nonce, 0, 3), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_SENT), 2);
    assert_int_equal(host_last(&host, EVENT_ATTEMPT)->attempt.message_id, 3);
    assert_int_equal(syncing_start(&host, NULL), IKL_ERR_STATE);
    host_clear(&host);
}

static void an_operator_sees_that_it_is_under_way_and_was_done(void **state)
{
    struct ikl_event events[16];
    char text[4096];
    struct host host;
    uint32_t nonce;
    size_t n;

    (void)state;
    nonce = syncing_under_way(&host, NULL);
    (void)ikl_sa_describe(host.sa, 0, text, sizeof(text));
    assert_non_null(strstr(text, "\n  Message ID sync     under way\n"));
    assert_int_equal(syncing_answer(&host, nonce, 0, 3), IKL_OK);
    n = ikl_sa_history(host.sa, events, COUNT_OF(events));
    assert_int_equal(events[n - 1].kind, IKL_EVENT_SYNCED);
    (void)ikl_sa_history_text(host.sa, 0, text, sizeof(text));
    assert_non_null(strstr(text, "Message IDs synchronised"));
    host_clear(&host);
}

TESTS_OF(sync_taker)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_asks_with_message_id_0_and_skips_what_the_window_of_the_peer_is_wide),
        cmocka_unit_test(what_is_unknown_is_skipped_too),
        cmocka_unit_test(the_answer_ends_it_and_both_go_on_with_the_highest_numbers),
        cmocka_unit_test(only_the_answer_ends_it),
        cmocka_unit_test(an_answer_that_takes_a_number_back_is_malformed),
        cmocka_unit_test(an_old_answer_with_message_id_0_does_not_end_it),
        cmocka_unit_test(until_then_requests_of_ours_wait),
        cmocka_unit_test(so_they_do_with_the_largest_window),
        cmocka_unit_test(until_then_requests_of_the_peer_are_not_taken),
        cmocka_unit_test(what_was_outstanding_is_skipped_at_once),
        cmocka_unit_test(it_is_retransmitted_as_the_same_octets_and_runs_out_of_tries),
        cmocka_unit_test(its_answer_clears_the_suspicion),
        cmocka_unit_test(an_answer_before_the_request_has_left_answers_nothing),
        cmocka_unit_test(it_goes_along_when_the_ike_sa_moves_to_another_endpoint),
        cmocka_unit_test(our_delete_of_the_ike_sa_waits_for_its_end),
        cmocka_unit_test(an_operator_sees_that_it_is_under_way_and_was_done),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
