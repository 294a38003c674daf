/* SPDX-License-Identifier: ISC */
/* ikelive sa, inside: the keys of an IKE SA, in line, because each message asks for them. */
#ifndef IKL_SA_KEYING_H
#define IKL_SA_KEYING_H

#include "sa.h"

static inline struct ikl_keying *ikl_keying_of(const struct ikl_sa *sa)
{
    return &sa->endpoint->keyings[sa->keying];
}

static inline const struct ikl_cipher *ikl_sa_cipher(const struct ikl_sa *sa)
{
    return ikl_keying_of(sa)->cipher;
}

/* All but its PRF. */
static inline const struct ikl_suite *ikl_sa_suite(const struct ikl_sa *sa)
{
    return &ikl_keying_of(sa)->suite;
}

static inline const void *ikl_sa_send_key(const struct ikl_sa *sa)
{
    return ikl_slab_at(&ikl_keying_of(sa)->states, sa->keys);
}

static inline const void *ikl_sa_receive_key(const struct ikl_sa *sa)
{
    return (const uint8_t *)ikl_sa_send_key(sa) + ikl_sa_cipher(sa)->state_size;
}

/* Whether a message is so small that it can be made again from its plaintext and its IV. */
static inline bool ikl_sa_is_small(const struct ikl_sa *sa, const struct ikl_draft *draft)
{
    return ikl_sa_has_keys(sa) && draft->plaintext.len <= IKL_SMALL_BODY && ikl_sa_cipher(sa)->deterministic;
}

#endif
