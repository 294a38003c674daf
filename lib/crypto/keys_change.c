/* SPDX-License-Identifier: ISC */
/* ikelive keys_change: the keys of an IKE SA after an additional key exchange (RFC 9370 §2.2.2). */
#include "check.h"
#include "sized.h"

/* As from an IKE SA that is rekeyed with the nonces that it has. */
static int next_skeyseed(const struct ikl_keys *keys, const struct ikl_prf *prf, const struct ikl_kdf_input *given,
                         uint8_t *skeyseed)
{
    struct ikl_kdf_input input;

    if (!ikl_sized_take(&input, sizeof(input), given, IKL_END_OF(struct ikl_kdf_input, spi_r)) ||
        keys->prf_len != prf->len) {
        return IKL_ERR_INVALID;
    }
    input.n_additional = 0;
    return ikl_skeyseed_rekey(prf, (struct ikl_octets){keys->sk_d, keys->prf_len}, &input, skeyseed);
}

static bool same_lengths(const struct ikl_keys *a, const struct ikl_keys *b)
{
    return a->integ_key_len == b->integ_key_len && a->encr_key_len == b->encr_key_len;
}

int ikl_keys_change(struct ikl_keys *keys, const struct ikl_provider *provider, const struct ikl_suite *suite,
                    const struct ikl_kdf_input *input)
{
    const struct ikl_prf *prf;
    struct ikl_keys next;
    uint8_t skeyseed[IKL_MAX_PRF];
    int result = ikl_provider_prf(provider, suite->prf, &prf);

    if (result == IKL_OK) {
        result = next_skeyseed(keys, prf, input, skeyseed);
    }
    if (result != IKL_OK) {
        return result;
    }
    result = ikl_keys_derive(&next, provider, suite, (struct ikl_octets){skeyseed, prf->len}, input);
    if (result == IKL_OK && !same_lengths(&next, keys)) {
        result = IKL_ERR_INVALID;
    }
    if (result == IKL_OK) {
        *keys = next;
    }
    ikl_wipe(&next, sizeof(next));
    ikl_wipe(skeyseed, sizeof(skeyseed));
    return result;
}
