/* SPDX-License-Identifier: ISC */
/* ikelive arena: an allocator in memory of the host's. */
#include "memory/arena.h"

/* At the beginning of the memory; the pieces are behind it. */
struct arena {
    struct ikl_allocator allocator;
    uint8_t *pieces;
    size_t size, used; /* octets of pieces */
    size_t n;          /* pieces */
};

static size_t piece(size_t size)
{
    return (size_t)ikl_arena_piece(size);
}

static void *allocate(void *user, size_t size)
{
    struct arena *arena = user;
    size_t at = arena->used;

    if (size > arena->size - at || piece(size) > arena->size - at) {
        return NULL;
    }
    arena->used += piece(size);
    arena->n++;
    return arena->pieces + at;
}

static void release(void *user, void *memory, size_t size)
{
    struct arena *arena = user;

    if ((uint8_t *)memory + piece(size) == arena->pieces + arena->used) {
        arena->used -= piece(size);
    }
    arena->n--;
    if (arena->n == 0) {
        arena->used = 0;
    }
}

static void *allocate_nothing(void *user, size_t size)
{
    (void)user;
    (void)size;
    return NULL;
}

static const struct ikl_allocator nothing = {.allocate = allocate_nothing, .release = release};

/* The octets before the first that is aligned for any type. */
static size_t lost_before(const void *memory)
{
    size_t past = (uintptr_t)memory % IKL_ANY_ALIGNMENT;

    return past != 0 ? IKL_ANY_ALIGNMENT - past : 0;
}

const struct ikl_allocator *ikl_arena_allocator(void *memory, size_t size)
{
    size_t first = lost_before(memory) + piece(sizeof(struct arena));
    struct arena *arena;

    if (size < first) {
        return &nothing;
    }
    arena = (void *)((uint8_t *)memory + lost_before(memory));
    *arena = (struct arena){.allocator = {.allocate = allocate, .release = release, .user = arena},
                            .pieces = (uint8_t *)memory + first,
                            .size = size - first};
    return &arena->allocator;
}

size_t ikl_arena_size(uint64_t pieces)
{
    uint64_t size = pieces + piece(sizeof(struct arena));

    return size < SIZE_MAX ? (size_t)size : SIZE_MAX;
}
