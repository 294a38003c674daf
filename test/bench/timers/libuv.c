/* SPDX-License-Identifier: ISC */
/* The timers of libuv. */
#define _DEFAULT_SOURCE
#include "timers.h"

#include <uv.h>

#include <stdlib.h>

struct loop {
    uv_loop_t loop;
    uint32_t expired;
    uint32_t n;
    uv_timer_t timers[];
};

static void on_time(uv_timer_t *timer)
{
    ((struct loop *)timer->data)->expired++;
}

static void *make(uint32_t n)
{
    struct loop *loop = calloc(1, sizeof(*loop) + n * sizeof(loop->timers[0]));

    if (loop == NULL || uv_loop_init(&loop->loop) != 0) {
        free(loop);
        return NULL;
    }
    loop->n = n;
    for (uint32_t i = 0; i < n; i++) {
        uv_timer_init(&loop->loop, &loop->timers[i]);
        loop->timers[i].data = loop;
    }
    return loop;
}

static void clear(void *timers)
{
    struct loop *loop = timers;

    for (uint32_t i = 0; i < loop->n; i++) {
        uv_close((uv_handle_t *)&loop->timers[i], NULL);
    }
    uv_run(&loop->loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop->loop);
    free(loop);
}

static void start(void *timers, uint32_t timer, uint32_t delay)
{
    struct loop *loop = timers;

    uv_timer_start(&loop->timers[timer], on_time, delay, 0);
}

static void stop(void *timers, uint32_t timer)
{
    struct loop *loop = timers;

    uv_timer_stop(&loop->timers[timer]);
}

static uint32_t turn(void *timers)
{
    struct loop *loop = timers;

    uv_run(&loop->loop, UV_RUN_NOWAIT);
    return loop->expired;
}

const struct timers_kind timers_libuv = {
    .name = "libuv", .make = make, .clear = clear, .start = start, .stop = stop, .turn = turn};
