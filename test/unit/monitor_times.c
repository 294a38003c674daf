/* SPDX-License-Identifier: ISC */
/* Monitors and time: spread, late ticks, odd clocks; and configs. */
#include "support/probing.h"
#include "support/test.h"

static void first_probes_are_spread_over_an_interval(void **state)
{
    static const uint32_t randoms[] = {0, 1u << 30, 1u << 31, 3u << 30, UINT32_MAX};
    static const ikl_time due[] = {0, 250, 500, 750, 999};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(randoms); i++) {
        struct ikl_monitor monitor;

        ikl_monitor_begin(&monitor, &probing_usual, PROBING_START, randoms[i]);
        assert_true(probing_deadline(&monitor) == due[i]);
        assert_int_equal(probing_tick(&monitor, due[i]), IKL_MONITOR_PROBE);
    }
}

static void a_probe_that_may_not_be_sent_stays_due(void **state)
{
    struct ikl_monitor monitor = probing_up();

    (void)state;
    for (ikl_time now = 1000; now < 1050; now += 10) {
        assert_int_equal(ikl_monitor_tick(&monitor, &probing_usual, PROBING_START + now, PROBING_SLACK, false), 0);
        assert_true(probing_deadline(&monitor) == 1000);
    }
    assert_int_equal(probing_tick(&monitor, 1050), IKL_MONITOR_PROBE);
    assert_true(probing_deadline(&monitor) == 1400);
    /* the end of one that was sent is looked at all the same */
    assert_int_equal(ikl_monitor_tick(&monitor, &probing_usual, PROBING_START + 1400, PROBING_SLACK, false),
                     IKL_MONITOR_CHANGED);
    assert_int_equal(monitor.state, IKL_MONITOR_SUSPECT);
}

static void probes_count_from_when_they_were_due_unless_the_tick_is_late(void **state)
{
    struct ikl_monitor monitor = probing_up();

    (void)state;
    (void)probing_tick(&monitor, 1000 + PROBING_SLACK);
    assert_true(probing_deadline(&monitor) == 1400);
    (void)probing_answer(&monitor, 1120);
    (void)probing_tick(&monitor, 2000 + PROBING_SLACK + 1);
    assert_true(probing_deadline(&monitor) == 2000 + PROBING_SLACK + 1 + 400);
    /* the same behind one that was lost */
    monitor = probing_up();
    (void)probing_tick(&monitor, 1000);
    (void)probing_tick(&monitor, 1400);
    (void)probing_tick(&monitor, 2000 + PROBING_SLACK);
    assert_true(probing_deadline(&monitor) == 2400);
}

static void a_probe_whose_answer_would_be_due_already_counts_from_when_it_was_sent(void **state)
{
    struct ikl_monitor monitor = probing_up();

    (void)state;
    assert_int_equal(ikl_monitor_tick(&monitor, &probing_usual, PROBING_START + 1400, 1000, true), IKL_MONITOR_PROBE);
    assert_true(probing_deadline(&monitor) == 1800);
}

static void a_tick_that_is_late_loses_no_probe_but_once_in_a_row(void **state)
{
    struct ikl_monitor monitor = probing_up();

    (void)state;
    (void)probing_tick(&monitor, 1000);
    assert_int_equal(probing_tick(&monitor, 1400 + PROBING_SLACK + 1), 0);
    assert_int_equal(monitor.state, IKL_MONITOR_UP);
    (void)probing_tick(&monitor, 2000);
    assert_int_equal(probing_tick(&monitor, 2400 + PROBING_SLACK + 1), IKL_MONITOR_CHANGED);
    assert_int_equal(monitor.state, IKL_MONITOR_SUSPECT);
    /* after an answer it is forgiven again */
    (void)probing_tick(&monitor, 3000);
    (void)probing_answer(&monitor, 3000);
    (void)probing_tick(&monitor, 4000);
    assert_int_equal(probing_tick(&monitor, 4400 + PROBING_SLACK + 1), 0);
}

static void a_host_that_slept_sends_one_probe_and_gives_no_verdict(void **state)
{
    struct ikl_monitor monitor = probing_up();

    (void)state;
    (void)probing_run(&monitor, 3400, false);
    assert_int_equal(monitor.row, 2);
    assert_int_equal(probing_tick(&monitor, 1000000), IKL_MONITOR_PROBE);
    assert_int_equal(monitor.state, IKL_MONITOR_SUSPECT);
    assert_true(probing_deadline(&monitor) == 1000400);
    assert_int_equal(probing_answer(&monitor, 1000030), IKL_MONITOR_CHANGED);
    assert_int_equal(monitor.state, IKL_MONITOR_UP);
}

static void a_clock_that_goes_back_is_taken_to_stand_still(void **state)
{
    struct ikl_monitor monitor = probing_up();

    (void)state;
    (void)probing_tick(&monitor, 1000);
    assert_int_equal(ikl_monitor_tick(&monitor, &probing_usual, 0, PROBING_SLACK, true), 0);
    assert_int_equal(probing_tick(&monitor, 1400), IKL_MONITOR_CHANGED);
    (void)probing_tick(&monitor, 2000);
    assert_int_equal(ikl_monitor_answered(&monitor, &probing_usual, 3, 0, 0), IKL_MONITOR_CHANGED);
    assert_int_equal(monitor.state, IKL_MONITOR_UP);
    (void)probing_run(&monitor, 5000, false);
    (void)probing_tick(&monitor, 5000);
    assert_int_equal(probing_tick(&monitor, 5400) & IKL_MONITOR_CHANGED, IKL_MONITOR_CHANGED);
    (void)probing_tick(&monitor, 6000);
    assert_int_equal(ikl_monitor_answered(&monitor, &probing_usual, monitor.probe, 0, 1), 0);
    (void)probing_tick(&monitor, 7000);
    assert_int_equal(ikl_monitor_answered(&monitor, &probing_usual, monitor.probe, 0, 1), IKL_MONITOR_CHANGED);
    assert_true(monitor.since == PROBING_START + 7000);
}

static void a_time_of_never_is_the_last_time_before_it(void **state)
{
    struct ikl_monitor monitor;

    (void)state;
    ikl_monitor_begin(&monitor, &probing_usual, IKL_NEVER, UINT32_MAX);
    assert_true(monitor.since == IKL_NEVER - 1);
    assert_true(ikl_monitor_deadline(&monitor, &probing_usual) == IKL_NEVER - 1);
    assert_int_equal(ikl_monitor_tick(&monitor, &probing_usual, IKL_NEVER, PROBING_SLACK, true), IKL_MONITOR_PROBE);
    assert_true(ikl_monitor_deadline(&monitor, &probing_usual) == IKL_NEVER - 1);
    assert_int_equal(ikl_monitor_answered(&monitor, &probing_usual, 1, 0, IKL_NEVER), IKL_MONITOR_CHANGED);
    assert_true(monitor.since == IKL_NEVER - 1);
}

static void another_config_counts_from_the_next_call_on(void **state)
{
    struct ikl_monitor_config slow = probing_usual;
    struct ikl_monitor monitor = probing_up();

    (void)state;
    slow.interval = 5000;
    assert_true(ikl_monitor_deadline(&monitor, &slow) == PROBING_START + 5000);
    assert_int_equal(probing_tick(&monitor, 1000), IKL_MONITOR_PROBE);
}

static void what_is_out_of_range_is_named(void **state)
{
    static const struct {
        const char *name;
        struct ikl_monitor_config config;
    } rows[] = {
        {"interval", {.interval = 0, .timeout = 1, .threshold = 1, .recover = 1}},
        {"interval", {.interval = IKL_MONITOR_MAX_TIME + 1, .timeout = 1, .threshold = 1, .recover = 1}},
        {"timeout", {.interval = 10, .timeout = 0, .threshold = 1, .recover = 1}},
        {"timeout", {.interval = 10, .timeout = 11, .threshold = 1, .recover = 1}},
        {"grace", {.interval = 10, .timeout = 10, .grace = IKL_MONITOR_MAX_TIME + 1, .threshold = 1, .recover = 1}},
        {"renew_after",
         {.interval = 10, .timeout = 10, .renew_after = IKL_MONITOR_MAX_TIME + 1, .threshold = 1, .recover = 1}},
        {"damp_period",
         {.interval = 10, .timeout = 10, .damp_period = IKL_MONITOR_MAX_TIME + 1, .threshold = 1, .recover = 1}},
        {"threshold", {.interval = 10, .timeout = 10, .threshold = 0, .recover = 1}},
        {"recover", {.interval = 10, .timeout = 10, .threshold = 1, .recover = 0}},
        {"damp_recover",
         {.interval = 10, .timeout = 10, .threshold = 1, .recover = 2, .damp_changes = 1, .damp_recover = 1}},
        {"need", {.interval = 10, .timeout = 10, .threshold = 1, .recover = 1, .need = IKL_MONITOR_MAX_TARGETS + 1}},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_string_equal(ikl_monitor_config_error(&rows[i].config), rows[i].name);
    }
    for (size_t i = 0; i < sizeof(probing_usual.reserved); i++) {
        struct ikl_monitor_config config = probing_usual;

        config.reserved[i] = 1;
        assert_string_equal(ikl_monitor_config_error(&config), "reserved");
    }
    assert_null(ikl_monitor_config_error(&probing_usual));
    assert_null(ikl_monitor_config_error(&(struct ikl_monitor_config){.interval = IKL_MONITOR_MAX_TIME,
                                                                      .timeout = IKL_MONITOR_MAX_TIME,
                                                                      .grace = IKL_MONITOR_MAX_TIME,
                                                                      .renew_after = IKL_MONITOR_MAX_TIME,
                                                                      .damp_period = IKL_MONITOR_MAX_TIME,
                                                                      .threshold = 255,
                                                                      .recover = 255,
                                                                      .damp_changes = 255,
                                                                      .damp_recover = 255,
                                                                      .need = IKL_MONITOR_MAX_TARGETS}));
}

static void the_preset_is_that_of_panos(void **state)
{
    const struct ikl_monitor_config *panos = ikl_monitor_panos();
    struct ikl_monitor monitor = probing_up_with(panos);
    ikl_time first_unanswered = 3000;

    (void)state;
    assert_null(ikl_monitor_config_error(panos));
    assert_int_equal(panos->renew_after, 60000);
    (void)probing_run_with(&monitor, panos, first_unanswered + 15000, false);
    assert_int_equal(monitor.state, IKL_MONITOR_SUSPECT);
    assert_int_equal(probing_run_with(&monitor, panos, first_unanswered + 15001, false) & IKL_MONITOR_RENEW,
                     IKL_MONITOR_RENEW);
    assert_int_equal(monitor.state, IKL_MONITOR_DOWN);
    (void)probing_answer_with(&monitor, panos, first_unanswered + 15010);
    assert_int_equal(monitor.state, IKL_MONITOR_UP);
}

static void what_is_dead_has_a_name(void **state)
{
    (void)state;
    assert_int_equal(ikl_monitor_find(IKL_MONITOR_DOWN, false), IKL_FINDING_DATA_PATH_DEAD);
    assert_int_equal(ikl_monitor_find(IKL_MONITOR_UP, true), IKL_FINDING_IKE_PATH_DEAD);
    assert_int_equal(ikl_monitor_find(IKL_MONITOR_DOWN, true), IKL_FINDING_NONE);
    assert_int_equal(ikl_monitor_find(IKL_MONITOR_UP, false), IKL_FINDING_NONE);
    assert_int_equal(ikl_monitor_find(IKL_MONITOR_SUSPECT, false), IKL_FINDING_NONE);
    assert_int_equal(ikl_monitor_find(IKL_MONITOR_UNPROVEN, true), IKL_FINDING_NONE);
    assert_string_equal(ikl_monitor_finding_name(IKL_FINDING_NONE), "none");
    assert_string_equal(ikl_monitor_finding_name(IKL_FINDING_DATA_PATH_DEAD), "data path dead");
    assert_string_equal(ikl_monitor_finding_name(IKL_FINDING_IKE_PATH_DEAD), "IKE path dead");
    assert_string_equal(ikl_monitor_finding_name((enum ikl_monitor_finding)3), "?");
    assert_string_equal(ikl_monitor_state_name(IKL_MONITOR_UNPROVEN), "UNPROVEN");
    assert_string_equal(ikl_monitor_state_name(IKL_MONITOR_UP), "UP");
    assert_string_equal(ikl_monitor_state_name(IKL_MONITOR_SUSPECT), "SUSPECT");
    assert_string_equal(ikl_monitor_state_name(IKL_MONITOR_DOWN), "DOWN");
    assert_string_equal(ikl_monitor_state_name((enum ikl_monitor_state)4), "?");
}

TESTS_OF(monitor_times)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_probes_are_spread_over_an_interval),
        cmocka_unit_test(a_probe_that_may_not_be_sent_stays_due),
        cmocka_unit_test(probes_count_from_when_they_were_due_unless_the_tick_is_late),
        cmocka_unit_test(a_probe_whose_answer_would_be_due_already_counts_from_when_it_was_sent),
        cmocka_unit_test(a_tick_that_is_late_loses_no_probe_but_once_in_a_row),
        cmocka_unit_test(a_host_that_slept_sends_one_probe_and_gives_no_verdict),
        cmocka_unit_test(a_clock_that_goes_back_is_taken_to_stand_still),
        cmocka_unit_test(a_time_of_never_is_the_last_time_before_it),
        cmocka_unit_test(another_config_counts_from_the_next_call_on),
        cmocka_unit_test(what_is_out_of_range_is_named),
        cmocka_unit_test(the_preset_is_that_of_panos),
        cmocka_unit_test(what_is_dead_has_a_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
