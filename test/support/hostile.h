/* Peers that do their worst to an endpoint: they have keys, authenticated or not, and send what takes memory and never
 * what gives it back. Their IKE SAs are test IKE SAs from HOSTILE_FIRST on.
 * SPDX-License-Identifier: ISC */
#ifndef TEST_HOSTILE_H
#define TEST_HOSTILE_H

#include "host.h"
#include "test_random.h"

enum { HOSTILE_FIRST = 1000, HOSTILE_MAX = 40 };

struct hostile {
    struct host *host;
    struct test_random random;
    size_t n;
    bool authenticated;
    struct ikl_sa *sas[HOSTILE_MAX];
    size_t acts[16]; /* how often each was done */
};

/* Makes `n` IKE SAs, CONNECTING unless they are authenticated, with fragmentation and windows of all sizes. */
void hostile_init(struct hostile *hostile, struct host *host, size_t n, bool authenticated, uint64_t seed);

/* One of them does something at random: tiny fragments, large ones, repeated, with other totals, of requests and
 * responses; requests out of order, half of them, unanswered, answered at length, from other addresses; it begins anew.
 * Or time passes. */
void hostile_act(struct hostile *hostile);

/* How many kinds of act there are. */
size_t hostile_n_acts(void);

#endif
