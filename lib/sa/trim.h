/* SPDX-License-Identifier: ISC */
/* ikelive sa, inside: liveness checks wait no longer than the measured round trips say, if the host wants that. */
#ifndef IKL_SA_TRIM_H
#define IKL_SA_TRIM_H

#include "sa.h"

/* Something of the IKE SA goes by measured round trips. */
static inline bool ikl_sa_measures(const struct ikl_sa *sa)
{
    return ikl_is_measured(sa->round_trip_sends || sa->trim);
}

/* The last wait of this request goes by what was measured. */
static inline bool ikl_sa_trims(const struct ikl_sa *sa, const struct ikl_request *request)
{
    return ikl_is_measured(sa->trim) && request->kind == IKL_REQUEST_PROBE;
}

/* The schedule of liveness checks as it is used now. */
static inline void ikl_sa_used_schedule(const struct ikl_sa *sa, struct ikl_schedule *out)
{
    *out = *sa->probe.run.schedule;
    if (ikl_is_measured(sa->trim) && !ikl_is_reliable(sa->path.reliable)) {
        ikl_round_trip_trim(out, out, &sa->round_trip);
    }
}

#endif
