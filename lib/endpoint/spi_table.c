/* SPDX-License-Identifier: ISC */
/* ikelive SPI table: from our SPI to the index of an IKE SA. */
#include "spi_table.h"

#include "memory/arena.h"

#include <string.h>

/* The largest table must have a size, also where that is a number of 32 bits. */
enum { FIRST_BITS = 4, MAX_BITS = SIZE_MAX > UINT32_MAX ? 31 : 28 };

void ikl_spi_table_init(struct ikl_spi_table *table, const struct ikl_allocator *allocator, uint64_t seed)
{
    memset(table, 0, sizeof(*table));
    table->allocator = allocator;
    table->multiplier = seed | 1;
}

static size_t size_of(uint8_t bits)
{
    return sizeof(struct ikl_spi_entry) << bits;
}

void ikl_spi_table_clear(struct ikl_spi_table *table)
{
    if (table->entries != NULL) {
        table->allocator->release(table->allocator->user, table->entries, size_of(table->bits));
    }
    ikl_spi_table_init(table, table->allocator, table->multiplier);
}

static uint32_t mask_of(const struct ikl_spi_table *table)
{
    return (1u << table->bits) - 1;
}

static void place(struct ikl_spi_table *table, struct ikl_spi_entry entry)
{
    uint32_t at = ikl_spi_table_home(table, entry.hash);

    while (table->entries[at].index != UINT32_MAX) {
        at = ikl_spi_table_after(table, at);
    }
    table->entries[at] = entry;
}

static int resize(struct ikl_spi_table *table, uint8_t bits)
{
    struct ikl_spi_table old = *table;
    struct ikl_spi_entry *entries = table->allocator->allocate(table->allocator->user, size_of(bits));

    if (entries == NULL) {
        return IKL_ERR_NO_MEMORY;
    }
    memset(entries, 0xff, size_of(bits));
    table->entries = entries;
    table->bits = bits;
    if (old.entries == NULL) {
        return IKL_OK;
    }
    for (uint32_t i = 0; i <= mask_of(&old); i++) {
        if (old.entries[i].index != UINT32_MAX) {
            place(table, old.entries[i]);
        }
    }
    table->allocator->release(table->allocator->user, old.entries, size_of(old.bits));
    return IKL_OK;
}

static uint8_t bits_for(uint8_t bits, uint32_t n)
{
    while (((uint64_t)7 << bits) / 8 < n) {
        bits++;
    }
    return bits;
}

uint64_t ikl_spi_table_octets(uint32_t n)
{
    return ikl_arena_piece((uint64_t)sizeof(struct ikl_spi_entry) << bits_for(FIRST_BITS, n));
}

int ikl_spi_table_reserve(struct ikl_spi_table *table, uint32_t n)
{
    uint8_t bits = bits_for(table->bits != 0 ? table->bits : FIRST_BITS, n);

    if (bits > MAX_BITS) {
        return IKL_ERR_NO_MEMORY;
    }
    return bits != table->bits ? resize(table, bits) : IKL_OK;
}

void ikl_spi_table_add(struct ikl_spi_table *table, uint64_t spi, uint32_t index)
{
    struct ikl_spi_entry entry = {ikl_spi_table_hash(table, spi), index};

    place(table, entry);
    table->n_used++;
}

/* Moves later entries of the same run back over the gap, so that no search ends too early. */
static void close_gap(struct ikl_spi_table *table, uint32_t gap)
{
    uint32_t mask = mask_of(table);

    for (uint32_t at = ikl_spi_table_after(table, gap); table->entries[at].index != UINT32_MAX;
         at = ikl_spi_table_after(table, at)) {
        uint32_t home = ikl_spi_table_home(table, table->entries[at].hash);

        if (((at - home) & mask) >= ((at - gap) & mask)) {
            table->entries[gap] = table->entries[at];
            gap = at;
        }
    }
    table->entries[gap].index = UINT32_MAX;
}

void ikl_spi_table_remove(struct ikl_spi_table *table, uint64_t spi, uint32_t index)
{
    uint32_t at = ikl_spi_table_home(table, ikl_spi_table_hash(table, spi));

    while (table->entries[at].index != index) {
        at = ikl_spi_table_after(table, at);
    }
    close_gap(table, at);
    table->n_used--;
}
