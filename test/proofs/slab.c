/* SPDX-License-Identifier: ISC */
/* From any slab what is taken was the first that was free, is zeroed, and no octet of another item changes; what is
 * given back is wiped and the first that is free; without a free item nothing happens.
 *
 * bounds: two chunks of items of 8 octets
 * each: -DTAKE -DGIVE
 * long: -DTAKE_PAIR -DGIVE_PAIR
 * fault: lib/memory/slab.c s/(slab, index), 0, slab->item_size)/(slab, index), 0, 4)/ */
#include "proof.h"

#include "memory/slab.c"

enum { ITEM = 8, CHUNK = ITEM * IKL_SLAB_CHUNK, ITEMS = 2 * IKL_SLAB_CHUNK };

/* Items: of one, or of a pair. */
#if defined(TAKE_PAIR) || defined(GIVE_PAIR)
enum { WIDTH = 2 * ITEM };
#define FIRST first_free_pair
#define N n_free_pairs
#else
enum { WIDTH = ITEM };
#define FIRST first_free
#define N n_free
#endif

static uint8_t *first, *second; /* the chunks */
static uint8_t *chunks[4];
static struct ikl_slab slab;

void ikl_wipe(void *memory, size_t len)
{
    memset(memory, 0, len);
}

/* The octet, and the free item's link to the next, at this offset in both chunks, one after the other. */
static uint8_t *octet_at(size_t at)
{
    return at < CHUNK ? &first[at] : &second[at - CHUNK];
}

static uint32_t link_at(size_t at)
{
    uint32_t next;

    memcpy(&next, octet_at(at), sizeof(next));
    return next;
}

static void take(uint32_t index, uint32_t n, uint32_t next)
{
#if defined(TAKE_PAIR)
    uint32_t taken = ikl_slab_take_pair(&slab);
#else
    uint32_t taken = ikl_slab_take(&slab);
#endif

    prove(taken == (n > 0 ? index : IKL_NONE));
    prove(slab.FIRST == (n > 0 ? next : index) && slab.N == (n > 0 ? n - 1 : 0));
}

static void give(uint32_t given, uint32_t index, uint32_t n)
{
#if defined(GIVE_PAIR)
    ikl_slab_give_pair(&slab, given);
#else
    ikl_slab_give(&slab, given);
#endif
    prove(slab.FIRST == given && slab.N == n + 1);
    prove(link_at((size_t)given * ITEM) == index);
}

int main(void)
{
    uint32_t index = nondet_u32() % ITEMS, n = nondet_u32() % ITEMS, given = nondet_u32() % ITEMS;
    size_t watched = any_up_to(ITEMS * ITEM - 1), from;
    uint8_t was;

    suppose(WIDTH == ITEM || (index % 2 == 0 && given % 2 == 0));
    ikl_slab_init(&slab, NULL, ITEM);
    first = any_octets(CHUNK);
    second = any_octets(CHUNK);
    chunks[0] = first;
    chunks[1] = second;
    slab.chunks = chunks;
    slab.n_chunks = 2;
    slab.max_chunks = 4;
    slab.N = n;
    slab.FIRST = index;
    was = *octet_at(watched);
#if defined(TAKE) || defined(TAKE_PAIR)
    from = (size_t)index * ITEM;
    take(index, n, link_at(from));
    if (n > 0 && watched >= from && watched - from < WIDTH) {
        was = 0;
    }
#else
    from = (size_t)given * ITEM;
    give(given, index, n);
    if (watched >= from && watched - from < WIDTH) {
        was = watched - from < sizeof(index) ? *octet_at(watched) : 0;
    }
#endif
    prove(*octet_at(watched) == was);
    return 0;
}
