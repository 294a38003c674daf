/* SPDX-License-Identifier: ISC */
/* The version, the names of errors and the arithmetic on times keep the promises of their header. */
#include "support/test.h"

#include <ikelive/base.h>

#include <stdio.h>

static void the_version_is_major_minor_patch(void **state)
{
    unsigned major, minor, patch;
    char rest;

    (void)state;
    assert_int_equal(sscanf(ikl_version(), "%u.%u.%u%c", &major, &minor, &patch, &rest), 3);
    assert_int_equal(major, IKL_VERSION_MAJOR);
    assert_int_equal(minor, IKL_VERSION_MINOR);
    assert_int_equal(patch, IKL_VERSION_PATCH);
    assert_ptr_equal(ikl_version(), ikl_version());
}

#define NAMED(error)                                                                                                   \
    {                                                                                                                  \
        error, #error                                                                                                  \
    }

static const struct {
    int error;
    const char *name;
} errors[] = {
    NAMED(IKL_OK),
    NAMED(IKL_ERR_INVALID),
    NAMED(IKL_ERR_NO_MEMORY),
    NAMED(IKL_ERR_NO_BUFFER),
    NAMED(IKL_ERR_UNSUPPORTED),
    NAMED(IKL_ERR_NO_AES),
    NAMED(IKL_ERR_CRYPTO),
    NAMED(IKL_ERR_EXHAUSTED),
    NAMED(IKL_ERR_BUSY),
    NAMED(IKL_ERR_STATE),
    NAMED(IKL_ERR_REENTRANT),
    NAMED(IKL_ERR_NOT_FOUND),
    NAMED(IKL_ERR_END),
    NAMED(IKL_ERR_BLOCKED),
    NAMED(IKL_ERR_TRUNCATED),
    NAMED(IKL_ERR_MALFORMED),
    NAMED(IKL_ERR_LENGTH),
    NAMED(IKL_ERR_VERSION),
    NAMED(IKL_ERR_UNKNOWN_SPI),
    NAMED(IKL_ERR_FLAGS),
    NAMED(IKL_ERR_UNPROTECTED),
    NAMED(IKL_ERR_FORGED),
    NAMED(IKL_ERR_STALE),
    NAMED(IKL_ERR_WINDOW),
    NAMED(IKL_ERR_UNSOLICITED),
    NAMED(IKL_ERR_CRITICAL),
    NAMED(IKL_ERR_NOT_IKE),
    NAMED(IKL_ERR_KEEPALIVE),
    NAMED(IKL_ERR_RATE),
    NAMED(IKL_ERR_PENDING),
    NAMED(IKL_ERR_FRAGMENT),
    NAMED(IKL_ERR_EARLY),
};

/* The name in the list above, or the name of a number that is none. */
static const char *expected_name(int error)
{
    for (size_t i = 0; i < COUNT_OF(errors); i++) {
        if (errors[i].error == error) {
            return errors[i].name;
        }
    }
    return "IKL_ERR_?";
}

static void every_error_has_the_name_it_has_in_the_header_and_no_other_number_has_one(void **state)
{
    static const int far[] = {INT32_MIN, INT32_MAX, -1000, 1000};

    (void)state;
    for (int error = -100; error <= 100; error++) {
        assert_string_equal(ikl_error_name(error), expected_name(error));
        assert_ptr_equal(ikl_error_name(error), ikl_error_name(error));
    }
    for (size_t i = 0; i < COUNT_OF(far); i++) {
        assert_string_equal(ikl_error_name(far[i]), "IKL_ERR_?");
    }
}

static void success_is_0_and_every_error_is_a_negative_number_of_its_own(void **state)
{
    (void)state;
    assert_int_equal(IKL_OK, 0);
    for (size_t i = 1; i < COUNT_OF(errors); i++) {
        assert_true(errors[i].error < 0);
        for (size_t j = 0; j < i; j++) {
            assert_int_not_equal(errors[i].error, errors[j].error);
        }
    }
}

static void a_time_after_a_delay_is_the_sum(void **state)
{
    (void)state;
    assert_true(ikl_time_after(0, 0) == 0);
    assert_true(ikl_time_after(5, 7) == 12);
    assert_true(ikl_time_after(UINT64_C(1) << 40, UINT64_C(1) << 50) == (UINT64_C(1) << 40 | UINT64_C(1) << 50));
    assert_true(ikl_time_after(0, IKL_NEVER - 1) == IKL_NEVER - 1);
    assert_true(ikl_time_after(IKL_NEVER - 1, 0) == IKL_NEVER - 1);
    assert_true(ikl_time_after(IKL_NEVER - 3, 1) == IKL_NEVER - 2);
}

static void no_sum_of_times_reaches_never(void **state)
{
    static const uint64_t large[] = {0, 1, 2, UINT64_MAX / 2, UINT64_MAX / 2 + 1, UINT64_MAX - 2, UINT64_MAX - 1};

    (void)state;
    assert_true(IKL_NEVER == UINT64_MAX);
    for (size_t i = 0; i < COUNT_OF(large); i++) {
        for (size_t j = 0; j < COUNT_OF(large); j++) {
            bool fits = large[i] <= IKL_NEVER - 1 - large[j];

            assert_true(ikl_time_after(large[i], large[j]) == (fits ? large[i] + large[j] : IKL_NEVER - 1));
        }
        assert_true(ikl_time_after(large[i], UINT64_MAX) == IKL_NEVER - 1);
    }
}

static void never_stays_never_whatever_is_added(void **state)
{
    (void)state;
    assert_true(ikl_time_after(IKL_NEVER, 0) == IKL_NEVER);
    assert_true(ikl_time_after(IKL_NEVER, 1) == IKL_NEVER);
    assert_true(ikl_time_after(IKL_NEVER, UINT64_MAX) == IKL_NEVER);
}

static void of_two_times_one_is_earlier_and_one_later(void **state)
{
    static const ikl_time pairs[][2] = {{0, 1}, {7, 7}, {4, IKL_NEVER}, {IKL_NEVER - 1, IKL_NEVER}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        assert_true(ikl_time_earlier(pairs[i][0], pairs[i][1]) == pairs[i][0]);
        assert_true(ikl_time_earlier(pairs[i][1], pairs[i][0]) == pairs[i][0]);
        assert_true(ikl_time_later(pairs[i][0], pairs[i][1]) == pairs[i][1]);
        assert_true(ikl_time_later(pairs[i][1], pairs[i][0]) == pairs[i][1]);
    }
}

TESTS_OF(base)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_version_is_major_minor_patch),
        cmocka_unit_test(every_error_has_the_name_it_has_in_the_header_and_no_other_number_has_one),
        cmocka_unit_test(success_is_0_and_every_error_is_a_negative_number_of_its_own),
        cmocka_unit_test(a_time_after_a_delay_is_the_sum),
        cmocka_unit_test(no_sum_of_times_reaches_never),
        cmocka_unit_test(never_stays_never_whatever_is_added),
        cmocka_unit_test(of_two_times_one_is_earlier_and_one_later),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
