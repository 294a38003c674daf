/* SPDX-License-Identifier: ISC */
/* The watch over one IKE SA: checks by a hint, checks that are put off, and what each policy asks for. */
#include "support/watching.h"

static void a_hint_causes_one_check_whatever_the_policy(void **state)
{
    static const enum ikl_liveness_policy policies[] = {IKL_LIVENESS_PERIODIC, IKL_LIVENESS_ON_DEMAND,
                                                        IKL_LIVENESS_OFF};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(policies); i++) {
        struct ikl_watch watch = begin();

        ikl_watch_set_policy(&watch, policies[i], 5000, 0);
        assert_int_equal(ikl_watch_hinted(&watch, START + 100), IKL_WATCH_PROBE);
        assert_int_equal(ikl_watch_hinted(&watch, START + 100), IKL_WATCH_NOTHING);
        assert_int_equal(ikl_watch_hinted(&watch, START + 1099), IKL_WATCH_NOTHING);
        assert_int_equal(ikl_watch_hinted(&watch, START + 1100), IKL_WATCH_PROBE); /* it was not sent */
        begin_again(&watch, 1100);
        assert_true(deadline(&watch) == 2100);
        assert_int_equal(ikl_watch_hinted(&watch, START + 9000), IKL_WATCH_NOTHING);
        assert_true(deadline(&watch) == 2100);
    }
}

static void a_check_that_is_due_can_be_put_off_and_says_so(void **state)
{
    struct ikl_watch watch = begin();

    (void)state;
    ikl_watch_put_off(&watch, START + 5000);
    assert_false(watch.run.put_off);
    ikl_watch_put_off(&watch, START + 5700);
    assert_true(watch.run.put_off);
    assert_true(deadline(&watch) == 5700);
    assert_int_equal(tick(&watch, 5699), IKL_WATCH_NOTHING);
    assert_int_equal(tick(&watch, 5700), IKL_WATCH_PROBE);
    assert_true(watch.run.put_off);
    begin_again(&watch, 5700);
    assert_false(watch.run.put_off);
    assert_true(deadline(&watch) == 6700);
}

static void on_demand_too_a_check_that_is_put_off_has_its_own_time(void **state)
{
    struct ikl_watch watch = on_demand();

    (void)state;
    ikl_watch_traffic_sent(&watch, START + 10, START + 10);
    ikl_watch_put_off(&watch, START + 3100);
    assert_true(deadline(&watch) == 3100);
    assert_int_equal(tick(&watch, 3100), IKL_WATCH_PROBE);
}

static void what_is_put_off_is_not_due_when_the_peer_was_heard(void **state)
{
    struct ikl_watch watch = begin();

    (void)state;
    ikl_watch_put_off(&watch, START + 5700);
    assert_int_equal(ikl_watch_heard(&watch, START + 5200, 0), IKL_WATCH_NOTHING);
    assert_false(watch.run.put_off);
    assert_true(deadline(&watch) == 10200);
}

static void a_retransmission_that_is_due_can_be_put_off_and_says_so(void **state)
{
    struct ikl_watch watch = begin_sent(0);

    (void)state;
    ikl_watch_put_off(&watch, START + 999);
    assert_true(deadline(&watch) == 1000);
    ikl_watch_put_off(&watch, START + 1400);
    assert_true(deadline(&watch) == 1400);
    assert_true(watch.run.put_off);
    assert_int_equal(tick(&watch, 1000), IKL_WATCH_NOTHING);
    assert_int_equal(tick(&watch, 1400), IKL_WATCH_SEND_AGAIN);
    assert_false(watch.run.put_off);
}

static void on_demand_a_look_that_finds_nothing_sent_is_followed_by_another_an_interval_later(void **state)
{
    struct ikl_watch watch = on_demand();

    (void)state;
    assert_true(deadline(&watch) == 3000);
    assert_int_equal(tick(&watch, 3000), IKL_WATCH_NOTHING);
    assert_true(deadline(&watch) == 6000);
    assert_int_equal(tick(&watch, 6500), IKL_WATCH_NOTHING);
    assert_true(deadline(&watch) == 9000);
    ikl_watch_traffic_sent(&watch, START + 7000, START + 7000);
    ikl_watch_traffic_sent(&watch, START + 6900, START + 7000);
    assert_true(deadline(&watch) == 9000);
    assert_int_equal(tick(&watch, 9000), IKL_WATCH_PROBE);
}

static void on_demand_but_at_least_so_often_silence_is_noticed_with_no_traffic(void **state)
{
    struct ikl_watch watch = on_demand();

    (void)state;
    ikl_watch_set_policy(&watch, IKL_LIVENESS_ON_DEMAND, 3000, 9000);
    assert_int_equal(tick(&watch, 3000), IKL_WATCH_NOTHING);
    assert_int_equal(tick(&watch, 6000), IKL_WATCH_NOTHING);
    assert_int_equal(tick(&watch, 9000), IKL_WATCH_PROBE);
}

static void with_the_policy_off_there_is_a_deadline_only_while_a_request_is_outstanding(void **state)
{
    struct ikl_watch watch = begin();

    (void)state;
    ikl_watch_set_policy(&watch, IKL_LIVENESS_OFF, 0, 0);
    assert_true(ikl_watch_deadline(&watch) == IKL_NEVER);
    assert_int_equal(tick(&watch, 999999), IKL_WATCH_NOTHING);
    ikl_watch_put_off(&watch, IKL_NEVER);
    assert_true(ikl_watch_deadline(&watch) == IKL_NEVER);
    begin_again(&watch, 0);
    while (tick(&watch, deadline(&watch)) == IKL_WATCH_SEND_AGAIN) {
    }
    assert_true(deadline(&watch) == 11000);
    assert_int_equal(tick(&watch, 11000), IKL_WATCH_GIVE_UP);
    watch = begin();
    ikl_watch_set_policy(&watch, IKL_LIVENESS_PERIODIC, IKL_IDLE_OFF, 0);
    assert_true(ikl_watch_deadline(&watch) == IKL_NEVER);
}

TESTS_OF(watch_checks)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hint_causes_one_check_whatever_the_policy),
        cmocka_unit_test(a_check_that_is_due_can_be_put_off_and_says_so),
        cmocka_unit_test(on_demand_too_a_check_that_is_put_off_has_its_own_time),
        cmocka_unit_test(what_is_put_off_is_not_due_when_the_peer_was_heard),
        cmocka_unit_test(a_retransmission_that_is_due_can_be_put_off_and_says_so),
        cmocka_unit_test(on_demand_a_look_that_finds_nothing_sent_is_followed_by_another_an_interval_later),
        cmocka_unit_test(on_demand_but_at_least_so_often_silence_is_noticed_with_no_traffic),
        cmocka_unit_test(with_the_policy_off_there_is_a_deadline_only_while_a_request_is_outstanding),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
