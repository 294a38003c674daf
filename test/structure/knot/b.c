/* SPDX-License-Identifier: ISC */
/* The other one. */
#include "b.h"

#include "a.h"

int ikl_knot_b(int n)
{
    return n > 0 ? ikl_knot_a(n - 1) : 1;
}

void ikl_knot_tie(struct ikl_knot *knot)
{
    knot->loops = 1;
}

int ikl_knot_loops(const struct ikl_knot *knot)
{
    return knot->loops;
}
