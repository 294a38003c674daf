/* SPDX-License-Identifier: ISC */
/* ikelive tokens: what the peers of some IKE SAs will show when they have lost their state. */
#include "tokens.h"

void ikl_tokens_init(struct ikl_tokens *tokens, const struct ikl_allocator *allocator, uint64_t seed)
{
    ikl_slab_init(&tokens->kept, allocator, sizeof(struct ikl_token));
    ikl_spi_table_init(&tokens->spis, allocator, seed);
}

void ikl_tokens_clear(struct ikl_tokens *tokens)
{
    ikl_slab_clear(&tokens->kept);
    ikl_spi_table_clear(&tokens->spis);
}

int ikl_tokens_reserve(struct ikl_tokens *tokens, uint32_t n)
{
    if (n == 0) {
        return IKL_OK;
    }
    return ikl_slab_reserve(&tokens->kept, n) == IKL_OK
               ? ikl_spi_table_reserve(&tokens->spis, ikl_spi_table_n_used(&tokens->spis) + n)
               : IKL_ERR_NO_MEMORY;
}

uint64_t ikl_tokens_octets(uint32_t n)
{
    struct ikl_slab kept;

    if (n == 0) {
        return 0;
    }
    ikl_slab_init(&kept, NULL, sizeof(struct ikl_token));
    return ikl_slab_octets(&kept, ikl_slab_chunks_for(n)) + ikl_spi_table_octets(n);
}

static uint64_t spi_at(const void *kept, uint32_t index)
{
    const struct ikl_token *token = ikl_slab_at(kept, index);

    return token->spi;
}

static uint32_t index_of(const struct ikl_tokens *tokens, uint64_t spi)
{
    return ikl_spi_table_find(&tokens->spis, spi, spi_at, &tokens->kept);
}

struct ikl_token *ikl_tokens_find(const struct ikl_tokens *tokens, uint64_t spi)
{
    uint32_t index = index_of(tokens, spi);

    return index != IKL_NONE ? ikl_slab_at(&tokens->kept, index) : NULL;
}

struct ikl_token *ikl_tokens_add(struct ikl_tokens *tokens, uint64_t spi)
{
    uint32_t index = ikl_slab_take(&tokens->kept);
    struct ikl_token *token = ikl_slab_at(&tokens->kept, index);

    token->spi = spi;
    ikl_spi_table_add(&tokens->spis, spi, index);
    return token;
}

void ikl_tokens_remove(struct ikl_tokens *tokens, uint64_t spi)
{
    uint32_t index = index_of(tokens, spi);

    if (index != IKL_NONE) {
        ikl_spi_table_remove(&tokens->spis, spi, index);
        ikl_slab_give(&tokens->kept, index);
    }
}
