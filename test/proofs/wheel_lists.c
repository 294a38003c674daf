/* SPDX-License-Identifier: ISC */
/* From any valid timer wheel with lists of timers in its slots: a timer that is started, for the first time or again,
 * runs until the deadline that it was given, last in line; one that is stopped does not run, and one that is pushed
 * runs until the later deadline. No other timer changes its deadline or its place in line, and the wheel stays valid.
 * No time that is noted becomes early because a timer starts for the first time.
 *
 * bounds: 2 levels of 8 slots, 3 timers, all started before; times below 64 ms, or for a push 2^32 ms
 * later
 * each: -DSTOP
 * long: -DSTART=true -DSTART=false -DPUSH
 * cbmc: -DIKL_SMALL_WORD --unwind 4
 * cbmc: --unwindset is_exact.0:9,is_valid.0:17,is_valid.1:17,suppose_wheel.0:9,suppose_wheel.1:20
 * fault: -DSTOP lib/policy/wheel/wheel.c s/wheel->links\[link.next\].prev = link.prev;//
 * fault: -DSTOP lib/policy/wheel/wheel.c s/    ikl_timer_make_plain(wheel, timer);//
 * fault: -DSTART=false lib/policy/wheel/slots.h s/wheel->links\[tail\].next = node/wheel->links[slot].next = node/
 * fault: -DSTART=false lib/policy/wheel/slots.h s/\(earliest(wheel, slot) = time\);/\1 \& ~(ikl_time)3;/
 * fault: -DPUSH lib/policy/wheel/wheel.c s/if (deadline > ikl_timer_deadline(wheel, timer))/if (true)/ */
#include "wheels.h"

static void happen(void)
{
    ikl_time time = any_time();
    bool ran = runs(timer);

#if defined(START)
    ikl_time from = ikl_time_later(time, wheel.position);

    suppose(ran == START && reaches(from));
    note_start(timer, from);
    prove(ikl_wheel_start(&wheel, timer, time) == IKL_OK);
    prove(runs(timer) && ikl_wheel_deadline(&wheel, timer) == from);
    prove(!was_exact || ran || is_exact());
#elif defined(STOP)
    prove(ikl_wheel_stop(&wheel, timer) == ran);
    prove(!runs(timer) && ikl_wheel_deadline(&wheel, timer) == IKL_NEVER);
#else
    ikl_time was = ikl_wheel_deadline(&wheel, timer);

    time |= (ikl_time)nondet_bool() << 32;
    prove(ikl_wheel_push(&wheel, timer, time) == ran && runs(timer) == ran);
    prove(ikl_wheel_deadline(&wheel, timer) == (ran ? ikl_time_later(was, time) : IKL_NEVER));
#endif
}
