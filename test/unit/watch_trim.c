/* SPDX-License-Identifier: ISC */
/* A watch that is asked to trims the last wait of each request by the round trips that it has measured. */
#include "support/test.h"

#include "support/test_random.h"

#include <ikelive/watch.h>

enum { SLACK = 100, ID = 7, LISTED = 64000 };

static struct ikl_watch begin(const struct ikl_schedule *schedule, bool trim)
{
    struct ikl_watch watch;

    ikl_watch_init(&watch, 0);
    ikl_watch_set_schedule(&watch, schedule);
    ikl_watch_set_trim(&watch, trim);
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

static struct ikl_watch measured(bool trim, ikl_time ms)
{
    struct ikl_watch watch = begin(ikl_schedule_default(), trim);

    answer(&watch, ms, 10);
    return watch;
}

/* A check that nobody answers, until its last wait has begun; the end of the wait before. */
static ikl_time to_last_wait(struct ikl_watch *watch)
{
    ikl_time now = check(watch);

    while (!ikl_run_is_last(&watch->run)) {
        now = ikl_watch_deadline(watch);
        assert_int_equal(ikl_watch_tick(watch, now, SLACK, 0), IKL_WATCH_SEND_AGAIN);
    }
    return now;
}

/* How long the last wait of the next check is. */
static ikl_time last_wait(struct ikl_watch *watch)
{
    ikl_time began = to_last_wait(watch);

    return ikl_watch_deadline(watch) - began;
}

static void a_silent_peer_is_given_up_eight_round_trips_after_the_last_send_and_1_s_at_least(void **state)
{
    static const struct {
        ikl_time round_trip, wait;
    } rows[] = {{0, 1000}, {20, 1000}, {125, 1000}, {126, 1008}, {600, 4800}, {900, 7200}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        for (size_t n = 0; ikl_schedule_name(n) != NULL; n++) {
            const struct ikl_schedule *schedule = ikl_schedule_by_name(ikl_schedule_name(n));
            struct ikl_watch watch = begin(schedule, true);
            ikl_time first, verdict;

            answer(&watch, ikl_schedule_wait(schedule, 0) > rows[i].round_trip ? rows[i].round_trip : 0, 10);
            first = ikl_watch_deadline(&watch);
            (void)to_last_wait(&watch);
            verdict = ikl_watch_deadline(&watch);
            assert_int_equal(ikl_watch_tick(&watch, verdict - 1, SLACK, 0), IKL_WATCH_NOTHING);
            assert_int_equal(ikl_watch_tick(&watch, verdict, SLACK, 0), IKL_WATCH_GIVE_UP);
            assert_int_equal(verdict - first,
                             ikl_schedule_span(schedule) +
                                 (ikl_schedule_wait(schedule, 0) > rows[i].round_trip
                                      ? ikl_time_earlier(rows[i].wait, ikl_schedule_wait_again(schedule, 0))
                                      : 1000));
            assert_true(watch.run.schedule == schedule);
        }
    }
}

static void without_being_asked_it_waits_as_listed(void **state)
{
    struct ikl_watch watch = measured(false, 20);

    (void)state;
    assert_int_equal(last_wait(&watch), LISTED);
    ikl_watch_init(&watch, 0);
    answer(&watch, 20, 10);
    assert_int_equal(last_wait(&watch), LISTED);
}

static void the_last_wait_stays_as_listed_until_the_path_was_measured(void **state)
{
    struct ikl_watch watch = begin(ikl_schedule_default(), true);

    (void)state;
    assert_int_equal(last_wait(&watch), LISTED);
    /* that answer is no sample, and one after a move is of another path */
    watch = measured(true, 20);
    assert_true(ikl_watch_answered(&watch, ID, to_last_wait(&watch) + 10));
    assert_int_equal(last_wait(&watch), LISTED);
    watch = measured(true, 20);
    assert_int_equal(ikl_watch_moved(&watch, false, ikl_watch_deadline(&watch) - 1, 0), IKL_WATCH_NOTHING);
    assert_int_equal(last_wait(&watch), LISTED);
    watch = measured(true, 20);
    assert_true(ikl_watch_answered(&watch, ID, to_last_wait(&watch) + 10));
    answer(&watch, 20, 1);
    assert_int_equal(last_wait(&watch), 1000);
}

static void a_move_while_a_request_is_out_keeps_its_last_wait_as_listed(void **state)
{
    struct ikl_watch watch = measured(true, 20);
    ikl_time now = check(&watch);

    (void)state;
    assert_int_equal(ikl_watch_moved(&watch, true, now + 500, 0), IKL_WATCH_SEND_AGAIN);
    while (!ikl_run_is_last(&watch.run)) {
        now = ikl_watch_deadline(&watch);
        assert_int_equal(ikl_watch_tick(&watch, now, SLACK, 0), IKL_WATCH_SEND_AGAIN);
    }
    assert_int_equal(ikl_watch_deadline(&watch), now + LISTED);
}

static void the_setting_counts_for_last_waits_that_are_yet_to_begin(void **state)
{
    struct ikl_watch watch = measured(false, 20);
    ikl_time began;

    (void)state;
    began = to_last_wait(&watch);
    ikl_watch_set_trim(&watch, true);
    assert_int_equal(ikl_watch_deadline(&watch), began + LISTED);
    assert_int_equal(ikl_watch_tick(&watch, began + LISTED - 1, SLACK, 0), IKL_WATCH_NOTHING);
    assert_int_equal(ikl_watch_tick(&watch, began + LISTED, SLACK, 0), IKL_WATCH_GIVE_UP);
    watch = measured(false, 20);
    (void)check(&watch);
    ikl_watch_set_trim(&watch, true);
    while (!ikl_run_is_last(&watch.run)) {
        began = ikl_watch_deadline(&watch);
        assert_int_equal(ikl_watch_tick(&watch, began, SLACK, 0), IKL_WATCH_SEND_AGAIN);
    }
    assert_int_equal(ikl_watch_deadline(&watch), began + 1000);
}

static void after_a_late_tick_and_when_it_is_held_a_verdict_waits_as_listed(void **state)
{
    struct ikl_watch watch = measured(true, 20);
    ikl_time late = to_last_wait(&watch) + 1000 + SLACK + 1;

    (void)state;
    /* in place of the verdict */
    assert_int_equal(ikl_watch_tick(&watch, late, SLACK, 0), IKL_WATCH_SEND_AGAIN);
    assert_int_equal(ikl_watch_deadline(&watch), late + LISTED);
    /* the tick that begins it */
    watch = measured(true, 20);
    (void)check(&watch);
    while (watch.run.attempt + 2u < watch.run.schedule->tries) {
        assert_int_equal(ikl_watch_tick(&watch, ikl_watch_deadline(&watch), SLACK, 0), IKL_WATCH_SEND_AGAIN);
    }
    late = ikl_watch_deadline(&watch) + SLACK + 1;
    assert_int_equal(ikl_watch_tick(&watch, late, SLACK, 0), IKL_WATCH_SEND_AGAIN);
    assert_int_equal(ikl_watch_deadline(&watch), late + LISTED);
    /* held */
    watch = measured(true, 20);
    late = to_last_wait(&watch) + 1000;
    assert_int_equal(ikl_watch_tick(&watch, late, SLACK, 0), IKL_WATCH_GIVE_UP);
    assert_int_equal(ikl_watch_held(&watch, late), IKL_WATCH_SEND_AGAIN);
    assert_int_equal(ikl_watch_deadline(&watch), late + LISTED);
}

static void the_worst_case_goes_by_the_last_wait_as_it_would_be_now(void **state)
{
    struct ikl_watch watch = begin(ikl_schedule_default(), true);

    (void)state;
    assert_int_equal(ikl_watch_worst_detect(&watch), 324000);
    answer(&watch, 20, 1);
    assert_int_equal(ikl_watch_worst_detect(&watch), 261000);
    ikl_watch_set_trim(&watch, false);
    assert_int_equal(ikl_watch_worst_detect(&watch), 324000);
    ikl_watch_set_trim(&watch, true);
    assert_int_equal(ikl_watch_moved(&watch, false, 5020, 0), IKL_WATCH_NOTHING);
    assert_int_equal(ikl_watch_worst_detect(&watch), 324000);
    ikl_watch_set_policy(&watch, IKL_LIVENESS_ON_DEMAND, 5000, 0);
    assert_true(ikl_watch_worst_detect(&watch) == IKL_NEVER);
    ikl_watch_set_policy(&watch, IKL_LIVENESS_OFF, 5000, 0);
    assert_true(ikl_watch_worst_detect(&watch) == IKL_NEVER);
    ikl_watch_set_policy(&watch, IKL_LIVENESS_PERIODIC, IKL_IDLE_OFF, 0);
    assert_true(ikl_watch_worst_detect(&watch) == IKL_NEVER);
    ikl_watch_set_policy(&watch, IKL_LIVENESS_PERIODIC, 1000, 0);
    assert_int_equal(ikl_watch_worst_detect(&watch), 320000);
}

/* Without the call nothing leaves; then the wait that was begun runs. */
static void a_blocked_send_waits_as_listed_and_its_last_wait_is_trimmed_when_it_leaves(void **state)
{
    struct ikl_watch watch = measured(true, 20);
    ikl_time now = to_last_wait(&watch);

    (void)state;
    assert_true(ikl_watch_blocked(&watch, now));
    assert_int_equal(ikl_watch_deadline(&watch), now + 1000); /* of all waits from the beginning */
    assert_int_equal(ikl_watch_tick(&watch, now + 1000, SLACK, 0), IKL_WATCH_SEND_AGAIN);
    assert_int_equal(ikl_watch_deadline(&watch), now + 3000);
    ikl_watch_left(&watch, now + 1500);
    assert_int_equal(ikl_watch_deadline(&watch), now + 2500);
}

/* Two that are told the same: one that trims, and one with a schedule that was trimmed before. */
struct twins {
    struct test_random random;
    struct ikl_schedule listed, trimmed;
    struct ikl_watch watch, other;
    ikl_time now;
};

static uint32_t below(struct twins *twins, uint32_t n)
{
    return (uint32_t)test_random_below(&twins->random, n);
}

static void twins_init(struct twins *twins, uint64_t seed)
{
    ikl_time ms;

    memset(twins, 0, sizeof(*twins));
    twins->random.state = seed;
    twins->listed.n_waits = (uint16_t)(2 + below(twins, 4));
    twins->listed.tries = (uint16_t)(twins->listed.n_waits + below(twins, 3));
    twins->listed.jitter = (uint16_t)(below(twins, 2) * below(twins, IKL_SCHEDULE_MAX_JITTER + 1));
    for (uint16_t i = 0; i < twins->listed.n_waits; i++) {
        twins->listed.waits[i] = 200 + below(twins, i + 1u < twins->listed.n_waits ? 4000 : 20000);
    }
    twins->watch = begin(&twins->listed, true);
    ms = below(twins, 190);
    answer(&twins->watch, ms, 3);
    twins->other = twins->watch;
    assert_int_equal(ikl_schedule_trim(&twins->trimmed, &twins->listed, (uint32_t)ms), IKL_OK);
    ikl_watch_set_trim(&twins->other, false);
    ikl_watch_set_schedule(&twins->other, &twins->trimmed);
    twins->now = check(&twins->watch);
    assert_int_equal(check(&twins->other), twins->now);
}

/* Something happens to both. Whether they gave up. */
static bool twins_step(struct twins *twins)
{
    uint32_t random = below(twins, UINT32_MAX);
    enum ikl_watch_decision decision, other;

    twins->now = ikl_time_later(twins->now, ikl_watch_deadline(&twins->watch));
    if (below(twins, 4) == 0) {
        twins->now += below(twins, 3 * SLACK);
    }
    switch (below(twins, 12)) {
    case 0:
        twins->now -= below(twins, 50);
        decision = ikl_watch_heard(&twins->watch, twins->now, random);
        other = ikl_watch_heard(&twins->other, twins->now, random);
        break;
    case 1:
        ikl_watch_traffic_heard(&twins->watch, twins->now - 30, twins->now);
        ikl_watch_traffic_heard(&twins->other, twins->now - 30, twins->now);
        return false;
    case 2:
        decision = ikl_watch_resend(&twins->watch, twins->now);
        other = ikl_watch_resend(&twins->other, twins->now);
        break;
    default:
        decision = ikl_watch_tick(&twins->watch, twins->now, SLACK, random);
        other = ikl_watch_tick(&twins->other, twins->now, SLACK, random);
        break;
    }
    assert_int_equal(decision, other);
    assert_int_equal(ikl_watch_deadline(&twins->watch), ikl_watch_deadline(&twins->other));
    if (decision == IKL_WATCH_GIVE_UP && below(twins, 3) == 0) {
        assert_int_equal(ikl_watch_held(&twins->watch, twins->now), IKL_WATCH_SEND_AGAIN);
        assert_int_equal(ikl_watch_held(&twins->other, twins->now), IKL_WATCH_SEND_AGAIN);
        return false;
    }
    return decision == IKL_WATCH_GIVE_UP;
}

static void whatever_happens_it_decides_as_with_a_schedule_that_was_trimmed_before(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 3000; seed++) {
        struct twins twins;
        int steps = 0;

        twins_init(&twins, seed);
        while (!twins_step(&twins)) {
            assert_true(++steps < 1000);
        }
    }
}

TESTS_OF(watch_trim)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_silent_peer_is_given_up_eight_round_trips_after_the_last_send_and_1_s_at_least),
        cmocka_unit_test(without_being_asked_it_waits_as_listed),
        cmocka_unit_test(the_last_wait_stays_as_listed_until_the_path_was_measured),
        cmocka_unit_test(a_move_while_a_request_is_out_keeps_its_last_wait_as_listed),
        cmocka_unit_test(the_setting_counts_for_last_waits_that_are_yet_to_begin),
        cmocka_unit_test(after_a_late_tick_and_when_it_is_held_a_verdict_waits_as_listed),
        cmocka_unit_test(the_worst_case_goes_by_the_last_wait_as_it_would_be_now),
        cmocka_unit_test(a_blocked_send_waits_as_listed_and_its_last_wait_is_trimmed_when_it_leaves),
        cmocka_unit_test(whatever_happens_it_decides_as_with_a_schedule_that_was_trimmed_before),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
