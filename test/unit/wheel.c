/* SPDX-License-Identifier: ISC */
/* The wheel keeps the promises of its header about time and order. */
#include "support/test.h"

#include "support/test_random.h"
#include "support/wheel_fixture.h"
#include "support/wheel_model.h"

static void a_timer_expires_in_the_first_run_at_or_past_its_deadline_and_not_before(void **state)
{
    static const uint64_t delays[] = {1,    2,    63,       64,         65,         4095,       4096,      4097,
                                      5000, HOUR, 1u << 30, 1ull << 36, 1ull << 48, 1ull << 60, 1ull << 63};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(delays); i++) {
        for (uint64_t late = 0; late < 200; late += 33) {
            struct fixture f;

            make(&f, 1, 1000);
            start(f.wheel, 0, 1000 + delays[i]);
            assert_none_expires(f.wheel, 1000);
            assert_none_expires(f.wheel, 1000 + delays[i] / 2);
            assert_none_expires(f.wheel, 1000 + delays[i] - 1);
            ASSERT_EXPIRES(f.wheel, 1000 + delays[i] + late, 0);
            end(&f);
        }
    }
}

static void timers_expire_by_deadline_and_then_by_start(void **state)
{
    struct fixture f;

    (void)state;
    make(&f, 8, 0);
    start(f.wheel, 5, 70000);
    start(f.wheel, 1, 300);
    start(f.wheel, 2, 70000);
    start(f.wheel, 0, 299);
    assert_none_expires(f.wheel, 298);
    start(f.wheel, 3, 70000);
    start(f.wheel, 4, 300);
    ASSERT_EXPIRES(f.wheel, HOUR, 0, 1, 4, 5, 2, 3);
    end(&f);
}

static void a_timer_started_afresh_counts_as_started_now(void **state)
{
    struct fixture f;

    (void)state;
    make(&f, 3, 0);
    start(f.wheel, 0, 100);
    start(f.wheel, 1, 100);
    start(f.wheel, 2, 50);
    start(f.wheel, 0, 100);
    start(f.wheel, 2, 200);
    assert_int_equal(ikl_wheel_running(f.wheel), 3);
    ASSERT_EXPIRES(f.wheel, 300, 1, 0, 2);
    end(&f);
}

static void one_jump_of_an_hour_equals_3600000_steps_of_1_ms(void **state)
{
    enum { TIMERS = 3000 };
    struct test_random random = {1};
    struct wheel_model_timer list[TIMERS];
    struct wheel_model model;
    struct fixture jump;
    struct fixture steps;
    ikl_time now = 123456789;

    (void)state;
    make(&jump, TIMERS, now);
    make(&steps, TIMERS, now);
    wheel_model_init(&model, list, now);
    for (uint32_t i = 0; i < TIMERS; i++) {
        ikl_time deadline =
            now + (i % 3 == 0 ? 1000 * test_random_below(&random, 20) : test_random_below(&random, HOUR));

        start(jump.wheel, i, deadline);
        start(steps.wheel, i, deadline);
        wheel_model_start(&model, i, deadline);
    }
    for (uint32_t step = 0; step <= HOUR; step++) {
        uint32_t timer;

        while ((timer = ikl_wheel_expire(steps.wheel, now + step)) != IKL_NO_TIMER) {
            assert_int_equal(ikl_wheel_expire(jump.wheel, now + HOUR), timer);
            assert_int_equal(wheel_model_expire(&model, now + HOUR), timer);
            assert_int_equal(ikl_wheel_position(jump.wheel), now + step);
        }
    }
    assert_int_equal(ikl_wheel_running(steps.wheel), 0);
    assert_none_expires(jump.wheel, now + HOUR);
    end(&jump);
    end(&steps);
}

static void a_deadline_before_the_position_counts_as_the_position(void **state)
{
    struct fixture f;

    (void)state;
    make(&f, 4, 1000);
    start(f.wheel, 0, 1000);
    start(f.wheel, 1, 7);
    start(f.wheel, 2, 0);
    start(f.wheel, 3, 1000);
    for (uint32_t timer = 0; timer < 4; timer++) {
        assert_int_equal(ikl_wheel_deadline(f.wheel, timer), 1000);
    }
    assert_int_equal(ikl_wheel_next_deadline(f.wheel), 1000);
    ASSERT_EXPIRES(f.wheel, 1000, 0, 1, 2, 3);
    end(&f);
}

static void a_due_timer_that_is_stopped_in_the_run_does_not_expire(void **state)
{
    struct fixture f;

    (void)state;
    make(&f, 4, 0);
    start(f.wheel, 0, 10);
    start(f.wheel, 1, 10);
    start(f.wheel, 2, 20);
    start(f.wheel, 3, 5000);
    assert_int_equal(ikl_wheel_expire(f.wheel, HOUR), 0);
    assert_true(ikl_wheel_stop(f.wheel, 1));
    assert_true(ikl_wheel_stop(f.wheel, 3));
    ASSERT_EXPIRES(f.wheel, HOUR, 2);
    end(&f);
}

static void a_timer_started_at_or_before_now_in_the_run_expires_in_the_same_run_in_order(void **state)
{
    struct fixture f;

    (void)state;
    make(&f, 6, 0);
    start(f.wheel, 0, 100);
    start(f.wheel, 1, 100);
    start(f.wheel, 2, 900);
    assert_int_equal(ikl_wheel_expire(f.wheel, 1000), 0);
    start(f.wheel, 3, 1001);
    start(f.wheel, 4, 1000);
    start(f.wheel, 5, 900);
    start(f.wheel, 0, 0);
    ASSERT_EXPIRES(f.wheel, 1000, 1, 0, 2, 5, 4);
    ASSERT_EXPIRES(f.wheel, 1001, 3);
    end(&f);
}

static void the_position_in_the_run_is_the_deadline_of_the_last_timer_and_then_now(void **state)
{
    struct fixture f;

    (void)state;
    make(&f, 2, 7);
    assert_int_equal(ikl_wheel_position(f.wheel), 7);
    start(f.wheel, 0, 100);
    start(f.wheel, 1, 5000);
    assert_int_equal(ikl_wheel_expire(f.wheel, 9000), 0);
    assert_int_equal(ikl_wheel_position(f.wheel), 100);
    assert_int_equal(ikl_wheel_expire(f.wheel, 9000), 1);
    assert_int_equal(ikl_wheel_position(f.wheel), 5000);
    assert_none_expires(f.wheel, 9000);
    assert_int_equal(ikl_wheel_position(f.wheel), 9000);
    end(&f);
}

static void a_now_before_an_earlier_one_counts_as_that(void **state)
{
    struct fixture f;

    (void)state;
    make(&f, 2, 5000);
    start(f.wheel, 0, 4000);
    start(f.wheel, 1, 5001);
    ASSERT_EXPIRES(f.wheel, 0, 0);
    assert_int_equal(ikl_wheel_position(f.wheel), 5000);
    ASSERT_EXPIRES(f.wheel, 5001, 1);
    end(&f);
}

static void a_now_of_never_counts_as_the_last_time_there_is(void **state)
{
    struct fixture f;

    (void)state;
    make(&f, 2, 0);
    start(f.wheel, 0, IKL_NEVER - 1);
    start(f.wheel, 1, IKL_NEVER - 2);
    assert_none_expires(f.wheel, IKL_NEVER - 3);
    ASSERT_EXPIRES(f.wheel, IKL_NEVER, 1, 0);
    assert_int_equal(ikl_wheel_position(f.wheel), IKL_NEVER - 1);
    start(f.wheel, 0, 5);
    assert_int_equal(ikl_wheel_next_deadline(f.wheel), IKL_NEVER - 1);
    ASSERT_EXPIRES(f.wheel, 0, 0);
    end(&f);
}

static void a_start_that_fails_changes_nothing(void **state)
{
    struct fixture f;

    (void)state;
    make(&f, 2, 0);
    start(f.wheel, 1, 70);
    assert_int_equal(ikl_wheel_start(f.wheel, 1, IKL_NEVER), IKL_ERR_INVALID);
    assert_int_equal(ikl_wheel_start(f.wheel, 2, 10), IKL_ERR_INVALID);
    assert_int_equal(ikl_wheel_start(f.wheel, IKL_NO_TIMER, 10), IKL_ERR_INVALID);
    assert_int_equal(ikl_wheel_deadline(f.wheel, 1), 70);
    assert_int_equal(ikl_wheel_running(f.wheel), 1);
    ASSERT_EXPIRES(f.wheel, 70, 1);
    end(&f);
}

static void stop_says_whether_the_timer_was_running(void **state)
{
    struct fixture f;

    (void)state;
    make(&f, 2, 0);
    start(f.wheel, 0, 70);
    start(f.wheel, 1, 71);
    assert_true(ikl_wheel_stop(f.wheel, 0));
    assert_false(ikl_wheel_stop(f.wheel, 0));
    assert_false(ikl_wheel_stop(f.wheel, 2));
    assert_false(ikl_wheel_stop(f.wheel, IKL_NO_TIMER));
    assert_int_equal(ikl_wheel_deadline(f.wheel, 0), IKL_NEVER);
    assert_int_equal(ikl_wheel_deadline(f.wheel, 2), IKL_NEVER);
    assert_int_equal(ikl_wheel_deadline(f.wheel, IKL_NO_TIMER), IKL_NEVER);
    assert_int_equal(ikl_wheel_running(f.wheel), 1);
    ASSERT_EXPIRES(f.wheel, 71, 1);
    assert_false(ikl_wheel_stop(f.wheel, 1));
    end(&f);
}

static void the_next_deadline_is_exact_while_nothing_is_stopped(void **state)
{
    enum { TIMERS = 300 };
    struct test_random random = {2};
    struct fixture f;

    (void)state;
    make(&f, TIMERS, 0);
    for (uint32_t round = 0; round < 20; round++) {
        struct wheel_model_timer list[TIMERS];
        struct wheel_model model;

        wheel_model_init(&model, list, ikl_wheel_position(f.wheel));
        for (uint32_t i = 0; i < TIMERS; i++) {
            ikl_time deadline = ikl_wheel_position(f.wheel) + (test_random_magnitude(&random) >> 8);

            start(f.wheel, i, deadline);
            wheel_model_start(&model, i, deadline);
            assert_int_equal(ikl_wheel_next_deadline(f.wheel), wheel_model_earliest(&model));
        }
        while (model.running != 0) {
            ikl_time now = ikl_wheel_next_deadline(f.wheel);

            assert_int_equal(now, wheel_model_earliest(&model));
            assert_int_equal(ikl_wheel_expire(f.wheel, now), wheel_model_expire(&model, now));
        }
    }
    end(&f);
}

static void the_same_timers_expire_in_the_same_order_whatever_the_width(void **state)
{
    enum { TIMERS = 2000 };

    (void)state;
    for (uint32_t width = IKL_WHEEL_MIN_WIDTH; width <= IKL_WHEEL_MAX_WIDTH; width *= 2) {
        struct test_random random = {5};
        struct wheel_model_timer list[TIMERS];
        struct wheel_model model;
        struct fixture f;
        uint32_t timer;

        make_wide(&f, TIMERS, width, 77);
        wheel_model_init(&model, list, 77);
        for (uint32_t i = 0; i < TIMERS; i++) {
            ikl_time deadline = 77 + 100 * (test_random_magnitude(&random) >> test_random_below(&random, 60)) / 100;

            start(f.wheel, i, deadline);
            wheel_model_start(&model, i, deadline);
        }
        while ((timer = ikl_wheel_expire(f.wheel, IKL_NEVER)) != IKL_NO_TIMER) {
            assert_int_equal(timer, wheel_model_expire(&model, IKL_NEVER));
        }
        assert_int_equal(model.running, 0);
        end(&f);
    }
}

TESTS_OF(wheel)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_timer_expires_in_the_first_run_at_or_past_its_deadline_and_not_before),
        cmocka_unit_test(timers_expire_by_deadline_and_then_by_start),
        cmocka_unit_test(a_timer_started_afresh_counts_as_started_now),
        cmocka_unit_test(one_jump_of_an_hour_equals_3600000_steps_of_1_ms),
        cmocka_unit_test(a_deadline_before_the_position_counts_as_the_position),
        cmocka_unit_test(a_due_timer_that_is_stopped_in_the_run_does_not_expire),
        cmocka_unit_test(a_timer_started_at_or_before_now_in_the_run_expires_in_the_same_run_in_order),
        cmocka_unit_test(the_position_in_the_run_is_the_deadline_of_the_last_timer_and_then_now),
        cmocka_unit_test(a_now_before_an_earlier_one_counts_as_that),
        cmocka_unit_test(a_now_of_never_counts_as_the_last_time_there_is),
        cmocka_unit_test(a_start_that_fails_changes_nothing),
        cmocka_unit_test(stop_says_whether_the_timer_was_running),
        cmocka_unit_test(the_next_deadline_is_exact_while_nothing_is_stopped),
        cmocka_unit_test(the_same_timers_expire_in_the_same_order_whatever_the_width),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
