/* SPDX-License-Identifier: ISC */
/* ikeping: requests of an authenticated peer (RFC 7296 §1.3, §1.4, §2.8, §2.18), of which those for Child SAs are
 * child.c's. */
#ifndef IKEPING_REKEY_H
#define IKEPING_REKEY_H

#include "session.h"

/* A request on the IKE SA `sa` of the session, present or replaced, that the library leaves to the host. */
void rekey_take_request(struct session *session, struct ikl_sa *sa, const struct ikl_peer_request *request);

#endif
