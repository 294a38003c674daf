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

/* The same for one that is known to have a monitor. */
static inline struct ikl_monitoring *ikl_monitoring_beside(const struct ikl_sa *sa, struct ikl_child *child)
{
    return ikl_slab_second(&sa->endpoint->children, child);
}

static inline bool ikl_is_due_before(const struct ikl_child *a, const struct ikl_child *b)
{
    return b->due.at - a->due.at - 1 < IKL_DUE_PAST - 1;
}

/* The monitored Child SA that is due first, or null. */
static inline struct ikl_child *ikl_dues_first(const struct ikl_sa *sa)
{
    const struct ikl_slab *slab = &sa->endpoint->children;
    struct ikl_child *queue = sa->dues.queue != IKL_NONE ? ikl_slab_at(slab, sa->dues.queue) : NULL;
    struct ikl_child *heap;

    if (sa->dues.heap == IKL_NONE) {
        return queue;
    }
    heap = ikl_slab_at(slab, sa->dues.heap);
    return queue != NULL && ikl_is_due_before(queue, heap) ? queue : heap;
}

/* Nobody looked for so long that the order is no longer known. */
static inline bool ikl_dues_are_old(const struct ikl_sa *sa, ikl_time now)
{
    return now > sa->monitors_due && now - sa->monitors_due > IKL_DUE_AWAY;
}

/* When it is due: `now` or later. */
static inline ikl_time ikl_due_time(const struct ikl_child *child, ikl_time now)
{
    uint32_t away = child->due.at - (uint32_t)now;

    return away < IKL_DUE_PAST ? now + away : now;
}

#endif
