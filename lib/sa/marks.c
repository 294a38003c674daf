/* SPDX-License-Identifier: ISC */
/* ikelive sa: what decisions note until all are made: facts to tell, and what the call received. */
#include "sa.h"

static struct ikl_sa *sa_at(const struct ikl_endpoint *endpoint, uint32_t index)
{
    return ikl_slab_at(&endpoint->sas, index);
}

/* Puts the IKE SA at the end of the list of those with something to tell. */
static void list(struct ikl_sa *sa)
{
    struct ikl_endpoint *endpoint = sa->endpoint;

    sa->marks.listed = true;
    sa->marks.next = IKL_NONE;
    if (endpoint->first_told == IKL_NONE) {
        endpoint->first_told = sa->self;
    } else {
        sa_at(endpoint, endpoint->last_told)->marks.next = sa->self;
    }
    endpoint->last_told = sa->self;
}

void ikl_sa_mark(struct ikl_sa *sa, enum ikl_fact fact)
{
    sa->marks.facts |= (uint16_t)fact;
    if (!sa->marks.listed) {
        list(sa);
    }
}

struct ikl_hand *ikl_sa_take_hand(struct ikl_sa *sa)
{
    struct ikl_hand *hand = &sa->endpoint->hand;

    if (hand->sa != sa) {
        hand->sa = sa;
        hand->has_address = hand->has_alive = hand->has_init_response = hand->has_peer_request = false;
        hand->answered = NULL;
        hand->secret_len = 0;
    }
    ikl_sa_mark(sa, IKL_FACT_IN_HAND);
    return hand;
}

void ikl_sa_drop_facts(struct ikl_sa *sa)
{
    struct ikl_hand *hand = &sa->endpoint->hand;

    sa->marks.facts &= (uint16_t) ~(IKL_FACT_PEER_DELETES | IKL_FACT_EXHAUSTION | IKL_FACT_MONITOR);
    sa->marks.exhaustions = 0;
    if (hand->sa == sa) {
        hand->has_address = hand->has_init_response = hand->has_peer_request = false;
    }
}
