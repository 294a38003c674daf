/* SPDX-License-Identifier: ISC */
/* ikelive sa: what a decision notes for when all are made. */
#include "sa.h"

enum { MAX_CHANCES = 4 };

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

/* Marks the attempt of the endpoint's lone request, if there is one. */
static void mark_lone(struct ikl_endpoint *endpoint)
{
    if (endpoint->lone != NULL) {
        struct ikl_marks *marks = &sa_at(endpoint, endpoint->first_told)->marks;

        endpoint->lone = NULL;
        marks->facts |= IKL_FACT_ATTEMPT;
        marks->listed = true;
        marks->next = IKL_NONE;
    }
}

void ikl_sa_mark(struct ikl_sa *sa, enum ikl_fact fact)
{
    mark_lone(sa->endpoint);
    sa->marks.facts |= (uint16_t)fact;
    if (!sa->marks.listed) {
        list(sa);
    }
}

void ikl_sa_mark_state(struct ikl_sa *sa, enum ikl_sa_state state)
{
    sa->marks.states |= (uint8_t)(1u << state);
    ikl_sa_mark(sa, IKL_FACT_STATE);
}

void ikl_sa_mark_end(struct ikl_sa *sa, enum ikl_down_reason reason)
{
    sa->marks.facts &= (uint16_t) ~(IKL_FACT_SYNCED | IKL_FACT_PEER_DELETES | IKL_FACT_EXHAUSTION | IKL_FACT_MONITOR);
    sa->marks.exhaustions = 0;
    sa->marks.reason = (unsigned)reason & 15u;
    ikl_sa_mark(sa, IKL_FACT_DOWN);
}

void ikl_sa_unmark(struct ikl_sa *sa)
{
    sa->marks = (struct ikl_marks){.next = IKL_NONE};
}

bool ikl_sa_take_chance(struct ikl_sa *sa)
{
    if (sa->marks.call != sa->endpoint->call) {
        sa->marks.call = sa->endpoint->call;
        sa->marks.chances = 0;
    }
    if (sa->marks.chances == MAX_CHANCES) {
        return false;
    }
    sa->marks.chances++;
    return true;
}
