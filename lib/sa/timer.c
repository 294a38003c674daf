/* SPDX-License-Identifier: ISC */
/* ikelive sa: the one timer of an IKE SA: what is due next, and doing what is due. */
#include "sa.h"

enum { QUEUE_RETRY = 1000 }; /* ms until a queued request that could not be sealed is tried again */

/* When this request wants to be looked at. */
static ikl_time request_deadline(const struct ikl_sa *sa, const struct ikl_own_request *own, ikl_time now)
{
    if (own->outgoing.state == IKL_OUTGOING_SENT) {
        return own->outgoing.run.deadline;
    }
    return own->outgoing.state == IKL_OUTGOING_QUEUED && !ikl_sa_is_waiting(sa) ? ikl_time_after(now, QUEUE_RETRY)
                                                                                : IKL_NEVER;
}

static ikl_time liveness_deadline(const struct ikl_sa *sa, ikl_time now)
{
    ikl_time due;

    if (sa->state != IKL_SA_ESTABLISHED || ikl_sa_is_waiting(sa)) {
        return IKL_NEVER;
    }
    due = ikl_idle_due(&sa->idle, ikl_time_after(now, 1));
    return due != IKL_NEVER ? ikl_time_later(due, ikl_sa_probe_turn(sa)) : IKL_NEVER;
}

/* The earliest thing this IKE SA has to do. */
static ikl_time deadline_of(const struct ikl_sa *sa, ikl_time now)
{
    ikl_time deadline = liveness_deadline(sa, now);

    if (sa->probe.state == IKL_OUTGOING_SENT) {
        deadline = ikl_time_earlier(deadline, sa->probe.run.deadline);
    }
    for (const struct ikl_own_request *own = ikl_sa_request_at(sa, sa->first_request); own != NULL;
         own = ikl_sa_request_at(sa, own->next)) {
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
    return deadline;
}

/* In an advance never its own time, so that it ends; at the last time there is, where sums of times end, no later one
 * can come: IKL_NEVER. Outside an advance what is due already stays due for the next. */
static ikl_time wake_for(const struct ikl_sa *sa, ikl_time deadline, ikl_time now)
{
    if (!sa->endpoint->advancing) {
        return deadline;
    }
    deadline = ikl_time_later(deadline, ikl_time_after(now, 1));
    return deadline != now ? deadline : IKL_NEVER;
}

void ikl_sa_rearm(struct ikl_sa *sa, ikl_time now)
{
    ikl_time wake;

    sa->marks.due = false;
    if (ikl_sa_is_gone(sa)) {
        return;
    }
    wake = wake_for(sa, deadline_of(sa, now), now);
    if (wake == IKL_NEVER) {
        ikl_wheel_stop(sa->endpoint->wheel, sa->self);
    } else {
        (void)ikl_wheel_start(sa->endpoint->wheel, sa->self, wake);
    }
}

void ikl_sa_resend_by(struct ikl_sa *sa, ikl_time turn, ikl_time now)
{
    ikl_time wake = wake_for(sa, turn, now);

    sa->resend = true;
    if (wake < ikl_wheel_deadline(sa->endpoint->wheel, sa->self)) {
        (void)ikl_wheel_start(sa->endpoint->wheel, sa->self, wake);
    }
}

void ikl_sa_tick(struct ikl_sa *sa, ikl_time now)
{
    if (ikl_sa_delete_state(sa) >= IKL_DELETE_QUEUED && sa->until <= now) { /* waited for long enough */
        ikl_sa_end(sa, ikl_sa_closing_reason(sa), NULL, now);
        return;
    }
    if (sa->resend) {
        ikl_outgoing_resend(sa, now);
    }
    if (!ikl_sa_tick_sent(sa, now)) {
        return;
    }
    if (sa->receive_window.size > 1) {
        ikl_sa_expire_waiting(sa, now);
    }
    if (sa->extra != IKL_NONE) {
        ikl_sa_expire_fragments(sa, now);
        ikl_sa_tick_keepalive(sa, now);
    }
    if (ikl_sa_has_plans(sa)) {
        ikl_sa_tick_held(sa, now);
        ikl_sa_pump(sa, now);
    }
    ikl_sa_tick_liveness(sa, now);
}

static void warn(struct ikl_sa *sa, enum ikl_exhaustion what)
{
    if (!ikl_sa_is_gone(sa)) {
        sa->marks.exhaustions = (sa->marks.exhaustions | 1u << what) & 15u;
        ikl_sa_mark(sa, IKL_FACT_EXHAUSTION);
    }
}

void ikl_sa_watch_exhaustion(struct ikl_sa *sa)
{
    uint32_t margin = sa->endpoint->exhaustion_margin;

    if (!sa->told_ids && IKL_MESSAGE_ID_NONE - sa->send_window.next <= margin) {
        sa->told_ids = true;
        warn(sa, IKL_EXHAUSTION_MESSAGE_IDS);
    }
    if (!sa->told_peer_ids && IKL_MESSAGE_ID_NONE - sa->receive_window.lowest <= margin) {
        sa->told_peer_ids = true;
        warn(sa, IKL_EXHAUSTION_PEER_MESSAGE_IDS);
    }
    if (!sa->told_ivs && sa->iv_end != 0 && sa->iv_end - sa->iv.next <= margin) {
        sa->told_ivs = true;
        warn(sa, IKL_EXHAUSTION_IVS);
    }
}
