/* SPDX-License-Identifier: ISC */
/* Whatever happens to a request of ours, the outcome of one of the host's is decided just once, at its end or when it
 * is cancelled before, stays what it was decided to be, and is to be told once; of any other none is. A request that
 * has ended stays so, holds nothing of the pool, and is forgotten just when all of it was told.
 *
 * bounds: none: all requests that may be in the list; all events
 * each: -DEND -DCANCEL -DTOLD=IKL_FACT_OUTCOME -DTOLD=IKL_FACT_ATTEMPT -DTOLD=IKL_FACT_DOWN
 * fault: -DEND lib/sa/request.c s/request->silenced = 1;/request->silenced = request->state == IKL_REQUEST_SENT;/
 * fault: -DCANCEL lib/sa/request.c s/if (request->state == IKL_REQUEST_SENT)/if (true)/
 * fault: -DTOLD=IKL_FACT_ATTEMPT lib/sa/request.c s/ && !request->outcome_untold// */
#include "proof.h"

#include "sa/request.c"
#include "sa/valid.h"

static struct ikl_sa sa;
static struct ikl_own_request own;
static struct ikl_request before;
static unsigned n_released, n_forgotten, n_marked;

void ikl_sa_let_go(struct ikl_sa *which, struct ikl_own_request *request)
{
    prove(which == &sa && request == &own);
    own.request.stored = IKL_NONE;
    n_released++;
}

void ikl_sa_forget_request(struct ikl_sa *which, struct ikl_own_request *request)
{
    prove(which == &sa && request == &own);
    n_forgotten++;
}

void ikl_sa_mark(struct ikl_sa *which, enum ikl_fact fact)
{
    prove(which == &sa && fact == IKL_FACT_OUTCOME);
    n_marked++;
}

static void happen(struct ikl_request *request)
{
#if defined(END)
    ikl_request_end(&sa, request, (enum ikl_outcome_kind)(nondet_u8() % (IKL_OUTCOME_SKIPPED + 1)));
    prove(request->state == IKL_REQUEST_ENDED && n_released == 1);
#elif defined(CANCEL)
    suppose(request->kind == IKL_REQUEST_HOST && !request->silenced); /* as ikl_decide_cancel sees to */
    ikl_request_cancel(&sa, request);
    prove(request->silenced && request->ended == IKL_OUTCOME_CANCELLED);
    prove((before.state == IKL_REQUEST_SENT) == (request->state == IKL_REQUEST_SENT)); /* that goes on */
#else
    switch (TOLD) { /* as report.c and teardown.c do */
    case IKL_FACT_OUTCOME:
        suppose(request->outcome_untold);
        ikl_request_outcome_told(request);
        break;
    case IKL_FACT_ATTEMPT:
        suppose(request->attempt_untold);
        ikl_request_attempt_told(request);
        break;
    default:
        suppose(request->given_up);
        ikl_request_set_given_up(request, false);
    }
    ikl_request_tidy(&sa, request);
    prove(request->state == before.state);
    prove(request->outcome_untold == (TOLD == IKL_FACT_OUTCOME ? 0 : before.outcome_untold));
#endif
}

int main(void)
{
    struct ikl_own_request any;
    struct ikl_request *request = &own.request;
    bool is_decided;

    own = any;
    suppose(ikl_request_is_listed(request));
    before = *request;
    happen(request);
    is_decided = request->silenced && !before.silenced;
    prove(request->silenced || !before.silenced);
    prove(n_marked == is_decided && (!is_decided || request->outcome_untold));
    prove(is_decided || (request->ended == before.ended && request->outcome_untold <= before.outcome_untold));
    prove(request->state == before.state || request->state == IKL_REQUEST_ENDED);
    prove(n_forgotten == (request->state == IKL_REQUEST_ENDED && !ikl_request_is_untold(request)));
    prove(n_forgotten == 1 || ikl_request_is_listed(request));
    return 0;
}
