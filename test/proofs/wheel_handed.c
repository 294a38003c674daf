/* SPDX-License-Identifier: ISC */
/* From any valid timer wheel with lists of timers in its slots: when a slot is handed down, or as much of it as may be,
 * its first timers go on, each last in line in the slot below that has its time, and the others stay; none is lost, or
 * comes up at another time. The wheel stays valid, and if no time that is noted was early, none is now.
 *
 * bounds: 2 levels of 8 slots, 2 timers, or 3 with --long; times below 64 ms, or pushed: 2^32 ms later
 * each: -DN_TIMERS=2
 * long: -DN_TIMERS=3
 * cbmc: -DIKL_SMALL_WORD --unwind 4
 * cbmc: --unwindset is_exact.0:9,is_valid.0:17,is_valid.1:17,suppose_wheel.0:9,suppose_wheel.1:20
 * fault: lib/policy/wheel/wheel.c s/moved < most/moved <= most/
 * fault: lib/policy/wheel/wheel.c s/        wheel->links\[node\].prev = slot;//
 * fault: lib/policy/wheel/wheel.c s/append_near(wheel, timer, wheel->comes_up\[timer\])/append_near(wheel, timer, 0)/
 * fault: lib/policy/wheel/wheel.c s/ikl_slot_mark_empty(wheel, slot, level);//
 * fault: lib/policy/wheel/wheel.c s/level - 1, number + 1)/level - 1, number + 2)/ */
#include "wheels.h"

static bool is_in(uint32_t slot, uint32_t timer)
{
    return runs(timer) && slot_of[timer] == slot;
}

/* How many timers of the slot are before this one. */
static uint32_t before_in(uint32_t slot, uint32_t timer)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < TIMERS; i++) {
        n += is_in(slot, i) && start_of[i] < start_of[timer] ? 1 : 0;
    }
    return n;
}

/* Notes that the first timers of a slot of level 1 are in level 0. Returns how many. */
static uint32_t note_handed(uint32_t slot, uint32_t most)
{
    bool goes[TIMERS];
    uint32_t n = 0;

    for (uint32_t i = 0; i < TIMERS; i++) {
        goes[i] = is_in(slot, i) && before_in(slot, i) < most;
        n += goes[i] ? 1 : 0;
    }
    for (uint32_t i = 0; i < TIMERS; i++) {
        if (goes[i]) {
            level_of[i] = 0;
            slot_of[i] = ikl_wheel_slot(&wheel, 0, ikl_timer_comes_up(&wheel, i));
        }
    }
    return n;
}

static void happen(void)
{
    uint32_t slot = ikl_slot_of_number(&wheel, 1, wheel.handed[0]), most = nondet_u32(), n;
    ikl_time time = ikl_timer_comes_up(&wheel, other);

    suppose(most != 0 && can_hand_down(&wheel, 1));
    n = note_handed(slot, most);
    prove(hand_down(&wheel, 1, most) == n && n != 0);
    prove(!runs(other) || ikl_timer_comes_up(&wheel, other) == time);
    prove(!was_exact || is_exact());
}
