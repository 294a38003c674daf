/* SPDX-License-Identifier: ISC */
/* ikeping: a new IKE SA with a gateway, made from scratch beside the one that there is, whose place it takes: for
 * --reauth (RFC 7296 §2.8.3), and after a REDIRECT (RFC 5685 §5). The old one is watched until the new one is there,
 * and is deleted then. */
#ifndef IKEPING_SUCCESSION_H
#define IKEPING_SUCCESSION_H

#include "gateway.h"

/* Begins it, along the paths of `config`, which the gateway has from now on. Nothing happens when one is under way. */
void succession_begin(struct gateway *gateway, const struct gateway_config *config);

/* The session's IKE SA was authenticated just now: the next one is due --reauth seconds from now. */
void succession_later(struct session *session);

/* Begins what is due. */
void succession_tick(struct session *session);

/* The session is to take the place of another one, and is not established yet. */
bool succession_is(const struct session *session);

/* It is established: it is the gateway's from now on, and the old one is deleted. */
void succession_take(struct session *session);

/* It will not be, for this reason: the old one stays. */
void succession_failed(struct session *session, const char *why);

/* The old one is down. A successor that may be established at the gateway, which would have deleted the old one because
 * of it, takes its place: then true. Else that ends too. */
bool succession_inherits(struct session *old, const struct ikl_down *down);

#endif
