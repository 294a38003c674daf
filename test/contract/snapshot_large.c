/* SPDX-License-Identifier: ISC */
/* Promises of <ikelive/snapshot.h>: what a snapshot takes grows with its octets and no faster, whatever it says. Each
 * of these has a megabyte; what looked at each for each would take minutes or hours. */
#include "support/monitored.h"
#include "support/mover.h"
#include "support/restorer.h"
#include "support/test.h"

#include "octets.h"
#include "sa/snapshot_tape.h"

#include <ikelive/snapshot.h>

#include <stdlib.h>

enum { CHILD = 3, REQUEST, RECORD_HEADER = 5, HEADER = 16, LARGEST = 1 << 20 };

/* Where fields stand in the record of a Child SA. */
enum { SPI_IN = RECORD_HEADER + 1, SPI_OUT = RECORD_HEADER + 5, HEIR = RECORD_HEADER + 27 };

static struct restorer restorer;

static struct host *const host = &restorer.host;

static struct {
    uint8_t *octets; /* LARGEST */
    size_t len;
} large;

/* Nobody is told anything. */
static void silent(struct ikl_endpoint_config *config)
{
    monitored_endpoint(config);
    config->callbacks = (struct ikl_callbacks){
        .size = sizeof(config->callbacks), .random = config->callbacks.random, .send = config->callbacks.send};
}

/* What comes before the n-th record of a type; what comes behind it. */
static void begin_large(uint8_t type)
{
    size_t len;

    large.octets = malloc(LARGEST);
    assert_non_null(large.octets);
    large.len = restorer_find(&restorer, type, 0, &len);
    memcpy(large.octets, restorer.octets, large.len);
}

static void end_large(uint8_t type, size_t n)
{
    size_t len, at = restorer_find(&restorer, type, n, &len) + len;
    uint32_t check;

    assert_true(large.len + restorer.len - at <= LARGEST);
    memcpy(large.octets + large.len, restorer.octets + at, restorer.len - at);
    large.len += restorer.len - at;
    ikl_store_u32(large.octets + 8, (uint32_t)large.len);
    check = ikl_tape_check(0, large.octets, 12);
    check = ikl_tape_check(check, large.octets + HEADER, large.len - HEADER);
    ikl_store_u32(large.octets + 12, check);
}

/* The n-th record of a type once more. Returns where it is. */
static uint8_t *add_record(uint8_t type, size_t n)
{
    size_t len, at = restorer_find(&restorer, type, n, &len);
    uint8_t *record = large.octets + large.len;

    assert_true(large.len + len <= LARGEST);
    memcpy(record, restorer.octets + at, len);
    large.len += len;
    return record;
}

/* A Child SA with a monitor of its own, and one that has handed its monitor on. */
static uint8_t *add_child(uint32_t spi)
{
    uint8_t *record = add_record(CHILD, 1);

    ikl_store_u32(record + SPI_IN, spi);
    ikl_store_u32(record + SPI_OUT, spi);
    return record;
}

static void add_old(uint32_t spi, uint32_t heir)
{
    uint8_t *record = add_record(CHILD, 0);

    ikl_store_u32(record + SPI_IN, spi);
    ikl_store_u32(record + SPI_OUT, spi);
    ikl_store_u32(record + HEIR, heir);
}

static void begin(void)
{
    struct ikl_child *second;

    monitored_begin(host, 1);
    restorer.other = mover_endpoint(host, silent);
    host_keep_keys(host, RESTORER_SUITE);
    assert_int_equal(monitored_add_child(host, host->children[0], 0x100, &second), IKL_OK);
}

/* Makes an IKE SA of it, has its monitors do what is due three times, moves it, deletes it, and ends it. */
static void live(void)
{
    struct ikl_endpoint *third = mover_endpoint(host, silent);
    const struct ikl_restore_options options = restorer_options(&restorer, RESTORER_EPOCH + 1);
    struct ikl_sa *sa;

    assert_int_equal(
        ikl_sa_restore(restorer.other, (struct ikl_octets){large.octets, large.len}, &options, host->now, &sa), IKL_OK);
    for (unsigned i = 1; i <= 3; i++) {
        assert_int_equal(ikl_endpoint_advance(restorer.other, host->now + i * 1000), IKL_OK);
    }
    assert_int_equal(ikl_sa_migrate(sa, third, host->now + 3000, &sa), IKL_OK);
    assert_int_equal(ikl_endpoint_advance(third, host->now + 4000), IKL_OK);
    assert_int_equal(ikl_sa_delete(sa, 1000, host->now + 4000), IKL_OK);
    assert_int_equal(ikl_endpoint_free(third), IKL_OK);
    restorer_clear(&restorer);
    free(large.octets);
}

/* Each of so many has the monitor of another, which is there still. */
static void very_many_child_sas_take_over_from_as_many(void **state)
{
    enum { PAIRS = 8000 };

    (void)state;
    begin();
    restorer_take(&restorer);
    begin_large(CHILD);
    for (uint32_t i = 0; i < PAIRS; i++) {
        add_old(1 + i, 1 + PAIRS + i);
    }
    for (uint32_t i = 0; i < PAIRS; i++) {
        (void)add_child(1 + PAIRS + i);
    }
    end_large(CHILD, 1);
    live();
}

/* Each hands its monitor on to the next, and as many others claim to have taken one over. */
static void a_monitor_is_handed_on_very_often(void **state)
{
    enum { LINKS = 10000, OTHERS = 7000 };

    (void)state;
    begin();
    restorer_take(&restorer);
    begin_large(CHILD);
    for (uint32_t i = 0; i < LINKS; i++) {
        add_old(1 + i, 2 + i);
    }
    for (uint32_t i = 0; i < OTHERS; i++) {
        (void)add_child(1 + LINKS + i);
    }
    end_large(CHILD, 1);
    live();
}

static void very_many_requests_are_queued(void **state)
{
    enum { QUEUED = 11000 };

    (void)state;
    begin();
    assert_int_equal(ikl_sa_request(host->sa, IKL_INFORMATIONAL, NULL, 0, NULL, host->now, NULL), IKL_OK);
    assert_int_equal(ikl_sa_request(host->sa, IKL_INFORMATIONAL, NULL, 0, NULL, host->now, NULL), IKL_OK);
    restorer_take(&restorer);
    begin_large(REQUEST);
    (void)add_record(REQUEST, 0);
    for (uint32_t i = 0; i < QUEUED; i++) {
        (void)add_record(REQUEST, 1);
    }
    end_large(REQUEST, 1);
    live();
}

TESTS_OF(snapshot_large)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(very_many_child_sas_take_over_from_as_many),
        cmocka_unit_test(a_monitor_is_handed_on_very_often),
        cmocka_unit_test(very_many_requests_are_queued),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
