/* SPDX-License-Identifier: ISC */
/* ikelive openssl: AES-GCM and AES-CCM (RFC 5282), and ChaCha20-Poly1305 (RFC 7634). */
#include "libcrypto.h"

#include <openssl/crypto.h>
#include <openssl/err.h>

#include <limits.h>
#include <string.h>

enum { MAX_KEY_LEN = 32, SALT_LEN = 4, CCM_SALT_LEN = 3, IV_LEN = 8, MAX_ICV_LEN = 16 };

/* Key state. The context gets the key again for each message, so that nothing of an earlier message matters, not even
 * its direction: on some processors AES-GCM fixes the direction when the key is set. */
struct aead_state {
    _Alignas(8) EVP_CIPHER_CTX *context;
    uint8_t key[MAX_KEY_LEN];
    uint8_t salt[SALT_LEN];
    uint8_t salt_len, icv_len;
    bool ccm;
};

_Static_assert(sizeof(struct aead_state) % 8 == 0, "so that the library aligns it");

EVP_CIPHER_CTX *ikl_openssl_cipher_context(const char *name)
{
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, name, NULL);
    EVP_CIPHER_CTX *context = cipher != NULL ? EVP_CIPHER_CTX_new() : NULL;

    /* Without a key the direction does not matter. The context keeps the cipher. */
    if (context != NULL && EVP_CipherInit_ex2(context, cipher, NULL, NULL, 1, NULL) != 1) {
        EVP_CIPHER_CTX_free(context);
        context = NULL;
    }
    EVP_CIPHER_free(cipher);
    return context;
}

static void aead_clear(void *state)
{
    struct aead_state *aead = state;

    EVP_CIPHER_CTX_free(aead->context);
    OPENSSL_cleanse(aead, sizeof(*aead));
}

/* CCM has to know both lengths before the key. */
static bool set_lengths(const struct aead_state *aead)
{
    return !aead->ccm ||
           (EVP_CIPHER_CTX_ctrl(aead->context, EVP_CTRL_AEAD_SET_IVLEN, aead->salt_len + IV_LEN, NULL) == 1 &&
            EVP_CIPHER_CTX_ctrl(aead->context, EVP_CTRL_AEAD_SET_TAG, aead->icv_len, NULL) == 1);
}

static int start_state(struct aead_state *aead, const struct ikl_cipher_init *keys, const struct ikl_cipher *cipher,
                       size_t salt_len)
{
    const struct ikl_openssl_parts *parts = cipher->own;
    size_t key_len = cipher->encr_key_len - salt_len;
    bool done;

    aead->ccm = salt_len == CCM_SALT_LEN;
    aead->salt_len = (uint8_t)salt_len;
    aead->icv_len = cipher->icv_len;
    memcpy(aead->key, keys->encr_key, key_len);
    memcpy(aead->salt, keys->encr_key + key_len, salt_len);
    ERR_set_mark();
    aead->context = ikl_openssl_cipher_context(parts->encr);
    done = aead->context != NULL && set_lengths(aead);
    ERR_pop_to_mark();
    if (!done) {
        aead_clear(aead);
    }
    return done ? IKL_OK : IKL_ERR_CRYPTO;
}

static int make(void *state, const struct ikl_cipher_init *keys, size_t salt_len)
{
    const struct ikl_cipher *cipher = ikl_openssl_cipher_of(keys);

    memset(state, 0, sizeof(struct aead_state));
    return cipher != NULL ? start_state(state, keys, cipher, salt_len) : IKL_ERR_INVALID;
}

static int aead_init(void *state, const struct ikl_cipher_init *keys)
{
    return make(state, keys, SALT_LEN);
}

static int ccm_init(void *state, const struct ikl_cipher_init *keys)
{
    return make(state, keys, CCM_SALT_LEN);
}

/* Begins a message with key, nonce, the ICV to verify or null to seal, and additional data. CCM has to know the ICV and
 * the length of the text before all else. */
static bool start(const struct aead_state *aead, const uint8_t *message, size_t aad_len, size_t text_len, uint8_t *icv)
{
    uint8_t nonce[SALT_LEN + IV_LEN];
    bool done;
    int len;

    memcpy(nonce, aead->salt, aead->salt_len);
    memcpy(nonce + aead->salt_len, message + aad_len, IV_LEN);
    done = EVP_CipherInit_ex2(aead->context, NULL, aead->key, nonce, icv == NULL ? 1 : 0, NULL) == 1 &&
           (icv == NULL || EVP_CIPHER_CTX_ctrl(aead->context, EVP_CTRL_AEAD_SET_TAG, aead->icv_len, icv) == 1) &&
           (!aead->ccm || EVP_CipherUpdate(aead->context, NULL, &len, NULL, (int)text_len) == 1) &&
           EVP_CipherUpdate(aead->context, NULL, &len, message, (int)aad_len) == 1;
    OPENSSL_cleanse(nonce, sizeof(nonce));
    return done;
}

/* libcrypto counts in int, which a text always fits, and its CCM says nothing of a text of no octets. */
static bool fits(const struct aead_state *aead, size_t aad_len, size_t text_len)
{
    return aad_len <= INT_MAX && (!aead->ccm || text_len != 0);
}

static int aead_seal(const void *state, uint8_t *message, size_t aad_len, size_t text_len)
{
    const struct aead_state *aead = state;
    uint8_t *text = message + aad_len + IV_LEN;
    bool done;
    int len;

    if (!fits(aead, aad_len, text_len)) {
        return IKL_ERR_INVALID;
    }
    ERR_set_mark();
    done = start(aead, message, aad_len, text_len, NULL) &&
           EVP_CipherUpdate(aead->context, text, &len, text, (int)text_len) == 1 &&
           EVP_CipherFinal_ex(aead->context, text + text_len, &len) == 1 &&
           EVP_CIPHER_CTX_ctrl(aead->context, EVP_CTRL_AEAD_GET_TAG, aead->icv_len, text + text_len) == 1;
    ERR_pop_to_mark();
    return done ? IKL_OK : IKL_ERR_CRYPTO;
}

/* Decrypts a message that was started. CCM verifies as it decrypts, the others in the end. */
static int finish(const struct aead_state *aead, const uint8_t *text, size_t text_len, uint8_t *plaintext)
{
    int len;
    bool decrypted = EVP_CipherUpdate(aead->context, plaintext, &len, text, (int)text_len) == 1;

    if (!decrypted) {
        return aead->ccm ? IKL_ERR_FORGED : IKL_ERR_CRYPTO;
    }
    return aead->ccm || EVP_CipherFinal_ex(aead->context, plaintext + text_len, &len) == 1 ? IKL_OK : IKL_ERR_FORGED;
}

static int aead_open(const void *state, const uint8_t *message, size_t aad_len, size_t text_len, uint8_t *plaintext)
{
    const struct aead_state *aead = state;
    const uint8_t *text = message + aad_len + IV_LEN;
    uint8_t icv[MAX_ICV_LEN];
    int result = IKL_ERR_CRYPTO;

    if (!fits(aead, aad_len, text_len)) {
        return IKL_ERR_INVALID;
    }
    memcpy(icv, text + text_len, aead->icv_len);
    ERR_set_mark();
    if (start(aead, message, aad_len, text_len, icv)) {
        result = finish(aead, text, text_len, plaintext);
    }
    ERR_pop_to_mark();
    if (result != IKL_OK) {
        OPENSSL_cleanse(plaintext, text_len);
    }
    return result;
}

#define AEAD(encr_id, bits, cipher_name, encr_name, key_len, salt_len, tag_len, init_function)                         \
    {                                                                                                                  \
        (encr_id), (bits), IKL_INTEG_NONE,                                                                             \
        {                                                                                                              \
            .size = sizeof(struct ikl_cipher), .name = cipher_name, .encr_key_len = (key_len) + (salt_len),            \
            .iv_len = IV_LEN, .icv_len = (tag_len), .block_len = 1, .counter_iv = true, .deterministic = true,         \
            .state_size = sizeof(struct aead_state), .init = init_function, .seal = aead_seal, .open = aead_open,      \
            .clear = aead_clear, .own = &(const struct ikl_openssl_parts){encr_name, NULL},                            \
        }                                                                                                              \
    }
#define GCM(bits, tag_len)                                                                                             \
    AEAD(IKL_ENCR_AES_GCM_##tag_len, bits, "aes" #bits "gcm" #tag_len, "AES-" #bits "-GCM", (bits) / 8, SALT_LEN,      \
         tag_len, aead_init)
#define CCM(bits, tag_len)                                                                                             \
    AEAD(IKL_ENCR_AES_CCM_##tag_len, bits, "aes" #bits "ccm" #tag_len, "AES-" #bits "-CCM", (bits) / 8, CCM_SALT_LEN,  \
         tag_len, ccm_init)

const struct ikl_openssl_suite ikl_openssl_aeads[IKL_OPENSSL_AEADS] = {
    AEAD(IKL_ENCR_CHACHA20_POLY1305, 0, "chacha20poly1305", "ChaCha20-Poly1305", 32, SALT_LEN, 16, aead_init),
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
