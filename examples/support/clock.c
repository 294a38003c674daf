/* SPDX-License-Identifier: ISC */
/* ikelive examples: a monotonic clock that can run faster than real time. */
#define _POSIX_C_SOURCE 200809L
#include "clock.h"

#include <limits.h>
#include <time.h>

static uint64_t monotonic_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

struct clock clock_start(double speed)
{
    return (struct clock){.started = monotonic_ns(), .speed = speed};
}

ikl_time clock_now(const struct clock *clock)
{
    return (ikl_time)((double)(monotonic_ns() - clock->started) / 1e6 * clock->speed);
}

int clock_poll_timeout(const struct clock *clock, ikl_time deadline)
{
    ikl_time now = clock_now(clock);
    double wait;
    int timeout;

    if (deadline == IKL_NEVER) {
        return -1;
    }
    if (deadline <= now) {
        return 0;
    }
    wait = (double)(deadline - now) / clock->speed;
    if (wait >= INT_MAX) {
        return INT_MAX;
    }
    timeout = (int)wait;
    return (double)timeout < wait ? timeout + 1 : timeout;
}
