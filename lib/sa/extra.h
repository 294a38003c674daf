/* SPDX-License-Identifier: ISC */
/* ikelive sa, inside: looks up in line what only some IKE SAs have. */
#ifndef IKL_SA_EXTRA_H
#define IKL_SA_EXTRA_H

#include "sa.h"

/* The extra of the IKE SA; null when it has none. */
static inline struct ikl_extra *ikl_sa_extra(const struct ikl_sa *sa)
{
    return sa->extra != IKL_NONE ? ikl_slab_at(&sa->endpoint->extras, sa->extra) : NULL;
}

/* When the host last sent ESP, as it says; IKL_NEVER: never. */
static inline ikl_time ikl_sa_last_sent_esp(const struct ikl_sa *sa)
{
    const struct ikl_extra *extra = ikl_sa_extra(sa);

    return extra != NULL ? extra->sent_esp : IKL_NEVER;
}

#endif
