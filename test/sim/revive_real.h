/* SPDX-License-Identifier: ISC */
/* One tunnel of revive.c's, revived through real IKE_SA_INIT and IKE_AUTH exchanges between two endpoints, with keys
 * that they agree on. */
#ifndef SIM_REVIVE_REAL_H
#define SIM_REVIVE_REAL_H

#include <ikelive/base.h>

enum {
    REVIVE_WAIT = 1000,     /* for an answer, twice */
    REVIVE_HANDSHAKE = 100, /* two round trips */
    REVIVE_MOST_ATTEMPTS = 256
};

struct revive_life {
    ikl_time begun[REVIVE_MOST_ATTEMPTS]; /* when each attempt began */
    size_t n_begun;
    ikl_time up;
};

/* The tunnel goes down at time 0, and its peer is back at `back`. */
void revive_live(struct revive_life *life, ikl_time back, uint64_t seed);

/* The next random number of the seed's, for jitter. */
uint32_t revive_draw(uint64_t *seed);

/* Says what is not so, and ends the program. */
void revive_must(bool holds, const char *what);

#endif
