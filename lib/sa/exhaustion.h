/* SPDX-License-Identifier: ISC */
/* ikelive sa, inside: sequence numbers that run out: Message IDs and counted IVs. */
#ifndef IKL_SA_EXHAUSTION_H
#define IKL_SA_EXHAUSTION_H

#include "sa.h"

/* Of Message IDs, when this one is the next, few are left; of counted IVs. */
static inline bool ikl_sa_ids_run_out(const struct ikl_sa *sa, uint32_t next)
{
    return IKL_MESSAGE_ID_NONE - next <= sa->endpoint->exhaustion_margin;
}

static inline bool ikl_sa_ivs_run_out(const struct ikl_sa *sa)
{
    return sa->iv_end != 0 && sa->iv_end - sa->iv.next <= sa->endpoint->exhaustion_margin;
}

/* Some of them run out: the host is to be told, once of each. */
void ikl_sa_warn_of_exhaustion(struct ikl_sa *sa);

/* The same after one was used, when it is so. In line: each message uses one. */
static inline void ikl_sa_watch_exhaustion(struct ikl_sa *sa)
{
    if (ikl_sa_ids_run_out(sa, sa->send_window.next) || ikl_sa_ids_run_out(sa, sa->receive_window.lowest) ||
        ikl_sa_ivs_run_out(sa)) {
        ikl_sa_warn_of_exhaustion(sa);
    }
}

#endif
