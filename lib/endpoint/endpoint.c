/* SPDX-License-Identifier: ISC */
/* ikelive endpoint: many IKE SAs behind one table of SPIs and one timer wheel. */
#include "find.h"
#include "shared.h"

#include "octets.h"
#include "policy/wheel/due.h"
#include "sa/call.h"
#include "sa/dues.h"
#include "sa/sa.h"
#include "sized.h"

#include <string.h>

enum {
    MS_PER_MINUTE = 60000,
    MOVES_FOR_ONE = 32, /* timers moved for each IKE SA handled, within a work limit */
    SPI_TRIES = 16
};

/* Moving a timer costs a small part of handling an IKE SA. */
static struct ikl_wheel_work work_of_one_call(uint32_t limit)
{
    if (limit == 0) {
        return (struct ikl_wheel_work){UINT32_MAX, UINT32_MAX};
    }
    return (struct ikl_wheel_work){limit, limit < UINT32_MAX / MOVES_FOR_ONE ? limit * MOVES_FOR_ONE : UINT32_MAX};
}

static void take_herd_config(struct ikl_endpoint *endpoint, const struct ikl_endpoint_config *config)
{
    endpoint->spi_prefix_bits = config->spi_prefix_bits;
    endpoint->spi_prefix = config->spi_prefix_bits != 0 ? config->spi_prefix << (64 - config->spi_prefix_bits) : 0;
    endpoint->work = work_of_one_call(config->work_limit);
    endpoint->idle_spread = config->idle_spread;
    endpoint->probes = ikl_pace(config->probes_per_second);
    endpoint->retransmissions = ikl_pace(config->retransmissions_per_second);
    endpoint->monitor_probes = ikl_pace(config->monitor_probes_per_second);
    endpoint->monitor = config->monitor;
    endpoint->outage_after = config->outage_after;
    endpoint->outage_least = config->outage_least;
    endpoint->outage_hold = config->outage_hold;
}

static void configure(struct ikl_endpoint *endpoint, const struct ikl_endpoint_config *config, ikl_time now)
{
    endpoint->callbacks = config->callbacks;
    endpoint->marks_attempts = config->callbacks.attempt != NULL;
    endpoint->user = config->user;
    endpoint->providers = config->providers;
    endpoint->n_providers = config->n_providers;
    endpoint->schedule = config->schedule;
    endpoint->idle = config->idle;
    endpoint->tick_slack = config->tick_slack;
    endpoint->max_message = config->max_message;
    endpoint->history_events = config->history_events;
    endpoint->hint_interval = MS_PER_MINUTE / config->hints_per_minute;
    endpoint->keepalive = config->keepalive;
    endpoint->reassembly_time = config->reassembly_time;
    endpoint->max_requests = config->max_requests;
    endpoint->max_key_changes = config->max_key_changes;
    endpoint->exhaustion_margin = config->exhaustion_margin;
    ikl_share_configure(endpoint, config);
    take_herd_config(endpoint, config);
    endpoint->now = now;
    endpoint->behind = IKL_NEVER;
    endpoint->first_freed = IKL_NONE;
    endpoint->first_told = endpoint->last_told = IKL_NONE;
    endpoint->first_gone = IKL_NONE;
    endpoint->last_delete.sa = IKL_NONE;
    endpoint->first_marked = endpoint->next_told = endpoint->only_untold = IKL_NONE;
    endpoint->counters.size = sizeof(endpoint->counters);
    ikl_maker_take(&endpoint->maker, config->token_maker);
}

int ikl_endpoint_new(struct ikl_endpoint **out, const struct ikl_endpoint_config *given, ikl_time now)
{
    const struct ikl_allocator *allocator;
    struct ikl_endpoint_config taken;
    const struct ikl_endpoint_config *config = &taken;
    struct ikl_endpoint *endpoint;
    uint64_t seed = 0;
    int result = ikl_endpoint_take_config(&taken, given).error;

    if (result != IKL_OK || now == IKL_NEVER) {
        return result != IKL_OK ? result : IKL_ERR_INVALID;
    }
    allocator = config->allocator != NULL ? config->allocator : &ikl_default_allocator;
    endpoint = allocator->allocate(allocator->user, sizeof(*endpoint));
    if (endpoint == NULL) {
        return IKL_ERR_NO_MEMORY;
    }
    memset(endpoint, 0, sizeof(*endpoint));
    endpoint->allocator = *allocator;
    configure(endpoint, config, now);
    result = ikl_endpoint_random(endpoint, (uint8_t *)&seed, sizeof(seed));
    ikl_endpoint_init_memory(endpoint, seed);
    if (result == IKL_OK) {
        result = ikl_endpoint_reserve(endpoint, config, now);
    }
    if (result != IKL_OK) {
        ikl_endpoint_release_memory(endpoint);
        return result;
    }
    *out = endpoint;
    return IKL_OK;
}

static struct ikl_sa *sa_at(const struct ikl_endpoint *endpoint, uint32_t index)
{
    return ikl_slab_at(&endpoint->sas, index);
}

static bool is_in_use(const struct ikl_sa *sa)
{
    return sa->probe.run.schedule != NULL; /* not a free item of the slab */
}

/* All IKE SAs end before any is freed, because a callback may look at the others. */
static void close_all(struct ikl_endpoint *endpoint)
{
    ikl_time now = endpoint->now;

    (void)ikl_endpoint_begin(endpoint, &now); /* cannot fail: we are not in a leaf */
    for (uint32_t i = 0; i < ikl_slab_n_chunks(&endpoint->sas) * IKL_SLAB_CHUNK; i++) {
        struct ikl_sa *sa = sa_at(endpoint, i);

        if (is_in_use(sa)) {
            ikl_sa_abandon(sa, now);
        }
    }
    ikl_endpoint_leave(endpoint, now);
}

static bool may_resend(const struct ikl_sa *sa, uint32_t group)
{
    return is_in_use(sa) && ikl_sa_may(sa, IKL_SA_MAY_ACT) && ikl_sa_is_waiting(sa) &&
           (group == IKL_EVERY_PATH_GROUP || sa->group == group);
}

int ikl_endpoint_resend(struct ikl_endpoint *endpoint, uint32_t group, ikl_time now)
{
    int result = group != IKL_EVERY_PATH_GROUP && group >= endpoint->n_groups ? IKL_ERR_INVALID
                                                                              : ikl_endpoint_begin(endpoint, &now);

    if (result != IKL_OK) {
        return result;
    }
    for (uint32_t i = 0; i < ikl_slab_n_chunks(&endpoint->sas) * IKL_SLAB_CHUNK; i++) {
        struct ikl_sa *sa = sa_at(endpoint, i);

        if (may_resend(sa, group)) {
            ikl_sa_resend_by(sa, ikl_pace_turn(&endpoint->retransmissions, now), now);
        }
    }
    ikl_endpoint_leave(endpoint, now);
    return IKL_OK;
}

/* False: sending would block still. */
static bool try_blocked(struct ikl_endpoint *endpoint, struct ikl_sa *sa, ikl_time now)
{
    uint64_t before = endpoint->counters.blocked;

    if (is_in_use(sa)) {
        ikl_request_writable(sa, now);
        ikl_sa_rearm(sa, now);
    }
    return endpoint->counters.blocked == before;
}

/* Those that wait have their turn one after the other, until one has to wait again; then that is the next. */
static void go_on(struct ikl_endpoint *endpoint, ikl_time now)
{
    struct ikl_blocked *blocked = &endpoint->blocked;
    uint32_t n_slots = (uint32_t)ikl_slab_n_chunks(&endpoint->sas) * IKL_SLAB_CHUNK;

    while (blocked->n != 0 && try_blocked(endpoint, sa_at(endpoint, blocked->from), now)) {
        blocked->n = (blocked->n < n_slots ? blocked->n : n_slots) - 1;
        blocked->from = blocked->from + 1 < n_slots ? blocked->from + 1 : 0;
    }
    if (blocked->n > n_slots - blocked->from) {
        blocked->n = UINT32_MAX; /* it goes on at the beginning, and there may be more in between until the next call */
    }
}

int ikl_endpoint_writable(struct ikl_endpoint *endpoint, ikl_time now)
{
    int result = ikl_endpoint_begin(endpoint, &now);

    if (result == IKL_OK) {
        go_on(endpoint, now);
        ikl_endpoint_leave(endpoint, now);
    }
    return result;
}

int ikl_endpoint_free(struct ikl_endpoint *endpoint)
{
    if (endpoint == NULL) {
        return IKL_OK;
    }
    if (ikl_endpoint_in_leaf(endpoint) || endpoint->depth != 0) {
        return IKL_ERR_REENTRANT;
    }
    endpoint->closing = true;
    close_all(endpoint);
    ikl_endpoint_release_memory(endpoint);
    return IKL_OK;
}

int ikl_endpoint_advance(struct ikl_endpoint *endpoint, ikl_time now)
{
    struct ikl_wheel_work left = endpoint->work;
    uint32_t timer;
    int result = ikl_call_begin_outermost(endpoint, &now);

    if (result != IKL_OK) {
        return result;
    }
    endpoint->advancing = true;
    while ((timer = ikl_wheel_take_due(endpoint->wheel, now, &left)) != IKL_NO_TIMER) {
        struct ikl_sa *sa = sa_at(endpoint, timer);

        ikl_sa_tick(sa, now);
        if (endpoint->first_told != IKL_NONE) {
            ikl_call_tell(endpoint, now); /* of an outage, say, before the next IKE SA decides */
        }
    }
    if (endpoint->dues != NULL) {
        ikl_monitors_tick(endpoint, now, &left);
    }
    ikl_call_leave(endpoint, now);
    endpoint->advancing = false;
    return IKL_OK;
}

ikl_time ikl_endpoint_next_deadline(const struct ikl_endpoint *endpoint)
{
    return ikl_time_earlier(ikl_wheel_next_deadline(endpoint->wheel), ikl_dues_next(endpoint));
}

struct ikl_sa *ikl_endpoint_find(const struct ikl_endpoint *endpoint, uint64_t our_spi)
{
    return ikl_sa_of_spi(endpoint, our_spi);
}

static int draw_spi(const struct ikl_endpoint *endpoint, uint64_t *spi)
{
    for (int i = 0; i < SPI_TRIES; i++) {
        uint8_t octets[8];
        struct ikl_reader reader = ikl_reader(octets, sizeof(octets));
        uint64_t candidate;

        if (ikl_endpoint_random(endpoint, octets, sizeof(octets)) != IKL_OK) {
            return IKL_ERR_CRYPTO;
        }
        candidate = endpoint->spi_prefix | (ikl_read_u64(&reader) >> endpoint->spi_prefix_bits);
        if (candidate != 0 && ikl_endpoint_find(endpoint, candidate) == NULL) {
            *spi = candidate;
            return IKL_OK;
        }
    }
    return IKL_ERR_CRYPTO;
}

int ikl_endpoint_new_spi(struct ikl_endpoint *endpoint, uint64_t *spi)
{
    int result;

    if (ikl_endpoint_in_leaf(endpoint)) {
        return IKL_ERR_REENTRANT;
    }
    endpoint->deciding = true; /* `random` is a leaf here too */
    result = draw_spi(endpoint, spi);
    endpoint->deciding = false;
    return result;
}

uint32_t ikl_endpoint_n_sas(const struct ikl_endpoint *endpoint)
{
    return endpoint->n_sas;
}

void *ikl_endpoint_user(const struct ikl_endpoint *endpoint)
{
    return endpoint->user;
}

void ikl_endpoint_set_user(struct ikl_endpoint *endpoint, void *user)
{
    endpoint->user = user;
}

int ikl_endpoint_query(const struct ikl_endpoint *endpoint, struct ikl_endpoint_counters *out)
{
    return ikl_sized_give(out, &endpoint->counters, sizeof(endpoint->counters),
                          IKL_END_OF(struct ikl_endpoint_counters, received))
               ? IKL_OK
               : IKL_ERR_INVALID;
}
