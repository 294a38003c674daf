/* SPDX-License-Identifier: ISC */
/* When a monitor asks for new keys, and how it bears a tunnel that flaps. */
#include "support/probing.h"
#include "support/test.h"

static void new_keys_are_asked_for_with_the_verdict_and_once_for_each(void **state)
{
    struct ikl_monitor monitor = probing_up();
    unsigned todo = 0;
    int renewals = 0;

    (void)state;
    (void)probing_run(&monitor, 3400, false);
    todo = probing_tick(&monitor, 3400);
    assert_int_equal(todo, IKL_MONITOR_CHANGED | IKL_MONITOR_RENEW);
    for (ikl_time now; (now = probing_deadline(&monitor)) < 1000000;) {
        renewals += (probing_tick(&monitor, now) & IKL_MONITOR_RENEW) != 0;
    }
    assert_int_equal(renewals, 0);
}

static void the_next_new_keys_are_not_asked_for_before_a_pause_that_doubles(void **state)
{
    struct ikl_monitor monitor = probing_up();
    ikl_time before = 0, pause = 0;
    int renewals = 0;

    (void)state;
    /* up for a moment, then down again, all the time: about every seven seconds */
    for (ikl_time now; (now = probing_deadline(&monitor)) < 3000000;) {
        unsigned todo = probing_tick(&monitor, now);

        if ((todo & IKL_MONITOR_PROBE) != 0 && monitor.state == IKL_MONITOR_DOWN) {
            todo |= probing_answer(&monitor, now);
        }
        if ((todo & IKL_MONITOR_RENEW) != 0) {
            if (++renewals > 1) {
                assert_true(now - before >= pause);
                assert_true(now - before < pause + 8000);
            }
            pause = pause == 0 ? 5000 : pause * 2;
            before = now;
        }
    }
    assert_true(renewals >= 8);
}

static void the_pause_is_as_configured_again_after_a_long_time_without_new_keys(void **state)
{
    struct ikl_monitor monitor = probing_down_with(&probing_usual);

    (void)state;
    (void)probing_run(&monitor, 6500, true);
    assert_int_equal(monitor.state, IKL_MONITOR_UP);
    (void)probing_run(&monitor, 20500, false); /* a second one: the pause is 10 s now */
    assert_int_equal(monitor.renewals, 2);
    (void)probing_run(&monitor, 100500, true);
    assert_int_equal(probing_run(&monitor, 104500, false) & IKL_MONITOR_RENEW, IKL_MONITOR_RENEW);
    assert_int_equal(monitor.renewals, 1);
}

/* With that pause, a monitor that goes DOWN twice. How many renewals it counts then, and how long the second one came
 * after the first. */
static unsigned go_down_twice(uint32_t renew_after, uint32_t *apart)
{
    struct ikl_monitor_config config = probing_usual;
    struct ikl_monitor monitor;
    ikl_time first;

    config.renew_after = renew_after;
    monitor = probing_down_with(&config);
    first = monitor.since;
    (void)probing_run_with(&monitor, &config, 60500, true);
    assert_int_equal(probing_run_with(&monitor, &config, 64500, false) & IKL_MONITOR_RENEW, IKL_MONITOR_RENEW);
    *apart = (uint32_t)(monitor.since - first);
    return monitor.renewals;
}

static void that_time_is_the_last_pause_once_more_after_its_end(void **state)
{
    uint32_t apart;

    (void)state;
    assert_int_equal(go_down_twice(1, &apart), 1);
    assert_int_equal(apart % 2, 0);
    assert_int_equal(go_down_twice(apart / 2, &apart), 1);
    assert_int_equal(go_down_twice(apart / 2 + 1, &apart), 2);
}

static void a_down_that_came_too_early_for_new_keys_asks_for_them_later(void **state)
{
    struct ikl_monitor_config config = probing_usual;
    struct ikl_monitor monitor;

    (void)state;
    config.renew_after = 60000;
    monitor = probing_down_with(&config);
    (void)probing_run_with(&monitor, &config, 6500, true);
    assert_int_equal(probing_run_with(&monitor, &config, 63400, false) & IKL_MONITOR_RENEW, 0);
    assert_int_equal(monitor.state, IKL_MONITOR_DOWN);
    assert_int_equal(probing_run_with(&monitor, &config, 63401, false) & IKL_MONITOR_RENEW, IKL_MONITOR_RENEW);
}

static void the_pause_between_renewals_doubles_up_to_a_day(void **state)
{
    struct ikl_monitor_config config = probing_usual;
    struct ikl_monitor monitor;
    ikl_time now = 5000;

    (void)state;
    config.renew_after = IKL_MONITOR_MAX_TIME / 4;
    monitor = probing_begin_with(&config);
    for (int n = 0; n < 20; n++) {
        uint64_t pause = n < 2 ? (uint64_t)config.renew_after << n : IKL_MONITOR_MAX_TIME;
        ikl_time down;

        (void)probing_run_with(&monitor, &config, now, true);
        assert_int_equal(monitor.state, IKL_MONITOR_UP);
        assert_true((probing_run_with(&monitor, &config, now + 5000, false) & IKL_MONITOR_RENEW) != 0);
        down = monitor.since - PROBING_START;
        assert_true(down >= now && monitor.not_before - PROBING_START == down + pause);
        now = down + pause;
    }
}

/* Goes DOWN and UP within 250 ms, so that each renewal comes as soon as the pause is over. */
static void the_pause_between_renewals_doubles_fifteen_times_at_the_most(void **state)
{
    struct ikl_monitor_config config = {
        .interval = 100, .timeout = 50, .renew_after = 1500, .threshold = 1, .recover = 1};
    struct ikl_monitor monitor = probing_begin_with(&config);
    ikl_time now = 1000;

    (void)state;
    for (int n = 0; n < 18; n++) {
        uint64_t pause = UINT64_C(1500) << (n < 15 ? n : 15);
        ikl_time down;

        (void)probing_run_with(&monitor, &config, now, true);
        assert_true((probing_run_with(&monitor, &config, now + 250, false) & IKL_MONITOR_RENEW) != 0);
        down = monitor.not_before - PROBING_START - pause;
        assert_true(down >= now && down < now + 250);
        now = down + pause;
    }
}

static void without_renew_after_new_keys_are_never_asked_for(void **state)
{
    struct ikl_monitor_config config = probing_usual;
    struct ikl_monitor monitor;

    (void)state;
    config.renew_after = 0;
    monitor = probing_up_with(&config);
    assert_int_equal(probing_run_with(&monitor, &config, 100000, false) & IKL_MONITOR_RENEW, 0);
    assert_int_equal(monitor.state, IKL_MONITOR_DOWN);
}

/* Lets it go down, and come up again. How many answers that took. */
static int flap(struct ikl_monitor *monitor, const struct ikl_monitor_config *config, unsigned *todo)
{
    int answers = 0;

    *todo = 0;
    while (monitor->state != IKL_MONITOR_DOWN) {
        *todo |= probing_tick_with(monitor, config, ikl_monitor_deadline(monitor, config) - PROBING_START);
    }
    while (monitor->state == IKL_MONITOR_DOWN) {
        ikl_time now = ikl_monitor_deadline(monitor, config) - PROBING_START;

        if ((probing_tick_with(monitor, config, now) & IKL_MONITOR_PROBE) != 0) {
            (void)probing_answer_with(monitor, config, now);
            answers++;
        }
    }
    return answers;
}

static void one_that_flaps_takes_longer_to_recover_up_to_a_cap_and_that_is_told(void **state)
{
    static const int answers[] = {2, 2, 4, 8, 16, 20, 20, 20};
    struct ikl_monitor_config config = probing_usual;
    struct ikl_monitor monitor;
    unsigned todo;

    (void)state;
    config.damp_changes = 3;
    config.damp_period = 60000;
    config.damp_recover = 20;
    monitor = probing_up_with(&config);
    (void)probing_run_with(&monitor, &config, 60500, true); /* it was up for long before */
    for (size_t i = 0; i < COUNT_OF(answers); i++) {
        assert_int_equal(flap(&monitor, &config, &todo), answers[i]);
        assert_int_equal((todo & IKL_MONITOR_DAMPED) != 0, i >= 2 && i <= 5);
        assert_int_equal(ikl_monitor_recover(&monitor, &config), answers[i]);
    }
    /* once it was up for the whole period all is as before */
    (void)probing_run_with(&monitor, &config, monitor.since - PROBING_START + 60500, true);
    assert_int_equal(flap(&monitor, &config, &todo), 2);
    assert_int_equal(todo & IKL_MONITOR_DAMPED, IKL_MONITOR_DAMPED);
}

/* With that period, a monitor that goes DOWN twice. How often it has by its own count, and for how long it was up. */
static unsigned count_downs(uint32_t period, uint32_t *up)
{
    struct ikl_monitor_config config = probing_usual;
    struct ikl_monitor monitor;
    ikl_time since;

    config.damp_changes = 3;
    config.damp_period = period;
    config.damp_recover = 20;
    monitor = probing_down_with(&config);
    (void)probing_run_with(&monitor, &config, 6500, true);
    assert_int_equal(monitor.state, IKL_MONITOR_UP);
    since = monitor.since;
    (void)probing_run_with(&monitor, &config, 20500, false);
    assert_int_equal(monitor.state, IKL_MONITOR_DOWN);
    *up = (uint32_t)(monitor.since - since);
    return monitor.downs;
}

static void having_been_up_for_the_whole_period_ends_the_series(void **state)
{
    uint32_t up;

    (void)state;
    assert_int_equal(count_downs(60000, &up), 2);
    assert_int_equal(count_downs(up, &up), 1);
    assert_int_equal(count_downs(up + 1, &up), 2);
}

static void it_takes_as_long_however_often_it_flaps(void **state)
{
    struct ikl_monitor_config config = probing_usual;
    struct ikl_monitor monitor;
    unsigned todo;

    (void)state;
    config.damp_changes = 1;
    config.damp_period = IKL_MONITOR_MAX_TIME;
    config.damp_recover = 3;
    monitor = probing_up_with(&config);
    for (int i = 0; i < 300; i++) {
        assert_int_equal(flap(&monitor, &config, &todo), 3);
    }
}

static void without_damping_it_recovers_as_fast_each_time(void **state)
{
    struct ikl_monitor monitor = probing_up();
    unsigned todo;

    (void)state;
    for (int i = 0; i < 300; i++) {
        assert_int_equal(flap(&monitor, &probing_usual, &todo), 2);
        assert_int_equal(todo & IKL_MONITOR_DAMPED, 0);
    }
}

TESTS_OF(monitor_renewal)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_keys_are_asked_for_with_the_verdict_and_once_for_each),
        cmocka_unit_test(the_next_new_keys_are_not_asked_for_before_a_pause_that_doubles),
        cmocka_unit_test(the_pause_is_as_configured_again_after_a_long_time_without_new_keys),
        cmocka_unit_test(that_time_is_the_last_pause_once_more_after_its_end),
        cmocka_unit_test(a_down_that_came_too_early_for_new_keys_asks_for_them_later),
        cmocka_unit_test(the_pause_between_renewals_doubles_up_to_a_day),
        cmocka_unit_test(the_pause_between_renewals_doubles_fifteen_times_at_the_most),
        cmocka_unit_test(without_renew_after_new_keys_are_never_asked_for),
        cmocka_unit_test(one_that_flaps_takes_longer_to_recover_up_to_a_cap_and_that_is_told),
        cmocka_unit_test(having_been_up_for_the_whole_period_ends_the_series),
        cmocka_unit_test(it_takes_as_long_however_often_it_flaps),
        cmocka_unit_test(without_damping_it_recovers_as_fast_each_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
