/* SPDX-License-Identifier: ISC */
/* ikl_init says whether the cryptographic library is ready. This program has a sodium_init of its own, so that it can
 * fail. */
#include "support/test.h"

#include <ikelive/base.h>

#include <sodium.h>

static int sodium_result;
static unsigned sodium_calls;

int sodium_init(void)
{
    sodium_calls++;
    return sodium_result;
}

static void init_prepares_libsodium(void **state)
{
    (void)state;
    sodium_calls = 0;
    sodium_result = 0;
    assert_int_equal(ikl_init(), IKL_OK);
    assert_int_equal(sodium_calls, 1);
}

static void libsodium_that_was_ready_already_is_no_error(void **state)
{
    (void)state;
    sodium_result = 1;
    assert_int_equal(ikl_init(), IKL_OK);
}

static void libsodium_that_cannot_be_prepared_is_an_error(void **state)
{
    (void)state;
    sodium_result = -1;
    assert_int_equal(ikl_init(), IKL_ERR_CRYPTO);
}

TESTS_OF(init)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(init_prepares_libsodium),
        cmocka_unit_test(libsodium_that_was_ready_already_is_no_error),
        cmocka_unit_test(libsodium_that_cannot_be_prepared_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
