/* SPDX-License-Identifier: ISC */
#include "false_down_outages.h"

#include "support/habits.h"
#include "support/test_random.h"

#include <ikelive/watch.h>

#include <math.h>
#include <stdio.h>

static const double ms_per_year = 31557600000.0;

/* A path that behaves as the habit says, as long as the watch needs it. */
struct path {
    struct test_random random;
    const struct ikl_habit *habit;
    ikl_time begins, ends; /* the outage that runs, or else the next one */
};

/* Above 0, and at most 1. */
static double any(struct path *path)
{
    return ((double)(test_random(&path->random) >> 11) + 1) / 9007199254740992.0;
}

static ikl_time exponential(struct path *path, double mean)
{
    return 1 + (ikl_time)(-log(any(path)) * mean);
}

static double outages_a_year(const struct ikl_habit *habit)
{
    double sum = 0;

    for (size_t i = 0; i < habit->n_kinds; i++) {
        sum += habit->kinds[i].a_year;
    }
    return sum;
}

static void next_outage(struct path *path, ikl_time from)
{
    double a_year = outages_a_year(path->habit), kind = any(path) * a_year;
    size_t i = 0;

    for (; i + 1 < path->habit->n_kinds && kind > path->habit->kinds[i].a_year; i++) {
        kind -= path->habit->kinds[i].a_year;
    }
    path->begins = from + exponential(path, ms_per_year / a_year);
    path->ends = path->begins + exponential(path, path->habit->kinds[i].mean);
}

/* Whether a request that is sent at `now` is answered. */
static bool answers(struct path *path, ikl_time now)
{
    while (path->ends <= now) {
        next_outage(path, path->ends);
    }
    return now < path->begins && any(path) > path->habit->loss && any(path) > path->habit->loss;
}

/* How often the watch gives up the peer in so many years. */
static unsigned sample(const struct ikl_schedule *schedule, const struct ikl_habit *habit, unsigned years,
                       uint64_t seed)
{
    struct path path = {.random = {seed}, .habit = habit};
    ikl_time end = (ikl_time)(years * ms_per_year), now = 0;
    struct ikl_watch watch;
    unsigned verdicts = 0;

    next_outage(&path, 0);
    ikl_watch_init(&watch, now);
    ikl_watch_set_schedule(&watch, schedule);
    for (; now < end; now = ikl_watch_deadline(&watch)) {
        switch (ikl_watch_tick(&watch, now, 0, 0)) {
        case IKL_WATCH_PROBE:
            (void)!ikl_watch_sent(&watch, 0, now, 0, 0);
            (void)(answers(&path, now) && ikl_watch_answered(&watch, 0, now));
            break;
        case IKL_WATCH_SEND_AGAIN:
            (void)(answers(&path, now) && ikl_watch_answered(&watch, 0, now));
            break;
        case IKL_WATCH_GIVE_UP:
            verdicts++;
            ikl_watch_init(&watch, ikl_time_later(now, path.begins <= now ? path.ends : 0));
            ikl_watch_set_schedule(&watch, schedule);
            break;
        case IKL_WATCH_NOTHING:
            break;
        }
    }
    return verdicts;
}

static double a_year(const struct ikl_schedule *schedule, const struct ikl_habit *habit)
{
    double result = -1;

    (void)!ikl_schedule_false_down_outages(&result, schedule, HABITS_IDLE, habit);
    return result;
}

/* False when the sample is too far away. None is taken where it would hold too few verdicts. */
static bool check_cell(const struct ikl_schedule *schedule, const char *name, const struct named_habit *habit,
                       unsigned years, uint64_t seed)
{
    double expected = a_year(schedule, &habit->habit) * years, distance;
    unsigned found;

    if (expected < 30) {
        return true;
    }
    found = sample(schedule, &habit->habit, years, seed);
    distance = found - expected;
    printf("    %-11s  %-11s  %5u false verdicts, %.1f expected\n", name, habit->name, found, expected);
    return distance * distance <= 9 * expected;
}

static void print_cell(const struct ikl_schedule *listed, const struct ikl_habit *habit)
{
    struct ikl_schedule parting;
    double as_listed = a_year(listed, habit), with_parting;

    (void)!ikl_schedule_with_parting_send(&parting, listed);
    with_parting = a_year(&parting, habit);
    printf("  %6.*f %6.*f", decimals(as_listed), as_listed, decimals(with_parting), with_parting);
}

static void print_outages_table(void)
{
    printf("\nFalse verdicts a year of an IKE SA, as listed and with a parting send, by what the path does:\n\n");
    printf("    %-11s", "");
    for (size_t h = 0; h < N_HABITS; h++) {
        printf("  %13s", named_habits[h].name);
    }
    printf("\n");
    for (size_t n = 0; ikl_schedule_name(n) != NULL; n++) {
        printf("    %-11s", ikl_schedule_name(n));
        for (size_t h = 0; h < N_HABITS; h++) {
            print_cell(ikl_schedule_by_name(ikl_schedule_name(n)), &named_habits[h].habit);
        }
        printf("\n");
    }
}

bool check_outages(uint64_t seed, bool brief)
{
    unsigned years = brief ? 1 : 10;
    bool right = true;

    printf("\nWatches, on paths that have outages, for so many IKE SA years each: %u\n\n", years);
    for (size_t n = 0; ikl_schedule_name(n) != NULL; n++) {
        for (size_t h = 0; h < N_HABITS; h++) {
            const char *name = ikl_schedule_name(n);

            right &= check_cell(ikl_schedule_by_name(name), name, &named_habits[h], years, seed + n * N_HABITS + h);
        }
    }
    print_outages_table();
    return right;
}
