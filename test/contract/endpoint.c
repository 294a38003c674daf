/* SPDX-License-Identifier: ISC */
/* The sentences of <ikelive/endpoint.h> that no heading of the promises covers. */
#include "support/peer.h"
#include "support/story.h"
#include "support/test.h"
#include "support/test_allocator.h"
#include "support/twin.h"

#include "octets.h"

static const char *const suite = "chacha20poly1305-prfsha256";

/* Each of these makes one thing about a config wrong. */
static void spoil(struct ikl_endpoint_config *config, size_t n)
{
    static const struct ikl_schedule no_schedule = {.n_waits = 0};

    switch (n) {
    case 0:
        config->size--;
        break;
    case 1:
        config->callbacks.size = 0;
        break;
    case 2:
        config->callbacks.random = NULL;
        break;
    case 3:
        config->callbacks.send = NULL;
        break;
    case 4:
        config->max_message = 1279;
        break;
    case 5:
        config->max_message = 65001;
        break;
    case 6:
        config->history_events = 1025;
        break;
    default:
        config->schedule = &no_schedule;
    }
}

enum { N_SPOILS = 8 };

static void a_config_that_is_wrong_in_one_thing_is_refused_and_nothing_is_made(void **state)
{
    struct test_allocator memory;
    struct host host;

    (void)state;
    for (size_t n = 0; n < N_SPOILS; n++) {
        struct ikl_endpoint_config config = host_config(&host);
        struct ikl_endpoint *endpoint = NULL;

        test_allocator_init(&memory);
        config.allocator = &memory.allocator;
        spoil(&config, n);
        assert_int_equal(ikl_endpoint_new(&endpoint, &config, 0), IKL_ERR_INVALID);
        assert_null(endpoint);
        assert_int_equal(memory.allocations, 0);
    }
}

static void a_time_that_is_never_is_no_time_to_begin_at(void **state)
{
    struct host host;
    struct ikl_endpoint_config config = host_config(&host);
    struct ikl_endpoint *endpoint = NULL;

    (void)state;
    assert_int_equal(ikl_endpoint_new(&endpoint, &config, IKL_NEVER), IKL_ERR_INVALID);
    assert_null(endpoint);
}

static void the_largest_and_smallest_numbers_are_accepted(void **state)
{
    static const uint32_t max_messages[] = {1280, 65000}, histories[] = {1024, IKL_NO_HISTORY};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct host host;
        struct ikl_endpoint_config config = host_config(&host);
        struct ikl_endpoint *endpoint = NULL;

        memset(&host, 0, sizeof(host));
        config.max_message = max_messages[i];
        config.history_events = histories[i];
        assert_int_equal(ikl_endpoint_new(&endpoint, &config, 0), IKL_OK);
        assert_int_equal(ikl_endpoint_free(endpoint), IKL_OK);
    }
}

static void without_randomness_no_endpoint_is_made(void **state)
{
    struct host host = {.random_result = -1};
    struct ikl_endpoint_config config = host_config(&host);
    struct ikl_endpoint *endpoint = NULL;
    struct test_allocator memory;

    (void)state;
    test_allocator_init(&memory);
    config.allocator = &memory.allocator;
    assert_int_equal(ikl_endpoint_new(&endpoint, &config, 0), IKL_ERR_CRYPTO);
    assert_null(endpoint);
    assert_int_equal(memory.outstanding, 0);
}

/* But for what it says is borrowed. */
static void callbacks_and_allocator_are_copied(void **state)
{
    struct test_allocator memory;
    struct ikl_allocator allocator;
    struct host host;
    struct ikl_endpoint_config config;

    (void)state;
    test_allocator_init(&memory);
    allocator = memory.allocator;
    host_init(&host, "a", 0, NULL);
    assert_int_equal(ikl_endpoint_free(host.endpoint), IKL_OK);
    config = host_config(&host);
    config.allocator = &allocator;
    assert_int_equal(ikl_endpoint_new(&host.endpoint, &config, 0), IKL_OK);
    memset(&allocator, 0xff, sizeof(allocator));
    memset(&config, 0xff, sizeof(config));
    host_sa(&host, suite, true, 1, NULL);
    assert_int_equal(ikl_sa_probe(host.sa, 0), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_SENT), 1);
    assert_ptr_equal(ikl_endpoint_user(host.endpoint), &host);
    host_clear(&host);
    assert_int_equal(memory.outstanding, 0);
}

static void only_required(struct ikl_endpoint_config *config)
{
    struct ikl_callbacks required = {
        .size = sizeof(required), .random = config->callbacks.random, .send = config->callbacks.send};

    config->callbacks = required;
    config->exhaustion_margin = IKL_MESSAGE_ID_LAST; /* there would be warnings at once */
}

/* The whole story without the callbacks that may be null: the same datagrams at the same times. */
static void all_callbacks_but_two_may_be_null(void **state)
{
    static const uint8_t noise[IKL_HEADER_LEN] = {1, 2, 3, 4, 5, 6, 7, 8, [17] = 0x20, [27] = IKL_HEADER_LEN};
    static const uint8_t delete[] = {0, 0, 0, 8, IKL_PROTOCOL_IKE, 0, 0, 0};
    struct peer_message message = {
        .message_id = 1, .first_payload = IKL_PAYLOAD_DELETE, .plaintext = {delete, sizeof(delete)}};
    struct host host;

    (void)state;
    host_init(&host, "a", 0, only_required);
    host_sa(&host, suite, true, 2, NULL);
    assert_int_equal(peer_send(&host, suite, &(struct peer_message){.exchange_type = IKL_CREATE_CHILD_SA}), IKL_OK);
    assert_int_equal(peer_deliver(&host, noise, sizeof(noise)), IKL_ERR_UNKNOWN_SPI);
    host_advance(&host, 5000);
    host_advance(&host, 6000);
    assert_int_equal(peer_send(&host, suite, &(struct peer_message){.response = true}), IKL_OK);
    assert_int_equal(peer_send(&host, suite, &message), IKL_OK);
    assert_int_equal(ikl_sa_state(host.sa), IKL_SA_DEAD);
    assert_int_equal(host.n_events, 4);
    assert_int_equal(host_count(&host, EVENT_SENT), 4);
    host_clear(&host);
}

static void idle_of_7_s(struct ikl_endpoint_config *config)
{
    config->idle = 7000;
}

static void the_idle_interval_of_the_endpoint_is_the_default_for_its_ike_sas(void **state)
{
    struct host host;

    (void)state;
    host_init(&host, "a", 0, idle_of_7_s);
    host_sa(&host, suite, true, 1, NULL);
    assert_int_equal(ikl_endpoint_next_deadline(host.endpoint), 7000);
    host_clear(&host);
}

static void a_datagram_of_no_ike_sa_is_given_to_unmatched_without_its_marker(void **state)
{
    uint8_t datagram[4 + HOST_MAX_DATAGRAM] = {0};
    const struct event *event;
    struct ikl_path path;
    struct host host;
    size_t len;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host_sa(&host, suite, true, 1, NULL);
    len = peer_seal(&(struct peer_message){.exchange_type = IKL_IKE_AUTH, .message_id = 5}, suite, datagram + 4);
    datagram[4] ^= 1;
    path = *ikl_sa_path(host.sa);
    path.encapsulated = true;
    path.tag = 9;
    assert_int_equal(ikl_endpoint_receive(host.endpoint, &path, datagram, 4 + len, 0), IKL_ERR_UNKNOWN_SPI);
    event = host_event(&host, EVENT_UNMATCHED, 0);
    assert_int_equal(host.n_events, 1);
    assert_int_equal(event->exchange_type, IKL_IKE_AUTH);
    assert_int_equal(event->message_id, 5);
    assert_int_equal(event->len, len);
    assert_memory_equal(event->datagram, datagram + 4, len);
    assert_memory_equal(&event->path, &path, sizeof(path));
    assert_int_equal(host_counters(&host).unmatched, 1);
    host_clear(&host);
}

/* Some sockets hand on what came to port 4500 without its marker. */
static void a_host_may_say_that_the_marker_is_gone_already(void **state)
{
    uint8_t datagram[HOST_MAX_DATAGRAM];
    struct ikl_inbound inbound = {.datagram = datagram, .stripped = true, .result = 1};
    struct ikl_path path;
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host_sa(&host, suite, true, 1, NULL);
    path = *ikl_sa_path(host.sa);
    path.encapsulated = true;
    inbound.path = &path;
    inbound.len = peer_seal(&(struct peer_message){.message_id = 0}, suite, datagram);
    assert_int_equal(ikl_endpoint_receive(host.endpoint, &path, datagram, inbound.len, 0), IKL_ERR_NOT_IKE);
    assert_int_equal(ikl_endpoint_receive_stripped(host.endpoint, &path, datagram, inbound.len, 0), IKL_OK);
    /* its answer goes out with the marker */
    assert_int_equal(host_event(&host, EVENT_SENT, 0)->len, IKL_NON_ESP_MARKER_LEN + inbound.len);
    assert_memory_equal(host_event(&host, EVENT_SENT, 0)->datagram, "\0\0\0\0", IKL_NON_ESP_MARKER_LEN);
    inbound.len = peer_seal(&(struct peer_message){.message_id = 1}, suite, datagram);
    assert_int_equal(ikl_endpoint_receive_batch(host.endpoint, &inbound, 1, 0), IKL_OK);
    assert_int_equal(inbound.result, IKL_OK);
    path.encapsulated = false; /* where there is none, nothing is different */
    inbound.len = peer_seal(&(struct peer_message){.message_id = 2}, suite, datagram);
    assert_int_equal(ikl_endpoint_receive_stripped(host.endpoint, &path, datagram, inbound.len, 0), IKL_OK);
    assert_int_equal(host_counters(&host).accepted, 3);
    host_clear(&host);
}

/* A first IKE_SA_INIT request, whose responder's SPI is 0. */
static void a_new_ike_sa_init_is_given_to_unmatched(void **state)
{
    static const uint8_t init[] = {1,
                                   2,
                                   3,
                                   4,
                                   5,
                                   6,
                                   7,
                                   8,
                                   0,
                                   0,
                                   0,
                                   0,
                                   0,
                                   0,
                                   0,
                                   0,
                                   IKL_PAYLOAD_NONE,
                                   0x20,
                                   IKL_IKE_SA_INIT,
                                   IKL_FLAG_INITIATOR,
                                   0,
                                   0,
                                   0,
                                   0,
                                   0,
                                   0,
                                   0,
                                   IKL_HEADER_LEN};
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host_sa(&host, suite, true, 1, NULL);
    assert_int_equal(peer_deliver(&host, init, sizeof(init)), IKL_ERR_UNKNOWN_SPI);
    assert_int_equal(host_event(&host, EVENT_UNMATCHED, 0)->exchange_type, IKL_IKE_SA_INIT);
    host_clear(&host);
}

static void a_repeated_ike_sa_init_request_comes_to_unmatched_though_its_ike_sa_is_here(void **state)
{
    uint8_t init[IKL_HEADER_LEN];
    struct ikl_writer writer = ikl_writer(init, sizeof(init));
    struct ikl_header header = {.exchange_type = IKL_IKE_SA_INIT, .flags = IKL_FLAG_INITIATOR, .length = sizeof(init)};
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host_sa(&host, suite, false, 1, NULL);
    header.spi_i = ikl_sa_spi_i(host.sa);
    ikl_header_write(&writer, &header);
    assert_int_equal(peer_deliver(&host, init, sizeof(init)), IKL_ERR_UNKNOWN_SPI);
    assert_int_equal(host_event(&host, EVENT_UNMATCHED, 0)->exchange_type, IKL_IKE_SA_INIT);
    host_clear(&host);
}

static void what_has_no_header_is_not_given_to_unmatched(void **state)
{
    static const uint8_t noise[100] = {1};
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host_sa(&host, suite, true, 1, NULL);
    assert_int_equal(peer_deliver(&host, noise, sizeof(noise)), IKL_ERR_VERSION);
    assert_int_equal(host.n_events, 0);
    host_clear(&host);
}

static void messages_on_a_path_with_udp_encapsulation_carry_the_marker_both_ways(void **state)
{
    uint8_t datagram[4 + HOST_MAX_DATAGRAM] = {0};
    struct ikl_path path;
    struct host host;
    size_t len;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host_sa(&host, suite, true, 1, NULL);
    path = *ikl_sa_path(host.sa);
    path.encapsulated = true;
    assert_int_equal(ikl_sa_set_path(host.sa, &path, 0), IKL_OK);
    assert_int_equal(ikl_sa_probe(host.sa, 0), IKL_OK);
    assert_memory_equal(host_event(&host, EVENT_SENT, 0)->datagram, "\0\0\0\0", 4);
    len = peer_seal(&(struct peer_message){.response = true}, suite, datagram + 4);
    assert_int_equal(ikl_endpoint_receive(host.endpoint, &path, datagram, 4 + len, 0), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_ALIVE), 1);
    host_clear(&host);
}

static int refuse_while_advancing(struct host *host, struct event *event)
{
    if (*(bool *)host->context) {
        assert_int_not_equal(event->kind, EVENT_PEER_REQUEST);
        assert_int_not_equal(event->kind, EVENT_ALIVE);
        assert_int_not_equal(event->kind, EVENT_UNMATCHED);
    }
    return IKL_OK;
}

static void advance_calls_back_nothing_that_only_a_datagram_can_cause(void **state)
{
    bool advancing = false;
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host_sa(&host, suite, true, 2, NULL);
    host.on_event = refuse_while_advancing;
    host.context = &advancing;
    for (uint32_t id = 0; id < 10; id++) {
        assert_int_equal(peer_send(&host, suite, &(struct peer_message){.message_id = id}), IKL_OK);
        advancing = true;
        host_advance(&host, host.now + 6000);
        advancing = false;
        assert_int_equal(peer_send(&host, suite, &(struct peer_message){.response = true, .message_id = id}), IKL_OK);
    }
    advancing = true;
    while (ikl_endpoint_next_deadline(host.endpoint) != IKL_NEVER) {
        host_advance(&host, ikl_endpoint_next_deadline(host.endpoint));
    }
    assert_int_equal(host_count(&host, EVENT_DOWN), 1);
    host_clear(&host);
}

/* Eight octets at a time from a list, then failure. */
static struct {
    const uint8_t *octets;
    size_t left;
} numbers;

static int from_list(void *user, uint8_t *out, size_t len)
{
    (void)user;
    if (numbers.left < len) {
        return -1;
    }
    memcpy(out, numbers.octets, len);
    numbers.octets += len;
    numbers.left -= len;
    return IKL_OK;
}

static void with_listed_numbers(struct ikl_endpoint_config *config)
{
    config->callbacks.random = from_list;
}

static void a_new_spi_is_random_unused_and_never_0(void **state)
{
    static const uint8_t list[] = {9,    9,    9,    9,    9,    9,    9,    9,    /* the endpoint's own */
                                   0,    0,    0,    0,    0,    0,    0,    0,    /* no SPI */
                                   0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x00, 0x00, /* taken */
                                   1,    2,    3,    4,    5,    6,    7,    8};
    struct host host;
    uint64_t spi = 77;

    (void)state;
    numbers.octets = list;
    numbers.left = sizeof(list);
    host_init(&host, "a", 0, with_listed_numbers);
    host_sa(&host, suite, true, 1, NULL);
    assert_int_equal(ikl_sa_spi_i(host.sa), 0x1111111111110000u);
    assert_int_equal(ikl_endpoint_new_spi(host.endpoint, &spi), IKL_OK);
    assert_int_equal(spi, 0x0102030405060708u);
    spi = 77;
    assert_int_equal(ikl_endpoint_new_spi(host.endpoint, &spi), IKL_ERR_CRYPTO);
    assert_int_equal(spi, 77);
    host_clear(&host);
}

static void a_source_that_gives_no_usable_spi_is_an_error(void **state)
{
    static const uint8_t zeros[8000];
    struct host host;
    uint64_t spi = 77;

    (void)state;
    numbers.octets = zeros;
    numbers.left = sizeof(zeros);
    host_init(&host, "a", 0, with_listed_numbers);
    assert_int_equal(ikl_endpoint_new_spi(host.endpoint, &spi), IKL_ERR_CRYPTO);
    assert_int_equal(spi, 77);
    assert_int_equal(numbers.left, sizeof(zeros) - 8 - 16 * 8); /* the endpoint's seed, and 16 tries */
    host_clear(&host);
}

static void every_ike_sa_is_found_by_our_spi_and_by_no_other(void **state)
{
    enum { N = 300 };
    struct ikl_sa *sas[N];
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    for (uint32_t n = 0; n < N; n++) {
        struct ikl_sa_config config;
        struct ikl_keys keys;

        test_sa_config(&config, &keys, suite, n % 2 == 0, n);
        assert_int_equal(ikl_sa_new(&sas[n], host.endpoint, &config, 0), IKL_OK);
        assert_int_equal(ikl_endpoint_n_sas(host.endpoint), n + 1);
    }
    for (uint32_t n = 0; n < N; n += 3) {
        ikl_sa_close(sas[n], 0);
    }
    for (uint32_t n = 0; n < N; n++) {
        uint64_t ours = n % 2 == 0 ? ikl_sa_spi_i(sas[n]) : ikl_sa_spi_r(sas[n]);
        uint64_t the_peers = n % 2 == 0 ? ikl_sa_spi_r(sas[n]) : ikl_sa_spi_i(sas[n]);

        assert_ptr_equal(ikl_endpoint_find(host.endpoint, ours), n % 3 == 0 ? NULL : sas[n]);
        assert_null(ikl_endpoint_find(host.endpoint, the_peers));
    }
    assert_null(ikl_endpoint_find(host.endpoint, 0));
    assert_int_equal(ikl_endpoint_n_sas(host.endpoint), N - N / 3);
    host_clear(&host);
}

static uint64_t altered_i, altered_r;

static void alter_spis(uint8_t *front)
{
    ikl_store_u64(front, altered_i);
    ikl_store_u64(front + 8, altered_r);
}

/* An empty request of the peer's to an IKE SA with these SPIs. */
static int hear_from_spis(struct host *host, bool from_initiator, uint64_t spi_i, uint64_t spi_r)
{
    const struct peer_message message = {.from_initiator = from_initiator};
    uint8_t datagram[HOST_MAX_DATAGRAM];
    size_t len = peer_seal(&message, suite, datagram);

    altered_i = spi_i;
    altered_r = spi_r;
    peer_alter(&message, suite, 0, alter_spis, datagram, len);
    return ikl_endpoint_receive(host->endpoint, ikl_sa_path(host->sa), datagram, len, host->now);
}

/* Each side chooses its SPIs on its own (RFC 7296 §2.6), so the peer may have chosen one of ours. */
static void an_spi_of_the_peers_may_be_one_of_ours_too(void **state)
{
    (void)state;
    for (int initiator = 0; initiator < 2; initiator++) {
        struct ikl_sa_config config;
        struct ikl_keys keys;
        struct ikl_sa *same;
        struct host host;

        host_init(&host, "a", 0, NULL);
        host_sa(&host, suite, initiator == 0, 0, NULL); /* its SPI is what the peer takes for the other */
        test_sa_config(&config, &keys, suite, initiator != 0, 1);
        if (initiator != 0) {
            config.spi_r = ikl_sa_spi_r(host.sa);
        } else {
            config.spi_i = ikl_sa_spi_i(host.sa);
        }
        assert_int_equal(ikl_sa_new(&same, host.endpoint, &config, 0), IKL_OK);
        assert_int_equal(hear_from_spis(&host, initiator == 0, config.spi_i, config.spi_r), IKL_OK);
        assert_ptr_equal(host_last(&host, EVENT_SENT)->sa, same);
        host_clear(&host);
    }
}

static void every_datagram_is_counted_once_by_what_became_of_it(void **state)
{
    static const uint8_t keepalive = 0xff;
    struct ikl_endpoint_counters c;
    struct ikl_path encapsulated;
    struct host host;

    (void)state;
    story_begin(&host, suite);
    encapsulated = *ikl_sa_path(host.sa);
    encapsulated.encapsulated = true;
    assert_int_equal(ikl_endpoint_receive(host.endpoint, &encapsulated, &keepalive, 1, host.now), IKL_ERR_KEEPALIVE);
    assert_int_equal(peer_send(&host, suite, &(struct peer_message){.message_id = 77}), IKL_ERR_WINDOW);
    assert_int_equal(peer_send(&host, suite, &(struct peer_message){.message_id = 0}), IKL_ERR_STALE);
    story_end(&host, suite);
    c = host_counters(&host);
    assert_int_equal(c.received, c.accepted + c.repeated + c.keepalives + c.not_ike + c.malformed + c.unmatched +
                                     c.wrong_flags + c.unprotected + c.forged + c.stale + c.out_of_window +
                                     c.unsolicited + c.rate_limited + c.no_buffer + c.other);
    assert_int_equal(c.accepted, 5);
    assert_int_equal(c.repeated, 10);
    assert_int_equal(c.rate_limited, 2);
    assert_int_equal(c.keepalives, 1);
    assert_int_equal(c.out_of_window, 1);
    assert_int_equal(c.stale, 1);
    assert_int_equal(c.sent, host_count(&host, EVENT_SENT));
    assert_int_equal(c.probes + c.retransmissions, host_count(&host, EVENT_ATTEMPT));
    assert_int_equal(c.answered, host_count(&host, EVENT_ALIVE));
    assert_int_equal(c.timeouts, 1);
    host_clear(&host);
}

static void a_query_with_a_size_that_never_was_is_refused_and_writes_nothing(void **state)
{
    struct ikl_endpoint_counters counters, counters_before;
    struct ikl_sa_info info, info_before;
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host_sa(&host, suite, true, 1, NULL);
    memset(&counters, 0xcc, sizeof(counters));
    memset(&info, 0xcc, sizeof(info));
    counters.size = sizeof(counters) + 1;
    info.size = 0;
    counters_before = counters;
    info_before = info;
    assert_int_equal(ikl_endpoint_query(host.endpoint, &counters), IKL_ERR_INVALID);
    assert_int_equal(ikl_sa_query(host.sa, &info), IKL_ERR_INVALID);
    assert_memory_equal(&counters, &counters_before, sizeof(counters));
    assert_memory_equal(&info, &info_before, sizeof(info));
    host_clear(&host);
}

TESTS_OF(endpoint)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_config_that_is_wrong_in_one_thing_is_refused_and_nothing_is_made),
        cmocka_unit_test(a_time_that_is_never_is_no_time_to_begin_at),
        cmocka_unit_test(the_largest_and_smallest_numbers_are_accepted),
        cmocka_unit_test(without_randomness_no_endpoint_is_made),
        cmocka_unit_test(callbacks_and_allocator_are_copied),
        cmocka_unit_test(all_callbacks_but_two_may_be_null),
        cmocka_unit_test(the_idle_interval_of_the_endpoint_is_the_default_for_its_ike_sas),
        cmocka_unit_test(a_datagram_of_no_ike_sa_is_given_to_unmatched_without_its_marker),
        cmocka_unit_test(a_host_may_say_that_the_marker_is_gone_already),
        cmocka_unit_test(a_new_ike_sa_init_is_given_to_unmatched),
        cmocka_unit_test(a_repeated_ike_sa_init_request_comes_to_unmatched_though_its_ike_sa_is_here),
        cmocka_unit_test(what_has_no_header_is_not_given_to_unmatched),
        cmocka_unit_test(messages_on_a_path_with_udp_encapsulation_carry_the_marker_both_ways),
        cmocka_unit_test(advance_calls_back_nothing_that_only_a_datagram_can_cause),
        cmocka_unit_test(a_new_spi_is_random_unused_and_never_0),
        cmocka_unit_test(a_source_that_gives_no_usable_spi_is_an_error),
        cmocka_unit_test(every_ike_sa_is_found_by_our_spi_and_by_no_other),
        cmocka_unit_test(an_spi_of_the_peers_may_be_one_of_ours_too),
        cmocka_unit_test(every_datagram_is_counted_once_by_what_became_of_it),
        cmocka_unit_test(a_query_with_a_size_that_never_was_is_refused_and_writes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
