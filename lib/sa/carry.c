/* SPDX-License-Identifier: ISC */
/* ikelive sa: what an IKE SA takes along when it moves to another endpoint: its Child SAs, its requests
 * and what only some IKE SAs have. */
#include "extra.h"
#include "monitored.h"

int ikl_sa_reserve_copies(const struct ikl_sa *from, struct ikl_endpoint *to)
{
    uint32_t n = 0, n_monitored = 0;

    for (const struct ikl_child *child = ikl_sa_first_child(from); child != NULL;
         child = ikl_sa_next_child(from, child)) {
        n += !child->monitored;
        n_monitored += child->monitored;
    }
    return ikl_sa_reserve_children(to, n, n_monitored);
}

void ikl_sa_copy_children(const struct ikl_sa *from, struct ikl_sa *to)
{
    to->first_child = IKL_NONE;
    for (const struct ikl_child *old = ikl_sa_first_child(from); old != NULL; old = ikl_sa_next_child(from, old)) {
        (void)ikl_sa_put_child(to, old, ikl_monitoring_of(from, old));
    }
}

/* A request of ours there claims those that it deletes. */
static void copy_claims(const struct ikl_sa *from, const struct ikl_own_request *old, const struct ikl_sa *to,
                        struct ikl_own_request *own)
{
    own->first_child = IKL_NONE;
    for (const struct ikl_child *child = ikl_sa_first_claimed(from, old); child != NULL;
         child = ikl_sa_next_in_group(from, child)) {
        ikl_sa_claim_child(to, ikl_sa_find_child(to, child->protocol, child->spi_in), own);
    }
}

static void carry_outgoing(struct ikl_sa *from, struct ikl_sa *to, struct ikl_request *request)
{
    request->stored = ikl_pool_carry(&from->endpoint->pool, &to->endpoint->pool, request->stored);
    ikl_request_follow(request, to->probe.run.schedule);
}

static struct ikl_own_request *carry(struct ikl_sa *from, struct ikl_own_request *old, struct ikl_sa *to)
{
    uint32_t index = ikl_slab_take(&to->endpoint->requests);
    struct ikl_own_request *own = ikl_request_at(to->endpoint, index);

    *own = *old;
    own->self = index;
    own->next = IKL_NONE;
    carry_outgoing(from, to, &own->request);
    ikl_sa_carry_earlier(from, to, own);
    copy_claims(from, old, to, own);
    from->endpoint->n_requests--;
    to->endpoint->n_requests++;
    return own;
}

void ikl_sa_carry_requests(struct ikl_sa *from, struct ikl_sa *to)
{
    uint32_t *link = &to->first_request;

    *link = IKL_NONE;
    if (to->probe.run.schedule == from->endpoint->schedule) {
        to->probe.run.schedule = to->endpoint->schedule;
    }
    carry_outgoing(from, to, &to->probe);
    while (from->first_request != IKL_NONE) {
        struct ikl_own_request *old = ikl_request_at(from->endpoint, from->first_request);
        struct ikl_own_request *own = carry(from, old, to);

        *link = own->self;
        link = &own->next;
        from->first_request = old->next;
        ikl_slab_give(&from->endpoint->requests, old->self);
    }
}

void ikl_sa_carry_extra(struct ikl_sa *from, struct ikl_sa *to)
{
    const struct ikl_extra *extra = ikl_sa_extra(from);

    if (extra != NULL) {
        to->extra = ikl_slab_take(&to->endpoint->extras);
        *ikl_sa_extra(to) = *extra;
        ikl_sa_carry_fragments(from, to);
    }
}
