/* Promises about what was sent in one size and goes out again along a narrower path (RFC 7383 §2.5.2).
 * SPDX-License-Identifier: ISC */
#include "support/asking.h"
#include "support/drain.h"
#include "support/fickle_cipher.h"
#include "support/fragments.h"
#include "support/test.h"
#include "support/toy_cipher.h"

static const char *const suite = ASKING_SUITE;

enum { LONG = 3000, MARK = 5, NEXT_PAYLOAD = 16 };

static struct ikl_path begins;

static void on_this_path(struct ikl_sa_config *config)
{
    config->protection.fragmentation = true;
    config->path = begins;
}

static struct ikl_path path_of(uint16_t mtu, uint8_t family, bool encapsulated)
{
    uint16_t port = encapsulated ? 4500 : 500;

    return (struct ikl_path){.local = {.ip = {192, 0, 2, 1}, .port = port, .family = family},
                             .remote = {.ip = {192, 0, 2, 2}, .port = port, .family = family},
                             .mtu = mtu,
                             .encapsulated = encapsulated};
}

static void on_more_room(struct ikl_endpoint_config *config)
{
    config->pool_blocks = 256;
}

static void one_ike_sa(struct host *host, uint16_t mtu, endpoint_change change)
{
    begins = path_of(mtu, 4, false);
    host_init(host, "a", 0, change);
    host_sa(host, suite, true, 1, on_this_path);
}

static void ask_long(struct host *host, size_t len)
{
    assert_int_equal(asking_try(host, &(struct asking){.mark = MARK, .len = len}, NULL), IKL_OK);
}

static void move(struct host *host, uint16_t mtu)
{
    struct ikl_path path = *ikl_sa_path(host->sa);

    path.mtu = mtu;
    path.remote.ip[3]++;
    assert_int_equal(ikl_sa_set_path(host->sa, &path, host->now), IKL_OK);
}

static size_t packet_len(const struct event *sent)
{
    return sent->len + 8 + (sent->path.remote.family == 4 ? 20u : 40u);
}

static size_t limit_of(const struct ikl_path *path)
{
    return path->mtu != 0 ? path->mtu : path->remote.family == 6 ? 1280 : 576;
}

/* The fragments sent from the n-th datagram on are all of the long message, and fit the path. How many there are. */
static size_t assert_fits(struct host *host, size_t n, const struct ikl_path *path, size_t len)
{
    uint8_t plaintext[HOST_MAX_DATAGRAM];
    size_t plaintext_len;
    size_t total = open_fragments(host, n, plaintext, &plaintext_len);

    assert_int_equal(plaintext_len, IKL_PAYLOAD_HEADER_LEN + len);
    for (size_t i = IKL_PAYLOAD_HEADER_LEN; i < plaintext_len; i++) {
        assert_int_equal(plaintext[i], MARK);
    }
    for (size_t i = n; i < n + total; i++) {
        assert_in_range(packet_len(host_event(host, EVENT_SENT, i)), 1, limit_of(path));
        assert_true(ikl_path_same(&host_event(host, EVENT_SENT, i)->path, path));
    }
    return total;
}

static void assert_same_datagrams(struct host *host, size_t a, size_t b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct event *one = host_event(host, EVENT_SENT, a + i), *other = host_event(host, EVENT_SENT, b + i);

        assert_int_equal(one->len, other->len);
        assert_memory_equal(one->datagram, other->datagram, one->len);
    }
}

/* Where the IV of a protected message is. */
static const uint8_t *iv_of(const struct event *sent)
{
    size_t marker = sent->path.encapsulated ? IKL_NON_ESP_MARKER_LEN : 0;
    bool fragment = sent->datagram[marker + NEXT_PAYLOAD] == IKL_PAYLOAD_SKF;

    return sent->datagram + marker + IKL_HEADER_LEN + IKL_PAYLOAD_HEADER_LEN + (fragment ? 4 : 0);
}

static bool same_message(const struct event *a, const struct event *b)
{
    size_t skip_a = a->path.encapsulated ? IKL_NON_ESP_MARKER_LEN : 0;
    size_t skip_b = b->path.encapsulated ? IKL_NON_ESP_MARKER_LEN : 0;

    return a->len - skip_a == b->len - skip_b &&
           memcmp(a->datagram + skip_a, b->datagram + skip_b, a->len - skip_a) == 0;
}

/* Of all that was ever sent what has the same IV is the same message. */
static void assert_no_iv_protects_two_messages(struct host *host)
{
    for (size_t i = 0; i < host_count(host, EVENT_SENT); i++) {
        for (size_t j = 0; j < i; j++) {
            const struct event *one = host_event(host, EVENT_SENT, i), *other = host_event(host, EVENT_SENT, j);

            assert_true(memcmp(iv_of(one), iv_of(other), 8) != 0 || same_message(one, other));
        }
    }
}

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
        struct ikl_path path = path_of(moves[i].to, moves[i].family, moves[i].encapsulated);
        size_t before, after;
        struct host host;

        one_ike_sa(&host, moves[i].from, on_more_room);
        ask_long(&host, LONG);
        before = host_count(&host, EVENT_SENT);
        assert_int_equal(ikl_sa_set_path(host.sa, &path, 0), IKL_OK);
        host_run_to_the_end(&host);
        after = assert_fits(&host, before, &path, LONG);
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
    one_ike_sa(&host, 1500, on_more_room);
    ask_long(&host, LONG);
    while (total < 9) {
        move(&host, (uint16_t)(packet_len(host_event(&host, EVENT_SENT, n)) - 1));
        n += total;
        assert_int_equal(assert_fits(&host, n, ikl_sa_path(host.sa), LONG), total + 1);
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
    one_ike_sa(&host, 4000, on_more_room);
    ask_long(&host, LONG);
    assert_int_equal(host_count(&host, EVENT_SENT), 1);
    move(&host, 1280);
    host_advance(&host, 1000);
    assert_int_equal(assert_fits(&host, 1, ikl_sa_path(host.sa), LONG), 3);
    host_clear(&host);
}

static void what_fits_the_new_path_is_retransmitted_bit_for_bit(void **state)
{
    static const uint16_t mtus[] = {1500, 1280, 9000, 1300};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(mtus); i++) {
        struct host host;

        one_ike_sa(&host, 1280, NULL);
        ask_long(&host, LONG);
        move(&host, mtus[i]);
        assert_int_equal(host_count(&host, EVENT_SENT), 6);
        assert_same_datagrams(&host, 0, 3, 3);
        host_clear(&host);
    }
}

static void the_peer_puts_together_what_was_fragmented_anew(void **state)
{
    struct pair pair;

    (void)state;
    begins = path_of(1500, 4, false);
    pair_init(&pair, suite, 1, on_more_room, on_this_path);
    ask_long(&pair.a, LONG);
    /* it has the second of three */
    assert_int_equal(host_receive(&pair.b, host_event(&pair.a, EVENT_SENT, 1)), IKL_OK);
    move(&pair.a, 576);
    for (size_t i = 3; i < host_count(&pair.a, EVENT_SENT); i++) {
        assert_int_equal(host_receive(&pair.b, host_event(&pair.a, EVENT_SENT, i)), IKL_OK);
        (void)host_receive(&pair.b, host_event(&pair.a, EVENT_SENT, 0)); /* that came late changes nothing */
    }
    assert_int_equal(host_event(&pair.b, EVENT_REQUEST, 0)->len, IKL_PAYLOAD_HEADER_LEN + LONG);
    pair_clear(&pair);
}

static void follow(struct ikl_sa_config *config)
{
    on_this_path(config);
    config->follow_peer = true;
}

/* To another family, or into UDP encapsulation, or to where the host says a smaller MTU. */
static void what_is_outstanding_fits_the_path_that_a_peer_is_followed_to(void **state)
{
    const struct ikl_path paths[] = {path_of(0, 6, false), path_of(0, 4, true), path_of(600, 4, true)};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        uint8_t datagram[IKL_NON_ESP_MARKER_LEN + HOST_MAX_DATAGRAM] = {0};
        size_t skip = paths[i].encapsulated ? IKL_NON_ESP_MARKER_LEN : 0;
        size_t len = peer_seal(&(struct peer_message){0}, suite, datagram + skip), before;
        struct host host;

        begins = path_of(1280, 4, false);
        host_init(&host, "a", 0, on_more_room);
        host_sa(&host, suite, true, 1, follow);
        ask_long(&host, LONG);
        host.now = 500;
        assert_int_equal(ikl_endpoint_receive(host.endpoint, &paths[i], datagram, skip + len, 500), IKL_OK);
        assert_true(ikl_path_same(ikl_sa_path(host.sa), &paths[i]));
        assert_int_equal(ikl_sa_path(host.sa)->mtu, paths[i].mtu != 0 ? paths[i].mtu : 1280);
        before = 4; /* three fragments, and the response */
        assert_true(assert_fits(&host, before, ikl_sa_path(host.sa), LONG) > 3);
        assert_no_iv_protects_two_messages(&host);
        host_clear(&host);
    }
}

static void answer_long(struct host *host)
{
    static uint8_t body[LONG];
    const struct ikl_payload payload = {.type = IKL_PAYLOAD_VENDOR_ID, .body = {body, sizeof(body)}};

    memset(body, MARK, sizeof(body));
    assert_int_equal(peer_send(host, suite, &(struct peer_message){.exchange = IKL_CREATE_CHILD_SA}), IKL_OK);
    assert_int_equal(ikl_sa_respond(host->sa, 0, &payload, 1, host->now), IKL_OK);
}

static int repeat_from(struct host *host, const struct ikl_path *path)
{
    uint8_t datagram[HOST_MAX_DATAGRAM];
    size_t len = peer_seal(&(struct peer_message){.exchange = IKL_CREATE_CHILD_SA}, suite, datagram);

    return ikl_endpoint_receive(host->endpoint, path, datagram, len, host->now);
}

static void a_remembered_response_fits_the_path_along_which_it_is_repeated(void **state)
{
    struct ikl_path path;
    struct host host;
    size_t total, n;

    (void)state;
    one_ike_sa(&host, 1500, on_more_room);
    answer_long(&host);
    path = *ikl_sa_path(host.sa);
    assert_int_equal(repeat_from(&host, &path), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_SENT), 6);
    assert_same_datagrams(&host, 0, 3, 3);
    path.remote.ip[3] = 77; /* from elsewhere, where nothing is known of the MTU */
    path.mtu = 0;
    assert_int_equal(repeat_from(&host, &path), IKL_OK);
    total = assert_fits(&host, 6, &path, LONG);
    assert_true(total > 3);
    path.mtu = 400; /* and after a move there */
    assert_int_equal(ikl_sa_set_path(host.sa, &path, 0), IKL_OK);
    n = host_count(&host, EVENT_SENT);
    assert_int_equal(repeat_from(&host, &path), IKL_OK);
    assert_true(assert_fits(&host, n, &path, LONG) > total);
    assert_no_iv_protects_two_messages(&host);
    host_clear(&host);
}

static void hints_of_a_smaller_mtu_take_effect_when_something_is_next_sent(void **state)
{
    struct host host;
    size_t n;

    (void)state;
    one_ike_sa(&host, 1500, on_more_room);
    ask_long(&host, LONG);
    assert_int_equal(ikl_sa_hint_mtu(host.sa, 1300, 0), IKL_OK);
    assert_int_equal(ikl_sa_path(host.sa)->mtu, 1300);
    assert_int_equal(host_count(&host, EVENT_SENT), 3); /* it sends nothing itself */
    host_advance(&host, 1000);
    n = 3 + assert_fits(&host, 3, ikl_sa_path(host.sa), LONG);
    assert_int_equal(host_count(&host, EVENT_SENT), n);
    assert_int_equal(ikl_sa_hint(host.sa, IKL_HINT_TOO_LONG, 1000), IKL_OK); /* the network says no number */
    assert_int_equal(ikl_sa_path(host.sa)->mtu, 576);
    host_advance(&host, 3000);
    (void)assert_fits(&host, n, ikl_sa_path(host.sa), LONG);
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

        begins = path_of(hints[i].mtu, hints[i].family, false);
        host_init(&host, "a", 0, NULL);
        host_sa(&host, suite, true, 1, on_this_path);
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
    assert_int_equal(ikl_sa_hint_mtu(host.sa, 0, 0), IKL_ERR_CLOSING);
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
    one_ike_sa(&host, 1500, NULL);
    assert_int_equal(ikl_sa_request(host.sa, IKL_INFORMATIONAL, &payload, 1, NULL, 0, NULL), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_SENT), 3);
    move(&host, 576);
    drain_pool_to(&drained, &host, 10);
    host_advance(&host, 1000);
    assert_true(host_count(&host, EVENT_SENT) > 6);
    assert_int_equal(packet_len(host_event(&host, EVENT_SENT, 3)), 576);
    refill_pool(&drained, &host);
    assert_no_iv_protects_two_messages(&host);
    host_clear(&host);
}

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
    on_more_room(config);
}

static void what_cannot_be_made_anew_goes_out_as_it_was_and_is_tried_again(void **state)
{
    static void (*const failures[])(struct host * host, bool begin) = {fail_to_seal, fail_to_open, fail_to_draw_ivs,
                                                                       leave_no_room};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(failures); i++) {
        struct host host;

        fickle_reset(true, false); /* IVs are drawn */
        one_ike_sa(&host, 1500, with_fickle_and_room);
        ask_long(&host, LONG);
        failures[i](&host, true);
        move(&host, 576);
        assert_int_equal(host_count(&host, EVENT_SENT), 6);
        assert_same_datagrams(&host, 0, 3, 3);
        failures[i](&host, false);
        host_advance(&host, 1000);
        (void)assert_fits(&host, 6, ikl_sa_path(host.sa), LONG);
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
    ask_long(&host, LONG);
    move(&host, 576);
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
    one_ike_sa(&host, 1500, on_more_room);
    ask_long(&host, LONG);
    for (size_t i = 0; i < 3; i++) {
        const struct event *sent = host_event(&host, EVENT_SENT, i);

        memcpy(octets + outstanding.datagram.len, sent->datagram, sent->len);
        outstanding.datagram.len += sent->len;
    }
    host_clear(&host);
    host_init(&host, "b", 0, on_more_room);
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
    move(&host, 400);
    host_advance(&host, 3000);
    assert_true(assert_fits(&host, 3, ikl_sa_path(host.sa), LONG) > 3);
    host_clear(&host);
}

/* Sealed with another key, by a host that is wrong about what it hands over: it cannot be opened, and is not changed.
 * Likewise with fragments in disorder, or one of them missing. */
static void what_does_not_open_to_a_whole_message_goes_out_as_it_was(void **state)
{
    uint8_t piece[500] = {0};
    struct peer_message parts[] = {{.from_initiator = true, .fragment_number = 2, .fragment_total = 2},
                                   {.from_initiator = true, .fragment_number = 1, .fragment_total = 2}};
    uint8_t octets[2 * HOST_MAX_DATAGRAM];

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct ikl_outstanding_request outstanding = {.datagram = {octets, 0}, .deadline = 1000};
        struct ikl_sa_config config;
        struct ikl_keys keys;
        struct host host;

        for (size_t j = 0; j < (i == 1 ? 1u : 2u); j++) {
            parts[j].plaintext = (struct ikl_octets){piece, sizeof(piece)};
            outstanding.datagram.len += peer_seal(&parts[i == 2 ? 1 - j : j], suite, octets + outstanding.datagram.len);
        }
        octets[outstanding.datagram.len - 1] ^= i == 2 ? 1 : 0;
        host_init(&host, "a", 0, on_more_room);
        test_sa_config(&config, &keys, suite, true, 0);
        config.protection.fragmentation = true;
        config.protection.iv_source = IKL_IV_FIRST;
        config.ids.next_request = 1;
        config.outstanding = &outstanding;
        config.n_outstanding = 1;
        config.path.mtu = 1500;
        assert_int_equal(ikl_sa_new(&host.sa, host.endpoint, &config, 0), IKL_OK);
        move(&host, 300);
        assert_int_equal(host_count(&host, EVENT_SENT), i == 1 ? 1 : 2);
        assert_memory_equal(host_event(&host, EVENT_SENT, 0)->datagram, octets, host_event(&host, EVENT_SENT, 0)->len);
        host_clear(&host);
    }
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
    one_ike_sa(&host, 4000, longest);
    assert_int_equal(ikl_sa_request(host.sa, IKL_INFORMATIONAL, &payload, 1, NULL, 0, NULL), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_SENT), 5);
    move(&host, 1);
    assert_int_equal(host_count(&host, EVENT_SENT), 10);
    assert_same_datagrams(&host, 0, 5, 5);
    host_clear(&host);
}

/* The datagrams that are being sent are not taken from under `send`. */
static int hint_and_move_inside(struct host *host, struct event *event)
{
    if (event->kind == EVENT_SENT) {
        (void)ikl_sa_hint_mtu(host->sa, 0, host->now);
        move(host, 400);
    }
    return IKL_OK;
}

static void a_move_inside_send_takes_effect_at_the_next_retransmission(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, 1500, on_more_room);
    host.on_event = hint_and_move_inside;
    ask_long(&host, LONG);
    host.on_event = NULL;
    assert_same_datagrams(&host, 0, 0, 3);
    host_forget(&host);
    host_advance(&host, 1000);
    (void)assert_fits(&host, 0, ikl_sa_path(host.sa), LONG);
    host_clear(&host);
}

/* Blocks of 16 octets, and as much text as a message may have: padding needs room of its own. */
static void with_toy_and_room(struct ikl_endpoint_config *config)
{
    static const struct ikl_provider *const providers[] = {&toy_provider};

    config->providers = providers;
    config->n_providers = 1;
    config->max_message = 1280;
    on_more_room(config);
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
        test_sa_config(&config, &keys, suite, true, 0);
        config.protection.suite =
            (struct ikl_suite){IKL_ENCR_AES_CBC, 256, IKL_INTEG_HMAC_SHA2_256_128, IKL_PRF_HMAC_SHA2_256};
        config.protection.fragmentation = true;
        config.protection.iv_source = IKL_IV_UNSTATED;
        config.path.mtu = 1500;
        keys.encr_key_len = TOY_ENCR_KEY_LEN;
        keys.integ_key_len = TOY_INTEG_KEY_LEN;
        assert_int_equal(ikl_sa_new(&host.sa, host.endpoint, &config, 0), IKL_OK);
        ask_long(&host, len);
        n = host_count(&host, EVENT_SENT);
        move(&host, 576);
        host_advance(&host, 1000);
        assert_true(host_count(&host, EVENT_SENT) >= n + 3);
        for (; n < host_count(&host, EVENT_SENT); n++) {
            assert_in_range(packet_len(host_event(&host, EVENT_SENT, n)), 1, 576);
        }
        host_clear(&host);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rfc_31_what_is_outstanding_fits_the_path_that_the_ike_sa_moves_to),
        cmocka_unit_test(fragments_made_anew_are_always_more_than_those_before),
        cmocka_unit_test(a_message_in_one_piece_is_fragmented_for_a_narrower_path),
        cmocka_unit_test(what_fits_the_new_path_is_retransmitted_bit_for_bit),
        cmocka_unit_test(the_peer_puts_together_what_was_fragmented_anew),
        cmocka_unit_test(what_is_outstanding_fits_the_path_that_a_peer_is_followed_to),
        cmocka_unit_test(a_remembered_response_fits_the_path_along_which_it_is_repeated),
        cmocka_unit_test(hints_of_a_smaller_mtu_take_effect_when_something_is_next_sent),
        cmocka_unit_test(a_hint_makes_no_mtu_smaller_than_the_default_nor_larger_than_it_was),
        cmocka_unit_test(a_hint_of_an_mtu_is_refused_without_fragmentation_and_when_the_ike_sa_is_gone),
        cmocka_unit_test(a_large_message_needs_no_room_twice),
        cmocka_unit_test(what_cannot_be_made_anew_goes_out_as_it_was_and_is_tried_again),
        cmocka_unit_test(nothing_is_fragmented_that_the_peer_could_not_put_together),
        cmocka_unit_test(a_request_handed_over_keeps_its_size_until_the_path_gets_narrower),
        cmocka_unit_test(what_does_not_open_to_a_whole_message_goes_out_as_it_was),
        cmocka_unit_test(what_would_be_too_many_fragments_goes_out_as_it_was),
        cmocka_unit_test(a_move_inside_send_takes_effect_at_the_next_retransmission),
        cmocka_unit_test(a_block_cipher_fits_narrower_paths_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
