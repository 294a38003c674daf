/* SPDX-License-Identifier: ISC */
/* ikelive psa: a source of algorithms on PSA Crypto, as Mbed TLS 2.28 and later have it, and with it many small
 * machines. A library of its own, ikelive-psa; ikelive itself does not need it.
 *
 *     static const struct ikl_provider *const providers[] = {&ikl_provider_psa};
 *     struct ikl_endpoint_config config = {.providers = providers, .n_providers = 1, ...}; */
#ifndef IKELIVE_PSA_H
#define IKELIVE_PSA_H

#include <ikelive/crypto.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Ciphers, those of AES with keys of 128, 192 and 256 bits: ENCR_AES_CBC with each of AUTH_HMAC_SHA1_96,
 * AUTH_HMAC_SHA2_256_128, _384_192 and _512_256; AES-GCM-12 and -16, AES-CCM-8, -12 and -16; ENCR_CHACHA20_POLY1305.
 * PRFs: PRF_HMAC_SHA1, PRF_HMAC_SHA2_256, _384 and _512, PRF_AES128_CMAC. No AES-XCBC, which PSA Crypto does not have.
 * SHA-1 for NAT_DETECTION. An algorithm that the implementation lacks is IKL_ERR_UNSUPPORTED: it is tried when it is
 * asked for. Whoever calls `init` says the cipher, else it is IKL_ERR_INVALID.
 *
 * Asking for an algorithm calls psa_crypto_init, which a host may have called before.
 *
 * Key state is the keys as given. They are imported for each message and destroyed with it, because an implementation
 * may have few places for keys (Mbed TLS 2.28: 32 in all): so there may be any number of IKE SAs, one place is in use
 * at a time, and key state may be copied. What that allocates, the implementation releases before `seal` and `open`
 * return. The implementation's own rules for threads hold: Mbed TLS 2.28 lets one thread at a time call it.
 *
 * AES-CBC messages have an unpredictable IV, and their ICV is verified, in constant time, before anything is decrypted.
 * When the ICV of an AEAD is wrong the plaintext buffer is wiped. Every cipher is deterministic. An error of PSA Crypto
 * is IKL_ERR_CRYPTO. */
IKL_API extern const struct ikl_provider ikl_provider_psa;

#ifdef __cplusplus
}
#endif
#endif
