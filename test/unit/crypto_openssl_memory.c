/* SPDX-License-Identifier: ISC */
/* What the provider of libcrypto takes from libcrypto's allocator: measured, given back, wiped, and missed. */
#include "support/test.h"

#include "support/host.h"
#include "support/providers.h"

#include <ikelive/openssl.h>

#include <openssl/crypto.h>
#include <openssl/err.h>

#include <stdio.h>

enum { VERSION_3_0_22 = 0x30000160 };

enum { AAD = 32, TEXT = 48, MESSAGE = AAD + IKL_MAX_IV + TEXT + IKL_MAX_ICV, MAX_KEY = 64 };

/* Before each piece of memory; as large as the strictest alignment. */
union header {
    size_t size;
    max_align_t aligned;
};

static struct {
    size_t allocations, octets; /* since the last reset */
    size_t outstanding;         /* octets */
    size_t fail_at;             /* allocations until one fails, and all after it; 0: none */
    const uint8_t *secret;      /* must not be in memory that is given back; null: nothing is looked for */
    size_t secret_len;
    size_t leaked;
} memory;

static void reset_counts(void)
{
    memory.allocations = 0;
    memory.octets = 0;
}

static void *allocate(size_t size, const char *file, int line)
{
    union header *header;

    (void)file;
    (void)line;
    memory.allocations++;
    memory.octets += size;
    if (memory.fail_at != 0 && memory.allocations >= memory.fail_at) {
        return NULL;
    }
    header = malloc(sizeof(*header) + size);
    if (header == NULL) {
        return NULL;
    }
    header->size = size;
    memory.outstanding += size;
    return header + 1;
}

static void release(void *piece, const char *file, int line)
{
    union header *header;

    (void)file;
    (void)line;
    if (piece == NULL) {
        return;
    }
    header = (union header *)piece - 1;
    for (size_t i = 0; memory.secret != NULL && i + memory.secret_len <= header->size; i++) {
        memory.leaked += memcmp((const uint8_t *)piece + i, memory.secret, memory.secret_len) == 0;
    }
    memory.outstanding -= header->size;
    free(header);
}

static void *reallocate(void *piece, size_t size, const char *file, int line)
{
    void *grown = size != 0 ? allocate(size, file, line) : NULL;

    if (piece != NULL && grown != NULL) {
        size_t old_size = ((union header *)piece - 1)->size;

        memcpy(grown, piece, old_size < size ? old_size : size);
    }
    if (grown != NULL || size == 0) {
        release(piece, file, line);
    }
    return grown;
}

/* The ciphers of this provider, with everything in place that libcrypto makes once. */
static size_t find_ciphers(struct test_cipher out[TEST_MAX_CIPHERS])
{
    struct test_cipher all[TEST_MAX_CIPHERS];
    size_t n_all = test_ciphers(all);
    size_t n = 0;

    for (size_t i = 0; i < n_all; i++) {
        if (all[i].provider == &ikl_provider_openssl) {
            struct test_state key_state;

            test_state_init(all[i].cipher, &key_state, 1);
            test_state_clear(all[i].cipher, &key_state);
            out[n++] = all[i];
        }
    }
    ERR_clear_error();
    assert_int_equal(n, TEST_SUITES);
    return n;
}

static bool is_aead(const struct ikl_cipher *cipher)
{
    return cipher->integ_key_len == 0;
}

static bool is_ccm(const struct test_cipher *of)
{
    return strstr(of->suite, "ccm") != NULL;
}

static void seal(const struct ikl_cipher *cipher, const void *key_state, uint8_t *message)
{
    for (size_t i = 0; i < MESSAGE; i++) {
        message[i] = (uint8_t)(i * 7 + 3);
    }
    assert_int_equal(cipher->seal(key_state, message, AAD, TEXT), IKL_OK);
}

/* What the calls since reset_counts allocated, and that nothing of it is left. */
static void check_message(const struct test_cipher *of, const char *what, size_t outstanding)
{
    printf("%-26s %-7s %zu allocations, %zu octets\n", of->suite, what, memory.allocations, memory.octets);
    assert_int_equal(memory.outstanding, outstanding);
    if (is_ccm(of) && strcmp(what, "forged") == 0) {
        assert_true(memory.octets <= 256); /* for an error that is gone again */
    } else if (is_aead(of->cipher)) {
        assert_int_equal(memory.allocations, 0);
    } else if (OpenSSL_version_num() >= VERSION_3_0_22) {
        assert_true(memory.allocations <= 2);
        assert_true(memory.octets <= (of->cipher->integ_key_len <= 32 ? 224u : 432u));
    } else {
        assert_true(memory.allocations <= 5);
        assert_true(memory.octets <= 1024);
    }
}

static void a_message_allocates_nothing_with_an_aead_and_little_with_aes_cbc(void **state)
{
    struct test_cipher ciphers[TEST_MAX_CIPHERS];
    size_t n = find_ciphers(ciphers);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        const struct ikl_cipher *cipher = ciphers[i].cipher;
        uint8_t message[MESSAGE], plaintext[TEXT];
        struct test_state key_state;
        size_t outstanding;

        test_state_init(cipher, &key_state, 1);
        outstanding = memory.outstanding;
        reset_counts();
        seal(cipher, &key_state, message);
        check_message(&ciphers[i], "sealed", outstanding);
        reset_counts();
        assert_int_equal(cipher->open(&key_state, message, AAD, TEXT, plaintext), IKL_OK);
        check_message(&ciphers[i], "opened", outstanding);
        message[3] ^= 1;
        reset_counts();
        assert_int_equal(cipher->open(&key_state, message, AAD, TEXT, plaintext), IKL_ERR_FORGED);
        check_message(&ciphers[i], "forged", outstanding);
        test_state_clear(cipher, &key_state);
    }
}

static void a_key_state_keeps_what_the_header_says_and_clear_gives_all_of_it_back(void **state)
{
    struct test_cipher ciphers[TEST_MAX_CIPHERS];
    size_t n = find_ciphers(ciphers);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        size_t before = memory.outstanding;
        struct test_state key_state;
        size_t kept;

        test_state_init(ciphers[i].cipher, &key_state, 1);
        kept = memory.outstanding - before;
        printf("%-26s keeps   %zu octets\n", ciphers[i].suite, kept);
        assert_true(kept > 0 && kept <= (is_aead(ciphers[i].cipher) ? 2048u : 3072u));
        test_state_clear(ciphers[i].cipher, &key_state);
        assert_int_equal(memory.outstanding, before);
    }
}

static void prfs_and_sha1_give_back_what_they_allocate(void **state)
{
    static const uint16_t ids[] = {IKL_PRF_HMAC_SHA1, IKL_PRF_HMAC_SHA2_256, IKL_PRF_HMAC_SHA2_384,
                                   IKL_PRF_HMAC_SHA2_512, IKL_PRF_AES128_CMAC};
    const struct ikl_octets octets = {(const uint8_t *)"abc", 3};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(ids); i++) {
        const struct ikl_prf *prf;
        uint8_t out[IKL_MAX_PRF];
        size_t before;

        assert_int_equal(ikl_provider_openssl.prf(ids[i], &prf), IKL_OK);
        for (size_t j = 0; j < 2; j++) { /* the first time is libcrypto's own to remember */
            before = memory.outstanding;
            assert_int_equal(keyed_prf(prf, octets.data, octets.len, &octets, 1, out), IKL_OK);
            assert_int_equal(ikl_provider_openssl.sha1(&octets, 1, out), IKL_OK);
        }
        assert_int_equal(memory.outstanding, before);
    }
}

/* Makes key state, seals and opens with `key` as one of both keys, and looks for it, or for what HMAC makes of it, in
 * all that is given back. */
static void look_for_key(const struct ikl_cipher *cipher, bool integ, uint8_t mask)
{
    uint8_t keys[2][IKL_MAX_ENCR_KEY], secret[MAX_KEY], message[MESSAGE], plaintext[TEXT];
    struct test_state key_state, zeros;

    memset(&zeros, 0, sizeof(zeros));
    for (size_t i = 0; i < sizeof(keys[0]); i++) {
        keys[0][i] = (uint8_t)(i * 13 + 7);
        keys[1][i] = (uint8_t)(i * 17 + 9);
    }
    memory.secret_len = integ ? cipher->integ_key_len : 16;
    for (size_t i = 0; i < memory.secret_len; i++) {
        secret[i] = keys[integ ? 1 : 0][i] ^ mask;
    }
    memory.leaked = 0;
    memory.secret = secret;
    memset(&key_state, 0, sizeof(key_state));
    assert_int_equal(keyed_init(cipher, &key_state, keys[0], keys[1]), IKL_OK);
    seal(cipher, &key_state, message);
    assert_int_equal(cipher->open(&key_state, message, AAD, TEXT, plaintext), IKL_OK);
    cipher->clear(&key_state);
    memory.secret = NULL;
    assert_int_equal(memory.leaked, 0);
    assert_memory_equal(&key_state, &zeros, cipher->state_size);
}

static void no_key_is_left_in_memory_that_is_given_back_nor_in_the_state(void **state)
{
    static const uint8_t masks[] = {0, 0x36, 0x5c}; /* the key itself, and HMAC's inner and outer pad */
    struct test_cipher ciphers[TEST_MAX_CIPHERS];
    size_t n = find_ciphers(ciphers);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        look_for_key(ciphers[i].cipher, false, 0);
        for (size_t j = 0; j < COUNT_OF(masks) && !is_aead(ciphers[i].cipher); j++) {
            look_for_key(ciphers[i].cipher, true, masks[j]);
        }
    }
}

static void a_key_in_memory_that_is_given_back_would_be_found(void **state)
{
    static const uint8_t secret[] = "not wiped";
    char *piece = OPENSSL_malloc(100);

    (void)state;
    assert_non_null(piece);
    memcpy(piece + 91, secret, 9);
    memory.leaked = 0;
    memory.secret = secret;
    memory.secret_len = 9;
    OPENSSL_free(piece);
    memory.secret = NULL;
    assert_int_equal(memory.leaked, 1);
}

static void without_memory_there_is_an_error_and_nothing_is_kept(void **state)
{
    struct test_cipher ciphers[TEST_MAX_CIPHERS];
    size_t n = find_ciphers(ciphers);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        const struct ikl_cipher *cipher = ciphers[i].cipher;
        const uint8_t key[IKL_MAX_ENCR_KEY] = {0};
        size_t before = memory.outstanding;
        struct test_state key_state;
        size_t failures = 0;
        int answer;

        do {
            reset_counts();
            memory.fail_at = failures + 1;
            answer = keyed_init(cipher, &key_state, key, key);
            memory.fail_at = 0;
            if (answer != IKL_OK) {
                failures++;
                assert_int_equal(answer, IKL_ERR_CRYPTO);
                assert_int_equal(memory.outstanding, before);
                assert_true(ERR_peek_error() == 0);
            }
        } while (answer != IKL_OK);
        assert_true(failures > 1);
        test_state_clear(cipher, &key_state);
        assert_int_equal(memory.outstanding, before);
    }
}

static void without_memory_a_message_is_not_opened_and_can_be_later(void **state)
{
    struct test_cipher ciphers[TEST_MAX_CIPHERS];
    size_t n = find_ciphers(ciphers);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        const struct ikl_cipher *cipher = ciphers[i].cipher;
        uint8_t message[MESSAGE], sealed_again[MESSAGE], plaintext[TEXT], untouched[TEXT];
        struct test_state key_state;

        if (is_aead(cipher)) {
            continue; /* needs none */
        }
        test_state_init(cipher, &key_state, 1);
        seal(cipher, &key_state, message);
        memset(plaintext, 0xee, sizeof(plaintext));
        memset(untouched, 0xee, sizeof(untouched));
        reset_counts();
        memory.fail_at = 1;
        assert_int_equal(cipher->open(&key_state, message, AAD, TEXT, plaintext), IKL_ERR_CRYPTO);
        memory.fail_at = 0;
        assert_memory_equal(plaintext, untouched, sizeof(plaintext));
        assert_true(ERR_peek_error() == 0);
        assert_int_equal(cipher->open(&key_state, message, AAD, TEXT, plaintext), IKL_OK);
        seal(cipher, &key_state, sealed_again);
        assert_memory_equal(message, sealed_again, (size_t)AAD + cipher->iv_len + TEXT + cipher->icv_len);
        test_state_clear(cipher, &key_state);
    }
}

static void libcrypto_alone(struct ikl_endpoint_config *config)
{
    static const struct ikl_provider *const providers[] = {&ikl_provider_openssl};

    config->providers = providers;
    config->n_providers = COUNT_OF(providers);
}

static void an_ike_sa_that_ends_or_is_not_made_gives_its_contexts_back(void **state)
{
    struct test_cipher ciphers[TEST_MAX_CIPHERS];
    size_t n = find_ciphers(ciphers);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        size_t before = memory.outstanding;
        struct ikl_sa_config config;
        struct ikl_keys keys;
        struct host host;
        int answer;

        host_init(&host, "a", 0, libcrypto_alone);
        test_sa_config(&config, &keys, ciphers[i].suite, true, 0);
        for (size_t fail_at = 1;; fail_at++) {
            reset_counts();
            memory.fail_at = fail_at;
            answer = ikl_sa_new(&host.sa, host.endpoint, &config, 0);
            memory.fail_at = 0;
            if (answer == IKL_OK) {
                break;
            }
            /* Looking for a cipher takes memory too, and what is not found is unsupported. */
            assert_true(answer == IKL_ERR_CRYPTO || answer == IKL_ERR_UNSUPPORTED);
            assert_int_equal(memory.outstanding, before);
        }
        assert_true(memory.outstanding > before);
        ikl_sa_close(host.sa, 1);
        assert_int_equal(memory.outstanding, before);
        test_sa_config(&config, &keys, ciphers[i].suite, true, 1);
        assert_int_equal(ikl_sa_new(&host.sa, host.endpoint, &config, 0), IKL_OK);
        assert_true(memory.outstanding > before);
        host_clear(&host);
        assert_int_equal(memory.outstanding, before);
    }
}

/* What was fetched counts who holds it, and is kept by libcrypto for the next one: so only the end shows. */
static void at_libcryptos_end_nothing_is_held(void **state)
{
    (void)state;
    OPENSSL_cleanup();
    assert_int_equal(memory.outstanding, 0);
}

TESTS_OF(crypto_openssl_memory)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_allocates_nothing_with_an_aead_and_little_with_aes_cbc),
        cmocka_unit_test(a_key_state_keeps_what_the_header_says_and_clear_gives_all_of_it_back),
        cmocka_unit_test(prfs_and_sha1_give_back_what_they_allocate),
        cmocka_unit_test(no_key_is_left_in_memory_that_is_given_back_nor_in_the_state),
        cmocka_unit_test(a_key_in_memory_that_is_given_back_would_be_found),
        cmocka_unit_test(without_memory_there_is_an_error_and_nothing_is_kept),
        cmocka_unit_test(without_memory_a_message_is_not_opened_and_can_be_later),
        cmocka_unit_test(an_ike_sa_that_ends_or_is_not_made_gives_its_contexts_back),
        cmocka_unit_test(at_libcryptos_end_nothing_is_held), /* the last: it cannot be used again */
    };

    /* Only before libcrypto allocates for the first time. */
    if (CRYPTO_set_mem_functions(allocate, reallocate, release) != 1) {
        fprintf(stderr, "libcrypto has allocated already\n");
        return 1;
    }
    return ikl_init() == IKL_OK ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
