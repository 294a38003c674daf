/* SPDX-License-Identifier: ISC */
/* The idle time before a liveness check keeps the promises of its header. */
#include "support/test.h"

#include <ikelive/watch.h>

enum { START = 10000, IDLE = 3000 };

static struct ikl_idle begin(enum ikl_liveness_policy policy, uint32_t at_least)
{
    struct ikl_idle idle;

    ikl_idle_init(&idle, policy, IDLE, at_least, START);
    return idle;
}

static struct ikl_idle periodic(void)
{
    return begin(IKL_LIVENESS_PERIODIC, 0);
}

/* The first moment at which a check is due is this one, whatever was sent. */
static void assert_due(const struct ikl_idle *idle, ikl_time due)
{
    static const ikl_time sent[] = {0, START, START + IDLE, IKL_NEVER};

    for (size_t i = 0; i < COUNT_OF(sent); i++) {
        assert_true(ikl_idle_due(idle, START) == due);
        assert_true(ikl_idle_due(idle, due + 7 * IDLE) == due);
        assert_false(ikl_idle_is_over(idle, sent[i], due - 1));
        assert_true(ikl_idle_is_over(idle, sent[i], due));
        assert_true(ikl_idle_is_over(idle, sent[i], due + 1));
        assert_true(ikl_idle_is_over(idle, sent[i], IKL_NEVER - 1));
    }
}

static void assert_never_due(const struct ikl_idle *idle)
{
    assert_true(ikl_idle_due(idle, START) == IKL_NEVER);
    assert_true(ikl_idle_due(idle, START + 100 * IDLE) == IKL_NEVER);
    assert_false(ikl_idle_is_over(idle, START, START));
    assert_false(ikl_idle_is_over(idle, START + 99, IKL_NEVER - 1));
    assert_false(ikl_idle_is_over(idle, IKL_NEVER, IKL_NEVER - 1));
}

static void the_beginning_counts_as_the_latest_sign_of_life(void **state)
{
    struct ikl_idle idle;

    (void)state;
    memset(&idle, 0xa5, sizeof(idle));
    ikl_idle_init(&idle, IKL_LIVENESS_PERIODIC, IDLE, 0, START);
    assert_true(idle.heard == START);
    assert_int_equal(idle.interval, IDLE);
    assert_int_equal(idle.at_least, 0);
    assert_int_equal(idle.policy, IKL_LIVENESS_PERIODIC);
    assert_due(&idle, START + IDLE);
}

static void an_interval_of_0_means_the_default_of_5_seconds(void **state)
{
    struct ikl_idle idle;

    (void)state;
    ikl_idle_init(&idle, IKL_LIVENESS_PERIODIC, 0, 0, START);
    assert_int_equal(idle.interval, 5000);
    assert_due(&idle, START + 5000);
}

static void an_interval_may_be_anything_else_but_off(void **state)
{
    static const uint32_t intervals[] = {1, 2, 86400000, UINT32_MAX - 1};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(intervals); i++) {
        struct ikl_idle idle;

        ikl_idle_init(&idle, IKL_LIVENESS_PERIODIC, intervals[i], 0, START);
        assert_due(&idle, START + (ikl_time)intervals[i]);
    }
}

static void with_the_policy_or_the_interval_off_no_check_is_ever_due(void **state)
{
    static const enum ikl_liveness_policy policies[] = {IKL_LIVENESS_PERIODIC, IKL_LIVENESS_ON_DEMAND,
                                                        IKL_LIVENESS_OFF};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(policies); i++) {
        struct ikl_idle idle;

        ikl_idle_init(&idle, policies[i], policies[i] == IKL_LIVENESS_OFF ? IDLE : IKL_IDLE_OFF, IDLE, START);
        assert_int_equal(idle.policy, policies[i]);
        assert_never_due(&idle);
        ikl_idle_heard(&idle, START + 1);
        assert_never_due(&idle);
    }
}

static void a_sign_of_life_puts_the_check_off(void **state)
{
    struct ikl_idle idle = periodic();

    (void)state;
    ikl_idle_heard(&idle, START + 2999);
    assert_true(idle.heard == START + 2999);
    assert_due(&idle, START + 2999 + IDLE);
    ikl_idle_heard(&idle, START + 90000);
    assert_due(&idle, START + 90000 + IDLE);
}

static void an_older_sign_of_life_than_what_is_known_is_ignored(void **state)
{
    struct ikl_idle idle = periodic();

    (void)state;
    ikl_idle_heard(&idle, START + 500);
    ikl_idle_heard(&idle, START + 499);
    ikl_idle_heard(&idle, START + 500);
    ikl_idle_heard(&idle, 0);
    assert_true(idle.heard == START + 500);
    assert_due(&idle, START + 500 + IDLE);
}

static void another_policy_counts_from_the_latest_sign_of_life(void **state)
{
    struct ikl_idle idle = periodic();

    (void)state;
    ikl_idle_heard(&idle, START + 500);
    ikl_idle_set(&idle, IKL_LIVENESS_PERIODIC, 700, 0);
    assert_due(&idle, START + 1200);
    ikl_idle_set(&idle, IKL_LIVENESS_OFF, 700, 0);
    assert_never_due(&idle);
    ikl_idle_set(&idle, IKL_LIVENESS_PERIODIC, 0, 0);
    assert_due(&idle, START + 5500);
}

static void on_demand_a_check_is_due_only_when_something_was_sent_since_the_latest_sign_of_life(void **state)
{
    struct ikl_idle idle = begin(IKL_LIVENESS_ON_DEMAND, 0);

    (void)state;
    assert_false(ikl_idle_is_over(&idle, IKL_NEVER, START + IDLE));
    assert_false(ikl_idle_is_over(&idle, START - 1, START + IDLE));
    assert_false(ikl_idle_is_over(&idle, START, START + IDLE));
    assert_true(ikl_idle_is_over(&idle, START + 1, START + IDLE));
    assert_false(ikl_idle_is_over(&idle, START + 1, START + IDLE - 1));
    ikl_idle_heard(&idle, START + 1);
    assert_false(ikl_idle_is_over(&idle, START + 1, START + 99 * IDLE));
    assert_true(ikl_idle_is_over(&idle, START + 2, START + 1 + IDLE));
}

static void on_demand_but_at_least_so_often_a_check_is_due_though_nothing_was_sent(void **state)
{
    static const struct {
        uint32_t at_least;
        ikl_time due;
    } rows[] = {
        {1, IDLE}, /* one interval at least */
        {IDLE - 1, IDLE},
        {IDLE, IDLE},
        {2 * IDLE - 1, IDLE}, /* whole intervals */
        {2 * IDLE, 2 * IDLE},
        {5 * IDLE + 1, 5 * IDLE},
        {65535u * IDLE, 65535u * (ikl_time)IDLE},
        {65536u * IDLE, 65535u * (ikl_time)IDLE},
        {UINT32_MAX, 65535u * (ikl_time)IDLE},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct ikl_idle idle = begin(IKL_LIVENESS_ON_DEMAND, rows[i].at_least);

        assert_false(ikl_idle_is_over(&idle, IKL_NEVER, START + rows[i].due - 1));
        assert_true(ikl_idle_is_over(&idle, IKL_NEVER, START + rows[i].due));
        assert_true(ikl_idle_is_over(&idle, START, START + rows[i].due));
        assert_true(ikl_idle_is_over(&idle, START + 1, START + IDLE)); /* on demand as before */
        assert_true(ikl_idle_due(&idle, START + rows[i].due) == START + rows[i].due);
    }
}

static void on_demand_without_at_least_a_check_is_never_due_for_nothing(void **state)
{
    struct ikl_idle idle = begin(IKL_LIVENESS_ON_DEMAND, 0);

    (void)state;
    assert_false(ikl_idle_is_over(&idle, IKL_NEVER, IKL_NEVER - 1));
}

static void on_demand_the_next_look_is_a_whole_number_of_intervals_after_the_latest_sign_of_life(void **state)
{
    static const struct {
        ikl_time now, due;
    } rows[] = {
        {0, IDLE},
        {IDLE - 1, IDLE},
        {IDLE, IDLE},
        {IDLE + 1, 2 * IDLE},
        {2 * IDLE - 1, 2 * IDLE},
        {2 * IDLE, 2 * IDLE},
        {1000 * (ikl_time)IDLE + 1, 1001 * (ikl_time)IDLE},
    };
    struct ikl_idle idle = begin(IKL_LIVENESS_ON_DEMAND, 0);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_true(ikl_idle_due(&idle, START + rows[i].now) == START + rows[i].due);
    }
    ikl_idle_heard(&idle, START + 500);
    assert_true(ikl_idle_due(&idle, START + 500 + IDLE + 1) == START + 500 + 2 * IDLE);
    assert_true(ikl_idle_due(&idle, 0) == START + 500 + IDLE);
}

static void a_due_time_saturates_below_never(void **state)
{
    static const enum ikl_liveness_policy policies[] = {IKL_LIVENESS_PERIODIC, IKL_LIVENESS_ON_DEMAND};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(policies); i++) {
        struct ikl_idle idle = begin(policies[i], IDLE);

        ikl_idle_heard(&idle, IKL_NEVER - 10);
        assert_true(ikl_idle_due(&idle, IKL_NEVER - 10) == IKL_NEVER - 1);
        assert_true(ikl_idle_is_over(&idle, IKL_NEVER, IKL_NEVER - 1));
        assert_false(ikl_idle_is_over(&idle, IKL_NEVER, IKL_NEVER - 2));
    }
}

TESTS_OF(watch_idle)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_beginning_counts_as_the_latest_sign_of_life),
        cmocka_unit_test(an_interval_of_0_means_the_default_of_5_seconds),
        cmocka_unit_test(an_interval_may_be_anything_else_but_off),
        cmocka_unit_test(with_the_policy_or_the_interval_off_no_check_is_ever_due),
        cmocka_unit_test(a_sign_of_life_puts_the_check_off),
        cmocka_unit_test(an_older_sign_of_life_than_what_is_known_is_ignored),
        cmocka_unit_test(another_policy_counts_from_the_latest_sign_of_life),
        cmocka_unit_test(on_demand_a_check_is_due_only_when_something_was_sent_since_the_latest_sign_of_life),
        cmocka_unit_test(on_demand_but_at_least_so_often_a_check_is_due_though_nothing_was_sent),
        cmocka_unit_test(on_demand_without_at_least_a_check_is_never_due_for_nothing),
        cmocka_unit_test(on_demand_the_next_look_is_a_whole_number_of_intervals_after_the_latest_sign_of_life),
        cmocka_unit_test(a_due_time_saturates_below_never),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
