/* SPDX-License-Identifier: ISC */
/* ikelive psa: AES-GCM and AES-CCM (RFC 5282), and ChaCha20-Poly1305 (RFC 7634). */
#include "parts.h"

#include <string.h>

enum { MAX_KEY_LEN = 32, SALT_LEN = 4, CCM_SALT_LEN = 3, IV_LEN = 8 };

struct aead_state {
    _Alignas(8) const struct ikl_cipher *cipher;
    uint8_t key[MAX_KEY_LEN + SALT_LEN]; /* as given */
    uint8_t room[4];
};

_Static_assert(sizeof(struct aead_state) % 8 == 0, "so that the library aligns it");

static int aead_init(void *state, const struct ikl_cipher_init *keys)
{
    struct aead_state *aead = state;

    memset(aead, 0, sizeof(*aead));
    aead->cipher = ikl_psa_cipher_of(keys);
    if (aead->cipher == NULL) {
        return IKL_ERR_INVALID;
    }
    memcpy(aead->key, keys->encr_key, aead->cipher->encr_key_len);
    return IKL_OK;
}

/* Salt and IV. Returns the length. */
static size_t make_nonce(const struct aead_state *aead, const uint8_t *iv, uint8_t nonce[SALT_LEN + IV_LEN])
{
    const struct ikl_psa_parts *parts = aead->cipher->own;
    size_t key_len = (size_t)aead->cipher->encr_key_len - parts->salt_len;

    memcpy(nonce, aead->key + key_len, parts->salt_len);
    memcpy(nonce + parts->salt_len, iv, IV_LEN);
    return (size_t)parts->salt_len + IV_LEN;
}

static psa_key_id_t import(const struct aead_state *aead, psa_key_usage_t usage)
{
    const struct ikl_psa_parts *parts = aead->cipher->own;

    return ikl_psa_import(parts->type, parts->encr, usage, aead->key,
                          (size_t)aead->cipher->encr_key_len - parts->salt_len);
}

static int aead_seal(const void *state, uint8_t *message, size_t aad_len, size_t text_len)
{
    const struct aead_state *aead = state;
    const struct ikl_psa_parts *parts = aead->cipher->own;
    uint8_t *text = message + aad_len + IV_LEN;
    uint8_t nonce[SALT_LEN + IV_LEN];
    size_t nonce_len = make_nonce(aead, message + aad_len, nonce);
    psa_key_id_t key = import(aead, PSA_KEY_USAGE_ENCRYPT);
    size_t len = 0;
    psa_status_t status = psa_aead_encrypt(key, parts->encr, nonce, nonce_len, message, aad_len, text, text_len, text,
                                           text_len + aead->cipher->icv_len, &len);

    ikl_psa_forget(key);
    ikl_wipe(nonce, sizeof(nonce));
    return status == PSA_SUCCESS ? IKL_OK : IKL_ERR_CRYPTO;
}

static int aead_open(const void *state, const uint8_t *message, size_t aad_len, size_t text_len, uint8_t *plaintext)
{
    const struct aead_state *aead = state;
    const struct ikl_psa_parts *parts = aead->cipher->own;
    const uint8_t *text = message + aad_len + IV_LEN;
    uint8_t nonce[SALT_LEN + IV_LEN];
    size_t nonce_len = make_nonce(aead, message + aad_len, nonce);
    psa_key_id_t key = import(aead, PSA_KEY_USAGE_DECRYPT);
    size_t len = 0;
    psa_status_t status = psa_aead_decrypt(key, parts->encr, nonce, nonce_len, message, aad_len, text,
                                           text_len + aead->cipher->icv_len, plaintext, text_len, &len);

    ikl_psa_forget(key);
    ikl_wipe(nonce, sizeof(nonce));
    if (status != PSA_SUCCESS) {
        ikl_wipe(plaintext, text_len);
    }
    return status == PSA_SUCCESS ? IKL_OK : status == PSA_ERROR_INVALID_SIGNATURE ? IKL_ERR_FORGED : IKL_ERR_CRYPTO;
}

#define AEAD(encr_id, bits, cipher_name, key_type, algorithm, key_len, salt, tag_len)                                  \
    {                                                                                                                  \
        (encr_id), (bits), IKL_INTEG_NONE,                                                                             \
        {                                                                                                              \
            .size = sizeof(struct ikl_cipher), .name = cipher_name, .encr_key_len = (key_len) + (salt),                \
            .iv_len = IV_LEN, .icv_len = (tag_len), .block_len = 1, .counter_iv = true, .deterministic = true,         \
            .state_size = sizeof(struct aead_state), .init = aead_init, .seal = aead_seal, .open = aead_open,          \
            .own = &(const struct ikl_psa_parts){key_type, algorithm, PSA_ALG_NONE, salt},                             \
        }                                                                                                              \
    }
#define GCM(bits, tag_len)                                                                                             \
    AEAD(IKL_ENCR_AES_GCM_##tag_len, bits, "aes" #bits "gcm" #tag_len, PSA_KEY_TYPE_AES,                               \
         PSA_ALG_AEAD_WITH_SHORTENED_TAG(PSA_ALG_GCM, tag_len), (bits) / 8, SALT_LEN, tag_len)
#define CCM(bits, tag_len)                                                                                             \
    AEAD(IKL_ENCR_AES_CCM_##tag_len, bits, "aes" #bits "ccm" #tag_len, PSA_KEY_TYPE_AES,                               \
         PSA_ALG_AEAD_WITH_SHORTENED_TAG(PSA_ALG_CCM, tag_len), (bits) / 8, CCM_SALT_LEN, tag_len)

const struct ikl_psa_suite ikl_psa_aeads[IKL_PSA_AEADS] = {
    AEAD(IKL_ENCR_CHACHA20_POLY1305, 0, "chacha20poly1305", PSA_KEY_TYPE_CHACHA20, PSA_ALG_CHACHA20_POLY1305, 32,
         SALT_LEN, 16),
    GCM(128, 16),
    GCM(192, 16),
    GCM(256, 16),
    GCM(128, 12),
    GCM(192, 12),
    GCM(256, 12),
    CCM(128, 8),
    CCM(192, 8),
    CCM(256, 8),
    CCM(128, 12),
    CCM(192, 12),
    CCM(256, 12),
    CCM(128, 16),
    CCM(192, 16),
    CCM(256, 16),
};
