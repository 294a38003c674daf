/* SPDX-License-Identifier: ISC */
/* ikeping --mobike: an IKE SA that moves with its addresses (RFC 4555). The initiator decides where it goes; the
 * responder follows what it says, and asks whether it can be reached there. mobike.c has what both sides do,
 * mobike_move.c what the initiator does. */
#ifndef IKEPING_MOBIKE_H
#define IKEPING_MOBIKE_H

#include "payload_list.h"

#include <ikelive/path.h>
#include <ikelive/report.h>

struct session;

/* MOBIKE_PATIENCE sends along one path are enough, MOBIKE_NAT_TRIES requests that a NAT has changed. */
enum { MOBIKE_ADDRESSES = 8, MOBIKE_COOKIE_LEN = 16, MOBIKE_PATIENCE = 2, MOBIKE_NAT_TRIES = 3 };

struct mobike {
    bool agreed;                                     /* by both sides */
    bool nat_detection;                              /* both can detect NATs: else there must be none */
    struct ikl_address additional[MOBIKE_ADDRESSES]; /* where the peer says that it is too */
    size_t n_additional;
    bool pending;                      /* a request is due: the initiator's update, the responder's question */
    const struct ikl_sa *asked;        /* of the one under way; null: none is */
    struct ikl_path asked_along;       /* when it was made */
    uint8_t cookie[MOBIKE_COOKIE_LEN]; /* its COOKIE2 */
    /* the initiator's: */
    unsigned nat_refusals; /* of our updates, one after the other */
    bool look;             /* a request went out: our address may be another one now */
    bool gone;             /* the peer is not any more where we send to, but at: */
    struct ikl_address heard_at;
    unsigned sends;           /* of the request that is outstanding, along the present path */
    bool trying;              /* other paths, because of its silence */
    struct ikl_path origin;   /* the one before */
    struct ikl_path accepted; /* the last one that the peer has agreed to */
    unsigned next;            /* number of the next one */
};

/* Adds to IKE_AUTH that we have it, and our other addresses, if it is wanted. */
void mobike_offer(const struct session *session, struct payload_list *list);

/* The peer has it too, if these payloads of IKE_AUTH say so. */
void mobike_agree(struct session *session, uint8_t first, struct ikl_octets payloads);

/* What is wrong with where a request came from, as an error notification; 0: nothing. */
uint16_t mobike_fault(const struct ikl_peer_request *request);

/* Adds to the response what a request of the peer's asks for, and does what it says. */
void mobike_answer(struct session *session, struct ikl_sa *sa, const struct ikl_peer_request *request,
                   struct payload_list *list);

/* Sends what is due, after the running call. */
void mobike_settle(struct session *session);

/* A request of ours has ended: true when it was one of these. */
bool mobike_take_outcome(struct session *session, const struct ikl_outcome *outcome);

/* The session's IKE SA has sent a request, for the first time or again; or had an answer. */
void mobike_take_attempt(struct session *session, const struct ikl_attempt *attempt);
void mobike_take_answer(struct session *session);

/* For these two files. */

/* The same IP address, at any port. */
bool mobike_same_ip(const struct ikl_address *a, const struct ikl_address *b);

/* Adds where the message goes from and to, so that a NAT is noticed or forbidden (§3.9). */
void mobike_add_ends(const struct session *session, struct payload_list *list);

/* Adds our other addresses. */
void mobike_add_addresses(const struct session *session, struct payload_list *list);

/* Goes on with the update that was answered along the present path: see mobike_move.c. */
void mobike_take_update(struct session *session, const struct ikl_outcome *outcome);

/* Adds what an update has. */
void mobike_add_update(const struct session *session, struct payload_list *list);

/* Goes elsewhere when it is time. */
void mobike_move(struct session *session);

#endif
