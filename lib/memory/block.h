/* SPDX-License-Identifier: ISC */
/* ikelive pool, inside: the blocks of which a body is a chain. */
#ifndef IKL_BLOCK_H
#define IKL_BLOCK_H

#include "memory/pool.h"

enum { IKL_BLOCK_DATA = IKL_POOL_BLOCK - 8 };

struct ikl_block {
    uint32_t next; /* IKL_NONE in the last */
    uint32_t len;  /* octets from here to the end of the body */
    uint8_t data[IKL_BLOCK_DATA];
};

static inline struct ikl_block *ikl_block_at(const struct ikl_pool *pool, uint32_t index)
{
    return ikl_slab_at(&pool->blocks, index);
}

#endif
