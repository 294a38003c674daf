/* SPDX-License-Identifier: ISC */
/* IKE SAs whose algorithms come from libcrypto, alone and beside libsodium. */
#include "support/host.h"
#include "support/providers.h"
#include "support/test.h"

#include "crypto/sodium_cipher.h"

#include <ikelive/openssl.h>

enum { IV_AT = 32 };

static void libcrypto_alone(struct ikl_endpoint_config *config)
{
    static const struct ikl_provider *const providers[] = {&ikl_provider_openssl};

    config->providers = providers;
    config->n_providers = COUNT_OF(providers);
}

static void both(struct ikl_endpoint_config *config)
{
    static const struct ikl_provider *const providers[] = {&ikl_provider_sodium, &ikl_provider_openssl};

    config->providers = providers;
    config->n_providers = COUNT_OF(providers);
}

/* One end with libsodium, the other with libcrypto. */
static void the_providers_understand_each_other(void **state)
{
    static const char *const shared[] = {"chacha20poly1305-prfsha256", "aes256gcm16-prfsha512"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(shared); i++) {
        const struct ikl_cipher *cipher;
        struct ikl_suite suite;
        struct pair pair;

        assert_int_equal(ikl_suite_parse(&suite, shared[i]), IKL_OK);
        if (ikl_provider_sodium.cipher(&suite, &cipher) != IKL_OK) {
            continue; /* libsodium has no AES-GCM here */
        }
        memset(&pair, 0, sizeof(pair));
        host_init(&pair.a, "a", 0, NULL);
        host_init(&pair.b, "b", 0, libcrypto_alone);
        host_sa(&pair.a, shared[i], true, 0, NULL);
        host_sa(&pair.b, shared[i], false, 0, NULL);
        pair_run(&pair, 60000, 0);
        assert_true(host_count(&pair.a, EVENT_ALIVE) + host_count(&pair.b, EVENT_ALIVE) >= 10);
        assert_int_equal(host_counters(&pair.a).forged + host_counters(&pair.b).forged, 0);
        pair_clear(&pair);
    }
}

/* The test host's random source counts, so what came from it can be told. */
static void rfc_25_the_iv_of_aes_cbc_is_fresh_and_from_the_random_source(void **state)
{
    uint8_t last = 0;
    struct pair pair;
    size_t n;

    (void)state;
    pair_init(&pair, "aes256-sha256", 0, libcrypto_alone, NULL);
    pair_run(&pair, 60000, 0);
    n = host_count(&pair.a, EVENT_SENT);
    assert_true(n >= 5);
    for (size_t i = 0; i < n; i++) {
        const uint8_t *iv = host_event(&pair.a, EVENT_SENT, i)->datagram + IV_AT;

        for (size_t j = 1; j < 16; j++) {
            assert_int_equal(iv[j], (uint8_t)(iv[j - 1] + 1));
        }
        assert_true(i == 0 || iv[0] == (uint8_t)(last + 1));
        last = iv[15];
    }
    pair_clear(&pair);
}

/* Providers that say which of two was used to seal: copies of a real provider's ciphers that count. */
static struct {
    const struct ikl_provider *from;
    bool without_aes; /* as libsodium is on a processor that lacks it */
    struct ikl_cipher copy;
    int (*seal)(const void *state, uint8_t *message, size_t aad_len, size_t text_len);
    size_t sealed;
} watched[2];

static int watched_seal(size_t which, const void *state, uint8_t *message, size_t aad_len, size_t text_len)
{
    watched[which].sealed++;
    return watched[which].seal(state, message, aad_len, text_len);
}

static int seal_first(const void *state, uint8_t *message, size_t aad_len, size_t text_len)
{
    return watched_seal(0, state, message, aad_len, text_len);
}

static int seal_second(const void *state, uint8_t *message, size_t aad_len, size_t text_len)
{
    return watched_seal(1, state, message, aad_len, text_len);
}

static int watched_find(size_t which, const struct ikl_suite *suite, const struct ikl_cipher **out)
{
    const struct ikl_cipher *found;
    int result = watched[which].without_aes ? ikl_sodium_cipher(suite, false, &found)
                                            : watched[which].from->cipher(suite, &found);

    if (result == IKL_OK) {
        watched[which].copy = *found;
        watched[which].seal = found->seal;
        watched[which].copy.seal = which == 0 ? seal_first : seal_second;
        *out = &watched[which].copy;
    }
    return result;
}

static int find_first(const struct ikl_suite *suite, const struct ikl_cipher **out)
{
    return watched_find(0, suite, out);
}

static int find_second(const struct ikl_suite *suite, const struct ikl_cipher **out)
{
    return watched_find(1, suite, out);
}

static void watched_both(struct ikl_endpoint_config *config)
{
    static const struct ikl_provider first = {.size = sizeof(first), .name = "first", .cipher = find_first};
    static const struct ikl_provider second = {.size = sizeof(second), .name = "second", .cipher = find_second};
    static const struct ikl_provider *const providers[] = {&first, &second};

    config->providers = providers;
    config->n_providers = COUNT_OF(providers);
}

static void the_first_provider_that_has_a_suite_wins(void **state)
{
    static const struct {
        const char *suite;
        bool openssl_first, without_aes;
        size_t winner;
    } cases[] = {
        {"chacha20poly1305-prfsha256", false, false, 0},
        {"chacha20poly1305-prfsha256", true, false, 0},
        {"aes256-sha256", false, false, 1},
        {"aes256-sha256", true, false, 0},
        {"aes128gcm16-prfsha256", false, false, 1},
        {"aes256gcm16-prfsha256", true, false, 0},
        {"aes256gcm16-prfsha256", false, true, 1},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        size_t sodium = cases[i].openssl_first ? 1 : 0;
        struct host host;

        memset(watched, 0, sizeof(watched));
        watched[sodium].from = &ikl_provider_sodium;
        watched[sodium].without_aes = cases[i].without_aes;
        watched[1 - sodium].from = &ikl_provider_openssl;
        host_init(&host, "a", 0, watched_both);
        host_sa(&host, cases[i].suite, true, 0, NULL);
        host_advance(&host, 5000);
        assert_int_equal(host_count(&host, EVENT_SENT), 1);
        assert_int_equal(watched[cases[i].winner].sealed, 1);
        assert_int_equal(watched[1 - cases[i].winner].sealed, 0);
        host_clear(&host);
    }
}

static void suites_of_both_providers_live_in_one_endpoint(void **state)
{
    struct ikl_sa *sas[TEST_SUITES];
    struct host host;

    (void)state;
    host_init(&host, "a", 0, both);
    for (size_t i = 0; i < TEST_SUITES; i++) {
        struct ikl_sa_config config;
        struct ikl_keys keys;

        test_sa_config(&config, &keys, test_suites[i], true, (uint32_t)i);
        assert_int_equal(ikl_sa_new(&sas[i], host.endpoint, &config, 0), IKL_OK);
    }
    host_advance(&host, 5000);
    assert_int_equal(host_count(&host, EVENT_SENT), TEST_SUITES);
    for (size_t i = 0; i < TEST_SUITES; i += 2) {
        ikl_sa_free(sas[i]);
    }
    host_advance(&host, 6000);
    assert_int_equal(host_count(&host, EVENT_SENT), TEST_SUITES + TEST_SUITES / 2);
    host_clear(&host);
}

TESTS_OF(openssl)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_providers_understand_each_other),
        cmocka_unit_test(rfc_25_the_iv_of_aes_cbc_is_fresh_and_from_the_random_source),
        cmocka_unit_test(the_first_provider_that_has_a_suite_wins),
        cmocka_unit_test(suites_of_both_providers_live_in_one_endpoint),
    };

    return ikl_init() == IKL_OK ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
