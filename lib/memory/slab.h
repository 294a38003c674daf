/* SPDX-License-Identifier: ISC */
/* ikelive slab: objects of one size, addressed by a 32-bit index, at addresses that never change. */
#ifndef IKL_SLAB_H
#define IKL_SLAB_H

#include "out_of_line.h"

#include <ikelive/base.h>

#define IKL_NONE UINT32_MAX /* no object */
#define IKL_SLAB_CHUNK 64u  /* items allocated at once */

struct ikl_slab {
    const struct ikl_allocator *allocator;
    uint8_t **chunks;
    size_t item_size;
    uint32_t n_chunks, max_chunks;
    uint32_t first_free, n_free;            /* single items */
    uint32_t first_free_pair, n_free_pairs; /* pairs, by the first item of each */
};

/* `item_size` is rounded up so that every item is aligned to 8; it may be 0. The allocator is borrowed. */
void ikl_slab_init(struct ikl_slab *slab, const struct ikl_allocator *allocator, size_t item_size);

/* Frees everything, items in use included. */
void ikl_slab_clear(struct ikl_slab *slab);

/* Allocates until `n` items are free. IKL_ERR_NO_MEMORY: the slab is usable as before. */
int ikl_slab_reserve(struct ikl_slab *slab, uint32_t n);

/* Allocates until there are `n_chunks` chunks: for a slab whose items are not taken, because they belong to the items
 * with the same index in another slab. IKL_ERR_NO_MEMORY: the slab is usable as before. */
int ikl_slab_match(struct ikl_slab *slab, uint32_t n_chunks);

/* How many chunks ikl_slab_reserve and ikl_slab_reserve_pairs allocate for `n` in an empty slab. */
static inline uint64_t ikl_slab_chunks_for(uint64_t n)
{
    return (n + IKL_SLAB_CHUNK - 1) / IKL_SLAB_CHUNK;
}

static inline uint64_t ikl_slab_chunks_for_pairs(uint64_t n)
{
    return ikl_slab_chunks_for(2 * n);
}

/* What so many chunks of items of this size take of an arena, allocated one after the other. */
uint64_t ikl_slab_octets(size_t item_size, uint64_t n_chunks);

/* A free item, zeroed, or IKL_NONE when none is free. Allocates nothing: reserve first. */
uint32_t ikl_slab_take(struct ikl_slab *slab);

/* Gives an item back; it is wiped. */
void ikl_slab_give(struct ikl_slab *slab, uint32_t index);

/* The same with pairs: an item and the one with the next index. Pairs and single items do not become each other. */
int ikl_slab_reserve_pairs(struct ikl_slab *slab, uint32_t n);
uint32_t ikl_slab_take_pair(struct ikl_slab *slab);
void ikl_slab_give_pair(struct ikl_slab *slab, uint32_t index);

static inline uint32_t ikl_slab_n_free(const struct ikl_slab *slab)
{
    return slab->n_free;
}

static inline uint32_t ikl_slab_n_free_pairs(const struct ikl_slab *slab)
{
    return slab->n_free_pairs;
}

static inline uint32_t ikl_slab_n_chunks(const struct ikl_slab *slab)
{
    return slab->n_chunks;
}

/* The item with this index, where the size of items is known. */
static inline void *ikl_slab_at_sized(const struct ikl_slab *slab, uint32_t index, size_t item_size)
{
    return slab->chunks[index / IKL_SLAB_CHUNK] + index % IKL_SLAB_CHUNK * item_size;
}

/* The item with this index. */
IKL_SHARED void *ikl_slab_at(const struct ikl_slab *slab, uint32_t index);

#if IKL_DEFINES
IKL_SHARED void *ikl_slab_at(const struct ikl_slab *slab, uint32_t index)
{
    return ikl_slab_at_sized(slab, index, slab->item_size);
}
#endif

#endif
