/* SPDX-License-Identifier: ISC */
/* ikelive sa, inside: the path changes. */
#ifndef IKL_SA_MOVE_H
#define IKL_SA_MOVE_H

#include "address.h"
#include "sa.h"

/* A fresh authenticated message came along this path, which is not the IKE SA's. */
void ikl_sa_heard_from_elsewhere(struct ikl_sa *sa, const struct ikl_path *path, ikl_time now);

/* The same, along whichever path. */
static inline void ikl_sa_heard_from(struct ikl_sa *sa, const struct ikl_path *path, ikl_time now)
{
    if (!ikl_is_same_path(path, &sa->path)) {
        ikl_sa_heard_from_elsewhere(sa, path, now);
    }
}

#endif
