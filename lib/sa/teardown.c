/* ikelive sa: the way down and out: DYING, then DEAD, each thing reported once, Child SAs first.
 * SPDX-License-Identifier: ISC */
#include "sa.h"

void ikl_sa_enter_state(struct ikl_sa *sa, enum ikl_sa_state state, ikl_time now)
{
    ikl_share_leave(sa);
    sa->state = (uint8_t)state;
    ikl_share_enter(sa);
    ikl_history_add(sa, IKL_EVENT_STATE, IKL_MESSAGE_ID_NONE, (int)state, now);
    if (sa->endpoint->callbacks.state != NULL) {
        sa->endpoint->callbacks.state(sa->endpoint->user, sa, state);
    }
}

static struct ikl_down verdict(struct ikl_sa *sa, enum ikl_down_reason reason, const struct ikl_outgoing *given_up,
                               ikl_time now)
{
    struct ikl_down down = {.reason = reason, .at = now, .last_evidence = ikl_sa_latest_evidence(sa, now)};

    if (given_up != NULL) {
        down.exchange = given_up->run.type;
        down.message_id = given_up->run.message_id;
        down.sends = ikl_exchange_sends(&given_up->run);
        down.first_sent = given_up->run.first_sent;
        down.heard_since_last_send =
            down.last_evidence > ikl_exchange_last_sent(&given_up->run) && down.last_evidence > sa->established;
    }
    return down;
}

/* Everything that can be given back before the reports: nobody finds the IKE SA any more. */
static void unlink_sa(struct ikl_sa *sa)
{
    struct ikl_endpoint *endpoint = sa->endpoint;

    ikl_spi_table_remove(&endpoint->spis, ikl_sa_own_spi(sa), sa->self);
    ikl_wheel_stop(endpoint->wheel, sa->self);
    ikl_sa_wipe_keys(sa);
    ikl_sa_release_answers(sa);
    ikl_sa_drop_fragments(sa);
    ikl_sa_disown_forebears(sa);
    ikl_sa_drop_body(sa, sa->probe.stored);
    sa->probe.stored = IKL_NONE;
    sa->probe.state = IKL_OUTGOING_IDLE;
}

static void end_request(struct ikl_sa *sa, struct ikl_own_request *own, const struct ikl_outgoing *given_up)
{
    struct ikl_ended_request ended =
        ikl_outgoing_ended(&own->outgoing, &own->outgoing == given_up ? IKL_OUTCOME_TIMED_OUT : IKL_OUTCOME_SA_GONE);

    ikl_sa_forget_request(sa, own);
    ikl_sa_report_outcome(sa, &ended);
}

/* Every request of the host's that is left ends; `given_up` timed out. A Delete of Child SAs that moved follows them:
 * returns the IKE SA that has it now, or null. */
static struct ikl_sa *end_requests(struct ikl_sa *sa, const struct ikl_outgoing *given_up, ikl_time now)
{
    struct ikl_sa *follows = NULL;

    ikl_sa_report_answer(sa);
    while (sa->first_request != IKL_NONE) {
        struct ikl_own_request *own = ikl_sa_request_at(sa, sa->first_request);
        struct ikl_sa *heir = own->first_child != IKL_NONE ? ikl_sa_heir(sa) : NULL;

        if (heir != NULL) {
            ikl_sa_delete_again(sa, own, heir, now);
            follows = heir;
        }
        if (sa->first_request == own->self) {
            end_request(sa, own, given_up);
        }
    }
    return follows;
}

void ikl_sa_end(struct ikl_sa *sa, enum ikl_down_reason reason, const struct ikl_outgoing *given_up, ikl_time now)
{
    struct ikl_endpoint *endpoint = sa->endpoint;
    struct ikl_down down = verdict(sa, reason, reason == IKL_DOWN_TIMEOUT ? given_up : NULL, now);
    struct ikl_sa *follows;
    struct ikl_child *child;

    unlink_sa(sa);
    ikl_sa_enter_state(sa, IKL_SA_DYING, now);
    follows = end_requests(sa, given_up, now);
    if (reason != IKL_DOWN_REKEYED) {
        ikl_sa_set_reachability(sa, IKL_REACHABILITY_DOWN, now);
    }
    while ((child = ikl_sa_first_child(sa)) != NULL) {
        down.events = ikl_history_in_order(sa, &down.n_events);
        ikl_sa_child_down(sa, child, &down);
    }
    endpoint->n_sas--;
    endpoint->groups[sa->group].n_sas--;
    ikl_sa_enter_state(sa, IKL_SA_DEAD, now);
    down.events = ikl_history_in_order(sa, &down.n_events);
    if (endpoint->callbacks.down != NULL) {
        endpoint->callbacks.down(endpoint->user, sa, &down);
    }
    if (follows != NULL && !ikl_sa_is_gone(follows)) {
        ikl_sa_rearm(follows, now);
        ikl_sa_pump(follows, now);
    }
}

static void close_now(struct ikl_sa *sa, ikl_time now)
{
    if (ikl_sa_is_gone(sa)) {
        return;
    }
    ikl_endpoint_enter(sa->endpoint);
    ikl_sa_end(sa, ikl_sa_closing_reason(sa), NULL, now);
    ikl_endpoint_leave(sa->endpoint);
}

void ikl_sa_close(struct ikl_sa *sa, ikl_time now)
{
    if (!ikl_endpoint_refuses(sa->endpoint, now)) {
        close_now(sa, ikl_endpoint_clock(sa->endpoint, now));
    }
}

void ikl_sa_free(struct ikl_sa *sa)
{
    struct ikl_endpoint *endpoint;

    if (sa == NULL || sa->freed) {
        return;
    }
    endpoint = sa->endpoint;
    ikl_endpoint_enter(endpoint);
    sa->freed = true;
    close_now(sa, endpoint->now);
    sa->first_answer = endpoint->first_freed; /* the answers are gone since it was DYING */
    endpoint->first_freed = sa->self;
    ikl_endpoint_leave(endpoint);
}

void ikl_sa_release(struct ikl_sa *sa)
{
    if (sa->extra != IKL_NONE) {
        ikl_slab_give(&sa->endpoint->extras, sa->extra);
    }
    ikl_endpoint_drop_keying(sa->endpoint, sa->keying);
    ikl_slab_give(&sa->endpoint->sas, sa->self);
}

enum ikl_sa_state ikl_sa_state(const struct ikl_sa *sa)
{
    return (enum ikl_sa_state)sa->state;
}

const char *ikl_sa_state_name(enum ikl_sa_state state)
{
    switch (state) {
    case IKL_SA_CONNECTING:
        return "CONNECTING";
    case IKL_SA_ESTABLISHED:
        return "ESTABLISHED";
    case IKL_SA_REKEYED:
        return "REKEYED";
    case IKL_SA_DELETING:
        return "DELETING";
    case IKL_SA_DYING:
        return "DYING";
    case IKL_SA_DEAD:
        return "DEAD";
    }
    return "?";
}

const char *ikl_down_reason_name(enum ikl_down_reason reason)
{
    switch (reason) {
    case IKL_DOWN_TIMEOUT:
        return "timeout";
    case IKL_DOWN_PEER_DELETED:
        return "deleted by peer";
    case IKL_DOWN_CLOSED:
        return "closed";
    case IKL_DOWN_EXHAUSTED:
        return "exhausted";
    case IKL_DOWN_REKEYED:
        return "rekeyed";
    case IKL_DOWN_PROTOCOL:
        return "protocol error";
    }
    return "?";
}

const char *ikl_outcome_name(enum ikl_outcome_kind kind)
{
    switch (kind) {
    case IKL_OUTCOME_ANSWERED:
        return "answered";
    case IKL_OUTCOME_TIMED_OUT:
        return "timed out";
    case IKL_OUTCOME_CANCELLED:
        return "cancelled";
    case IKL_OUTCOME_SA_GONE:
        return "IKE SA gone";
    }
    return "?";
}
