/* SPDX-License-Identifier: ISC */
/* ikelive sa: UP, SUSPECT, DOWN: what a routing daemon acts on. */
#include "reachability.h"
#include "event.h"

/* It has become SUSPECT: the IKE path may be dead while Child SAs carry traffic. */
static void suspected(struct ikl_sa *sa, ikl_time now)
{
    sa->endpoint->counters.suspects++;
    if (sa->endpoint->dues != NULL && ikl_monitoring_is_any_up(sa)) {
        sa->endpoint->counters.ike_paths_dead++;
        ikl_history_add(sa, IKL_EVENT_MONITOR, IKL_MESSAGE_ID_NONE,
                        ikl_history_of_monitor(IKL_MONITOR_UP, IKL_FINDING_IKE_PATH_DEAD), now);
    }
}

void ikl_sa_change_reachability(struct ikl_sa *sa, enum ikl_reachability reachability, ikl_time now)
{
    sa->reachability = (uint32_t)reachability & 3;
    sa->generation++;
    ikl_history_add(sa, IKL_EVENT_REACHABILITY, IKL_MESSAGE_ID_NONE, (int)reachability, now);
    if (sa->endpoint->callbacks.reachability != NULL) {
        ikl_sa_mark(sa, IKL_FACT_REACHABILITY);
    }
    if (reachability == IKL_REACHABILITY_SUSPECT) {
        suspected(sa, now);
    }
}
