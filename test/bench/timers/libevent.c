/* SPDX-License-Identifier: ISC */
/* The timers of libevent. */
#define _DEFAULT_SOURCE
#include "timers.h"

#include <event2/event.h>
#include <event2/event_struct.h>

#include <stdlib.h>
#include <sys/time.h>

struct events {
    struct event_base *base;
    uint32_t expired;
    struct event timers[];
};

static void on_time(evutil_socket_t fd, short what, void *user)
{
    (void)fd;
    (void)what;
    ((struct events *)user)->expired++;
}

static void *make(uint32_t n)
{
    struct events *events = calloc(1, sizeof(*events) + n * sizeof(events->timers[0]));

    if (events == NULL || (events->base = event_base_new()) == NULL) {
        free(events);
        return NULL;
    }
    for (uint32_t i = 0; i < n; i++) {
        evtimer_assign(&events->timers[i], events->base, on_time, events);
    }
    return events;
}

static void clear(void *timers)
{
    struct events *events = timers;

    event_base_free(events->base);
    free(events);
}

static void start(void *timers, uint32_t timer, uint32_t delay)
{
    struct events *events = timers;
    struct timeval after = {.tv_sec = delay / 1000, .tv_usec = delay % 1000 * 1000};

    evtimer_add(&events->timers[timer], &after);
}

static void stop(void *timers, uint32_t timer)
{
    struct events *events = timers;

    evtimer_del(&events->timers[timer]);
}

static uint32_t turn(void *timers)
{
    struct events *events = timers;

    event_base_loop(events->base, EVLOOP_NONBLOCK);
    return events->expired;
}

const struct timers_kind timers_libevent = {
    .name = "libevent", .make = make, .clear = clear, .start = start, .stop = stop, .turn = turn};
