/* SPDX-License-Identifier: ISC */
/* ikelive openssl: HMAC and CMAC, and HMAC under one key for many messages. */
#ifndef IKL_OPENSSL_MAC_H
#define IKL_OPENSSL_MAC_H

#include <ikelive/crypto.h>

#include <openssl/evp.h>

/* A context with its key, or null. `digest` is libcrypto's name of the hash of an HMAC; null: CMAC with AES-128, whose
 * key has 16 octets. */
EVP_MAC_CTX *ikl_openssl_mac_context(const char *digest, const uint8_t *key, size_t key_len);

struct ikl_hmac {
    EVP_MAC_CTX *context;
    bool rekeyed; /* the context must be given its key again for each message */
    uint8_t key_len;
    uint8_t key[IKL_MAX_INTEG_KEY]; /* empty unless `rekeyed` */
};

/* `digest` is libcrypto's name of the hash. After an error there is nothing to clear. Leaves errors in libcrypto's
 * queue, as ikl_hmac_compute does. */
int ikl_hmac_init(struct ikl_hmac *hmac, const char *digest, const uint8_t *key, size_t key_len);

/* Writes `tag_len` octets, at most as many as the hash has. */
int ikl_hmac_compute(const struct ikl_hmac *hmac, struct ikl_octets message, uint8_t *tag, size_t tag_len);

/* Releases the context. The caller wipes the struct. */
void ikl_hmac_clear(struct ikl_hmac *hmac);

#endif
