/* SPDX-License-Identifier: ISC */
/* ikeping: IKE_SA_INIT requests that a responder has answered, to tell one that comes again. */
#ifndef IKEPING_REPEATS_H
#define IKEPING_REPEATS_H

#include "ikeping.h"

struct handshake;

/* Remembers the request of a handshake, until repeats_remove. Without memory it will look new. */
void repeats_add(struct ikeping *ikeping, const struct handshake *handshake);

/* The handshake that this very request has begun; null when it is a new one. */
const struct handshake *repeats_find(const struct ikeping *ikeping, struct ikl_octets request);

/* Does nothing when it was not added. */
void repeats_remove(struct ikeping *ikeping, const struct handshake *handshake);

#endif
