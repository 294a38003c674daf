/* SPDX-License-Identifier: ISC */
/* The highest and the lowest bit. */
#include "support/test.h"

#include "bits.h"

static void the_highest_and_lowest_bit_of_a_single_bit_are_that_bit(void **state)
{
    (void)state;
    for (unsigned bit = 0; bit < 64; bit++) {
        uint64_t bits = UINT64_C(1) << bit;

        assert_int_equal(ikl_highest_bit(bits), bit);
        assert_int_equal(ikl_highest_bit_portable(bits), bit);
        assert_int_equal(ikl_lowest_bit(bits), bit);
        assert_int_equal(ikl_lowest_bit_portable(bits), bit);
    }
}

static void bits_between_the_highest_and_the_lowest_do_not_matter(void **state)
{
    (void)state;
    for (unsigned high = 0; high < 64; high++) {
        for (unsigned low = 0; low <= high; low++) {
            uint64_t ends = UINT64_C(1) << high | UINT64_C(1) << low;
            uint64_t full = UINT64_MAX >> (63 - high) & UINT64_MAX << low;

            assert_int_equal(ikl_highest_bit(ends), high);
            assert_int_equal(ikl_highest_bit(full), high);
            assert_int_equal(ikl_highest_bit_portable(ends), high);
            assert_int_equal(ikl_highest_bit_portable(full), high);
            assert_int_equal(ikl_lowest_bit(ends), low);
            assert_int_equal(ikl_lowest_bit(full), low);
            assert_int_equal(ikl_lowest_bit_portable(ends), low);
            assert_int_equal(ikl_lowest_bit_portable(full), low);
        }
    }
}

TESTS_OF(bits)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_highest_and_lowest_bit_of_a_single_bit_are_that_bit),
        cmocka_unit_test(bits_between_the_highest_and_the_lowest_do_not_matter),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
