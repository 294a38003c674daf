/* SPDX-License-Identifier: ISC */
/* A monitor of one tunnel, as a value. Time begins at PROBING_START; times of these functions count from there. Those
 * without a config take probing_usual. */
#ifndef PROBING_H
#define PROBING_H

#include <ikelive/monitor.h>

enum { PROBING_SLACK = 100, PROBING_START = 10000 };

/* A probe each second, answered within 400 ms; DOWN after three, UP again after two. */
extern const struct ikl_monitor_config probing_usual;

/* One that begins now. */
struct ikl_monitor probing_begin_with(const struct ikl_monitor_config *config);

/* A tick, and what there is to do. */
unsigned probing_tick_with(struct ikl_monitor *monitor, const struct ikl_monitor_config *config, ikl_time now);
unsigned probing_tick(struct ikl_monitor *monitor, ikl_time now);

/* When its next tick is due. */
ikl_time probing_deadline(const struct ikl_monitor *monitor);

/* The answer to the latest probe. */
unsigned probing_answer_with(struct ikl_monitor *monitor, const struct ikl_monitor_config *config, ikl_time now);
unsigned probing_answer(struct ikl_monitor *monitor, ikl_time now);

/* Ticks on time until just before `until`, with each probe answered at once or not at all. What there was to do. */
unsigned probing_run_with(struct ikl_monitor *monitor, const struct ikl_monitor_config *config, ikl_time until,
                          bool answers);
unsigned probing_run(struct ikl_monitor *monitor, ikl_time until, bool answers);

/* One that is UP: its first probe was answered at the beginning. */
struct ikl_monitor probing_up_with(const struct ikl_monitor_config *config);
struct ikl_monitor probing_up(void);

/* One that went DOWN at the end of its third unanswered probe, at 3400. */
struct ikl_monitor probing_down_with(const struct ikl_monitor_config *config);

#endif
