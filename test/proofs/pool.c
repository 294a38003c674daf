/* SPDX-License-Identifier: ISC */
/* From any valid pool, a new body is zero and as long as was asked for, or there is no room and nothing changes; what
 * is written to a body is read from it; what is dropped is given back, block by block; and no octet of another body
 * changes. The pool stays valid. The slab does what its own proof says of it.
 *
 * bounds: 3 blocks of 4 octets
 * each: -DTAKE -DREAD -DWRITE -DDROP
 * cbmc: --unwind 5
 * fault: lib/memory/pool.c s/n > ikl_slab_n_free/n - 1 > ikl_slab_n_free/
 * fault: -DDROP lib/memory/pool.c s/        body = next;/        body = IKL_NONE;/ */
#include "proof.h"

#include "memory/pool.h"

/* Small blocks: what is proved of them does not depend on their size. */
#undef IKL_POOL_BLOCK
#define IKL_POOL_BLOCK 12

/* Octet by octet, and never past a block. */
static void copy(uint8_t *to, const uint8_t *from, size_t len)
{
    prove(len <= IKL_POOL_BLOCK - 8);
    for (size_t i = 0; i < IKL_POOL_BLOCK - 8; i++) {
        if (i < len) {
            to[i] = from[i];
        }
    }
}

#define memcpy copy
#include "memory/pool.c"
#undef memcpy
#include "memory/valid.h"

enum { BLOCKS = 3, MOST = (BLOCKS + 1) * IKL_BLOCK_DATA };

static struct ikl_block blocks[BLOCKS];
static bool taken[BLOCKS];
static uint8_t *chunk = (uint8_t *)blocks;
static struct ikl_pool pool;

/* Any block that is free; it is zeroed. */
uint32_t ikl_slab_take(struct ikl_slab *slab)
{
    uint32_t index = nondet_u32();

    if (slab->n_free == 0) {
        return IKL_NONE;
    }
    suppose(index < BLOCKS && !taken[index]);
    taken[index] = true;
    blocks[index] = (struct ikl_block){0};
    slab->n_free--;
    return index;
}

/* It is wiped, and has a link to another that is free. */
void ikl_slab_give(struct ikl_slab *slab, uint32_t index)
{
    prove(index < BLOCKS && taken[index]);
    taken[index] = false;
    blocks[index] = (struct ikl_block){.next = nondet_u32()};
    slab->n_free++;
}

/* A block that is taken ends its body, or is followed by another that is taken. */
static bool is_in_body(uint32_t index)
{
    uint32_t next = blocks[index].next;

    return next == IKL_NONE ? blocks[index].len <= IKL_BLOCK_DATA
                            : next < BLOCKS && taken[next] && blocks[index].len > IKL_BLOCK_DATA;
}

static bool is_valid(void)
{
    uint32_t n_free = 0;

    for (uint32_t i = 0; i < BLOCKS; i++) {
        n_free += taken[i] ? 0 : 1;
        if (taken[i] && !(is_in_body(i) && ikl_block_is_valid(&pool, i))) {
            return false;
        }
    }
    return n_free == pool.blocks.n_free;
}

/* Whether it is the first block of a body, and no block of it is in two bodies. */
static bool begins_body(uint32_t body)
{
    if (body >= BLOCKS || !taken[body]) {
        return false;
    }
    for (uint32_t i = 0; i < BLOCKS; i++) {
        if (taken[i] && blocks[i].next == body) {
            return false;
        }
        for (uint32_t k = 0; k < i; k++) {
            if (taken[i] && taken[k] && blocks[i].next == blocks[k].next && blocks[i].next != IKL_NONE) {
                return false;
            }
        }
    }
    return true;
}

static void suppose_pool(void)
{
    pool.blocks = (struct ikl_slab){.chunks = &chunk,
                                    .item_size = sizeof(struct ikl_block),
                                    .n_chunks = 1,
                                    .max_chunks = 1,
                                    .n_free = any_up_to(BLOCKS)};
    for (uint32_t i = 0; i < BLOCKS; i++) {
        taken[i] = nondet_bool();
        blocks[i].next = nondet_u32();
        blocks[i].len = nondet_u32();
        for (size_t k = 0; k < IKL_BLOCK_DATA; k++) {
            blocks[i].data[k] = nondet_u8();
        }
    }
    suppose(is_valid());
}

static uint8_t octet_of(uint32_t body, size_t offset)
{
    while (offset >= IKL_BLOCK_DATA) {
        body = blocks[body].next;
        offset -= IKL_BLOCK_DATA;
    }
    return blocks[body].data[offset];
}

/* What a step does that is about one body, or about none yet. */
#if defined(TAKE)
static void step(uint32_t other)
{
    size_t len = any_up_to(MOST), watched = nondet_size();
    uint32_t n_free = pool.blocks.n_free, n = ikl_pool_blocks(len), body = ikl_pool_take(&pool, len);

    (void)other;
    prove((body == IKL_NONE) == (n > n_free));
    prove(pool.blocks.n_free == (body == IKL_NONE ? n_free : n_free - n));
    if (body != IKL_NONE) {
        prove(ikl_pool_len(&pool, body) == len && begins_body(body));
        prove(watched >= len || octet_of(body, watched) == 0);
    }
}
#elif defined(READ) || defined(WRITE)
static void step(uint32_t other)
{
    uint32_t body = nondet_u32(), n_free = pool.blocks.n_free;
    uint8_t octets[IKL_BLOCK_DATA + 1], was;
    size_t len = any_up_to(sizeof(octets)), offset = any_up_to(MOST), watched = any_up_to(MOST);

    suppose(body != other && begins_body(body));
    suppose(offset + len <= blocks[body].len && watched < blocks[body].len);
    was = octet_of(body, watched);
#if defined(READ)
    ikl_pool_read(&pool, body, offset, octets, len);
    prove(octet_of(body, watched) == was);
#else
    ikl_pool_write(&pool, body, offset, octets, len);
#endif
    prove(octet_of(body, watched) == (watched >= offset && watched - offset < len ? octets[watched - offset] : was));
    prove(pool.blocks.n_free == n_free);
}
#else
static void step(uint32_t other)
{
    uint32_t body = nondet_u32(), n_free = pool.blocks.n_free, n;

    suppose(body == IKL_NONE || (body != other && begins_body(body)));
    n = body != IKL_NONE ? ikl_pool_blocks(ikl_pool_len(&pool, body)) : 0;
    ikl_pool_drop(&pool, body);
    prove(pool.blocks.n_free == n_free + n);
    prove(body == IKL_NONE || !taken[body]);
}
#endif

int main(void)
{
    uint32_t other = nondet_u32();
    size_t watched = nondet_size(), len;
    uint8_t was;

    suppose_pool();
    suppose(begins_body(other) && watched < blocks[other].len);
    len = blocks[other].len;
    was = octet_of(other, watched);
    step(other);
    prove(is_valid() && begins_body(other));
    prove(blocks[other].len == len && octet_of(other, watched) == was);
    return 0;
}
