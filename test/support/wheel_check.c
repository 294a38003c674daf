/* SPDX-License-Identifier: ISC */
/* Whether a wheel is as its source says it always is. */
#include "wheel_check.h"

#include "policy/wheel/valid.h"
#include "test.h"

void wheel_check(const struct ikl_wheel *wheel)
{
    const struct ikl_wheel_level *top = &wheel->level[wheel->top];

    assert_true(UINT64_MAX >> top->shift <= top->mask && UINT64_MAX >> top[-1].shift > top[-1].mask);
    assert_int_equal(wheel->timers, top->first + top->mask + 1);
    assert_true(wheel->fixed_width || UINT64_C(1) << wheel->level[2].shift >= 8000); /* levels 0 and 1 hold 8 s */
    for (unsigned level = 0; level <= wheel->top; level++) {
        const struct ikl_wheel_level *at = &wheel->level[level];

        assert_int_equal(ikl_slot_level(wheel, at->first), level);
        assert_int_equal(ikl_slot_level(wheel, at->first + at->mask), level);
    }
    assert_true(ikl_wheel_is_valid(wheel));
}

ikl_time wheel_comes_up(const struct ikl_wheel *wheel, uint32_t timer)
{
    return ikl_timer_comes_up(wheel, timer);
}
