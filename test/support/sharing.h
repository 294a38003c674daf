/* SPDX-License-Identifier: ISC */
/* IKE SAs that share the pool of an endpoint, and messages that take about as much of it as each owns. */
#ifndef TEST_SHARING_H
#define TEST_SHARING_H

#include "peer.h"

#define SHARING_SUITE "chacha20poly1305-prfsha256"

/* Numbers of blocks: of one largest message of 4096 octets, of the common pool, and what an IKE SA owns. */
enum { SHARING_M = 69, SHARING_COMMON = 8 * SHARING_M, SHARING_OWN = 4 };

/* The body of a message of 480 octets, the longest that fits what an IKE SA owns. */
extern const struct ikl_payload sharing_payload;

/* The request of a peer's of that length. */
struct peer_message sharing_request(uint32_t message_id);

/* A CONNECTING IKE SA, or one that is ESTABLISHED, with this number. */
struct ikl_sa *sharing_sa(struct host *host, uint32_t n, bool connecting, uint32_t window);

/* As many as fill what an endpoint allocates at once, together with the one that the host has. */
void sharing_fill(struct host *host);

#endif
