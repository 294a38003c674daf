/* SPDX-License-Identifier: ISC */
/* ikelive sa, inside: keys that change while the IKE SA is CONNECTING (RFC 9242, RFC 9370).
 *
 * A request that comes again is sealed with the keys of its time, and so is its response. So the keys from before a
 * change stay until the next exchange has gone through with those that followed them. */
#ifndef IKL_SA_KEY_CHANGE_H
#define IKL_SA_KEY_CHANGE_H

#include "keys.h"

/* Of an IKE SA whose keys have changed, until it is ESTABLISHED or ends. */
struct ikl_key_change {
    uint64_t spi;                 /* ours, of the IKE SA */
    struct ikl_other_keys former; /* of no further IV; none, once they are not needed any more */
    uint32_t n;                   /* how often they have changed */
    uint32_t peer_id;             /* the first Message ID of the peer's under the present keys */
    uint32_t own_id;              /* and of ours */
};

#ifdef IKL_WITHOUT_KEY_CHANGES
#include "without/key_change.h"
#else
/* Whether a request with this Message ID is sealed with the former keys, which the IKE SA has. */
bool ikl_key_change_is_before(const struct ikl_sa *sa, uint32_t message_id);
/* The former keys come into use, or go out of it again. */
void ikl_key_change_swap(struct ikl_sa *sa);
/* A message under the present keys was taken: if an exchange is complete with that, the former ones are wiped. */
void ikl_key_change_went_on(struct ikl_sa *sa);

/* The IKE SA is ESTABLISHED, or ends: forgets all this. */
void ikl_key_change_end(struct ikl_sa *sa);

/* How often its keys have changed. */
uint32_t ikl_key_changes(const struct ikl_sa *sa);

/* Makes room in another endpoint, where room for its keys was made; takes it along, after the keys. */
int ikl_key_change_reserve(const struct ikl_sa *sa, struct ikl_endpoint *to, uint16_t keying);
void ikl_key_change_carry(struct ikl_sa *from, struct ikl_sa *to);
#endif

#endif
