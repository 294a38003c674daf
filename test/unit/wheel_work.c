/* SPDX-License-Identifier: ISC */
/* How much a call of the wheel has to do, and limits on that. */
#include "support/test.h"

#include "support/test_random.h"
#include "support/wheel_fixture.h"

static void assert_work_is_left_at(const struct ikl_wheel *wheel, ikl_time now)
{
    assert_int_equal(ikl_wheel_next_deadline(wheel), now);
    assert_true(ikl_wheel_position(wheel) <= now);
}

static void within_limits_no_call_does_more_and_the_order_is_the_same(void **state)
{
    enum { TIMERS = 3000 };
    static const struct ikl_wheel_work limits[] = {{1, 1}, {2, 100}, {100, 2}, {7, 7}, {1000, 10000}, {10000, 1000}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(limits); i++) {
        struct fixture f, limited;
        uint32_t calls;

        make(&f, TIMERS, 0);
        make(&limited, TIMERS, 0);
        for (uint32_t timer = 0; timer < TIMERS; timer++) {
            start(f.wheel, timer, HOUR + timer * 7919 % 1000);
            start(limited.wheel, timer, HOUR + timer * 7919 % 1000);
        }
        for (calls = 1; calls == 1 || ikl_wheel_running(limited.wheel) > 0; calls++) {
            struct ikl_wheel_work left = limits[i];
            uint32_t n = 0;
            uint32_t timer;

            while ((timer = ikl_wheel_expire_within(limited.wheel, 2 * HOUR, &left)) != IKL_NO_TIMER) {
                assert_int_equal(timer, ikl_wheel_expire(f.wheel, 2 * HOUR));
                n++;
            }
            assert_int_equal(n + left.expire, limits[i].expire);
            assert_true(left.move <= limits[i].move);
            if (ikl_wheel_running(limited.wheel) > 0) {
                assert_true(left.expire == 0 || left.move == 0);
                assert_work_is_left_at(limited.wheel, 2 * HOUR);
            }
        }
        assert_true(calls > TIMERS / limits[i].expire);
        assert_none_expires(limited.wheel, 2 * HOUR);
        end(&f);
        end(&limited);
    }
}

static void a_run_that_ends_with_its_limit_has_ended(void **state)
{
    struct fixture f;
    struct ikl_wheel_work left = {2, 5};

    (void)state;
    make(&f, 3, 0);
    start(f.wheel, 0, 10);
    start(f.wheel, 1, 10);
    start(f.wheel, 2, 30);
    assert_int_equal(ikl_wheel_expire_within(f.wheel, 20, &left), 0);
    assert_int_equal(ikl_wheel_expire_within(f.wheel, 20, &left), 1);
    assert_int_equal(left.expire, 0);
    assert_int_equal(ikl_wheel_expire_within(f.wheel, 20, &left), IKL_NO_TIMER);
    assert_int_equal(ikl_wheel_position(f.wheel), 20);
    assert_int_equal(ikl_wheel_next_deadline(f.wheel), 30);
    end(&f);
}

static void to_put_a_pushed_timer_off_is_a_move(void **state)
{
    struct fixture f;
    struct ikl_wheel_work left = {5, 2};

    (void)state;
    make(&f, 3, 0);
    for (uint32_t timer = 0; timer < 3; timer++) {
        start(f.wheel, timer, 10);
        push(f.wheel, timer, 20);
    }
    assert_int_equal(ikl_wheel_expire_within(f.wheel, 10, &left), IKL_NO_TIMER);
    assert_int_equal(left.expire, 5);
    assert_int_equal(left.move, 0);
    assert_work_is_left_at(f.wheel, 10);
    assert_none_expires(f.wheel, 10);
    ASSERT_EXPIRES(f.wheel, 20, 0, 1, 2);
    end(&f);
}

static void what_a_limit_left_is_due_at_once_also_for_a_now_before(void **state)
{
    struct fixture f;
    struct ikl_wheel_work left = {1, 5};

    (void)state;
    make(&f, 3, 0);
    start(f.wheel, 0, 10);
    start(f.wheel, 1, 20);
    assert_int_equal(ikl_wheel_expire_within(f.wheel, 30, &left), 0);
    assert_int_equal(ikl_wheel_expire_within(f.wheel, 30, &left), IKL_NO_TIMER);
    assert_work_is_left_at(f.wheel, 30);
    start(f.wheel, 2, 15);
    assert_work_is_left_at(f.wheel, 30);
    ASSERT_EXPIRES(f.wheel, 5, 2, 1);
    assert_int_equal(ikl_wheel_position(f.wheel), 30);
    end(&f);
}

TESTS_OF(wheel_work)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(within_limits_no_call_does_more_and_the_order_is_the_same),
        cmocka_unit_test(a_run_that_ends_with_its_limit_has_ended),
        cmocka_unit_test(to_put_a_pushed_timer_off_is_a_move),
        cmocka_unit_test(what_a_limit_left_is_due_at_once_also_for_a_now_before),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
