/* SPDX-License-Identifier: ISC */
/* ikelive endpoint: path groups: IKE SAs that share an uplink. When none of them hears anything any more, the uplink is
 * dead, not so many peers. */
#include "group.h"

int ikl_groups_reserve(struct ikl_endpoint *endpoint, uint32_t n, ikl_time now)
{
    const struct ikl_allocator *allocator = &endpoint->allocator;

    endpoint->groups = allocator->allocate(allocator->user, n * sizeof(*endpoint->groups));
    if (endpoint->groups == NULL) {
        return IKL_ERR_NO_MEMORY;
    }
    endpoint->n_groups = n;
    for (uint32_t i = 0; i < n; i++) {
        endpoint->groups[i] = (struct ikl_group){.heard = now};
    }
    return IKL_OK;
}

void ikl_groups_release(struct ikl_endpoint *endpoint)
{
    const struct ikl_allocator *allocator = &endpoint->allocator;

    if (endpoint->groups != NULL) {
        allocator->release(allocator->user, endpoint->groups, endpoint->n_groups * sizeof(*endpoint->groups));
    }
}

void ikl_group_join(struct ikl_endpoint *endpoint, uint16_t index)
{
    endpoint->n_sas++;
    endpoint->groups[index].n_sas++;
}

void ikl_group_leave(struct ikl_endpoint *endpoint, uint16_t index)
{
    endpoint->n_sas--;
    endpoint->groups[index].n_sas--;
}

bool ikl_group_tell(struct ikl_endpoint *endpoint, uint16_t index, struct ikl_outage *out)
{
    struct ikl_group *group = &endpoint->groups[index];

    if (group->told == group->out) {
        return false;
    }
    group->told = group->out;
    *out = (struct ikl_outage){.group = index, .over = !group->out, .heard = group->heard, .n_sas = group->n_sas};
    return true;
}

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

bool ikl_group_take_outage(struct ikl_endpoint *endpoint, uint16_t index, const struct ikl_endpoint *from)
{
    struct ikl_group *group = &endpoint->groups[index];
    const struct ikl_group *other = &from->groups[index];

    if (!other->out || group->out || endpoint->outage_after == 0 ||
        (group->n_sas != 1 && group->heard >= other->out_since)) {
        return false;
    }
    group->out = true;
    group->out_since = other->out_since;
    group->heard = other->heard;
    endpoint->counters.outages++;
    return true;
}
