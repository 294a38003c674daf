/* SPDX-License-Identifier: ISC */
/* The provider of libcrypto keeps the promises that are its own. */
#include "support/test.h"

#include "support/hex.h"
#include "support/providers.h"

#include "openssl/mac.h"

#include <ikelive/openssl.h>

#include <openssl/err.h>

#include <limits.h>

enum { AAD = 32, TEXT = 48, MESSAGE = AAD + IKL_MAX_IV + TEXT + IKL_MAX_ICV };

static const uint16_t prf_ids[] = {IKL_PRF_HMAC_SHA1, IKL_PRF_HMAC_SHA2_256, IKL_PRF_HMAC_SHA2_384,
                                   IKL_PRF_HMAC_SHA2_512, IKL_PRF_AES128_CMAC};

static void the_suites_of_the_header_are_there_on_every_processor(void **state)
{
    (void)state;
    for (size_t i = 0; i < TEST_SUITES; i++) {
        (void)test_find_cipher(&ikl_provider_openssl, test_suites[i]);
    }
}

static void all_other_suites_are_unsupported(void **state)
{
    static const uint16_t key_bits[] = {0, 64, 128, 192, 256, 512};
    enum { ENCRS = 32, INTEGS = 16 };
    size_t n_found = 0;

    (void)state;
    for (size_t i = 0; i < ENCRS * COUNT_OF(key_bits) * INTEGS; i++) {
        const struct ikl_suite suite = {.encr = (uint16_t)(i % ENCRS),
                                        .key_bits = key_bits[i / ENCRS % COUNT_OF(key_bits)],
                                        .integ = (uint16_t)(i / ENCRS / COUNT_OF(key_bits))};
        const struct ikl_cipher *found = NULL;
        int answer = ikl_provider_openssl.cipher(&suite, &found);

        assert_int_equal(answer, found != NULL ? IKL_OK : IKL_ERR_UNSUPPORTED);
        n_found += found != NULL;
    }
    assert_int_equal(n_found, TEST_SUITES);
}

static void there_are_five_prfs_and_no_others(void **state)
{
    const struct ikl_prf *found = NULL;

    (void)state;
    for (unsigned id = 0; id <= UINT16_MAX; id++) {
        bool known = id == IKL_PRF_HMAC_SHA1 || id == IKL_PRF_AES128_CMAC ||
                     (id >= IKL_PRF_HMAC_SHA2_256 && id <= IKL_PRF_HMAC_SHA2_512);

        assert_int_equal(ikl_provider_openssl.prf((uint16_t)id, &found), known ? IKL_OK : IKL_ERR_UNSUPPORTED);
        assert_true(known == (found != NULL));
        found = NULL;
    }
}

static void sha1_computes_the_vectors_of_fips_180_however_the_data_is_split(void **state)
{
    static const struct {
        const char *data, *hash;
    } rows[] = {
        {"", "da39a3ee5e6b4b0d3255bfef95601890afd80709"},
        {"abc", "a9993e364706816aba3e25717850c26c9cd0d89d"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "84983e441c3bd26ebaae4aa1f95129e5e54670f1"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const uint8_t *data = (const uint8_t *)rows[i].data;
        size_t len = strlen(rows[i].data);
        uint8_t expected[20], out[20];

        assert_int_equal(hex_decode(expected, sizeof(expected), rows[i].hash), 20);
        for (size_t split = 0; split <= len; split++) {
            const struct ikl_octets parts[] = {{data, split}, {NULL, 0}, {data + split, len - split}};

            assert_int_equal(ikl_provider_openssl.sha1(parts, 3, out), IKL_OK);
            assert_memory_equal(out, expected, sizeof(out));
        }
    }
}

static void a_text_that_is_no_multiple_of_the_block_is_refused_by_aes_cbc(void **state)
{
    const struct ikl_cipher *cipher = test_find_cipher(&ikl_provider_openssl, "aes256-sha256");
    uint8_t message[MESSAGE] = {0}, before[MESSAGE] = {0}, plaintext[TEXT], untouched[TEXT];
    struct test_state key_state;

    (void)state;
    test_state_init(cipher, &key_state, 1);
    memset(plaintext, 0xee, sizeof(plaintext));
    memset(untouched, 0xee, sizeof(untouched));
    for (size_t text_len = 1; text_len < TEXT; text_len++) {
        if (text_len % 16 != 0) {
            assert_int_equal(cipher->seal(&key_state, message, AAD, text_len), IKL_ERR_INVALID);
            assert_int_equal(cipher->open(&key_state, message, AAD, text_len, plaintext), IKL_ERR_INVALID);
            assert_memory_equal(message, before, sizeof(message));
            assert_memory_equal(plaintext, untouched, sizeof(plaintext));
        }
    }
    test_state_clear(cipher, &key_state);
}

/* libcrypto's CCM would not verify it. */
static void a_text_of_no_octets_is_refused_by_aes_ccm(void **state)
{
    static const char *const ccms[] = {"aes128ccm8-prfsha256", "aes192ccm12-prfsha256", "aes256ccm16-prfsha256"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(ccms); i++) {
        const struct ikl_cipher *cipher = test_find_cipher(&ikl_provider_openssl, ccms[i]);
        uint8_t message[MESSAGE] = {0}, before[MESSAGE] = {0}, plaintext[1];
        struct test_state key_state;

        test_state_init(cipher, &key_state, 1);
        assert_int_equal(cipher->seal(&key_state, message, AAD, 0), IKL_ERR_INVALID);
        assert_int_equal(cipher->open(&key_state, message, AAD, 0, plaintext), IKL_ERR_INVALID);
        assert_memory_equal(message, before, sizeof(message));
        test_state_clear(cipher, &key_state);
    }
}

/* Memory that nobody touches. */
static void more_additional_data_than_an_int_counts_is_refused_by_aeads(void **state)
{
    static const char *const aeads[] = {"chacha20poly1305-prfsha256", "aes256gcm16-prfsha256", "aes256ccm16-prfsha256"};
    size_t aad_len = (size_t)INT_MAX + 1;
    uint8_t *message = malloc(aad_len + MESSAGE);

    (void)state;
    assert_non_null(message);
    for (size_t i = 0; i < COUNT_OF(aeads); i++) {
        const struct ikl_cipher *cipher = test_find_cipher(&ikl_provider_openssl, aeads[i]);
        struct test_state key_state;
        uint8_t plaintext[TEXT];

        test_state_init(cipher, &key_state, 1);
        assert_int_equal(cipher->seal(&key_state, message, aad_len, TEXT), IKL_ERR_INVALID);
        assert_int_equal(cipher->open(&key_state, message, aad_len, TEXT, plaintext), IKL_ERR_INVALID);
        test_state_clear(cipher, &key_state);
    }
    free(message);
}

static void keys_without_their_cipher_are_refused(void **state)
{
    static const uint8_t key[IKL_MAX_ENCR_KEY];

    (void)state;
    for (size_t i = 0; i < TEST_SUITES; i++) {
        const struct ikl_cipher *cipher = test_find_cipher(&ikl_provider_openssl, test_suites[i]);
        struct ikl_cipher_init keys = {.size = sizeof(keys), .encr_key = key, .integ_key = key};
        struct test_state key_state;

        assert_int_equal(cipher->init(&key_state, &keys), IKL_ERR_INVALID);
        keys.cipher = cipher;
        keys.size = offsetof(struct ikl_cipher_init, cipher); /* from before there was the field */
        assert_int_equal(cipher->init(&key_state, &keys), IKL_ERR_INVALID);
    }
}

static void hmac_gives_the_same_tags_when_it_is_given_its_key_again_for_each_message(void **state)
{
    static const char *const digests[] = {"SHA1", "SHA256", "SHA384", "SHA512"};
    static const uint8_t message[200] = {1, 2, 3};
    uint8_t key[IKL_MAX_INTEG_KEY];

    (void)state;
    for (size_t i = 0; i < sizeof(key); i++) {
        key[i] = (uint8_t)(i + 5);
    }
    for (size_t i = 0; i < COUNT_OF(digests); i++) {
        for (size_t key_len = 0; key_len <= sizeof(key); key_len++) {
            struct ikl_hmac plain, rekeyed;
            uint8_t tags[2][20];

            assert_int_equal(ikl_hmac_init(&plain, digests[i], key, key_len), IKL_OK);
            /* under another key, which counts no more */
            assert_int_equal(ikl_hmac_init(&rekeyed, digests[i], message, 3), IKL_OK);
            rekeyed.rekeyed = true;
            rekeyed.key_len = (uint8_t)key_len;
            memcpy(rekeyed.key, key, key_len);
            for (size_t len = 0; len <= sizeof(message); len += 40) {
                const struct ikl_octets octets = {message, len};

                assert_int_equal(ikl_hmac_compute(&plain, octets, tags[0], 20), IKL_OK);
                assert_int_equal(ikl_hmac_compute(&rekeyed, octets, tags[1], 20), IKL_OK);
                assert_memory_equal(tags[0], tags[1], 20);
            }
            ikl_hmac_clear(&plain);
            ikl_hmac_clear(&rekeyed);
        }
    }
}

static void an_hmac_key_that_has_no_room_is_refused(void **state)
{
    static const uint8_t key[IKL_MAX_INTEG_KEY + 1];
    struct ikl_hmac hmac;

    (void)state;
    assert_int_equal(ikl_hmac_init(&hmac, "SHA256", key, sizeof(key)), IKL_ERR_INVALID);
}

/* Uses everything there is, with good and forged messages. */
static void use_everything(void)
{
    const struct ikl_octets octets = {(const uint8_t *)"abc", 3};
    const struct ikl_prf *prf;
    uint8_t hash[IKL_MAX_PRF];

    for (size_t i = 0; i < TEST_SUITES; i++) {
        const struct ikl_cipher *cipher = test_find_cipher(&ikl_provider_openssl, test_suites[i]);
        uint8_t message[MESSAGE] = {0}, plaintext[TEXT];
        struct test_state key_state;

        test_state_init(cipher, &key_state, 1);
        assert_int_equal(cipher->seal(&key_state, message, AAD, TEXT), IKL_OK);
        assert_int_equal(cipher->open(&key_state, message, AAD, TEXT, plaintext), IKL_OK);
        message[0] ^= 1;
        assert_int_equal(cipher->open(&key_state, message, AAD, TEXT, plaintext), IKL_ERR_FORGED);
        test_state_clear(cipher, &key_state);
    }
    for (size_t i = 0; i < COUNT_OF(prf_ids); i++) {
        assert_int_equal(ikl_provider_openssl.prf(prf_ids[i], &prf), IKL_OK);
        assert_int_equal(keyed_prf(prf, octets.data, octets.len, &octets, 1, hash), IKL_OK);
    }
    assert_int_equal(ikl_provider_openssl.sha1(&octets, 1, hash), IKL_OK);
}

/* The default properties decide what the library gets; there is no module of this kind. */
static void take_algorithms_away(void)
{
    assert_int_equal(EVP_set_default_properties(NULL, "provider=nobody"), 1);
}

static void give_algorithms_back(void)
{
    assert_int_equal(EVP_set_default_properties(NULL, ""), 1);
}

/* Every failure that a host can bring about. */
static void fail_at_everything(void)
{
    const struct ikl_octets octets = {(const uint8_t *)"abc", 3};
    const struct ikl_cipher *ciphers[TEST_SUITES], *found = NULL;
    const struct ikl_prf *prfs[COUNT_OF(prf_ids)], *found_prf = NULL;
    uint8_t hash[IKL_MAX_PRF], key[IKL_MAX_ENCR_KEY] = {0};

    for (size_t i = 0; i < TEST_SUITES; i++) {
        ciphers[i] = test_find_cipher(&ikl_provider_openssl, test_suites[i]);
    }
    for (size_t i = 0; i < COUNT_OF(prf_ids); i++) {
        assert_int_equal(ikl_provider_openssl.prf(prf_ids[i], &prfs[i]), IKL_OK);
    }
    take_algorithms_away();
    for (size_t i = 0; i < TEST_SUITES; i++) {
        struct test_state key_state;
        struct ikl_suite suite;

        assert_int_equal(ikl_suite_parse(&suite, test_suites[i]), IKL_OK);
        assert_int_equal(ikl_provider_openssl.cipher(&suite, &found), IKL_ERR_UNSUPPORTED);
        assert_int_equal(keyed_init(ciphers[i], &key_state, key, key), IKL_ERR_CRYPTO);
    }
    for (size_t i = 0; i < COUNT_OF(prf_ids); i++) {
        assert_int_equal(ikl_provider_openssl.prf(prf_ids[i], &found_prf), IKL_ERR_UNSUPPORTED);
        assert_int_equal(keyed_prf(prfs[i], octets.data, octets.len, &octets, 1, hash), IKL_ERR_CRYPTO);
    }
    assert_int_equal(ikl_provider_openssl.sha1(&octets, 1, hash), IKL_ERR_CRYPTO);
    give_algorithms_back();
    assert_null(found);
    assert_null(found_prf);
}

static void what_libcrypto_does_not_offer_is_unsupported_and_otherwise_an_error(void **state)
{
    (void)state;
    fail_at_everything();
    use_everything();
}

static void the_error_queue_stays_empty(void **state)
{
    (void)state;
    ERR_clear_error();
    use_everything();
    assert_true(ERR_peek_error() == 0);
    fail_at_everything();
    assert_true(ERR_peek_error() == 0);
}

static void the_errors_of_the_host_stay_in_the_queue_with_its_mark(void **state)
{
    (void)state;
    ERR_clear_error();
    ERR_raise(ERR_LIB_USER, 101);
    ERR_set_mark();
    ERR_raise(ERR_LIB_USER, 102);
    ERR_raise(ERR_LIB_USER, 103);
    use_everything();
    fail_at_everything();
    assert_int_equal(ERR_GET_REASON(ERR_peek_last_error()), 103);
    assert_int_equal(ERR_pop_to_mark(), 1);
    assert_int_equal(ERR_GET_REASON(ERR_get_error()), 101);
    assert_true(ERR_get_error() == 0);
}

TESTS_OF(crypto_openssl)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_suites_of_the_header_are_there_on_every_processor),
        cmocka_unit_test(all_other_suites_are_unsupported),
        cmocka_unit_test(there_are_five_prfs_and_no_others),
        cmocka_unit_test(sha1_computes_the_vectors_of_fips_180_however_the_data_is_split),
        cmocka_unit_test(a_text_that_is_no_multiple_of_the_block_is_refused_by_aes_cbc),
        cmocka_unit_test(a_text_of_no_octets_is_refused_by_aes_ccm),
        cmocka_unit_test(more_additional_data_than_an_int_counts_is_refused_by_aeads),
        cmocka_unit_test(keys_without_their_cipher_are_refused),
        cmocka_unit_test(hmac_gives_the_same_tags_when_it_is_given_its_key_again_for_each_message),
        cmocka_unit_test(an_hmac_key_that_has_no_room_is_refused),
        cmocka_unit_test(what_libcrypto_does_not_offer_is_unsupported_and_otherwise_an_error),
        cmocka_unit_test(the_error_queue_stays_empty),
        cmocka_unit_test(the_errors_of_the_host_stay_in_the_queue_with_its_mark),
    };

    return ikl_init() == IKL_OK ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
