/* SPDX-License-Identifier: ISC */
/* ikelive sa, inside: UP, SUSPECT, DOWN: what the peer is to us. */
#ifndef IKL_SA_REACHABILITY_H
#define IKL_SA_REACHABILITY_H

#include "sa.h"

#include "policy/begin.h"

void ikl_sa_change_reachability(struct ikl_sa *sa, enum ikl_reachability reachability, ikl_time now);

/* Sets the reachability. In line, because each answer does so, and nearly none changes it. */
static inline void ikl_sa_set_reachability(struct ikl_sa *sa, enum ikl_reachability reachability, ikl_time now)
{
    if (sa->reachability != reachability) {
        ikl_sa_change_reachability(sa, reachability, now);
    }
}

/* A request went out again, because a wait ended. */
static inline void ikl_sa_suspect(struct ikl_sa *sa, const struct ikl_request *request, ikl_time now)
{
    bool carries_traffic = sa->state == IKL_SA_ESTABLISHED || sa->state == IKL_SA_DELETING;

    if (carries_traffic && ikl_run_is_suspect(&request->run, sa->suspect_after)) {
        ikl_sa_set_reachability(sa, IKL_REACHABILITY_SUSPECT, now);
    }
}

#endif
