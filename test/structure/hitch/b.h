/* SPDX-License-Identifier: ISC */
int ikl_hitch_b(int n);
