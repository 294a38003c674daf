/* SPDX-License-Identifier: ISC */
/* What the library does with secrets and with what strangers choose, with libsodium or without it. */
#include "support/test.h"

#include "crypto/keyed_hash.h"

#include <ikelive/crypto.h>

#if defined(TEST_SODIUM)
#include <sodium.h>
#endif

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
    for (size_t i = 0; i < sizeof(a); i++) {
        a[i] = b[i] = (uint8_t)(i * 7 + 3);
    }
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

static void the_keyed_hash_counts_every_octet_the_length_and_the_key(void **state)
{
    static const uint64_t key[2] = {UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908)};
    uint8_t data[40] = {0};

    (void)state;
    for (size_t len = 0; len < sizeof(data); len++) {
        uint64_t hash = ikl_keyed_hash(key, data, len);

        assert_true(hash == ikl_keyed_hash(key, data, len));
        assert_true(hash != ikl_keyed_hash(key, data, len + 1));
        for (size_t i = 0; i < 2; i++) {
            uint64_t other[2] = {key[0] + (i == 0), key[1] + (i == 1)};

            assert_true(hash != ikl_keyed_hash(other, data, len));
        }
        for (size_t i = 0; i < len; i++) {
            data[i] = 1;
            assert_true(hash != ikl_keyed_hash(key, data, len));
            data[i] = 0;
        }
    }
}

/* A table of 256 places with 1,024 numbers one after the other, or 256 apart: none has ten times its share. */
static void the_keyed_hash_spreads_what_differs_little(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 50; seed++) {
        const uint64_t key[2] = {seed * UINT64_C(0x9e3779b97f4a7c15), seed * UINT64_C(0xd1342543de82ef95)};

        for (uint32_t step = 1; step <= 256; step *= 256) {
            unsigned places[256] = {0};

            for (uint32_t i = 0; i < 1024; i++) {
                uint32_t number = i * step;
                const uint8_t octets[4] = {(uint8_t)(number >> 24), (uint8_t)(number >> 16), (uint8_t)(number >> 8),
                                           (uint8_t)number};

                assert_true(++places[ikl_keyed_hash(key, octets, sizeof(octets)) & 255] < 40);
            }
        }
    }
}

#if defined(TEST_SODIUM)
/* The first, second and sixteenth of those that its authors publish: key 00 01 ... 0f, data 00 01 ... */
static void the_keyed_hash_is_siphash(void **state)
{
    static const uint64_t key[2] = {UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908)};
    static const uint8_t data[15] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14};

    (void)state;
    assert_true(ikl_keyed_hash(key, data, 0) == UINT64_C(0x726fdb47dd0e0e31));
    assert_true(ikl_keyed_hash(key, data, 1) == UINT64_C(0x74f839c593dc67fd));
    assert_true(ikl_keyed_hash(key, data, 15) == UINT64_C(0xa129ca6149be45e5));
}

static uint64_t number(const uint8_t *octets)
{
    uint64_t out = 0;

    for (unsigned i = 0; i < 8; i++) {
        out |= (uint64_t)octets[i] << (8 * i);
    }
    return out;
}

static void the_keyed_hash_is_that_of_libsodium_at_every_length_and_alignment(void **state)
{
    uint8_t data[200], key[crypto_shorthash_KEYBYTES], expected[crypto_shorthash_BYTES];

    (void)state;
    for (size_t i = 0; i < sizeof(data); i++) {
        data[i] = (uint8_t)(i * 11 + 200);
    }
    for (size_t i = 0; i < sizeof(key); i++) {
        key[i] = (uint8_t)(255 - i * 13);
    }
    for (size_t at = 0; at < 8; at++) {
        for (size_t len = 0; len < 150; len++) {
            const uint64_t numbers[2] = {number(key), number(key + 8)};

            assert_int_equal(crypto_shorthash(expected, data + at, len, key), 0);
            assert_true(ikl_keyed_hash(numbers, data + at, len) == number(expected));
        }
        key[at] ^= 0xff;
    }
}
#else
static void without_libsodium_its_providers_have_nothing(void **state)
{
    const struct ikl_provider *const providers[] = {&ikl_provider_sodium, &ikl_provider_sodium_expanded};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(providers); i++) {
        assert_null(ikl_provider_error(providers[i]));
        for (unsigned id = 0; id < 64; id++) {
            const struct ikl_suite suite = {.encr = (uint16_t)id, .key_bits = id == 28 ? 0 : 256};
            const struct ikl_cipher *cipher = NULL;
            const struct ikl_prf *prf = NULL;

            assert_int_equal(providers[i]->cipher(&suite, &cipher), IKL_ERR_UNSUPPORTED);
            assert_int_equal(providers[i]->prf((uint16_t)id, &prf), IKL_ERR_UNSUPPORTED);
            assert_true(cipher == NULL && prf == NULL);
        }
    }
}
#endif

TESTS_OF(secrets)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wiping_writes_zeros_and_nothing_beyond),
        cmocka_unit_test(equality_sees_every_octet_and_no_more),
        cmocka_unit_test(initialising_again_is_harmless),
        cmocka_unit_test(the_keyed_hash_counts_every_octet_the_length_and_the_key),
        cmocka_unit_test(the_keyed_hash_spreads_what_differs_little),
#if defined(TEST_SODIUM)
        cmocka_unit_test(the_keyed_hash_is_siphash),
        cmocka_unit_test(the_keyed_hash_is_that_of_libsodium_at_every_length_and_alignment),
#else
        cmocka_unit_test(without_libsodium_its_providers_have_nothing),
#endif
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
