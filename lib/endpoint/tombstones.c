/* SPDX-License-Identifier: ISC */
/* ikelive tombstones: what is left of IKE SAs that their peers have deleted. */
#include "tombstones.h"

#include "after.h"
#include "crypto/keyed_hash.h"
#include "memory/arena.h"
#include "spi_table.h"

#include <string.h>

enum { LIFETIME = 320000, MAX_ANSWERS = 10, SAS_FOR_ONE = 16, MIN_TOMBSTONES = 64, MAX_TOMBSTONES = 4096 };

struct tombstone {
    uint64_t spi; /* of ours */
    uint64_t hash;
    ikl_time expires;
    uint8_t answers_left; /* 0: there is no tombstone here */
    uint8_t len;
    uint8_t answer[IKL_TOMBSTONE_ANSWER];
};

struct ikl_tombstones {
    const struct ikl_allocator *allocator;
    struct ikl_spi_table spis;
    uint64_t key[2];
    uint32_t n;
    uint32_t next; /* the oldest */
    struct tombstone ring[];
};

static uint32_t number_for(uint32_t n_sas)
{
    uint32_t n = n_sas / SAS_FOR_ONE;

    return n < MIN_TOMBSTONES ? MIN_TOMBSTONES : n > MAX_TOMBSTONES ? MAX_TOMBSTONES : n;
}

static size_t size_for(uint32_t n)
{
    return sizeof(struct ikl_tombstones) + n * sizeof(struct tombstone);
}

uint64_t ikl_tombstones_octets(uint32_t n_sas)
{
    uint32_t n = number_for(n_sas);

    return ikl_arena_piece(size_for(n)) + ikl_spi_table_octets(n);
}

int ikl_tombstones_new(struct ikl_tombstones **out, const struct ikl_allocator *allocator, uint64_t seed,
                       uint32_t n_sas)
{
    uint32_t n = number_for(n_sas);
    struct ikl_tombstones *tombstones = allocator->allocate(allocator->user, size_for(n));

    if (tombstones == NULL) {
        return IKL_ERR_NO_MEMORY;
    }
    memset(tombstones, 0, size_for(n));
    tombstones->allocator = allocator;
    tombstones->key[0] = ~seed;
    tombstones->key[1] = seed;
    tombstones->n = n;
    ikl_spi_table_init(&tombstones->spis, allocator, seed);
    if (ikl_spi_table_reserve(&tombstones->spis, n) != IKL_OK) {
        ikl_tombstones_free(tombstones);
        return IKL_ERR_NO_MEMORY;
    }
    *out = tombstones;
    return IKL_OK;
}

void ikl_tombstones_free(struct ikl_tombstones *tombstones)
{
    if (tombstones != NULL) {
        ikl_spi_table_clear(&tombstones->spis);
        tombstones->allocator->release(tombstones->allocator->user, tombstones, size_for(tombstones->n));
    }
}

static uint64_t spi_at(const void *context, uint32_t index)
{
    const struct ikl_tombstones *tombstones = context;

    return tombstones->ring[index].spi;
}

static uint32_t index_of(const struct ikl_tombstones *tombstones, uint64_t spi)
{
    return ikl_spi_table_find(&tombstones->spis, spi, spi_at, tombstones);
}

static struct tombstone *find(struct ikl_tombstones *tombstones, uint64_t spi)
{
    uint32_t index = index_of(tombstones, spi);

    return index != UINT32_MAX ? &tombstones->ring[index] : NULL;
}

static void drop(struct ikl_tombstones *tombstones, struct tombstone *tombstone)
{
    ikl_spi_table_remove(&tombstones->spis, tombstone->spi, (uint32_t)(tombstone - tombstones->ring));
    tombstone->answers_left = 0;
}

uint64_t ikl_tombstones_hash(const struct ikl_tombstones *tombstones, struct ikl_octets request)
{
    return ikl_keyed_hash(tombstones->key, request.data, request.len);
}

void ikl_tombstones_ended(struct ikl_tombstones *tombstones, uint64_t spi, uint64_t hash, struct ikl_octets answer,
                          ikl_time now)
{
    struct tombstone *tombstone = &tombstones->ring[tombstones->next];

    if (tombstone->answers_left != 0) {
        drop(tombstones, tombstone);
    }
    *tombstone = (struct tombstone){.spi = spi,
                                    .hash = hash,
                                    .expires = ikl_time_after(now, LIFETIME),
                                    .answers_left = MAX_ANSWERS,
                                    .len = (uint8_t)answer.len};
    memcpy(tombstone->answer, answer.data, answer.len);
    ikl_spi_table_add(&tombstones->spis, spi, tombstones->next);
    tombstones->next = (tombstones->next + 1) % tombstones->n;
}

struct ikl_octets ikl_tombstones_asked(struct ikl_tombstones *tombstones, uint64_t spi, struct ikl_octets message,
                                       ikl_time now)
{
    static const struct ikl_octets none = {NULL, 0};
    struct tombstone *tombstone = find(tombstones, spi);

    if (tombstone == NULL || now >= tombstone->expires || tombstone->hash != ikl_tombstones_hash(tombstones, message)) {
        return none;
    }
    if (--tombstone->answers_left == 0) {
        drop(tombstones, tombstone);
    }
    return (struct ikl_octets){tombstone->answer, tombstone->len};
}

bool ikl_tombstones_has(const struct ikl_tombstones *tombstones, uint64_t spi, ikl_time now)
{
    uint32_t index = index_of(tombstones, spi);

    return index != UINT32_MAX && now < tombstones->ring[index].expires;
}

void ikl_tombstones_spi_used(struct ikl_tombstones *tombstones, uint64_t spi)
{
    struct tombstone *tombstone = find(tombstones, spi);

    if (tombstone != NULL) {
        drop(tombstones, tombstone);
    }
}
