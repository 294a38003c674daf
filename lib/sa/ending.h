/* SPDX-License-Identifier: ISC */
/* ikelive sa, inside: whether an IKE SA has ended, or is to. */
#ifndef IKL_SA_ENDING_H
#define IKL_SA_ENDING_H

#include "sa.h"

/* DYING or DEAD: everything of it is gone but the handle. */
static inline bool ikl_sa_is_gone(const struct ikl_sa *sa)
{
    return sa->state >= IKL_SA_DYING;
}

/* It was to end anyhow: by our Delete, or because another took its place. */
static inline bool ikl_sa_is_ours_to_end(const struct ikl_sa *sa)
{
    return sa->state == IKL_SA_DELETING || sa->state == IKL_SA_REKEYED;
}

/* Why it goes down when nothing worse happened: closed, or rekeyed before. */
static inline enum ikl_down_reason ikl_sa_closing_reason(const struct ikl_sa *sa)
{
    return sa->state == IKL_SA_REKEYED ? IKL_DOWN_REKEYED : IKL_DOWN_CLOSED;
}

/* Our Delete of it; none once it has ended. */
static inline enum ikl_delete_state ikl_sa_delete_state(const struct ikl_sa *sa)
{
    if (!ikl_sa_is_ours_to_end(sa)) {
        return IKL_DELETE_NONE;
    }
    return sa->probe.kind == IKL_REQUEST_DELETE_SA ? IKL_DELETE_SENT
           : sa->state == IKL_SA_REKEYED           ? IKL_DELETE_HELD
                                                   : IKL_DELETE_QUEUED;
}

/* It has requests of ours, or is to be deleted: something may wait for its turn. */
static inline bool ikl_sa_has_plans(const struct ikl_sa *sa)
{
    return sa->first_request != IKL_NONE || ikl_sa_delete_state(sa) != IKL_DELETE_NONE;
}

#endif
