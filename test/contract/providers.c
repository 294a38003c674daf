/* SPDX-License-Identifier: ISC */
/* IKE SAs whose algorithms come from one provider alone, with every suite that it has. */
#include "support/providers.h"
#include "support/host.h"
#include "support/narrow.h"
#include "support/syncing.h"
#include "support/test.h"

enum { NEXT_PAYLOAD = 16 };

static const struct ikl_provider *alone;

static void it_alone(struct ikl_endpoint_config *config)
{
    config->providers = &alone;
    config->n_providers = 1;
}

static void idle_ike_sas_check_each_other_with_every_suite(void **state)
{
    struct test_cipher ciphers[TEST_MAX_CIPHERS];
    size_t n = test_ciphers(ciphers);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        struct pair pair;

        alone = ciphers[i].provider;
        pair_init(&pair, ciphers[i].suite, 1, it_alone, NULL);
        pair_run(&pair, 60000, 0);
        assert_true(host_count(&pair.a, EVENT_ALIVE) + host_count(&pair.b, EVENT_ALIVE) >= 10);
        assert_int_equal(host_count(&pair.a, EVENT_DOWN) + host_count(&pair.b, EVENT_DOWN), 0);
        assert_int_equal(host_counters(&pair.a).forged + host_counters(&pair.b).forged, 0);
        assert_int_equal(host_counters(&pair.a).retransmissions + host_counters(&pair.b).retransmissions, 0);
        pair_clear(&pair);
    }
}

static void a_retransmission_is_bit_identical_with_every_suite(void **state)
{
    struct test_cipher ciphers[TEST_MAX_CIPHERS];
    size_t n = test_ciphers(ciphers);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        const struct event *first;
        struct pair pair;

        alone = ciphers[i].provider;
        pair_init(&pair, ciphers[i].suite, 1, it_alone, NULL);
        pair.cut = true;
        pair_run(&pair, 400000, 0);
        first = host_event(&pair.a, EVENT_SENT, 0);
        assert_int_equal(host_count(&pair.a, EVENT_SENT), 10);
        for (size_t j = 1; j < 10; j++) {
            const struct event *again = host_event(&pair.a, EVENT_SENT, j);

            assert_int_equal(again->len, first->len);
            assert_memory_equal(again->datagram, first->datagram, first->len);
        }
        assert_int_equal(host_count(&pair.a, EVENT_DOWN), 1);
        pair_clear(&pair);
    }
}

/* More than an implementation may have places for keys. */
static void any_number_of_ike_sas_has_keys_at_once(void **state)
{
    enum { MANY = 200 };
    const struct ikl_provider *providers[TEST_MAX_PROVIDERS];
    size_t n_providers = test_providers(providers);

    (void)state;
    for (size_t i = 0; i < n_providers; i++) {
        struct host host;

        alone = providers[i];
        host_init(&host, "a", 0, it_alone);
        for (uint32_t j = 0; j < MANY; j++) {
            struct ikl_sa_config config;
            struct ikl_keys keys;
            struct ikl_sa *sa;

            test_sa_config(&config, &keys, "chacha20poly1305-prfsha256", true, j);
            assert_int_equal(ikl_sa_new(&sa, host.endpoint, &config, 0), IKL_OK);
        }
        host_advance(&host, 5000);
        assert_int_equal(host_count(&host, EVENT_SENT), MANY);
        host_clear(&host);
    }
}

static void with_fragments(struct ikl_sa_config *config)
{
    syncing_after_auth(config);
    with_fragmentation(config);
}

/* RFC 7383 §3: with any cipher the longest one fits a path that is said to take one octet. */
static void no_synchronisation_is_ever_fragmented(void **state)
{
    static const struct ikl_sync_options longest = {.size = sizeof(longest),
                                                    .replay = {.delta = UINT64_MAX, .extended = true}};
    struct test_cipher ciphers[TEST_MAX_CIPHERS];
    size_t n = test_ciphers(ciphers);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        struct host host;

        alone = ciphers[i].provider;
        host_init(&host, "a", 0, it_alone);
        host_sa(&host, ciphers[i].suite, true, 2, with_fragments);
        syncing_agree(host.sa);
        narrow_move(&host, 1);
        assert_int_equal(syncing_start(&host, &longest), IKL_OK);
        assert_int_equal(host_event(&host, EVENT_SENT, 0)->datagram[NEXT_PAYLOAD], IKL_PAYLOAD_SK);
        narrow_move(&host, 1);
        assert_int_equal(host_count(&host, EVENT_SENT), 2);
        syncing_assert_sent_again(&host, 0);
        host_clear(&host);
    }
}

TESTS_OF(providers)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(idle_ike_sas_check_each_other_with_every_suite),
        cmocka_unit_test(a_retransmission_is_bit_identical_with_every_suite),
        cmocka_unit_test(no_synchronisation_is_ever_fragmented),
        cmocka_unit_test(any_number_of_ike_sas_has_keys_at_once),
    };

    return ikl_init() == IKL_OK ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
