/* SPDX-License-Identifier: ISC */
/* ikelive pool: message bodies of any length in chained blocks, from memory set aside beforehand. */
#ifndef IKL_POOL_H
#define IKL_POOL_H

#include "memory/slab.h"

#define IKL_POOL_BLOCK 128 /* octets of memory a block takes */

struct ikl_pool {
    struct ikl_slab blocks;
};

void ikl_pool_init(struct ikl_pool *pool, const struct ikl_allocator *allocator);
void ikl_pool_clear(struct ikl_pool *pool);

/* What this many blocks take of an arena. */
uint64_t ikl_pool_octets(uint64_t blocks);

/* How many blocks a body of `len` octets takes. */
uint32_t ikl_pool_blocks(size_t len);

/* Allocates until bodies of `len` octets in all, in `n` pieces, have room. IKL_ERR_NO_MEMORY: usable as before. */
int ikl_pool_reserve(struct ikl_pool *pool, size_t len, uint32_t n);

/* A new body of `len` octets, all zero; IKL_NONE when there is no room, and nothing has changed. */
uint32_t ikl_pool_take(struct ikl_pool *pool, size_t len);

/* Copies octets into and out of a body; offset + len must lie within it. */
void ikl_pool_write(struct ikl_pool *pool, uint32_t body, size_t offset, const uint8_t *data, size_t len);
void ikl_pool_read(const struct ikl_pool *pool, uint32_t body, size_t offset, uint8_t *out, size_t len);

/* How long the body is. */
size_t ikl_pool_len(const struct ikl_pool *pool, uint32_t body);

/* Forgets and wipes the body; IKL_NONE is allowed. */
void ikl_pool_drop(struct ikl_pool *pool, uint32_t body);

/* Moves a body to another pool, which has room. Returns its new handle; IKL_NONE for IKL_NONE. */
uint32_t ikl_pool_carry(struct ikl_pool *from, struct ikl_pool *to, uint32_t body);
/* The same for a list of bodies, each of which begins with the handle of the next, IKL_NONE in the last. */
uint32_t ikl_pool_carry_list(struct ikl_pool *from, struct ikl_pool *to, uint32_t first);

#endif
