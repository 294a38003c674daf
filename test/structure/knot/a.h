/* SPDX-License-Identifier: ISC */
struct ikl_knot {
    int loops;
};

int ikl_knot_a(int n);
