/* SPDX-License-Identifier: ISC */
/* ikelive sodium: the provider of libsodium's algorithms, and all else that the library needs from libsodium. */
#include "sodium_cipher.h"

#include <sodium.h>

#include <string.h>

enum { KEY_LEN = 32, SALT_LEN = 4, IV_LEN = 8, NONCE_LEN = SALT_LEN + IV_LEN, ICV_LEN = 16 };

/* libsodium 1.0.18 was seen to leave plaintext up to 512 octets below on the stack; twice as many are wiped. */
enum { GCM_STACK = 1024 };

_Static_assert(KEY_LEN == crypto_aead_chacha20poly1305_IETF_KEYBYTES && KEY_LEN == crypto_aead_aes256gcm_KEYBYTES &&
                   NONCE_LEN == crypto_aead_chacha20poly1305_IETF_NPUBBYTES &&
                   NONCE_LEN == crypto_aead_aes256gcm_NPUBBYTES &&
                   ICV_LEN == crypto_aead_chacha20poly1305_IETF_ABYTES && ICV_LEN == crypto_aead_aes256gcm_ABYTES,
               "both AEADs have the sizes of RFC 5282 and RFC 7634");

/* Key state: the key material as given. */
struct aead_key {
    uint8_t key[KEY_LEN];
    uint8_t salt[SALT_LEN];
};

/* Key state of an AES key that is kept expanded. libsodium wants that at addresses that key state need not have. The
 * room at the end gives both directions such addresses where the first has one. */
struct expanded_key {
    uint8_t octets[sizeof(crypto_aead_aes256gcm_state)];
    uint8_t salt[SALT_LEN];
    uint8_t room[12];
};

_Static_assert(sizeof(struct expanded_key) % _Alignof(crypto_aead_aes256gcm_state) == 0,
               "what is behind an expanded key is aligned as well as it is");

int ikl_init(void)
{
    return sodium_init() < 0 ? IKL_ERR_CRYPTO : IKL_OK;
}

void ikl_wipe(void *memory, size_t len)
{
    sodium_memzero(memory, len);
}

bool ikl_equal(const uint8_t *a, const uint8_t *b, size_t len)
{
    return sodium_memcmp(a, b, len) == 0;
}

static int aead_init(void *state, const struct ikl_cipher_init *keys)
{
    memcpy(state, keys->encr_key, sizeof(struct aead_key));
    return IKL_OK;
}

static void make_nonce(uint8_t *nonce, const uint8_t *salt, const uint8_t *iv)
{
    memcpy(nonce, salt, SALT_LEN);
    memcpy(nonce + SALT_LEN, iv, IV_LEN);
}

static int chacha_seal(const void *state, uint8_t *message, size_t aad_len, size_t text_len)
{
    const struct aead_key *key = state;
    uint8_t *text = message + aad_len + IV_LEN;
    uint8_t nonce[NONCE_LEN];
    int result;

    make_nonce(nonce, key->salt, message + aad_len);
    result = crypto_aead_chacha20poly1305_ietf_encrypt_detached(text, text + text_len, NULL, text, text_len, message,
                                                                aad_len, NULL, nonce, key->key);
    sodium_memzero(nonce, sizeof(nonce));
    return result == 0 ? IKL_OK : IKL_ERR_CRYPTO;
}

static int chacha_open(const void *state, const uint8_t *message, size_t aad_len, size_t text_len, uint8_t *plaintext)
{
    const struct aead_key *key = state;
    const uint8_t *text = message + aad_len + IV_LEN;
    uint8_t nonce[NONCE_LEN];
    int result;

    make_nonce(nonce, key->salt, message + aad_len);
    result = crypto_aead_chacha20poly1305_ietf_decrypt_detached(plaintext, NULL, text, text_len, text + text_len,
                                                                message, aad_len, nonce, key->key);
    sodium_memzero(nonce, sizeof(nonce));
    return result == 0 ? IKL_OK : IKL_ERR_FORGED;
}

static int gcm_seal(const crypto_aead_aes256gcm_state *key, const uint8_t *salt, uint8_t *message, size_t aad_len,
                    size_t text_len)
{
    uint8_t *text = message + aad_len + IV_LEN;
    uint8_t nonce[NONCE_LEN];
    int result;

    make_nonce(nonce, salt, message + aad_len);
    result = crypto_aead_aes256gcm_encrypt_detached_afternm(text, text + text_len, NULL, text, text_len, message,
                                                            aad_len, NULL, nonce, key);
    sodium_memzero(nonce, sizeof(nonce));
    sodium_stackzero(GCM_STACK);
    return result == 0 ? IKL_OK : IKL_ERR_CRYPTO;
}

static int gcm_open(const crypto_aead_aes256gcm_state *key, const uint8_t *salt, const uint8_t *message, size_t aad_len,
                    size_t text_len, uint8_t *plaintext)
{
    const uint8_t *text = message + aad_len + IV_LEN;
    uint8_t nonce[NONCE_LEN];
    int result;

    make_nonce(nonce, salt, message + aad_len);
    result = crypto_aead_aes256gcm_decrypt_detached_afternm(plaintext, NULL, text, text_len, text + text_len, message,
                                                            aad_len, nonce, key);
    sodium_memzero(nonce, sizeof(nonce));
    sodium_stackzero(GCM_STACK);
    return result == 0 ? IKL_OK : IKL_ERR_FORGED;
}

/* libsodium's calls that take a plain AES key leave the expanded one on the stack; here it is wiped. */
static int aes_seal(const void *state, uint8_t *message, size_t aad_len, size_t text_len)
{
    const struct aead_key *key = state;
    crypto_aead_aes256gcm_state expanded;
    int result;

    crypto_aead_aes256gcm_beforenm(&expanded, key->key);
    result = gcm_seal(&expanded, key->salt, message, aad_len, text_len);
    sodium_memzero(&expanded, sizeof(expanded));
    return result;
}

static int aes_open(const void *state, const uint8_t *message, size_t aad_len, size_t text_len, uint8_t *plaintext)
{
    const struct aead_key *key = state;
    crypto_aead_aes256gcm_state expanded;
    int result;

    crypto_aead_aes256gcm_beforenm(&expanded, key->key);
    result = gcm_open(&expanded, key->salt, message, aad_len, text_len, plaintext);
    sodium_memzero(&expanded, sizeof(expanded));
    return result;
}

static int expanded_init(void *state, const struct ikl_cipher_init *keys)
{
    struct expanded_key *key = state;
    crypto_aead_aes256gcm_state expanded;

    crypto_aead_aes256gcm_beforenm(&expanded, keys->encr_key);
    memcpy(key->octets, &expanded, sizeof(expanded));
    memcpy(key->salt, keys->encr_key + KEY_LEN, SALT_LEN);
    memset(key->room, 0, sizeof(key->room));
    sodium_memzero(&expanded, sizeof(expanded));
    return IKL_OK;
}

static bool is_aligned(const struct expanded_key *key)
{
    return (uintptr_t)key->octets % _Alignof(crypto_aead_aes256gcm_state) == 0;
}

/* A key that is not aligned is copied. */
static int expanded_seal(const void *state, uint8_t *message, size_t aad_len, size_t text_len)
{
    const struct expanded_key *key = state;
    crypto_aead_aes256gcm_state copy;
    int result;

    if (is_aligned(key)) {
        return gcm_seal((const void *)key->octets, key->salt, message, aad_len, text_len);
    }
    memcpy(&copy, key->octets, sizeof(copy));
    result = gcm_seal(&copy, key->salt, message, aad_len, text_len);
    sodium_memzero(&copy, sizeof(copy));
    return result;
}

static int expanded_open(const void *state, const uint8_t *message, size_t aad_len, size_t text_len, uint8_t *plaintext)
{
    const struct expanded_key *key = state;
    crypto_aead_aes256gcm_state copy;
    int result;

    if (is_aligned(key)) {
        return gcm_open((const void *)key->octets, key->salt, message, aad_len, text_len, plaintext);
    }
    memcpy(&copy, key->octets, sizeof(copy));
    result = gcm_open(&copy, key->salt, message, aad_len, text_len, plaintext);
    sodium_memzero(&copy, sizeof(copy));
    return result;
}

static const struct ikl_cipher chacha20poly1305 = {
    .size = sizeof(struct ikl_cipher),
    .name = "chacha20poly1305",
    .encr_key_len = sizeof(struct aead_key),
    .iv_len = IV_LEN,
    .icv_len = ICV_LEN,
    .block_len = 1,
    .counter_iv = true,
    .deterministic = true,
    .state_size = sizeof(struct aead_key),
    .init = aead_init,
    .seal = chacha_seal,
    .open = chacha_open,
};

static const struct ikl_cipher aes256gcm16 = {
    .size = sizeof(struct ikl_cipher),
    .name = "aes256gcm16",
    .encr_key_len = sizeof(struct aead_key),
    .iv_len = IV_LEN,
    .icv_len = ICV_LEN,
    .block_len = 1,
    .counter_iv = true,
    .deterministic = true,
    .state_size = sizeof(struct aead_key),
    .init = aead_init,
    .seal = aes_seal,
    .open = aes_open,
};

static const struct ikl_cipher aes256gcm16_expanded = {
    .size = sizeof(struct ikl_cipher),
    .name = "aes256gcm16",
    .encr_key_len = sizeof(struct aead_key),
    .iv_len = IV_LEN,
    .icv_len = ICV_LEN,
    .block_len = 1,
    .counter_iv = true,
    .deterministic = true,
    .state_size = sizeof(struct expanded_key),
    .init = expanded_init,
    .seal = expanded_seal,
    .open = expanded_open,
};

int ikl_sodium_cipher(const struct ikl_suite *suite, bool aes_available, const struct ikl_cipher **out)
{
    if (suite->integ != IKL_INTEG_NONE) {
        return IKL_ERR_UNSUPPORTED;
    }
    if (suite->encr == IKL_ENCR_CHACHA20_POLY1305 && suite->key_bits == 0) {
        *out = &chacha20poly1305;
        return IKL_OK;
    }
    if (suite->encr == IKL_ENCR_AES_GCM_16 && suite->key_bits == 256) {
        if (!aes_available) {
            return IKL_ERR_NO_AES;
        }
        *out = &aes256gcm16;
        return IKL_OK;
    }
    return IKL_ERR_UNSUPPORTED;
}

static int find_cipher(const struct ikl_suite *suite, const struct ikl_cipher **out)
{
    return ikl_sodium_cipher(suite, crypto_aead_aes256gcm_is_available() != 0, out);
}

static int find_expanded_cipher(const struct ikl_suite *suite, const struct ikl_cipher **out)
{
    int result = find_cipher(suite, out);

    if (result == IKL_OK && *out == &aes256gcm16) {
        *out = &aes256gcm16_expanded;
    }
    return result;
}

/* libsodium wants to be given a place, even of no octets. */
static const uint8_t *key_of(const struct ikl_prf_input *input)
{
    static const uint8_t none[1];

    return input->key_len != 0 ? input->key : none;
}

static int hmac_sha256(const struct ikl_prf_input *input, uint8_t *out)
{
    crypto_auth_hmacsha256_state state;

    crypto_auth_hmacsha256_init(&state, key_of(input), input->key_len);
    for (size_t i = 0; i < input->n_parts; i++) {
        if (input->parts[i].len != 0) {
            crypto_auth_hmacsha256_update(&state, input->parts[i].data, input->parts[i].len);
        }
    }
    crypto_auth_hmacsha256_final(&state, out);
    sodium_memzero(&state, sizeof(state));
    return IKL_OK;
}

static int hmac_sha512(const struct ikl_prf_input *input, uint8_t *out)
{
    crypto_auth_hmacsha512_state state;

    crypto_auth_hmacsha512_init(&state, key_of(input), input->key_len);
    for (size_t i = 0; i < input->n_parts; i++) {
        if (input->parts[i].len != 0) {
            crypto_auth_hmacsha512_update(&state, input->parts[i].data, input->parts[i].len);
        }
    }
    crypto_auth_hmacsha512_final(&state, out);
    sodium_memzero(&state, sizeof(state));
    return IKL_OK;
}

static const struct ikl_prf prf_hmac_sha2_256 = {
    .size = sizeof(struct ikl_prf),
    .name = "prfsha256",
    .len = crypto_auth_hmacsha256_BYTES,
    .compute = hmac_sha256,
};

static const struct ikl_prf prf_hmac_sha2_512 = {
    .size = sizeof(struct ikl_prf),
    .name = "prfsha512",
    .len = crypto_auth_hmacsha512_BYTES,
    .compute = hmac_sha512,
};

static int find_prf(uint16_t id, const struct ikl_prf **out)
{
    if (id == IKL_PRF_HMAC_SHA2_256) {
        *out = &prf_hmac_sha2_256;
        return IKL_OK;
    }
    if (id == IKL_PRF_HMAC_SHA2_512) {
        *out = &prf_hmac_sha2_512;
        return IKL_OK;
    }
    return IKL_ERR_UNSUPPORTED;
}

const struct ikl_provider ikl_provider_sodium = {
    .size = sizeof(struct ikl_provider),
    .name = "libsodium",
    .cipher = find_cipher,
    .prf = find_prf,
};

const struct ikl_provider ikl_provider_sodium_expanded = {
    .size = sizeof(struct ikl_provider),
    .name = "libsodium, AES keys expanded",
    .cipher = find_expanded_cipher,
    .prf = find_prf,
};
