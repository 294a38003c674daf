/* SPDX-License-Identifier: ISC */
/* ikelive sa, inside: the monitors of an IKE SA's Child SAs, in line, because each look at one that is due asks for
 * them. */
#ifndef IKL_SA_MONITORED_H
#define IKL_SA_MONITORED_H

#include "sa.h"

/* The monitor of a Child SA, or null. */
static inline struct ikl_monitoring *ikl_monitoring_of(const struct ikl_sa *sa, const struct ikl_child *child)
{
    return child->monitored ? ikl_slab_at(&sa->endpoint->children, child->self + 1) : NULL;
}

/* The same for one that is known to have a monitor: the two are a pair in the slab. */
static inline struct ikl_monitoring *ikl_monitoring_beside(struct ikl_child *child)
{
    return (void *)(child + 1);
}

#endif
