/* SPDX-License-Identifier: ISC */
/* ikelive sa: a request of ours on its way: begun, sent, ended (RFC 7296 §2.1). */
#include "quick.h"

/* For the next wait of the request's schedule. */
uint32_t ikl_outgoing_jitter(const struct ikl_sa *sa, const struct ikl_outgoing *outgoing)
{
    return ikl_endpoint_jitter(sa->endpoint, outgoing->run.schedule);
}

int ikl_outgoing_begin(struct ikl_sa *sa, struct ikl_outgoing *outgoing, ikl_time due, ikl_time now)
{
    uint32_t message_id;
    int result = ikl_send_window_take(&sa->send_window, &message_id);

    if (result != IKL_OK) {
        return result;
    }
    outgoing->state = IKL_OUTGOING_SENT;
    ikl_run_begin(&outgoing->run, outgoing->run.schedule, message_id, due, now, sa->endpoint->tick_slack,
                  ikl_outgoing_jitter(sa, outgoing));
    sa->marks.due = true;
    return IKL_OK;
}

struct ikl_attempt ikl_outgoing_attempt(const struct ikl_outgoing *outgoing)
{
    const struct ikl_run *run = &outgoing->run;
    bool scheduled = outgoing->cause == IKL_ATTEMPT_SCHEDULE && run->schedule->jitter == 0;

    return (struct ikl_attempt){.exchange_type = outgoing->exchange_type,
                                .message_id = run->message_id,
                                .retransmission = run->sends - 1,
                                .cause = (enum ikl_attempt_cause)outgoing->cause,
                                .wait = scheduled ? ikl_schedule_wait(run->schedule, run->attempt) : run->lead,
                                .liveness = outgoing->kind == IKL_OUTGOING_PROBE,
                                .send_result = outgoing->send_result};
}

void ikl_outgoing_note(struct ikl_sa *sa, struct ikl_outgoing *outgoing, enum ikl_attempt_cause cause, int result)
{
    outgoing->cause = (unsigned)cause & 3u;
    outgoing->send_result = result;
    outgoing->attempt_untold = 1;
    ikl_sa_mark(sa, IKL_FACT_ATTEMPT);
    ikl_sa_watch_exhaustion(sa);
}

void ikl_outgoing_transmit(struct ikl_sa *sa, struct ikl_outgoing *outgoing)
{
    ikl_outgoing_note(sa, outgoing, IKL_ATTEMPT_SCHEDULE, ikl_sa_transmit_stored(sa, &sa->path, outgoing->stored));
}

void ikl_outgoing_transmit_made(struct ikl_sa *sa, struct ikl_outgoing *outgoing, size_t len)
{
    ikl_outgoing_note(sa, outgoing, IKL_ATTEMPT_SCHEDULE, ikl_sa_transmit(sa, &sa->path, len));
}

struct ikl_outcome ikl_outgoing_outcome(const struct ikl_outgoing *outgoing)
{
    bool sent = outgoing->run.first_sent != IKL_NEVER;

    return (struct ikl_outcome){.kind = (enum ikl_outcome_kind)outgoing->ended,
                                .request = outgoing,
                                .context = ikl_own_of(outgoing)->context,
                                .exchange_type = outgoing->exchange_type,
                                .message_id = outgoing->run.message_id,
                                .sends = sent ? outgoing->run.sends : 0,
                                .first_sent = outgoing->run.first_sent};
}

/* Its outcome is decided; it may go on without one, when it was cancelled. */
static void decide_outcome(struct ikl_sa *sa, struct ikl_outgoing *outgoing, enum ikl_outcome_kind how)
{
    if (outgoing->kind == IKL_OUTGOING_HOST && !outgoing->silenced) {
        outgoing->silenced = 1;
        outgoing->ended = (unsigned)how & 3u;
        outgoing->outcome_untold = 1;
        ikl_sa_mark(sa, IKL_FACT_OUTCOME);
    }
}

void ikl_outgoing_end(struct ikl_sa *sa, struct ikl_outgoing *outgoing, enum ikl_outcome_kind how)
{
    outgoing->state = IKL_OUTGOING_ENDED;
    if (outgoing == &sa->probe) {
        ikl_sa_drop_body(sa, outgoing->stored);
        outgoing->stored = IKL_NONE;
    } else {
        ikl_sa_let_go(sa, (struct ikl_own_request *)outgoing);
        decide_outcome(sa, outgoing, how);
    }
    ikl_outgoing_tidy(sa, outgoing);
}

void ikl_outgoing_cancel(struct ikl_sa *sa, struct ikl_outgoing *outgoing)
{
    if (outgoing->state == IKL_OUTGOING_SENT) {
        decide_outcome(sa, outgoing, IKL_OUTCOME_CANCELLED);
    } else {
        ikl_outgoing_end(sa, outgoing, IKL_OUTCOME_CANCELLED);
    }
}

void ikl_outgoing_tidy(struct ikl_sa *sa, struct ikl_outgoing *outgoing)
{
    if (outgoing->state != IKL_OUTGOING_ENDED || outgoing->attempt_untold || outgoing->outcome_untold ||
        outgoing->given_up) {
        return;
    }
    if (outgoing != &sa->probe) {
        ikl_sa_forget_request(sa, (struct ikl_own_request *)outgoing);
        return;
    }
    outgoing->state = IKL_OUTGOING_IDLE;
    ikl_run_end(&outgoing->run);
}
