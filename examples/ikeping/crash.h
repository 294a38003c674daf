/* SPDX-License-Identifier: ISC */
/* ikeping: quick crash detection (RFC 6290). Both sides take the peer's token, give their own away, and show it to
 * peers of a time before they were started anew. */
#ifndef IKEPING_CRASH_H
#define IKEPING_CRASH_H

#include "ikeping.h"
#include "payload_list.h"

#include <ikelive/crash.h>

struct session;

/* Reads the secret that our tokens are made of, or makes one that does not outlive the program. False, said
 * on stderr, when there is no good one. */
bool crash_read_secret(struct credentials *out, const struct settings *settings);

/* From now on tokens are shown. Errors: those of ikl_endpoint_set_token_maker. */
IKL_MUST_USE int crash_begin(struct ikeping *ikeping);

/* Adds our token for the IKE SA with these SPIs, and our role in it, to a message that will be protected, if we give
 * tokens away. */
void crash_add_token(const struct ikeping *ikeping, uint64_t spi_i, uint64_t spi_r, bool original_initiator,
                     struct payload_list *list);

/* Takes the peer's token for an IKE SA from a message that was protected, if there is one and we want it. */
void crash_take_token(const struct session *session, struct ikl_sa *sa, uint8_t first, struct ikl_octets payloads);

#endif
