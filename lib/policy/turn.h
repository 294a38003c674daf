/* SPDX-License-Identifier: ISC */
/* ikelive monitor: when a turn ends or begins, in line for what looks at every monitor that is due. monitor.c says what
 * a turn is. */
#ifndef IKL_TURN_H
#define IKL_TURN_H

#include "after.h"

#include <ikelive/monitor.h>

/* Until when traffic has moved in both directions and counts; 0: never. */
static inline ikl_time ikl_monitor_moved(const struct ikl_monitor *monitor, const struct ikl_monitor_config *config)
{
    if (monitor->sent == IKL_NEVER || monitor->heard == IKL_NEVER || config->probes_only) {
        return 0;
    }
    return ikl_time_earlier(monitor->heard, monitor->sent);
}

/* As ikl_monitor_deadline. */
static inline ikl_time ikl_monitor_due(const struct ikl_monitor *monitor, const struct ikl_monitor_config *config)
{
    if (!monitor->begun) {
        return monitor->at;
    }
    if (monitor->out) {
        return ikl_time_after(monitor->at, config->timeout);
    }
    return ikl_time_after(monitor->state == IKL_MONITOR_UP
                              ? ikl_time_later(monitor->at, ikl_monitor_moved(monitor, config))
                              : monitor->at,
                          config->interval);
}

/* A turn begins with a probe that was due at `at`. */
static inline void ikl_monitor_begin_turn(struct ikl_monitor *monitor, ikl_time at)
{
    monitor->at = at;
    monitor->probe++;
    monitor->targets = 0;
    monitor->begun = monitor->out = true;
    monitor->credited = false;
}

/* What nearly every tick that is due, at `due`, comes to: the last probe was answered, and the next one goes out in
 * time. False: it comes to something else, and nothing is changed here. */
static inline bool ikl_monitor_goes_on(struct ikl_monitor *monitor, const struct ikl_monitor_config *config,
                                       ikl_time due, ikl_time now, uint32_t slack)
{
    uint64_t late = now - due;

    if (monitor->out || !monitor->credited || !monitor->counts || late > slack || late >= config->timeout ||
        monitor->probe == UINT16_MAX) {
        return false;
    }
    ikl_monitor_begin_turn(monitor, due);
    return true;
}

#endif
