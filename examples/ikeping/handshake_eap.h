/* SPDX-License-Identifier: ISC */
/* ikeping: IKE_AUTH with EAP, as the initiator (RFC 7296 §2.16): the gateway proves who it is by its certificate, we by
 * EAP, and both once more by the key that comes of it. */
#ifndef IKEPING_HANDSHAKE_EAP_H
#define IKEPING_HANDSHAKE_EAP_H

#include "session.h"

/* Whether this IKE_AUTH response is one of those with EAP, before the last one. */
bool handshake_eap_is_due(const struct session *session);

/* Takes it, and sends the next IKE_AUTH request. Null, or why there will be no IKE SA, perhaps in `why`. */
const char *handshake_eap_take(struct session *session, const struct ikl_outcome *outcome,
                               char why[HANDSHAKE_WHY_SIZE]);

/* Why the gateway refuses us: what EAP has come to, or `other` when that says nothing. */
const char *handshake_eap_why(const struct session *session, const char *other);

/* Looks at the AUTH payload of the last response, by the key of EAP; the identity is that of the first response. */
struct handshake_judgement handshake_eap_judge(const struct session *session, const struct ikl_outcome *outcome);

#endif
