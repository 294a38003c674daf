/* An allocator that counts, checks and fails on demand.
 * SPDX-License-Identifier: ISC */
#ifndef TEST_TEST_ALLOCATOR_H
#define TEST_TEST_ALLOCATOR_H

#include <ikelive/base.h>

struct test_allocator {
    struct ikl_allocator allocator; /* give this to the library */
    size_t outstanding;             /* octets allocated and not released */
    size_t allocations;             /* calls of allocate so far, failed ones included */
    size_t fail_at;                 /* this allocation fails, counted from 1; 0: none does */
};

/* Fresh memory is filled with 0xa5, so that nothing relies on zeros. Releasing with a size other than the allocated one
 * aborts. `test` must not move while it is in use. */
void test_allocator_init(struct test_allocator *test);

/* The n-th allocation from now on fails, counted from 1. */
void test_allocator_fail(struct test_allocator *test, size_t n);

#endif
