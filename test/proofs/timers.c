/* SPDX-License-Identifier: ISC */
/* From any valid timers of objects: one that is added stands for its object, in a place that was free, or there is no
 * memory and nothing changes; one that is set has that deadline, or the time of the wheel when that is later; one that
 * is removed runs no longer, and its place is free. When one expires its own object is told. No other changes its
 * object or its deadline. What is made is valid or all given back, and so it is when they end. The wheel does what its
 * header says.
 *
 * bounds: 3 places; when they are full, or there is none, adding makes 16
 * each: -DSET -DREMOVE -DEXPIRE -DADD -DGROW=0 -DGROW=3 -DMAKE=0 -DMAKE=3
 * cbmc: --unwind 17
 * fault: -DSET lib/policy/wheel/timers.c s/ || deadline < current)/)/
 * fault: -DREMOVE lib/policy/wheel/timers.c s/        ikl_wheel_stop(timers->wheel, timer);//
 * fault: -DGROW=3 lib/policy/wheel/timers.c s/timer-- > timers->room;/timer-- > 0;/
 * fault: -DADD lib/policy/wheel/timers.c s/timers->first_free = timers->places\[added\].next;//
 * fault: -DEXPIRE lib/policy/wheel/timers.c s/places\[timer\].object : NULL/places[0].object : NULL/
 * fault: -DMAKE=3 lib/policy/wheel/timers.c s/        ikl_timers_free(timers);//
 * fault: -DMAKE=3 lib/policy/wheel/timers.c s/        release_places(timers);// */
#include "proof.h"

#include "policy/wheel/timers.c"

enum { FEW = 3, MANY = FIRST_PLACES };

#ifdef GROW
enum { HAS_ROOM = false };
#else
enum { HAS_ROOM = true };
#endif

static struct ikl_timers timers;
static struct place few[FEW], many[MANY];
static uint8_t objects[FEW], new_object;

/* Of the wheel, in which a timer that does not run has no deadline. */
static ikl_time deadlines[MANY], position;
static uint32_t capacity, expired;

/* What was allocated and is not given back; the wheel is one of these. */
static unsigned n_held;

const struct ikl_allocator ikl_default_allocator;

int ikl_wheel_new(struct ikl_wheel **out, const struct ikl_allocator *allocator, uint32_t room, ikl_time now)
{
    (void)allocator;
    if (now == IKL_NEVER || nondet_bool()) {
        return now == IKL_NEVER ? IKL_ERR_INVALID : IKL_ERR_NO_MEMORY;
    }
    *out = (struct ikl_wheel *)(void *)deadlines;
    capacity = room;
    n_held++;
    return IKL_OK;
}

void ikl_wheel_free(struct ikl_wheel *wheel)
{
    n_held -= wheel != NULL ? 1 : 0;
}

uint32_t ikl_wheel_capacity(const struct ikl_wheel *wheel)
{
    (void)wheel;
    return capacity;
}

int ikl_wheel_reserve(struct ikl_wheel *wheel, uint32_t wanted)
{
    (void)wheel;
    prove(!HAS_ROOM && wanted == MANY);
    if (HAS_ROOM || (capacity < wanted && nondet_bool())) {
        return IKL_ERR_NO_MEMORY;
    }
    capacity = MANY;
    return IKL_OK;
}

ikl_time ikl_wheel_deadline(const struct ikl_wheel *wheel, uint32_t timer)
{
    (void)wheel;
    return timer < capacity ? deadlines[timer] : IKL_NEVER;
}

int ikl_wheel_start(struct ikl_wheel *wheel, uint32_t timer, ikl_time deadline)
{
    (void)wheel;
    prove(timer < capacity && deadline != IKL_NEVER);
    deadlines[timer] = ikl_time_later(deadline, position);
    return IKL_OK;
}

bool ikl_wheel_push(struct ikl_wheel *wheel, uint32_t timer, ikl_time deadline)
{
    (void)wheel;
    prove(timer < capacity && deadlines[timer] != IKL_NEVER && deadline != IKL_NEVER);
    deadlines[timer] = ikl_time_later(deadlines[timer], deadline);
    return true;
}

bool ikl_wheel_stop(struct ikl_wheel *wheel, uint32_t timer)
{
    (void)wheel;
    prove(timer < capacity);
    deadlines[timer] = IKL_NEVER;
    return nondet_bool();
}

uint32_t ikl_wheel_expire(struct ikl_wheel *wheel, ikl_time now)
{
    (void)wheel;
    now = ikl_time_earlier(now, IKL_NEVER - 1);
    expired = nondet_u32();
    if (expired >= capacity || deadlines[expired] > now) {
        expired = IKL_NO_TIMER;
    } else {
        deadlines[expired] = IKL_NEVER;
    }
    return expired;
}

static void *allocate(void *user, size_t size)
{
#ifdef MAKE
    void *memory = nondet_bool() ? malloc(size) : NULL;
#else
    void *memory = nondet_bool() ? many : NULL;

    prove(size == sizeof(many));
#endif

    (void)user;
    n_held += memory != NULL ? 1 : 0;
    return memory;
}

static void release(void *user, void *memory, size_t size)
{
    (void)user;
    n_held--;
#ifdef MAKE
    prove(size == __CPROVER_OBJECT_SIZE(memory));
    free(memory);
#else
    prove(memory == few && size == timers.room * sizeof(few[0]));
#endif
}

/* The list has each free place, once, and only a timer that has an object runs, at the position or later. */
static bool are_valid(const struct ikl_timers *of)
{
    uint32_t at = of->first_free, listed = 0, used = 0;
    bool holds = of->room <= capacity;

    for (; at < of->room && of->places[at].object == NULL && listed < of->room; listed++) {
        at = of->places[at].next;
    }
    for (uint32_t timer = 0; timer < MANY; timer++) {
        used += is_timer(of, timer) ? 1 : 0;
        holds = holds && deadlines[timer] >= position && (deadlines[timer] == IKL_NEVER || is_timer(of, timer));
    }
    return holds && at == IKL_NO_TIMER && of->count == used && listed == of->room - used;
}

static void suppose_timers(void)
{
#ifdef GROW
    const uint32_t room = GROW, first_free = IKL_NO_TIMER;
#else
    const uint32_t room = FEW, first_free = nondet_u32();
#endif

    timers = (struct ikl_timers){.allocator = {.allocate = allocate, .release = release},
                                 .wheel = (struct ikl_wheel *)(void *)deadlines,
                                 .places = room != 0 ? few : NULL,
                                 .room = room,
                                 .count = nondet_u8(),
                                 .first_free = first_free};
    capacity = nondet_bool() ? MANY : timers.room;
    position = nondet_u64();
    for (uint32_t timer = 0; timer < FEW; timer++) {
        few[timer] = (struct place){nondet_bool() ? &objects[timer] : NULL, nondet_u32()};
    }
    for (uint32_t timer = 0; timer < MANY; timer++) {
        deadlines[timer] = timer < FEW ? nondet_u64() : IKL_NEVER;
    }
    suppose(are_valid(&timers));
}

static void *object_of(uint32_t timer)
{
    return is_timer(&timers, timer) ? timers.places[timer].object : NULL;
}

#if defined(MAKE)
int main(void)
{
    const struct ikl_allocator allocator = {.allocate = allocate, .release = release};
    uint32_t room = MAKE;
    struct ikl_timers *made = NULL;
    ikl_time now = nondet_u64();
    int result;

    for (uint32_t timer = 0; timer < MANY; timer++) {
        deadlines[timer] = IKL_NEVER;
    }
    result = ikl_timers_new_with_room(&made, &allocator, room, now);
    if (result == IKL_OK) {
        prove(are_valid(made) && made->room == room && made->count == 0 && now != IKL_NEVER);
        ikl_timers_free(made);
    } else {
        prove(made == NULL && (result == IKL_ERR_NO_MEMORY || (result == IKL_ERR_INVALID && now == IKL_NEVER)));
    }
    prove(n_held == 0);
    return 0;
}
#else
/* What happens to one timer, whose number it returns. */
static uint32_t happen(void)
{
    uint32_t timer = nondet_u32(), count = timers.count;
    const void *object = object_of(timer);
#if defined(ADD) || defined(GROW)
    void *added = nondet_bool() ? &new_object : NULL;
    bool has_room = timers.first_free != IKL_NO_TIMER;
    int result;

    suppose(has_room == HAS_ROOM);
    result = ikl_timers_add(&timers, added, &timer);
    prove((result == IKL_ERR_INVALID) == (added == NULL));
    prove(result == IKL_OK || result == IKL_ERR_INVALID || (result == IKL_ERR_NO_MEMORY && !has_room));
    prove(timers.count == count + (result == IKL_OK ? 1 : 0));
    if (result != IKL_OK) {
        return IKL_NO_TIMER;
    }
    prove(timer < IKL_WHEEL_MAX_TIMERS && object_of(timer) == added);
    prove(ikl_timers_deadline(&timers, timer) == IKL_NEVER);
#elif defined(SET)
    ikl_time deadline = nondet_u64();

    ikl_timers_set(&timers, timer, deadline);
    prove(ikl_timers_deadline(&timers, timer) == (object != NULL ? ikl_time_later(deadline, position) : IKL_NEVER));
    prove(object_of(timer) == object && timers.count == count);
#elif defined(REMOVE)
    ikl_timers_remove(&timers, timer);
    prove(object_of(timer) == NULL && ikl_timers_deadline(&timers, timer) == IKL_NEVER);
    prove(timers.count == count - (object != NULL ? 1 : 0));
#else
    const void *told = ikl_timers_expire(&timers, nondet_u64());

    timer = expired;
    prove((told == NULL) == (timer == IKL_NO_TIMER) && told == object_of(timer) && timers.count == count);
#endif
    return timer;
}

int main(void)
{
    uint32_t other = nondet_u32();
    const void *object;
    ikl_time deadline;

    suppose_timers();
    object = object_of(other);
    deadline = ikl_timers_deadline(&timers, other);
    if (happen() != other) {
        prove(object_of(other) == object && ikl_timers_deadline(&timers, other) == deadline);
    }
    prove(are_valid(&timers));
    return 0;
}
#endif
