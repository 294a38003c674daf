/* SPDX-License-Identifier: ISC */
/* Ways to wait, what they do on every path, and which of them are worth it. */
#ifndef WAITS_TALLY_H
#define WAITS_TALLY_H

#include "life.h"

/* What is done with a schedule. */
enum way { WAY_LISTED, WAY_TRIMMED, WAY_PARTING, WAY_SENDS, WAY_TALK, N_WAYS };

enum { DEATHS = 10 }; /* of the peer of each path, each in a copy of the world */

/* Times from the death of a peer on, in order in each population. */
struct times {
    uint32_t *ms; /* `n` of each population, one population after the other */
    size_t n[N_POPULATIONS];
};

/* One way to wait. */
struct row {
    const char *name; /* of the schedule */
    enum way way;
    uint32_t scale; /* thousandths: each wait is so much longer than it is named */
    uint64_t downs[N_POPULATIONS];
    uint64_t datagrams; /* in all populations that were run */
    struct times detected, suspected;
};

struct tally {
    struct row *rows;
    size_t n;
    uint64_t seed;
    size_t paths;   /* of each population */
    ikl_time until; /* how long each lives */
};

const char *way_name(enum way way);

/* How the IKE SAs of a row live, on the schedule that goes to `schedule`. False when it cannot be made so. */
bool row_manner(const struct row *row, struct ikl_schedule *schedule, struct life_manner *out);

/* Lives every path in every way; those of another scale than 1000 in the first population alone. False when memory ran
 * out. */
bool tally_run(struct tally *tally);

void tally_free(struct tally *tally);

/* So many percent of these times are no longer, in ms. Of one population, or of all but the held one. */
uint32_t tally_time(const struct tally *tally, const struct times *times, unsigned percent);
uint32_t tally_time_in(const struct tally *tally, const struct times *times, size_t population, unsigned percent);

/* False verdicts an IKE SA year. */
double tally_false(const struct tally *tally, const struct row *row, size_t population);

/* True when in some population no other of the named length detects and suspects deaths as soon, is as seldom wrong,
 * and is better in one of these. Ways in which the peer talks are compared among themselves. */
bool tally_wins(const struct tally *tally, const struct row *row);

#endif
