/* SPDX-License-Identifier: ISC */
/* ikelive openssl, inside: what its files share.
 *
 *   provider.c  which algorithms there are
 *   aead.c      AES-GCM, AES-CCM and ChaCha20-Poly1305
 *   cbc.c       AES-CBC with HMAC
 *   mac.c       HMAC and CMAC, and HMAC that starts again for each message
 *   hash.c      the PRFs, and SHA-1
 *
 * Every function of the provider begins with ERR_set_mark and ends with ERR_pop_to_mark, because the host may be
 * looking at libcrypto's error queue. */
#ifndef IKL_OPENSSL_LIBCRYPTO_H
#define IKL_OPENSSL_LIBCRYPTO_H

#include "sized.h"

#include <ikelive/openssl.h>

#include <openssl/evp.h>

/* libcrypto's names for the parts of a cipher, which `own` of the cipher points to. */
struct ikl_openssl_parts {
    const char *encr;
    const char *digest; /* of the HMAC; null with an AEAD */
};

/* A cipher, and what chooses it. */
struct ikl_openssl_suite {
    uint16_t encr, key_bits, integ;
    struct ikl_cipher cipher;
};

struct ikl_openssl_prf {
    uint16_t id;
    struct ikl_prf prf;
    const char *digest; /* of the HMAC; null: CMAC with AES-128 */
};

enum { IKL_OPENSSL_AEADS = 16, IKL_OPENSSL_CBCS = 12, IKL_OPENSSL_PRFS = 5 };

extern const struct ikl_openssl_suite ikl_openssl_aeads[IKL_OPENSSL_AEADS];
extern const struct ikl_openssl_suite ikl_openssl_cbcs[IKL_OPENSSL_CBCS];
extern const struct ikl_openssl_prf ikl_openssl_prfs[IKL_OPENSSL_PRFS];

/* The cipher that key state is made for, or null when the caller does not say, as those before it had to. */
static inline const struct ikl_cipher *ikl_openssl_cipher_of(const struct ikl_cipher_init *keys)
{
    return ikl_sized_has(keys, IKL_END_OF(struct ikl_cipher_init, cipher)) ? keys->cipher : NULL;
}

/* A cipher context without key, or null. */
EVP_CIPHER_CTX *ikl_openssl_cipher_context(const char *name);

int ikl_openssl_sha1(const struct ikl_octets *parts, size_t n, uint8_t *out);

#endif
