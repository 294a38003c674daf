/* SPDX-License-Identifier: ISC */
/* Promises about initialisation vectors. They are promises about keys: two messages under one IV give away the key
 * stream of both, and with it the key of the integrity check. */
#include "support/drain.h"
#include "support/fickle_cipher.h"
#include "support/peer.h"
#include "support/test.h"

#include "sa/sa.h"

static const char *const suite = "chacha20poly1305-prfsha256";

enum { IV_OFFSET = 32, IV_LEN = 8 };

static const uint64_t counted_ivs = (uint64_t)1 << 48;

static void one_ike_sa(struct host *host, endpoint_change on_endpoint, sa_change on_sa)
{
    host_init(host, "a", 0, on_endpoint);
    host_sa(host, suite, true, 1, on_sa);
}

static int try_new(struct host *host, sa_change change)
{
    struct ikl_sa_config config;
    struct ikl_keys keys;
    struct ikl_sa *sa;

    test_sa_config(&config, &keys, suite, true, 0);
    change(&config);
    return ikl_sa_new(&sa, host->endpoint, &config, host->now);
}

static uint64_t iv_of(const struct event *sent)
{
    struct ikl_reader reader = ikl_reader(sent->datagram + IV_OFFSET, IV_LEN);

    return ikl_read_u64(&reader);
}

/* Two datagrams with one IV are one datagram, sent twice. */
static void assert_no_iv_twice(struct host *host)
{
    size_t n = host_count(host, EVENT_SENT);

    assert_true(n > 1);
    for (size_t i = 0; i < n; i++) {
        const struct event *a = host_event(host, EVENT_SENT, i);

        for (size_t j = 0; j < i; j++) {
            const struct event *b = host_event(host, EVENT_SENT, j);

            if (iv_of(a) == iv_of(b)) {
                assert_int_equal(a->len, b->len);
                assert_memory_equal(a->datagram, b->datagram, a->len);
            }
        }
    }
}

static int answer_or_not(struct host *host, struct event *event)
{
    static const uint8_t notify[] = {0, 0, 0x40, 0};
    struct ikl_payload payloads[] = {{.type = IKL_PAYLOAD_NOTIFY, .body = {notify, sizeof(notify)}},
                                     {.type = IKL_PAYLOAD_SK}};

    if (event->kind == EVENT_PEER_REQUEST) {
        assert_int_equal(ikl_sa_respond(host->sa, event->message_id, payloads, 2, host->now), IKL_ERR_INVALID);
        assert_int_equal(ikl_sa_respond(host->sa, event->message_id, payloads, 1, host->now), IKL_OK);
    }
    return event->kind == EVENT_SENT && host->now % 3 == 0 ? -1 : IKL_OK; /* some sends fail */
}

/* A peer that asks all kinds of things, repeats itself and answers now and then. */
static void no_iv_is_used_twice_whatever_is_sent(void **state)
{
    static const uint8_t bodies[][10] = {{0, 0, 0, 8, 0, 0, 0x40, 0},    /* Notify: for the host */
                                         {0, 0, 0, 8, 3, 4, 0, 0},       /* Delete of no Child SA */
                                         {0, 0x80, 0, 8, 1, 2, 3, 4},    /* unknown and critical */
                                         {0, 0, 0, 200, 1, 2, 3, 4, 5}}; /* past the end, which is the end */
    static const uint8_t types[] = {IKL_PAYLOAD_NOTIFY, IKL_PAYLOAD_DELETE, 200, IKL_PAYLOAD_NOTIFY};
    static const struct peer_message last = {
        .message_id = 60, .first_payload = IKL_PAYLOAD_NOTIFY, .plaintext = {bodies[3], 8}};
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL, NULL);
    host.on_event = answer_or_not;
    for (uint32_t id = 0; id < 60; id++) {
        struct peer_message request = {
            .message_id = id, .first_payload = types[id % 3], .plaintext = {bodies[id % 3], 8}};
        struct peer_message answer = {.response = true, .message_id = host_info(&host).outstanding_id};

        assert_int_equal(peer_send(&host, suite, &request), IKL_OK);
        assert_int_equal(peer_send(&host, suite, &request), IKL_OK);
        host_advance(&host, host.now + 7001);
        if (host_info(&host).outstanding != 0 && id % 5 == 0) {
            answer.message_id = host_info(&host).outstanding_id;
            assert_int_equal(peer_send(&host, suite, &answer), IKL_OK);
        }
    }
    assert_int_equal(peer_send(&host, suite, &last), IKL_OK);
    assert_true(host_counters(&host).probes > 1 && host_counters(&host).retransmissions > 1);
    assert_no_iv_twice(&host);
    host_clear(&host);
}

static void fresh_keys_are_counted_from_0(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL, NULL);
    for (uint32_t id = 0; id < 300; id++) {
        assert_int_equal(peer_send(&host, suite, &(struct peer_message){.message_id = id}), IKL_OK);
        assert_int_equal(iv_of(host_last(&host, EVENT_SENT)), id);
    }
    host_clear(&host);
}

static uint64_t first;

static void counted_from_first(struct ikl_sa_config *config)
{
    config->protection.iv_source = IKL_IV_FIRST;
    config->protection.iv_first = first;
}

static void iv_first_is_the_first_of_a_counted_sequence(void **state)
{
    static const uint64_t firsts[] = {1, 0x01020304fffffffeu, UINT64_MAX - ((uint64_t)1 << 48)};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(firsts); i++) {
        struct host host;

        first = firsts[i];
        one_ike_sa(&host, NULL, counted_from_first);
        for (uint32_t id = 0; id < 5; id++) {
            assert_int_equal(peer_send(&host, suite, &(struct peer_message){.message_id = id}), IKL_OK);
            assert_int_equal(iv_of(host_last(&host, EVENT_SENT)), first + id);
        }
        host_clear(&host);
    }
}

static void an_iv_first_with_less_than_2_to_the_48th_behind_it_is_refused(void **state)
{
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    first = UINT64_MAX - counted_ivs + 1;
    assert_int_equal(try_new(&host, counted_from_first), IKL_ERR_INVALID);
    first = UINT64_MAX;
    assert_int_equal(try_new(&host, counted_from_first), IKL_ERR_INVALID);
    host_clear(&host);
}

static void unstated(struct ikl_sa_config *config)
{
    config->protection.iv_source = IKL_IV_UNSTATED;
}

static void a_source_that_is_none(struct ikl_sa_config *config)
{
    config->protection.iv_source = (enum ikl_iv_source)77;
}

static void no_callback(struct ikl_sa_config *config)
{
    config->protection.iv_source = IKL_IV_CALLBACK;
    config->protection.next_iv = NULL;
}

static void hand_over_with_an_aead_fails_unless_the_host_says_where_ivs_come_from(void **state)
{
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    assert_int_equal(try_new(&host, unstated), IKL_ERR_INVALID);
    assert_int_equal(try_new(&host, a_source_that_is_none), IKL_ERR_INVALID);
    assert_int_equal(try_new(&host, no_callback), IKL_ERR_INVALID);
    assert_int_equal(ikl_endpoint_n_sas(host.endpoint), 0);
    host_clear(&host);
}

static struct {
    int result;
    uint8_t next;
    void *user;
    struct ikl_sa *sa;
    size_t len;
} source;

static int next_iv(void *user, struct ikl_sa *sa, uint8_t *iv, size_t len)
{
    source.user = user;
    source.sa = sa;
    source.len = len;
    memset(iv, 0xc0, len);
    iv[0] = source.next++;
    return source.result;
}

static void from_callback(struct ikl_sa_config *config)
{
    memset(&source, 0, sizeof(source));
    config->protection.iv_source = IKL_IV_CALLBACK;
    config->protection.next_iv = next_iv;
}

static void fresh_keys_are_refused_where_message_ids_say_that_they_have_sealed_something(void **state)
{
    static const struct {
        uint32_t next_request, next_expected;
        bool connecting, fresh;
    } cases[] = {{0, 0, false, true},  {2, 0, false, false}, {0, 2, false, false}, {1, 0, false, false},
                 {0, 1, false, false}, {1, 0, true, true},   {0, 1, true, true}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct ikl_sa_config config;
        struct ikl_keys keys;
        struct host host;

        host_init(&host, "a", 0, NULL);
        test_sa_config(&config, &keys, suite, cases[i].next_request != 0, 0);
        config.connecting = cases[i].connecting;
        config.ids.next_request = config.ids.unanswered = cases[i].next_request;
        config.ids.next_expected = cases[i].next_expected;
        assert_int_equal(ikl_sa_new(&host.sa, host.endpoint, &config, 0), cases[i].fresh ? IKL_OK : IKL_ERR_INVALID);
        if (!cases[i].fresh) {
            assert_string_equal(ikl_sa_config_error(host.endpoint, &config), "protection.iv_source");
            config.protection.iv_source = IKL_IV_FIRST;
            assert_int_equal(ikl_sa_new(&host.sa, host.endpoint, &config, 0), IKL_OK);
        }
        host_clear(&host);
    }
}

static void vouch_for(struct ikl_sa_config *config)
{
    config->protection.iv_source = IKL_IV_FIRST;
    config->protection.iv_first = 0x0102030405060708;
}

static void a_count_is_the_last_octets_of_the_iv_the_most_significant_first(void **state)
{
    static const uint8_t wire[] = {1, 2, 3, 4, 5, 6, 7, 8};
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host_sa(&host, suite, true, 0, vouch_for);
    assert_int_equal(ikl_sa_probe(host.sa, 0), IKL_OK);
    assert_memory_equal(host_event(&host, EVENT_SENT, 0)->datagram + IKL_HEADER_LEN + IKL_PAYLOAD_HEADER_LEN, wire,
                        sizeof(wire));
    host_clear(&host);
}

static void the_callback_gives_each_iv(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL, from_callback);
    for (uint32_t id = 0; id < 5; id++) {
        assert_int_equal(peer_send(&host, suite, &(struct peer_message){.message_id = id}), IKL_OK);
        assert_int_equal(iv_of(host_last(&host, EVENT_SENT)), (uint64_t)id << 56 | 0x00c0c0c0c0c0c0c0u);
        assert_ptr_equal(source.user, &host);
        assert_ptr_equal(source.sa, host.sa);
        assert_int_equal(source.len, IV_LEN);
    }
    host_clear(&host);
}

static void what_needs_an_iv_returns_the_callbacks_error_and_changes_nothing(void **state)
{
    static const uint8_t notify[] = {0, 0, 0, 8, 0, 0, 0x40, 0};
    struct peer_message request = {.first_payload = IKL_PAYLOAD_NOTIFY, .plaintext = {notify, sizeof(notify)}};
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL, from_callback);
    assert_int_equal(peer_send(&host, suite, &request), IKL_OK);
    source.result = -99;
    host_forget(&host);
    assert_int_equal(ikl_sa_probe(host.sa, host.now), -99);
    assert_int_equal(ikl_sa_respond(host.sa, 0, NULL, 0, host.now), -99);
    assert_int_equal(peer_send(&host, suite, &(struct peer_message){.message_id = 1}), -99);
    assert_int_equal(host_counters(&host).other, 1);
    host_advance(&host, 5000); /* no liveness check goes out either */
    assert_int_equal(host_counters(&host).other, 2);
    assert_int_equal(host_info(&host).next_request, 0);
    assert_int_equal(host_info(&host).next_expected, 1);
    assert_int_equal(host_info(&host).outstanding, 0);
    assert_int_equal(host.n_events, 0);
    source.result = IKL_OK;
    assert_int_equal(ikl_sa_respond(host.sa, 0, NULL, 0, host.now), IKL_OK);
    assert_int_equal(peer_send(&host, suite, &(struct peer_message){.message_id = 1}), IKL_OK);
    assert_no_iv_twice(&host);
    host_clear(&host);
}

static void the_counter_moves_although_sealing_fails(void **state)
{
    struct host host;

    (void)state;
    fickle_reset(true, true);
    one_ike_sa(&host, with_fickle_provider, NULL);
    fickle.seal_result = IKL_ERR_CRYPTO;
    assert_int_equal(ikl_sa_probe(host.sa, 0), IKL_ERR_CRYPTO);
    assert_int_equal(peer_send(&host, suite, &(struct peer_message){.message_id = 0}), IKL_ERR_CRYPTO);
    fickle.seal_result = IKL_OK;
    assert_int_equal(ikl_sa_probe(host.sa, 0), IKL_OK);
    assert_int_equal(iv_of(host_last(&host, EVENT_SENT)), 2);
    host_clear(&host);
}

static void the_counter_moves_although_sending_fails(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL, NULL);
    host.send_result = -1;
    assert_int_equal(ikl_sa_probe(host.sa, 0), IKL_OK);
    assert_int_equal(peer_send(&host, suite, &(struct peer_message){.message_id = 0}), IKL_OK);
    assert_int_equal(iv_of(host_last(&host, EVENT_SENT)), 1);
    host_clear(&host);
}

static void the_counter_moves_although_there_is_no_room_to_keep_the_message(void **state)
{
    struct drain drain;
    struct host host;

    (void)state;
    fickle_reset(false, true); /* it writes a 1 over the first octet of the first IV, and so on */
    one_ike_sa(&host, with_fickle_provider, NULL);
    drain_pool(&drain, &host);
    assert_int_equal(ikl_sa_probe(host.sa, 0), IKL_ERR_NO_BUFFER);
    assert_int_equal(host_info(&host).next_request, 0);
    refill_pool(&drain, &host);
    assert_int_equal(ikl_sa_probe(host.sa, 0), IKL_OK);
    assert_int_equal(iv_of(host_last(&host, EVENT_SENT)), (uint64_t)2 << 56 | 1);
    host_clear(&host);
}

static void a_retransmission_takes_no_iv(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL, NULL);
    host_advance(&host, 5000);
    host_advance(&host, 6000);
    host_advance(&host, 8000);
    assert_int_equal(iv_of(host_last(&host, EVENT_SENT)), 0);
    assert_int_equal(peer_send(&host, suite, &(struct peer_message){.message_id = 0}), IKL_OK);
    assert_int_equal(iv_of(host_last(&host, EVENT_SENT)), 1);
    assert_int_equal(peer_send(&host, suite, &(struct peer_message){.message_id = 0}), IKL_OK);
    assert_int_equal(iv_of(host_last(&host, EVENT_SENT)), 1);
    assert_int_equal(peer_send(&host, suite, &(struct peer_message){.message_id = 1}), IKL_OK);
    assert_int_equal(iv_of(host_last(&host, EVENT_SENT)), 2);
    host_clear(&host);
}

static void ivs_that_must_be_unpredictable_come_from_random(void **state)
{
    static const uint8_t counted[] = {77, 78, 79, 80, 81, 82, 83, 84};
    struct host host;

    (void)state;
    fickle_reset(true, false);
    one_ike_sa(&host, with_fickle_provider, unstated); /* there is nothing to state */
    host.random = 77;
    assert_int_equal(ikl_sa_probe(host.sa, 0), IKL_OK);
    assert_memory_equal(host_last(&host, EVENT_SENT)->datagram + IV_OFFSET, counted, IV_LEN);
    host.random_result = -1;
    assert_int_equal(peer_send(&host, suite, &(struct peer_message){.message_id = 0}), IKL_ERR_CRYPTO);
    assert_int_equal(host_info(&host).next_expected, 0);
    host_clear(&host);
}

/* A message is made again only by a cipher that says it gives the same octets; else the octets are kept. */
static void what_a_cipher_would_not_seal_to_the_same_octets_is_kept_and_not_made_again(void **state)
{
    (void)state;
    for (size_t deterministic = 0; deterministic < 2; deterministic++) {
        const struct event *answer, *again;
        struct host host;

        fickle_reset(deterministic != 0, true);
        one_ike_sa(&host, with_fickle_provider, NULL);
        assert_int_equal(peer_send(&host, suite, &(struct peer_message){.message_id = 0}), IKL_OK);
        assert_int_equal(peer_send(&host, suite, &(struct peer_message){.message_id = 0}), IKL_OK);
        answer = host_event(&host, EVENT_SENT, 0);
        again = host_event(&host, EVENT_SENT, 1);
        assert_int_equal(again->len, answer->len);
        assert_memory_equal(again->datagram, answer->datagram, answer->len);
        host_advance(&host, 5000);
        host_advance(&host, 6000);
        host_advance(&host, 8000);
        assert_int_equal(fickle.seals, deterministic != 0 ? 5 : 2);
        assert_no_iv_twice(&host);
        host_clear(&host);
    }
}

static void a_counter_that_does_not_fit_the_ivs_is_refused(void **state)
{
    struct host host;

    (void)state;
    fickle_reset_iv_len(4); /* would begin again after 2^32 messages */
    host_init(&host, "a", 0, with_fickle_provider);
    first = 0;
    assert_int_equal(try_new(&host, counted_from_first), IKL_ERR_INVALID);
    assert_int_equal(try_new(&host, from_callback), IKL_OK);
    host_clear(&host);
}

static void a_counted_iv_that_is_longer_than_its_number_begins_with_zeros(void **state)
{
    enum { LONG_IV = 16 };
    const uint8_t expected[LONG_IV] = {[LONG_IV - 1] = 7};
    struct host host;

    (void)state;
    fickle_reset_iv_len(LONG_IV);
    first = 7;
    one_ike_sa(&host, with_fickle_provider, counted_from_first);
    assert_int_equal(ikl_sa_probe(host.sa, 0), IKL_OK);
    assert_memory_equal(host_event(&host, EVENT_SENT, 0)->datagram + IV_OFFSET, expected, LONG_IV);
    host_clear(&host);
}

static void assert_down_as_exhausted(struct host *host)
{
    const struct event *down = host_event(host, EVENT_DOWN, 0);

    assert_non_null(down);
    assert_int_equal(down->down.reason, IKL_DOWN_EXHAUSTED);
    assert_int_equal(host_count(host, EVENT_CHILD_DOWN), 1);
    assert_int_equal(host_event(host, EVENT_CHILD_DOWN, 0)->down.reason, IKL_DOWN_EXHAUSTED);
}

static void without_ivs_nothing_is_sent_and_the_ike_sa_is_closed(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL, from_callback);
    source.result = IKL_ERR_EXHAUSTED;
    assert_int_equal(ikl_sa_probe(host.sa, 0), IKL_ERR_EXHAUSTED);
    assert_int_equal(peer_send(&host, suite, &(struct peer_message){.message_id = 0}), IKL_ERR_EXHAUSTED);
    host_advance(&host, 5000);
    assert_int_equal(host_count(&host, EVENT_SENT), 0);
    assert_down_as_exhausted(&host);
    host_clear(&host);
}

/* 2^48 messages cannot be sent here, so the counter is set. */
static void a_counted_sequence_ends_after_2_to_the_48th_ivs(void **state)
{
    struct host host;

    (void)state;
    first = 5;
    one_ike_sa(&host, NULL, counted_from_first);
    host.sa->iv.next += counted_ivs - 1;
    assert_int_equal(peer_send(&host, suite, &(struct peer_message){.message_id = 0}), IKL_OK);
    assert_int_equal(iv_of(host_last(&host, EVENT_SENT)), first + counted_ivs - 1);
    assert_int_equal(peer_send(&host, suite, &(struct peer_message){.message_id = 1}), IKL_ERR_EXHAUSTED);
    assert_int_equal(ikl_sa_probe(host.sa, 0), IKL_ERR_EXHAUSTED);
    host_advance(&host, 5000);
    assert_int_equal(host_count(&host, EVENT_SENT), 1);
    assert_down_as_exhausted(&host);
    host_clear(&host);
}

TESTS_OF(initialisation_vectors)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_iv_is_used_twice_whatever_is_sent),
        cmocka_unit_test(fresh_keys_are_counted_from_0),
        cmocka_unit_test(iv_first_is_the_first_of_a_counted_sequence),
        cmocka_unit_test(an_iv_first_with_less_than_2_to_the_48th_behind_it_is_refused),
        cmocka_unit_test(hand_over_with_an_aead_fails_unless_the_host_says_where_ivs_come_from),
        cmocka_unit_test(fresh_keys_are_refused_where_message_ids_say_that_they_have_sealed_something),
        cmocka_unit_test(a_count_is_the_last_octets_of_the_iv_the_most_significant_first),
        cmocka_unit_test(the_callback_gives_each_iv),
        cmocka_unit_test(what_needs_an_iv_returns_the_callbacks_error_and_changes_nothing),
        cmocka_unit_test(the_counter_moves_although_sealing_fails),
        cmocka_unit_test(the_counter_moves_although_sending_fails),
        cmocka_unit_test(the_counter_moves_although_there_is_no_room_to_keep_the_message),
        cmocka_unit_test(a_retransmission_takes_no_iv),
        cmocka_unit_test(ivs_that_must_be_unpredictable_come_from_random),
        cmocka_unit_test(what_a_cipher_would_not_seal_to_the_same_octets_is_kept_and_not_made_again),
        cmocka_unit_test(a_counter_that_does_not_fit_the_ivs_is_refused),
        cmocka_unit_test(a_counted_iv_that_is_longer_than_its_number_begins_with_zeros),
        cmocka_unit_test(without_ivs_nothing_is_sent_and_the_ike_sa_is_closed),
        cmocka_unit_test(a_counted_sequence_ends_after_2_to_the_48th_ivs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
