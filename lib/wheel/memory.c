/* ikelive wheel: its memory, how wide it is, and how both grow.
 * SPDX-License-Identifier: ISC */
#include "slots.h"

#include <string.h>

/* What a width that is not given grows from, and to: level 0 then holds the next 8 s, and level 1 the next 4 minutes.
 */
enum { NARROWEST = 256, WIDEST = 16384 };

static uint32_t width_for(uint32_t capacity)
{
    uint32_t width = NARROWEST;

    while (width < WIDEST && width < capacity) {
        width *= 2;
    }
    return width;
}

static uint32_t words_for(uint32_t bits)
{
    return bits / 64 + (bits % 64 != 0);
}

/* In octets: what `states` takes. */
static size_t size_of_states(uint32_t capacity)
{
    return words_for(capacity) * 2 * sizeof(uint64_t);
}

/* What `near` and `words` take. */
static size_t size_of_bitmaps(uint32_t width)
{
    return (words_for(width) + words_for(words_for(width))) * sizeof(uint64_t);
}

/* What all arrays take; 0 when there cannot be so much. */
static size_t size_of_arrays(uint32_t capacity, uint32_t width)
{
    uint64_t size = capacity * (uint64_t)(sizeof(struct ikl_wheel_times) + sizeof(uint32_t)) +
                    size_of_states(capacity) + size_of_bitmaps(width) +
                    ((uint64_t)IKL_UPPER_SLOTS + width + capacity) * sizeof(struct ikl_wheel_link);

    return size <= SIZE_MAX ? (size_t)size : 0;
}

static size_t size_held(const struct ikl_wheel *wheel)
{
    return size_of_arrays(wheel->capacity, wheel->width);
}

/* Gives the wheel new arrays, those with the strictest alignment first. All timers are stopped; links are undefined. */
static int allocate_arrays(struct ikl_wheel *wheel, uint32_t capacity, uint32_t width)
{
    size_t size = size_of_arrays(capacity, width);
    void *memory = size != 0 ? wheel->allocator.allocate(wheel->allocator.user, size) : NULL;

    if (memory == NULL) {
        return IKL_ERR_NO_MEMORY;
    }
    wheel->capacity = capacity;
    wheel->width = width;
    wheel->timers = IKL_UPPER_SLOTS + width;
    wheel->full = memory;
    wheel->states = (uint64_t *)(wheel->full + capacity);
    wheel->near = wheel->states + size_of_states(capacity) / sizeof(uint64_t);
    wheel->words = wheel->near + words_for(width);
    wheel->links = (struct ikl_wheel_link *)(wheel->words + words_for(words_for(width)));
    wheel->low = (uint32_t *)(wheel->links + wheel->timers + capacity);
    memset(wheel->states, 0, size_of_states(capacity));
    return IKL_OK;
}

static void release_arrays(struct ikl_wheel *wheel)
{
    wheel->allocator.release(wheel->allocator.user, wheel->full, size_held(wheel));
}

/* Lays out the levels for the width: as many as it takes until the slots of one are enough for all time. */
static void lay_out_levels(struct ikl_wheel *wheel)
{
    struct ikl_wheel_level *level = wheel->level;

    level[0] = (struct ikl_wheel_level){IKL_UPPER_SLOTS, wheel->width - 1, 0};
    level[1] = (struct ikl_wheel_level){0, IKL_LEVEL_SLOTS - 1, ikl_highest_bit(wheel->width / 2)};
    wheel->top = 1;
    while ((UINT64_MAX >> level[wheel->top].shift) >= IKL_LEVEL_SLOTS) {
        level[wheel->top + 1] = level[wheel->top];
        level[wheel->top + 1].first += IKL_LEVEL_SLOTS;
        level[wheel->top + 1].shift += IKL_STEP_BITS;
        wheel->top++;
    }
}

/* Makes every slot empty. */
static void clear_slots(struct ikl_wheel *wheel)
{
    memset(wheel->near, 0, size_of_bitmaps(wheel->width));
    memset(wheel->slots, 0, sizeof(wheel->slots));
    memset(wheel->handed, 0, sizeof(wheel->handed));
    memset(wheel->ends, 0, sizeof(wheel->ends));
    wheel->occupied = 0;
    wheel->near_words = 0;
    for (uint32_t slot = 0; slot < wheel->timers; slot++) {
        wheel->links[slot] = (struct ikl_wheel_link){slot, slot};
    }
    lay_out_levels(wheel);
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
    *wheel = (struct ikl_wheel){.position = now, .now = now, .fixed_width = fixed_width, .allocator = *allocator};
    if (allocate_arrays(wheel, capacity, width) != IKL_OK) {
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
    if (width < IKL_WHEEL_MIN_WIDTH || width > IKL_WHEEL_MAX_WIDTH || (width & (width - 1)) != 0) {
        return IKL_ERR_INVALID;
    }
    return make(out, allocator, capacity, width, true, now);
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

/* An eighth more at least, so that many small raises do not copy the timers each time. */
static uint32_t grown_capacity(uint32_t current, uint32_t wanted)
{
    uint32_t grown = current + current / 8;

    if (grown > IKL_WHEEL_MAX_TIMERS) {
        grown = IKL_WHEEL_MAX_TIMERS;
    }
    return grown > wanted ? grown : wanted;
}

/* Puts the timers of all slots of `from` into `to`, in order: the slots of lower levels first, as told in wheel.c. */
static void append_timers(struct ikl_wheel *to, const struct ikl_wheel *from)
{
    for (uint32_t i = 0; i < from->timers; i++) {
        uint32_t slot = i < from->width ? IKL_UPPER_SLOTS + i : i - from->width;

        for (uint32_t node = from->links[slot].next; node != slot; node = from->links[node].next) {
            uint32_t timer = node - from->timers;
            ikl_time armed = ikl_timer_armed(from, timer);

            ikl_slot_append(to, timer, ikl_wheel_level_for(to, armed), armed);
        }
    }
}

/* Copies the arrays of `from`, which are smaller. */
static void copy_arrays(struct ikl_wheel *to, const struct ikl_wheel *from)
{
    memcpy(to->states, from->states, size_of_states(from->capacity));
    memcpy(to->low, from->low, from->capacity * sizeof(*from->low));
    memcpy(to->full, from->full, from->capacity * sizeof(*from->full));
    if (to->width == from->width) {
        memcpy(to->near, from->near, size_of_bitmaps(from->width));
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
    capacity = grown_capacity(wheel->capacity, capacity);
    if (allocate_arrays(&grown, capacity, wheel->fixed_width ? wheel->width : width_for(capacity)) != IKL_OK) {
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
    return wheel->width;
}

size_t ikl_wheel_memory(const struct ikl_wheel *wheel)
{
    return sizeof(*wheel) + size_held(wheel);
}
