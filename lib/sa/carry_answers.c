/* SPDX-License-Identifier: ISC */
/* ikelive sa: the answers that an IKE SA takes along when it moves to another endpoint. */
#include "remembered.h"

#include <string.h>

/* One that has its new place in the list. */
static void carry(struct ikl_sa *from, struct ikl_response *old, struct ikl_sa *to, struct ikl_response *response)
{
    struct ikl_pool *pool = &from->endpoint->pool, *there = &to->endpoint->pool;

    ikl_response_unlist(from, old);
    *response = *old;
    response->next = IKL_NONE;
    response->stored = ikl_pool_carry(pool, there, old->stored);
    response->path = ikl_pool_carry(pool, there, old->path);
    if (response->state == IKL_RESPONSE_WAITING) {
        memset(response->kept.hash, 0, sizeof(response->kept.hash)); /* its key belongs to the other endpoint */
    } else if (response->state == IKL_RESPONSE_GIVEN && response->stored != IKL_NONE && ikl_sa_borrowed(to) != 0) {
        ikl_response_list(to, response);
    }
}

void ikl_sa_carry_answers(struct ikl_sa *from, struct ikl_sa *to)
{
    uint32_t *link = &to->first_response;

    *link = IKL_NONE;
    while (from->first_response != IKL_NONE) {
        uint32_t index = from->first_response;
        struct ikl_response *old = ikl_sa_first_response(from), *response;

        *link = ikl_slab_take(&to->endpoint->responses);
        response = ikl_response_at(to->endpoint, *link);
        carry(from, old, to, response);
        link = &response->next;
        from->first_response = old->next;
        ikl_slab_give(&from->endpoint->responses, index);
    }
}
