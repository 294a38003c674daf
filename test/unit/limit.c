/* SPDX-License-Identifier: ISC */
/* A token bucket allows a burst and then one an interval. */
#include "support/test.h"

#include "support/test_random.h"

#include "limit.h"

enum { BURST = 3, INTERVAL = 100, START = 1000 };

static void take(ikl_time *full_at, ikl_time now, bool allowed)
{
    ikl_time before = *full_at;

    assert_int_equal(ikl_within_limit(full_at, BURST, INTERVAL, now), allowed);
    assert_true(allowed || *full_at == before);
}

static void a_burst_is_allowed_at_once_and_no_more(void **state)
{
    ikl_time full_at = 0;

    (void)state;
    for (int i = 0; i < BURST; i++) {
        take(&full_at, START, true);
    }
    take(&full_at, START, false);
    take(&full_at, START + INTERVAL - 1, false);
}

static void after_a_burst_one_token_is_earned_an_interval(void **state)
{
    ikl_time full_at = 0;

    (void)state;
    for (int i = 0; i < BURST; i++) {
        take(&full_at, START, true);
    }
    for (ikl_time n = 1; n <= 5; n++) {
        take(&full_at, START + n * INTERVAL, true);
        take(&full_at, START + n * INTERVAL, false);
    }
}

static void a_long_silence_earns_one_burst_and_not_more(void **state)
{
    ikl_time full_at = 0;

    (void)state;
    take(&full_at, START, true);
    for (int i = 0; i < BURST; i++) {
        take(&full_at, 3600000, true);
    }
    take(&full_at, 3600000, false);
}

static void a_burst_of_one_is_one_an_interval(void **state)
{
    ikl_time full_at = 0;

    (void)state;
    assert_true(ikl_within_limit(&full_at, 1, INTERVAL, START));
    assert_false(ikl_within_limit(&full_at, 1, INTERVAL, START + INTERVAL - 1));
    assert_true(ikl_within_limit(&full_at, 1, INTERVAL, START + INTERVAL));
}

static void in_any_span_no_more_is_allowed_than_a_burst_and_what_is_earned_in_it(void **state)
{
    struct test_random random = {12};
    ikl_time full_at = 0, now = START, taken[2000];
    size_t n = 0;

    (void)state;
    while (n < COUNT_OF(taken)) {
        now += test_random_below(&random, 2 * INTERVAL / 3);
        if (ikl_within_limit(&full_at, BURST, INTERVAL, now)) {
            taken[n++] = now;
        }
    }
    for (size_t i = 0; i + BURST < n; i++) {
        for (size_t j = i + BURST; j < n && j < i + 50; j++) {
            assert_true(j - i + 1 <= BURST + (taken[j] - taken[i]) / INTERVAL);
        }
    }
}

TESTS_OF(limit)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_burst_is_allowed_at_once_and_no_more),
        cmocka_unit_test(after_a_burst_one_token_is_earned_an_interval),
        cmocka_unit_test(a_long_silence_earns_one_burst_and_not_more),
        cmocka_unit_test(a_burst_of_one_is_one_an_interval),
        cmocka_unit_test(in_any_span_no_more_is_allowed_than_a_burst_and_what_is_earned_in_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
