/* SPDX-License-Identifier: ISC */
/* From any valid SPI table a search finds the index of just those SPIs that are there; what is added or removed changes
 * that for one SPI alone; and it stays a valid table.
 *
 * bounds: tables of 4 entries; SPIs whose lower half is 0
 * each: -DREMOVE -DFIND -DADD
 * cbmc: --unwind 9
 * fault: lib/endpoint/spi_table.c s/>= ((at - gap)/> ((at - gap)/ */
#include "proof.h"

#include "endpoint/spi_table.c"
#include "endpoint/valid.h"

enum { BITS = 2, SIZE = 1 << BITS };

static uint64_t spis[SIZE];
static struct ikl_spi_entry entries[SIZE];
static struct ikl_spi_table table;

static uint64_t spi_of(const void *context, uint32_t index)
{
    (void)context;
    return index < SIZE ? spis[index] : 0;
}

static bool has(uint32_t index)
{
    for (uint32_t at = 0; at < SIZE; at++) {
        if (entries[at].index == index) {
            return true;
        }
    }
    return false;
}

static void suppose_table(void)
{
    table = (struct ikl_spi_table){.entries = entries, .multiplier = 1, .n_used = nondet_u32(), .bits = BITS};
    for (uint32_t i = 0; i < SIZE; i++) {
        entries[i] = (struct ikl_spi_entry){nondet_u32(), nondet_u32()};
        suppose(entries[i].index < SIZE || entries[i].index == UINT32_MAX);
        spis[i] = (uint64_t)nondet_u32() << 32;
        for (uint32_t k = 0; k < i; k++) {
            suppose(spis[i] != spis[k]);
        }
    }
    suppose(ikl_spi_table_is_valid(&table, spi_of, NULL));
}

int main(void)
{
    uint32_t one = nondet_u32() % SIZE, watched = nondet_u32() % SIZE;
    bool had;

    suppose_table();
    had = has(watched);
#if defined(FIND)
    prove(ikl_spi_table_find(&table, spis[watched], spi_of, NULL) == (had ? watched : UINT32_MAX));
#elif defined(ADD)
    suppose(!has(one) && table.n_used < SIZE - 1);
    ikl_spi_table_add(&table, spis[one], one);
    prove(has(watched) == (had || watched == one));
    prove(ikl_spi_table_is_valid(&table, spi_of, NULL));
#else
    suppose(has(one));
    ikl_spi_table_remove(&table, spis[one], one);
    prove(has(watched) == (had && watched != one));
    prove(ikl_spi_table_is_valid(&table, spi_of, NULL));
#endif
    return 0;
}
