/* ikelive sa: requests of ours that were sent: retransmission, and what an answer ends (RFC 7296 §2.1).
 * SPDX-License-Identifier: ISC */
#include "sa.h"

static const struct ikl_own_request *own_of(const struct ikl_outgoing *outgoing)
{
    return outgoing->kind != IKL_OUTGOING_PROBE ? (const struct ikl_own_request *)outgoing : NULL;
}

static bool is_sent(const struct ikl_outgoing *outgoing)
{
    return outgoing->state == IKL_OUTGOING_SENT;
}

static struct ikl_outgoing *sent_or_null(struct ikl_own_request *own)
{
    return own != NULL && is_sent(&own->outgoing) ? &own->outgoing : NULL;
}

const struct ikl_outgoing *ikl_sa_oldest(const struct ikl_sa *sa)
{
    /* a liveness check goes out only when nothing is outstanding */
    return is_sent(&sa->probe) ? &sa->probe : sent_or_null(ikl_sa_request_at(sa, sa->first_request));
}

/* The first one that was sent and has this Message ID or a higher one, or null. */
static struct ikl_outgoing *sent_from(struct ikl_sa *sa, uint32_t message_id)
{
    struct ikl_own_request *own = ikl_sa_request_at(sa, sa->first_request);

    if (is_sent(&sa->probe) && sa->probe.run.message_id >= message_id) {
        return &sa->probe;
    }
    while (own != NULL && is_sent(&own->outgoing) && own->outgoing.run.message_id < message_id) {
        own = ikl_sa_request_at(sa, own->next);
    }
    return sent_or_null(own);
}

const struct ikl_schedule *ikl_outgoing_schedule(const struct ikl_sa *sa, const struct ikl_outgoing *outgoing)
{
    const struct ikl_own_request *own = own_of(outgoing);

    return own != NULL ? own->schedule : sa->schedule;
}

int ikl_outgoing_begin(struct ikl_sa *sa, struct ikl_outgoing *outgoing, uint8_t exchange, ikl_time due, ikl_time now)
{
    const struct ikl_schedule *schedule = ikl_outgoing_schedule(sa, outgoing);
    uint32_t message_id;
    int result = ikl_send_window_take(&sa->send_window, &message_id);

    if (result != IKL_OK) {
        return result;
    }
    outgoing->state = IKL_OUTGOING_SENT;
    outgoing->has_turn = false;
    ikl_exchange_begin(&outgoing->run, schedule, exchange, message_id, due, now, sa->endpoint->tick_slack,
                       ikl_endpoint_jitter(sa->endpoint, schedule));
    ikl_liveness_request_sent(&sa->liveness);
    ikl_sa_rearm(sa, now);
    return IKL_OK;
}

static struct ikl_attempt attempt_of(const struct ikl_sa *sa, const struct ikl_outgoing *outgoing, ikl_time now,
                                     enum ikl_attempt_cause cause, int send_result)
{
    const struct ikl_schedule *schedule = ikl_outgoing_schedule(sa, outgoing);
    const struct ikl_exchange *run = &outgoing->run;

    return (struct ikl_attempt){.exchange = run->type,
                                .message_id = run->message_id,
                                .retransmission = ikl_exchange_sends(run) - 1,
                                .cause = cause,
                                .wait = cause == IKL_ATTEMPT_SCHEDULE && schedule->jitter == 0
                                            ? ikl_schedule_wait(schedule, run->attempt)
                                            : (uint32_t)(run->deadline - now),
                                .liveness = outgoing->kind == IKL_OUTGOING_PROBE,
                                .send_result = send_result};
}

static void report_attempt(struct ikl_sa *sa, uint32_t message_id, ikl_time now, enum ikl_attempt_cause cause,
                           int send_result)
{
    const struct ikl_outgoing *outgoing = ikl_sa_is_gone(sa) ? NULL : ikl_sa_find_sent(sa, message_id);
    struct ikl_attempt attempt;

    if (outgoing == NULL) {
        return; /* the `send` callback ended it */
    }
    attempt = attempt_of(sa, outgoing, now, cause, send_result);
    if (sa->endpoint->callbacks.attempt != NULL) {
        sa->endpoint->callbacks.attempt(sa->endpoint->user, sa, &attempt);
    }
    ikl_sa_watch_exhaustion(sa);
}

void ikl_outgoing_transmit(struct ikl_sa *sa, const struct ikl_outgoing *outgoing, ikl_time now)
{
    uint32_t message_id = outgoing->run.message_id;

    report_attempt(sa, message_id, now, IKL_ATTEMPT_SCHEDULE, ikl_sa_transmit_stored(sa, &sa->path, outgoing->stored));
}

void ikl_outgoing_transmit_made(struct ikl_sa *sa, const struct ikl_outgoing *outgoing, size_t len, ikl_time now)
{
    uint32_t message_id = outgoing->run.message_id;

    report_attempt(sa, message_id, now, IKL_ATTEMPT_SCHEDULE, ikl_sa_transmit(sa, &sa->path, len));
}

static int transmit_again(struct ikl_sa *sa, struct ikl_outgoing *outgoing)
{
    size_t len;
    int result;

    if (outgoing->stored != IKL_NONE) {
        if (sa->narrowed) {
            ikl_sa_refit(sa, &sa->path, &outgoing->stored);
        }
        return ikl_sa_transmit_stored(sa, &sa->path, outgoing->stored);
    }
    result = outgoing != &sa->probe ? ikl_sa_make_request_again(sa, own_of(outgoing), &len)
                                    : ikl_sa_make_probe_again(sa, &len);
    return result == IKL_OK ? ikl_sa_transmit(sa, &sa->path, len) : result;
}

/* Sends it once more. The request may have ended, or the IKE SA, when it returns: a callback may end them. */
static void send_again(struct ikl_sa *sa, struct ikl_outgoing *outgoing, enum ikl_attempt_cause cause, ikl_time now)
{
    uint32_t n = ikl_exchange_sends(&outgoing->run) - 1;
    uint32_t message_id = outgoing->run.message_id;

    sa->counters.retransmissions++;
    sa->endpoint->counters.retransmissions++;
    ikl_history_add_send(sa, message_id, n, cause, now);
    report_attempt(sa, message_id, now, cause, transmit_again(sa, outgoing));
}

/* Because a wait ended: the peer's silence may now mean something. */
static void retransmit(struct ikl_sa *sa, struct ikl_outgoing *outgoing, enum ikl_attempt_cause cause, ikl_time now)
{
    uint32_t n = outgoing->run.attempt + (outgoing->run.extended ? 1u : 0u);

    send_again(sa, outgoing, cause, now);
    if (!ikl_sa_is_gone(sa)) {
        ikl_sa_suspect(sa, n, now);
    }
    if (!ikl_sa_is_gone(sa)) {
        ikl_group_unanswered(sa->endpoint, sa->group, now);
    }
}

static void count_late(struct ikl_sa *sa, ikl_time deadline, ikl_time now)
{
    if (now > ikl_time_after(deadline, sa->endpoint->tick_slack)) {
        sa->endpoint->counters.late_ticks++;
    }
}

/* Whether a retransmission that is due may go out now; otherwise its deadline is put off until its turn. */
static bool is_its_turn(struct ikl_sa *sa, struct ikl_outgoing *outgoing, ikl_time now)
{
    ikl_time turn;

    if (outgoing->has_turn) {
        outgoing->has_turn = false;
        return true;
    }
    turn = ikl_pace_turn(&sa->endpoint->retransmissions, now);
    if (turn <= now) {
        return true;
    }
    ikl_exchange_put_off(&outgoing->run, turn);
    outgoing->has_turn = true;
    sa->endpoint->counters.retransmissions_paced++;
    return false;
}

static enum ikl_down_reason timeout_reason(const struct ikl_sa *sa)
{
    return sa->state == IKL_SA_CONNECTING || sa->state == IKL_SA_ESTABLISHED ? IKL_DOWN_TIMEOUT
                                                                             : ikl_sa_closing_reason(sa);
}

/* The schedule has run out. False when that was the end of the IKE SA. */
static bool give_up(struct ikl_sa *sa, struct ikl_outgoing *outgoing, ikl_time now)
{
    enum ikl_down_reason reason = timeout_reason(sa);

    if (reason == IKL_DOWN_TIMEOUT && ikl_group_holds(sa->endpoint, sa->group, now)) {
        sa->endpoint->counters.held++;
        ikl_exchange_hold(&outgoing->run, ikl_outgoing_schedule(sa, outgoing), now);
        retransmit(sa, outgoing, IKL_ATTEMPT_SCHEDULE, now);
        return !ikl_sa_is_gone(sa);
    }
    if (ikl_liveness_request_gave_up(&sa->liveness) == IKL_LIVENESS_DEAD) {
        sa->endpoint->counters.timeouts += reason == IKL_DOWN_TIMEOUT ? 1 : 0;
        ikl_sa_end(sa, reason, outgoing, now);
    }
    return false;
}

/* The IKE SA may be kept for what its peer says: elsewhere it is about to come or to go. */
static bool counts_evidence(const struct ikl_sa *sa)
{
    return sa->state == IKL_SA_ESTABLISHED || sa->state == IKL_SA_REKEYED;
}

/* What a verdict has to know; 0 when nothing was heard since the IKE SA is here. */
static ikl_time evidence_for_verdict(struct ikl_sa *sa, ikl_time now)
{
    ikl_time evidence;

    if (!counts_evidence(sa)) {
        return 0;
    }
    ikl_sa_pull_evidence(sa);
    evidence = ikl_sa_evidence(sa, now);
    return evidence > sa->established ? evidence : 0;
}

/* A verdict would fall. False when it did, and the IKE SA has gone down. */
static bool tick_last(struct ikl_sa *sa, struct ikl_outgoing *outgoing, const struct ikl_schedule *schedule,
                      ikl_time now)
{
    bool again = outgoing->run.again;
    ikl_time evidence = evidence_for_verdict(sa, now);

    if (ikl_exchange_tick_evidence(&outgoing->run, schedule, evidence, now, sa->endpoint->tick_slack,
                                   ikl_endpoint_jitter(sa->endpoint, schedule)) == IKL_EXCHANGE_GIVE_UP) {
        return give_up(sa, outgoing, now);
    }
    if (outgoing->run.again != again) {
        sa->endpoint->counters.evidence_resends++;
    }
    retransmit(sa, outgoing, outgoing->run.again != again ? IKL_ATTEMPT_EVIDENCE : IKL_ATTEMPT_SCHEDULE, now);
    return !ikl_sa_is_gone(sa);
}

bool ikl_outgoing_tick(struct ikl_sa *sa, struct ikl_outgoing *outgoing, ikl_time now)
{
    const struct ikl_schedule *schedule;
    bool last;

    if (now < outgoing->run.deadline) {
        return true;
    }
    schedule = ikl_outgoing_schedule(sa, outgoing);
    last = outgoing->run.attempt + 1u >= schedule->tries;
    if (!last && !is_its_turn(sa, outgoing, now)) {
        return true;
    }
    count_late(sa, outgoing->run.deadline, now);
    if (last) {
        return tick_last(sa, outgoing, schedule, now);
    }
    if (ikl_exchange_tick_evidence(&outgoing->run, schedule, 0, now, sa->endpoint->tick_slack,
                                   ikl_endpoint_jitter(sa->endpoint, schedule)) == IKL_EXCHANGE_SEND) {
        retransmit(sa, outgoing, IKL_ATTEMPT_SCHEDULE, now);
    }
    return !ikl_sa_is_gone(sa);
}

void ikl_outgoing_heard(struct ikl_sa *sa, ikl_time now)
{
    struct ikl_endpoint *endpoint = sa->endpoint;
    struct ikl_outgoing *oldest = sent_from(sa, 0);
    const struct ikl_schedule *schedule;

    if (oldest == NULL || !counts_evidence(sa) || !ikl_pace_is_free(&endpoint->retransmissions, now)) {
        return;
    }
    schedule = ikl_outgoing_schedule(sa, oldest);
    if (ikl_exchange_heard(&oldest->run, schedule, now, ikl_endpoint_jitter(endpoint, schedule)) != IKL_EXCHANGE_SEND) {
        return;
    }
    (void)ikl_pace_turn(&endpoint->retransmissions, now);
    oldest->has_turn = false;
    endpoint->counters.evidence_resends++;
    ikl_sa_rearm(sa, now);
    send_again(sa, oldest, IKL_ATTEMPT_EVIDENCE, now);
}

static bool move(struct ikl_sa *sa, struct ikl_outgoing *outgoing, bool followed, ikl_time now)
{
    const struct ikl_schedule *schedule = ikl_outgoing_schedule(sa, outgoing);

    if (ikl_exchange_moved(&outgoing->run, schedule, followed, now, ikl_endpoint_jitter(sa->endpoint, schedule)) !=
        IKL_EXCHANGE_SEND) {
        return false;
    }
    outgoing->has_turn = false;
    return true;
}

void ikl_outgoing_moved(struct ikl_sa *sa, bool followed, ikl_time now)
{
    struct ikl_outgoing *outgoing = sent_from(sa, 0);

    while (!ikl_sa_is_gone(sa) && outgoing != NULL) {
        uint32_t message_id = outgoing->run.message_id;

        if (move(sa, outgoing, followed, now)) {
            ikl_sa_rearm(sa, now);
            send_again(sa, outgoing, IKL_ATTEMPT_MOVED, now);
        }
        outgoing = sent_from(sa, message_id + 1);
    }
}

struct ikl_outgoing *ikl_sa_find_sent(struct ikl_sa *sa, uint32_t message_id)
{
    struct ikl_own_request *own = ikl_sa_request_at(sa, sa->first_request);

    if (is_sent(&sa->probe) && sa->probe.run.message_id == message_id) {
        return &sa->probe;
    }
    while (own != NULL && (!is_sent(&own->outgoing) || own->outgoing.run.message_id != message_id)) {
        own = ikl_sa_request_at(sa, own->next);
    }
    return own != NULL ? &own->outgoing : NULL;
}

struct ikl_ended_request ikl_outgoing_ended(const struct ikl_outgoing *outgoing, enum ikl_outcome_kind kind)
{
    const struct ikl_own_request *own = own_of(outgoing);
    bool sent = is_sent(outgoing);

    return (struct ikl_ended_request){
        .outcome = {.kind = kind,
                    .request = outgoing,
                    .context = own != NULL ? own->context : NULL,
                    .exchange = outgoing->run.type,
                    .message_id = outgoing->run.message_id,
                    .sends = sent ? ikl_exchange_sends(&outgoing->run) : 0,
                    .first_sent = outgoing->run.first_sent},
        .told = outgoing->kind == IKL_OUTGOING_HOST && !outgoing->silenced,
    };
}

void ikl_sa_report_outcome(struct ikl_sa *sa, const struct ikl_ended_request *ended)
{
    if (ended->told && sa->endpoint->callbacks.outcome != NULL) {
        sa->endpoint->callbacks.outcome(sa->endpoint->user, sa, &ended->outcome);
    }
}

static void forget(struct ikl_sa *sa, struct ikl_outgoing *outgoing)
{
    if (outgoing != &sa->probe) {
        ikl_sa_forget_request(sa, (struct ikl_own_request *)outgoing);
        return;
    }
    ikl_sa_drop_body(sa, outgoing->stored);
    outgoing->stored = IKL_NONE;
    outgoing->state = IKL_OUTGOING_IDLE;
    outgoing->run.deadline = 0;
}

void ikl_sa_report_answer(struct ikl_sa *sa)
{
    struct ikl_endpoint *endpoint = sa->endpoint;
    const struct ikl_ended_request *ended = endpoint->answered_of == sa ? endpoint->answered : NULL;

    if (ended != NULL) {
        endpoint->answered = NULL;
        ikl_sa_report_outcome(sa, ended);
    }
}

static void report_alive(struct ikl_sa *sa, const struct ikl_outcome *outcome, bool liveness)
{
    struct ikl_alive alive = {.status = outcome->status,
                              .error = outcome->error,
                              .exchange = outcome->exchange,
                              .message_id = outcome->message_id,
                              .sends = outcome->sends,
                              .first_sent = outcome->first_sent,
                              .liveness = liveness,
                              .first_payload = outcome->first_payload,
                              .plaintext = outcome->plaintext};

    if (sa->endpoint->callbacks.alive != NULL) {
        sa->endpoint->callbacks.alive(sa->endpoint->user, sa, &alive);
    }
}

/* As a peer answers a liveness check: with nothing. */
static bool is_plain(const struct ikl_message *message)
{
    return message->first_payload == IKL_PAYLOAD_NONE && message->plaintext.len == 0 &&
           message->critical == IKL_PAYLOAD_NONE;
}

void ikl_sa_answered(struct ikl_sa *sa, const struct ikl_message *message, ikl_time now)
{
    uint32_t message_id = message->header.message_id;
    struct ikl_outgoing *outgoing = ikl_sa_find_sent(sa, message_id);
    enum ikl_outgoing_kind kind = (enum ikl_outgoing_kind)outgoing->kind;
    struct ikl_ended_request ended = ikl_outgoing_ended(outgoing, IKL_OUTCOME_ANSWERED);

    if (kind == IKL_OUTGOING_DELETE_CHILDREN) {
        ikl_sa_mark_claimed(sa, own_of(outgoing));
    }
    if (!is_plain(message)) {
        ended.outcome.status = ikl_sa_check_answer(message, kind == IKL_OUTGOING_HOST);
        ended.outcome.error = ikl_chain_error(message->first_payload, message->plaintext);
    }
    ended.outcome.first_payload = message->first_payload;
    ended.outcome.plaintext = message->plaintext;
    forget(sa, outgoing);
    ikl_send_window_answered(&sa->send_window, message_id);
    ikl_liveness_request_answered(&sa->liveness, now);
    sa->counters.answered++;
    sa->endpoint->counters.answered++;
    ikl_history_add_counted(sa, IKL_EVENT_ANSWERED, message_id, ended.outcome.sends, now);
    sa->endpoint->answered = &ended; /* a callback that closes the IKE SA has it reported before */
    sa->endpoint->answered_of = sa;
    ikl_sa_heard(sa, message_id, now);
    ikl_sa_report_heard(sa, message->path, now);
    if (!ikl_sa_is_gone(sa)) {
        ikl_sa_rearm(sa, now);
        if (ended.outcome.error != IKL_NOTIFY_INVALID_SYNTAX) {
            ikl_sa_set_reachability(sa, IKL_REACHABILITY_UP, now);
        }
    }
    if (!ikl_sa_is_gone(sa)) {
        report_alive(sa, &ended.outcome, kind == IKL_OUTGOING_PROBE);
    }
    ikl_sa_report_answer(sa);
    if (kind == IKL_OUTGOING_DELETE_CHILDREN) {
        ikl_sa_marked_down(sa, IKL_DOWN_CLOSED, now); /* also those of an IKE SA that took this one's place */
    }
    if (!ikl_sa_is_gone(sa) && ended.outcome.error == IKL_NOTIFY_INVALID_SYNTAX) {
        ikl_sa_end_on_syntax(sa, now);
    }
    if (!ikl_sa_is_gone(sa)) {
        ikl_sa_delete_answered(sa, kind, now);
    }
    if (!ikl_sa_is_gone(sa)) {
        ikl_sa_tick_held(sa, now);
        ikl_sa_pump(sa, now);
    }
    if (sa->liveness.outstanding != 0) {
        ikl_outgoing_heard(sa, now);
    }
}
