/* SPDX-License-Identifier: ISC */
/* What a host may do with its IKE SAs at any time, in callbacks too, in worlds of chance: what it does in detail is
 * drawn. Its requests and their answers have numbers, which the laws know. */
#ifndef WORLDS_ACTS_H
#define WORLDS_ACTS_H

#include "laws.h"

/* A request that a host has made; the laws have it under the same number. */
struct asked {
    const struct laws_host *by;
    struct ikl_request *handle; /* null once it has its outcome */
    struct ikl_sa *const *sa;
    uint32_t followups; /* so many IKE_FOLLOWUP_KE follow its answer, and then new keys */
    bool was_queued;    /* in a snapshot of a while ago: it may have been sent since */
};

/* A host that does something. */
struct actor {
    struct laws *laws;
    struct laws_host *law;
    struct asked *asked;                      /* LAWS_REQUESTS, of the world */
    uint64_t (*draw)(void *user, uint64_t n); /* 0 to n - 1 */
    void *user;
    ikl_time now;
    bool in_leaf; /* what it does has no effect: see struct ikl_callbacks */
};

enum act {
    ACT_PROBE,
    ACT_ADD_CHILD,
    ACT_DELETE_CHILDREN,
    ACT_HEAR_CHILDREN,
    ACT_SENT_ESP,
    ACT_HINT_ICMP,
    ACT_HINT_TOO_LONG,
    ACT_RESEND,
    ACT_RESEND_ALL,
    ACT_DELETE,
    ACT_CLOSE,
    ACT_MOVE,
    ACT_PEER_WINDOW
};

/* `sa` is the host's pointer, null when it has freed the IKE SA meanwhile. */
void act_on(const struct actor *actor, struct ikl_sa *const *sa, enum act what);

/* Makes a request whose payload has so many octets. Null when it was not made. */
struct asked *act_ask(const struct actor *actor, struct ikl_sa *const *sa, uint8_t exchange_type, size_t len);

/* Cancels the request with this number, when there is one of this host's. */
void act_cancel(const struct actor *actor, uint32_t number);

/* What `outcome` is told; of a request without context nothing. */
void act_ended(struct laws *laws, struct asked *asked, const struct ikl_outcome *outcome);

/* An IKE SA has moved to another endpoint: its requests have other handles, and are known by their contexts. */
void act_migrated(struct laws *laws, struct asked *asked, struct ikl_sa *const *sa);

/* Which of a host's two endpoints a message is for, by its SPIs: the first where the second does not know them. */
struct ikl_endpoint *act_endpoint_for(struct ikl_endpoint *first, struct ikl_endpoint *second,
                                      struct ikl_octets message);

/* What `peer_request` is told: its number, or UINT32_MAX. */
uint32_t act_executed(struct laws *laws, const struct ikl_peer_request *request);

/* Answers with so many octets, the number among them when there is room. False when it could not. */
bool act_answer(struct ikl_sa *sa, uint32_t message_id, uint32_t number, size_t len, ikl_time now);

#endif
