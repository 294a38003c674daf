/* SPDX-License-Identifier: ISC */
/* A host whose IKE SA is on a reliable path: a connection such as one of TCP. */
#ifndef TEST_CONNECTED_H
#define TEST_CONNECTED_H

#include "asking.h"

#define CONNECTED_SUITE ASKING_SUITE

/* The first liveness check, and how long it has for its answer. */
enum { FIRST = 5000, TOTAL = 319000, DOWN_AT = FIRST + TOTAL };

/* On a connection; would be fragmented, and would follow the network, were it not for that. */
void connected(struct ikl_sa_config *config);

/* A host with an IKE SA that it has initiated, and one Child SA. */
void connected_begin(struct host *host, endpoint_change on_endpoint, sa_change on_sa);

/* The path of the IKE SA over another connection, or over UDP. */
struct ikl_path connected_path(const struct host *host, uint16_t tag, bool reliable);

/* The IKE SA is on another connection, as the host that opened it says. */
void connected_again(struct host *host, uint16_t tag);

/* Runs to the end: one verdict, at this time and after as many sends, all of which were recorded. */
void connected_assert_down(struct host *host, ikl_time at, uint32_t sends);

#endif
