/* SPDX-License-Identifier: ISC */
/* ikelive openssl: which algorithms there are. */
#include "libcrypto.h"

#include <openssl/core_names.h>
#include <openssl/err.h>

static bool has_encr(const char *name)
{
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, name, NULL);
    bool has = cipher != NULL;

    EVP_CIPHER_free(cipher);
    return has;
}

static bool has_mac(const char *name)
{
    EVP_MAC *mac = EVP_MAC_fetch(NULL, name, NULL);
    bool has = mac != NULL;

    EVP_MAC_free(mac);
    return has;
}

static bool has_hmac(const char *digest)
{
    EVP_MD *md = EVP_MD_fetch(NULL, digest, NULL);
    bool has = md != NULL && has_mac(OSSL_MAC_NAME_HMAC);

    EVP_MD_free(md);
    return has;
}

static const struct ikl_cipher *find_among(const struct ikl_openssl_suite *suites, size_t n,
                                           const struct ikl_suite *suite)
{
    for (size_t i = 0; i < n; i++) {
        if (suites[i].encr == suite->encr && suites[i].key_bits == suite->key_bits && suites[i].integ == suite->integ) {
            return &suites[i].cipher;
        }
    }
    return NULL;
}

static bool has_parts(const struct ikl_openssl_parts *parts)
{
    bool has;

    ERR_set_mark();
    has = has_encr(parts->encr) && (parts->digest == NULL || has_hmac(parts->digest));
    ERR_pop_to_mark();
    return has;
}

static int find_cipher(const struct ikl_suite *suite, const struct ikl_cipher **out)
{
    const struct ikl_cipher *found = find_among(ikl_openssl_aeads, IKL_OPENSSL_AEADS, suite);

    if (found == NULL) {
        found = find_among(ikl_openssl_cbcs, IKL_OPENSSL_CBCS, suite);
    }
    if (found == NULL || !has_parts(found->own)) {
        return IKL_ERR_UNSUPPORTED;
    }
    *out = found;
    return IKL_OK;
}

static bool has_prf(const struct ikl_openssl_prf *prf)
{
    bool has;

    ERR_set_mark();
    has = prf->digest != NULL ? has_hmac(prf->digest) : has_mac(OSSL_MAC_NAME_CMAC) && has_encr("AES-128-CBC");
    ERR_pop_to_mark();
    return has;
}

static int find_prf(uint16_t id, const struct ikl_prf **out)
{
    for (size_t i = 0; i < IKL_OPENSSL_PRFS; i++) {
        if (ikl_openssl_prfs[i].id == id && has_prf(&ikl_openssl_prfs[i])) {
            *out = &ikl_openssl_prfs[i].prf;
            return IKL_OK;
        }
    }
    return IKL_ERR_UNSUPPORTED;
}

const struct ikl_provider ikl_provider_openssl = {
    .size = sizeof(struct ikl_provider),
    .name = "libcrypto",
    .cipher = find_cipher,
    .prf = find_prf,
    .sha1 = ikl_openssl_sha1,
};
