/* SPDX-License-Identifier: ISC */
/* A header whose function in line depends on a file that includes it. */
int ikl_braid_b(int n);

static inline int ikl_braid_a(int n)
{
    return n > 0 ? ikl_braid_b(n - 1) : 0;
}
