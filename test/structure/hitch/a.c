/* SPDX-License-Identifier: ISC */
/* The file of its name. */
#include "a.h"
#include "b.h"

int ikl_hitch_a(int n)
{
    return ikl_hitch_b(n) + 1;
}
