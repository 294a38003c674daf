/* SPDX-License-Identifier: ISC */
/* The watch over one IKE SA keeps the promises of its header. */
#include "support/watching.h"

static void by_default_a_silent_peer_is_given_up_as_the_reference_does(void **state)
{
    static const ikl_time sends[] = {5000, 6000, 8000, 12000, 20000, 36000, 68000, 132000, 196000, 260000};
    struct ikl_watch watch;

    (void)state;
    memset(&watch, 0xa5, sizeof(watch));
    ikl_watch_init(&watch, START);
    assert_true(deadline(&watch) == 5000);
    assert_int_equal(tick(&watch, 4999), IKL_WATCH_NOTHING);
    assert_int_equal(tick(&watch, 5000), IKL_WATCH_PROBE);
    assert_int_equal(ikl_watch_sent(&watch, 0, START + 5000, SLACK, 0), IKL_OK);
    for (size_t i = 1; i < COUNT_OF(sends); i++) {
        assert_true(deadline(&watch) == sends[i]);
        assert_int_equal(tick(&watch, sends[i] - 1), IKL_WATCH_NOTHING);
        assert_int_equal(watch.suspect, i > 1);
        assert_int_equal(tick(&watch, sends[i]), IKL_WATCH_SEND_AGAIN);
        assert_true(watch.suspect);
    }
    assert_int_equal(watch.run.sends, 10);
    assert_true(deadline(&watch) == 5000 + 319000);
    assert_int_equal(tick(&watch, 5000 + 319000 - 1), IKL_WATCH_NOTHING);
    assert_int_equal(tick(&watch, 5000 + 319000), IKL_WATCH_GIVE_UP);
    assert_false(ikl_watch_heard_since_send(&watch));
}

static void a_peer_that_answers_is_checked_once_an_idle_interval(void **state)
{
    struct ikl_watch watch = begin();

    (void)state;
    for (uint32_t id = 0; id < 100; id++) {
        ikl_time now = 5000 + (ikl_time)id * 5010;

        assert_true(deadline(&watch) == now);
        assert_int_equal(tick(&watch, now), IKL_WATCH_PROBE);
        assert_int_equal(ikl_watch_sent(&watch, id, START + now, SLACK, 0), IKL_OK);
        assert_true(ikl_watch_answered(&watch, id, START + now + 10));
    }
}

static void before_the_deadline_a_tick_changes_nothing(void **state)
{
    struct ikl_watch watches[] = {begin(), on_demand(), begin_sent(0)};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(watches); i++) {
        struct ikl_watch before = watches[i];

        assert_int_equal(ikl_watch_tick(&watches[i], 0, SLACK, 0), IKL_WATCH_NOTHING);
        assert_int_equal(tick(&watches[i], 0), IKL_WATCH_NOTHING);
        assert_int_equal(tick(&watches[i], deadline(&watches[i]) - 1), IKL_WATCH_NOTHING);
        assert_memory_equal(&watches[i], &before, sizeof(before));
    }
}

static void a_check_that_was_not_sent_is_asked_for_again_a_second_later(void **state)
{
    struct ikl_watch watch = begin();

    (void)state;
    for (ikl_time now = 5000; now <= 9000; now += 1000) {
        assert_int_equal(tick(&watch, now), IKL_WATCH_PROBE);
        assert_int_equal(tick(&watch, now), IKL_WATCH_NOTHING);
        assert_true(deadline(&watch) == now + 1000);
    }
    assert_int_equal(tick(&watch, 10500), IKL_WATCH_PROBE);
    assert_true(deadline(&watch) == 11500);
}

static void on_demand_too_a_check_that_was_not_sent_is_asked_for_again_a_second_later(void **state)
{
    struct ikl_watch watch = on_demand();

    (void)state;
    ikl_watch_traffic_sent(&watch, START + 10, START + 10);
    assert_int_equal(tick(&watch, 3000), IKL_WATCH_PROBE);
    assert_true(deadline(&watch) == 4000);
    assert_int_equal(tick(&watch, 4000), IKL_WATCH_PROBE);
}

static void the_first_wait_of_a_check_counts_from_when_it_was_due(void **state)
{
    static const struct {
        ikl_time now, deadline;
    } rows[] = {{5000, 6000}, {5001, 6000}, {5000 + SLACK, 6000}, {5000 + SLACK + 1, 6000 + SLACK + 1}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct ikl_watch watch = begin();

        assert_int_equal(tick(&watch, rows[i].now), IKL_WATCH_PROBE);
        assert_true(watch.asked);
        begin_again(&watch, rows[i].now);
        assert_false(watch.asked);
        assert_true(deadline(&watch) == rows[i].deadline);
    }
}

static void the_first_wait_of_another_request_counts_from_when_it_was_sent(void **state)
{
    struct ikl_watch watch = begin_sent(5020);

    (void)state;
    assert_true(deadline(&watch) == 6020);
    /* nor of one that is sent after the peer was heard instead of the check that was asked for */
    watch = begin();
    assert_int_equal(tick(&watch, 5000), IKL_WATCH_PROBE);
    assert_int_equal(ikl_watch_heard(&watch, START + 5010, 0), IKL_WATCH_NOTHING);
    begin_again(&watch, 5020);
    assert_true(deadline(&watch) == 6020);
}

static void beside_an_outstanding_request_no_check_is_asked_for(void **state)
{
    struct ikl_watch watch = begin_sent(4900);

    (void)state;
    ikl_watch_set_schedule(&watch, &slow);
    assert_int_equal(tick(&watch, 5900), IKL_WATCH_SEND_AGAIN);
    for (ikl_time now = 5900; now < 35900; now += 100) {
        assert_int_equal(tick(&watch, now), IKL_WATCH_NOTHING);
    }
}

static void one_request_is_outstanding_at_a_time(void **state)
{
    struct ikl_watch watch = begin_sent(0), before = watch;

    (void)state;
    assert_int_equal(ikl_watch_sent(&watch, ID + 1, START + 10, SLACK, 0), IKL_ERR_BUSY);
    assert_memory_equal(&watch, &before, sizeof(watch));
    assert_true(ikl_watch_answered(&watch, ID, START + 20));
    assert_int_equal(ikl_watch_sent(&watch, ID + 1, START + 30, SLACK, 0), IKL_OK);
    assert_int_equal(watch.run.message_id, ID + 1);
}

static void an_answer_ends_the_request_and_is_a_sign_of_life(void **state)
{
    struct ikl_watch watch = begin_sent(0);

    (void)state;
    assert_int_equal(tick(&watch, 1000), IKL_WATCH_SEND_AGAIN);
    assert_true(watch.suspect);
    assert_true(ikl_watch_answered(&watch, ID, START + 1300));
    assert_false(watch.suspect);
    assert_false(ikl_run_is_out(&watch.run));
    assert_true(deadline(&watch) == 1300 + 5000);
}

static void what_answers_nothing_changes_nothing(void **state)
{
    struct ikl_watch watch = begin(), before = watch;

    (void)state;
    assert_false(ikl_watch_answered(&watch, 0, START + 10));
    assert_false(ikl_watch_dropped(&watch, 0, START + 10));
    assert_memory_equal(&watch, &before, sizeof(watch));
    watch = before = begin_sent(0);
    assert_false(ikl_watch_answered(&watch, ID - 1, START + 10));
    assert_false(ikl_watch_answered(&watch, ID + 1, START + 10));
    assert_false(ikl_watch_dropped(&watch, ID + 1, START + 10));
    assert_memory_equal(&watch, &before, sizeof(watch));
}

static void after_a_request_that_was_dropped_the_check_is_due_as_if_it_had_not_been_sent(void **state)
{
    struct ikl_watch watch = begin_sent(0);

    (void)state;
    assert_true(ikl_watch_dropped(&watch, ID, START + 10));
    assert_true(deadline(&watch) == 5000);
    begin_again(&watch, 20);
    assert_int_equal(tick(&watch, 1020), IKL_WATCH_SEND_AGAIN);
    assert_int_equal(tick(&watch, 3020), IKL_WATCH_SEND_AGAIN);
    assert_true(ikl_watch_dropped(&watch, ID, START + 6000));
    assert_true(watch.suspect); /* only an answer clears that */
    assert_true(deadline(&watch) == 6001);
    assert_int_equal(tick(&watch, 6000), IKL_WATCH_NOTHING);
    assert_int_equal(tick(&watch, 6001), IKL_WATCH_PROBE);
}

static void a_sign_of_life_puts_the_check_off(void **state)
{
    struct ikl_watch watch = begin();

    (void)state;
    assert_int_equal(ikl_watch_heard(&watch, START + 4000, 0), IKL_WATCH_NOTHING);
    assert_true(deadline(&watch) == 9000);
    ikl_watch_traffic_heard(&watch, START + 4500, START + 8000);
    assert_true(deadline(&watch) == 9500);
    ikl_watch_traffic_heard(&watch, START + 4400, START + 8000);
    assert_true(deadline(&watch) == 9500);
    assert_int_equal(tick(&watch, 9499), IKL_WATCH_NOTHING);
    assert_int_equal(tick(&watch, 9500), IKL_WATCH_PROBE);
}

static void traffic_of_the_future_counts_as_of_now(void **state)
{
    struct ikl_watch watch = begin();

    (void)state;
    ikl_watch_traffic_heard(&watch, IKL_NEVER - 1, START + 100);
    assert_true(deadline(&watch) == 5100);
    ikl_watch_traffic_heard(&watch, IKL_NEVER, START + 200);
    assert_true(deadline(&watch) == 5200);
    watch = on_demand();
    ikl_watch_traffic_sent(&watch, START + 90000, START + 50);
    assert_int_equal(ikl_watch_heard(&watch, START + 60, 0), IKL_WATCH_NOTHING); /* later than what was sent */
    assert_int_equal(tick(&watch, 3060), IKL_WATCH_NOTHING);
}

static void a_sign_of_life_takes_back_that_a_check_is_asked_for(void **state)
{
    struct ikl_watch watch = begin();

    (void)state;
    assert_int_equal(tick(&watch, 5000), IKL_WATCH_PROBE);
    assert_true(watch.run.put_off);
    ikl_watch_traffic_heard(&watch, START + 4000, START + 5000);
    assert_false(watch.run.put_off);
    assert_false(watch.asked);
    assert_true(deadline(&watch) == 9000);
}

static void a_sign_of_life_does_not_end_the_request_but_may_have_it_sent_again(void **state)
{
    struct ikl_watch watch = begin_sent(0);

    (void)state;
    assert_int_equal(tick(&watch, 1000), IKL_WATCH_SEND_AGAIN);
    assert_int_equal(ikl_watch_heard(&watch, START + 1999, 0), IKL_WATCH_NOTHING);
    assert_int_equal(ikl_watch_heard(&watch, START + 2000, 0), IKL_WATCH_SEND_AGAIN);
    assert_int_equal(ikl_watch_heard(&watch, START + 2999, 0), IKL_WATCH_NOTHING);
    assert_true(deadline(&watch) == 3000);
    assert_true(watch.suspect); /* only an answer clears that */
}

static void traffic_before_the_verdict_has_the_schedule_run_again_once(void **state)
{
    struct ikl_watch watch = begin_sent(0);

    (void)state;
    assert_int_equal(tick(&watch, 1000), IKL_WATCH_SEND_AGAIN);
    assert_int_equal(tick(&watch, 3000), IKL_WATCH_SEND_AGAIN);
    assert_int_equal(tick(&watch, 7000), IKL_WATCH_SEND_AGAIN);
    assert_false(ikl_watch_heard_since_send(&watch));
    ikl_watch_traffic_heard(&watch, START + 10500, START + 11000);
    assert_true(ikl_watch_heard_since_send(&watch));
    assert_int_equal(tick(&watch, 11000), IKL_WATCH_SEND_AGAIN);
    assert_true(deadline(&watch) == 11500);
    assert_int_equal(tick(&watch, 11500), IKL_WATCH_SEND_AGAIN);
    assert_int_equal(tick(&watch, 13500), IKL_WATCH_SEND_AGAIN);
    assert_int_equal(tick(&watch, 17500), IKL_WATCH_SEND_AGAIN);
    ikl_watch_traffic_heard(&watch, START + 21000, START + 21500);
    assert_int_equal(tick(&watch, 21500), IKL_WATCH_GIVE_UP);
    assert_true(ikl_watch_heard_since_send(&watch));
    assert_int_equal(tick(&watch, 21500), IKL_WATCH_GIVE_UP);
}

static void with_no_request_outstanding_nothing_was_heard_since_its_send(void **state)
{
    struct ikl_watch watch = begin();

    (void)state;
    ikl_watch_traffic_heard(&watch, START + 10, START + 10);
    assert_false(ikl_watch_heard_since_send(&watch));
}

static void evidence_is_wanted_where_a_check_or_a_verdict_would_follow(void **state)
{
    struct ikl_watch watch = begin();

    (void)state;
    assert_false(ikl_watch_wants_evidence(&watch, START + 4999));
    assert_true(ikl_watch_wants_evidence(&watch, START + 5000));
    assert_true(ikl_watch_wants_evidence(&watch, IKL_NEVER));
    watch = begin_sent(0);
    for (ikl_time now = 1000; now <= 7000; now = deadline(&watch)) {
        assert_false(ikl_watch_wants_evidence(&watch, START + now));
        assert_int_equal(tick(&watch, now), IKL_WATCH_SEND_AGAIN);
    }
    assert_false(ikl_watch_wants_evidence(&watch, START + 10999));
    assert_true(ikl_watch_wants_evidence(&watch, START + 11000));
    watch = begin();
    ikl_watch_set_policy(&watch, IKL_LIVENESS_OFF, 0, 0);
    assert_false(ikl_watch_wants_evidence(&watch, IKL_NEVER));
}

static void a_move_begins_the_schedule_again(void **state)
{
    struct ikl_watch watch = begin_sent(0);

    (void)state;
    assert_int_equal(tick(&watch, 1000), IKL_WATCH_SEND_AGAIN);
    assert_int_equal(ikl_watch_moved(&watch, false, START + 1500, 0), IKL_WATCH_SEND_AGAIN);
    assert_true(deadline(&watch) == 2500);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(ikl_watch_moved(&watch, true, START + 1500, 0), IKL_WATCH_SEND_AGAIN);
    }
    assert_int_equal(ikl_watch_moved(&watch, true, START + 1500, 0), IKL_WATCH_NOTHING);
}

static void with_no_request_outstanding_a_move_a_hold_and_a_network_that_is_back_ask_for_nothing(void **state)
{
    struct ikl_watch watch = begin(), before = watch;

    (void)state;
    assert_int_equal(ikl_watch_moved(&watch, false, START + 100, 0), IKL_WATCH_NOTHING);
    assert_int_equal(ikl_watch_held(&watch, START + 100), IKL_WATCH_NOTHING);
    assert_int_equal(ikl_watch_resend(&watch, START + 100), IKL_WATCH_NOTHING);
    assert_memory_equal(&watch, &before, sizeof(watch));
}

static void when_the_network_is_back_the_request_goes_out_and_uses_no_wait_up(void **state)
{
    struct ikl_watch watch = begin_sent(0);

    (void)state;
    assert_int_equal(tick(&watch, 1000), IKL_WATCH_SEND_AGAIN);
    assert_int_equal(ikl_watch_resend(&watch, START + 1100), IKL_WATCH_SEND_AGAIN);
    assert_true(deadline(&watch) == 3000);
    assert_int_equal(watch.run.attempt, 1);
    assert_int_equal(watch.run.sends, 3);
}

static void instead_of_giving_up_the_last_wait_can_begin_again(void **state)
{
    struct ikl_watch watch = begin_sent(0);

    (void)state;
    while (tick(&watch, deadline(&watch)) == IKL_WATCH_SEND_AGAIN) {
    }
    assert_true(deadline(&watch) == 11000);
    assert_int_equal(ikl_watch_held(&watch, START + 11000), IKL_WATCH_SEND_AGAIN);
    assert_true(deadline(&watch) == 15000);
    assert_int_equal(tick(&watch, 15000), IKL_WATCH_GIVE_UP);
}

static void another_policy_keeps_what_is_outstanding(void **state)
{
    struct ikl_watch watch = begin_sent(0);

    (void)state;
    ikl_watch_set_policy(&watch, IKL_LIVENESS_OFF, 0, 0);
    assert_true(deadline(&watch) == 1000);
    ikl_watch_set_policy(&watch, IKL_LIVENESS_PERIODIC, 200, 0);
    assert_true(deadline(&watch) == 1000);
    assert_int_equal(tick(&watch, 1000), IKL_WATCH_SEND_AGAIN);
    assert_true(ikl_watch_answered(&watch, ID, START + 1100));
    assert_true(deadline(&watch) == 1300);
    ikl_watch_set_policy(&watch, IKL_LIVENESS_PERIODIC, 0, 0);
    assert_true(deadline(&watch) == 6100);
}

static void another_schedule_keeps_what_is_outstanding_and_counts_from_its_next_send(void **state)
{
    struct ikl_watch watch = begin_sent(0);

    (void)state;
    ikl_watch_set_schedule(&watch, &slow);
    assert_true(deadline(&watch) == 1000);
    assert_int_equal(tick(&watch, 1000), IKL_WATCH_SEND_AGAIN);
    assert_true(deadline(&watch) == 31000);
    assert_true(ikl_watch_answered(&watch, ID, START + 1100));
    begin_again(&watch, 1200);
    assert_true(deadline(&watch) == 31200);
}

static void the_peer_becomes_suspect_with_the_retransmission_that_is_said(void **state)
{
    static const uint8_t after[] = {0, 1, 2, 3, 4, IKL_SUSPECT_NEVER};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(after); i++) {
        struct ikl_watch watch = begin_sent(0);

        ikl_watch_set_suspect_after(&watch, after[i]);
        for (uint32_t n = 1; n < 4; n++) {
            assert_false(watch.suspect && n <= after[i]);
            assert_int_equal(tick(&watch, deadline(&watch)), IKL_WATCH_SEND_AGAIN);
            assert_int_equal(watch.suspect, n >= (after[i] != 0 ? after[i] : 1));
        }
    }
}

static void who_is_suspect_stays_so_until_an_answer(void **state)
{
    struct ikl_watch watch = begin_sent(0);

    (void)state;
    assert_int_equal(tick(&watch, 1000), IKL_WATCH_SEND_AGAIN);
    ikl_watch_set_suspect_after(&watch, IKL_SUSPECT_NEVER);
    ikl_watch_traffic_heard(&watch, START + 1100, START + 1100);
    assert_int_equal(ikl_watch_moved(&watch, false, START + 1200, 0), IKL_WATCH_SEND_AGAIN);
    assert_true(ikl_watch_dropped(&watch, ID, START + 1300));
    assert_true(watch.suspect);
    begin_again(&watch, 1400);
    assert_true(watch.suspect);
    assert_true(ikl_watch_answered(&watch, ID, START + 1500));
    assert_false(watch.suspect);
}

static void never_as_a_time_is_the_last_time_before_it(void **state)
{
    struct ikl_watch watch;

    (void)state;
    ikl_watch_init(&watch, IKL_NEVER);
    assert_true(ikl_watch_deadline(&watch) == IKL_NEVER - 1);
    assert_int_equal(ikl_watch_tick(&watch, IKL_NEVER, SLACK, 0), IKL_WATCH_PROBE);
    assert_int_equal(ikl_watch_sent(&watch, ID, IKL_NEVER, SLACK, 0), IKL_OK);
    assert_true(watch.run.first_sent == IKL_NEVER - 1);
    assert_true(ikl_watch_deadline(&watch) == IKL_NEVER - 1);
    assert_int_equal(ikl_watch_moved(&watch, false, IKL_NEVER, 0), IKL_WATCH_SEND_AGAIN);
    assert_int_equal(ikl_watch_resend(&watch, IKL_NEVER), IKL_WATCH_SEND_AGAIN);
    assert_int_equal(ikl_watch_held(&watch, IKL_NEVER), IKL_WATCH_SEND_AGAIN);
    assert_int_equal(ikl_watch_heard(&watch, IKL_NEVER, 0), IKL_WATCH_NOTHING);
    ikl_watch_put_off(&watch, IKL_NEVER);
    assert_true(ikl_watch_deadline(&watch) == IKL_NEVER - 1);
    assert_true(ikl_watch_answered(&watch, ID, IKL_NEVER));
    assert_true(ikl_watch_deadline(&watch) == IKL_NEVER - 1);
    assert_int_equal(ikl_watch_hinted(&watch, IKL_NEVER), IKL_WATCH_PROBE);
    assert_true(ikl_watch_deadline(&watch) == IKL_NEVER - 1);
}

TESTS_OF(watch)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_default_a_silent_peer_is_given_up_as_the_reference_does),
        cmocka_unit_test(a_peer_that_answers_is_checked_once_an_idle_interval),
        cmocka_unit_test(before_the_deadline_a_tick_changes_nothing),
        cmocka_unit_test(a_check_that_was_not_sent_is_asked_for_again_a_second_later),
        cmocka_unit_test(on_demand_too_a_check_that_was_not_sent_is_asked_for_again_a_second_later),
        cmocka_unit_test(the_first_wait_of_a_check_counts_from_when_it_was_due),
        cmocka_unit_test(the_first_wait_of_another_request_counts_from_when_it_was_sent),
        cmocka_unit_test(beside_an_outstanding_request_no_check_is_asked_for),
        cmocka_unit_test(one_request_is_outstanding_at_a_time),
        cmocka_unit_test(an_answer_ends_the_request_and_is_a_sign_of_life),
        cmocka_unit_test(what_answers_nothing_changes_nothing),
        cmocka_unit_test(after_a_request_that_was_dropped_the_check_is_due_as_if_it_had_not_been_sent),
        cmocka_unit_test(a_sign_of_life_puts_the_check_off),
        cmocka_unit_test(traffic_of_the_future_counts_as_of_now),
        cmocka_unit_test(a_sign_of_life_takes_back_that_a_check_is_asked_for),
        cmocka_unit_test(a_sign_of_life_does_not_end_the_request_but_may_have_it_sent_again),
        cmocka_unit_test(traffic_before_the_verdict_has_the_schedule_run_again_once),
        cmocka_unit_test(with_no_request_outstanding_nothing_was_heard_since_its_send),
        cmocka_unit_test(evidence_is_wanted_where_a_check_or_a_verdict_would_follow),
        cmocka_unit_test(a_move_begins_the_schedule_again),
        cmocka_unit_test(with_no_request_outstanding_a_move_a_hold_and_a_network_that_is_back_ask_for_nothing),
        cmocka_unit_test(when_the_network_is_back_the_request_goes_out_and_uses_no_wait_up),
        cmocka_unit_test(instead_of_giving_up_the_last_wait_can_begin_again),
        cmocka_unit_test(another_policy_keeps_what_is_outstanding),
        cmocka_unit_test(another_schedule_keeps_what_is_outstanding_and_counts_from_its_next_send),
        cmocka_unit_test(the_peer_becomes_suspect_with_the_retransmission_that_is_said),
        cmocka_unit_test(who_is_suspect_stays_so_until_an_answer),
        cmocka_unit_test(never_as_a_time_is_the_last_time_before_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
