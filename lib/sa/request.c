/* SPDX-License-Identifier: ISC */
/* ikelive sa: a request of ours on its way, from its begin to its end (RFC 7296 §2.1). */
#include "request.h"
#include "trim.h"

void ikl_request_queue(struct ikl_request *request)
{
    request->state = IKL_REQUEST_QUEUED;
    request->attempt_untold = 0;
    request->run =
        (struct ikl_run){.schedule = request->run.schedule, .message_id = IKL_MESSAGE_ID_NONE, .first_sent = IKL_NEVER};
}

/* The current wait, as the schedule of the request has it. */
static uint32_t scheduled_wait(const struct ikl_sa *sa, const struct ikl_request *request)
{
    struct ikl_schedule used;

    if (!ikl_run_is_last(&request->run) || !ikl_sa_trims(sa, request)) {
        return ikl_schedule_wait(request->run.schedule, request->run.attempt);
    }
    ikl_sa_used_schedule(sa, &used);
    return ikl_schedule_wait(&used, request->run.attempt);
}

/* On a reliable path the waits are one, to the verdict. */
static uint32_t wait_for_all(const struct ikl_run *run)
{
    uint64_t wait = run->lead;

    for (uint32_t n = run->attempt + 1u; n < run->schedule->tries; n++) {
        wait += ikl_schedule_wait(run->schedule, n);
    }
    return wait < UINT32_MAX ? (uint32_t)wait : UINT32_MAX;
}

struct ikl_attempt ikl_request_attempt(const struct ikl_sa *sa, const struct ikl_request *request)
{
    const struct ikl_run *run = &request->run;
    bool scheduled = request->cause == IKL_ATTEMPT_SCHEDULE && run->schedule->jitter == 0;
    uint32_t listed = scheduled ? scheduled_wait(sa, request) : 0;

    return (struct ikl_attempt){.exchange_type = request->exchange_type,
                                .message_id = run->message_id,
                                .retransmission = run->sends - 1,
                                .cause = (enum ikl_attempt_cause)request->cause,
                                .wait = ikl_is_reliable(run->reliable) ? wait_for_all(run)
                                        : listed > run->lead           ? listed
                                                                       : run->lead,
                                .liveness = request->kind == IKL_REQUEST_PROBE,
                                .send_result = request->send_result};
}

void ikl_request_transmit(struct ikl_sa *sa, struct ikl_request *request, ikl_time now)
{
    request->cause = IKL_ATTEMPT_SCHEDULE;
    ikl_request_note(sa, request, false, false, ikl_sa_transmit_stored(sa, &sa->path, request->stored), now);
}

struct ikl_outcome ikl_request_outcome(const struct ikl_request *request)
{
    bool sent = request->run.first_sent != IKL_NEVER; /* not so while its first send is blocked */

    return (struct ikl_outcome){.kind = (enum ikl_outcome_kind)request->ended,
                                .request = request,
                                .context = ikl_own_of(request)->context,
                                .exchange_type = request->exchange_type,
                                .message_id = sent ? request->run.message_id : IKL_MESSAGE_ID_NONE,
                                .sends = sent ? ikl_run_times_sent(&request->run) : 0,
                                .first_sent = request->run.first_sent};
}

/* Decides the outcome of a request, which may go on after that: one that was cancelled. */
static void decide_outcome(struct ikl_sa *sa, struct ikl_request *request, enum ikl_outcome_kind how)
{
    if (request->kind == IKL_REQUEST_HOST && !request->silenced) {
        request->silenced = 1;
        request->ended = (unsigned)how & 7u;
        request->outcome_untold = 1;
        ikl_sa_mark(sa, IKL_FACT_OUTCOME);
    }
}

void ikl_request_end(struct ikl_sa *sa, struct ikl_request *request, enum ikl_outcome_kind how)
{
    if (request == &sa->probe) {
        ikl_probe_end(sa);
        return;
    }
    request->state = IKL_REQUEST_ENDED;
    ikl_sa_let_go(sa, (struct ikl_own_request *)request);
    decide_outcome(sa, request, how);
    ikl_request_tidy(sa, request);
}

void ikl_request_cancel(struct ikl_sa *sa, struct ikl_request *request)
{
    if (request->state == IKL_REQUEST_SENT) {
        decide_outcome(sa, request, IKL_OUTCOME_CANCELLED);
    } else {
        ikl_request_end(sa, request, IKL_OUTCOME_CANCELLED);
    }
}

void ikl_request_tidy(struct ikl_sa *sa, struct ikl_request *request)
{
    if (request->state != IKL_REQUEST_ENDED) {
        return;
    }
    if (request == &sa->probe) {
        ikl_probe_tidy(request);
    } else if (!request->attempt_untold && !request->outcome_untold && !request->given_up) {
        ikl_sa_forget_request(sa, (struct ikl_own_request *)request);
    }
}
