/* SPDX-License-Identifier: ISC */
/* Ways to wait, what they do on every path, and which of them are worth it. */
#ifndef WAITS_TALLY_H
#define WAITS_TALLY_H

#include "life.h"

/* What is done with a schedule. */
enum way { WAY_LISTED, WAY_TRIMMED, WAY_PARTING, WAY_TALK, N_WAYS };

enum { DEATHS = 10 }; /* of the peer of each path, each in a copy of the world */

/* One way to wait. */
struct row {
    const char *name; /* of the schedule */
    enum way way;
    uint32_t scale; /* thousandths: each wait is so much longer than it is named */
    uint64_t downs[N_POPULATIONS];
    uint64_t datagrams; /* in all populations that were run */
    uint32_t *detected; /* ms, by population: `n_detected` of each */
    size_t n_detected[N_POPULATIONS];
};

struct tally {
    struct row *rows;
    size_t n;
    uint64_t seed;
    size_t paths;   /* of each population */
    ikl_time until; /* how long each lives */
};

const char *way_name(enum way way);

/* The schedule of a row on a path. False when it cannot be made so. */
bool row_schedule(const struct row *row, const struct path *path, struct ikl_schedule *out);

/* Lives every path in every way; those of another scale than 1000 in the first population alone. False when memory ran
 * out. */
bool tally_run(struct tally *tally);

/* How long it takes to detect a death, in ms: so many percent take no longer. Of one population, or of all but the held
 * one. */
uint32_t tally_detect(const struct tally *tally, const struct row *row, unsigned percent);
uint32_t tally_detect_in(const struct tally *tally, const struct row *row, size_t population, unsigned percent);

/* False verdicts an IKE SA year. */
double tally_false(const struct tally *tally, const struct row *row, size_t population);

/* True when in some population no other of the named length is as quick and as seldom wrong and better in one of both.
 * Ways in which the peer talks are compared among themselves. */
bool tally_wins(const struct tally *tally, const struct row *row);

#endif
