/* ikelive wheel: timers on absolute milliseconds, in 11 levels of 64 slots.
 * SPDX-License-Identifier: ISC
 *
 * A time is eleven groups of six bits. A timer's level is the highest group in which its deadline differs from the
 * position (0 when they are equal), its slot within the level is the deadline's value in that group. No deadline is
 * below the position, so the occupied slots of a level lie at or after the position's own, in order of time; and
 * every slot of a level begins after all slots of the levels below it end. The first occupied slot of the lowest
 * occupied level is therefore the earliest. A slot of level 0 is one millisecond.
 *
 * The position only moves to the beginning of the earliest slot, or to a time before it. In the first case the timers
 * of that slot, and no others, now belong to lower levels and are moved there; in the second none does.
 *
 * Order needs no sequence numbers: where a timer belongs follows from deadline and position alone, so timers of equal
 * deadline are always in the same slot. They enter it at the tail in order of start, a slot is moved down from head to
 * tail, and it expires from the head. */
#include <ikelive/wheel.h>

#include "bits.h"

#include <string.h>

enum {
    GROUP_BITS = 6,
    SLOTS_PER_LEVEL = 1 << GROUP_BITS,
    LEVELS = 11, /* the last has 4 bits left, and so 16 slots in use */
    SLOTS = LEVELS * SLOTS_PER_LEVEL
};

/* A timer, or a slot as the head of its circular list. An empty slot is linked to itself. */
struct node {
    ikl_time deadline; /* timer: IKL_NEVER when it is stopped; occupied slot: no timer in it has an earlier one */
    uint32_t next;
    uint32_t prev;
};

struct ikl_wheel {
    ikl_time position;
    uint64_t occupied[LEVELS]; /* bit n: slot n of the level has timers */
    uint32_t levels;           /* bit n: level n has timers */
    uint32_t running;
    uint32_t capacity;
    struct node *nodes; /* the slots, level by level, then the timers */
    struct ikl_allocator allocator;
};

static size_t size_of_nodes(uint32_t capacity)
{
    return ((size_t)SLOTS + capacity) * sizeof(struct node);
}

/* Nodes for `capacity` timers, empty and stopped; null when there is no memory. */
static struct node *new_nodes(const struct ikl_allocator *allocator, uint32_t capacity)
{
    uint32_t n = SLOTS + capacity;
    size_t most = SIZE_MAX / sizeof(struct node);
    struct node *nodes = n <= most ? allocator->allocate(allocator->user, size_of_nodes(capacity)) : NULL;

    if (nodes == NULL) {
        return NULL;
    }
    for (uint32_t i = 0; i < n; i++) {
        nodes[i] = (struct node){IKL_NEVER, i, i};
    }
    return nodes;
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
    *wheel = (struct ikl_wheel){.position = now, .capacity = capacity, .allocator = *allocator};
    wheel->nodes = new_nodes(allocator, capacity);
    if (wheel->nodes == NULL) {
        allocator->release(allocator->user, wheel, sizeof(*wheel));
        return IKL_ERR_NO_MEMORY;
    }
    *out = wheel;
    return IKL_OK;
}

void ikl_wheel_free(struct ikl_wheel *wheel)
{
    struct ikl_allocator allocator;

    if (wheel == NULL) {
        return;
    }
    allocator = wheel->allocator;
    allocator.release(allocator.user, wheel->nodes, size_of_nodes(wheel->capacity));
    allocator.release(allocator.user, wheel, sizeof(*wheel));
}

/* Half as much again at least, so that many small raises do not copy the timers each time. */
static uint32_t grown_capacity(uint32_t current, uint32_t wanted)
{
    uint32_t grown = current + current / 2;

    if (grown > IKL_WHEEL_MAX_TIMERS) {
        grown = IKL_WHEEL_MAX_TIMERS;
    }
    return grown > wanted ? grown : wanted;
}

int ikl_wheel_reserve(struct ikl_wheel *wheel, uint32_t capacity)
{
    struct node *nodes;

    if (capacity > IKL_WHEEL_MAX_TIMERS) {
        return IKL_ERR_INVALID;
    }
    if (capacity <= wheel->capacity) {
        return IKL_OK;
    }
    capacity = grown_capacity(wheel->capacity, capacity);
    nodes = new_nodes(&wheel->allocator, capacity);
    if (nodes == NULL) {
        return IKL_ERR_NO_MEMORY;
    }
    memcpy(nodes, wheel->nodes, size_of_nodes(wheel->capacity));
    wheel->allocator.release(wheel->allocator.user, wheel->nodes, size_of_nodes(wheel->capacity));
    wheel->nodes = nodes;
    wheel->capacity = capacity;
    return IKL_OK;
}

uint32_t ikl_wheel_capacity(const struct ikl_wheel *wheel)
{
    return wheel->capacity;
}

static uint32_t slot_for(const struct ikl_wheel *wheel, ikl_time deadline)
{
    unsigned level = ikl_highest_bit((deadline ^ wheel->position) | 1) / GROUP_BITS;

    return level * SLOTS_PER_LEVEL + (uint32_t)(deadline >> level * GROUP_BITS & (SLOTS_PER_LEVEL - 1));
}

static void mark_occupied(struct ikl_wheel *wheel, uint32_t slot)
{
    wheel->occupied[slot / SLOTS_PER_LEVEL] |= UINT64_C(1) << slot % SLOTS_PER_LEVEL;
    wheel->levels |= UINT32_C(1) << slot / SLOTS_PER_LEVEL;
}

static void mark_empty(struct ikl_wheel *wheel, uint32_t slot)
{
    uint64_t *occupied = &wheel->occupied[slot / SLOTS_PER_LEVEL];

    *occupied &= ~(UINT64_C(1) << slot % SLOTS_PER_LEVEL);
    if (*occupied == 0) {
        wheel->levels &= ~(UINT32_C(1) << slot / SLOTS_PER_LEVEL);
    }
}

/* Links a timer to the tail of the slot where its deadline belongs. */
static void append(struct ikl_wheel *wheel, uint32_t index)
{
    struct node *node = &wheel->nodes[index];
    uint32_t slot = slot_for(wheel, node->deadline);
    struct node *head = &wheel->nodes[slot];

    if (head->next == slot) {
        mark_occupied(wheel, slot);
        head->deadline = node->deadline;
    } else {
        head->deadline = ikl_time_earlier(head->deadline, node->deadline);
    }
    node->next = slot;
    node->prev = head->prev;
    wheel->nodes[head->prev].next = index;
    head->prev = index;
}

/* Unlinks a running timer and stops it. The slot keeps its lower bound, which may now be too low. */
static void halt(struct ikl_wheel *wheel, uint32_t index)
{
    struct node *node = &wheel->nodes[index];

    wheel->nodes[node->next].prev = node->prev;
    wheel->nodes[node->prev].next = node->next;
    if (node->next == node->prev) { /* both are the slot: this was its only timer */
        mark_empty(wheel, node->next);
    }
    node->deadline = IKL_NEVER;
    wheel->running--;
}

int ikl_wheel_start(struct ikl_wheel *wheel, uint32_t timer, ikl_time deadline)
{
    if (timer >= wheel->capacity || deadline == IKL_NEVER) {
        return IKL_ERR_INVALID;
    }
    ikl_wheel_stop(wheel, timer);
    wheel->nodes[SLOTS + timer].deadline = ikl_time_later(deadline, wheel->position);
    append(wheel, SLOTS + timer);
    wheel->running++;
    return IKL_OK;
}

bool ikl_wheel_stop(struct ikl_wheel *wheel, uint32_t timer)
{
    if (ikl_wheel_deadline(wheel, timer) == IKL_NEVER) {
        return false;
    }
    halt(wheel, SLOTS + timer);
    return true;
}

ikl_time ikl_wheel_deadline(const struct ikl_wheel *wheel, uint32_t timer)
{
    return timer < wheel->capacity ? wheel->nodes[SLOTS + timer].deadline : IKL_NEVER;
}

/* The earliest occupied slot; some timer runs. */
static uint32_t first_slot(const struct ikl_wheel *wheel)
{
    unsigned level = ikl_lowest_bit(wheel->levels);

    return level * SLOTS_PER_LEVEL + ikl_lowest_bit(wheel->occupied[level]);
}

/* When an occupied slot begins: any time in it with the lower groups cleared. */
static ikl_time slot_begins(const struct ikl_wheel *wheel, uint32_t slot)
{
    unsigned lower = slot / SLOTS_PER_LEVEL * GROUP_BITS;

    return wheel->nodes[slot].deadline >> lower << lower;
}

/* Moves the timers of an occupied slot where they belong now. */
static void move_down(struct ikl_wheel *wheel, uint32_t slot)
{
    struct node *head = &wheel->nodes[slot];
    uint32_t index = head->next;

    head->next = slot;
    head->prev = slot;
    mark_empty(wheel, slot);
    while (index != slot) {
        uint32_t next = wheel->nodes[index].next;

        append(wheel, index);
        index = next;
    }
}

uint32_t ikl_wheel_expire(struct ikl_wheel *wheel, ikl_time now)
{
    now = ikl_time_later(ikl_time_earlier(now, IKL_NEVER - 1), wheel->position);
    while (wheel->running != 0) {
        uint32_t slot = first_slot(wheel);
        ikl_time begins = slot_begins(wheel, slot);

        if (begins > now) {
            break;
        }
        wheel->position = begins;
        if (slot < SLOTS_PER_LEVEL) {
            uint32_t index = wheel->nodes[slot].next;

            halt(wheel, index);
            return index - SLOTS;
        }
        move_down(wheel, slot);
    }
    wheel->position = now;
    return IKL_NO_TIMER;
}

ikl_time ikl_wheel_next_deadline(const struct ikl_wheel *wheel)
{
    return wheel->running != 0 ? wheel->nodes[first_slot(wheel)].deadline : IKL_NEVER;
}

ikl_time ikl_wheel_position(const struct ikl_wheel *wheel)
{
    return wheel->position;
}

uint32_t ikl_wheel_running(const struct ikl_wheel *wheel)
{
    return wheel->running;
}

size_t ikl_wheel_memory(const struct ikl_wheel *wheel)
{
    return sizeof(*wheel) + size_of_nodes(wheel->capacity);
}
