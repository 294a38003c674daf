/* SPDX-License-Identifier: ISC */
/* ikelive sa: Child SAs by IKE SA, protocol and SPI, in both directions.
 *
 * Buckets of chains that run through the Child SAs themselves. The peer chooses one of the SPIs, and may choose the
 * same for every IKE SA, so the hash has a key and includes the IKE SA. A Child SA takes 8 octets for its two links,
 * and 4 to 8 for buckets, since at most two share one. */
#include "sa.h"

#include "crypto/keyed_hash.h"
#include "memory/arena.h"

#include <string.h>

enum { FIRST_BITS = 2, MAX_BITS = 30, IN_ONE_BUCKET = 2 };

enum direction { IN, OUT };

static struct ikl_child *child_at(const struct ikl_endpoint *endpoint, uint32_t index)
{
    return index != IKL_NONE ? ikl_slab_at(&endpoint->children, index) : NULL;
}

static uint32_t *bucket_of(const struct ikl_endpoint *endpoint, uint32_t owner, uint8_t protocol, uint32_t spi,
                           enum direction direction)
{
    const struct ikl_child_table *table = &endpoint->child_table;
    uint32_t key[] = {owner, spi, (uint32_t)protocol << 1 | (direction == OUT ? 1u : 0u)};
    uint8_t octets[sizeof(key)];
    struct ikl_child_bucket *bucket;

    memcpy(octets, key, sizeof(octets));
    bucket = &table->buckets[ikl_keyed_hash(table->key, octets, sizeof(octets)) & ((1u << table->bits) - 1)];
    return direction == IN ? &bucket->in : &bucket->out;
}

static uint32_t *bucket_of_child(const struct ikl_endpoint *endpoint, const struct ikl_child *child,
                                 enum direction direction)
{
    return bucket_of(endpoint, child->owner, child->protocol, direction == IN ? child->spi_in : child->spi_out,
                     direction);
}

static uint32_t *next_of(struct ikl_child *child, enum direction direction)
{
    return direction == IN ? &child->next_in : &child->next_out;
}

static void put(struct ikl_endpoint *endpoint, struct ikl_child *child, enum direction direction)
{
    uint32_t *bucket = bucket_of_child(endpoint, child, direction);

    *next_of(child, direction) = *bucket;
    *bucket = child->self;
}

static void pull(struct ikl_endpoint *endpoint, struct ikl_child *child, enum direction direction)
{
    uint32_t *link = bucket_of_child(endpoint, child, direction);

    while (*link != child->self) {
        link = next_of(child_at(endpoint, *link), direction);
    }
    *link = *next_of(child, direction);
}

static size_t size_of(uint8_t bits)
{
    return sizeof(struct ikl_child_bucket) << bits;
}

static void release(struct ikl_endpoint *endpoint, const struct ikl_child_table *table)
{
    if (table->buckets != NULL) {
        endpoint->allocator.release(endpoint->allocator.user, table->buckets, size_of(table->bits));
    }
}

static void put_again(struct ikl_endpoint *endpoint, uint32_t first, enum direction direction)
{
    struct ikl_child *child = child_at(endpoint, first);

    while (child != NULL) {
        struct ikl_child *next = child_at(endpoint, *next_of(child, direction));

        put(endpoint, child, direction);
        child = next;
    }
}

static int resize(struct ikl_endpoint *endpoint, uint8_t bits)
{
    struct ikl_child_table *table = &endpoint->child_table, old = *table;
    struct ikl_child_bucket *buckets = endpoint->allocator.allocate(endpoint->allocator.user, size_of(bits));

    if (buckets == NULL) {
        return IKL_ERR_NO_MEMORY;
    }
    memset(buckets, 0xff, size_of(bits));
    table->buckets = buckets;
    table->bits = bits;
    for (uint32_t i = 0; old.buckets != NULL && i < 1u << old.bits; i++) {
        put_again(endpoint, old.buckets[i].in, IN);
        put_again(endpoint, old.buckets[i].out, OUT);
    }
    release(endpoint, &old);
    return IKL_OK;
}

static uint8_t bits_for(uint8_t bits, uint64_t n)
{
    while (bits < MAX_BITS && (uint64_t)IN_ONE_BUCKET << bits < n) {
        bits++;
    }
    return bits;
}

uint64_t ikl_child_table_octets(uint32_t n)
{
    return ikl_arena_piece((uint64_t)sizeof(struct ikl_child_bucket) << bits_for(FIRST_BITS, n));
}

int ikl_child_table_reserve(struct ikl_endpoint *endpoint, uint32_t n)
{
    const struct ikl_child_table *table = &endpoint->child_table;
    uint8_t bits = bits_for(table->buckets != NULL ? table->bits : FIRST_BITS, (uint64_t)table->n_used + n);

    return table->buckets == NULL || bits != table->bits ? resize(endpoint, bits) : IKL_OK;
}

void ikl_child_table_clear(struct ikl_endpoint *endpoint)
{
    release(endpoint, &endpoint->child_table);
    endpoint->child_table.buckets = NULL;
}

void ikl_child_table_add(struct ikl_endpoint *endpoint, struct ikl_child *child)
{
    put(endpoint, child, IN);
    put(endpoint, child, OUT);
    endpoint->child_table.n_used++;
}

void ikl_child_table_remove(struct ikl_endpoint *endpoint, struct ikl_child *child)
{
    pull(endpoint, child, IN);
    pull(endpoint, child, OUT);
    endpoint->child_table.n_used--;
}

static struct ikl_child *find(const struct ikl_sa *sa, uint8_t protocol, uint32_t spi, enum direction direction)
{
    struct ikl_child *child;

    if (sa->first_child == IKL_NONE) {
        return NULL;
    }
    child = child_at(sa->endpoint, *bucket_of(sa->endpoint, sa->self + 1, protocol, spi, direction));
    while (child != NULL && (child->owner != sa->self + 1 || child->protocol != protocol ||
                             (direction == IN ? child->spi_in : child->spi_out) != spi)) {
        child = child_at(sa->endpoint, *next_of(child, direction));
    }
    return child;
}

struct ikl_child *ikl_sa_find_child(const struct ikl_sa *sa, uint8_t protocol, uint32_t spi_in)
{
    return find(sa, protocol, spi_in, IN);
}

struct ikl_child *ikl_sa_find_child_out(const struct ikl_sa *sa, uint8_t protocol, uint32_t spi_out)
{
    return find(sa, protocol, spi_out, OUT);
}
