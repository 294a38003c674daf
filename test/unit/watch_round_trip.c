/* SPDX-License-Identifier: ISC */
/* A watch measures the round trip, and adds sends by it where that is wanted. */
#include "support/test.h"

#include <ikelive/watch.h>

enum { SLACK = 100, ID = 7 };

static const struct ikl_schedule four = {.waits = {1000, 2000, 4000}, .n_waits = 3, .tries = 4};

static struct ikl_watch begin(bool round_trip_sends)
{
    struct ikl_watch watch;

    ikl_watch_init(&watch, 0);
    ikl_watch_set_schedule(&watch, &four);
    ikl_watch_set_round_trip_sends(&watch, round_trip_sends);
    return watch;
}

/* To the next liveness check, which is sent; when it was. */
static ikl_time check(struct ikl_watch *watch)
{
    ikl_time now = ikl_watch_deadline(watch);

    assert_int_equal(ikl_watch_tick(watch, now, SLACK, 0), IKL_WATCH_PROBE);
    assert_int_equal(ikl_watch_sent(watch, ID, now, SLACK, 0), IKL_OK);
    return now;
}

/* So many checks that are answered after so many ms. */
static void answer(struct ikl_watch *watch, ikl_time ms, int n)
{
    for (; n > 0; n--) {
        assert_true(ikl_watch_answered(watch, ID, check(watch) + ms));
    }
}

static void an_answer_to_a_request_that_was_sent_once_is_a_sample(void **state)
{
    struct ikl_watch watch = begin(false);
    ikl_time now;

    (void)state;
    answer(&watch, 35, 1);
    assert_int_equal(watch.round_trip.samples, 1);
    assert_int_equal(ikl_round_trip_smoothed(&watch.round_trip), 35);
    now = check(&watch) + 1000;
    assert_int_equal(ikl_watch_tick(&watch, now, SLACK, 0), IKL_WATCH_SEND_AGAIN);
    assert_true(ikl_watch_answered(&watch, ID, now + 500));
    assert_int_equal(watch.round_trip.samples, 1);
    (void)check(&watch);
    assert_false(ikl_watch_answered(&watch, ID + 1, now + 20000)); /* not to this request */
    assert_true(ikl_watch_dropped(&watch, ID, now + 20000));       /* no answer */
    assert_int_equal(watch.round_trip.samples, 1);
}

/* What a watch with these samples sends of a request, counted from its first send, until it gives up. */
static unsigned unanswered(struct ikl_watch *watch, ikl_time sends[12])
{
    ikl_time first = check(watch), now = first;
    unsigned n = 0;

    sends[n++] = 0;
    for (;;) {
        now = ikl_watch_deadline(watch);
        switch (ikl_watch_tick(watch, now, SLACK, 0)) {
        case IKL_WATCH_SEND_AGAIN:
            assert_true(watch->suspect);
            sends[n++] = now - first;
            break;
        case IKL_WATCH_GIVE_UP:
            sends[n] = now - first;
            return n;
        case IKL_WATCH_NOTHING:
        case IKL_WATCH_PROBE:
            fail();
        }
    }
}

static void without_being_asked_it_adds_no_sends(void **state)
{
    struct ikl_watch watch;
    ikl_time sends[12];

    (void)state;
    ikl_watch_init(&watch, 0);
    ikl_watch_set_schedule(&watch, &four);
    answer(&watch, 20, 10);
    assert_int_equal(unanswered(&watch, sends), 4);
    assert_int_equal(sends[1], 1000);
    assert_int_equal(sends[4], 11000);
}

static void a_lost_request_is_sent_again_sooner_and_the_verdict_stays_where_it_is(void **state)
{
    static const ikl_time expected[] = {0, 100, 300, 1000, 3000, 7000, 11000};
    struct ikl_watch watch = begin(true);
    ikl_time sends[12];

    (void)state;
    answer(&watch, 20, 100);
    assert_false(watch.suspect);
    assert_int_equal(unanswered(&watch, sends), 6);
    assert_memory_equal(sends, expected, sizeof(expected));
}

static void before_anything_was_measured_only_the_schedule_counts(void **state)
{
    struct ikl_watch watch = begin(true);
    ikl_time sends[12];

    (void)state;
    assert_int_equal(unanswered(&watch, sends), 4);
    assert_int_equal(sends[1], 1000);
}

static void an_answer_to_an_added_send_ends_the_request_and_is_no_sample(void **state)
{
    struct ikl_watch watch = begin(true);
    ikl_time now;

    (void)state;
    answer(&watch, 20, 100);
    (void)check(&watch);
    now = ikl_watch_deadline(&watch);
    assert_int_equal(ikl_watch_tick(&watch, now, SLACK, 0), IKL_WATCH_SEND_AGAIN);
    assert_true(ikl_watch_answered(&watch, ID, now + 20));
    assert_false(watch.suspect);
    assert_int_equal(watch.round_trip.samples, 100);
    assert_int_equal(ikl_watch_deadline(&watch), now + 20 + IKL_LIVENESS_DEFAULT_IDLE);
}

static void the_setting_counts_from_the_next_request(void **state)
{
    struct ikl_watch watch = begin(false);
    ikl_time now;

    (void)state;
    answer(&watch, 20, 100);
    now = check(&watch);
    ikl_watch_set_round_trip_sends(&watch, true);
    assert_int_equal(ikl_watch_deadline(&watch), now + 1000);
    assert_true(ikl_watch_answered(&watch, ID, now + 20));
    now = check(&watch);
    assert_int_equal(ikl_watch_deadline(&watch), now + 100);
    ikl_watch_set_round_trip_sends(&watch, false);
    assert_int_equal(ikl_watch_deadline(&watch), now + 100);
    assert_true(ikl_watch_answered(&watch, ID, now + 20));
    now = check(&watch);
    assert_int_equal(ikl_watch_deadline(&watch), now + 1000);
}

static void a_tick_for_which_two_added_sends_are_due_makes_one(void **state)
{
    struct ikl_watch watch = begin(true);
    ikl_time now;

    (void)state;
    answer(&watch, 20, 100);
    now = check(&watch);
    assert_int_equal(ikl_watch_tick(&watch, now + 300, SLACK, 0), IKL_WATCH_SEND_AGAIN);
    assert_int_equal(ikl_watch_deadline(&watch), now + 1000);
}

static void a_delay_ends_the_added_sends_it_covers(void **state)
{
    struct ikl_watch watch = begin(true);
    ikl_time now;

    (void)state;
    answer(&watch, 20, 100);
    now = check(&watch);
    ikl_watch_put_off(&watch, now + 99);
    assert_int_equal(ikl_watch_deadline(&watch), now + 100);
    ikl_watch_put_off(&watch, now + 500);
    assert_int_equal(ikl_watch_deadline(&watch), now + 1000);
    ikl_watch_put_off(&watch, now + 1500);
    assert_int_equal(ikl_watch_deadline(&watch), now + 1500);
}

/* A schedule for each IKE SA, from its round trips. */
static void the_largest_round_trip_trims_the_last_wait(void **state)
{
    struct ikl_watch watch = begin(false);
    struct ikl_schedule schedule;

    (void)state;
    answer(&watch, 20, 5);
    answer(&watch, 600, 1);
    answer(&watch, 20, 5);
    assert_int_equal(ikl_schedule_trim(&schedule, ikl_schedule_default(), watch.round_trip.largest), IKL_OK);
    assert_in_range(ikl_schedule_wait(&schedule, 9), 8 * 550, 8 * 600);
}

/* A peer that took 20 ms takes 150 from now on: beyond the first send that is added. */
static void a_path_that_became_slower_makes_one_request_overdue_and_not_all_that_follow(void **state)
{
    struct ikl_watch watch = begin(true);
    ikl_time now;

    (void)state;
    answer(&watch, 20, 100);
    now = check(&watch);
    assert_int_equal(ikl_watch_deadline(&watch), now + 100);
    assert_int_equal(ikl_watch_tick(&watch, now + 100, SLACK, 0), IKL_WATCH_SEND_AGAIN);
    assert_true(watch.suspect);
    assert_true(ikl_watch_answered(&watch, ID, now + 150));
    for (int n = 0; n < 100; n++) {
        now = check(&watch);
        assert_true(ikl_watch_deadline(&watch) > now + 150);
        assert_int_equal(ikl_watch_tick(&watch, now + 149, SLACK, 0), IKL_WATCH_NOTHING);
        assert_true(ikl_watch_answered(&watch, ID, now + 150));
        assert_false(watch.suspect);
    }
    assert_in_range(ikl_round_trip_smoothed(&watch.round_trip), 140, 150);
    (void)check(&watch);
    assert_true(watch.run.timeout != 0); /* sends are added again */
}

static void after_a_move_no_sends_are_added_until_the_new_path_was_measured(void **state)
{
    struct ikl_watch watch = begin(true);
    ikl_time now;

    (void)state;
    answer(&watch, 20, 100);
    assert_int_equal(ikl_watch_moved(&watch, true, 1, 0), IKL_WATCH_NOTHING);
    now = check(&watch);
    assert_int_equal(ikl_watch_deadline(&watch), now + 1000);
    assert_true(ikl_watch_answered(&watch, ID, now + 20));
    now = check(&watch);
    assert_int_equal(ikl_watch_deadline(&watch), now + 100);
}

TESTS_OF(watch_round_trip)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_to_a_request_that_was_sent_once_is_a_sample),
        cmocka_unit_test(without_being_asked_it_adds_no_sends),
        cmocka_unit_test(a_lost_request_is_sent_again_sooner_and_the_verdict_stays_where_it_is),
        cmocka_unit_test(before_anything_was_measured_only_the_schedule_counts),
        cmocka_unit_test(an_answer_to_an_added_send_ends_the_request_and_is_no_sample),
        cmocka_unit_test(the_setting_counts_from_the_next_request),
        cmocka_unit_test(a_tick_for_which_two_added_sends_are_due_makes_one),
        cmocka_unit_test(a_delay_ends_the_added_sends_it_covers),
        cmocka_unit_test(the_largest_round_trip_trims_the_last_wait),
        cmocka_unit_test(a_path_that_became_slower_makes_one_request_overdue_and_not_all_that_follow),
        cmocka_unit_test(after_a_move_no_sends_are_added_until_the_new_path_was_measured),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
