/* SPDX-License-Identifier: ISC */
/* What the headers have in line does the same as what the shared library has by these names. */
#include "languages/by_name.h"

#include <stdio.h>
#include <string.h>

static int wrong;

static void check(const char *what, bool right)
{
    if (!right) {
        printf("not the same: %s\n", what);
        wrong = 1;
    }
}

static void check_times(void)
{
    static const ikl_time times[] = {0, 1, 1000, IKL_NEVER - 1, IKL_NEVER};

    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        for (size_t j = 0; j < sizeof(times) / sizeof(times[0]); j++) {
            ikl_time a = times[i], b = times[j];

            check("ikl_time_after", ikl_time_after(a, b) == in_line_time_after(a, b));
            check("ikl_time_earlier", ikl_time_earlier(a, b) == in_line_time_earlier(a, b));
            check("ikl_time_later", ikl_time_later(a, b) == in_line_time_later(a, b));
        }
    }
}

static void check_events(void)
{
    for (int detail = 0; detail <= INT8_MAX; detail++) {
        const struct ikl_event event = {.kind = IKL_EVENT_MONITOR, .detail = (int8_t)detail};

        check("ikl_event_monitor", ikl_event_monitor(&event) == in_line_event_monitor(&event));
        check("ikl_event_finding", ikl_event_finding(&event) == in_line_event_finding(&event));
    }
}

static void check_round_trip(const struct ikl_round_trip *round_trip)
{
    struct ikl_round_trip here = *round_trip, there = *round_trip;

    check("ikl_round_trip_is_known", ikl_round_trip_is_known(&here) == in_line_round_trip_is_known(&here));
    check("ikl_round_trip_smoothed", ikl_round_trip_smoothed(&here) == in_line_round_trip_smoothed(&here));
    check("ikl_round_trip_deviation", ikl_round_trip_deviation(&here) == in_line_round_trip_deviation(&here));
    in_line_round_trip_missed(&here);
    ikl_round_trip_missed(&there);
    check("ikl_round_trip_missed", here.stale == there.stale);
}

static void check_round_trips(void)
{
    struct ikl_round_trip round_trip = {0};

    check_round_trip(&round_trip);
    ikl_round_trip_sample(&round_trip, 40);
    check_round_trip(&round_trip);
    ikl_round_trip_sample(&round_trip, 100);
    check_round_trip(&round_trip);
}

static void check_run(const struct ikl_run *run)
{
    check("ikl_run_due", ikl_run_due(run) == in_line_run_due(run));
    check("ikl_run_is_out", ikl_run_is_out(run) == in_line_run_is_out(run));
    check("ikl_run_is_last", ikl_run_is_last(run) == in_line_run_is_last(run));
    check("ikl_run_last_sent", ikl_run_last_sent(run) == in_line_run_last_sent(run));
    check("ikl_run_times_sent", ikl_run_times_sent(run) == in_line_run_times_sent(run));
    check("ikl_run_is_first", ikl_run_is_first(run) == in_line_run_is_first(run));
}

/* From before the first send to the last wait. */
static void check_runs(void)
{
    struct ikl_run run = {.schedule = ikl_schedule_by_name("android")};

    check_run(&run);
    ikl_run_begin(&run, run.schedule, 1, 1000, 1000, 100, 0);
    do {
        check_run(&run);
    } while (ikl_run_tick(&run, 0, run.deadline, 100, 0) == IKL_RUN_SEND);
}

static void check_idle(void)
{
    struct ikl_idle here, there;

    memset(&here, 0, sizeof(here));
    memset(&there, 0, sizeof(there));
    for (ikl_time at = 2000; at > 0; at -= 1000) {
        in_line_idle_heard(&here, at);
        ikl_idle_heard(&there, at);
        check("ikl_idle_heard", memcmp(&here, &there, sizeof(here)) == 0);
    }
}

int main(void)
{
    check_times();
    check_events();
    check_round_trips();
    check_runs();
    check_idle();
    return wrong;
}
