/* SPDX-License-Identifier: ISC */
/* ikelive pool: message bodies of any length in chained blocks, from memory set aside beforehand. */
#include "memory/block.h"

#include <string.h>

void ikl_pool_init(struct ikl_pool *pool, const struct ikl_allocator *allocator)
{
    ikl_slab_init(&pool->blocks, allocator, sizeof(struct ikl_block));
}

void ikl_pool_clear(struct ikl_pool *pool)
{
    ikl_slab_clear(&pool->blocks);
}

/* An empty body takes a block too, so that it has a handle. */
uint32_t ikl_pool_blocks(size_t len)
{
    return len == 0 ? 1 : (uint32_t)((len + IKL_BLOCK_DATA - 1) / IKL_BLOCK_DATA);
}

uint64_t ikl_pool_octets(uint64_t blocks)
{
    return ikl_slab_octets(sizeof(struct ikl_block), ikl_slab_chunks_for(blocks));
}

int ikl_pool_reserve(struct ikl_pool *pool, size_t len, uint32_t n)
{
    size_t blocks = len / IKL_BLOCK_DATA + n;

    if (blocks >= IKL_NONE) {
        return IKL_ERR_NO_MEMORY;
    }
    return ikl_slab_reserve(&pool->blocks, (uint32_t)blocks);
}

uint32_t ikl_pool_take(struct ikl_pool *pool, size_t len)
{
    size_t n = ikl_pool_blocks(len);
    uint32_t body = IKL_NONE;

    if (n > ikl_slab_n_free(&pool->blocks)) {
        return IKL_NONE;
    }
    /* from the last block to the first, so that each knows its successor */
    while (n-- > 0) {
        uint32_t index = ikl_slab_take(&pool->blocks);

        ikl_block_at(pool, index)->next = body;
        ikl_block_at(pool, index)->len = (uint32_t)(len - n * IKL_BLOCK_DATA);
        body = index;
    }
    return body;
}

/* The block that holds the octet at `*offset`, which becomes an offset within the block; null past the last one. */
static struct ikl_block *seek(const struct ikl_pool *pool, uint32_t body, size_t *offset)
{
    while (body != IKL_NONE && *offset >= IKL_BLOCK_DATA) {
        body = ikl_block_at(pool, body)->next;
        *offset -= IKL_BLOCK_DATA;
    }
    return body != IKL_NONE ? ikl_block_at(pool, body) : NULL;
}

static struct ikl_block *successor(const struct ikl_pool *pool, const struct ikl_block *block)
{
    return block->next != IKL_NONE ? ikl_block_at(pool, block->next) : NULL;
}

static size_t at_most(size_t len, size_t most)
{
    return len < most ? len : most;
}

void ikl_pool_write(struct ikl_pool *pool, uint32_t body, size_t offset, const uint8_t *data, size_t len)
{
    struct ikl_block *block = seek(pool, body, &offset);

    while (len != 0) {
        size_t here = at_most(len, IKL_BLOCK_DATA - offset);

        memcpy(block->data + offset, data, here);
        data += here;
        len -= here;
        offset = 0;
        block = successor(pool, block);
    }
}

void ikl_pool_read(const struct ikl_pool *pool, uint32_t body, size_t offset, uint8_t *out, size_t len)
{
    const struct ikl_block *block = seek(pool, body, &offset);

    while (len != 0) {
        size_t here = at_most(len, IKL_BLOCK_DATA - offset);

        memcpy(out, block->data + offset, here);
        out += here;
        len -= here;
        offset = 0;
        block = successor(pool, block);
    }
}

size_t ikl_pool_len(const struct ikl_pool *pool, uint32_t body)
{
    return ikl_block_at(pool, body)->len;
}

void ikl_pool_drop(struct ikl_pool *pool, uint32_t body)
{
    while (body != IKL_NONE) {
        uint32_t next = ikl_block_at(pool, body)->next;

        ikl_slab_give(&pool->blocks, body);
        body = next;
    }
}
