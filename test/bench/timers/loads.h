/* SPDX-License-Identifier: ISC */
/* What is done with timers while it is measured. Everything in CPU time of this thread. */
#ifndef BENCH_LOADS_H
#define BENCH_LOADS_H

#include "timers.h"

enum { LOADS_LONGEST_DELAY = 320000, LOADS_SECOND = 1000 };

/* Which timer is next, and with which delay, in an order that is random and the same for all kinds. */
struct load {
    uint32_t n;       /* timers */
    uint32_t ops;     /* entries; at least `n` */
    uint32_t *timers; /* the first `n` are all timers, once each; the rest any */
    uint32_t *delays; /* 1 to LOADS_LONGEST_DELAY */
    uint64_t seed;    /* changes with every load_shuffle */
};

/* How far the time of some timers has come, and a digest of what has expired, in its order. */
struct course {
    uint64_t now;
    uint64_t digest;
};

bool load_init(struct load *load, uint32_t n);
void load_clear(struct load *load);
void load_shuffle(struct load *load);

/* Starts every timer. */
void load_start_all(const struct load *load, const struct timers_kind *kind, void *timers);

/* ns for stopping any timer and starting it with a random delay: each time waited for before the next (`alone`), or one
 * right after the other. */
double load_start_stop(const struct load *load, const struct timers_kind *kind, void *timers, bool alone);

/* All timers are started for random times within one second, which begins `ahead` ms after the present; then time goes
 * on in steps of 1 ms. ns a timer, for all steps. `steps`, if it is not null, gets the time of each and has ahead +
 * 1000 entries; that makes the whole dearer. */
double load_second(const struct load *load, const struct timers_kind *kind, void *timers, struct course *course,
                   uint32_t ahead, float *steps);

/* The same with a clock of the kind's own, some seconds ahead. Gives the longest turn of the loop in ns, and the ns a
 * timer of the turns in which any expired. */
double load_own_second(const struct load *load, const struct timers_kind *kind, void *timers, double *longest);

/* All timers are started with random delays up to an hour, and time jumps by an hour. ns a timer. */
double load_jump(const struct load *load, const struct timers_kind *kind, void *timers, struct course *course);

/* All timers run; time goes on in steps of 1 ms, and each timer that expires is started again with a random delay,
 * until as many have expired as there are. ns for each of these. */
double load_rearm(const struct load *load, const struct timers_kind *kind, void *timers, struct course *course);

#endif
