/* SPDX-License-Identifier: ISC */
/* ikelive walk: what the walks over lists inside payloads have in common. Each keeps in its status what it read the
 * last item with: IKL_OK when there are more, IKL_ERR_END when it was the last, or the error instead of the item. */
#ifndef IKL_WALK_H
#define IKL_WALK_H

#include <ikelive/base.h>

/* Whether an item was read. */
static inline bool ikl_walk_has_item(int status)
{
    return status == IKL_OK || status == IKL_ERR_END;
}

/* What a check returns whose walk has ended. */
static inline int ikl_walk_result(int status)
{
    return status == IKL_ERR_END ? IKL_OK : status;
}

#endif
