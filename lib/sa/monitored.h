/* SPDX-License-Identifier: ISC */
/* ikelive sa, inside: the monitors of an IKE SA's Child SAs, in line, because each look at one that is due asks for
 * them. */
#ifndef IKL_SA_MONITORED_H
#define IKL_SA_MONITORED_H

#include "sa.h"

enum { IKL_DUE_AWAY = 1 << 30 };         /* further from now than any time in the order, if it was looked at in time */
#define IKL_DUE_PAST (UINT32_C(1) << 31) /* what is so far away is past */

/* The monitor of a Child SA, or null. */
static inline struct ikl_monitoring *ikl_monitoring_of(const struct ikl_sa *sa, const struct ikl_child *child)
{
    return child->monitored ? ikl_slab_at(&sa->endpoint->children, child->self + 1) : NULL;
}

/* The monitored Child SA that is due first, or null. */
static inline struct ikl_child *ikl_dues_first(const struct ikl_sa *sa)
{
    return sa->first_due != IKL_NONE ? ikl_slab_at(&sa->endpoint->children, sa->first_due) : NULL;
}

/* When it is due: `now` or later. */
static inline ikl_time ikl_due_time(const struct ikl_child *child, ikl_time now)
{
    uint32_t away = child->due.at - (uint32_t)now;

    return away < IKL_DUE_PAST ? now + away : now;
}

#endif
