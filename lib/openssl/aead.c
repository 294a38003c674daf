/* SPDX-License-Identifier: ISC */
/* ikelive openssl: AES-GCM-16 (RFC 5282) and ChaCha20-Poly1305 (RFC 7634). */
#include "libcrypto.h"

#include <openssl/crypto.h>
#include <openssl/err.h>

#include <limits.h>
#include <string.h>

enum { MAX_KEY_LEN = 32, SALT_LEN = 4, IV_LEN = 8, NONCE_LEN = SALT_LEN + IV_LEN, ICV_LEN = 16 };

/* Key state. The context gets the key again for each message, so that nothing of an earlier message matters, not even
 * its direction: on some processors AES-GCM fixes the direction when the key is set. */
struct aead_state {
    _Alignas(8) EVP_CIPHER_CTX *context;
    uint8_t key[MAX_KEY_LEN];
    uint8_t salt[SALT_LEN];
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

static int aead_init(void *state, const struct ikl_openssl_cipher *which, const uint8_t *key)
{
    struct aead_state *aead = state;
    size_t key_len = (size_t)which->cipher.encr_key_len - SALT_LEN;

    memset(aead, 0, sizeof(*aead));
    ERR_set_mark();
    aead->context = ikl_openssl_cipher_context(which->encr);
    ERR_pop_to_mark();
    if (aead->context == NULL) {
        return IKL_ERR_CRYPTO;
    }
    memcpy(aead->key, key, key_len);
    memcpy(aead->salt, key + key_len, SALT_LEN);
    return IKL_OK;
}

static void aead_clear(void *state)
{
    struct aead_state *aead = state;

    EVP_CIPHER_CTX_free(aead->context);
    OPENSSL_cleanse(aead, sizeof(*aead));
}

/* Begins a message with key, nonce and additional data. */
static bool start(const struct aead_state *aead, const uint8_t *message, size_t aad_len, bool seal)
{
    uint8_t nonce[NONCE_LEN];
    bool done;
    int len;

    memcpy(nonce, aead->salt, SALT_LEN);
    memcpy(nonce + SALT_LEN, message + aad_len, IV_LEN);
    done = EVP_CipherInit_ex2(aead->context, NULL, aead->key, nonce, seal ? 1 : 0, NULL) == 1 &&
           EVP_CipherUpdate(aead->context, NULL, &len, message, (int)aad_len) == 1;
    OPENSSL_cleanse(nonce, sizeof(nonce));
    return done;
}

/* libcrypto counts in int. */
static bool fits(size_t aad_len, size_t text_len)
{
    return aad_len <= INT_MAX && text_len <= INT_MAX;
}

static int aead_seal(const void *state, uint8_t *message, size_t aad_len, size_t text_len)
{
    const struct aead_state *aead = state;
    uint8_t *text = message + aad_len + IV_LEN;
    bool done;
    int len;

    if (!fits(aad_len, text_len)) {
        return IKL_ERR_INVALID;
    }
    ERR_set_mark();
    done = start(aead, message, aad_len, true) &&
           EVP_CipherUpdate(aead->context, text, &len, text, (int)text_len) == 1 &&
           EVP_CipherFinal_ex(aead->context, text + text_len, &len) == 1 &&
           EVP_CIPHER_CTX_ctrl(aead->context, EVP_CTRL_AEAD_GET_TAG, ICV_LEN, text + text_len) == 1;
    ERR_pop_to_mark();
    return done ? IKL_OK : IKL_ERR_CRYPTO;
}

static int aead_open(const void *state, const uint8_t *message, size_t aad_len, size_t text_len, uint8_t *plaintext)
{
    const struct aead_state *aead = state;
    const uint8_t *text = message + aad_len + IV_LEN;
    uint8_t icv[ICV_LEN];
    int result = IKL_ERR_CRYPTO;
    int len;

    if (!fits(aad_len, text_len)) {
        return IKL_ERR_INVALID;
    }
    memcpy(icv, text + text_len, ICV_LEN);
    ERR_set_mark();
    if (start(aead, message, aad_len, false) &&
        EVP_CipherUpdate(aead->context, plaintext, &len, text, (int)text_len) == 1 &&
        EVP_CIPHER_CTX_ctrl(aead->context, EVP_CTRL_AEAD_SET_TAG, ICV_LEN, icv) == 1) {
        result = EVP_CipherFinal_ex(aead->context, plaintext + text_len, &len) == 1 ? IKL_OK : IKL_ERR_FORGED;
    }
    ERR_pop_to_mark();
    if (result != IKL_OK) {
        OPENSSL_cleanse(plaintext, text_len);
    }
    return result;
}

static int init_chacha20poly1305(void *state, const struct ikl_cipher_init *keys)
{
    return aead_init(state, &ikl_openssl_chacha20poly1305, keys->encr_key);
}

static int init_aes128gcm16(void *state, const struct ikl_cipher_init *keys)
{
    return aead_init(state, &ikl_openssl_aes128gcm16, keys->encr_key);
}

static int init_aes256gcm16(void *state, const struct ikl_cipher_init *keys)
{
    return aead_init(state, &ikl_openssl_aes256gcm16, keys->encr_key);
}

#define AEAD(cipher_name, key_len)                                                                                     \
    {                                                                                                                  \
        .size = sizeof(struct ikl_cipher), .name = #cipher_name, .encr_key_len = (key_len) + SALT_LEN,                 \
        .iv_len = IV_LEN, .icv_len = ICV_LEN, .block_len = 1, .counter_iv = true, .deterministic = true,               \
        .state_size = sizeof(struct aead_state), .init = init_##cipher_name, .seal = aead_seal, .open = aead_open,     \
        .clear = aead_clear,                                                                                           \
    }

const struct ikl_openssl_cipher ikl_openssl_chacha20poly1305 = {AEAD(chacha20poly1305, 32), "ChaCha20-Poly1305", NULL};
const struct ikl_openssl_cipher ikl_openssl_aes128gcm16 = {AEAD(aes128gcm16, 16), "AES-128-GCM", NULL};
const struct ikl_openssl_cipher ikl_openssl_aes256gcm16 = {AEAD(aes256gcm16, 32), "AES-256-GCM", NULL};
