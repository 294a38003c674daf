/* SPDX-License-Identifier: ISC */
/* ikelive psa: HMAC and CMAC, the PRFs, and SHA-1. */
#include "parts.h"

enum { CMAC_LEN = 16, SHA1_LEN = 20 };

static psa_key_id_t import(psa_algorithm_t algorithm, bool is_cmac, const struct ikl_prf_input *input)
{
    static const uint8_t zero[1];
    psa_key_type_t type = is_cmac ? PSA_KEY_TYPE_AES : PSA_KEY_TYPE_HMAC;

    /* A key of no octets cannot be imported. HMAC fills keys up with zeros, so this is the same key. */
    return input->key_len != 0 ? ikl_psa_import(type, algorithm, PSA_KEY_USAGE_SIGN_MESSAGE, input->key, input->key_len)
                               : ikl_psa_import(type, algorithm, PSA_KEY_USAGE_SIGN_MESSAGE, zero, sizeof(zero));
}

int ikl_psa_mac(psa_algorithm_t hash_or_cmac, const struct ikl_prf_input *input, uint8_t *out, size_t size)
{
    bool is_cmac = hash_or_cmac == PSA_ALG_CMAC;
    psa_algorithm_t algorithm = is_cmac ? PSA_ALG_CMAC : PSA_ALG_HMAC(hash_or_cmac);
    psa_mac_operation_t operation = PSA_MAC_OPERATION_INIT;
    psa_key_id_t key = import(algorithm, is_cmac, input);
    bool done = psa_mac_sign_setup(&operation, key, algorithm) == PSA_SUCCESS;
    size_t len;

    for (size_t i = 0; i < input->n_parts && done; i++) {
        done = input->parts[i].len == 0 ||
               psa_mac_update(&operation, input->parts[i].data, input->parts[i].len) == PSA_SUCCESS;
    }
    done = done && psa_mac_sign_finish(&operation, out, size, &len) == PSA_SUCCESS;
    (void)psa_mac_abort(&operation);
    ikl_psa_forget(key);
    return done ? IKL_OK : IKL_ERR_CRYPTO;
}

static int compute_sha1(const struct ikl_prf_input *input, uint8_t *out)
{
    return ikl_psa_mac(PSA_ALG_SHA_1, input, out, 20);
}

static int compute_sha256(const struct ikl_prf_input *input, uint8_t *out)
{
    return ikl_psa_mac(PSA_ALG_SHA_256, input, out, 32);
}

static int compute_sha384(const struct ikl_prf_input *input, uint8_t *out)
{
    return ikl_psa_mac(PSA_ALG_SHA_384, input, out, 48);
}

static int compute_sha512(const struct ikl_prf_input *input, uint8_t *out)
{
    return ikl_psa_mac(PSA_ALG_SHA_512, input, out, 64);
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
        result = ikl_psa_mac(PSA_ALG_CMAC, &for_key, key, sizeof(key));
        whole.key = key;
        whole.key_len = sizeof(key);
    }
    if (result == IKL_OK) {
        result = ikl_psa_mac(PSA_ALG_CMAC, &whole, out, CMAC_LEN);
    }
    ikl_wipe(key, sizeof(key));
    return result;
}

#define PRF(prf_id, prf_name, prf_len, function, nonces)                                                               \
    {                                                                                                                  \
        (prf_id),                                                                                                      \
        {                                                                                                              \
            .size = sizeof(struct ikl_prf), .name = prf_name, .len = (prf_len), .compute = function,                   \
            .nonce_len = (nonces)                                                                                      \
        }                                                                                                              \
    }

const struct ikl_psa_prf ikl_psa_prfs[IKL_PSA_PRFS] = {
    PRF(IKL_PRF_HMAC_SHA1, "prfsha1", 20, compute_sha1, 0),
    PRF(IKL_PRF_HMAC_SHA2_256, "prfsha256", 32, compute_sha256, 0),
    PRF(IKL_PRF_HMAC_SHA2_384, "prfsha384", 48, compute_sha384, 0),
    PRF(IKL_PRF_HMAC_SHA2_512, "prfsha512", 64, compute_sha512, 0),
    PRF(IKL_PRF_AES128_CMAC, "prfaescmac", CMAC_LEN, compute_cmac, 8),
};

int ikl_psa_sha1(const struct ikl_octets *parts, size_t n, uint8_t *out)
{
    psa_hash_operation_t operation = PSA_HASH_OPERATION_INIT;
    bool done = psa_crypto_init() == PSA_SUCCESS && psa_hash_setup(&operation, PSA_ALG_SHA_1) == PSA_SUCCESS;
    size_t len;

    for (size_t i = 0; i < n && done; i++) {
        done = parts[i].len == 0 || psa_hash_update(&operation, parts[i].data, parts[i].len) == PSA_SUCCESS;
    }
    done = done && psa_hash_finish(&operation, out, SHA1_LEN, &len) == PSA_SUCCESS;
    (void)psa_hash_abort(&operation);
    return done ? IKL_OK : IKL_ERR_CRYPTO;
}
