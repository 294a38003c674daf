/* SPDX-License-Identifier: ISC */
/* ikelive sa, inside: messages in fragments: the peer's that arrive, and ours. */
#ifndef IKL_SA_FRAGMENTS_H
#define IKL_SA_FRAGMENTS_H

#include "endpoint/shared.h"

struct ikl_packing;

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
    uint8_t minor, flags, reserved; /* of the first fragment */
    uint8_t critical;               /* type of a payload before SKF that is unknown and critical, or IKL_PAYLOAD_NONE */
    bool listed;
};

/* How a fragment is kept in the pool: this, then its plaintext. */
struct ikl_piece {
    uint32_t next;
    uint16_t number;
};

#ifdef IKL_WITHOUT_FRAGMENTS
#include "without/fragments.h"
#else
/* Whether long messages go in fragments, where both sides have announced that they know them or not. */
static inline bool ikl_fragments_used(bool announced)
{
    return announced;
}

/* What is wrong with announcing them. */
static inline struct ikl_fault ikl_fragments_fault(bool announced)
{
    (void)announced;
    return IKL_NO_FAULT;
}

/* partial.c */

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
/* Takes its incomplete messages along, once its extra is there. */
void ikl_sa_carry_fragments(struct ikl_sa *from, struct ikl_sa *to);

/* reassembly.c */

/* Keeps the fragment that was opened. Sets `*complete` when it was the last one; `opened` is then the whole. */
int ikl_sa_take_fragment(struct ikl_sa *sa, struct ikl_opened *opened, ikl_time now, bool *complete);

/* pieces.c */

/* Packs a message for `path` in as few fragments as there can be. IKL_ERR_INVALID when so much fits no fragments. */
int ikl_sa_pack_pieces(const struct ikl_sa *sa, const struct ikl_path *path, size_t plaintext_len,
                       struct ikl_packing *out);
/* The same for a message that went out before in `n_before` datagrams, and now needs more: the peer tells the fragments
 * of both apart by the larger total (RFC 7383 §2.5.2). */
int ikl_sa_pack_anew(const struct ikl_sa *sa, const struct ikl_path *path, size_t plaintext_len, uint16_t n_before,
                     struct ikl_packing *out);

/* refit.c */

/* Fits a message that is about to go out again to `path`: if one of its datagrams is too large, replaces them with
 * smaller fragments, each with an IV of its own (RFC 7383 §2.5.2). Otherwise, and when that fails, nothing changes. */
void ikl_sa_refit(struct ikl_sa *sa, const struct ikl_path *path, uint32_t *stored);
#endif

#endif
