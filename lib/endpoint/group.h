/* SPDX-License-Identifier: ISC */
/* ikelive endpoint, inside: path groups and their outages. */
#ifndef IKL_ENDPOINT_GROUP_H
#define IKL_ENDPOINT_GROUP_H

#include "shared.h"

#ifdef IKL_WITHOUT_OUTAGES
#include "without/outages.h"
#else
/* group.c */

/* Makes `n` groups that have heard something just now. IKL_ERR_NO_MEMORY. */
int ikl_groups_reserve(struct ikl_endpoint *endpoint, uint32_t n, ikl_time now);
void ikl_groups_release(struct ikl_endpoint *endpoint);

/* A fresh authenticated message arrived on an IKE SA of the group. True when that ends an outage. */
static inline bool ikl_group_heard(struct ikl_endpoint *endpoint, uint16_t index, ikl_time now)
{
    struct ikl_group *group = &endpoint->groups[index];
    bool over = group->out;

    group->heard = now;
    group->out = false;
    return over;
}

/* The same at a time that may have been known. */
static inline bool ikl_group_heard_at(struct ikl_endpoint *endpoint, uint16_t index, ikl_time at)
{
    return at > endpoint->groups[index].heard && ikl_group_heard(endpoint, index, at);
}

/* The endpoint has one IKE SA more, of this group; one fewer. */
void ikl_group_join(struct ikl_endpoint *endpoint, uint16_t index);
void ikl_group_leave(struct ikl_endpoint *endpoint, uint16_t index);
/* What the host is to be told of an outage; it then counts as told. False when there is nothing. */
bool ikl_group_tell(struct ikl_endpoint *endpoint, uint16_t index, struct ikl_outage *out);
/* A request of one was sent again. True when an outage begins. */
bool ikl_group_unanswered(struct ikl_endpoint *endpoint, uint16_t index, ikl_time now);
/* An outage keeps requests from being given up. */
bool ikl_group_holds(const struct ikl_endpoint *endpoint, uint16_t index, ikl_time now);

/* An IKE SA has come from the same group of another endpoint. True when the outage that it was in goes on here: this
 * group has heard nothing since it began, or had no IKE SA. */
bool ikl_group_take_outage(struct ikl_endpoint *endpoint, uint16_t index, const struct ikl_endpoint *from);
#endif

#endif
