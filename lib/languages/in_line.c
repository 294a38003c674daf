/* SPDX-License-Identifier: ISC */
/* ikelive languages: what the headers have in line, as functions of the shared library too, for languages that do not
 * read headers. */
#include "by_name.h"

ikl_time ikl_time_after(ikl_time time, uint64_t delay)
{
    return in_line_time_after(time, delay);
}

ikl_time ikl_time_earlier(ikl_time a, ikl_time b)
{
    return in_line_time_earlier(a, b);
}

ikl_time ikl_time_later(ikl_time a, ikl_time b)
{
    return in_line_time_later(a, b);
}

enum ikl_monitor_state ikl_event_monitor(const struct ikl_event *event)
{
    return in_line_event_monitor(event);
}

enum ikl_monitor_finding ikl_event_finding(const struct ikl_event *event)
{
    return in_line_event_finding(event);
}

void ikl_round_trip_missed(struct ikl_round_trip *round_trip)
{
    in_line_round_trip_missed(round_trip);
}

bool ikl_round_trip_is_known(const struct ikl_round_trip *round_trip)
{
    return in_line_round_trip_is_known(round_trip);
}

uint32_t ikl_round_trip_smoothed(const struct ikl_round_trip *round_trip)
{
    return in_line_round_trip_smoothed(round_trip);
}

uint32_t ikl_round_trip_deviation(const struct ikl_round_trip *round_trip)
{
    return in_line_round_trip_deviation(round_trip);
}

ikl_time ikl_run_due(const struct ikl_run *run)
{
    return in_line_run_due(run);
}

bool ikl_run_is_out(const struct ikl_run *run)
{
    return in_line_run_is_out(run);
}

bool ikl_run_is_last(const struct ikl_run *run)
{
    return in_line_run_is_last(run);
}

ikl_time ikl_run_last_sent(const struct ikl_run *run)
{
    return in_line_run_last_sent(run);
}

uint32_t ikl_run_times_sent(const struct ikl_run *run)
{
    return in_line_run_times_sent(run);
}

bool ikl_run_is_first(const struct ikl_run *run)
{
    return in_line_run_is_first(run);
}

void ikl_idle_heard(struct ikl_idle *idle, ikl_time at)
{
    in_line_idle_heard(idle, at);
}
