/* SPDX-License-Identifier: ISC */
/* ikelive sa: requests of ours that go out again, or are given up, as policy/run.c says (RFC 7296 §2.1, §2.4). */
#include "ending.h"
#include "evidence.h"
#include "protect.h"
#include "reachability.h"
#include "request.h"
#include "syncing.h"
#include "trim.h"

/* Makes a request again that is no liveness check. */
static int make_again(struct ikl_sa *sa, const struct ikl_request *request, size_t *len)
{
    if (request != &sa->probe) {
        return ikl_sa_make_request_again(sa, ikl_own_of(request), len);
    }
    return ikl_sa_is_syncing(sa) ? ikl_sa_make_sync_again(sa, len) : ikl_sa_make_delete_again(sa, len);
}

static IKL_IN_LINE int transmit_again(struct ikl_sa *sa, struct ikl_request *request)
{
    size_t len;
    int result;

    if (request->stored != IKL_NONE) {
        if (sa->narrowed && !ikl_sa_is_syncing(sa)) { /* what synchronises is never fragmented (RFC 7383 §3) */
            ikl_sa_refit(sa, &sa->path, &request->stored);
        }
        return ikl_sa_transmit_stored(sa, &sa->path, request->stored);
    }
    result = request->kind == IKL_REQUEST_PROBE ? ikl_sa_seal_probe(sa, request->run.message_id, &len)
                                                : make_again(sa, request, &len);
    return result == IKL_OK ? ikl_endpoint_transmit(sa->endpoint, sa, &sa->path, len) : result;
}

/* `waited`: the request was blocked, and now leaves. */
static IKL_IN_LINE void send_once_more(struct ikl_sa *sa, struct ikl_request *request, enum ikl_attempt_cause cause,
                                       bool waited, ikl_time now)
{
    bool told = waited && request->counted;

    ikl_sa_set_due(sa);
    request->cause = (unsigned)cause & 7u;
    ikl_request_note(sa, request, true, told, transmit_again(sa, request), now);
}

/* For other causes than the schedule. */
static void send_again(struct ikl_sa *sa, struct ikl_request *request, enum ikl_attempt_cause cause, bool waited,
                       ikl_time now)
{
    send_once_more(sa, request, cause, waited, now);
}

/* It was sent again after a wait without an answer, so the peer may be gone. */
static IKL_IN_LINE void suspect(struct ikl_sa *sa, const struct ikl_request *request, ikl_time now)
{
    ikl_sa_suspect(sa, request, now);
    if (ikl_group_unanswered(sa->endpoint, sa->group, now)) {
        ikl_sa_mark(sa, IKL_FACT_OUTAGE);
    }
}

/* Sends again after such a wait. */
static void retransmit(struct ikl_sa *sa, struct ikl_request *request, enum ikl_attempt_cause cause, ikl_time now)
{
    send_again(sa, request, cause, false, now);
    suspect(sa, request, now);
}

/* Whether the tick is late; counted. */
static bool is_late(struct ikl_sa *sa, ikl_time deadline, ikl_time now)
{
    bool late = now > ikl_time_after(deadline, sa->endpoint->tick_slack);

    sa->endpoint->counters.late_ticks += late ? 1 : 0;
    return late;
}

/* A wait of the request has ended that may be the last. */
IKL_OUT_OF_LINE static enum ikl_run_step tick_run(struct ikl_sa *sa, struct ikl_request *request, ikl_time evidence,
                                                  ikl_time now)
{
    uint32_t slack = sa->endpoint->tick_slack, random = ikl_request_jitter(sa, request);

    return ikl_sa_trims(sa, request)
               ? ikl_run_tick_trimmed(&request->run, &sa->round_trip, evidence, now, slack, random)
               : ikl_run_tick(&request->run, evidence, now, slack, random);
}

/* The last wait of the request has begun in time. Says in the history when it is shorter than listed. */
static void note_trim(struct ikl_sa *sa, const struct ikl_request *request, ikl_time now)
{
    struct ikl_schedule used;

    ikl_sa_used_schedule(sa, &used);
    if (ikl_schedule_total(&used) < ikl_schedule_total(request->run.schedule)) {
        ikl_history_add_counted(sa, IKL_EVENT_TRIMMED, request->run.message_id, sa->round_trip.largest, now);
    }
}

/* A wait of the request has ended that is not the last. */
IKL_OUT_OF_LINE static void tick_trimmed(struct ikl_sa *sa, struct ikl_request *request, bool late, ikl_time now)
{
    (void)tick_run(sa, request, 0, now); /* before the last wait ends that sends */
    retransmit(sa, request, IKL_ATTEMPT_SCHEDULE, now);
    if (!late && ikl_run_is_last(&request->run)) {
        note_trim(sa, request, now);
    }
}

/* Whether a retransmission that is due may go out now. If not, it gets a turn, and waits for it. */
static bool is_its_turn(struct ikl_sa *sa, struct ikl_request *request, ikl_time now)
{
    ikl_time turn;

    if (request->run.put_off) {
        return true;
    }
    turn = ikl_pace_turn(&sa->endpoint->retransmissions, now);
    if (turn <= now) {
        return true;
    }
    ikl_run_put_off(&request->run, turn);
    sa->endpoint->counters.retransmissions_paced++;
    return false;
}

static enum ikl_down_reason timeout_reason(const struct ikl_sa *sa)
{
    return sa->state == IKL_SA_CONNECTING || sa->state == IKL_SA_ESTABLISHED ? IKL_DOWN_TIMEOUT
                                                                             : ikl_sa_closing_reason(sa);
}

/* The last wait runs once more, for all but its schedule. */
static void go_on(struct ikl_sa *sa, struct ikl_request *request, enum ikl_attempt_cause cause, ikl_time now)
{
    if (ikl_is_reliable(request->run.reliable)) {
        suspect(sa, request, now);
    } else {
        retransmit(sa, request, cause, now);
    }
}

/* The schedule has run out. Ends the IKE SA and returns false, unless an outage of its path group holds the verdict. */
static bool give_up(struct ikl_sa *sa, struct ikl_request *request, ikl_time now)
{
    enum ikl_down_reason reason = timeout_reason(sa);

    if (reason == IKL_DOWN_TIMEOUT && ikl_group_holds(sa->endpoint, sa->group, now)) {
        sa->endpoint->counters.held++;
        ikl_run_hold(&request->run, now);
        go_on(sa, request, IKL_ATTEMPT_SCHEDULE, now);
        return true;
    }
    sa->endpoint->counters.timeouts += reason == IKL_DOWN_TIMEOUT ? 1 : 0;
    ikl_sa_end(sa, reason, request, now);
    return false;
}

/* Whether signs of life keep the IKE SA: not while it is being set up or deleted. */
static bool counts_evidence(const struct ikl_sa *sa)
{
    return sa->state == IKL_SA_ESTABLISHED || sa->state == IKL_SA_REKEYED;
}

/* When the peer was last heard; 0 when it has not been since the IKE SA was established. */
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

/* The last wait is over. False when that ends the IKE SA; else the request goes out once more. */
static bool tick_last(struct ikl_sa *sa, struct ikl_request *request, ikl_time now)
{
    bool again = request->run.again;
    ikl_time evidence = evidence_for_verdict(sa, now);

    if (tick_run(sa, request, evidence, now) == IKL_RUN_GIVE_UP) {
        return give_up(sa, request, now);
    }
    if (request->run.again != again) {
        sa->endpoint->counters.evidence_resends++;
    }
    retransmit(sa, request, request->run.again != again ? IKL_ATTEMPT_EVIDENCE : IKL_ATTEMPT_SCHEDULE, now);
    return true;
}

/* A wait on a reliable path is over. False when that ends the IKE SA; else nothing is sent. */
IKL_OUT_OF_LINE static bool tick_reliable(struct ikl_sa *sa, struct ikl_request *request, ikl_time now)
{
    ikl_time evidence = evidence_for_verdict(sa, now);

    (void)is_late(sa, request->run.deadline, now);
    if (ikl_run_tick(&request->run, evidence, now, sa->endpoint->tick_slack, 0) == IKL_RUN_GIVE_UP) {
        return give_up(sa, request, now);
    }
    go_on(sa, request, IKL_ATTEMPT_SCHEDULE, now);
    return true;
}

/* A liveness check has an overdue answer, while its schedule still waits: sends it again. */
static void tick_early(struct ikl_sa *sa, struct ikl_request *request, ikl_time now)
{
    struct ikl_pace *pace = &sa->endpoint->retransmissions;
    enum ikl_run_step step;

    if (!ikl_pace_is_free(pace, now)) {
        ikl_run_put_off(&request->run, ikl_time_after(now, 1)); /* the run makes no more such sends */
        return;
    }
    (void)ikl_pace_turn(pace, now);
    step = ikl_run_tick(&request->run, 0, now, sa->endpoint->tick_slack, 0);
    (void)step; /* what is overdue is sent */
    retransmit(sa, request, IKL_ATTEMPT_OVERDUE, now);
}

void ikl_request_writable(struct ikl_sa *sa, ikl_time now)
{
    uint64_t before = sa->endpoint->counters.blocked;

    for (struct ikl_request *request = ikl_sa_first_sent(sa);
         request != NULL && sa->endpoint->counters.blocked == before; request = ikl_sa_next_sent(sa, request)) {
        if (request->run.blocked) {
            send_again(sa, request, (enum ikl_attempt_cause)request->cause, true, now);
        }
    }
}

/* A blocked send is due again. Once it leaves, the host can send, so the other blocked requests follow at once. */
static void tick_blocked(struct ikl_sa *sa, struct ikl_request *request, ikl_time now)
{
    enum ikl_run_step step = ikl_run_tick(&request->run, 0, now, sa->endpoint->tick_slack, 0);

    (void)step; /* what is due is sent */
    send_again(sa, request, (enum ikl_attempt_cause)request->cause, true, now);
    if (!request->run.blocked) {
        ikl_request_writable(sa, now);
    }
}

bool ikl_request_tick(struct ikl_sa *sa, struct ikl_request *request, ikl_time now)
{
    bool last = ikl_run_is_last(&request->run);
    bool late;

    if (now < request->run.deadline) {
        if (now >= ikl_run_due(&request->run)) {
            tick_early(sa, request, now);
        }
        return true;
    }
    if (request->run.blocked) {
        tick_blocked(sa, request, now);
        return true;
    }
    if (ikl_is_reliable(request->run.reliable)) {
        return tick_reliable(sa, request, now);
    }
    if (!last && !is_its_turn(sa, request, now)) {
        return true;
    }
    late = is_late(sa, request->run.deadline, now);
    if (last) {
        return tick_last(sa, request, now);
    }
    if (ikl_sa_trims(sa, request)) {
        tick_trimmed(sa, request, late, now);
    } else {
        ikl_run_go_on(&request->run, now, late, ikl_request_jitter(sa, request));
        send_once_more(sa, request, IKL_ATTEMPT_SCHEDULE, false, now);
        suspect(sa, request, now);
    }
    return true;
}

bool ikl_sa_tick_sent(struct ikl_sa *sa, ikl_time now)
{
    struct ikl_request *request = ikl_sa_first_sent(sa);

    while (request != NULL && ikl_request_tick(sa, request, now)) {
        request = ikl_sa_next_sent(sa, request);
    }
    return request == NULL;
}

void ikl_request_heard(struct ikl_sa *sa, ikl_time now)
{
    struct ikl_endpoint *endpoint = sa->endpoint;
    struct ikl_request *oldest = ikl_sa_first_sent(sa);

    if (oldest == NULL || oldest->attempt_untold || !counts_evidence(sa) ||
        !ikl_pace_is_free(&endpoint->retransmissions, now)) {
        return;
    }
    if (ikl_run_heard(&oldest->run, now, ikl_request_jitter(sa, oldest)) != IKL_RUN_SEND) {
        return;
    }
    (void)ikl_pace_turn(&endpoint->retransmissions, now);
    endpoint->counters.evidence_resends++;
    send_again(sa, oldest, IKL_ATTEMPT_EVIDENCE, false, now);
}

/* `leaves`: it may go out along the new path at once. */
static void move(struct ikl_sa *sa, struct ikl_request *request, bool followed, bool leaves, ikl_time now)
{
    bool waited = request->run.blocked;

    leaves = leaves && !request->attempt_untold;
    ikl_run_set_reliable(&request->run, leaves && sa->path.reliable);
    if (leaves && ikl_run_moved(&request->run, followed, now, ikl_request_jitter(sa, request)) == IKL_RUN_SEND) {
        send_again(sa, request, IKL_ATTEMPT_MOVED, waited, now);
    }
}

void ikl_request_moved(struct ikl_sa *sa, bool followed, bool leave, ikl_time now)
{
    for (struct ikl_request *request = ikl_sa_first_sent(sa); request != NULL;
         request = ikl_sa_next_sent(sa, request)) {
        move(sa, request, followed, leave, now);
    }
}

static void reconnect(struct ikl_sa *sa, struct ikl_request *request, bool leaves, ikl_time now)
{
    bool waited = request->run.blocked;

    leaves = leaves && !request->attempt_untold;
    ikl_run_set_reliable(&request->run, leaves);
    if (leaves) {
        ikl_run_reconnected(&request->run, now);
        send_again(sa, request, IKL_ATTEMPT_RECONNECTED, waited, now);
    }
}

void ikl_request_reconnected(struct ikl_sa *sa, bool leave, ikl_time now)
{
    for (struct ikl_request *request = ikl_sa_first_sent(sa); request != NULL;
         request = ikl_sa_next_sent(sa, request)) {
        reconnect(sa, request, leave, now);
    }
}

void ikl_request_resend(struct ikl_sa *sa, ikl_time now)
{
    sa->resend = false;
    for (struct ikl_request *request = ikl_sa_first_sent(sa); request != NULL;
         request = ikl_sa_next_sent(sa, request)) {
        bool waited = request->run.blocked;

        if (!request->attempt_untold && !ikl_is_reliable(request->run.reliable)) {
            ikl_run_resend(&request->run, now);
            send_again(sa, request, IKL_ATTEMPT_RESENT, waited, now);
        }
    }
}

int ikl_decide_resend(struct ikl_sa *sa, ikl_time now)
{
    if (!ikl_sa_may(sa, IKL_SA_MAY_ACT)) {
        return IKL_ERR_STATE;
    }
    if (!ikl_sa_is_waiting(sa)) {
        return IKL_ERR_NOT_FOUND;
    }
    if (ikl_sa_take_chance(sa)) {
        ikl_request_resend(sa, now);
    } else {
        sa->resend = true; /* by the next tick, which is due now */
        ikl_sa_set_due(sa);
    }
    return IKL_OK;
}
