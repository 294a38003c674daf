/* SPDX-License-Identifier: ISC */
/* Whether a wheel is as its source says it always is. */
#include "wheel_check.h"

#include "policy/wheel/valid.h"
#include "test.h"

void wheel_check(const struct ikl_wheel *wheel)
{
    assert_true(UINT64_MAX >> wheel->level[wheel->top].shift <= wheel->level[wheel->top].mask);
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
