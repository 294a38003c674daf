/* SPDX-License-Identifier: ISC */
/* The arena gives memory of the host's, piece by piece, and never more than there is. */
#include "support/test.h"

#include <ikelive/wheel.h>

enum { SIZE = 4096, ALIGNMENT = _Alignof(max_align_t) };

static _Alignas(max_align_t) uint8_t memory[SIZE + 64];

static void *allocate(const struct ikl_allocator *arena, size_t size)
{
    return arena->allocate(arena->user, size);
}

static void release(const struct ikl_allocator *arena, void *piece, size_t size)
{
    arena->release(arena->user, piece, size);
}

/* How much one piece can have. */
static size_t room_of(const struct ikl_allocator *arena)
{
    size_t size = SIZE + 1;
    void *piece = NULL;

    while (piece == NULL && --size > 0) {
        piece = allocate(arena, size);
    }
    if (piece != NULL) {
        release(arena, piece, size);
    }
    return size;
}

static void pieces_are_aligned_for_any_type_wherever_the_memory_begins_and_lie_in_it(void **state)
{
    (void)state;
    for (size_t shift = 0; shift < ALIGNMENT; shift++) {
        uint8_t *last = memory + shift;
        const struct ikl_allocator *arena;

        memset(memory, 0xee, sizeof(memory));
        arena = ikl_arena_allocator(memory + shift, SIZE);
        for (size_t size = 1; size < 50; size++) {
            uint8_t *piece = allocate(arena, size);

            assert_non_null(piece);
            assert_int_equal((uintptr_t)piece % ALIGNMENT, 0);
            assert_true(piece >= last && piece + size <= memory + shift + SIZE);
            memset(piece, 0, size);
            last = piece + size;
        }
        for (size_t i = 0; i < sizeof(memory); i++) {
            assert_true((i >= shift && i < shift + SIZE) || memory[i] == 0xee);
        }
    }
}

static void what_is_more_than_the_rest_is_not_given(void **state)
{
    const struct ikl_allocator *arena = ikl_arena_allocator(memory, SIZE);
    size_t room = room_of(arena);

    (void)state;
    assert_true(room > SIZE / 2 && room < SIZE);
    assert_null(allocate(arena, room + 1));
    assert_null(allocate(arena, SIZE_MAX));
    assert_null(allocate(arena, SIZE_MAX - ALIGNMENT));
    assert_non_null(allocate(arena, room));
    assert_null(allocate(arena, 1));
}

static void the_last_piece_is_given_again_and_all_of_them_once_none_is_left(void **state)
{
    const struct ikl_allocator *arena = ikl_arena_allocator(memory, SIZE);
    size_t room = room_of(arena);
    void *first = allocate(arena, 100), *second = allocate(arena, 100), *third = allocate(arena, 100);

    (void)state;
    release(arena, third, 100);
    assert_ptr_equal(allocate(arena, 50), third);
    release(arena, first, 100);
    assert_ptr_not_equal(allocate(arena, 100), first);
    release(arena, (uint8_t *)third + 64, 100);
    release(arena, third, 50);
    assert_true(room_of(arena) < room);
    release(arena, second, 100);
    assert_int_equal(room_of(arena), room);
    assert_ptr_equal(allocate(arena, 1), first);
}

static void memory_that_is_too_small_for_the_account_gives_nothing(void **state)
{
    size_t size = 0;

    (void)state;
    while (allocate(ikl_arena_allocator(memory, size), 1) == NULL) {
        assert_true(++size < 256);
    }
    for (size_t less = 0; less < size; less++) {
        struct ikl_wheel *wheel;

        memset(memory, 0xee, sizeof(memory));
        assert_int_equal(ikl_wheel_new(&wheel, ikl_arena_allocator(memory, less), 0, 0), IKL_ERR_NO_MEMORY);
        for (size_t i = less; i < sizeof(memory); i++) {
            assert_int_equal(memory[i], 0xee);
        }
    }
}

static void a_wheel_takes_just_what_is_said_and_runs_in_it(void **state)
{
    static const uint32_t capacities[] = {0, 1, 63, 64, 65, 1000, 1024, 1025, 5000};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(capacities); i++) {
        size_t size = ikl_wheel_arena_size(capacities[i]);
        uint8_t *own = malloc(size);
        struct ikl_wheel *wheel;

        assert_non_null(own);
        assert_int_equal(ikl_wheel_new(&wheel, ikl_arena_allocator(own, size - 1), capacities[i], 0),
                         IKL_ERR_NO_MEMORY);
        assert_int_equal(ikl_wheel_new(&wheel, ikl_arena_allocator(own, size), capacities[i], 0), IKL_OK);
        for (uint32_t timer = 0; timer < capacities[i]; timer++) {
            ikl_wheel_start(wheel, timer, timer + 1);
        }
        assert_int_equal(ikl_wheel_running(wheel), capacities[i]);
        for (uint32_t timer = 0; timer < capacities[i]; timer++) {
            assert_int_equal(ikl_wheel_expire(wheel, 2 * (ikl_time)capacities[i] + 1), timer);
        }
        ikl_wheel_free(wheel);
        free(own);
    }
}

static void no_arena_is_large_enough_for_more_timers_than_there_can_be(void **state)
{
    (void)state;
    assert_true(ikl_wheel_arena_size(IKL_WHEEL_MAX_TIMERS + 1) == SIZE_MAX);
    assert_true(ikl_wheel_arena_size(UINT32_MAX) == SIZE_MAX);
}

TESTS_OF(arena)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_are_aligned_for_any_type_wherever_the_memory_begins_and_lie_in_it),
        cmocka_unit_test(what_is_more_than_the_rest_is_not_given),
        cmocka_unit_test(the_last_piece_is_given_again_and_all_of_them_once_none_is_left),
        cmocka_unit_test(memory_that_is_too_small_for_the_account_gives_nothing),
        cmocka_unit_test(a_wheel_takes_just_what_is_said_and_runs_in_it),
        cmocka_unit_test(no_arena_is_large_enough_for_more_timers_than_there_can_be),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
