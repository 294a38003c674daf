/* SPDX-License-Identifier: ISC */
/* ikelive endpoint, inside: the IKE SA with an SPI of ours, in line, because every datagram asks for one. */
#ifndef IKL_ENDPOINT_FIND_H
#define IKL_ENDPOINT_FIND_H

#include "sa/sa.h"

/* For the table of SPIs, which has indexes only. */
static inline uint64_t ikl_own_spi_at(const void *sas, uint32_t index)
{
    return ikl_sa_own_spi(ikl_slab_at(sas, index));
}

/* As ikl_endpoint_find. */
static inline struct ikl_sa *ikl_sa_of_spi(const struct ikl_endpoint *endpoint, uint64_t our_spi)
{
    uint32_t index = ikl_spi_table_find(&endpoint->spis, our_spi, ikl_own_spi_at, &endpoint->sas);

    return index != IKL_NONE ? ikl_slab_at(&endpoint->sas, index) : NULL;
}

#endif
