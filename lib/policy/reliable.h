/* SPDX-License-Identifier: ISC */
/* ikelive reliable: whether the library knows reliable paths. */
#ifndef IKL_RELIABLE_H
#define IKL_RELIABLE_H

#include <stdbool.h>

/* Whether what is said to be reliable is: nothing is where the library was built without streams. */
static inline bool ikl_is_reliable(bool said)
{
#ifdef IKL_WITHOUT_STREAMS
    (void)said;
    return false;
#else
    return said;
#endif
}

#endif
