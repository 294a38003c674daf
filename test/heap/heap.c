/* SPDX-License-Identifier: ISC */
/* The heap in place of the wheel, and whether it is as its source says it always is. */
#include "support/test.h"

#include "support/wheel_check.h"
#include "support/wheel_fixture.h"

#include "without/wheel.c"

void wheel_check(const struct ikl_wheel *wheel)
{
    uint32_t running = 0;

    for (uint32_t timer = 0; timer < wheel->capacity; timer++) {
        uint32_t place = wheel->timers[timer].place;

        if (place != STOPPED) {
            running++;
            assert_true(place < wheel->running);
            assert_int_equal(wheel->timers[place].there, timer);
            assert_true(place == 0 || !is_before(wheel, timer, wheel->timers[(place - 1) / 2].there));
            assert_true(wheel->timers[timer].comes_up <= wheel->timers[timer].deadline);
            assert_true(wheel->timers[timer].comes_up >= wheel->position);
        }
    }
    assert_int_equal(running, wheel->running);
}

ikl_time wheel_comes_up(const struct ikl_wheel *wheel, uint32_t timer)
{
    return wheel->timers[timer].comes_up;
}

static void a_heap_has_no_width(void **state)
{
    struct fixture f;

    (void)state;
    make(&f, 10, 0);
    assert_int_equal(ikl_wheel_width(f.wheel), 0);
    end(&f);
    make_wide(&f, 10, 64, 0);
    assert_int_equal(ikl_wheel_width(f.wheel), 0);
    end(&f);
}

static void the_memory_of_a_heap_is_what_the_header_says(void **state)
{
    static const uint32_t capacities[] = {0, 1, 64, 1000};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(capacities); i++) {
        struct fixture f;

        make(&f, capacities[i], 0);
        assert_true(f.memory.outstanding <= 32 * (size_t)(capacities[i] != 0 ? capacities[i] : 1) + 72);
        end(&f);
    }
}

static void an_arena_of_the_size_that_is_said_is_just_enough(void **state)
{
    static const uint32_t capacities[] = {0, 1, 64};
    static _Alignas(max_align_t) uint8_t memory[4096];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(capacities); i++) {
        size_t size = ikl_wheel_arena_size(capacities[i]);
        struct ikl_wheel *wheel;

        assert_true(size <= sizeof(memory));
        assert_int_equal(ikl_wheel_new(&wheel, ikl_arena_allocator(memory, size - 1), capacities[i], 0),
                         IKL_ERR_NO_MEMORY);
        assert_int_equal(ikl_wheel_new(&wheel, ikl_arena_allocator(memory, size), capacities[i], 0), IKL_OK);
        ikl_wheel_free(wheel);
    }
    assert_int_equal(ikl_wheel_arena_size(IKL_WHEEL_MAX_TIMERS + 1), SIZE_MAX);
}

static void a_push_moves_no_timer_before_its_old_deadline(void **state)
{
    struct ikl_wheel_work left = {5, 5};
    struct fixture f;

    (void)state;
    make(&f, 2, 0);
    start(f.wheel, 0, 10);
    start(f.wheel, 1, 20);
    push(f.wheel, 0, 30);
    assert_int_equal(ikl_wheel_next_deadline(f.wheel), 10);
    assert_int_equal(ikl_wheel_expire_within(f.wheel, 9, &left), IKL_NO_TIMER);
    assert_int_equal(left.move, 5);
    assert_int_equal(ikl_wheel_expire_within(f.wheel, 10, &left), IKL_NO_TIMER);
    assert_int_equal(left.move, 4);
    assert_int_equal(ikl_wheel_next_deadline(f.wheel), 20);
    ASSERT_EXPIRES(f.wheel, 30, 1, 0);
    end(&f);
}

TESTS_OF(heap)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_heap_has_no_width),
        cmocka_unit_test(the_memory_of_a_heap_is_what_the_header_says),
        cmocka_unit_test(an_arena_of_the_size_that_is_said_is_just_enough),
        cmocka_unit_test(a_push_moves_no_timer_before_its_old_deadline),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
