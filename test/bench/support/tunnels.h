/* SPDX-License-Identifier: ISC */
/* An endpoint with many monitored Child SAs, in virtual time. Child SA number i does everything i ms after Child SA 0,
 * so that every call of ikl_endpoint_advance has one of them due. Every probe is answered. */
#ifndef BENCH_TUNNELS_H
#define BENCH_TUNNELS_H

#include <ikelive/ikelive.h>

struct tunnels_probe {
    struct ikl_sa *sa;
    struct ikl_child *child;
    uint16_t number;
};

struct tunnels {
    struct ikl_endpoint *endpoint;
    struct tunnels_probe *probes; /* that were asked for and are not answered */
    uint32_t n;                   /* Child SAs */
    uint32_t n_probes;
    ikl_time now; /* when Child SA 0 did the latest thing */
    struct ikl_keys keys;
};

/* `n` Child SAs, of IKE SAs that have `of_one` each. False, and a word on stderr, when something fails; tunnels_clear
 * is due in either case. */
bool tunnels_init(struct tunnels *tunnels, const char *suite, const struct ikl_allocator *allocator, uint32_t n,
                  uint32_t of_one);
void tunnels_clear(struct tunnels *tunnels);

/* Each asks for a probe; each is answered. */
void tunnels_probe(struct tunnels *tunnels);
void tunnels_answer(struct tunnels *tunnels);

#endif
