/* SPDX-License-Identifier: ISC */
/* ikeping: additional key exchanges before IKE_AUTH (RFC 9370): what the IKE_INTERMEDIATE messages hold (RFC 9242), and
 * the keys that come of them. Whoever sends the messages also changes the keys of the IKE SA: ikl_sa_change_keys. */
#ifndef IKEPING_ADDITIONAL_H
#define IKEPING_ADDITIONAL_H

#include "../support/dh.h"
#include "payload_list.h"

#include <ikelive/crypto.h>

struct handshake;

struct additional {
    size_t n_done;
    struct dh_key *key; /* the initiator's, of the exchange under way; or null */
    /* IntAuth of the initiator's messages so far, of the responder's, and the Message ID of IKE_AUTH */
    uint8_t int_auth[2 * IKL_MAX_PRF + 4];
};

/* Wipes and forgets it all. */
void additional_free(struct additional *additional);

/* Whether one of those that were agreed on is yet to be done. */
bool additional_is_due(const struct handshake *handshake);

/* The initiator's request of the next one. Errors: those of dh_key_new and ikl_int_auth. */
IKL_MUST_USE int additional_ask(struct handshake *handshake, uint64_t spi_i, uint64_t spi_r, struct payload_list *list);

/* Takes the response, which is well-formed: the handshake has new keys. Errors: IKL_ERR_MALFORMED when there is no
 * public value that may be used; those of ikl_int_auth and ikl_keys_change. */
IKL_MUST_USE int additional_take(struct handshake *handshake, const struct ikl_int_auth *response);

/* The responder's answer to such a request, which is to be protected with the keys of before: the handshake has new
 * ones. Errors: the same, and IKL_ERR_NO_MEMORY. */
IKL_MUST_USE int additional_answer(struct handshake *handshake, const struct ikl_int_auth *request,
                                   struct payload_list *list);

/* What AUTH proves of these exchanges, IntAuth; empty when there were none. A view of the handshake. */
struct ikl_octets additional_int_auth(const struct handshake *handshake);

#endif
