/* SPDX-License-Identifier: ISC */
/* The file. */
#include "a.h"

int ikl_braid_b(int n)
{
    return n > 0 ? ikl_braid_a(n - 1) : 1;
}
