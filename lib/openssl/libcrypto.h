/* SPDX-License-Identifier: ISC */
/* ikelive openssl, inside: what its files share.
 *
 *   provider.c  which algorithms there are
 *   aead.c      AES-GCM-16 and ChaCha20-Poly1305
 *   cbc.c       AES-CBC with HMAC
 *   hmac.c      HMAC that starts again for each message
 *   hash.c      the PRFs, and SHA-1
 *
 * Every function of the provider begins with ERR_set_mark and ends with ERR_pop_to_mark, because the host may be
 * looking at libcrypto's error queue. */
#ifndef IKL_OPENSSL_LIBCRYPTO_H
#define IKL_OPENSSL_LIBCRYPTO_H

#include <ikelive/openssl.h>

#include <openssl/evp.h>

/* A cipher or a PRF, and libcrypto's names for its parts. */
struct ikl_openssl_cipher {
    struct ikl_cipher cipher;
    const char *encr;
    const char *digest; /* of the HMAC; null with an AEAD */
};

struct ikl_openssl_prf {
    struct ikl_prf prf;
    const char *digest;
};

extern const struct ikl_openssl_cipher ikl_openssl_chacha20poly1305, ikl_openssl_aes128gcm16, ikl_openssl_aes256gcm16;
extern const struct ikl_openssl_cipher ikl_openssl_aes128_sha256, ikl_openssl_aes128_sha512, ikl_openssl_aes256_sha256,
    ikl_openssl_aes256_sha512;
extern const struct ikl_openssl_prf ikl_openssl_prfsha256, ikl_openssl_prfsha384, ikl_openssl_prfsha512;

/* A cipher context without key, or null. */
EVP_CIPHER_CTX *ikl_openssl_cipher_context(const char *name);

/* An HMAC context with its key, or null. */
EVP_MAC_CTX *ikl_openssl_hmac_context(const char *digest, const uint8_t *key, size_t key_len);

int ikl_openssl_sha1(const struct ikl_octets *parts, size_t n, uint8_t *out);

#endif
