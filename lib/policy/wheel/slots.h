/* SPDX-License-Identifier: ISC */
/* ikelive wheel, inside: the struct, and the lists of timers in its slots. wheel.c says what the levels mean.
 *
 * Slots and timers are nodes of circular lists, linked by index in one array: first the slots, level by level, then the
 * timers. A slot is the head of its list, and an empty one is linked to itself.
 *
 * A start or a stop is expensive when it touches memory that is not in a cache. So each array holds what is used
 * together and no more: the links, because a start touches those of the timer's neighbours too, and they say whether a
 * timer runs; the low halves of times, because the high halves are the same for nearly all timers; the deadlines apart,
 * because only those of pushed timers say more than their slots do. */
#ifndef IKL_WHEEL_SLOTS_H
#define IKL_WHEEL_SLOTS_H

#include "bits.h"

#include <ikelive/wheel.h>

/* A word of a bitmap: as many bits as a processor handles at once; a proof has fewer. */
#ifdef IKL_SMALL_WORD
typedef uint8_t ikl_word;
#elif UINTPTR_MAX > UINT32_MAX
typedef uint64_t ikl_word;
#else
typedef uint32_t ikl_word;
#endif

enum { IKL_WORD = 8 * sizeof(ikl_word), IKL_WHEEL_LEVELS = 13 /* at most */ };

/* A time is near when it is less than 2^32 ms after the position. A running timer is
 *   - plain: it comes up at its deadline, which is near;
 *   - pushed: it comes up before its deadline; both are near;
 *   - far: the high halves of both are noted too. */

struct ikl_timer_high {
    uint32_t comes_up;
    uint32_t deadline;
};

struct ikl_wheel_link {
    uint32_t next;
    uint32_t prev;
};

#define IKL_STOPPED UINT32_MAX /* `next` of a stopped timer: no node has this number */

/* The slot of a time is the node `first` + (time >> shift & mask). */
struct ikl_wheel_level {
    uint32_t first;
    uint32_t mask;
    uint32_t shift; /* a slot is 2^shift ms long */
    uint32_t used;  /* words of its part of `bits` that are not 0 */
};

struct ikl_wheel {
    ikl_time position;
    ikl_time now;    /* the latest that was told; after the position only while a run is not finished */
    ikl_time before; /* the one before that, or the same once the run has handed down ahead of need */
    ikl_time
        settled; /* the first time that is not in the slot of level 1 that the ends of the levels are settled for */
    uint32_t running;  /* timers */
    uint32_t occupied; /* bit n: level n has timers */
    uint32_t scout;    /* a node, see wheel.c: it is sent ahead to fetch links */

    /* What the last search for the first timer found, as long as that holds, see wheel.c. */
    ikl_time first;
    uint32_t first_level; /* IKL_WHEEL_LEVELS: it is not known, and `first` is 0 */

    uint32_t capacity;
    uint32_t timers;  /* the node of timer 0, and so the number of slots */
    bool fixed_width; /* does not grow with the capacity */
    bool ahead;       /* slots with timers may be handed down ahead of need */
    unsigned top;     /* the highest level */

    ikl_word *odd;   /* bit n: timer n runs and is not plain */
    ikl_word *far;   /* bit n: timer n is far */
    ikl_word *bits;  /* bit n: slot n has timers; each level begins with a word of its own */
    ikl_word *words; /* bit n: word n of level 0 is not 0 */
    /* For each slot above level 0: no timer in it comes up before. */
    ikl_time *earliest;
    struct ikl_wheel_link *links;
    struct ikl_timer_high *high;
    uint32_t *comes_up; /* the low half of when a timer does */
    uint32_t *deadline; /* the low half, unless the timer is plain */

    /* By level: the number of the first slot of the level above that is not handed down to it, and when that begins;
     * IKL_NEVER when that is after all time, or there is no level above. */
    uint64_t handed[IKL_WHEEL_LEVELS];
    ikl_time ends[IKL_WHEEL_LEVELS];
    struct ikl_wheel_level level[IKL_WHEEL_LEVELS];
    struct ikl_allocator allocator;
};

static inline bool ikl_bit(const ikl_word *words, uint32_t n)
{
    return (words[n / IKL_WORD] >> n % IKL_WORD & 1) != 0;
}

static inline void ikl_set_bit(ikl_word *words, uint32_t n, bool value)
{
    ikl_word *word = &words[n / IKL_WORD];

    *word = (*word & ~((ikl_word)1 << n % IKL_WORD)) | (ikl_word)value << n % IKL_WORD;
}

static inline bool ikl_timer_runs(const struct ikl_wheel *wheel, uint32_t timer)
{
    return wheel->links[wheel->timers + timer].next != IKL_STOPPED;
}

/* A running timer comes up at its deadline, which is near. */
static inline bool ikl_timer_is_plain(const struct ikl_wheel *wheel, uint32_t timer)
{
    return !ikl_bit(wheel->odd, timer);
}

/* What is stopped or plain is neither pushed nor far. */
static inline void ikl_timer_make_plain(struct ikl_wheel *wheel, uint32_t timer)
{
    if (!ikl_timer_is_plain(wheel, timer)) {
        ikl_set_bit(wheel->odd, timer, false);
        ikl_set_bit(wheel->far, timer, false);
    }
}

static inline bool ikl_time_is_near(const struct ikl_wheel *wheel, ikl_time time)
{
    return time - wheel->position <= UINT32_MAX;
}

/* The near time that has this low half. */
static inline ikl_time ikl_near_time(const struct ikl_wheel *wheel, uint32_t low)
{
    return wheel->position + (uint32_t)(low - (uint32_t)wheel->position);
}

/* When a running timer comes up. */
static inline ikl_time ikl_timer_comes_up(const struct ikl_wheel *wheel, uint32_t timer)
{
    if (ikl_bit(wheel->far, timer)) {
        return (ikl_time)wheel->high[timer].comes_up << 32 | wheel->comes_up[timer];
    }
    return ikl_near_time(wheel, wheel->comes_up[timer]);
}

/* The deadline of a running timer. */
static inline ikl_time ikl_timer_deadline(const struct ikl_wheel *wheel, uint32_t timer)
{
    if (ikl_timer_is_plain(wheel, timer)) {
        return ikl_near_time(wheel, wheel->comes_up[timer]);
    }
    return ikl_bit(wheel->far, timer) ? (ikl_time)wheel->high[timer].deadline << 32 | wheel->deadline[timer]
                                      : ikl_near_time(wheel, wheel->deadline[timer]);
}

/* Notes that a timer that was plain comes up at one time, and has a deadline that is later or not near. */
static inline void ikl_timer_note_odd(struct ikl_wheel *wheel, uint32_t timer, ikl_time comes_up, ikl_time deadline)
{
    bool far = !ikl_time_is_near(wheel, deadline);

    wheel->deadline[timer] = (uint32_t)deadline;
    if (far) {
        wheel->high[timer] = (struct ikl_timer_high){(uint32_t)(comes_up >> 32), (uint32_t)(deadline >> 32)};
    }
    ikl_set_bit(wheel->odd, timer, true);
    ikl_set_bit(wheel->far, timer, far);
}

/* Notes that a timer that was plain or stopped comes up at its deadline. */
static inline void ikl_timer_note(struct ikl_wheel *wheel, uint32_t timer, ikl_time deadline)
{
    wheel->comes_up[timer] = (uint32_t)deadline;
    if (!ikl_time_is_near(wheel, deadline)) {
        ikl_timer_note_odd(wheel, timer, deadline, deadline);
    }
}

/* The level in which a timer is put that comes up at `time`, not before the position. */
static inline unsigned ikl_wheel_level_for(const struct ikl_wheel *wheel, ikl_time time)
{
    /* Without a branch for the usual distances: it could not be predicted. */
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

/* The level of a slot. */
static inline unsigned ikl_slot_level(const struct ikl_wheel *wheel, uint32_t slot)
{
    unsigned level = 0;

    while (slot - wheel->level[level].first > wheel->level[level].mask) {
        level++;
    }
    return level;
}

static inline void ikl_slot_mark_occupied(struct ikl_wheel *wheel, uint32_t slot, unsigned level)
{
    uint32_t word = slot / IKL_WORD;

    if (wheel->bits[word] == 0) {
        wheel->level[level].used++;
        wheel->occupied |= UINT32_C(1) << level;
        if (level == 0) {
            wheel->words[word / IKL_WORD] |= (ikl_word)1 << word % IKL_WORD;
        }
    }
    wheel->bits[word] |= (ikl_word)1 << slot % IKL_WORD;
}

static inline void ikl_slot_mark_empty(struct ikl_wheel *wheel, uint32_t slot, unsigned level)
{
    uint32_t word = slot / IKL_WORD;

    wheel->bits[word] &= ~((ikl_word)1 << slot % IKL_WORD);
    if (wheel->bits[word] == 0) {
        if (--wheel->level[level].used == 0) {
            wheel->occupied &= ~(UINT32_C(1) << level);
        }
        if (level == 0) {
            wheel->words[word / IKL_WORD] &= ~((ikl_word)1 << word % IKL_WORD);
        }
    }
}

/* Where the earliest time of a slot above level 0 is noted. */
static inline ikl_time *ikl_slot_earliest(const struct ikl_wheel *wheel, uint32_t slot)
{
    return &wheel->earliest[slot - wheel->level[1].first];
}

/* Puts a timer at the tail of a slot. True when it is the only one there. */
static inline bool ikl_slot_link(struct ikl_wheel *wheel, uint32_t timer, uint32_t slot)
{
    uint32_t node = wheel->timers + timer;
    uint32_t tail = wheel->links[slot].prev;

    wheel->links[node].next = slot;
    wheel->links[tail].next = node;
    wheel->links[slot].prev = node;
    wheel->links[node].prev = tail;
    return tail == slot;
}

/* The same in level 0. */
static inline void ikl_slot_append_near(struct ikl_wheel *wheel, uint32_t timer, uint32_t time)
{
    uint32_t slot = time & wheel->level[0].mask;

    if (ikl_slot_link(wheel, timer, slot)) {
        ikl_slot_mark_occupied(wheel, slot, 0);
    }
}

/* Puts a timer that comes up at `time` at the tail of its slot of `level`. */
static inline void ikl_slot_append(struct ikl_wheel *wheel, uint32_t timer, unsigned level, ikl_time time)
{
    uint32_t slot;

    if (level == 0) {
        ikl_slot_append_near(wheel, timer, (uint32_t)time);
        return;
    }
    slot = ikl_wheel_slot(wheel, level, time);
    if (ikl_slot_link(wheel, timer, slot)) {
        ikl_slot_mark_occupied(wheel, slot, level);
        *ikl_slot_earliest(wheel, slot) = time;
    } else if (time < *ikl_slot_earliest(wheel, slot)) {
        *ikl_slot_earliest(wheel, slot) = time;
    }
}

static inline void ikl_wheel_forget_first(struct ikl_wheel *wheel)
{
    wheel->first = 0;
    wheel->first_level = IKL_WHEEL_LEVELS;
}

/* Hands empty slots down as far as possible, see wheel.c. */
void ikl_wheel_settle(struct ikl_wheel *wheel);

#endif
