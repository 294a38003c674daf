/* SPDX-License-Identifier: ISC */
/* ikelive endpoint: how much memory a config takes, piece by piece as memory.c takes it. */
#include "memory/arena.h"
#include "policy/wheel/memory.h"
#include "sa/sa.h"

static uint64_t octets_of(const struct ikl_slab *slab, uint64_t n)
{
    return ikl_slab_octets(slab, ikl_slab_chunks_for(n));
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
static int add_suites(const struct ikl_endpoint *endpoint, const struct ikl_endpoint_config *config, uint32_t *each,
                      uint64_t *octets)
{
    uint64_t n = 0;

    *each = ikl_share_of(endpoint, NULL);
    for (size_t i = 0; i < config->n_reserve_suites; i++) {
        const struct ikl_cipher *cipher;
        struct ikl_slab states;
        int result = ikl_endpoint_cipher(endpoint, &config->reserve_suites[i], &cipher);

        if (result != IKL_OK) {
            return result;
        }
        *each = cipher->deterministic ? *each : ikl_share_of(endpoint, cipher);
        if (!is_repeated(config, i)) {
            ikl_slab_init(&states, NULL, 2 * cipher->state_size);
            *octets += octets_of(&states, config->reserve_sas);
            n++;
        }
    }
    *octets += ikl_keyings_octets(n);
    return IKL_OK;
}

static uint64_t octets_of_children(const struct ikl_endpoint *endpoint, uint32_t n)
{
    uint64_t chunks = endpoint->monitor != NULL ? ikl_slab_chunks_for_pairs(n) : ikl_slab_chunks_for(n);

    return ikl_slab_octets(&endpoint->children, chunks) + ikl_child_table_octets(n);
}

static uint64_t octets_of_slabs(const struct ikl_endpoint *endpoint, const struct ikl_endpoint_config *config)
{
    uint32_t sas = config->reserve_sas;
    uint64_t histories = endpoint->history_events != 0 ? octets_of(&endpoint->histories, sas) : 0;

    return octets_of(&endpoint->sas, sas) +
           octets_of_children(endpoint, ikl_or_default(config->reserve_children, sas)) +
           octets_of(&endpoint->responses, sas) + octets_of(&endpoint->extras, config->reserve_extras) +
           octets_of(&endpoint->requests, endpoint->max_requests) + histories;
}

/* All but the suites and the pool. */
static uint64_t octets_of_the_rest(const struct ikl_endpoint *endpoint, const struct ikl_endpoint_config *config)
{
    uint32_t sas = config->reserve_sas, groups = ikl_or_default(config->path_groups, 1);

    return ikl_arena_piece(sizeof(*endpoint)) + ikl_endpoint_buffer_octets(endpoint) +
           octets_of_slabs(endpoint, config) + ikl_arena_piece(groups * (uint64_t)sizeof(*endpoint->groups)) +
           ikl_batch_octets(endpoint, config->send_batch) + ikl_spi_table_octets(sas) + ikl_tombstones_octets(sas) +
           ikl_beside_octets(config->reserve_tokens, sizeof(struct ikl_token)) +
           ikl_wheel_octets((uint32_t)(ikl_slab_chunks_for(sas) * IKL_SLAB_CHUNK));
}

int ikl_endpoint_arena_size(const struct ikl_endpoint_config *given, size_t *out)
{
    struct ikl_endpoint_config config;
    struct ikl_endpoint endpoint = {0};
    uint64_t octets = 0;
    uint32_t each;
    int result = ikl_endpoint_take_config(&config, given).error;

    if (result != IKL_OK) {
        return result;
    }
    ikl_endpoint_configure(&endpoint, &config, 0);
    ikl_endpoint_init_memory(&endpoint, 0);
    result = add_suites(&endpoint, &config, &each, &octets);
    if (result != IKL_OK) {
        return result;
    }
    octets += octets_of_the_rest(&endpoint, &config) + ikl_share_octets(&endpoint, (uint64_t)each * config.reserve_sas);
    *out = config.reserve_sas <= IKL_WHEEL_MAX_TIMERS - IKL_SLAB_CHUNK ? ikl_arena_size(octets) : SIZE_MAX;
    return *out != SIZE_MAX ? IKL_OK : IKL_ERR_NO_MEMORY;
}
