/* SPDX-License-Identifier: ISC */
/* ikelive sa, inside: the peer's messages that arrive in fragments. */
#ifndef IKL_SA_FRAGMENTS_H
#define IKL_SA_FRAGMENTS_H

#include "endpoint/shared.h"

/* A message of the peer with some of its fragments. */
struct ikl_reassembly {
    ikl_time expires;
    uint32_t message_id;
    uint32_t first_piece; /* in the pool, in order of number */
    uint32_t octets;      /* of plaintext so far */
    uint16_t total;       /* 0: nothing is being put together */
    uint16_t n_pieces;
    uint32_t older, newer; /* in the endpoint's list of these */
    uint32_t sa;           /* whose it is */
    uint8_t first_payload;
    uint8_t exchange_type;
    uint8_t critical; /* type of a payload before SKF that is unknown and critical, or IKL_PAYLOAD_NONE */
    bool listed;
};

/* partial.c */

/* How a fragment is kept in the pool: this, then its plaintext. */
struct ikl_piece {
    uint32_t next;
    uint16_t number;
};

struct ikl_piece ikl_piece_at(const struct ikl_sa *sa, uint32_t body);
/* Into the list of those of CONNECTING IKE SAs. */
void ikl_partial_list(struct ikl_sa *sa, struct ikl_reassembly *reassembly);
/* Blocks of the pool that its pieces hold; and giving them back. */
uint32_t ikl_partial_blocks(const struct ikl_sa *sa, const struct ikl_reassembly *reassembly);
void ikl_partial_reset(struct ikl_sa *sa, struct ikl_reassembly *reassembly);
ikl_time ikl_sa_reassembly_deadline(const struct ikl_sa *sa);
void ikl_sa_expire_fragments(struct ikl_sa *sa, ikl_time now);
void ikl_sa_drop_fragments(struct ikl_sa *sa);
/* Likewise, and counts them. */
void ikl_sa_lose_fragments(struct ikl_sa *sa);

/* Drops the oldest incomplete message of another CONNECTING IKE SA. False when there is none. */
bool ikl_sa_forget_partial(struct ikl_sa *sa);
/* The IKE SA is authenticated: its incomplete messages stay. */
void ikl_sa_keep_partials(struct ikl_sa *sa);
/* Takes the extra along, with its incomplete messages. */
void ikl_sa_carry_extra(struct ikl_sa *from, struct ikl_sa *to);

/* reassembly.c */

/* Keeps the fragment that was opened. Sets `*complete` when it was the last one; `opened` is then the whole. */
int ikl_sa_take_fragment(struct ikl_sa *sa, struct ikl_opened *opened, ikl_time now, bool *complete);

#endif
