/* SPDX-License-Identifier: ISC */
/* ikelive sa, inside: sequence numbers that run out: Message IDs and counted IVs. */
#ifndef IKL_SA_EXHAUSTION_H
#define IKL_SA_EXHAUSTION_H

#include "sa.h"

#include "out_of_line.h"

#ifdef IKL_WITHOUT_EXHAUSTION
#include "without/exhaustion.h"
#else
/* Whether few Message IDs are left when this one is the next; whether few counted IVs are left. */
static inline bool ikl_sa_ids_run_out(const struct ikl_sa *sa, uint32_t next)
{
    return IKL_MESSAGE_ID_NONE - next <= sa->endpoint->exhaustion_margin;
}

static inline bool ikl_sa_ivs_run_out(const struct ikl_sa *sa)
{
    return sa->iv_end != 0 && sa->iv_end - sa->iv.next <= sa->endpoint->exhaustion_margin;
}

/* Some of them run out: has the host told, once of each kind. */
void ikl_sa_warn_of_exhaustion(struct ikl_sa *sa);

/* Whether the host is to be told of this kind; it then counts as told. */
bool ikl_sa_take_exhaustion(struct ikl_sa *sa, enum ikl_exhaustion what);

/* The keys have no other epoch to go on in. */
void ikl_sa_warn_of_last_epoch(struct ikl_sa *sa);

/* Does the same after one was used, if few are left. In line, because each message uses one. */
IKL_SHARED void ikl_sa_watch_exhaustion(struct ikl_sa *sa);

#if IKL_DEFINES
IKL_SHARED void ikl_sa_watch_exhaustion(struct ikl_sa *sa)
{
    /* the bits of both are no less than either, so one test says that neither runs out */
    if (ikl_sa_ids_run_out(sa, sa->send_window.next | sa->receive_window.lowest) || ikl_sa_ivs_run_out(sa)) {
        ikl_sa_warn_of_exhaustion(sa);
    }
}
#endif
#endif

#endif
