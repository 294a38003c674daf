/* SPDX-License-Identifier: ISC */
/* ikelive examples: a monotonic clock that can run faster than real time.
 *
 * The library reads no clock: the host tells it the time in every call. So a host that multiplies its clock by 60
 * lives through a minute of the protocol in a second, and the library cannot tell the difference. */
#ifndef EXAMPLES_CLOCK_H
#define EXAMPLES_CLOCK_H

#include <ikelive/base.h>

struct clock {
    uint64_t started; /* ns of CLOCK_MONOTONIC */
    double speed;     /* ms on this clock in a ms of real time */
};

/* A clock that shows 0 now. */
struct clock clock_start(double speed);

/* What the clock shows. */
ikl_time clock_now(const struct clock *clock);

/* The timeout for poll() that ends at `deadline`: rounded up, so that the loop wakes late rather than early. -1 for
 * IKL_NEVER. */
int clock_poll_timeout(const struct clock *clock, ikl_time deadline);

#endif
