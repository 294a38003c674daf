/* SPDX-License-Identifier: ISC */
/* What the tests of the wheel share: a wheel whose memory is counted, and calls that must succeed. */
#include "wheel_fixture.h"

#include "test.h"

void make(struct fixture *fixture, uint32_t capacity, ikl_time now)
{
    test_allocator_init(&fixture->memory);
    assert_int_equal(ikl_wheel_new(&fixture->wheel, &fixture->memory.allocator, capacity, now), IKL_OK);
}

void make_wide(struct fixture *fixture, uint32_t capacity, uint32_t width, ikl_time now)
{
    test_allocator_init(&fixture->memory);
    assert_int_equal(ikl_wheel_new_wide(&fixture->wheel, &fixture->memory.allocator, capacity, width, now), IKL_OK);
}

void end(struct fixture *fixture)
{
    ikl_wheel_free(fixture->wheel);
    assert_int_equal(fixture->memory.outstanding, 0);
}

void start(struct ikl_wheel *wheel, uint32_t timer, ikl_time deadline)
{
    assert_int_equal(ikl_wheel_start(wheel, timer, deadline), IKL_OK);
}

void push(struct ikl_wheel *wheel, uint32_t timer, ikl_time deadline)
{
    assert_true(ikl_wheel_push(wheel, timer, deadline));
}

void assert_expires(struct ikl_wheel *wheel, ikl_time now, const uint32_t *timers, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(ikl_wheel_expire(wheel, now), timers[i]);
    }
    assert_none_expires(wheel, now);
}

void assert_none_expires(struct ikl_wheel *wheel, ikl_time now)
{
    assert_int_equal(ikl_wheel_expire(wheel, now), IKL_NO_TIMER);
}
