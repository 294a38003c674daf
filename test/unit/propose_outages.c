/* SPDX-License-Identifier: ISC */
/* Schedules that are proposed for paths with outages keep the promises of their header. */
#include "support/habits.h"
#include "support/test.h"

#include <ikelive/schedule.h>

#include <math.h>

static double a_year(const struct ikl_schedule *schedule, uint32_t idle, const struct ikl_habit *habit)
{
    double result = -1;

    assert_int_equal(ikl_schedule_false_down_outages(&result, schedule, idle, habit), IKL_OK);
    return result;
}

/* An LTE link that also loses one datagram of ten. */
static struct ikl_habit bad_lte(void)
{
    struct ikl_habit habit = named_habits[1].habit;

    habit.loss = 0.1;
    return habit;
}

static struct ikl_schedule of_waits(const char *text)
{
    struct ikl_schedule schedule;

    assert_int_equal(ikl_schedule_parse(&schedule, text), IKL_OK);
    return schedule;
}

/* Twelve sends in 60 s, and 1 s more. */
static void a_cap_serves_better_than_other_ways_to_space_as_many_sends(void **state)
{
    static const struct {
        const char *waits;
        double a_year;
    } rows[] = {
        {"0.029,0.059,0.117,0.234,0.469,0.938,1.876,3.752,7.504,15.007,30.015,1", 195}, /* each twice the one before */
        {"0.351,0.526,0.789,1.184,1.776,2.664,3.996,5.994,8.991,13.486,20.243,1", 166}, /* one and a half times */
        {"1,2,4,6.625x8,1", 143},
        {"5.454,5.454,5.454,5.454,5.454,5.455x6,1", 147},
    };
    struct ikl_habit habit = bad_lte();

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct ikl_schedule schedule = of_waits(rows[i].waits);

        assert_int_equal(schedule.tries, 12);
        assert_int_equal(ikl_schedule_span(&schedule), 60000);
        assert_true(fabs(a_year(&schedule, HABITS_IDLE, &habit) - rows[i].a_year) < 0.5);
    }
}

/* 1 s, doubled n times. */
static uint64_t doubled(uint32_t n)
{
    return n < 40 ? (uint64_t)1000 << n : IKL_NEVER;
}

/* So many sends, the waits all 1 s at first, or less where that does not fit: the cap rises by a ms for one after the
 * other, the last one first, until they fill the span. */
static struct ikl_schedule capped(uint32_t sends, uint64_t span, uint32_t last)
{
    struct ikl_schedule schedule = {.n_waits = (uint16_t)sends, .tries = (uint16_t)sends};
    uint32_t first = span / (sends - 1) < 1000 ? (uint32_t)(span / (sends - 1)) : 1000;
    uint64_t sum = (sends - 1) * (uint64_t)first;

    for (uint32_t n = 0; n + 1 < sends; n++) {
        schedule.waits[n] = first;
    }
    for (uint32_t cap = first + 1; sum < span; cap++) {
        for (uint32_t n = sends - 1; n > 0 && sum < span && doubled(n - 1) >= cap; n--) {
            schedule.waits[n - 1]++;
            sum++;
        }
    }
    schedule.waits[sends - 1] = last;
    return schedule;
}

/* What the header says of a schedule proposed. */
static void assert_keeps(const struct ikl_schedule *schedule, uint64_t detect, uint32_t idle, uint32_t last,
                         double years, const struct ikl_habit *habit)
{
    uint32_t sends = schedule->tries;
    uint64_t span = detect - idle - last, reached = 0;
    uint32_t longest = last;

    assert_null(ikl_schedule_error(schedule));
    assert_int_equal(schedule->jitter, 0);
    assert_true(a_year(schedule, idle, habit) * years <= 1);
    assert_true(sends >= 2 && sends <= IKL_SCHEDULE_MAX_WAITS);
    assert_int_equal(ikl_schedule_wait(schedule, sends - 1), last);
    assert_int_equal(ikl_schedule_span(schedule), span);
    for (uint32_t n = 0; n + 1 < sends; n++) {
        uint32_t wait = ikl_schedule_wait(schedule, n), end = ikl_schedule_wait(schedule, sends - 2);

        assert_true(wait >= IKL_PROPOSED_MIN_WAIT);
        assert_true(wait == doubled(n) || wait + 1 >= end); /* doubled, or capped */
        assert_true(wait <= end);
        longest = wait > longest ? wait : longest;
        reached = ikl_time_after(reached, n + 2 < sends ? doubled(n) : 0);
    }
    assert_int_equal(ikl_schedule_wait_again(schedule, 0), longest);
    if (sends > 2 && reached >= span) { /* one send less would get there by doubling too */
        struct ikl_schedule fewer = capped(sends - 1, span, last);

        assert_true(a_year(&fewer, idle, habit) * years > 1);
    }
}

static void a_proposed_schedule_keeps_what_it_was_asked_for(void **state)
{
    static const uint64_t times[] = {500, 999, 1000, 1001, 1500, 3001, 31500, 60000, 255000, 3600000};
    static const uint32_t round_trips[] = {0, 125, 600};
    static const double years[] = {1e-12, 0.001, 0.01, 0.1, 1, 20};
    static const double losses[] = {0, 0.01, 0.1, 0.5};
    unsigned proposed = 0, refused = 0, more = 0;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(times) * COUNT_OF(round_trips) * COUNT_OF(years) * 4 * N_HABITS; i++) {
        struct ikl_habit habit = named_habits[i % N_HABITS].habit;
        double wanted = years[i / N_HABITS / 4 % COUNT_OF(years)];
        uint32_t round_trip = round_trips[i / N_HABITS / 4 / COUNT_OF(years) % COUNT_OF(round_trips)];
        uint32_t last = round_trip == 600 ? 4800 : 1000;
        uint64_t detect = HABITS_IDLE + last + times[i / N_HABITS / 4 / COUNT_OF(years) / COUNT_OF(round_trips)];
        struct ikl_schedule schedule;
        int error;

        habit.loss = losses[i / N_HABITS % 4];
        error = ikl_schedule_propose_outages(&schedule, NULL, detect, HABITS_IDLE, round_trip, wanted, &habit);

        if (error == IKL_OK) {
            assert_keeps(&schedule, detect, HABITS_IDLE, last, wanted, &habit);
            proposed++;
            more += schedule.tries > 13;
        } else {
            assert_int_equal(error, IKL_ERR_NOT_FOUND);
            refused++;
        }
    }
    assert_true(proposed > 1000 && refused > 1000 && more > 10);
}

static void assert_proposes(const char *waits, uint64_t detect, double most, const struct ikl_habit *habit)
{
    struct ikl_schedule schedule, expected = of_waits(waits);

    assert_int_equal(ikl_schedule_propose_outages(&schedule, NULL, detect, HABITS_IDLE, 0, 1 / most, habit), IKL_OK);
    assert_int_equal(schedule.tries, expected.tries);
    for (uint32_t n = 0; n < expected.tries; n++) {
        assert_int_equal(ikl_schedule_wait(&schedule, n), ikl_schedule_wait(&expected, n));
    }
}

static void sends_are_added_by_a_lower_cap_until_they_are_enough(void **state)
{
    struct ikl_habit habit = bad_lte();

    (void)state;
    assert_proposes("1,2,4,8,16,29,1", 66000, 249, &habit);
    assert_proposes("1,2,4,8,15x3,1", 66000, 171, &habit);
    assert_proposes("1,2,4,6.625x8,1", 66000, 144, &habit);
    assert_proposes("1,2,4,5.888,5.889x8,1", 66000, 142.1, &habit);
    assert_proposes("1,2,4,8,16,32,64,128,1", 261000, 30, &named_habits[1].habit);
    assert_proposes("0.5,1", 6500, 1e6, &habit);
    assert_proposes("0.75x2,1", 7500, 1e6, &habit);
    assert_proposes("0.5,0.501,1", 7001, 1e6, &habit);
}

static struct ikl_nearest nearest_to(uint64_t detect, double years, const struct ikl_habit *habit)
{
    struct ikl_nearest nearest = {.detect = 1};
    struct ikl_schedule schedule;

    assert_int_equal(ikl_schedule_propose_outages(&schedule, &nearest, detect, HABITS_IDLE, 0, years, habit),
                     IKL_ERR_NOT_FOUND);
    return nearest;
}

static void where_no_schedule_is_enough_the_two_nearest_are_told(void **state)
{
    struct ikl_habit habit = bad_lte();
    struct ikl_nearest nearest = nearest_to(66000, 1 / 135.0, &habit);
    struct ikl_schedule schedule;

    (void)state;
    assert_true(fabs(nearest.outages - 135) < 0.5);
    assert_true(nearest.years < 1 / 135.0 && nearest.years > 1 / 138.0);
    assert_int_equal(ikl_schedule_propose_outages(&schedule, NULL, 66000, HABITS_IDLE, 0, nearest.years, &habit),
                     IKL_OK);
    assert_int_equal(
        ikl_schedule_propose_outages(&schedule, NULL, 66000, HABITS_IDLE, 0, nearest.years * 1.0001, &habit),
        IKL_ERR_NOT_FOUND);
    assert_true(nearest.detect > 66000 && nearest.detect < 70000);
    assert_int_equal(ikl_schedule_propose_outages(&schedule, NULL, nearest.detect, HABITS_IDLE, 0, 1 / 135.0, &habit),
                     IKL_OK);
    assert_int_equal(
        ikl_schedule_propose_outages(&schedule, NULL, nearest.detect - 1, HABITS_IDLE, 0, 1 / 135.0, &habit),
        IKL_ERR_NOT_FOUND);
}

static void the_nearest_years_may_be_many(void **state)
{
    const struct ikl_habit habit = {.loss = 0.05};
    struct ikl_nearest nearest = nearest_to(10000, 1e9, &habit);
    struct ikl_schedule schedule;

    (void)state;
    assert_true(nearest.years > 2);
    assert_int_equal(ikl_schedule_propose_outages(&schedule, NULL, 10000, HABITS_IDLE, 0, nearest.years, &habit),
                     IKL_OK);
}

static void what_no_time_is_enough_for_has_no_nearest_time(void **state)
{
    const struct ikl_habit always = {.loss = 1}, habit = {.loss = 0.5, .kinds = {{1e12, 1}}, .n_kinds = 1};
    struct ikl_nearest nearest = nearest_to(1000000, 1, &always);

    (void)state;
    assert_true(nearest.detect == IKL_NEVER);
    assert_true(nearest.years > 0 && nearest.years < 1e-4);
    assert_true(nearest.outages == 0);
    nearest = nearest_to(UINT64_MAX, 100, &habit);
    assert_true(nearest.detect == IKL_NEVER);
    assert_true(fabs(nearest.outages - 1) < 0.01);
}

static void a_time_without_room_for_two_sends_has_a_nearest_time_and_no_years(void **state)
{
    const struct ikl_habit habit = {.loss = 0.001};

    (void)state;
    for (uint64_t detect = 5001; detect <= 6499; detect += detect < 6480 ? 50 : 1) {
        struct ikl_nearest nearest = nearest_to(detect, 1e-12, &habit);

        assert_int_equal(nearest.detect, 6500);
        assert_true(nearest.years == 0);
    }
}

static void more_time_than_any_schedule_takes_is_left(void **state)
{
    struct ikl_schedule schedule;

    (void)state;
    assert_int_equal(
        ikl_schedule_propose_outages(&schedule, NULL, UINT64_MAX, HABITS_IDLE, UINT32_MAX, 1, &named_habits[0].habit),
        IKL_OK);
    assert_int_equal(schedule.tries, 64);
    assert_int_equal(ikl_schedule_wait(&schedule, 62), IKL_SCHEDULE_MAX_WAIT);
    assert_int_equal(ikl_schedule_wait(&schedule, 63), IKL_SCHEDULE_MAX_WAIT);
    assert_null(ikl_schedule_error(&schedule));
}

/* One in e of the outages outlasts each mean. Where the last wait takes all the time, they have nothing to outlast. */
static void the_outages_that_are_told_outlast_the_time_from_the_first_send_to_the_last(void **state)
{
    static const uint32_t spans[] = {1, 999, 20000, 60000, 123456};
    const struct ikl_habit habit = {.kinds = {{20000, 10}}, .n_kinds = 1};
    struct ikl_habit alike = {.n_kinds = IKL_HABIT_MAX_KINDS};
    const uint64_t no_span = HABITS_IDLE + 1000;
    double begun = nearest_to(no_span, 1e9, &habit).outages;

    (void)state;
    assert_true(begun > 0);
    assert_true(nearest_to(no_span - 999, 1e9, &habit).outages == begun);
    for (size_t i = 0; i < COUNT_OF(spans); i++) {
        double outages = nearest_to(no_span + spans[i], 1e9, &habit).outages;

        assert_true(fabs(outages / begun / exp(spans[i] / -20000.0) - 1) < 1e-9);
    }
    for (size_t i = 0; i < alike.n_kinds; i++) {
        alike.kinds[i] = (struct ikl_outage_kind){20000, 10.0 / IKL_HABIT_MAX_KINDS};
    }
    assert_true(fabs(nearest_to(no_span, 1e9, &alike).outages / begun - 1) < 1e-9);
}

/* A path that is always down has one in each time to detect: 256 a year. */
static void as_many_false_verdicts_as_were_asked_for_are_few_enough(void **state)
{
    const uint32_t detect = (uint32_t)(365.25 * 86400000 / 256), idle = detect - 1600;
    const struct ikl_habit always = {.loss = 1};
    struct ikl_nearest nearest;
    struct ikl_schedule schedule;

    (void)state;
    assert_int_equal(ikl_schedule_propose_outages(&schedule, NULL, detect, idle, 0, 1 / 256.0, &always), IKL_OK);
    assert_true(a_year(&schedule, idle, &always) == 256);
    assert_int_equal(ikl_schedule_propose_outages(&schedule, &nearest, detect, idle, 0, 1 / 255.0, &always),
                     IKL_ERR_NOT_FOUND);
    assert_true(fabs(nearest.years * 256 - 1) < 1e-9); /* of the only one there is time for */
}

/* For the same time to detect, where single losses are all there is, the last send comes later. */
static void single_losses_alone_are_a_habit_too(void **state)
{
    const struct ikl_habit habit = {.loss = 0.1};
    struct ikl_schedule schedule, proposed;

    (void)state;
    assert_int_equal(ikl_schedule_propose(&proposed, 324000, 5000, 0.1, 2), IKL_OK);
    assert_int_equal(ikl_schedule_propose_outages(&schedule, NULL, 324000, 5000, 0, 2, &habit), IKL_OK);
    assert_true(ikl_schedule_false_down(&schedule, 0.1) * 2 * 6311520 <= 1);
    assert_int_equal(schedule.tries, proposed.tries);
    assert_int_equal(ikl_schedule_span(&proposed), 255000);
    assert_int_equal(ikl_schedule_span(&schedule), 318000);
}

static void what_makes_no_sense_is_refused(void **state)
{
    struct ikl_schedule schedule = of_waits("1x7");
    struct ikl_habit habit = named_habits[0].habit;
    struct ikl_nearest nearest = {.detect = 7};
    static const double no_years[] = {0, -1, 1.001e9, INFINITY, NAN};

    (void)state;
    assert_int_equal(ikl_schedule_propose_outages(&schedule, &nearest, 100000, 0, 0, 1, &habit), IKL_ERR_INVALID);
    assert_int_equal(ikl_schedule_propose_outages(&schedule, &nearest, 5000, 5000, 0, 1, &habit), IKL_ERR_INVALID);
    for (size_t i = 0; i < COUNT_OF(no_years); i++) {
        assert_int_equal(ikl_schedule_propose_outages(&schedule, &nearest, 100000, 5000, 0, no_years[i], &habit),
                         IKL_ERR_INVALID);
    }
    habit.kinds[1].mean = NAN;
    assert_int_equal(ikl_schedule_propose_outages(&schedule, &nearest, 100000, 5000, 0, 1, &habit), IKL_ERR_INVALID);
    assert_int_equal(schedule.tries, 7);
    assert_int_equal(nearest.detect, 7);
    assert_int_equal(ikl_schedule_propose_outages(&schedule, NULL, 6000, 5000, 0, 1, &named_habits[0].habit),
                     IKL_ERR_NOT_FOUND);
    assert_int_equal(schedule.tries, 7);
}

TESTS_OF(propose_outages)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cap_serves_better_than_other_ways_to_space_as_many_sends),
        cmocka_unit_test(a_proposed_schedule_keeps_what_it_was_asked_for),
        cmocka_unit_test(sends_are_added_by_a_lower_cap_until_they_are_enough),
        cmocka_unit_test(where_no_schedule_is_enough_the_two_nearest_are_told),
        cmocka_unit_test(the_nearest_years_may_be_many),
        cmocka_unit_test(what_no_time_is_enough_for_has_no_nearest_time),
        cmocka_unit_test(a_time_without_room_for_two_sends_has_a_nearest_time_and_no_years),
        cmocka_unit_test(more_time_than_any_schedule_takes_is_left),
        cmocka_unit_test(the_outages_that_are_told_outlast_the_time_from_the_first_send_to_the_last),
        cmocka_unit_test(as_many_false_verdicts_as_were_asked_for_are_few_enough),
        cmocka_unit_test(single_losses_alone_are_a_habit_too),
        cmocka_unit_test(what_makes_no_sense_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
