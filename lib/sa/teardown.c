/* SPDX-License-Identifier: ISC */
/* ikelive sa: the end of an IKE SA: DYING, then DEAD. Everything is reported once, Child SAs first. */
#include "ending.h"
#include "evidence.h"
#include "hand.h"
#include "reachability.h"
#include "syncing.h"

/* Gives up all that the IKE SA needs no more; nobody finds it any more. */
static void unlink_sa(struct ikl_sa *sa)
{
    struct ikl_endpoint *endpoint = sa->endpoint;

    ikl_spi_table_remove(&endpoint->spis, ikl_sa_own_spi(sa), sa->self);
    ikl_wheel_stop(endpoint->wheel, sa->self);
    ikl_key_change_end(sa);
    ikl_sa_release_responses(sa);
    ikl_sa_drop_fragments(sa);
    ikl_sa_disown_forebears(sa);
    ikl_beside_remove(&endpoint->tokens, ikl_sa_own_spi(sa));
    ikl_sa_forget_sync(sa);
    ikl_beside_remove(&endpoint->kept, ikl_sa_own_spi(sa));
    ikl_sa_wipe_keys(sa);
}

/* Whether a request is a Delete of Child SAs that moved to the heir. */
static bool follows_children(const struct ikl_sa *sa, const struct ikl_own_request *own)
{
    return ikl_sa_heir(sa) != NULL && ikl_request_has_children(own);
}

/* Ends every request that is left; `given_up` timed out. True when one will follow its Child SAs instead. */
static bool end_requests(struct ikl_sa *sa, struct ikl_request *given_up)
{
    struct ikl_own_request *own = ikl_request_at(sa->endpoint, sa->first_request);
    bool follows = false;

    while (own != NULL) {
        struct ikl_own_request *next = ikl_request_after(sa->endpoint, own);

        if (own->request.state != IKL_REQUEST_ENDED && follows_children(sa, own)) {
            follows = true;
        } else if (own->request.state != IKL_REQUEST_ENDED) {
            ikl_request_end(sa, &own->request, &own->request == given_up ? IKL_OUTCOME_TIMED_OUT : IKL_OUTCOME_SA_GONE);
        }
        own = next;
    }
    if (sa->probe.state == IKL_REQUEST_SENT) {
        ikl_request_end(sa, &sa->probe, IKL_OUTCOME_SA_GONE);
    }
    return follows;
}

void ikl_sa_end(struct ikl_sa *sa, enum ikl_down_reason reason, struct ikl_request *given_up, ikl_time now)
{
    (void)ikl_sa_evidence(sa, now); /* the verdict knows no later one */
    if (given_up != NULL) {
        ikl_request_set_given_up(given_up, reason == IKL_DOWN_TIMEOUT);
    }
    if (end_requests(sa, given_up)) {
        ikl_sa_mark(sa, IKL_FACT_HAND_ON);
    } else {
        ikl_sa_leave_heir(sa);
    }
    ikl_sa_bury(sa, reason, now);
    unlink_sa(sa);
    sa->ended = now;
    ikl_sa_enter(sa, IKL_SA_END, now);
    if (reason != IKL_DOWN_REKEYED) {
        ikl_sa_set_reachability(sa, IKL_REACHABILITY_DOWN, now);
    }
    ikl_sa_mark_end(sa, reason);
    ikl_hand_drop(sa);
}

struct ikl_down ikl_sa_verdict(struct ikl_sa *sa)
{
    const struct ikl_request *given_up = ikl_sa_given_up(sa);
    struct ikl_down down = {.reason = ikl_marks_reason(&sa->marks), .at = sa->ended, .last_evidence = sa->idle.heard};

    if (given_up != NULL) {
        down.exchange_type = given_up->exchange_type;
        down.message_id = given_up->run.message_id;
        down.sends = given_up->run.sends;
        down.first_sent = given_up->run.first_sent;
        down.heard_since_last_send =
            down.last_evidence > ikl_run_last_sent(&given_up->run) && down.last_evidence > sa->established;
    }
    return down;
}

void ikl_sa_finish(struct ikl_sa *sa, ikl_time now)
{
    struct ikl_request *given_up = ikl_sa_given_up(sa);

    if (given_up != NULL) {
        ikl_request_set_given_up(given_up, false);
        ikl_request_tidy(sa, given_up);
    }
    ikl_group_leave(sa->endpoint, sa->group);
    ikl_sa_enter(sa, IKL_SA_FINISH, now);
}

void ikl_decide_close(struct ikl_sa *sa, ikl_time now)
{
    if (ikl_sa_may(sa, IKL_SA_END)) {
        ikl_sa_end(sa, ikl_sa_closing_reason(sa), NULL, now);
    }
}

void ikl_sa_abandon(struct ikl_sa *sa, ikl_time now)
{
    sa->freed = true;
    ikl_decide_close(sa, now);
    sa->next_freed = sa->endpoint->first_freed;
    sa->endpoint->first_freed = sa->self;
}

void ikl_sa_release(struct ikl_sa *sa)
{
    if (sa->extra != IKL_NONE) {
        ikl_slab_give(&sa->endpoint->extras, sa->extra);
    }
    ikl_endpoint_drop_keying(sa->endpoint, sa->keying);
    ikl_slab_give(&sa->endpoint->sas, sa->self);
}
