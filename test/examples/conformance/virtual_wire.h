/* SPDX-License-Identifier: ISC */
/* A wire of the tester in virtual time, with the deliberately wrong peer at the other end. Datagrams take no time. */
#ifndef TEST_CONFORMANCE_VIRTUAL_WIRE_H
#define TEST_CONFORMANCE_VIRTUAL_WIRE_H

#include "examples/ikeping/conformance/wire.h"
#include "wrong_peer.h"

struct virtual_wire {
    struct wrong_peer *peer;
    ikl_time now;
};

/* With a peer as of wrong_peer_new. `wire` must outlive it. */
struct wire virtual_wire_open(struct virtual_wire *wire, enum wrong_side side, const struct wrong_fault *fault,
                              bool rekeys);

void virtual_wire_close(struct virtual_wire *wire);

#endif
