/* ikelive sa: Child SAs.
 * SPDX-License-Identifier: ISC */
#include "sa.h"

static struct ikl_child *child_at(const struct ikl_sa *sa, uint32_t index)
{
    return index != IKL_NONE ? ikl_slab_at(&sa->endpoint->children, index) : NULL;
}

struct ikl_child *ikl_sa_first_child(const struct ikl_sa *sa)
{
    return child_at(sa, sa->first_child);
}

struct ikl_child *ikl_sa_next_child(const struct ikl_sa *sa, const struct ikl_child *child)
{
    return child_at(sa, child->next);
}

static bool is_known(const struct ikl_sa *sa, const struct ikl_child_config *config)
{
    for (struct ikl_child *child = ikl_sa_first_child(sa); child != NULL; child = ikl_sa_next_child(sa, child)) {
        if (child->protocol == config->protocol &&
            (child->spi_in == config->spi_in || child->spi_out == config->spi_out)) {
            return true;
        }
    }
    return false;
}

/* Where the index of a Child SA added now belongs: behind the last one. */
static uint32_t *end_of_list(struct ikl_sa *sa)
{
    uint32_t *link = &sa->first_child;

    while (*link != IKL_NONE) {
        link = &child_at(sa, *link)->next;
    }
    return link;
}

int ikl_sa_add_child(struct ikl_sa *sa, const struct ikl_child_config *config, struct ikl_child **out)
{
    struct ikl_slab *slab = &sa->endpoint->children;
    struct ikl_child *child;
    uint32_t index;

    if (sa->state != IKL_SA_ESTABLISHED) {
        return IKL_ERR_CLOSING;
    }
    if (config->size != sizeof(*config) || config->spi_in == 0 || config->spi_out == 0 ||
        (config->protocol != IKL_PROTOCOL_ESP && config->protocol != IKL_PROTOCOL_AH)) {
        return IKL_ERR_INVALID;
    }
    if (is_known(sa, config)) {
        return IKL_ERR_BUSY;
    }
    if (ikl_slab_reserve(slab, 1) != IKL_OK) {
        return IKL_ERR_NO_MEMORY;
    }
    index = ikl_slab_take(slab);
    child = ikl_slab_at(slab, index);
    *child = (struct ikl_child){.user = config->user,
                                .heard = IKL_NEVER,
                                .spi_in = config->spi_in,
                                .spi_out = config->spi_out,
                                .self = index,
                                .next = IKL_NONE,
                                .protocol = config->protocol};
    *end_of_list(sa) = index;
    if (out != NULL) {
        *out = child;
    }
    return IKL_OK;
}

void ikl_sa_unlink_child(struct ikl_sa *sa, struct ikl_child *child)
{
    uint32_t *link = &sa->first_child;

    if (child->heard != IKL_NEVER) {
        ikl_liveness_heard(&sa->liveness, ikl_time_earlier(child->heard, sa->endpoint->now));
    }
    while (*link != child->self) {
        link = &child_at(sa, *link)->next;
    }
    *link = child->next;
}

static bool is_linked(const struct ikl_sa *sa, const struct ikl_child *child)
{
    const struct ikl_child *at = ikl_sa_first_child(sa);

    while (at != NULL && at != child) {
        at = ikl_sa_next_child(sa, at);
    }
    return at != NULL;
}

int ikl_sa_remove_child(struct ikl_sa *sa, struct ikl_child *child)
{
    if (sa->state != IKL_SA_ESTABLISHED) {
        return IKL_ERR_CLOSING;
    }
    if (!is_linked(sa, child)) {
        return IKL_ERR_NOT_FOUND;
    }
    ikl_sa_unlink_child(sa, child);
    ikl_slab_give(&sa->endpoint->children, child->self);
    return IKL_OK;
}

void ikl_sa_child_down(struct ikl_sa *sa, struct ikl_child *child, const struct ikl_down *down)
{
    ikl_sa_unlink_child(sa, child);
    if (sa->endpoint->callbacks.child_down != NULL) {
        sa->endpoint->callbacks.child_down(sa->endpoint->user, sa, child, down);
    }
    ikl_slab_give(&sa->endpoint->children, child->self);
}

struct ikl_child *ikl_sa_find_child_out(const struct ikl_sa *sa, uint8_t protocol, uint32_t spi_out)
{
    struct ikl_child *child = ikl_sa_first_child(sa);

    while (child != NULL && (child->protocol != protocol || child->spi_out != spi_out)) {
        child = ikl_sa_next_child(sa, child);
    }
    return child;
}

void *ikl_child_user(const struct ikl_child *child)
{
    return child->user;
}

uint8_t ikl_child_protocol(const struct ikl_child *child)
{
    return child->protocol;
}

uint32_t ikl_child_spi_in(const struct ikl_child *child)
{
    return child->spi_in;
}

uint32_t ikl_child_spi_out(const struct ikl_child *child)
{
    return child->spi_out;
}

void ikl_child_heard(struct ikl_child *child, ikl_time at)
{
    if (child->heard == IKL_NEVER || at > child->heard) {
        child->heard = ikl_time_earlier(at, IKL_NEVER - 1);
    }
}

ikl_time ikl_child_last_heard(const struct ikl_child *child)
{
    return child->heard;
}
