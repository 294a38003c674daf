/* SPDX-License-Identifier: ISC */
/* What the tests of the laws begin with. */
#ifndef SIM_WATCHING_H
#define SIM_WATCHING_H

#include "worlds/laws.h"

#include <stddef.h>

/* Of a new world; the ones before are gone. */
static inline struct laws *new_laws(void)
{
    static struct laws laws;

    laws_begin(&laws, NULL, NULL);
    return &laws;
}

#endif
