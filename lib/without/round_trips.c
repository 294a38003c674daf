/* SPDX-License-Identifier: ISC */
/* ikelive without round trips: nothing is known of them. */
#include "endpoint/shared.h"

#include <ikelive/watch.h>

void ikl_round_trip_sample(struct ikl_round_trip *round_trip, uint64_t ms)
{
    (void)round_trip;
    (void)ms;
}

uint32_t ikl_round_trip_timeout(const struct ikl_round_trip *round_trip)
{
    (void)round_trip;
    return 0;
}

void ikl_round_trip_trim(struct ikl_schedule *out, const struct ikl_schedule *schedule,
                         const struct ikl_round_trip *round_trip)
{
    (void)round_trip;
    *out = *schedule;
}

void ikl_endpoint_count_round_trip(struct ikl_endpoint *endpoint, uint64_t ms)
{
    (void)endpoint;
    (void)ms;
}
