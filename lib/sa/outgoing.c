/* SPDX-License-Identifier: ISC */
/* ikelive sa: requests of ours that were sent: retransmission, and what an answer ends (RFC 7296 §2.1). */
#include "sa.h"

/* Of any but the probe. */
static const struct ikl_own_request *own_of(const struct ikl_outgoing *outgoing)
{
    return (const struct ikl_own_request *)outgoing;
}

static bool is_sent(const struct ikl_outgoing *outgoing)
{
    return outgoing->state == IKL_OUTGOING_SENT;
}

/* The first one from here on in the list that was sent and has not ended, or null: behind those are only queued ones.
 */
static struct ikl_outgoing *sent_in(const struct ikl_sa *sa, uint32_t index)
{
    struct ikl_own_request *own = ikl_sa_request_at(sa, index);

    while (own != NULL && !is_sent(&own->outgoing)) {
        own = ikl_sa_request_at(sa, own->next);
    }
    return own != NULL ? &own->outgoing : NULL;
}

/* A liveness check goes out only when nothing is outstanding, and after our Delete of the IKE SA nothing does: of all
 * that were sent, in the order of Message IDs, the one is the first, and the other the last. */
static bool is_first(const struct ikl_outgoing *probe, const struct ikl_outgoing *own)
{
    return is_sent(probe) && (own == NULL || probe->kind == IKL_OUTGOING_PROBE);
}

/* All that were sent and have not ended, in that order. */
static struct ikl_outgoing *first_sent(struct ikl_sa *sa)
{
    struct ikl_outgoing *own = sent_in(sa, sa->first_request);

    return is_first(&sa->probe, own) ? &sa->probe : own;
}

static struct ikl_outgoing *next_sent(struct ikl_sa *sa, const struct ikl_outgoing *outgoing)
{
    struct ikl_outgoing *own;

    if (outgoing == &sa->probe) {
        return outgoing->kind == IKL_OUTGOING_PROBE ? sent_in(sa, sa->first_request) : NULL;
    }
    own = sent_in(sa, own_of(outgoing)->next);
    return own == NULL && is_sent(&sa->probe) && sa->probe.kind == IKL_OUTGOING_DELETE_SA ? &sa->probe : own;
}

const struct ikl_outgoing *ikl_sa_oldest(const struct ikl_sa *sa)
{
    const struct ikl_outgoing *own = sent_in(sa, sa->first_request);

    return is_first(&sa->probe, own) ? &sa->probe : own;
}

/* For the next wait of the request's schedule. */
static uint32_t jitter(const struct ikl_sa *sa, const struct ikl_outgoing *outgoing)
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
                  jitter(sa, outgoing));
    sa->marks.due = true;
    return IKL_OK;
}

struct ikl_attempt ikl_outgoing_attempt(const struct ikl_outgoing *outgoing)
{
    const struct ikl_run *run = &outgoing->run;
    bool scheduled = outgoing->cause == IKL_ATTEMPT_SCHEDULE && run->schedule->jitter == 0;

    return (struct ikl_attempt){.exchange = outgoing->exchange_type,
                                .message_id = run->message_id,
                                .retransmission = run->sends - 1,
                                .cause = (enum ikl_attempt_cause)outgoing->cause,
                                .wait = scheduled ? ikl_schedule_wait(run->schedule, run->attempt) : run->lead,
                                .liveness = outgoing->kind == IKL_OUTGOING_PROBE,
                                .send_result = outgoing->send_result};
}

static void note_attempt(struct ikl_sa *sa, struct ikl_outgoing *outgoing, enum ikl_attempt_cause cause, int result)
{
    outgoing->cause = (unsigned)cause & 3u;
    outgoing->send_result = result;
    outgoing->attempt_untold = 1;
    ikl_sa_mark(sa, IKL_FACT_ATTEMPT);
    ikl_sa_watch_exhaustion(sa);
}

void ikl_outgoing_transmit(struct ikl_sa *sa, struct ikl_outgoing *outgoing)
{
    note_attempt(sa, outgoing, IKL_ATTEMPT_SCHEDULE, ikl_sa_transmit_stored(sa, &sa->path, outgoing->stored));
}

void ikl_outgoing_transmit_made(struct ikl_sa *sa, struct ikl_outgoing *outgoing, size_t len)
{
    note_attempt(sa, outgoing, IKL_ATTEMPT_SCHEDULE, ikl_sa_transmit(sa, &sa->path, len));
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

static void send_again(struct ikl_sa *sa, struct ikl_outgoing *outgoing, enum ikl_attempt_cause cause, ikl_time now)
{
    sa->marks.due = true;
    sa->counters.retransmissions++;
    sa->endpoint->counters.retransmissions++;
    ikl_history_add_send(sa, outgoing->run.message_id, outgoing->run.sends - 1u, cause, now);
    note_attempt(sa, outgoing, cause, transmit_again(sa, outgoing));
}

/* Because a wait ended: the peer's silence may now mean something. */
static void retransmit(struct ikl_sa *sa, struct ikl_outgoing *outgoing, enum ikl_attempt_cause cause, ikl_time now)
{
    send_again(sa, outgoing, cause, now);
    ikl_sa_suspect(sa, outgoing, now);
    if (ikl_group_unanswered(sa->endpoint, sa->group, now)) {
        ikl_sa_mark(sa, IKL_FACT_OUTAGE);
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

    if (outgoing->run.put_off) {
        return true;
    }
    turn = ikl_pace_turn(&sa->endpoint->retransmissions, now);
    if (turn <= now) {
        return true;
    }
    ikl_run_put_off(&outgoing->run, turn);
    sa->endpoint->counters.retransmissions_paced++;
    return false;
}

static enum ikl_down_reason timeout_reason(const struct ikl_sa *sa)
{
    return sa->state == IKL_SA_CONNECTING || sa->state == IKL_SA_ESTABLISHED ? IKL_DOWN_TIMEOUT
                                                                             : ikl_sa_closing_reason(sa);
}

/* The schedule has run out. False: that ends the IKE SA. */
static bool give_up(struct ikl_sa *sa, struct ikl_outgoing *outgoing, ikl_time now)
{
    enum ikl_down_reason reason = timeout_reason(sa);

    if (reason == IKL_DOWN_TIMEOUT && ikl_group_holds(sa->endpoint, sa->group, now)) {
        sa->endpoint->counters.held++;
        ikl_run_hold(&outgoing->run, now);
        retransmit(sa, outgoing, IKL_ATTEMPT_SCHEDULE, now);
        return true;
    }
    sa->endpoint->counters.timeouts += reason == IKL_DOWN_TIMEOUT ? 1 : 0;
    ikl_sa_end(sa, reason, outgoing, now);
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

/* A verdict would fall. False: it does. */
static bool tick_last(struct ikl_sa *sa, struct ikl_outgoing *outgoing, ikl_time now)
{
    bool again = outgoing->run.again;
    ikl_time evidence = evidence_for_verdict(sa, now);

    if (ikl_run_tick(&outgoing->run, evidence, now, sa->endpoint->tick_slack, jitter(sa, outgoing)) ==
        IKL_RUN_GIVE_UP) {
        return give_up(sa, outgoing, now);
    }
    if (outgoing->run.again != again) {
        sa->endpoint->counters.evidence_resends++;
    }
    retransmit(sa, outgoing, outgoing->run.again != again ? IKL_ATTEMPT_EVIDENCE : IKL_ATTEMPT_SCHEDULE, now);
    return true;
}

/* False: the IKE SA has ended. */
static bool tick(struct ikl_sa *sa, struct ikl_outgoing *outgoing, ikl_time now)
{
    bool last = ikl_run_is_last(&outgoing->run);

    if (now < outgoing->run.deadline) {
        return true;
    }
    if (!last && !is_its_turn(sa, outgoing, now)) {
        return true;
    }
    count_late(sa, outgoing->run.deadline, now);
    if (last) {
        return tick_last(sa, outgoing, now);
    }
    if (ikl_run_tick(&outgoing->run, 0, now, sa->endpoint->tick_slack, jitter(sa, outgoing)) == IKL_RUN_SEND) {
        retransmit(sa, outgoing, IKL_ATTEMPT_SCHEDULE, now);
    }
    return true;
}

bool ikl_sa_tick_sent(struct ikl_sa *sa, ikl_time now)
{
    struct ikl_outgoing *outgoing = first_sent(sa);

    while (outgoing != NULL && tick(sa, outgoing, now)) {
        outgoing = next_sent(sa, outgoing);
    }
    return outgoing == NULL;
}

void ikl_outgoing_heard(struct ikl_sa *sa, ikl_time now)
{
    struct ikl_endpoint *endpoint = sa->endpoint;
    struct ikl_outgoing *oldest = first_sent(sa);

    if (oldest == NULL || oldest->attempt_untold || !counts_evidence(sa) ||
        !ikl_pace_is_free(&endpoint->retransmissions, now)) {
        return;
    }
    if (ikl_run_heard(&oldest->run, now, jitter(sa, oldest)) != IKL_RUN_SEND) {
        return;
    }
    (void)ikl_pace_turn(&endpoint->retransmissions, now);
    endpoint->counters.evidence_resends++;
    send_again(sa, oldest, IKL_ATTEMPT_EVIDENCE, now);
}

static void move(struct ikl_sa *sa, struct ikl_outgoing *outgoing, bool followed, ikl_time now)
{
    if (!outgoing->attempt_untold &&
        ikl_run_moved(&outgoing->run, followed, now, jitter(sa, outgoing)) == IKL_RUN_SEND) {
        send_again(sa, outgoing, IKL_ATTEMPT_MOVED, now);
    }
}

void ikl_outgoing_moved(struct ikl_sa *sa, bool followed, ikl_time now)
{
    for (struct ikl_outgoing *outgoing = first_sent(sa); outgoing != NULL; outgoing = next_sent(sa, outgoing)) {
        move(sa, outgoing, followed, now);
    }
}

void ikl_outgoing_resend(struct ikl_sa *sa, ikl_time now)
{
    sa->resend = false;
    for (struct ikl_outgoing *outgoing = first_sent(sa); outgoing != NULL; outgoing = next_sent(sa, outgoing)) {
        if (!outgoing->attempt_untold) {
            ikl_run_resend(&outgoing->run, now);
            send_again(sa, outgoing, IKL_ATTEMPT_RESENT, now);
        }
    }
}

int ikl_sa_resend(struct ikl_sa *sa, ikl_time now)
{
    int result = !ikl_sa_may(sa, IKL_SA_MAY_ACT) ? IKL_ERR_CLOSING
                 : !ikl_sa_is_waiting(sa)        ? IKL_ERR_NOT_FOUND
                                                 : ikl_endpoint_begin(sa->endpoint, &now);

    if (result == IKL_OK) {
        ikl_outgoing_resend(sa, now);
        ikl_sa_leave(sa, now);
    }
    return result;
}

struct ikl_outgoing *ikl_sa_find_sent(struct ikl_sa *sa, uint32_t message_id)
{
    struct ikl_own_request *own;

    if (is_sent(&sa->probe) && sa->probe.run.message_id == message_id) {
        return &sa->probe;
    }
    own = ikl_sa_request_at(sa, sa->first_request);
    while (own != NULL && (!is_sent(&own->outgoing) || own->outgoing.run.message_id != message_id)) {
        own = ikl_sa_request_at(sa, own->next);
    }
    return own != NULL ? &own->outgoing : NULL;
}

struct ikl_outcome ikl_outgoing_outcome(const struct ikl_outgoing *outgoing)
{
    bool sent = outgoing->run.first_sent != IKL_NEVER;

    return (struct ikl_outcome){.kind = (enum ikl_outcome_kind)outgoing->ended,
                                .request = outgoing,
                                .context = own_of(outgoing)->context,
                                .exchange = outgoing->exchange_type,
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

struct ikl_outgoing *ikl_sa_untold_attempt(struct ikl_sa *sa)
{
    struct ikl_own_request *own;

    if (sa->probe.attempt_untold && sa->probe.kind == IKL_OUTGOING_PROBE) {
        return &sa->probe;
    }
    own = ikl_sa_request_at(sa, sa->first_request);
    while (own != NULL && !own->outgoing.attempt_untold) {
        own = ikl_sa_request_at(sa, own->next);
    }
    return own != NULL ? &own->outgoing : sa->probe.attempt_untold ? &sa->probe : NULL;
}

struct ikl_outgoing *ikl_sa_untold_outcome(struct ikl_sa *sa)
{
    struct ikl_own_request *own = ikl_sa_request_at(sa, sa->first_request);

    while (own != NULL && !own->outgoing.outcome_untold) {
        own = ikl_sa_request_at(sa, own->next);
    }
    return own != NULL ? &own->outgoing : NULL;
}

struct ikl_outgoing *ikl_sa_given_up(struct ikl_sa *sa)
{
    struct ikl_own_request *own = ikl_sa_request_at(sa, sa->first_request);

    while (own != NULL && !own->outgoing.given_up) {
        own = ikl_sa_request_at(sa, own->next);
    }
    return own != NULL ? &own->outgoing : sa->probe.given_up ? &sa->probe : NULL;
}

/* As a peer answers a liveness check: with nothing. */
static bool is_plain(const struct ikl_message *message)
{
    return message->first_payload == IKL_PAYLOAD_NONE && message->plaintext.len == 0 &&
           message->critical == IKL_PAYLOAD_NONE;
}

/* What the answer says is in the endpoint's hand until the host was told. Returns the error that it tells of, or 0. */
static uint16_t take_in_hand(struct ikl_sa *sa, const struct ikl_outgoing *outgoing, const struct ikl_message *message)
{
    struct ikl_hand *hand = ikl_sa_take_hand(sa);
    struct ikl_alive *alive = &hand->alive;

    *alive = (struct ikl_alive){.exchange = outgoing->exchange_type,
                                .message_id = outgoing->run.message_id,
                                .sends = outgoing->run.sends,
                                .first_sent = outgoing->run.first_sent,
                                .liveness = outgoing->kind == IKL_OUTGOING_PROBE,
                                .first_payload = message->first_payload,
                                .plaintext = message->plaintext};
    if (!is_plain(message)) {
        alive->status = ikl_sa_check_answer(message, outgoing->kind == IKL_OUTGOING_HOST);
        alive->error = ikl_chain_error(message->first_payload, message->plaintext);
    }
    hand->has_alive = true;
    hand->answered = outgoing;
    return alive->error;
}

/* What an answer ends beside the request. */
static void answered(struct ikl_sa *sa, enum ikl_outgoing_kind kind, ikl_time now)
{
    sa->marks.due = true;
    if (kind == IKL_OUTGOING_DELETE_SA) {
        ikl_sa_end(sa, ikl_sa_closing_reason(sa), NULL, now);
        return;
    }
    if (!ikl_sa_has_plans(sa)) {
        return; /* nothing waits for this answer */
    }
    ikl_sa_tick_held(sa, now);
    ikl_sa_pump(sa, now);
    if (ikl_sa_is_waiting(sa)) {
        ikl_outgoing_heard(sa, now);
    }
}

void ikl_sa_answered(struct ikl_sa *sa, const struct ikl_message *message, ikl_time now)
{
    uint32_t message_id = message->header.message_id;
    struct ikl_outgoing *outgoing = ikl_sa_find_sent(sa, message_id);
    enum ikl_outgoing_kind kind = (enum ikl_outgoing_kind)outgoing->kind;
    uint16_t flaw;

    if (kind == IKL_OUTGOING_DELETE_CHILDREN) {
        ikl_sa_mark_claimed(sa, own_of(outgoing));
    }
    flaw = take_in_hand(sa, outgoing, message);
    ikl_history_add_counted(sa, IKL_EVENT_ANSWERED, message_id, outgoing->run.sends, now);
    ikl_outgoing_end(sa, outgoing, IKL_OUTCOME_ANSWERED);
    ikl_send_window_answered(&sa->send_window, message_id);
    sa->counters.answered++;
    sa->endpoint->counters.answered++;
    ikl_sa_heard(sa, message_id, now);
    ikl_sa_heard_from(sa, message->path, now);
    if (flaw != IKL_NOTIFY_INVALID_SYNTAX) {
        ikl_sa_set_reachability(sa, IKL_REACHABILITY_UP, now);
    }
    if (kind == IKL_OUTGOING_DELETE_CHILDREN) {
        ikl_sa_marked_down(sa, IKL_DOWN_CLOSED); /* also those of an IKE SA that took this one's place */
    }
    if (flaw == IKL_NOTIFY_INVALID_SYNTAX) {
        ikl_sa_end_on_syntax(sa, now);
    } else {
        answered(sa, kind, now);
    }
}
