/* SPDX-License-Identifier: ISC */
/* ikelive examples: an IKE SA with its Child SAs between two hosts of one process, handed over to the library on both
 * sides. */
#ifndef EXAMPLES_HAND_OVER_H
#define EXAMPLES_HAND_OVER_H

#include "host.h"
#include "key_agreement.h"

/* The initiator probes. The responder only answers. */
enum { HAND_OVER_INITIATOR, HAND_OVER_RESPONDER, HAND_OVER_ENDS };

struct hand_over {
    struct ikl_suite suite;
    uint32_t idle;                       /* ms */
    const struct ikl_schedule *schedule; /* borrowed while the IKE SA lives */
    bool trim, round_trip_sends;         /* as in the config of an IKE SA */
    const struct ikl_sa_labels *labels;  /* one for each end, or null; borrowed likewise */
    struct randomness *randomness;       /* for keys, nonces, SPIs */
};

/* Lets the hosts agree on keys and hands the IKE SA over on both. Errors: those of key_agree, ikl_sa_new and
 * ikl_sa_add_child. */
IKL_MUST_USE int hand_over(const struct hand_over *what, struct host hosts[HAND_OVER_ENDS],
                           struct ikl_sa *sas[HAND_OVER_ENDS]);

#endif
