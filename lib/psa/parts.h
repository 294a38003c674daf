/* SPDX-License-Identifier: ISC */
/* ikelive psa, inside: what its files share.
 *
 *   provider.c  which algorithms there are
 *   aead.c      AES-GCM, AES-CCM and ChaCha20-Poly1305
 *   cbc.c       AES-CBC with HMAC
 *   mac.c       HMAC and CMAC, the PRFs, and SHA-1
 *   key.c       keys for one use */
#ifndef IKL_PSA_PARTS_H
#define IKL_PSA_PARTS_H

#include "sized.h"

#include <ikelive/psa.h>

#include <psa/crypto.h>

/* What PSA Crypto calls the parts of a cipher, which `own` of the cipher points to. */
struct ikl_psa_parts {
    psa_key_type_t type;
    psa_algorithm_t encr;
    psa_algorithm_t hash; /* of the HMAC; PSA_ALG_NONE with an AEAD */
    uint8_t salt_len;     /* at the end of the encryption key */
};

/* A cipher, and what chooses it. */
struct ikl_psa_suite {
    uint16_t encr, key_bits, integ;
    struct ikl_cipher cipher;
};

struct ikl_psa_prf {
    uint16_t id;
    struct ikl_prf prf;
};

enum { IKL_PSA_AEADS = 16, IKL_PSA_CBCS = 12, IKL_PSA_PRFS = 5 };

extern const struct ikl_psa_suite ikl_psa_aeads[IKL_PSA_AEADS];
extern const struct ikl_psa_suite ikl_psa_cbcs[IKL_PSA_CBCS];
extern const struct ikl_psa_prf ikl_psa_prfs[IKL_PSA_PRFS];

/* The cipher that key state is made for, or null when the caller does not say. */
static inline const struct ikl_cipher *ikl_psa_cipher_of(const struct ikl_cipher_init *keys)
{
    return ikl_sized_has(keys, IKL_END_OF(struct ikl_cipher_init, cipher)) ? keys->cipher : NULL;
}

/* A key for one algorithm. PSA_KEY_ID_NULL when it cannot be imported; destroying that is harmless. */
psa_key_id_t ikl_psa_import(psa_key_type_t type, psa_algorithm_t algorithm, psa_key_usage_t usage, const uint8_t *key,
                            size_t key_len);

/* Destroys the key, and what its use has left on the stack below. */
void ikl_psa_forget(psa_key_id_t key);

/* The HMAC with this hash of the parts, or with PSA_ALG_CMAC the CMAC under AES. Writes at most `size` octets. */
int ikl_psa_mac(psa_algorithm_t hash_or_cmac, const struct ikl_prf_input *input, uint8_t *out, size_t size);

int ikl_psa_sha1(const struct ikl_octets *parts, size_t n, uint8_t *out);

#endif
