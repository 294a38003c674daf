/* SPDX-License-Identifier: ISC */
/* Promises about what was sent and cannot be fragmented anew for a narrower path: it goes out as it was. */
#include "support/asking.h"
#include "support/drain.h"
#include "support/fickle_cipher.h"
#include "support/fragments.h"
#include "support/narrow.h"
#include "support/test.h"

static const char *const suite = ASKING_SUITE;

/* What keeps a message from being fragmented anew; it is undone before the next retransmission. */
static void fail_to_seal(struct host *host, bool begin)
{
    (void)host;
    fickle.seal_result = begin ? IKL_ERR_CRYPTO : IKL_OK;
}

static void fail_to_open(struct host *host, bool begin)
{
    (void)host;
    fickle.open_result = begin ? IKL_ERR_FORGED : IKL_OK;
}

static void fail_to_draw_ivs(struct host *host, bool begin)
{
    host->random_result = begin ? IKL_ERR_CRYPTO : IKL_OK;
}

static struct drain drain;

static void leave_no_room(struct host *host, bool begin)
{
    if (begin) {
        drain_pool_to(&drain, host, 1); /* with one more there would be room */
    } else {
        refill_pool(&drain, host);
    }
}

static void with_fickle_and_room(struct ikl_endpoint_config *config)
{
    with_fickle_provider(config);
    with_more_room(config);
}

static void what_cannot_be_made_anew_goes_out_as_it_was_and_is_tried_again(void **state)
{
    static void (*const failures[])(struct host * host, bool begin) = {fail_to_seal, fail_to_open, fail_to_draw_ivs,
                                                                       leave_no_room};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(failures); i++) {
        struct host host;

        fickle_reset(true, false); /* IVs are drawn */
        narrow_sa(&host, 1500, with_fickle_and_room);
        narrow_ask(&host, NARROW_LONG);
        failures[i](&host, true);
        narrow_move(&host, 576);
        assert_int_equal(host_count(&host, EVENT_SENT), 6);
        assert_same_datagrams(&host, 0, 3, 3);
        failures[i](&host, false);
        host_advance(&host, 1000);
        (void)assert_fits(&host, 6, ikl_sa_path(host.sa), NARROW_LONG);
        assert_int_equal(answer(&host, 0), IKL_OK);
        assert_true(pool_is_whole(&host));
        host_clear(&host);
    }
}

static void nothing_is_fragmented_that_the_peer_could_not_put_together(void **state)
{
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host_sa(&host, suite, true, 1, NULL); /* fragmentation was not agreed */
    narrow_move(&host, 1500);
    narrow_ask(&host, NARROW_LONG);
    narrow_move(&host, 576);
    assert_int_equal(host_count(&host, EVENT_SENT), 2);
    assert_same_datagrams(&host, 0, 1, 1);
    host_clear(&host);
}

/* Neither what the library stored of the host's nor where it came from says how large it may be here. */
static void a_request_handed_over_keeps_its_size_until_the_path_gets_narrower(void **state)
{
    uint8_t octets[2 * HOST_MAX_DATAGRAM];
    struct ikl_outstanding_request outstanding = {.datagram = {octets, 0}, .deadline = 1000};
    struct ikl_sa_config config;
    struct ikl_keys keys;
    struct host host;

    (void)state;
    narrow_sa(&host, 1500, with_more_room);
    narrow_ask(&host, NARROW_LONG);
    for (size_t i = 0; i < 3; i++) {
        const struct event *sent = host_event(&host, EVENT_SENT, i);

        memcpy(octets + outstanding.datagram.len, sent->datagram, sent->len);
        outstanding.datagram.len += sent->len;
    }
    host_clear(&host);
    host_init(&host, "b", 0, with_more_room);
    test_sa_config(&config, &keys, suite, true, 0);
    config.protection.fragmentation = true;
    config.protection.iv_source = IKL_IV_FIRST;
    config.protection.iv_first = 1000;
    config.ids.next_request = 1;
    config.outstanding = &outstanding;
    config.n_outstanding = 1;
    assert_int_equal(ikl_sa_new(&host.sa, host.endpoint, &config, 0), IKL_OK);
    host_advance(&host, 1000);
    assert_int_equal(host_count(&host, EVENT_SENT), 3);
    assert_memory_equal(host_event(&host, EVENT_SENT, 0)->datagram, octets, host_event(&host, EVENT_SENT, 0)->len);
    narrow_move(&host, 400);
    assert_true(assert_fits(&host, 3, ikl_sa_path(host.sa), NARROW_LONG) > 3);
    host_clear(&host);
}

static uint8_t handed_over[4 * HOST_MAX_DATAGRAM];

static void shortest_messages(struct ikl_endpoint_config *config)
{
    config->max_message = 1280;
    config->pool_blocks = 256;
}

/* An IKE SA with a request that a host hands over in these datagrams, and moves to a path that is too narrow. */
static void assert_sent_as_it_was(size_t len, size_t n)
{
    struct ikl_outstanding_request outstanding = {.datagram = {handed_over, len}, .deadline = 1000};
    struct ikl_sa_config config;
    struct ikl_keys keys;
    struct host host;
    size_t offset = 0;

    host_init(&host, "a", 0, shortest_messages);
    test_sa_config(&config, &keys, suite, true, 0);
    config.protection.fragmentation = true;
    config.protection.iv_source = IKL_IV_FIRST;
    config.ids.next_request = 1;
    config.outstanding = &outstanding;
    config.n_outstanding = 1;
    config.path.mtu = 1500;
    assert_int_equal(ikl_sa_new(&host.sa, host.endpoint, &config, 0), IKL_OK);
    narrow_move(&host, 200);
    assert_int_equal(host_count(&host, EVENT_SENT), n);
    for (size_t i = 0; i < n; i++) {
        const struct event *sent = host_event(&host, EVENT_SENT, i);

        assert_memory_equal(sent->datagram, handed_over + offset, sent->len);
        offset += sent->len;
    }
    assert_int_equal(offset, len);
    host_clear(&host);
}

static size_t hand_over(size_t len, uint16_t number, uint16_t total, size_t plaintext_len)
{
    static const uint8_t plaintext[500];
    const struct peer_message part = {.from_initiator = true,
                                      .fragment_number = number,
                                      .fragment_total = total,
                                      .plaintext = {plaintext, plaintext_len}};

    return len + peer_seal(&part, suite, handed_over + len);
}

/* By a host that is wrong about what it hands over: in disorder, in part, of two messages, or sealed with another key.
 */
static void what_does_not_open_to_a_whole_message_goes_out_as_it_was(void **state)
{
    static const struct {
        uint16_t number, total;
    } pairs[][2] = {{{2, 2}, {1, 2}}, {{1, 2}, {2, 3}}, {{1, 3}, {3, 3}}, {{1, 3}, {2, 3}},
                    {{1, 2}, {1, 2}}, {{0, 0}, {0, 0}}, {{0, 0}, {2, 2}}};
    size_t len;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        len = hand_over(0, pairs[i][0].number, pairs[i][0].total, 500);
        assert_sent_as_it_was(hand_over(len, pairs[i][1].number, pairs[i][1].total, 500), 2);
    }
    assert_sent_as_it_was(hand_over(0, 2, 2, 500), 1);
    assert_sent_as_it_was(hand_over(0, 1, 2, 500), 1);
    len = hand_over(hand_over(0, 1, 2, 500), 2, 2, 500);
    handed_over[len - 1] ^= 1;
    assert_sent_as_it_was(len, 2);
}

/* More than the longest message that the endpoint is made for. */
static void what_opens_to_more_than_there_is_room_for_goes_out_as_it_was(void **state)
{
    enum { TOTAL = 4 };
    size_t len = 0;

    (void)state;
    for (uint16_t number = 1; number <= TOTAL; number++) {
        len = hand_over(len, number, TOTAL, 500);
    }
    assert_sent_as_it_was(len, TOTAL);
}

/* A large first fragment, and so many small ones that there is nowhere to keep them aside. */
static void what_cannot_be_kept_aside_goes_out_as_it_was(void **state)
{
    enum { TOTAL = 80 };
    size_t len = hand_over(0, 1, TOTAL, 500);

    (void)state;
    for (uint16_t number = 2; number <= TOTAL; number++) {
        len = hand_over(len, number, TOTAL, 10);
    }
    assert_sent_as_it_was(len, TOTAL);
}

/* Padding alone is too large for the path. */
static void what_has_nothing_to_divide_goes_out_as_it_was(void **state)
{
    static const uint8_t padding[256] = {[255] = 255};
    const struct peer_message message = {.from_initiator = true, .plaintext = {padding, sizeof(padding)}};

    (void)state;
    assert_sent_as_it_was(peer_seal_text(&message, suite, handed_over), 1);
}

static void longest(struct ikl_endpoint_config *config)
{
    config->max_message = 65000;
    config->pool_blocks = 2000;
}

/* More than 255 fragments would be. */
static void what_would_be_too_many_fragments_goes_out_as_it_was(void **state)
{
    static const uint8_t body[255 * 67];
    const struct ikl_payload payload = {.type = IKL_PAYLOAD_VENDOR_ID, .body = {body, sizeof(body)}};
    struct host host;

    (void)state;
    narrow_sa(&host, 4000, longest);
    assert_int_equal(ikl_sa_request(host.sa, IKL_INFORMATIONAL, &payload, 1, NULL, 0, NULL), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_SENT), 5);
    narrow_move(&host, 1);
    assert_int_equal(host_count(&host, EVENT_SENT), 10);
    assert_same_datagrams(&host, 0, 5, 5);
    host_clear(&host);
}

/* The datagrams that are being sent are not taken from under `send`. */
static int hint_and_move_inside(struct host *host, struct event *event)
{
    struct ikl_path path = *ikl_sa_path(host->sa);

    if (event->kind == EVENT_SENT) {
        path.mtu = 400;
        path.remote.port++;
        assert_int_equal(ikl_sa_hint_mtu(host->sa, 0, host->now), IKL_ERR_REENTRANT);
        assert_int_equal(ikl_sa_set_path(host->sa, &path, host->now), IKL_ERR_REENTRANT);
    }
    return IKL_OK;
}

static void a_move_inside_send_is_refused_and_what_is_sent_stays_as_it_was(void **state)
{
    struct host host;

    (void)state;
    narrow_sa(&host, 1500, with_more_room);
    host.on_event = hint_and_move_inside;
    narrow_ask(&host, NARROW_LONG);
    host.on_event = NULL;
    assert_int_equal(host_count(&host, EVENT_SENT), 3);
    host_advance(&host, 1000);
    assert_int_equal(host_count(&host, EVENT_SENT), 6);
    assert_same_datagrams(&host, 0, 3, 3);
    host_clear(&host);
}

static size_t n_in_batches;

static void count_batch(void *user, struct ikl_outbound *datagrams, size_t n)
{
    (void)user;
    for (size_t i = 0; i < n; i++) {
        assert_in_range(datagrams[i].len, IKL_HEADER_LEN, datagrams[i].path.mtu);
    }
    n_in_batches += n;
}

static void in_batches_of_2(struct ikl_endpoint_config *config)
{
    with_more_room(config);
    config->callbacks.send = NULL;
    config->callbacks.send_batch = count_batch;
    config->send_batch = 2;
}

static int move_in_the_first_attempt(struct host *host, struct event *event)
{
    if (event->kind == EVENT_ATTEMPT && host_count(host, EVENT_ATTEMPT) == 1) {
        assert_int_equal(n_in_batches, 2); /* the third waits */
        narrow_move(host, 400);
    }
    return IKL_OK;
}

static void a_move_between_two_batches_divides_what_is_sent_from_then_on(void **state)
{
    struct host host;

    (void)state;
    n_in_batches = 0;
    narrow_sa(&host, 1500, in_batches_of_2);
    host.on_event = move_in_the_first_attempt;
    narrow_ask(&host, NARROW_LONG);
    host.on_event = NULL;
    host_advance(&host, 1000);
    assert_true(n_in_batches > 3 + 8);
    assert_int_equal(host_counters(&host).sent, n_in_batches);
    host_clear(&host);
}

TESTS_OF(refragmented_not)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_cannot_be_made_anew_goes_out_as_it_was_and_is_tried_again),
        cmocka_unit_test(nothing_is_fragmented_that_the_peer_could_not_put_together),
        cmocka_unit_test(a_request_handed_over_keeps_its_size_until_the_path_gets_narrower),
        cmocka_unit_test(what_does_not_open_to_a_whole_message_goes_out_as_it_was),
        cmocka_unit_test(what_opens_to_more_than_there_is_room_for_goes_out_as_it_was),
        cmocka_unit_test(what_cannot_be_kept_aside_goes_out_as_it_was),
        cmocka_unit_test(what_has_nothing_to_divide_goes_out_as_it_was),
        cmocka_unit_test(what_would_be_too_many_fragments_goes_out_as_it_was),
        cmocka_unit_test(a_move_inside_send_is_refused_and_what_is_sent_stays_as_it_was),
        cmocka_unit_test(a_move_between_two_batches_divides_what_is_sent_from_then_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
