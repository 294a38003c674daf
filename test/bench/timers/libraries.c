/* SPDX-License-Identifier: ISC */
/* Which libraries with timers were found. */
#include "timers.h"

#include <stddef.h>

const struct timers_kind *const timers_of_libraries[] = {
#ifdef HAVE_LIBEVENT
    &timers_libevent,
#endif
#ifdef HAVE_LIBUV
    &timers_libuv,
#endif
#ifdef HAVE_LIBEV
    &timers_libev,
#endif
    NULL,
};
