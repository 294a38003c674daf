/* SPDX-License-Identifier: ISC */
/* ikelive sa: the path changes, because the host says so or because the peer is heard from elsewhere (RFC 7296 §2.11,
 * §2.23; RFC 4555 §3.5). A move is a new chance for outstanding requests. */
#include "move.h"
#include "event.h"

#include "hand.h"

#include "address.h"

static void take_path(struct ikl_sa *sa, const struct ikl_path *path, bool followed, ikl_time now)
{
    bool moved = !ikl_path_same(path, &sa->path);

    if (moved) {
        ikl_sa_keep_paths(sa);
        ikl_sa_path_since(sa, now);
        ikl_round_trip_missed(&sa->round_trip);
    }
    if (ikl_path_max_message(path) < ikl_path_max_message(&sa->path)) {
        sa->narrowed = true;
    }
    sa->path = *path;
    ikl_sa_set_due(sa);
    if (moved) {
        ikl_request_moved(sa, followed, ikl_sa_take_chance(sa), now);
    }
}

int ikl_decide_set_path(struct ikl_sa *sa, const struct ikl_path *path, ikl_time now)
{
    int result = IKL_OK;

    if (!ikl_sa_may(sa, IKL_SA_MAY_ACT)) {
        return IKL_ERR_STATE;
    }
    if (!ikl_is_path(path)) {
        return IKL_ERR_INVALID;
    }
    if (path->behind_nat && sa->extra == IKL_NONE) {
        result = ikl_sa_allocate_extra(sa);
    }
    if (result == IKL_OK) {
        ikl_history_add(sa, IKL_EVENT_ADDRESS_CHANGED, IKL_MESSAGE_ID_NONE, 0, now);
        take_path(sa, path, false, now);
    }
    return result;
}

int ikl_decide_reconnected(struct ikl_sa *sa, const struct ikl_path *path, ikl_time now)
{
    if (!ikl_sa_may(sa, IKL_SA_MAY_ACT)) {
        return IKL_ERR_STATE;
    }
    if (!ikl_is_path(path) || !ikl_is_reliable(path->reliable) || !sa->path.reliable) {
        return IKL_ERR_INVALID;
    }
    sa->endpoint->counters.reconnections++;
    ikl_history_add(sa, IKL_EVENT_RECONNECTED, IKL_MESSAGE_ID_NONE, 0, now);
    sa->path = *path;
    ikl_sa_set_due(sa);
    ikl_request_reconnected(sa, ikl_sa_take_chance(sa), now);
    return IKL_OK;
}

void ikl_sa_heard_from_elsewhere(struct ikl_sa *sa, const struct ikl_path *path, ikl_time now)
{
    struct ikl_path seen = *path;

    ikl_history_add(sa, IKL_EVENT_ADDRESS_CHANGED, IKL_MESSAGE_ID_NONE, 0, now);
    seen.mtu = path->mtu != 0 ? path->mtu : sa->path.mtu;
    seen.behind_nat = sa->path.behind_nat;
    if (sa->follow_peer) {
        take_path(sa, &seen, true, now);
    }
    ikl_hand_address(sa, &seen);
}
