/* SPDX-License-Identifier: ISC */
/* ikelive sodium: the choice of a cipher, whatever this processor can do. */
#ifndef IKL_SODIUM_CIPHER_H
#define IKL_SODIUM_CIPHER_H

#include <ikelive/crypto.h>

/* The cipher of libsodium for a suite, given whether AES-GCM is available here. IKL_OK, IKL_ERR_UNSUPPORTED or
 * IKL_ERR_NO_AES. */
int ikl_sodium_cipher(const struct ikl_suite *suite, bool aes_available, const struct ikl_cipher **out);

#endif
