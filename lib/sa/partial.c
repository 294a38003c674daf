/* SPDX-License-Identifier: ISC */
/* ikelive sa: incomplete messages of the peer: keeping, listing and forgetting them (RFC 7383 §2.6). Those of
 * CONNECTING IKE SAs are in a list of the endpoint, the oldest first. */
#include "extra.h"

#include <string.h>

/* A message in the endpoint's list. Its number is twice that of the IKE SA's extra, and one more for a response. */
static struct ikl_reassembly *partial_at(const struct ikl_endpoint *endpoint, uint32_t number)
{
    struct ikl_extra *extra = number != IKL_NONE ? ikl_slab_at(&endpoint->extras, number / 2) : NULL;

    if (extra == NULL) {
        return NULL;
    }
    return number % 2 != 0 ? &extra->response : &extra->request;
}

/* Finds the place after all that are older. The list is in order, so a new one goes to the end; only one that comes
 * from another endpoint may not. */
static void find_place(const struct ikl_endpoint *endpoint, struct ikl_reassembly *reassembly)
{
    const struct ikl_reassembly *older;

    reassembly->newer = IKL_NONE;
    reassembly->older = endpoint->shares.last_partial;
    while ((older = partial_at(endpoint, reassembly->older)) != NULL && older->expires > reassembly->expires) {
        reassembly->newer = reassembly->older;
        reassembly->older = older->older;
    }
}

void ikl_partial_list(struct ikl_sa *sa, struct ikl_reassembly *reassembly)
{
    struct ikl_shares *shares = &sa->endpoint->shares;
    struct ikl_reassembly *older, *newer;
    uint32_t number = 2 * sa->extra + (reassembly == &ikl_sa_extra(sa)->response ? 1 : 0);

    reassembly->listed = true;
    reassembly->sa = sa->self;
    find_place(sa->endpoint, reassembly);
    older = partial_at(sa->endpoint, reassembly->older);
    newer = partial_at(sa->endpoint, reassembly->newer);
    *(older != NULL ? &older->newer : &shares->first_partial) = number;
    *(newer != NULL ? &newer->older : &shares->last_partial) = number;
}

static void unlist(struct ikl_endpoint *endpoint, struct ikl_reassembly *reassembly)
{
    struct ikl_reassembly *older, *newer;

    if (!reassembly->listed) {
        return;
    }
    older = partial_at(endpoint, reassembly->older);
    newer = partial_at(endpoint, reassembly->newer);
    *(older != NULL ? &older->newer : &endpoint->shares.first_partial) = reassembly->newer;
    *(newer != NULL ? &newer->older : &endpoint->shares.last_partial) = reassembly->older;
    reassembly->listed = false;
}

struct ikl_piece ikl_piece_at(const struct ikl_sa *sa, uint32_t body)
{
    struct ikl_piece piece;

    ikl_pool_read(&sa->endpoint->pool, body, 0, (uint8_t *)&piece, sizeof(piece));
    return piece;
}

uint32_t ikl_partial_blocks(const struct ikl_sa *sa, const struct ikl_reassembly *reassembly)
{
    uint32_t body = reassembly->total != 0 ? reassembly->first_piece : IKL_NONE;
    uint32_t blocks = 0;

    for (; body != IKL_NONE; body = ikl_piece_at(sa, body).next) {
        blocks += ikl_sa_body_blocks(sa, body);
    }
    return blocks;
}

void ikl_partial_reset(struct ikl_sa *sa, struct ikl_reassembly *reassembly)
{
    uint32_t body = reassembly->total != 0 ? reassembly->first_piece : IKL_NONE;

    while (body != IKL_NONE) {
        uint32_t next = ikl_piece_at(sa, body).next;

        ikl_sa_drop_body(sa, body);
        body = next;
    }
    unlist(sa->endpoint, reassembly);
    memset(reassembly, 0, sizeof(*reassembly));
}

bool ikl_sa_forget_partial(struct ikl_sa *sa)
{
    struct ikl_endpoint *endpoint = sa->endpoint;
    struct ikl_reassembly *oldest = partial_at(endpoint, endpoint->shares.first_partial);

    while (oldest != NULL && oldest->sa == sa->self) {
        oldest = partial_at(endpoint, oldest->newer); /* at most two */
    }
    if (oldest == NULL) {
        return false;
    }
    endpoint->counters.fragments_dropped += oldest->n_pieces;
    ikl_partial_reset(ikl_slab_at(&endpoint->sas, oldest->sa), oldest);
    return true;
}

void ikl_sa_keep_partials(struct ikl_sa *sa)
{
    struct ikl_extra *extra = ikl_sa_extra(sa);

    if (extra != NULL) {
        unlist(sa->endpoint, &extra->request);
        unlist(sa->endpoint, &extra->response);
    }
}

ikl_time ikl_sa_reassembly_deadline(const struct ikl_sa *sa)
{
    const struct ikl_extra *extra = ikl_sa_extra(sa);
    ikl_time request = extra->request.total != 0 ? extra->request.expires : IKL_NEVER;
    ikl_time response = extra->response.total != 0 ? extra->response.expires : IKL_NEVER;

    return ikl_time_earlier(request, response);
}

static void expire(struct ikl_sa *sa, struct ikl_reassembly *reassembly, ikl_time now)
{
    if (reassembly->total != 0 && reassembly->expires <= now) {
        sa->endpoint->counters.fragments_dropped += reassembly->n_pieces;
        ikl_partial_reset(sa, reassembly);
    }
}

void ikl_sa_expire_fragments(struct ikl_sa *sa, ikl_time now)
{
    struct ikl_extra *extra = ikl_sa_extra(sa);

    expire(sa, &extra->request, now);
    expire(sa, &extra->response, now);
}

void ikl_sa_drop_fragments(struct ikl_sa *sa)
{
    struct ikl_extra *extra = ikl_sa_extra(sa);

    if (extra != NULL) {
        ikl_partial_reset(sa, &extra->request);
        ikl_partial_reset(sa, &extra->response);
    }
}

void ikl_sa_lose_fragments(struct ikl_sa *sa)
{
    const struct ikl_extra *extra = ikl_sa_extra(sa);

    if (extra != NULL) {
        sa->endpoint->counters.fragments_dropped += extra->request.n_pieces + extra->response.n_pieces;
        ikl_sa_drop_fragments(sa);
    }
}

/* The copy has all that is in the struct. */
static void carry(struct ikl_sa *from, struct ikl_reassembly *old, struct ikl_sa *to, struct ikl_reassembly *reassembly)
{
    bool listed = old->listed;

    unlist(from->endpoint, old);
    if (reassembly->total == 0) {
        return;
    }
    reassembly->first_piece = ikl_pool_carry_list(&from->endpoint->pool, &to->endpoint->pool, old->first_piece);
    if (listed) {
        ikl_partial_list(to, reassembly);
    }
}

void ikl_sa_carry_fragments(struct ikl_sa *from, struct ikl_sa *to)
{
    struct ikl_extra *old = ikl_sa_extra(from), *extra = ikl_sa_extra(to);

    carry(from, &old->request, to, &extra->request);
    carry(from, &old->response, to, &extra->response);
}
