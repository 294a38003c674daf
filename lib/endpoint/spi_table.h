/* SPDX-License-Identifier: ISC */
/* ikelive SPI table: from our SPI to the index of an IKE SA. */
#ifndef IKL_SPI_TABLE_H
#define IKL_SPI_TABLE_H

#include "out_of_line.h"

#include <ikelive/base.h>

/* Open addressing with linear probing, 8 octets an entry, at most seven eighths full. The hash multiplies by a random
 * odd number, so that nobody outside knows which SPIs collide. The caller compares whole SPIs. */
struct ikl_spi_entry {
    uint32_t hash;  /* upper half of the hash: enough to place the entry again in a larger table */
    uint32_t index; /* UINT32_MAX: empty */
};

struct ikl_spi_table {
    const struct ikl_allocator *allocator;
    struct ikl_spi_entry *entries;
    uint64_t multiplier;
    uint32_t n_used;
    uint8_t bits; /* there are 2^bits entries; 0: none are allocated */
};

/* Returns the SPI of the IKE SA with this index, so that the table can compare whole SPIs. */
typedef uint64_t (*ikl_spi_of)(const void *context, uint32_t index);

void ikl_spi_table_init(struct ikl_spi_table *table, const struct ikl_allocator *allocator, uint64_t seed);
void ikl_spi_table_clear(struct ikl_spi_table *table);

/* Makes room for `n` entries in all. IKL_ERR_NO_MEMORY: the table is as it was. */
int ikl_spi_table_reserve(struct ikl_spi_table *table, uint32_t n);

/* What that takes of an arena in an empty table. */
uint64_t ikl_spi_table_octets(uint32_t n);

static inline uint32_t ikl_spi_table_hash(const struct ikl_spi_table *table, uint64_t spi)
{
    return (uint32_t)((spi * table->multiplier) >> 32);
}

/* A random number that nobody outside knows. */
static inline uint64_t ikl_spi_table_secret(const struct ikl_spi_table *table)
{
    return table->multiplier;
}

static inline uint32_t ikl_spi_table_n_used(const struct ikl_spi_table *table)
{
    return table->n_used;
}

/* Where the search for a hash begins. */
static inline uint32_t ikl_spi_table_home(const struct ikl_spi_table *table, uint32_t hash)
{
    return hash >> (32 - table->bits);
}

static inline uint32_t ikl_spi_table_after(const struct ikl_spi_table *table, uint32_t at)
{
    return (at + 1) & ((1u << table->bits) - 1);
}

/* The index stored for `spi`, or UINT32_MAX. In line, with `spi_of`, because every datagram passes here. */
IKL_SHARED uint32_t ikl_spi_table_find(const struct ikl_spi_table *table, uint64_t spi, ikl_spi_of spi_of,
                                       const void *context);

/* Adds an SPI that is not there. The caller has reserved room. */
void ikl_spi_table_add(struct ikl_spi_table *table, uint64_t spi, uint32_t index);

/* Removes the entry for `spi` and `index`. */
void ikl_spi_table_remove(struct ikl_spi_table *table, uint64_t spi, uint32_t index);

#if IKL_DEFINES
IKL_SHARED uint32_t ikl_spi_table_find(const struct ikl_spi_table *table, uint64_t spi, ikl_spi_of spi_of,
                                       const void *context)
{
    uint32_t hash = ikl_spi_table_hash(table, spi);

    if (table->entries == NULL) {
        return UINT32_MAX;
    }
    for (uint32_t at = ikl_spi_table_home(table, hash);; at = ikl_spi_table_after(table, at)) {
        struct ikl_spi_entry entry = table->entries[at];

        if (entry.index == UINT32_MAX || (entry.hash == hash && spi_of(context, entry.index) == spi)) {
            return entry.index;
        }
    }
}
#endif

#endif
