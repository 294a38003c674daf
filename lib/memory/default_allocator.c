/* SPDX-License-Identifier: ISC */
/* ikelive default allocator: malloc and free. No other file of the library refers to them, and where the library was
 * built without, this one does not either. */
#include <ikelive/base.h>

#ifndef IKL_WITHOUT_MALLOC
#include <stdlib.h>
#endif

static void *allocate(void *user, size_t size)
{
    (void)user;
#ifndef IKL_WITHOUT_MALLOC
    return malloc(size);
#else
    (void)size;
    return NULL;
#endif
}

static void release(void *user, void *memory, size_t size)
{
    (void)user;
    (void)size;
#ifndef IKL_WITHOUT_MALLOC
    free(memory);
#else
    (void)memory;
#endif
}

const struct ikl_allocator ikl_default_allocator = {.allocate = allocate, .release = release};
