/* SPDX-License-Identifier: ISC */
/* The providers that were built and the ciphers they have here, for tests that concern every one of them. */
#ifndef TEST_PROVIDERS_H
#define TEST_PROVIDERS_H

#include "keyed.h"

#include <ikelive/crypto.h>

enum { TEST_SUITES = 28, TEST_MAX_PROVIDERS = 4, TEST_MAX_CIPHERS = 4 + 2 * TEST_SUITES, TEST_MAX_STATE = 1024 };

/* One for each cipher that any provider has, with PRF_HMAC_SHA2_256. */
extern const char *const test_suites[TEST_SUITES];

/* The one to take where it does not matter which: libsodium's, or another's in a build without libsodium. */
extern const struct ikl_provider *const test_provider;

struct test_cipher {
    const struct ikl_provider *provider;
    const char *suite; /* of those above */
    const struct ikl_cipher *cipher;
};

/* Key state, aligned for every cipher. */
struct test_state {
    _Alignas(8) uint8_t octets[TEST_MAX_STATE];
};

/* Fills `out` and returns how many there are. test_provider comes first, and the first cipher is ChaCha20-Poly1305. */
size_t test_providers(const struct ikl_provider *out[TEST_MAX_PROVIDERS]);
size_t test_ciphers(struct test_cipher out[TEST_MAX_CIPHERS]);

/* The cipher of a suite by name, which the provider must have. */
const struct ikl_cipher *test_find_cipher(const struct ikl_provider *provider, const char *suite);

/* Makes key state from keys that are different for every seed. */
void test_state_init(const struct ikl_cipher *cipher, void *state, uint8_t seed);
void test_state_clear(const struct ikl_cipher *cipher, void *state);

#endif
