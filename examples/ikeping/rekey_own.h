/* SPDX-License-Identifier: ISC */
/* ikeping --rekey: we rekey, first the Child SA if there is one, then the IKE SA (RFC 7296 §1.3.2, §1.3.3, §2.8). The
 * peer may do so at the same time: the lowest of four nonces says whose new SA goes (§2.8.1, §2.8.2). */
#ifndef IKEPING_REKEY_OWN_H
#define IKEPING_REKEY_OWN_H

#include "replacement.h"

#include <ikelive/report.h>

struct rekey_own;

/* The session has a new IKE SA: its rekey is due --rekey seconds from now. */
void rekey_own_later(struct session *session);

/* Begins what is due. */
void rekey_own_tick(struct session *session);

/* One of the session's CREATE_CHILD_SA requests has ended. */
void rekey_own_take_outcome(struct session *session, struct ikl_sa *sa, const struct ikl_outcome *outcome);

/* Whether a request of the peer's has to wait because of what we have begun: for a Child SA while we rekey the IKE SA,
 * for the IKE SA while we rekey a Child SA (§2.25.2). */
bool rekey_own_blocks(const struct session *session, bool for_ike_sa);

/* The peer has rekeyed the IKE SA, with these nonces, its own first, and has the answer. Takes the new one, or keeps it
 * until our own request is answered. */
void rekey_own_cross(struct session *session, const struct replacement *theirs, struct ikl_octets ni,
                     struct ikl_octets nr);

/* The peer deletes this IKE SA. After a simultaneous rekey that is how it may say that its own new one stays. */
void rekey_own_peer_deletes(struct session *session, const struct ikl_sa *sa);

/* An IKE SA of the session is gone. */
void rekey_own_sa_down(struct session *session, const struct ikl_sa *sa);

/* Forgets what is under way, of Child SAs too; an IKE SA of the peer's that was kept meanwhile goes down. */
void rekey_own_forget(struct session *session);

#endif
