/* SPDX-License-Identifier: ISC */
int ikl_knot_a(int n);
