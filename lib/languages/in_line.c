/* SPDX-License-Identifier: ISC */
/* ikelive languages: what the headers have in line, as functions of the shared library too, for languages that do not
 * read headers. Here alone the functions in line have other names. */
#define ikl_time_after in_line_time_after
#define ikl_time_earlier in_line_time_earlier
#define ikl_time_later in_line_time_later
#define ikl_event_monitor in_line_event_monitor
#define ikl_event_finding in_line_event_finding
#define ikl_round_trip_missed in_line_round_trip_missed
#define ikl_round_trip_is_known in_line_round_trip_is_known
#define ikl_round_trip_smoothed in_line_round_trip_smoothed
#define ikl_round_trip_deviation in_line_round_trip_deviation
#define ikl_run_due in_line_run_due
#define ikl_run_is_out in_line_run_is_out
#define ikl_run_is_last in_line_run_is_last
#define ikl_run_last_sent in_line_run_last_sent
#define ikl_run_times_sent in_line_run_times_sent
#define ikl_run_is_first in_line_run_is_first
#define ikl_idle_heard in_line_idle_heard
#include <ikelive/report.h>
#include <ikelive/watch.h>
#undef ikl_time_after
#undef ikl_time_earlier
#undef ikl_time_later
#undef ikl_event_monitor
#undef ikl_event_finding
#undef ikl_round_trip_missed
#undef ikl_round_trip_is_known
#undef ikl_round_trip_smoothed
#undef ikl_round_trip_deviation
#undef ikl_run_due
#undef ikl_run_is_out
#undef ikl_run_is_last
#undef ikl_run_last_sent
#undef ikl_run_times_sent
#undef ikl_run_is_first
#undef ikl_idle_heard

IKL_API ikl_time ikl_time_after(ikl_time time, uint64_t delay);
IKL_API ikl_time ikl_time_earlier(ikl_time a, ikl_time b);
IKL_API ikl_time ikl_time_later(ikl_time a, ikl_time b);
IKL_API enum ikl_monitor_state ikl_event_monitor(const struct ikl_event *event);
IKL_API enum ikl_monitor_finding ikl_event_finding(const struct ikl_event *event);
IKL_API void ikl_round_trip_missed(struct ikl_round_trip *round_trip);
IKL_API bool ikl_round_trip_is_known(const struct ikl_round_trip *round_trip);
IKL_API uint32_t ikl_round_trip_smoothed(const struct ikl_round_trip *round_trip);
IKL_API uint32_t ikl_round_trip_deviation(const struct ikl_round_trip *round_trip);
IKL_API ikl_time ikl_run_due(const struct ikl_run *run);
IKL_API bool ikl_run_is_out(const struct ikl_run *run);
IKL_API bool ikl_run_is_last(const struct ikl_run *run);
IKL_API ikl_time ikl_run_last_sent(const struct ikl_run *run);
IKL_API uint32_t ikl_run_times_sent(const struct ikl_run *run);
IKL_API bool ikl_run_is_first(const struct ikl_run *run);
IKL_API void ikl_idle_heard(struct ikl_idle *idle, ikl_time at);

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
