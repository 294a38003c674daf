/* SPDX-License-Identifier: ISC */
/* ikelive beside: what only some IKE SAs have and others take no octet for: objects of one size, found by our SPI of
 * the IKE SA. */
#ifndef IKL_BESIDE_H
#define IKL_BESIDE_H

#include "memory/slab.h"
#include "spi_table.h"

/* Each begins with the SPI, a uint64_t. */
struct ikl_beside {
    struct ikl_slab kept;
    struct ikl_spi_table spis;
};

#if defined(IKL_WITHOUT_KEY_CHANGES) && defined(IKL_WITHOUT_SNAPSHOTS) && defined(IKL_WITHOUT_SYNC) &&                 \
    defined(IKL_WITHOUT_TOKENS)
#include "without/beside.h"
#else
/* The allocator and `seed` are as for ikl_spi_table_init. */
void ikl_beside_init(struct ikl_beside *beside, const struct ikl_allocator *allocator, uint64_t seed, size_t size);
void ikl_beside_clear(struct ikl_beside *beside);

/* Makes room for so many more. IKL_ERR_NO_MEMORY: those that are kept stay. */
int ikl_beside_reserve(struct ikl_beside *beside, uint32_t n);
/* What that takes of an arena when none are kept, of this size each. */
uint64_t ikl_beside_octets(uint32_t n, size_t size);

/* That of the IKE SA with this SPI of ours, or null. */
void *ikl_beside_find(const struct ikl_beside *beside, uint64_t spi);
/* A new one for an IKE SA that has none, zero but for its SPI; room was made. */
void *ikl_beside_add(struct ikl_beside *beside, uint64_t spi);
/* Wipes that of this IKE SA, if it has one. */
void ikl_beside_remove(struct ikl_beside *beside, uint64_t spi);

/* Makes room elsewhere for that of this IKE SA, if it has one; moves it there. */
int ikl_beside_reserve_carry(const struct ikl_beside *from, struct ikl_beside *to, uint64_t spi);
void ikl_beside_carry(struct ikl_beside *from, struct ikl_beside *to, uint64_t spi);
#endif

#endif
