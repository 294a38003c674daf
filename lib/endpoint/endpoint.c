/* ikelive endpoint: many IKE SAs behind one table of SPIs and one timer wheel.
 * SPDX-License-Identifier: ISC */
#include "endpoint.h"

#include "sa/sa.h"

#include <string.h>

enum {
    DEFAULT_TICK_SLACK = 100,
    DEFAULT_MAX_MESSAGE = 4096,
    MIN_MAX_MESSAGE = 1280,
    MAX_MAX_MESSAGE = 65000,
    DEFAULT_POOL_BLOCKS = 64,
    DEFAULT_REQUESTS = 64,
    DEFAULT_HISTORY = 16,
    MAX_HISTORY = 1024,
    DEFAULT_HINTS = 60,
    MS_PER_MINUTE = 60000,
    DEFAULT_KEEPALIVE = 20000,
    DEFAULT_REASSEMBLY = 15000,
    DEFAULT_MARGIN = 65536,
    SPI_TRIES = 16
};

static const struct ikl_provider *const default_providers[] = {&ikl_provider_sodium};

static uint32_t or_default(uint32_t value, uint32_t otherwise)
{
    return value != 0 ? value : otherwise;
}

static int check_config(const struct ikl_endpoint_config *config)
{
    uint32_t max_message = or_default(config->max_message, DEFAULT_MAX_MESSAGE);

    if (config->size != sizeof(*config) || config->callbacks.size != sizeof(config->callbacks) ||
        config->callbacks.random == NULL || config->callbacks.send == NULL || max_message < MIN_MAX_MESSAGE ||
        max_message > MAX_MAX_MESSAGE ||
        (config->history_events > MAX_HISTORY && config->history_events != IKL_NO_HISTORY) ||
        (config->schedule != NULL && ikl_schedule_check(config->schedule) != IKL_OK)) {
        return IKL_ERR_INVALID;
    }
    return IKL_OK;
}

static void take_config(struct ikl_endpoint *endpoint, const struct ikl_endpoint_config *config, ikl_time now)
{
    bool own_providers = config->providers != NULL;

    endpoint->callbacks = config->callbacks;
    endpoint->user = config->user;
    endpoint->providers = own_providers ? config->providers : default_providers;
    endpoint->n_providers = own_providers ? config->n_providers : 1;
    endpoint->schedule = config->schedule != NULL ? config->schedule : ikl_schedule_default();
    endpoint->idle = or_default(config->idle, IKL_LIVENESS_DEFAULT_IDLE);
    endpoint->tick_slack = or_default(config->tick_slack, DEFAULT_TICK_SLACK);
    endpoint->max_message = or_default(config->max_message, DEFAULT_MAX_MESSAGE);
    endpoint->history_events =
        config->history_events != IKL_NO_HISTORY ? or_default(config->history_events, DEFAULT_HISTORY) : 0;
    endpoint->hint_interval = MS_PER_MINUTE / or_default(config->hints_per_minute, DEFAULT_HINTS);
    endpoint->keepalive = or_default(config->keepalive, DEFAULT_KEEPALIVE);
    endpoint->reassembly_time = or_default(config->reassembly_time, DEFAULT_REASSEMBLY);
    endpoint->exhaustion_margin = or_default(config->exhaustion_margin, DEFAULT_MARGIN);
    endpoint->now = now;
    endpoint->first_freed = IKL_NONE;
    endpoint->counters.size = sizeof(endpoint->counters);
}

static void init_memory(struct ikl_endpoint *endpoint, uint64_t seed)
{
    const struct ikl_allocator *allocator = &endpoint->allocator;

    ikl_slab_init(&endpoint->sas, allocator, sizeof(struct ikl_sa));
    ikl_slab_init(&endpoint->children, allocator, sizeof(struct ikl_child));
    ikl_slab_init(&endpoint->histories, allocator, ikl_history_size(endpoint->history_events));
    ikl_slab_init(&endpoint->requests, allocator, sizeof(struct ikl_own_request));
    ikl_slab_init(&endpoint->answers, allocator, sizeof(struct ikl_answer));
    ikl_slab_init(&endpoint->extras, allocator, sizeof(struct ikl_extra));
    ikl_pool_init(&endpoint->pool, allocator);
    ikl_spi_table_init(&endpoint->spis, allocator, seed);
}

static size_t message_buffer_size(const struct ikl_endpoint *endpoint)
{
    return IKL_NON_ESP_MARKER_LEN + (size_t)endpoint->max_message;
}

static int reserve(struct ikl_endpoint *endpoint, const struct ikl_endpoint_config *config, ikl_time now)
{
    const struct ikl_allocator *allocator = &endpoint->allocator;
    uint32_t blocks = or_default(config->pool_blocks, DEFAULT_POOL_BLOCKS);

    endpoint->plaintext = allocator->allocate(allocator->user, endpoint->max_message);
    endpoint->draft = allocator->allocate(allocator->user, endpoint->max_message);
    if (endpoint->plaintext == NULL || endpoint->draft == NULL) {
        return IKL_ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < IKL_SEND_LEVELS; i++) {
        endpoint->messages[i] = allocator->allocate(allocator->user, message_buffer_size(endpoint));
        if (endpoint->messages[i] == NULL) {
            return IKL_ERR_NO_MEMORY;
        }
    }
    if (ikl_slab_reserve(&endpoint->sas, config->reserve_sas) != IKL_OK ||
        ikl_slab_reserve(&endpoint->children, config->reserve_sas) != IKL_OK ||
        ikl_slab_reserve(&endpoint->answers, config->reserve_sas) != IKL_OK ||
        ikl_slab_reserve(&endpoint->requests, or_default(config->max_requests, DEFAULT_REQUESTS)) != IKL_OK ||
        ikl_slab_reserve(&endpoint->pool.blocks, blocks) != IKL_OK ||
        (endpoint->history_events != 0 && ikl_slab_match(&endpoint->histories, endpoint->sas.n_chunks) != IKL_OK) ||
        ikl_spi_table_reserve(&endpoint->spis, config->reserve_sas) != IKL_OK) {
        return IKL_ERR_NO_MEMORY;
    }
    return ikl_wheel_new(&endpoint->wheel, allocator, endpoint->sas.n_chunks * IKL_SLAB_CHUNK, now);
}

static void release_scratch(const struct ikl_endpoint *endpoint, uint8_t *scratch)
{
    if (scratch != NULL) {
        ikl_wipe(scratch, endpoint->max_message);
        endpoint->allocator.release(endpoint->allocator.user, scratch, endpoint->max_message);
    }
}

static void release_memory(struct ikl_endpoint *endpoint)
{
    struct ikl_allocator allocator = endpoint->allocator;

    ikl_wheel_free(endpoint->wheel);
    for (size_t i = 0; i < IKL_MAX_SUITES && endpoint->keyings[i].cipher != NULL; i++) {
        ikl_slab_clear(&endpoint->keyings[i].states);
    }
    ikl_slab_clear(&endpoint->sas);
    ikl_slab_clear(&endpoint->children);
    ikl_slab_clear(&endpoint->histories);
    ikl_slab_clear(&endpoint->requests);
    ikl_slab_clear(&endpoint->answers);
    ikl_slab_clear(&endpoint->extras);
    ikl_pool_clear(&endpoint->pool);
    ikl_spi_table_clear(&endpoint->spis);
    for (size_t i = 0; i < IKL_SEND_LEVELS; i++) {
        if (endpoint->messages[i] != NULL) {
            allocator.release(allocator.user, endpoint->messages[i], message_buffer_size(endpoint));
        }
    }
    release_scratch(endpoint, endpoint->plaintext);
    release_scratch(endpoint, endpoint->draft);
    allocator.release(allocator.user, endpoint, sizeof(*endpoint));
}

int ikl_endpoint_new(struct ikl_endpoint **out, const struct ikl_endpoint_config *config, ikl_time now)
{
    const struct ikl_allocator *allocator = config->allocator != NULL ? config->allocator : &ikl_default_allocator;
    struct ikl_endpoint *endpoint;
    uint64_t seed;

    if (check_config(config) != IKL_OK || now == IKL_NEVER) {
        return IKL_ERR_INVALID;
    }
    if (config->callbacks.random(config->user, (uint8_t *)&seed, sizeof(seed)) != IKL_OK) {
        return IKL_ERR_CRYPTO;
    }
    endpoint = allocator->allocate(allocator->user, sizeof(*endpoint));
    if (endpoint == NULL) {
        return IKL_ERR_NO_MEMORY;
    }
    memset(endpoint, 0, sizeof(*endpoint));
    endpoint->allocator = *allocator;
    take_config(endpoint, config, now);
    init_memory(endpoint, seed);
    if (reserve(endpoint, config, now) != IKL_OK) {
        release_memory(endpoint);
        return IKL_ERR_NO_MEMORY;
    }
    *out = endpoint;
    return IKL_OK;
}

static struct ikl_sa *sa_at(const struct ikl_endpoint *endpoint, uint32_t index)
{
    return ikl_slab_at(&endpoint->sas, index);
}

int ikl_endpoint_free(struct ikl_endpoint *endpoint)
{
    if (endpoint == NULL) {
        return IKL_OK;
    }
    if (endpoint->depth != 0) {
        return IKL_ERR_REENTRANT;
    }
    endpoint->closing = true;
    for (uint32_t i = 0; endpoint->n_sas != 0; i++) {
        struct ikl_sa *sa = sa_at(endpoint, i);

        if (sa->schedule != NULL) { /* not a free item of the slab */
            ikl_sa_free(sa);
        }
    }
    release_memory(endpoint);
    return IKL_OK;
}

void ikl_endpoint_enter(struct ikl_endpoint *endpoint)
{
    endpoint->depth++;
}

void ikl_endpoint_leave(struct ikl_endpoint *endpoint)
{
    if (--endpoint->depth != 0) {
        return;
    }
    while (endpoint->first_freed != IKL_NONE) {
        struct ikl_sa *sa = sa_at(endpoint, endpoint->first_freed);

        endpoint->first_freed = sa->next_freed;
        ikl_sa_release(sa);
    }
}

ikl_time ikl_endpoint_clock(struct ikl_endpoint *endpoint, ikl_time now)
{
    if (now < endpoint->now) {
        endpoint->counters.clock_backward++;
    } else {
        endpoint->now = ikl_time_earlier(now, IKL_NEVER - 1);
    }
    return endpoint->now;
}

uint8_t *ikl_endpoint_message(const struct ikl_endpoint *endpoint)
{
    if (endpoint->send_level == IKL_SEND_LEVELS) {
        return NULL;
    }
    return endpoint->messages[endpoint->send_level] + IKL_NON_ESP_MARKER_LEN;
}

static int give_to_host(struct ikl_endpoint *endpoint, struct ikl_sa *sa, const struct ikl_path *path,
                        const uint8_t *datagram, size_t len)
{
    int result;

    endpoint->counters.sent++;
    ikl_sa_note_sent(sa);
    endpoint->send_level++;
    result = endpoint->callbacks.send(endpoint->user, sa, path, datagram, len);
    endpoint->send_level--;
    if (result != IKL_OK) {
        endpoint->counters.send_failures++;
        sa->counters.send_failures++;
        ikl_history_add(sa, IKL_EVENT_SEND_FAILED, IKL_MESSAGE_ID_NONE, 0, endpoint->now);
    }
    return result;
}

int ikl_endpoint_transmit(struct ikl_endpoint *endpoint, struct ikl_sa *sa, const struct ikl_path *path, size_t len)
{
    const uint8_t *datagram = ikl_endpoint_message(endpoint);

    if (path->encapsulated) {
        memset(endpoint->messages[endpoint->send_level], 0, IKL_NON_ESP_MARKER_LEN);
        datagram -= IKL_NON_ESP_MARKER_LEN;
        len += IKL_NON_ESP_MARKER_LEN;
    }
    return give_to_host(endpoint, sa, path, datagram, len);
}

void ikl_endpoint_keepalive(struct ikl_endpoint *endpoint, struct ikl_sa *sa)
{
    static const uint8_t keepalive[] = {0xff};

    endpoint->counters.keepalives_sent++;
    (void)give_to_host(endpoint, sa, &sa->path, keepalive, sizeof(keepalive));
}

uint32_t ikl_endpoint_jitter(const struct ikl_endpoint *endpoint, const struct ikl_schedule *schedule)
{
    uint32_t random;

    if (schedule->jitter == 0 ||
        endpoint->callbacks.random(endpoint->user, (uint8_t *)&random, sizeof(random)) != IKL_OK) {
        return 0;
    }
    return random;
}

static int find_cipher(const struct ikl_endpoint *endpoint, const struct ikl_suite *suite,
                       const struct ikl_cipher **out)
{
    int result = IKL_ERR_UNSUPPORTED;

    for (size_t i = 0; i < endpoint->n_providers; i++) {
        int answer = endpoint->providers[i]->cipher(suite, out);

        if (answer == IKL_OK) {
            return IKL_OK;
        }
        /* the most telling of several refusals */
        if (answer != IKL_ERR_UNSUPPORTED) {
            result = answer;
        }
    }
    return result;
}

static bool same_suite(const struct ikl_suite *a, const struct ikl_suite *b)
{
    return a->encr == b->encr && a->key_bits == b->key_bits && a->integ == b->integ && a->prf == b->prf;
}

int ikl_endpoint_keying(struct ikl_endpoint *endpoint, const struct ikl_suite *suite, uint8_t *index)
{
    const struct ikl_cipher *cipher;
    size_t i = 0;
    int result;

    while (i < IKL_MAX_SUITES && endpoint->keyings[i].cipher != NULL) {
        if (same_suite(&endpoint->keyings[i].suite, suite)) {
            *index = (uint8_t)i;
            return IKL_OK;
        }
        i++;
    }
    result = find_cipher(endpoint, suite, &cipher);
    if (result != IKL_OK) {
        return result;
    }
    if (i == IKL_MAX_SUITES) {
        return IKL_ERR_NO_MEMORY;
    }
    endpoint->keyings[i] = (struct ikl_keying){.suite = *suite, .cipher = cipher};
    ikl_slab_init(&endpoint->keyings[i].states, &endpoint->allocator, 2 * cipher->state_size);
    *index = (uint8_t)i;
    return IKL_OK;
}

int ikl_endpoint_advance(struct ikl_endpoint *endpoint, ikl_time now)
{
    uint32_t timer;

    if (endpoint->depth != 0) {
        return IKL_ERR_REENTRANT;
    }
    now = ikl_endpoint_clock(endpoint, now);
    ikl_endpoint_enter(endpoint);
    while ((timer = ikl_wheel_expire(endpoint->wheel, now)) != IKL_NO_TIMER) {
        ikl_sa_tick(sa_at(endpoint, timer), now);
    }
    ikl_endpoint_leave(endpoint);
    return IKL_OK;
}

ikl_time ikl_endpoint_next_deadline(const struct ikl_endpoint *endpoint)
{
    return ikl_wheel_next_deadline(endpoint->wheel);
}

static uint64_t spi_at(const void *context, uint32_t index)
{
    return ikl_sa_own_spi(ikl_slab_at(context, index));
}

struct ikl_sa *ikl_endpoint_find(const struct ikl_endpoint *endpoint, uint64_t our_spi)
{
    uint32_t index = ikl_spi_table_find(&endpoint->spis, our_spi, spi_at, &endpoint->sas);

    return index != IKL_NONE ? sa_at(endpoint, index) : NULL;
}

int ikl_endpoint_new_spi(struct ikl_endpoint *endpoint, uint64_t *spi)
{
    for (int i = 0; i < SPI_TRIES; i++) {
        uint8_t octets[8];
        struct ikl_reader reader = ikl_reader(octets, sizeof(octets));
        uint64_t candidate;

        if (endpoint->callbacks.random(endpoint->user, octets, sizeof(octets)) != IKL_OK) {
            return IKL_ERR_CRYPTO;
        }
        candidate = ikl_read_u64(&reader);
        if (candidate != 0 && ikl_endpoint_find(endpoint, candidate) == NULL) {
            *spi = candidate;
            return IKL_OK;
        }
    }
    return IKL_ERR_CRYPTO;
}

uint32_t ikl_endpoint_n_sas(const struct ikl_endpoint *endpoint)
{
    return endpoint->n_sas;
}

void *ikl_endpoint_user(const struct ikl_endpoint *endpoint)
{
    return endpoint->user;
}

int ikl_endpoint_query(const struct ikl_endpoint *endpoint, struct ikl_endpoint_counters *out)
{
    if (out->size != sizeof(*out)) {
        return IKL_ERR_INVALID;
    }
    *out = endpoint->counters;
    return IKL_OK;
}
