/* SPDX-License-Identifier: ISC */
/* A send that would block costs the run of its request no attempt, and the watch that contains the run none either; but
 * a caller that can never send comes to an end all the same. */
#include "support/test.h"

#include "support/test_random.h"

#include <ikelive/watch.h>

enum { SLACK = 100, START = 10000, ID = 7 };

/* Waits of 1, 2, 4 and 4 s: 11 s. */
static const struct ikl_schedule four = {.waits = {1000, 2000, 4000}, .n_waits = 3, .tries = 4};
static const struct ikl_schedule one = {.waits = {500}, .n_waits = 1, .tries = 1};
static const struct ikl_schedule many = {.waits = {10}, .n_waits = 1, .tries = 1000};

static struct ikl_run begin(const struct ikl_schedule *schedule)
{
    struct ikl_run run;

    ikl_run_begin(&run, schedule, ID, START, START, SLACK, 0);
    return run;
}

static struct ikl_run begin_blocked(void)
{
    struct ikl_run run = begin(&four);

    assert_true(ikl_run_blocked(&run, START));
    return run;
}

/* Ticks at `now`; afterwards the deadline, counted from START, must be this. */
static void assert_tick(struct ikl_run *run, ikl_time now, enum ikl_run_step step, ikl_time deadline)
{
    assert_int_equal(ikl_run_tick(run, 0, START + now, SLACK, 0), step);
    assert_true(run->deadline == START + deadline);
}

static void a_first_send_that_blocks_has_not_been_sent(void **state)
{
    struct ikl_run run = begin_blocked();

    (void)state;
    assert_true(run.blocked);
    assert_true(ikl_run_is_out(&run));
    assert_true(run.first_sent == IKL_NEVER);
    assert_int_equal(run.sends, 1);
    assert_int_equal(run.attempt, 0);
}

static void its_wait_begins_when_it_leaves(void **state)
{
    struct ikl_run run = begin_blocked();

    (void)state;
    ikl_run_left(&run, START + 700);
    assert_false(run.blocked);
    assert_true(run.first_sent == START + 700);
    assert_true(ikl_run_last_sent(&run) == START + 700);
    assert_true(run.deadline == START + 1700);
    assert_int_equal(run.sends, 1);
    assert_tick(&run, 1699, IKL_RUN_WAIT, 1700);
    assert_tick(&run, 1700, IKL_RUN_SEND, 3700);
    assert_int_equal(run.attempt, 1);
}

static void a_retransmission_that_blocks_uses_no_attempt_either(void **state)
{
    struct ikl_run run = begin(&four);

    (void)state;
    assert_tick(&run, 1000, IKL_RUN_SEND, 3000);
    assert_true(ikl_run_blocked(&run, START + 1000));
    assert_int_equal(run.attempt, 1);
    assert_int_equal(run.sends, 2);
    assert_true(run.first_sent == START);
    ikl_run_left(&run, START + 1900);
    assert_int_equal(run.attempt, 1);
    assert_int_equal(run.sends, 2);
    assert_true(run.first_sent == START);
    assert_true(run.deadline == START + 3900);
}

static void a_wait_that_jitter_shortened_is_the_same_when_the_send_leaves(void **state)
{
    struct ikl_schedule schedule = four;
    struct ikl_run run;
    uint32_t wait;

    (void)state;
    schedule.jitter = 500;
    ikl_run_begin(&run, &schedule, ID, START, START, SLACK, UINT32_MAX / 2);
    wait = (uint32_t)(run.deadline - START);
    assert_true(wait < 1000);
    assert_true(ikl_run_blocked(&run, START));
    ikl_run_left(&run, START + 300);
    assert_true(run.deadline == START + 300 + wait);
}

/* What was taken over late has no wait left, and the tick that lets it leave for the last time sends once. */
static void a_wait_that_was_over_before_does_not_end_when_the_send_leaves(void **state)
{
    struct ikl_run run;

    (void)state;
    assert_int_equal(ikl_run_resume(&run, &one, ID, START, 0, START + 500), IKL_OK);
    assert_false(ikl_run_take_over(&run, START + 900));
    assert_true(ikl_run_blocked(&run, START + 900));
    assert_tick(&run, 1399, IKL_RUN_WAIT, 1400);
    assert_tick(&run, 1400, IKL_RUN_SEND, 1401);
    assert_false(run.blocked);
    assert_tick(&run, 1400, IKL_RUN_WAIT, 1401);
}

static void nothing_happens_when_what_was_not_blocked_has_left(void **state)
{
    struct ikl_run run = begin(&four), before = run;

    (void)state;
    ikl_run_left(&run, START + 500);
    assert_memory_equal(&run, &before, sizeof(run));
}

static void a_blocked_send_is_tried_again_after_each_wait_of_the_schedule_from_its_beginning(void **state)
{
    struct ikl_run run = begin(&four);

    (void)state;
    assert_tick(&run, 1000, IKL_RUN_SEND, 3000);
    assert_tick(&run, 3000, IKL_RUN_SEND, 7000);
    assert_true(ikl_run_blocked(&run, START + 3000));
    assert_true(run.deadline == START + 4000);
    assert_tick(&run, 3999, IKL_RUN_WAIT, 4000);
    assert_tick(&run, 4000, IKL_RUN_SEND, 6000);
    assert_true(ikl_run_blocked(&run, START + 4000));
    assert_tick(&run, 6000, IKL_RUN_SEND, 10000);
    assert_true(ikl_run_blocked(&run, START + 6000));
    assert_int_equal(run.attempt, 2);
    assert_int_equal(run.sends, 3);
    ikl_run_left(&run, START + 6500);
    assert_true(run.deadline == START + 10500);
}

static void being_told_more_than_once_that_a_send_blocks_changes_nothing(void **state)
{
    struct ikl_run run = begin_blocked(), before = run;

    (void)state;
    for (ikl_time now = START; now < START + 5000; now += 10) {
        assert_true(ikl_run_blocked(&run, now));
    }
    assert_memory_equal(&run, &before, sizeof(run));
}

static void no_other_send_is_due_while_one_is_blocked(void **state)
{
    struct ikl_run run = begin(&four);

    (void)state;
    assert_true(ikl_run_blocked(&run, START));
    for (ikl_time now = START; now < START + 1000; now++) {
        assert_int_equal(ikl_run_heard(&run, now, 0), IKL_RUN_WAIT);
        assert_int_equal(ikl_run_tick(&run, now, now, SLACK, 0), IKL_RUN_WAIT);
    }
    assert_int_equal(ikl_run_heard(&run, START + 20000, 0), IKL_RUN_WAIT);
}

static void a_send_because_the_peer_was_heard_may_block_and_its_wait_goes_on_when_it_leaves(void **state)
{
    struct ikl_run run = begin(&four);

    (void)state;
    assert_tick(&run, 1000, IKL_RUN_SEND, 3000);
    assert_int_equal(ikl_run_heard(&run, START + 2200, 0), IKL_RUN_SEND);
    assert_true(ikl_run_blocked(&run, START + 2200));
    ikl_run_left(&run, START + 2500);
    assert_true(run.deadline == START + 3300);
    assert_true(ikl_run_last_sent(&run) == START + 2500);
    assert_int_equal(run.sends, 3);
}

static void once_a_send_was_blocked_there_are_no_round_trip_sends(void **state)
{
    static const struct ikl_schedule slow = {.waits = {3000}, .n_waits = 1, .tries = 2};
    struct ikl_round_trip round_trip = {0};
    struct ikl_run run;

    (void)state;
    ikl_round_trip_sample(&round_trip, 20);
    for (int sends = 0; sends < 2; sends++) {
        run = begin(&slow);
        ikl_run_add_sends(&run, &round_trip);
        assert_true(ikl_run_due(&run) < START + 3000);
        if (sends != 0) {
            assert_int_equal(ikl_run_tick(&run, 0, ikl_run_due(&run), SLACK, 0), IKL_RUN_SEND);
        }
        assert_true(ikl_run_blocked(&run, START + 200));
        assert_true(ikl_run_due(&run) == START + 3200);
        ikl_run_left(&run, START + 400);
        assert_true(ikl_run_due(&run) == run.deadline);
        assert_int_equal(run.sends, 1 + sends);
    }
}

static void a_move_begins_in_place_of_the_send_that_is_blocked(void **state)
{
    struct ikl_run run = begin(&four);

    (void)state;
    assert_tick(&run, 1000, IKL_RUN_SEND, 3000);
    assert_true(ikl_run_blocked(&run, START + 1000));
    assert_int_equal(ikl_run_moved(&run, false, START + 1500, 0), IKL_RUN_SEND);
    assert_false(run.blocked);
    assert_int_equal(run.sends, 2);
    assert_int_equal(run.attempt, 0);
    assert_true(run.deadline == START + 2500);
    run = begin_blocked();
    assert_int_equal(ikl_run_moved(&run, false, START + 1500, 0), IKL_RUN_SEND);
    assert_int_equal(run.sends, 1);
    assert_true(run.first_sent == START + 1500);
    assert_true(ikl_run_blocked(&run, START + 1500));
    assert_true(run.first_sent == IKL_NEVER);
}

static void a_send_of_the_callers_own_goes_in_place_of_the_one_that_is_blocked(void **state)
{
    struct ikl_run run = begin_blocked();

    (void)state;
    ikl_run_resend(&run, START + 300);
    assert_false(run.blocked);
    assert_int_equal(run.sends, 1);
    assert_true(run.first_sent == START + 300);
    assert_true(run.deadline == START + 1300);
}

static void a_held_verdict_sends_in_place_of_the_one_that_is_blocked(void **state)
{
    struct ikl_run run = begin(&one);

    (void)state;
    assert_tick(&run, 500, IKL_RUN_GIVE_UP, 500);
    ikl_run_hold(&run, START + 500);
    assert_true(ikl_run_blocked(&run, START + 500));
    assert_true(run.first_sent == START);
    ikl_run_hold(&run, START + 600);
    assert_false(run.blocked);
    assert_int_equal(run.sends, 1);
    assert_true(run.first_sent == START);
    assert_true(run.deadline == START + 1100);
}

static void a_blocked_send_can_be_put_off_and_its_own_wait_stays(void **state)
{
    struct ikl_run run = begin_blocked();

    (void)state;
    ikl_run_put_off(&run, START + 900);
    assert_true(run.deadline == START + 1000);
    ikl_run_put_off(&run, START + 5000);
    assert_true(run.put_off);
    assert_tick(&run, 4999, IKL_RUN_WAIT, 5000);
    ikl_run_left(&run, START + 5000);
    assert_false(run.put_off);
    assert_true(run.deadline == START + 6000);
}

/* From now on no send of the run leaves. Returns, counted from START, when it is given up. */
static ikl_time never_able_to_send(struct ikl_run *run, ikl_time now)
{
    while (ikl_run_tick(run, 0, now, SLACK, 0) == IKL_RUN_SEND) {
        (void)!ikl_run_blocked(run, now);
        assert_true(run->deadline > now);
        now = run->deadline;
    }
    return now - START;
}

static void a_run_whose_sends_never_leave_ends_within_twice_the_schedule(void **state)
{
    static const struct ikl_schedule *const schedules[] = {&four, &one, NULL};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(schedules); i++) {
        const struct ikl_schedule *schedule = schedules[i] != NULL ? schedules[i] : ikl_schedule_default();
        struct ikl_run run = begin(schedule);

        assert_true(ikl_run_blocked(&run, START));
        assert_true(never_able_to_send(&run, run.deadline) == 2 * ikl_schedule_total(schedule));
        assert_int_equal(run.sends, schedule->tries);
    }
}

static void it_is_tried_until_the_schedule_has_passed_once_and_then_counts_as_failed(void **state)
{
    struct ikl_run run = begin_blocked();

    (void)state;
    assert_tick(&run, 1000, IKL_RUN_SEND, 3000);
    assert_tick(&run, 3000, IKL_RUN_SEND, 7000);
    assert_tick(&run, 7000, IKL_RUN_SEND, 11000);
    assert_true(ikl_run_blocked(&run, START + 7000));
    assert_tick(&run, 11000, IKL_RUN_SEND, 12000);
    assert_false(ikl_run_blocked(&run, START + 11000));
    assert_true(run.first_sent == START + 11000);
    assert_tick(&run, 12000, IKL_RUN_SEND, 14000);
    assert_false(ikl_run_blocked(&run, START + 12000));
    assert_int_equal(run.attempt, 1);
}

static void at_most_255_waits_end_while_sends_are_blocked(void **state)
{
    struct ikl_run run = begin(&many);

    (void)state;
    assert_true(ikl_run_blocked(&run, START));
    for (ikl_time n = 1; n < 255; n++) {
        assert_tick(&run, 10 * n, IKL_RUN_SEND, 10 * n + 10);
        assert_true(ikl_run_blocked(&run, START + 10 * n));
    }
    assert_tick(&run, 2550, IKL_RUN_SEND, 2560);
    assert_false(ikl_run_blocked(&run, START + 2550));
    assert_int_equal(run.attempt, 0);
    assert_int_equal(run.blocked_waits, 255);
    assert_true(never_able_to_send(&run, run.deadline) == 2550 + 10000);
}

static void waits_that_end_while_sends_are_blocked_are_counted_over_the_whole_run(void **state)
{
    struct ikl_run run = begin_blocked();

    (void)state;
    assert_tick(&run, 1000, IKL_RUN_SEND, 3000);
    ikl_run_left(&run, START + 1000);
    assert_int_equal(run.blocked_waits, 1);
    assert_tick(&run, 2000, IKL_RUN_SEND, 4000);
    assert_true(ikl_run_blocked(&run, START + 2000));
    assert_true(run.deadline == START + 4000);
    assert_int_equal(ikl_run_moved(&run, false, START + 2500, 0), IKL_RUN_SEND);
    assert_int_equal(run.blocked_waits, 1);
    ikl_run_end(&run);
    assert_int_equal(run.blocked_waits, 0);
}

static void a_schedule_with_fewer_tries_ends_the_waiting(void **state)
{
    struct ikl_run run = begin_blocked();

    (void)state;
    run.schedule = &one;
    assert_tick(&run, 1000, IKL_RUN_SEND, 2000);
    assert_false(ikl_run_blocked(&run, START + 1000));
}

static void a_late_tick_tries_a_blocked_send_once(void **state)
{
    struct ikl_run run = begin_blocked();

    (void)state;
    assert_tick(&run, 1000000, IKL_RUN_SEND, 1002000);
    assert_tick(&run, 1000000, IKL_RUN_WAIT, 1002000);
}

static void times_near_the_last_one_are_never_exceeded(void **state)
{
    struct ikl_run run;

    (void)state;
    ikl_run_begin(&run, &four, ID, IKL_NEVER - 10, IKL_NEVER - 10, SLACK, 0);
    assert_true(ikl_run_blocked(&run, IKL_NEVER - 10));
    assert_true(run.deadline == IKL_NEVER - 1);
    assert_int_equal(ikl_run_tick(&run, 0, IKL_NEVER - 1, SLACK, 0), IKL_RUN_SEND);
    ikl_run_left(&run, IKL_NEVER - 1);
    assert_true(run.deadline < IKL_NEVER);
}

/* The peer answers what arrives; nothing is lost. `free_from`, counted from START: until then every send blocks. */
static bool is_answered(const struct ikl_schedule *schedule, ikl_time free_from, ikl_time writable_every)
{
    struct ikl_run run;
    ikl_time now = START;

    ikl_run_begin(&run, schedule, ID, START, START, SLACK, 0);
    for (;;) {
        if (now >= START + free_from) {
            return true;
        }
        (void)!ikl_run_blocked(&run, now);
        if (writable_every != 0 && now + writable_every < run.deadline) {
            now += writable_every; /* the host tries again, as often as it likes */
            continue;
        }
        now = run.deadline;
        if (ikl_run_tick(&run, 0, now, SLACK, 0) == IKL_RUN_GIVE_UP) {
            return false;
        }
    }
}

static void a_peer_that_answers_is_never_given_up_while_sends_are_blocked_for_less_than_the_schedule(void **state)
{
    struct test_random random = {5};

    (void)state;
    for (int i = 0; i < 3000; i++) {
        struct ikl_schedule schedule = {.n_waits = (uint16_t)(1 + test_random_below(&random, 5))};
        uint64_t total, every = test_random_below(&random, 2) * (1 + test_random_below(&random, 400));

        for (size_t n = 0; n < schedule.n_waits; n++) {
            schedule.waits[n] = 1 + (uint32_t)test_random_below(&random, 9000);
        }
        schedule.tries = (uint16_t)(schedule.n_waits + test_random_below(&random, 4));
        total = ikl_schedule_total(&schedule);
        assert_true(is_answered(&schedule, test_random_below(&random, total + 1), every));
        assert_false(is_answered(&schedule, 2 * total + 1, every));
    }
}

/* The same of a watch. */

static struct ikl_watch watch_with(const struct ikl_schedule *schedule)
{
    struct ikl_watch watch;

    ikl_watch_init(&watch, START);
    ikl_watch_set_schedule(&watch, schedule);
    return watch;
}

static void a_check_that_blocked_and_was_not_told_is_asked_for_again(void **state)
{
    struct ikl_watch watch = watch_with(&four);

    (void)state;
    assert_int_equal(ikl_watch_tick(&watch, START + 5000, SLACK, 0), IKL_WATCH_PROBE);
    assert_int_equal(ikl_watch_tick(&watch, START + 5999, SLACK, 0), IKL_WATCH_NOTHING);
    assert_int_equal(ikl_watch_tick(&watch, START + 6000, SLACK, 0), IKL_WATCH_PROBE);
    assert_int_equal(ikl_watch_sent(&watch, ID, START + 6000, SLACK, 0), IKL_OK);
    assert_true(ikl_watch_deadline(&watch) == START + 7000);
}

static void a_watch_waits_for_a_blocked_send_and_its_wait_begins_when_it_has_left(void **state)
{
    struct ikl_watch watch = watch_with(&four);

    (void)state;
    assert_int_equal(ikl_watch_sent(&watch, ID, START, SLACK, 0), IKL_OK);
    assert_true(ikl_watch_blocked(&watch, START));
    assert_int_equal(ikl_watch_tick(&watch, START + 1000, SLACK, 0), IKL_WATCH_SEND_AGAIN);
    assert_true(ikl_watch_blocked(&watch, START + 1000));
    assert_true(watch.run.blocked);
    assert_false(watch.suspect);
    ikl_watch_left(&watch, START + 1500);
    assert_false(watch.run.blocked);
    assert_true(ikl_watch_deadline(&watch) == START + 2500);
    assert_int_equal(ikl_watch_tick(&watch, START + 2500, SLACK, 0), IKL_WATCH_SEND_AGAIN);
    assert_true(ikl_watch_blocked(&watch, START + 2500));
    assert_int_equal(watch.run.attempt, 1);
    assert_true(ikl_watch_answered(&watch, ID, START + 2600));
    assert_false(watch.run.blocked);
    assert_false(ikl_watch_blocked(&watch, START + 2600));
    assert_true(ikl_watch_deadline(&watch) == START + 7600);
}

static void a_watch_without_a_request_has_nothing_that_could_block_or_leave(void **state)
{
    struct ikl_watch watch = watch_with(&four), before = watch;

    (void)state;
    assert_false(ikl_watch_blocked(&watch, START + 5));
    ikl_watch_left(&watch, START + 5);
    assert_memory_equal(&watch, &before, sizeof(watch));
}

static void a_watch_asks_for_no_evidence_and_knows_of_none_while_its_last_send_is_blocked(void **state)
{
    struct ikl_watch watch = watch_with(&one);

    (void)state;
    assert_int_equal(ikl_watch_sent(&watch, ID, START, SLACK, 0), IKL_OK);
    assert_true(ikl_watch_blocked(&watch, START));
    ikl_watch_traffic_heard(&watch, START + 100, START + 100);
    assert_false(ikl_watch_heard_since_send(&watch));
    assert_false(ikl_watch_wants_evidence(&watch, START + 500));
    ikl_watch_left(&watch, START + 300);
    assert_true(ikl_watch_wants_evidence(&watch, START + 800));
    ikl_watch_traffic_heard(&watch, START + 400, START + 400);
    assert_true(ikl_watch_heard_since_send(&watch));
}

static void a_host_that_forgets_to_tell_that_a_send_has_left_sends_more_often_and_still_comes_to_an_end(void **state)
{
    struct ikl_watch watch = watch_with(&four);
    ikl_time now = START;
    enum ikl_watch_decision decision;

    (void)state;
    assert_int_equal(ikl_watch_sent(&watch, ID, now, SLACK, 0), IKL_OK);
    assert_true(ikl_watch_blocked(&watch, now));
    do {
        now = ikl_watch_deadline(&watch);
        decision = ikl_watch_tick(&watch, now, SLACK, 0);
        assert_int_not_equal(decision, IKL_WATCH_NOTHING);
    } while (decision != IKL_WATCH_GIVE_UP);
    assert_true(now == START + 22000);
}

TESTS_OF(run_blocked)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_first_send_that_blocks_has_not_been_sent),
        cmocka_unit_test(its_wait_begins_when_it_leaves),
        cmocka_unit_test(a_retransmission_that_blocks_uses_no_attempt_either),
        cmocka_unit_test(a_wait_that_jitter_shortened_is_the_same_when_the_send_leaves),
        cmocka_unit_test(a_wait_that_was_over_before_does_not_end_when_the_send_leaves),
        cmocka_unit_test(nothing_happens_when_what_was_not_blocked_has_left),
        cmocka_unit_test(a_blocked_send_is_tried_again_after_each_wait_of_the_schedule_from_its_beginning),
        cmocka_unit_test(being_told_more_than_once_that_a_send_blocks_changes_nothing),
        cmocka_unit_test(no_other_send_is_due_while_one_is_blocked),
        cmocka_unit_test(a_send_because_the_peer_was_heard_may_block_and_its_wait_goes_on_when_it_leaves),
        cmocka_unit_test(once_a_send_was_blocked_there_are_no_round_trip_sends),
        cmocka_unit_test(a_move_begins_in_place_of_the_send_that_is_blocked),
        cmocka_unit_test(a_send_of_the_callers_own_goes_in_place_of_the_one_that_is_blocked),
        cmocka_unit_test(a_held_verdict_sends_in_place_of_the_one_that_is_blocked),
        cmocka_unit_test(a_blocked_send_can_be_put_off_and_its_own_wait_stays),
        cmocka_unit_test(a_run_whose_sends_never_leave_ends_within_twice_the_schedule),
        cmocka_unit_test(it_is_tried_until_the_schedule_has_passed_once_and_then_counts_as_failed),
        cmocka_unit_test(at_most_255_waits_end_while_sends_are_blocked),
        cmocka_unit_test(waits_that_end_while_sends_are_blocked_are_counted_over_the_whole_run),
        cmocka_unit_test(a_schedule_with_fewer_tries_ends_the_waiting),
        cmocka_unit_test(a_late_tick_tries_a_blocked_send_once),
        cmocka_unit_test(times_near_the_last_one_are_never_exceeded),
        cmocka_unit_test(a_peer_that_answers_is_never_given_up_while_sends_are_blocked_for_less_than_the_schedule),
        cmocka_unit_test(a_check_that_blocked_and_was_not_told_is_asked_for_again),
        cmocka_unit_test(a_watch_waits_for_a_blocked_send_and_its_wait_begins_when_it_has_left),
        cmocka_unit_test(a_watch_without_a_request_has_nothing_that_could_block_or_leave),
        cmocka_unit_test(a_watch_asks_for_no_evidence_and_knows_of_none_while_its_last_send_is_blocked),
        cmocka_unit_test(a_host_that_forgets_to_tell_that_a_send_has_left_sends_more_often_and_still_comes_to_an_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
