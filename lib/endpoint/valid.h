/* SPDX-License-Identifier: ISC */
/* ikelive endpoint, for tests and proofs alone: what holds of its tables between two calls. */
#ifndef IKL_ENDPOINT_VALID_H
#define IKL_ENDPOINT_VALID_H

#include "spi_table.h"

/* Whether a search for what the entry at `at` holds comes to it, and to nothing before it that is the same. */
static inline bool ikl_spi_entry_is_valid(const struct ikl_spi_table *table, uint32_t at, ikl_spi_of spi_of,
                                          const void *context)
{
    const struct ikl_spi_entry *entry = &table->entries[at];
    uint64_t spi = spi_of(context, entry->index);
    uint32_t here = ikl_spi_table_home(table, entry->hash);

    if (entry->hash != ikl_spi_table_hash(table, spi)) {
        return false;
    }
    while (here != at && table->entries[here].index != UINT32_MAX &&
           (table->entries[here].hash != entry->hash || spi_of(context, table->entries[here].index) != spi)) {
        here = ikl_spi_table_after(table, here);
    }
    return here == at;
}

/* Each entry can be found, they are as many as are counted, and one is empty, at which each search ends. */
static inline bool ikl_spi_table_is_valid(const struct ikl_spi_table *table, ikl_spi_of spi_of, const void *context)
{
    uint32_t size = table->entries != NULL ? 1u << table->bits : 0, n = 0;

    for (uint32_t at = 0; at < size; at++) {
        if (table->entries[at].index != UINT32_MAX) {
            n++;
        }
    }
    if (n != table->n_used || (size != 0 ? n >= size : table->bits != 0)) {
        return false;
    }
    for (uint32_t at = 0; at < size; at++) {
        if (table->entries[at].index != UINT32_MAX && !ikl_spi_entry_is_valid(table, at, spi_of, context)) {
            return false;
        }
    }
    return true;
}

#endif
