/* SPDX-License-Identifier: ISC */
/* The provider of PSA Crypto keeps the promises that are its own. */
#include "support/test.h"

#include "support/providers.h"

#include <ikelive/psa.h>

#include <psa/crypto.h>

enum { AAD = 32, TEXT = 48, MESSAGE = AAD + IKL_MAX_IV + TEXT + IKL_MAX_ICV, SHA1_LEN = 20 };

static void the_suites_of_the_header_are_there(void **state)
{
    (void)state;
    for (size_t i = 0; i < TEST_SUITES; i++) {
        (void)test_find_cipher(&ikl_provider_psa, test_suites[i]);
    }
}

static void there_are_five_prfs_and_no_others(void **state)
{
    size_t n = 0;

    (void)state;
    for (unsigned id = 0; id <= UINT16_MAX; id++) {
        const struct ikl_prf *found = NULL;
        int answer = ikl_provider_psa.prf((uint16_t)id, &found);

        assert_int_equal(answer, found != NULL ? IKL_OK : IKL_ERR_UNSUPPORTED);
        n += found != NULL;
    }
    assert_int_equal(n, 5);
}

static void sha1_is_that_of_fips_180_however_the_data_is_split(void **state)
{
    static const uint8_t expected[SHA1_LEN] = {0xa9, 0x99, 0x3e, 0x36, 0x47, 0x06, 0x81, 0x6a, 0xba, 0x3e,
                                               0x25, 0x71, 0x78, 0x50, 0xc2, 0x6c, 0x9c, 0xd0, 0xd8, 0x9d};

    (void)state;
    for (size_t split = 0; split <= 3; split++) {
        const struct ikl_octets parts[] = {
            {(const uint8_t *)"abc", split}, {NULL, 0}, {(const uint8_t *)"abc" + split, 3 - split}};
        uint8_t out[SHA1_LEN];

        assert_int_equal(ikl_provider_psa.sha1(parts, 3, out), IKL_OK);
        assert_memory_equal(out, expected, sizeof(out));
    }
}

static void keys_without_their_cipher_are_refused(void **state)
{
    static const uint8_t key[IKL_MAX_ENCR_KEY];

    (void)state;
    for (size_t i = 0; i < TEST_SUITES; i++) {
        const struct ikl_cipher *cipher = test_find_cipher(&ikl_provider_psa, test_suites[i]);
        struct ikl_cipher_init keys = {.size = sizeof(keys), .encr_key = key, .integ_key = key};
        struct test_state key_state;

        assert_int_equal(cipher->init(&key_state, &keys), IKL_ERR_INVALID);
        keys.cipher = cipher;
        keys.size = offsetof(struct ikl_cipher_init, cipher); /* from before there was the field */
        assert_int_equal(cipher->init(&key_state, &keys), IKL_ERR_INVALID);
    }
}

static void a_text_that_is_no_multiple_of_the_block_is_refused_by_aes_cbc(void **state)
{
    const struct ikl_cipher *cipher = test_find_cipher(&ikl_provider_psa, "aes256-sha256");
    uint8_t message[MESSAGE] = {0}, before[MESSAGE] = {0}, plaintext[TEXT];
    struct test_state key_state;

    (void)state;
    test_state_init(cipher, &key_state, 1);
    for (size_t text_len = 1; text_len < 16; text_len++) {
        assert_int_equal(cipher->seal(&key_state, message, AAD, text_len), IKL_ERR_INVALID);
        assert_int_equal(cipher->open(&key_state, message, AAD, text_len, plaintext), IKL_ERR_INVALID);
        assert_memory_equal(message, before, sizeof(message));
    }
}

/* Its size is that of the longest keys of all ciphers of a kind. */
static void key_state_is_the_keys_and_which_cipher_it_is(void **state)
{
    size_t longest[2] = {0, 0};

    (void)state;
    for (size_t i = 0; i < 2 * TEST_SUITES; i++) {
        const struct ikl_cipher *cipher = test_find_cipher(&ikl_provider_psa, test_suites[i % TEST_SUITES]);
        size_t *most = &longest[cipher->integ_key_len == 0 ? 0 : 1];
        size_t keys_len = (size_t)cipher->encr_key_len + cipher->integ_key_len;

        *most = keys_len > *most ? keys_len : *most;
        if (i >= TEST_SUITES) {
            assert_true(cipher->state_size >= *most + sizeof(cipher));
            assert_true(cipher->state_size < *most + 2 * sizeof(uint64_t));
        }
    }
}

static void key_state_may_be_copied(void **state)
{
    (void)state;
    for (size_t i = 0; i < TEST_SUITES; i++) {
        const struct ikl_cipher *cipher = test_find_cipher(&ikl_provider_psa, test_suites[i]);
        uint8_t message[MESSAGE] = {0}, plaintext[TEXT];
        struct test_state first, second;

        test_state_init(cipher, &first, 1);
        second = first;
        assert_int_equal(cipher->seal(&first, message, AAD, TEXT), IKL_OK);
        memset(&first, 0, sizeof(first));
        assert_int_equal(cipher->open(&second, message, AAD, TEXT, plaintext), IKL_OK);
    }
}

/* Imports keys until there is no place. */
static size_t take_places(psa_key_id_t *keys, size_t most)
{
    static const uint8_t key[16];
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    size_t n = 0;

    psa_set_key_type(&attributes, PSA_KEY_TYPE_RAW_DATA);
    while (n < most && psa_import_key(&attributes, key, sizeof(key), &keys[n]) == PSA_SUCCESS) {
        n++;
    }
    return n;
}

static void give_places_back(const psa_key_id_t *keys, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(psa_destroy_key(keys[i]), PSA_SUCCESS);
    }
}

static void without_a_place_for_a_key_there_is_an_error_and_later_none(void **state)
{
    enum { MOST = 4096 };
    static psa_key_id_t places[MOST];

    (void)state;
    for (size_t i = 0; i < TEST_SUITES; i++) {
        const struct ikl_cipher *cipher = test_find_cipher(&ikl_provider_psa, test_suites[i]), *found = NULL;
        uint8_t message[MESSAGE] = {0}, sealed[MESSAGE], plaintext[TEXT], zeros[TEXT] = {0};
        struct test_state key_state;
        struct ikl_suite suite;
        size_t n;

        test_state_init(cipher, &key_state, 1);
        assert_int_equal(cipher->seal(&key_state, message, AAD, TEXT), IKL_OK);
        memcpy(sealed, message, sizeof(sealed));
        memset(plaintext, 0, sizeof(plaintext));
        n = take_places(places, MOST);
        assert_true(n > 0 && n < MOST);
        assert_int_equal(cipher->seal(&key_state, message, AAD, TEXT), IKL_ERR_CRYPTO);
        assert_int_equal(cipher->open(&key_state, sealed, AAD, TEXT, plaintext), IKL_ERR_CRYPTO);
        assert_memory_equal(plaintext, zeros, sizeof(plaintext));
        assert_int_equal(ikl_suite_parse(&suite, test_suites[i]), IKL_OK);
        assert_int_equal(ikl_provider_psa.cipher(&suite, &found), IKL_ERR_UNSUPPORTED);
        assert_null(found);
        give_places_back(places, n);
        assert_int_equal(cipher->open(&key_state, sealed, AAD, TEXT, plaintext), IKL_OK);
    }
}

static void without_a_place_for_a_key_a_prf_is_an_error_or_unsupported(void **state)
{
    enum { MOST = 4096, PRFS = 16 };
    static const uint8_t key[3] = {1, 2, 3};
    static psa_key_id_t places[MOST];
    const struct ikl_prf *prfs[PRFS] = {NULL}, *found = NULL;
    uint8_t out[IKL_MAX_PRF];
    size_t n_places;

    (void)state;
    for (uint16_t id = 0; id < PRFS; id++) {
        (void)ikl_provider_psa.prf(id, &prfs[id]);
    }
    n_places = take_places(places, MOST);
    for (uint16_t id = 0; id < PRFS; id++) {
        assert_int_equal(ikl_provider_psa.prf(id, &found), IKL_ERR_UNSUPPORTED);
        assert_null(found);
        assert_true(prfs[id] == NULL || keyed_prf(prfs[id], key, sizeof(key), NULL, 0, out) == IKL_ERR_CRYPTO);
    }
    give_places_back(places, n_places);
}

static void no_place_for_a_key_is_kept(void **state)
{
    enum { MOST = 4096 };
    static psa_key_id_t places[MOST];
    size_t before = take_places(places, MOST), after;

    (void)state;
    give_places_back(places, before);
    for (size_t i = 0; i < TEST_SUITES; i++) {
        const struct ikl_cipher *cipher = test_find_cipher(&ikl_provider_psa, test_suites[i]);
        uint8_t message[MESSAGE] = {0}, plaintext[TEXT];
        struct test_state key_state;

        test_state_init(cipher, &key_state, 1);
        assert_int_equal(cipher->seal(&key_state, message, AAD, TEXT), IKL_OK);
        message[0] ^= 1;
        assert_int_equal(cipher->open(&key_state, message, AAD, TEXT, plaintext), IKL_ERR_FORGED);
    }
    after = take_places(places, MOST);
    give_places_back(places, after);
    assert_int_equal(after, before);
}

TESTS_OF(crypto_psa)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_suites_of_the_header_are_there),
        cmocka_unit_test(there_are_five_prfs_and_no_others),
        cmocka_unit_test(sha1_is_that_of_fips_180_however_the_data_is_split),
        cmocka_unit_test(keys_without_their_cipher_are_refused),
        cmocka_unit_test(a_text_that_is_no_multiple_of_the_block_is_refused_by_aes_cbc),
        cmocka_unit_test(key_state_is_the_keys_and_which_cipher_it_is),
        cmocka_unit_test(key_state_may_be_copied),
        cmocka_unit_test(without_a_place_for_a_key_there_is_an_error_and_later_none),
        cmocka_unit_test(without_a_place_for_a_key_a_prf_is_an_error_or_unsupported),
        cmocka_unit_test(no_place_for_a_key_is_kept),
    };

    return ikl_init() == IKL_OK ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
