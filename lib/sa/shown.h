/* SPDX-License-Identifier: ISC */
/* ikelive sa, inside: tokens that somebody shows unprotected (RFC 6290 §4.5). */
#ifndef IKL_SA_SHOWN_H
#define IKL_SA_SHOWN_H

#include "sa.h"

enum { IKL_SHOWN_MOST = 4 }; /* tokens of a message that are looked at */

/* The notifications with tokens in a message. */
struct ikl_shown {
    struct ikl_octets bodies[IKL_SHOWN_MOST];
    unsigned n; /* of these; more are not looked at */
};

static inline void ikl_shown_none(struct ikl_shown *shown)
{
    shown->n = 0;
}

static inline void ikl_shown_add(struct ikl_shown *shown, struct ikl_octets body)
{
    if (shown->n < IKL_SHOWN_MOST) {
        shown->bodies[shown->n++] = body;
    }
}

/* token.c */

/* Whether one of them is the token of the IKE SA's peer, which has ended it then. */
bool ikl_sa_take_shown(struct ikl_sa *sa, const struct ikl_shown *shown, ikl_time now);

#endif
