/* SPDX-License-Identifier: ISC */
/* ikelive openssl: a second source of algorithms, on libcrypto of OpenSSL 3.0 or later: AES-CBC and AES-CCM, which
 * libsodium lacks, and AES-GCM with every key on every processor. A library of its own, ikelive-openssl; ikelive itself
 * does not need it.
 *
 *     static const struct ikl_provider *const providers[] = {&ikl_provider_sodium, &ikl_provider_openssl};
 *     struct ikl_endpoint_config config = {.providers = providers, .n_providers = 2, ...};
 *
 * The endpoint takes each suite from the first provider that has it: here AES-CBC from libcrypto, and AES-GCM where
 * libsodium cannot. */
#ifndef IKELIVE_OPENSSL_H
#define IKELIVE_OPENSSL_H

#include <ikelive/crypto.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Ciphers, those of AES with keys of 128, 192 and 256 bits: ENCR_AES_CBC (RFC 3602) with each of AUTH_HMAC_SHA1_96 (RFC
 * 2404), AUTH_HMAC_SHA2_256_128, _384_192 and _512_256 (RFC 4868); AES-GCM-12 and -16, AES-CCM-8, -12 and -16 (RFC
 * 5282); ENCR_CHACHA20_POLY1305 (RFC 7634). PRFs: PRF_HMAC_SHA1, PRF_HMAC_SHA2_256, _384 and _512, PRF_AES128_CMAC (RFC
 * 4615). No AES-XCBC, which libcrypto does not have. SHA-1 for NAT_DETECTION. An algorithm that libcrypto does not
 * offer is IKL_ERR_UNSUPPORTED: its default library context and properties decide, so FIPS modules may restrict it.
 * Whoever calls `init` says the cipher, else it is IKL_ERR_INVALID.
 *
 * AES-CBC messages have an unpredictable IV (`counter_iv` is false, so an endpoint draws each from its random source),
 * and are authenticated from the header to the end of the ciphertext. Their ICV is verified, in constant time, before
 * anything is decrypted. An AEAD of libcrypto decrypts while it authenticates: when the ICV is wrong the plaintext
 * buffer is wiped. Every cipher is deterministic.
 *
 * Key state holds contexts of libcrypto, made by `init` and released by `clear` with every key wiped. Sealing and
 * opening change these contexts, so only one thread at a time may use a key state; different ones share nothing. It
 * must not be copied.
 *
 * Errors of libcrypto are reported as IKL_ERR_CRYPTO. Afterwards the error queue of the thread is what it was before,
 * except that libcrypto drops the oldest entries of a queue that was nearly full.
 *
 * Memory comes from libcrypto's own allocator (CRYPTO_set_mem_functions), not from the endpoint's. Sealing or opening a
 * message allocates nothing with an AEAD, but that AES-CCM reports a wrong ICV as an error of libcrypto's, which takes
 * at most 256 octets and is released before it returns. With AES-CBC it allocates at most 1024 octets in at most 5
 * pieces, all released before it returns, because libcrypto's HMAC copies its state: 2 pieces of together 224 octets
 * (SHA2_256) or 432 octets (SHA2_512) in version 3.0.22. A key state keeps at most 3072 octets: about 0.6 KiB with
 * AES-CCM, 1.1 KiB with another AEAD, 1.3 to 1.8 KiB with AES-CBC in version 3.0.19. PRFs and SHA-1 allocate, and
 * release before they return. Libcrypto itself also allocates once per process, and once per thread for its error
 * queue. */
IKL_API extern const struct ikl_provider ikl_provider_openssl;

#ifdef __cplusplus
}
#endif
#endif
