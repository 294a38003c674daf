/* SPDX-License-Identifier: ISC */
/* An allocator that counts, checks and fails on demand. */
#ifndef TEST_TEST_ALLOCATOR_H
#define TEST_TEST_ALLOCATOR_H

#include <ikelive/base.h>

enum { TEST_MAX_SECRETS = 16 };

struct test_piece;

struct test_allocator {
    struct ikl_allocator allocator; /* give this to the library */
    size_t outstanding;             /* octets allocated and not released */
    size_t allocations;             /* calls of allocate so far, failed ones included */
    size_t fail_at;                 /* this allocation fails, counted from 1; 0: none does */
    struct test_piece *pieces;      /* what is allocated */
    struct ikl_octets secrets[TEST_MAX_SECRETS];
    size_t n_secrets;
    size_t betrayed; /* pieces released with a secret in them */
};

/* Fresh memory is filled with 0xa5, so that nothing relies on zeros. Releasing with a size other than the allocated one
 * aborts. `test` must not move while it is in use. */
void test_allocator_init(struct test_allocator *test);

/* The n-th allocation from now on fails, counted from 1. */
void test_allocator_fail(struct test_allocator *test, size_t n);

/* From now on every piece that is released is searched for these octets. They are borrowed. */
void test_allocator_guard(struct test_allocator *test, const void *secret, size_t len);

/* How many of the pieces that are allocated have these octets in them. */
size_t test_allocator_find(const struct test_allocator *test, const void *octets, size_t len);

#endif
