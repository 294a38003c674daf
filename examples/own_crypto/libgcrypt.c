/* SPDX-License-Identifier: ISC */
/* ikelive example: a host's own cryptography, all of it: AES-256-GCM-16 of libgcrypt. */
#include "libgcrypt.h"
#include <gcrypt.h>
#include <string.h>

enum { KEY_LEN = 32, SALT_LEN = 4, IV_LEN = 8, ICV_LEN = 16 };

struct key {
    gcry_cipher_hd_t gcm;
    uint8_t salt[8]; /* so many that the library aligns the struct */
};

static int init(void *state, const struct ikl_cipher_init *keys)
{
    struct key *key = state;
    gcry_error_t error = gcry_cipher_open(&key->gcm, GCRY_CIPHER_AES256, GCRY_CIPHER_MODE_GCM, 0);

    memcpy(key->salt, keys->encr_key + KEY_LEN, SALT_LEN);
    return error == 0 && gcry_cipher_setkey(key->gcm, keys->encr_key, KEY_LEN) == 0 ? IKL_OK : IKL_ERR_CRYPTO;
}

static void clear(void *state)
{
    gcry_cipher_close(((struct key *)state)->gcm);
}

static bool start(const struct key *key, const uint8_t *message, size_t aad_len)
{
    uint8_t nonce[SALT_LEN + IV_LEN];

    memcpy(nonce, key->salt, SALT_LEN);
    memcpy(nonce + SALT_LEN, message + aad_len, IV_LEN);
    return gcry_cipher_setiv(key->gcm, nonce, sizeof(nonce)) == 0 &&
           gcry_cipher_authenticate(key->gcm, message, aad_len) == 0;
}

static int seal_text(const void *state, uint8_t *message, size_t aad_len, size_t text_len)
{
    const struct key *key = state;
    uint8_t *text = message + aad_len + IV_LEN;
    bool ok = start(key, message, aad_len) && gcry_cipher_encrypt(key->gcm, text, text_len, NULL, 0) == 0;

    return ok && gcry_cipher_gettag(key->gcm, text + text_len, ICV_LEN) == 0 ? IKL_OK : IKL_ERR_CRYPTO;
}

static int open_text(const void *state, const uint8_t *message, size_t aad_len, size_t text_len, uint8_t *plaintext)
{
    const struct key *key = state;
    const uint8_t *text = message + aad_len + IV_LEN;

    if (start(key, message, aad_len) && gcry_cipher_decrypt(key->gcm, plaintext, text_len, text, text_len) == 0 &&
        gcry_cipher_checktag(key->gcm, text + text_len, ICV_LEN) == 0) {
        return IKL_OK;
    }
    ikl_wipe(plaintext, text_len); /* nothing of a forged message */
    return IKL_ERR_FORGED;
}

static const struct ikl_cipher aes256gcm16 = {.size = sizeof(aes256gcm16),
                                              .name = "aes256gcm16",
                                              .encr_key_len = KEY_LEN + SALT_LEN,
                                              .iv_len = IV_LEN,
                                              .icv_len = ICV_LEN,
                                              .block_len = 1,
                                              .counter_iv = true,
                                              .deterministic = true,
                                              .state_size = sizeof(struct key),
                                              .init = init,
                                              .seal = seal_text,
                                              .open = open_text,
                                              .clear = clear};

static int find_cipher(const struct ikl_suite *suite, const struct ikl_cipher **out)
{
    *out = &aes256gcm16;
    return suite->encr == IKL_ENCR_AES_GCM_16 && suite->key_bits == 8 * KEY_LEN ? IKL_OK : IKL_ERR_UNSUPPORTED;
}

const struct ikl_provider libgcrypt = {.size = sizeof(libgcrypt), .name = "libgcrypt", .cipher = find_cipher};
