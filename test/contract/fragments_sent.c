/* SPDX-License-Identifier: ISC */
/* Promises about messages of ours in fragments (RFC 7383 §2.5). */
#include "support/asking.h"
#include "support/drain.h"
#include "support/fickle_cipher.h"
#include "support/fragments.h"
#include "support/test.h"
#include "support/toy_sa.h"

static const char *const suite = ASKING_SUITE;

enum { TRIES = 10, LONG = 3000, NEXT_PAYLOAD = 16 };

static uint16_t mtu;
static uint8_t family;
static bool encapsulated;

static void on_this_path(struct ikl_sa_config *config)
{
    config->protection.fragmentation = true;
    config->path.mtu = mtu;
    config->path.local.family = config->path.remote.family = family;
    config->path.encapsulated = encapsulated;
}

static void one_ike_sa(struct host *host, endpoint_change on_endpoint, sa_change on_sa)
{
    host_init(host, "a", 0, on_endpoint);
    host_sa(host, suite, true, 1, on_sa);
}

static int ask_long(struct host *host, size_t len)
{
    return asking_try(host, &(struct asking){.mark = 5, .len = len}, NULL);
}

static void assert_long(struct host *host, size_t n, size_t n_expected)
{
    uint8_t plaintext[HOST_MAX_DATAGRAM];
    size_t len;

    assert_int_equal(open_fragments(host, n, plaintext, &len), n_expected);
    assert_int_equal(len, IKL_PAYLOAD_HEADER_LEN + LONG);
    for (size_t i = IKL_PAYLOAD_HEADER_LEN; i < len; i++) {
        assert_int_equal(plaintext[i], 5);
    }
}

static void assert_same_datagrams(struct host *host, size_t a, size_t b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct event *one = host_event(host, EVENT_SENT, a + i), *other = host_event(host, EVENT_SENT, b + i);

        assert_int_equal(one->len, other->len);
        assert_memory_equal(one->datagram, other->datagram, one->len);
    }
}

static void rfc_31_a_long_message_is_sent_in_fragments_when_both_sides_support_them(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL, with_fragmentation);
    assert_int_equal(ask_long(&host, LONG), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_SENT), 3);
    assert_int_equal(host_count(&host, EVENT_ATTEMPT), 1); /* of one request */
    assert_long(&host, 0, 3);
    host_clear(&host);
    one_ike_sa(&host, NULL, NULL);
    assert_int_equal(ask_long(&host, LONG), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_SENT), 1);
    assert_int_equal(host_event(&host, EVENT_SENT, 0)->datagram[NEXT_PAYLOAD], IKL_PAYLOAD_SK);
    host_clear(&host);
}

/* The longest that fits is not fragmented; one octet more is. */
static void a_message_that_fits_the_path_is_sent_in_one_piece(void **state)
{
    /* around the body: IP and UDP headers, the IKE header, the SK payload, and a generic header */
    enum { LARGEST = IKL_DEFAULT_MTU_IPV4 - 28 - 28 - (4 + 8 + 16 + 1) - 4 };
    struct host host;

    (void)state;
    mtu = 0;
    family = 4;
    encapsulated = false;
    one_ike_sa(&host, NULL, on_this_path);
    assert_int_equal(ask_long(&host, LARGEST), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_SENT), 1);
    assert_int_equal(host_event(&host, EVENT_SENT, 0)->len, IKL_DEFAULT_MTU_IPV4 - 28);
    assert_int_equal(host_event(&host, EVENT_SENT, 0)->datagram[NEXT_PAYLOAD], IKL_PAYLOAD_SK);
    assert_int_equal(answer(&host, 0), IKL_OK);
    assert_int_equal(ask_long(&host, LARGEST + 1), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_SENT), 3);
    assert_int_equal(host_event(&host, EVENT_SENT, 1)->datagram[NEXT_PAYLOAD], IKL_PAYLOAD_SKF);
    assert_int_equal(answer(&host, 1), IKL_OK);
    host_clear(&host);
}

/* The packet that a datagram makes, marker included. */
static size_t packet_len(const struct event *sent)
{
    return sent->len + 8 + (sent->path.remote.family == 4 ? 20u : 40u);
}

/* RFC 7383 §2.5.1. Whoever has not agreed to fragments gets it in one piece, which IP may have to fragment. */
static void an_ipv4_path_of_unknown_mtu_is_taken_for_576_octets_where_fragments_are_agreed(void **state)
{
    struct host host;

    (void)state;
    mtu = 0;
    family = 4;
    for (int i = 0; i < 2; i++) {
        encapsulated = i != 0;
        one_ike_sa(&host, NULL, on_this_path);
        assert_int_equal(ask_long(&host, LONG), IKL_OK);
        assert_int_equal(packet_len(host_event(&host, EVENT_SENT, 0)), 576);
        assert_in_range(packet_len(host_last(&host, EVENT_SENT)), 1, 576);
        host_clear(&host);
    }
    one_ike_sa(&host, NULL, NULL);
    assert_int_equal(ask_long(&host, LONG), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_SENT), 1);
    assert_in_range(packet_len(host_event(&host, EVENT_SENT, 0)), LONG, LONG + 200);
    host_clear(&host);
}

/* No packet longer than the MTU, and none shorter than need be. */
static void fragments_are_as_long_as_the_path_allows(void **state)
{
    static const uint16_t mtus[] = {0, 400, 576, 1280, 1281, 1500, 2000, 3000};
    static const uint8_t families[] = {4, 6, 0};

    (void)state;
    for (size_t i = 0; i < 2 * COUNT_OF(mtus) * COUNT_OF(families); i++) {
        size_t limit, n;
        struct host host;

        mtu = mtus[i / 2 % COUNT_OF(mtus)];
        family = families[i / 2 / COUNT_OF(mtus)];
        encapsulated = i % 2 != 0;
        limit = mtu != 0 ? mtu : family == 6 ? IKL_DEFAULT_MTU_IPV6 : IKL_DEFAULT_MTU_IPV4;
        one_ike_sa(&host, NULL, on_this_path);
        assert_int_equal(ask_long(&host, LONG), IKL_OK);
        n = host_count(&host, EVENT_SENT);
        assert_long(&host, 0, n);
        for (size_t j = 0; j + 1 < n; j++) {
            assert_int_equal(packet_len(host_event(&host, EVENT_SENT, j)), limit);
        }
        assert_in_range(packet_len(host_event(&host, EVENT_SENT, n - 1)), 1, limit);
        host_clear(&host);
    }
}

/* No smaller than 128 octets, however small the MTU is said to be. */
static void fragments_are_never_tiny(void **state)
{
    struct host host;

    (void)state;
    mtu = 1;
    family = 4;
    encapsulated = false;
    one_ike_sa(&host, NULL, on_this_path);
    assert_int_equal(ask_long(&host, LONG), IKL_OK);
    assert_int_equal(host_event(&host, EVENT_SENT, 0)->len, 128);
    assert_long(&host, 0, host_count(&host, EVENT_SENT));
    host_clear(&host);
}

static void longest_messages(struct ikl_endpoint_config *config)
{
    config->max_message = 65000;
    config->pool_blocks = 2000;
}

static void a_message_of_more_than_255_fragments_is_refused(void **state)
{
    static const uint8_t body[255 * 67];
    struct ikl_payload payload = {.type = IKL_PAYLOAD_VENDOR_ID, .body = {body, 255 * 67 - 4 + 1}};
    struct host host;

    (void)state;
    mtu = 1; /* 128 octets: 67 of plaintext */
    one_ike_sa(&host, longest_messages, on_this_path);
    payload.body.len = 255 * 67 - 4;
    assert_int_equal(ikl_sa_request(host.sa, IKL_INFORMATIONAL, &payload, 1, NULL, 0, NULL), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_SENT), 255);
    assert_int_equal(answer(&host, 0), IKL_OK);
    payload.body.len++;
    assert_int_equal(ikl_sa_request(host.sa, IKL_INFORMATIONAL, &payload, 1, NULL, 0, NULL), IKL_ERR_INVALID);
    assert_int_equal(host_count(&host, EVENT_SENT), 255);
    host_clear(&host);
}

static void assert_identical_retransmissions(endpoint_change change)
{
    struct host host;

    one_ike_sa(&host, change, with_fragmentation);
    (void)ask(&host, 1);
    assert_int_equal(ask_long(&host, LONG), IKL_OK);
    assert_int_equal(answer(&host, 0), IKL_OK);
    host_run_to_the_end(&host);
    assert_int_equal(host_count(&host, EVENT_SENT), 1 + 3 * TRIES);
    assert_int_equal(host_count(&host, EVENT_ATTEMPT), 1 + TRIES);
    assert_long(&host, 1, 3);
    for (size_t i = 1; i < TRIES; i++) {
        assert_same_datagrams(&host, 1, 1 + 3 * i, 3);
        assert_int_equal(host_event(&host, EVENT_SENT, 1 + 3 * i)->at, host_event(&host, EVENT_ATTEMPT, 1 + i)->at);
    }
    assert_int_equal(outcome_of(&host, 5)->sends, TRIES);
    host_clear(&host);
}

static void all_fragments_are_retransmitted_bit_for_bit(void **state)
{
    (void)state;
    assert_identical_retransmissions(NULL);
    fickle_reset(false, true);
    assert_identical_retransmissions(with_fickle_provider);
}

/* The second fragment of each send. */
static int fail_the_second(struct host *host, struct event *event)
{
    if (event->kind == EVENT_SENT) {
        return host_count(host, EVENT_SENT) % 3 == 2 ? -55 : host_count(host, EVENT_SENT) % 3 == 0 ? -66 : IKL_OK;
    }
    return IKL_OK;
}

static void the_attempt_tells_of_the_first_fragment_that_failed(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL, with_fragmentation);
    host.on_event = fail_the_second;
    assert_int_equal(ask_long(&host, LONG), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_SENT), 3); /* the others are sent nevertheless */
    assert_int_equal(host_event(&host, EVENT_ATTEMPT, 0)->attempt.send_result, -55);
    assert_int_equal(host_info(&host).counters.send_failures, 2);
    host_advance(&host, 1000);
    assert_int_equal(host_count(&host, EVENT_SENT), 6);
    host_clear(&host);
}

static int close_at_the_second(struct host *host, struct event *event)
{
    if (event->kind == EVENT_SENT && host_count(host, EVENT_SENT) == 2) {
        ikl_sa_close(host->sa, host->now);
    }
    return IKL_OK;
}

static void closing_between_two_fragments_does_nothing_and_is_counted(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL, with_fragmentation);
    host.on_event = close_at_the_second;
    assert_int_equal(ask_long(&host, LONG), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_SENT), 3);
    assert_int_equal(host_count(&host, EVENT_ATTEMPT), 1);
    assert_int_equal(host_counters(&host).reentrant, 1);
    assert_int_equal(ikl_sa_state(host.sa), IKL_SA_ESTABLISHED);
    assert_int_equal(host_info(&host).outstanding, 1);
    host_clear(&host);
}

static int ivs_left;

static int give_iv(void *user, struct ikl_sa *sa, uint8_t *iv, size_t len)
{
    (void)user;
    (void)sa;
    if (ivs_left == 0) {
        return -99;
    }
    memset(iv, 0x11 + --ivs_left, len);
    return IKL_OK;
}

static void with_ivs_on_demand(struct ikl_sa_config *config)
{
    with_fragmentation(config);
    config->protection.iv_source = IKL_IV_CALLBACK;
    config->protection.next_iv = give_iv;
}

static void a_message_of_which_not_all_fragments_can_be_made_is_not_sent(void **state)
{
    struct host host;

    (void)state;
    ivs_left = 2;
    one_ike_sa(&host, NULL, with_ivs_on_demand);
    assert_int_equal(ask_long(&host, LONG), -99);
    assert_int_equal(host.n_events, 0);
    assert_int_equal(host_info(&host).next_request, 0);
    assert_true(pool_is_whole(&host));
    ivs_left = 3;
    assert_int_equal(ask_long(&host, LONG), IKL_OK);
    assert_long(&host, 0, 3);
    host_clear(&host);
}

/* An IKE SA with such a cipher. Returns how long a datagram may be. */
static size_t one_with_blocks(struct host *host)
{
    struct ikl_sa_config config;
    struct ikl_keys keys;

    host_init(host, "a", 0, with_toy_provider);
    toy_sa_config(&config, &keys, 0);
    config.protection.fragmentation = true;
    config.path.mtu = 1280;
    assert_int_equal(ikl_sa_new(&host->sa, host->endpoint, &config, 0), IKL_OK);
    return ikl_path_max_message(&config.path);
}

static void fragments_of_a_block_cipher_fit_the_path_too(void **state)
{
    struct host host;
    size_t n;

    (void)state;
    (void)one_with_blocks(&host);
    assert_int_equal(ask_long(&host, LONG), IKL_OK);
    n = host_count(&host, EVENT_SENT);
    assert_int_equal(n, 3);
    for (size_t i = 0; i + 1 < n; i++) {
        assert_in_range(packet_len(host_event(&host, EVENT_SENT, i)), 1280 - 15, 1280);
    }
    host_clear(&host);
}

static void what_just_fills_two_fragments_of_a_block_cipher_takes_no_third(void **state)
{
    (void)state;
    for (size_t beyond = 0; beyond <= 1; beyond++) {
        struct host host;
        size_t most = one_with_blocks(&host), piece = 0;

        while (ikl_message_sealed_len(&toy_cipher, piece + 1, true) <= most) {
            piece++;
        }
        assert_int_equal(ask_long(&host, 2 * piece + beyond - IKL_PAYLOAD_HEADER_LEN), IKL_OK);
        assert_int_equal(host_count(&host, EVENT_SENT), 2 + beyond);
        host_clear(&host);
    }
}

/* Whatever the cipher pads to: a message that could not fit so is refused. */
static void no_fragment_is_longer_than_the_narrowest_path_allows(void **state)
{
    enum { NARROWEST = 128, WORDS = 100 };
    size_t n_sent = 0;

    (void)state;
    mtu = NARROWEST;
    family = 4;
    encapsulated = false;
    for (unsigned block_len = 1; block_len <= UINT8_MAX; block_len++) {
        struct host host;
        int result;

        fickle_reset_block_len((uint8_t)block_len, true);
        one_ike_sa(&host, with_fickle_provider, on_this_path);
        result = ask_long(&host, WORDS);
        assert_true(result == IKL_OK || result == IKL_ERR_INVALID);
        n_sent += result == IKL_OK ? 1 : 0;
        for (size_t i = 0; i < host_count(&host, EVENT_SENT); i++) {
            assert_in_range(host_event(&host, EVENT_SENT, i)->len, 1, NARROWEST);
        }
        host_clear(&host);
    }
    fickle_reset(true, true);
    assert_in_range(n_sent, 1, UINT8_MAX - 1);
}

TESTS_OF(fragments_sent)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rfc_31_a_long_message_is_sent_in_fragments_when_both_sides_support_them),
        cmocka_unit_test(a_message_that_fits_the_path_is_sent_in_one_piece),
        cmocka_unit_test(an_ipv4_path_of_unknown_mtu_is_taken_for_576_octets_where_fragments_are_agreed),
        cmocka_unit_test(fragments_are_as_long_as_the_path_allows),
        cmocka_unit_test(fragments_are_never_tiny),
        cmocka_unit_test(a_message_of_more_than_255_fragments_is_refused),
        cmocka_unit_test(all_fragments_are_retransmitted_bit_for_bit),
        cmocka_unit_test(the_attempt_tells_of_the_first_fragment_that_failed),
        cmocka_unit_test(closing_between_two_fragments_does_nothing_and_is_counted),
        cmocka_unit_test(a_message_of_which_not_all_fragments_can_be_made_is_not_sent),
        cmocka_unit_test(fragments_of_a_block_cipher_fit_the_path_too),
        cmocka_unit_test(what_just_fills_two_fragments_of_a_block_cipher_takes_no_third),
        cmocka_unit_test(no_fragment_is_longer_than_the_narrowest_path_allows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
