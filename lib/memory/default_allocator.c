/* SPDX-License-Identifier: ISC */
/* ikelive default allocator: malloc and free. No other file of the library refers to them. */
#include <ikelive/base.h>

#include <stdlib.h>

static void *allocate(void *user, size_t size)
{
    (void)user;
    return malloc(size);
}

static void release(void *user, void *memory, size_t size)
{
    (void)user;
    (void)size;
    free(memory);
}

const struct ikl_allocator ikl_default_allocator = {.allocate = allocate, .release = release};
