/* SPDX-License-Identifier: ISC */
/* ikelive sa: the states of an IKE SA: what may happen to it in each, and which state follows. No other file writes the
 * state. */
#include "state.h"
#include "event.h"

#include "sa.h"

/* What a cell says: the next state, or that this cannot happen; cells not written below say the latter too. */
enum cell { NO, CONNECTING, ESTABLISHED, REKEYED, DELETING, DYING, DEAD };

static const uint8_t table[IKL_SA_STATES][IKL_SA_INPUTS] = {
    [IKL_SA_CONNECTING] = {[IKL_SA_ESTABLISH] = ESTABLISHED,
                           [IKL_SA_DELETE] = DELETING,
                           [IKL_SA_END] = DYING,
                           [IKL_SA_MAY_CONNECT] = CONNECTING,
                           [IKL_SA_MAY_REQUEST] = CONNECTING,
                           [IKL_SA_MAY_ADD_CHILD] = CONNECTING,
                           [IKL_SA_MAY_ACT] = CONNECTING},
    [IKL_SA_ESTABLISHED] = {[IKL_SA_REPLACE] = REKEYED,
                            [IKL_SA_DELETE] = DELETING,
                            [IKL_SA_END] = DYING,
                            [IKL_SA_MAY_REQUEST] = ESTABLISHED,
                            [IKL_SA_MAY_PROBE] = ESTABLISHED,
                            [IKL_SA_MAY_ADD_CHILD] = ESTABLISHED,
                            [IKL_SA_MAY_DELETE_CHILDREN] = ESTABLISHED,
                            [IKL_SA_MAY_ACT] = ESTABLISHED},
    [IKL_SA_REKEYED] = {[IKL_SA_END] = DYING, [IKL_SA_MAY_ACT] = REKEYED},
    [IKL_SA_DELETING] = {[IKL_SA_END] = DYING, [IKL_SA_MAY_ACT] = DELETING},
    [IKL_SA_DYING] = {[IKL_SA_FINISH] = DEAD},
};

int ikl_sa_next_state(enum ikl_sa_state state, enum ikl_sa_input input)
{
    uint8_t cell = table[state][input];

    return cell != NO ? cell - 1 : IKL_ERR_STATE;
}

bool ikl_sa_may(const struct ikl_sa *sa, enum ikl_sa_input input)
{
    return table[sa->state][input] != NO;
}

void ikl_sa_resume_state(struct ikl_sa *sa, enum ikl_sa_state state)
{
    ikl_share_leave(sa);
    sa->state = (unsigned)state & 7u;
    ikl_share_enter(sa);
}

void ikl_sa_enter(struct ikl_sa *sa, enum ikl_sa_input input, ikl_time now)
{
    int state = ikl_sa_next_state((enum ikl_sa_state)sa->state, input);

    if (state < 0) {
        return;
    }
    ikl_sa_resume_state(sa, (enum ikl_sa_state)state);
    ikl_history_add(sa, IKL_EVENT_STATE, IKL_MESSAGE_ID_NONE, state, now);
    ikl_sa_mark_state(sa, (enum ikl_sa_state)state);
}

enum ikl_sa_state ikl_sa_state(const struct ikl_sa *sa)
{
    return (enum ikl_sa_state)sa->state;
}
