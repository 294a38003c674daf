/* SPDX-License-Identifier: ISC */
/* The wheel and the heap as kinds of timers. */
#include "heap.h"
#include "timers.h"

#include <ikelive/wheel.h>

#include <stdlib.h>

struct wheel {
    struct ikl_wheel *wheel;
    ikl_time now;
};

static void *make_wheel(uint32_t n)
{
    struct wheel *wheel = calloc(1, sizeof(*wheel));

    if (wheel != NULL && ikl_wheel_new(&wheel->wheel, NULL, n, 0) != IKL_OK) {
        free(wheel);
        wheel = NULL;
    }
    return wheel;
}

static void clear_wheel(void *timers)
{
    struct wheel *wheel = timers;

    ikl_wheel_free(wheel->wheel);
    free(wheel);
}

static void start_wheel(void *timers, uint32_t timer, uint32_t delay)
{
    struct wheel *wheel = timers;

    (void)ikl_wheel_start(wheel->wheel, timer, wheel->now + delay);
}

static void stop_wheel(void *timers, uint32_t timer)
{
    struct wheel *wheel = timers;

    ikl_wheel_stop(wheel->wheel, timer);
}

static uint32_t expire_wheel(void *timers, uint64_t now)
{
    struct wheel *wheel = timers;

    wheel->now = now;
    return ikl_wheel_expire(wheel->wheel, now);
}

static uint64_t next_deadline_of_wheel(const void *timers)
{
    const struct wheel *wheel = timers;

    return ikl_wheel_next_deadline(wheel->wheel);
}

const struct timers_kind timers_wheel = {.name = "wheel",
                                         .make = make_wheel,
                                         .clear = clear_wheel,
                                         .start = start_wheel,
                                         .stop = stop_wheel,
                                         .expire = expire_wheel,
                                         .next_deadline = next_deadline_of_wheel};

struct own_heap {
    struct heap heap;
    ikl_time now;
};

static void *make_heap(uint32_t n)
{
    struct own_heap *own = calloc(1, sizeof(*own));

    if (own != NULL && !heap_init(&own->heap, n)) {
        free(own);
        own = NULL;
    }
    return own;
}

static void clear_heap(void *timers)
{
    struct own_heap *own = timers;

    heap_clear(&own->heap);
    free(own);
}

static void start_heap(void *timers, uint32_t timer, uint32_t delay)
{
    struct own_heap *own = timers;

    heap_start(&own->heap, timer, own->now + delay);
}

static void stop_heap(void *timers, uint32_t timer)
{
    struct own_heap *own = timers;

    heap_stop(&own->heap, timer);
}

static uint32_t expire_heap(void *timers, uint64_t now)
{
    struct own_heap *own = timers;

    own->now = now;
    return heap_expire(&own->heap, now);
}

static uint64_t next_deadline_of_heap(const void *timers)
{
    const struct own_heap *own = timers;

    return heap_next_deadline(&own->heap);
}

const struct timers_kind timers_heap = {.name = "heap",
                                        .make = make_heap,
                                        .clear = clear_heap,
                                        .start = start_heap,
                                        .stop = stop_heap,
                                        .expire = expire_heap,
                                        .next_deadline = next_deadline_of_heap};
