/* SPDX-License-Identifier: ISC */
/* ikeping: the AUTH payload: a proof of who sent an IKE_SA_INIT message (RFC 7296 §2.15; RFC 7427; RFC 8420). */
#ifndef IKEPING_AUTH_H
#define IKEPING_AUTH_H

#include "credentials.h"
#include "signature.h"

#include <ikelive/crypto.h>
#include <ikelive/payloads.h>

/* What the AUTH payload of one side vouches for. */
struct auth_claim {
    struct ikl_octets message;  /* the IKE_SA_INIT message that this side sent, the last one */
    struct ikl_octets nonce;    /* the other side's */
    struct ikl_octets identity; /* body of this side's Identification payload */
    const struct ikl_prf *prf;
    const uint8_t *sk_p;        /* SK_pi or SK_pr, whichever is this side's */
    struct ikl_octets int_auth; /* of the IKE_INTERMEDIATE exchanges (RFC 9242); empty when there were none */
    uint16_t hashes;            /* those of SIGNATURE_HASH_ALGORITHMS of the peer; see signature.h */
    struct evp_pkey_st *key;    /* of the peer's certificate, where the claim is a peer's that has to have one */
};

/* The hash algorithms to announce where the two sides prove themselves with these; none: no notification. */
uint16_t auth_hashes(const struct credentials *credentials);

/* Whether a peer that has announced these can verify our proof. */
bool auth_is_possible(const struct credentials *credentials, uint16_t hashes);

/* Whether the body of the peer's AUTH payload is of the kind of its credentials. */
bool auth_is_alike(struct ikl_octets body, const struct credentials *credentials);

/* Appends the body of our AUTH payload. Errors: IKL_ERR_NO_MEMORY, IKL_ERR_NO_BUFFER, what the PRF reports. */
IKL_MUST_USE int auth_write(struct ikl_writer *writer, const struct credentials *credentials,
                            const struct auth_claim *claim);

/* Whether the body of the peer's AUTH payload proves its claim. Errors: IKL_ERR_FORGED when it does not;
 * IKL_ERR_UNSUPPORTED when it is of another kind than our credentials; IKL_ERR_TRUNCATED, IKL_ERR_NO_MEMORY, what the
 * PRF reports. */
IKL_MUST_USE int auth_check(struct ikl_octets body, const struct credentials *credentials,
                            const struct auth_claim *claim);

#endif
