/* SPDX-License-Identifier: ISC */
/* Timers in a binary heap: what the wheel is measured against. */
#include "heap.h"

#include <stdlib.h>
#include <string.h>

bool heap_init(struct heap *heap, uint32_t capacity)
{
    *heap = (struct heap){
        .entries = malloc(capacity * sizeof(*heap->entries)),
        .where = malloc(capacity * sizeof(*heap->where)),
    };
    if (heap->entries == NULL || heap->where == NULL) {
        heap_clear(heap);
        return false;
    }
    memset(heap->where, 0xff, capacity * sizeof(*heap->where));
    return true;
}

void heap_clear(struct heap *heap)
{
    free(heap->entries);
    free(heap->where);
    *heap = (struct heap){.entries = NULL};
}

static bool comes_before(const struct heap_entry *a, const struct heap_entry *b)
{
    return a->deadline != b->deadline ? a->deadline < b->deadline : a->start < b->start;
}

static void put(struct heap *heap, uint32_t i, const struct heap_entry *entry)
{
    heap->entries[i] = *entry;
    heap->where[entry->timer] = i;
}

/* Places `entry` in the hole at `i`, or above it. */
static void sift_up(struct heap *heap, uint32_t i, const struct heap_entry *entry)
{
    while (i > 0 && comes_before(entry, &heap->entries[(i - 1) / 2])) {
        put(heap, i, &heap->entries[(i - 1) / 2]);
        i = (i - 1) / 2;
    }
    put(heap, i, entry);
}

/* Places `entry` in the hole at `i`, or below it. */
static void sift_down(struct heap *heap, uint32_t i, const struct heap_entry *entry)
{
    for (;;) {
        uint32_t child = 2 * i + 1;

        if (child + 1 < heap->running && comes_before(&heap->entries[child + 1], &heap->entries[child])) {
            child++;
        }
        if (child >= heap->running || !comes_before(&heap->entries[child], entry)) {
            break;
        }
        put(heap, i, &heap->entries[child]);
        i = child;
    }
    put(heap, i, entry);
}

/* Fills the place `i` with `entry`, which may belong above or below it. */
static void settle(struct heap *heap, uint32_t i, const struct heap_entry *entry)
{
    if (i > 0 && comes_before(entry, &heap->entries[(i - 1) / 2])) {
        sift_up(heap, i, entry);
    } else {
        sift_down(heap, i, entry);
    }
}

void heap_start(struct heap *heap, uint32_t timer, ikl_time deadline)
{
    struct heap_entry entry = {deadline, heap->starts++, timer};

    if (heap->where[timer] != HEAP_NO_TIMER) {
        settle(heap, heap->where[timer], &entry);
    } else {
        sift_up(heap, heap->running++, &entry);
    }
}

bool heap_stop(struct heap *heap, uint32_t timer)
{
    uint32_t i = heap->where[timer];

    if (i == HEAP_NO_TIMER) {
        return false;
    }
    heap->where[timer] = HEAP_NO_TIMER;
    heap->running--;
    if (i != heap->running) {
        struct heap_entry last = heap->entries[heap->running];

        settle(heap, i, &last);
    }
    return true;
}

uint32_t heap_expire(struct heap *heap, ikl_time now)
{
    uint32_t timer;

    if (heap_next_deadline(heap) > now) {
        return HEAP_NO_TIMER;
    }
    timer = heap->entries[0].timer;
    heap_stop(heap, timer);
    return timer;
}

ikl_time heap_next_deadline(const struct heap *heap)
{
    return heap->running != 0 ? heap->entries[0].deadline : IKL_NEVER;
}
