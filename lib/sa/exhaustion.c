/* SPDX-License-Identifier: ISC */
/* ikelive sa: warns of sequence numbers that run out, each once. */
#include "exhaustion.h"

#include "ending.h"

static void warn(struct ikl_sa *sa, enum ikl_exhaustion what)
{
    if (!ikl_sa_is_gone(sa)) {
        ikl_sa_mark_exhaustion(sa, what);
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

void ikl_sa_warn_of_last_epoch(struct ikl_sa *sa)
{
    sa->told_ivs = true;
    warn(sa, IKL_EXHAUSTION_IVS);
}
