/* SPDX-License-Identifier: ISC */
/* A request on a reliable path is sent once, waits as long as its schedule is in all, and goes out once more when the
 * path is there again: the promises of ikl_run_set_reliable, of ikl_run_reconnected, and of the watch. */
#include "support/watching.h"

enum { TOTAL = 11000 }; /* of `four` */

static struct ikl_run run_on_stream(const struct ikl_schedule *schedule)
{
    struct ikl_run run;

    ikl_run_begin(&run, schedule, ID, START, START, SLACK, 0);
    ikl_run_set_reliable(&run, true);
    return run;
}

static enum ikl_run_step run_tick(struct ikl_run *run, ikl_time evidence, ikl_time now)
{
    return ikl_run_tick(run, evidence != 0 ? START + evidence : 0, START + now, SLACK, UINT32_MAX);
}

/* Ticks at each deadline until the request is given up; when that is. */
static ikl_time given_up_at(struct ikl_run *run)
{
    while (ikl_run_tick(run, 0, run->deadline, SLACK, UINT32_MAX) == IKL_RUN_WAIT) {
    }
    return run->deadline - START;
}

static struct ikl_watch watch_on_stream(void)
{
    struct ikl_watch watch = begin();

    ikl_watch_set_reliable(&watch, true);
    begin_again(&watch, 0);
    return watch;
}

static void a_silent_peer_is_given_up_at_the_total_of_each_schedule_with_one_send(void **state)
{
    const char *name;

    (void)state;
    for (size_t i = 0; (name = ikl_schedule_name(i)) != NULL; i++) {
        struct ikl_schedule jittered = *ikl_schedule_by_name(name);
        struct ikl_run run;

        jittered.jitter = IKL_SCHEDULE_MAX_JITTER;
        run = run_on_stream(&jittered);
        assert_true(given_up_at(&run) == ikl_schedule_total(&jittered));
        assert_int_equal(run.sends, 1);
        assert_true(ikl_run_last_sent(&run) == START);
    }
}

static void a_request_that_moves_to_a_reliable_path_has_no_more_added_sends(void **state)
{
    struct ikl_round_trip round_trip = {0};
    struct ikl_run run;

    (void)state;
    ikl_round_trip_sample(&round_trip, 20);
    ikl_run_begin(&run, &four, ID, START, START, SLACK, 0);
    ikl_run_add_sends(&run, &round_trip);
    assert_true(ikl_run_due(&run) < run.deadline);
    ikl_run_set_reliable(&run, true);
    ikl_run_reconnected(&run, START + 10);
    assert_true(ikl_run_due(&run) == run.deadline);
    assert_int_equal(run_tick(&run, 0, 500), IKL_RUN_WAIT);
}

static void late_ticks_make_no_wait_longer(void **state)
{
    struct ikl_run run = run_on_stream(&four);

    (void)state;
    assert_int_equal(run_tick(&run, 0, 1900), IKL_RUN_WAIT);
    assert_true(run.deadline == START + 3000);
    assert_int_equal(run_tick(&run, 0, 7500), IKL_RUN_WAIT); /* two waits at once */
    assert_true(run.deadline == START + TOTAL);
    assert_int_equal(run_tick(&run, 0, TOTAL - 1), IKL_RUN_WAIT);
    assert_int_equal(run_tick(&run, 0, TOTAL + SLACK), IKL_RUN_GIVE_UP);
}

static void evidence_is_wanted_before_a_tick_that_ends_several_waits(void **state)
{
    struct ikl_watch watch = watch_on_stream();

    (void)state;
    assert_false(ikl_watch_wants_evidence(&watch, START + 999));
    assert_true(ikl_watch_wants_evidence(&watch, START + TOTAL));
    assert_int_equal(ikl_watch_tick(&watch, START + TOTAL, SLACK, 0), IKL_WATCH_GIVE_UP);
}

static void a_verdict_changes_nothing_however_many_waits_its_tick_ends(void **state)
{
    struct ikl_run run = run_on_stream(&four), before = run;

    (void)state;
    assert_int_equal(run_tick(&run, 0, TOTAL), IKL_RUN_GIVE_UP);
    assert_true(run.deadline == before.deadline && run.attempt == before.attempt && run.sends == before.sends);
    assert_int_equal(run_tick(&run, 0, TOTAL), IKL_RUN_GIVE_UP);
}

static void no_verdict_falls_in_a_late_tick_however_many_waits_it_ends(void **state)
{
    for (ikl_time slept_from = 0; slept_from < TOTAL; slept_from += 500) {
        struct ikl_run run = run_on_stream(&four);

        assert_int_equal(run_tick(&run, 0, slept_from), IKL_RUN_WAIT);
        assert_int_equal(run_tick(&run, 0, TOTAL + SLACK + 1), IKL_RUN_WAIT);
        assert_int_equal(run.sends, 1);
        assert_true(run.deadline == START + TOTAL + SLACK + 1 + 4000);
        assert_int_equal(run_tick(&run, 0, TOTAL + SLACK + 1 + 4000), IKL_RUN_GIVE_UP);
    }
    (void)state;
}

static void evidence_later_than_the_send_makes_the_schedule_run_once_more_without_a_send(void **state)
{
    struct ikl_run run = run_on_stream(&four);

    (void)state;
    assert_int_equal(run_tick(&run, 0, 7000), IKL_RUN_WAIT);
    assert_int_equal(run_tick(&run, 9000, TOTAL), IKL_RUN_WAIT);
    assert_true(run.again);
    assert_true(given_up_at(&run) == 9000 + TOTAL);
    assert_int_equal(run.sends, 1);
    assert_true(ikl_run_last_sent(&run) == START);
    assert_int_equal(run_tick(&run, 19000, 9000 + TOTAL), IKL_RUN_GIVE_UP);
}

static void after_a_late_tick_a_peer_that_was_heard_has_its_time_or_a_last_wait_whatever_ends_later(void **state)
{
    enum { LATE = TOTAL + SLACK + 1, LAST = 4000 };

    (void)state;
    for (ikl_time evidence = 1; evidence < TOTAL; evidence += 500) {
        struct ikl_run run = run_on_stream(&four);

        assert_int_equal(run_tick(&run, 0, 7000), IKL_RUN_WAIT);
        assert_int_equal(run_tick(&run, evidence, LATE), IKL_RUN_WAIT);
        assert_true(given_up_at(&run) == ikl_time_later(evidence + TOTAL, LATE + LAST));
        assert_int_equal(run.sends, 1);
    }
}

static void a_peer_that_was_heard_right_after_the_send_has_no_more_time_than_from_then(void **state)
{
    struct ikl_run run = run_on_stream(&four);

    (void)state;
    assert_int_equal(run_tick(&run, 0, 7000), IKL_RUN_WAIT);
    assert_int_equal(run_tick(&run, 50, TOTAL + 50), IKL_RUN_GIVE_UP);
    run = run_on_stream(&four);
    assert_int_equal(run_tick(&run, 0, 7000), IKL_RUN_WAIT);
    assert_int_equal(run_tick(&run, 50, TOTAL + 49), IKL_RUN_WAIT);
    assert_true(given_up_at(&run) == TOTAL + 50);
}

static void hearing_the_peer_sends_nothing(void **state)
{
    struct ikl_run run = run_on_stream(&four);

    (void)state;
    for (ikl_time now = 0; now < TOTAL; now += 100) {
        assert_int_equal(ikl_run_heard(&run, START + now, 0), IKL_RUN_WAIT);
        assert_int_equal(run_tick(&run, 0, now), IKL_RUN_WAIT);
    }
    assert_int_equal(run.sends, 1);
}

static void there_are_no_round_trip_sends(void **state)
{
    struct ikl_run run = run_on_stream(&four);
    struct ikl_round_trip round_trip = {0};

    (void)state;
    ikl_round_trip_sample(&round_trip, 20);
    ikl_run_add_sends(&run, &round_trip);
    assert_true(ikl_run_due(&run) == START + 1000);
}

static void what_was_measured_trims_nothing(void **state)
{
    struct ikl_run run = run_on_stream(&four);
    struct ikl_round_trip round_trip = {0};

    (void)state;
    ikl_round_trip_sample(&round_trip, 20);
    while (ikl_run_tick_trimmed(&run, &round_trip, 0, run.deadline, SLACK, 0) == IKL_RUN_WAIT) {
    }
    assert_true(run.deadline == START + TOTAL);
}

static void a_request_goes_out_once_with_each_reconnection_and_its_wait_goes_on(void **state)
{
    struct ikl_run run = run_on_stream(&four);

    (void)state;
    for (ikl_time now = 10; now < TOTAL - 1000; now += 10) {
        assert_int_equal(run_tick(&run, 0, now), IKL_RUN_WAIT);
        ikl_run_reconnected(&run, START + now);
        assert_int_equal(run.sends, 1 + now / 10);
        assert_true(ikl_run_last_sent(&run) == START + now);
    }
    assert_true(given_up_at(&run) == TOTAL);
}

static void a_reconnection_in_the_last_wait_leaves_time_for_an_answer_three_times_at_most(void **state)
{
    struct ikl_run run = run_on_stream(&four);
    ikl_time end = TOTAL;

    (void)state;
    assert_int_equal(run_tick(&run, 0, 7000), IKL_RUN_WAIT);
    for (int i = 0; i < IKL_RUN_MAX_FOLLOWED; i++) {
        ikl_run_reconnected(&run, START + end - 1);
        end += 999;
        assert_true(run.deadline == START + end);
    }
    ikl_run_reconnected(&run, START + end - 1);
    assert_int_equal(run.sends, 2 + IKL_RUN_MAX_FOLLOWED);
    assert_int_equal(run_tick(&run, 0, end), IKL_RUN_GIVE_UP);
}

static void a_peer_that_opens_connections_on_and_on_does_not_put_off_its_end(void **state)
{
    struct ikl_run run = run_on_stream(&four);

    (void)state;
    for (ikl_time now = 100; now < TOTAL - 1000; now += 100) {
        assert_int_equal(run_tick(&run, 0, now), IKL_RUN_WAIT);
        assert_int_equal(ikl_run_moved(&run, true, START + now, 0), IKL_RUN_SEND);
    }
    assert_true(given_up_at(&run) == TOTAL);
}

static void a_blocked_send_leaves_with_the_new_connection(void **state)
{
    struct ikl_run run = run_on_stream(&four);

    (void)state;
    assert_true(ikl_run_blocked(&run, START));
    assert_int_equal(run_tick(&run, 0, 1000), IKL_RUN_SEND); /* tries it again */
    assert_true(ikl_run_blocked(&run, START + 1000));
    ikl_run_reconnected(&run, START + 1500);
    assert_false(run.blocked);
    assert_int_equal(run.sends, 1);
    assert_true(run.first_sent == START + 1500);
    assert_true(given_up_at(&run) == 1500 + TOTAL);
}

static void what_is_held_waits_on_without_a_send(void **state)
{
    struct ikl_run run = run_on_stream(&four);

    (void)state;
    assert_true(given_up_at(&run) == TOTAL);
    ikl_run_hold(&run, START + TOTAL);
    assert_true(ikl_run_last_sent(&run) == START);
    assert_int_equal(run_tick(&run, 0, TOTAL + 3999), IKL_RUN_WAIT);
    assert_int_equal(run_tick(&run, 0, TOTAL + 4000), IKL_RUN_GIVE_UP);
}

static void a_blocked_send_that_is_held_counts_as_sent_then(void **state)
{
    struct ikl_run run = run_on_stream(&four);

    (void)state;
    assert_true(ikl_run_blocked(&run, START));
    ikl_run_hold(&run, START + 500);
    assert_false(run.blocked);
    assert_true(ikl_run_last_sent(&run) == START + 500);
}

/* From UDP to a stream and back. */
static void a_move_begins_the_schedule_again_as_the_new_path_has_it(void **state)
{
    struct ikl_run run;

    (void)state;
    ikl_run_begin(&run, &four, ID, START, START, SLACK, 0);
    assert_int_equal(run_tick(&run, 0, 1000), IKL_RUN_SEND);
    ikl_run_set_reliable(&run, true);
    assert_int_equal(ikl_run_moved(&run, false, START + 2000, UINT32_MAX), IKL_RUN_SEND);
    assert_int_equal(run.sends, 3);
    assert_int_equal(run_tick(&run, 0, 3000), IKL_RUN_WAIT);
    assert_int_equal(run.sends, 3);
    ikl_run_set_reliable(&run, false);
    assert_int_equal(ikl_run_moved(&run, false, START + 4000, 0), IKL_RUN_SEND);
    assert_int_equal(run_tick(&run, 0, 5000), IKL_RUN_SEND);
    assert_int_equal(run.sends, 5);
}

static void tcp_is_tried_when_the_wait_of_a_retransmission_has_ended(void **state)
{
    static const struct ikl_schedule one = {.waits = {500}, .n_waits = 1, .tries = 1};

    (void)state;
    assert_true(ikl_schedule_fallback(&four, 0) == 3000);
    assert_true(ikl_schedule_fallback(&four, 1) == 3000);
    assert_true(ikl_schedule_fallback(&four, 2) == 7000);
    assert_true(ikl_schedule_fallback(&four, 3) == TOTAL);
    assert_true(ikl_schedule_fallback(&four, UINT32_MAX) == TOTAL);
    assert_true(ikl_schedule_fallback(&one, 1) == 500);
}

static void a_watch_on_a_stream_suspects_in_time_and_gives_up_at_the_total(void **state)
{
    struct ikl_watch watch = watch_on_stream();

    (void)state;
    assert_int_equal(tick(&watch, 999), IKL_WATCH_NOTHING);
    assert_false(watch.suspect);
    assert_int_equal(tick(&watch, 1000), IKL_WATCH_NOTHING);
    assert_true(watch.suspect);
    while (deadline(&watch) < TOTAL) {
        assert_int_equal(tick(&watch, deadline(&watch)), IKL_WATCH_NOTHING);
    }
    assert_int_equal(tick(&watch, TOTAL), IKL_WATCH_GIVE_UP);
    assert_false(ikl_watch_heard_since_send(&watch));
}

static void a_watch_on_a_stream_suspects_as_late_as_it_was_told(void **state)
{
    struct ikl_watch watch = watch_on_stream();

    (void)state;
    ikl_watch_set_suspect_after(&watch, 2);
    assert_int_equal(tick(&watch, 1000), IKL_WATCH_NOTHING);
    assert_false(watch.suspect);
    assert_int_equal(tick(&watch, 3000), IKL_WATCH_NOTHING);
    assert_true(watch.suspect);
}

static void an_answer_on_a_stream_clears_suspicion_and_is_measured(void **state)
{
    struct ikl_watch watch = watch_on_stream();

    (void)state;
    assert_int_equal(tick(&watch, 1000), IKL_WATCH_NOTHING);
    assert_true(ikl_watch_answered(&watch, ID, START + 1500));
    assert_false(watch.suspect);
    assert_int_equal(ikl_round_trip_smoothed(&watch.round_trip), 1500);
}

static void a_watch_sends_once_more_when_the_stream_is_there_again(void **state)
{
    struct ikl_watch watch = begin();

    (void)state;
    ikl_watch_set_reliable(&watch, true);
    assert_int_equal(ikl_watch_reconnected(&watch, START), IKL_WATCH_NOTHING);
    begin_again(&watch, 0);
    assert_int_equal(ikl_watch_reconnected(&watch, START + 500), IKL_WATCH_SEND_AGAIN);
    assert_int_equal(watch.run.sends, 2);
    assert_int_equal(tick(&watch, 1000), IKL_WATCH_NOTHING);
}

static void a_watch_on_a_stream_that_is_held_sends_nothing(void **state)
{
    struct ikl_watch watch = watch_on_stream();

    (void)state;
    while (tick(&watch, deadline(&watch)) != IKL_WATCH_GIVE_UP) {
    }
    assert_int_equal(ikl_watch_held(&watch, START + TOTAL), IKL_WATCH_NOTHING);
    assert_true(deadline(&watch) == TOTAL + 4000);
}

static void a_watch_that_moves_to_a_stream_and_back_goes_by_the_new_path(void **state)
{
    struct ikl_watch watch = begin_sent(0);

    (void)state;
    ikl_watch_set_reliable(&watch, true);
    assert_int_equal(tick(&watch, 1000), IKL_WATCH_SEND_AGAIN); /* not told to have moved yet */
    assert_int_equal(ikl_watch_moved(&watch, false, START + 1500, 0), IKL_WATCH_SEND_AGAIN);
    assert_int_equal(tick(&watch, 2500), IKL_WATCH_NOTHING);
    ikl_watch_set_reliable(&watch, false);
    assert_int_equal(ikl_watch_moved(&watch, false, START + 3000, 0), IKL_WATCH_SEND_AGAIN);
    assert_int_equal(tick(&watch, 4000), IKL_WATCH_SEND_AGAIN);
}

static void on_a_stream_the_worst_case_is_that_of_the_whole_schedule(void **state)
{
    struct ikl_watch watch = begin();

    (void)state;
    ikl_watch_set_trim(&watch, true);
    ikl_round_trip_sample(&watch.round_trip, 20);
    assert_true(ikl_watch_worst_detect(&watch) < 5000 + TOTAL);
    ikl_watch_set_reliable(&watch, true);
    assert_true(ikl_watch_worst_detect(&watch) == 5000 + TOTAL);
}

static void a_watch_on_a_stream_has_no_jitter(void **state)
{
    struct ikl_schedule jittered = four;
    struct ikl_watch watch = begin();

    (void)state;
    jittered.jitter = IKL_SCHEDULE_MAX_JITTER;
    ikl_watch_set_schedule(&watch, &jittered);
    ikl_watch_set_reliable(&watch, true);
    assert_int_equal(ikl_watch_sent(&watch, ID, START, SLACK, UINT32_MAX), IKL_OK);
    assert_true(deadline(&watch) == 1000);
    assert_int_equal(ikl_watch_moved(&watch, false, START + 500, UINT32_MAX), IKL_WATCH_SEND_AGAIN);
    assert_true(deadline(&watch) == 1500);
}

TESTS_OF(reliable)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_silent_peer_is_given_up_at_the_total_of_each_schedule_with_one_send),
        cmocka_unit_test(a_request_that_moves_to_a_reliable_path_has_no_more_added_sends),
        cmocka_unit_test(late_ticks_make_no_wait_longer),
        cmocka_unit_test(evidence_is_wanted_before_a_tick_that_ends_several_waits),
        cmocka_unit_test(a_verdict_changes_nothing_however_many_waits_its_tick_ends),
        cmocka_unit_test(no_verdict_falls_in_a_late_tick_however_many_waits_it_ends),
        cmocka_unit_test(evidence_later_than_the_send_makes_the_schedule_run_once_more_without_a_send),
        cmocka_unit_test(after_a_late_tick_a_peer_that_was_heard_has_its_time_or_a_last_wait_whatever_ends_later),
        cmocka_unit_test(a_peer_that_was_heard_right_after_the_send_has_no_more_time_than_from_then),
        cmocka_unit_test(hearing_the_peer_sends_nothing),
        cmocka_unit_test(there_are_no_round_trip_sends),
        cmocka_unit_test(what_was_measured_trims_nothing),
        cmocka_unit_test(a_request_goes_out_once_with_each_reconnection_and_its_wait_goes_on),
        cmocka_unit_test(a_reconnection_in_the_last_wait_leaves_time_for_an_answer_three_times_at_most),
        cmocka_unit_test(a_peer_that_opens_connections_on_and_on_does_not_put_off_its_end),
        cmocka_unit_test(a_blocked_send_leaves_with_the_new_connection),
        cmocka_unit_test(what_is_held_waits_on_without_a_send),
        cmocka_unit_test(a_blocked_send_that_is_held_counts_as_sent_then),
        cmocka_unit_test(a_move_begins_the_schedule_again_as_the_new_path_has_it),
        cmocka_unit_test(tcp_is_tried_when_the_wait_of_a_retransmission_has_ended),
        cmocka_unit_test(a_watch_on_a_stream_suspects_in_time_and_gives_up_at_the_total),
        cmocka_unit_test(a_watch_on_a_stream_suspects_as_late_as_it_was_told),
        cmocka_unit_test(an_answer_on_a_stream_clears_suspicion_and_is_measured),
        cmocka_unit_test(a_watch_sends_once_more_when_the_stream_is_there_again),
        cmocka_unit_test(a_watch_on_a_stream_that_is_held_sends_nothing),
        cmocka_unit_test(a_watch_that_moves_to_a_stream_and_back_goes_by_the_new_path),
        cmocka_unit_test(on_a_stream_the_worst_case_is_that_of_the_whole_schedule),
        cmocka_unit_test(a_watch_on_a_stream_has_no_jitter),
    };

    return cmocka_run_group_tests_name("reliable", tests, NULL, NULL);
}
