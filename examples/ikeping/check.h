/* SPDX-License-Identifier: ISC */
/* ikeping: liveness checks of a session, from the first send to what becomes of each: it is answered, superseded by a
 * rekey or a takeover, or lost with the IKE SA. */
#ifndef IKEPING_CHECK_H
#define IKEPING_CHECK_H

#include "session.h"

/* One of the session's IKE SAs has sent a request, for the first time or again. */
void check_take_attempt(struct session *session, struct ikl_sa *sa, const struct ikl_attempt *attempt);

/* One of them had an answer. */
void check_take_answer(struct session *session, struct ikl_sa *sa, const struct ikl_alive *alive);

/* The session's IKE SA was replaced. A check that is outstanding on the old one may still be answered, until the next
 * one is due. */
void check_rekeyed(struct session *session);

/* Message IDs of an IKE SA were synchronised: a check that is outstanding there will not be answered. */
void check_synced(struct session *session, const struct ikl_sa *sa);

/* A check that is outstanding will not be waited for: `by` what took the place of its IKE SA. */
void check_give_up(struct session *session, const char *by);

/* An IKE SA of the session is gone, and a check with it if there was one. */
void check_sa_down(struct session *session, const struct ikl_sa *sa);

#endif
