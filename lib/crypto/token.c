/* SPDX-License-Identifier: ISC */
/* ikelive token: what a token of quick crash detection is made of (RFC 6290 §5.1). */
#include "check.h"
#include "octets.h"

#include <ikelive/crash.h>
#include <ikelive/message.h>

/* The role is the maker's, so that its token is not the one that the peer would make of the same secret. */
int ikl_token_make(const struct ikl_prf *prf, struct ikl_octets secret, uint64_t spi_i, uint64_t spi_r,
                   bool original_initiator, uint8_t *out)
{
    uint8_t octets[2 * sizeof(uint64_t) + 1];
    struct ikl_octets part = {octets, sizeof(octets)};
    struct ikl_prf_input input = {
        .size = sizeof(input), .key = secret.data, .key_len = secret.len, .parts = &part, .n_parts = 1};
    int result;

    if (secret.len < IKL_MIN_SECRET || ikl_prf_check(prf) != IKL_OK || prf->len < IKL_MIN_TOKEN) {
        return IKL_ERR_INVALID;
    }
    ikl_store_u64(octets, spi_i);
    ikl_store_u64(octets + sizeof(spi_i), spi_r);
    octets[sizeof(spi_i) + sizeof(spi_r)] = original_initiator;
    result = prf->compute(&input, out);
    if (result != IKL_OK) {
        ikl_wipe(out, prf->len);
    }
    return result;
}
