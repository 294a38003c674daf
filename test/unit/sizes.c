/* SPDX-License-Identifier: ISC */
/* Sizes and capacities stop at the largest there is. */
#include "support/test.h"

#include "memory/arena.h"
#include "policy/wheel/memory.h"

static void the_size_of_an_arena_is_at_most_what_a_size_can_say(void **state)
{
    uint64_t account = ikl_arena_size(0);

    (void)state;
    assert_true(ikl_arena_size(SIZE_MAX - account - 1) == SIZE_MAX - 1);
    assert_true(ikl_arena_size(SIZE_MAX - account) == SIZE_MAX);
}

static void the_capacity_of_a_wheel_grows_to_as_many_timers_as_there_can_be_and_no_further(void **state)
{
    (void)state;
    assert_int_equal(ikl_wheel_grown_capacity(IKL_WHEEL_MAX_TIMERS - 2, IKL_WHEEL_MAX_TIMERS - 1),
                     IKL_WHEEL_MAX_TIMERS);
}

TESTS_OF(sizes)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_size_of_an_arena_is_at_most_what_a_size_can_say),
        cmocka_unit_test(the_capacity_of_a_wheel_grows_to_as_many_timers_as_there_can_be_and_no_further),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
