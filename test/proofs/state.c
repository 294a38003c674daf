/* SPDX-License-Identifier: ISC */
/* Whatever happens to an IKE SA, its state goes on or stays: never back, to DEAD only by way of DYING, and no further.
 * What may only be asked changes nothing. A change is one entry in the history, one mark, and one change of its share;
 * where nothing may happen there is none of them.
 *
 * bounds: none: all states, all inputs
 * fault: lib/sa/state.c s/\[IKL_SA_FINISH\] = DEAD/[IKL_SA_FINISH] = DELETING/ */
#include "proof.h"

#include "sa/state.c"

static struct ikl_sa sa;
static unsigned n_noted, n_marked, n_left, n_entered;
static unsigned state_left, state_entered;

void ikl_share_leave(struct ikl_sa *which)
{
    n_left++;
    state_left = which->state;
}

void ikl_share_enter(struct ikl_sa *which)
{
    n_entered++;
    state_entered = which->state;
}

void ikl_history_add_event(struct ikl_sa *which, struct ikl_event event)
{
    prove(event.kind == IKL_EVENT_STATE && event.detail == (int)which->state);
    n_noted++;
}

void ikl_history_add_chatter(struct ikl_sa *which, struct ikl_event event)
{
    (void)which;
    (void)event;
    prove(false);
}

void ikl_sa_mark_state(struct ikl_sa *which, enum ikl_sa_state state)
{
    prove(state == ikl_sa_state(which));
    n_marked++;
}

int main(void)
{
    unsigned before = nondet_u8() % IKL_SA_STATES;
    enum ikl_sa_input input = (enum ikl_sa_input)(nondet_u8() % IKL_SA_INPUTS);
    bool may, is_question = input >= IKL_SA_MAY_CONNECT;
    int next = ikl_sa_next_state((enum ikl_sa_state)before, input);

    prove(next == IKL_ERR_STATE || (next >= (int)before && next < IKL_SA_STATES));
    prove(next != IKL_SA_DEAD || (before == IKL_SA_DYING && input == IKL_SA_FINISH));
    prove(next != IKL_SA_DYING || (before < IKL_SA_DYING && input == IKL_SA_END));
    prove((next == (int)before) == (next != IKL_ERR_STATE && is_question));
    prove((before < IKL_SA_DYING) == (ikl_sa_next_state((enum ikl_sa_state)before, IKL_SA_END) == IKL_SA_DYING));
    sa.state = before & 7u;
    may = ikl_sa_may(&sa, input);
    prove(may == (next != IKL_ERR_STATE) && sa.state == before);
    ikl_sa_enter(&sa, input, nondet_u64());
    prove(sa.state == (may ? (unsigned)next : before));
    prove(n_noted == may && n_marked == may && n_left == may && n_entered == may);
    prove(!may || (state_left == before && state_entered == sa.state));
    return 0;
}
