/* SPDX-License-Identifier: ISC */
/* ikeping: what it counts for the summary. */
#ifndef IKEPING_TALLY_H
#define IKEPING_TALLY_H

#include <stdint.h>

struct tally {
    uint64_t sent, answered;           /* liveness checks */
    uint64_t retransmissions;          /* of any request of ours */
    uint64_t superseded;               /* checks that were outstanding when the peer rekeyed, and ended so */
    uint64_t peer_checks;              /* the peers' liveness checks that were answered */
    uint64_t tokens_refused;           /* unprotected messages with tokens that are not the peer's */
    uint64_t n;                        /* round trips, in ms: */
    double least, most, mean, squares; /* `squares`: of the differences from the mean, summed up */
};

/* Adds a round trip of a check that was sent once: of one that was sent again nobody knows which send was answered. */
void tally_add_round_trip(struct tally *tally, double ms);

/* The standard deviation of the round trips; 0 when there are none. */
double tally_deviation(const struct tally *tally);

#endif
