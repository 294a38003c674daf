/* SPDX-License-Identifier: ISC */
/* The timers of libev. */
#define _DEFAULT_SOURCE
#include "timers.h"

#include <ev.h>

#include <stdlib.h>

struct watchers {
    struct ev_loop *loop;
    uint32_t expired;
    ev_timer timers[];
};

static void on_time(struct ev_loop *loop, ev_timer *timer, int events)
{
    (void)loop;
    (void)events;
    ++*(uint32_t *)timer->data;
}

static void *make(uint32_t n)
{
    struct watchers *watchers = calloc(1, sizeof(*watchers) + n * sizeof(watchers->timers[0]));

    if (watchers == NULL || (watchers->loop = ev_loop_new(EVFLAG_AUTO)) == NULL) {
        free(watchers);
        return NULL;
    }
    for (uint32_t i = 0; i < n; i++) {
        ev_init(&watchers->timers[i], on_time);
        watchers->timers[i].data = &watchers->expired;
    }
    return watchers;
}

static void clear(void *timers)
{
    struct watchers *watchers = timers;

    ev_loop_destroy(watchers->loop);
    free(watchers);
}

static void start(void *timers, uint32_t timer, uint32_t delay)
{
    struct watchers *watchers = timers;

    ev_timer_set(&watchers->timers[timer], delay / 1000.0, 0);
    ev_timer_start(watchers->loop, &watchers->timers[timer]);
}

static void stop(void *timers, uint32_t timer)
{
    struct watchers *watchers = timers;

    ev_timer_stop(watchers->loop, &watchers->timers[timer]);
}

static uint32_t turn(void *timers)
{
    struct watchers *watchers = timers;

    ev_run(watchers->loop, EVRUN_NOWAIT);
    return watchers->expired;
}

const struct timers_kind timers_libev = {
    .name = "libev", .make = make, .clear = clear, .start = start, .stop = stop, .turn = turn};
