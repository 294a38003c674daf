/* SPDX-License-Identifier: ISC */
/* ikelive sa: telling the host what was decided. This file alone calls the callbacks that are told. It runs when the
 * outermost call into the library has made its decisions and all state is whole, so a callback may call whatever it
 * likes: that only decides, and what it decides is told later in the same call.
 *
 * The IKE SAs with marks are told one after the other, first in, first out. One pass over an IKE SA tells its facts in
 * the order of enum ikl_fact. A fact noted meanwhile is told in the same pass if its kind is still to come, else in the
 * next one, behind the other IKE SAs. `down` waits for these, so that it is told last.
 *
 * Two decisions depend on what the host does when it is told, and are made in between: on the peer's Delete of the IKE
 * SA, and on requests of the peer's that waited for their turn. */
#include "bits.h"
#include "ending.h"
#include "evidence.h"
#include "exhaustion.h"
#include "hand.h"
#include "monitored.h"
#include "syncing.h"

/* Begins a decision that waited for the host. */
static void decide(struct ikl_endpoint *endpoint)
{
    endpoint->deciding = true;
}

/* Ends that decision, and sees to what is due earlier by it. */
static void decided(struct ikl_sa *sa, ikl_time now)
{
    sa->endpoint->deciding = false;
    if (ikl_sa_is_due(sa)) {
        ikl_sa_rearm(sa, now);
    }
}

/* Lets Deletes of Child SAs that moved go on where those are. */
static void hand_on(struct ikl_sa *sa, ikl_time now)
{
    struct ikl_sa *heir;

    decide(sa->endpoint);
    heir = ikl_sa_hand_on(sa, now);
    decided(heir != NULL ? heir : sa, now);
}

static void tell_attempt(struct ikl_sa *sa, const struct ikl_request *request)
{
    if (sa->endpoint->callbacks.attempt != NULL) {
        struct ikl_attempt attempt = ikl_request_attempt(sa, request);

        sa->endpoint->callbacks.attempt(sa->endpoint->user, sa, &attempt);
    }
}

static void tell_attempts(struct ikl_sa *sa, ikl_time now)
{
    struct ikl_request *request;

    (void)now;
    while ((request = ikl_sa_untold_attempt(sa)) != NULL) {
        ikl_request_attempt_told(request);
        tell_attempt(sa, request);
        ikl_request_tidy(sa, request);
    }
}

/* Tells what came with the datagram, up to the outcome. */
static void tell_peer_heard(struct ikl_sa *sa)
{
    struct ikl_endpoint *endpoint = sa->endpoint;
    const struct ikl_hand *hand = &endpoint->hand;

    if (hand->has_address && endpoint->callbacks.address != NULL) {
        endpoint->callbacks.address(endpoint->user, sa, &hand->address);
    }
    if (hand->has_alive && endpoint->callbacks.alive != NULL) {
        endpoint->callbacks.alive(endpoint->user, sa, &hand->alive);
    }
}

/* The outcome of a request; the answer in hand belongs to one request. */
static struct ikl_outcome outcome_of(const struct ikl_sa *sa, const struct ikl_request *request)
{
    const struct ikl_hand *hand = &sa->endpoint->hand;
    struct ikl_outcome outcome = ikl_request_outcome(request);

    if (hand->sa == sa && hand->answered == request) {
        outcome.status = hand->alive.status;
        outcome.error = hand->alive.error;
        outcome.first_payload = hand->alive.first_payload;
        outcome.plaintext = hand->alive.plaintext;
        outcome.int_auth = outcome.exchange_type == IKL_IKE_INTERMEDIATE ? &hand->int_auth : NULL;
    }
    return outcome;
}

static void tell_outcomes(struct ikl_sa *sa, ikl_time now)
{
    struct ikl_endpoint *endpoint = sa->endpoint;
    struct ikl_request *request;

    (void)now;
    sa->marks.facts &= (uint16_t)~IKL_FACT_OUTCOME;
    while ((request = ikl_sa_untold_outcome(sa)) != NULL) {
        struct ikl_outcome outcome = outcome_of(sa, request);

        ikl_request_outcome_told(request);
        if (endpoint->callbacks.outcome != NULL) {
            endpoint->callbacks.outcome(endpoint->user, sa, &outcome);
        }
        ikl_request_tidy(sa, request);
    }
}

/* Tells what the peer asks or offers. */
static void tell_peer_asks(struct ikl_sa *sa)
{
    struct ikl_endpoint *endpoint = sa->endpoint;
    const struct ikl_hand *hand = &endpoint->hand;

    if (hand->has_init_response && endpoint->callbacks.init_response != NULL) {
        endpoint->callbacks.init_response(endpoint->user, sa, &hand->init_response);
    }
    if (hand->has_peer_request) {
        endpoint->callbacks.peer_request(endpoint->user, sa, &hand->peer_request);
    }
}

static void tell_synced(struct ikl_sa *sa, ikl_time now)
{
    (void)now;
    if (sa->endpoint->callbacks.synced != NULL) {
        struct ikl_synced synced = ikl_sa_synced(sa);

        sa->endpoint->callbacks.synced(sa->endpoint->user, sa, &synced);
    }
}

static void tell_peer_deletes(struct ikl_sa *sa, ikl_time now)
{
    if (!ikl_sa_is_ours_to_end(sa) && sa->endpoint->callbacks.peer_deletes != NULL) {
        sa->endpoint->callbacks.peer_deletes(sa->endpoint->user, sa);
    }
    decide(sa->endpoint);
    ikl_sa_end_deleted(sa, now);
    decided(sa, now);
    tell_outcomes(sa, now);
}

static void tell_states(struct ikl_sa *sa, ikl_time now)
{
    (void)now;
    for (unsigned state = 0; sa->marks.states >> state != 0; state++) {
        if (state == IKL_SA_DYING && (sa->marks.facts & IKL_FACT_OUTCOME) != 0) {
            ikl_sa_mark(sa, IKL_FACT_STATE); /* after the outcomes, in the next pass */
            return;
        }
        if ((sa->marks.states >> state & 1) != 0) {
            sa->marks.states &= (uint8_t) ~(1u << state);
            if (sa->endpoint->callbacks.state != NULL) {
                sa->endpoint->callbacks.state(sa->endpoint->user, sa, (enum ikl_sa_state)state);
            }
        }
    }
}

static void tell_reachability(struct ikl_sa *sa, ikl_time now)
{
    struct ikl_reachability_change change = {
        .reachability = (enum ikl_reachability)sa->reachability, .generation = sa->generation, .at = now};

    if ((sa->marks.states >> IKL_SA_DYING & 1) != 0) {
        ikl_sa_mark(sa, IKL_FACT_REACHABILITY); /* after that state, which waits for outcomes */
        return;
    }
    sa->endpoint->callbacks.reachability(sa->endpoint->user, sa, &change);
}

static void tell_outage(struct ikl_sa *sa, ikl_time now)
{
    struct ikl_endpoint *endpoint = sa->endpoint;
    struct ikl_outage outage;

    (void)now;
    if (ikl_group_tell(endpoint, sa->group, &outage) && endpoint->callbacks.outage != NULL) {
        endpoint->callbacks.outage(endpoint->user, &outage);
    }
}

static void tell_exhaustion(struct ikl_sa *sa, ikl_time now)
{
    (void)now;
    for (unsigned what = 0; what <= IKL_EXHAUSTION_IVS; what++) {
        if (ikl_sa_take_exhaustion(sa, (enum ikl_exhaustion)what) && sa->endpoint->callbacks.exhaustion != NULL) {
            sa->endpoint->callbacks.exhaustion(sa->endpoint->user, sa, (enum ikl_exhaustion)what);
        }
    }
}

static struct ikl_monitor_change change_of(const struct ikl_sa *sa, const struct ikl_monitoring *monitoring,
                                           unsigned todo, ikl_time now)
{
    const struct ikl_monitor *monitor = &monitoring->monitor;
    enum ikl_monitor_state state = (enum ikl_monitor_state)monitor->state;

    return (struct ikl_monitor_change){.state = state,
                                       .generation = monitor->generation,
                                       .finding = ikl_monitor_find(state, sa->reachability != IKL_REACHABILITY_UP),
                                       .unanswered = (todo & IKL_MONITOR_UNANSWERED) != 0,
                                       .renew = (todo & IKL_MONITOR_RENEW) != 0,
                                       .damped = (todo & IKL_MONITOR_DAMPED) != 0,
                                       .recover = ikl_monitor_recover(monitor, monitoring->config),
                                       .at = now};
}

static void tell_monitor(struct ikl_sa *sa, struct ikl_child *child, unsigned todo, ikl_time now)
{
    const struct ikl_endpoint *endpoint = sa->endpoint;

    if (endpoint->callbacks.monitor != NULL) {
        struct ikl_monitor_change change = change_of(sa, ikl_monitoring_of(sa, child), todo, now);

        endpoint->callbacks.monitor(endpoint->user, sa, child, &change);
    }
}

static void tell_monitors(struct ikl_sa *sa, ikl_time now)
{
    struct ikl_child *child;
    unsigned todo;

    ikl_monitoring_begin_to_tell(sa);
    while (sa->state == IKL_SA_ESTABLISHED && (child = ikl_monitoring_untold(sa, &todo)) != NULL) {
        tell_monitor(sa, child, todo, now);
    }
    sa->endpoint->next_told = IKL_NONE;
}

/* With a Child SA that goes with its IKE SA the whole verdict is told, with others only the reason. */
static struct ikl_down down_of(const struct ikl_sa *sa, const struct ikl_child *child, const struct ikl_down *verdict)
{
    bool goes_too = ikl_sa_is_gone(sa);

    if (goes_too && ikl_child_reason(child) == verdict->reason) {
        return *verdict;
    }
    return (struct ikl_down){.reason = ikl_child_reason(child),
                             .at = goes_too ? verdict->at : sa->endpoint->now,
                             .last_evidence = verdict->last_evidence};
}

static void tell_child(struct ikl_sa *sa, struct ikl_child *child, const struct ikl_down *verdict)
{
    struct ikl_down down = down_of(sa, child, verdict);

    down.events = ikl_history_in_order(sa, &down.n_events);
    if (sa->endpoint->callbacks.child_down != NULL) {
        sa->endpoint->callbacks.child_down(sa->endpoint->user, sa, child, &down);
    }
    ikl_sa_release_gone(sa, child);
}

static void tell_children(struct ikl_sa *sa, ikl_time now)
{
    struct ikl_down verdict = ikl_sa_verdict(sa);
    struct ikl_child *child;

    (void)now;
    while ((child = ikl_sa_first_gone(sa)) != NULL) {
        tell_child(sa, child, &verdict);
    }
}

/* The Child SAs that are left go with their IKE SA, one after the other. */
static void tell_down(struct ikl_sa *sa, ikl_time now)
{
    struct ikl_down down = ikl_sa_verdict(sa);
    struct ikl_child *child;

    if (sa->marks.facts != 0) {
        ikl_sa_mark(sa, IKL_FACT_DOWN); /* after everything else */
        return;
    }
    while ((child = ikl_sa_first_child(sa)) != NULL) {
        ikl_sa_child_gone(sa, child, down.reason);
        tell_child(sa, child, &down);
    }
    ikl_sa_finish(sa, now);
    tell_states(sa, now);
    sa->marks.facts &= (uint16_t)~IKL_FACT_STATE;
    down.events = ikl_history_in_order(sa, &down.n_events);
    if (sa->endpoint->callbacks.down != NULL) {
        sa->endpoint->callbacks.down(sa->endpoint->user, sa, &down);
    }
}

/* Tells what came in hand, with the outcome of the request that it answers; then makes the decisions that waited for
 * it. */
static void tell_in_hand(struct ikl_sa *sa, ikl_time now)
{
    tell_peer_heard(sa);
    if ((sa->marks.facts & IKL_FACT_OUTCOME) != 0) {
        tell_outcomes(sa, now);
    }
    tell_peer_asks(sa);
    ikl_hand_release(sa->endpoint);
    decide(sa->endpoint);
    ikl_sa_take_turns(sa, now);
    decided(sa, now);
}

/* One pass over an IKE SA. */
static void tell(struct ikl_sa *sa, ikl_time now)
{
    /* in the order of enum ikl_fact */
    static void (*const tellers[])(struct ikl_sa * sa, ikl_time now) = {
        hand_on,           tell_attempts, tell_in_hand,    tell_outcomes, tell_synced,   tell_peer_deletes, tell_states,
        tell_reachability, tell_outage,   tell_exhaustion, tell_monitors, tell_children, tell_down};
    uint32_t facts, to_come = UINT32_MAX;

    while ((facts = sa->marks.facts & to_come) != 0) {
        uint32_t fact = facts & (~facts + 1);

        to_come = ~(2 * fact - 1);
        sa->marks.facts ^= (uint16_t)fact;
        tellers[ikl_lowest_bit(fact)](sa, now);
    }
}

static void tell_unmatched(struct ikl_endpoint *endpoint)
{
    const struct ikl_unmatched *unmatched = &endpoint->unmatched;
    const struct ikl_path *path = unmatched->path;

    if (path == NULL) {
        return;
    }
    endpoint->unmatched.path = NULL;
    if (endpoint->callbacks.unmatched != NULL) {
        endpoint->callbacks.unmatched(endpoint->user, path, &unmatched->header, unmatched->datagram.data,
                                      unmatched->datagram.len);
    }
}

void ikl_report(struct ikl_endpoint *endpoint, ikl_time now)
{
    endpoint->deciding = false;
    endpoint->marks_attempts = true; /* in their turn among what callbacks decide */
    tell_unmatched(endpoint);
    while (endpoint->first_told != IKL_NONE) {
        struct ikl_sa *sa = ikl_slab_at(&endpoint->sas, endpoint->first_told);

        endpoint->first_told = sa->marks.next;
        sa->marks.listed = false;
        tell(sa, now);
    }
    endpoint->marks_attempts = endpoint->callbacks.attempt != NULL;
    endpoint->deciding = true;
}
