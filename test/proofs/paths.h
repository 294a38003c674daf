/* SPDX-License-Identifier: ISC */
/* Any path, for proofs that have included sa/sa.h. */
#ifndef PATHS_H
#define PATHS_H

#include "proof.h"

/* As a host that keeps the rules says it: what is not used of an address is 0. */
static struct ikl_path any_path(void)
{
    struct ikl_path any;

    any.encapsulated = nondet_bool();
    any.behind_nat = nondet_bool();
    any.reliable = nondet_bool();
    return any;
}

#endif
