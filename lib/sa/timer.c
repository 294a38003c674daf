/* SPDX-License-Identifier: ISC */
/* ikelive sa: what is due next, and doing what is due. */
#include "alarm.h"
#include "ending.h"
#include "event.h"
#include "evidence.h"

#include "out_of_line.h"
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

/* When the peer is looked at, while no request waits. */
static inline ikl_time idle_deadline(const struct ikl_sa *sa, ikl_time now)
{
    ikl_time due = ikl_idle_next_look(&sa->idle, ikl_time_after(now, 1));

    return due != IKL_NEVER ? ikl_time_later(due, ikl_request_turn(&sa->probe)) : IKL_NEVER;
}

/* When there is something to do for liveness, or for our Delete, which takes its place. */
static ikl_time probe_deadline(const struct ikl_sa *sa, ikl_time now)
{
    if (sa->probe.state == IKL_REQUEST_SENT) {
        return ikl_run_due(&sa->probe.run);
    }
    return sa->state == IKL_SA_ESTABLISHED && !ikl_sa_is_waiting(sa) ? idle_deadline(sa, now) : IKL_NEVER;
}

/* The earliest of all that an IKE SA may have to do. */
IKL_OUT_OF_LINE static ikl_time earliest_deadline(const struct ikl_sa *sa, ikl_time now)
{
    ikl_time deadline = sa->resend ? now : probe_deadline(sa, now);

    for (const struct ikl_own_request *own = ikl_request_at(sa->endpoint, sa->first_request); own != NULL;
         own = ikl_request_after(sa->endpoint, own)) {
        deadline = ikl_time_earlier(deadline, request_deadline(sa, own, now));
    }
    if (ikl_sa_delete_state(sa) != IKL_DELETE_NONE) {
        deadline = ikl_time_earlier(deadline, ikl_sa_delete_deadline(sa, now));
    }
    if (sa->receive_window.size > 1) {
        deadline = ikl_time_earlier(deadline, ikl_sa_waiting_deadline(sa));
    }
    if (sa->extra != IKL_NONE) {
        deadline = ikl_time_earlier(deadline, ikl_sa_reassembly_deadline(sa));
        deadline = ikl_time_earlier(deadline, ikl_sa_keepalive_deadline(sa));
    }
    return deadline;
}

/* Nothing but liveness can be due, as nearly always. */
static inline bool has_only_liveness(const struct ikl_sa *sa)
{
    return sa->state == IKL_SA_ESTABLISHED && sa->first_request == IKL_NONE && sa->extra == IKL_NONE && !sa->resend &&
           sa->receive_window.size == 1;
}

/* The earliest thing this IKE SA has to do. */
static inline ikl_time deadline_of(const struct ikl_sa *sa, ikl_time now)
{
    if (!has_only_liveness(sa)) {
        return earliest_deadline(sa, now);
    }
    return sa->probe.state == IKL_REQUEST_SENT ? ikl_run_due(&sa->probe.run) : idle_deadline(sa, now);
}

void ikl_sa_rearm(struct ikl_sa *sa, ikl_time now)
{
    ikl_sa_clear_due(sa);
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
    int result;

    ikl_sa_look_at_sent(sa, now);
    if (now < ikl_sa_keepalive_deadline(sa)) {
        return;
    }
    ikl_sa_keepalive_sent(sa, now);
    result = ikl_endpoint_keepalive(sa->endpoint, sa);
    if (result != IKL_OK) {
        ikl_history_add_failure(sa, result, now);
        ikl_sa_keepalive_failed(sa);
    }
}

/* What only some IKE SAs have to do comes first. */
IKL_OUT_OF_LINE static void tick_all(struct ikl_sa *sa, ikl_time now)
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
    ikl_sa_tell_group(sa, now);
    ikl_sa_look(sa, now);
}

/* Liveness is periodic, and the peer was heard in time: waits on. */
static inline bool waits_on(struct ikl_sa *sa, ikl_time now)
{
    ikl_time due = ikl_time_after(sa->idle.heard, sa->idle.interval);

    if (due <= now || sa->idle.policy != IKL_LIVENESS_PERIODIC || ikl_idle_is_off(&sa->idle) ||
        sa->probe.run.deadline != 0) { /* a check was put off, or the last one is yet to be told */
        return false;
    }
    (void)ikl_wheel_start(sa->endpoint->wheel, sa->self, due);
    return true;
}

/* Liveness is periodic, the peer was silent for too long, and nobody knows of newer evidence. */
static inline bool is_surely_idle(const struct ikl_sa *sa, ikl_time now)
{
    return !ikl_idle_is_off(&sa->idle) && sa->idle.policy == IKL_LIVENESS_PERIODIC &&
           now >= ikl_time_after(sa->idle.heard, sa->idle.interval) && sa->endpoint->callbacks.last_esp == NULL;
}

/* As tick_all, when nothing but liveness can be due. True when the timer is started already. */
static inline bool tick_liveness(struct ikl_sa *sa, ikl_time now)
{
    if (ikl_sa_is_waiting(sa)) {
        if (ikl_request_tick(sa, &sa->probe, now)) {
            ikl_sa_tell_group(sa, now);
        }
        return false;
    }
    ikl_sa_tell_group(sa, now);
    if (waits_on(sa, now)) {
        return true;
    }
    if (is_surely_idle(sa, now)) {
        ikl_sa_check(sa, now);
    } else {
        ikl_sa_look(sa, now);
    }
    return false;
}

void ikl_sa_tick(struct ikl_sa *sa, ikl_time now)
{
    if (!has_only_liveness(sa)) {
        tick_all(sa, now);
        ikl_sa_rearm(sa, now);
    } else if (!tick_liveness(sa, now)) {
        if (sa->probe.state == IKL_REQUEST_SENT) { /* so the IKE SA lives, and there is nothing else still */
            ikl_sa_clear_due(sa);
            ikl_sa_set_alarm(sa, ikl_run_due(&sa->probe.run), now);
        } else {
            ikl_sa_rearm(sa, now);
        }
    }
}
