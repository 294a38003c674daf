/* SPDX-License-Identifier: ISC */
/* ikeping: an IKE SA that takes the place of the session's, after a rekey by either side (RFC 7296 §2.8, §2.18). */
#ifndef IKEPING_REPLACEMENT_H
#define IKEPING_REPLACEMENT_H

#include "../support/dh.h"
#include "payload_list.h"
#include "proposals.h"

#include <ikelive/crypto.h>

struct handshake;
struct ikl_sa;
struct session;

struct replacement {
    struct proposal proposal;
    struct ikl_keys keys;
    uint64_t spi_i, spi_r;
    bool ours; /* we have rekeyed, and so are the new one's original initiator */
    struct ikl_sa *sa;
};

/* Makes the payloads of a request for it, with our SPI and its proposal. */
void replacement_offer(const struct replacement *replacement, const struct dh_key *key, struct ikl_octets nonce,
                       struct payload_list *list);

/* Derives its keys: SKEYSEED = prf(SK_d (old), g^ir (new) | Ni | Nr | ...), with the old PRF. `input` is all of it but
 * the SPIs. Errors: those of ikl_skeyseed_rekey and ikl_keys_derive. */
IKL_MUST_USE int replacement_derive(struct replacement *replacement, const struct handshake *old,
                                    const struct ikl_kdf_input *input);

/* Makes the IKE SA. Errors: those of session_new_sa. */
IKL_MUST_USE int replacement_make(struct replacement *replacement, struct session *session);

/* The session goes on with it, and the old one is deleted by whoever has rekeyed. */
void replacement_take(const struct replacement *replacement, struct session *session);

#endif
