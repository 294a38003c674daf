/* SPDX-License-Identifier: ISC */
/* ikelive sa: requests of ours whose Message IDs are skipped when Message IDs are synchronised (RFC 6311). */
#include "ending.h"

/* A request of the list whose Message ID is skipped. */
static void skip(struct ikl_sa *sa, struct ikl_own_request *own)
{
    struct ikl_sa *heir = ikl_sa_heir(sa);

    if (!ikl_request_has_children(own) || !ikl_sa_delete_again(sa, own, sa, heir != NULL ? heir : sa)) {
        ikl_request_end(sa, &own->request, IKL_OUTCOME_SKIPPED);
    }
}

/* The liveness check whose Message ID is skipped, or our Delete, which is to go out again. */
static void skip_probe(struct ikl_sa *sa, ikl_time now)
{
    if (ikl_sa_delete_state(sa) == IKL_DELETE_SENT && sa->state == IKL_SA_REKEYED) {
        sa->until = now;
    }
    ikl_request_end(sa, &sa->probe, IKL_OUTCOME_SKIPPED);
    sa->probe.kind = IKL_REQUEST_PROBE;
}

void ikl_sa_skip_sent(struct ikl_sa *sa, ikl_time now)
{
    struct ikl_own_request *own = ikl_request_at(sa->endpoint, sa->first_request);

    while (own != NULL) {
        struct ikl_own_request *next = ikl_request_after(sa->endpoint, own);

        if (own->request.state == IKL_REQUEST_SENT) {
            skip(sa, own);
        }
        own = next;
    }
    if (sa->probe.state == IKL_REQUEST_SENT) {
        skip_probe(sa, now);
    }
}
