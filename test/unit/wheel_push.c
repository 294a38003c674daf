/* SPDX-License-Identifier: ISC */
/* Timers of a wheel that are pushed to a later deadline. */
#include "support/test.h"

#include "support/wheel_fixture.h"

static void a_pushed_timer_expires_at_the_later_deadline(void **state)
{
    static const uint64_t delays[] = {1,          50,         63,         64,         5000,      HOUR,
                                      1ull << 31, 1ull << 32, 1ull << 33, 1ull << 48, 1ull << 63};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(delays); i++) {
        for (size_t j = 0; j < COUNT_OF(delays); j++) {
            ikl_time deadline = ikl_time_after(1000 + delays[i], delays[j]);
            struct fixture f;

            make(&f, 1, 1000);
            start(f.wheel, 0, 1000 + delays[i]);
            push(f.wheel, 0, deadline);
            assert_int_equal(ikl_wheel_deadline(f.wheel, 0), deadline);
            assert_none_expires(f.wheel, 1000 + delays[i]);
            assert_int_equal(ikl_wheel_deadline(f.wheel, 0), deadline);
            assert_none_expires(f.wheel, deadline - 1);
            ASSERT_EXPIRES(f.wheel, deadline, 0);
            end(&f);
        }
    }
}

static void a_push_to_a_deadline_that_is_not_later_changes_nothing(void **state)
{
    struct fixture f;

    (void)state;
    make(&f, 3, 100);
    start(f.wheel, 0, 5000);
    start(f.wheel, 1, 5000);
    push(f.wheel, 0, 0);
    push(f.wheel, 0, 4999);
    push(f.wheel, 0, 5000);
    assert_int_equal(ikl_wheel_deadline(f.wheel, 0), 5000);
    push(f.wheel, 1, 7000);
    push(f.wheel, 1, 6000);
    assert_int_equal(ikl_wheel_deadline(f.wheel, 1), 7000);
    ASSERT_EXPIRES(f.wheel, 7000, 0, 1);
    end(&f);
}

static void a_push_of_what_does_not_run_or_to_never_is_false_and_changes_nothing(void **state)
{
    struct fixture f;

    (void)state;
    make(&f, 2, 0);
    start(f.wheel, 1, 10);
    assert_false(ikl_wheel_push(f.wheel, 0, 20));
    assert_false(ikl_wheel_push(f.wheel, 2, 20));
    assert_false(ikl_wheel_push(f.wheel, IKL_NO_TIMER, 20));
    assert_false(ikl_wheel_push(f.wheel, 1, IKL_NEVER));
    assert_int_equal(ikl_wheel_deadline(f.wheel, 0), IKL_NEVER);
    assert_int_equal(ikl_wheel_running(f.wheel), 1);
    ASSERT_EXPIRES(f.wheel, 10, 1);
    assert_false(ikl_wheel_push(f.wheel, 1, 20));
    end(&f);
}

static void a_pushed_timer_counts_as_started_when_its_former_deadline_came_up(void **state)
{
    struct fixture f;

    (void)state;
    make(&f, 6, 0);
    start(f.wheel, 0, 100);
    start(f.wheel, 1, 200);
    push(f.wheel, 0, 500);
    start(f.wheel, 2, 500);
    push(f.wheel, 1, 500);
    assert_none_expires(f.wheel, 99);
    start(f.wheel, 3, 500);
    assert_none_expires(f.wheel, 150);
    start(f.wheel, 4, 500);
    assert_none_expires(f.wheel, 200);
    start(f.wheel, 5, 500);
    ASSERT_EXPIRES(f.wheel, 500, 2, 3, 0, 4, 1, 5);
    end(&f);
}

static void a_timer_pushed_far_and_wide_expires_in_the_run_that_passes_it(void **state)
{
    struct fixture f;

    (void)state;
    make(&f, 3, 0);
    start(f.wheel, 0, 100);
    push(f.wheel, 0, HOUR);
    start(f.wheel, 1, HOUR - 1);
    start(f.wheel, 2, HOUR + 1);
    ASSERT_EXPIRES(f.wheel, 2 * HOUR, 1, 0, 2);
    end(&f);
}

static void stop_and_start_forget_a_push(void **state)
{
    struct fixture f;

    (void)state;
    make(&f, 2, 0);
    start(f.wheel, 0, 100);
    push(f.wheel, 0, 500);
    start(f.wheel, 0, 200);
    assert_int_equal(ikl_wheel_deadline(f.wheel, 0), 200);
    start(f.wheel, 1, 100);
    push(f.wheel, 1, 500);
    assert_true(ikl_wheel_stop(f.wheel, 1));
    start(f.wheel, 1, 150);
    ASSERT_EXPIRES(f.wheel, 300, 1, 0);
    end(&f);
}

static void a_timer_that_is_pushed_a_thousand_times_causes_one_early_wake(void **state)
{
    struct fixture f;
    uint32_t wakes = 0;

    (void)state;
    make(&f, 1, 0);
    start(f.wheel, 0, 5000);
    for (uint32_t i = 1; i <= 1000; i++) {
        push(f.wheel, 0, 5000 + i);
    }
    while (ikl_wheel_expire(f.wheel, ikl_wheel_next_deadline(f.wheel)) == IKL_NO_TIMER) {
        wakes++;
    }
    assert_int_equal(ikl_wheel_position(f.wheel), 6000);
    assert_int_equal(wakes, 1);
    end(&f);
}

TESTS_OF(wheel_push)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pushed_timer_expires_at_the_later_deadline),
        cmocka_unit_test(a_push_to_a_deadline_that_is_not_later_changes_nothing),
        cmocka_unit_test(a_push_of_what_does_not_run_or_to_never_is_false_and_changes_nothing),
        cmocka_unit_test(a_pushed_timer_counts_as_started_when_its_former_deadline_came_up),
        cmocka_unit_test(a_timer_pushed_far_and_wide_expires_in_the_run_that_passes_it),
        cmocka_unit_test(stop_and_start_forget_a_push),
        cmocka_unit_test(a_timer_that_is_pushed_a_thousand_times_causes_one_early_wake),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
