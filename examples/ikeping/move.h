/* SPDX-License-Identifier: ISC */
/* ikeping: where the peer is, and what becomes of its messages from elsewhere (RFC 7296 §2.23). */
#ifndef IKEPING_MOVE_H
#define IKEPING_MOVE_H

#include "session.h"

/* The peer is there now, or believed to be: the text of its address follows. */
void move_show(struct session *session, const struct ikl_address *remote);

/* A fresh authenticated message has come along another path than that of this IKE SA of the session. */
void move_take_address(struct session *session, struct ikl_sa *sa, const struct ikl_path *path);

/* The peer is there: the IKE SA goes there when the message that says so has been handled. */
void move_to(struct session *session, struct ikl_sa *sa, const struct ikl_path *path);

/* The message has been handled: from now on the IKE SA goes along its path. Not before, for what the message answers
 * would go out once more, as all does that is outstanding when a path is set. */
void move_finish(struct session *session);

/* The path to the peer, even if move_finish is still to come. */
const struct ikl_path *move_path(const struct session *session);

#endif
