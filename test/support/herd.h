/* SPDX-License-Identifier: ISC */
/* A host with many IKE SAs, and their peers. */
#ifndef TEST_HERD_H
#define TEST_HERD_H

#include "host.h"

enum { HERD_SAS = 40 };

struct herd {
    struct host host, peers; /* the peers only answer */
    struct ikl_sa *sas[HERD_SAS];
    bool answered; /* what the host sends arrives, and so do the answers */
};

/* Makes them at time 0, with ChaCha20-Poly1305. The changes are made to the host's endpoint and its IKE SAs. */
void herd_begin(struct herd *herd, endpoint_change change, sa_change on_sas);
void herd_end(struct herd *herd);

/* Runs the host from deadline to deadline until `until`. */
void herd_run(struct herd *herd, ikl_time until);

#endif
