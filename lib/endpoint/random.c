/* SPDX-License-Identifier: ISC */
/* ikelive endpoint: numbers from the host's `random`. */
#include "shared.h"

#include "octets.h"

int ikl_endpoint_random(const struct ikl_endpoint *endpoint, uint8_t *out, size_t len)
{
    return endpoint->callbacks.random(endpoint->user, out, len) == IKL_OK ? IKL_OK : IKL_ERR_CRYPTO;
}

uint32_t ikl_endpoint_random_number(const struct ikl_endpoint *endpoint)
{
    uint8_t octets[4];

    return ikl_endpoint_random(endpoint, octets, sizeof(octets)) == IKL_OK ? ikl_load_u32(octets) : 0;
}
