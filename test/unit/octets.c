/* SPDX-License-Identifier: ISC */
/* Big-endian numbers at any alignment: both forms say the same. */
#include "support/test.h"

#include "octets.h"

static const uint8_t COUNTED[] = {0, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0};

static void the_first_octet_of_a_number_is_the_highest(void **state)
{
    (void)state;
    assert_int_equal(ikl_load_u16(COUNTED + 1), 0x0123);
    assert_int_equal(ikl_load_u32(COUNTED + 1), 0x01234567);
    assert_true(ikl_load_u64(COUNTED + 1) == UINT64_C(0x0123456789abcdef));
    assert_true(ikl_load_u64_portable(COUNTED + 1) == UINT64_C(0x0123456789abcdef));
}

static void a_stored_number_takes_its_octets_and_no_other(void **state)
{
    uint8_t fast[sizeof(COUNTED)] = {0}, portable[sizeof(COUNTED)] = {0};

    (void)state;
    ikl_store_u64(fast + 1, UINT64_C(0x0123456789abcdef));
    ikl_store_u64_portable(portable + 1, UINT64_C(0x0123456789abcdef));
    assert_memory_equal(fast, COUNTED, sizeof(COUNTED));
    assert_memory_equal(portable, COUNTED, sizeof(COUNTED));
    memset(fast, 0, sizeof(fast));
    memset(portable, 0, sizeof(portable));
    ikl_store_u32(fast + 1, 0x01234567);
    ikl_store_u32_portable(portable + 1, 0x01234567);
    ikl_store_u16(fast + 5, 0x89ab);
    ikl_store_u16(portable + 5, 0x89ab);
    assert_memory_equal(fast, COUNTED, 7);
    assert_int_equal(fast[7], 0);
    assert_memory_equal(portable, fast, sizeof(fast));
}

TESTS_OF(octets)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_octet_of_a_number_is_the_highest),
        cmocka_unit_test(a_stored_number_takes_its_octets_and_no_other),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
