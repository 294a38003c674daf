/* SPDX-License-Identifier: ISC */
/* ikelive idle: the rules of ikl_idle_due and ikl_idle_is_over, in line for what looks at every IKE SA. watch.c says
 * what they are for. */
#ifndef IKL_IDLE_H
#define IKL_IDLE_H

#include "after.h"
#include "policy/measured.h"
#include "policy/reliable.h"

#include <ikelive/watch.h>

static inline bool ikl_idle_is_off(const struct ikl_idle *idle)
{
    return idle->policy == IKL_LIVENESS_OFF || idle->interval == IKL_IDLE_OFF;
}

/* Checks are due at known times. */
static inline bool ikl_idle_is_periodic(const struct ikl_idle *idle)
{
    return idle->policy == IKL_LIVENESS_PERIODIC && !ikl_idle_is_off(idle);
}

/* As ikl_idle_due. */
static inline ikl_time ikl_idle_next_look(const struct ikl_idle *idle, ikl_time now)
{
    ikl_time due = ikl_time_after(idle->heard, idle->interval);

    if (ikl_idle_is_off(idle)) {
        return IKL_NEVER;
    }
    if (idle->policy == IKL_LIVENESS_ON_DEMAND && due < now) {
        uint64_t into = (now - idle->heard) % idle->interval;

        return into == 0 ? now : ikl_time_after(now, idle->interval - into);
    }
    return due;
}

/* On demand: whether we wait for an answer to something, or have not asked for long. */
static inline bool ikl_idle_is_in_demand(const struct ikl_idle *idle, ikl_time sent, ikl_time now)
{
    if (sent != IKL_NEVER && sent > idle->heard) {
        return true;
    }
    return idle->at_least != 0 && now >= ikl_time_after(idle->heard, idle->at_least * idle->interval);
}

/* As ikl_idle_is_over. */
static inline bool ikl_idle_asks(const struct ikl_idle *idle, ikl_time sent, ikl_time now)
{
    if (now < ikl_time_after(idle->heard, idle->interval) || ikl_idle_is_off(idle)) {
        return false;
    }
    return idle->policy != IKL_LIVENESS_ON_DEMAND || ikl_idle_is_in_demand(idle, sent, now);
}

#endif
