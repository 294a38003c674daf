/* The provider of libsodium keeps the promises of its header.
 * SPDX-License-Identifier: ISC */
#include "support/test.h"

#include "support/hex.h"

#include "crypto/sodium_cipher.h"

#include <sodium.h>

#include <stdio.h>

static const struct ikl_suite chacha_suite = {IKL_ENCR_CHACHA20_POLY1305, 0, IKL_INTEG_NONE, IKL_PRF_HMAC_SHA2_256};
static const struct ikl_suite aes_suite = {IKL_ENCR_AES_GCM_16, 256, IKL_INTEG_NONE, IKL_PRF_HMAC_SHA2_256};

static const struct ikl_prf *prf(uint16_t id)
{
    const struct ikl_prf *found;

    assert_int_equal(ikl_provider_sodium.prf(id, &found), IKL_OK);
    return found;
}

/* The ciphers there are on this processor. */
static size_t find_ciphers(const struct ikl_cipher *ciphers[2])
{
    assert_int_equal(ikl_provider_sodium.cipher(&chacha_suite, &ciphers[0]), IKL_OK);
    return ikl_provider_sodium.cipher(&aes_suite, &ciphers[1]) == IKL_OK ? 2 : 1;
}

static void assert_hmac(const struct ikl_prf *hmac, const char *key, const char *data, const char *expected)
{
    uint8_t octets[3][256];
    uint8_t out[IKL_MAX_PRF];
    size_t key_len = hex_decode(octets[0], sizeof(octets[0]), key);
    size_t data_len = hex_decode(octets[1], sizeof(octets[1]), data);
    size_t expected_len = hex_decode(octets[2], sizeof(octets[2]), expected);

    assert_true(key_len <= 256 && data_len <= 256 && expected_len <= hmac->len && expected_len >= 16);
    for (size_t split = 0; split <= data_len; split++) {
        const struct ikl_octets parts[] = {{octets[1], split}, {NULL, 0}, {octets[1] + split, data_len - split}};

        assert_int_equal(hmac->compute(octets[0], key_len, parts, 3, out), IKL_OK);
        assert_memory_equal(out, octets[2], expected_len);
    }
}

static void the_prfs_compute_the_vectors_of_rfc_4231_however_the_data_is_split(void **state)
{
    FILE *file = fopen(VECTORS "/rfc4231-hmac.txt", "r");
    char line[2048];
    size_t n = 0;

    (void)state;
    assert_non_null(file);
    while (fgets(line, sizeof(line), file) != NULL) {
        char key[512], data[512], sha256[512], sha512[512];

        if (line[0] != '#') {
            assert_int_equal(sscanf(line, "%511s %511s %511s %511s", key, data, sha256, sha512), 4);
            assert_hmac(prf(IKL_PRF_HMAC_SHA2_256), key, data, sha256);
            assert_hmac(prf(IKL_PRF_HMAC_SHA2_512), key, data, sha512);
            n++;
        }
    }
    fclose(file);
    assert_int_equal(n, 7);
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

static void rfc_40_41_the_aeads_have_36_octets_of_key_an_8_octet_iv_and_a_16_octet_icv(void **state)
{
    const struct ikl_cipher *ciphers[2];
    size_t n = find_ciphers(ciphers);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(ciphers[i]->size, sizeof(struct ikl_cipher));
        assert_int_equal(ciphers[i]->encr_key_len, 36);
        assert_int_equal(ciphers[i]->integ_key_len, 0);
        assert_int_equal(ciphers[i]->iv_len, 8);
        assert_int_equal(ciphers[i]->icv_len, 16);
        assert_int_equal(ciphers[i]->block_len, 1);
        assert_int_equal(ciphers[i]->state_size, 36);
        assert_true(ciphers[i]->counter_iv);
        assert_true(ciphers[i]->deterministic);
    }
}

enum { AAD = 32, TEXT = 40, MESSAGE = AAD + 8 + TEXT + 16 };

static void fill(uint8_t *data, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        data[i] = (uint8_t)(i * 7 + 3);
    }
}

static void rfc_40_41_the_nonce_is_the_salt_and_then_the_iv(void **state)
{
    const struct ikl_cipher *ciphers[2];
    size_t n = find_ciphers(ciphers);
    uint8_t key[36], message[MESSAGE], expected[MESSAGE], nonce[12];

    (void)state;
    for (size_t i = 0; i < n; i++) {
        uint8_t key_state[36];

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
        assert_int_equal(ciphers[i]->init(key_state, key, NULL), IKL_OK);
        assert_int_equal(ciphers[i]->seal(key_state, message, AAD, TEXT), IKL_OK);
        assert_memory_equal(message, expected, sizeof(message));
    }
}

static void key_state_messages_and_plaintext_may_have_any_alignment(void **state)
{
    const struct ikl_cipher *ciphers[2];
    size_t n = find_ciphers(ciphers);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        uint8_t first[MESSAGE];

        for (size_t shift = 0; shift < 16; shift++) {
            uint8_t key[36], states[36 + 16], messages[MESSAGE + 16], plaintexts[TEXT + 16];
            uint8_t before[TEXT];
            uint8_t *message = messages + shift;

            fill(key, sizeof(key));
            fill(message, MESSAGE);
            memcpy(before, message + AAD + 8, TEXT);
            assert_int_equal(ciphers[i]->init(states + shift, key, NULL), IKL_OK);
            assert_int_equal(ciphers[i]->seal(states + shift, message, AAD, TEXT), IKL_OK);
            if (shift == 0) {
                memcpy(first, message, MESSAGE);
            }
            assert_memory_equal(message, first, MESSAGE);
            assert_int_equal(ciphers[i]->open(states + shift, message, AAD, TEXT, plaintexts + shift), IKL_OK);
            assert_memory_equal(plaintexts + shift, before, TEXT);
        }
    }
}

static void a_forged_message_leaves_nothing_of_the_plaintext(void **state)
{
    const struct ikl_cipher *ciphers[2];
    size_t n = find_ciphers(ciphers);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        uint8_t key[36], key_state[36], message[MESSAGE], before[TEXT], plaintext[TEXT + 1];

        fill(key, sizeof(key));
        fill(message, sizeof(message));
        memcpy(before, message + AAD + 8, TEXT);
        assert_int_equal(ciphers[i]->init(key_state, key, NULL), IKL_OK);
        assert_int_equal(ciphers[i]->seal(key_state, message, AAD, TEXT), IKL_OK);
        message[MESSAGE - 1] ^= 1;
        memset(plaintext, 0xee, sizeof(plaintext));
        assert_int_equal(ciphers[i]->open(key_state, message, AAD, TEXT, plaintext), IKL_ERR_FORGED);
        for (size_t j = 0; j < TEXT; j++) {
            assert_true(plaintext[j] == 0 || plaintext[j] == 0xee);
        }
        assert_int_equal(plaintext[TEXT], 0xee);
    }
}

static void wiping_writes_zeros_and_nothing_beyond(void **state)
{
    uint8_t memory[40];

    (void)state;
    memset(memory, 0xee, sizeof(memory));
    ikl_wipe(memory + 1, 0);
    ikl_wipe(memory + 1, 33);
    assert_int_equal(memory[0], 0xee);
    assert_int_equal(memory[34], 0xee);
    for (size_t i = 1; i <= 33; i++) {
        assert_int_equal(memory[i], 0);
    }
}

static void equality_sees_every_octet_and_no_more(void **state)
{
    uint8_t a[33], b[33];

    (void)state;
    fill(a, sizeof(a));
    fill(b, sizeof(b));
    assert_true(ikl_equal(a, b, sizeof(a)));
    for (size_t i = 0; i < sizeof(a); i++) {
        b[i] ^= 0x80;
        assert_false(ikl_equal(a, b, sizeof(a)));
        assert_true(ikl_equal(a, b, i));
        b[i] ^= 0x80;
    }
}

static void initialising_again_is_harmless(void **state)
{
    (void)state;
    assert_int_equal(ikl_init(), IKL_OK);
    assert_int_equal(ikl_init(), IKL_OK);
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
    const struct ikl_cipher *ciphers[2];
    size_t n = find_ciphers(ciphers);
    uint8_t message[MESSAGE] = {0}, plaintext[TEXT], seed[32];
    struct ikl_keys keys;

    (void)state;
    assert_int_equal(randombytes_set_implementation(&none), 0);
    assert_int_equal(ikl_init(), IKL_OK);
    assert_int_equal(ikl_skeyseed(prf(IKL_PRF_HMAC_SHA2_256), octets, octets, octets, seed), IKL_OK);
    assert_int_equal(ikl_keys_derive(&keys, &ikl_provider_sodium, &chacha_suite, (struct ikl_octets){seed, 32}, octets,
                                     octets, 1, 2),
                     IKL_OK);
    for (size_t i = 0; i < n; i++) {
        uint8_t key_state[36];

        assert_int_equal(ciphers[i]->init(key_state, keys.sk_ei, keys.sk_ai), IKL_OK);
        assert_int_equal(ciphers[i]->seal(key_state, message, AAD, TEXT), IKL_OK);
        assert_int_equal(ciphers[i]->open(key_state, message, AAD, TEXT, plaintext), IKL_OK);
    }
    assert_int_equal(randombytes_set_implementation(&randombytes_sysrandom_implementation), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_prfs_compute_the_vectors_of_rfc_4231_however_the_data_is_split),
        cmocka_unit_test(there_are_two_prfs_and_no_others),
        cmocka_unit_test(aes_gcm_is_refused_by_name_where_the_processor_cannot),
        cmocka_unit_test(the_provider_asks_libsodium_whether_the_processor_can),
        cmocka_unit_test(suites_that_libsodium_lacks_are_unsupported),
        cmocka_unit_test(rfc_40_41_the_aeads_have_36_octets_of_key_an_8_octet_iv_and_a_16_octet_icv),
        cmocka_unit_test(rfc_40_41_the_nonce_is_the_salt_and_then_the_iv),
        cmocka_unit_test(key_state_messages_and_plaintext_may_have_any_alignment),
        cmocka_unit_test(a_forged_message_leaves_nothing_of_the_plaintext),
        cmocka_unit_test(wiping_writes_zeros_and_nothing_beyond),
        cmocka_unit_test(equality_sees_every_octet_and_no_more),
        cmocka_unit_test(initialising_again_is_harmless),
        cmocka_unit_test(nothing_draws_randomness_from_libsodium),
    };

    return ikl_init() == IKL_OK ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
