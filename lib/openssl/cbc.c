/* SPDX-License-Identifier: ISC */
/* ikelive openssl: AES-CBC (RFC 3602) with HMAC-SHA1-96 (RFC 2404) or HMAC-SHA2 (RFC 4868), encrypted first and
 * then authenticated (RFC 7296 §3.14). */
#include "libcrypto.h"
#include "mac.h"

#include <openssl/crypto.h>
#include <openssl/err.h>

#include <string.h>

enum { MAX_KEY_LEN = 32, BLOCK_LEN = 16, IV_LEN = BLOCK_LEN };

/* Key state. The cipher gets its key again for each message, because sealing and opening need different key
 * schedules. */
struct cbc_state {
    _Alignas(8) EVP_CIPHER_CTX *context;
    struct ikl_hmac hmac;
    uint8_t icv_len;
    uint8_t key[MAX_KEY_LEN];
};

_Static_assert(sizeof(struct cbc_state) % 8 == 0, "so that the library aligns it");

static void cbc_clear(void *state)
{
    struct cbc_state *cbc = state;

    EVP_CIPHER_CTX_free(cbc->context);
    ikl_hmac_clear(&cbc->hmac);
    OPENSSL_cleanse(cbc, sizeof(*cbc));
}

static int make_contexts(struct cbc_state *cbc, const struct ikl_openssl_parts *parts, const uint8_t *integ_key,
                         size_t integ_key_len)
{
    int result = ikl_hmac_init(&cbc->hmac, parts->digest, integ_key, integ_key_len);

    if (result == IKL_OK) {
        cbc->context = ikl_openssl_cipher_context(parts->encr);
        /* The padding is the message's own. */
        if (cbc->context == NULL || EVP_CIPHER_CTX_set_padding(cbc->context, 0) != 1) {
            result = IKL_ERR_CRYPTO;
        }
    }
    return result;
}

static int cbc_init(void *state, const struct ikl_cipher_init *keys)
{
    const struct ikl_cipher *cipher = ikl_openssl_cipher_of(keys);
    struct cbc_state *cbc = state;
    int result;

    memset(cbc, 0, sizeof(*cbc));
    if (cipher == NULL) {
        return IKL_ERR_INVALID;
    }
    cbc->icv_len = cipher->icv_len;
    memcpy(cbc->key, keys->encr_key, cipher->encr_key_len);
    ERR_set_mark();
    result = make_contexts(cbc, cipher->own, keys->integ_key, cipher->integ_key_len);
    ERR_pop_to_mark();
    if (result != IKL_OK) {
        cbc_clear(cbc);
    }
    return result;
}

/* Encrypts or decrypts whole blocks; `to` may be `text`. */
static int apply(const struct cbc_state *cbc, const uint8_t *iv, const uint8_t *text, size_t text_len, uint8_t *to,
                 bool seal)
{
    int len = 0;
    int rest = 0;

    if (EVP_CipherInit_ex2(cbc->context, NULL, cbc->key, iv, seal ? 1 : 0, NULL) == 1 &&
        EVP_CipherUpdate(cbc->context, to, &len, text, (int)text_len) == 1 &&
        EVP_CipherFinal_ex(cbc->context, to + len, &rest) == 1) {
        return IKL_OK;
    }
    return IKL_ERR_CRYPTO;
}

static bool is_text_len(size_t text_len)
{
    return text_len % BLOCK_LEN == 0;
}

static int cbc_seal(const void *state, uint8_t *message, size_t aad_len, size_t text_len)
{
    const struct cbc_state *cbc = state;
    uint8_t *text = message + aad_len + IV_LEN;
    int result;

    if (!is_text_len(text_len)) {
        return IKL_ERR_INVALID;
    }
    ERR_set_mark();
    result = apply(cbc, message + aad_len, text, text_len, text, true);
    if (result == IKL_OK) {
        result = ikl_hmac_compute(&cbc->hmac, (struct ikl_octets){message, aad_len + IV_LEN + text_len},
                                  text + text_len, cbc->icv_len);
    }
    ERR_pop_to_mark();
    return result;
}

static int verify(const struct cbc_state *cbc, struct ikl_octets authenticated)
{
    uint8_t icv[IKL_MAX_ICV];
    int result = ikl_hmac_compute(&cbc->hmac, authenticated, icv, cbc->icv_len);

    if (result == IKL_OK && CRYPTO_memcmp(icv, authenticated.data + authenticated.len, cbc->icv_len) != 0) {
        result = IKL_ERR_FORGED;
    }
    OPENSSL_cleanse(icv, sizeof(icv));
    return result;
}

static int cbc_open(const void *state, const uint8_t *message, size_t aad_len, size_t text_len, uint8_t *plaintext)
{
    const struct cbc_state *cbc = state;
    const uint8_t *text = message + aad_len + IV_LEN;
    int result;

    if (!is_text_len(text_len)) {
        return IKL_ERR_INVALID;
    }
    ERR_set_mark();
    result = verify(cbc, (struct ikl_octets){message, aad_len + IV_LEN + text_len});
    if (result == IKL_OK) {
        result = apply(cbc, message + aad_len, text, text_len, plaintext, false);
        if (result != IKL_OK) {
            OPENSSL_cleanse(plaintext, text_len);
        }
    }
    ERR_pop_to_mark();
    return result;
}

/* The key of the HMAC is as long as the hash. */
#define CBC(bits, hash, digest_name, integ_id, hash_len, tag_len)                                                      \
    {                                                                                                                  \
        IKL_ENCR_AES_CBC, (bits), (integ_id),                                                                          \
        {                                                                                                              \
            .size = sizeof(struct ikl_cipher), .name = "aes" #bits "-" hash, .encr_key_len = (bits) / 8,               \
            .integ_key_len = (hash_len), .iv_len = IV_LEN, .icv_len = (tag_len), .block_len = BLOCK_LEN,               \
            .counter_iv = false, .deterministic = true, .state_size = sizeof(struct cbc_state), .init = cbc_init,      \
            .seal = cbc_seal, .open = cbc_open, .clear = cbc_clear,                                                    \
            .own = &(const struct ikl_openssl_parts){"AES-" #bits "-CBC", digest_name},                                \
        }                                                                                                              \
    }
#define CBC_OF(bits)                                                                                                   \
    CBC(bits, "sha1", "SHA1", IKL_INTEG_HMAC_SHA1_96, 20, 12),                                                         \
        CBC(bits, "sha256", "SHA256", IKL_INTEG_HMAC_SHA2_256_128, 32, 16),                                            \
        CBC(bits, "sha384", "SHA384", IKL_INTEG_HMAC_SHA2_384_192, 48, 24),                                            \
        CBC(bits, "sha512", "SHA512", IKL_INTEG_HMAC_SHA2_512_256, 64, 32)

const struct ikl_openssl_suite ikl_openssl_cbcs[IKL_OPENSSL_CBCS] = {CBC_OF(128), CBC_OF(192), CBC_OF(256)};
