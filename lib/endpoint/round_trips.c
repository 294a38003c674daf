/* SPDX-License-Identifier: ISC */
/* ikelive endpoint: how many round trips took how long. */
#include "shared.h"

/* Round trips up to so many ms, one class after the other; the last class is for those above. */
static const uint32_t bounds[IKL_ROUND_TRIP_CLASSES - 1] = {1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000};

uint32_t ikl_endpoint_round_trip_bound(size_t class)
{
    return bounds[class];
}

void ikl_endpoint_count_round_trip(struct ikl_endpoint *endpoint, uint64_t ms)
{
    size_t class = 0;

    while (class < IKL_ROUND_TRIP_CLASSES - 1 && ms > bounds[class]) {
        class ++;
    }
    endpoint->counters.round_trips[class]++;
    endpoint->counters.round_trips_ms += ms;
}
