/* SPDX-License-Identifier: ISC */
/* ikelive sa: what is due next, and doing what is due. */
#include "sa.h"

#include "policy/idle.h"

enum { QUEUE_RETRY = 1000 }; /* ms until a queued request that could not be sealed is tried again */

/* When this request has to be looked at. */
static ikl_time request_deadline(const struct ikl_sa *sa, const struct ikl_own_request *own, ikl_time now)
{
    if (own->request.state == IKL_REQUEST_SENT) {
        return own->request.run.deadline;
    }
    return own->request.state == IKL_REQUEST_QUEUED && !ikl_sa_is_waiting(sa) ? ikl_time_after(now, QUEUE_RETRY)
                                                                              : IKL_NEVER;
}

static ikl_time liveness_deadline(const struct ikl_sa *sa, ikl_time now)
{
    ikl_time due;

    if (sa->state != IKL_SA_ESTABLISHED || ikl_sa_is_waiting(sa)) {
        return IKL_NEVER;
    }
    due = ikl_idle_next_look(&sa->idle, ikl_time_after(now, 1));
    return due != IKL_NEVER ? ikl_time_later(due, ikl_request_turn(&sa->probe)) : IKL_NEVER;
}

/* The earliest thing this IKE SA has to do. */
static ikl_time deadline_of(const struct ikl_sa *sa, ikl_time now)
{
    ikl_time deadline = liveness_deadline(sa, now);

    if (sa->probe.state == IKL_REQUEST_SENT) {
        deadline = ikl_time_earlier(deadline, ikl_run_due(&sa->probe.run));
    }
    for (const struct ikl_own_request *own = ikl_request_at(sa->endpoint, sa->first_request); own != NULL;
         own = ikl_request_at(sa->endpoint, own->next)) {
        deadline = ikl_time_earlier(deadline, request_deadline(sa, own, now));
    }
    if (ikl_sa_delete_state(sa) != IKL_DELETE_NONE) {
        deadline = ikl_time_earlier(deadline, ikl_sa_delete_deadline(sa, now));
    }
    if (sa->resend) {
        deadline = ikl_time_earlier(deadline, now);
    }
    if (sa->receive_window.size > 1) {
        deadline = ikl_time_earlier(deadline, ikl_sa_waiting_deadline(sa));
    }
    if (sa->extra != IKL_NONE) {
        deadline = ikl_time_earlier(deadline, ikl_sa_reassembly_deadline(sa));
        deadline = ikl_time_earlier(deadline, ikl_sa_keepalive_deadline(sa));
    }
    return ikl_time_earlier(deadline, sa->monitors_due);
}

void ikl_sa_rearm(struct ikl_sa *sa, ikl_time now)
{
    sa->marks.due = false;
    if (!ikl_sa_is_gone(sa)) {
        ikl_sa_set_alarm(sa, deadline_of(sa, now), now);
    }
}

void ikl_sa_resend_by(struct ikl_sa *sa, ikl_time turn, ikl_time now)
{
    sa->resend = true;
    ikl_sa_wake_by(sa, turn, now);
}

static void tick_keepalive(struct ikl_sa *sa, ikl_time now)
{
    ikl_sa_look_at_sent(sa, now);
    if (now < ikl_sa_keepalive_deadline(sa)) {
        return;
    }
    ikl_sa_keepalive_sent(sa, now);
    if (ikl_endpoint_keepalive(sa->endpoint, sa) != IKL_OK) {
        ikl_sa_keepalive_failed(sa);
    }
}

void ikl_sa_tick(struct ikl_sa *sa, ikl_time now)
{
    if (ikl_sa_delete_state(sa) >= IKL_DELETE_QUEUED && sa->until <= now) { /* waited for long enough */
        ikl_sa_end(sa, ikl_sa_closing_reason(sa), NULL, now);
        return;
    }
    if (sa->resend) {
        ikl_request_resend(sa, now);
    }
    if (ikl_sa_is_waiting(sa) && !ikl_sa_tick_sent(sa, now)) {
        return;
    }
    if (sa->receive_window.size > 1) {
        ikl_sa_expire_waiting(sa, now);
    }
    if (sa->extra != IKL_NONE) {
        ikl_sa_expire_fragments(sa, now);
        tick_keepalive(sa, now);
    }
    if (ikl_sa_has_plans(sa)) {
        ikl_sa_tick_held(sa, now);
        ikl_sa_pump(sa, now);
    }
    if (now >= sa->monitors_due) {
        ikl_sa_tick_monitors(sa, now);
    }
    ikl_sa_tick_liveness(sa, now);
}
