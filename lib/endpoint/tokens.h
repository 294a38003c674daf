/* SPDX-License-Identifier: ISC */
/* ikelive tokens: what the peers of some IKE SAs will show when they have lost their state (RFC 6290). Kept beside the
 * IKE SAs, so that those without one take nothing for it. */
#ifndef IKL_TOKENS_H
#define IKL_TOKENS_H

#include "memory/slab.h"
#include "spi_table.h"

#include <ikelive/crash.h>

/* The token of one IKE SA's peer. */
struct ikl_token {
    uint64_t spi;                  /* ours, of the IKE SA */
    ikl_time full_at;              /* see limit.h */
    uint8_t digest[IKL_TOKEN_LEN]; /* of the token, so that it cannot be read here */
};

struct ikl_tokens {
    struct ikl_slab kept;
    struct ikl_spi_table spis;
};

/* The allocator and `seed` are as for ikl_spi_table_init. */
void ikl_tokens_init(struct ikl_tokens *tokens, const struct ikl_allocator *allocator, uint64_t seed);
void ikl_tokens_clear(struct ikl_tokens *tokens);

/* Makes room for so many more. IKL_ERR_NO_MEMORY: those that are kept stay. */
int ikl_tokens_reserve(struct ikl_tokens *tokens, uint32_t n);
/* What that takes of an arena when none are kept. */
uint64_t ikl_tokens_octets(uint32_t n);

/* That of the IKE SA with this SPI of ours, or null. */
struct ikl_token *ikl_tokens_find(const struct ikl_tokens *tokens, uint64_t spi);
/* A new one for an IKE SA that has none; room was made. */
struct ikl_token *ikl_tokens_add(struct ikl_tokens *tokens, uint64_t spi);
/* Wipes that of this IKE SA, if it has one. */
void ikl_tokens_remove(struct ikl_tokens *tokens, uint64_t spi);

#endif
