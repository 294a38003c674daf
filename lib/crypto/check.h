/* SPDX-License-Identifier: ISC */
/* ikelive crypto, inside: checks what a provider says about itself, once, where it is first used; and the public
 * functions again, for a cipher that was checked. */
#ifndef IKL_CRYPTO_CHECK_H
#define IKL_CRYPTO_CHECK_H

#include <ikelive/crypto.h>

/* IKL_OK, or IKL_ERR_INVALID when a number is out of range or a function is missing. */
int ikl_cipher_check(const struct ikl_cipher *cipher);
int ikl_prf_check(const struct ikl_prf *prf);
int ikl_provider_check(const struct ikl_provider *provider);

/* The algorithms, checked. What the provider says, or IKL_ERR_INVALID. */
int ikl_provider_cipher(const struct ikl_provider *provider, const struct ikl_suite *suite,
                        const struct ikl_cipher **out);
/* Of a provider that was checked. */
int ikl_provider_prf(const struct ikl_provider *provider, uint16_t id, const struct ikl_prf **out);

/* Fields that the first version lacked, or that may be missing: then null. */
typedef void (*ikl_cipher_clear)(void *state);
typedef int (*ikl_provider_sha1)(const struct ikl_octets *parts, size_t n, uint8_t *out);
ikl_cipher_clear ikl_cipher_clear_of(const struct ikl_cipher *cipher);
ikl_provider_sha1 ikl_provider_sha1_of(const struct ikl_provider *provider);

/* ikl_message_sealed_len, _seal and _open for a cipher that was checked. */
size_t ikl_sk_sealed_len(const struct ikl_cipher *cipher, size_t plaintext_len, bool fragment);
int ikl_sk_seal(const struct ikl_cipher *cipher, const void *state, const struct ikl_sealing *what, uint8_t *out,
                size_t size, size_t *len);
int ikl_sk_open(const struct ikl_cipher *cipher, const void *state, const uint8_t *datagram, size_t len,
                uint8_t *plaintext, size_t size, struct ikl_opened *out);

#endif
