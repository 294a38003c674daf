/* SPDX-License-Identifier: ISC */
/* ikeping: what it counts for the summary. */
#ifndef IKEPING_TALLY_H
#define IKEPING_TALLY_H

#include <stdbool.h>
#include <stdint.h>

/* Classes of round trips: each doubling of 1 us, up to 2^35 us, has 16. */
enum { TALLY_DOUBLINGS = 35, TALLY_IN_DOUBLING = 16, TALLY_CLASSES = TALLY_DOUBLINGS * TALLY_IN_DOUBLING };

struct tally {
    uint64_t sent, answered;           /* liveness checks */
    uint64_t sends;                    /* of these, with those that were sent again */
    uint64_t retransmissions;          /* of any request of ours */
    uint64_t superseded;               /* checks that were outstanding when the peer rekeyed, and ended so */
    uint64_t peer_checks;              /* the peers' liveness checks that were answered */
    uint64_t tokens_refused;           /* unprotected messages with tokens that are not the peer's */
    uint64_t n;                        /* round trips, in ms: */
    double least, most, mean, squares; /* `squares`: of the differences from the mean, summed up */
    uint32_t classes[TALLY_CLASSES];   /* how many there are of each length */
};

/* Adds a round trip of a check that was sent once: of one that was sent again nobody knows which send was answered. */
void tally_add_round_trip(struct tally *tally, double ms);

/* The standard deviation of the round trips; 0 when there are none. */
double tally_deviation(const struct tally *tally);

/* The round trip, in ms, that this share of them, in percent, did not exceed: at most 6.25 % above the true one, and
 * never above the largest. 0 when there are none. */
double tally_percentile(const struct tally *tally, double percent);

/* Adds what `from` has counted. */
void tally_add(struct tally *tally, const struct tally *from);

/* Whether `wanted` checks were not answered, or one that was sent: one that was superseded does not count. */
bool tally_lacks(const struct tally *tally, uint64_t wanted);

/* How many percent of the checks, and of all their sends, have brought no answer. Checks that were superseded are not
 * among them. */
double tally_lost_checks(const struct tally *tally);
double tally_lost_sends(const struct tally *tally);

#endif
