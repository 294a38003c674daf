/* SPDX-License-Identifier: ISC */
/* ikelive endpoint: path groups: IKE SAs that share an uplink. When none of them hears anything any more, that is the
 * uplink, not so many dead peers. */
#include "shared.h"

bool ikl_group_unanswered(struct ikl_endpoint *endpoint, uint16_t index, ikl_time now)
{
    struct ikl_group *group = &endpoint->groups[index];

    if (endpoint->outage_after == 0 || group->out || group->n_sas < endpoint->outage_least ||
        now < ikl_time_after(group->heard, endpoint->outage_after)) {
        return false;
    }
    group->out = true;
    group->out_since = now;
    endpoint->counters.outages++;
    return true;
}

bool ikl_group_holds(const struct ikl_endpoint *endpoint, uint16_t index, ikl_time now)
{
    const struct ikl_group *group = &endpoint->groups[index];

    return group->out && now < ikl_time_after(group->out_since, endpoint->outage_hold);
}
