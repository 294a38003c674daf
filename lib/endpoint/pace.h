/* SPDX-License-Identifier: ISC */
/* ikelive pace: a limit on a rate that drops nothing: whoever comes too early learns when its turn is. */
#ifndef IKL_PACE_H
#define IKL_PACE_H

#include "after.h"

#include "out_of_line.h"

/* Turns come in the order of asking, so deadlines that expire in order keep their order. */
struct ikl_pace {
    uint32_t interval_us; /* between turns; 0: no limit */
    uint32_t next_us;     /* the next turn is this long after `next`; below 1000 */
    ikl_time next;
};

static inline struct ikl_pace ikl_pace(uint32_t per_second)
{
    enum { US_PER_SECOND = 1000000 };

    if (per_second == 0) {
        return (struct ikl_pace){0, 0, 0};
    }
    return (struct ikl_pace){per_second < US_PER_SECOND ? US_PER_SECOND / per_second : 1, 0, 0};
}

static inline bool ikl_pace_is_off(const struct ikl_pace *pace)
{
    return pace->interval_us == 0;
}

/* When the asker may act: `now`, or later. */
IKL_SHARED ikl_time ikl_pace_turn(struct ikl_pace *pace, ikl_time now);

/* When a turn that is asked for now would be. */
static inline ikl_time ikl_pace_soonest(const struct ikl_pace *pace, ikl_time now)
{
    struct ikl_pace copy = *pace;

    return ikl_pace_turn(&copy, now);
}

static inline bool ikl_pace_is_free(const struct ikl_pace *pace, ikl_time now)
{
    return ikl_pace_soonest(pace, now) <= now;
}

#if IKL_DEFINES
IKL_SHARED ikl_time ikl_pace_turn(struct ikl_pace *pace, ikl_time now)
{
    enum { US_PER_MS = 1000 };
    ikl_time turn = pace->next;

    if (ikl_pace_is_off(pace)) {
        return now;
    }
    if (turn < now) {
        turn = now;
        pace->next_us = 0;
    }
    pace->next_us += pace->interval_us;
    pace->next = ikl_time_after(turn, pace->next_us / US_PER_MS);
    pace->next_us %= US_PER_MS;
    return turn;
}
#endif

#endif
