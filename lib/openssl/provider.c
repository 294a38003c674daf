/* SPDX-License-Identifier: ISC */
/* ikelive openssl: which algorithms there are. */
#include "libcrypto.h"

#include <openssl/core_names.h>
#include <openssl/err.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
    uint16_t encr, key_bits, integ;
    const struct ikl_openssl_cipher *found;
} ciphers[] = {
    {IKL_ENCR_CHACHA20_POLY1305, 0, IKL_INTEG_NONE, &ikl_openssl_chacha20poly1305},
    {IKL_ENCR_AES_GCM_16, 128, IKL_INTEG_NONE, &ikl_openssl_aes128gcm16},
    {IKL_ENCR_AES_GCM_16, 256, IKL_INTEG_NONE, &ikl_openssl_aes256gcm16},
    {IKL_ENCR_AES_CBC, 128, IKL_INTEG_HMAC_SHA2_256_128, &ikl_openssl_aes128_sha256},
    {IKL_ENCR_AES_CBC, 128, IKL_INTEG_HMAC_SHA2_512_256, &ikl_openssl_aes128_sha512},
    {IKL_ENCR_AES_CBC, 256, IKL_INTEG_HMAC_SHA2_256_128, &ikl_openssl_aes256_sha256},
    {IKL_ENCR_AES_CBC, 256, IKL_INTEG_HMAC_SHA2_512_256, &ikl_openssl_aes256_sha512},
};

static const struct {
    uint16_t id;
    const struct ikl_openssl_prf *found;
} prfs[] = {
    {IKL_PRF_HMAC_SHA2_256, &ikl_openssl_prfsha256},
    {IKL_PRF_HMAC_SHA2_384, &ikl_openssl_prfsha384},
    {IKL_PRF_HMAC_SHA2_512, &ikl_openssl_prfsha512},
};

static bool has_encr(const char *name)
{
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, name, NULL);
    bool has = cipher != NULL;

    EVP_CIPHER_free(cipher);
    return has;
}

static bool has_hmac(const char *digest)
{
    EVP_MAC *mac = EVP_MAC_fetch(NULL, OSSL_MAC_NAME_HMAC, NULL);
    EVP_MD *md = EVP_MD_fetch(NULL, digest, NULL);
    bool has = mac != NULL && md != NULL;

    EVP_MAC_free(mac);
    EVP_MD_free(md);
    return has;
}

static int find_cipher(const struct ikl_suite *suite, const struct ikl_cipher **out)
{
    const struct ikl_openssl_cipher *found = NULL;
    bool available;

    for (size_t i = 0; i < COUNT_OF(ciphers) && found == NULL; i++) {
        if (ciphers[i].encr == suite->encr && ciphers[i].key_bits == suite->key_bits &&
            ciphers[i].integ == suite->integ) {
            found = ciphers[i].found;
        }
    }
    if (found == NULL) {
        return IKL_ERR_UNSUPPORTED;
    }
    ERR_set_mark();
    available = has_encr(found->encr) && (found->digest == NULL || has_hmac(found->digest));
    ERR_pop_to_mark();
    if (!available) {
        return IKL_ERR_UNSUPPORTED;
    }
    *out = &found->cipher;
    return IKL_OK;
}

static int find_prf(uint16_t id, const struct ikl_prf **out)
{
    const struct ikl_openssl_prf *found = NULL;
    bool available;

    for (size_t i = 0; i < COUNT_OF(prfs) && found == NULL; i++) {
        if (prfs[i].id == id) {
            found = prfs[i].found;
        }
    }
    if (found == NULL) {
        return IKL_ERR_UNSUPPORTED;
    }
    ERR_set_mark();
    available = has_hmac(found->digest);
    ERR_pop_to_mark();
    if (!available) {
        return IKL_ERR_UNSUPPORTED;
    }
    *out = &found->prf;
    return IKL_OK;
}

const struct ikl_provider ikl_provider_openssl = {
    .size = sizeof(struct ikl_provider),
    .name = "libcrypto",
    .cipher = find_cipher,
    .prf = find_prf,
    .sha1 = ikl_openssl_sha1,
};
