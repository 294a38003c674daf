/* SPDX-License-Identifier: ISC */
/* The other one. It is tied by a call alone. */
#include "b.h"

int ikl_knot_a(int n);

int ikl_knot_b(int n)
{
    return n > 0 ? ikl_knot_a(n - 1) : 1;
}
