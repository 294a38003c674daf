/* SPDX-License-Identifier: ISC */
/* ikelive walk: what the walks over lists inside payloads have in common. Each keeps the result of its last read as its
 * status: IKL_OK when there are more items, IKL_ERR_END when that was the last, or the error that took the item's
 * place. */
#ifndef IKL_WALK_H
#define IKL_WALK_H

#include <ikelive/base.h>

/* Whether an item was read. */
static inline bool ikl_walk_has_item(int status)
{
    return status == IKL_OK || status == IKL_ERR_END;
}

/* The result of a check whose walk has ended. */
static inline int ikl_walk_result(int status)
{
    return status == IKL_ERR_END ? IKL_OK : status;
}

#endif
