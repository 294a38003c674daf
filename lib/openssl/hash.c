/* SPDX-License-Identifier: ISC */
/* ikelive openssl: the PRFs, and SHA-1. */
#include "libcrypto.h"
#include "mac.h"

#include <openssl/crypto.h>
#include <openssl/err.h>

enum { CMAC_LEN = 16 };

static int compute(const char *digest, const struct ikl_prf_input *input, uint8_t *out, size_t out_len)
{
    EVP_MAC_CTX *context;
    bool done;
    size_t len = 0;

    ERR_set_mark();
    context = ikl_openssl_mac_context(digest, input->key, input->key_len);
    done = context != NULL;
    for (size_t i = 0; i < input->n_parts && done; i++) {
        done = EVP_MAC_update(context, input->parts[i].data, input->parts[i].len) == 1;
    }
    done = done && EVP_MAC_final(context, out, &len, out_len) == 1;
    EVP_MAC_CTX_free(context);
    ERR_pop_to_mark();
    return done ? IKL_OK : IKL_ERR_CRYPTO;
}

static int compute_sha1(const struct ikl_prf_input *input, uint8_t *out)
{
    return compute("SHA1", input, out, 20);
}

static int compute_sha256(const struct ikl_prf_input *input, uint8_t *out)
{
    return compute("SHA256", input, out, 32);
}

static int compute_sha384(const struct ikl_prf_input *input, uint8_t *out)
{
    return compute("SHA384", input, out, 48);
}

static int compute_sha512(const struct ikl_prf_input *input, uint8_t *out)
{
    return compute("SHA512", input, out, 64);
}

/* RFC 4615: a key of another length is made one of 16 octets first. */
static int compute_cmac(const struct ikl_prf_input *input, uint8_t *out)
{
    static const uint8_t zeros[CMAC_LEN];
    const struct ikl_octets given = {input->key, input->key_len};
    const struct ikl_prf_input for_key = {.key = zeros, .key_len = sizeof(zeros), .parts = &given, .n_parts = 1};
    struct ikl_prf_input whole = *input;
    uint8_t key[CMAC_LEN];
    int result = IKL_OK;

    if (input->key_len != CMAC_LEN) {
        result = compute(NULL, &for_key, key, sizeof(key));
        whole.key = key;
        whole.key_len = sizeof(key);
    }
    if (result == IKL_OK) {
        result = compute(NULL, &whole, out, CMAC_LEN);
    }
    OPENSSL_cleanse(key, sizeof(key));
    return result;
}

#define HMAC(prf_id, prf_name, prf_len, digest_name, function)                                                         \
    {                                                                                                                  \
        (prf_id), {.size = sizeof(struct ikl_prf), .name = prf_name, .len = (prf_len), .compute = function},           \
            digest_name                                                                                                \
    }

const struct ikl_openssl_prf ikl_openssl_prfs[IKL_OPENSSL_PRFS] = {
    HMAC(IKL_PRF_HMAC_SHA1, "prfsha1", 20, "SHA1", compute_sha1),
    HMAC(IKL_PRF_HMAC_SHA2_256, "prfsha256", 32, "SHA256", compute_sha256),
    HMAC(IKL_PRF_HMAC_SHA2_384, "prfsha384", 48, "SHA384", compute_sha384),
    HMAC(IKL_PRF_HMAC_SHA2_512, "prfsha512", 64, "SHA512", compute_sha512),
    {IKL_PRF_AES128_CMAC,
     {.size = sizeof(struct ikl_prf), .name = "prfaescmac", .len = CMAC_LEN, .compute = compute_cmac, .nonce_len = 8},
     NULL},
};

int ikl_openssl_sha1(const struct ikl_octets *parts, size_t n, uint8_t *out)
{
    EVP_MD *md;
    EVP_MD_CTX *context;
    bool done;

    ERR_set_mark();
    md = EVP_MD_fetch(NULL, "SHA1", NULL);
    context = EVP_MD_CTX_new();
    done = md != NULL && context != NULL && EVP_DigestInit_ex2(context, md, NULL) == 1;
    for (size_t i = 0; i < n && done; i++) {
        done = EVP_DigestUpdate(context, parts[i].data, parts[i].len) == 1;
    }
    done = done && EVP_DigestFinal_ex(context, out, NULL) == 1;
    EVP_MD_CTX_free(context);
    EVP_MD_free(md);
    ERR_pop_to_mark();
    return done ? IKL_OK : IKL_ERR_CRYPTO;
}
