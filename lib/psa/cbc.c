/* SPDX-License-Identifier: ISC */
/* ikelive psa: AES-CBC (RFC 3602) with HMAC-SHA1-96 (RFC 2404) or HMAC-SHA2 (RFC 4868), encrypted first and then
 * authenticated (RFC 7296 §3.14). */
#include "parts.h"

#include <string.h>

enum { MAX_KEY_LEN = 32, BLOCK_LEN = 16, IV_LEN = BLOCK_LEN };

struct cbc_state {
    _Alignas(8) const struct ikl_cipher *cipher;
    uint8_t key[MAX_KEY_LEN];
    uint8_t integ_key[IKL_MAX_INTEG_KEY];
};

_Static_assert(sizeof(struct cbc_state) % 8 == 0, "so that the library aligns it");

static int cbc_init(void *state, const struct ikl_cipher_init *keys)
{
    struct cbc_state *cbc = state;

    memset(cbc, 0, sizeof(*cbc));
    cbc->cipher = ikl_psa_cipher_of(keys);
    if (cbc->cipher == NULL) {
        return IKL_ERR_INVALID;
    }
    memcpy(cbc->key, keys->encr_key, cbc->cipher->encr_key_len);
    memcpy(cbc->integ_key, keys->integ_key, cbc->cipher->integ_key_len);
    return IKL_OK;
}

/* Encrypts or decrypts whole blocks; `to` may be `text`. */
static int apply(const struct cbc_state *cbc, const uint8_t *iv, const uint8_t *text, size_t text_len, uint8_t *to,
                 psa_key_usage_t usage)
{
    psa_cipher_operation_t operation = PSA_CIPHER_OPERATION_INIT;
    psa_key_id_t key =
        ikl_psa_import(PSA_KEY_TYPE_AES, PSA_ALG_CBC_NO_PADDING, usage, cbc->key, cbc->cipher->encr_key_len);
    psa_status_t status = usage == PSA_KEY_USAGE_ENCRYPT
                              ? psa_cipher_encrypt_setup(&operation, key, PSA_ALG_CBC_NO_PADDING)
                              : psa_cipher_decrypt_setup(&operation, key, PSA_ALG_CBC_NO_PADDING);
    size_t len = 0, rest = 0;
    bool done = status == PSA_SUCCESS && psa_cipher_set_iv(&operation, iv, IV_LEN) == PSA_SUCCESS &&
                psa_cipher_update(&operation, text, text_len, to, text_len, &len) == PSA_SUCCESS &&
                psa_cipher_finish(&operation, to + len, text_len - len, &rest) == PSA_SUCCESS;

    (void)psa_cipher_abort(&operation);
    ikl_psa_forget(key);
    return done ? IKL_OK : IKL_ERR_CRYPTO;
}

static int compute_icv(const struct cbc_state *cbc, const uint8_t *message, size_t len, uint8_t *icv)
{
    const struct ikl_psa_parts *parts = cbc->cipher->own;
    const struct ikl_octets part = {message, len};
    const struct ikl_prf_input input = {
        .key = cbc->integ_key, .key_len = cbc->cipher->integ_key_len, .parts = &part, .n_parts = 1};
    uint8_t whole[IKL_MAX_PRF];
    int result = ikl_psa_mac(parts->hash, &input, whole, sizeof(whole));

    if (result == IKL_OK) {
        memcpy(icv, whole, cbc->cipher->icv_len);
    }
    ikl_wipe(whole, sizeof(whole));
    return result;
}

static int cbc_seal(const void *state, uint8_t *message, size_t aad_len, size_t text_len)
{
    const struct cbc_state *cbc = state;
    uint8_t *text = message + aad_len + IV_LEN;
    int result = text_len % BLOCK_LEN == 0 ? apply(cbc, message + aad_len, text, text_len, text, PSA_KEY_USAGE_ENCRYPT)
                                           : IKL_ERR_INVALID;

    return result == IKL_OK ? compute_icv(cbc, message, aad_len + IV_LEN + text_len, text + text_len) : result;
}

static int verify(const struct cbc_state *cbc, const uint8_t *message, size_t len)
{
    uint8_t icv[IKL_MAX_ICV];
    int result = compute_icv(cbc, message, len, icv);

    if (result == IKL_OK && !ikl_equal(icv, message + len, cbc->cipher->icv_len)) {
        result = IKL_ERR_FORGED;
    }
    ikl_wipe(icv, sizeof(icv));
    return result;
}

static int cbc_open(const void *state, const uint8_t *message, size_t aad_len, size_t text_len, uint8_t *plaintext)
{
    const struct cbc_state *cbc = state;
    const uint8_t *text = message + aad_len + IV_LEN;
    int result = text_len % BLOCK_LEN == 0 ? verify(cbc, message, aad_len + IV_LEN + text_len) : IKL_ERR_INVALID;

    if (result != IKL_OK) {
        return result;
    }
    result = apply(cbc, message + aad_len, text, text_len, plaintext, PSA_KEY_USAGE_DECRYPT);
    if (result != IKL_OK) {
        ikl_wipe(plaintext, text_len);
    }
    return result;
}

/* The key of the HMAC is as long as the hash. */
#define CBC(bits, hash_name, integ_id, hash_id, hash_len, tag_len)                                                     \
    {                                                                                                                  \
        IKL_ENCR_AES_CBC, (bits), (integ_id),                                                                          \
        {                                                                                                              \
            .size = sizeof(struct ikl_cipher), .name = "aes" #bits "-" hash_name, .encr_key_len = (bits) / 8,          \
            .integ_key_len = (hash_len), .iv_len = IV_LEN, .icv_len = (tag_len), .block_len = BLOCK_LEN,               \
            .counter_iv = false, .deterministic = true, .state_size = sizeof(struct cbc_state), .init = cbc_init,      \
            .seal = cbc_seal, .open = cbc_open,                                                                        \
            .own = &(const struct ikl_psa_parts){PSA_KEY_TYPE_AES, PSA_ALG_CBC_NO_PADDING, hash_id, 0},                \
        }                                                                                                              \
    }
#define CBC_OF(bits)                                                                                                   \
    CBC(bits, "sha1", IKL_INTEG_HMAC_SHA1_96, PSA_ALG_SHA_1, 20, 12),                                                  \
        CBC(bits, "sha256", IKL_INTEG_HMAC_SHA2_256_128, PSA_ALG_SHA_256, 32, 16),                                     \
        CBC(bits, "sha384", IKL_INTEG_HMAC_SHA2_384_192, PSA_ALG_SHA_384, 48, 24),                                     \
        CBC(bits, "sha512", IKL_INTEG_HMAC_SHA2_512_256, PSA_ALG_SHA_512, 64, 32)

const struct ikl_psa_suite ikl_psa_cbcs[IKL_PSA_CBCS] = {CBC_OF(128), CBC_OF(192), CBC_OF(256)};
