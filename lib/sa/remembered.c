/* SPDX-License-Identifier: ISC */
/* ikelive sa: the peer's requests and our responses that are kept, as many as the window is wide. Responses in borrowed
 * blocks are in a list of the endpoint, the oldest first; when there is no other room, one older than ten minutes is
 * forgotten (RFC 7296 §2.1 asks for several minutes). A repeat of its request is then ignored. */
#include "remembered.h"

#include "octets.h"

#include <string.h>

enum { OLD_RESPONSE = 600000 }; /* ms */

static uint32_t index_of(const struct ikl_sa *sa, const struct ikl_response *response)
{
    uint32_t index = sa->first_response;

    while (ikl_response_at(sa->endpoint, index) != response) {
        index = ikl_response_at(sa->endpoint, index)->next;
    }
    return index;
}

/* Finds the place after all that are older. The list is in order, so a new one goes to the end; only one that comes
 * from another endpoint may not. */
static void find_place(const struct ikl_endpoint *endpoint, struct ikl_response *response)
{
    const struct ikl_response *older;

    response->kept.newer = IKL_NONE;
    response->kept.older = endpoint->shares.last_old;
    while ((older = ikl_response_at(endpoint, response->kept.older)) != NULL &&
           ikl_load_u64(older->kept.at) > ikl_load_u64(response->kept.at)) {
        response->kept.newer = response->kept.older;
        response->kept.older = older->kept.older;
    }
}

void ikl_response_list(struct ikl_sa *sa, struct ikl_response *response)
{
    struct ikl_shares *shares = &sa->endpoint->shares;
    struct ikl_response *older, *newer;
    uint32_t index = index_of(sa, response);

    find_place(sa->endpoint, response);
    older = ikl_response_at(sa->endpoint, response->kept.older);
    newer = ikl_response_at(sa->endpoint, response->kept.newer);
    *(older != NULL ? &older->kept.newer : &shares->first_old) = index;
    *(newer != NULL ? &newer->kept.older : &shares->last_old) = index;
    response->kept.sa = sa->self;
}

void ikl_response_unlist(struct ikl_sa *sa, struct ikl_response *response)
{
    struct ikl_shares *shares = &sa->endpoint->shares;
    struct ikl_response *older, *newer;

    if (response->state != IKL_RESPONSE_GIVEN || response->stored == IKL_NONE || response->kept.sa == IKL_NONE) {
        return;
    }
    older = ikl_response_at(sa->endpoint, response->kept.older);
    newer = ikl_response_at(sa->endpoint, response->kept.newer);
    *(older != NULL ? &older->kept.newer : &shares->first_old) = response->kept.newer;
    *(newer != NULL ? &newer->kept.older : &shares->last_old) = response->kept.older;
    response->kept.sa = IKL_NONE;
}

void ikl_sa_drop_stored_answer(struct ikl_sa *sa, struct ikl_response *response)
{
    ikl_response_unlist(sa, response);
    ikl_sa_drop_body(sa, response->stored);
    ikl_sa_drop_body(sa, response->path);
}

void ikl_sa_empty_response(struct ikl_sa *sa, struct ikl_response *response)
{
    uint32_t next = response->next;

    ikl_sa_drop_answer(sa, response);
    *response = (struct ikl_response){.next = next, .stored = IKL_NONE, .path = IKL_NONE};
}

int ikl_sa_reserve_responses(struct ikl_endpoint *endpoint, uint32_t n)
{
    return ikl_slab_reserve(&endpoint->responses, n);
}

void ikl_sa_take_responses(struct ikl_sa *sa, uint32_t n)
{
    while (n-- > 0) {
        uint32_t index = ikl_slab_take(&sa->endpoint->responses);

        *ikl_response_at(sa->endpoint, index) =
            (struct ikl_response){.next = sa->first_response, .stored = IKL_NONE, .path = IKL_NONE};
        sa->first_response = index;
    }
}

void ikl_sa_release_responses(struct ikl_sa *sa)
{
    while (sa->first_response != IKL_NONE) {
        uint32_t index = sa->first_response;
        struct ikl_response *response = ikl_response_at(sa->endpoint, index);

        sa->first_response = response->next;
        ikl_sa_empty_response(sa, response);
        ikl_slab_give(&sa->endpoint->responses, index);
    }
}

struct ikl_response *ikl_sa_find_response(const struct ikl_sa *sa, uint32_t message_id)
{
    struct ikl_response *response = ikl_sa_first_response(sa);

    while (response != NULL && (response->state == IKL_RESPONSE_NONE || response->message_id != message_id)) {
        response = ikl_sa_next_response(sa, response);
    }
    return response;
}

/* The response to use for a new request. There are as many as the window remembers requests, so one of them is free, or
 * the oldest need not be remembered any more. */
struct ikl_response *ikl_sa_free_response(const struct ikl_sa *sa)
{
    struct ikl_response *response = ikl_sa_first_response(sa);

    for (struct ikl_response *other = response; other != NULL; other = ikl_sa_next_response(sa, other)) {
        if (other->state == IKL_RESPONSE_NONE) {
            return other;
        }
        if (other->message_id < response->message_id) {
            response = other;
        }
    }
    return response;
}

struct ikl_response *ikl_sa_response_among(const struct ikl_sa *sa, uint32_t message_id)
{
    struct ikl_response *response = ikl_sa_find_response(sa, message_id);

    return response != NULL ? response : ikl_sa_free_response(sa);
}

struct ikl_response *ikl_sa_new_response(struct ikl_sa *sa, uint32_t message_id)
{
    struct ikl_response *response = ikl_sa_free_response(sa);

    ikl_sa_empty_response(sa, response);
    response->message_id = message_id;
    return response;
}

bool ikl_sa_waits_for(const struct ikl_sa *sa, uint32_t message_id)
{
    const struct ikl_response *response = ikl_sa_find_response(sa, message_id);

    return response != NULL && ikl_response_is_overdue(response);
}

void ikl_sa_remember(struct ikl_sa *sa, struct ikl_response *response, ikl_time now)
{
    ikl_response_unlist(sa, response);
    ikl_store_u64(response->kept.at, now);
    if (ikl_sa_borrowed(sa) != 0) {
        ikl_response_list(sa, response);
    }
}

static bool is_old(const struct ikl_sa *sa, const struct ikl_response *response)
{
    return response->state == IKL_RESPONSE_GIVEN && response->stored != IKL_NONE &&
           sa->endpoint->now >= ikl_time_after(ikl_load_u64(response->kept.at), OLD_RESPONSE);
}

bool ikl_sa_forget_old_response(struct ikl_sa *sa)
{
    struct ikl_response *response = ikl_response_at(sa->endpoint, sa->endpoint->shares.first_old);

    if (response == NULL || !is_old(sa, response)) {
        return false;
    }
    ikl_sa_empty_response(ikl_slab_at(&sa->endpoint->sas, response->kept.sa), response);
    return true;
}

bool ikl_sa_forget_own_response(struct ikl_sa *sa)
{
    for (struct ikl_response *response = ikl_response_at(sa->endpoint, sa->first_response); response != NULL;
         response = ikl_response_at(sa->endpoint, response->next)) {
        if (is_old(sa, response)) {
            ikl_sa_empty_response(sa, response);
            return true;
        }
    }
    return false;
}
