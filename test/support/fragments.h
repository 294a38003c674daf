/* SPDX-License-Identifier: ISC */
/* Messages of the peer of a test IKE SA in fragments (RFC 7383), and those of a host. */
#ifndef TEST_FRAGMENTS_H
#define TEST_FRAGMENTS_H

#include "peer.h"

/* Fills a chain of one Vendor ID payload, `len` octets in all. */
void fragments_fill(uint8_t *plaintext, size_t len);

/* How many fragments a message has whose fragments have `piece` octets of plaintext each. */
uint16_t fragments_total(const struct peer_message *whole, size_t piece);

/* Fragment `number` of them, from 1. */
struct peer_message fragment_of(const struct peer_message *whole, size_t piece, uint16_t number);

/* Seals and delivers it; and all of them in order: the result of the last. */
int hear_fragment(struct host *host, const struct peer_message *whole, size_t piece, uint16_t number);
int hear_fragments(struct host *host, const struct peer_message *whole, size_t piece);

/* Opens the fragments that a host sent from the n-th datagram on and checks what every message in fragments is like:
 * numbers, total, lengths, types, each with an IV of its own. Writes the plaintext of all and returns how many there
 * are. */
size_t open_fragments(struct host *host, size_t n, uint8_t *plaintext, size_t *len);

#endif
