/* SPDX-License-Identifier: ISC */
/* Any one call of a provider to its library of algorithms may fail, or MACs may come out wrong where a context starts
 * again: the provider says so, or does without. */
#if defined(MUTATION)
#define _GNU_SOURCE
#include <dlfcn.h>
#endif

#include "support/test.h"

#include "support/providers.h"

#if defined(TEST_SODIUM)
#include <sodium.h>
#endif
#if defined(TEST_OPENSSL)
#include <openssl/err.h>
#include <openssl/evp.h>
#endif
#if defined(TEST_PSA)
#include <psa/crypto.h>
#endif

enum { AAD = 32, TEXT = 48, MESSAGE = AAD + IKL_MAX_IV + TEXT + IKL_MAX_ICV, KEY = 40 };

static struct {
    size_t calls;
    size_t fails_at; /* 0: none fails */
    bool inside;
    const void *operation; /* that has begun; null: none */
} library;

static bool fails(void)
{
    return ++library.calls == library.fails_at;
}

/* Makes the call of this number fail, of those from now on. */
static void fail_at(size_t call)
{
    library.calls = 0;
    library.fails_at = call;
}

/* Whether the call that was to fail was made. All succeed from now on. */
static bool has_failed(void)
{
    bool has = library.calls >= library.fails_at;

    library.fails_at = 0;
    return has;
}

#if defined(MUTATION)
/* All of lib/ is one shared library then, which finds the functions of this program before those that it calls. */
#define REAL(name, type, parameters)                                                                                   \
    type(*real) parameters;                                                                                            \
                                                                                                                       \
    *(void **)&real = dlsym(RTLD_NEXT, #name)
#define WRAPPER(name, type, parameters) type name parameters
#else
#define REAL(name, type, parameters) type(*real) parameters = __real_##name
#define WRAPPER(name, type, parameters)                                                                                \
    type __real_##name parameters;                                                                                     \
    type __wrap_##name parameters;                                                                                     \
    type __wrap_##name parameters
#endif

/* What a library calls of itself is not counted. */
#define CALL(name, type, parameters, arguments, before, after)                                                         \
    WRAPPER(name, type, parameters)                                                                                    \
    {                                                                                                                  \
        REAL(name, type, parameters);                                                                                  \
        type result;                                                                                                   \
                                                                                                                       \
        if (library.inside) {                                                                                          \
            return real arguments;                                                                                     \
        }                                                                                                              \
        before;                                                                                                        \
        library.inside = true;                                                                                         \
        result = real arguments;                                                                                       \
        library.inside = false;                                                                                        \
        after;                                                                                                         \
        return result;                                                                                                 \
    }
#define MAY_FAIL(failure)                                                                                              \
    if (fails()) {                                                                                                     \
        return failure;                                                                                                \
    }
#define WRAPPED(name, type, failure, parameters, arguments)                                                            \
    CALL(name, type, parameters, arguments, MAY_FAIL(failure), (void)0)
#define BEGINS(name, type, failure, parameters, arguments)                                                             \
    CALL(name, type, parameters, arguments, MAY_FAIL(failure), library.operation = operation)
#define ABORTS(name, type, parameters, arguments)                                                                      \
    CALL(name, type, parameters, arguments, (void)0, library.operation = NULL)
#include "support/library_calls.h"

static void check_nothing_is_left(void)
{
    assert_null(library.operation);
#if defined(TEST_OPENSSL)
    assert_true(ERR_peek_error() == 0);
#endif
}

static void fill_message(uint8_t *message)
{
    for (size_t i = 0; i < MESSAGE; i++) {
        message[i] = (uint8_t)(i * 7 + 3);
    }
}

/* A message that was sealed without a failure. */
static void seal_well(const struct ikl_cipher *cipher, uint8_t *message)
{
    struct test_state key_state;

    fill_message(message);
    test_state_init(cipher, &key_state, 1);
    assert_int_equal(cipher->seal(&key_state, message, AAD, TEXT), IKL_OK);
    test_state_clear(cipher, &key_state);
}

static size_t sealed_len(const struct ikl_cipher *cipher)
{
    return (size_t)AAD + cipher->iv_len + TEXT + cipher->icv_len;
}

static int init(const struct ikl_cipher *cipher, struct test_state *key_state, const uint8_t *keys)
{
    memset(key_state, 0xee, sizeof(*key_state)); /* what was there before does not matter */
    return keyed_init(cipher, key_state, keys, keys + IKL_MAX_ENCR_KEY);
}

static bool holds(const struct test_state *key_state, const uint8_t *key)
{
    enum { LEN = 16 }; /* of the shortest key */
    bool found = false;

    for (size_t at = 0; at + LEN <= sizeof(key_state->octets); at++) {
        found = found || memcmp(key_state->octets + at, key, LEN) == 0;
    }
    return found;
}

/* Makes key state in spite of failures; what comes out seals as it should. After an error no key is left. */
static void check_init(const struct ikl_cipher *cipher)
{
    uint8_t keys[IKL_MAX_ENCR_KEY + IKL_MAX_INTEG_KEY];
    uint8_t wanted[MESSAGE], message[MESSAGE], plaintext[TEXT];
    struct test_state key_state;
    size_t failing = 0;
    bool failed;
    int result;

    for (size_t i = 0; i < sizeof(keys); i++) {
        keys[i] = (uint8_t)(i * 13 + 7);
    }
    assert_int_equal(init(cipher, &key_state, keys), IKL_OK);
    fill_message(wanted);
    assert_int_equal(cipher->seal(&key_state, wanted, AAD, TEXT), IKL_OK);
    test_state_clear(cipher, &key_state);
    do {
        fail_at(++failing);
        result = init(cipher, &key_state, keys);
        failed = has_failed();
        if (result == IKL_OK) {
            for (size_t i = 0; i < 2; i++) {
                fill_message(message);
                assert_int_equal(cipher->seal(&key_state, message, AAD, TEXT), IKL_OK);
                assert_memory_equal(message, wanted, sealed_len(cipher));
            }
            assert_int_equal(cipher->open(&key_state, message, AAD, TEXT, plaintext), IKL_OK);
            test_state_clear(cipher, &key_state);
        } else {
            assert_int_equal(result, IKL_ERR_CRYPTO);
            assert_true(failed);
            assert_false(holds(&key_state, keys) || holds(&key_state, keys + IKL_MAX_ENCR_KEY));
        }
        check_nothing_is_left();
    } while (failed);
}

static void a_key_state_is_made_whole_or_not_at_all(void **state)
{
    struct test_cipher ciphers[TEST_MAX_CIPHERS];
    size_t n = test_ciphers(ciphers);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        check_init(ciphers[i].cipher);
    }
}

static void a_message_is_sealed_well_or_not_at_all(void **state)
{
    struct test_cipher ciphers[TEST_MAX_CIPHERS];
    size_t n = test_ciphers(ciphers);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        const struct ikl_cipher *cipher = ciphers[i].cipher;
        uint8_t wanted[MESSAGE], message[MESSAGE];
        struct test_state key_state;
        size_t failing = 0;
        int result;

        seal_well(cipher, wanted);
        test_state_init(cipher, &key_state, 1);
        do {
            fill_message(message);
            fail_at(++failing);
            result = cipher->seal(&key_state, message, AAD, TEXT);
            assert_int_equal(result, has_failed() ? IKL_ERR_CRYPTO : IKL_OK);
            check_nothing_is_left();
        } while (result != IKL_OK);
        assert_memory_equal(message, wanted, sealed_len(cipher));
        assert_true(failing > 1);
        test_state_clear(cipher, &key_state);
    }
}

static void a_message_is_opened_or_nothing_of_it_is_there(void **state)
{
    static const uint8_t nothing[TEXT];
    struct test_cipher ciphers[TEST_MAX_CIPHERS];
    size_t n = test_ciphers(ciphers);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        const struct ikl_cipher *cipher = ciphers[i].cipher;
        uint8_t message[MESSAGE], plain[MESSAGE], plaintext[TEXT];
        struct test_state key_state;
        size_t failing = 0;
        int result;

        fill_message(plain);
        seal_well(cipher, message);
        test_state_init(cipher, &key_state, 1);
        do {
            memset(plaintext, 0, sizeof(plaintext)); /* which a call that fails may write to */
            fail_at(++failing);
            result = cipher->open(&key_state, message, AAD, TEXT, plaintext);
            if (has_failed()) { /* of an AEAD the library may say no more than that */
                assert_true(result == IKL_ERR_CRYPTO || (result == IKL_ERR_FORGED && cipher->integ_key_len == 0));
                assert_memory_equal(plaintext, nothing, sizeof(plaintext));
            }
            check_nothing_is_left();
        } while (result != IKL_OK);
        assert_memory_equal(plaintext, plain + AAD + cipher->iv_len, sizeof(plaintext));
        assert_true(failing > 1);
        test_state_clear(cipher, &key_state);
    }
}

/* Three parts, one of them empty. */
static const struct ikl_octets parts[] = {
    {(const uint8_t *)"abc", 3}, {(const uint8_t *)"", 0}, {(const uint8_t *)"defg", 4}};

/* Keys of 16 octets, of which CMAC has one at once, and longer. */
static void check_prf(const struct ikl_prf *prf, size_t key_len)
{
    static const uint8_t key[KEY] = {7, 8, 9};
    uint8_t wanted[IKL_MAX_PRF], out[IKL_MAX_PRF];
    size_t failing = 0;
    int result;

    assert_int_equal(keyed_prf(prf, key, key_len, parts, COUNT_OF(parts), wanted), IKL_OK);
    do {
        fail_at(++failing);
        result = keyed_prf(prf, key, key_len, parts, COUNT_OF(parts), out);
        assert_int_equal(result, has_failed() ? IKL_ERR_CRYPTO : IKL_OK);
        check_nothing_is_left();
    } while (result != IKL_OK);
    assert_memory_equal(out, wanted, prf->len);
}

static void check_prfs(const struct ikl_provider *provider)
{
    static const uint16_t ids[] = {IKL_PRF_HMAC_SHA1, IKL_PRF_HMAC_SHA2_256, IKL_PRF_HMAC_SHA2_384,
                                   IKL_PRF_HMAC_SHA2_512, IKL_PRF_AES128_CMAC};

    for (size_t i = 0; i < COUNT_OF(ids); i++) {
        const struct ikl_prf *prf;

        if (provider->prf(ids[i], &prf) == IKL_OK) {
            check_prf(prf, 16);
            check_prf(prf, KEY);
        }
    }
}

static void a_prf_is_computed_or_there_is_an_error(void **state)
{
    const struct ikl_provider *providers[TEST_MAX_PROVIDERS];
    size_t n = test_providers(providers);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        check_prfs(providers[i]);
    }
}

static void sha1_is_computed_or_there_is_an_error(void **state)
{
    static const uint8_t wanted[] = {0x2f, 0xb5, 0xe1, 0x34, 0x19, 0xfc, 0x89, 0x24, 0x68, 0x65,
                                     0xe7, 0xa3, 0x24, 0xf4, 0x76, 0xec, 0x62, 0x4e, 0x87, 0x40};
    const struct ikl_provider *providers[TEST_MAX_PROVIDERS];
    size_t n = test_providers(providers);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        uint8_t out[sizeof(wanted)];
        size_t failing = 0;
        int result;

        if (providers[i]->sha1 == NULL) {
            continue;
        }
        do {
            fail_at(++failing);
            result = providers[i]->sha1(parts, COUNT_OF(parts), out);
            assert_int_equal(result, has_failed() ? IKL_ERR_CRYPTO : IKL_OK);
            check_nothing_is_left();
        } while (result != IKL_OK);
        assert_memory_equal(out, wanted, sizeof(wanted));
    }
}

static void check_suites(const struct ikl_provider *provider)
{
    for (size_t i = 0; i < TEST_SUITES; i++) {
        const struct ikl_cipher *cipher;
        struct ikl_suite suite;
        size_t failing = 0;
        int result;

        assert_int_equal(ikl_suite_parse(&suite, test_suites[i]), IKL_OK);
        if (provider->cipher(&suite, &cipher) != IKL_OK) {
            continue;
        }
        do {
            fail_at(++failing);
            result = provider->cipher(&suite, &cipher);
            assert_int_equal(result, has_failed() ? IKL_ERR_UNSUPPORTED : IKL_OK);
            check_nothing_is_left();
        } while (result != IKL_OK);
    }
}

static void a_suite_whose_parts_are_not_there_is_unsupported(void **state)
{
    const struct ikl_provider *providers[TEST_MAX_PROVIDERS];
    size_t n = test_providers(providers);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        check_suites(providers[i]);
    }
}

static void a_prf_whose_parts_are_not_there_is_unsupported(void **state)
{
    static const uint16_t ids[] = {IKL_PRF_HMAC_SHA2_256, IKL_PRF_AES128_CMAC};
    const struct ikl_provider *providers[TEST_MAX_PROVIDERS];
    size_t n = test_providers(providers);

    (void)state;
    for (size_t i = 0; i < n * COUNT_OF(ids); i++) {
        const struct ikl_provider *provider = providers[i / COUNT_OF(ids)];
        uint16_t id = ids[i % COUNT_OF(ids)];
        const struct ikl_prf *prf;
        size_t failing = 0;
        int result;

        if (provider->prf(id, &prf) != IKL_OK) {
            continue;
        }
        do {
            fail_at(++failing);
            result = provider->prf(id, &prf);
            assert_int_equal(result, has_failed() ? IKL_ERR_UNSUPPORTED : IKL_OK);
            check_nothing_is_left();
        } while (result != IKL_OK);
    }
}

TESTS_OF(crypto_failing)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_state_is_made_whole_or_not_at_all),
        cmocka_unit_test(a_message_is_sealed_well_or_not_at_all),
        cmocka_unit_test(a_message_is_opened_or_nothing_of_it_is_there),
        cmocka_unit_test(a_prf_is_computed_or_there_is_an_error),
        cmocka_unit_test(sha1_is_computed_or_there_is_an_error),
        cmocka_unit_test(a_suite_whose_parts_are_not_there_is_unsupported),
        cmocka_unit_test(a_prf_whose_parts_are_not_there_is_unsupported),
    };

    return ikl_init() == IKL_OK ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
