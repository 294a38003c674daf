/* SPDX-License-Identifier: ISC */
/* See poor.h. */
#include "poor.h"

#include "providers.h"

#include <ikelive/crash.h>
#include <string.h>

struct ikl_prf poor_prf;
int poor_result;

int poor_fail(const struct ikl_prf_input *input, uint8_t *out)
{
    (void)input;
    memset(out, 0xee, IKL_TOKEN_LEN);
    return IKL_ERR_CRYPTO;
}

static int find_cipher(const struct ikl_suite *wanted, const struct ikl_cipher **out)
{
    return test_provider->cipher(wanted, out);
}

static int find_prf(uint16_t id, const struct ikl_prf **out)
{
    (void)id;
    *out = &poor_prf;
    return poor_result;
}

const struct ikl_provider poor_provider = {
    .size = sizeof(poor_provider), .name = "poor", .cipher = find_cipher, .prf = find_prf};
