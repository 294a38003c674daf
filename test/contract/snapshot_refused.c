/* SPDX-License-Identifier: ISC */
/* Promises of <ikelive/snapshot.h>: what is damaged, lies or does not fit makes no IKE SA and changes nothing. */
#include "support/asking.h"
#include "support/crash.h"
#include "support/fickle_cipher.h"
#include "support/monitored.h"
#include "support/mover.h"
#include "support/peer.h"
#include "support/restorer.h"
#include "support/test.h"
#include "support/test_allocator.h"

#include "octets.h"

static struct restorer restorer;

static struct test_allocator memory;

static void in_our_memory(struct ikl_endpoint_config *config)
{
    config->allocator = &memory.allocator;
}

static void with_small_messages(struct ikl_endpoint_config *config)
{
    config->max_message = 1280;
}

static void with_windows(struct ikl_sa_config *config)
{
    config->ids.own_window = 3;
    config->ids.peer_window = 3;
    config->protection.fragmentation = true;
    config->path.mtu = 1280;
}

/* An IKE SA that has something of everything. */
static void begin_rich(endpoint_change change)
{
    static const uint8_t token[IKL_TOKEN_LEN] = {1};
    struct host *host = &restorer.host;

    restorer_begin_with(&restorer, RESTORER_SUITE, 2, change, with_windows);
    assert_int_equal(crash_give(host->sa, token, sizeof(token), 0), IKL_OK);
    (void)ask(host, 1);
    assert_int_equal(ikl_sa_request(host->sa, IKL_INFORMATIONAL, NULL, 0, NULL, 0, NULL), IKL_OK);
    assert_int_equal(ikl_sa_delete_children(host->sa, &host->children[1], 1, 0), IKL_OK);
    (void)ask(host, 2);
    assert_int_equal(peer_send(host, RESTORER_SUITE, &(struct peer_message){.message_id = 0}), IKL_OK);
    assert_int_equal(peer_send(host, RESTORER_SUITE, &(struct peer_message){.message_id = 1}), IKL_OK);
    restorer_take(&restorer);
}

/* Nothing is there, and nothing is counted but that. */
static void assert_refused(int result)
{
    struct ikl_endpoint_counters counters = {.size = sizeof(counters)};

    assert_int_not_equal(result, IKL_OK);
    assert_int_equal(ikl_endpoint_n_sas(restorer.other), 0);
    assert_int_equal(ikl_endpoint_query(restorer.other, &counters), IKL_OK);
    assert_true(counters.restores_refused > 0);
    assert_int_equal(counters.restored, 0);
}

static int try(void)
{
    struct ikl_sa *sa;
    int result = restorer_try(&restorer, NULL, &sa);

    if (result == IKL_OK) {
        ikl_sa_free(sa);
    } else {
        assert_refused(result);
    }
    return result;
}

static void every_bit_that_is_flipped_is_noticed(void **state)
{
    (void)state;
    begin_rich(NULL);
    for (size_t bit = 0; bit < 8 * restorer.len; bit++) {
        restorer.octets[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_refused(try());
        restorer.octets[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_int_equal(try(), IKL_OK);
    restorer_clear(&restorer);
}

static void every_truncation_is_noticed_and_so_is_what_follows(void **state)
{
    size_t len;

    (void)state;
    begin_rich(NULL);
    len = restorer.len;
    for (restorer.len = 0; restorer.len < len; restorer.len++) {
        assert_int_equal(try(), IKL_ERR_TRUNCATED);
    }
    restorer.len = len + 1;
    assert_int_equal(try(), IKL_ERR_TRUNCATED);
    restorer_clear(&restorer);
}

static void another_version_is_refused_as_such(void **state)
{
    (void)state;
    begin_rich(NULL);
    ikl_store_u16(restorer.octets + 4, IKL_SNAPSHOT_VERSION + 1);
    restorer_repair(&restorer);
    assert_int_equal(try(), IKL_ERR_VERSION);
    restorer_clear(&restorer);
}

/* Whoever has the key may put the check right: nothing is believed all the same. */
static void no_octet_that_lies_does_harm(void **state)
{
    static const uint8_t lies[] = {0, 1, 2, 0x7f, 0x80, 0xff};
    struct ikl_restore_options options;
    struct ikl_sa *sa;

    (void)state;
    begin_rich(NULL);
    options = restorer_options(&restorer, RESTORER_EPOCH + 1);
    for (size_t at = 16; at < restorer.len; at++) {
        uint8_t octet = restorer.octets[at];

        for (size_t i = 0; i < COUNT_OF(lies); i++) {
            restorer.octets[at] = lies[i];
            restorer_repair(&restorer);
            if (restorer_try(&restorer, &options, &sa) == IKL_OK) {
                assert_int_equal(ikl_endpoint_advance(restorer.other, restorer.host.now), IKL_OK);
                ikl_sa_free(sa);
            }
            assert_int_equal(ikl_endpoint_n_sas(restorer.other), 0);
            restorer.host.n_events = 0;
        }
        restorer.octets[at] = octet;
    }
    restorer_clear(&restorer);
}

/* A snapshot of an IKE SA that was made of the octets just now. */
static void write_again(const struct ikl_restore_options *options, uint8_t *out)
{
    struct ikl_sa *sa;
    size_t len;

    restorer_repair(&restorer);
    assert_int_equal(restorer_try(&restorer, options, &sa), IKL_OK);
    assert_int_equal(ikl_sa_snapshot(sa, out, RESTORER_MAX, &len, restorer.host.now), IKL_OK);
    assert_int_equal(len, restorer.len);
    ikl_sa_free(sa);
    restorer.host.n_events = 0;
}

static void each_bit_that_a_request_may_have_is_restored(void **state)
{
    enum { REQUEST = 4 };
    static const struct {
        size_t at; /* in the record */
        unsigned bits;
    } fields[] = {{6, 7 /* cause */},
                  {10, 8 /* counted */},
                  {41, 3 /* followed */},
                  {43, 3 /* early */},
                  {46, 0x3f /* flags of the run */}};
    static uint8_t again[RESTORER_MAX];
    struct ikl_restore_options options;

    (void)state;
    begin_rich(NULL);
    options = restorer_options(&restorer, RESTORER_EPOCH + 1);
    for (size_t n = 0; n < 2 * COUNT_OF(fields); n++) {
        size_t len, at = restorer_find(&restorer, REQUEST, n % 2, &len) + fields[n / 2].at;

        for (unsigned bit = 1; bit <= fields[n / 2].bits; bit <<= 1) {
            if ((fields[n / 2].bits & bit) == 0) {
                continue;
            }
            restorer.octets[at] ^= (uint8_t)bit;
            write_again(&options, again);
            assert_int_equal(again[at], restorer.octets[at]);
            restorer.octets[at] ^= (uint8_t)bit;
        }
    }
    restorer_clear(&restorer);
}

static void records_that_are_there_twice_are_refused(void **state)
{
    (void)state;
    begin_rich(NULL);
    for (uint8_t type = 1; type <= 6; type++) {
        size_t len, before = restorer.len, at = restorer_find(&restorer, type, 0, &len);

        restorer_add(&restorer, restorer.octets + at, len);
        assert_int_equal(try(), IKL_ERR_MALFORMED);
        restorer.len = before;
        ikl_store_u32(restorer.octets + 8, (uint32_t)before);
    }
    restorer_repair(&restorer);
    assert_int_equal(try(), IKL_OK);
    restorer_clear(&restorer);
}

static void records_that_are_missing_are_noticed(void **state)
{
    static const uint8_t necessary[] = {1, 2, 4};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(necessary); i++) {
        size_t len, at;

        begin_rich(NULL);
        at = restorer_find(&restorer, necessary[i], 0, &len);
        memmove(restorer.octets + at, restorer.octets + at + len, restorer.len - at - len);
        restorer.len -= len;
        restorer_add(&restorer, NULL, 0);
        assert_int_equal(try(), IKL_ERR_MALFORMED);
        restorer_clear(&restorer);
    }
    begin_rich(NULL);
    restorer.len = 16; /* all are missing */
    restorer_add(&restorer, NULL, 0);
    assert_int_equal(try(), IKL_ERR_MALFORMED);
    restorer_clear(&restorer);
}

static void a_record_of_a_later_writer_is_refused_or_skipped_by_its_type(void **state)
{
    static const uint8_t needed[] = {100, 0, 0, 0, 1, 7}, optional[] = {128, 0, 0, 0, 1, 7};

    (void)state;
    begin_rich(NULL);
    restorer_add(&restorer, optional, sizeof(optional));
    assert_int_equal(try(), IKL_OK);
    restorer_clear(&restorer);
    begin_rich(NULL);
    restorer_add(&restorer, needed, sizeof(needed));
    assert_int_equal(try(), IKL_ERR_MALFORMED);
    restorer_clear(&restorer);
}

static void what_a_later_writer_has_added_to_a_record_is_skipped(void **state)
{
    size_t len, at;

    (void)state;
    begin_rich(NULL);
    at = restorer_find(&restorer, 1, 0, &len);
    memmove(restorer.octets + at + len + 3, restorer.octets + at + len, restorer.len - at - len);
    memset(restorer.octets + at + len, 0xff, 3);
    ikl_store_u32(restorer.octets + at + 1, (uint32_t)(len - 5 + 3));
    restorer.len += 3;
    restorer_add(&restorer, NULL, 0);
    assert_int_equal(try(), IKL_OK);
    restorer_clear(&restorer);
}

static void an_ike_sa_that_is_there_is_not_made_twice(void **state)
{
    struct ikl_sa *sa, *other;

    (void)state;
    begin_rich(NULL);
    assert_int_equal(restorer_try(&restorer, NULL, &sa), IKL_OK);
    assert_int_equal(restorer_try(&restorer, NULL, &other), IKL_ERR_BUSY);
    assert_int_equal(ikl_endpoint_n_sas(restorer.other), 1);
    restorer_clear(&restorer);
}

/* Takes the snapshot; the other endpoint is made anew, for small messages. */
static void take_for_small_messages(void)
{
    struct ikl_endpoint_config config = host_config(&restorer.host);

    restorer_take(&restorer);
    assert_int_equal(ikl_endpoint_free(restorer.other), IKL_OK);
    with_small_messages(&config);
    assert_int_equal(ikl_endpoint_new(&restorer.other, &config, 0), IKL_OK);
}

static void messages_that_are_too_long_for_the_endpoint_are_refused(void **state)
{
    static const struct {
        size_t len;
        sa_change change;
    } requests[] = {{2000, NULL}, {4000, with_windows}}; /* the latter in fragments that are not too long */

    (void)state;
    for (size_t i = 0; i < COUNT_OF(requests); i++) {
        restorer_begin(&restorer, 0, requests[i].change);
        assert_int_equal(asking_try(&restorer.host, &(struct asking){.mark = 1, .len = requests[i].len}, NULL), IKL_OK);
        take_for_small_messages();
        assert_refused(try());
        restorer_clear(&restorer);
    }
}

/* All fragments of one may have three times the octets of the longest message. */
static void fragments_that_just_fit_what_the_endpoint_puts_aside_are_not_too_long(void **state)
{
    enum { REQUEST = 4, BEFORE = 5 + 79, SMALL = 1280 }; /* what a record has before the fragments */
    bool fit = false;

    (void)state;
    for (size_t asked = 3550; asked < 3650; asked++) {
        size_t len;

        restorer_begin(&restorer, 0, with_windows);
        assert_int_equal(asking_try(&restorer.host, &(struct asking){.mark = 1, .len = asked}, NULL), IKL_OK);
        take_for_small_messages();
        (void)restorer_find(&restorer, REQUEST, 0, &len);
        assert_int_equal(try(), len - BEFORE > 3 * SMALL ? IKL_ERR_INVALID : IKL_OK);
        fit = fit || len - BEFORE == 3 * SMALL;
        restorer_clear(&restorer);
    }
    assert_true(fit);
}

/* It is in one piece as long as it is queued. */
static void a_queued_request_that_is_longer_than_messages_there_is_refused(void **state)
{
    enum { SMALL = 1280 };

    (void)state;
    for (size_t len = SMALL - 8; len < SMALL; len++) {
        int result;

        restorer_begin(&restorer, 0, with_fragmentation);
        (void)ask(&restorer.host, 1);
        assert_int_equal(asking_try(&restorer.host, &(struct asking){.mark = 2, .len = len}, NULL), IKL_OK);
        assert_int_equal(host_info(&restorer.host).queued, 1);
        take_for_small_messages();
        result = try();
        assert_int_equal(result, len + IKL_PAYLOAD_HEADER_LEN > SMALL ? IKL_ERR_INVALID : IKL_OK);
        restorer_clear(&restorer);
    }
}

static void each_snapshot_that_is_restored_or_refused_is_counted(void **state)
{
    struct ikl_endpoint_counters counters = {.size = sizeof(counters)};

    (void)state;
    begin_rich(NULL);
    for (int i = 0; i < 5; i++) {
        struct ikl_sa *sa;

        restorer.octets[0] ^= (uint8_t)(i % 2);
        if (restorer_try(&restorer, NULL, &sa) == IKL_OK) {
            ikl_sa_free(sa);
        }
        restorer.octets[0] ^= (uint8_t)(i % 2);
    }
    assert_int_equal(ikl_endpoint_query(restorer.other, &counters), IKL_OK);
    assert_int_equal(counters.restored, 3);
    assert_int_equal(counters.restores_refused, 2);
    restorer_clear(&restorer);
}

static void options_that_are_wrong_are_refused(void **state)
{
    struct ikl_restore_options options;
    struct ikl_sa_labels labels = {.size = 1};
    struct ikl_sa *sa;

    (void)state;
    begin_rich(NULL);
    options = restorer_options(&restorer, RESTORER_EPOCH + 1);
    options.size--;
    assert_int_equal(restorer_try(&restorer, &options, &sa), IKL_ERR_INVALID);
    options.size++;
    options.path_group = 1;
    assert_int_equal(restorer_try(&restorer, &options, &sa), IKL_ERR_INVALID);
    options.path_group = 0;
    options.labels = &labels;
    assert_int_equal(restorer_try(&restorer, &options, &sa), IKL_ERR_INVALID);
    options.labels = NULL;
    restorer.host.now = IKL_NEVER;
    assert_int_equal(restorer_try(&restorer, &options, &sa), IKL_ERR_INVALID);
    restorer.host.now = 0;
    assert_int_equal(ikl_endpoint_n_sas(restorer.other), 0);
    restorer_clear(&restorer);
}

static void out_of_memory_no_ike_sa_is_made(void **state)
{
    struct ikl_endpoint_config config;
    size_t n = 0;
    int result;

    (void)state;
    begin_rich(NULL);
    config = host_config(&restorer.host);
    do {
        assert_int_equal(ikl_endpoint_free(restorer.other), IKL_OK);
        test_allocator_init(&memory);
        in_our_memory(&config);
        assert_int_equal(ikl_endpoint_new(&restorer.other, &config, 0), IKL_OK);
        test_allocator_fail(&memory, ++n);
        result = try();
    } while (result == IKL_ERR_NO_MEMORY);
    assert_int_equal(result, IKL_OK);
    assert_true(n > 5);
    restorer_clear(&restorer);
}

static void assert_of_no_use_to_a_fickle_cipher(void)
{
    struct ikl_endpoint_config config;

    assert_int_equal(try(), IKL_OK);
    assert_int_equal(ikl_endpoint_free(restorer.other), IKL_OK);
    fickle_reset(false, true);
    config = host_config(&restorer.host);
    with_fickle_provider(&config);
    assert_int_equal(ikl_endpoint_new(&restorer.other, &config, 0), IKL_OK);
    assert_int_equal(try(), IKL_ERR_UNSUPPORTED);
    restorer_clear(&restorer);
    fickle_reset(true, true);
}

static void a_cipher_that_cannot_make_again_what_was_sent_is_of_no_use(void **state)
{
    (void)state;
    begin_rich(NULL);
    assert_of_no_use_to_a_fickle_cipher();
    restorer_begin(&restorer, 0, NULL); /* with nothing but a response */
    assert_int_equal(peer_send(&restorer.host, RESTORER_SUITE, &(struct peer_message){.message_id = 0}), IKL_OK);
    restorer_take(&restorer);
    assert_of_no_use_to_a_fickle_cipher();
}

static void a_buffer_that_is_too_small_is_told_how_large_it_must_be(void **state)
{
    size_t len;

    (void)state;
    begin_rich(NULL);
    for (size_t size = 0; size < restorer.len; size++) {
        assert_int_equal(ikl_sa_snapshot(restorer.host.sa, restorer.octets, size, &len, 0), IKL_ERR_NO_BUFFER);
        assert_int_equal(len, restorer.len);
    }
    assert_int_equal(ikl_sa_snapshot(restorer.host.sa, restorer.octets, len, &len, IKL_NEVER), IKL_ERR_INVALID);
    ikl_sa_close(restorer.host.sa, 0);
    assert_int_equal(ikl_sa_snapshot(restorer.host.sa, restorer.octets, len, &len, 0), IKL_ERR_STATE);
    restorer_clear(&restorer);
}

/* The record is as long as it says, but no place for keys is. */
static void keys_that_are_longer_than_any_are_refused(void **state)
{
    enum { KEYS = 2, HEADER = 5, ENCR_LEN = 200, OCTETS = 2 + 2 * ENCR_LEN };
    size_t len, at;

    (void)state;
    restorer_begin(&restorer, 0, NULL);
    restorer_take(&restorer);
    at = restorer_find(&restorer, KEYS, 0, &len);
    memmove(restorer.octets + at + HEADER + OCTETS, restorer.octets + at + len, restorer.len - at - len);
    restorer.len += HEADER + OCTETS - len;
    memset(restorer.octets + at + 1, 0, HEADER - 1 + OCTETS);
    restorer.octets[at + 3] = OCTETS >> 8;
    restorer.octets[at + 4] = OCTETS & 0xff;
    restorer.octets[at + HEADER] = ENCR_LEN;
    restorer_add(&restorer, NULL, 0);
    assert_int_equal(try(), IKL_ERR_MALFORMED);
    restorer_clear(&restorer);
}

static void a_monitored_child_sa_and_another_with_one_spi_are_refused(void **state)
{
    enum { CHILD = 3, HEADER = 5, SPI_IN = 1, SPI_LEN = 4 };
    const struct ikl_child_config config = {
        .size = sizeof(config), .protocol = IKL_PROTOCOL_ESP, .spi_in = 3, .spi_out = 4, .unmonitored = true};
    size_t len, first, second;

    (void)state;
    monitored_begin(&restorer.host, 1);
    assert_int_equal(ikl_sa_add_child(restorer.host.sa, &config, NULL), IKL_OK);
    restorer.other = mover_endpoint(&restorer.host, monitored_endpoint);
    host_keep_keys(&restorer.host, RESTORER_SUITE);
    restorer_take(&restorer);
    first = restorer_find(&restorer, CHILD, 0, &len) + HEADER + SPI_IN;
    second = restorer_find(&restorer, CHILD, 1, &len) + HEADER + SPI_IN;
    memcpy(restorer.octets + second, restorer.octets + first, SPI_LEN);
    restorer_repair(&restorer);
    assert_int_equal(try(), IKL_ERR_MALFORMED);
    restorer_clear(&restorer);
}

TESTS_OF(snapshot_refused)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_bit_that_is_flipped_is_noticed),
        cmocka_unit_test(every_truncation_is_noticed_and_so_is_what_follows),
        cmocka_unit_test(another_version_is_refused_as_such),
        cmocka_unit_test(no_octet_that_lies_does_harm),
        cmocka_unit_test(each_bit_that_a_request_may_have_is_restored),
        cmocka_unit_test(records_that_are_there_twice_are_refused),
        cmocka_unit_test(records_that_are_missing_are_noticed),
        cmocka_unit_test(a_record_of_a_later_writer_is_refused_or_skipped_by_its_type),
        cmocka_unit_test(what_a_later_writer_has_added_to_a_record_is_skipped),
        cmocka_unit_test(an_ike_sa_that_is_there_is_not_made_twice),
        cmocka_unit_test(messages_that_are_too_long_for_the_endpoint_are_refused),
        cmocka_unit_test(fragments_that_just_fit_what_the_endpoint_puts_aside_are_not_too_long),
        cmocka_unit_test(a_queued_request_that_is_longer_than_messages_there_is_refused),
        cmocka_unit_test(each_snapshot_that_is_restored_or_refused_is_counted),
        cmocka_unit_test(options_that_are_wrong_are_refused),
        cmocka_unit_test(out_of_memory_no_ike_sa_is_made),
        cmocka_unit_test(a_cipher_that_cannot_make_again_what_was_sent_is_of_no_use),
        cmocka_unit_test(a_buffer_that_is_too_small_is_told_how_large_it_must_be),
        cmocka_unit_test(keys_that_are_longer_than_any_are_refused),
        cmocka_unit_test(a_monitored_child_sa_and_another_with_one_spi_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
