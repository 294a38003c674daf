/* SPDX-License-Identifier: ISC */
/* ikelive pool: message bodies of any length in chained blocks, from memory set aside beforehand. */
#include "memory/pool.h"

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
uint32_t ikl_pool_blocks(size_t len)
{
    return len == 0 ? 1 : (uint32_t)((len + BLOCK_DATA - 1) / BLOCK_DATA);
}

uint64_t ikl_pool_octets(uint64_t blocks)
{
    return ikl_slab_octets(sizeof(struct block), ikl_slab_chunks_for(blocks));
}

int ikl_pool_reserve(struct ikl_pool *pool, size_t len, uint32_t n)
{
    size_t blocks = len / BLOCK_DATA + n;

    if (blocks >= IKL_NONE) {
        return IKL_ERR_NO_MEMORY;
    }
    return ikl_slab_reserve(&pool->blocks, (uint32_t)blocks);
}

static struct block *block_at(const struct ikl_pool *pool, uint32_t index)
{
    return ikl_slab_at(&pool->blocks, index);
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

        block_at(pool, index)->next = body;
        block_at(pool, index)->len = (uint32_t)(len - n * BLOCK_DATA);
        body = index;
    }
    return body;
}

/* The block that holds the octet at `*offset`, which becomes an offset within the block; null past the last one. */
static struct block *seek(const struct ikl_pool *pool, uint32_t body, size_t *offset)
{
    while (body != IKL_NONE && *offset >= BLOCK_DATA) {
        body = block_at(pool, body)->next;
        *offset -= BLOCK_DATA;
    }
    return body != IKL_NONE ? block_at(pool, body) : NULL;
}

static struct block *successor(const struct ikl_pool *pool, const struct block *block)
{
    return block->next != IKL_NONE ? block_at(pool, block->next) : NULL;
}

static size_t at_most(size_t len, size_t most)
{
    return len < most ? len : most;
}

void ikl_pool_write(struct ikl_pool *pool, uint32_t body, size_t offset, const uint8_t *data, size_t len)
{
    struct block *block = seek(pool, body, &offset);

    while (len != 0 && block != NULL) {
        size_t here = at_most(len, BLOCK_DATA - offset);

        memcpy(block->data + offset, data, here);
        data += here;
        len -= here;
        offset = 0;
        block = successor(pool, block);
    }
}

void ikl_pool_read(const struct ikl_pool *pool, uint32_t body, size_t offset, uint8_t *out, size_t len)
{
    const struct block *block = seek(pool, body, &offset);

    while (len != 0 && block != NULL) {
        size_t here = at_most(len, BLOCK_DATA - offset);

        memcpy(out, block->data + offset, here);
        out += here;
        len -= here;
        offset = 0;
        block = successor(pool, block);
    }
}

size_t ikl_pool_len(const struct ikl_pool *pool, uint32_t body)
{
    return block_at(pool, body)->len;
}

void ikl_pool_drop(struct ikl_pool *pool, uint32_t body)
{
    while (body != IKL_NONE) {
        uint32_t next = block_at(pool, body)->next;

        ikl_slab_give(&pool->blocks, body);
        body = next;
    }
}

uint32_t ikl_pool_carry(struct ikl_pool *from, struct ikl_pool *to, uint32_t body)
{
    uint32_t carried = body != IKL_NONE ? ikl_pool_take(to, ikl_pool_len(from, body)) : IKL_NONE;

    for (uint32_t source = body, target = carried; target != IKL_NONE;) {
        memcpy(block_at(to, target)->data, block_at(from, source)->data, BLOCK_DATA);
        source = block_at(from, source)->next;
        target = block_at(to, target)->next;
    }
    ikl_pool_drop(from, body);
    return carried;
}

uint32_t ikl_pool_carry_list(struct ikl_pool *from, struct ikl_pool *to, uint32_t first)
{
    uint32_t carried = IKL_NONE, last = IKL_NONE;

    for (uint32_t body = first, next; body != IKL_NONE; body = next) {
        uint32_t here;

        ikl_pool_read(from, body, 0, (uint8_t *)&next, sizeof(next));
        here = ikl_pool_carry(from, to, body);
        if (last == IKL_NONE) {
            carried = here;
        } else {
            ikl_pool_write(to, last, 0, (const uint8_t *)&here, sizeof(here));
        }
        last = here;
    }
    return carried;
}
