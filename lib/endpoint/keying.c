/* SPDX-License-Identifier: ISC */
/* ikelive endpoint: the ciphers in use, each with the key state of its IKE SAs.
 *
 * Every IKE SA that has or had keys of an entry holds it until its handle ends. An entry that nobody holds keeps its
 * memory until another cipher needs an entry, so the end of an IKE SA releases nothing. So there are never more entries
 * than different ciphers in use at once. */
#include "memory/arena.h"
#include "sa/sa.h"

#include <string.h>

enum { FIRST_KEYINGS = 4 };

int ikl_find_cipher(const struct ikl_provider *const *providers, size_t n, const struct ikl_suite *suite,
                    const struct ikl_cipher **out)
{
    int result = IKL_ERR_UNSUPPORTED;

    for (size_t i = 0; i < n; i++) {
        int answer = ikl_provider_cipher(providers[i], suite, out);

        if (answer == IKL_OK || answer == IKL_ERR_INVALID) {
            return answer;
        }
        /* of several refusals, the one that says most */
        if (answer != IKL_ERR_UNSUPPORTED) {
            result = answer;
        }
    }
    return result;
}

/* The PRF does not matter for the cipher. */
bool ikl_same_cipher(const struct ikl_suite *a, const struct ikl_suite *b)
{
    return a->encr == b->encr && a->key_bits == b->key_bits && a->integ == b->integ;
}

static struct ikl_keying *find(const struct ikl_endpoint *endpoint, const struct ikl_suite *suite)
{
    for (uint32_t i = 0; i < endpoint->n_keyings; i++) {
        if (endpoint->keyings[i].cipher != NULL && ikl_same_cipher(&endpoint->keyings[i].suite, suite)) {
            return &endpoint->keyings[i];
        }
    }
    return NULL;
}

int ikl_endpoint_cipher(const struct ikl_endpoint *endpoint, const struct ikl_suite *suite,
                        const struct ikl_cipher **out)
{
    const struct ikl_keying *entry = find(endpoint, suite);

    if (entry == NULL) {
        return ikl_find_cipher(endpoint->providers, endpoint->n_providers, suite, out);
    }
    *out = entry->cipher;
    return IKL_OK;
}

/* An entry that was never used, or that nobody holds any more. */
static struct ikl_keying *find_unused(struct ikl_endpoint *endpoint)
{
    for (uint32_t i = 0; i < endpoint->n_keyings; i++) {
        if (endpoint->keyings[i].cipher == NULL || endpoint->keyings[i].holders == 0) {
            return &endpoint->keyings[i];
        }
    }
    return NULL;
}

static uint64_t longer_table(uint64_t n)
{
    return n != 0 ? 2 * n : FIRST_KEYINGS;
}

uint64_t ikl_keyings_octets(uint64_t n)
{
    uint64_t octets = 0;

    for (uint64_t length = 0; length < n;) {
        length = longer_table(length);
        octets += ikl_arena_piece(length * sizeof(struct ikl_keying));
    }
    return octets;
}

static int grow(struct ikl_endpoint *endpoint)
{
    const struct ikl_allocator *allocator = &endpoint->allocator;
    uint32_t n = (uint32_t)longer_table(endpoint->n_keyings);
    struct ikl_keying *keyings;

    if (n >= IKL_NO_KEYING) {
        return IKL_ERR_NO_MEMORY;
    }
    keyings = allocator->allocate(allocator->user, n * sizeof(*keyings));
    if (keyings == NULL) {
        return IKL_ERR_NO_MEMORY;
    }
    memset(keyings, 0, n * sizeof(*keyings));
    if (endpoint->keyings != NULL) {
        memcpy(keyings, endpoint->keyings, endpoint->n_keyings * sizeof(*keyings));
        allocator->release(allocator->user, endpoint->keyings, endpoint->n_keyings * sizeof(*keyings));
    }
    endpoint->keyings = keyings;
    endpoint->n_keyings = n;
    return IKL_OK;
}

int ikl_endpoint_keying(struct ikl_endpoint *endpoint, const struct ikl_suite *suite, const struct ikl_cipher *cipher,
                        uint16_t *index)
{
    struct ikl_keying *entry = find(endpoint, suite);

    if (entry == NULL) {
        entry = find_unused(endpoint);
        if (entry == NULL && grow(endpoint) != IKL_OK) {
            return IKL_ERR_NO_MEMORY;
        }
        entry = find_unused(endpoint);
        if (entry->cipher != NULL) {
            ikl_slab_clear(&entry->states);
        }
        entry->suite = *suite;
        entry->cipher = cipher;
        ikl_slab_init(&entry->states, &endpoint->allocator, 2 * cipher->state_size);
    }
    *index = (uint16_t)(entry - endpoint->keyings);
    return IKL_OK;
}

void ikl_endpoint_hold_keying(struct ikl_endpoint *endpoint, uint16_t index)
{
    endpoint->keyings[index].holders++;
}

void ikl_endpoint_drop_keying(struct ikl_endpoint *endpoint, uint16_t index)
{
    if (index != IKL_NO_KEYING) {
        endpoint->keyings[index].holders--;
    }
}

void ikl_endpoint_clear_keyings(struct ikl_endpoint *endpoint)
{
    const struct ikl_allocator *allocator = &endpoint->allocator;

    for (uint32_t i = 0; i < endpoint->n_keyings; i++) {
        if (endpoint->keyings[i].cipher != NULL) {
            ikl_slab_clear(&endpoint->keyings[i].states);
        }
    }
    if (endpoint->keyings != NULL) {
        allocator->release(allocator->user, endpoint->keyings, endpoint->n_keyings * sizeof(*endpoint->keyings));
    }
}
