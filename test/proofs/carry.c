/* SPDX-License-Identifier: ISC */
/* A body that goes to another pool, which has room, reads the same there, and is dropped here. So does each of a list
 * of bodies, but for the handle of the next one that it begins with; there they are in the same order. No other octet
 * there changes. Taking, dropping, and access by offset do what the pool's own proof says of them.
 *
 * bounds: two pools of 3 blocks of 8 octets; one body of all of them at most, or a list of 3 bodies of a
 * block each, in the order of their numbers
 * each: -DBODY
 * long: -DLIST
 * cbmc: --unwind 5
 * fault: lib/memory/carry.c s/    ikl_pool_drop(from, body);//
 * fault: lib/memory/carry.c s/(from, source)->data/(from, body)->data/
 * fault: -DLIST lib/memory/carry.c s/        last = here;/        last = carried;/ */
#include "proof.h"

#include "memory/pool.h"

/* Small blocks: what is proved of them does not depend on their size. */
#undef IKL_POOL_BLOCK
#define IKL_POOL_BLOCK 16
#include "memory/carry.c"

enum { BLOCKS = 3 };

static struct ikl_block here[BLOCKS], there[BLOCKS];
static uint8_t *chunk_here = (uint8_t *)here, *chunk_there = (uint8_t *)there;
static struct ikl_pool from, to;
static uint32_t order_here[BLOCKS], order_there[BLOCKS]; /* in which blocks are used */
static uint32_t n_taken, n_dropped;

uint32_t ikl_pool_blocks(size_t len)
{
    return (uint32_t)((len + IKL_BLOCK_DATA - 1) / IKL_BLOCK_DATA);
}

size_t ikl_pool_len(const struct ikl_pool *pool, uint32_t body)
{
    prove(pool == &from && body < BLOCKS);
    return here[body].len;
}

/* Links so many blocks, the first of those that are given, to a body. */
static uint32_t link_blocks(struct ikl_block *blocks, const uint32_t *order, size_t len)
{
    uint32_t n = ikl_pool_blocks(len);

    for (uint32_t i = 0; i < n; i++) {
        blocks[order[i]].len = (uint32_t)(len - i * IKL_BLOCK_DATA);
        blocks[order[i]].next = i + 1 < n ? order[i + 1] : IKL_NONE;
    }
    return order[0];
}

uint32_t ikl_pool_take(struct ikl_pool *pool, size_t len)
{
    uint32_t n = ikl_pool_blocks(len), body;

    prove(pool == &to && n_taken + n <= BLOCKS);
    body = link_blocks(there, order_there + n_taken, len);
    for (uint32_t i = 0; i < n; i++) {
        memset(there[order_there[n_taken + i]].data, 0, IKL_BLOCK_DATA);
    }
    n_taken += n;
    return body;
}

void ikl_pool_drop(struct ikl_pool *pool, uint32_t body)
{
    prove(pool == &from && (body == IKL_NONE || body == order_here[n_dropped]));
    if (body != IKL_NONE) {
        n_dropped += ikl_pool_blocks(here[body].len);
        here[body] = (struct ikl_block){.next = nondet_u32(), .len = nondet_u32()};
    }
}

/* Of the first block alone. */
void ikl_pool_read(const struct ikl_pool *pool, uint32_t body, size_t offset, uint8_t *out, size_t len)
{
    prove(pool == &from && body < BLOCKS && offset + len <= here[body].len && offset + len <= IKL_BLOCK_DATA);
    memcpy(out, here[body].data + offset, len);
}

void ikl_pool_write(struct ikl_pool *pool, uint32_t body, size_t offset, const uint8_t *data, size_t len)
{
    prove(pool == &to && body < BLOCKS && offset + len <= there[body].len && offset + len <= IKL_BLOCK_DATA);
    memcpy(there[body].data + offset, data, len);
}

static void suppose_pool(struct ikl_pool *pool, struct ikl_block *blocks, uint8_t **chunk, uint32_t *order)
{
    pool->blocks = (struct ikl_slab){.chunks = chunk, .item_size = sizeof(*blocks), .n_chunks = 1};
    for (uint32_t i = 0; i < BLOCKS; i++) {
        struct ikl_block any;

        blocks[i] = any;
        order[i] = nondet_u32();
        suppose(order[i] < BLOCKS);
    }
    suppose(order[0] != order[1] && order[0] != order[2] && order[1] != order[2]);
}

#if defined(BODY)
enum { ALIKE = 0 }; /* from where on octets are the same */

/* A body of so many blocks, the last one not always full. */
static uint32_t any_bodies(uint32_t n)
{
    size_t len = n * IKL_BLOCK_DATA - any_up_to(IKL_BLOCK_DATA - 1);

    return n != 0 ? link_blocks(here, order_here, len) : IKL_NONE;
}

static uint32_t carry(uint32_t body)
{
    size_t len = body != IKL_NONE ? here[body].len : 0;
    uint32_t carried = ikl_pool_carry(&from, &to, body);

    prove(body == IKL_NONE || there[carried].len == len);
    return carried;
}
#else
enum { ALIKE = sizeof(uint32_t) };

static uint32_t any_bodies(uint32_t n)
{
    uint32_t first = IKL_NONE;

    suppose(order_here[0] == 0 && order_here[1] == 1);
    while (n-- > 0) {
        (void)link_blocks(here, &order_here[n], IKL_BLOCK_DATA);
        memcpy(here[order_here[n]].data, &first, sizeof(first));
        first = order_here[n];
    }
    return first;
}

static uint32_t carry(uint32_t first)
{
    uint32_t carried = ikl_pool_carry_list(&from, &to, first);

    for (uint32_t i = 0; i < n_taken; i++) {
        uint32_t next;

        memcpy(&next, there[order_there[i]].data, sizeof(next));
        prove(next == (i + 1 < n_taken ? order_there[i + 1] : IKL_NONE));
    }
    return carried;
}
#endif

int main(void)
{
    uint32_t n = nondet_u32(), nth = nondet_u32(), first;
    size_t offset = nondet_size();
    uint8_t was, others;

    suppose(n <= BLOCKS && nth < BLOCKS && offset >= ALIKE && offset < IKL_BLOCK_DATA);
    suppose_pool(&from, here, &chunk_here, order_here);
    suppose_pool(&to, there, &chunk_there, order_there);
    first = any_bodies(n);
    was = here[order_here[nth]].data[offset];
    others = there[order_there[nth]].data[offset];
    prove(carry(first) == (n != 0 ? order_there[0] : IKL_NONE));
    prove(n_taken == n && n_dropped == n);
    prove(there[order_there[nth]].data[offset] == (nth < n ? was : others));
    return 0;
}
