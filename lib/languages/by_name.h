/* SPDX-License-Identifier: ISC */
/* ikelive by name: the functions that the headers have in line, by other names, so that the shared library can have
 * functions by theirs. In languages/in_line.c alone, and in its test. */
#ifndef IKL_BY_NAME_H
#define IKL_BY_NAME_H

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

#endif
