/* SPDX-License-Identifier: ISC */
/* The default allocator is malloc and free of the C library. */
#include "support/test.h"

#include <ikelive/base.h>

static void *allocate(size_t size)
{
    return ikl_default_allocator.allocate(ikl_default_allocator.user, size);
}

static void release(void *memory, size_t size)
{
    ikl_default_allocator.release(ikl_default_allocator.user, memory, size);
}

static void memory_is_aligned_for_any_type_and_all_of_it_can_be_used(void **state)
{
    uint8_t *pieces[300];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(pieces); i++) {
        pieces[i] = allocate(i + 1);
        assert_non_null(pieces[i]);
        assert_int_equal((uintptr_t)pieces[i] % _Alignof(max_align_t), 0);
        memset(pieces[i], (int)i, i + 1);
    }
    for (size_t i = 0; i < COUNT_OF(pieces); i++) {
        for (size_t at = 0; at <= i; at++) {
            assert_int_equal(pieces[i][at], (uint8_t)i);
        }
        release(pieces[i], i + 1);
    }
}

static void memory_comes_from_malloc_and_goes_to_free(void **state)
{
    void *from_malloc = malloc(10);

    (void)state;
    assert_non_null(from_malloc);
    release(from_malloc, 10);
    free(allocate(10));
}

/* Whatever the allocator of the C library keeps back for a while, it does not keep them all. */
static void memory_that_was_released_is_given_out_again(void **state)
{
    enum { TIMES = 5000, SIZE = 64 * 1024 };
    static uintptr_t places[TIMES];
    bool again = false;

    (void)state;
    for (size_t i = 0; i < TIMES && !again; i++) {
        void *memory = allocate(SIZE);

        assert_non_null(memory);
        places[i] = (uintptr_t)memory;
        release(memory, SIZE);
        for (size_t before = 0; before < i; before++) {
            again = again || places[before] == places[i];
        }
    }
    assert_true(again);
}

TESTS_OF(default_allocator)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_aligned_for_any_type_and_all_of_it_can_be_used),
        cmocka_unit_test(memory_comes_from_malloc_and_goes_to_free),
        cmocka_unit_test(memory_that_was_released_is_given_out_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
