/* SPDX-License-Identifier: ISC */
/* ikelive sa, inside: kept keys, and the range of initialisation vectors that an epoch has. */
#ifndef IKL_SA_KEPT_H
#define IKL_SA_KEPT_H

#include "sa.h"

#define IKL_EPOCH_IVS (UINT64_C(1) << 48)

/* What is kept of the IKE SA; null: nothing. */
static inline struct ikl_kept *ikl_sa_kept(const struct ikl_sa *sa)
{
    return ikl_sa_beside(sa, &sa->endpoint->kept);
}

/* Makes of them what a cipher is initialised with. */
void ikl_kept_give(const struct ikl_kept *kept, struct ikl_keys *keys);

#endif
