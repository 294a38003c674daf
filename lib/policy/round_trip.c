/* SPDX-License-Identifier: ISC */
/* ikelive round trip: how long the peer takes to answer, averaged as in RFC 6298 with integers only. */
#include <ikelive/watch.h>

enum { DECAY = 64 };

static uint32_t lower_largest(uint32_t largest, uint32_t ms)
{
    uint32_t step = (largest - ms) / DECAY;

    return largest - (step != 0 ? step : 1);
}

static void first_sample(struct ikl_round_trip *round_trip, uint32_t ms)
{
    round_trip->smoothed = (ms * 8) & 0x3ffff;
    round_trip->deviation = (ms * 2) & 0x1ffff;
    round_trip->largest = ms & 0x7fff;
}

static void later_sample(struct ikl_round_trip *round_trip, uint32_t ms)
{
    uint32_t average = ikl_round_trip_smoothed(round_trip);
    uint32_t distance = ms > average ? ms - average : average - ms;
    uint32_t largest = round_trip->largest;

    round_trip->smoothed = (round_trip->smoothed + ms - average) & 0x3ffff;
    round_trip->deviation = (round_trip->deviation + distance - round_trip->deviation / 4) & 0x1ffff;
    round_trip->largest = (ms >= largest ? ms : lower_largest(largest, ms)) & 0x7fff;
}

void ikl_round_trip_sample(struct ikl_round_trip *round_trip, uint64_t ms)
{
    uint32_t sample = ms < IKL_ROUND_TRIP_MAX ? (uint32_t)ms : IKL_ROUND_TRIP_MAX;

    if (round_trip->samples == 0) {
        first_sample(round_trip, sample);
    } else {
        later_sample(round_trip, sample);
    }
    if (round_trip->samples < IKL_ROUND_TRIP_MAX_SAMPLES) {
        round_trip->samples++;
    }
    round_trip->stale = 0;
}

uint32_t ikl_round_trip_timeout(const struct ikl_round_trip *round_trip)
{
    uint32_t deviations = round_trip->deviation != 0 ? round_trip->deviation : 1;

    return ikl_round_trip_is_known(round_trip) ? ikl_round_trip_smoothed(round_trip) + deviations : 0;
}

void ikl_round_trip_trim(struct ikl_schedule *out, const struct ikl_schedule *schedule,
                         const struct ikl_round_trip *round_trip)
{
    if (!ikl_round_trip_is_known(round_trip) || schedule->tries == 1 ||
        ikl_schedule_trim(out, schedule, round_trip->largest) != IKL_OK) {
        *out = *schedule;
    }
}
