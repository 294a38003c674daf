/* SPDX-License-Identifier: ISC */
/* When an IKE SA ends, the host is told in this order: all outcomes, DYING, all Child SAs, DEAD, `down`; each of them
 * once. What would come too early waits: DYING for outcomes, `down` for everything else. Callbacks run only between
 * decisions, and may decide that the IKE SA or a request ends.
 *
 * bounds: each step of telling by itself, from any facts; two outcomes, two Child SAs, one decision inside callbacks.
 * What the lists of requests and Child SAs hold is counted alone
 * each: -DFACT=IKL_FACT_OUTCOME -DFACT=IKL_FACT_PEER_DELETES -DFACT=IKL_FACT_STATE -DFACT=IKL_FACT_CHILD_DOWN
 * each: -DFACT=IKL_FACT_DOWN
 * cbmc: --unwind 9
 * fault: -DFACT=IKL_FACT_DOWN lib/sa/report.c s/if (sa->marks.facts != 0)/if (false)/
 * fault: -DFACT=IKL_FACT_STATE lib/sa/report.c s/if (state == IKL_SA_DYING/if (false/
 * fault: -DFACT=IKL_FACT_CHILD_DOWN lib/sa/report.c s/ikl_sa_release_gone(sa, child);//
 * fault: -DFACT=IKL_FACT_OUTCOME lib/sa/report.c s/ikl_request_outcome_told(request);// */
#include "proof.h"

#include "sa/marks.c"
#include "sa/report.c"

static struct ikl_endpoint endpoint;
static struct ikl_sa sa;
static uint8_t *chunk = (uint8_t *)&sa;
static struct ikl_own_request request;
static struct ikl_child child;
static unsigned n_outcomes, n_living, n_gone; /* yet to be told */
static unsigned n_decisions, n_downs, n_children_told;
static bool is_child_told, was_dying_told;

/* What is in the lists: as outcome proves of requests. */
struct ikl_request *ikl_sa_untold_outcome(struct ikl_sa *which)
{
    (void)which;
    request.request.outcome_untold = n_outcomes > 0;
    return n_outcomes > 0 ? &request.request : NULL;
}

void ikl_request_tidy(struct ikl_sa *which, struct ikl_request *tidied)
{
    (void)which;
    prove(tidied == &request.request);
}

struct ikl_outcome ikl_request_outcome(const struct ikl_request *told)
{
    (void)told;
    return (struct ikl_outcome){.request = told};
}

struct ikl_child *ikl_sa_first_gone(const struct ikl_sa *which)
{
    (void)which;
    return n_gone > 0 ? &child : NULL;
}

struct ikl_child *ikl_sa_first_child(const struct ikl_sa *which)
{
    (void)which;
    return n_living > 0 ? &child : NULL;
}

void ikl_sa_child_gone(struct ikl_sa *which, struct ikl_child *gone, enum ikl_down_reason reason)
{
    prove(which == &sa && gone == &child && n_living > 0);
    child.reason = (unsigned)reason & 15u;
    n_living--;
    n_gone++;
    ikl_sa_mark(&sa, IKL_FACT_CHILD_DOWN);
}

void ikl_sa_release_gone(const struct ikl_sa *which, struct ikl_child *gone)
{
    prove(which == &sa && gone == &child && is_child_told);
    is_child_told = false;
    n_gone--;
}

/* As state proves. */
void ikl_sa_finish(struct ikl_sa *which, ikl_time now)
{
    (void)now;
    prove(which == &sa && sa.state == IKL_SA_DYING);
    sa.state = IKL_SA_DEAD;
    ikl_sa_mark_state(&sa, IKL_SA_DEAD);
}

struct ikl_down ikl_sa_verdict(struct ikl_sa *which)
{
    (void)which;
    return (struct ikl_down){.reason = ikl_marks_reason(&sa.marks), .at = sa.ended};
}

/* As ikl_sa_end says: all requests have their outcomes. */
static void end(void)
{
    if (sa.state < IKL_SA_DYING) {
        n_outcomes += nondet_bool();
        if (n_outcomes > 0) {
            ikl_sa_mark(&sa, IKL_FACT_OUTCOME);
        }
        sa.state = IKL_SA_DYING;
        ikl_sa_mark_state(&sa, IKL_SA_DYING);
        ikl_sa_mark_end(&sa, (enum ikl_down_reason)(nondet_u8() % (IKL_DOWN_CRASHED + 1)));
    }
}

/* The host may call the library. */
static void be_called(const struct ikl_sa *which)
{
    prove(which == &sa && !endpoint.deciding && n_downs == 0);
    if (n_decisions > 0 && nondet_bool()) {
        n_decisions--;
        if (nondet_bool()) {
            end();
        } else if (sa.state < IKL_SA_DYING) {
            n_outcomes++;
            ikl_sa_mark(&sa, IKL_FACT_OUTCOME);
        }
    }
}

static void on_outcome(void *user, struct ikl_sa *which, const struct ikl_outcome *outcome)
{
    (void)user;
    prove(outcome->request == &request.request && !request.request.outcome_untold);
    prove(n_outcomes > 0 && !was_dying_told);
    n_outcomes--;
    be_called(which);
}

static void on_state(void *user, struct ikl_sa *which, enum ikl_sa_state state)
{
    (void)user;
    prove(state != IKL_SA_DYING || (n_outcomes == 0 && !was_dying_told));
    prove(state != IKL_SA_DEAD || (was_dying_told && n_outcomes + n_living + n_gone == 0));
    was_dying_told = was_dying_told || state == IKL_SA_DYING;
    be_called(which);
}

static void on_peer_deletes(void *user, struct ikl_sa *which)
{
    (void)user;
    be_called(which);
}

static void on_child_down(void *user, struct ikl_sa *which, struct ikl_child *gone, const struct ikl_down *down)
{
    (void)user;
    prove(gone == &child && n_gone > 0 && !is_child_told && down != NULL);
    is_child_told = true;
    n_children_told++;
    be_called(which);
}

static void on_down(void *user, struct ikl_sa *which, const struct ikl_down *down)
{
    (void)user;
    prove(down->reason == ikl_marks_reason(&sa.marks));
    be_called(which);
    prove(sa.state == IKL_SA_DEAD && was_dying_told && n_outcomes + n_living + n_gone == 0);
    n_downs++;
}

void ikl_sa_end_deleted(struct ikl_sa *which, ikl_time now)
{
    (void)now;
    prove(which == &sa && endpoint.deciding);
    end();
}

void ikl_sa_rearm(struct ikl_sa *which, ikl_time now)
{
    (void)which;
    (void)now;
}

const struct ikl_event *ikl_history_in_order(struct ikl_sa *which, size_t *n)
{
    (void)which;
    *n = 0;
    return NULL;
}

/* As `tell` does, which takes the mark away before. */
static void tell_fact(ikl_time now)
{
    uint16_t others;

    sa.marks.facts &= (uint16_t)~FACT;
    others = sa.marks.facts;
    switch (FACT) {
    case IKL_FACT_OUTCOME:
        tell_outcomes(&sa, now);
        prove(n_outcomes == 0 && n_children_told == 0 && n_downs == 0);
        break;
    case IKL_FACT_PEER_DELETES:
        tell_peer_deletes(&sa, now);
        prove(sa.state == IKL_SA_DYING && n_outcomes == 0 && n_children_told == 0 && n_downs == 0);
        break;
    case IKL_FACT_STATE:
        tell_states(&sa, now);
        prove(sa.marks.states == 0 || (n_outcomes > 0 && ikl_marks_has(&sa.marks, IKL_FACT_STATE)));
        prove(n_children_told == 0 && n_downs == 0);
        break;
    case IKL_FACT_CHILD_DOWN:
        tell_children(&sa, now);
        prove(n_gone == 0 && n_downs == 0);
        break;
    default:
        tell_down(&sa, now);
        prove((n_downs == 1) == (others == 0) && (sa.state == IKL_SA_DEAD) == (others == 0));
        prove(others == 0 || (n_children_told == 0 && sa.marks.facts == (others | IKL_FACT_DOWN)));
        prove(others != 0 || n_outcomes + n_living + n_gone == 0);
    }
    prove(!endpoint.deciding);
}

int main(void)
{
    endpoint.sas = (struct ikl_slab){.chunks = &chunk, .item_size = sizeof(sa), .n_chunks = 1};
    endpoint.callbacks = (struct ikl_callbacks){.outcome = on_outcome,
                                                .state = on_state,
                                                .peer_deletes = on_peer_deletes,
                                                .child_down = on_child_down,
                                                .down = on_down};
    endpoint.first_told = IKL_NONE;
    sa = (struct ikl_sa){.endpoint = &endpoint, .state = nondet_u8() % IKL_SA_DEAD, .marks = {.next = IKL_NONE}};
    sa.marks.facts = nondet_u16() & (2u * IKL_FACT_DOWN - 1u);
    sa.marks.states = nondet_u8() & (uint8_t)(2u * (1u << sa.state) - 1u);
    n_outcomes = (unsigned)any_up_to(2);
    n_living = (unsigned)any_up_to(2);
    n_gone = (unsigned)any_up_to(2);
    n_decisions = (unsigned)any_up_to(1);
    suppose(n_living + n_gone <= 2);
    /* what is marked is there, and the other way round */
    suppose(((sa.marks.facts & IKL_FACT_OUTCOME) != 0) == (n_outcomes > 0));
    suppose(((sa.marks.facts & IKL_FACT_CHILD_DOWN) != 0) == (n_gone > 0));
    suppose(((sa.marks.facts & IKL_FACT_STATE) != 0) == (sa.marks.states != 0));
    suppose(FACT == IKL_FACT_DOWN ? sa.state == IKL_SA_DYING : (sa.marks.facts & FACT) != 0);
    was_dying_told = sa.state == IKL_SA_DYING && (sa.marks.states >> IKL_SA_DYING & 1) == 0;
    suppose(!was_dying_told || n_outcomes == 0);
    tell_fact(nondet_u64());
    return 0;
}
