/* SPDX-License-Identifier: ISC */
/* Promises about sends that would block: they cost no attempt, nothing is given up over them, and a host that can never
 * send comes to an end all the same. */
#include "support/asking.h"
#include "support/blocking.h"
#include "support/fragments.h"
#include "support/host.h"
#include "support/peer.h"
#include "support/test.h"
#include "support/test_random.h"

static const char *const suite = ASKING_SUITE;

enum { TRIES = 10, TOTAL = 319000, LONG = 3000, EPISODES = 12 };

static void assert_sent_like(struct host *host, size_t n, size_t as)
{
    const struct event *sent = host_event(host, EVENT_SENT, n), *earlier = host_event(host, EVENT_SENT, as);

    assert_int_equal(sent->len, earlier->len);
    assert_memory_equal(sent->datagram, earlier->datagram, sent->len);
}

static void a_first_send_that_blocks_was_not_sent_and_is_counted_as_blocked(void **state)
{
    struct host host;
    char text[4096];

    (void)state;
    blocking_check(&host);
    assert_int_equal(host_count(&host, EVENT_SENT), 1);
    assert_int_equal(host_count(&host, EVENT_ATTEMPT), 0);
    assert_int_equal(host_counters(&host).sent, 1);
    assert_int_equal(host_counters(&host).blocked, 1);
    assert_int_equal(host_counters(&host).send_failures, 0);
    assert_int_equal(host_counters(&host).probes, 0);
    assert_int_equal(host_info(&host).outstanding, 1);
    assert_int_equal(host_info(&host).outstanding_retransmissions, 0);
    assert_true(ikl_sa_history_text(host.sa, 5000, text, sizeof(text)) > 0);
    assert_non_null(strstr(text, "0.000 s ago: send blocked\n"));
    assert_null(strstr(text, "probed"));
    assert_true(ikl_sa_describe(host.sa, 5000, text, sizeof(text)) > 0);
    assert_non_null(strstr(text, ", send blocked"));
    host_clear(&host);
}

static void it_goes_out_when_the_host_can_send_and_its_schedule_counts_from_there(void **state)
{
    struct host host;
    char text[4096];

    (void)state;
    blocking_check(&host);
    blocking_end(&host, 5400);
    assert_int_equal(host_count(&host, EVENT_SENT), 2);
    assert_sent_like(&host, 1, 0);
    assert_int_equal(host_count(&host, EVENT_ATTEMPT), 1);
    blocking_assert_attempt(&host, 0, 5400, 0);
    assert_int_equal(host_event(&host, EVENT_ATTEMPT, 0)->attempt.wait, 1000);
    assert_int_equal(host_counters(&host).probes, 1);
    assert_int_equal(host_info(&host).counters.probes, 1);
    assert_true(ikl_endpoint_next_deadline(host.endpoint) == 6400);
    assert_true(ikl_sa_history_text(host.sa, 5400, text, sizeof(text)) > 0);
    assert_non_null(strstr(text, "0.400 s ago: send blocked\n  0.000 s ago: probed, Message ID 0\n"));
    host_run_to_the_end(&host);
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->at, 5400 + TOTAL);
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->down.sends, TRIES);
    assert_true(host_event(&host, EVENT_DOWN, 0)->down.first_sent == 5400);
    host_clear(&host);
}

static void a_retransmission_that_blocks_uses_no_attempt_and_its_wait_counts_from_when_it_leaves(void **state)
{
    struct host host;

    (void)state;
    blocking_begin(&host, NULL);
    host_run_until(&host, 7999);
    blocking_start(&host);
    host_run_until(&host, 8000);
    assert_int_equal(host_count(&host, EVENT_SENT), 3);
    assert_int_equal(host_count(&host, EVENT_ATTEMPT), 2);
    assert_int_equal(host_counters(&host).retransmissions, 1);
    assert_int_equal(host_info(&host).outstanding_retransmissions, 1);
    blocking_end(&host, 8900);
    assert_sent_like(&host, 3, 0);
    blocking_assert_attempt(&host, 2, 8900, 2);
    assert_int_equal(host_counters(&host).retransmissions, 2);
    assert_int_equal(host_info(&host).outstanding_retransmissions, 2);
    assert_true(ikl_endpoint_next_deadline(host.endpoint) == 12900);
    host_run_to_the_end(&host);
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->at, 5900 + TOTAL);
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->down.sends, TRIES);
    assert_true(host_event(&host, EVENT_DOWN, 0)->down.first_sent == 5000);
    host_clear(&host);
}

static void a_host_that_never_says_that_it_can_send_again_loses_only_time(void **state)
{
    static const ikl_time tried[] = {5000, 6000, 8000, 12000, 20000};
    struct host host;

    (void)state;
    blocking_check(&host);
    host_run_until(&host, 12000);
    host.send_result = IKL_OK;
    host_run_until(&host, 20000);
    assert_int_equal(host_count(&host, EVENT_SENT), COUNT_OF(tried));
    for (size_t i = 0; i < COUNT_OF(tried); i++) {
        assert_true(host_event(&host, EVENT_SENT, i)->at == tried[i]);
        assert_sent_like(&host, i, 0);
    }
    blocking_assert_attempt(&host, 0, 20000, 0);
    host_run_to_the_end(&host);
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->at, 20000 + TOTAL);
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->down.sends, TRIES);
    host_clear(&host);
}

static void whoever_can_never_send_gives_up_within_twice_the_schedule_with_failed_sends(void **state)
{
    struct host host;

    (void)state;
    blocking_check(&host);
    host_run_until(&host, 5000 + TOTAL - 1);
    assert_int_equal(host_count(&host, EVENT_ATTEMPT), 0);
    host_run_to_the_end(&host);
    assert_int_equal(host_count(&host, EVENT_ATTEMPT), TRIES);
    for (size_t i = 0; i < TRIES; i++) {
        assert_int_equal(host_event(&host, EVENT_ATTEMPT, i)->attempt.send_result, IKL_ERR_BLOCKED);
        assert_int_equal(host_event(&host, EVENT_ATTEMPT, i)->attempt.retransmission, i);
    }
    assert_int_equal(host_event(&host, EVENT_ATTEMPT, 0)->at, 5000 + TOTAL);
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->at, 5000 + 2 * TOTAL);
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->down.reason, IKL_DOWN_TIMEOUT);
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->down.sends, TRIES);
    assert_int_equal(host_count(&host, EVENT_CHILD_DOWN), 1);
    assert_int_equal(host_counters(&host).blocked, host_counters(&host).sent);
    assert_int_equal(host_counters(&host).send_failures, 0);
    host_clear(&host);
}

static void saying_that_it_can_send_when_it_cannot_neither_shortens_nor_prolongs_that(void **state)
{
    struct host host;

    (void)state;
    blocking_check(&host);
    while (host_count(&host, EVENT_DOWN) == 0) {
        host_advance(&host, ikl_time_earlier(ikl_endpoint_next_deadline(host.endpoint), host.now + 700));
        assert_int_equal(ikl_endpoint_writable(host.endpoint, host.now), IKL_OK);
        if (host_count(&host, EVENT_DOWN) == 0) {
            host_forget(&host);
        }
    }
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->at, 5000 + 2 * TOTAL);
    host_clear(&host);
}

static void while_nothing_is_blocked_saying_so_sends_nothing_and_changes_nothing(void **state)
{
    struct host host;

    (void)state;
    blocking_begin(&host, NULL);
    assert_int_equal(ikl_endpoint_writable(host.endpoint, 100), IKL_OK);
    host_run_until(&host, 6500);
    assert_int_equal(ikl_endpoint_writable(host.endpoint, 6500), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_SENT), 2);
    assert_true(ikl_endpoint_next_deadline(host.endpoint) == 8000);
    host_clear(&host);
}

static void a_time_that_is_none_is_refused_and_nothing_is_sent(void **state)
{
    struct host host;

    (void)state;
    blocking_check(&host);
    assert_int_equal(ikl_endpoint_writable(host.endpoint, IKL_NEVER), IKL_ERR_INVALID);
    assert_int_equal(host_count(&host, EVENT_SENT), 1);
    host_clear(&host);
}

static void an_answer_to_an_earlier_send_ends_the_waiting(void **state)
{
    struct host host;

    (void)state;
    blocking_begin(&host, NULL);
    host_run_until(&host, 5999);
    blocking_start(&host);
    host_run_until(&host, 6000);
    assert_int_equal(answer(&host, 0), IKL_OK);
    assert_int_equal(host_event(&host, EVENT_ALIVE, 0)->alive.sends, 1);
    assert_true(host_event(&host, EVENT_ALIVE, 0)->alive.first_sent == 5000);
    blocking_end(&host, 6100);
    assert_int_equal(host_count(&host, EVENT_SENT), 2);
    assert_true(ikl_endpoint_next_deadline(host.endpoint) == 11000);
    host_clear(&host);
}

static void nothing_answers_a_first_send_that_has_not_left(void **state)
{
    struct host host;

    (void)state;
    blocking_check(&host);
    assert_int_equal(answer(&host, 0), IKL_ERR_UNSOLICITED);
    blocking_end(&host, 5100);
    assert_int_equal(answer(&host, 0), IKL_OK);
    assert_int_equal(host_event(&host, EVENT_ALIVE, 0)->alive.sends, 1);
    host_clear(&host);
}

static void the_outcome_of_a_request_that_never_left_says_so(void **state)
{
    struct host host;

    (void)state;
    blocking_begin(&host, NULL);
    blocking_start(&host);
    (void)ask(&host, 3);
    ikl_sa_close(host.sa, 400);
    assert_int_equal(outcome(&host, 0)->kind, IKL_OUTCOME_SA_GONE);
    assert_int_equal(outcome(&host, 0)->sends, 0);
    assert_int_equal(outcome(&host, 0)->message_id, IKL_MESSAGE_ID_NONE);
    assert_true(outcome(&host, 0)->first_sent == IKL_NEVER);
    assert_int_equal(host_count(&host, EVENT_ATTEMPT), 0);
    host_clear(&host);
}

static void the_outcome_of_one_whose_retransmission_waits_counts_what_left(void **state)
{
    struct host host;

    (void)state;
    blocking_begin(&host, NULL);
    (void)ask(&host, 3);
    blocking_start(&host);
    host_run_until(&host, 1000);
    ikl_sa_close(host.sa, 1400);
    assert_int_equal(outcome(&host, 0)->sends, 1);
    assert_int_equal(outcome(&host, 0)->message_id, 0);
    assert_true(outcome(&host, 0)->first_sent == 0);
    host_clear(&host);
}

static void several_requests_wait_each_with_one_send_and_go_out_in_order(void **state)
{
    struct host host;

    (void)state;
    blocking_begin(&host, blocking_window_of_4);
    blocking_start(&host);
    for (uint8_t i = 0; i < 6; i++) {
        (void)ask(&host, i);
    }
    host_run_until(&host, 3500);
    host_forget(&host);
    blocking_end(&host, 3500);
    assert_int_equal(host_count(&host, EVENT_SENT), 4);
    for (uint8_t i = 0; i < 4; i++) {
        assert_int_equal(asked(&host, i), i);
        blocking_assert_attempt(&host, i, 3500, 0);
    }
    assert_int_equal(host_info(&host).queued, 2);
    host_clear(&host);
}

/* Of messages in three fragments the second of the first message blocks. */
static int block_the_second(struct host *host, struct event *event)
{
    return event->kind == EVENT_SENT && host_count(host, EVENT_SENT) == 2 ? IKL_ERR_BLOCKED : IKL_OK;
}

static void of_a_message_in_fragments_all_go_out_again_as_they_were(void **state)
{
    struct host host;

    (void)state;
    blocking_begin(&host, with_fragmentation);
    host.on_event = block_the_second;
    assert_int_equal(asking_try(&host, &(struct asking){.mark = 5, .len = LONG}, NULL), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_SENT), 2); /* the third is not tried */
    assert_int_equal(host_count(&host, EVENT_ATTEMPT), 0);
    blocking_end(&host, 300);
    assert_int_equal(host_count(&host, EVENT_SENT), 5);
    assert_sent_like(&host, 2, 0);
    assert_sent_like(&host, 3, 1);
    blocking_assert_attempt(&host, 0, 300, 0);
    assert_true(ikl_endpoint_next_deadline(host.endpoint) == 1300);
    host_run_until(&host, 1300);
    for (size_t i = 0; i < 3; i++) {
        assert_sent_like(&host, 5 + i, 2 + i);
    }
    host_clear(&host);
}

static void a_response_that_blocks_is_lost_and_the_peers_repetition_gets_it(void **state)
{
    const struct peer_message request = {.message_id = 0};
    struct host host;

    (void)state;
    blocking_begin(&host, NULL);
    blocking_start(&host);
    assert_int_equal(peer_send(&host, suite, &request), IKL_OK);
    blocking_end(&host, 100);
    assert_int_equal(host_count(&host, EVENT_SENT), 1);
    assert_int_equal(host_counters(&host).blocked, 1);
    blocking_start(&host);
    assert_int_equal(peer_send(&host, suite, &request), IKL_OK);
    blocking_end(&host, 200);
    assert_int_equal(host_count(&host, EVENT_SENT), 2);
    assert_int_equal(peer_send(&host, suite, &request), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_SENT), 3);
    assert_sent_like(&host, 1, 0);
    assert_sent_like(&host, 2, 0);
    assert_int_equal(host_counters(&host).blocked, 2);
    host_clear(&host);
}

static void a_keepalive_that_blocks_is_followed_by_another_a_second_later(void **state)
{
    struct host host;

    (void)state;
    blocking_begin(&host, blocking_nat);
    blocking_start(&host);
    host_run_until(&host, 20000);
    assert_int_equal(host_count(&host, EVENT_SENT), 1);
    blocking_end(&host, 20100);
    assert_int_equal(host_count(&host, EVENT_SENT), 1);
    host_run_until(&host, 21000);
    assert_int_equal(host_count(&host, EVENT_SENT), 2);
    assert_int_equal(host_event(&host, EVENT_SENT, 1)->at, 21000);
    assert_true(ikl_endpoint_next_deadline(host.endpoint) == 41000);
    host_clear(&host);
}

static void a_delete_that_blocks_goes_out_when_it_can_and_is_waited_for_as_long_as_was_said(void **state)
{
    struct host host;

    (void)state;
    for (int leaves = 0; leaves < 2; leaves++) {
        blocking_begin(&host, NULL);
        blocking_start(&host);
        assert_int_equal(ikl_sa_delete(host.sa, 2500, 0), IKL_OK);
        if (leaves != 0) {
            blocking_end(&host, 700);
            blocking_assert_attempt(&host, 0, 700, 0);
            assert_sent_like(&host, 1, 0);
        }
        host_run_to_the_end(&host);
        assert_int_equal(host_event(&host, EVENT_DOWN, 0)->at, 2500);
        assert_int_equal(host_event(&host, EVENT_DOWN, 0)->down.reason, IKL_DOWN_CLOSED);
        assert_int_equal(host_count(&host, EVENT_ATTEMPT), leaves != 0 ? 2 : 0);
        host_clear(&host);
    }
}

static void a_move_and_the_hosts_word_send_in_place_of_what_waits(void **state)
{
    struct ikl_path path;
    struct host host;

    (void)state;
    for (int moves = 0; moves < 2; moves++) {
        blocking_check(&host);
        host.send_result = IKL_OK;
        host.now = 5300;
        path = *ikl_sa_path(host.sa);
        path.remote.port++;
        assert_int_equal(moves != 0 ? ikl_sa_set_path(host.sa, &path, 5300) : ikl_sa_resend(host.sa, 5300), IKL_OK);
        assert_int_equal(host_count(&host, EVENT_SENT), 2);
        blocking_assert_attempt(&host, 0, 5300, 0);
        assert_int_equal(host_info(&host).counters.probes, 1);
        assert_int_equal(host_info(&host).counters.retransmissions, 0);
        blocking_end(&host, 5300);
        assert_int_equal(host_count(&host, EVENT_SENT), 2);
        host_run_to_the_end(&host);
        assert_int_equal(host_event(&host, EVENT_DOWN, 0)->at, 5300 + TOTAL);
        assert_int_equal(host_event(&host, EVENT_DOWN, 0)->down.sends, TRIES);
        host_clear(&host);
    }
}

static void a_send_because_the_peer_was_heard_waits_like_any_other(void **state)
{
    struct host host;

    (void)state;
    blocking_begin(&host, NULL);
    host_run_until(&host, 9500);
    host_forget(&host);
    blocking_start(&host);
    assert_int_equal(peer_send(&host, suite, &(struct peer_message){.message_id = 0}), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_ATTEMPT), 0);
    host_forget(&host);
    blocking_end(&host, 9800);
    assert_int_equal(host_count(&host, EVENT_SENT), 1);
    assert_int_equal(host_event(&host, EVENT_ATTEMPT, 0)->attempt.cause, IKL_ATTEMPT_EVIDENCE);
    assert_true(ikl_endpoint_next_deadline(host.endpoint) == 12300);
    host_clear(&host);
}

static void the_peer_is_suspect_though_the_retransmission_is_blocked(void **state)
{
    struct host host;

    (void)state;
    blocking_begin(&host, NULL);
    host_run_until(&host, 5500);
    blocking_start(&host);
    host_run_until(&host, 6000);
    assert_int_equal(host_info(&host).reachability, IKL_REACHABILITY_SUSPECT);
    host_clear(&host);
    blocking_check(&host);
    host_run_until(&host, 100000);
    assert_int_equal(host_info(&host).reachability, IKL_REACHABILITY_UP);
    host_clear(&host);
}

/* Says inside `send` that it can send. */
static int say_so_inside(struct host *host, struct event *event)
{
    if (event->kind == EVENT_SENT) {
        assert_int_equal(ikl_endpoint_writable(host->endpoint, host->now), IKL_ERR_REENTRANT);
        return IKL_ERR_BLOCKED;
    }
    return IKL_OK;
}

static void a_send_that_says_so_itself_is_refused(void **state)
{
    struct host host;

    (void)state;
    blocking_begin(&host, NULL);
    host.on_event = say_so_inside;
    host_run_until(&host, 5000);
    assert_int_equal(ikl_endpoint_writable(host.endpoint, 5500), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_SENT), 2);
    assert_int_equal(host_counters(&host).reentrant, 2);
    assert_int_equal(host_count(&host, EVENT_ATTEMPT), 0);
    host_clear(&host);
}

/* Says it in each callback that is told. */
static int say_so_when_told(struct host *host, struct event *event)
{
    if (event->kind == EVENT_SENT) {
        return host_count(host, EVENT_SENT) % 3 != 0 ? IKL_ERR_BLOCKED : IKL_OK;
    }
    assert_int_equal(ikl_endpoint_writable(host->endpoint, host->now), IKL_OK);
    return IKL_OK;
}

static void inside_a_callback_it_sends_at_once_and_is_told_afterwards(void **state)
{
    struct host host;

    (void)state;
    blocking_begin(&host, blocking_window_of_4);
    host.on_event = say_so_when_told;
    for (uint8_t i = 0; i < 3; i++) {
        (void)ask(&host, i);
    }
    assert_int_equal(host_count(&host, EVENT_SENT), 4); /* the third left and was told, and the first blocked again */
    host.now = 100;
    assert_int_equal(ikl_endpoint_writable(host.endpoint, 100), IKL_OK);
    host_run_to_the_end(&host);
    assert_int_equal(host_count(&host, EVENT_DOWN), 1);
    assert_int_equal(host_count(&host, EVENT_OUTCOME), 3);
    host_clear(&host);
}

/* Batches. */

static int answer_at_once(struct host *host, struct event *event)
{
    if (event->kind == EVENT_PEER_REQUEST) {
        assert_int_equal(ikl_sa_respond(host->sa, event->message_id, NULL, 0, host->now), IKL_OK);
    }
    return IKL_OK;
}

/* The peer answers whatever arrives. The host's socket blocks now and then, for up to `longest` ms, and it may or may
 * not say when that is over. Returns how many of its datagrams left. */
static size_t live_with(struct test_random *random, ikl_time longest, bool says_so)
{
    struct pair pair;
    size_t left = 0;

    pair_init(&pair, suite, 1, NULL, blocking_window_of_4);
    pair.b.on_event = answer_at_once;
    /* or the peer would give up the host */
    assert_int_equal(ikl_sa_set_liveness(pair.b.sa, IKL_LIVENESS_OFF, 0, 0, 0), IKL_OK);
    for (int i = 0; i < EPISODES; i++) {
        ikl_time from = pair.a.now + test_random_below(random, 8000), until = from + test_random_below(random, longest);
        uint8_t asks = (uint8_t)test_random_below(random, 4);

        pair_run(&pair, from, 0);
        blocking_start(&pair.a);
        for (uint8_t n = 0; n < asks; n++) {
            (void)asking_try(&pair.a, &(struct asking){.mark = n}, NULL);
        }
        pair_run(&pair, until, 0);
        pair.a.send_result = IKL_OK;
        if (says_so) {
            assert_int_equal(ikl_endpoint_writable(pair.a.endpoint, until), IKL_OK);
            pair_deliver(&pair);
            assert_int_equal(host_info(&pair.a).outstanding, 0);
        }
        assert_int_equal(host_count(&pair.a, EVENT_DOWN), 0);
        for (size_t n = 0; n < host_count(&pair.a, EVENT_ATTEMPT); n++) {
            assert_int_equal(host_event(&pair.a, EVENT_ATTEMPT, n)->attempt.retransmission, 0);
            left++;
        }
        host_forget(&pair.a);
        host_forget(&pair.b);
    }
    pair_clear(&pair);
    return left;
}

static void a_peer_that_answers_is_never_given_up_nor_asked_twice_over_a_socket_that_blocks(void **state)
{
    struct test_random random = {1};
    size_t left = 0;

    (void)state;
    for (int i = 0; i < 60; i++) {
        left += live_with(&random, TOTAL, true);
        left += live_with(&random, TOTAL / EPISODES, false); /* whoever does not say so tries more seldom */
    }
    assert_true(left > 2 * 60 * EPISODES);
}

TESTS_OF(blocked)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_first_send_that_blocks_was_not_sent_and_is_counted_as_blocked),
        cmocka_unit_test(it_goes_out_when_the_host_can_send_and_its_schedule_counts_from_there),
        cmocka_unit_test(a_retransmission_that_blocks_uses_no_attempt_and_its_wait_counts_from_when_it_leaves),
        cmocka_unit_test(a_host_that_never_says_that_it_can_send_again_loses_only_time),
        cmocka_unit_test(whoever_can_never_send_gives_up_within_twice_the_schedule_with_failed_sends),
        cmocka_unit_test(saying_that_it_can_send_when_it_cannot_neither_shortens_nor_prolongs_that),
        cmocka_unit_test(while_nothing_is_blocked_saying_so_sends_nothing_and_changes_nothing),
        cmocka_unit_test(a_time_that_is_none_is_refused_and_nothing_is_sent),
        cmocka_unit_test(an_answer_to_an_earlier_send_ends_the_waiting),
        cmocka_unit_test(nothing_answers_a_first_send_that_has_not_left),
        cmocka_unit_test(the_outcome_of_a_request_that_never_left_says_so),
        cmocka_unit_test(the_outcome_of_one_whose_retransmission_waits_counts_what_left),
        cmocka_unit_test(several_requests_wait_each_with_one_send_and_go_out_in_order),
        cmocka_unit_test(of_a_message_in_fragments_all_go_out_again_as_they_were),
        cmocka_unit_test(a_response_that_blocks_is_lost_and_the_peers_repetition_gets_it),
        cmocka_unit_test(a_keepalive_that_blocks_is_followed_by_another_a_second_later),
        cmocka_unit_test(a_delete_that_blocks_goes_out_when_it_can_and_is_waited_for_as_long_as_was_said),
        cmocka_unit_test(a_move_and_the_hosts_word_send_in_place_of_what_waits),
        cmocka_unit_test(a_send_because_the_peer_was_heard_waits_like_any_other),
        cmocka_unit_test(the_peer_is_suspect_though_the_retransmission_is_blocked),
        cmocka_unit_test(a_send_that_says_so_itself_is_refused),
        cmocka_unit_test(inside_a_callback_it_sends_at_once_and_is_told_afterwards),
        cmocka_unit_test(a_peer_that_answers_is_never_given_up_nor_asked_twice_over_a_socket_that_blocks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
