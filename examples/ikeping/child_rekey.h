/* SPDX-License-Identifier: ISC */
/* ikeping --rekey: we rekey a Child SA (RFC 7296 §1.3.3, §2.8.1). */
#ifndef IKEPING_CHILD_REKEY_H
#define IKEPING_CHILD_REKEY_H

#include "child.h"

struct child_rekey;

/* Begins to rekey the session's oldest Child SA. False when there is none, or it cannot be done. */
bool child_rekey_begin(struct session *session);

bool child_rekey_is_under_way(const struct session *session);

/* The request has ended, if it was for that: the new Child SA takes the place of the old one, which we delete. */
void child_rekey_take_outcome(struct session *session, struct ikl_sa *sa, const struct ikl_outcome *outcome);

/* The peer has rekeyed `replaced` by `made`, with these nonces, its own first: perhaps the very one that we rekey. */
void child_rekey_cross(struct session *session, const struct ikl_child *replaced, const struct child *made,
                       struct ikl_octets ni, struct ikl_octets nr);

/* A Child SA of the session is gone. */
void child_rekey_child_down(struct session *session, const struct ikl_child *child);

/* Forgets what is under way. */
void child_rekey_forget(struct session *session);

#endif
