/* SPDX-License-Identifier: ISC */
/* A header whose function in line another file calls, which the file of its name calls. */
int ikl_hitch_a(int n);

static inline int ikl_hitch_least(int n)
{
    return n > 0 ? n : 0;
}
