/* SPDX-License-Identifier: ISC */
/* The other one. */
#include "b.h"

#include "a.h"

int ikl_hitch_b(int n)
{
    return ikl_hitch_least(n);
}
