/* SPDX-License-Identifier: ISC */
/* ikeping: AUTH payloads that are signatures with the key of a certificate: of the methods RSA Digital Signature and
 * ECDSA (RFC 7296 §3.8; RFC 4754), and Digital Signature (RFC 7427; RFC 8420). */
#ifndef IKEPING_SIGNATURE_H
#define IKEPING_SIGNATURE_H

#include "certificates.h"

/* Hash algorithms of SIGNATURE_HASH_ALGORITHMS (RFC 7427 §4; RFC 8420 §2), as bits of a set. "Identity" is none, which
 * Ed25519 and Ed448 want. */
enum {
    SIGNATURE_SHA2_256 = 1 << 2,
    SIGNATURE_SHA2_384 = 1 << 3,
    SIGNATURE_SHA2_512 = 1 << 4,
    SIGNATURE_IDENTITY = 1 << 5
};

/* Octets of the Authentication Data, at most: the algorithm and a signature of RSA with 8192 bits. */
enum { SIGNATURE_DATA_MAX = 1280 };

/* Whether our key can sign for a peer that takes these hash algorithms; none: it does not have RFC 7427. */
bool signature_is_possible(const struct certificates *certificates, uint16_t hashes);

/* Signs `text` with our key for such a peer. Gives the method, and the data in `data`. Errors: IKL_ERR_UNSUPPORTED when
 * that is not possible; IKL_ERR_NO_MEMORY, and whatever else goes wrong in libcrypto. */
IKL_MUST_USE int signature_make(const struct certificates *certificates, uint16_t hashes, struct ikl_octets text,
                                uint8_t data[SIGNATURE_DATA_MAX], struct ikl_auth *out);

/* Whether it is a signature of `text` with this key. `legacy` says that the peer does not have RFC 7427: then, and only
 * then, RSA signs a hash by SHA-1. Errors: IKL_ERR_FORGED; IKL_ERR_UNSUPPORTED for a method or an algorithm that is not
 * for this key. */
IKL_MUST_USE int signature_check(struct evp_pkey_st *key, const struct ikl_auth *auth, bool legacy,
                                 struct ikl_octets text);

#endif
