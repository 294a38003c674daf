/* SPDX-License-Identifier: ISC */
/* Promises about what was sent in one size and goes out again along a narrower path (RFC 7383 §2.5.2). */
#include "support/asking.h"
#include "support/drain.h"
#include "support/fragments.h"
#include "support/narrow.h"
#include "support/test.h"
#include "support/toy_sa.h"

static const char *const suite = ASKING_SUITE;

static void rfc_31_what_is_outstanding_fits_the_path_that_the_ike_sa_moves_to(void **state)
{
    static const struct {
        uint16_t from, to;
        uint8_t family;
        bool encapsulated;
    } moves[] = {{1500, 1280, 4, false}, {1500, 576, 4, false},  {1280, 1280, 6, false}, {1280, 1280, 4, true},
                 {1500, 0, 4, false},    {1500, 0, 6, true},     {9000, 1500, 4, false}, {0, 200, 4, false},
                 {1280, 1279, 4, false}, {1280, 1278, 4, false}, {4000, 600, 4, true}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(moves); i++) {
        struct ikl_path path = narrow_path(moves[i].to, moves[i].family, moves[i].encapsulated);
        size_t before, after;
        struct host host;

        narrow_sa(&host, moves[i].from, with_more_room);
        narrow_ask(&host, NARROW_LONG);
        before = host_count(&host, EVENT_SENT);
        assert_int_equal(ikl_sa_set_path(host.sa, &path, 0), IKL_OK);
        host_run_to_the_end(&host);
        after = assert_fits(&host, before, &path, NARROW_LONG);
        assert_true(after > before); /* so the peer does not mix them */
        for (size_t n = before + after; n < host_count(&host, EVENT_SENT); n += after) {
            assert_same_datagrams(&host, before, n, after); /* from then on they are retransmitted bit for bit */
        }
        assert_no_iv_protects_two_messages(&host);
        assert_true(pool_is_whole(&host));
        host_clear(&host);
    }
}

/* However little narrower the path gets: by one octet each time. */
static void fragments_made_anew_are_always_more_than_those_before(void **state)
{
    size_t n = 0, total = 3;
    struct host host;

    (void)state;
    narrow_sa(&host, 1500, with_more_room);
    narrow_ask(&host, NARROW_LONG);
    while (total < 9) {
        narrow_move(&host, (uint16_t)(narrow_packet_len(host_event(&host, EVENT_SENT, n)) - 1));
        n += total;
        assert_int_equal(assert_fits(&host, n, ikl_sa_path(host.sa), NARROW_LONG), total + 1);
        total++;
    }
    assert_no_iv_protects_two_messages(&host);
    host_clear(&host);
}

/* Not fragmented before: in one SK payload, too large for the new path. */
static void a_message_in_one_piece_is_fragmented_for_a_narrower_path(void **state)
{
    struct host host;

    (void)state;
    narrow_sa(&host, 4000, with_more_room);
    narrow_ask(&host, NARROW_LONG);
    assert_int_equal(host_count(&host, EVENT_SENT), 1);
    narrow_move(&host, 1280);
    assert_int_equal(assert_fits(&host, 1, ikl_sa_path(host.sa), NARROW_LONG), 3);
    host_clear(&host);
}

static void what_fits_the_new_path_is_retransmitted_bit_for_bit(void **state)
{
    static const uint16_t mtus[] = {1500, 1280, 9000, 1300};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(mtus); i++) {
        struct host host;

        narrow_sa(&host, 1280, NULL);
        narrow_ask(&host, NARROW_LONG);
        narrow_move(&host, mtus[i]);
        assert_int_equal(host_count(&host, EVENT_SENT), 6);
        assert_same_datagrams(&host, 0, 3, 3);
        host_clear(&host);
    }
}

static void the_peer_puts_together_what_was_fragmented_anew(void **state)
{
    struct pair pair;

    (void)state;
    narrow_begins = narrow_path(1500, 4, false);
    pair_init(&pair, suite, 1, with_more_room, on_narrow_path);
    narrow_ask(&pair.a, NARROW_LONG);
    /* it has the second of three */
    assert_int_equal(host_receive(&pair.b, host_event(&pair.a, EVENT_SENT, 1)), IKL_OK);
    narrow_move(&pair.a, 576);
    for (size_t i = 3; i < host_count(&pair.a, EVENT_SENT); i++) {
        assert_int_equal(host_receive(&pair.b, host_event(&pair.a, EVENT_SENT, i)), IKL_OK);
        (void)host_receive(&pair.b, host_event(&pair.a, EVENT_SENT, 0)); /* that came late changes nothing */
    }
    assert_int_equal(host_event(&pair.b, EVENT_PEER_REQUEST, 0)->len, IKL_PAYLOAD_HEADER_LEN + NARROW_LONG);
    pair_clear(&pair);
}

static void follow(struct ikl_sa_config *config)
{
    on_narrow_path(config);
    config->follow_peer = true;
}

/* To another family, or into UDP encapsulation, or to where the host says a smaller MTU. */
static void what_is_outstanding_fits_the_path_that_a_peer_is_followed_to(void **state)
{
    const struct ikl_path paths[] = {narrow_path(0, 6, false), narrow_path(0, 4, true), narrow_path(600, 4, true)};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        uint8_t datagram[IKL_NON_ESP_MARKER_LEN + HOST_MAX_DATAGRAM] = {0};
        size_t skip = paths[i].encapsulated ? IKL_NON_ESP_MARKER_LEN : 0;
        size_t len = peer_seal(&(struct peer_message){0}, suite, datagram + skip), before;
        struct host host;

        narrow_begins = narrow_path(1280, 4, false);
        host_init(&host, "a", 0, with_more_room);
        host_sa(&host, suite, true, 1, follow);
        narrow_ask(&host, NARROW_LONG);
        host.now = 500;
        assert_int_equal(ikl_endpoint_receive(host.endpoint, &paths[i], datagram, skip + len, 500), IKL_OK);
        assert_true(ikl_path_same(ikl_sa_path(host.sa), &paths[i]));
        assert_int_equal(ikl_sa_path(host.sa)->mtu, paths[i].mtu != 0 ? paths[i].mtu : 1280);
        before = 4; /* three fragments, and the response */
        assert_true(assert_fits(&host, before, ikl_sa_path(host.sa), NARROW_LONG) > 3);
        assert_no_iv_protects_two_messages(&host);
        host_clear(&host);
    }
}

static int ask_long(struct host *host, uint32_t message_id)
{
    return peer_send(host, suite,
                     &(struct peer_message){.exchange_type = IKL_CREATE_CHILD_SA, .message_id = message_id});
}

static void answer_long(struct host *host, uint32_t message_id)
{
    static uint8_t body[NARROW_LONG];
    const struct ikl_payload payload = {.type = IKL_PAYLOAD_VENDOR_ID, .body = {body, sizeof(body)}};

    memset(body, NARROW_MARK, sizeof(body));
    assert_int_equal(ask_long(host, message_id), IKL_OK);
    assert_int_equal(ikl_sa_respond(host->sa, message_id, &payload, 1, host->now), IKL_OK);
}

static int repeat_from(struct host *host, const struct ikl_path *path)
{
    uint8_t datagram[HOST_MAX_DATAGRAM];
    size_t len = peer_seal(&(struct peer_message){.exchange_type = IKL_CREATE_CHILD_SA}, suite, datagram);

    return ikl_endpoint_receive(host->endpoint, path, datagram, len, host->now);
}

static void a_remembered_response_fits_the_path_along_which_it_is_repeated(void **state)
{
    struct ikl_path path;
    struct host host;
    size_t total, n;

    (void)state;
    narrow_sa(&host, 1500, with_more_room);
    answer_long(&host, 0);
    path = *ikl_sa_path(host.sa);
    assert_int_equal(repeat_from(&host, &path), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_SENT), 6);
    assert_same_datagrams(&host, 0, 3, 3);
    path.remote.ip[3] = 77; /* from elsewhere, where nothing is known of the MTU */
    path.mtu = 0;
    assert_int_equal(repeat_from(&host, &path), IKL_OK);
    total = assert_fits(&host, 6, &path, NARROW_LONG);
    assert_true(total > 3);
    path.mtu = 400; /* and after a move there */
    assert_int_equal(ikl_sa_set_path(host.sa, &path, 0), IKL_OK);
    n = host_count(&host, EVENT_SENT);
    assert_int_equal(repeat_from(&host, &path), IKL_OK);
    assert_true(assert_fits(&host, n, &path, NARROW_LONG) > total);
    assert_no_iv_protects_two_messages(&host);
    host_clear(&host);
}

static void assert_same_header(struct host *host, size_t a, size_t b)
{
    const struct event *one = host_event(host, EVENT_SENT, a), *other = host_event(host, EVENT_SENT, b);
    struct ikl_header before, after;

    assert_int_equal(ikl_header_read(&before, one->datagram, one->len), IKL_OK);
    assert_int_equal(ikl_header_read(&after, other->datagram, other->len), IKL_OK);
    assert_int_not_equal(after.length, before.length);
    assert_int_equal(after.exchange_type, before.exchange_type);
    assert_int_equal(after.flags, before.flags);
    assert_int_equal(after.message_id, before.message_id);
}

static void what_is_fragmented_anew_has_the_header_that_it_had(void **state)
{
    const struct asking asking = {.exchange_type = IKL_CREATE_CHILD_SA, .len = NARROW_LONG};
    struct host host;

    (void)state;
    narrow_sa(&host, 1500, with_more_room);
    (void)ask(&host, 1);
    assert_int_equal(answer(&host, 0), IKL_OK);
    host_forget(&host);
    assert_int_equal(asking_try(&host, &asking, NULL), IKL_OK);
    narrow_move(&host, 576);
    assert_same_header(&host, 0, 3);
    host_clear(&host);

    narrow_sa(&host, 1500, with_more_room);
    assert_int_equal(peer_send(&host, suite, &(struct peer_message){.message_id = 0}), IKL_OK);
    host_forget(&host);
    answer_long(&host, 1);
    narrow_move(&host, 576);
    assert_int_equal(ask_long(&host, 1), IKL_OK);
    assert_same_header(&host, 0, 3);
    host_clear(&host);
}

static void hints_of_a_smaller_mtu_take_effect_when_something_is_next_sent(void **state)
{
    struct host host;
    size_t n;

    (void)state;
    narrow_sa(&host, 1500, with_more_room);
    narrow_ask(&host, NARROW_LONG);
    assert_int_equal(ikl_sa_hint_mtu(host.sa, 1300, 0), IKL_OK);
    assert_int_equal(ikl_sa_path(host.sa)->mtu, 1300);
    assert_int_equal(host_count(&host, EVENT_SENT), 3); /* it sends nothing itself */
    host_advance(&host, 1000);
    n = 3 + assert_fits(&host, 3, ikl_sa_path(host.sa), NARROW_LONG);
    assert_int_equal(host_count(&host, EVENT_SENT), n);
    assert_int_equal(ikl_sa_hint(host.sa, IKL_HINT_TOO_LONG, 1000), IKL_OK); /* the network says no number */
    assert_int_equal(ikl_sa_path(host.sa)->mtu, 576);
    host_advance(&host, 3000);
    (void)assert_fits(&host, n, ikl_sa_path(host.sa), NARROW_LONG);
    assert_int_equal(host_counters(&host).hints, 2);
    assert_int_equal(host_counters(&host).probes, 0);
    assert_no_iv_protects_two_messages(&host);
    host_clear(&host);
}

/* Anybody can send an ICMP error. */
static void a_hint_makes_no_mtu_smaller_than_the_default_nor_larger_than_it_was(void **state)
{
    static const struct {
        uint16_t mtu, hint;
        uint8_t family;
        int result;
        uint16_t then;
    } hints[] = {{1500, 0, 4, IKL_OK, 576},
                 {1500, 68, 4, IKL_OK, 576},
                 {1500, 577, 4, IKL_OK, 577},
                 {1500, 1500, 4, IKL_ERR_INVALID, 1500},
                 {1500, 9000, 4, IKL_ERR_INVALID, 1500},
                 {576, 68, 4, IKL_ERR_INVALID, 576},
                 {0, 300, 4, IKL_ERR_INVALID, 0},
                 {400, 300, 4, IKL_ERR_INVALID, 400},
                 {400, 500, 4, IKL_ERR_INVALID, 400},
                 {1500, 0, 6, IKL_OK, 1280},
                 {1500, 600, 6, IKL_OK, 1280},
                 {0, 600, 6, IKL_ERR_INVALID, 0},
                 {1500, 1400, 6, IKL_OK, 1400}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(hints); i++) {
        struct host host;

        narrow_begins = narrow_path(hints[i].mtu, hints[i].family, false);
        host_init(&host, "a", 0, NULL);
        host_sa(&host, suite, true, 1, on_narrow_path);
        assert_int_equal(ikl_sa_hint_mtu(host.sa, hints[i].hint, 0), hints[i].result);
        assert_int_equal(ikl_sa_path(host.sa)->mtu, hints[i].then);
        host_clear(&host);
    }
}

static void a_hint_of_an_mtu_is_refused_without_fragmentation_and_when_the_ike_sa_is_gone(void **state)
{
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host_sa(&host, suite, true, 1, NULL);
    assert_int_equal(ikl_sa_hint_mtu(host.sa, 0, 0), IKL_ERR_UNSUPPORTED);
    assert_int_equal(ikl_sa_hint(host.sa, IKL_HINT_TOO_LONG, 0), IKL_ERR_UNSUPPORTED);
    assert_int_equal(ikl_sa_path(host.sa)->mtu, 0);
    ikl_sa_close(host.sa, 0);
    assert_int_equal(ikl_sa_hint_mtu(host.sa, 0, 0), IKL_ERR_STATE);
    host_clear(&host);
}

static void a_hint_is_refused_while_the_ike_sa_is_deleted(void **state)
{
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host_sa(&host, suite, true, 1, NULL);
    assert_int_equal(ikl_sa_delete(host.sa, 9000, 0), IKL_OK);
    assert_int_equal(ikl_sa_hint(host.sa, IKL_HINT_ICMP, 0), IKL_ERR_STATE);
    host_clear(&host);
}

/* The pool of a default endpoint has no room for two of these. */
static void a_large_message_needs_no_room_twice(void **state)
{
    static const uint8_t body[3900];
    const struct ikl_payload payload = {.type = IKL_PAYLOAD_VENDOR_ID, .body = {body, sizeof(body)}};
    struct drain drained;
    struct host host;

    (void)state;
    narrow_sa(&host, 1500, NULL);
    assert_int_equal(ikl_sa_request(host.sa, IKL_INFORMATIONAL, &payload, 1, NULL, 0, NULL), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_SENT), 3);
    drain_pool_to(&drained, &host, 10);
    narrow_move(&host, 576);
    assert_true(host_count(&host, EVENT_SENT) > 6);
    assert_int_equal(narrow_packet_len(host_event(&host, EVENT_SENT, 3)), 576);
    refill_pool(&drained, &host);
    assert_no_iv_protects_two_messages(&host);
    host_clear(&host);
}

/* Blocks of 16 octets, and as much text as a message may have: padding needs room of its own. */
static void with_toy_and_room(struct ikl_endpoint_config *config)
{
    static const struct ikl_provider *const providers[] = {&toy_provider};

    config->providers = providers;
    config->n_providers = 1;
    config->max_message = 1280;
    with_more_room(config);
}

static void a_block_cipher_fits_narrower_paths_too(void **state)
{
    (void)state;
    for (size_t len = 1180; len <= 1280 - IKL_PAYLOAD_HEADER_LEN; len++) {
        struct ikl_sa_config config;
        struct ikl_keys keys;
        struct host host;
        size_t n;

        host_init(&host, "a", 0, with_toy_and_room);
        toy_sa_config(&config, &keys, 0);
        config.protection.fragmentation = true;
        config.path.mtu = 1500;
        assert_int_equal(ikl_sa_new(&host.sa, host.endpoint, &config, 0), IKL_OK);
        narrow_ask(&host, len);
        n = host_count(&host, EVENT_SENT);
        narrow_move(&host, 576);
        assert_true(host_count(&host, EVENT_SENT) >= n + 3);
        for (; n < host_count(&host, EVENT_SENT); n++) {
            assert_in_range(narrow_packet_len(host_event(&host, EVENT_SENT, n)), 1, 576);
        }
        host_clear(&host);
    }
}

TESTS_OF(refragmented)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rfc_31_what_is_outstanding_fits_the_path_that_the_ike_sa_moves_to),
        cmocka_unit_test(fragments_made_anew_are_always_more_than_those_before),
        cmocka_unit_test(a_message_in_one_piece_is_fragmented_for_a_narrower_path),
        cmocka_unit_test(what_fits_the_new_path_is_retransmitted_bit_for_bit),
        cmocka_unit_test(the_peer_puts_together_what_was_fragmented_anew),
        cmocka_unit_test(what_is_outstanding_fits_the_path_that_a_peer_is_followed_to),
        cmocka_unit_test(a_remembered_response_fits_the_path_along_which_it_is_repeated),
        cmocka_unit_test(what_is_fragmented_anew_has_the_header_that_it_had),
        cmocka_unit_test(hints_of_a_smaller_mtu_take_effect_when_something_is_next_sent),
        cmocka_unit_test(a_hint_makes_no_mtu_smaller_than_the_default_nor_larger_than_it_was),
        cmocka_unit_test(a_hint_of_an_mtu_is_refused_without_fragmentation_and_when_the_ike_sa_is_gone),
        cmocka_unit_test(a_hint_is_refused_while_the_ike_sa_is_deleted),
        cmocka_unit_test(a_large_message_needs_no_room_twice),
        cmocka_unit_test(a_block_cipher_fits_narrower_paths_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
