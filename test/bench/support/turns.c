/* SPDX-License-Identifier: ISC */
/* The timers of liveness checks, without anything else. */
#include "turns.h"

#include "measure.h"

#include <ikelive/wheel.h>

#include <stdio.h>
#include <stdlib.h>

enum { MAX_WINDOWS = 1000 };

struct taking {
    const struct turns *turns;
    struct ikl_wheel *wheel;
    uint32_t *had; /* the timers that had their turn in this ms */
};

static bool start_all(struct taking *taking)
{
    const struct turns *turns = taking->turns;
    bool done = true;

    for (uint32_t i = 0; i < turns->n; i++) {
        ikl_time deadline = turns->period * i / turns->n + turns->period;

        done = ikl_wheel_start(taking->wheel, i, deadline) == IKL_OK && done;
    }
    return done;
}

static uint32_t take_turns(struct taking *taking, ikl_time now)
{
    uint32_t n = 0, timer;

    while ((timer = ikl_wheel_expire(taking->wheel, now)) != IKL_NO_TIMER) {
        (void)ikl_wheel_start(taking->wheel, timer, now + taking->turns->wait);
        taking->had[n++] = timer;
    }
    for (uint32_t i = 0; i < n; i++) {
        (void)ikl_wheel_start(taking->wheel, taking->had[i], now + taking->turns->period);
    }
    return n;
}

/* ns for a turn. */
static double take_window(struct taking *taking, ikl_time begin)
{
    ikl_time end = begin + taking->turns->window, now;
    uint64_t before = taking->turns->read_ns();
    uint32_t n = 0;

    for (now = ikl_wheel_next_deadline(taking->wheel); now < end; now = ikl_wheel_next_deadline(taking->wheel)) {
        n += take_turns(taking, now);
    }
    return n > 0 ? (double)(taking->turns->read_ns() - before) / n : 0;
}

static double take_period(struct taking *taking, ikl_time begin)
{
    static double windows[MAX_WINDOWS];
    size_t n = 0;

    for (ikl_time at = 0; at < taking->turns->period && n < MAX_WINDOWS; at += taking->turns->window) {
        windows[n++] = take_window(taking, begin + at);
    }
    return bench_median(windows, n);
}

bool turns_measure(const struct turns *turns, double *ns)
{
    struct taking taking = {.turns = turns, .had = malloc(turns->n * sizeof(*taking.had))};
    bool done = taking.had != NULL && ikl_wheel_new(&taking.wheel, NULL, turns->n, 0) == IKL_OK && start_all(&taking);

    if (done) {
        (void)take_period(&taking, turns->period);
        *ns = take_period(&taking, 2 * turns->period);
    } else {
        fprintf(stderr, "a wheel for %u timers cannot be made\n", (unsigned)turns->n);
    }
    ikl_wheel_free(taking.wheel);
    free(taking.had);
    return done;
}
