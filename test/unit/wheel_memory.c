/* SPDX-License-Identifier: ISC */
/* What a wheel allocates, how wide it is, and how it grows. */
#include "support/test.h"

#include "support/test_random.h"
#include "support/wheel_fixture.h"

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
    /* so many there may be, memory permitting */
    test_allocator_fail(&memory, 1);
    assert_int_equal(ikl_wheel_new(&wheel, &memory.allocator, IKL_WHEEL_MAX_TIMERS, 0), IKL_ERR_NO_MEMORY);
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

static void new_wide_refuses_what_new_refuses_and_other_widths(void **state)
{
    static const uint32_t widths[] = {0, 1, 32, 63, 65, 96, 65535, 65537, 131072, UINT32_MAX};
    struct ikl_wheel *wheel = NULL;
    struct test_allocator memory;

    (void)state;
    test_allocator_init(&memory);
    for (size_t i = 0; i < COUNT_OF(widths); i++) {
        assert_int_equal(ikl_wheel_new_wide(&wheel, &memory.allocator, 1, widths[i], 0), IKL_ERR_INVALID);
    }
    assert_int_equal(ikl_wheel_new_wide(&wheel, &memory.allocator, IKL_WHEEL_MAX_TIMERS + 1, 64, 0), IKL_ERR_INVALID);
    assert_int_equal(ikl_wheel_new_wide(&wheel, &memory.allocator, 1, 64, IKL_NEVER), IKL_ERR_INVALID);
    test_allocator_fail(&memory, 1);
    assert_int_equal(ikl_wheel_new_wide(&wheel, &memory.allocator, 1, 64, 0), IKL_ERR_NO_MEMORY);
    assert_null(wheel);
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

/* A timer in each slot of level 0 that may have one: of its 256, also in the first, at 256. */
static void a_wheel_that_becomes_wider_keeps_the_timers_of_every_slot(void **state)
{
    enum { TIMERS = 128, NOW = 200 };
    struct fixture f;

    (void)state;
    make(&f, TIMERS, NOW);
    for (uint32_t timer = 0; timer < TIMERS; timer++) {
        start(f.wheel, timer, NOW + timer);
    }
    assert_int_equal(ikl_wheel_reserve(f.wheel, 25600), IKL_OK);
    for (uint32_t timer = 0; timer < TIMERS; timer++) {
        assert_int_equal(ikl_wheel_next_deadline(f.wheel), NOW + timer);
        ASSERT_EXPIRES(f.wheel, NOW + timer, timer);
    }
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

static void a_raise_of_the_capacity_is_by_an_eighth_at_least(void **state)
{
    static const uint32_t capacities[] = {8, 9, 80, 1000};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(capacities); i++) {
        struct fixture f;

        make(&f, capacities[i], 0);
        assert_int_equal(ikl_wheel_reserve(f.wheel, capacities[i] + 1), IKL_OK);
        assert_true(ikl_wheel_capacity(f.wheel) >= capacities[i] + capacities[i] / 8);
        end(&f);
    }
}

static void many_small_raises_of_the_capacity_copy_only_a_few_times(void **state)
{
    struct fixture f;

    (void)state;
    make(&f, 0, 0);
    for (uint32_t capacity = 64; capacity <= 64000; capacity += 64) {
        assert_int_equal(ikl_wheel_reserve(f.wheel, capacity), IKL_OK);
        assert_true(ikl_wheel_capacity(f.wheel) >= capacity);
        assert_true(ikl_wheel_capacity(f.wheel) <= capacity + capacity / 8 + 64);
    }
    assert_true(f.memory.allocations < 120);
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

TESTS_OF(wheel_memory)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wheel_begins_at_now_with_every_timer_stopped),
        cmocka_unit_test(a_wheel_may_have_no_timers_and_the_default_allocator),
        cmocka_unit_test(new_refuses_what_is_out_of_range_and_writes_nothing),
        cmocka_unit_test(new_without_memory_leaves_nothing_behind),
        cmocka_unit_test(new_wide_refuses_what_new_refuses_and_other_widths),
        cmocka_unit_test(reserve_raises_the_capacity_and_keeps_running_timers_in_order),
        cmocka_unit_test(a_wheel_that_becomes_wider_keeps_the_timers_of_every_slot),
        cmocka_unit_test(reserve_never_lowers_the_capacity),
        cmocka_unit_test(a_raise_of_the_capacity_is_by_an_eighth_at_least),
        cmocka_unit_test(many_small_raises_of_the_capacity_copy_only_a_few_times),
        cmocka_unit_test(a_reserve_that_fails_leaves_the_wheel_as_it_was),
        cmocka_unit_test(memory_is_what_was_allocated),
        cmocka_unit_test(only_new_and_reserve_allocate),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
