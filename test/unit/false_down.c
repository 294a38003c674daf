/* SPDX-License-Identifier: ISC */
/* How often schedules give up peers that are alive, and schedules that are proposed for that, keep the promises of
 * their header. test/sim/false_down holds the closed form against IKE SAs. */
#include "support/test.h"

#include <ikelive/schedule.h>

#include <math.h>

#define MS_PER_YEAR 31557600000.0

static void assert_close(double value, double expected)
{
    double most = expected * 1e-10;

    assert_true(value - expected <= most && expected - value <= most);
}

static struct ikl_schedule of_tries(uint32_t tries)
{
    struct ikl_schedule schedule;

    assert_int_equal(ikl_schedule_from_list(&schedule, (const uint32_t[]){1000}, 1, tries), IKL_OK);
    return schedule;
}

/* Computed with 60 digits. */
static void the_probability_is_that_of_no_round_trip_in_all_tries(void **state)
{
    static const struct {
        uint32_t tries;
        double loss, probability;
    } rows[] = {
        {1, 0.5, 0.75},
        {1, 1e-20, 2e-20},
        {2, 0.1, 0.0361},
        {5, 0.3, 0.0345025251},
        {6, 0.2, 0.002176782336},
        {10, 0.01, 9.7393677359695055e-18},
        {10, 0.3, 0.0011904242382761296},
        {65535, 0.99, 0.0014246520124876947},
        {65535, 0.9, 8.9635067617236581e-287},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct ikl_schedule schedule = of_tries(rows[i].tries);

        assert_close(ikl_schedule_false_down(&schedule, rows[i].loss), rows[i].probability);
    }
}

static void loss_out_of_range_counts_as_none_or_all(void **state)
{
    struct ikl_schedule schedule = of_tries(3);

    (void)state;
    assert_true(ikl_schedule_false_down(&schedule, 0) == 0);
    assert_true(ikl_schedule_false_down(&schedule, -0.5) == 0);
    assert_true(ikl_schedule_false_down(&schedule, -INFINITY) == 0);
    assert_true(ikl_schedule_false_down(&schedule, 1) == 1);
    assert_true(ikl_schedule_false_down(&schedule, 1.5) == 1);
    assert_true(ikl_schedule_false_down(&schedule, INFINITY) == 1);
    assert_true(ikl_schedule_false_down(&schedule, NAN) == 1);
}

static void waits_and_jitter_play_no_part_in_the_probability(void **state)
{
    struct ikl_schedule jittered = *ikl_schedule_by_name("panos-11");

    (void)state;
    jittered.jitter = 500;
    assert_true(ikl_schedule_false_down(&jittered, 0.2) == ikl_schedule_false_down(ikl_schedule_default(), 0.2));
}

static double expected_in(const struct ikl_schedule *schedule, uint32_t idle, double loss, double years)
{
    return ikl_schedule_false_down(schedule, loss) * (years * MS_PER_YEAR / idle);
}

/* What the header says of a schedule proposed. */
static void assert_keeps(const struct ikl_schedule *schedule, uint64_t detect, uint32_t idle, double loss, double years)
{
    struct ikl_schedule shorter = *schedule;

    assert_int_equal(ikl_schedule_check(schedule), IKL_OK);
    assert_int_equal(schedule->jitter, 0);
    assert_true(ikl_schedule_worst_detect(schedule, idle) <= detect);
    assert_true(expected_in(schedule, idle, loss, years) <= 1);
    assert_true(schedule->tries >= 2);
    shorter.tries--;
    assert_true(schedule->tries == 2 || expected_in(&shorter, idle, loss, years) > 1);
    assert_true(ikl_schedule_wait(schedule, 0) >= IKL_PROPOSED_MIN_WAIT);
    for (uint32_t n = 1; n < schedule->tries; n++) {
        uint32_t wait = ikl_schedule_wait(schedule, n), before = ikl_schedule_wait(schedule, n - 1);

        assert_true(wait == 2 * before ||
                    (wait >= before && wait < 2 * before && wait == ikl_schedule_wait(schedule, schedule->tries - 1u)));
    }
}

/* No time is left that another millisecond of cap, or of the first wait, would use. */
static void assert_uses_the_time(const struct ikl_schedule *schedule, uint64_t time)
{
    uint64_t left = time - ikl_schedule_total(schedule);
    uint32_t last = ikl_schedule_wait(schedule, schedule->tries - 1u);
    bool doubles_all_the_way = schedule->tries < 20 && last == (uint64_t)ikl_schedule_wait(schedule, 0)
                                                                   << (schedule->tries - 1);

    if (doubles_all_the_way) {
        assert_true(left < ((uint64_t)1 << schedule->tries) - 1);
    } else {
        assert_true(last == IKL_SCHEDULE_MAX_WAIT || left < schedule->tries);
    }
}

static void a_proposed_schedule_keeps_what_it_was_asked_for(void **state)
{
    static const double losses[] = {0, 1e-9, 0.01, 0.05, 0.2, 0.5, 0.9};
    static const double spans[] = {1e-6, 0.1, 1, 10, 1000, 1e9};
    static const uint32_t idles[] = {1, 500, 5000, 60000, UINT32_MAX};
    static const uint64_t times[] = {1000, 5500, 15500, 93000, 319000, 435001, 3600000, 1000000000};
    unsigned proposed = 0, refused = 0;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(losses) * COUNT_OF(spans) * COUNT_OF(idles) * COUNT_OF(times); i++) {
        double loss = losses[i % COUNT_OF(losses)];
        double years = spans[i / COUNT_OF(losses) % COUNT_OF(spans)];
        uint32_t idle = idles[i / COUNT_OF(losses) / COUNT_OF(spans) % COUNT_OF(idles)];
        uint64_t time = times[i / COUNT_OF(losses) / COUNT_OF(spans) / COUNT_OF(idles)];
        struct ikl_schedule schedule;
        int error = ikl_schedule_propose(&schedule, idle + time, idle, loss, years);

        if (error == IKL_OK) {
            assert_keeps(&schedule, idle + time, idle, loss, years);
            assert_uses_the_time(&schedule, time);
            proposed++;
        } else {
            uint32_t most = (uint32_t)(time / IKL_PROPOSED_MIN_WAIT);
            struct ikl_schedule longest = of_tries(most < IKL_SCHEDULE_MAX_TRIES ? most : IKL_SCHEDULE_MAX_TRIES);

            assert_int_equal(error, IKL_ERR_NOT_FOUND);
            assert_true(most < 2 || expected_in(&longest, idle, loss, years) > 1);
            refused++;
        }
    }
    assert_true(proposed > 500 && refused > 200);
}

static void assert_proposes(const char *waits, uint64_t detect, uint32_t idle, double loss, double years)
{
    struct ikl_schedule schedule, expected;

    assert_int_equal(ikl_schedule_parse(&expected, waits), IKL_OK);
    assert_int_equal(ikl_schedule_propose(&schedule, detect, idle, loss, years), IKL_OK);
    assert_int_equal(schedule.tries, expected.tries);
    for (uint32_t n = 0; n < expected.tries; n++) {
        assert_int_equal(ikl_schedule_wait(&schedule, n), ikl_schedule_wait(&expected, n));
    }
}

static void schedules_in_use_are_proposed_for_what_they_achieve(void **state)
{
    (void)state;
    assert_proposes("1,2,4,8,16,32,64x4", 324000, 5000, 0.1, 2); /* panos-7.0 */
    assert_proposes("2,4,8,16,32,64", 131000, 5000, 0.01, 2000); /* openiked */
    assert_proposes("3,6,12,24,48", 98000, 5000, 0.01, 30);      /* fortios */
    assert_proposes("0.6x5", 8000, 5000, 0.01, 30);              /* short of time */
    assert_proposes("1,1.5x4", 12000, 5000, 0.01, 30);
    assert_proposes("2,4", 11000, 5000, 0, 1); /* never only one try */
    assert_proposes("28800,57600", 86405000, 5000, 0, 1);
    assert_proposes("86400,86400", 1000000000, 5000, 0, 1);
}

static void what_makes_no_sense_is_refused(void **state)
{
    struct ikl_schedule schedule = of_tries(7);

    (void)state;
    assert_int_equal(ikl_schedule_propose(&schedule, 100000, 0, 0.1, 1), IKL_ERR_INVALID);
    assert_int_equal(ikl_schedule_propose(&schedule, 5000, 5000, 0.1, 1), IKL_ERR_INVALID);
    assert_int_equal(ikl_schedule_propose(&schedule, 100000, 5000, -0.1, 1), IKL_ERR_INVALID);
    assert_int_equal(ikl_schedule_propose(&schedule, 100000, 5000, 1, 1), IKL_ERR_INVALID);
    assert_int_equal(ikl_schedule_propose(&schedule, 100000, 5000, NAN, 1), IKL_ERR_INVALID);
    assert_int_equal(ikl_schedule_propose(&schedule, 100000, 5000, 0.1, 0), IKL_ERR_INVALID);
    assert_int_equal(ikl_schedule_propose(&schedule, 100000, 5000, 0.1, -1), IKL_ERR_INVALID);
    assert_int_equal(ikl_schedule_propose(&schedule, 100000, 5000, 0.1, 1.1e9), IKL_ERR_INVALID);
    assert_int_equal(ikl_schedule_propose(&schedule, 100000, 5000, 0.1, INFINITY), IKL_ERR_INVALID);
    assert_int_equal(ikl_schedule_propose(&schedule, 100000, 5000, 0.1, NAN), IKL_ERR_INVALID);
    assert_int_equal(schedule.tries, 7);
}

static void what_no_schedule_does_is_not_found(void **state)
{
    struct ikl_schedule schedule = of_tries(7);

    (void)state;
    assert_int_equal(ikl_schedule_propose(&schedule, 5999, 5000, 0, 1), IKL_ERR_NOT_FOUND);
    assert_int_equal(ikl_schedule_propose(&schedule, 6000, 5000, 0.3, 1), IKL_ERR_NOT_FOUND);
    assert_int_equal(ikl_schedule_propose(&schedule, UINT64_MAX, 5000, 0.999, 1), IKL_ERR_NOT_FOUND);
    assert_int_equal(ikl_schedule_propose(&schedule, UINT64_MAX, 5000, 0.99999999999999994, 1), IKL_ERR_NOT_FOUND);
    assert_int_equal(schedule.tries, 7);
    assert_int_equal(ikl_schedule_propose(&schedule, 6000, 5000, 0, 1), IKL_OK);
}

/* One false verdict is expected in 701.93 checks. */
static void as_many_tries_are_proposed_as_a_schedule_may_have(void **state)
{
    enum { IDLE = 5000, DETECT = IDLE + IKL_SCHEDULE_MAX_TRIES * IKL_PROPOSED_MIN_WAIT };
    struct ikl_schedule schedule;

    (void)state;
    assert_int_equal(ikl_schedule_propose(&schedule, DETECT, IDLE, 0.99, 701.9 * IDLE / MS_PER_YEAR), IKL_OK);
    assert_int_equal(schedule.tries, IKL_SCHEDULE_MAX_TRIES);
    assert_int_equal(ikl_schedule_propose(&schedule, DETECT, IDLE, 0.99, 702.0 * IDLE / MS_PER_YEAR),
                     IKL_ERR_NOT_FOUND);
}

TESTS_OF(false_down)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_probability_is_that_of_no_round_trip_in_all_tries),
        cmocka_unit_test(loss_out_of_range_counts_as_none_or_all),
        cmocka_unit_test(waits_and_jitter_play_no_part_in_the_probability),
        cmocka_unit_test(a_proposed_schedule_keeps_what_it_was_asked_for),
        cmocka_unit_test(schedules_in_use_are_proposed_for_what_they_achieve),
        cmocka_unit_test(what_makes_no_sense_is_refused),
        cmocka_unit_test(what_no_schedule_does_is_not_found),
        cmocka_unit_test(as_many_tries_are_proposed_as_a_schedule_may_have),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
