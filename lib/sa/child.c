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

void ikl_sa_append_child(struct ikl_sa *sa, uint32_t index)
{
    uint32_t *link = &sa->first_child;

    while (*link != IKL_NONE) {
        link = &child_at(sa, *link)->next;
    }
    *link = index;
}

bool ikl_sa_has_child(const struct ikl_sa *sa, const struct ikl_child *child)
{
    const struct ikl_child *at = ikl_sa_first_child(sa);

    while (at != NULL && at != child) {
        at = ikl_sa_next_child(sa, at);
    }
    return at != NULL;
}

int ikl_sa_add_child(struct ikl_sa *sa, const struct ikl_child_config *config, struct ikl_child **out)
{
    struct ikl_slab *slab = &sa->endpoint->children;
    struct ikl_child *child;
    uint32_t index;

    if (sa->state != IKL_SA_CONNECTING && sa->state != IKL_SA_ESTABLISHED) {
        return IKL_ERR_CLOSING;
    }
    if (config->size != sizeof(*config) || config->spi_in == 0 || config->spi_out == 0 ||
        (config->protocol != IKL_PROTOCOL_ESP && config->protocol != IKL_PROTOCOL_AH)) {
        return IKL_ERR_INVALID;
    }
    if (is_known(sa, config)) {
        return IKL_ERR_BUSY;
    }
    if (config->replaces != NULL && !ikl_sa_has_child(sa, config->replaces)) {
        return IKL_ERR_NOT_FOUND;
    }
    if (ikl_slab_reserve(slab, 1) != IKL_OK) {
        return IKL_ERR_NO_MEMORY;
    }
    if (config->replaces != NULL) {
        config->replaces->replaced = true;
    }
    index = ikl_slab_take(slab);
    child = ikl_slab_at(slab, index);
    *child = (struct ikl_child){.user = config->user,
                                .heard = IKL_NEVER,
                                .spi_in = config->spi_in,
                                .spi_out = config->spi_out,
                                .self = index,
                                .next = IKL_NONE,
                                .deleted_by = IKL_NONE,
                                .protocol = config->protocol};
    ikl_sa_append_child(sa, index);
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

int ikl_sa_remove_child(struct ikl_sa *sa, struct ikl_child *child)
{
    if (ikl_sa_is_gone(sa)) {
        return IKL_ERR_CLOSING;
    }
    if (!ikl_sa_has_child(sa, child)) {
        return IKL_ERR_NOT_FOUND;
    }
    ikl_sa_unlink_child(sa, child);
    ikl_slab_give(&sa->endpoint->children, child->self);
    return IKL_OK;
}

void ikl_sa_child_down(struct ikl_sa *sa, struct ikl_child *child, const struct ikl_down *down)
{
    struct ikl_down told = *down;

    if (child->replaced && (down->reason == IKL_DOWN_CLOSED || down->reason == IKL_DOWN_PEER_DELETED)) {
        told.reason = IKL_DOWN_REKEYED;
    }
    ikl_sa_unlink_child(sa, child);
    if (sa->endpoint->callbacks.child_down != NULL) {
        sa->endpoint->callbacks.child_down(sa->endpoint->user, sa, child, &told);
    }
    ikl_slab_give(&sa->endpoint->children, child->self);
}

static struct ikl_child *first_marked(const struct ikl_sa *sa)
{
    struct ikl_child *child = ikl_sa_first_child(sa);

    while (child != NULL && !child->marked) {
        child = ikl_sa_next_child(sa, child);
    }
    return child;
}

/* Starts afresh after each: the callback may remove others. */
void ikl_sa_marked_down(struct ikl_sa *sa, enum ikl_down_reason reason, ikl_time now)
{
    struct ikl_down down = {.reason = reason, .at = now, .last_evidence = ikl_sa_evidence(sa, now)};
    struct ikl_child *child;

    while (!ikl_sa_is_gone(sa) && (child = first_marked(sa)) != NULL) {
        down.events = ikl_history_in_order(sa, &down.n_events);
        ikl_sa_child_down(sa, child, &down);
    }
}

struct ikl_child *ikl_sa_find_child(const struct ikl_sa *sa, uint8_t protocol, uint32_t spi_in)
{
    struct ikl_child *child = ikl_sa_first_child(sa);

    while (child != NULL && (child->protocol != protocol || child->spi_in != spi_in)) {
        child = ikl_sa_next_child(sa, child);
    }
    return child;
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

void ikl_child_set_user(struct ikl_child *child, void *user)
{
    child->user = user;
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
