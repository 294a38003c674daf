/* SPDX-License-Identifier: ISC */
/* ikelive sa, inside: the remembered requests of the peer and our responses, one by one. */
#ifndef IKL_SA_REMEMBERED_H
#define IKL_SA_REMEMBERED_H

#include "sa.h"

/* The response with this index in the slab, or null. */
static inline struct ikl_response *ikl_response_at(const struct ikl_endpoint *endpoint, uint32_t index)
{
    return index != IKL_NONE ? ikl_slab_at(&endpoint->responses, index) : NULL;
}

/* Walk all responses of an IKE SA. */
static inline struct ikl_response *ikl_sa_first_response(const struct ikl_sa *sa)
{
    return ikl_response_at(sa->endpoint, sa->first_response);
}

static inline struct ikl_response *ikl_sa_next_response(const struct ikl_sa *sa, const struct ikl_response *response)
{
    return ikl_response_at(sa->endpoint, response->next);
}

/* The response for this Message ID, or else the one to use for a new request. Nearly always there is only one. */
static inline struct ikl_response *ikl_sa_response_for(const struct ikl_sa *sa, uint32_t message_id)
{
    struct ikl_response *first = ikl_sa_first_response(sa);

    return first->next == IKL_NONE ? first : ikl_sa_response_among(sa, message_id);
}

/* Gives back what it holds in the pool, nearly always nothing; the caller overwrites it. */
static inline void ikl_sa_drop_answer(struct ikl_sa *sa, struct ikl_response *response)
{
    if ((response->stored & response->path) != IKL_NONE) {
        ikl_sa_drop_stored_answer(sa, response);
    }
}

/* remembered.c */

/* Puts a response in borrowed blocks into the list of the endpoint, behind those that are older. */
void ikl_response_list(struct ikl_sa *sa, struct ikl_response *response);
/* Takes it out of there, if it is there: what is stored is about to go. */
void ikl_response_unlist(struct ikl_sa *sa, struct ikl_response *response);

/* Whether a request waited for its turn for too long: its contents and its path are no longer kept. */
static inline bool ikl_response_is_overdue(const struct ikl_response *response)
{
    return response->state == IKL_RESPONSE_WAITING && response->stored == IKL_NONE;
}

#endif
