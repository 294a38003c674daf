/* SPDX-License-Identifier: ISC */
/* ikelive sa, inside: requests of ours that were sent are counted, and are to be told. */
#ifndef IKL_SA_ATTEMPTS_H
#define IKL_SA_ATTEMPTS_H

#include "event.h"
#include "sa.h"

#include "out_of_line.h"

/* It was sent for the first time; again. */
static inline void ikl_request_count_first(struct ikl_sa *sa, const struct ikl_request *request, ikl_time now)
{
    if (request->kind == IKL_REQUEST_PROBE) {
        sa->counters.probes++;
        sa->endpoint->counters.probes++;
        ikl_history_add(sa, IKL_EVENT_PROBED, request->run.message_id, 0, now);
    } else {
        ikl_history_add(sa, IKL_EVENT_REQUESTED, request->run.message_id, 0, now);
    }
}

static inline void ikl_request_count_again(struct ikl_sa *sa, const struct ikl_request *request, ikl_time now)
{
    sa->counters.retransmissions++;
    sa->endpoint->counters.retransmissions++;
    ikl_history_add_send(sa, request->run.message_id, request->run.sends - 1u, (enum ikl_attempt_cause)request->cause,
                         now);
}

/* One or the other, as the run says: a send that comes again may be the first that was not blocked. */
static inline void ikl_request_count(struct ikl_sa *sa, const struct ikl_request *request, ikl_time now)
{
    if (request->run.first_sent == IKL_NEVER || ikl_run_is_first(&request->run)) {
        ikl_request_count_first(sa, request, now);
    } else {
        ikl_request_count_again(sa, request, now);
    }
}

/* That is to be told; until then it is not sent again for another reason. A host without `attempt` is told nothing, so
 * while there is nothing else to tell either, this is marked only if something else follows. */
IKL_SHARED void ikl_request_is_to_tell(struct ikl_sa *sa, struct ikl_request *request);

#if IKL_DEFINES
IKL_SHARED void ikl_request_is_to_tell(struct ikl_sa *sa, struct ikl_request *request)
{
    struct ikl_endpoint *endpoint = sa->endpoint;

    request->attempt_untold = 1;
    if (endpoint->marks_attempts || endpoint->first_told != IKL_NONE) {
        ikl_sa_mark(sa, IKL_FACT_ATTEMPT);
    } else {
        endpoint->lone = request;
        endpoint->first_told = endpoint->last_told = sa->self;
    }
}
#endif

#endif
