/* SPDX-License-Identifier: ISC */
int ikl_knot_b(int n);
