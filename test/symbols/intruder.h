/* SPDX-License-Identifier: ISC */
/* Declarations that disagree with what the shared library exports. */
#ifndef INTRUDER_H
#define INTRUDER_H

#include <ikelive/base.h>

IKL_API extern unsigned ikl_intruder_counter;

IKL_API void ikl_intruder_run(void);

int ikl_intruder_without_macro(void);

/* Only for who reads headers. */
static inline int ikl_intruder_in_line(void)
{
    return 0;
}

/* Not every language can call this, */
#define IKL_INTRUDER_TWICE(n) (2 * (n))

/* or be called with these. */
struct ikl_intruder_callbacks {
    struct ikl_octets (*gives)(void *user);
    void (*takes)(struct ikl_octets octets, void *user);
    int (*is_right)(const struct ikl_octets *octets, void *user);
};

/* defined nowhere */
IKL_API void ikl_intruder_undefined(void (*callback)(void *user), void *user);

#endif
