/* SPDX-License-Identifier: ISC */
/* ikelive openssl: the PRFs, and SHA-1. */
#include "libcrypto.h"

#include <openssl/err.h>

static int compute(const char *digest, const struct ikl_prf_input *input, uint8_t *out, size_t out_len)
{
    EVP_MAC_CTX *context;
    bool done;
    size_t len = 0;

    ERR_set_mark();
    context = ikl_openssl_hmac_context(digest, input->key, input->key_len);
    done = context != NULL;
    for (size_t i = 0; i < input->n_parts && done; i++) {
        done = EVP_MAC_update(context, input->parts[i].data, input->parts[i].len) == 1;
    }
    done = done && EVP_MAC_final(context, out, &len, out_len) == 1 && len == out_len;
    EVP_MAC_CTX_free(context);
    ERR_pop_to_mark();
    return done ? IKL_OK : IKL_ERR_CRYPTO;
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

const struct ikl_openssl_prf ikl_openssl_prfsha256 = {
    .prf = {.size = sizeof(struct ikl_prf), .name = "prfsha256", .len = 32, .compute = compute_sha256},
    .digest = "SHA256",
};

const struct ikl_openssl_prf ikl_openssl_prfsha384 = {
    .prf = {.size = sizeof(struct ikl_prf), .name = "prfsha384", .len = 48, .compute = compute_sha384},
    .digest = "SHA384",
};

const struct ikl_openssl_prf ikl_openssl_prfsha512 = {
    .prf = {.size = sizeof(struct ikl_prf), .name = "prfsha512", .len = 64, .compute = compute_sha512},
    .digest = "SHA512",
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
