/* SPDX-License-Identifier: ISC */
/* Promises about the verdict over a peer that is heard while a request of ours is outstanding (RFC 7296 §2.4); the
 * policy is told at the top of lib/policy/watch.c. */
#include "support/asking.h"
#include "support/peer.h"
#include "support/test.h"

static const char *const suite = "chacha20poly1305-prfsha256";

enum { N_CHILDREN = 2 };

/* The check of an idle IKE SA: first sent, and when a silent peer is given up. */
static const ikl_time first = 5000, silent_down = 324000;

static void one_ike_sa(struct host *host, endpoint_change on_endpoint, sa_change on_sa)
{
    host_init(host, "a", 0, on_endpoint);
    host_sa(host, suite, true, N_CHILDREN, on_sa);
}

/* A fresh request of the peer's; the host answers it. */
static void hear(struct host *host, uint32_t message_id)
{
    assert_int_equal(peer_send(host, suite, &(struct peer_message){.message_id = message_id}), IKL_OK);
}

/* The peer answers our request. */
static void answer_check(struct host *host)
{
    struct peer_message message = {.response = true, .message_id = host_info(host).outstanding_id};

    assert_int_equal(peer_send(host, suite, &message), IKL_OK);
}

static const struct ikl_down *down_of(struct host *host)
{
    assert_int_equal(host_count(host, EVENT_DOWN), 1);
    assert_int_equal(host_count(host, EVENT_CHILD_DOWN), N_CHILDREN);
    return &host_event(host, EVENT_DOWN, 0)->down;
}

static void assert_last_attempt(struct host *host, ikl_time at, uint32_t retransmission, enum ikl_attempt_cause cause,
                                uint32_t wait)
{
    const struct event *event = host_last(host, EVENT_ATTEMPT);

    assert_int_equal(event->at, at);
    assert_int_equal(event->attempt.retransmission, retransmission);
    assert_int_equal(event->attempt.cause, cause);
    assert_int_equal(event->attempt.wait, wait);
}

static void no_verdict_falls_over_a_peer_that_was_heard_since_the_last_send(void **state)
{
    struct host host;
    const struct event *once_more;

    (void)state;
    one_ike_sa(&host, NULL, NULL);
    host_run_until(&host, 300000);
    assert_int_equal(host_count(&host, EVENT_ATTEMPT), 10);
    hear(&host, 0);
    once_more = host_last(&host, EVENT_SENT); /* after the response */
    assert_memory_equal(once_more->datagram, host_event(&host, EVENT_SENT, 0)->datagram, once_more->len);
    assert_last_attempt(&host, 300000, 10, IKL_ATTEMPT_EVIDENCE, 1000);
    host_run_until(&host, 300500);
    answer_check(&host);
    assert_int_equal(host_event(&host, EVENT_ALIVE, 0)->alive.sends, 11);
    host_run_until(&host, 305500);
    assert_last_attempt(&host, 305500, 0, IKL_ATTEMPT_SCHEDULE, 1000); /* the next check */
    assert_int_equal(host_count(&host, EVENT_DOWN), 0);
    assert_int_equal(host_counters(&host).evidence_resends, 1);
    host_clear(&host);
}

/* Whatever is sent from `since` on is answered, and the peer makes requests of its own every 5 s. */
static void run_after_outage(struct host *host, ikl_time since)
{
    size_t seen = host->n_events;
    uint32_t message_id = 0;

    host_run_until(host, since);
    for (ikl_time next = since; next < since + 60000; next += 5000) {
        host_run_until(host, next);
        hear(host, message_id++);
        for (; seen < host->n_events; seen++) {
            if (host->events[seen].kind == EVENT_ATTEMPT && host->events[seen].at >= since) {
                answer_check(host);
            }
        }
    }
}

static void an_outage_that_ends_within_the_schedule_takes_nobody_down(void **state)
{
    (void)state;
    for (ikl_time end = first + 1000; end < silent_down; end += 1777) {
        struct host host;

        one_ike_sa(&host, NULL, NULL);
        run_after_outage(&host, end);
        assert_int_equal(host_count(&host, EVENT_DOWN), 0);
        assert_int_equal(host_info(&host).reachability, IKL_REACHABILITY_UP);
        host_clear(&host);
    }
}

static void a_peer_that_talks_but_never_answers_is_given_up_within_twice_the_schedule(void **state)
{
    (void)state;
    for (ikl_time pause = 500; pause < 70000; pause = pause * 3 / 2) {
        const struct ikl_schedule *schedule = ikl_schedule_default();
        const struct ikl_down *down;
        struct host host;
        uint32_t message_id = 0;

        one_ike_sa(&host, NULL, NULL);
        host_run_until(&host, first);
        for (ikl_time next = first + 1; host_count(&host, EVENT_DOWN) == 0; next += pause) {
            host_run_until(&host, next);
            if (host_count(&host, EVENT_DOWN) == 0) {
                hear(&host, message_id++);
            }
            assert_true(host.n_events < HOST_MAX_EVENTS - 10);
        }
        down = down_of(&host);
        assert_int_equal(down->reason, IKL_DOWN_TIMEOUT);
        assert_true(down->at > silent_down || pause > 64000);
        assert_true(down->at - first <= ikl_schedule_worst_unanswered(schedule, 0));
        assert_true(down->sends <= ikl_schedule_most_sends(schedule, 0));
        assert_int_equal(down->sends, host_count(&host, EVENT_ATTEMPT));
        assert_int_equal(down->first_sent, first);
        assert_int_equal(down->heard_since_last_send, down->last_evidence > host_last(&host, EVENT_ATTEMPT)->at);
        host_clear(&host);
    }
}

static void down_says_whether_the_peer_was_heard_since_the_last_send(void **state)
{
    const struct ikl_down *down;
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL, NULL);
    host_run_to_the_end(&host);
    assert_false(down_of(&host)->heard_since_last_send);
    assert_int_equal(down_of(&host)->at, silent_down);
    host_clear(&host);

    one_ike_sa(&host, NULL, NULL);
    host_run_until(&host, 320000);
    hear(&host, 0); /* the second run begins */
    host_run_until(&host, 320000 + 319000 - 1);
    ikl_child_heard(host.children[1], host.now);
    host_run_to_the_end(&host);
    down = down_of(&host);
    assert_int_equal(down->at, 320000 + 319000);
    assert_int_equal(down->sends, 20);
    assert_true(down->heard_since_last_send);
    assert_int_equal(host_event(&host, EVENT_CHILD_DOWN, 0)->down.heard_since_last_send, true);
    host_clear(&host);
}

static int hear_when_told(struct host *host, struct event *event)
{
    if (event->kind == EVENT_OUTCOME || event->kind == EVENT_STATE || event->kind == EVENT_CHILD_DOWN) {
        for (struct ikl_child *child = ikl_sa_first_child(host->sa); child != NULL;
             child = ikl_sa_next_child(host->sa, child)) {
            ikl_child_heard(child, host->now);
        }
    }
    return IKL_OK;
}

/* What comes while the end is being told was not known when it was decided. */
static void what_is_heard_after_the_verdict_is_no_part_of_it(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL, NULL);
    host.on_event = hear_when_told;
    host_run_to_the_end(&host);
    assert_int_equal(down_of(&host)->at, silent_down);
    assert_false(down_of(&host)->heard_since_last_send);
    assert_int_equal(down_of(&host)->last_evidence, 0);
    for (size_t i = 0; i < N_CHILDREN; i++) {
        assert_false(host_event(&host, EVENT_CHILD_DOWN, i)->down.heard_since_last_send);
        assert_int_equal(host_event(&host, EVENT_CHILD_DOWN, i)->down.last_evidence, 0);
    }
    host_clear(&host);
}

static void connecting(struct ikl_sa_config *config)
{
    config->connecting = true;
    config->early_requests = true;
}

/* That it became ESTABLISHED is nothing that was heard of the peer. */
static void becoming_established_is_not_taken_for_a_sign_of_life(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL, connecting);
    assert_int_equal(asking_try(&host, &(struct asking){.mark = 1, .exchange_type = IKL_IKE_AUTH}, NULL), IKL_OK);
    host_run_until(&host, 318000);
    assert_int_equal(ikl_sa_established(host.sa, host.now), IKL_OK);
    host_run_to_the_end(&host);
    assert_false(down_of(&host)->heard_since_last_send);
    host_clear(&host);
}

static void signs_of_life_do_not_keep_what_is_connecting(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL, connecting);
    assert_int_equal(asking_try(&host, &(struct asking){.mark = 1, .exchange_type = IKL_IKE_AUTH}, NULL), IKL_OK);
    host_run_until(&host, 318000);
    ikl_child_heard(host.children[1], host.now);
    host_run_to_the_end(&host);
    assert_int_equal(down_of(&host)->at, silent_down - first);
    assert_true(down_of(&host)->heard_since_last_send);
    host_clear(&host);
}

static void a_peer_is_given_up_at_most_the_whole_schedule_after_its_last_sign_of_life(void **state)
{
    (void)state;
    for (ikl_time at = first; at < silent_down; at += 997) {
        struct host host;

        one_ike_sa(&host, NULL, NULL);
        host_run_until(&host, at);
        hear(&host, 0);
        host_run_to_the_end(&host);
        assert_true(down_of(&host)->at <= at + 319000 || down_of(&host)->at == silent_down);
        assert_true(down_of(&host)->at <= at + ikl_schedule_worst_detect(ikl_schedule_default(), 5000));
        host_clear(&host);
    }
}

static void in_an_earlier_wait_one_send_is_added_and_the_schedule_runs_on(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL, NULL);
    host_run_until(&host, 8999); /* sent at 5, 6 and 8 s */
    hear(&host, 0);
    assert_int_equal(host_count(&host, EVENT_ATTEMPT), 3); /* within the first wait after a send */
    host_run_until(&host, 9000);
    hear(&host, 1);
    assert_last_attempt(&host, 9000, 3, IKL_ATTEMPT_EVIDENCE, 3000);
    host_run_until(&host, 11000);
    hear(&host, 2);
    assert_int_equal(host_count(&host, EVENT_ATTEMPT), 4);
    host_run_until(&host, 12000);
    assert_last_attempt(&host, 12000, 4, IKL_ATTEMPT_SCHEDULE, 8000);
    host_run_to_the_end(&host);
    assert_int_equal(down_of(&host)->at, silent_down);
    host_clear(&host);
}

/* Traffic of Child SAs: told, or asked for. */
static ikl_time esp_heard;

static void last_esp(void *user, struct ikl_sa *sa, struct ikl_child *child, ikl_time *heard, ikl_time *sent)
{
    (void)user;
    (void)sa;
    (void)child;
    (void)sent;
    *heard = esp_heard;
}

static void pull(struct ikl_endpoint_config *config)
{
    config->callbacks.last_esp = last_esp;
}

static void traffic_of_a_child_sa_is_looked_at_before_the_verdict_and_the_second_run_counts_from_it(void **state)
{
    (void)state;
    for (int pulled = 0; pulled < 2; pulled++) {
        struct host host;

        esp_heard = IKL_NEVER;
        one_ike_sa(&host, pulled ? pull : NULL, NULL);
        host_run_until(&host, 300000);
        esp_heard = 290000;
        if (!pulled) {
            ikl_child_heard(host.children[1], 290000);
        }
        host_run_until(&host, silent_down); /* 34 s after it: the waits of 1, 2, 4, 8 and 16 s are over */
        assert_last_attempt(&host, silent_down, 10, IKL_ATTEMPT_EVIDENCE, 290000 + 63000 - 324000);
        host_run_to_the_end(&host);
        assert_int_equal(down_of(&host)->at, 290000 + 319000);
        assert_false(down_of(&host)->heard_since_last_send);
        assert_int_equal(host_counters(&host).evidence_resends, 1);
        host_clear(&host);
    }
}

static void only_an_answer_clears_suspicion(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL, NULL);
    host_run_until(&host, 300000);
    hear(&host, 0);
    host_run_until(&host, 302000);
    hear(&host, 1);
    assert_int_equal(host_info(&host).reachability, IKL_REACHABILITY_SUSPECT);
    answer_check(&host);
    assert_int_equal(host_info(&host).reachability, IKL_REACHABILITY_UP);
    assert_int_equal(host_count(&host, EVENT_REACHABILITY), 2);
    host_clear(&host);
}

static void third(struct ikl_sa_config *config)
{
    config->suspect_after = 3;
}

static void sends_that_evidence_causes_make_no_peer_suspect(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL, third);
    host_run_until(&host, 7000);
    hear(&host, 0);
    host_run_until(&host, 9000);
    hear(&host, 1);
    assert_int_equal(host_last(&host, EVENT_ATTEMPT)->attempt.retransmission, 4);
    assert_int_equal(host_count(&host, EVENT_REACHABILITY), 0);
    host_run_until(&host, 12000); /* the third of the schedule */
    assert_int_equal(host_count(&host, EVENT_REACHABILITY), 1);
    host_clear(&host);
}

/* What proves nothing changes nothing: a repetition, a forgery, an unprotected message, a NAT keepalive, a hint. */
static void what_is_no_evidence_causes_no_send(void **state)
{
    uint8_t datagram[HOST_MAX_DATAGRAM];
    struct host host;
    size_t len;

    (void)state;
    one_ike_sa(&host, NULL, NULL);
    host_run_until(&host, 6500);
    hear(&host, 0);
    host_run_until(&host, 300000);
    host_forget(&host);
    hear(&host, 0); /* repeated: it gets its response */
    len = peer_seal(&(struct peer_message){.message_id = 1}, suite, datagram);
    datagram[len - 1] ^= 1;
    assert_int_equal(peer_deliver(&host, datagram, len), IKL_ERR_FORGED);
    assert_int_equal(ikl_sa_hint(host.sa, IKL_HINT_ICMP, host.now), IKL_ERR_BUSY);
    assert_int_equal(host_count(&host, EVENT_ATTEMPT), 0);
    host_run_to_the_end(&host);
    assert_int_equal(down_of(&host)->at, silent_down);
    host_clear(&host);
}

static void one_a_second(struct ikl_endpoint_config *config)
{
    config->retransmissions_per_second = 1;
}

static void evidence_causes_no_send_while_the_pace_of_the_endpoint_has_no_turn(void **state)
{
    struct ikl_sa_config config;
    struct ikl_keys keys;
    struct ikl_sa *other;
    struct host host;

    (void)state;
    one_ike_sa(&host, one_a_second, NULL);
    test_sa_config(&config, &keys, suite, true, 1);
    config.idle = 8400 - 1000;
    assert_int_equal(ikl_sa_new(&other, host.endpoint, &config, 0), IKL_OK);
    host_run_until(&host, 9100); /* the other one's first retransmission had its turn at 9000 */
    assert_int_equal(host_count(&host, EVENT_ATTEMPT), 5);
    hear(&host, 0);
    host_run_until(&host, 9999);
    hear(&host, 1);
    assert_int_equal(host_count(&host, EVENT_ATTEMPT), 5);
    host_run_until(&host, 10100);
    hear(&host, 2);
    assert_int_equal(host_count(&host, EVENT_ATTEMPT), 6);
    assert_ptr_equal(host_last(&host, EVENT_ATTEMPT)->sa, host.sa);
    host_run_until(&host, 11099); /* that was a turn: the other one's next, due at 11000, has to wait */
    assert_int_equal(host_count(&host, EVENT_ATTEMPT), 6);
    host_run_until(&host, 11100);
    assert_int_equal(host_count(&host, EVENT_ATTEMPT), 7);
    host_clear(&host);
}

static void window_of_3(struct ikl_sa_config *config)
{
    config->ids.peer_window = 3;
}

static void only_the_oldest_request_goes_out_once_more(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL, window_of_3);
    (void)ask(&host, 1);
    host_run_until(&host, 100);
    (void)ask(&host, 2);
    host_run_until(&host, 2500);
    host_forget(&host);
    hear(&host, 0);
    assert_int_equal(host_count(&host, EVENT_ATTEMPT), 1);
    assert_int_equal(host_event(&host, EVENT_ATTEMPT, 0)->attempt.message_id, 0);
    assert_int_equal(host_event(&host, EVENT_ATTEMPT, 0)->attempt.cause, IKL_ATTEMPT_EVIDENCE);
    host_clear(&host);
}

/* The answer to another request is a fresh message too. */
static void an_answer_to_a_later_request_has_the_oldest_sent_once_more(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL, window_of_3);
    (void)ask(&host, 1);
    (void)ask(&host, 2);
    host_run_until(&host, 2500);
    host_forget(&host);
    assert_int_equal(answer(&host, 1), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_ATTEMPT), 1);
    assert_int_equal(host_event(&host, EVENT_ATTEMPT, 0)->attempt.message_id, 0);
    host_clear(&host);
}

/* Neither while it connects nor while it deletes: what is heard then does not keep it. */
static void an_ike_sa_that_connects_or_is_deleted_is_given_up_as_ever(void **state)
{
    (void)state;
    for (int deleting = 0; deleting < 2; deleting++) {
        struct host host;

        one_ike_sa(&host, NULL, deleting ? NULL : connecting);
        if (deleting) {
            assert_int_equal(ikl_sa_delete(host.sa, 1000000, 0), IKL_OK);
        } else {
            (void)ask(&host, 1);
        }
        host_run_until(&host, 300000);
        host_forget(&host);
        hear(&host, 0);
        ikl_child_heard(host.children[0], 310000);
        host_run_to_the_end(&host);
        assert_int_equal(host_count(&host, EVENT_ATTEMPT), 0);
        assert_int_equal(down_of(&host)->at, 319000);
        host_clear(&host);
    }
}

static void an_ike_sa_that_was_replaced_gets_its_chance_too(void **state)
{
    struct ikl_sa_config config;
    struct ikl_keys keys;
    struct ikl_sa *other;
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL, NULL);
    test_sa_config(&config, &keys, suite, true, 1);
    config.liveness = IKL_LIVENESS_OFF;
    assert_int_equal(ikl_sa_new(&other, host.endpoint, &config, 0), IKL_OK);
    (void)ask(&host, 1);
    assert_int_equal(ikl_sa_replace(host.sa, other, false, 1000000, 0), IKL_OK);
    host_run_until(&host, 300000);
    host_forget(&host);
    hear(&host, 0);
    assert_last_attempt(&host, 300000, 10, IKL_ATTEMPT_EVIDENCE, 1000);
    host_clear(&host);
}

static void holding(struct ikl_endpoint_config *config)
{
    config->outage_after = 60000;
    config->outage_least = 1;
    config->outage_hold = 600000;
}

/* Traffic of a Child SA ends the outage of its group at the look, so it is what counts. */
static void evidence_comes_before_the_hold_of_an_outage(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, holding, NULL);
    host_run_until(&host, silent_down);
    assert_last_attempt(&host, silent_down, 9, IKL_ATTEMPT_SCHEDULE, 64000); /* held */
    ikl_child_heard(host.children[0], 350000);
    host_run_until(&host, silent_down + 64000);
    assert_last_attempt(&host, silent_down + 64000, 10, IKL_ATTEMPT_EVIDENCE, 25000);
    assert_int_equal(host_counters(&host).held, 1);
    host_clear(&host);
}

static void history_and_description_tell_of_sends_that_evidence_caused(void **state)
{
    char text[8192];
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL, NULL);
    host_run_until(&host, 300000);
    hear(&host, 0);
    (void)ikl_sa_history_text(host.sa, host.now, text, sizeof(text));
    assert_non_null(strstr(text, "retransmitted, Message ID 0, number 10, as the peer was heard\n"));
    (void)ikl_sa_describe(host.sa, host.now, text, sizeof(text));
    assert_non_null(strstr(text, "retransmission 0 of 9, next step in 1.000 s, second run as the peer was heard, "
                                 "sent 11 times in all\n"));
    host_clear(&host);
}

/* Its tick came too late for a verdict: one send more than the schedule has. */
static void the_last_wait_that_runs_again_is_described_as_one_send_more(void **state)
{
    char text[8192];
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL, NULL);
    host_run_until(&host, silent_down - 1);
    host_advance(&host, silent_down + 60000);
    (void)ikl_sa_describe(host.sa, host.now, text, sizeof(text));
    assert_non_null(strstr(text, "retransmission 9 of 9, next step in 64.000 s, sent 11 times in all\n"));
    host_clear(&host);
}

/* A callback that ends the IKE SA while it is sent once more. */
static int close_it(struct host *host, struct event *event)
{
    (void)host;
    if (event->kind == EVENT_ATTEMPT && event->attempt.cause == IKL_ATTEMPT_EVIDENCE) {
        ikl_sa_free(event->sa);
    }
    return IKL_OK;
}

static void a_callback_may_free_the_ike_sa_that_evidence_has_sent_for(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL, NULL);
    host.on_event = close_it;
    host_run_until(&host, 300000);
    hear(&host, 0);
    assert_int_equal(host_count(&host, EVENT_DOWN), 1);
    assert_int_equal(ikl_endpoint_next_deadline(host.endpoint), IKL_NEVER);
    host_clear(&host);
}

TESTS_OF(verdicts)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_verdict_falls_over_a_peer_that_was_heard_since_the_last_send),
        cmocka_unit_test(an_outage_that_ends_within_the_schedule_takes_nobody_down),
        cmocka_unit_test(a_peer_that_talks_but_never_answers_is_given_up_within_twice_the_schedule),
        cmocka_unit_test(down_says_whether_the_peer_was_heard_since_the_last_send),
        cmocka_unit_test(what_is_heard_after_the_verdict_is_no_part_of_it),
        cmocka_unit_test(becoming_established_is_not_taken_for_a_sign_of_life),
        cmocka_unit_test(signs_of_life_do_not_keep_what_is_connecting),
        cmocka_unit_test(a_peer_is_given_up_at_most_the_whole_schedule_after_its_last_sign_of_life),
        cmocka_unit_test(in_an_earlier_wait_one_send_is_added_and_the_schedule_runs_on),
        cmocka_unit_test(traffic_of_a_child_sa_is_looked_at_before_the_verdict_and_the_second_run_counts_from_it),
        cmocka_unit_test(only_an_answer_clears_suspicion),
        cmocka_unit_test(sends_that_evidence_causes_make_no_peer_suspect),
        cmocka_unit_test(what_is_no_evidence_causes_no_send),
        cmocka_unit_test(evidence_causes_no_send_while_the_pace_of_the_endpoint_has_no_turn),
        cmocka_unit_test(only_the_oldest_request_goes_out_once_more),
        cmocka_unit_test(an_answer_to_a_later_request_has_the_oldest_sent_once_more),
        cmocka_unit_test(an_ike_sa_that_connects_or_is_deleted_is_given_up_as_ever),
        cmocka_unit_test(an_ike_sa_that_was_replaced_gets_its_chance_too),
        cmocka_unit_test(evidence_comes_before_the_hold_of_an_outage),
        cmocka_unit_test(history_and_description_tell_of_sends_that_evidence_caused),
        cmocka_unit_test(the_last_wait_that_runs_again_is_described_as_one_send_more),
        cmocka_unit_test(a_callback_may_free_the_ike_sa_that_evidence_has_sent_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
