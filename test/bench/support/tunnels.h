/* SPDX-License-Identifier: ISC */
/* An endpoint with many monitored Child SAs, in virtual time. Every probe is answered. There are two kinds of time:
 *
 *   - one after the other: Child SA number i does everything i ms after Child SA 0, so that every call of
 *     ikl_endpoint_advance has one of them due;
 *   - one a second: each is probed once a second, at times that are evenly spread over the second, those of one IKE SA
 *     too, and the host has a tick of so many ms. */
#ifndef BENCH_TUNNELS_H
#define BENCH_TUNNELS_H

#include <ikelive/ikelive.h>

struct tunnels_probe {
    struct ikl_sa *sa;
    struct ikl_child *child;
    uint16_t number;
};

struct tunnels_config {
    const char *suite;
    const struct ikl_allocator *allocator;
    uint32_t n;      /* Child SAs */
    uint32_t of_one; /* of them, those of each IKE SA */
    uint32_t tick;   /* ms; 0: one after the other */
};

struct tunnels {
    struct tunnels_config config;
    struct ikl_endpoint *endpoint;
    struct ikl_sa **sas;
    struct tunnels_probe *probes; /* that were asked for and are not answered */
    uint32_t n_probes;
    ikl_time now; /* when Child SA 0 did the latest thing */
    struct ikl_keys keys;
};

/* False, and a word on stderr, when something fails; tunnels_clear is due in either case. */
bool tunnels_init(struct tunnels *tunnels, const struct tunnels_config *config);
void tunnels_clear(struct tunnels *tunnels);

/* Each asks for a probe; each is answered. */
void tunnels_probe(struct tunnels *tunnels);
void tunnels_answer(struct tunnels *tunnels);

#endif
