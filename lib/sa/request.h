/* SPDX-License-Identifier: ISC */
/* ikelive sa, inside: requests of ours begin and end, in line, because each liveness check does. */
#ifndef IKL_SA_REQUEST_H
#define IKL_SA_REQUEST_H

#include "noted.h"

#include "policy/begin.h"
#include "policy/judge.h"

/* For the next wait of the request's schedule; 0, the longest wait, when `random` fails or there is no jitter, as on a
 * reliable path. */
static inline uint32_t ikl_request_jitter(const struct ikl_sa *sa, const struct ikl_request *request)
{
    return request->run.schedule->jitter != 0 && !ikl_is_reliable(sa->path.reliable)
               ? ikl_endpoint_random_number(sa->endpoint)
               : 0;
}

/* A request has been sealed as `request->stored` says, and the window has room: takes the Message ID, starts the
 * schedule. */
IKL_SHARED void ikl_request_begin(struct ikl_sa *sa, struct ikl_request *request, ikl_time due, ikl_time now);

/* The first send of a request that has begun: what is in the endpoint's message buffer. */
IKL_SHARED_IN_LINE void ikl_request_transmit_made(struct ikl_sa *sa, struct ikl_request *request, size_t len,
                                                  ikl_time now);

/* The same: what is stored. */
void ikl_request_transmit(struct ikl_sa *sa, struct ikl_request *request, ikl_time now);

/* The probe has ended: when all of it is told, there is none. */
IKL_SHARED void ikl_probe_tidy(struct ikl_request *probe);

/* The probe ends. */
IKL_SHARED void ikl_probe_end(struct ikl_sa *sa);

#if IKL_DEFINES
IKL_SHARED void ikl_request_begin(struct ikl_sa *sa, struct ikl_request *request, ikl_time due, ikl_time now)
{
    uint32_t jitter = ikl_request_jitter(sa, request); /* first, because `random` may ask about the request */

    request->state = IKL_REQUEST_SENT;
    ikl_run_set_out(&request->run, request->run.schedule, ikl_window_take(&sa->send_window), due, now,
                    sa->endpoint->tick_slack, jitter);
    request->run.reliable = sa->path.reliable;
    ikl_sa_set_due(sa);
}

IKL_SHARED_IN_LINE void ikl_request_transmit_made(struct ikl_sa *sa, struct ikl_request *request, size_t len,
                                                  ikl_time now)
{
    request->cause = IKL_ATTEMPT_SCHEDULE;
    ikl_request_note(sa, request, false, false, ikl_endpoint_transmit(sa->endpoint, sa, &sa->path, len), now);
}

IKL_SHARED void ikl_probe_tidy(struct ikl_request *probe)
{
    if (probe->attempt_untold || probe->given_up) {
        probe->state = IKL_REQUEST_ENDED;
    } else {
        probe->state = IKL_REQUEST_IDLE;
        ikl_run_set_idle(&probe->run);
    }
}

IKL_SHARED void ikl_probe_end(struct ikl_sa *sa)
{
    if (sa->probe.stored != IKL_NONE) {
        ikl_sa_drop_body(sa, sa->probe.stored);
        sa->probe.stored = IKL_NONE;
    }
    ikl_probe_tidy(&sa->probe);
}
#endif

#endif
