/* SPDX-License-Identifier: ISC */
/* ikelive sa, inside: what few IKE SAs have and each message has to ask for. It asks for all of it with one look, so
 * one more such thing costs the messages of other IKE SAs nothing. */
#ifndef IKL_SA_RARE_H
#define IKL_SA_RARE_H

#include "sa.h"

/* Bits; what is left out has none. */
enum ikl_rare {
#ifdef IKL_WITHOUT_SYNC
    IKL_RARE_SYNC = 0,
#else
    IKL_RARE_SYNC = 1,        /* synchronisation of Message IDs was agreed on: see syncing.h */
#endif
#ifdef IKL_WITHOUT_KEY_CHANGES
    IKL_RARE_FORMER_KEYS = 0,
#else
    IKL_RARE_FORMER_KEYS = 2, /* they open what the peer sends again: see key_change.h */
#endif
    IKL_RARE_ALL = IKL_RARE_SYNC | IKL_RARE_FORMER_KEYS
};

static inline bool ikl_sa_is_rare(const struct ikl_sa *sa)
{
    return (sa->rare & (unsigned)IKL_RARE_ALL) != 0;
}

static inline bool ikl_sa_has_rare(const struct ikl_sa *sa, enum ikl_rare what)
{
    return (sa->rare & (unsigned)what) != 0;
}

static inline void ikl_sa_set_rare(struct ikl_sa *sa, enum ikl_rare what)
{
    sa->rare = (sa->rare | (unsigned)what) & IKL_RARE_ALL;
}

static inline void ikl_sa_clear_rare(struct ikl_sa *sa, enum ikl_rare what)
{
    sa->rare = sa->rare & ~(unsigned)what & IKL_RARE_ALL;
}

#endif
