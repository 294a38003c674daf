/* SPDX-License-Identifier: ISC */
/* A file that depends on another, which depends on it. */
#include "a.h"
#include "b.h"

int ikl_knot_a(int n)
{
    return n > 0 ? ikl_knot_b(n - 1) : 0;
}
