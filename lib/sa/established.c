/* SPDX-License-Identifier: ISC */
/* ikelive sa: the peer is authenticated, and says how many requests it takes at once (RFC 7296 §1.2, §2.3). */
#include "event.h"
#include "syncing.h"

#include "policy/judge.h"

int ikl_decide_established(struct ikl_sa *sa, ikl_time now)
{
    if (!ikl_sa_may(sa, IKL_SA_ESTABLISH) || !ikl_sa_has_keys(sa)) {
        return IKL_ERR_STATE;
    }
    sa->established = now;
    sa->repeats_own = sa->repeats_other = 0; /* they count from now */
    ikl_idle_heard(&sa->idle, now);
    ikl_sa_keep_partials(sa);
    ikl_key_change_end(sa);
    ikl_sa_enter(sa, IKL_SA_ESTABLISH, now);
    ikl_monitoring_start(sa);
    return IKL_OK;
}

void ikl_decide_peer_window(struct ikl_sa *sa, uint32_t size, ikl_time now)
{
    if (ikl_sa_may(sa, IKL_SA_MAY_ACT)) {
        ikl_send_window_resize(&sa->send_window, size);
        if (ikl_sa_is_syncing(sa)) {
            ikl_window_shut(&sa->send_window, sa->send_window.next);
        }
        ikl_sa_pump(sa, now);
    }
}
