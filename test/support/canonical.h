/* SPDX-License-Identifier: ISC */
/* What a message should look like when it is written again: every bit that a receiver ignores is 0.
 *
 * The obvious way, at fixed places from the start of each structure, without the library: an oracle for it. */
#ifndef TEST_CANONICAL_H
#define TEST_CANONICAL_H

#include <stddef.h>
#include <stdint.h>

/* Clears in a well-formed chain, in place, what is ignored on receipt. */
void canonical_chain(uint8_t first, uint8_t *octets, size_t len);

/* The same for a whole message without SK and SKF payloads. */
void canonical_message(uint8_t *datagram, size_t len);

#endif
