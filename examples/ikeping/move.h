/* ikeping: where the peer is, and what becomes of its messages from elsewhere (RFC 7296 §2.23).
 * SPDX-License-Identifier: ISC */
#ifndef IKEPING_MOVE_H
#define IKEPING_MOVE_H

#include "session.h"

/* The session's IKE SA has another path: the text of the peer's address follows. */
void move_show(struct session *session);

/* A fresh authenticated message has come along another path than that of this IKE SA of the session. */
void move_take_address(struct session *session, struct ikl_sa *sa, const struct ikl_path *path);

#endif
