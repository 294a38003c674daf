/* SPDX-License-Identifier: ISC */
/* ikelive tombstones: what is left of IKE SAs that their peers have deleted. The answer to such a Delete may get lost.
 * Then the peer sends the Delete again (RFC 7296 §2.1), to an IKE SA that is gone. A tombstone keeps the answer. */
#ifndef IKL_TOMBSTONES_H
#define IKL_TOMBSTONES_H

#include <ikelive/message.h>

/* A ring: the oldest tombstone makes room for the next. Each is good for 320 s and ten answers, so an attacker who
 * recorded the Delete gains little by sending it from another address. Nothing is allocated after
 * ikl_tombstones_new. */
struct ikl_tombstones;

enum { IKL_TOMBSTONE_ANSWER = 96 }; /* the longest answer: without payloads none is longer */

/* Makes room for a sixteenth of this many IKE SAs, at least 64 and at most 4096. The allocator and `seed` are as for
 * ikl_spi_table_init. IKL_ERR_NO_MEMORY. */
int ikl_tombstones_new(struct ikl_tombstones **out, const struct ikl_allocator *allocator, uint64_t seed,
                       uint32_t n_sas);
/* What that takes of an arena. */
uint64_t ikl_tombstones_octets(uint32_t n_sas);
void ikl_tombstones_free(struct ikl_tombstones *tombstones);

/* The hash by which a request is known again; the request is a whole message in one piece. */
uint64_t ikl_tombstones_hash(const struct ikl_tombstones *tombstones, struct ikl_octets request);

/* A Delete with this hash ended the IKE SA with this SPI of ours, and got this answer. */
void ikl_tombstones_ended(struct ikl_tombstones *tombstones, uint64_t spi, uint64_t hash, struct ikl_octets answer,
                          ikl_time now);

/* A message came for an SPI of ours that no IKE SA has. Returns the answer if the message is the Delete that ended one,
 * octet for octet; else none. */
struct ikl_octets ikl_tombstones_asked(struct ikl_tombstones *tombstones, uint64_t spi, struct ikl_octets message,
                                       ikl_time now);

/* Whether one has this SPI of ours. */
bool ikl_tombstones_has(const struct ikl_tombstones *tombstones, uint64_t spi, ikl_time now);

/* Another IKE SA has this SPI of ours from now on. */
void ikl_tombstones_spi_used(struct ikl_tombstones *tombstones, uint64_t spi);

#endif
