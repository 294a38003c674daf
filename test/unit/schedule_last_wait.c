/* SPDX-License-Identifier: ISC */
/* A last wait that is trimmed, or ends with a parting send, keeps the promises of the header. */
#include "support/test.h"

#include "support/test_random.h"

#include <ikelive/watch.h>

enum { SLACK = 100, START = 10000 };

/* What the header says of each named schedule: ms to the last send, ms to the verdict when trimmed, sends. */
static const struct {
    const char *name;
    uint64_t span, trimmed;
    uint32_t sends;
} rows[] = {
    {"panos-7.0", 255000, 256000, 11}, {"panos-11", 375000, 376000, 11}, {"strongswan", 89479, 90479, 7},
    {"libreswan", 32000, 33000, 9},    {"openiked", 62000, 63000, 7},    {"fortios", 45000, 46000, 6},
    {"android", 7500, 8500, 6},
};

static struct ikl_schedule trimmed_to(const struct ikl_schedule *listed, uint32_t round_trip)
{
    struct ikl_schedule schedule;

    assert_int_equal(ikl_schedule_trim(&schedule, listed, round_trip), IKL_OK);
    assert_int_equal(ikl_schedule_check(&schedule), IKL_OK);
    return schedule;
}

static struct ikl_schedule with_parting_send(const struct ikl_schedule *listed)
{
    struct ikl_schedule schedule;

    assert_int_equal(ikl_schedule_with_parting_send(&schedule, listed), IKL_OK);
    assert_int_equal(ikl_schedule_check(&schedule), IKL_OK);
    return schedule;
}

static void the_span_is_the_time_from_the_first_send_to_the_last(void **state)
{
    static const struct ikl_schedule once = {.waits = {5000}, .n_waits = 1, .tries = 1};
    static const struct ikl_schedule longest = {
        .waits = {IKL_SCHEDULE_MAX_WAIT}, .n_waits = 1, .tries = IKL_SCHEDULE_MAX_TRIES};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_int_equal(ikl_schedule_span(ikl_schedule_by_name(rows[i].name)), rows[i].span);
    }
    assert_int_equal(ikl_schedule_span(&once), 0);
    assert_int_equal(ikl_schedule_span(&longest), UINT64_C(65534) * IKL_SCHEDULE_MAX_WAIT);
}

static void the_span_is_the_least_that_jitter_leaves_of_it(void **state)
{
    struct test_random random = {41};

    (void)state;
    for (size_t n = 0; n < 2000; n++) {
        struct ikl_schedule schedule = *ikl_schedule_by_name(rows[n % COUNT_OF(rows)].name);
        uint64_t least = 0, any = 0;

        schedule.jitter = (uint16_t)test_random_below(&random, IKL_SCHEDULE_MAX_JITTER + 1);
        for (uint32_t attempt = 0; attempt + 1 < schedule.tries; attempt++) {
            least += ikl_schedule_jittered_wait(&schedule, attempt, UINT32_MAX);
            any += ikl_schedule_jittered_wait(&schedule, attempt, (uint32_t)test_random(&random));
        }
        assert_int_equal(ikl_schedule_span(&schedule), least);
        assert_true(any >= least);
    }
}

/* The path loses all that is sent from `begin` up to and with `end`; whether a request, sent at START, gets through. */
static bool survives(const struct ikl_schedule *schedule, ikl_time begin, ikl_time end)
{
    struct ikl_run run;

    ikl_run_begin(&run, schedule, 7, START, START, SLACK, 0);
    for (ikl_time now = START; now >= begin && now <= end;) {
        now = run.deadline;
        if (ikl_run_tick(&run, 0, now, SLACK, 0) == IKL_RUN_GIVE_UP) {
            return false;
        }
    }
    return true;
}

static void an_outage_no_longer_than_the_span_gives_nobody_up(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct ikl_schedule *listed = ikl_schedule_by_name(rows[i].name);
        struct ikl_schedule parting = with_parting_send(listed);

        assert_true(survives(listed, START, START + rows[i].span - 1));
        assert_false(survives(listed, START, START + rows[i].span));
        assert_true(survives(listed, START + 1, IKL_NEVER));
        assert_true(survives(&parting, START, START + ikl_schedule_total(listed) - 1001));
        assert_false(survives(&parting, START, START + ikl_schedule_total(listed) - 1000));
    }
}

static void a_trimmed_schedule_sends_as_before_and_gives_up_sooner(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct ikl_schedule *listed = ikl_schedule_by_name(rows[i].name);
        struct ikl_schedule schedule = trimmed_to(listed, 0);

        assert_int_equal(ikl_schedule_total(&schedule), rows[i].trimmed);
        assert_int_equal(ikl_schedule_span(&schedule), rows[i].span);
        assert_int_equal(schedule.tries, listed->tries);
        for (uint32_t attempt = 0; attempt + 1 < listed->tries; attempt++) {
            assert_int_equal(ikl_schedule_wait(&schedule, attempt), ikl_schedule_wait(listed, attempt));
        }
    }
}

static void a_last_wait_is_trimmed_to_eight_round_trips_within_1_s_and_the_listed_one(void **state)
{
    static const struct {
        uint32_t round_trip, wait;
    } waits[] = {{0, 1000},     {1, 1000},     {125, 1000},   {126, 1008},        {600, 4800},
                 {7999, 63992}, {8000, 64000}, {8001, 64000}, {UINT32_MAX, 64000}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(waits); i++) {
        struct ikl_schedule schedule = trimmed_to(ikl_schedule_default(), waits[i].round_trip);

        assert_int_equal(ikl_schedule_wait(&schedule, 9), waits[i].wait);
        assert_int_equal(ikl_schedule_wait_again(&schedule, 0), 64000);
    }
}

static void what_cannot_be_shorter_stays_as_it_is(void **state)
{
    static const struct ikl_schedule quick = {.waits = {300}, .n_waits = 1, .tries = 1000, .jitter = 7};
    static const struct ikl_schedule one_second = {.waits = {1000}, .n_waits = 1, .tries = 3, .again = 5000};
    struct ikl_schedule schedule;

    (void)state;
    schedule = trimmed_to(&quick, 0);
    assert_memory_equal(&schedule, &quick, sizeof(schedule));
    schedule = trimmed_to(&one_second, 0);
    assert_memory_equal(&schedule, &one_second, sizeof(schedule));
    schedule = trimmed_to(ikl_schedule_default(), 8000);
    assert_memory_equal(&schedule, ikl_schedule_default(), sizeof(schedule));
}

static void a_parting_send_comes_1_s_before_the_same_verdict(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct ikl_schedule *listed = ikl_schedule_by_name(rows[i].name);
        struct ikl_schedule schedule = with_parting_send(listed);

        assert_int_equal(schedule.tries, rows[i].sends);
        assert_int_equal(ikl_schedule_total(&schedule), ikl_schedule_total(listed));
        assert_int_equal(ikl_schedule_span(&schedule), ikl_schedule_total(listed) - 1000);
        assert_int_equal(ikl_schedule_wait_again(&schedule, 0), ikl_schedule_wait(listed, listed->tries - 1u));
        for (uint32_t attempt = 0; attempt + 1 < listed->tries; attempt++) {
            assert_int_equal(ikl_schedule_wait(&schedule, attempt), ikl_schedule_wait(listed, attempt));
        }
    }
}

static void a_last_wait_of_1_s_or_less_has_no_room_for_a_parting_send(void **state)
{
    static const uint32_t refused[] = {1, 999, 1000};
    struct ikl_schedule listed = {.waits = {1000, 1001}, .n_waits = 2, .tries = 2}, schedule, before;

    (void)state;
    schedule = with_parting_send(&listed);
    assert_int_equal(ikl_schedule_wait(&schedule, 1), 1);
    before = schedule;
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        listed.waits[1] = refused[i];
        assert_int_equal(ikl_schedule_with_parting_send(&schedule, &listed), IKL_ERR_INVALID);
        assert_memory_equal(&schedule, &before, sizeof(schedule));
    }
}

static void more_waits_than_a_schedule_has_room_for_are_refused_and_nothing_is_written(void **state)
{
    struct ikl_schedule listed = {.waits = {2000}, .n_waits = 1, .tries = 64}, schedule;

    (void)state;
    schedule = trimmed_to(&listed, 0);
    assert_int_equal(ikl_schedule_total(&schedule), 127000);
    assert_int_equal(ikl_schedule_with_parting_send(&schedule, &listed), IKL_ERR_INVALID);
    assert_int_equal(ikl_schedule_total(&schedule), 127000);
    listed.tries = 63;
    schedule = with_parting_send(&listed);
    assert_int_equal(ikl_schedule_total(&schedule), 126000);
    listed.tries = 65;
    assert_int_equal(ikl_schedule_trim(&schedule, &listed, 0), IKL_ERR_INVALID);
    listed.tries = IKL_SCHEDULE_MAX_TRIES;
    assert_int_equal(ikl_schedule_trim(&schedule, &listed, 0), IKL_ERR_INVALID);
    assert_int_equal(ikl_schedule_with_parting_send(&schedule, &listed), IKL_ERR_INVALID);
    assert_int_equal(ikl_schedule_total(&schedule), 126000);
}

static void a_schedule_may_be_changed_in_place_and_keeps_its_jitter(void **state)
{
    struct ikl_schedule schedule = *ikl_schedule_default();

    (void)state;
    schedule.jitter = 100;
    assert_int_equal(ikl_schedule_with_parting_send(&schedule, &schedule), IKL_OK);
    assert_int_equal(schedule.tries, 11);
    assert_int_equal(schedule.jitter, 100);
    assert_int_equal(ikl_schedule_jittered_wait(&schedule, 10, UINT32_MAX), 901);
    schedule = *ikl_schedule_default();
    schedule.jitter = 100;
    assert_int_equal(ikl_schedule_trim(&schedule, &schedule, 1000), IKL_OK);
    assert_int_equal(ikl_schedule_wait(&schedule, 9), 8000);
    assert_int_equal(schedule.jitter, 100);
    assert_int_equal(ikl_schedule_wait_again(&schedule, UINT32_MAX), 57601);
}

/* Trimmed twice, or with a parting send and then trimmed: what was listed at first is still known. */
static void the_listed_wait_outlives_a_second_change(void **state)
{
    struct ikl_schedule schedule = trimmed_to(ikl_schedule_default(), 1000);

    (void)state;
    schedule = trimmed_to(&schedule, 500);
    assert_int_equal(ikl_schedule_wait(&schedule, 9), 4000);
    assert_int_equal(ikl_schedule_wait_again(&schedule, 0), 64000);
    schedule = with_parting_send(&schedule);
    assert_int_equal(ikl_schedule_wait(&schedule, 9), 3000);
    assert_int_equal(ikl_schedule_wait_again(&schedule, 0), 64000);
    schedule = trimmed_to(&schedule, 500);
    assert_int_equal(ikl_schedule_wait(&schedule, 10), 1000);
}

static void check_refuses_a_listed_wait_of_more_than_a_day(void **state)
{
    struct ikl_schedule schedule = *ikl_schedule_default();

    (void)state;
    schedule.again = IKL_SCHEDULE_MAX_WAIT;
    assert_null(ikl_schedule_error(&schedule));
    schedule.again++;
    assert_string_equal(ikl_schedule_error(&schedule), "again");
}

/* Runs to the last wait with ticks on time. */
static void begin_last_wait(struct ikl_run *run, const struct ikl_schedule *schedule)
{
    ikl_run_begin(run, schedule, 7, START, START, SLACK, 0);
    while (!ikl_run_is_last(run)) {
        assert_int_equal(ikl_run_tick(run, 0, run->deadline, SLACK, 0), IKL_RUN_SEND);
    }
}

static void a_silent_peer_is_given_up_when_the_trimmed_wait_ends(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct ikl_schedule schedule = trimmed_to(ikl_schedule_by_name(rows[i].name), 0);
        struct ikl_run run;

        begin_last_wait(&run, &schedule);
        assert_true(run.deadline == START + rows[i].trimmed);
        assert_int_equal(ikl_run_tick(&run, 0, run.deadline, SLACK, 0), IKL_RUN_GIVE_UP);
    }
}

static void a_verdict_that_is_held_waits_as_listed(void **state)
{
    const struct ikl_schedule schedules[] = {trimmed_to(ikl_schedule_default(), 0),
                                             with_parting_send(ikl_schedule_default())};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(schedules); i++) {
        struct ikl_run run;

        begin_last_wait(&run, &schedules[i]);
        for (int n = 0; n < 3; n++) {
            ikl_time now = run.deadline;

            assert_int_equal(ikl_run_tick(&run, 0, now, SLACK, 0), IKL_RUN_GIVE_UP);
            ikl_run_hold(&run, now);
            assert_true(run.deadline == now + 64000);
        }
    }
}

static void after_a_late_tick_the_last_wait_is_the_listed_one(void **state)
{
    const struct ikl_schedule schedules[] = {trimmed_to(ikl_schedule_default(), 0),
                                             with_parting_send(ikl_schedule_default())};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(schedules); i++) {
        struct ikl_run run;
        ikl_time late;

        /* in place of the verdict */
        begin_last_wait(&run, &schedules[i]);
        late = run.deadline + SLACK + 1;
        assert_int_equal(ikl_run_tick(&run, 0, late, SLACK, 0), IKL_RUN_SEND);
        assert_true(run.deadline == late + 64000);
        /* the tick that begins it */
        assert_int_equal(ikl_run_resume(&run, &schedules[i], 7, START, schedules[i].tries - 2u, START), IKL_OK);
        late = START + SLACK + 1;
        assert_int_equal(ikl_run_tick(&run, 0, late, SLACK, 0), IKL_RUN_SEND);
        assert_true(ikl_run_is_last(&run));
        assert_true(run.deadline == late + 64000);
        /* one that is a little late */
        assert_int_equal(ikl_run_resume(&run, &schedules[i], 7, START, schedules[i].tries - 2u, START), IKL_OK);
        assert_int_equal(ikl_run_tick(&run, 0, START + SLACK, SLACK, 0), IKL_RUN_SEND);
        assert_true(run.deadline == START + 1000);
    }
}

TESTS_OF(schedule_last_wait)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_span_is_the_time_from_the_first_send_to_the_last),
        cmocka_unit_test(the_span_is_the_least_that_jitter_leaves_of_it),
        cmocka_unit_test(an_outage_no_longer_than_the_span_gives_nobody_up),
        cmocka_unit_test(a_trimmed_schedule_sends_as_before_and_gives_up_sooner),
        cmocka_unit_test(a_last_wait_is_trimmed_to_eight_round_trips_within_1_s_and_the_listed_one),
        cmocka_unit_test(what_cannot_be_shorter_stays_as_it_is),
        cmocka_unit_test(a_parting_send_comes_1_s_before_the_same_verdict),
        cmocka_unit_test(a_last_wait_of_1_s_or_less_has_no_room_for_a_parting_send),
        cmocka_unit_test(more_waits_than_a_schedule_has_room_for_are_refused_and_nothing_is_written),
        cmocka_unit_test(a_schedule_may_be_changed_in_place_and_keeps_its_jitter),
        cmocka_unit_test(the_listed_wait_outlives_a_second_change),
        cmocka_unit_test(check_refuses_a_listed_wait_of_more_than_a_day),
        cmocka_unit_test(a_silent_peer_is_given_up_when_the_trimmed_wait_ends),
        cmocka_unit_test(a_verdict_that_is_held_waits_as_listed),
        cmocka_unit_test(after_a_late_tick_the_last_wait_is_the_listed_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
