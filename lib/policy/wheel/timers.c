/* SPDX-License-Identifier: ISC */
/* ikelive timers: which object each timer of a wheel stands for. */
#include <ikelive/timers.h>

#include "memory.h"
#include "memory/arena.h"

#include <string.h>

enum { FIRST_PLACES = 16 };

/* A timer. Free places are a list. */
struct place {
    void *object;  /* null: free */
    uint32_t next; /* of the free ones, or IKL_NO_TIMER */
};

struct ikl_timers {
    struct ikl_allocator allocator;
    struct ikl_wheel *wheel;
    struct place *places; /* `room` of them */
    uint32_t room, count, first_free;
};

static void release_places(struct ikl_timers *timers)
{
    if (timers->places != NULL) {
        timers->allocator.release(timers->allocator.user, timers->places, timers->room * sizeof(*timers->places));
    }
}

void ikl_timers_free(struct ikl_timers *timers)
{
    if (timers != NULL) {
        struct ikl_allocator allocator = timers->allocator;

        release_places(timers);
        ikl_wheel_free(timers->wheel);
        allocator.release(allocator.user, timers, sizeof(*timers));
    }
}

/* Makes room for so many, for which the wheel has room already; what it takes for a timer is more than a place. */
static int make_places(struct ikl_timers *timers, uint32_t room)
{
    struct place *places = timers->allocator.allocate(timers->allocator.user, room * sizeof(*places));

    if (places == NULL) {
        return IKL_ERR_NO_MEMORY;
    }
    if (timers->places != NULL) {
        memcpy(places, timers->places, timers->room * sizeof(*places));
    }
    for (uint32_t timer = room; timer-- > timers->room;) {
        places[timer] = (struct place){NULL, timers->first_free};
        timers->first_free = timer;
    }
    release_places(timers);
    timers->places = places;
    timers->room = room;
    return IKL_OK;
}

/* The wheel decides how much. */
static int grow(struct ikl_timers *timers)
{
    int result = ikl_wheel_reserve(timers->wheel, timers->room < FIRST_PLACES ? FIRST_PLACES : timers->room + 1);

    return result == IKL_OK ? make_places(timers, ikl_wheel_capacity(timers->wheel)) : result;
}

int ikl_timers_new(struct ikl_timers **out, const struct ikl_allocator *allocator, ikl_time now)
{
    return ikl_timers_new_with_room(out, allocator, 0, now);
}

int ikl_timers_new_with_room(struct ikl_timers **out, const struct ikl_allocator *allocator, uint32_t room,
                             ikl_time now)
{
    struct ikl_timers *timers;
    int result;

    if (allocator == NULL) {
        allocator = &ikl_default_allocator;
    }
    timers = allocator->allocate(allocator->user, sizeof(*timers));
    if (timers == NULL) {
        return IKL_ERR_NO_MEMORY;
    }
    *timers = (struct ikl_timers){.allocator = *allocator, .first_free = IKL_NO_TIMER};
    result = ikl_wheel_new(&timers->wheel, allocator, room, now);
    if (result == IKL_OK && room != 0) {
        result = make_places(timers, room);
    }
    if (result != IKL_OK) {
        ikl_timers_free(timers);
        return result;
    }
    *out = timers;
    return IKL_OK;
}

size_t ikl_timers_arena_size(uint32_t room)
{
    uint64_t places = ikl_arena_piece(room * (uint64_t)sizeof(struct place));

    return room <= IKL_WHEEL_MAX_TIMERS
               ? ikl_arena_size(ikl_arena_piece(sizeof(struct ikl_timers)) + ikl_wheel_octets(room) + places)
               : SIZE_MAX;
}

int ikl_timers_add(struct ikl_timers *timers, void *object, uint32_t *timer)
{
    uint32_t added;
    int result = object != NULL ? IKL_OK : IKL_ERR_INVALID;

    if (result == IKL_OK && timers->first_free == IKL_NO_TIMER) {
        result = grow(timers);
    }
    if (result != IKL_OK) {
        return result;
    }
    added = timers->first_free;
    timers->first_free = timers->places[added].next;
    timers->places[added].object = object;
    timers->count++;
    *timer = added;
    return IKL_OK;
}

static bool is_timer(const struct ikl_timers *timers, uint32_t timer)
{
    return timer < timers->room && timers->places[timer].object != NULL;
}

void ikl_timers_set(struct ikl_timers *timers, uint32_t timer, ikl_time deadline)
{
    ikl_time current = ikl_wheel_deadline(timers->wheel, timer);

    if (deadline == current || !is_timer(timers, timer)) {
        return;
    }
    if (deadline == IKL_NEVER) {
        ikl_wheel_stop(timers->wheel, timer);
    } else if (current == IKL_NEVER || deadline < current) {
        (void)ikl_wheel_start(timers->wheel, timer, deadline);
    } else {
        ikl_wheel_push(timers->wheel, timer, deadline);
    }
}

void ikl_timers_remove(struct ikl_timers *timers, uint32_t timer)
{
    if (is_timer(timers, timer)) {
        ikl_wheel_stop(timers->wheel, timer);
        timers->places[timer] = (struct place){NULL, timers->first_free};
        timers->first_free = timer;
        timers->count--;
    }
}

void *ikl_timers_expire(struct ikl_timers *timers, ikl_time now)
{
    uint32_t timer = ikl_wheel_expire(timers->wheel, now);

    return timer != IKL_NO_TIMER ? timers->places[timer].object : NULL;
}

ikl_time ikl_timers_next_deadline(const struct ikl_timers *timers)
{
    return ikl_wheel_next_deadline(timers->wheel);
}

ikl_time ikl_timers_deadline(const struct ikl_timers *timers, uint32_t timer)
{
    return ikl_wheel_deadline(timers->wheel, timer);
}

uint32_t ikl_timers_count(const struct ikl_timers *timers)
{
    return timers->count;
}
