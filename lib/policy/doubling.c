/* SPDX-License-Identifier: ISC */
/* ikelive doubling: waits that double from a first one up to a cap, which fill a time. */
#include "policy/doubling.h"

#include <ikelive/schedule.h>

uint64_t ikl_doubling_sum(uint64_t first, uint32_t n, uint64_t cap)
{
    uint64_t sum = 0;
    uint32_t below = 0;

    for (uint64_t wait = first; below < n && wait < cap; wait *= 2, below++) {
        sum += wait;
    }
    return sum + (n - below) * cap;
}

uint64_t ikl_doubling_first(uint64_t first, uint32_t n, uint64_t time)
{
    uint64_t too_long = IKL_SCHEDULE_MAX_WAIT + 1;

    while (too_long - first > 1) {
        uint64_t middle = first + (too_long - first) / 2;

        if (ikl_doubling_sum(middle, n, IKL_SCHEDULE_MAX_WAIT) <= time) {
            first = middle;
        } else {
            too_long = middle;
        }
    }
    return first;
}

uint64_t ikl_doubling_cap(uint64_t first, uint32_t n, uint64_t time)
{
    uint64_t cap = first;
    uint64_t too_high = IKL_SCHEDULE_MAX_WAIT + 1;

    while (too_high - cap > 1) {
        uint64_t middle = cap + (too_high - cap) / 2;

        if (ikl_doubling_sum(first, n, middle) <= time) {
            cap = middle;
        } else {
            too_high = middle;
        }
    }
    return cap;
}
