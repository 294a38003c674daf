/* SPDX-License-Identifier: ISC */
/* ikelive examples, cluster: every initialisation vector that was ever seen, and what it protected. */
#ifndef CLUSTER_DATAGRAMS_SEEN_H
#define CLUSTER_DATAGRAMS_SEEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct datagrams_seen {
    struct datagram_seen *places; /* a hash table */
    size_t n, room;
    uint64_t protected_ones; /* datagrams looked at, repetitions included */
    uint64_t reused;         /* those whose initialisation vector had protected other octets under the same key */
};

/* Looks at a datagram of the gateways' that is protected with an AEAD whose initialisation vectors have 8 octets. False
 * when memory is out. A datagram may come again as it is: that is a retransmission. */
bool datagrams_seen_add(struct datagrams_seen *seen, const uint8_t *datagram, size_t len);

void datagrams_seen_free(struct datagrams_seen *seen);

#endif
