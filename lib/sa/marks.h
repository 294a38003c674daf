/* SPDX-License-Identifier: ISC */
/* ikelive sa, inside: what was decided and is yet to be told, and the two halves of a call. */
#ifndef IKL_SA_MARKS_H
#define IKL_SA_MARKS_H

#include "endpoint/shared.h"

/* Kinds of facts, in the order in which they are told. */
enum ikl_fact {
    IKL_FACT_HAND_ON = 1 << 0, /* nothing to tell: Deletes of Child SAs that moved follow them */
    IKL_FACT_ATTEMPT = 1 << 1, /* of requests of ours */
    IKL_FACT_IN_HAND = 1 << 2, /* what came with the datagram that was received */
    IKL_FACT_OUTCOME = 1 << 3, /* of requests of ours */
    IKL_FACT_SYNCED = 1 << 4,
    IKL_FACT_PEER_DELETES = 1 << 5,
    IKL_FACT_STATE = 1 << 6,
    IKL_FACT_REACHABILITY = 1 << 7,
    IKL_FACT_OUTAGE = 1 << 8, /* of the path group */
    IKL_FACT_EXHAUSTION = 1 << 9,
    IKL_FACT_MONITOR = 1 << 10,    /* of Child SAs */
    IKL_FACT_CHILD_DOWN = 1 << 11, /* of Child SAs */
    IKL_FACT_DOWN = 1 << 12
};

/* What was decided about an IKE SA and is not told yet. The details of a fact are in what it is about: a request, a
 * Child SA, the path group, the endpoint's hand. So no list grows, and nothing is allocated. */
struct ikl_marks {
    uint32_t next;           /* the next IKE SA with marks, in the slab */
    uint16_t facts;          /* enum ikl_fact */
    uint8_t states;          /* bit n: state n was entered */
    uint8_t exhaustions : 4; /* bit n: enum ikl_exhaustion */
    uint8_t reason : 4;      /* enum ikl_down_reason, once it ends */
    bool listed : 1;
    uint8_t chances; /* that requests had, in the outermost call with this number */
    uint16_t call;
};

/* Whether this is to be told. */
static inline bool ikl_marks_has(const struct ikl_marks *marks, enum ikl_fact fact)
{
    return (marks->facts & (unsigned)fact) != 0;
}

/* Why it ends, once that is decided. */
static inline enum ikl_down_reason ikl_marks_reason(const struct ikl_marks *marks)
{
    return (enum ikl_down_reason)marks->reason;
}

/* marks.c */

/* There is this to tell. */
void ikl_sa_mark(struct ikl_sa *sa, enum ikl_fact fact);
/* Notes that it entered this state. */
void ikl_sa_mark_state(struct ikl_sa *sa, enum ikl_sa_state state);
/* The IKE SA is DYING, for this reason: drops facts that matter only while it lives. */
void ikl_sa_mark_end(struct ikl_sa *sa, enum ikl_down_reason reason);
/* A copy of an IKE SA that was told: has no marks. */
void ikl_sa_unmark(struct ikl_sa *sa);
/* The path has changed or is there again, or the host wants all sent again: whether outstanding requests may go out at
 * once. A host that does so whenever it is told of an attempt would never leave the outermost call, so they may a few
 * times in each. */
bool ikl_sa_take_chance(struct ikl_sa *sa);

/* call.c */

/* A step of the IKE SA in a call that began with ikl_endpoint_begin is decided: starts its timer and, in the outermost
 * call, tells the host. */
void ikl_sa_leave(struct ikl_sa *sa, ikl_time now);

/* report.c */

static inline bool ikl_has_to_tell(const struct ikl_endpoint *endpoint)
{
    return endpoint->first_told != IKL_NONE || endpoint->unmatched.path != NULL;
}

/* Tells all that was decided, in the outermost call. */
void ikl_report(struct ikl_endpoint *endpoint, ikl_time now);

#endif
