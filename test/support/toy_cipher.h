/* SPDX-License-Identifier: ISC */
/* A host's own provider: a cipher with a separate MAC, blocks of 16 octets and an unpredictable IV, as AES-CBC with
 * HMAC has. For tests only. */
#ifndef TEST_TOY_CIPHER_H
#define TEST_TOY_CIPHER_H

#include "host.h"

enum { TOY_ENCR_KEY_LEN = 32, TOY_INTEG_KEY_LEN = 24, TOY_BLOCK_LEN = 16, TOY_IV_LEN = 16, TOY_ICV_LEN = 16 };

extern const struct ikl_cipher toy_cipher;

/* Has toy_cipher for ENCR_AES_CBC with AUTH_HMAC_SHA2_256_128, and the PRFs of test_provider. */
extern const struct ikl_provider toy_provider;

#endif
