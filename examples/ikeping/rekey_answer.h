/* SPDX-License-Identifier: ISC */
/* ikeping: the peer rekeys the IKE SA: by CREATE_CHILD_SA (RFC 7296 §1.3.2, §2.18), and by an IKE_FOLLOWUP_KE exchange
 * for each additional key exchange (RFC 9370 §2.2.4). Only then the new IKE SA is there. */
#ifndef IKEPING_REKEY_ANSWER_H
#define IKEPING_REKEY_ANSWER_H

#include "session.h"

/* Answers the request that begins a rekey, whose offer, the body of its SA payload, is well-formed. What was begun
 * before and not ended is forgotten. */
void rekey_answer_begin(struct session *session, const struct ikl_peer_request *request, struct ikl_octets offer);

/* Answers the request for an additional key exchange of the rekey under way, if there is one and the request says so.
 */
void rekey_answer_go_on(struct session *session, const struct ikl_peer_request *request);

/* Forgets the rekey under way, if there is one. */
void rekey_answer_forget(struct session *session);

#endif
