/* SPDX-License-Identifier: ISC */
/* The providers that were built and the ciphers they have here. See providers.h. */
#include "providers.h"

#include "test.h"

#if defined(TEST_OPENSSL)
#include <ikelive/openssl.h>
#endif
#if defined(TEST_PSA)
#include <ikelive/psa.h>
#endif
#if defined(TEST_STAND_IN)
#include "stand_in.h"
#endif

const char *const test_suites[TEST_SUITES] = {
    "chacha20poly1305-prfsha256", "aes128gcm16-prfsha256", "aes192gcm16-prfsha256",   "aes256gcm16-prfsha256",
    "aes128gcm12-prfsha256",      "aes192gcm12-prfsha256", "aes256gcm12-prfsha256",   "aes128ccm16-prfsha256",
    "aes192ccm16-prfsha256",      "aes256ccm16-prfsha256", "aes128ccm12-prfsha256",   "aes192ccm12-prfsha256",
    "aes256ccm12-prfsha256",      "aes128ccm8-prfsha256",  "aes192ccm8-prfsha256",    "aes256ccm8-prfsha256",
    "aes128-sha1-prfsha256",      "aes128-sha256",         "aes128-sha384-prfsha256", "aes128-sha512-prfsha256",
    "aes192-sha1-prfsha256",      "aes192-sha256",         "aes192-sha384-prfsha256", "aes192-sha512-prfsha256",
    "aes256-sha1-prfsha256",      "aes256-sha256",         "aes256-sha384-prfsha256", "aes256-sha512-prfsha256",
};

size_t test_providers(const struct ikl_provider *out[TEST_MAX_PROVIDERS])
{
    size_t n = 0;

    (void)out; /* where there is none */
#if defined(TEST_SODIUM)
    out[n++] = &ikl_provider_sodium;
    out[n++] = &ikl_provider_sodium_expanded;
#endif
#if defined(TEST_OPENSSL)
    out[n++] = &ikl_provider_openssl;
#endif
#if defined(TEST_PSA)
    out[n++] = &ikl_provider_psa;
#endif
#if defined(TEST_STAND_IN)
    out[n++] = &stand_in_provider;
#endif
    return n;
}

size_t test_ciphers(struct test_cipher out[TEST_MAX_CIPHERS])
{
    const struct ikl_provider *providers[TEST_MAX_PROVIDERS];
    size_t n_providers = test_providers(providers);
    size_t n = 0;

    for (size_t i = 0; i < n_providers; i++) {
        for (size_t j = 0; j < TEST_SUITES; j++) {
            struct test_cipher found = {.provider = providers[i], .suite = test_suites[j]};
            struct ikl_suite suite;

            assert_int_equal(ikl_suite_parse(&suite, test_suites[j]), IKL_OK);
            if (providers[i]->cipher(&suite, &found.cipher) == IKL_OK) {
                assert_true(n < TEST_MAX_CIPHERS);
                assert_true(found.cipher->state_size <= TEST_MAX_STATE);
                out[n++] = found;
            }
        }
    }
    return n;
}

const struct ikl_cipher *test_find_cipher(const struct ikl_provider *provider, const char *suite)
{
    const struct ikl_cipher *cipher;
    struct ikl_suite parsed;

    assert_int_equal(ikl_suite_parse(&parsed, suite), IKL_OK);
    assert_int_equal(provider->cipher(&parsed, &cipher), IKL_OK);
    return cipher;
}

void test_state_init(const struct ikl_cipher *cipher, void *state, uint8_t seed)
{
    uint8_t encr_key[IKL_MAX_ENCR_KEY], integ_key[IKL_MAX_INTEG_KEY];

    for (size_t i = 0; i < sizeof(encr_key); i++) {
        encr_key[i] = (uint8_t)(seed + i * 3);
    }
    for (size_t i = 0; i < sizeof(integ_key); i++) {
        integ_key[i] = (uint8_t)(seed + 100 + i * 5);
    }
    assert_int_equal(keyed_init(cipher, state, encr_key, integ_key), IKL_OK);
}

void test_state_clear(const struct ikl_cipher *cipher, void *state)
{
    if (cipher->clear != NULL) {
        cipher->clear(state);
    }
}
