/* SPDX-License-Identifier: ISC */
/* What happens where room, memory or randomness is missing just then, and other corners that few come to. */
#include "support/drain.h"
#include "support/host.h"
#include "support/peer.h"
#include "support/providers.h"
#include "support/test.h"
#include "support/test_allocator.h"

static const char *const suite = "chacha20poly1305-prfsha256";

/* A provider that has every suite there is a number for. */
static int any_cipher(const struct ikl_suite *wanted, const struct ikl_cipher **out)
{
    struct ikl_suite chacha;

    (void)wanted;
    assert_int_equal(ikl_suite_parse(&chacha, suite), IKL_OK);
    return test_provider->cipher(&chacha, out);
}

static struct ikl_provider generous;
static const struct ikl_provider *const only_generous[] = {&generous};

static void any_suite(struct ikl_endpoint_config *config)
{
    generous = *test_provider;
    generous.cipher = any_cipher;
    config->providers = only_generous;
    config->n_providers = 1;
}

static void an_endpoint_takes_as_many_suites_as_its_providers_have(void **state)
{
    struct host host;

    (void)state;
    host_init(&host, "a", 0, any_suite);
    for (uint32_t i = 0; i < 100; i++) {
        struct ikl_sa_config config;
        struct ikl_keys keys;
        struct ikl_sa *sa;

        test_sa_config(&config, &keys, suite, true, i);
        config.protection.suite.key_bits = (uint16_t)i;
        assert_int_equal(ikl_sa_new(&sa, host.endpoint, &config, 0), IKL_OK);
    }
    assert_int_equal(ikl_endpoint_n_sas(host.endpoint), 100);
    host_clear(&host);
}

static void reserve_what_nobody_has(struct ikl_endpoint_config *config)
{
    static const struct ikl_suite unknown = {.encr = 999};

    config->reserve_suites = &unknown;
    config->n_reserve_suites = 1;
}

static void room_for_a_suite_that_no_provider_has_is_refused(void **state)
{
    struct host host;
    struct ikl_endpoint_config config;
    struct ikl_endpoint *endpoint;

    (void)state;
    memset(&host, 0, sizeof(host));
    config = host_config(&host);
    reserve_what_nobody_has(&config);
    assert_int_equal(ikl_endpoint_new(&endpoint, &config, 0), IKL_ERR_UNSUPPORTED);
}

static void on_batch(void *user, struct ikl_outbound *datagrams, size_t n)
{
    (void)user;
    (void)datagrams;
    (void)n;
}

static void every_allocation_of_an_endpoint_with_everything_may_fail(void **state)
{
    struct test_allocator memory;
    struct ikl_suite suites[1];
    struct host host;
    int result = IKL_ERR_NO_MEMORY;

    (void)state;
    memset(&host, 0, sizeof(host));
    assert_int_equal(ikl_suite_parse(&suites[0], suite), IKL_OK);
    for (size_t n = 1; result != IKL_OK; n++) {
        struct ikl_endpoint_config config = host_config(&host);
        struct ikl_endpoint *endpoint;

        test_allocator_init(&memory);
        test_allocator_fail(&memory, n);
        config.allocator = &memory.allocator;
        config.reserve_sas = 100;
        config.reserve_extras = config.reserve_tokens = 10;
        config.reserve_syncs = config.reserve_key_changes = 10;
        config.reserve_suites = suites;
        config.n_reserve_suites = 1;
        config.path_groups = 5;
        config.send_batch = 8;
        config.callbacks.send_batch = on_batch;
        result = ikl_endpoint_new(&endpoint, &config, 0);
        if (result == IKL_OK) {
            assert_true(n > 20);
            assert_int_equal(ikl_endpoint_free(endpoint), IKL_OK);
        } else {
            assert_int_equal(result, IKL_ERR_NO_MEMORY);
        }
        assert_int_equal(memory.outstanding, 0);
    }
}

/* Wants to send more from inside `send_batch`, and to give the endpoint a batch. */
static struct {
    struct ikl_endpoint *endpoint;
    struct ikl_sa *other;
    int probed, taken;
} nested;

static void nesting_batch(void *user, struct ikl_outbound *datagrams, size_t n)
{
    struct ikl_inbound inbound = {.path = &datagrams[0].path, .datagram = datagrams[0].datagram};

    (void)user;
    (void)n;
    if (nested.other != NULL) {
        struct ikl_sa *other = nested.other;

        nested.other = NULL;
        nested.probed = ikl_sa_probe(other, 5000);
        nested.taken = ikl_endpoint_receive_batch(nested.endpoint, &inbound, 1, 5000);
    }
}

static void in_batches(struct ikl_endpoint_config *config)
{
    config->callbacks.send = NULL;
    config->callbacks.send_batch = nesting_batch;
    config->send_batch = 4;
}

static void a_send_batch_that_wants_to_send_more_is_refused(void **state)
{
    struct ikl_sa_config config;
    struct ikl_keys keys;
    struct host host;

    (void)state;
    host_init(&host, "a", 0, in_batches);
    host_sa(&host, suite, true, 0, NULL);
    test_sa_config(&config, &keys, suite, true, 1);
    config.liveness = IKL_LIVENESS_OFF;
    assert_int_equal(ikl_sa_new(&nested.other, host.endpoint, &config, 0), IKL_OK);
    nested.endpoint = host.endpoint;
    host_advance(&host, 5000);
    assert_int_equal(nested.probed, IKL_ERR_REENTRANT);
    assert_int_equal(nested.taken, IKL_ERR_REENTRANT);
    assert_true(host_counters(&host).reentrant >= 1);
    assert_int_equal(host_count(&host, EVENT_ATTEMPT), 1);
    assert_int_equal(host_counters(&host).sent, 1);
    assert_int_equal(host_counters(&host).send_failures, 0);
    host_clear(&host);
}

static struct ikl_schedule jittered;

static void jitter(struct ikl_sa_config *config)
{
    jittered = *ikl_schedule_default();
    jittered.jitter = 900;
    config->schedule = &jittered;
}

static void without_randomness_waits_with_jitter_run_in_full(void **state)
{
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host_sa(&host, suite, true, 0, jitter);
    host.random_result = IKL_ERR_CRYPTO;
    host_advance(&host, 5000);
    assert_int_equal(ikl_endpoint_next_deadline(host.endpoint), 6000);
    host_clear(&host);
}

static void a_million_and_more(struct ikl_endpoint_config *config)
{
    config->probes_per_second = 4000000;
}

static void a_pace_above_what_can_be_told_apart_is_a_million_a_second(void **state)
{
    struct host host;

    (void)state;
    host_init(&host, "a", 0, a_million_and_more);
    host_sa(&host, suite, true, 0, NULL);
    host_advance(&host, 5000);
    assert_int_equal(host_count(&host, EVENT_ATTEMPT), 1);
    host_clear(&host);
}

static void a_host_that_does_not_ask_about_outages_is_not_told(void **state)
{
    struct ikl_endpoint_config config;
    struct host host;

    (void)state;
    memset(&host, 0, sizeof(host));
    config = host_config(&host);
    config.outage_after = 1;
    config.outage_least = 1;
    config.callbacks.outage = NULL;
    host_init(&host, "a", 0, NULL);
    assert_int_equal(ikl_endpoint_free(host.endpoint), IKL_OK);
    assert_int_equal(ikl_endpoint_new(&host.endpoint, &config, 0), IKL_OK);
    host_sa(&host, suite, true, 0, NULL);
    host_advance(&host, 5000);
    host_advance(&host, 6000);
    assert_int_equal(host_counters(&host).outages, 1);
    host_clear(&host);
}

static void window_of_4(struct ikl_sa_config *config)
{
    config->ids.own_window = 4;
    config->ids.peer_window = 4;
}

static void a_request_that_must_wait_for_its_turn_needs_room_for_its_path_too(void **state)
{
    struct ikl_path path;
    struct drain drain;
    uint8_t datagram[HOST_MAX_DATAGRAM];
    struct host host;
    size_t len;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host_sa(&host, suite, true, 0, window_of_4);
    path = *ikl_sa_path(host.sa);
    path.remote.port++;
    len = peer_seal(&(struct peer_message){.message_id = 1}, suite, datagram);
    drain_pool(&drain, &host);
    assert_int_equal(ikl_endpoint_receive(host.endpoint, &path, datagram, len, 0), IKL_ERR_NO_BUFFER);
    refill_pool(&drain, &host);
    assert_int_equal(ikl_endpoint_receive(host.endpoint, &path, datagram, len, 0), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_SENT), 0);
    host_clear(&host);
}

static void the_peers_delete_waits_for_room_to_answer_it(void **state)
{
    static const uint8_t deletes[] = {0, 0, 0, 16, IKL_PROTOCOL_ESP, 4, 0, 2, 0xb0, 0, 0, 1, 0xb0, 0, 0, 2};
    struct peer_message message = {.first_payload = IKL_PAYLOAD_DELETE, .plaintext = {deletes, sizeof(deletes)}};
    struct drain drain;
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host_sa(&host, suite, true, 3, NULL);
    drain_pool(&drain, &host);
    assert_int_equal(peer_send(&host, suite, &message), IKL_ERR_NO_BUFFER);
    assert_int_equal(host_count(&host, EVENT_CHILD_DOWN), 0);
    refill_pool(&drain, &host);
    assert_int_equal(peer_send(&host, suite, &message), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_CHILD_DOWN), 2);
    assert_int_equal(host_info(&host).n_children, 1);
    host_clear(&host);
}

static struct ikl_child *add_ah(struct host *host, uint32_t spi)
{
    struct ikl_child_config config = {
        .size = sizeof(config), .protocol = IKL_PROTOCOL_AH, .spi_in = spi, .spi_out = spi};
    struct ikl_child *child;

    assert_int_equal(ikl_sa_add_child(host->sa, &config, &child), IKL_OK);
    return child;
}

static void our_delete_of_child_sas_without_room_changes_nothing(void **state)
{
    enum { MANY = 1100 };
    static struct ikl_child *many[MANY];
    struct ikl_child *twice[2];
    struct drain drain;
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host_sa(&host, suite, true, 3, NULL);
    drain_pool(&drain, &host);
    assert_int_equal(ikl_sa_delete_children(host.sa, host.children, 2, 0), IKL_ERR_NO_BUFFER);
    refill_pool(&drain, &host);
    assert_int_equal(ikl_sa_delete_children(host.sa, host.children, 2, 0), IKL_OK);
    twice[0] = twice[1] = host.children[2];
    assert_int_equal(ikl_sa_delete_children(host.sa, twice, 2, 0), IKL_ERR_BUSY);
    for (uint32_t i = 0; i < MANY; i++) {
        many[i] = add_ah(&host, i + 1);
    }
    assert_int_equal(ikl_sa_delete_children(host.sa, many, MANY, 0), IKL_ERR_INVALID); /* too long for a message */
    assert_int_equal(ikl_sa_delete_children(host.sa, twice, 1, 0), IKL_OK);
    host_clear(&host);
}

static void child_sas_of_both_protocols_are_deleted_together(void **state)
{
    struct ikl_child *both[2];
    struct pair pair;

    (void)state;
    pair_init(&pair, suite, 1, NULL, NULL);
    both[0] = add_ah(&pair.a, 7);
    both[1] = pair.a.children[0];
    (void)add_ah(&pair.b, 7);
    assert_int_equal(ikl_sa_delete_children(pair.a.sa, both, 2, 0), IKL_OK);
    pair_deliver(&pair);
    assert_int_equal(host_info(&pair.a).n_children, 0);
    assert_int_equal(host_info(&pair.b).n_children, 0);
    pair_clear(&pair);
}

static void a_delete_that_was_queued_ends_with_a_graceful_close(void **state)
{
    struct pair pair;

    (void)state;
    pair_init(&pair, suite, 2, NULL, NULL);
    assert_int_equal(ikl_sa_probe(pair.a.sa, 0), IKL_OK); /* fills the window */
    assert_int_equal(ikl_sa_delete_children(pair.a.sa, pair.a.children, 1, 0), IKL_OK);
    assert_int_equal(ikl_sa_delete(pair.a.sa, 10000, 0), IKL_OK);
    pair_deliver(&pair);
    assert_int_equal(host_count(&pair.a, EVENT_CHILD_DOWN), 2);
    assert_int_equal(host_count(&pair.a, EVENT_SENT), 2);
    pair_clear(&pair);
}

static void a_replacement_must_name_a_child_sa_of_the_same_ike_sa(void **state)
{
    struct ikl_child_config config = {.size = sizeof(config), .protocol = IKL_PROTOCOL_ESP, .spi_in = 1, .spi_out = 2};
    struct pair pair;

    (void)state;
    pair_init(&pair, suite, 1, NULL, NULL);
    config.replaces = pair.b.children[0];
    assert_int_equal(ikl_sa_add_child(pair.a.sa, &config, NULL), IKL_ERR_NOT_FOUND);
    assert_int_equal(host_info(&pair.a).n_children, 1);
    pair_clear(&pair);
}

static int no_iv(void *user, struct ikl_sa *sa, uint8_t *iv, size_t len)
{
    (void)user;
    (void)sa;
    memset(iv, 0, len);
    return IKL_ERR_CRYPTO;
}

static void without_ivs(struct ikl_sa_config *config)
{
    config->protection.iv_source = IKL_IV_CALLBACK;
    config->protection.next_iv = no_iv;
}

static void replace_at_once(struct host *host)
{
    struct ikl_sa_config config;
    struct ikl_keys keys;
    struct ikl_sa *replacement;

    test_sa_config(&config, &keys, suite, true, 1);
    assert_int_equal(ikl_sa_new(&replacement, host->endpoint, &config, 0), IKL_OK);
    assert_int_equal(ikl_sa_replace(host->sa, replacement, true, 10000, 0), IKL_OK);
}

static void without_an_iv_for_its_delete_a_rekeyed_ike_sa_goes_down_without_a_word(void **state)
{
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host_sa(&host, suite, true, 1, without_ivs);
    replace_at_once(&host);
    assert_int_equal(host_count(&host, EVENT_SENT), 0);
    for (ikl_time now = 1000; now <= 10000; now += 1000) {
        host_advance(&host, now);
    }
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->down.reason, IKL_DOWN_REKEYED);
    host_clear(&host);
}

static void a_queued_request_for_which_a_new_path_has_no_room_is_sent_when_there_is(void **state)
{
    static const uint8_t octets[2000];
    struct ikl_payload payload = {.type = IKL_PAYLOAD_VENDOR_ID, .body = {octets, sizeof(octets)}};
    struct ikl_path path;
    struct drain drain;
    struct pair pair;

    (void)state;
    pair_init(&pair, suite, 0, NULL, NULL);
    ikl_sa_close(pair.a.sa, 0);
    ikl_sa_free(pair.a.sa);
    {
        struct ikl_sa_config config;
        struct ikl_keys keys;

        test_sa_config(&config, &keys, suite, true, 0);
        config.protection.fragmentation = true;
        config.path.mtu = 9000;
        assert_int_equal(ikl_sa_new(&pair.a.sa, pair.a.endpoint, &config, 0), IKL_OK);
    }
    assert_int_equal(ikl_sa_probe(pair.a.sa, 0), IKL_OK);
    assert_int_equal(ikl_sa_request(pair.a.sa, IKL_INFORMATIONAL, &payload, 1, NULL, 0, NULL), IKL_OK);
    path = *ikl_sa_path(pair.a.sa);
    path.mtu = 200; /* now it takes many fragments */
    assert_int_equal(ikl_sa_set_path(pair.a.sa, &path, 0), IKL_OK);
    drain_pool(&drain, &pair.a);
    host_forget(&pair.a);
    assert_int_equal(peer_send(&pair.a, suite, &(struct peer_message){.response = true}), IKL_OK);
    assert_int_equal(host_count(&pair.a, EVENT_SENT), 0);
    assert_int_equal(host_info(&pair.a).queued, 1);
    refill_pool(&drain, &pair.a);
    host_advance(&pair.a, ikl_endpoint_next_deadline(pair.a.endpoint));
    assert_int_equal(pair.a.now, 1000);
    assert_true(host_count(&pair.a, EVENT_SENT) > 10);
    assert_int_equal(host_info(&pair.a).queued, 0);
    pair_clear(&pair);
}

static void a_request_that_fits_no_message_is_not_queued_either(void **state)
{
    static const uint8_t octets[4090];
    struct ikl_payload payload = {.type = IKL_PAYLOAD_VENDOR_ID, .body = {octets, sizeof(octets)}};
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host_sa(&host, suite, true, 0, NULL);
    assert_int_equal(ikl_sa_probe(host.sa, 0), IKL_OK);
    assert_int_equal(ikl_sa_request(host.sa, IKL_INFORMATIONAL, &payload, 1, NULL, 0, NULL), IKL_ERR_INVALID);
    assert_int_equal(host_info(&host).queued, 0);
    host_clear(&host);
}

static void the_oldest_outstanding_request_is_the_one_that_was_sent_first(void **state)
{
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host_sa(&host, suite, true, 0, window_of_4);
    assert_int_equal(ikl_sa_probe(host.sa, 0), IKL_OK);
    assert_int_equal(ikl_sa_request(host.sa, IKL_CREATE_CHILD_SA, NULL, 0, NULL, 0, NULL), IKL_OK);
    assert_int_equal(host_info(&host).outstanding, 2);
    assert_int_equal(host_info(&host).outstanding_id, 0);
    assert_int_equal(host_info(&host).outstanding_exchange_type, IKL_INFORMATIONAL);
    assert_int_equal(peer_send(&host, suite, &(struct peer_message){.response = true}), IKL_OK);
    assert_int_equal(host_info(&host).outstanding_id, 1);
    assert_int_equal(host_info(&host).outstanding_exchange_type, IKL_CREATE_CHILD_SA);
    host_clear(&host);
}

static void two_responses_remembered_for_one_request_are_refused(void **state)
{
    uint8_t datagram[HOST_MAX_DATAGRAM];
    struct ikl_remembered_response twice[2];
    struct ikl_sa_config config;
    struct ikl_keys keys;
    struct ikl_sa *sa;
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    test_sa_config(&config, &keys, suite, true, 0);
    config.ids.own_window = 2;
    config.ids.next_expected = 5;
    for (size_t i = 0; i < 2; i++) {
        struct peer_message ours = {.from_initiator = true, .response = true, .message_id = 4};

        twice[i].message_id = 4;
        twice[i].datagram = (struct ikl_octets){datagram, peer_seal(&ours, suite, datagram)};
    }
    config.remembered = twice;
    test_sealed_before(&config);
    config.n_remembered = 2;
    assert_int_equal(ikl_sa_new(&sa, host.endpoint, &config, 0), IKL_ERR_INVALID);
    config.n_remembered = 1;
    assert_int_equal(ikl_sa_new(&sa, host.endpoint, &config, 0), IKL_OK);
    host_clear(&host);
}

static void on_demand(struct ikl_sa_config *config)
{
    config->liveness = IKL_LIVENESS_ON_DEMAND;
}

static void an_older_time_of_sending_is_ignored(void **state)
{
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host_sa(&host, suite, true, 1, on_demand);
    ikl_sa_sent_esp(host.sa, 4000);
    ikl_sa_sent_esp(host.sa, 3000);
    ikl_child_heard(host.children[0], 3500);
    host_advance(&host, 8500);
    assert_int_equal(host_count(&host, EVENT_ATTEMPT), 1);
    host_clear(&host);
}

static void the_description_names_policy_protocols_and_unknown_exchanges(void **state)
{
    char text[4096];
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host_sa(&host, suite, true, 2, on_demand);
    (void)add_ah(&host, 7);
    ikl_child_heard(host.children[0], 0);
    ikl_child_heard(host.children[1], 0);
    assert_int_equal(ikl_sa_request(host.sa, 240, NULL, 0, NULL, 0, NULL), IKL_OK);
    (void)ikl_sa_describe(host.sa, 0, text, sizeof(text));
    assert_non_null(strstr(text, "on demand, idle"));
    assert_non_null(strstr(text, "AH SPI in 00000007"));
    assert_non_null(strstr(text, "exchange 0, retransmission 0"));
    host_clear(&host);
}

static void a_count_in_the_history_stays_at_its_largest_number(void **state)
{
    uint8_t datagram[HOST_MAX_DATAGRAM];
    struct ikl_event event;
    struct host host;
    size_t len;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host_sa(&host, suite, true, 0, NULL);
    len = peer_seal(&(struct peer_message){.response = true}, suite, datagram);
    for (uint32_t i = 0; i < 65600; i++) {
        assert_int_equal(peer_deliver(&host, datagram, len), IKL_ERR_UNSOLICITED);
    }
    assert_int_equal(ikl_sa_history(host.sa, &event, 1), 1);
    assert_int_equal(event.count, 65535);
    host_clear(&host);
}

static void names_of_what_is_none_of_the_header_are_a_question_mark(void **state)
{
    (void)state;
    assert_string_equal(ikl_sa_state_name((enum ikl_sa_state)99), "?");
    assert_string_equal(ikl_down_reason_name((enum ikl_down_reason)99), "?");
    assert_string_equal(ikl_outcome_name((enum ikl_outcome_kind)99), "?");
    assert_string_equal(ikl_reachability_name((enum ikl_reachability)99), "?");
}

TESTS_OF(corners)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_endpoint_takes_as_many_suites_as_its_providers_have),
        cmocka_unit_test(room_for_a_suite_that_no_provider_has_is_refused),
        cmocka_unit_test(every_allocation_of_an_endpoint_with_everything_may_fail),
        cmocka_unit_test(a_send_batch_that_wants_to_send_more_is_refused),
        cmocka_unit_test(without_randomness_waits_with_jitter_run_in_full),
        cmocka_unit_test(a_pace_above_what_can_be_told_apart_is_a_million_a_second),
        cmocka_unit_test(a_host_that_does_not_ask_about_outages_is_not_told),
        cmocka_unit_test(a_request_that_must_wait_for_its_turn_needs_room_for_its_path_too),
        cmocka_unit_test(the_peers_delete_waits_for_room_to_answer_it),
        cmocka_unit_test(our_delete_of_child_sas_without_room_changes_nothing),
        cmocka_unit_test(child_sas_of_both_protocols_are_deleted_together),
        cmocka_unit_test(a_delete_that_was_queued_ends_with_a_graceful_close),
        cmocka_unit_test(a_replacement_must_name_a_child_sa_of_the_same_ike_sa),
        cmocka_unit_test(without_an_iv_for_its_delete_a_rekeyed_ike_sa_goes_down_without_a_word),
        cmocka_unit_test(a_queued_request_for_which_a_new_path_has_no_room_is_sent_when_there_is),
        cmocka_unit_test(a_request_that_fits_no_message_is_not_queued_either),
        cmocka_unit_test(the_oldest_outstanding_request_is_the_one_that_was_sent_first),
        cmocka_unit_test(two_responses_remembered_for_one_request_are_refused),
        cmocka_unit_test(an_older_time_of_sending_is_ignored),
        cmocka_unit_test(the_description_names_policy_protocols_and_unknown_exchanges),
        cmocka_unit_test(a_count_in_the_history_stays_at_its_largest_number),
        cmocka_unit_test(names_of_what_is_none_of_the_header_are_a_question_mark),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
