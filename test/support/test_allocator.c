/* An allocator that counts, checks and fails on demand.
 * SPDX-License-Identifier: ISC */
#include "test_allocator.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Before each piece of memory; as large as the strictest alignment. */
union header {
    size_t size;
    max_align_t aligned;
};

static void *allocate(void *user, size_t size)
{
    struct test_allocator *test = user;
    union header *header;

    if (size == 0) {
        fprintf(stderr, "allocated 0 octets\n");
        abort();
    }
    test->allocations++;
    if (test->allocations == test->fail_at) {
        return NULL;
    }
    header = malloc(sizeof(*header) + size);
    if (header == NULL) {
        return NULL;
    }
    header->size = size;
    test->outstanding += size;
    return memset(header + 1, 0xa5, size);
}

static void release(void *user, void *memory, size_t size)
{
    struct test_allocator *test = user;
    union header *header = (union header *)memory - 1;

    if (header->size != size) {
        fprintf(stderr, "released %zu octets of %zu\n", size, header->size);
        abort();
    }
    test->outstanding -= size;
    free(header);
}

void test_allocator_init(struct test_allocator *test)
{
    *test = (struct test_allocator){.allocator = {allocate, release, test}};
}

void test_allocator_fail(struct test_allocator *test, size_t n)
{
    test->fail_at = test->allocations + n;
}
