/* SPDX-License-Identifier: ISC */
/* ikelive sa: Child SAs. */
#include "dues.h"
#include "monitored.h"

#include "field.h"
#include "sized.h"

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
    return child_at(sa, child->in_sa.next);
}

/* The two lists that a Child SA may be in. */
enum list { IN_SA, IN_GROUP };

static struct ikl_link *link_of(const struct ikl_endpoint *endpoint, uint32_t index, enum list list)
{
    struct ikl_child *child = ikl_slab_at(&endpoint->children, index);

    return list == IN_SA ? &child->in_sa : &child->in_group;
}

static void append(const struct ikl_endpoint *endpoint, enum list list, uint32_t *first, uint32_t index)
{
    struct ikl_link *link = link_of(endpoint, index, list);

    *link = (struct ikl_link){.next = IKL_NONE, .previous = index};
    if (*first == IKL_NONE) {
        *first = index;
    } else {
        struct ikl_link *head = link_of(endpoint, *first, list);

        link->previous = head->previous;
        link_of(endpoint, head->previous, list)->next = index;
        head->previous = index;
    }
}

static void take_out(const struct ikl_endpoint *endpoint, enum list list, uint32_t *first, uint32_t index)
{
    const struct ikl_link *link = link_of(endpoint, index, list);

    if (*first == index) {
        *first = link->next;
    } else {
        link_of(endpoint, link->previous, list)->next = link->next;
    }
    if (link->next != IKL_NONE) {
        link_of(endpoint, link->next, list)->previous = link->previous;
    } else if (*first != IKL_NONE) {
        link_of(endpoint, *first, list)->previous = link->previous;
    }
}

/* The head of the other list that the Child SA is in, beside its IKE SA's; null: it is in no other. */
static uint32_t *group_of(struct ikl_endpoint *endpoint, const struct ikl_child *child)
{
    struct ikl_own_request *own;

    if (child->gone) {
        return &endpoint->first_gone;
    }
    if (child->marked) {
        return &endpoint->first_marked;
    }
    if (!child->claimed) {
        return NULL;
    }
    own = ikl_slab_at(&endpoint->requests, child->deleted_by);
    return &own->first_child;
}

static void leave_group(struct ikl_endpoint *endpoint, const struct ikl_child *child)
{
    uint32_t *first = group_of(endpoint, child);

    if (first != NULL) {
        take_out(endpoint, IN_GROUP, first, child->self);
    }
}

static struct ikl_sa *owner_of(struct ikl_endpoint *endpoint, const struct ikl_child *child)
{
    return ikl_slab_at(&endpoint->sas, child->owner - 1);
}

/* The monitor of one that will join a group rests, and goes on when it is in none again. */
static void rest(struct ikl_endpoint *endpoint, struct ikl_child *child)
{
    if (child->monitored) {
        ikl_monitoring_rest(owner_of(endpoint, child), child);
    }
}

static void join_group(struct ikl_endpoint *endpoint, struct ikl_child *child)
{
    uint32_t *first = group_of(endpoint, child);

    if (first != NULL) {
        append(endpoint, IN_GROUP, first, child->self);
    } else if (child->monitored) {
        ikl_monitoring_wake(owner_of(endpoint, child), child);
    }
}

void ikl_sa_claim_child(const struct ikl_sa *sa, struct ikl_child *child, struct ikl_own_request *own)
{
    rest(sa->endpoint, child);
    child->claimed = true;
    child->deleted_by = own->self;
    join_group(sa->endpoint, child);
}

static void release(const struct ikl_sa *sa, struct ikl_child *child)
{
    leave_group(sa->endpoint, child);
    child->claimed = false;
    join_group(sa->endpoint, child);
}

void ikl_sa_release_claimed(const struct ikl_sa *sa, const struct ikl_own_request *own)
{
    while (own->first_child != IKL_NONE) {
        release(sa, child_at(sa, own->first_child));
    }
}

void ikl_sa_mark_child(const struct ikl_sa *sa, struct ikl_child *child)
{
    rest(sa->endpoint, child);
    leave_group(sa->endpoint, child);
    child->marked = true;
    join_group(sa->endpoint, child);
}

void ikl_sa_mark_claimed(const struct ikl_sa *sa, const struct ikl_own_request *own)
{
    while (own->first_child != IKL_NONE) {
        ikl_sa_mark_child(sa, child_at(sa, own->first_child));
    }
}

struct ikl_child *ikl_sa_first_marked(const struct ikl_sa *sa)
{
    return child_at(sa, sa->endpoint->first_marked);
}

struct ikl_child *ikl_sa_first_claimed(const struct ikl_sa *sa, const struct ikl_own_request *own)
{
    return child_at(sa, own->first_child);
}

struct ikl_child *ikl_sa_next_in_group(const struct ikl_sa *sa, const struct ikl_child *child)
{
    return child_at(sa, child->in_group.next);
}

void ikl_sa_unmark_children(const struct ikl_sa *sa)
{
    struct ikl_child *child;

    while ((child = ikl_sa_first_marked(sa)) != NULL) {
        leave_group(sa->endpoint, child);
        child->marked = false;
        join_group(sa->endpoint, child);
    }
}

static bool is_known(const struct ikl_sa *sa, const struct ikl_child_config *config)
{
    return ikl_sa_find_child(sa, config->protocol, config->spi_in) != NULL ||
           ikl_sa_find_child_out(sa, config->protocol, config->spi_out) != NULL;
}

/* The handle may belong to another endpoint, or be no longer valid: its memory is still the slab's. */
bool ikl_sa_has_child(const struct ikl_sa *sa, const struct ikl_child *child)
{
    const struct ikl_slab *slab = &sa->endpoint->children;

    return child != NULL && child->owner == sa->self + 1 && !child->gone &&
           child->self / IKL_SLAB_CHUNK < ikl_slab_n_chunks(slab) && ikl_slab_at(slab, child->self) == child;
}

void ikl_sa_attach_child(struct ikl_sa *sa, struct ikl_child *child)
{
    child->owner = sa->self + 1;
    append(sa->endpoint, IN_SA, &sa->first_child, child->self);
    ikl_child_table_add(sa->endpoint, child);
    if (child->monitored) {
        ikl_monitoring_note(sa, child, child->monitor_untold);
        ikl_monitoring_wake(sa, child);
    }
}

/* Takes a Child SA out of the list and the table of an IKE SA. */
static void detach(struct ikl_sa *sa, struct ikl_child *child)
{
    if (child->heard != IKL_NEVER) {
        ikl_idle_heard(&sa->idle, ikl_time_earlier(child->heard, sa->endpoint->now));
    }
    if (sa->endpoint->next_told == child->self) {
        sa->endpoint->next_told = child->in_sa.next;
    }
    ikl_child_table_remove(sa->endpoint, child);
    take_out(sa->endpoint, IN_SA, &sa->first_child, child->self);
    if (child->monitored) {
        ikl_monitoring_rest(sa, child);
    }
}

void ikl_sa_move_child(struct ikl_sa *from, struct ikl_sa *to, struct ikl_child *child)
{
    detach(from, child);
    ikl_sa_attach_child(to, child);
}

/* Makes the Child SA impossible to find; its evidence stays with the IKE SA. */
static void unlink_child(struct ikl_sa *sa, struct ikl_child *child)
{
    leave_group(sa->endpoint, child);
    detach(sa, child);
}

static bool take_config(struct ikl_child_config *to, const struct ikl_child_config *from)
{
    return ikl_sized_take(to, sizeof(*to), from, IKL_END_OF(struct ikl_child_config, spi_out));
}

const char *ikl_child_config_error(const struct ikl_child_config *config)
{
    struct ikl_child_config taken;

    if (!take_config(&taken, config)) {
        return IKL_FIELD("size");
    }
    return taken.protocol != IKL_PROTOCOL_ESP && taken.protocol != IKL_PROTOCOL_AH    ? IKL_FIELD("protocol")
           : taken.spi_in == 0                                                        ? IKL_FIELD("spi_in")
           : taken.spi_out == 0                                                       ? IKL_FIELD("spi_out")
           : taken.monitor != NULL && ikl_monitor_config_error(taken.monitor) != NULL ? IKL_FIELD("monitor")
                                                                                      : NULL;
}

/* What the host wants of a new Child SA; null: no monitor. */
static const struct ikl_monitor_config *monitor_of(const struct ikl_sa *sa, const struct ikl_child_config *config)
{
    if (config->unmonitored) {
        return NULL;
    }
    return config->monitor != NULL ? config->monitor : sa->endpoint->monitor;
}

/* Whether it may have a monitor, one of its own or one that it takes over. */
static bool may_be_monitored(const struct ikl_sa *sa, const struct ikl_child_config *config)
{
    return monitor_of(sa, config) != NULL ||
           (!config->unmonitored && config->replaces != NULL && config->replaces->monitored);
}

struct ikl_child *ikl_child_take_place(struct ikl_endpoint *endpoint, bool may_be_monitored)
{
    struct ikl_slab *slab = &endpoint->children;
    bool paired = may_be_monitored || ikl_slab_n_free(slab) == 0;
    uint32_t index = paired ? ikl_slab_take_pair(slab) : ikl_slab_take(slab);
    struct ikl_child *child = ikl_slab_at(slab, index);

    child->self = index;
    child->paired = paired;
    return child;
}

static void give_place(struct ikl_endpoint *endpoint, const struct ikl_child *child)
{
    if (child->paired) {
        ikl_slab_give_pair(&endpoint->children, child->self);
    } else {
        ikl_slab_give(&endpoint->children, child->self);
    }
}

/* For a first probe within as much of the interval as idle times are spread over. */
static uint32_t spread(const struct ikl_endpoint *endpoint)
{
    return endpoint->idle_spread != 0
               ? (uint32_t)((uint64_t)ikl_endpoint_random_number(endpoint) * endpoint->idle_spread / 1000)
               : 0;
}

static void watch(struct ikl_sa *sa, struct ikl_child *child, const struct ikl_child_config *config, uint32_t random)
{
    const struct ikl_monitor_config *monitor = monitor_of(sa, config);

    if (config->replaces != NULL && !config->unmonitored &&
        ikl_monitoring_inherit(sa, config->replaces, child, config->monitor)) {
        return;
    }
    if (monitor != NULL) {
        ikl_monitoring_begin(sa, child, monitor, random);
    }
}

int ikl_sa_add_child(struct ikl_sa *sa, const struct ikl_child_config *given, struct ikl_child **out)
{
    struct ikl_child_config taken;
    const struct ikl_child_config *config = &taken;
    struct ikl_child *child;
    bool monitored;
    uint32_t random;
    int result;

    if (ikl_endpoint_in_leaf(sa->endpoint)) {
        return IKL_ERR_REENTRANT;
    }
    if (!ikl_sa_may(sa, IKL_SA_MAY_ADD_CHILD)) {
        return IKL_ERR_STATE;
    }
    if (ikl_child_config_error(given) != NULL) {
        return IKL_ERR_INVALID;
    }
    (void)take_config(&taken, given);
    if (is_known(sa, config)) {
        return IKL_ERR_BUSY;
    }
    if (config->replaces != NULL && !ikl_sa_has_child(sa, config->replaces)) {
        return IKL_ERR_NOT_FOUND;
    }
    sa->endpoint->deciding = true;
    monitored = may_be_monitored(sa, config);
    result = ikl_sa_reserve_children(sa->endpoint, monitored ? 0 : 1, monitored ? 1 : 0);
    random = monitored ? spread(sa->endpoint) : 0;
    sa->endpoint->deciding = false;
    if (result != IKL_OK) {
        return result;
    }
    if (config->replaces != NULL) {
        config->replaces->replaced = true;
    }
    child = ikl_child_take_place(sa->endpoint, monitored);
    child->user = config->user;
    child->heard = IKL_NEVER;
    child->spi_in = config->spi_in;
    child->spi_out = config->spi_out;
    child->protocol = config->protocol;
    ikl_sa_attach_child(sa, child);
    watch(sa, child, config, random);
    if (out != NULL) {
        *out = child;
    }
    return IKL_OK;
}

int ikl_sa_remove_child(struct ikl_sa *sa, struct ikl_child *child)
{
    if (ikl_endpoint_in_leaf(sa->endpoint)) {
        return IKL_ERR_REENTRANT;
    }
    if (!ikl_sa_may(sa, IKL_SA_MAY_ACT)) {
        return IKL_ERR_STATE;
    }
    if (!ikl_sa_has_child(sa, child)) {
        return IKL_ERR_NOT_FOUND;
    }
    unlink_child(sa, child);
    give_place(sa->endpoint, child);
    return IKL_OK;
}

void ikl_sa_child_gone(struct ikl_sa *sa, struct ikl_child *child, enum ikl_down_reason reason)
{
    unlink_child(sa, child);
    child->owner = sa->self + 1;
    child->gone = true;
    child->reason = (unsigned)(child->replaced ? IKL_DOWN_REKEYED : reason) & 15u;
    join_group(sa->endpoint, child);
    ikl_sa_mark(sa, IKL_FACT_CHILD_DOWN);
}

struct ikl_child *ikl_sa_first_gone(const struct ikl_sa *sa)
{
    struct ikl_child *child = child_at(sa, sa->endpoint->first_gone);

    while (child != NULL && child->owner != sa->self + 1) {
        child = child_at(sa, child->in_group.next);
    }
    return child;
}

void ikl_sa_release_gone(const struct ikl_sa *sa, struct ikl_child *child)
{
    leave_group(sa->endpoint, child);
    give_place(sa->endpoint, child);
}

void ikl_sa_marked_down(struct ikl_sa *sa, enum ikl_down_reason reason)
{
    struct ikl_child *child;

    while ((child = ikl_sa_first_marked(sa)) != NULL) {
        ikl_sa_child_gone(ikl_slab_at(&sa->endpoint->sas, child->owner - 1), child, reason);
    }
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

int ikl_sa_reserve_children(struct ikl_endpoint *endpoint, uint32_t n, uint32_t n_monitored)
{
    struct ikl_slab *slab = &endpoint->children;

    if ((n_monitored != 0 && ikl_dues_reserve(endpoint) != IKL_OK) ||
        ikl_slab_reserve_pairs(slab, n_monitored) != IKL_OK ||
        (ikl_slab_reserve(slab, n) != IKL_OK &&
         n > ikl_slab_n_free(slab) + (ikl_slab_n_free_pairs(slab) - n_monitored))) {
        return IKL_ERR_NO_MEMORY;
    }
    return ikl_child_table_reserve(endpoint, n + n_monitored);
}

void ikl_sa_forget_children(struct ikl_sa *sa)
{
    struct ikl_child *child;

    while ((child = ikl_sa_first_child(sa)) != NULL) {
        ikl_child_table_remove(sa->endpoint, child);
        ikl_dues_remove(sa->endpoint, child);
        sa->first_child = child->in_sa.next;
        give_place(sa->endpoint, child);
    }
}
