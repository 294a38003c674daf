/* SPDX-License-Identifier: ISC */
/* ikelive without outages: path groups are only counted, and every verdict is of one peer. */
#ifndef IKL_WITHOUT_OUTAGES_H
#define IKL_WITHOUT_OUTAGES_H

#include "endpoint/shared.h"

static inline int ikl_groups_reserve(struct ikl_endpoint *endpoint, uint32_t n, ikl_time now)
{
    (void)now;
    endpoint->n_groups = n;
    return IKL_OK;
}

static inline void ikl_groups_release(struct ikl_endpoint *endpoint)
{
    (void)endpoint;
}

static inline bool ikl_group_heard(struct ikl_endpoint *endpoint, uint16_t index, ikl_time now)
{
    (void)endpoint;
    (void)index;
    (void)now;
    return false;
}

static inline bool ikl_group_heard_at(struct ikl_endpoint *endpoint, uint16_t index, ikl_time at)
{
    (void)endpoint;
    (void)index;
    (void)at;
    return false;
}

static inline void ikl_group_join(struct ikl_endpoint *endpoint, uint16_t index)
{
    (void)index;
    endpoint->n_sas++;
}

static inline void ikl_group_leave(struct ikl_endpoint *endpoint, uint16_t index)
{
    (void)index;
    endpoint->n_sas--;
}

static inline bool ikl_group_tell(struct ikl_endpoint *endpoint, uint16_t index, struct ikl_outage *out)
{
    (void)endpoint;
    (void)index;
    (void)out;
    return false;
}

static inline bool ikl_group_unanswered(struct ikl_endpoint *endpoint, uint16_t index, ikl_time now)
{
    (void)endpoint;
    (void)index;
    (void)now;
    return false;
}

static inline bool ikl_group_holds(const struct ikl_endpoint *endpoint, uint16_t index, ikl_time now)
{
    (void)endpoint;
    (void)index;
    (void)now;
    return false;
}

static inline bool ikl_group_take_outage(struct ikl_endpoint *endpoint, uint16_t index, const struct ikl_endpoint *from)
{
    (void)endpoint;
    (void)index;
    (void)from;
    return false;
}

#endif
