/* SPDX-License-Identifier: ISC */
/* The provider of libsodium keeps the promises that are its own. */
#include "support/test.h"

#include "support/keyed.h"

#include "crypto/sodium_cipher.h"

#include <sodium.h>

static const struct ikl_suite chacha_suite = {IKL_ENCR_CHACHA20_POLY1305, 0, IKL_INTEG_NONE, IKL_PRF_HMAC_SHA2_256};
static const struct ikl_suite aes_suite = {IKL_ENCR_AES_GCM_16, 256, IKL_INTEG_NONE, IKL_PRF_HMAC_SHA2_256};

static const struct ikl_prf *prf(uint16_t id)
{
    const struct ikl_prf *found;

    assert_int_equal(ikl_provider_sodium.prf(id, &found), IKL_OK);
    return found;
}

/* The ciphers there are on this processor. */
static size_t find_ciphers(const struct ikl_cipher *ciphers[3])
{
    assert_int_equal(ikl_provider_sodium.cipher(&chacha_suite, &ciphers[0]), IKL_OK);
    if (ikl_provider_sodium.cipher(&aes_suite, &ciphers[1]) != IKL_OK) {
        return 1;
    }
    assert_int_equal(ikl_provider_sodium_expanded.cipher(&aes_suite, &ciphers[2]), IKL_OK);
    return 3;
}

static void there_are_two_prfs_and_no_others(void **state)
{
    const struct ikl_prf *found = NULL;

    (void)state;
    assert_int_equal(prf(IKL_PRF_HMAC_SHA2_256)->len, 32);
    assert_int_equal(prf(IKL_PRF_HMAC_SHA2_512)->len, 64);
    for (unsigned id = 0; id <= UINT16_MAX; id++) {
        if (id != IKL_PRF_HMAC_SHA2_256 && id != IKL_PRF_HMAC_SHA2_512) {
            assert_int_equal(ikl_provider_sodium.prf((uint16_t)id, &found), IKL_ERR_UNSUPPORTED);
        }
    }
    assert_null(found);
    assert_null(ikl_provider_sodium.sha1);
}

static void aes_gcm_is_refused_by_name_where_the_processor_cannot(void **state)
{
    const struct ikl_cipher *found = NULL;

    (void)state;
    assert_int_equal(ikl_sodium_cipher(&aes_suite, false, &found), IKL_ERR_NO_AES);
    assert_null(found);
    assert_int_equal(ikl_sodium_cipher(&aes_suite, true, &found), IKL_OK);
    assert_string_equal(found->name, "aes256gcm16");
    assert_int_equal(ikl_sodium_cipher(&chacha_suite, false, &found), IKL_OK);
    assert_string_equal(found->name, "chacha20poly1305");
}

static void the_provider_asks_libsodium_whether_the_processor_can(void **state)
{
    const struct ikl_cipher *found;
    int expected = crypto_aead_aes256gcm_is_available() ? IKL_OK : IKL_ERR_NO_AES;

    (void)state;
    assert_int_equal(ikl_provider_sodium.cipher(&aes_suite, &found), expected);
}

static void suites_that_libsodium_lacks_are_unsupported(void **state)
{
    static const struct ikl_suite lacking[] = {
        {IKL_ENCR_AES_CBC, 256, IKL_INTEG_HMAC_SHA2_256_128, IKL_PRF_HMAC_SHA2_256},
        {IKL_ENCR_AES_GCM_16, 128, IKL_INTEG_NONE, IKL_PRF_HMAC_SHA2_256},
        {IKL_ENCR_AES_GCM_16, 192, IKL_INTEG_NONE, IKL_PRF_HMAC_SHA2_256},
        {IKL_ENCR_AES_GCM_16, 0, IKL_INTEG_NONE, IKL_PRF_HMAC_SHA2_256},
        {IKL_ENCR_AES_GCM_16, 256, IKL_INTEG_HMAC_SHA2_256_128, IKL_PRF_HMAC_SHA2_256},
        {IKL_ENCR_CHACHA20_POLY1305, 256, IKL_INTEG_NONE, IKL_PRF_HMAC_SHA2_256},
        {IKL_ENCR_CHACHA20_POLY1305, 0, IKL_INTEG_HMAC_SHA2_512_256, IKL_PRF_HMAC_SHA2_256},
        {0, 0, 0, IKL_PRF_HMAC_SHA2_256},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(lacking); i++) {
        const struct ikl_cipher *found = NULL;

        assert_int_equal(ikl_provider_sodium.cipher(&lacking[i], &found), IKL_ERR_UNSUPPORTED);
        assert_null(found);
    }
}

enum { AAD = 32, TEXT = 40, MESSAGE = AAD + 8 + TEXT + 16, MOST_STATE = 528 };

static void fill(uint8_t *data, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        data[i] = (uint8_t)(i * 7 + 3);
    }
}

static void rfc_40_41_the_nonce_is_the_salt_and_then_the_iv(void **state)
{
    const struct ikl_cipher *ciphers[3];
    size_t n = find_ciphers(ciphers);
    uint8_t key[36], message[MESSAGE], expected[MESSAGE], nonce[12];

    (void)state;
    for (size_t i = 0; i < n; i++) {
        _Alignas(16) uint8_t key_state[MOST_STATE];

        fill(key, sizeof(key));
        fill(message, sizeof(message));
        fill(expected, sizeof(expected));
        memcpy(nonce, key + 32, 4);
        memcpy(nonce + 4, message + AAD, 8);
        if (i == 0) {
            crypto_aead_chacha20poly1305_ietf_encrypt(expected + AAD + 8, NULL, message + AAD + 8, TEXT, message, AAD,
                                                      NULL, nonce, key);
        } else {
            crypto_aead_aes256gcm_encrypt(expected + AAD + 8, NULL, message + AAD + 8, TEXT, message, AAD, NULL, nonce,
                                          key);
        }
        assert_int_equal(keyed_init(ciphers[i], key_state, key, NULL), IKL_OK);
        assert_int_equal(ciphers[i]->seal(key_state, message, AAD, TEXT), IKL_OK);
        assert_memory_equal(message, expected, sizeof(message));
    }
}

static void an_expanded_key_works_wherever_it_lies_and_is_moved_to(void **state)
{
    const struct ikl_cipher *ciphers[3];
    _Alignas(16) uint8_t room[MOST_STATE + 16];
    uint8_t key[36], sealed[MESSAGE], message[MESSAGE], plaintext[TEXT];

    (void)state;
    if (find_ciphers(ciphers) != 3) {
        skip();
    }
    fill(key, sizeof(key));
    fill(sealed, sizeof(sealed));
    assert_int_equal(keyed_init(ciphers[1], room, key, NULL), IKL_OK);
    assert_int_equal(ciphers[1]->seal(room, sealed, AAD, TEXT), IKL_OK);
    assert_int_equal(keyed_init(ciphers[2], room, key, NULL), IKL_OK);
    for (size_t at = 0; at < 16; at++) {
        fill(message, sizeof(message));
        assert_int_equal(ciphers[2]->seal(room + at, message, AAD, TEXT), IKL_OK);
        assert_memory_equal(message, sealed, sizeof(message));
        assert_int_equal(ciphers[2]->open(room + at, message, AAD, TEXT, plaintext), IKL_OK);
        message[0] ^= 1;
        assert_int_equal(ciphers[2]->open(room + at, message, AAD, TEXT, plaintext), IKL_ERR_FORGED);
        memmove(room + at + 1, room + at, ciphers[2]->state_size);
    }
}

static void an_expanded_key_takes_as_much_more_as_the_header_says(void **state)
{
    const struct ikl_cipher *ciphers[3];

    (void)state;
    if (find_ciphers(ciphers) != 3) {
        skip();
    }
    assert_int_equal(2 * (ciphers[2]->state_size - ciphers[1]->state_size), 984);
}

static void the_provider_with_expanded_keys_has_all_that_the_other_has(void **state)
{
    const struct ikl_cipher *cipher = NULL, *other;
    const struct ikl_prf *found;

    (void)state;
    assert_int_equal(ikl_provider_sodium.cipher(&chacha_suite, &cipher), IKL_OK);
    assert_int_equal(ikl_provider_sodium_expanded.cipher(&chacha_suite, &other), IKL_OK);
    assert_ptr_equal(other, cipher);
    assert_int_equal(ikl_provider_sodium_expanded.cipher(&aes_suite, &other),
                     ikl_provider_sodium.cipher(&aes_suite, &cipher));
    assert_int_equal(ikl_provider_sodium_expanded.prf(IKL_PRF_HMAC_SHA2_256, &found), IKL_OK);
    assert_ptr_equal(found, prf(IKL_PRF_HMAC_SHA2_256));
}

static const char *no_randomness_name(void)
{
    return "none";
}

static uint32_t no_randomness(void)
{
    fail_msg("randomness was drawn");
    return 0;
}

static void no_randomness_buf(void *const buf, const size_t size)
{
    (void)buf;
    (void)size;
    fail_msg("randomness was drawn");
}

static void nothing_draws_randomness_from_libsodium(void **state)
{
    static struct randombytes_implementation none = {
        .implementation_name = no_randomness_name, .random = no_randomness, .buf = no_randomness_buf};
    static const uint8_t nonce[16];
    const struct ikl_octets octets = {nonce, sizeof(nonce)};
    const struct ikl_kdf_input input = {.size = sizeof(input), .ni = octets, .nr = octets, .shared_secret = octets};
    const struct ikl_cipher *ciphers[3];
    size_t n = find_ciphers(ciphers);
    uint8_t message[MESSAGE] = {0}, plaintext[TEXT], seed[32];
    struct ikl_keys keys;

    (void)state;
    assert_int_equal(randombytes_set_implementation(&none), 0);
    assert_int_equal(ikl_init(), IKL_OK);
    assert_int_equal(ikl_skeyseed(prf(IKL_PRF_HMAC_SHA2_256), &input, seed), IKL_OK);
    assert_int_equal(ikl_keys_derive(&keys, &ikl_provider_sodium, &chacha_suite, (struct ikl_octets){seed, 32}, &input),
                     IKL_OK);
    for (size_t i = 0; i < n; i++) {
        _Alignas(16) uint8_t key_state[MOST_STATE];

        assert_int_equal(keyed_init(ciphers[i], key_state, keys.sk_ei, keys.sk_ai), IKL_OK);
        assert_int_equal(ciphers[i]->seal(key_state, message, AAD, TEXT), IKL_OK);
        assert_int_equal(ciphers[i]->open(key_state, message, AAD, TEXT, plaintext), IKL_OK);
    }
    assert_int_equal(randombytes_set_implementation(&randombytes_sysrandom_implementation), 0);
}

TESTS_OF(crypto_sodium)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_are_two_prfs_and_no_others),
        cmocka_unit_test(aes_gcm_is_refused_by_name_where_the_processor_cannot),
        cmocka_unit_test(the_provider_asks_libsodium_whether_the_processor_can),
        cmocka_unit_test(suites_that_libsodium_lacks_are_unsupported),
        cmocka_unit_test(rfc_40_41_the_nonce_is_the_salt_and_then_the_iv),
        cmocka_unit_test(an_expanded_key_works_wherever_it_lies_and_is_moved_to),
        cmocka_unit_test(an_expanded_key_takes_as_much_more_as_the_header_says),
        cmocka_unit_test(the_provider_with_expanded_keys_has_all_that_the_other_has),
        cmocka_unit_test(nothing_draws_randomness_from_libsodium),
    };

    return ikl_init() == IKL_OK ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
