/* SPDX-License-Identifier: ISC */
/* ikelive limit: a token bucket in one number: a burst, then one an interval. */
#ifndef IKL_LIMIT_H
#define IKL_LIMIT_H

#include "after.h"

/* `full_at` is when the bucket would be full again. Takes one of `burst` tokens, each earned in `interval` ms; false
 * when there is none. */
static inline bool ikl_within_limit(ikl_time *full_at, uint32_t burst, uint32_t interval, ikl_time now)
{
    ikl_time from = ikl_time_later(*full_at, now);

    if (from > ikl_time_after(now, (uint64_t)(burst - 1) * interval)) {
        return false;
    }
    *full_at = ikl_time_after(from, interval);
    return true;
}

#endif
