/* SPDX-License-Identifier: ISC */
/* From any valid timer wheel with lists of timers in its slots: the timer that is taken is due, no other has an earlier
 * deadline, and it started before all that come up with it; it runs no longer. One that was pushed is put off to its
 * deadline instead, last in line. The next deadline is now, or to come, and no later than that of any timer; there is
 * none only when no timer runs. It is just that of the first timer if no time that is noted is early, and none becomes
 * so when a timer is taken. No other timer changes its deadline or its place in line, and the wheel stays valid.
 *
 * bounds: 2 levels of 8 slots, 3 timers, all started before; times below 64 ms, or pushed: 2^32 ms later. Which slot
 * the first timer is in was found, as wheel_levels proves
 * each: -DTAKE
 * long: -DPUT_OFF -DNEXT
 * cbmc: -DIKL_SMALL_WORD --unwind 4
 * cbmc: --unwindset is_exact.0:9,is_valid.0:17,is_valid.1:17,suppose_wheel.0:9,suppose_wheel.1:20
 * fault: -DTAKE lib/policy/wheel/wheel.h s/    wheel->links\[next\].prev = slot;//
 * fault: -DNEXT lib/policy/wheel/wheel.c s/ikl_time_earlier(first.time, time), level/time, level/
 * fault: -DNEXT lib/policy/wheel/wheel.c s/time = level == 0 ? begins : .*;/time = begins;/
 * fault: -DPUT_OFF lib/policy/wheel/wheel.c s/if (deadline <= wheel->position)/if (true)/ */
#include "wheels.h"

#if defined(NEXT)
static void happen(void)
{
    ikl_time next = ikl_wheel_next_deadline(&wheel);

    prove((next == IKL_NEVER) == (wheel.running == 0) && next >= wheel.now);
    prove(next <= ikl_time_later(ikl_wheel_deadline(&wheel, timer), wheel.now));
    prove(!was_exact || next == IKL_NEVER || next == wheel.now || is_time_of_timer(next));
}
#else
static void happen(void)
{
    uint32_t slot = (uint32_t)wheel.position & (WIDTH - 1), taken;
    ikl_time was = ikl_wheel_deadline(&wheel, timer), others = ikl_wheel_deadline(&wheel, other);
    struct ikl_wheel_work left = {1, 1};
    bool is_due = was <= wheel.position;

    suppose(wheel.position < wheel.ends[0] && links[slot].next == SLOTS + timer);
#if defined(TAKE)
    suppose(is_due);
    prove(was <= others);
    prove(was != others || start_of[timer] < start_of[other] || ikl_timer_comes_up(&wheel, other) != others);
    taken = take_any(&wheel, &left, slot);
    prove(taken == timer && !runs(timer) && left.expire == 0 && left.move == 1);
    prove(!was_exact || is_exact());
#else
    suppose(!is_due && reaches(was));
    note_start(timer, was);
    taken = take_any(&wheel, &left, slot);
    prove(taken == IKL_NO_TIMER && ikl_wheel_deadline(&wheel, timer) == was && left.expire == 1 && left.move == 0);
#endif
}
#endif
