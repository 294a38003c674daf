/* SPDX-License-Identifier: ISC */
/* ikelive endpoint: the memory of an endpoint. All of it is allocated when something is created, nothing later. */
#include "group.h"
#include "memory/arena.h"
#include "sa/dues.h"
#include "sa/sa.h"
#include "sa/syncing.h"

void ikl_endpoint_init_memory(struct ikl_endpoint *endpoint, uint64_t seed)
{
    const struct ikl_allocator *allocator = &endpoint->allocator;

    ikl_slab_init(&endpoint->sas, allocator, sizeof(struct ikl_sa));
    ikl_slab_init(&endpoint->children, allocator, sizeof(struct ikl_child));
    ikl_slab_init(&endpoint->histories, allocator, ikl_history_size(endpoint->history_events));
    ikl_slab_init(&endpoint->requests, allocator, sizeof(struct ikl_own_request));
    ikl_slab_init(&endpoint->responses, allocator, sizeof(struct ikl_response));
    ikl_slab_init(&endpoint->extras, allocator, sizeof(struct ikl_extra));
    ikl_pool_init(&endpoint->pool, allocator);
    ikl_spi_table_init(&endpoint->spis, allocator, seed);
    ikl_beside_init(&endpoint->tokens, allocator, seed, sizeof(struct ikl_token));
    ikl_beside_init(&endpoint->syncs, allocator, seed, sizeof(struct ikl_sync));
    ikl_beside_init(&endpoint->key_changes, allocator, seed, sizeof(struct ikl_key_change));
    ikl_beside_init(&endpoint->kept, allocator, seed, sizeof(struct ikl_kept));
    endpoint->child_table = (struct ikl_child_table){.key = {seed, ~seed}};
}

static int reserve_buffers(struct ikl_endpoint *endpoint)
{
    const struct ikl_allocator *allocator = &endpoint->allocator;

    endpoint->plaintext = allocator->allocate(allocator->user, endpoint->max_message);
    endpoint->draft = allocator->allocate(allocator->user, ikl_endpoint_draft_size(endpoint->max_message));
    if (endpoint->plaintext == NULL || endpoint->draft == NULL) {
        return IKL_ERR_NO_MEMORY;
    }
    endpoint->message = allocator->allocate(allocator->user, ikl_endpoint_message_size(endpoint->max_message));
    endpoint->aside = allocator->allocate(allocator->user, ikl_endpoint_aside_size(endpoint->max_message));
    return endpoint->message != NULL && endpoint->aside != NULL ? IKL_OK : IKL_ERR_NO_MEMORY;
}

static int reserve_suites(struct ikl_endpoint *endpoint, const struct ikl_endpoint_config *config)
{
    for (size_t i = 0; i < config->n_reserve_suites; i++) {
        const struct ikl_suite *suite = &config->reserve_suites[i];
        const struct ikl_cipher *cipher;
        uint16_t keying;
        int result = ikl_endpoint_cipher(endpoint, suite, &cipher);

        if (result == IKL_OK) {
            result = ikl_endpoint_keying(endpoint, suite, cipher, &keying);
        }

        if (result != IKL_OK) {
            return result;
        }
        ikl_endpoint_hold_keying(endpoint, keying); /* held for ever */
        if (ikl_slab_reserve(&endpoint->keyings[keying].states, ikl_states_to_reserve(config)) != IKL_OK) {
            return IKL_ERR_NO_MEMORY;
        }
    }
    return IKL_OK;
}

/* The blocks that IKE SAs still to come will own: as many as the reserved suites may need. */
static uint64_t owned_later(const struct ikl_endpoint *endpoint, const struct ikl_endpoint_config *config)
{
    uint32_t each = ikl_share_of(endpoint, NULL);

    for (uint32_t i = 0; i < endpoint->n_keyings; i++) {
        const struct ikl_cipher *cipher = endpoint->keyings[i].cipher;

        each = cipher != NULL && !cipher->deterministic ? ikl_share_of(endpoint, cipher) : each;
    }
    return (uint64_t)each * config->reserve_sas;
}

/* Those that may have a monitor may be without. */
static int reserve_children(struct ikl_endpoint *endpoint, uint32_t n)
{
    return endpoint->monitor != NULL ? ikl_sa_reserve_children(endpoint, 0, n)
                                     : ikl_sa_reserve_children(endpoint, n, 0);
}

static int reserve_slabs(struct ikl_endpoint *endpoint, const struct ikl_endpoint_config *config)
{
    uint32_t sas = config->reserve_sas;

    if (ikl_slab_reserve(&endpoint->sas, sas) != IKL_OK ||
        reserve_children(endpoint, config->reserve_children) != IKL_OK ||
        ikl_slab_reserve(&endpoint->responses, sas) != IKL_OK ||
        ikl_slab_reserve(&endpoint->extras, config->reserve_extras) != IKL_OK ||
        ikl_beside_reserve(&endpoint->key_changes, config->reserve_key_changes) != IKL_OK ||
        ikl_slab_reserve(&endpoint->requests, endpoint->max_requests) != IKL_OK ||
        ikl_share_reserve(endpoint, owned_later(endpoint, config)) != IKL_OK ||
        (endpoint->history_events != 0 &&
         ikl_slab_match(&endpoint->histories, ikl_slab_n_chunks(&endpoint->sas)) != IKL_OK) ||
        ikl_spi_table_reserve(&endpoint->spis, sas) != IKL_OK ||
        ikl_beside_reserve(&endpoint->tokens, config->reserve_tokens) != IKL_OK ||
        ikl_endpoint_reserve_syncs(endpoint, config->reserve_syncs) != IKL_OK) {
        return IKL_ERR_NO_MEMORY;
    }
    return IKL_OK;
}

/* The allocator of a fixed budget: it refuses every later request. */
static void *refuse(void *user, size_t size)
{
    (void)user;
    (void)size;
    return NULL;
}

int ikl_endpoint_reserve(struct ikl_endpoint *endpoint, const struct ikl_endpoint_config *config, ikl_time now)
{
    int result = reserve_suites(endpoint, config);

    if (result != IKL_OK) {
        return result;
    }
    if (reserve_buffers(endpoint) != IKL_OK || reserve_slabs(endpoint, config) != IKL_OK ||
        ikl_groups_reserve(endpoint, config->path_groups, now) != IKL_OK ||
        ikl_batch_reserve(endpoint, config->send_batch) != IKL_OK ||
        ikl_tombstones_new(&endpoint->tombstones, &endpoint->allocator, ikl_spi_table_secret(&endpoint->spis),
                           config->reserve_sas) != IKL_OK ||
        ikl_wheel_new(&endpoint->wheel, &endpoint->allocator, ikl_slab_n_chunks(&endpoint->sas) * IKL_SLAB_CHUNK,
                      now) != IKL_OK) {
        return IKL_ERR_NO_MEMORY;
    }
    if (config->fixed_budget) {
        endpoint->allocator.allocate = refuse;
    }
    return IKL_OK;
}

static void release_scratch(const struct ikl_endpoint *endpoint, uint8_t *scratch, size_t size)
{
    if (scratch != NULL) {
        ikl_wipe(scratch, size);
        endpoint->allocator.release(endpoint->allocator.user, scratch, size);
    }
}

void ikl_endpoint_release_memory(struct ikl_endpoint *endpoint)
{
    struct ikl_allocator allocator = endpoint->allocator;

    ikl_wheel_free(endpoint->wheel);
    ikl_endpoint_clear_keyings(endpoint);
    ikl_slab_clear(&endpoint->sas);
    ikl_slab_clear(&endpoint->children);
    ikl_slab_clear(&endpoint->histories);
    ikl_slab_clear(&endpoint->requests);
    ikl_slab_clear(&endpoint->responses);
    ikl_slab_clear(&endpoint->extras);
    ikl_pool_clear(&endpoint->pool);
    ikl_spi_table_clear(&endpoint->spis);
    ikl_child_table_clear(endpoint);
    ikl_dues_free(endpoint);
    ikl_beside_clear(&endpoint->tokens);
    ikl_beside_clear(&endpoint->syncs);
    ikl_beside_clear(&endpoint->key_changes);
    ikl_beside_clear(&endpoint->kept);
    ikl_tombstones_free(endpoint->tombstones);
    if (endpoint->message != NULL) {
        allocator.release(allocator.user, endpoint->message, ikl_endpoint_message_size(endpoint->max_message));
    }
    if (endpoint->aside != NULL) {
        allocator.release(allocator.user, endpoint->aside, ikl_endpoint_aside_size(endpoint->max_message));
    }
    ikl_batch_release(endpoint);
    ikl_groups_release(endpoint);
    release_scratch(endpoint, endpoint->plaintext, endpoint->max_message);
    release_scratch(endpoint, endpoint->draft, ikl_endpoint_draft_size(endpoint->max_message));
    allocator.release(allocator.user, endpoint, sizeof(*endpoint));
}
