/* SPDX-License-Identifier: ISC */
/* ikelive sa: warns of sequence numbers that run out, each once. */
#include "exhaustion.h"

#include "ending.h"

static void warn(struct ikl_sa *sa, enum ikl_exhaustion what)
{
    if (!ikl_sa_is_gone(sa)) {
        sa->marks.exhaustions = (sa->marks.exhaustions | 1u << what) & 15u;
        ikl_sa_mark(sa, IKL_FACT_EXHAUSTION);
    }
}

void ikl_sa_warn_of_exhaustion(struct ikl_sa *sa)
{
    if (!sa->told_ids && ikl_sa_ids_run_out(sa, sa->send_window.next)) {
        sa->told_ids = true;
        warn(sa, IKL_EXHAUSTION_MESSAGE_IDS);
    }
    if (!sa->told_peer_ids && ikl_sa_ids_run_out(sa, sa->receive_window.lowest)) {
        sa->told_peer_ids = true;
        warn(sa, IKL_EXHAUSTION_PEER_MESSAGE_IDS);
    }
    if (!sa->told_ivs && ikl_sa_ivs_run_out(sa)) {
        sa->told_ivs = true;
        warn(sa, IKL_EXHAUSTION_IVS);
    }
}

bool ikl_sa_take_exhaustion(struct ikl_sa *sa, enum ikl_exhaustion what)
{
    unsigned bit = 1u << what;
    bool warned = (sa->marks.exhaustions & bit) != 0;

    sa->marks.exhaustions = sa->marks.exhaustions & ~bit & 15u;
    return warned;
}

void ikl_sa_warn_of_last_epoch(struct ikl_sa *sa)
{
    sa->told_ivs = true;
    warn(sa, IKL_EXHAUSTION_IVS);
}
