/* SPDX-License-Identifier: ISC */
/* A wheel of two levels with any timers in its slots. Each level is a ring of 8 slots, and a slot of level 1 is as long
 * as four of level 0. What lib/policy/wheel/valid.h says of lists as it walks them is said here of each pair of
 * neighbours; and, beyond that, that lists are in the order of starts. */
#ifndef WHEELS_H
#define WHEELS_H

#include "proof.h"

#include "policy/wheel/valid.h"
#include "policy/wheel/wheel.c"

#ifndef N_TIMERS
#define N_TIMERS 3
#endif

enum { TIMERS = N_TIMERS, LEVELS = 2, WIDTH = 8, STEP = 2, SLOTS = LEVELS * WIDTH, LATEST_START = 255 };

static struct ikl_wheel wheel;
static ikl_word bits[LEVELS], words[1], odd[1], far[1];
static ikl_time earliest[WIDTH];
static struct ikl_wheel_link links[SLOTS + TIMERS];
static struct ikl_timer_high high[TIMERS];
static uint32_t comes_up[TIMERS], deadline[TIMERS];

/* Of each timer that runs: the level and slot that it is in, and a number that is higher when it started later. */
static unsigned level_of[TIMERS];
static uint32_t slot_of[TIMERS], start_of[TIMERS];

/* Time is short, and begins at 0. */
static ikl_time any_time(void)
{
    return nondet_u8() & 63;
}

static bool runs(uint32_t timer)
{
    return ikl_timer_runs(&wheel, timer);
}

/* The first or last of a slot's list has the slot on its other side, and is in it. */
static bool ends_list(uint32_t slot, uint32_t timer)
{
    uint32_t node = SLOTS + timer;
    bool is_first = links[slot].next == node, is_last = links[slot].prev == node;

    return is_first == (runs(timer) && links[node].prev == slot) &&
           is_last == (runs(timer) && links[node].next == slot) && !((is_first || is_last) && slot_of[timer] != slot);
}

/* If one timer comes after another in a list, that comes before it, and both are in one slot. */
static bool are_neighbours(uint32_t before, uint32_t after)
{
    bool comes_after = runs(before) && links[SLOTS + before].next == SLOTS + after;

    return comes_after == (runs(after) && links[SLOTS + after].prev == SLOTS + before) &&
           !(comes_after && (slot_of[before] != slot_of[after] || start_of[before] >= start_of[after]));
}

/* Of two timers that come up at one time the one in the lower level started before the other. */
static bool are_in_line(uint32_t a, uint32_t b)
{
    return !runs(a) || !runs(b) || level_of[a] >= level_of[b] || start_of[a] < start_of[b] ||
           ikl_timer_comes_up(&wheel, a) != ikl_timer_comes_up(&wheel, b);
}

static bool is_node(uint32_t node)
{
    return node < SLOTS + TIMERS;
}

/* One that is stopped keeps its link to a node before, where the scout may go. */
static bool timer_is_valid(uint32_t timer)
{
    uint32_t node = SLOTS + timer;

    if (!runs(timer)) {
        return !ikl_bit(odd, timer) && !ikl_bit(far, timer) && is_node(links[node].prev);
    }
    return is_node(links[node].next) && is_node(links[node].prev) && level_of[timer] < LEVELS &&
           (level_of[timer] == 0 ? ikl_timer_is_in_place(&wheel, timer, 0, slot_of[timer])
                                 : ikl_timer_is_in_place(&wheel, timer, 1, slot_of[timer]));
}

/* An empty slot is linked to itself, any other to timers. */
static bool slot_is_valid(uint32_t slot)
{
    uint32_t next = links[slot].next, prev = links[slot].prev;

    if (!ikl_bit(bits, slot)) {
        return next == slot && prev == slot;
    }
    return next >= SLOTS && is_node(next) && prev >= SLOTS && is_node(prev) &&
           ikl_slot_note_is_valid(&wheel, slot / WIDTH, slot);
}

static bool is_valid(void)
{
    bool holds = ikl_wheel_frame_is_valid(&wheel);

    for (uint32_t slot = 0; slot < SLOTS; slot++) {
        holds = holds && slot_is_valid(slot);
    }
    for (uint32_t timer = 0; timer < TIMERS; timer++) {
        holds = holds && timer_is_valid(timer);
        for (uint32_t slot = 0; slot < SLOTS; slot++) {
            holds = holds && ends_list(slot, timer);
        }
        for (uint32_t other = 0; other < TIMERS; other++) {
            holds = holds && are_neighbours(timer, other) && are_in_line(timer, other);
        }
    }
    return holds;
}

static bool is_time_of_timer(ikl_time time)
{
    bool found = false;

    for (uint32_t timer = 0; timer < TIMERS; timer++) {
        found = found || (runs(timer) && ikl_timer_comes_up(&wheel, timer) == time);
    }
    return found;
}

/* No time that is noted is early: each is that of a timer that runs, and none was pushed. */
static bool is_exact(void)
{
    bool holds = wheel.first_level == IKL_WHEEL_LEVELS || wheel.first == IKL_NEVER || is_time_of_timer(wheel.first);

    for (uint32_t slot = WIDTH; slot < SLOTS; slot++) {
        holds = holds && (!ikl_bit(bits, slot) || is_time_of_timer(*ikl_slot_earliest(&wheel, slot)));
    }
    return holds && odd[0] == 0;
}

static void suppose_wheel(void)
{
    wheel = (struct ikl_wheel){.position = any_time(),
                               .now = any_time(),
                               .before = any_time(),
                               .settled = any_time(),
                               .running = nondet_u8(),
                               .occupied = nondet_u8() & 3,
                               .scout = nondet_u8(),
                               .first = any_time(),
                               .first_level = nondet_bool() ? IKL_WHEEL_LEVELS : nondet_bool(),
                               .capacity = TIMERS,
                               .timers = SLOTS,
                               .ahead = nondet_bool(),
                               .top = LEVELS - 1,
                               .odd = odd,
                               .far = far,
                               .bits = bits,
                               .words = words,
                               .earliest = earliest,
                               .links = links,
                               .high = high,
                               .comes_up = comes_up,
                               .deadline = deadline,
                               .handed = {any_time(), UINT64_MAX},
                               .ends = {any_time(), IKL_NEVER},
                               .level = {{0, WIDTH - 1, 0, nondet_bool()}, {WIDTH, WIDTH - 1, STEP, nondet_bool()}}};
    words[0] = nondet_bool();
    odd[0] = nondet_u8();
    far[0] = nondet_u8();
    bits[0] = nondet_u8();
    bits[1] = nondet_u8();
    for (uint32_t slot = 0; slot < WIDTH; slot++) {
        earliest[slot] = any_time();
    }
    for (uint32_t node = 0; node < SLOTS + TIMERS; node++) {
        links[node] = (struct ikl_wheel_link){nondet_bool() ? IKL_STOPPED : nondet_u8(), nondet_u8()};
    }
    for (uint32_t timer = 0; timer < TIMERS; timer++) {
        comes_up[timer] = (uint32_t)any_time();
        deadline[timer] = (uint32_t)any_time();
        high[timer] = (struct ikl_timer_high){0, nondet_bool()};
        level_of[timer] = nondet_bool();
        slot_of[timer] = nondet_u8();
        start_of[timer] = nondet_u8();
    }
    suppose(is_valid());
}

/* The levels are wide enough for a timer that is started for this time. */
static inline bool reaches(ikl_time time)
{
    return time < wheel.ends[0] || (time >> STEP) - ikl_level_lowest(&wheel, 1) < WIDTH;
}

/* The timer has started now, for this time. */
static inline void note_start(uint32_t timer, ikl_time time)
{
    level_of[timer] = time >= wheel.ends[0];
    slot_of[timer] = ikl_wheel_slot(&wheel, level_of[timer], time);
    start_of[timer] = LATEST_START + 1;
}

/* All timers are alike: which one something happens to, and which other one is looked at. */
static const uint32_t timer = 0, other = 1;

/* No time that was noted was early. */
static bool was_exact;

/* What each proof has of its own. */
static void happen(void);

int main(void)
{
    ikl_time others;

    suppose_wheel();
    was_exact = is_exact();
    others = ikl_wheel_deadline(&wheel, other);
    happen();
    prove(ikl_wheel_deadline(&wheel, other) == others);
    prove(is_valid());
    return 0;
}

#endif
