/* SPDX-License-Identifier: ISC */
/* ikelive psa: which algorithms there are. */
#include "parts.h"

static const struct ikl_cipher *find_among(const struct ikl_psa_suite *suites, size_t n, const struct ikl_suite *suite)
{
    for (size_t i = 0; i < n; i++) {
        if (suites[i].encr == suite->encr && suites[i].key_bits == suite->key_bits && suites[i].integ == suite->integ) {
            return &suites[i].cipher;
        }
    }
    return NULL;
}

/* Whether a message of one block can be sealed. */
static bool works(const struct ikl_cipher *cipher)
{
    static const uint8_t key[IKL_MAX_ENCR_KEY];
    const struct ikl_cipher_init keys = {.size = sizeof(keys), .encr_key = key, .integ_key = key, .cipher = cipher};
    uint8_t message[IKL_MAX_IV + 16 + IKL_MAX_ICV] = {0};
    uint64_t state[32];

    (void)cipher->init(state, &keys); /* only copies them */
    return psa_crypto_init() == PSA_SUCCESS && cipher->seal(state, message, 0, 16) == IKL_OK;
}

static int find_cipher(const struct ikl_suite *suite, const struct ikl_cipher **out)
{
    const struct ikl_cipher *found = find_among(ikl_psa_aeads, IKL_PSA_AEADS, suite);

    if (found == NULL) {
        found = find_among(ikl_psa_cbcs, IKL_PSA_CBCS, suite);
    }
    if (found == NULL || !works(found)) {
        return IKL_ERR_UNSUPPORTED;
    }
    *out = found;
    return IKL_OK;
}

static bool computes(const struct ikl_prf *prf)
{
    const struct ikl_prf_input nothing = {.size = sizeof(nothing)};
    uint8_t out[IKL_MAX_PRF];

    return psa_crypto_init() == PSA_SUCCESS && prf->compute(&nothing, out) == IKL_OK;
}

static int find_prf(uint16_t id, const struct ikl_prf **out)
{
    for (size_t i = 0; i < IKL_PSA_PRFS; i++) {
        if (ikl_psa_prfs[i].id == id && computes(&ikl_psa_prfs[i].prf)) {
            *out = &ikl_psa_prfs[i].prf;
            return IKL_OK;
        }
    }
    return IKL_ERR_UNSUPPORTED;
}

const struct ikl_provider ikl_provider_psa = {
    .size = sizeof(struct ikl_provider),
    .name = "PSA Crypto",
    .cipher = find_cipher,
    .prf = find_prf,
    .sha1 = ikl_psa_sha1,
};
