/* SPDX-License-Identifier: ISC */
/* Promises of <ikelive/snapshot.h>: whoever can put the check right makes no IKE SA all the same of a snapshot in which
 * one field has what it never has. */
#include "support/lying.h"
#include "support/monitored.h"
#include "support/mover.h"
#include "support/syncing.h"
#include "support/test.h"

#include <ikelive/snapshot.h>

static struct restorer restorer;

static struct host *const host = &restorer.host;

static void take_with_monitor(void)
{
    monitored_begin(host, 1);
    restorer.other = mover_endpoint(host, monitored_endpoint);
    host_keep_keys(host, RESTORER_SUITE);
    restorer_take(&restorer);
}

static void no_field_of_an_ike_sa_is_believed(void **state)
{
    static const struct lie lies[][MAX_LIES] = {
        {{SA, 0, SA_EPOCH, 8, RESTORER_EPOCH - 1}},
        {{SA, 0, SA_EPOCH, 8, RESTORER_EPOCH + IKL_MAX_EPOCHS + 1}},
        {{SA, 0, SA_IVS, 1, 3}},
        {{SA, 0, SA_REACHABILITY, 1, IKL_REACHABILITY_DOWN}},
        {{SA, 0, SA_REACHABILITY, 1, 3}},
        {{SA, 0, SA_SUSPECT_AFTER, 1, 0}},
        {{SA, 0, SA_UNANSWERED, 4, 4}},
        {{SA, 0, SA_SEND_SIZE, 1, 0}},
        {{SA, 0, SA_SEND_SIZE, 1, 2}},
        {{SA, 0, SA_LOWEST, 4, IKL_MESSAGE_ID_NONE}},
        {{SA, 0, SA_BEYOND, 4, 3}},
        {{SA, 0, SA_ABOVE, 4, 2}},
        {{SA, 0, SA_ABOVE, 4, 1}, {SA, 0, SA_BEYOND, 4, 3}},
        {{SA, 0, SA_RECEIVE_SIZE, 1, 0}},
        {{SA, 0, SA_IDLE, 4, 0}},
        {{SA, 0, SA_POLICY, 1, 0xff}},
    };

    (void)state;
    lying_begin_busy(&restorer);
    lying_assert_refused(&restorer, lies, COUNT_OF(lies));
    restorer_clear(&restorer);
}

/* Where no message contradicts the lie. */
static void no_field_of_an_ike_sa_without_messages_is_believed(void **state)
{
    static const struct lie lies[][MAX_LIES] = {
        {{SA, 0, SA_SPI_I, 8, 0}},
        {{SA, 0, SA_SPI_R, 8, 0}},
        {{SA, 0, SA_NEXT, 4, 1}, {SA, 0, SA_ANSWERED, 4, 1}},      /* the oldest that is not answered is answered */
        {{SA, 0, SA_NEXT, 4, 1}, {SA, 0, SA_ANSWERED, 4, 1 << 1}}, /* as is one that was not sent */
        {{SA, 0, SA_NEXT, 4, 1}, {SA, 0, SA_ANSWERED, 4, UINT32_C(1) << 31}},
        {{SA, 0, SA_NEXT, 4, 7}, {SA, 0, SA_UNANSWERED, 4, 6}, {SA, 0, SA_ANSWERED, 4, 1 << 1}},
        {{SA, 0, SA_ABOVE, 4, 1 << 3}, {SA, 0, SA_BEYOND, 4, 4}}, /* one came from beyond the window */
    };
    static const struct lie truth[MAX_LIES] = {{SA, 0, SA_ABOVE, 4, 1 << 2}, {SA, 0, SA_BEYOND, 4, 3}};

    (void)state;
    restorer_begin(&restorer, 0, mover_with_windows);
    restorer_take(&restorer);
    lying_assert_refused(&restorer, lies, COUNT_OF(lies));
    assert_int_equal(lying_try(&restorer, truth), IKL_OK);
    restorer_clear(&restorer);
}

static void no_round_trip_that_nobody_measured_is_believed(void **state)
{
    enum { MOST_SMOOTHED = IKL_ROUND_TRIP_MAX * 8, MOST_DEVIATION = IKL_ROUND_TRIP_MAX * 4 };
    static const struct lie lies[][MAX_LIES] = {
        {{SA, 0, SA_SMOOTHED, 4, 8}}, /* without a sample */
        {{SA, 0, SA_STALE, 1, 1}},
        {{SA, 0, SA_DEVIATION, 4, 4}},
        {{SA, 0, SA_LARGEST, 2, 1}},
        {{SA, 0, SA_SAMPLES, 2, 1}, {SA, 0, SA_SMOOTHED, 4, MOST_SMOOTHED + 1}},
        {{SA, 0, SA_SAMPLES, 2, 1}, {SA, 0, SA_DEVIATION, 4, MOST_DEVIATION + 1}},
    };
    static const struct lie truth[MAX_LIES] = {
        {SA, 0, SA_SAMPLES, 2, 1}, {SA, 0, SA_SMOOTHED, 4, MOST_SMOOTHED}, {SA, 0, SA_DEVIATION, 4, MOST_DEVIATION}};

    (void)state;
    restorer_begin(&restorer, 0, NULL);
    restorer_take(&restorer);
    lying_assert_refused(&restorer, lies, COUNT_OF(lies));
    assert_int_equal(lying_try(&restorer, truth), IKL_OK);
    restorer_clear(&restorer);
}

static void no_field_of_an_ike_sa_that_is_deleted_is_believed(void **state)
{
    static const struct lie lies[][MAX_LIES] = {
        {{SA, 0, SA_STATE, 1, IKL_SA_CONNECTING}}, {{SA, 0, SA_STATE, 1, IKL_SA_ESTABLISHED}},
        {{SA, 0, SA_STATE, 1, IKL_SA_DYING}},      {{SA, 0, SA_STATE, 1, IKL_SA_DEAD}},
        {{SA, 0, SA_UNTIL, 8, INT64_MAX}},         {{REQUEST, 0, REQUEST_ID, 4, 0}}, /* our Delete is not the last */
        {{REQUEST, 1, REQUEST_ID, 4, 1}},                                            /* nor what is sent before it */
    };

    (void)state;
    restorer_begin(&restorer, 1, mover_with_windows);
    assert_int_equal(ikl_sa_request(host->sa, IKL_INFORMATIONAL, NULL, 0, NULL, 0, NULL), IKL_OK);
    assert_int_equal(ikl_sa_delete(host->sa, 9000, 0), IKL_OK);
    assert_int_equal(host_count(host, EVENT_SENT), 2);
    restorer_take(&restorer);
    lying_assert_refused(&restorer, lies, COUNT_OF(lies));
    restorer_clear(&restorer);
}

static void our_delete_is_the_last_request_even_if_others_are_answered(void **state)
{
    static const struct lie lies[][MAX_LIES] = {{{SA, 0, SA_NEXT, 4, 2}, {SA, 0, SA_ANSWERED, 4, 1 << 1}}};

    (void)state;
    restorer_begin(&restorer, 0, mover_with_windows);
    assert_int_equal(ikl_sa_delete(host->sa, 9000, 0), IKL_OK);
    restorer_take(&restorer);
    lying_assert_refused(&restorer, lies, COUNT_OF(lies));
    restorer_clear(&restorer);
}

static void no_field_of_a_child_sa_is_believed(void **state)
{
    static const struct lie lies[][MAX_LIES] = {
        {{CHILD, 0, CHILD_PROTOCOL, 1, IKL_PROTOCOL_IKE}},
        {{CHILD, 0, CHILD_SPI_IN, 4, 0}},
        {{CHILD, 0, CHILD_SPI_OUT, 4, 0}},
        {{CHILD, 1, CHILD_SPI_IN, 4, 0xa0000001u}},
        {{CHILD, 1, CHILD_SPI_OUT, 4, 0xb0000001u}},
    };
    static const struct lie truth[MAX_LIES] = {{CHILD, 0, CHILD_PROTOCOL, 1, IKL_PROTOCOL_AH}};

    (void)state;
    lying_begin_busy(&restorer);
    lying_assert_refused(&restorer, lies, COUNT_OF(lies));
    assert_int_equal(lying_try(&restorer, truth), IKL_OK);
    restorer_clear(&restorer);
}

static int add_child(uint32_t n)
{
    const struct ikl_child_config config = {
        .size = sizeof(config), .protocol = IKL_PROTOCOL_ESP, .spi_in = 0xc0000000u + n, .spi_out = 0xd0000000u + n};

    return ikl_sa_add_child(host->sa, &config, NULL);
}

static void no_two_of_many_child_sas_have_an_spi_in_common(void **state)
{
    static const struct lie lies[][MAX_LIES] = {
        {{CHILD, 200, CHILD_SPI_IN, 4, 0xc0000000u}},
        {{CHILD, 200, CHILD_SPI_OUT, 4, 0xd0000000u}},
        {{CHILD, 0, CHILD_SPI_IN, 4, 0xc00000c8u}},
        {{CHILD, 100, CHILD_SPI_OUT, 4, 0xd00000c7u}},
    };
    static const struct lie truths[][MAX_LIES] = {
        {{CHILD, 200, CHILD_SPI_IN, 4, 0xd0000000u}, {CHILD, 200, CHILD_SPI_OUT, 4, 0xc0000000u}},
        {{CHILD, 200, CHILD_SPI_IN, 4, 0x010000c7u}}, /* not equal in one octet alone */
        {{CHILD, 200, CHILD_SPI_OUT, 4, 0x010000c7u}},
        {{CHILD, 200, CHILD_PROTOCOL, 1, IKL_PROTOCOL_AH}, /* those of another protocol */
         {CHILD, 200, CHILD_SPI_IN, 4, 0xc0000000u},
         {CHILD, 200, CHILD_SPI_OUT, 4, 0xd0000000u}},
    };

    (void)state;
    restorer_begin(&restorer, 0, NULL);
    for (uint32_t i = 0; i <= 200; i++) {
        assert_int_equal(add_child(i), IKL_OK);
    }
    restorer_take(&restorer);
    lying_assert_refused(&restorer, lies, COUNT_OF(lies));
    for (size_t i = 0; i < COUNT_OF(truths); i++) {
        host_forget(host);
        assert_int_equal(lying_try(&restorer, truths[i]), IKL_OK);
    }
    restorer_clear(&restorer);
}

/* Whoever is said to have it has none itself, so nobody is looked for any further. */
static void a_monitor_that_no_child_sa_has_counts_for_none(void **state)
{
    static const struct lie lies[][MAX_LIES] = {
        {{CHILD, 0, CHILD_HEIR, 4, 0xa0000001u}}, /* itself */
        {{CHILD, 0, CHILD_HEIR, 4, 0x100}},       /* one whose monitor it took over, and who names it */
        {{CHILD, 0, CHILD_HEIR, 4, 0x300}},
    };
    struct ikl_child *second, *third;
    struct ikl_sa *sa;

    (void)state;
    monitored_begin(host, 1);
    restorer.other = mover_endpoint(host, monitored_endpoint);
    host_keep_keys(host, RESTORER_SUITE);
    assert_int_equal(monitored_add_child(host, host->children[0], 0x100, &second), IKL_OK);
    assert_int_equal(monitored_add_child(host, second, 0x200, &third), IKL_OK);
    restorer_take(&restorer);
    for (size_t i = 0; i < COUNT_OF(lies); i++) {
        lying_tell(&restorer, &lies[i][0]);
        lying_tell(&restorer, &(struct lie){CHILD, 1, CHILD_HEIR, 4, 0xa0000001u});
        restorer_repair(&restorer);
        assert_int_equal(restorer_try(&restorer, NULL, &sa), IKL_OK);
        assert_int_equal(ikl_child_monitor_answered(sa, ikl_sa_first_child(sa), 1, 0, host->now), IKL_ERR_NOT_FOUND);
        assert_int_equal(ikl_endpoint_advance(restorer.other, host->now + 1000), IKL_OK);
        ikl_sa_free(sa);
    }
    restorer_clear(&restorer);
}

static void no_time_of_a_monitor_lies_in_a_future_that_it_never_waits_for(void **state)
{
    static const struct lie lies[][MAX_LIES] = {
        {{CHILD, 0, MONITOR_AT, 8, INT64_MAX}},
        {{CHILD, 0, MONITOR_AT, 8, IKL_MONITOR_MAX_TIME + 1}},
        {{CHILD, 0, MONITOR_NOT_BEFORE, 8, INT64_MAX}},
        {{CHILD, 0, MONITOR_NOT_BEFORE, 8, IKL_MONITOR_MAX_TIME + 1}},
    };
    static const struct lie truth[MAX_LIES] = {{CHILD, 0, MONITOR_AT, 8, IKL_MONITOR_MAX_TIME},
                                               {CHILD, 0, MONITOR_NOT_BEFORE, 8, IKL_MONITOR_MAX_TIME}};

    (void)state;
    take_with_monitor();
    lying_assert_refused(&restorer, lies, COUNT_OF(lies));
    assert_int_equal(lying_try(&restorer, truth), IKL_OK);
    restorer_clear(&restorer);
}

/* Bits of MONITOR_FLAGS. */
enum { BEGUN = 1, OUT = 2, COUNTS = 4, CREDITED = 8, FORGIVEN = 16, TOLD = 32, RENEWED = 64, WRAPPED = 128 };

static void a_monitor_that_sent_no_probe_knows_of_none(void **state)
{
    static const struct lie lies[][MAX_LIES] = {
        {{CHILD, 0, MONITOR_PROBE, 2, 1}},
        {{CHILD, 0, MONITOR_TARGETS, 2, 1}},
        {{CHILD, 0, MONITOR_LATE, 2, 1}},
        {{CHILD, 0, MONITOR_ROW, 1, 1}},
        {{CHILD, 0, MONITOR_STATE, 1, IKL_MONITOR_UP}},
        {{CHILD, 0, MONITOR_FLAGS, 2, OUT}},
        {{CHILD, 0, MONITOR_FLAGS, 2, COUNTS}},
        {{CHILD, 0, MONITOR_FLAGS, 2, CREDITED}},
        {{CHILD, 0, MONITOR_FLAGS, 2, FORGIVEN}},
        {{CHILD, 0, MONITOR_FLAGS, 2, TOLD}},
        {{CHILD, 0, MONITOR_FLAGS, 2, WRAPPED}},
    };

    (void)state;
    take_with_monitor();
    lying_assert_refused(&restorer, lies, COUNT_OF(lies));
    restorer_clear(&restorer);
}

static void no_monitor_is_in_a_state_that_cannot_be(void **state)
{
    static const struct lie lies[][MAX_LIES] = {
        {{CHILD, 0, MONITOR_STATE, 1, IKL_MONITOR_UP}, {CHILD, 0, MONITOR_ROW, 1, 1}},
        {{CHILD, 0, MONITOR_STATE, 1, IKL_MONITOR_SUSPECT}},
        {{CHILD, 0, MONITOR_STATE, 1, IKL_MONITOR_DOWN}},
        {{CHILD, 0, MONITOR_RENEWALS, 1, 1}},
        {{CHILD, 0, MONITOR_DOWNS, 1, 1}, {CHILD, 0, MONITOR_FLAGS, 2, BEGUN | RENEWED}},
        {{CHILD, 0, MONITOR_FLAGS, 2, BEGUN | CREDITED | OUT}},
        {{CHILD, 0, MONITOR_FLAGS, 2, BEGUN | CREDITED | FORGIVEN}},
    };
    static const struct lie truths[][MAX_LIES] = {
        {{CHILD, 0, MONITOR_STATE, 1, IKL_MONITOR_UP}},
        {{CHILD, 0, MONITOR_STATE, 1, IKL_MONITOR_SUSPECT}, {CHILD, 0, MONITOR_ROW, 1, 1}},
        {{CHILD, 0, MONITOR_STATE, 1, IKL_MONITOR_DOWN}, {CHILD, 0, MONITOR_DOWNS, 1, 1}},
        {{CHILD, 0, MONITOR_RENEWALS, 1, 1},
         {CHILD, 0, MONITOR_DOWNS, 1, 1},
         {CHILD, 0, MONITOR_FLAGS, 2, BEGUN | RENEWED}},
        {{CHILD, 0, MONITOR_FLAGS, 2, BEGUN | CREDITED}},
        {{CHILD, 0, MONITOR_FLAGS, 2, BEGUN | OUT | FORGIVEN}},
    };

    (void)state;
    take_with_monitor();
    lying_tell(&restorer, &(struct lie){CHILD, 0, MONITOR_FLAGS, 2, BEGUN});
    restorer_repair(&restorer);
    lying_assert_refused(&restorer, lies, COUNT_OF(lies));
    for (size_t i = 0; i < COUNT_OF(truths); i++) {
        assert_int_equal(lying_try(&restorer, truths[i]), IKL_OK);
    }
    restorer_clear(&restorer);
}

static void what_was_agreed_on_is_there_once_and_known(void **state)
{
    static const struct lie lies[][MAX_LIES] = {{{SYNC, 0, SYNC_AGREED, 1, 4}}, {{SYNC, 0, SYNC_AGREED, 1, 0xff}}};
    size_t len, before, at;

    (void)state;
    restorer_begin(&restorer, 0, NULL);
    syncing_agree(host->sa);
    restorer_take(&restorer);
    lying_assert_refused(&restorer, lies, COUNT_OF(lies));
    before = restorer.len;
    at = restorer_find(&restorer, SYNC, 0, &len);
    restorer_add(&restorer, restorer.octets + at, len);
    assert_int_equal(lying_restore(&restorer), IKL_ERR_MALFORMED);
    restorer.len = before;
    restorer_add(&restorer, NULL, 0);
    assert_int_equal(lying_restore(&restorer), IKL_OK);
    restorer_clear(&restorer);
}

/* The first octets of one of each type, and nothing else. */
static void no_record_is_shorter_than_it_is(void **state)
{
    (void)state;
    for (uint8_t type = CHILD; type <= SYNC; type++) {
        uint8_t record[] = {type, 0, 0, 0, 1, 3};

        restorer_begin(&restorer, 0, NULL);
        restorer_take(&restorer);
        assert_int_equal(lying_restore(&restorer), IKL_OK);
        restorer_add(&restorer, record, sizeof(record));
        assert_int_equal(lying_restore(&restorer), IKL_ERR_MALFORMED);
        restorer_clear(&restorer);
    }
}

static void the_first_two_records_are_that_of_the_ike_sa_and_that_of_its_keys(void **state)
{
    (void)state;
    restorer_begin(&restorer, 0, NULL);
    restorer_take(&restorer);
    for (uint8_t type = SA; type <= KEYS; type++) {
        size_t len, at = restorer_find(&restorer, type, 0, &len);

        restorer.octets[at] = CHILD;
        restorer_repair(&restorer);
        assert_int_equal(lying_restore(&restorer), IKL_ERR_MALFORMED);
        restorer.octets[at] = type;
        restorer_repair(&restorer);
        assert_int_equal(lying_restore(&restorer), IKL_OK);
    }
    restorer_clear(&restorer);
}

TESTS_OF(snapshot_lies)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_field_of_an_ike_sa_is_believed),
        cmocka_unit_test(no_field_of_an_ike_sa_without_messages_is_believed),
        cmocka_unit_test(no_round_trip_that_nobody_measured_is_believed),
        cmocka_unit_test(no_field_of_an_ike_sa_that_is_deleted_is_believed),
        cmocka_unit_test(our_delete_is_the_last_request_even_if_others_are_answered),
        cmocka_unit_test(no_field_of_a_child_sa_is_believed),
        cmocka_unit_test(no_two_of_many_child_sas_have_an_spi_in_common),
        cmocka_unit_test(a_monitor_that_no_child_sa_has_counts_for_none),
        cmocka_unit_test(no_time_of_a_monitor_lies_in_a_future_that_it_never_waits_for),
        cmocka_unit_test(a_monitor_that_sent_no_probe_knows_of_none),
        cmocka_unit_test(no_monitor_is_in_a_state_that_cannot_be),
        cmocka_unit_test(what_was_agreed_on_is_there_once_and_known),
        cmocka_unit_test(no_record_is_shorter_than_it_is),
        cmocka_unit_test(the_first_two_records_are_that_of_the_ike_sa_and_that_of_its_keys),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
