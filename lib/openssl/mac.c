/* SPDX-License-Identifier: ISC */
/* ikelive openssl: HMAC and CMAC, and HMAC under one key for many messages. */
#include "mac.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>

#include <string.h>

EVP_MAC_CTX *ikl_openssl_mac_context(const char *digest, const uint8_t *key, size_t key_len)
{
    EVP_MAC *mac = EVP_MAC_fetch(NULL, digest != NULL ? OSSL_MAC_NAME_HMAC : OSSL_MAC_NAME_CMAC, NULL);
    EVP_MAC_CTX *context = mac != NULL ? EVP_MAC_CTX_new(mac) : NULL;
    const char *parameter = digest != NULL ? OSSL_MAC_PARAM_DIGEST : OSSL_MAC_PARAM_CIPHER;
    const char *of = digest != NULL ? digest : "AES-128-CBC";
    /* libcrypto reads the name only, but its parameters have no const */
    OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(parameter, (char *)(uintptr_t)of, 0),
                           OSSL_PARAM_construct_end()};

    EVP_MAC_free(mac);
    /* A null key would mean that the context has one already. */
    if (context == NULL || EVP_MAC_init(context, key_len != 0 ? key : (const uint8_t *)"", key_len, params) != 1) {
        EVP_MAC_CTX_free(context);
        return NULL;
    }
    return context;
}

/* Whether a context that has finished a message can begin the next one without getting its key again. Versions 3.0.0 to
 * 3.0.2 claim to, but go on with the old state. */
static bool starts_again(EVP_MAC_CTX *context)
{
    uint8_t first[EVP_MAX_MD_SIZE], second[EVP_MAX_MD_SIZE];
    size_t len;

    bool done = EVP_MAC_final(context, first, &len, sizeof(first)) == 1 && EVP_MAC_init(context, NULL, 0, NULL) == 1 &&
                EVP_MAC_final(context, second, &len, sizeof(second)) == 1;

    return done && CRYPTO_memcmp(first, second, len) == 0;
}

int ikl_hmac_init(struct ikl_hmac *hmac, const char *digest, const uint8_t *key, size_t key_len)
{
    memset(hmac, 0, sizeof(*hmac));
    if (key_len > sizeof(hmac->key)) {
        return IKL_ERR_INVALID;
    }
    hmac->context = ikl_openssl_mac_context(digest, key, key_len);
    if (hmac->context == NULL) {
        return IKL_ERR_CRYPTO;
    }
    if (!starts_again(hmac->context)) {
        hmac->rekeyed = true;
        hmac->key_len = (uint8_t)key_len;
        memcpy(hmac->key, key, key_len);
    }
    return IKL_OK;
}

int ikl_hmac_compute(const struct ikl_hmac *hmac, struct ikl_octets message, uint8_t *tag, size_t tag_len)
{
    uint8_t whole[EVP_MAX_MD_SIZE];
    size_t len = 0;
    bool done = EVP_MAC_init(hmac->context, hmac->rekeyed ? hmac->key : NULL, hmac->key_len, NULL) == 1 &&
                EVP_MAC_update(hmac->context, message.data, message.len) == 1 &&
                EVP_MAC_final(hmac->context, whole, &len, sizeof(whole)) == 1;

    if (done) {
        memcpy(tag, whole, tag_len);
    }
    OPENSSL_cleanse(whole, sizeof(whole));
    return done ? IKL_OK : IKL_ERR_CRYPTO;
}

void ikl_hmac_clear(struct ikl_hmac *hmac)
{
    EVP_MAC_CTX_free(hmac->context);
    hmac->context = NULL;
}
