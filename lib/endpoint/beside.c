/* SPDX-License-Identifier: ISC */
/* ikelive beside: what only some IKE SAs have, by our SPI. */
#include "beside.h"

#include <string.h>

void ikl_beside_init(struct ikl_beside *beside, const struct ikl_allocator *allocator, uint64_t seed, size_t size)
{
    ikl_slab_init(&beside->kept, allocator, size);
    ikl_spi_table_init(&beside->spis, allocator, seed);
}

void ikl_beside_clear(struct ikl_beside *beside)
{
    ikl_slab_clear(&beside->kept);
    ikl_spi_table_clear(&beside->spis);
}

int ikl_beside_reserve(struct ikl_beside *beside, uint32_t n)
{
    if (n == 0) {
        return IKL_OK;
    }
    return ikl_slab_reserve(&beside->kept, n) == IKL_OK
               ? ikl_spi_table_reserve(&beside->spis, ikl_spi_table_n_used(&beside->spis) + n)
               : IKL_ERR_NO_MEMORY;
}

uint64_t ikl_beside_octets(uint32_t n, size_t size)
{
    return n != 0 ? ikl_slab_octets(size, ikl_slab_chunks_for(n)) + ikl_spi_table_octets(n) : 0;
}

static uint64_t spi_at(const void *kept, uint32_t index)
{
    uint64_t spi;

    memcpy(&spi, ikl_slab_at(kept, index), sizeof(spi));
    return spi;
}

static uint32_t index_of(const struct ikl_beside *beside, uint64_t spi)
{
    return ikl_spi_table_find(&beside->spis, spi, spi_at, &beside->kept);
}

void *ikl_beside_find(const struct ikl_beside *beside, uint64_t spi)
{
    uint32_t index = index_of(beside, spi);

    return index != IKL_NONE ? ikl_slab_at(&beside->kept, index) : NULL;
}

void *ikl_beside_add(struct ikl_beside *beside, uint64_t spi)
{
    uint32_t index = ikl_slab_take(&beside->kept);
    void *added = ikl_slab_at(&beside->kept, index);

    memcpy(added, &spi, sizeof(spi));
    ikl_spi_table_add(&beside->spis, spi, index);
    return added;
}

void ikl_beside_remove(struct ikl_beside *beside, uint64_t spi)
{
    uint32_t index = index_of(beside, spi);

    if (index != IKL_NONE) {
        ikl_spi_table_remove(&beside->spis, spi, index);
        ikl_slab_give(&beside->kept, index);
    }
}

int ikl_beside_reserve_carry(const struct ikl_beside *from, struct ikl_beside *to, uint64_t spi)
{
    return ikl_beside_find(from, spi) != NULL ? ikl_beside_reserve(to, 1) : IKL_OK;
}

void ikl_beside_carry(struct ikl_beside *from, struct ikl_beside *to, uint64_t spi)
{
    const void *kept = ikl_beside_find(from, spi);

    if (kept != NULL) {
        memcpy(ikl_beside_add(to, spi), kept, from->kept.item_size);
        ikl_beside_remove(from, spi);
    }
}
