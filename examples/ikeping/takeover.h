/* SPDX-License-Identifier: ISC */
/* ikeping: an IKE SA that another member of a cluster takes over (RFC 6311). Both sides agree on it; then the peer may
 * be taken over, or we play that. */
#ifndef IKEPING_TAKEOVER_H
#define IKEPING_TAKEOVER_H

#include "ikeping.h"
#include "payload_list.h"

#include <ikelive/sync.h>

struct session;

/* Offers it in IKE_AUTH, if that is wanted. */
void takeover_offer(const struct ikeping *ikeping, struct payload_list *list);

/* Accepts the offer among these payloads of IKE_AUTH, if there is one and it is wanted. */
void takeover_accept(const struct ikeping *ikeping, uint8_t first, struct ikl_octets payloads,
                     struct payload_list *list);

/* The peer offers or accepts it in these payloads: from now on the session's IKE SA may be taken over. */
void takeover_agree(struct session *session, uint8_t first, struct ikl_octets payloads);

/* The IKE SA is established, or is one that a rekey made. */
void takeover_established(struct session *session);
void takeover_rekeyed(struct session *session);

/* It is time: the IKE SA is lost, and another member goes on with its Message IDs as they were when it was
 * established. */
void takeover_tick(struct session *session);

#endif
