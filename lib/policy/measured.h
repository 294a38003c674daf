/* SPDX-License-Identifier: ISC */
/* ikelive measured: whether the library knows round trips. */
#ifndef IKL_MEASURED_H
#define IKL_MEASURED_H

#include <stdbool.h>

/* Whether what wants measured round trips has them: nothing has where the library was built without. */
static inline bool ikl_is_measured(bool wanted)
{
#ifdef IKL_WITHOUT_ROUND_TRIPS
    (void)wanted;
    return false;
#else
    return wanted;
#endif
}

#endif
