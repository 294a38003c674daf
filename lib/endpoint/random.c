/* SPDX-License-Identifier: ISC */
/* ikelive endpoint: numbers from the host's `random`. */
#include "shared.h"

#include "octets.h"

uint32_t ikl_endpoint_random_number(const struct ikl_endpoint *endpoint)
{
    uint8_t octets[4];

    if (endpoint->callbacks.random(endpoint->user, octets, sizeof(octets)) != IKL_OK) {
        return 0;
    }
    return ikl_load_u32(octets);
}
