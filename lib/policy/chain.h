/* SPDX-License-Identifier: ISC */
/* ikelive chain: a path that is up, or down in an outage of one of several kinds. Outages of each kind begin at a rate
 * while the path is up, and end at another: a Markov chain in the shape of a star, with "up" in the middle. */
#ifndef IKL_CHAIN_H
#define IKL_CHAIN_H

#include <ikelive/schedule.h>

enum { IKL_CHAIN_UP = 0, IKL_CHAIN_STATES = 1 + IKL_HABIT_MAX_KINDS };

/* State 1 + i is an outage of kind i; rates are those of a ms. */
struct ikl_chain {
    size_t n;                        /* states */
    double begins[IKL_CHAIN_STATES]; /* how often this state is entered from "up" */
    double ends[IKL_CHAIN_STATES];   /* how often it is left for "up" */
    double stays[IKL_CHAIN_STATES];  /* the sum of all rates but those that leave this state */
    double all;                      /* the sum of all rates */
};

/* The probability of being in each state. */
struct ikl_chances {
    double of[IKL_CHAIN_STATES];
};

/* What some time makes of each state. */
struct ikl_passage {
    struct ikl_chances from[IKL_CHAIN_STATES];
};

/* The habit has been checked. */
void ikl_chain_init(struct ikl_chain *chain, const struct ikl_habit *habit);

/* What `ms` make of each state. */
void ikl_chain_pass(const struct ikl_chain *chain, double ms, struct ikl_passage *out);

/* What the passage makes of these chances. */
struct ikl_chances ikl_chances_after(const struct ikl_chances *chances, const struct ikl_passage *passage, size_t n);

#endif
