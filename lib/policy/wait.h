/* SPDX-License-Identifier: ISC */
/* ikelive wait: the rules of ikl_schedule_wait and ikl_schedule_jittered_wait, in line, because each send asks for
 * them. */
#ifndef IKL_WAIT_H
#define IKL_WAIT_H

#include "measured.h"
#include "reliable.h"

#include "after.h"

#include <ikelive/schedule.h>

/* Whether a schedule may have this wait. */
static inline bool ikl_is_wait(uint32_t wait)
{
    return wait >= 1 && wait <= IKL_SCHEDULE_MAX_WAIT;
}

/* As ikl_schedule_wait. */
static inline uint32_t ikl_wait(const struct ikl_schedule *schedule, uint32_t attempt)
{
    if (attempt >= schedule->tries) {
        return 0;
    }
    return schedule->waits[attempt < schedule->n_waits ? attempt : schedule->n_waits - 1u];
}

static inline uint32_t ikl_wait_shortened(const struct ikl_schedule *schedule, uint64_t wait, uint32_t random)
{
    uint64_t most = wait * schedule->jitter / 1000;

    return (uint32_t)(wait - (most * random >> 32)); /* a wait never becomes 0: at most nine tenths go */
}

/* As ikl_schedule_jittered_wait. */
static inline uint32_t ikl_wait_jittered(const struct ikl_schedule *schedule, uint32_t attempt, uint32_t random)
{
    uint32_t wait = ikl_wait(schedule, attempt);

    return schedule->jitter != 0 ? ikl_wait_shortened(schedule, wait, random) : wait;
}

#endif
