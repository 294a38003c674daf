/* SPDX-License-Identifier: ISC */
/* ikelive sa, for tests and proofs alone: what holds of each IKE SA between two calls, whatever has happened to it. */
#ifndef IKL_SA_VALID_H
#define IKL_SA_VALID_H

#include "policy/valid.h"
#include "syncing.h"

/* A request that waits for an answer has a valid run that is out, and a Message ID that the window awaits, but for that
 * of RFC 6311 which brings the windows in step, with Message ID 0. */
static inline bool ikl_sa_request_is_valid(const struct ikl_sa *sa, const struct ikl_request *request)
{
    return request->state != IKL_REQUEST_SENT ||
           (ikl_run_is_out(&request->run) && ikl_run_is_valid(&request->run) &&
            (request->kind == IKL_REQUEST_SYNC || ikl_send_window_awaits(&sa->send_window, request->run.message_id)));
}

/* Those that were sent have Message IDs in order, none twice, and those that wait for room in the window come after
 * them. */
static inline bool ikl_sa_requests_are_valid(const struct ikl_sa *sa)
{
    uint64_t next = 0;
    bool has_queued = false;

    if (!ikl_sa_request_is_valid(sa, &sa->probe)) {
        return false;
    }
    for (const struct ikl_own_request *own = ikl_request_at(sa->endpoint, sa->first_request); own != NULL;
         own = ikl_request_after(sa->endpoint, own)) {
        const struct ikl_request *request = &own->request;

        if (request->state == IKL_REQUEST_QUEUED) {
            has_queued = true;
        }
        if (request->state == IKL_REQUEST_SENT) {
            if (has_queued || request->run.message_id < next || !ikl_sa_request_is_valid(sa, request) ||
                (sa->probe.state == IKL_REQUEST_SENT && sa->probe.kind != IKL_REQUEST_SYNC &&
                 sa->probe.run.message_id == request->run.message_id)) {
                return false;
            }
            next = (uint64_t)request->run.message_id + 1;
        }
    }
    return true;
}

/* Each Child SA knows whose it is, and has not gone. */
static inline bool ikl_sa_children_are_valid(const struct ikl_sa *sa)
{
    for (const struct ikl_child *child = ikl_sa_first_child(sa); child != NULL; child = ikl_sa_next_child(sa, child)) {
        if (child->owner != sa->self + 1 || child->gone) {
            return false;
        }
    }
    return true;
}

/* While the windows are brought in step ours is shut, whatever its Message IDs are. */
static inline bool ikl_sa_windows_are_valid(const struct ikl_sa *sa)
{
    return (ikl_sa_is_syncing(sa) || ikl_send_window_is_valid(&sa->send_window)) &&
           ikl_receive_window_is_valid(&sa->receive_window);
}

/* What is DEAD has nothing any more: its Child SAs went down before it, its requests have their outcomes, and its keys
 * are wiped. */
static inline bool ikl_sa_is_valid(const struct ikl_sa *sa)
{
    if (ikl_sa_state(sa) == IKL_SA_DEAD &&
        (sa->first_child != IKL_NONE || sa->first_request != IKL_NONE || ikl_sa_has_keys(sa))) {
        return false;
    }
    return sa->state < IKL_SA_STATES && ikl_sa_windows_are_valid(sa) && ikl_idle_is_valid(&sa->idle) &&
           ikl_round_trip_is_valid(&sa->round_trip) && ikl_sa_requests_are_valid(sa) && ikl_sa_children_are_valid(sa);
}

#endif
