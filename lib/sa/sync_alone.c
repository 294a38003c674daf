/* SPDX-License-Identifier: ISC */
/* ikelive sa: the peer was taken over, and asks to increment replay counters alone, in an ordinary request (RFC 6311
 * §5, case 2). */
#include "syncing.h"

int ikl_sa_take_replay_sync(struct ikl_sa *sa, const struct ikl_message *request, ikl_time now)
{
    static const struct ikl_octets nothing = {NULL, 0};
    struct ikl_sync *sync = ikl_sa_sync_of(sa);
    struct ikl_replay_sync replay;
    int result;

    if (sync == NULL || (sync->agreed & IKL_SYNC_REPLAY_COUNTERS) == 0 ||
        !ikl_sync_is_replay_alone(&request->opened, &replay)) {
        return IKL_ERR_NOT_FOUND;
    }
    result = ikl_sa_answer_now(sa, request, IKL_PAYLOAD_NONE, nothing, now);
    if (result == IKL_OK) {
        sa->endpoint->counters.peer_syncs++;
        ikl_sa_tell_synced(sa, true, &replay, now);
    }
    return result;
}
