/* SPDX-License-Identifier: ISC */
/* ikelive examples: the keys of an IKE SA and its Child SAs, made as IKEv2 makes them.
 *
 * A real host has these from its own IKE_SA_INIT, IKE_AUTH and CREATE_CHILD_SA exchanges. Here the two hosts live in
 * one process, so each reads the other's offer directly; what is computed from the offers is the real thing (RFC 7296
 * §2.14, §2.17; X25519 of RFC 8031), and each host computes it on its own. */
#ifndef EXAMPLES_KEY_AGREEMENT_H
#define EXAMPLES_KEY_AGREEMENT_H

#include "randomness.h"

#include <ikelive/crypto.h>

#define N_CHILDREN 3
#define NONCE_LEN 32
#define X25519_LEN 32
#define CHILD_KEYMAT_LEN 72 /* ENCR_CHACHA20_POLY1305 for ESP: 36 octets each way */

/* What one host tells the other. */
struct key_offer {
    uint64_t spi; /* of the IKE SA */
    uint8_t public_key[X25519_LEN];
    uint8_t nonces[N_CHILDREN][NONCE_LEN]; /* the first one is for the IKE SA and the Child SA that comes with it */
    uint32_t child_spis[N_CHILDREN];       /* inbound */
};

/* What it keeps to itself. */
struct key_secret {
    uint8_t private_key[X25519_LEN];
};

struct agreed_keys {
    struct ikl_keys ike;
    uint8_t children[N_CHILDREN][CHILD_KEYMAT_LEN];
};

/* Draws an offer and its secret. `spi` is the host's, from ikl_endpoint_new_spi. */
void key_offer_make(struct key_offer *offer, struct key_secret *secret, uint64_t spi, struct randomness *randomness);

/* Derives all keys from the secret of one host and the offers of both. Errors: those of ikl_keys_derive;
 * IKL_ERR_CRYPTO when the peer's public key is none. Wipe `out` after use. */
IKL_MUST_USE int key_agree(struct agreed_keys *out, const struct ikl_suite *suite, const struct key_secret *secret,
                           const struct key_offer *initiator, const struct key_offer *responder, bool we_initiate);

#endif
