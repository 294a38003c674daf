/* SPDX-License-Identifier: ISC */
/* ikelive sa: liveness checks: empty INFORMATIONAL requests when the peer was silent too long (RFC 7296 §1.4, §2.4);
 * and our Delete of the IKE SA, which takes their place, since no liveness check follows it. */
#include "evidence.h"
#include "extra.h"
#include "protect.h"
#include "request.h"

#include "policy/idle.h"

IKL_OUT_OF_LINE static int seal_delete(struct ikl_sa *sa, uint32_t message_id, size_t *len)
{
    static const uint8_t delete_sa[] = {IKL_PAYLOAD_NONE, 0, 0, 8, IKL_PROTOCOL_IKE, 0, 0, 0};
    struct ikl_draft draft = {.exchange_type = IKL_INFORMATIONAL,
                              .message_id = message_id,
                              .first_payload = IKL_PAYLOAD_DELETE,
                              .plaintext = {delete_sa, sizeof(delete_sa)}};

    return ikl_sa_seal_text(sa, &draft, sa->probe_iv, len);
}

int ikl_sa_make_delete_again(struct ikl_sa *sa, size_t *len)
{
    return seal_delete(sa, sa->probe.run.message_id, len);
}

/* Keeps the sealed datagram. */
IKL_OUT_OF_LINE static int keep(struct ikl_sa *sa, size_t len)
{
    sa->probe.stored = ikl_sa_store_body(sa, ikl_endpoint_message(sa->endpoint), len, IKL_BODY_SMALL);
    return sa->probe.stored != IKL_NONE ? IKL_OK : IKL_ERR_NO_BUFFER;
}

static IKL_IN_LINE int start(struct ikl_sa *sa, enum ikl_request_kind kind, ikl_time due, ikl_time now)
{
    size_t len;
    int result = ikl_window_has_room(&sa->send_window);

    if (result == IKL_OK) {
        result = ikl_sa_next_iv(sa, sa->probe_iv);
    }
    if (result != IKL_OK) {
        return result;
    }
    result = kind == IKL_REQUEST_PROBE ? ikl_sa_seal_probe(sa, sa->send_window.next, &len)
                                       : seal_delete(sa, sa->send_window.next, &len);
    sa->probe.stored = IKL_NONE;
    if (result == IKL_OK && !ikl_sa_cipher(sa)->deterministic) { /* it could not be made again */
        result = keep(sa, len);
    }
    if (result != IKL_OK) {
        return result;
    }
    ikl_request_begin(sa, &sa->probe, due, now);
    if (kind == IKL_REQUEST_PROBE && ikl_is_measured(sa->round_trip_sends)) {
        ikl_run_add_sends(&sa->probe.run, &sa->round_trip);
    }
    sa->probe.kind = (unsigned)kind & 7u;
    ikl_request_transmit_made(sa, &sa->probe, len, now);
    return IKL_OK;
}

int ikl_sa_start_probe(struct ikl_sa *sa, ikl_time due, ikl_time now)
{
    return start(sa, IKL_REQUEST_PROBE, due, now);
}

int ikl_sa_start_delete(struct ikl_sa *sa, ikl_time now)
{
    return start(sa, IKL_REQUEST_DELETE_SA, now, now);
}

int ikl_decide_probe(struct ikl_sa *sa, ikl_time now)
{
    if (!ikl_sa_may(sa, IKL_SA_MAY_PROBE)) {
        return IKL_ERR_STATE;
    }
    return ikl_sa_is_waiting(sa) ? IKL_ERR_BUSY : ikl_sa_start_probe(sa, now, now);
}

static void forget_turn(struct ikl_sa *sa)
{
    if (ikl_request_turn(&sa->probe) != 0) {
        ikl_run_end(&sa->probe.run);
    }
}

/* A liveness check that could not be made is tried again later; without IVs or Message IDs there will be none. */
static void probe_failed(struct ikl_sa *sa, int error, ikl_time now)
{
    if (error == IKL_ERR_EXHAUSTED) {
        ikl_sa_end(sa, IKL_DOWN_EXHAUSTED, NULL, now);
        return;
    }
    sa->endpoint->counters.other++;
    ikl_run_put_off(&sa->probe.run, ikl_time_after(now, IKL_WATCH_RETRY));
}

static inline bool is_idle_by_what_is_known(const struct ikl_sa *sa, ikl_time now)
{
    return ikl_idle_asks(&sa->idle, ikl_sa_last_sent_esp(sa), now);
}

/* The same, when newer evidence was asked for. */
static bool is_idle_by_all_there_is(struct ikl_sa *sa, ikl_time now)
{
    ikl_sa_pull_evidence(sa);
    if (sa->extra != IKL_NONE) {
        ikl_sa_look_at_sent(sa, now);
    }
    ikl_sa_evidence(sa, now);
    return is_idle_by_what_is_known(sa, now);
}

/* Whether the peer was silent for too long. What is known may be old. */
static inline bool is_idle(struct ikl_sa *sa, ikl_time now)
{
    bool idle = is_idle_by_what_is_known(sa, now);

    if (sa->idle.policy == IKL_LIVENESS_PERIODIC && !idle) {
        return false;
    }
    if (sa->endpoint->callbacks.last_esp == NULL && sa->extra == IKL_NONE) {
        return idle; /* there is no newer evidence */
    }
    return is_idle_by_all_there_is(sa, now);
}

/* Whether the liveness check that is due may go out now, which had no turn yet; otherwise it has its turn later. */
static inline bool is_within_pace(struct ikl_sa *sa, ikl_time now)
{
    struct ikl_endpoint *endpoint = sa->endpoint;
    ikl_time turn = ikl_pace_turn(&endpoint->probes, now);

    if (turn <= now) {
        return true;
    }
    ikl_run_put_off(&sa->probe.run, turn);
    endpoint->counters.probes_paced++;
    return false;
}

void ikl_sa_check(struct ikl_sa *sa, ikl_time now)
{
    ikl_time turn = ikl_request_turn(&sa->probe);
    ikl_time due = ikl_time_later(ikl_time_after(sa->idle.heard, sa->idle.interval), turn);
    int result;

    if (turn == 0 ? !is_within_pace(sa, now) : turn > now) {
        return;
    }
    forget_turn(sa);
    result = ikl_sa_start_probe(sa, ikl_time_earlier(due, now), now);
    if (result != IKL_OK) {
        probe_failed(sa, result, now);
    }
}

void ikl_sa_look(struct ikl_sa *sa, ikl_time now)
{
    if (sa->state == IKL_SA_ESTABLISHED && !ikl_sa_is_waiting(sa) && is_idle(sa, now)) {
        ikl_sa_check(sa, now);
    } else {
        forget_turn(sa);
    }
}
