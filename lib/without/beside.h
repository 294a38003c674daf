/* SPDX-License-Identifier: ISC */
/* ikelive without anything that only some IKE SAs have: nothing is beside them. */
#ifndef IKL_WITHOUT_BESIDE_H
#define IKL_WITHOUT_BESIDE_H

#include "memory/slab.h"

struct ikl_beside;

static inline void ikl_beside_init(struct ikl_beside *beside, const struct ikl_allocator *allocator, uint64_t seed,
                                   size_t size)
{
    (void)beside;
    (void)allocator;
    (void)seed;
    (void)size;
}

static inline void ikl_beside_clear(struct ikl_beside *beside)
{
    (void)beside;
}

static inline int ikl_beside_reserve(struct ikl_beside *beside, uint32_t n)
{
    (void)beside;
    (void)n;
    return IKL_OK;
}

static inline uint64_t ikl_beside_octets(uint32_t n, size_t size)
{
    (void)n;
    (void)size;
    return 0;
}

static inline void *ikl_beside_find(const struct ikl_beside *beside, uint64_t spi)
{
    (void)beside;
    (void)spi;
    return NULL;
}

static inline void ikl_beside_remove(struct ikl_beside *beside, uint64_t spi)
{
    (void)beside;
    (void)spi;
}

static inline int ikl_beside_reserve_carry(const struct ikl_beside *from, struct ikl_beside *to, uint64_t spi)
{
    (void)from;
    (void)to;
    (void)spi;
    return IKL_OK;
}

static inline void ikl_beside_carry(struct ikl_beside *from, struct ikl_beside *to, uint64_t spi)
{
    (void)from;
    (void)to;
    (void)spi;
}

#endif
