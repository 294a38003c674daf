/* SPDX-License-Identifier: ISC */
/* Promises about a Delete that ended its IKE SA, whose answer was lost and that comes again (RFC 7296 §2.1). */
#include "support/fickle_cipher.h"
#include "support/grave.h"
#include "support/test.h"

static const char *const suite = GRAVE_SUITE;

enum { WAIT = 100000, LIFETIME = 320000, ANSWERS = 10, TOMBSTONES = 64 };

/* In both roles the deleter sends its Delete for the second time after 1 s, and is done. */
static void a_delete_whose_answer_was_lost_is_answered_when_it_comes_again(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct pair pair;
        struct host *deleter, *peer;

        pair_init(&pair, suite, 2, NULL, NULL);
        deleter = i == 0 ? &pair.a : &pair.b;
        peer = i == 0 ? &pair.b : &pair.a;
        assert_int_equal(ikl_sa_delete(deleter->sa, WAIT, 0), IKL_OK);
        host_last(deleter, EVENT_SENT)->delivered = true;
        assert_int_equal(host_receive(peer, host_event(deleter, EVENT_SENT, 0)), IKL_OK);
        assert_int_equal(host_last(peer, EVENT_DOWN)->down.reason, IKL_DOWN_PEER_DELETED);
        host_last(peer, EVENT_SENT)->delivered = true; /* lost */
        pair_run(&pair, 200000, 0);
        assert_int_equal(host_count(deleter, EVENT_DOWN), 1);
        assert_int_equal(host_last(deleter, EVENT_DOWN)->down.reason, IKL_DOWN_CLOSED);
        assert_int_equal(host_last(deleter, EVENT_DOWN)->at, 1000);
        assert_int_equal(host_count(deleter, EVENT_SENT), 2);
        assert_int_equal(host_count(peer, EVENT_SENT), 2);
        assert_int_equal(host_count(peer, EVENT_UNMATCHED), 0);
        assert_memory_equal(host_event(peer, EVENT_SENT, 1)->datagram, host_event(peer, EVENT_SENT, 0)->datagram,
                            host_event(peer, EVENT_SENT, 0)->len);
        pair_clear(&pair);
    }
}

static void the_answer_is_the_same_octet_for_octet_and_counted(void **state)
{
    struct ikl_endpoint_counters before, after;
    struct grave grave;

    (void)state;
    grave_dig(&grave, NULL, NULL);
    before = host_counters(&grave.host);
    assert_int_equal(grave_repeat(&grave), IKL_OK);
    grave_assert_answered(&grave, 1);
    after = host_counters(&grave.host);
    assert_int_equal(after.received, before.received + 1);
    assert_int_equal(after.accepted, before.accepted);
    assert_int_equal(after.repeated, before.repeated + 1);
    assert_int_equal(after.repeated_deletes, before.repeated_deletes + 1);
    assert_int_equal(after.sent, before.sent + 1);
    assert_int_equal(after.unmatched, 0);
    assert_int_equal(after.peer_deletes, 1);
    grave_fill_in(&grave);
}

static void with_an_outage(struct ikl_endpoint_config *config)
{
    config->outage_after = 1000;
    config->outage_least = 1;
}

static void a_repeated_delete_is_no_sign_of_life(void **state)
{
    struct ikl_sa_config config;
    struct ikl_keys keys;
    struct grave grave;
    struct ikl_sa *other;

    (void)state;
    grave_dig(&grave, with_an_outage, NULL);
    test_sa_config(&config, &keys, suite, true, 1);
    assert_int_equal(ikl_sa_new(&other, grave.host.endpoint, &config, 0), IKL_OK);
    host_advance(&grave.host, 5000);
    host_advance(&grave.host, 6000);
    host_forget(&grave.host);
    assert_int_equal(grave_repeat(&grave), IKL_OK);
    grave_assert_answered(&grave, 1);
    assert_int_equal(ikl_endpoint_next_deadline(grave.host.endpoint), 8000); /* of the IKE SA that is checked */
    grave_fill_in(&grave);
}

static void it_keeps_no_timer(void **state)
{
    struct grave grave;

    (void)state;
    grave_dig(&grave, NULL, NULL);
    assert_int_equal(ikl_endpoint_next_deadline(grave.host.endpoint), IKL_NEVER);
    assert_int_equal(grave_repeat(&grave), IKL_OK);
    assert_int_equal(ikl_endpoint_next_deadline(grave.host.endpoint), IKL_NEVER);
    grave_fill_in(&grave);
}

static void it_is_answered_for_320_s(void **state)
{
    struct grave grave;

    (void)state;
    grave_dig(&grave, NULL, NULL);
    grave.host.now = LIFETIME - 1;
    assert_int_equal(grave_repeat(&grave), IKL_OK);
    grave_assert_answered(&grave, 1);
    grave.host.now = LIFETIME;
    grave_assert_forgotten(&grave);
    grave_fill_in(&grave);
}

static void it_is_answered_ten_times(void **state)
{
    struct grave grave;

    (void)state;
    grave_dig(&grave, NULL, NULL);
    for (size_t i = 1; i <= ANSWERS; i++) {
        assert_int_equal(grave_repeat(&grave), IKL_OK);
        grave_assert_answered(&grave, i);
    }
    grave_assert_forgotten(&grave);
    grave_fill_in(&grave);
}

static void the_time_is_the_endpoints_whatever_the_host_says(void **state)
{
    struct grave grave;

    (void)state;
    grave_dig(&grave, NULL, NULL);
    host_advance(&grave.host, 1000);
    grave.host.now = 5; /* backward: as at 1000 */
    assert_int_equal(grave_repeat(&grave), IKL_OK);
    grave.host.now = IKL_NEVER;
    assert_int_equal(grave_repeat(&grave), IKL_ERR_INVALID);
    grave_assert_answered(&grave, 1);
    host_advance(&grave.host, UINT64_C(1) << 50); /* a leap, which is taken back */
    grave.host.now = 2000;
    grave_assert_forgotten(&grave);
    grave_fill_in(&grave);
}

static void only_the_very_same_delete_is_answered(void **state)
{
    struct peer_message message = grave_delete_of(0), probe = {.message_id = 0};
    struct grave grave;
    size_t len;

    (void)state;
    grave_dig(&grave, NULL, NULL);
    for (size_t i = 0; i < grave.len; i++) {
        grave.request[i] ^= 0x10;
        assert_int_not_equal(grave_repeat(&grave), IKL_OK);
        grave.request[i] ^= 0x10;
    }
    assert_int_equal(host_count(&grave.host, EVENT_SENT), 0);
    host_forget(&grave.host);
    assert_int_equal(grave_repeat(&grave), IKL_OK);
    grave_assert_answered(&grave, 1);
    len = grave.len;
    grave.len = peer_seal(&message, suite, grave.request); /* authentic, with another IV */
    assert_int_equal(grave.len, len);
    grave_assert_forgotten(&grave);
    grave.len = peer_seal(&probe, suite, grave.request);
    grave_assert_forgotten(&grave);
    grave_fill_in(&grave);
}

static void it_is_answered_along_the_path_that_it_came_along(void **state)
{
    struct grave grave;

    (void)state;
    grave_dig(&grave, NULL, NULL);
    grave.path.remote.port = 4500;
    assert_int_equal(grave_repeat(&grave), IKL_OK);
    grave_assert_answered(&grave, 1);
    grave_fill_in(&grave);
}

static void the_non_esp_marker_is_taken_off_and_put_before(void **state)
{
    static const uint8_t marker[IKL_NON_ESP_MARKER_LEN];
    struct grave grave;

    (void)state;
    grave_dig(&grave, NULL, NULL);
    memmove(grave.request + sizeof(marker), grave.request, grave.len);
    memcpy(grave.request, marker, sizeof(marker));
    grave.len += sizeof(marker);
    memmove(grave.answer.datagram + sizeof(marker), grave.answer.datagram, grave.answer.len);
    memcpy(grave.answer.datagram, marker, sizeof(marker));
    grave.answer.len += sizeof(marker);
    grave.path.encapsulated = true;
    assert_int_equal(grave_repeat(&grave), IKL_OK);
    grave_assert_answered(&grave, 1);
    grave_fill_in(&grave);
}

static void what_cannot_be_sent_is_counted_and_tried_when_it_comes_again(void **state)
{
    struct grave grave;

    (void)state;
    grave_dig(&grave, NULL, NULL);
    grave.host.send_result = IKL_ERR_NO_BUFFER;
    assert_int_equal(grave_repeat(&grave), IKL_OK);
    assert_int_equal(host_counters(&grave.host).send_failures, 1);
    grave.host.send_result = IKL_OK;
    assert_int_equal(grave_repeat(&grave), IKL_OK);
    grave_assert_answered(&grave, 2);
    assert_int_equal(host_counters(&grave.host).send_failures, 1);
    grave_fill_in(&grave);
}

/* What the last batch was, and what becomes of it. */
static struct {
    size_t n;
    struct ikl_outbound last;
    uint8_t octets[HOST_MAX_DATAGRAM];
    int result;
} batch;

static void on_batch(void *user, struct ikl_outbound *datagrams, size_t n)
{
    (void)user;
    batch.n = n;
    batch.last = datagrams[n - 1];
    memcpy(batch.octets, batch.last.datagram, batch.last.len);
    datagrams[n - 1].result = batch.result;
}

static void in_batches(struct ikl_endpoint_config *config)
{
    config->callbacks.send = NULL;
    config->callbacks.send_batch = on_batch;
    config->send_batch = 4;
}

static void it_is_answered_in_batches_too(void **state)
{
    struct peer_message message = grave_delete_of(0);
    struct grave grave;
    uint8_t answer[HOST_MAX_DATAGRAM];
    size_t len;

    (void)state;
    memset(&batch, 0, sizeof(batch));
    host_init(&grave.host, "a", 0, in_batches);
    host_sa(&grave.host, suite, true, 0, NULL);
    grave.path = *ikl_sa_path(grave.host.sa);
    grave.len = peer_seal(&message, suite, grave.request);
    assert_int_equal(grave_repeat(&grave), IKL_OK);
    len = batch.last.len;
    memcpy(answer, batch.octets, len);
    ikl_sa_free(grave.host.sa);
    for (int i = 0; i < 2; i++) {
        batch.result = i == 0 ? IKL_OK : IKL_ERR_NO_BUFFER;
        assert_int_equal(grave_repeat(&grave), IKL_OK);
        assert_int_equal(batch.n, 1);
        assert_null(batch.last.sa);
        assert_int_equal(batch.last.len, len);
        assert_memory_equal(batch.octets, answer, len);
        assert_int_equal(host_counters(&grave.host).send_failures, i);
    }
    assert_int_equal(host_counters(&grave.host).repeated_deletes, 2);
    grave_fill_in(&grave);
}

static void the_latest_ike_sas_are_known(void **state)
{
    struct grave grave;
    uint8_t first[HOST_MAX_DATAGRAM];

    (void)state;
    grave_dig(&grave, NULL, NULL);
    memcpy(first, grave.request, grave.len);
    for (uint32_t n = 1; n <= TOMBSTONES; n++) {
        struct peer_message message = grave_delete_of(n);
        struct ikl_sa_config config;
        struct ikl_keys keys;

        if (n == TOMBSTONES) {
            assert_int_equal(ikl_endpoint_receive(grave.host.endpoint, &grave.path, first, grave.len, 0), IKL_OK);
        }
        test_sa_config(&config, &keys, suite, true, n);
        assert_int_equal(ikl_sa_new(&grave.host.sa, grave.host.endpoint, &config, 0), IKL_OK);
        grave_end_by(&grave, &message);
        assert_int_equal(grave_repeat(&grave), IKL_OK);
        grave_assert_answered(&grave, 1);
    }
    memcpy(grave.request, first, grave.len);
    grave_assert_forgotten(&grave);
    grave_fill_in(&grave);
}

static void an_ike_sa_with_the_same_spi_takes_its_place(void **state)
{
    struct grave grave;

    (void)state;
    grave_dig(&grave, NULL, NULL);
    host_sa(&grave.host, suite, true, 0, NULL);
    ikl_sa_free(grave.host.sa);
    grave_assert_forgotten(&grave);
    grave_fill_in(&grave);
}

static void close_at_once(void *user, struct ikl_sa *sa)
{
    (void)user;
    ikl_sa_free(sa);
}

static void who_closes_in_peer_deletes(struct ikl_endpoint_config *config)
{
    config->callbacks.peer_deletes = close_at_once;
}

static void a_host_that_frees_the_ike_sa_in_peer_deletes_changes_nothing(void **state)
{
    struct peer_message message = grave_delete_of(0);
    struct grave grave;

    (void)state;
    host_init(&grave.host, "a", 0, who_closes_in_peer_deletes);
    host_sa(&grave.host, suite, true, 1, NULL);
    grave.path = *ikl_sa_path(grave.host.sa);
    grave.len = peer_seal(&message, suite, grave.request);
    assert_int_equal(grave_repeat(&grave), IKL_OK);
    grave.answer = *host_last(&grave.host, EVENT_SENT);
    host_forget(&grave.host);
    assert_int_equal(grave_repeat(&grave), IKL_OK);
    grave_assert_answered(&grave, 1);
    grave_fill_in(&grave);
}

/* Where the cipher is not deterministic the answer is not made again but kept. */
static void the_answer_of_any_cipher_is_known(void **state)
{
    struct grave grave;

    (void)state;
    for (int deterministic = 0; deterministic < 2; deterministic++) {
        fickle_reset(deterministic != 0, true);
        grave_dig(&grave, with_fickle_provider, NULL);
        assert_int_equal(grave_repeat(&grave), IKL_OK);
        grave_assert_answered(&grave, 1);
        grave_fill_in(&grave);
    }
}

static int fail_to_seal(struct host *host, struct event *event)
{
    (void)host;
    if (event->kind == EVENT_SENT) {
        fickle.seal_result = IKL_ERR_CRYPTO; /* from now on */
    }
    return IKL_OK;
}

static void an_answer_that_cannot_be_made_again_is_not_known(void **state)
{
    struct peer_message message = grave_delete_of(0);
    struct grave grave;

    (void)state;
    fickle_reset(true, true);
    host_init(&grave.host, "a", 0, with_fickle_provider);
    host_sa(&grave.host, suite, true, 0, NULL);
    grave.host.on_event = fail_to_seal;
    grave_end_by(&grave, &message);
    fickle.seal_result = IKL_OK;
    grave_assert_forgotten(&grave);
    grave_fill_in(&grave);
}

static struct {
    size_t refused;
    int last;
} inside;

static int call_inside(struct host *host, struct event *event)
{
    if (event->kind == EVENT_SENT) {
        struct ikl_sa *sa;
        struct ikl_sa_config config;
        struct ikl_keys keys;

        test_sa_config(&config, &keys, suite, true, 0);
        inside.refused++;
        inside.last = ikl_sa_new(&sa, host->endpoint, &config, host->now);
    }
    return IKL_OK;
}

static void its_send_is_a_leaf_like_any(void **state)
{
    struct grave grave;

    (void)state;
    memset(&inside, 0, sizeof(inside));
    grave_dig(&grave, NULL, NULL);
    grave.host.on_event = call_inside;
    assert_int_equal(grave_repeat(&grave), IKL_OK);
    assert_int_equal(inside.refused, 1);
    assert_int_equal(inside.last, IKL_ERR_REENTRANT);
    grave_assert_answered(&grave, 1);
    grave_fill_in(&grave);
}

TESTS_OF(tombstones)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_delete_whose_answer_was_lost_is_answered_when_it_comes_again),
        cmocka_unit_test(the_answer_is_the_same_octet_for_octet_and_counted),
        cmocka_unit_test(a_repeated_delete_is_no_sign_of_life),
        cmocka_unit_test(it_keeps_no_timer),
        cmocka_unit_test(it_is_answered_for_320_s),
        cmocka_unit_test(it_is_answered_ten_times),
        cmocka_unit_test(the_time_is_the_endpoints_whatever_the_host_says),
        cmocka_unit_test(only_the_very_same_delete_is_answered),
        cmocka_unit_test(it_is_answered_along_the_path_that_it_came_along),
        cmocka_unit_test(the_non_esp_marker_is_taken_off_and_put_before),
        cmocka_unit_test(what_cannot_be_sent_is_counted_and_tried_when_it_comes_again),
        cmocka_unit_test(it_is_answered_in_batches_too),
        cmocka_unit_test(the_latest_ike_sas_are_known),
        cmocka_unit_test(an_ike_sa_with_the_same_spi_takes_its_place),
        cmocka_unit_test(a_host_that_frees_the_ike_sa_in_peer_deletes_changes_nothing),
        cmocka_unit_test(the_answer_of_any_cipher_is_known),
        cmocka_unit_test(an_answer_that_cannot_be_made_again_is_not_known),
        cmocka_unit_test(its_send_is_a_leaf_like_any),
    };

    return ikl_init() == IKL_OK ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
