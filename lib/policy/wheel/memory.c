/* SPDX-License-Identifier: ISC */
/* ikelive wheel: its memory, how wide it is, and how both grow. */
#include "memory.h"

#include "memory/arena.h"
#include "slots.h"

#include <string.h>

/* A wheel that is given no width chooses one between these, by its capacity. The widest level 0 holds the next 8 s, and
 * level 1 above it the next half hour. */
enum { NARROWEST = 256, WIDEST = 16384, TIMERS_A_SLOT = 4 };

/* Slots of the levels above 0. The wider level 0 is, the more slots level 1 has. It has at least enough to hold the
 * next 8 s, so that a timer of the usual idle time is handed down only once. */
enum { FEWEST_SLOTS_OF_LEVEL_1 = 128, MOST_SLOTS = 512, WIDTH_FOR_A_SLOT = 32, SLOTS_ABOVE = 64 };

static uint32_t width_for(uint32_t capacity)
{
    uint32_t width = NARROWEST;

    while (width < WIDEST && width * TIMERS_A_SLOT < capacity) {
        width *= 2;
    }
    return width;
}

static uint32_t slots_of_level_1(uint32_t width)
{
    uint32_t slots = width / WIDTH_FOR_A_SLOT;

    return slots < FEWEST_SLOTS_OF_LEVEL_1 ? FEWEST_SLOTS_OF_LEVEL_1 : slots > MOST_SLOTS ? MOST_SLOTS : slots;
}

/* Adds levels until the slots of the highest cover all time. */
static void lay_out_levels(struct ikl_wheel *wheel, uint32_t width)
{
    struct ikl_wheel_level *level = wheel->level;

    wheel->top = 0;
    level[0] = (struct ikl_wheel_level){.mask = width - 1};
    while (level->mask < UINT64_MAX >> level->shift) {
        uint32_t slots = ++wheel->top == 1 ? slots_of_level_1(width) : SLOTS_ABOVE;

        level[1].first = level->first + level->mask + 1;
        level[1].mask = slots - 1;
        level[1].shift = level->shift + ikl_highest_bit(level->mask); /* as long as half of the level below */
        level[1].used = 0;
        level++;
    }
    wheel->timers = level->first + level->mask + 1;
}

/* Whole pieces of 64 bits, so that what lies behind them is aligned. */
static uint32_t words_for(uint32_t bits)
{
    return (bits / 64 + (bits % 64 != 0)) * (64 / IKL_WORD);
}

/* Words of `odd` and `far`. */
static uint32_t words_of_states(const struct ikl_wheel *wheel)
{
    return 2 * words_for(wheel->capacity);
}

/* Words of `bits` and `words`. */
static uint32_t words_of_bitmaps(const struct ikl_wheel *wheel)
{
    return wheel->timers / IKL_WORD + words_for(ikl_wheel_width(wheel) / IKL_WORD);
}

static uint32_t upper_slots(const struct ikl_wheel *wheel)
{
    return wheel->timers - ikl_wheel_width(wheel);
}

/* Octets of all arrays together. */
static uint64_t size_of_arrays(const struct ikl_wheel *wheel)
{
    uint64_t words = (uint64_t)words_of_states(wheel) + words_of_bitmaps(wheel);
    uint64_t nodes = (uint64_t)wheel->timers + wheel->capacity;

    return words * sizeof(ikl_word) + upper_slots(wheel) * sizeof(ikl_time) + nodes * sizeof(struct ikl_wheel_link) +
           wheel->capacity * (uint64_t)(sizeof(struct ikl_timer_high) + 2 * sizeof(uint32_t));
}

uint64_t ikl_wheel_octets(uint32_t capacity)
{
    struct ikl_wheel wheel = {.capacity = capacity};

    lay_out_levels(&wheel, width_for(capacity));
    return ikl_arena_piece(sizeof(wheel)) + ikl_arena_piece(size_of_arrays(&wheel));
}

size_t ikl_wheel_arena_size(uint32_t capacity)
{
    return capacity <= IKL_WHEEL_MAX_TIMERS ? ikl_arena_size(ikl_wheel_octets(capacity)) : SIZE_MAX;
}

/* Allocates the arrays for the capacity and the levels. All timers are stopped; the slots are undefined. */
static int allocate_arrays(struct ikl_wheel *wheel)
{
    uint64_t size = size_of_arrays(wheel);
    void *memory = size <= SIZE_MAX ? wheel->allocator.allocate(wheel->allocator.user, (size_t)size) : NULL;

    if (memory == NULL) {
        return IKL_ERR_NO_MEMORY;
    }
    wheel->odd = memory;
    wheel->far = wheel->odd + words_for(wheel->capacity);
    wheel->bits = wheel->far + words_for(wheel->capacity);
    wheel->words = wheel->bits + wheel->timers / IKL_WORD;
    wheel->earliest = (ikl_time *)(wheel->bits + words_of_bitmaps(wheel));
    wheel->links = (struct ikl_wheel_link *)(wheel->earliest + upper_slots(wheel));
    wheel->high = (struct ikl_timer_high *)(wheel->links + wheel->timers + wheel->capacity);
    wheel->comes_up = (uint32_t *)(wheel->high + wheel->capacity);
    wheel->deadline = wheel->comes_up + wheel->capacity;
    memset(wheel->odd, 0, words_of_states(wheel) * sizeof(ikl_word));
    for (uint32_t timer = 0; timer < wheel->capacity; timer++) {
        wheel->links[wheel->timers + timer].next = IKL_STOPPED;
    }
    return IKL_OK;
}

static void release_arrays(struct ikl_wheel *wheel)
{
    wheel->allocator.release(wheel->allocator.user, wheel->odd, (size_t)size_of_arrays(wheel));
}

/* Empties every slot, and settles the ends of the levels for the position. */
static void clear_slots(struct ikl_wheel *wheel)
{
    memset(wheel->bits, 0, words_of_bitmaps(wheel) * sizeof(ikl_word));
    for (uint32_t slot = 0; slot < wheel->timers; slot++) {
        wheel->links[slot] = (struct ikl_wheel_link){slot, slot};
    }
    wheel->occupied = 0;
    wheel->scout = 0; /* no timer */
    memset(wheel->handed, 0, sizeof(wheel->handed));
    memset(wheel->ends, 0, sizeof(wheel->ends));
    wheel->handed[wheel->top] = UINT64_MAX;
    wheel->ends[wheel->top] = IKL_NEVER;
    ikl_wheel_settle(wheel);
}

static int make(struct ikl_wheel **out, const struct ikl_allocator *allocator, uint32_t capacity, uint32_t width,
                bool fixed_width, ikl_time now)
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
    *wheel = (struct ikl_wheel){.position = now,
                                .now = now,
                                .before = now,
                                .capacity = capacity,
                                .fixed_width = fixed_width,
                                .allocator = *allocator};
    lay_out_levels(wheel, width);
    if (allocate_arrays(wheel) != IKL_OK) {
        allocator->release(allocator->user, wheel, sizeof(*wheel));
        return IKL_ERR_NO_MEMORY;
    }
    clear_slots(wheel);
    *out = wheel;
    return IKL_OK;
}

int ikl_wheel_new(struct ikl_wheel **out, const struct ikl_allocator *allocator, uint32_t capacity, ikl_time now)
{
    return make(out, allocator, capacity, width_for(capacity), false, now);
}

int ikl_wheel_new_wide(struct ikl_wheel **out, const struct ikl_allocator *allocator, uint32_t capacity, uint32_t width,
                       ikl_time now)
{
    return ikl_wheel_is_width(width) ? make(out, allocator, capacity, width, true, now) : IKL_ERR_INVALID;
}

void ikl_wheel_free(struct ikl_wheel *wheel)
{
    struct ikl_allocator allocator;

    if (wheel == NULL) {
        return;
    }
    allocator = wheel->allocator;
    release_arrays(wheel);
    allocator.release(allocator.user, wheel, sizeof(*wheel));
}

/* Puts the timers of all slots of `from` into `to`, in order: the slots of lower levels first, as told in wheel.c. */
static void append_timers(struct ikl_wheel *to, const struct ikl_wheel *from)
{
    for (uint32_t slot = 0; slot < from->timers; slot++) {
        for (uint32_t node = from->links[slot].next; node != slot; node = from->links[node].next) {
            uint32_t timer = node - from->timers;
            ikl_time time = ikl_timer_comes_up(from, timer);

            ikl_slot_append(to, timer, ikl_wheel_level_for(to, time), time);
        }
    }
}

/* Copies the arrays of `from`, which has a smaller capacity. */
static void copy_arrays(struct ikl_wheel *to, const struct ikl_wheel *from)
{
    memcpy(to->odd, from->odd, words_for(from->capacity) * sizeof(*from->odd));
    memcpy(to->far, from->far, words_for(from->capacity) * sizeof(*from->far));
    memcpy(to->high, from->high, from->capacity * sizeof(*from->high));
    memcpy(to->comes_up, from->comes_up, from->capacity * sizeof(*from->comes_up));
    memcpy(to->deadline, from->deadline, from->capacity * sizeof(*from->deadline));
    if (to->timers == from->timers) {
        memcpy(to->bits, from->bits, words_of_bitmaps(from) * sizeof(*from->bits));
        memcpy(to->earliest, from->earliest, upper_slots(from) * sizeof(*from->earliest));
        memcpy(to->links, from->links, ((size_t)from->timers + from->capacity) * sizeof(*from->links));
    } else {
        clear_slots(to);
        append_timers(to, from);
    }
}

int ikl_wheel_reserve(struct ikl_wheel *wheel, uint32_t capacity)
{
    struct ikl_wheel grown = *wheel;

    if (capacity > IKL_WHEEL_MAX_TIMERS) {
        return IKL_ERR_INVALID;
    }
    if (capacity <= wheel->capacity) {
        return IKL_OK;
    }
    grown.capacity = ikl_wheel_grown_capacity(wheel->capacity, capacity);
    if (!wheel->fixed_width && width_for(grown.capacity) != ikl_wheel_width(wheel)) {
        lay_out_levels(&grown, width_for(grown.capacity));
    }
    if (allocate_arrays(&grown) != IKL_OK) {
        return IKL_ERR_NO_MEMORY;
    }
    copy_arrays(&grown, wheel);
    release_arrays(wheel);
    *wheel = grown;
    return IKL_OK;
}

uint32_t ikl_wheel_capacity(const struct ikl_wheel *wheel)
{
    return wheel->capacity;
}

uint32_t ikl_wheel_width(const struct ikl_wheel *wheel)
{
    return wheel->level[0].mask + 1;
}

size_t ikl_wheel_memory(const struct ikl_wheel *wheel)
{
    return sizeof(*wheel) + (size_t)size_of_arrays(wheel);
}
