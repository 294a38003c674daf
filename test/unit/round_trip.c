/* SPDX-License-Identifier: ISC */
/* The round trip that is measured, and the sends that are added by it, keep the promises of the header. */
#include "support/test.h"
#include "support/test_random.h"

#include <ikelive/watch.h>

enum { SLACK = 100, START = 10000, MAX = IKL_ROUND_TRIP_MAX };

static const struct ikl_schedule four = {.waits = {1000, 2000, 4000}, .n_waits = 3, .tries = 4};

/* So many answers after so many ms each. */
static struct ikl_round_trip measured(uint64_t ms, int n)
{
    struct ikl_round_trip round_trip = {0};

    for (; n > 0; n--) {
        ikl_round_trip_sample(&round_trip, ms);
    }
    return round_trip;
}

static void nothing_is_known_before_the_first_answer(void **state)
{
    struct ikl_round_trip round_trip = {0};

    (void)state;
    assert_int_equal(sizeof(round_trip), 8);
    assert_int_equal(ikl_round_trip_timeout(&round_trip), 0);
    assert_int_equal(ikl_round_trip_smoothed(&round_trip), 0);
    assert_int_equal(ikl_round_trip_deviation(&round_trip), 0);
    assert_int_equal(round_trip.largest, 0);
}

static void the_first_answer_is_the_average_and_half_of_it_the_deviation(void **state)
{
    static const uint32_t samples[] = {0, 1, 2, 35, 600, MAX};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(samples); i++) {
        struct ikl_round_trip round_trip = measured(samples[i], 1);

        assert_int_equal(ikl_round_trip_smoothed(&round_trip), samples[i]);
        assert_int_equal(ikl_round_trip_deviation(&round_trip), samples[i] / 2);
        assert_int_equal(round_trip.largest, samples[i]);
        assert_int_equal(round_trip.samples, 1);
        assert_int_equal(ikl_round_trip_timeout(&round_trip), samples[i] != 0 ? 3 * samples[i] : 1);
    }
}

static void later_answers_move_the_average_by_an_eighth_and_the_deviation_by_a_quarter(void **state)
{
    struct test_random random = {51};

    (void)state;
    for (int run = 0; run < 300; run++) {
        int64_t most = (int64_t)(1 + test_random_below(&random, MAX)),
                first = (int64_t)test_random_below(&random, 1000);
        int64_t smoothed = 8 * first, deviation = 2 * first;
        struct ikl_round_trip round_trip = measured((uint64_t)first, 1);

        for (int n = 0; n < 200; n++) {
            int64_t sample = (int64_t)test_random_below(&random, (uint64_t)most + 1);
            int64_t distance = sample - (smoothed >> 3);

            smoothed += distance;
            deviation += (distance < 0 ? -distance : distance) - (deviation >> 2);
            ikl_round_trip_sample(&round_trip, (uint64_t)sample);
            assert_int_equal(ikl_round_trip_smoothed(&round_trip), smoothed >> 3);
            assert_int_equal(ikl_round_trip_deviation(&round_trip), deviation >> 2);
            assert_int_equal(ikl_round_trip_timeout(&round_trip), (smoothed >> 3) + (deviation > 1 ? deviation : 1));
        }
    }
}

static void answers_that_take_longer_than_can_be_kept_count_as_the_most(void **state)
{
    struct ikl_round_trip round_trip = {0};

    (void)state;
    for (int n = 0; n < 20000; n++) {
        ikl_round_trip_sample(&round_trip, n % 2 == 0 ? UINT64_MAX : MAX + 1);
        assert_int_equal(ikl_round_trip_smoothed(&round_trip), MAX);
        assert_int_equal(round_trip.largest, MAX);
        assert_int_equal(round_trip.samples, n + 1 < IKL_ROUND_TRIP_MAX_SAMPLES ? n + 1 : IKL_ROUND_TRIP_MAX_SAMPLES);
    }
    for (int n = 0; n < 20000; n++) {
        ikl_round_trip_sample(&round_trip, n % 2 == 0 ? 0 : MAX);
        assert_true(ikl_round_trip_timeout(&round_trip) >= MAX / 3 && ikl_round_trip_timeout(&round_trip) <= 5 * MAX);
    }
}

static void the_largest_one_falls_by_a_64th_of_its_distance_and_by_1_ms_at_least(void **state)
{
    struct ikl_round_trip round_trip = measured(6400, 1);

    (void)state;
    ikl_round_trip_sample(&round_trip, 0);
    assert_int_equal(round_trip.largest, 6300);
    ikl_round_trip_sample(&round_trip, 6280);
    assert_int_equal(round_trip.largest, 6299);
    ikl_round_trip_sample(&round_trip, 6299);
    assert_int_equal(round_trip.largest, 6299);
    ikl_round_trip_sample(&round_trip, 7000);
    assert_int_equal(round_trip.largest, 7000);
    for (int n = 0; n < 1000; n++) {
        ikl_round_trip_sample(&round_trip, 20);
    }
    assert_int_equal(round_trip.largest, 20);
}

static void a_request_is_a_sample_when_it_was_sent_once(void **state)
{
    static const struct ikl_schedule once = {.waits = {1000}, .n_waits = 1, .tries = 1};
    struct ikl_run run;
    uint64_t ms = 7;

    (void)state;
    ikl_run_begin(&run, &four, 7, START - 50, START, SLACK, 0);
    assert_false(ikl_run_round_trip(&run, START - 1, &ms));
    assert_int_equal(ms, 7);
    assert_true(ikl_run_round_trip(&run, START + 35, &ms));
    assert_int_equal(ms, 35);
    assert_true(ikl_run_round_trip(&run, START, &ms));
    assert_int_equal(ms, 0);
    assert_int_equal(ikl_run_tick(&run, 0, run.deadline, SLACK, 0), IKL_RUN_SEND);
    assert_false(ikl_run_round_trip(&run, START + 1000, &ms));
    ikl_run_begin(&run, &once, 7, START, START, SLACK, 0);
    ikl_run_hold(&run, START + 1000); /* a send that is not counted */
    assert_false(ikl_run_round_trip(&run, START + 1500, &ms));
    ikl_run_begin(&run, &four, 7, START, START, SLACK, 0);
    ikl_run_resend(&run, START);
    assert_false(ikl_run_round_trip(&run, START + 35, &ms));
}

static struct ikl_run begin_with(const struct ikl_schedule *schedule, const struct ikl_round_trip *round_trip)
{
    struct ikl_run run;

    ikl_run_begin(&run, schedule, 7, START, START, SLACK, 0);
    ikl_run_add_sends(&run, round_trip);
    return run;
}

static void sends_are_added_2_6_and_14_timeouts_after_the_first_in_half_of_the_first_wait(void **state)
{
    static const struct {
        uint32_t first_wait, round_trip;
        int samples;
        ikl_time added[IKL_RUN_MAX_EARLY + 1];
    } rows[] = {
        {1000, 20, 1, {120, 360}},            /* timeout 60 */
        {1000, 20, 100, {100, 300}},          /* 21: counts as 50 */
        {1000, 0, 1, {100, 300}},             /* 1 */
        {1401, 0, 1, {100, 300, 700}},        /* below half of the wait */
        {1400, 0, 1, {100, 300}},             /* not below */
        {60000, 0, 1, {100, 300, 700}},       /* no more than three */
        {60000, 17, 1, {110, 330, 770}},      /* 51: rounded up to 55 */
        {60000, 425, 1, {2550, 7650, 17850}}, /* 1275 */
        {60000, 426, 1, {0}},                 /* 1278 */
        {60000, MAX, 1, {0}},
        {1000, 200, 1, {0}}, /* 600: 1200 is too late */
        {200, 0, 1, {0}},
        {201, 0, 1, {100}},
        {1, 0, 1, {0}},
        {1000, 20, 0, {0}}, /* nothing was measured */
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct ikl_schedule schedule = {.waits = {rows[i].first_wait}, .n_waits = 1, .tries = 2};
        struct ikl_round_trip round_trip = measured(rows[i].round_trip, rows[i].samples);
        struct ikl_run run = begin_with(&schedule, &round_trip);
        uint32_t n = 0;

        for (; rows[i].added[n] != 0; n++) {
            assert_int_equal(ikl_run_due(&run), START + rows[i].added[n]);
            assert_int_equal(ikl_run_tick(&run, 0, START + rows[i].added[n] - 1, SLACK, 0), IKL_RUN_WAIT);
            assert_int_equal(ikl_run_tick(&run, 0, START + rows[i].added[n], SLACK, 0), IKL_RUN_SEND);
            assert_int_equal(ikl_run_last_sent(&run), START + rows[i].added[n]);
            assert_int_equal(run.attempt, 0);
            assert_int_equal(run.sends, n + 2);
            assert_int_equal(ikl_run_tick(&run, 0, START + rows[i].added[n], SLACK, 0), IKL_RUN_WAIT);
        }
        assert_int_equal(run.early, n);
        assert_int_equal(ikl_run_due(&run), START + rows[i].first_wait);
        assert_int_equal(run.deadline, START + rows[i].first_wait);
        assert_int_equal(ikl_run_tick(&run, 0, run.deadline, SLACK, 0), IKL_RUN_SEND);
        assert_int_equal(ikl_run_due(&run), START + 2 * (ikl_time)rows[i].first_wait);
    }
}

static void a_schedule_with_one_try_has_no_added_sends(void **state)
{
    static const struct ikl_schedule once = {.waits = {30000}, .n_waits = 1, .tries = 1};
    struct ikl_round_trip round_trip = measured(20, 1);
    struct ikl_run run = begin_with(&once, &round_trip);

    (void)state;
    assert_int_equal(ikl_run_due(&run), START + 30000);
}

static void a_late_tick_sends_once_and_what_it_missed_is_left_out(void **state)
{
    static const struct ikl_schedule slow = {.waits = {30000}, .n_waits = 1, .tries = 6};
    struct ikl_round_trip round_trip = measured(0, 1);
    struct ikl_run run = begin_with(&slow, &round_trip);

    (void)state;
    assert_int_equal(ikl_run_tick(&run, 0, START + 350, SLACK, 0), IKL_RUN_SEND);
    assert_int_equal(run.sends, 2);
    assert_int_equal(ikl_run_due(&run), START + 700);
    run = begin_with(&slow, &round_trip);
    assert_int_equal(ikl_run_tick(&run, 0, START + 20000, SLACK, 0), IKL_RUN_SEND);
    assert_int_equal(run.sends, 2);
    assert_int_equal(ikl_run_due(&run), START + 30000);
    run = begin_with(&slow, &round_trip);
    assert_int_equal(ikl_run_tick(&run, 0, START + 30000, SLACK, 0), IKL_RUN_SEND);
    assert_int_equal(run.attempt, 1);
    assert_int_equal(ikl_run_due(&run), START + 60000);
}

static void jitter_may_leave_less_time_for_added_sends(void **state)
{
    static const struct ikl_schedule jittered = {.waits = {1000, 2000}, .n_waits = 2, .tries = 2, .jitter = 900};
    struct ikl_round_trip round_trip = measured(20, 100);
    struct ikl_run run;

    (void)state;
    ikl_run_begin(&run, &jittered, 7, START, START, SLACK, (uint32_t)(UINT32_MAX / 9 * 8));
    ikl_run_add_sends(&run, &round_trip);
    assert_int_equal(run.deadline, START + 201);
    assert_int_equal(ikl_run_due(&run), START + 100);
    assert_int_equal(ikl_run_tick(&run, 0, START + 100, SLACK, 0), IKL_RUN_SEND);
    assert_int_equal(ikl_run_due(&run), START + 201);
}

static void another_send_or_a_delay_ends_added_sends(void **state)
{
    struct ikl_round_trip round_trip = measured(20, 100);
    struct ikl_run run = begin_with(&four, &round_trip);

    (void)state;
    ikl_run_resend(&run, START + 50);
    assert_int_equal(ikl_run_due(&run), START + 1050);
    run = begin_with(&four, &round_trip);
    assert_int_equal(ikl_run_moved(&run, false, START + 50, 0), IKL_RUN_SEND);
    assert_int_equal(ikl_run_due(&run), START + 1050);
    run = begin_with(&four, &round_trip);
    ikl_run_put_off(&run, START + 100);
    assert_int_equal(ikl_run_due(&run), START + 100);
    ikl_run_put_off(&run, START + 101);
    assert_int_equal(ikl_run_due(&run), START + 1000);
    run = begin_with(&four, &round_trip);
    ikl_run_put_off(&run, START + 1500);
    assert_int_equal(ikl_run_due(&run), START + 1500);
    run = begin_with(&four, &round_trip);
    ikl_run_end(&run);
    assert_int_equal(ikl_run_due(&run), 0);
}

static void a_peer_is_suspect_from_the_first_added_send_on(void **state)
{
    struct ikl_round_trip round_trip = measured(20, 100);
    struct ikl_run run = begin_with(&four, &round_trip);

    (void)state;
    assert_false(ikl_run_is_suspicious(&run, 1));
    assert_int_equal(ikl_run_tick(&run, 0, START + 100, SLACK, 0), IKL_RUN_SEND);
    assert_true(ikl_run_is_suspicious(&run, 1));
    assert_false(ikl_run_is_suspicious(&run, 2));
    assert_false(ikl_run_is_suspicious(&run, IKL_SUSPECT_NEVER));
    assert_int_equal(ikl_run_tick(&run, 0, START + 300, SLACK, 0), IKL_RUN_SEND);
    assert_false(ikl_run_is_suspicious(&run, 2));
    assert_int_equal(ikl_run_tick(&run, 0, START + 1000, SLACK, 0), IKL_RUN_SEND);
    assert_false(ikl_run_is_suspicious(&run, 2));
    assert_int_equal(ikl_run_tick(&run, 0, START + 3000, SLACK, 0), IKL_RUN_SEND);
    assert_true(ikl_run_is_suspicious(&run, 2));
}

/* The same request twice, with added sends and without, to which the same happens. */
struct twins {
    struct test_random random;
    struct ikl_schedule schedule;
    struct ikl_run with, without;
    ikl_time now, evidence;
    unsigned added; /* sends that only one of them makes */
};

static void draw_twins(struct twins *twins, uint64_t seed)
{
    struct ikl_schedule *schedule = &twins->schedule;
    struct ikl_round_trip round_trip;
    uint32_t jitter;

    memset(twins, 0, sizeof(*twins));
    twins->random.state = seed;
    round_trip = measured(test_random_below(&twins->random, 300), 1 + (int)(seed % 50));
    schedule->n_waits = (uint16_t)(1 + test_random_below(&twins->random, 4));
    schedule->tries = (uint16_t)(schedule->n_waits + test_random_below(&twins->random, 3));
    schedule->jitter = (uint16_t)(test_random_below(&twins->random, 2) * test_random_below(&twins->random, 901));
    for (uint16_t i = 0; i < schedule->n_waits; i++) {
        schedule->waits[i] = (uint32_t)(1 + test_random_below(&twins->random, 5000));
    }
    twins->now = START;
    jitter = (uint32_t)test_random(&twins->random);
    ikl_run_begin(&twins->without, schedule, 7, START - seed % 200, START, SLACK, jitter);
    ikl_run_begin(&twins->with, schedule, 7, START - seed % 200, START, SLACK, jitter);
    ikl_run_add_sends(&twins->with, &round_trip);
}

/* Whatever one does the other does too, and may send besides. */
static void compare(struct twins *twins, enum ikl_run_step with, enum ikl_run_step without)
{
    twins->added += with == IKL_RUN_SEND && without == IKL_RUN_WAIT ? 1 : 0;
    assert_true(with == without || (with == IKL_RUN_SEND && without == IKL_RUN_WAIT));
    assert_true(twins->with.deadline == twins->without.deadline);
    assert_int_equal(twins->with.attempt, twins->without.attempt);
    assert_int_equal(twins->with.sends, twins->without.sends + twins->added);
    assert_true(ikl_run_last_sent(&twins->with) >= ikl_run_last_sent(&twins->without));
}

static enum ikl_run_step tick_twins(struct twins *twins)
{
    uint32_t random = (uint32_t)test_random(&twins->random);
    enum ikl_run_step without = ikl_run_tick(&twins->without, twins->evidence, twins->now, SLACK, random);

    compare(twins, ikl_run_tick(&twins->with, twins->evidence, twins->now, SLACK, random), without);
    return without;
}

static void do_something(struct twins *twins)
{
    uint32_t random = (uint32_t)test_random(&twins->random);
    bool followed = random % 2 == 0;
    enum ikl_run_step step;

    switch (test_random_below(&twins->random, 6)) {
    case 0:
        step = ikl_run_moved(&twins->without, followed, twins->now, random);
        compare(twins, ikl_run_moved(&twins->with, followed, twins->now, random), step);
        break;
    case 1:
        ikl_run_resend(&twins->without, twins->now);
        ikl_run_resend(&twins->with, twins->now);
        break;
    case 2:
        ikl_run_put_off(&twins->without, twins->now + random % 2000);
        ikl_run_put_off(&twins->with, twins->now + random % 2000);
        break;
    case 3:
        twins->evidence = twins->now;
        break;
    default:
        step = ikl_run_heard(&twins->without, twins->now, random);
        compare(twins, ikl_run_heard(&twins->with, twins->now, random), step);
        break;
    }
    compare(twins, IKL_RUN_WAIT, IKL_RUN_WAIT);
}

static void added_sends_take_no_other_send_away_and_leave_the_verdict_where_it_is(void **state)
{
    unsigned added = 0, most = 0;

    (void)state;
    for (uint64_t seed = 0; seed < 20000; seed++) {
        struct twins twins;

        draw_twins(&twins, seed);
        for (unsigned n = 0;; n++) {
            twins.now = ikl_time_later(twins.now, ikl_run_due(&twins.with));
            if (seed % 3 == 0) {
                twins.now += test_random_below(&twins.random, seed % 2 == 0 ? SLACK : 3000);
            }
            if (tick_twins(&twins) == IKL_RUN_GIVE_UP) {
                break;
            }
            if (n < 30 && seed % 5 != 0) {
                twins.now += test_random_below(&twins.random, 500);
                do_something(&twins);
            }
        }
        assert_true(twins.added <= IKL_RUN_MAX_EARLY);
        most += twins.added == IKL_RUN_MAX_EARLY ? 1 : 0;
        added += twins.added;
    }
    assert_true(added > 5000 && most > 300);
}

static void after_an_answer_that_is_no_sample_what_was_measured_is_stale_until_the_next_sample(void **state)
{
    struct ikl_round_trip round_trip = {0};

    (void)state;
    assert_false(ikl_round_trip_is_known(&round_trip));
    ikl_round_trip_missed(&round_trip); /* nothing was measured that could be stale */
    assert_memory_equal(&round_trip, &(struct ikl_round_trip){0}, sizeof(round_trip));
    round_trip = measured(20, 100);
    assert_true(ikl_round_trip_is_known(&round_trip));
    ikl_round_trip_missed(&round_trip);
    assert_false(ikl_round_trip_is_known(&round_trip));
    assert_int_equal(ikl_round_trip_timeout(&round_trip), 0);
    assert_int_equal(ikl_round_trip_smoothed(&round_trip), 20);
    assert_int_equal(round_trip.largest, 20);
    assert_int_equal(round_trip.samples, 100);
    ikl_round_trip_sample(&round_trip, 20);
    assert_true(ikl_round_trip_is_known(&round_trip));
    assert_true(ikl_round_trip_timeout(&round_trip) > 20);
}

static void assert_same_schedule(const struct ikl_schedule *a, const struct ikl_schedule *b)
{
    assert_int_equal(a->tries, b->tries);
    assert_int_equal(a->jitter, b->jitter);
    for (uint32_t n = 0; n < a->tries; n++) {
        assert_int_equal(ikl_schedule_wait(a, n), ikl_schedule_wait(b, n));
    }
    assert_int_equal(ikl_schedule_wait_again(a, 0), ikl_schedule_wait_again(b, 0));
}

static void a_schedule_is_trimmed_by_the_largest_round_trip_while_that_is_known(void **state)
{
    static const uint32_t largest[] = {0, 1, 125, 126, 600, 7999, 8000, MAX};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(largest); i++) {
        struct ikl_round_trip round_trip = measured(largest[i], 3);

        for (size_t n = 0; ikl_schedule_name(n) != NULL; n++) {
            const struct ikl_schedule *listed = ikl_schedule_by_name(ikl_schedule_name(n));
            struct ikl_schedule trimmed, expected;

            assert_int_equal(ikl_schedule_trim(&expected, listed, largest[i]), IKL_OK);
            ikl_round_trip_trim(&trimmed, listed, &round_trip);
            assert_same_schedule(&trimmed, &expected);
            trimmed = *listed;
            ikl_round_trip_trim(&trimmed, &trimmed, &round_trip);
            assert_same_schedule(&trimmed, &expected);
        }
    }
}

static void a_schedule_stays_as_listed_while_nothing_is_known_or_where_it_cannot_be_trimmed(void **state)
{
    static const struct ikl_schedule once = {.waits = {60000}, .n_waits = 1, .tries = 1};
    static const struct ikl_schedule many = {.waits = {60000}, .n_waits = 1, .tries = IKL_SCHEDULE_MAX_WAITS + 1};
    struct ikl_round_trip nothing = {0}, known = measured(20, 100), stale = measured(20, 100);
    struct ikl_schedule schedule;

    (void)state;
    ikl_round_trip_missed(&stale);
    ikl_round_trip_trim(&schedule, ikl_schedule_default(), &nothing);
    assert_same_schedule(&schedule, ikl_schedule_default());
    ikl_round_trip_trim(&schedule, ikl_schedule_default(), &stale);
    assert_same_schedule(&schedule, ikl_schedule_default());
    ikl_round_trip_trim(&schedule, &once, &known);
    assert_same_schedule(&schedule, &once);
    ikl_round_trip_trim(&schedule, &many, &known);
    assert_same_schedule(&schedule, &many);
}

TESTS_OF(round_trip)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_known_before_the_first_answer),
        cmocka_unit_test(the_first_answer_is_the_average_and_half_of_it_the_deviation),
        cmocka_unit_test(later_answers_move_the_average_by_an_eighth_and_the_deviation_by_a_quarter),
        cmocka_unit_test(answers_that_take_longer_than_can_be_kept_count_as_the_most),
        cmocka_unit_test(the_largest_one_falls_by_a_64th_of_its_distance_and_by_1_ms_at_least),
        cmocka_unit_test(a_request_is_a_sample_when_it_was_sent_once),
        cmocka_unit_test(sends_are_added_2_6_and_14_timeouts_after_the_first_in_half_of_the_first_wait),
        cmocka_unit_test(a_schedule_with_one_try_has_no_added_sends),
        cmocka_unit_test(a_late_tick_sends_once_and_what_it_missed_is_left_out),
        cmocka_unit_test(jitter_may_leave_less_time_for_added_sends),
        cmocka_unit_test(another_send_or_a_delay_ends_added_sends),
        cmocka_unit_test(a_peer_is_suspect_from_the_first_added_send_on),
        cmocka_unit_test(added_sends_take_no_other_send_away_and_leave_the_verdict_where_it_is),
        cmocka_unit_test(after_an_answer_that_is_no_sample_what_was_measured_is_stale_until_the_next_sample),
        cmocka_unit_test(a_schedule_is_trimmed_by_the_largest_round_trip_while_that_is_known),
        cmocka_unit_test(a_schedule_stays_as_listed_while_nothing_is_known_or_where_it_cannot_be_trimmed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
