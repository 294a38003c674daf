/* SPDX-License-Identifier: ISC */
/* ikelive slab: objects of one size, addressed by a 32-bit index, at addresses that never change. */
#include "memory/slab.h"

#include "memory/arena.h"

#include <ikelive/crypto.h>

#include <string.h>

/* With room for the link of free items. */
static size_t whole_item(size_t item_size)
{
    return item_size != 0 ? (item_size + 7) & ~(size_t)7 : 8;
}

void ikl_slab_init(struct ikl_slab *slab, const struct ikl_allocator *allocator, size_t item_size)
{
    memset(slab, 0, sizeof(*slab));
    slab->allocator = allocator;
    slab->item_size = whole_item(item_size);
    slab->first_free = slab->first_free_pair = IKL_NONE;
}

void ikl_slab_clear(struct ikl_slab *slab)
{
    const struct ikl_allocator *allocator = slab->allocator;

    for (uint32_t i = 0; i < slab->n_chunks; i++) {
        ikl_wipe(slab->chunks[i], slab->item_size * IKL_SLAB_CHUNK);
        allocator->release(allocator->user, slab->chunks[i], slab->item_size * IKL_SLAB_CHUNK);
    }
    if (slab->chunks != NULL) {
        allocator->release(allocator->user, slab->chunks, slab->max_chunks * sizeof(*slab->chunks));
    }
    ikl_slab_init(slab, allocator, slab->item_size);
}

static uint64_t longer_table(uint64_t max_chunks)
{
    return max_chunks != 0 ? max_chunks * 2 : 4;
}

uint64_t ikl_slab_octets(size_t item_size, uint64_t n_chunks)
{
    uint64_t octets = n_chunks * ikl_arena_piece(whole_item(item_size) * IKL_SLAB_CHUNK);

    for (uint64_t max = 0; max < n_chunks;) {
        max = longer_table(max);
        octets += ikl_arena_piece(max * sizeof(void *));
    }
    return octets;
}

static int reserve_chunk_table(struct ikl_slab *slab)
{
    const struct ikl_allocator *allocator = slab->allocator;
    uint32_t max = (uint32_t)longer_table(slab->max_chunks);
    uint8_t **chunks;

    if (slab->n_chunks < slab->max_chunks) {
        return IKL_OK;
    }
    if (max > IKL_NONE / IKL_SLAB_CHUNK) {
        return IKL_ERR_NO_MEMORY;
    }
    chunks = allocator->allocate(allocator->user, max * sizeof(*chunks));
    if (chunks == NULL) {
        return IKL_ERR_NO_MEMORY;
    }
    if (slab->chunks != NULL) {
        memcpy(chunks, slab->chunks, slab->n_chunks * sizeof(*chunks));
        allocator->release(allocator->user, slab->chunks, slab->max_chunks * sizeof(*chunks));
    }
    slab->chunks = chunks;
    slab->max_chunks = max;
    return IKL_OK;
}

/* Free items, and pairs, are linked through their first four octets. */
static void link_free(const struct ikl_slab *slab, uint32_t *first, uint32_t index)
{
    memcpy(ikl_slab_at(slab, index), first, sizeof(*first));
    *first = index;
}

static uint32_t unlink_free(const struct ikl_slab *slab, uint32_t *first)
{
    uint32_t index = *first;

    memcpy(first, ikl_slab_at(slab, index), sizeof(*first));
    return index;
}

/* Allocates the next chunk, whose items are in no list. */
static int add_chunk(struct ikl_slab *slab)
{
    const struct ikl_allocator *allocator = slab->allocator;
    uint8_t *chunk;

    if (reserve_chunk_table(slab) != IKL_OK) {
        return IKL_ERR_NO_MEMORY;
    }
    chunk = allocator->allocate(allocator->user, slab->item_size * IKL_SLAB_CHUNK);
    if (chunk == NULL) {
        return IKL_ERR_NO_MEMORY;
    }
    memset(chunk, 0, slab->item_size * IKL_SLAB_CHUNK);
    slab->chunks[slab->n_chunks++] = chunk;
    return IKL_OK;
}

static int add_items(struct ikl_slab *slab)
{
    if (add_chunk(slab) != IKL_OK) {
        return IKL_ERR_NO_MEMORY;
    }
    for (uint32_t i = IKL_SLAB_CHUNK; i-- > 0;) {
        link_free(slab, &slab->first_free, (slab->n_chunks - 1) * IKL_SLAB_CHUNK + i);
    }
    slab->n_free += IKL_SLAB_CHUNK;
    return IKL_OK;
}

static int add_pairs(struct ikl_slab *slab)
{
    if (add_chunk(slab) != IKL_OK) {
        return IKL_ERR_NO_MEMORY;
    }
    for (uint32_t i = IKL_SLAB_CHUNK / 2; i-- > 0;) {
        link_free(slab, &slab->first_free_pair, (slab->n_chunks - 1) * IKL_SLAB_CHUNK + 2 * i);
    }
    slab->n_free_pairs += IKL_SLAB_CHUNK / 2;
    return IKL_OK;
}

int ikl_slab_reserve(struct ikl_slab *slab, uint32_t n)
{
    while (slab->n_free < n) {
        if (add_items(slab) != IKL_OK) {
            return IKL_ERR_NO_MEMORY;
        }
    }
    return IKL_OK;
}

int ikl_slab_reserve_pairs(struct ikl_slab *slab, uint32_t n)
{
    while (slab->n_free_pairs < n) {
        if (add_pairs(slab) != IKL_OK) {
            return IKL_ERR_NO_MEMORY;
        }
    }
    return IKL_OK;
}

int ikl_slab_match(struct ikl_slab *slab, uint32_t n_chunks)
{
    while (slab->n_chunks < n_chunks) {
        if (add_items(slab) != IKL_OK) {
            return IKL_ERR_NO_MEMORY;
        }
    }
    return IKL_OK;
}

uint32_t ikl_slab_take(struct ikl_slab *slab)
{
    uint32_t index;

    if (slab->n_free == 0) {
        return IKL_NONE;
    }
    index = unlink_free(slab, &slab->first_free);
    slab->n_free--;
    memset(ikl_slab_at(slab, index), 0, slab->item_size);
    return index;
}

uint32_t ikl_slab_take_pair(struct ikl_slab *slab)
{
    uint32_t index;

    if (slab->n_free_pairs == 0) {
        return IKL_NONE;
    }
    index = unlink_free(slab, &slab->first_free_pair);
    slab->n_free_pairs--;
    memset(ikl_slab_at(slab, index), 0, 2 * slab->item_size);
    return index;
}

void ikl_slab_give(struct ikl_slab *slab, uint32_t index)
{
    ikl_wipe(ikl_slab_at(slab, index), slab->item_size);
    link_free(slab, &slab->first_free, index);
    slab->n_free++;
}

void ikl_slab_give_pair(struct ikl_slab *slab, uint32_t index)
{
    ikl_wipe(ikl_slab_at(slab, index), 2 * slab->item_size);
    link_free(slab, &slab->first_free_pair, index);
    slab->n_free_pairs++;
}
