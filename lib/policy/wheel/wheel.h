/* SPDX-License-Identifier: ISC */
/* ikelive wheel, inside: takes the first timer when that is due, in line, because each call of an endpoint that lets
 * time pass does so twice. wheel.c says how the first one is known. */
#ifndef IKL_WHEEL_INTERNAL_H
#define IKL_WHEEL_INTERNAL_H

#include "slots.h"

#include "out_of_line.h"
#include "prefetch.h"

/* A walk starts at the head of a list, and each step waits for the links of a node. A scout walks towards it from the
 * tail, so that two waits always overlap, and the second half of the walk waits for nothing. */
static inline uint32_t ikl_wheel_send_scout(const struct ikl_wheel *wheel, uint32_t scout, uint32_t node)
{
    if (scout < wheel->timers || scout == node) {
        return scout;
    }
    scout = wheel->links[scout].prev;
    ikl_prefetch(&wheel->links[scout]);
    return scout;
}

static inline uint32_t ikl_slot_of_number(const struct ikl_wheel *wheel, unsigned level, uint64_t number)
{
    return wheel->level[level].first + ((uint32_t)number & wheel->level[level].mask);
}

/* Notes `now`, and returns a time that never runs backward. */
static inline ikl_time ikl_wheel_tell(struct ikl_wheel *wheel, ikl_time now)
{
    now = ikl_time_earlier(now, IKL_NEVER - 1);
    if (now > wheel->now) {
        wheel->before = wheel->now;
        wheel->now = now;
    }
    return wheel->now;
}

/* The slot at the position is empty now, and those after it in its word are these, the next at bit 0. The next one is
 * the first, if there is one and nothing above can be before it; sends for its timers, and for those of the one
 * after. */
static inline void ikl_wheel_go_to_next(struct ikl_wheel *wheel, uint32_t slot, ikl_word bits)
{
    uint32_t after = bits != 0 ? ikl_lowest_bit(bits) : 0;

    if (bits == 0 || wheel->position + after >= wheel->ends[0]) {
        ikl_wheel_forget_first(wheel);
        return;
    }
    wheel->first = wheel->position + after;
    wheel->first_level = 0;
    wheel->scout = wheel->links[slot + after].prev;
    bits &= bits - 1;
    if (bits != 0 && wheel->first <= wheel->now) { /* the run goes on */
        ikl_prefetch(&wheel->links[wheel->links[slot + ikl_lowest_bit(bits)].next]);
    }
}

/* Stops the first timer of the slot of level 0 at the position, which is the first of all and plain. */
static inline void ikl_wheel_halt_first(struct ikl_wheel *wheel, uint32_t slot, uint32_t node)
{
    uint32_t next = wheel->links[node].next;

    wheel->links[node].next = IKL_STOPPED;
    wheel->running--;
    wheel->links[slot].next = next;
    wheel->links[next].prev = slot;
    if (next != slot) {
        wheel->scout = ikl_wheel_send_scout(wheel, wheel->scout, node);
        return;
    }
    ikl_slot_mark_empty(wheel, slot, 0);
    ikl_wheel_go_to_next(wheel, slot, wheel->bits[slot / IKL_WORD] >> slot % IKL_WORD);
}

/* The same, when it is due: returns it. */
static inline uint32_t ikl_wheel_take(struct ikl_wheel *wheel, struct ikl_wheel_work *left, uint32_t slot)
{
    uint32_t node = wheel->links[slot].next;

    left->expire--;
    ikl_wheel_halt_first(wheel, slot, node);
    return node - wheel->timers;
}

/* wheel.c */

/* Takes the next timer that is due, or ends the run, in the general case: from a time that was told. */
uint32_t ikl_wheel_search_due(struct ikl_wheel *wheel, struct ikl_wheel_work *left);

/* As ikl_wheel_expire_within. Most calls need no search and no handing down: they take the first timer, or find that it
 * is later. */
static IKL_IN_LINE uint32_t ikl_wheel_take_due(struct ikl_wheel *wheel, ikl_time now, struct ikl_wheel_work *left)
{
    now = ikl_wheel_tell(wheel, now);
    if (wheel->first > now && wheel->settled > now && !wheel->ahead) {
        wheel->position = now;
        return IKL_NO_TIMER;
    }
    if (wheel->first <= now && wheel->first < wheel->settled && wheel->first_level == 0 && left->expire != 0 &&
        left->move != 0) {
        uint32_t slot = ikl_slot_of_number(wheel, 0, wheel->first);

        if (ikl_timer_is_plain(wheel, wheel->links[slot].next - wheel->timers)) {
            wheel->position = wheel->first;
            return ikl_wheel_take(wheel, left, slot);
        }
    }
    return ikl_wheel_search_due(wheel, left);
}

#endif
