/* SPDX-License-Identifier: ISC */
/* Timers in a binary heap: what the wheel is measured against.
 *
 * The heap holds the keys, and an index says where in the heap each timer is, so that a timer can be stopped. The order
 * is that of the wheel: by deadline, then by start. */
#ifndef BENCH_HEAP_H
#define BENCH_HEAP_H

#include <ikelive/base.h>

#define HEAP_NO_TIMER UINT32_MAX

struct heap_entry {
    ikl_time deadline;
    uint64_t start; /* which start of all it was */
    uint32_t timer;
};

struct heap {
    struct heap_entry *entries;
    uint32_t *where; /* by timer; HEAP_NO_TIMER when it is not running */
    uint32_t running;
    uint64_t starts;
};

/* For timers 0 to capacity - 1. False when there is no memory. */
bool heap_init(struct heap *heap, uint32_t capacity);
void heap_clear(struct heap *heap);

/* Same meaning as the functions of the wheel. */
void heap_start(struct heap *heap, uint32_t timer, ikl_time deadline);
bool heap_stop(struct heap *heap, uint32_t timer);
uint32_t heap_expire(struct heap *heap, ikl_time now);
ikl_time heap_next_deadline(const struct heap *heap);

#endif
