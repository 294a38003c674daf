/* SPDX-License-Identifier: ISC */
/* ikelive round trip: what is true of one after every sample, and is asked of one that a snapshot brings. */
#ifndef IKL_ROUND_TRIP_H
#define IKL_ROUND_TRIP_H

#include <ikelive/watch.h>

/* Averages are never above the longest sample. */
static inline bool ikl_round_trip_is_valid(const struct ikl_round_trip *round_trip)
{
    if (round_trip->samples == 0) {
        return round_trip->smoothed == 0 && round_trip->deviation == 0 && round_trip->largest == 0 &&
               !round_trip->stale;
    }
    return round_trip->smoothed <= IKL_ROUND_TRIP_MAX * 8 && round_trip->deviation <= IKL_ROUND_TRIP_MAX * 4;
}

#endif
