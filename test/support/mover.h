/* SPDX-License-Identifier: ISC */
/* A host that has two endpoints, and whose IKE SA moves from one to the other. */
#ifndef TEST_MOVER_H
#define TEST_MOVER_H

#include "host.h"

#define MOVER_SUITE "chacha20poly1305-prfsha256"

struct mover {
    struct host host; /* its endpoint is the one that the IKE SA is on */
    struct ikl_endpoint *other;
};

/* The second endpoint, made as the first one was, for a host that has one. */
struct ikl_endpoint *mover_endpoint(struct host *host, endpoint_change change);

/* A host with a second endpoint. */
void mover_init(struct mover *mover, endpoint_change change);
void mover_clear(struct mover *mover);

/* The same with an IKE SA of MOVER_SUITE that it has initiated, and so many Child SAs. */
void mover_begin(struct mover *mover, uint32_t n_children, sa_change change);

/* Windows of three. */
void mover_with_windows(struct ikl_sa_config *config);

/* Moves the IKE SA, which must succeed. The host's handles are then the new ones. */
void host_move(struct host *host, struct ikl_endpoint **other);
void mover_move(struct mover *mover);

#endif
