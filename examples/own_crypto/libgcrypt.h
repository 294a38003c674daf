/* SPDX-License-Identifier: ISC */
/* ikelive example: a host's own cryptography. It has no PRF, because this host hands over keys that are derived; one
 * that derives them with ikl_keys_derive adds that. */
#ifndef OWN_CRYPTO_LIBGCRYPT_H
#define OWN_CRYPTO_LIBGCRYPT_H

#include <ikelive/crypto.h>

extern const struct ikl_provider libgcrypt;

#endif
