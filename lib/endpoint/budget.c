/* SPDX-License-Identifier: ISC */
/* ikelive endpoint: how much memory a config takes, piece by piece as memory.c takes it. */
#include "memory/arena.h"
#include "policy/wheel/memory.h"
#include "sa/dues.h"
#include "sa/sa.h"

/* Of one object for each IKE SA, or whatever `n` counts. */
static uint64_t octets_of(size_t size, uint64_t n)
{
    return ikl_slab_octets(size, ikl_slab_chunks_for(n));
}

static bool is_repeated(const struct ikl_endpoint_config *config, size_t which)
{
    for (size_t i = 0; i < which; i++) {
        if (ikl_same_cipher(&config->reserve_suites[i], &config->reserve_suites[which])) {
            return true;
        }
    }
    return false;
}

/* The key state of the suites to reserve. `*each` becomes what each IKE SA owns of the pool. */
static int add_suites(const struct ikl_endpoint_config *config, uint32_t *each, uint64_t *octets)
{
    uint64_t n = 0;

    *each = ikl_share_planned(config, NULL);
    for (size_t i = 0; i < config->n_reserve_suites; i++) {
        const struct ikl_cipher *cipher;
        int result = ikl_find_cipher(config->providers, config->n_providers, &config->reserve_suites[i], &cipher);

        if (result != IKL_OK) {
            return result;
        }
        *each = cipher->deterministic ? *each : ikl_share_planned(config, cipher);
        if (!is_repeated(config, i)) {
            *octets += octets_of(2 * cipher->state_size, ikl_states_to_reserve(config));
            n++;
        }
    }
    *octets += ikl_keyings_octets(n);
    return IKL_OK;
}

static uint64_t octets_of_children(const struct ikl_endpoint_config *config)
{
    uint32_t n = config->reserve_children;
    uint64_t chunks = config->monitor != NULL ? ikl_slab_chunks_for_pairs(n) : ikl_slab_chunks_for(n);

    return ikl_slab_octets(sizeof(struct ikl_child), chunks) + ikl_child_table_octets(n) +
           (config->monitor != NULL && n != 0 ? ikl_dues_octets() : 0);
}

static uint64_t octets_of_slabs(const struct ikl_endpoint_config *config)
{
    uint32_t sas = config->reserve_sas, events = config->history_events;

    return octets_of(sizeof(struct ikl_sa), sas) + octets_of_children(config) +
           octets_of(sizeof(struct ikl_response), sas) + octets_of(sizeof(struct ikl_extra), config->reserve_extras) +
           octets_of(sizeof(struct ikl_own_request), config->max_requests) +
           (events != 0 ? octets_of(ikl_history_size(events), sas) : 0);
}

/* Of the buffers for messages. */
static uint64_t octets_of_buffers(uint32_t max_message)
{
    return ikl_arena_piece(max_message) + ikl_arena_piece(ikl_endpoint_draft_size(max_message)) +
           ikl_arena_piece(ikl_endpoint_message_size(max_message)) +
           ikl_arena_piece(ikl_endpoint_aside_size(max_message));
}

/* All but the suites and the pool. */
static uint64_t octets_of_the_rest(const struct ikl_endpoint_config *config)
{
    uint32_t sas = config->reserve_sas;

    return ikl_arena_piece(sizeof(struct ikl_endpoint)) + octets_of_buffers(config->max_message) +
           octets_of_slabs(config) + ikl_arena_piece(config->path_groups * (uint64_t)sizeof(struct ikl_group)) +
           ikl_batch_octets(config->max_message, config->send_batch) + ikl_spi_table_octets(sas) +
           ikl_tombstones_octets(sas) + ikl_beside_octets(config->reserve_tokens, sizeof(struct ikl_token)) +
           ikl_beside_octets(config->reserve_syncs, sizeof(struct ikl_sync)) +
           ikl_beside_octets(config->reserve_key_changes, sizeof(struct ikl_key_change)) +
           ikl_wheel_octets((uint32_t)(ikl_slab_chunks_for(sas) * IKL_SLAB_CHUNK));
}

int ikl_endpoint_arena_size(const struct ikl_endpoint_config *given, size_t *out)
{
    struct ikl_endpoint_config config;
    uint64_t octets = 0;
    uint32_t each;
    int result = ikl_endpoint_take_config(&config, given).error;

    if (result != IKL_OK) {
        return result;
    }
    result = add_suites(&config, &each, &octets);
    if (result != IKL_OK) {
        return result;
    }
    octets += octets_of_the_rest(&config) + ikl_share_octets(&config, (uint64_t)each * config.reserve_sas);
    *out = config.reserve_sas <= IKL_WHEEL_MAX_TIMERS - IKL_SLAB_CHUNK ? ikl_arena_size(octets) : SIZE_MAX;
    return *out != SIZE_MAX ? IKL_OK : IKL_ERR_NO_MEMORY;
}
