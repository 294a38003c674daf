/* SPDX-License-Identifier: ISC */
/* ikelive without wheels, for hosts with few timers: a binary heap keeps the promises of wheel.h in little code and
 * memory, but for the cost of a start, a stop and an expiry, which grows with the logarithm of how many timers run.
 *
 * The heap is in order of when timers come up, and of their starts. Pushing a timer does not move it: when it comes up
 * before its deadline, it starts afresh. */
#include "policy/wheel/memory.h"

#include "memory/arena.h"

#include <string.h>

#define STOPPED UINT32_MAX /* no place */

struct timer {
    ikl_time comes_up;
    ikl_time deadline;
    uint64_t start; /* how many starts were before its own */
    uint32_t place; /* of the timer with this index, in the heap */
    uint32_t there; /* the timer at the place with this index */
};

struct ikl_wheel {
    ikl_time position;
    ikl_time now; /* the latest that was told */
    uint64_t starts;
    uint32_t running; /* timers, and so places that are taken */
    uint32_t capacity;
    struct timer *timers;
    struct ikl_allocator allocator;
};

/* No allocator is asked for nothing. */
static uint64_t size_of_timers(uint32_t capacity)
{
    return (capacity != 0 ? capacity : UINT64_C(1)) * sizeof(struct timer);
}

uint64_t ikl_wheel_octets(uint32_t capacity)
{
    return ikl_arena_piece(sizeof(struct ikl_wheel)) + ikl_arena_piece(size_of_timers(capacity));
}

size_t ikl_wheel_arena_size(uint32_t capacity)
{
    return capacity <= IKL_WHEEL_MAX_TIMERS ? ikl_arena_size(ikl_wheel_octets(capacity)) : SIZE_MAX;
}

/* Those from `first` on are stopped; the others are undefined. */
static struct timer *new_timers(const struct ikl_allocator *allocator, uint32_t first, uint32_t capacity)
{
    uint64_t size = size_of_timers(capacity);
    struct timer *timers = size <= SIZE_MAX ? allocator->allocate(allocator->user, (size_t)size) : NULL;

    for (uint32_t i = first; timers != NULL && i < capacity; i++) {
        timers[i].place = STOPPED;
    }
    return timers;
}

static void release_timers(struct ikl_wheel *wheel)
{
    wheel->allocator.release(wheel->allocator.user, wheel->timers, (size_t)size_of_timers(wheel->capacity));
}

int ikl_wheel_new(struct ikl_wheel **out, const struct ikl_allocator *allocator, uint32_t capacity, ikl_time now)
{
    struct ikl_wheel *wheel;

    if (capacity > IKL_WHEEL_MAX_TIMERS || now == IKL_NEVER) {
        return IKL_ERR_INVALID;
    }
    if (allocator == NULL) {
        allocator = &ikl_default_allocator;
    }
    wheel = allocator->allocate(allocator->user, sizeof(*wheel));
    if (wheel == NULL) {
        return IKL_ERR_NO_MEMORY;
    }
    *wheel = (struct ikl_wheel){.position = now, .now = now, .capacity = capacity, .allocator = *allocator};
    wheel->timers = new_timers(allocator, 0, capacity);
    if (wheel->timers == NULL) {
        allocator->release(allocator->user, wheel, sizeof(*wheel));
        return IKL_ERR_NO_MEMORY;
    }
    *out = wheel;
    return IKL_OK;
}

int ikl_wheel_new_wide(struct ikl_wheel **out, const struct ikl_allocator *allocator, uint32_t capacity, uint32_t width,
                       ikl_time now)
{
    return ikl_wheel_is_width(width) ? ikl_wheel_new(out, allocator, capacity, now) : IKL_ERR_INVALID;
}

void ikl_wheel_free(struct ikl_wheel *wheel)
{
    struct ikl_allocator allocator;

    if (wheel == NULL) {
        return;
    }
    allocator = wheel->allocator;
    release_timers(wheel);
    allocator.release(allocator.user, wheel, sizeof(*wheel));
}

int ikl_wheel_reserve(struct ikl_wheel *wheel, uint32_t capacity)
{
    uint32_t grown = ikl_wheel_grown_capacity(wheel->capacity, capacity);
    struct timer *timers;

    if (capacity > IKL_WHEEL_MAX_TIMERS) {
        return IKL_ERR_INVALID;
    }
    if (capacity <= wheel->capacity) {
        return IKL_OK;
    }
    timers = new_timers(&wheel->allocator, wheel->capacity, grown);
    if (timers == NULL) {
        return IKL_ERR_NO_MEMORY;
    }
    memcpy(timers, wheel->timers, wheel->capacity * sizeof(*timers));
    release_timers(wheel);
    wheel->timers = timers;
    wheel->capacity = grown;
    return IKL_OK;
}

uint32_t ikl_wheel_capacity(const struct ikl_wheel *wheel)
{
    return wheel->capacity;
}

/* There are no slots. */
uint32_t ikl_wheel_width(const struct ikl_wheel *wheel)
{
    (void)wheel;
    return 0;
}

size_t ikl_wheel_memory(const struct ikl_wheel *wheel)
{
    return sizeof(*wheel) + (size_t)size_of_timers(wheel->capacity);
}

static bool is_running(const struct ikl_wheel *wheel, uint32_t timer)
{
    return timer < wheel->capacity && wheel->timers[timer].place != STOPPED;
}

static bool is_before(const struct ikl_wheel *wheel, uint32_t timer, uint32_t other)
{
    const struct timer *a = &wheel->timers[timer], *b = &wheel->timers[other];

    return a->comes_up != b->comes_up ? a->comes_up < b->comes_up : a->start < b->start;
}

static void put(struct ikl_wheel *wheel, uint32_t place, uint32_t timer)
{
    wheel->timers[place].there = timer;
    wheel->timers[timer].place = place;
}

/* Of both places below this one, that of the timer which is before the other; `running` or more: there is none. */
static uint32_t below(const struct ikl_wheel *wheel, uint32_t place)
{
    uint32_t left = 2 * place + 1, right = left + 1;

    return right < wheel->running && is_before(wheel, wheel->timers[right].there, wheel->timers[left].there) ? right
                                                                                                             : left;
}

/* Puts the timer, for which this place is free, where it belongs: further up or further down. */
static void settle(struct ikl_wheel *wheel, uint32_t place, uint32_t timer)
{
    uint32_t next;

    while (place != 0 && is_before(wheel, timer, wheel->timers[(place - 1) / 2].there)) {
        put(wheel, place, wheel->timers[(place - 1) / 2].there);
        place = (place - 1) / 2;
    }
    while ((next = below(wheel, place)) < wheel->running && is_before(wheel, wheel->timers[next].there, timer)) {
        put(wheel, place, wheel->timers[next].there);
        place = next;
    }
    put(wheel, place, timer);
}

int ikl_wheel_start(struct ikl_wheel *wheel, uint32_t timer, ikl_time deadline)
{
    struct timer *started;

    if (timer >= wheel->capacity || deadline == IKL_NEVER) {
        return IKL_ERR_INVALID;
    }
    started = &wheel->timers[timer];
    started->comes_up = started->deadline = ikl_time_later(deadline, wheel->position);
    started->start = wheel->starts++;
    settle(wheel, started->place != STOPPED ? started->place : wheel->running++, timer);
    return IKL_OK;
}

bool ikl_wheel_push(struct ikl_wheel *wheel, uint32_t timer, ikl_time deadline)
{
    if (!is_running(wheel, timer) || deadline == IKL_NEVER) {
        return false;
    }
    wheel->timers[timer].deadline = ikl_time_later(wheel->timers[timer].deadline, deadline);
    return true;
}

bool ikl_wheel_stop(struct ikl_wheel *wheel, uint32_t timer)
{
    uint32_t place, last;

    if (!is_running(wheel, timer)) {
        return false;
    }
    place = wheel->timers[timer].place;
    wheel->timers[timer].place = STOPPED;
    last = wheel->timers[--wheel->running].there;
    if (last != timer) {
        settle(wheel, place, last);
    }
    return true;
}

ikl_time ikl_wheel_deadline(const struct ikl_wheel *wheel, uint32_t timer)
{
    return is_running(wheel, timer) ? wheel->timers[timer].deadline : IKL_NEVER;
}

/* When the first timer comes up. */
static ikl_time first(const struct ikl_wheel *wheel)
{
    return wheel->running != 0 ? wheel->timers[wheel->timers[0].there].comes_up : IKL_NEVER;
}

uint32_t ikl_wheel_expire_within(struct ikl_wheel *wheel, ikl_time now, struct ikl_wheel_work *left)
{
    wheel->now = ikl_time_later(wheel->now, ikl_time_earlier(now, IKL_NEVER - 1));
    while (first(wheel) <= wheel->now) {
        uint32_t timer = wheel->timers[0].there;
        ikl_time deadline = wheel->timers[timer].deadline;

        if (left->expire == 0 || left->move == 0) {
            return IKL_NO_TIMER;
        }
        wheel->position = first(wheel);
        if (deadline == wheel->position) {
            left->expire--;
            ikl_wheel_stop(wheel, timer);
            return timer;
        }
        left->move--;
        (void)ikl_wheel_start(wheel, timer, deadline);
    }
    wheel->position = wheel->now;
    return IKL_NO_TIMER;
}

uint32_t ikl_wheel_expire(struct ikl_wheel *wheel, ikl_time now)
{
    struct ikl_wheel_work left = {UINT32_MAX, UINT32_MAX};

    return ikl_wheel_expire_within(wheel, now, &left);
}

ikl_time ikl_wheel_next_deadline(const struct ikl_wheel *wheel)
{
    return wheel->running != 0 ? ikl_time_later(first(wheel), wheel->now) : IKL_NEVER;
}

ikl_time ikl_wheel_position(const struct ikl_wheel *wheel)
{
    return wheel->position;
}

uint32_t ikl_wheel_running(const struct ikl_wheel *wheel)
{
    return wheel->running;
}
