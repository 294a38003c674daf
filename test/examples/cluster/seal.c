/* SPDX-License-Identifier: ISC */
/* Sealed values open only where they belong. */
#include "examples/cluster/seal.h"

#include "support/test.h"

#include <ikelive/base.h>

static const uint8_t key[SEAL_KEY] = {1, 2, 3};
static const struct seal_place place = {3, "0123456789abcdef"};
static const uint8_t octets[] = "twenty octets or so";

enum { LEN = sizeof(octets), SEALED = LEN + SEAL_EXTRA };

static bool opens(const uint8_t *with, const struct seal_place *at, const uint8_t *sealed, size_t len)
{
    uint8_t out[LEN];
    uint64_t epoch;

    return unseal(with, at, sealed, len, out, &epoch);
}

static void a_sealed_value_opens_with_its_epoch(void **state)
{
    uint8_t sealed[SEALED], out[LEN];
    uint64_t epoch = 0;

    (void)state;
    seal(key, &place, 7, octets, LEN, sealed);
    assert_true(unseal(key, &place, sealed, SEALED, out, &epoch));
    assert_int_equal(epoch, 7);
    assert_memory_equal(out, octets, LEN);
    assert_memory_not_equal(sealed + SEAL_EXTRA - 16, octets, LEN);
}

static void it_opens_nowhere_else(void **state)
{
    const struct seal_place shard = {4, place.name}, name = {place.shard, "0123456789abcde0"};
    const uint8_t other[SEAL_KEY] = {1, 2, 4};
    uint8_t sealed[SEALED];

    (void)state;
    seal(key, &place, 7, octets, LEN, sealed);
    assert_false(opens(other, &place, sealed, SEALED));
    assert_false(opens(key, &shard, sealed, SEALED));
    assert_false(opens(key, &name, sealed, SEALED));
}

static void a_damaged_one_does_not_open(void **state)
{
    uint8_t sealed[SEALED];

    (void)state;
    seal(key, &place, 7, octets, LEN, sealed);
    for (size_t i = 0; i < SEALED; i++) {
        sealed[i] ^= 1;
        assert_false(opens(key, &place, sealed, SEALED));
        sealed[i] ^= 1;
        assert_false(opens(key, &place, sealed, i));
    }
    assert_true(opens(key, &place, sealed, SEALED));
}

TESTS_OF(seal)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sealed_value_opens_with_its_epoch),
        cmocka_unit_test(it_opens_nowhere_else),
        cmocka_unit_test(a_damaged_one_does_not_open),
    };

    assert_int_equal(ikl_init(), IKL_OK);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
