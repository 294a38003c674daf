/* The wheel keeps the promises of its header.
 * SPDX-License-Identifier: ISC */
#include "support/test.h"

#include "support/test_allocator.h"
#include "support/test_random.h"
#include "support/wheel_model.h"

enum { HOUR = 3600000 };

struct fixture {
    struct test_allocator memory;
    struct ikl_wheel *wheel;
};

static void make(struct fixture *fixture, uint32_t capacity, ikl_time now)
{
    test_allocator_init(&fixture->memory);
    assert_int_equal(ikl_wheel_new(&fixture->wheel, &fixture->memory.allocator, capacity, now), IKL_OK);
}

static void end(struct fixture *fixture)
{
    ikl_wheel_free(fixture->wheel);
    assert_int_equal(fixture->memory.outstanding, 0);
}

static void start(struct ikl_wheel *wheel, uint32_t timer, ikl_time deadline)
{
    assert_int_equal(ikl_wheel_start(wheel, timer, deadline), IKL_OK);
}

static void assert_expires(struct ikl_wheel *wheel, ikl_time now, const uint32_t *timers, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(ikl_wheel_expire(wheel, now), timers[i]);
    }
    assert_int_equal(ikl_wheel_expire(wheel, now), IKL_NO_TIMER);
}

#define ASSERT_EXPIRES(wheel, now, ...)                                                                                \
    assert_expires(wheel, now, (const uint32_t[]){__VA_ARGS__},                                                        \
                   sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t))

static void assert_none_expires(struct ikl_wheel *wheel, ikl_time now)
{
    assert_int_equal(ikl_wheel_expire(wheel, now), IKL_NO_TIMER);
}

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

static void a_now_below_the_position_counts_as_the_position(void **state)
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

static void a_wheel_begins_at_now_with_every_timer_stopped(void **state)
{
    struct fixture f;

    (void)state;
    make(&f, 3, IKL_NEVER - 1);
    assert_int_equal(ikl_wheel_position(f.wheel), IKL_NEVER - 1);
    assert_int_equal(ikl_wheel_capacity(f.wheel), 3);
    assert_int_equal(ikl_wheel_running(f.wheel), 0);
    assert_int_equal(ikl_wheel_next_deadline(f.wheel), IKL_NEVER);
    for (uint32_t timer = 0; timer < 3; timer++) {
        assert_int_equal(ikl_wheel_deadline(f.wheel, timer), IKL_NEVER);
        assert_false(ikl_wheel_stop(f.wheel, timer));
    }
    end(&f);
}

static void a_wheel_may_have_no_timers_and_the_default_allocator(void **state)
{
    struct ikl_wheel *wheel;

    (void)state;
    assert_int_equal(ikl_wheel_new(&wheel, NULL, 0, 0), IKL_OK);
    assert_int_equal(ikl_wheel_start(wheel, 0, 1), IKL_ERR_INVALID);
    assert_none_expires(wheel, HOUR);
    assert_int_equal(ikl_wheel_reserve(wheel, 1), IKL_OK);
    start(wheel, 0, HOUR + 1);
    ASSERT_EXPIRES(wheel, HOUR + 1, 0);
    ikl_wheel_free(wheel);
    ikl_wheel_free(NULL);
}

static void new_refuses_what_is_out_of_range_and_writes_nothing(void **state)
{
    struct ikl_wheel *wheel = NULL;
    struct test_allocator memory;

    (void)state;
    test_allocator_init(&memory);
    assert_int_equal(ikl_wheel_new(&wheel, &memory.allocator, IKL_WHEEL_MAX_TIMERS + 1, 0), IKL_ERR_INVALID);
    assert_int_equal(ikl_wheel_new(&wheel, &memory.allocator, UINT32_MAX, 0), IKL_ERR_INVALID);
    assert_int_equal(ikl_wheel_new(&wheel, &memory.allocator, 1, IKL_NEVER), IKL_ERR_INVALID);
    assert_int_equal(memory.allocations, 0);
    assert_null(wheel);
}

static void new_without_memory_leaves_nothing_behind(void **state)
{
    struct ikl_wheel *wheel = NULL;
    struct test_allocator memory;
    size_t n = 0;
    int result;

    (void)state;
    test_allocator_init(&memory);
    do {
        test_allocator_fail(&memory, ++n);
        result = ikl_wheel_new(&wheel, &memory.allocator, 10, 0);
        if (result != IKL_OK) {
            assert_int_equal(result, IKL_ERR_NO_MEMORY);
            assert_null(wheel);
            assert_int_equal(memory.outstanding, 0);
        }
    } while (result != IKL_OK);
    assert_true(n > 1);
    ikl_wheel_free(wheel);
    assert_int_equal(memory.outstanding, 0);
}

static void reserve_raises_the_capacity_and_keeps_running_timers_in_order(void **state)
{
    struct fixture f;

    (void)state;
    make(&f, 3, 0);
    start(f.wheel, 2, 5000);
    start(f.wheel, 0, 5000);
    start(f.wheel, 1, 3);
    assert_int_equal(ikl_wheel_start(f.wheel, 3, 1), IKL_ERR_INVALID);
    assert_int_equal(ikl_wheel_reserve(f.wheel, 500), IKL_OK);
    assert_true(ikl_wheel_capacity(f.wheel) >= 500);
    assert_int_equal(ikl_wheel_running(f.wheel), 3);
    assert_int_equal(ikl_wheel_deadline(f.wheel, 499), IKL_NEVER);
    start(f.wheel, 499, 5000);
    ASSERT_EXPIRES(f.wheel, 5000, 1, 2, 0, 499);
    end(&f);
}

static void reserve_never_lowers_the_capacity(void **state)
{
    struct fixture f;
    size_t allocations;

    (void)state;
    make(&f, 100, 0);
    allocations = f.memory.allocations;
    assert_int_equal(ikl_wheel_reserve(f.wheel, 0), IKL_OK);
    assert_int_equal(ikl_wheel_reserve(f.wheel, 100), IKL_OK);
    assert_int_equal(ikl_wheel_capacity(f.wheel), 100);
    assert_int_equal(f.memory.allocations, allocations);
    end(&f);
}

static void many_small_raises_of_the_capacity_copy_only_a_few_times(void **state)
{
    struct fixture f;

    (void)state;
    make(&f, 0, 0);
    for (uint32_t capacity = 64; capacity <= 64000; capacity += 64) {
        assert_int_equal(ikl_wheel_reserve(f.wheel, capacity), IKL_OK);
        assert_true(ikl_wheel_capacity(f.wheel) >= capacity);
        assert_true(ikl_wheel_capacity(f.wheel) <= capacity + capacity / 2);
    }
    assert_true(f.memory.allocations < 30);
    end(&f);
}

static void a_reserve_that_fails_leaves_the_wheel_as_it_was(void **state)
{
    struct fixture f;
    size_t outstanding;

    (void)state;
    make(&f, 2, 0);
    start(f.wheel, 1, 5000);
    start(f.wheel, 0, 5000);
    outstanding = f.memory.outstanding;
    assert_int_equal(ikl_wheel_reserve(f.wheel, IKL_WHEEL_MAX_TIMERS + 1), IKL_ERR_INVALID);
    test_allocator_fail(&f.memory, 1);
    assert_int_equal(ikl_wheel_reserve(f.wheel, 3), IKL_ERR_NO_MEMORY);
    test_allocator_fail(&f.memory, 1);
    assert_int_equal(ikl_wheel_reserve(f.wheel, IKL_WHEEL_MAX_TIMERS), IKL_ERR_NO_MEMORY);
    assert_int_equal(f.memory.outstanding, outstanding);
    assert_int_equal(ikl_wheel_capacity(f.wheel), 2);
    assert_int_equal(ikl_wheel_start(f.wheel, 2, 1), IKL_ERR_INVALID);
    ASSERT_EXPIRES(f.wheel, 5000, 1, 0);
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

static void memory_is_what_was_allocated(void **state)
{
    struct fixture f;

    (void)state;
    make(&f, 10, 0);
    assert_int_equal(ikl_wheel_memory(f.wheel), f.memory.outstanding);
    assert_int_equal(ikl_wheel_reserve(f.wheel, 1000), IKL_OK);
    assert_int_equal(ikl_wheel_memory(f.wheel), f.memory.outstanding);
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

static void a_timer_that_is_stopped_causes_at_most_one_early_wake(void **state)
{
    enum { TIMERS = 200 };
    struct test_random random = {3};
    uint32_t early_in_all = 0;

    (void)state;
    for (uint32_t round = 0; round < 300; round++) {
        struct fixture f;
        uint32_t stops = 0;
        uint32_t early = 0;
        uint64_t span = 1 + test_random_magnitude(&random) / TIMERS;

        make(&f, TIMERS, test_random_below(&random, 1000000));
        for (uint32_t i = 0; i < TIMERS; i++) {
            start(f.wheel, i, ikl_wheel_position(f.wheel) + test_random_below(&random, span));
        }
        while (ikl_wheel_running(f.wheel) != 0) {
            ikl_time now = ikl_wheel_next_deadline(f.wheel);

            early += ikl_wheel_expire(f.wheel, now) == IKL_NO_TIMER;
            while (ikl_wheel_expire(f.wheel, now) != IKL_NO_TIMER) {
            }
            assert_true(ikl_wheel_next_deadline(f.wheel) > now);
            stops += ikl_wheel_stop(f.wheel, (uint32_t)test_random_below(&random, TIMERS));
            assert_true(early <= stops);
        }
        early_in_all += early;
        end(&f);
    }
    assert_true(early_in_all > 0);
}

static void a_timer_started_afresh_causes_at_most_one_early_wake(void **state)
{
    struct fixture f;
    uint32_t wakes = 0;

    (void)state;
    make(&f, 2, 0);
    start(f.wheel, 1, 4000 + HOUR);
    for (uint32_t i = 0; i < 1000; i++) {
        start(f.wheel, 0, 3000 + HOUR + i);
    }
    assert_true(ikl_wheel_next_deadline(f.wheel) <= HOUR + 3999);
    while (ikl_wheel_expire(f.wheel, ikl_wheel_next_deadline(f.wheel)) == IKL_NO_TIMER) {
        wakes++;
    }
    assert_int_equal(ikl_wheel_position(f.wheel), HOUR + 3999);
    assert_int_equal(wakes, 1);
    end(&f);
}

static void only_new_and_reserve_allocate(void **state)
{
    struct test_random random = {4};
    struct fixture f;
    size_t allocations;

    (void)state;
    make(&f, 1000, 0);
    allocations = f.memory.allocations;
    for (uint32_t i = 0; i < 10000; i++) {
        start(f.wheel, i % 1000, ikl_wheel_position(f.wheel) + (test_random_magnitude(&random) >> 24));
        (void)ikl_wheel_expire(f.wheel, ikl_wheel_position(f.wheel) + 10);
    }
    assert_int_equal(f.memory.allocations, allocations);
    end(&f);
}

int main(void)
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
        cmocka_unit_test(a_now_below_the_position_counts_as_the_position),
        cmocka_unit_test(a_now_of_never_counts_as_the_last_time_there_is),
        cmocka_unit_test(a_wheel_begins_at_now_with_every_timer_stopped),
        cmocka_unit_test(a_wheel_may_have_no_timers_and_the_default_allocator),
        cmocka_unit_test(new_refuses_what_is_out_of_range_and_writes_nothing),
        cmocka_unit_test(new_without_memory_leaves_nothing_behind),
        cmocka_unit_test(reserve_raises_the_capacity_and_keeps_running_timers_in_order),
        cmocka_unit_test(reserve_never_lowers_the_capacity),
        cmocka_unit_test(many_small_raises_of_the_capacity_copy_only_a_few_times),
        cmocka_unit_test(a_reserve_that_fails_leaves_the_wheel_as_it_was),
        cmocka_unit_test(a_start_that_fails_changes_nothing),
        cmocka_unit_test(stop_says_whether_the_timer_was_running),
        cmocka_unit_test(memory_is_what_was_allocated),
        cmocka_unit_test(the_next_deadline_is_exact_while_nothing_is_stopped),
        cmocka_unit_test(a_timer_that_is_stopped_causes_at_most_one_early_wake),
        cmocka_unit_test(a_timer_started_afresh_causes_at_most_one_early_wake),
        cmocka_unit_test(only_new_and_reserve_allocate),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
