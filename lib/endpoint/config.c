/* SPDX-License-Identifier: ISC */
/* ikelive endpoint: checks the config field by field. */
#include "sa/sa.h"

#include "field.h"
#include "sized.h"

enum {
    DEFAULT_TICK_SLACK = 100,
    DEFAULT_HISTORY = 16,
    DEFAULT_REQUESTS = 64,
    DEFAULT_HINTS = 60, /* a minute */
    DEFAULT_KEEPALIVE = 20000,
    DEFAULT_REASSEMBLY = 15000,
    DEFAULT_MARGIN = 65536,
    DEFAULT_OUTAGE_LEAST = 8,
    MIN_MAX_MESSAGE = 1280,
    MAX_MAX_MESSAGE = 65000,
    MAX_HISTORY = 1024,
    MAX_SPREAD = 900,
    MAX_GROUPS = 65536,
    MAX_PREFIX_BITS = 32,
    MAX_OWN_BLOCKS = 65535
};

static const struct ikl_provider *const default_providers[] = {&ikl_provider_sodium};

static void set_default(uint32_t *value, uint32_t otherwise)
{
    *value = ikl_or_default(*value, otherwise);
}

static void set_default_numbers(struct ikl_endpoint_config *config)
{
    set_default(&config->idle, IKL_LIVENESS_DEFAULT_IDLE);
    set_default(&config->tick_slack, DEFAULT_TICK_SLACK);
    set_default(&config->max_message, IKL_DEFAULT_MAX_MESSAGE);
    set_default(&config->history_events, DEFAULT_HISTORY);
    set_default(&config->hints_per_minute, DEFAULT_HINTS);
    set_default(&config->keepalive, DEFAULT_KEEPALIVE);
    set_default(&config->reassembly_time, DEFAULT_REASSEMBLY);
    set_default(&config->max_requests, DEFAULT_REQUESTS);
    set_default(&config->max_key_changes, IKL_MAX_ADDITIONAL);
    set_default(&config->exhaustion_margin, DEFAULT_MARGIN);
    set_default(&config->outage_least, DEFAULT_OUTAGE_LEAST);
    set_default(&config->reserve_children, config->reserve_sas);
    set_default(&config->path_groups, 1);
}

static void set_defaults(struct ikl_endpoint_config *config)
{
    if (config->providers == NULL) {
        config->providers = default_providers;
        config->n_providers = 1;
    }
    if (config->schedule == NULL) {
        config->schedule = ikl_schedule_default();
    }
    set_default_numbers(config);
    config->history_events = config->history_events != IKL_NO_HISTORY ? ikl_history_kept(config->history_events) : 0;
}

/* Takes both structs, as large as they are known here. */
static const char *take(struct ikl_endpoint_config *to, const struct ikl_endpoint_config *from)
{
    if (!ikl_sized_take(to, sizeof(*to), from, IKL_END_OF(struct ikl_endpoint_config, user))) {
        return IKL_FIELD("size");
    }
    if (from->callbacks.size > sizeof(from->callbacks_room) ||
        !ikl_sized_take(&to->callbacks, sizeof(to->callbacks), &from->callbacks,
                        IKL_END_OF(struct ikl_callbacks, random))) {
        return IKL_FIELD("callbacks.size");
    }
    set_defaults(to);
    return NULL;
}

static const char *wrong_callback(const struct ikl_endpoint_config *config)
{
    if (config->callbacks.random == NULL) {
        return IKL_FIELD("callbacks.random");
    }
    if (config->send_batch > IKL_MAX_BATCH) {
        return IKL_FIELD("send_batch");
    }
    if (config->send_batch != 0) {
        return config->callbacks.send_batch == NULL ? IKL_FIELD("callbacks.send_batch") : NULL;
    }
    return config->callbacks.send == NULL ? IKL_FIELD("callbacks.send") : NULL;
}

static bool is_too_many_blocks(uint32_t own_blocks)
{
    return own_blocks > MAX_OWN_BLOCKS && own_blocks != IKL_NO_OWN_BLOCKS;
}

static const char *wrong_number(const struct ikl_endpoint_config *config)
{
    if (config->max_message < MIN_MAX_MESSAGE || config->max_message > MAX_MAX_MESSAGE) {
        return IKL_FIELD("max_message");
    }
    if (config->history_events > MAX_HISTORY) {
        return IKL_FIELD("history_events");
    }
#ifdef IKL_WITHOUT_OUTAGES
    if (config->outage_after != 0) {
        return IKL_FIELD("outage_after");
    }
#endif
    if (config->spi_prefix_bits > MAX_PREFIX_BITS) {
        return IKL_FIELD("spi_prefix_bits");
    }
    return config->spi_prefix >= (uint64_t)1 << config->spi_prefix_bits ? IKL_FIELD("spi_prefix")
           : config->idle_spread > MAX_SPREAD                           ? IKL_FIELD("idle_spread")
           : config->path_groups > MAX_GROUPS                           ? IKL_FIELD("path_groups")
           : is_too_many_blocks(config->own_blocks)                     ? IKL_FIELD("own_blocks")
                                                                        : NULL;
}

static struct ikl_fault wrong_provider(const struct ikl_endpoint_config *config)
{
    const struct ikl_cipher *cipher;

    for (size_t i = 0; i < config->n_providers; i++) {
        if (ikl_provider_check(config->providers[i]) != IKL_OK) {
            return (struct ikl_fault){IKL_FIELD("providers"), IKL_ERR_INVALID};
        }
    }
    if (config->n_reserve_suites != 0 && config->reserve_suites == NULL) {
        return (struct ikl_fault){IKL_FIELD("reserve_suites"), IKL_ERR_INVALID};
    }
    for (size_t i = 0; i < config->n_reserve_suites; i++) {
        int result = ikl_find_cipher(config->providers, config->n_providers, &config->reserve_suites[i], &cipher);

        if (result != IKL_OK) {
            return (struct ikl_fault){IKL_FIELD("reserve_suites"), result};
        }
    }
    return IKL_NO_FAULT;
}

/* Of providers that were checked. */
static struct ikl_fault wrong_maker(const struct ikl_endpoint_config *config)
{
    int result = ikl_maker_check(config->token_maker, config->providers, config->n_providers);

    return result != IKL_OK ? (struct ikl_fault){IKL_FIELD("token_maker"), result} : IKL_NO_FAULT;
}

struct ikl_fault ikl_endpoint_take_config(struct ikl_endpoint_config *to, const struct ikl_endpoint_config *from)
{
    const char *field = take(to, from);
    struct ikl_fault fault;

    if (field == NULL) {
        field = wrong_callback(to);
    }
    if (field == NULL) {
        field = wrong_number(to);
    }
    if (field == NULL && ikl_schedule_check(to->schedule) != IKL_OK) {
        field = IKL_FIELD("schedule");
    }
    if (field == NULL && to->monitor != NULL && ikl_monitor_config_error(to->monitor) != NULL) {
        field = IKL_FIELD("monitor");
    }
    if (field != NULL) {
        return (struct ikl_fault){field, IKL_ERR_INVALID};
    }
    fault = wrong_provider(to);
    return fault.field != NULL ? fault : wrong_maker(to);
}

const char *ikl_endpoint_config_error(const struct ikl_endpoint_config *config)
{
    struct ikl_endpoint_config taken;

    return ikl_endpoint_take_config(&taken, config).field;
}
