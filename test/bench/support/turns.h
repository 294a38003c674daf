/* SPDX-License-Identifier: ISC */
/* The timers of liveness checks, without anything else. */
#ifndef BENCH_TURNS_H
#define BENCH_TURNS_H

#include <ikelive/base.h>

/* So many timers take turns evenly within a period. At its turn a timer expires and is started for the `wait` of a
 * retransmission; the answer is there in the same ms, and it is started for the period. */
struct turns {
    uint32_t n;
    ikl_time period, wait;
    ikl_time window; /* what is measured at once; a part of the period, with a turn in it at least */
    uint64_t (*read_ns)(void);
};

/* The ns of a turn: the median over the windows of a period, the second one. False, and a word on stderr, when there is
 * no memory. */
bool turns_measure(const struct turns *turns, double *ns);

#endif
