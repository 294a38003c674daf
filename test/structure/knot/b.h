/* SPDX-License-Identifier: ISC */
struct ikl_knot;

int ikl_knot_b(int n);
void ikl_knot_tie(struct ikl_knot *knot);
int ikl_knot_loops(const struct ikl_knot *knot);
