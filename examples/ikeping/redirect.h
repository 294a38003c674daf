/* SPDX-License-Identifier: ISC */
/* ikeping: REDIRECT, with which a gateway sends a client to another one (RFC 5685). With --follow-redirect ikeping says
 * that it goes there, and does; else it says where to. */
#ifndef IKEPING_REDIRECT_H
#define IKEPING_REDIRECT_H

#include "gateway.h"
#include "payload_list.h"

/* So often it is followed, in so many ms (RFC 5685 §7). */
enum { REDIRECTS_MOST = 5, REDIRECTS_PERIOD = 300000 };

enum { REDIRECT_TEXT_SIZE = 256 };

/* Writes where a REDIRECT notification sends to: an address, or a name, cut where it is too long. Always terminated. */
void redirect_text(struct ikl_octets data, char *text, size_t size);

/* Writes why there is no IKE SA with a gateway whose REDIRECT is not followed. */
void redirect_explain(struct ikl_octets data, char *text, size_t size);

/* Adds to an IKE_SA_INIT request that we would go elsewhere, or who has sent us here. */
void redirect_offer(const struct session *session, struct payload_list *list);

/* A REDIRECT in an IKE_SA_INIT response answers the request with this nonce (§3). */
bool redirect_answers(struct ikl_octets data, struct ikl_octets nonce);

/* Goes on where a REDIRECT says: with another handshake in the place of this one, which the caller ends; or beside an
 * established IKE SA, which stays until there is one with the other gateway (§5). False when that cannot be, with the
 * reason: the gateway is not named rightly, there is no way to it, or there were too many of these. */
bool redirect_follow(struct session *session, struct ikl_octets data, char *why, size_t size);

/* The next attempt is again at the gateway that was asked for. */
void redirect_forget(struct gateway *gateway);

#endif
