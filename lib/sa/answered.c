/* SPDX-License-Identifier: ISC */
/* ikelive sa: answers to our requests, and what they end. */
#include "ending.h"
#include "event.h"
#include "evidence.h"
#include "hand.h"
#include "move.h"
#include "reachability.h"
#include "request.h"
#include "trim.h"

#include "policy/judge.h"

/* The error in the answer, or 0. */
static uint16_t error_in(const struct ikl_message *message)
{
    return ikl_message_is_empty(message) ? 0
                                         : ikl_chain_error(message->opened.first_payload, message->opened.plaintext);
}

/* Keeps what the answer says in the endpoint's hand until the host is told, with `alive` or the outcome. */
static void take_in_hand(struct ikl_sa *sa, const struct ikl_request *request, const struct ikl_message *message,
                         uint16_t error)
{
    bool of_host = request->kind == IKL_REQUEST_HOST;
    struct ikl_alive *alive;

    if (!of_host && sa->endpoint->callbacks.alive == NULL) {
        return;
    }
    alive = ikl_hand_alive(sa, request);
    *alive = (struct ikl_alive){.exchange_type = request->exchange_type,
                                .message_id = request->run.message_id,
                                .sends = ikl_run_times_sent(&request->run),
                                .first_sent = request->run.first_sent,
                                .liveness = request->kind == IKL_REQUEST_PROBE,
                                .error = error,
                                .first_payload = message->opened.first_payload,
                                .plaintext = message->opened.plaintext};
    if (!ikl_message_is_empty(message)) {
        alive->status = ikl_sa_check_answer(message, of_host);
    }
    if (request->exchange_type == IKL_IKE_INTERMEDIATE) {
        (void)ikl_hand_int_auth(sa, message);
    }
}

static void measure(struct ikl_sa *sa, const struct ikl_run *run, ikl_time now)
{
    uint64_t ms;

    if (ikl_run_round_trip(run, now, &ms)) {
        ikl_round_trip_sample(&sa->round_trip, ms);
        sa->last_round_trip = (uint16_t)(ms < IKL_ROUND_TRIP_MAX ? ms : IKL_ROUND_TRIP_MAX);
        ikl_endpoint_count_round_trip(sa->endpoint, ms);
    } else {
        ikl_round_trip_missed(&sa->round_trip);
    }
}

void ikl_sa_go_on(struct ikl_sa *sa, ikl_time now)
{
    ikl_request_writable(sa, now);
    ikl_sa_tick_held(sa, now);
    ikl_sa_pump(sa, now);
    if (ikl_sa_is_waiting(sa)) {
        ikl_request_heard(sa, now);
    }
}

/* Ends what an answer ends besides the request. */
static void answered(struct ikl_sa *sa, enum ikl_request_kind kind, ikl_time now)
{
    ikl_sa_set_due(sa);
    if (kind == IKL_REQUEST_DELETE_SA) {
        ikl_sa_end(sa, ikl_sa_closing_reason(sa), NULL, now);
    } else if (ikl_sa_has_plans(sa)) {
        ikl_sa_go_on(sa, now);
    }
}

void ikl_sa_answered(struct ikl_sa *sa, const struct ikl_message *message, ikl_time now)
{
    uint32_t message_id = message->opened.header.message_id;
    struct ikl_request *request = message->answered;
    enum ikl_request_kind kind = (enum ikl_request_kind)request->kind;
    uint16_t error = error_in(message);

    if (kind == IKL_REQUEST_DELETE_CHILDREN) {
        ikl_sa_mark_claimed(sa, ikl_own_of(request));
    }
    if (kind == IKL_REQUEST_PROBE && ikl_sa_measures(sa)) {
        measure(sa, &request->run, now);
    }
    take_in_hand(sa, request, message, error);
    ikl_history_add_answer(sa, message_id, ikl_run_times_sent(&request->run), now);
    if (request == &sa->probe) {
        ikl_probe_end(sa);
    } else {
        ikl_request_end(sa, request, IKL_OUTCOME_ANSWERED);
    }
    ikl_window_answered(&sa->send_window, message_id);
    sa->counters.answered++;
    sa->endpoint->counters.answered++;
    ikl_sa_heard(sa, now);
    ikl_sa_heard_from(sa, message->path, now);
    if (error != IKL_NOTIFY_INVALID_SYNTAX) {
        ikl_sa_set_reachability(sa, IKL_REACHABILITY_UP, now);
    }
    if (kind == IKL_REQUEST_DELETE_CHILDREN) {
        ikl_sa_marked_down(sa, IKL_DOWN_CLOSED); /* also those of an IKE SA that took this one's place */
    }
    if (error == IKL_NOTIFY_INVALID_SYNTAX) {
        ikl_sa_end_on_syntax(sa, now);
    } else {
        answered(sa, kind, now);
    }
}
