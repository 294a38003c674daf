/* SPDX-License-Identifier: ISC */
/* Every provider keeps the promises of crypto.h, and they agree with each other and with published vectors. */
#include "support/test.h"

#include "support/hex.h"
#include "support/providers.h"

#include <stdio.h>

enum { AAD = 32, TEXT = 48, MESSAGE = AAD + IKL_MAX_IV + TEXT + IKL_MAX_ICV };

static const uint16_t prf_ids[] = {IKL_PRF_HMAC_SHA1, IKL_PRF_HMAC_SHA2_256, IKL_PRF_HMAC_SHA2_384,
                                   IKL_PRF_HMAC_SHA2_512, IKL_PRF_AES128_CMAC};

static void assert_prf(const struct ikl_prf *prf, const char *key, const char *data, const char *expected)
{
    uint8_t octets[3][256];
    uint8_t out[IKL_MAX_PRF];
    size_t key_len = hex_decode(octets[0], sizeof(octets[0]), key);
    size_t data_len = hex_decode(octets[1], sizeof(octets[1]), data);
    size_t expected_len = hex_decode(octets[2], sizeof(octets[2]), expected);

    assert_true(key_len <= 256 && data_len <= 256 && expected_len <= prf->len && expected_len >= 16);
    for (size_t split = 0; split <= data_len; split++) {
        const struct ikl_octets parts[] = {{octets[1], split}, {NULL, 0}, {octets[1] + split, data_len - split}};

        assert_int_equal(keyed_prf(prf, octets[0], key_len, parts, 3, out), IKL_OK);
        assert_memory_equal(out, octets[2], expected_len);
    }
}

/* Checks one line of a file for every provider that has the PRF. Returns how many do. */
static size_t check_prf(uint16_t id, const char *key, const char *data, const char *expected)
{
    const struct ikl_provider *providers[TEST_MAX_PROVIDERS];
    size_t n_providers = test_providers(providers);
    size_t n = 0;

    for (size_t i = 0; i < n_providers; i++) {
        const struct ikl_prf *prf;

        if (providers[i]->prf(id, &prf) == IKL_OK) {
            assert_prf(prf, key, data, expected);
            n++;
        }
    }
    return n;
}

/* A file with a key, data, and the outputs of `n` PRFs in each line. Returns how many outputs there were, each counted
 * for every provider that has the PRF. */
static size_t check_file(const char *path, const uint16_t *ids, size_t n)
{
    FILE *file = fopen(path, "r");
    char line[2048];
    size_t checked = 0;

    assert_non_null(file);
    while (fgets(line, sizeof(line), file) != NULL) {
        char key[512], data[512], expected[3][512];

        if (line[0] != '#') {
            assert_int_equal(
                sscanf(line, "%511s %511s %511s %511s %511s", key, data, expected[0], expected[1], expected[2]), 2 + n);
            for (size_t i = 0; i < n; i++) {
                checked += check_prf(ids[i], key, data, expected[i]);
            }
        }
    }
    fclose(file);
    return checked;
}

/* How many providers have the PRF: both of libsodium, which has two PRFs, and each other. */
static size_t expected_of(uint16_t id)
{
    const struct ikl_provider *providers[TEST_MAX_PROVIDERS];
    size_t n_providers = test_providers(providers);
    size_t n = 0;

    for (size_t i = 0; i < n_providers; i++) {
        n += id == IKL_PRF_HMAC_SHA2_256 || id == IKL_PRF_HMAC_SHA2_512 ||
             (providers[i] != &ikl_provider_sodium && providers[i] != &ikl_provider_sodium_expanded);
    }
    return n;
}

static void the_prfs_compute_the_vectors_of_rfc_4231_however_the_data_is_split(void **state)
{
    static const uint16_t ids[] = {IKL_PRF_HMAC_SHA2_256, IKL_PRF_HMAC_SHA2_384, IKL_PRF_HMAC_SHA2_512};

    (void)state;
    assert_int_equal(check_file(VECTORS "/rfc4231-hmac.txt", ids, 3),
                     7 * (expected_of(ids[0]) + expected_of(ids[1]) + expected_of(ids[2])));
}

static void prf_hmac_sha1_computes_the_vectors_of_rfc_2202_however_the_data_is_split(void **state)
{
    static const uint16_t id = IKL_PRF_HMAC_SHA1;

    (void)state;
    assert_int_equal(check_file(VECTORS "/rfc2202-hmac-sha1.txt", &id, 1), 7 * expected_of(id));
}

static void prf_aes128_cmac_computes_the_vectors_of_rfc_4615_however_the_data_is_split(void **state)
{
    static const uint16_t id = IKL_PRF_AES128_CMAC;

    (void)state;
    assert_int_equal(check_file(VECTORS "/rfc4615-aes-cmac-prf.txt", &id, 1), 3 * expected_of(id));
}

/* The PRF of the first provider that has it, when that comes before the one with this number. */
static bool find_before(size_t which, uint16_t id, const struct ikl_prf **out)
{
    const struct ikl_provider *providers[TEST_MAX_PROVIDERS];

    (void)test_providers(providers);
    for (size_t i = 0; i < which; i++) {
        if (providers[i]->prf(id, out) == IKL_OK) {
            return true;
        }
    }
    return false;
}

static void providers_that_share_a_prf_agree_at_every_length_of_key_and_data(void **state)
{
    const struct ikl_provider *providers[TEST_MAX_PROVIDERS];
    size_t n_providers = test_providers(providers);
    uint8_t octets[600];

    (void)state;
    for (size_t i = 0; i < sizeof(octets); i++) {
        octets[i] = (uint8_t)(i * 11 + 1);
    }
    for (size_t i = 1; i < n_providers; i++) {
        for (size_t j = 0; j < COUNT_OF(prf_ids); j++) {
            const struct ikl_prf *first, *other;

            if (providers[i]->prf(prf_ids[j], &other) != IKL_OK || !find_before(i, prf_ids[j], &first)) {
                continue;
            }
            for (size_t len = 0; len <= 520; len++) {
                const struct ikl_octets data = {len != 0 ? octets + 7 : NULL, len};
                uint8_t out[2][IKL_MAX_PRF];

                assert_int_equal(keyed_prf(first, octets, len, &data, 1, out[0]), IKL_OK);
                assert_int_equal(keyed_prf(other, len != 0 ? octets : NULL, len, &data, 1, out[1]), IKL_OK);
                assert_memory_equal(out[0], out[1], first->len);
            }
        }
    }
}

static void a_provider_says_how_long_its_prfs_are(void **state)
{
    const struct ikl_provider *providers[TEST_MAX_PROVIDERS];
    static const uint8_t lens[] = {20, 32, 48, 64, 16};
    size_t n_providers = test_providers(providers);

    (void)state;
    for (size_t i = 0; i < n_providers; i++) {
        assert_int_equal(providers[i]->size, sizeof(struct ikl_provider));
        for (size_t j = 0; j < COUNT_OF(prf_ids); j++) {
            const struct ikl_prf *prf;

            if (providers[i]->prf(prf_ids[j], &prf) == IKL_OK) {
                assert_int_equal(prf->size, sizeof(struct ikl_prf));
                assert_int_equal(prf->len, lens[j]);
                assert_int_equal(prf->nonce_len, prf_ids[j] == IKL_PRF_AES128_CMAC ? 8 : 0);
            }
        }
    }
}

static void rfc_40_41_42_every_cipher_has_the_sizes_of_its_rfc(void **state)
{
    static const struct {
        const char *suite;
        uint16_t encr_key_len, integ_key_len;
        uint8_t iv_len, icv_len, block_len;
        bool counter_iv;
    } rows[] = {
        {"chacha20poly1305-prfsha256", 36, 0, 8, 16, 1, true},  {"aes128gcm16-prfsha256", 20, 0, 8, 16, 1, true},
        {"aes192gcm16-prfsha256", 28, 0, 8, 16, 1, true},       {"aes256gcm16-prfsha256", 36, 0, 8, 16, 1, true},
        {"aes128gcm12-prfsha256", 20, 0, 8, 12, 1, true},       {"aes192gcm12-prfsha256", 28, 0, 8, 12, 1, true},
        {"aes256gcm12-prfsha256", 36, 0, 8, 12, 1, true},       {"aes128ccm16-prfsha256", 19, 0, 8, 16, 1, true},
        {"aes192ccm16-prfsha256", 27, 0, 8, 16, 1, true},       {"aes256ccm16-prfsha256", 35, 0, 8, 16, 1, true},
        {"aes128ccm12-prfsha256", 19, 0, 8, 12, 1, true},       {"aes192ccm12-prfsha256", 27, 0, 8, 12, 1, true},
        {"aes256ccm12-prfsha256", 35, 0, 8, 12, 1, true},       {"aes128ccm8-prfsha256", 19, 0, 8, 8, 1, true},
        {"aes192ccm8-prfsha256", 27, 0, 8, 8, 1, true},         {"aes256ccm8-prfsha256", 35, 0, 8, 8, 1, true},
        {"aes128-sha1-prfsha256", 16, 20, 16, 12, 16, false},   {"aes128-sha256", 16, 32, 16, 16, 16, false},
        {"aes128-sha384-prfsha256", 16, 48, 16, 24, 16, false}, {"aes128-sha512-prfsha256", 16, 64, 16, 32, 16, false},
        {"aes192-sha1-prfsha256", 24, 20, 16, 12, 16, false},   {"aes192-sha256", 24, 32, 16, 16, 16, false},
        {"aes192-sha384-prfsha256", 24, 48, 16, 24, 16, false}, {"aes192-sha512-prfsha256", 24, 64, 16, 32, 16, false},
        {"aes256-sha1-prfsha256", 32, 20, 16, 12, 16, false},   {"aes256-sha256", 32, 32, 16, 16, 16, false},
        {"aes256-sha384-prfsha256", 32, 48, 16, 24, 16, false}, {"aes256-sha512-prfsha256", 32, 64, 16, 32, 16, false},
    };
    struct test_cipher ciphers[TEST_MAX_CIPHERS];
    size_t n = test_ciphers(ciphers);
    size_t checked = 0;

    (void)state;
    for (size_t i = 0; i < n; i++) {
        const struct ikl_cipher *cipher = ciphers[i].cipher;

        for (size_t j = 0; j < COUNT_OF(rows); j++) {
            if (strcmp(rows[j].suite, ciphers[i].suite) == 0) {
                assert_int_equal(cipher->size, sizeof(struct ikl_cipher));
                assert_memory_equal(cipher->name, ciphers[i].suite, strlen(cipher->name));
                assert_int_equal(cipher->encr_key_len, rows[j].encr_key_len);
                assert_int_equal(cipher->integ_key_len, rows[j].integ_key_len);
                assert_int_equal(cipher->iv_len, rows[j].iv_len);
                assert_int_equal(cipher->icv_len, rows[j].icv_len);
                assert_int_equal(cipher->block_len, rows[j].block_len);
                assert_int_equal(cipher->counter_iv, rows[j].counter_iv);
                assert_true(cipher->deterministic);
                checked++;
            }
        }
    }
    assert_int_equal(checked, n);
}

/* One line of the table of vectors. */
struct vector {
    uint8_t octets[6][256]; /* key, authenticated, IV, plaintext, ciphertext, ICV */
    size_t lens[6];
};

enum { VECTOR_KEY, VECTOR_AAD, VECTOR_IV, VECTOR_PLAINTEXT, VECTOR_CIPHERTEXT, VECTOR_ICV };

static void read_vector(struct vector *vector, char *const words[6])
{
    for (size_t i = 0; i < 6; i++) {
        vector->lens[i] =
            strcmp(words[i], "-") == 0 ? 0 : hex_decode(vector->octets[i], sizeof(vector->octets[i]), words[i]);
        assert_true(vector->lens[i] <= sizeof(vector->octets[i]));
    }
}

/* The ICV that RFC 2404 and RFC 4868 make of what is before it, through a PRF of the same provider, which has vectors
 * of its own. */
static void expect_hmac(struct vector *vector, const struct test_cipher *of, const uint8_t *integ_key)
{
    const struct ikl_octets parts[] = {{vector->octets[VECTOR_AAD], vector->lens[VECTOR_AAD]},
                                       {vector->octets[VECTOR_IV], vector->lens[VECTOR_IV]},
                                       {vector->octets[VECTOR_CIPHERTEXT], vector->lens[VECTOR_CIPHERTEXT]}};
    size_t len = of->cipher->integ_key_len;
    const struct ikl_prf *hmac;

    assert_int_equal(of->provider->prf(len == 20   ? IKL_PRF_HMAC_SHA1
                                       : len == 32 ? IKL_PRF_HMAC_SHA2_256
                                       : len == 48 ? IKL_PRF_HMAC_SHA2_384
                                                   : IKL_PRF_HMAC_SHA2_512,
                                       &hmac),
                     IKL_OK);
    assert_int_equal(hmac->len, len);
    assert_int_equal(keyed_prf(hmac, integ_key, len, parts, 3, vector->octets[VECTOR_ICV]), IKL_OK);
    vector->lens[VECTOR_ICV] = len == 20 ? 12 : len / 2;
}

static size_t append(uint8_t *message, size_t at, const struct vector *vector, size_t which)
{
    memcpy(message + at, vector->octets[which], vector->lens[which]);
    return at + vector->lens[which];
}

static void check_vector(const struct test_cipher *of, struct vector *vector)
{
    const struct ikl_cipher *cipher = of->cipher;
    uint8_t integ_key[IKL_MAX_INTEG_KEY], message[1024], expected[1024], plaintext[256];
    size_t aad_len = vector->lens[VECTOR_AAD], text_len = vector->lens[VECTOR_PLAINTEXT];
    struct test_state key_state;
    size_t len;

    memset(integ_key, 0x0b, sizeof(integ_key));
    if (cipher->integ_key_len != 0) {
        expect_hmac(vector, of, integ_key);
    }
    assert_int_equal(vector->lens[VECTOR_KEY], cipher->encr_key_len);
    assert_int_equal(vector->lens[VECTOR_IV], cipher->iv_len);
    assert_int_equal(vector->lens[VECTOR_ICV], cipher->icv_len);
    assert_int_equal(vector->lens[VECTOR_CIPHERTEXT], text_len);
    len = append(message, append(message, append(message, 0, vector, VECTOR_AAD), vector, VECTOR_IV), vector,
                 VECTOR_PLAINTEXT);
    memcpy(expected, message, len - text_len);
    len = append(expected, append(expected, len - text_len, vector, VECTOR_CIPHERTEXT), vector, VECTOR_ICV);

    assert_int_equal(keyed_init(cipher, &key_state, vector->octets[VECTOR_KEY], integ_key), IKL_OK);
    assert_int_equal(cipher->seal(&key_state, message, aad_len, text_len), IKL_OK);
    assert_memory_equal(message, expected, len);
    assert_int_equal(cipher->open(&key_state, expected, aad_len, text_len, plaintext), IKL_OK);
    assert_memory_equal(plaintext, vector->octets[VECTOR_PLAINTEXT], text_len);
    test_state_clear(cipher, &key_state);
}

static void every_cipher_seals_and_opens_published_vectors(void **state)
{
    struct test_cipher ciphers[TEST_MAX_CIPHERS];
    bool checked[TEST_MAX_CIPHERS] = {false};
    size_t n = test_ciphers(ciphers);
    FILE *file = fopen(VECTORS "/sealed.txt", "r");
    char line[2048];

    (void)state;
    assert_non_null(file);
    while (fgets(line, sizeof(line), file) != NULL) {
        char words[6][512], suite[64];
        char *const pointers[] = {words[0], words[1], words[2], words[3], words[4], words[5]};

        if (line[0] == '#') {
            continue;
        }
        assert_int_equal(sscanf(line, "%63s %511s %511s %511s %511s %511s %511s", suite, words[0], words[1], words[2],
                                words[3], words[4], words[5]),
                         7);
        for (size_t i = 0; i < n; i++) {
            struct vector vector;

            if (strcmp(ciphers[i].suite, suite) == 0) {
                read_vector(&vector, pointers);
                check_vector(&ciphers[i], &vector);
                checked[i] = true;
            }
        }
    }
    fclose(file);
    for (size_t i = 0; i < n; i++) {
        assert_true(checked[i]);
    }
}

static void fill(uint8_t *data, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        data[i] = (uint8_t)(i * 7 + 3);
    }
}

static size_t message_len(const struct ikl_cipher *cipher)
{
    return (size_t)AAD + cipher->iv_len + TEXT + cipher->icv_len;
}

/* Fills a message and seals it, anywhere. */
static void seal(const struct ikl_cipher *cipher, const void *key_state, uint8_t *message)
{
    fill(message, message_len(cipher));
    assert_int_equal(cipher->seal(key_state, message, AAD, TEXT), IKL_OK);
}

/* The message must open to what `seal` put into it. */
static void assert_opens(const struct ikl_cipher *cipher, const void *key_state, const uint8_t *message)
{
    uint8_t filled[MESSAGE], plaintext[TEXT + 1];

    fill(filled, sizeof(filled));
    plaintext[TEXT] = 0xee;
    assert_int_equal(cipher->open(key_state, message, AAD, TEXT, plaintext), IKL_OK);
    assert_memory_equal(plaintext, filled + AAD + cipher->iv_len, TEXT);
    assert_int_equal(plaintext[TEXT], 0xee);
}

static void providers_that_share_a_suite_seal_to_the_same_octets(void **state)
{
    struct test_cipher ciphers[TEST_MAX_CIPHERS];
    size_t n = test_ciphers(ciphers);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < i; j++) {
            struct test_state states[2];
            uint8_t messages[2][MESSAGE];

            if (strcmp(ciphers[i].suite, ciphers[j].suite) == 0) {
                test_state_init(ciphers[i].cipher, &states[0], 1);
                test_state_init(ciphers[j].cipher, &states[1], 1);
                seal(ciphers[i].cipher, &states[0], messages[0]);
                seal(ciphers[j].cipher, &states[1], messages[1]);
                assert_memory_equal(messages[0], messages[1], message_len(ciphers[i].cipher));
                assert_opens(ciphers[i].cipher, &states[0], messages[1]);
                assert_opens(ciphers[j].cipher, &states[1], messages[0]);
                test_state_clear(ciphers[i].cipher, &states[0]);
                test_state_clear(ciphers[j].cipher, &states[1]);
            }
        }
    }
}

static void key_state_messages_and_plaintext_may_have_any_alignment(void **state)
{
    struct test_cipher ciphers[TEST_MAX_CIPHERS];
    size_t n = test_ciphers(ciphers);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        const struct ikl_cipher *cipher = ciphers[i].cipher;
        size_t state_step = cipher->state_size % 8 == 0 ? 8 : 1;
        uint8_t first[MESSAGE];

        for (size_t shift = 0; shift < 16; shift++) {
            _Alignas(8) uint8_t states[TEST_MAX_STATE + 16 * 8];
            uint8_t messages[MESSAGE + 16], plaintexts[TEXT + 16], filled[MESSAGE];
            uint8_t *message = messages + shift;
            void *key_state = states + shift * state_step;

            fill(filled, sizeof(filled));
            test_state_init(cipher, key_state, 2);
            seal(cipher, key_state, message);
            if (shift == 0) {
                memcpy(first, message, message_len(cipher));
            }
            assert_memory_equal(message, first, message_len(cipher));
            assert_int_equal(cipher->open(key_state, message, AAD, TEXT, plaintexts + shift), IKL_OK);
            assert_memory_equal(plaintexts + shift, filled + AAD + cipher->iv_len, TEXT);
            test_state_clear(cipher, key_state);
        }
    }
}

static void key_state_does_not_depend_on_what_was_there_nor_reach_beyond_its_size(void **state)
{
    struct test_cipher ciphers[TEST_MAX_CIPHERS];
    size_t n = test_ciphers(ciphers);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        const struct ikl_cipher *cipher = ciphers[i].cipher;
        struct test_state key_state;
        uint8_t before[TEST_MAX_STATE], messages[2][MESSAGE];

        for (size_t j = 0; j < 2; j++) {
            memset(before, j == 0 ? 0x11 : 0xee, sizeof(before));
            memcpy(&key_state, before, sizeof(before));
            test_state_init(cipher, &key_state, 2);
            seal(cipher, &key_state, messages[j]);
            assert_opens(cipher, &key_state, messages[j]);
            test_state_clear(cipher, &key_state);
            assert_memory_equal(key_state.octets + cipher->state_size, before, sizeof(before) - cipher->state_size);
        }
        assert_memory_equal(messages[0], messages[1], message_len(cipher));
    }
}

static void no_bit_of_a_message_can_be_changed_and_nothing_of_the_plaintext_is_left(void **state)
{
    struct test_cipher ciphers[TEST_MAX_CIPHERS];
    size_t n = test_ciphers(ciphers);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        const struct ikl_cipher *cipher = ciphers[i].cipher;
        uint8_t message[MESSAGE], plaintext[TEXT + 1];
        struct test_state key_state;

        test_state_init(cipher, &key_state, 3);
        seal(cipher, &key_state, message);
        for (size_t bit = 0; bit < 8 * message_len(cipher); bit++) {
            message[bit / 8] ^= (uint8_t)(1u << bit % 8);
            memset(plaintext, 0xee, sizeof(plaintext));
            assert_int_equal(cipher->open(&key_state, message, AAD, TEXT, plaintext), IKL_ERR_FORGED);
            for (size_t j = 0; j < TEXT; j++) {
                assert_true(plaintext[j] == 0 || plaintext[j] == 0xee);
            }
            assert_int_equal(plaintext[TEXT], 0xee);
            message[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        assert_opens(cipher, &key_state, message);
        test_state_clear(cipher, &key_state);
    }
}

static void a_message_seals_to_the_same_octets_whatever_its_key_state_did_before(void **state)
{
    struct test_cipher ciphers[TEST_MAX_CIPHERS];
    size_t n = test_ciphers(ciphers);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        const struct ikl_cipher *cipher = ciphers[i].cipher;
        uint8_t first[MESSAGE], again[MESSAGE], other[MESSAGE] = {0}, plaintext[TEXT];
        struct test_state key_state;

        test_state_init(cipher, &key_state, 4);
        seal(cipher, &key_state, first);
        for (unsigned before = 0; before < 4; before++) {
            if (before == 1) {
                assert_opens(cipher, &key_state, first);
            } else if (before == 2) {
                assert_int_equal(cipher->open(&key_state, other, AAD, TEXT, plaintext), IKL_ERR_FORGED);
            } else if (before == 3) {
                assert_int_equal(cipher->seal(&key_state, other, AAD, TEXT - 16), IKL_OK);
            }
            seal(cipher, &key_state, again);
            assert_memory_equal(first, again, message_len(cipher));
        }
        test_state_clear(cipher, &key_state);
    }
}

static void key_states_share_nothing(void **state)
{
    struct test_cipher ciphers[TEST_MAX_CIPHERS];
    size_t n = test_ciphers(ciphers);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        const struct ikl_cipher *cipher = ciphers[i].cipher;
        struct test_state states[2];
        uint8_t messages[2][MESSAGE], plaintext[TEXT];

        test_state_init(cipher, &states[0], 5);
        test_state_init(cipher, &states[1], 6);
        seal(cipher, &states[0], messages[0]);
        seal(cipher, &states[1], messages[1]);
        assert_int_equal(cipher->open(&states[0], messages[1], AAD, TEXT, plaintext), IKL_ERR_FORGED);
        assert_int_equal(cipher->open(&states[1], messages[0], AAD, TEXT, plaintext), IKL_ERR_FORGED);
        assert_opens(cipher, &states[0], messages[0]);
        test_state_clear(cipher, &states[0]);
        assert_opens(cipher, &states[1], messages[1]);
        test_state_clear(cipher, &states[1]);
    }
}

static void an_answer_other_than_ok_leaves_out_alone(void **state)
{
    const struct ikl_provider *providers[TEST_MAX_PROVIDERS];
    static const struct ikl_suite never[] = {{.encr = IKL_ENCR_AES_GCM_16, .key_bits = 64},
                                             {.encr = IKL_ENCR_AES_CBC, .key_bits = 192},
                                             {.encr = IKL_ENCR_AES_CCM_8, .key_bits = 0},
                                             {.encr = IKL_ENCR_3DES, .integ = IKL_INTEG_HMAC_SHA1_96}};
    size_t n_providers = test_providers(providers);

    (void)state;
    for (size_t i = 0; i < n_providers; i++) {
        for (size_t j = 0; j < COUNT_OF(never); j++) {
            const struct ikl_cipher *found = NULL;

            assert_int_equal(providers[i]->cipher(&never[j], &found), IKL_ERR_UNSUPPORTED);
            assert_null(found);
        }
    }
}

TESTS_OF(crypto_provider)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_prfs_compute_the_vectors_of_rfc_4231_however_the_data_is_split),
        cmocka_unit_test(prf_hmac_sha1_computes_the_vectors_of_rfc_2202_however_the_data_is_split),
        cmocka_unit_test(prf_aes128_cmac_computes_the_vectors_of_rfc_4615_however_the_data_is_split),
        cmocka_unit_test(providers_that_share_a_prf_agree_at_every_length_of_key_and_data),
        cmocka_unit_test(a_provider_says_how_long_its_prfs_are),
        cmocka_unit_test(rfc_40_41_42_every_cipher_has_the_sizes_of_its_rfc),
        cmocka_unit_test(every_cipher_seals_and_opens_published_vectors),
        cmocka_unit_test(providers_that_share_a_suite_seal_to_the_same_octets),
        cmocka_unit_test(key_state_messages_and_plaintext_may_have_any_alignment),
        cmocka_unit_test(key_state_does_not_depend_on_what_was_there_nor_reach_beyond_its_size),
        cmocka_unit_test(no_bit_of_a_message_can_be_changed_and_nothing_of_the_plaintext_is_left),
        cmocka_unit_test(a_message_seals_to_the_same_octets_whatever_its_key_state_did_before),
        cmocka_unit_test(key_states_share_nothing),
        cmocka_unit_test(an_answer_other_than_ok_leaves_out_alone),
    };

    return ikl_init() == IKL_OK ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
