/* SPDX-License-Identifier: ISC */
/* ikelive memory, for tests and proofs alone: what holds of each slab, and pool, between two calls. */
#ifndef IKL_MEMORY_VALID_H
#define IKL_MEMORY_VALID_H

#include "memory/block.h"

#include <string.h>

/* A list has its `n` items, each in a chunk, and each once: one that came again would make a list without an end. */
static inline bool ikl_free_list_is_valid(const struct ikl_slab *slab, uint32_t first, uint32_t n)
{
    uint32_t index = first;

    for (uint32_t i = 0; i < n; i++) {
        if (index / IKL_SLAB_CHUNK >= slab->n_chunks) {
            return false;
        }
        memcpy(&index, ikl_slab_at(slab, index), sizeof(index));
    }
    return index == IKL_NONE;
}

static inline bool ikl_slab_is_valid(const struct ikl_slab *slab)
{
    uint64_t n_items = (uint64_t)slab->n_chunks * IKL_SLAB_CHUNK;

    return slab->n_chunks <= slab->max_chunks && (slab->max_chunks == 0) == (slab->chunks == NULL) &&
           slab->item_size % 8 == 0 && slab->n_free + 2 * (uint64_t)slab->n_free_pairs <= n_items &&
           ikl_free_list_is_valid(slab, slab->first_free, slab->n_free) &&
           ikl_free_list_is_valid(slab, slab->first_free_pair, slab->n_free_pairs);
}

/* Each block but the last of a body is full, and the next one knows how much is left. A free block is wiped, but for
 * the link that it begins with; so is an empty body, which has none. */
static inline bool ikl_block_is_valid(const struct ikl_pool *pool, uint32_t index)
{
    const struct ikl_block *block = ikl_block_at(pool, index);

    if (block->len <= IKL_BLOCK_DATA) {
        return block->len == 0 || block->next == IKL_NONE;
    }
    return block->next / IKL_SLAB_CHUNK < pool->blocks.n_chunks &&
           ikl_block_at(pool, block->next)->len == block->len - IKL_BLOCK_DATA;
}

static inline bool ikl_pool_is_valid(const struct ikl_pool *pool)
{
    uint32_t n = pool->blocks.n_chunks * IKL_SLAB_CHUNK;

    for (uint32_t i = 0; i < n; i++) {
        if (!ikl_block_is_valid(pool, i)) {
            return false;
        }
    }
    return pool->blocks.n_free_pairs == 0 && ikl_slab_is_valid(&pool->blocks);
}

#endif
