/* ikelive wheel, inside: the struct, and the lists of timers in its slots. What the levels mean is told in wheel.c.
 * SPDX-License-Identifier: ISC
 *
 * Slots and timers are nodes of circular lists, linked by index in one array: first the slots of levels 1 and up, 64 a
 * level, then the slots of level 0, then the timers. A slot is the head of its list, and an empty one is linked to
 * itself.
 *
 * What makes a start or a stop dear is memory that is not in a cache. Links are therefore kept apart from all else, as
 * the links of a timer's neighbours are touched too and are found sooner the denser they are; the links of a stopped
 * timer are never read; and of most times the low 32 bits are kept. */
#ifndef IKL_WHEEL_SLOTS_H
#define IKL_WHEEL_SLOTS_H

#include "bits.h"

#include <ikelive/wheel.h>

enum {
    IKL_LEVELS = 12,      /* at most, above level 0 */
    IKL_LEVEL_SLOTS = 64, /* in each of those */
    IKL_UPPER_SLOTS = IKL_LEVELS * IKL_LEVEL_SLOTS,
    IKL_STEP_BITS = 5 /* a slot of level 2 and up is as long as 2^5 of the level below, which is half of them */
};

struct ikl_wheel_link {
    uint32_t next;
    uint32_t prev;
};

/* What is known of a timer; two bits. */
enum ikl_wheel_state {
    IKL_TIMER_STOPPED,
    IKL_TIMER_SHORT, /* runs; `low` has its time, which is less than 2^32 ms after the position */
    IKL_TIMER_FULL   /* runs; `full` has its times */
};

struct ikl_wheel_times {
    ikl_time armed;    /* the slot's */
    ikl_time deadline; /* the same, or later when the timer was pushed */
};

/* Where the slots of a level are: that of a time is `first` + (time >> shift & mask). */
struct ikl_wheel_level {
    uint32_t first;
    uint32_t mask;
    uint32_t shift; /* a slot is 2^shift ms long */
};

struct ikl_wheel {
    ikl_time position;
    ikl_time now;     /* the latest that was told; after the position only while a run is not finished */
    uint32_t running; /* timers */
    uint32_t ahead;   /* how many may be moved ahead of need when the run is finished */

    uint32_t capacity;
    uint32_t width;   /* slots of level 0 */
    bool fixed_width; /* does not grow with the capacity */
    unsigned top;     /* the highest level */
    uint32_t timers;  /* the node of timer 0 */
    struct ikl_wheel_times *full;
    uint64_t *states;
    uint64_t *near;  /* bit n: slot n of level 0 has timers */
    uint64_t *words; /* bit n: word n of `near` is not 0 */
    struct ikl_wheel_link *links;
    uint32_t *low;

    uint32_t occupied;                  /* bit n: level n has timers */
    uint32_t near_words;                /* how many words of `near` are not 0 */
    uint64_t slots[IKL_LEVELS + 1];     /* by level, from 1: bit n: slot n of it has timers */
    ikl_time earliest[IKL_UPPER_SLOTS]; /* no timer of an occupied slot is armed for an earlier time */
    /* By level: the number of the first slot of the level above that is not handed down to it, and when that begins;
     * IKL_NEVER when there is none. */
    uint64_t handed[IKL_LEVELS + 1];
    ikl_time ends[IKL_LEVELS + 1];
    struct ikl_wheel_level level[IKL_LEVELS + 1];
    struct ikl_allocator allocator;
};

static inline enum ikl_wheel_state ikl_timer_state(const struct ikl_wheel *wheel, uint32_t timer)
{
    return (enum ikl_wheel_state)(wheel->states[timer / 32] >> timer % 32 * 2 & 3);
}

static inline void ikl_timer_set_state(struct ikl_wheel *wheel, uint32_t timer, enum ikl_wheel_state state)
{
    uint64_t *word = &wheel->states[timer / 32];

    *word = (*word & ~(UINT64_C(3) << timer % 32 * 2)) | (uint64_t)state << timer % 32 * 2;
}

/* When the slot of a running timer comes up. */
static inline ikl_time ikl_timer_armed(const struct ikl_wheel *wheel, uint32_t timer)
{
    if (ikl_timer_state(wheel, timer) == IKL_TIMER_FULL) {
        return wheel->full[timer].armed;
    }
    return wheel->position + (uint32_t)(wheel->low[timer] - (uint32_t)wheel->position);
}

/* Notes that a timer runs, with `deadline` not before the position. */
static inline void ikl_timer_arm(struct ikl_wheel *wheel, uint32_t timer, ikl_time deadline)
{
    if (deadline - wheel->position <= UINT32_MAX) {
        wheel->low[timer] = (uint32_t)deadline;
        ikl_timer_set_state(wheel, timer, IKL_TIMER_SHORT);
    } else {
        wheel->full[timer] = (struct ikl_wheel_times){deadline, deadline};
        ikl_timer_set_state(wheel, timer, IKL_TIMER_FULL);
    }
}

/* The level in which a timer is put that is armed for `time`, not before the position. */
static inline unsigned ikl_wheel_level_for(const struct ikl_wheel *wheel, ikl_time time)
{
    /* Without branches for the usual distances: they cannot be predicted. */
    unsigned level = (unsigned)(time >= wheel->ends[0]) + (unsigned)(time >= wheel->ends[1]);

    while (time >= wheel->ends[level]) {
        level++;
    }
    return level;
}

static inline uint32_t ikl_wheel_slot(const struct ikl_wheel *wheel, unsigned level, ikl_time time)
{
    const struct ikl_wheel_level *at = &wheel->level[level];

    return at->first + ((uint32_t)(time >> at->shift) & at->mask);
}

static inline void ikl_slot_mark_occupied(struct ikl_wheel *wheel, uint32_t slot)
{
    if (slot < IKL_UPPER_SLOTS) {
        unsigned level = slot / IKL_LEVEL_SLOTS + 1;

        wheel->slots[level] |= UINT64_C(1) << slot % IKL_LEVEL_SLOTS;
        wheel->occupied |= UINT32_C(1) << level;
    } else {
        uint32_t word = (slot - IKL_UPPER_SLOTS) / 64;

        if (wheel->near[word] == 0) {
            wheel->words[word / 64] |= UINT64_C(1) << word % 64;
            wheel->near_words++;
            wheel->occupied |= 1;
        }
        wheel->near[word] |= UINT64_C(1) << slot % 64;
    }
}

static inline void ikl_slot_mark_empty(struct ikl_wheel *wheel, uint32_t slot)
{
    if (slot < IKL_UPPER_SLOTS) {
        unsigned level = slot / IKL_LEVEL_SLOTS + 1;

        wheel->slots[level] &= ~(UINT64_C(1) << slot % IKL_LEVEL_SLOTS);
        if (wheel->slots[level] == 0) {
            wheel->occupied &= ~(UINT32_C(1) << level);
        }
    } else {
        uint32_t word = (slot - IKL_UPPER_SLOTS) / 64;

        wheel->near[word] &= ~(UINT64_C(1) << slot % 64);
        if (wheel->near[word] == 0) {
            wheel->words[word / 64] &= ~(UINT64_C(1) << word % 64);
            if (--wheel->near_words == 0) {
                wheel->occupied &= ~UINT32_C(1);
            }
        }
    }
}

_Static_assert(IKL_UPPER_SLOTS % 64 == 0, "slot % 64 is the bit of a slot of level 0");

/* Puts a timer at the tail of the slot of `level` for `armed`. */
static inline void ikl_slot_append(struct ikl_wheel *wheel, uint32_t timer, unsigned level, ikl_time armed)
{
    uint32_t slot = ikl_wheel_slot(wheel, level, armed);
    uint32_t node = wheel->timers + timer;
    uint32_t tail = wheel->links[slot].prev;

    wheel->links[node] = (struct ikl_wheel_link){slot, tail};
    wheel->links[tail].next = node;
    wheel->links[slot].prev = node;
    if (tail == slot) {
        ikl_slot_mark_occupied(wheel, slot);
    }
    if (level != 0 && (tail == slot || armed < wheel->earliest[slot])) {
        wheel->earliest[slot] = armed;
    }
}

/* Takes a running timer out of its slot. What is known as the slot's earliest time may then be too early. */
static inline void ikl_slot_remove(struct ikl_wheel *wheel, uint32_t timer)
{
    struct ikl_wheel_link link = wheel->links[wheel->timers + timer];

    wheel->links[link.next].prev = link.prev;
    wheel->links[link.prev].next = link.next;
    if (link.next == link.prev) { /* both are the slot: this was its only timer */
        ikl_slot_mark_empty(wheel, link.next);
    }
}

/* Hands empty slots down as far as possible, see wheel.c. True when that was some way. */
bool ikl_wheel_settle(struct ikl_wheel *wheel);

#endif
