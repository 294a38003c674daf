/* SPDX-License-Identifier: ISC */
/* ikelive wheel, for tests and proofs alone: what holds of each wheel between two calls. wheel.c says what the levels
 * mean. */
#ifndef IKL_WHEEL_VALID_H
#define IKL_WHEEL_VALID_H

#include "slots.h"

/* The number of the first slot that a level may have timers in. */
static inline uint64_t ikl_level_lowest(const struct ikl_wheel *wheel, unsigned level)
{
    return level == 0 ? wheel->position : wheel->handed[level - 1];
}

/* The number of the first slot of the level above that a level has no room for. */
static inline uint64_t ikl_level_room(const struct ikl_wheel *wheel, unsigned level)
{
    return (ikl_level_lowest(wheel, level) >> (wheel->level[level + 1].shift - wheel->level[level].shift)) + 2;
}

/* A level ends where the level above has its first slot that was not handed down, neither before the position nor
 * beyond its room; and no level ends before one below it. */
static inline bool ikl_level_end_is_valid(const struct ikl_wheel *wheel, unsigned level)
{
    uint32_t shift = wheel->level[level + 1].shift;
    uint64_t number = wheel->handed[level];

    return wheel->ends[level] == (number <= UINT64_MAX >> shift ? number << shift : IKL_NEVER) &&
           number >= wheel->position >> shift && number <= ikl_level_room(wheel, level) &&
           (wheel->ends[level] <= wheel->position || wheel->ends[level] <= wheel->ends[level + 1]);
}

static inline bool ikl_level_ends_are_valid(const struct ikl_wheel *wheel)
{
    for (unsigned level = 0; level < wheel->top; level++) {
        if (!ikl_level_end_is_valid(wheel, level)) {
            return false;
        }
    }
    return wheel->handed[wheel->top] == UINT64_MAX && wheel->ends[wheel->top] == IKL_NEVER;
}

/* Whether a level can have a timer that comes up at this time: beyond its end only one that the slot above has handed
 * down, which has others left. */
static inline bool ikl_level_may_have(const struct ikl_wheel *wheel, unsigned level, ikl_time time)
{
    uint64_t number = time >> wheel->level[level].shift, lowest = ikl_level_lowest(wheel, level), above;

    if (time < wheel->position || number < lowest) {
        return false;
    }
    if (level == wheel->top) {
        return number - lowest <= wheel->level[level].mask;
    }
    above = time >> wheel->level[level + 1].shift;
    return above < wheel->handed[level] || (above == wheel->handed[level] && above < ikl_level_room(wheel, level));
}

/* A timer in this slot. */
static inline bool ikl_timer_is_in_place(const struct ikl_wheel *wheel, uint32_t timer, unsigned level, uint32_t slot)
{
    ikl_time time = ikl_timer_comes_up(wheel, timer), deadline = ikl_timer_deadline(wheel, timer);

    return ikl_wheel_slot(wheel, level, time) == slot && ikl_level_may_have(wheel, level, time) &&
           time >= wheel->first && deadline >= time && deadline != IKL_NEVER &&
           (level == 0 || time >= *ikl_slot_earliest(wheel, slot)) &&
           (ikl_bit(wheel->odd, timer) || !ikl_bit(wheel->far, timer));
}

/* How many timers a slot has; IKL_NO_TIMER when it is not valid. */
static inline uint32_t ikl_slot_count(const struct ikl_wheel *wheel, unsigned level, uint32_t slot)
{
    uint32_t before = slot, n = 0;

    for (uint32_t node = wheel->links[slot].next; node != slot; node = wheel->links[node].next) {
        if (n++ == wheel->running || node - wheel->timers >= wheel->capacity || wheel->links[node].prev != before ||
            !ikl_timer_is_in_place(wheel, node - wheel->timers, level, slot)) {
            return IKL_NO_TIMER;
        }
        before = node;
    }
    return wheel->links[slot].prev == before && ikl_bit(wheel->bits, slot) == (n != 0) ? n : IKL_NO_TIMER;
}

/* What is noted of a slot that has timers. */
static inline bool ikl_slot_note_is_valid(const struct ikl_wheel *wheel, unsigned level, uint32_t slot)
{
    ikl_time time = level != 0 ? *ikl_slot_earliest(wheel, slot) : 0;

    return level == 0 || (ikl_wheel_slot(wheel, level, time) == slot && ikl_level_may_have(wheel, level, time));
}

/* Counts the timers of a slot. False when it is not valid. */
static inline bool ikl_slot_is_valid(const struct ikl_wheel *wheel, unsigned level, uint32_t slot, uint32_t *timers)
{
    uint32_t n = ikl_slot_count(wheel, level, slot);

    *timers += n;
    return n == 0 || (n != IKL_NO_TIMER && ikl_slot_note_is_valid(wheel, level, slot));
}

/* What is noted of the words of a level. */
static inline bool ikl_level_words_are_valid(const struct ikl_wheel *wheel, unsigned level)
{
    const struct ikl_wheel_level *at = &wheel->level[level];
    uint32_t used = 0;

    for (uint32_t word = at->first / IKL_WORD; word <= (at->first + at->mask) / IKL_WORD; word++) {
        used += wheel->bits[word] != 0;
        if (level == 0 && ikl_bit(wheel->words, word) != (wheel->bits[word] != 0)) {
            return false;
        }
    }
    return at->used == used && (wheel->occupied >> level & 1) == (used != 0);
}

/* What a search found: no timer comes up before it, and when it is in level 0 one does just then. */
static inline bool ikl_wheel_first_is_valid(const struct ikl_wheel *wheel)
{
    if (wheel->first_level == IKL_WHEEL_LEVELS) {
        return wheel->first == 0;
    }
    if (wheel->first == IKL_NEVER) {
        return wheel->running == 0;
    }
    return wheel->first_level <= wheel->top && wheel->first >= wheel->position &&
           (wheel->first_level != 0 || (wheel->first - wheel->position <= wheel->level[0].mask &&
                                        ikl_bit(wheel->bits, (uint32_t)wheel->first & wheel->level[0].mask)));
}

/* Time goes forward, and `settled` is where the position leaves its slot of level 1. */
static inline bool ikl_wheel_times_are_valid(const struct ikl_wheel *wheel)
{
    uint32_t shift = wheel->level[1].shift;
    ikl_time settled = ((wheel->position >> shift) + 1) << shift;

    return wheel->position <= wheel->now && wheel->before <= wheel->now && wheel->now != IKL_NEVER &&
           wheel->settled == (settled != 0 ? settled : IKL_NEVER);
}

/* Timers that do not run are noted as plain. */
static inline bool ikl_timers_are_valid(const struct ikl_wheel *wheel)
{
    uint32_t running = 0;

    for (uint32_t timer = 0; timer < wheel->capacity; timer++) {
        running += ikl_timer_runs(wheel, timer);
        if (!ikl_timer_runs(wheel, timer) && (ikl_bit(wheel->odd, timer) || ikl_bit(wheel->far, timer))) {
            return false;
        }
    }
    return running == wheel->running && wheel->scout < wheel->timers + wheel->capacity;
}

/* All but the slots. */
static inline bool ikl_wheel_frame_is_valid(const struct ikl_wheel *wheel)
{
    for (unsigned level = 0; level <= wheel->top; level++) {
        if (!ikl_level_words_are_valid(wheel, level)) {
            return false;
        }
    }
    return ikl_wheel_times_are_valid(wheel) && ikl_level_ends_are_valid(wheel) && ikl_wheel_first_is_valid(wheel) &&
           ikl_timers_are_valid(wheel) && wheel->occupied >> wheel->top <= 1;
}

/* The timers that run are those in slots. */
static inline bool ikl_wheel_is_valid(const struct ikl_wheel *wheel)
{
    uint32_t timers = 0;

    for (unsigned level = 0; level <= wheel->top; level++) {
        const struct ikl_wheel_level *at = &wheel->level[level];

        for (uint32_t slot = at->first; slot <= at->first + at->mask; slot++) {
            if (!ikl_slot_is_valid(wheel, level, slot, &timers)) {
                return false;
            }
        }
    }
    return timers == wheel->running && ikl_wheel_frame_is_valid(wheel);
}

#endif
