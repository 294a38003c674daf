/* SPDX-License-Identifier: ISC */
/* ikelive sa: whether the Child SAs of a snapshot agree with each other. There may be very many, so those that were
 * read are looked up in a table, which is gone again afterwards. */
#include "snapshot_plan.h"

#include "endpoint/shared.h"
#include "octets.h"

enum { SPI_IN_AT = 1, SPI_OUT_AT = 5 }; /* in the record of a Child SA, behind its protocol */

/* The Child SAs that were read, by one of their two SPIs: the table has where their records begin. */
struct known {
    struct ikl_spi_table table;
    const uint8_t *octets; /* of the snapshot */
    size_t spi_at;
};

static uint64_t key(uint8_t protocol, uint32_t spi)
{
    return (uint64_t)protocol << 32 | spi;
}

static uint64_t key_at(const void *context, uint32_t record)
{
    const struct known *known = context;

    return key(known->octets[record], ikl_load_u32(known->octets + record + known->spi_at));
}

static bool is_known(const struct known *known, uint64_t key)
{
    return ikl_spi_table_find(&known->table, key, key_at, known) != UINT32_MAX;
}

static bool take(struct known *known, const struct ikl_tape *record)
{
    uint32_t at = (uint32_t)(record->from - known->octets);
    bool again = is_known(known, key_at(known, at));

    if (!again) {
        ikl_spi_table_add(&known->table, key_at(known, at), at);
    }
    return !again;
}

static bool take_all(struct known *known, struct ikl_tape records)
{
    struct ikl_tape record;
    uint8_t type;
    bool taken = true;

    while (taken && ikl_tape_next(&records, &type, &record)) {
        taken = type != IKL_RECORD_CHILD || take(known, &record);
    }
    return taken;
}

/* No two have the same SPI here. */
static int check(const struct ikl_plan *plan, size_t spi_at)
{
    struct known known = {.octets = plan->records.from, .spi_at = spi_at};
    int result;

    ikl_spi_table_init(&known.table, &plan->endpoint->allocator, ikl_spi_table_secret(&plan->endpoint->spis));
    result = ikl_spi_table_reserve(&known.table, plan->n_children + plan->n_monitored);
    if (result == IKL_OK) {
        result = take_all(&known, plan->records) ? IKL_OK : IKL_ERR_MALFORMED;
    }
    ikl_spi_table_clear(&known.table);
    return result;
}

int ikl_plan_check_children(const struct ikl_plan *plan)
{
    int result;

    if (plan->n_monitored + plan->n_children <= 1) {
        return IKL_OK;
    }
    result = check(plan, SPI_IN_AT);
    return result == IKL_OK ? check(plan, SPI_OUT_AT) : result;
}
