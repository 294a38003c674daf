/* SPDX-License-Identifier: ISC */
/* ikelive sa: all that there is to know about an IKE SA, as numbers. */
#include "ending.h"
#include "evidence.h"
#include "syncing.h"
#include "trim.h"

#include "policy/idle.h"
#include "sized.h"

ikl_time ikl_sa_latest_evidence(const struct ikl_sa *sa, ikl_time now)
{
    ikl_time latest = sa->idle.heard;

    for (const struct ikl_child *child = ikl_sa_first_child(sa); child != NULL; child = ikl_sa_next_child(sa, child)) {
        if (child->heard != IKL_NEVER) {
            latest = ikl_time_later(latest, ikl_time_earlier(child->heard, now));
        }
    }
    return latest;
}

uint32_t ikl_sa_count_children(const struct ikl_sa *sa)
{
    uint32_t n = 0;

    for (const struct ikl_child *child = ikl_sa_first_child(sa); child != NULL; child = ikl_sa_next_child(sa, child)) {
        n++;
    }
    return n;
}

ikl_time ikl_sa_next_probe(const struct ikl_sa *sa, ikl_time evidence)
{
    if (sa->state != IKL_SA_ESTABLISHED || ikl_sa_is_waiting(sa) ||
        ikl_idle_due(&sa->idle, sa->endpoint->now) == IKL_NEVER) {
        return IKL_NEVER;
    }
    return ikl_time_after(evidence, sa->idle.interval);
}

static uint32_t count_queued(const struct ikl_sa *sa)
{
    uint32_t n = ikl_sa_delete_state(sa) == IKL_DELETE_QUEUED ? 1 : 0;

    for (const struct ikl_own_request *own = ikl_request_at(sa->endpoint, sa->first_request); own != NULL;
         own = ikl_request_after(sa->endpoint, own)) {
        n += own->request.state == IKL_REQUEST_QUEUED ? 1 : 0;
    }
    return n;
}

static uint64_t worst_detect(const struct ikl_sa *sa)
{
    struct ikl_schedule used;

    ikl_sa_used_schedule(sa, &used);
    return ikl_idle_is_periodic(&sa->idle) ? ikl_schedule_worst_detect(&used, sa->idle.interval) : IKL_NEVER;
}

int ikl_sa_query(const struct ikl_sa *sa, struct ikl_sa_info *out)
{
    const struct ikl_request *oldest = ikl_sa_oldest(sa);
    struct ikl_sa_info info;

    memset(&info, 0, sizeof(info)); /* also the room for counters to come */
    info.size = sizeof(info);
    info.state = ikl_sa_state(sa);
    info.established = sa->established;
    info.reachability = (enum ikl_reachability)sa->reachability;
    info.generation = sa->generation;
    info.last_message = sa->last_message;
    info.queued = count_queued(sa);
    info.last_evidence = ikl_sa_latest_evidence(sa, sa->endpoint->now);
    info.next_request = sa->send_window.next;
    info.next_expected = sa->receive_window.lowest;
    info.outstanding_deadline = IKL_NEVER;
    info.n_children = ikl_sa_count_children(sa);
    info.counters = sa->counters;
    info.round_trip_samples = sa->round_trip.samples;
    info.round_trip = ikl_round_trip_smoothed(&sa->round_trip);
    info.round_trip_deviation = ikl_round_trip_deviation(&sa->round_trip);
    info.round_trip_largest = sa->round_trip.largest;
    info.round_trip_last = sa->last_round_trip;
    info.round_trip_is_known = ikl_round_trip_is_known(&sa->round_trip);
    info.worst_detect = worst_detect(sa);
    info.may_sync = ikl_sa_may_sync(sa);
    info.syncing = ikl_sa_is_syncing(sa);
    info.has_token = ikl_sa_beside(sa, &sa->endpoint->tokens) != NULL;
    info.idle_deadline = ikl_sa_next_probe(sa, info.last_evidence);
    if (oldest != NULL) {
        info.outstanding = ikl_send_window_outstanding(&sa->send_window);
        info.outstanding_exchange_type = oldest->exchange_type;
        info.outstanding_id = oldest->run.message_id;
        info.outstanding_retransmissions = ikl_run_times_sent(&oldest->run);
        info.outstanding_retransmissions -= info.outstanding_retransmissions != 0;
        info.outstanding_deadline = ikl_run_due(&oldest->run);
    }
    return ikl_sized_give(out, &info, sizeof(info), IKL_END_OF(struct ikl_sa_info, reachability)) ? IKL_OK
                                                                                                  : IKL_ERR_INVALID;
}
