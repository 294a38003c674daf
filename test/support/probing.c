/* SPDX-License-Identifier: ISC */
/* See probing.h. */
#include "probing.h"

#include "test.h"

const struct ikl_monitor_config probing_usual = {
    .interval = 1000, .timeout = 400, .renew_after = 5000, .threshold = 3, .recover = 2};

struct ikl_monitor probing_begin_with(const struct ikl_monitor_config *config)
{
    struct ikl_monitor monitor;

    memset(&monitor, 0xa5, sizeof(monitor));
    ikl_monitor_begin(&monitor, config, PROBING_START, 0);
    return monitor;
}

unsigned probing_tick_with(struct ikl_monitor *monitor, const struct ikl_monitor_config *config, ikl_time now)
{
    return ikl_monitor_tick(monitor, config, PROBING_START + now, PROBING_SLACK, true);
}

unsigned probing_tick(struct ikl_monitor *monitor, ikl_time now)
{
    return probing_tick_with(monitor, &probing_usual, now);
}

ikl_time probing_deadline(const struct ikl_monitor *monitor)
{
    return ikl_monitor_deadline(monitor, &probing_usual) - PROBING_START;
}

unsigned probing_answer_with(struct ikl_monitor *monitor, const struct ikl_monitor_config *config, ikl_time now)
{
    return ikl_monitor_answered(monitor, config, monitor->probe, 0, PROBING_START + now);
}

unsigned probing_answer(struct ikl_monitor *monitor, ikl_time now)
{
    return probing_answer_with(monitor, &probing_usual, now);
}

unsigned probing_run_with(struct ikl_monitor *monitor, const struct ikl_monitor_config *config, ikl_time until,
                          bool answers)
{
    unsigned todo = 0;
    ikl_time now;

    while ((now = ikl_monitor_deadline(monitor, config) - PROBING_START) < until) {
        unsigned now_todo = probing_tick_with(monitor, config, now);

        if (answers && (now_todo & IKL_MONITOR_PROBE) != 0) {
            now_todo |= probing_answer_with(monitor, config, now);
        }
        todo |= now_todo;
    }
    return todo;
}

unsigned probing_run(struct ikl_monitor *monitor, ikl_time until, bool answers)
{
    return probing_run_with(monitor, &probing_usual, until, answers);
}

struct ikl_monitor probing_up_with(const struct ikl_monitor_config *config)
{
    struct ikl_monitor monitor = probing_begin_with(config);

    assert_int_equal(probing_tick_with(&monitor, config, 0), IKL_MONITOR_PROBE);
    assert_int_equal(probing_answer_with(&monitor, config, 0), IKL_MONITOR_CHANGED);
    assert_int_equal(monitor.state, IKL_MONITOR_UP);
    return monitor;
}

struct ikl_monitor probing_up(void)
{
    return probing_up_with(&probing_usual);
}

struct ikl_monitor probing_down_with(const struct ikl_monitor_config *config)
{
    struct ikl_monitor monitor = probing_up_with(config);

    (void)probing_run_with(&monitor, config, 3401, false);
    assert_int_equal(monitor.state, IKL_MONITOR_DOWN);
    return monitor;
}
