/* SPDX-License-Identifier: ISC */
/* Promises about sends that would block: they cost no attempt, nothing is given up over them, and a host that can never
 * send comes to an end all the same. */
#include "support/asking.h"
#include "support/fragments.h"
#include "support/herd.h"
#include "support/host.h"
#include "support/peer.h"
#include "support/test.h"
#include "support/test_random.h"

static const char *const suite = ASKING_SUITE;

enum { TRIES = 10, TOTAL = 319000, LONG = 3000, EPISODES = 12 };

static void one_ike_sa(struct host *host, sa_change change)
{
    host_init(host, "a", 0, NULL);
    host_sa(host, suite, true, 1, change);
}

/* From deadline to deadline up to `until`. */
static void run(struct host *host, ikl_time until)
{
    while (ikl_endpoint_next_deadline(host->endpoint) <= until) {
        host_advance(host, ikl_endpoint_next_deadline(host->endpoint));
    }
    host->now = until;
}

static void block(struct host *host)
{
    host->send_result = IKL_ERR_BLOCKED;
}

/* The host can send again, and says so. */
static void unblock(struct host *host, ikl_time now)
{
    host->now = now;
    host->send_result = IKL_OK;
    assert_int_equal(ikl_endpoint_writable(host->endpoint, now), IKL_OK);
}

/* A liveness check that is blocked since 5000. */
static void a_blocked_check(struct host *host)
{
    one_ike_sa(host, NULL);
    block(host);
    run(host, 5000);
}

static void assert_sent_like(struct host *host, size_t n, size_t as)
{
    const struct event *sent = host_event(host, EVENT_SENT, n), *earlier = host_event(host, EVENT_SENT, as);

    assert_int_equal(sent->len, earlier->len);
    assert_memory_equal(sent->datagram, earlier->datagram, sent->len);
}

static void assert_attempt(struct host *host, size_t n, ikl_time at, uint32_t retransmission)
{
    const struct event *attempt = host_event(host, EVENT_ATTEMPT, n);

    assert_non_null(attempt);
    assert_true(attempt->at == at);
    assert_int_equal(attempt->attempt.retransmission, retransmission);
    assert_int_equal(attempt->attempt.send_result, IKL_OK);
}

static void a_first_send_that_blocks_was_not_sent_and_is_counted_as_blocked(void **state)
{
    struct host host;
    char text[4096];

    (void)state;
    a_blocked_check(&host);
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
    a_blocked_check(&host);
    unblock(&host, 5400);
    assert_int_equal(host_count(&host, EVENT_SENT), 2);
    assert_sent_like(&host, 1, 0);
    assert_int_equal(host_count(&host, EVENT_ATTEMPT), 1);
    assert_attempt(&host, 0, 5400, 0);
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
    one_ike_sa(&host, NULL);
    run(&host, 7999);
    block(&host);
    run(&host, 8000);
    assert_int_equal(host_count(&host, EVENT_SENT), 3);
    assert_int_equal(host_count(&host, EVENT_ATTEMPT), 2);
    assert_int_equal(host_counters(&host).retransmissions, 1);
    assert_int_equal(host_info(&host).outstanding_retransmissions, 1);
    unblock(&host, 8900);
    assert_sent_like(&host, 3, 0);
    assert_attempt(&host, 2, 8900, 2);
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
    a_blocked_check(&host);
    run(&host, 12000);
    host.send_result = IKL_OK;
    run(&host, 20000);
    assert_int_equal(host_count(&host, EVENT_SENT), COUNT_OF(tried));
    for (size_t i = 0; i < COUNT_OF(tried); i++) {
        assert_true(host_event(&host, EVENT_SENT, i)->at == tried[i]);
        assert_sent_like(&host, i, 0);
    }
    assert_attempt(&host, 0, 20000, 0);
    host_run_to_the_end(&host);
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->at, 20000 + TOTAL);
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->down.sends, TRIES);
    host_clear(&host);
}

static void whoever_can_never_send_gives_up_within_twice_the_schedule_with_failed_sends(void **state)
{
    struct host host;

    (void)state;
    a_blocked_check(&host);
    run(&host, 5000 + TOTAL - 1);
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
    a_blocked_check(&host);
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
    one_ike_sa(&host, NULL);
    assert_int_equal(ikl_endpoint_writable(host.endpoint, 100), IKL_OK);
    run(&host, 6500);
    assert_int_equal(ikl_endpoint_writable(host.endpoint, 6500), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_SENT), 2);
    assert_true(ikl_endpoint_next_deadline(host.endpoint) == 8000);
    host_clear(&host);
}

static void a_time_that_is_none_is_refused_and_nothing_is_sent(void **state)
{
    struct host host;

    (void)state;
    a_blocked_check(&host);
    assert_int_equal(ikl_endpoint_writable(host.endpoint, IKL_NEVER), IKL_ERR_INVALID);
    assert_int_equal(host_count(&host, EVENT_SENT), 1);
    host_clear(&host);
}

static void an_answer_to_an_earlier_send_ends_the_waiting(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    run(&host, 5999);
    block(&host);
    run(&host, 6000);
    assert_int_equal(answer(&host, 0), IKL_OK);
    assert_int_equal(host_event(&host, EVENT_ALIVE, 0)->alive.sends, 1);
    assert_true(host_event(&host, EVENT_ALIVE, 0)->alive.first_sent == 5000);
    unblock(&host, 6100);
    assert_int_equal(host_count(&host, EVENT_SENT), 2);
    assert_true(ikl_endpoint_next_deadline(host.endpoint) == 11000);
    host_clear(&host);
}

static void nothing_answers_a_first_send_that_has_not_left(void **state)
{
    struct host host;

    (void)state;
    a_blocked_check(&host);
    assert_int_equal(answer(&host, 0), IKL_ERR_UNSOLICITED);
    unblock(&host, 5100);
    assert_int_equal(answer(&host, 0), IKL_OK);
    assert_int_equal(host_event(&host, EVENT_ALIVE, 0)->alive.sends, 1);
    host_clear(&host);
}

static void the_outcome_of_a_request_that_never_left_says_so(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    block(&host);
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
    one_ike_sa(&host, NULL);
    (void)ask(&host, 3);
    block(&host);
    run(&host, 1000);
    ikl_sa_close(host.sa, 1400);
    assert_int_equal(outcome(&host, 0)->sends, 1);
    assert_int_equal(outcome(&host, 0)->message_id, 0);
    assert_true(outcome(&host, 0)->first_sent == 0);
    host_clear(&host);
}

static void window_of_4(struct ikl_sa_config *config)
{
    config->ids.peer_window = config->ids.own_window = 4;
}

static void several_requests_wait_each_with_one_send_and_go_out_in_order(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, window_of_4);
    block(&host);
    for (uint8_t i = 0; i < 6; i++) {
        (void)ask(&host, i);
    }
    run(&host, 3500);
    host_forget(&host);
    unblock(&host, 3500);
    assert_int_equal(host_count(&host, EVENT_SENT), 4);
    for (uint8_t i = 0; i < 4; i++) {
        assert_int_equal(asked(&host, i), i);
        assert_attempt(&host, i, 3500, 0);
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
    one_ike_sa(&host, with_fragmentation);
    host.on_event = block_the_second;
    assert_int_equal(asking_try(&host, &(struct asking){.mark = 5, .len = LONG}, NULL), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_SENT), 2); /* the third is not tried */
    assert_int_equal(host_count(&host, EVENT_ATTEMPT), 0);
    unblock(&host, 300);
    assert_int_equal(host_count(&host, EVENT_SENT), 5);
    assert_sent_like(&host, 2, 0);
    assert_sent_like(&host, 3, 1);
    assert_attempt(&host, 0, 300, 0);
    assert_true(ikl_endpoint_next_deadline(host.endpoint) == 1300);
    run(&host, 1300);
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
    one_ike_sa(&host, NULL);
    block(&host);
    assert_int_equal(peer_send(&host, suite, &request), IKL_OK);
    unblock(&host, 100);
    assert_int_equal(host_count(&host, EVENT_SENT), 1);
    assert_int_equal(host_counters(&host).blocked, 1);
    block(&host);
    assert_int_equal(peer_send(&host, suite, &request), IKL_OK);
    unblock(&host, 200);
    assert_int_equal(host_count(&host, EVENT_SENT), 2);
    assert_int_equal(peer_send(&host, suite, &request), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_SENT), 3);
    assert_sent_like(&host, 1, 0);
    assert_sent_like(&host, 2, 0);
    assert_int_equal(host_counters(&host).blocked, 2);
    host_clear(&host);
}

static void behind_a_nat(struct ikl_sa_config *config)
{
    config->liveness = IKL_LIVENESS_OFF;
    config->path.encapsulated = config->path.behind_nat = true;
}

static void a_keepalive_that_blocks_is_followed_by_another_a_second_later(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, behind_a_nat);
    block(&host);
    run(&host, 20000);
    assert_int_equal(host_count(&host, EVENT_SENT), 1);
    unblock(&host, 20100);
    assert_int_equal(host_count(&host, EVENT_SENT), 1);
    run(&host, 21000);
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
        one_ike_sa(&host, NULL);
        block(&host);
        assert_int_equal(ikl_sa_delete(host.sa, 2500, 0), IKL_OK);
        if (leaves != 0) {
            unblock(&host, 700);
            assert_attempt(&host, 0, 700, 0);
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
        a_blocked_check(&host);
        host.send_result = IKL_OK;
        host.now = 5300;
        path = *ikl_sa_path(host.sa);
        path.remote.port++;
        assert_int_equal(moves != 0 ? ikl_sa_set_path(host.sa, &path, 5300) : ikl_sa_resend(host.sa, 5300), IKL_OK);
        assert_int_equal(host_count(&host, EVENT_SENT), 2);
        assert_attempt(&host, 0, 5300, 0);
        unblock(&host, 5300);
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
    one_ike_sa(&host, NULL);
    run(&host, 9500);
    host_forget(&host);
    block(&host);
    assert_int_equal(peer_send(&host, suite, &(struct peer_message){.message_id = 0}), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_ATTEMPT), 0);
    host_forget(&host);
    unblock(&host, 9800);
    assert_int_equal(host_count(&host, EVENT_SENT), 1);
    assert_int_equal(host_event(&host, EVENT_ATTEMPT, 0)->attempt.cause, IKL_ATTEMPT_EVIDENCE);
    assert_true(ikl_endpoint_next_deadline(host.endpoint) == 12300);
    host_clear(&host);
}

static void the_peer_is_suspect_though_the_retransmission_is_blocked(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    run(&host, 5500);
    block(&host);
    run(&host, 6000);
    assert_int_equal(host_info(&host).reachability, IKL_REACHABILITY_SUSPECT);
    host_clear(&host);
    a_blocked_check(&host);
    run(&host, 100000);
    assert_int_equal(host_info(&host).reachability, IKL_REACHABILITY_UP);
    host_clear(&host);
}

static void paced(struct ikl_endpoint_config *config)
{
    config->retransmissions_per_second = 1;
    config->work_limit = 1;
}

static void what_waited_is_held_up_by_no_limit(void **state)
{
    struct herd herd;

    (void)state;
    herd_begin(&herd, paced, NULL);
    for (size_t i = 0; i < HERD_SAS; i++) {
        block(&herd.host);
        assert_int_equal(ikl_sa_probe(herd.sas[i], 0), IKL_OK);
    }
    host_forget(&herd.host);
    unblock(&herd.host, 10);
    assert_int_equal(host_count(&herd.host, EVENT_ATTEMPT), HERD_SAS);
    herd_end(&herd);
}

/* How many sends the socket takes until it blocks. */
static size_t room;

static int take_what_there_is_room_for(struct host *host, struct event *event)
{
    (void)host;
    if (event->kind != EVENT_SENT) {
        return IKL_OK;
    }
    event->delivered = room == 0;
    if (room == 0) {
        return IKL_ERR_BLOCKED;
    }
    room--;
    return IKL_OK;
}

static void ike_sas_have_their_turn_until_one_is_blocked_again(void **state)
{
    struct herd herd;

    (void)state;
    herd_begin(&herd, NULL, NULL);
    herd.host.on_event = take_what_there_is_room_for;
    room = 0;
    herd_run(&herd, 5000);
    assert_int_equal(host_count(&herd.host, EVENT_SENT), HERD_SAS);
    for (size_t n = 1; n <= 5; n++) {
        host_forget(&herd.host);
        room = 7;
        herd.host.now = 5000 + n;
        assert_int_equal(ikl_endpoint_writable(herd.host.endpoint, 5000 + n), IKL_OK);
        assert_int_equal(host_count(&herd.host, EVENT_ATTEMPT), 7);
        assert_int_equal(host_count(&herd.host, EVENT_SENT), 8);
        for (size_t i = 0; i < 7; i++) {
            assert_ptr_equal(host_event(&herd.host, EVENT_ATTEMPT, i)->sa, herd.sas[7 * (n - 1) + i]);
        }
    }
    room = 1;
    block(&herd.host); /* the first one again, before those that are left: it comes last */
    assert_int_equal(ikl_sa_resend(herd.sas[0], 5006), IKL_OK);
    host_forget(&herd.host);
    room = HERD_SAS;
    unblock(&herd.host, 5010);
    assert_int_equal(host_count(&herd.host, EVENT_ATTEMPT), 6);
    for (size_t i = 0; i < 5; i++) {
        assert_ptr_equal(host_event(&herd.host, EVENT_ATTEMPT, i)->sa, herd.sas[35 + i]);
    }
    assert_ptr_equal(host_event(&herd.host, EVENT_ATTEMPT, 5)->sa, herd.sas[0]);
    host_forget(&herd.host);
    unblock(&herd.host, 5011);
    assert_int_equal(herd.host.n_events, 0);
    herd_end(&herd);
}

static void an_ike_sa_that_moves_to_another_endpoint_is_told_there_that_it_can_send(void **state)
{
    struct host host, other;

    (void)state;
    a_blocked_check(&host);
    host_init(&other, "b", 5000, NULL);
    assert_int_equal(ikl_sa_migrate(host.sa, other.endpoint, 5100, &other.sa), IKL_OK);
    unblock(&host, 5200);
    assert_int_equal(host_count(&host, EVENT_SENT), 1);
    unblock(&other, 5200);
    assert_int_equal(host_count(&other, EVENT_SENT), 1);
    assert_attempt(&other, 0, 5200, 0);
    host_clear(&other);
    host_clear(&host);
}

static void of_several_requests_the_blocked_ones_go_out_where_the_ike_sa_has_moved_to(void **state)
{
    (void)state;
    for (size_t blocked = 0; blocked < 2; blocked++) {
        struct host host, other;

        one_ike_sa(&host, window_of_4);
        (void)ask(&host, 0);
        if (blocked != 0) {
            block(&host);
        }
        (void)ask(&host, 1);
        host_init(&other, "b", 0, NULL);
        assert_int_equal(ikl_sa_migrate(host.sa, other.endpoint, 100, &other.sa), IKL_OK);
        unblock(&other, 200);
        assert_int_equal(host_count(&other, EVENT_SENT), blocked);
        host_clear(&other);
        host_clear(&host);
    }
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
    one_ike_sa(&host, NULL);
    host.on_event = say_so_inside;
    run(&host, 5000);
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
    one_ike_sa(&host, window_of_4);
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

static struct {
    size_t calls, n, room;
    uint8_t first[HOST_MAX_DATAGRAM];
    size_t first_len;
    bool same;
} batch;

static void on_batch(void *user, struct ikl_outbound *datagrams, size_t n)
{
    (void)user;
    batch.calls++;
    for (size_t i = 0; i < n; i++) {
        if (batch.n++ == 0) {
            memcpy(batch.first, datagrams[i].datagram, datagrams[i].len);
            batch.first_len = datagrams[i].len;
            batch.same = true;
        }
        batch.same = batch.same && datagrams[i].len == batch.first_len &&
                     memcmp(batch.first, datagrams[i].datagram, batch.first_len) == 0;
        datagrams[i].result = batch.room != 0 ? IKL_OK : IKL_ERR_BLOCKED;
        batch.room -= batch.room != 0 ? 1 : 0;
    }
}

static uint32_t batch_size;

static void in_batches(struct ikl_endpoint_config *config)
{
    config->callbacks.send = NULL;
    config->callbacks.send_batch = on_batch;
    config->send_batch = batch_size;
}

static void one_in_batches(struct host *host, uint32_t size, sa_change change)
{
    memset(&batch, 0, sizeof(batch));
    batch_size = size;
    host_init(host, "a", 0, in_batches);
    host_sa(host, suite, true, 1, change);
}

static void encapsulated(struct ikl_sa_config *config)
{
    config->path.encapsulated = true;
}

static void assert_batches(struct host *host, uint32_t size, sa_change change)
{
    one_in_batches(host, size, change);
    run(host, 5000);
    assert_int_equal(batch.n, 1);
    assert_int_equal(host_count(host, EVENT_ATTEMPT), 1);
    assert_int_equal(host_counters(host).blocked, 1);
    assert_true(ikl_endpoint_next_deadline(host->endpoint) == 6000);
    run(host, 8000);
    assert_int_equal(batch.n, 3);
    batch.room = 1;
    host->now = 9000;
    assert_int_equal(ikl_endpoint_writable(host->endpoint, 9000), IKL_OK);
    assert_int_equal(batch.n, 4);
    assert_true(batch.same);
    assert_true(ikl_endpoint_next_deadline(host->endpoint) == 10000);
    assert_int_equal(host_count(host, EVENT_ATTEMPT), 1);
    assert_int_equal(host_counters(host).probes, 1);
    assert_int_equal(host_counters(host).retransmissions, 0);
    batch.room = SIZE_MAX;
    host_run_to_the_end(host);
    assert_int_equal(host_event(host, EVENT_DOWN, 0)->at, 9000 + TOTAL);
    assert_true(host_event(host, EVENT_DOWN, 0)->down.first_sent == 9000);
    assert_int_equal(host_count(host, EVENT_ATTEMPT), TRIES);
    assert_int_equal(host_counters(host).retransmissions, TRIES - 1);
    host_clear(host);
}

static void what_a_batch_did_not_take_counts_as_blocked_and_its_attempt_is_told_once(void **state)
{
    struct host host;

    (void)state;
    assert_batches(&host, 1, NULL); /* full before its attempt is told */
    assert_batches(&host, 16, NULL);
    assert_batches(&host, 16, encapsulated);
}

static void batches_that_are_never_taken_end_within_twice_the_schedule_too(void **state)
{
    struct host host;

    (void)state;
    for (uint32_t size = 1; size < 4; size += 2) {
        one_in_batches(&host, size, with_fragmentation);
        assert_int_equal(asking_try(&host, &(struct asking){.mark = 5, .len = LONG}, NULL), IKL_OK);
        while (host_count(&host, EVENT_DOWN) == 0) {
            host_advance(&host, ikl_time_earlier(ikl_endpoint_next_deadline(host.endpoint), host.now + 700));
            assert_int_equal(ikl_endpoint_writable(host.endpoint, host.now), IKL_OK);
        }
        assert_int_equal(host_event(&host, EVENT_DOWN, 0)->at, 2 * TOTAL);
        assert_int_equal(host_count(&host, EVENT_ATTEMPT), TRIES);
        host_clear(&host);
    }
}

static void of_fragments_in_batches_the_last_one_decides(void **state)
{
    struct host host;

    (void)state;
    for (uint32_t size = 1; size < 6; size++) {
        one_in_batches(&host, size, with_fragmentation);
        batch.room = 2;
        assert_int_equal(asking_try(&host, &(struct asking){.mark = 5, .len = LONG}, NULL), IKL_OK);
        assert_int_equal(batch.n, 3);
        batch.room = 3;
        host.now = 600;
        assert_int_equal(ikl_endpoint_writable(host.endpoint, 600), IKL_OK);
        assert_int_equal(batch.n, 6);
        assert_int_equal(ikl_endpoint_writable(host.endpoint, 700), IKL_OK);
        run(&host, 1599);
        assert_int_equal(batch.n, 6);
        run(&host, 1600);
        assert_int_equal(batch.n, 9);
        host_clear(&host);
    }
}

static void responses_and_keepalives_in_a_batch_that_blocks_are_lost(void **state)
{
    struct host host;

    (void)state;
    one_in_batches(&host, 16, behind_a_nat);
    run(&host, 20000);
    assert_int_equal(host_counters(&host).blocked, 1);
    batch.room = 5;
    host.now = 20100;
    assert_int_equal(ikl_endpoint_writable(host.endpoint, 20100), IKL_OK);
    assert_int_equal(batch.n, 1);
    run(&host, 21000);
    assert_int_equal(batch.n, 2);
    host_clear(&host);
    one_in_batches(&host, 16, NULL);
    assert_int_equal(peer_send(&host, suite, &(struct peer_message){.message_id = 0}), IKL_OK);
    assert_int_equal(ikl_endpoint_writable(host.endpoint, 100), IKL_OK);
    assert_int_equal(batch.n, 1);
    batch.room = 5;
    assert_int_equal(peer_send(&host, suite, &(struct peer_message){.message_id = 0}), IKL_OK);
    assert_int_equal(batch.n, 2);
    assert_true(batch.same);
    host_clear(&host);
}

static void what_one_endpoint_told_of_by_a_batch_another_does_not_tell_again(void **state)
{
    struct host host, other;

    (void)state;
    one_in_batches(&host, 16, NULL);
    run(&host, 5000);
    assert_int_equal(host_count(&host, EVENT_ATTEMPT), 1);
    host_init(&other, "b", 5000, NULL);
    assert_int_equal(ikl_sa_migrate(host.sa, other.endpoint, 5100, &other.sa), IKL_OK);
    unblock(&other, 5200);
    assert_int_equal(host_count(&other, EVENT_SENT), 1);
    assert_int_equal(host_count(&other, EVENT_ATTEMPT), 0);
    assert_true(ikl_endpoint_next_deadline(other.endpoint) == 6200);
    run(&other, 6200);
    assert_attempt(&other, 0, 6200, 1);
    host_clear(&other);
    host_clear(&host);
}

static void and_what_none_told_of_is_told_by_a_batch(void **state)
{
    struct host host, other;

    (void)state;
    a_blocked_check(&host);
    memset(&batch, 0, sizeof(batch));
    batch_size = 16;
    host_init(&other, "b", 5000, in_batches);
    assert_int_equal(ikl_sa_migrate(host.sa, other.endpoint, 5100, &other.sa), IKL_OK);
    batch.room = 1;
    unblock(&other, 5200);
    assert_attempt(&other, 0, 5200, 0);
    assert_int_equal(host_counters(&other).probes, 1);
    run(&other, 6199);
    assert_int_equal(batch.n, 1);
    run(&other, 6200);
    assert_int_equal(batch.n, 2);
    host_clear(&other);
    host_clear(&host);
}

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

    pair_init(&pair, suite, 1, NULL, window_of_4);
    pair.b.on_event = answer_at_once;
    /* or the peer would give up the host */
    assert_int_equal(ikl_sa_set_liveness(pair.b.sa, IKL_LIVENESS_OFF, 0, 0, 0), IKL_OK);
    for (int i = 0; i < EPISODES; i++) {
        ikl_time from = pair.a.now + test_random_below(random, 8000), until = from + test_random_below(random, longest);
        uint8_t asks = (uint8_t)test_random_below(random, 4);

        pair_run(&pair, from, 0);
        block(&pair.a);
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
        cmocka_unit_test(what_waited_is_held_up_by_no_limit),
        cmocka_unit_test(ike_sas_have_their_turn_until_one_is_blocked_again),
        cmocka_unit_test(an_ike_sa_that_moves_to_another_endpoint_is_told_there_that_it_can_send),
        cmocka_unit_test(of_several_requests_the_blocked_ones_go_out_where_the_ike_sa_has_moved_to),
        cmocka_unit_test(a_send_that_says_so_itself_is_refused),
        cmocka_unit_test(inside_a_callback_it_sends_at_once_and_is_told_afterwards),
        cmocka_unit_test(what_a_batch_did_not_take_counts_as_blocked_and_its_attempt_is_told_once),
        cmocka_unit_test(batches_that_are_never_taken_end_within_twice_the_schedule_too),
        cmocka_unit_test(of_fragments_in_batches_the_last_one_decides),
        cmocka_unit_test(responses_and_keepalives_in_a_batch_that_blocks_are_lost),
        cmocka_unit_test(what_one_endpoint_told_of_by_a_batch_another_does_not_tell_again),
        cmocka_unit_test(and_what_none_told_of_is_told_by_a_batch),
        cmocka_unit_test(a_peer_that_answers_is_never_given_up_nor_asked_twice_over_a_socket_that_blocks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
