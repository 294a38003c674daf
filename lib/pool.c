/* ikelive pool: message bodies of any length in chained blocks, from memory set aside beforehand.
 * SPDX-License-Identifier: ISC */
#include "pool.h"

#include <string.h>

enum { BLOCK_DATA = IKL_POOL_BLOCK - 8 };

struct block {
    uint32_t next; /* IKL_NONE in the last */
    uint32_t len;  /* octets from here to the end of the body */
    uint8_t data[BLOCK_DATA];
};

void ikl_pool_init(struct ikl_pool *pool, const struct ikl_allocator *allocator)
{
    ikl_slab_init(&pool->blocks, allocator, sizeof(struct block));
}

void ikl_pool_clear(struct ikl_pool *pool)
{
    ikl_slab_clear(&pool->blocks);
}

/* An empty body takes a block too, so that it has a handle. */
static size_t blocks_for(size_t len)
{
    return len == 0 ? 1 : (len + BLOCK_DATA - 1) / BLOCK_DATA;
}

int ikl_pool_reserve(struct ikl_pool *pool, size_t len, uint32_t n)
{
    size_t blocks = len / BLOCK_DATA + n;

    if (blocks >= IKL_NONE) {
        return IKL_ERR_NO_MEMORY;
    }
    return ikl_slab_reserve(&pool->blocks, (uint32_t)blocks);
}

uint32_t ikl_pool_store(struct ikl_pool *pool, const uint8_t *data, size_t len)
{
    size_t n = blocks_for(len);
    uint32_t body = IKL_NONE;
    size_t tail = 0;

    if (n > pool->blocks.n_free) {
        return IKL_NONE;
    }
    /* from the last block to the first, so that each knows its successor */
    while (n-- > 0) {
        uint32_t index = ikl_slab_take(&pool->blocks);
        struct block *block = ikl_slab_at(&pool->blocks, index);
        size_t here = len - tail - n * BLOCK_DATA;

        block->next = body;
        tail += here;
        block->len = (uint32_t)tail;
        if (here != 0) {
            memcpy(block->data, data + n * BLOCK_DATA, here);
        }
        body = index;
    }
    return body;
}

size_t ikl_pool_len(const struct ikl_pool *pool, uint32_t body)
{
    return ((const struct block *)ikl_slab_at(&pool->blocks, body))->len;
}

void ikl_pool_load(const struct ikl_pool *pool, uint32_t body, uint8_t *out)
{
    while (body != IKL_NONE) {
        const struct block *block = ikl_slab_at(&pool->blocks, body);
        size_t here = block->len < BLOCK_DATA ? block->len : BLOCK_DATA;

        memcpy(out, block->data, here);
        out += here;
        body = block->next;
    }
}

void ikl_pool_drop(struct ikl_pool *pool, uint32_t body)
{
    while (body != IKL_NONE) {
        uint32_t next = ((const struct block *)ikl_slab_at(&pool->blocks, body))->next;

        ikl_slab_give(&pool->blocks, body);
        body = next;
    }
}
