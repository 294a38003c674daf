/* SPDX-License-Identifier: ISC */
/* The monitor of one tunnel keeps the promises of its header. */
#include "support/probing.h"
#include "support/test.h"

static void a_monitor_is_small(void **state)
{
    (void)state;
    assert_true(sizeof(struct ikl_monitor) <= 64);
}

static void a_probe_goes_out_once_an_interval(void **state)
{
    struct ikl_monitor monitor = probing_begin_with(&probing_usual);

    (void)state;
    for (ikl_time now = 0; now < 100000; now += 1000) {
        assert_true(probing_deadline(&monitor) == now);
        assert_int_equal(probing_tick(&monitor, now), IKL_MONITOR_PROBE);
        assert_int_equal(monitor.probe, now / 1000 + 1);
        assert_true(probing_deadline(&monitor) == now + 400);
        (void)probing_answer(&monitor, now + 30);
    }
    assert_int_equal(monitor.generation, 1);
}

static void before_the_deadline_a_tick_changes_nothing(void **state)
{
    struct ikl_monitor monitors[] = {probing_begin_with(&probing_usual), probing_up(),
                                     probing_down_with(&probing_usual)};

    (void)state;
    monitors[0].at += 1;
    for (size_t i = 0; i < COUNT_OF(monitors); i++) {
        struct ikl_monitor before = monitors[i];

        assert_int_equal(ikl_monitor_tick(&monitors[i], &probing_usual, 0, PROBING_SLACK, true), 0);
        assert_int_equal(probing_tick(&monitors[i], probing_deadline(&monitors[i]) - 1), 0);
        assert_memory_equal(&monitors[i], &before, sizeof(before));
    }
}

static void a_dead_path_is_down_after_the_worst_case_exactly(void **state)
{
    ikl_time worst = ikl_monitor_worst_detect(&probing_usual);
    struct ikl_monitor monitor = probing_up();

    (void)state;
    assert_true(worst == 3 * 1000 + 400);
    (void)probing_run(&monitor, worst, false);
    assert_int_equal(monitor.state, IKL_MONITOR_SUSPECT);
    assert_int_equal(probing_tick(&monitor, worst) & IKL_MONITOR_CHANGED, IKL_MONITOR_CHANGED);
    assert_int_equal(monitor.state, IKL_MONITOR_DOWN);
    assert_true(monitor.since == PROBING_START + worst);
}

static void an_answer_that_came_slowly_makes_it_earlier(void **state)
{
    struct ikl_monitor monitor = probing_begin_with(&probing_usual);

    (void)state;
    (void)probing_tick(&monitor, 0);
    (void)probing_answer(&monitor, 300);
    (void)probing_run(&monitor, 3401, false);
    assert_int_equal(monitor.state, IKL_MONITOR_DOWN);
    assert_true(monitor.since - (PROBING_START + 300) == ikl_monitor_worst_detect(&probing_usual) - 300);
}

static void the_first_lost_probe_makes_it_suspect_and_an_answer_up_again(void **state)
{
    struct ikl_monitor monitor = probing_up();

    (void)state;
    assert_int_equal(probing_tick(&monitor, 1000), IKL_MONITOR_PROBE);
    assert_int_equal(probing_tick(&monitor, 1400), IKL_MONITOR_CHANGED);
    assert_int_equal(monitor.state, IKL_MONITOR_SUSPECT);
    assert_int_equal(monitor.generation, 2);
    assert_int_equal(probing_tick(&monitor, 2000), IKL_MONITOR_PROBE);
    assert_int_equal(probing_answer(&monitor, 2010), IKL_MONITOR_CHANGED);
    assert_int_equal(monitor.state, IKL_MONITOR_UP);
    assert_int_equal(monitor.generation, 3);
    assert_true(monitor.since == PROBING_START); /* it was never down */
    /* what was lost before does not count any more */
    assert_int_equal(probing_run(&monitor, 5400, false) & IKL_MONITOR_RENEW, 0);
    assert_int_equal(monitor.state, IKL_MONITOR_SUSPECT);
}

static void with_a_threshold_of_one_it_is_down_at_once(void **state)
{
    struct ikl_monitor_config config = probing_usual;
    struct ikl_monitor monitor;

    (void)state;
    config.threshold = 1;
    monitor = probing_up_with(&config);
    (void)probing_tick_with(&monitor, &config, 1000);
    (void)probing_tick_with(&monitor, &config, 1400);
    assert_int_equal(monitor.state, IKL_MONITOR_DOWN);
    assert_int_equal(monitor.generation, 2);
}

static void it_is_up_again_after_answers_in_a_row(void **state)
{
    struct ikl_monitor monitor = probing_down_with(&probing_usual);

    (void)state;
    assert_int_equal(ikl_monitor_recover(&monitor, &probing_usual), 2);
    assert_int_equal(probing_run(&monitor, 4500, true) & IKL_MONITOR_CHANGED, 0); /* one answer */
    assert_int_equal(probing_run(&monitor, 5500, false) & IKL_MONITOR_CHANGED, 0);
    assert_int_equal(probing_run(&monitor, 6500, true) & IKL_MONITOR_CHANGED, 0); /* one answer again */
    assert_int_equal(monitor.state, IKL_MONITOR_DOWN);
    assert_int_equal(probing_tick(&monitor, 7000), IKL_MONITOR_PROBE);
    assert_int_equal(probing_answer(&monitor, 7020), IKL_MONITOR_CHANGED);
    assert_int_equal(monitor.state, IKL_MONITOR_UP);
    assert_true(monitor.since == PROBING_START + 7020);
}

static void an_answer_after_the_timeout_is_counted_and_not_believed(void **state)
{
    struct ikl_monitor monitor = probing_up();

    (void)state;
    (void)probing_tick(&monitor, 1000);
    assert_int_equal(probing_answer(&monitor, 1401), 0); /* the tick is late, the answer is later */
    assert_int_equal(monitor.late, 1);
    assert_int_equal(probing_tick(&monitor, 1402), IKL_MONITOR_CHANGED);
    assert_int_equal(probing_answer(&monitor, 1500), 0);
    assert_int_equal(monitor.late, 2);
    assert_int_equal(monitor.state, IKL_MONITOR_SUSPECT);
    (void)probing_tick(&monitor, 2000);
    assert_int_equal(ikl_monitor_answered(&monitor, &probing_usual, 2, 0, PROBING_START + 2001),
                     0); /* of the probe before */
    assert_int_equal(monitor.late, 3);
    assert_int_equal(probing_answer(&monitor, 2400), IKL_MONITOR_CHANGED); /* at the last moment */
    assert_int_equal(probing_answer(&monitor, 2400), 0);                   /* twice */
    assert_int_equal(monitor.late, 4);
    assert_int_equal(monitor.foreign, 0);
}

static void an_answer_to_no_probe_of_ours_is_counted_and_not_believed(void **state)
{
    struct ikl_monitor monitor = probing_begin_with(&probing_usual), before;
    uint16_t foreign = 0;

    (void)state;
    assert_int_equal(ikl_monitor_answered(&monitor, &probing_usual, 0, 0, PROBING_START), 0);
    assert_int_equal(ikl_monitor_answered(&monitor, &probing_usual, 1, 0, PROBING_START), 0);
    assert_int_equal(monitor.foreign, 2);
    (void)probing_tick(&monitor, 0);
    before = monitor;
    for (uint32_t probe = 0; probe <= UINT16_MAX; probe++) {
        if (probe != 1) {
            assert_int_equal(ikl_monitor_answered(&monitor, &probing_usual, (uint16_t)probe, 0, PROBING_START + 1), 0);
            foreign++;
        }
    }
    assert_int_equal(ikl_monitor_answered(&monitor, &probing_usual, 1, IKL_MONITOR_MAX_TARGETS, PROBING_START + 1), 0);
    assert_int_equal(foreign, UINT16_MAX);
    assert_int_equal(monitor.foreign, UINT16_MAX); /* and stays there */
    monitor.foreign = before.foreign;
    assert_memory_equal(&monitor, &before, sizeof(monitor));
}

static void numbers_of_probes_wrap(void **state)
{
    struct ikl_monitor monitor = probing_up();

    (void)state;
    monitor.probe = UINT16_MAX - 1;
    (void)probing_tick(&monitor, 1000);
    assert_int_equal(monitor.probe, UINT16_MAX);
    (void)probing_answer(&monitor, 1000);
    (void)probing_tick(&monitor, 2000);
    assert_int_equal(monitor.probe, 0);
    assert_int_equal(probing_answer(&monitor, 2000), 0);
    assert_int_equal(monitor.credited, true);
    assert_int_equal(monitor.late + monitor.foreign, 0);
    assert_int_equal(ikl_monitor_answered(&monitor, &probing_usual, UINT16_MAX, 0, PROBING_START + 2000), 0);
    assert_int_equal(monitor.late, 1);
    assert_int_equal(ikl_monitor_answered(&monitor, &probing_usual, 1, 0, PROBING_START + 2000), 0);
    assert_int_equal(monitor.foreign, 1);
    /* half of all numbers are of probes before this one */
    assert_int_equal(ikl_monitor_answered(&monitor, &probing_usual, 32769, 0, PROBING_START + 2000), 0);
    assert_int_equal(monitor.late, 2);
    assert_int_equal(ikl_monitor_answered(&monitor, &probing_usual, 32768, 0, PROBING_START + 2000), 0);
    assert_int_equal(monitor.foreign, 2);
}

static void a_target_that_never_answered_gives_no_verdict_and_that_is_told_once(void **state)
{
    struct ikl_monitor monitor = probing_begin_with(&probing_usual);
    unsigned told = 0;

    (void)state;
    for (ikl_time now; (now = probing_deadline(&monitor)) < 3600000;) {
        unsigned todo = probing_tick(&monitor, now);

        assert_int_equal(todo & ~(unsigned)(IKL_MONITOR_PROBE | IKL_MONITOR_UNANSWERED), 0);
        if ((todo & IKL_MONITOR_UNANSWERED) != 0) {
            assert_true(now == 2400); /* the end of the third */
            told++;
        }
    }
    assert_int_equal(told, 1);
    assert_int_equal(monitor.state, IKL_MONITOR_UNPROVEN);
    assert_int_equal(monitor.generation, 0);
    /* the first answer proves the path */
    (void)probing_tick(&monitor, probing_deadline(&monitor));
    assert_int_equal(probing_answer(&monitor, probing_deadline(&monitor)), IKL_MONITOR_CHANGED);
    assert_int_equal(monitor.state, IKL_MONITOR_UP);
}

static void what_is_sent_within_the_grace_is_not_counted_as_lost(void **state)
{
    struct ikl_monitor_config config = probing_usual;
    struct ikl_monitor monitor;

    (void)state;
    config.grace = 45000;
    monitor = probing_up_with(&config);
    (void)probing_run_with(&monitor, &config, 45400, false);
    assert_int_equal(monitor.state, IKL_MONITOR_UP);
    assert_int_equal(monitor.generation, 1);
    assert_int_equal(monitor.probe, 46); /* but sent it is */
    (void)probing_run_with(&monitor, &config, 47400, false);
    assert_int_equal(monitor.state, IKL_MONITOR_SUSPECT);
    (void)probing_run_with(&monitor, &config, 47401, false);
    assert_int_equal(monitor.state, IKL_MONITOR_DOWN);
    assert_true(monitor.since <= PROBING_START + 45000 + ikl_monitor_worst_detect(&config));
    /* nor is it told that nobody answers */
    monitor = probing_begin_with(&config);
    assert_int_equal(probing_run_with(&monitor, &config, 47400, false) & IKL_MONITOR_UNANSWERED, 0);
    assert_int_equal(probing_run_with(&monitor, &config, 47401, false), IKL_MONITOR_UNANSWERED);
}

static void traffic_that_was_heard_counts_as_an_answer(void **state)
{
    struct ikl_monitor monitor = probing_begin_with(&probing_usual);

    (void)state;
    (void)probing_tick(&monitor, 0);
    ikl_monitor_heard(&monitor, PROBING_START + 200, PROBING_START + 200);
    assert_int_equal(probing_tick(&monitor, 400), IKL_MONITOR_CHANGED);
    assert_int_equal(monitor.state, IKL_MONITOR_UP);
    /* also between the end of a probe and the next one */
    (void)probing_tick(&monitor, 1000);
    assert_int_equal(probing_tick(&monitor, 1400), IKL_MONITOR_CHANGED);
    ikl_monitor_heard(&monitor, PROBING_START + 1900, PROBING_START + 1900);
    assert_int_equal(probing_tick(&monitor, 2000), IKL_MONITOR_CHANGED | IKL_MONITOR_PROBE);
    assert_int_equal(monitor.state, IKL_MONITOR_UP);
    /* but what was heard before a probe went out does not answer it */
    assert_int_equal(probing_tick(&monitor, 2400), IKL_MONITOR_CHANGED);
    assert_int_equal(monitor.state, IKL_MONITOR_SUSPECT);
    /* nor what was heard in the same ms */
    (void)probing_tick(&monitor, 3000);
    ikl_monitor_heard(&monitor, PROBING_START + 3000, PROBING_START + 3000);
    assert_int_equal(probing_tick(&monitor, 3400), 0);
    assert_int_equal(monitor.state, IKL_MONITOR_SUSPECT);
}

static void in_one_turn_only_one_answer_counts(void **state)
{
    struct ikl_monitor monitor = probing_down_with(&probing_usual);

    (void)state;
    (void)probing_tick(&monitor, 4000);
    assert_int_equal(probing_answer(&monitor, 4010), 0);
    ikl_monitor_heard(&monitor, PROBING_START + 4020, PROBING_START + 4020);
    assert_int_equal(probing_tick(&monitor, 5000), IKL_MONITOR_PROBE);
    assert_int_equal(monitor.row, 1);
}

static void traffic_after_the_last_answer_puts_the_verdict_off(void **state)
{
    struct ikl_monitor monitor = probing_up();
    ikl_time last = 700;

    (void)state;
    ikl_monitor_sent(&monitor, PROBING_START + last, PROBING_START + last);
    ikl_monitor_heard(&monitor, PROBING_START + last, PROBING_START + last);
    (void)probing_run(&monitor, last + ikl_monitor_worst_detect(&probing_usual), false);
    assert_int_equal(monitor.state, IKL_MONITOR_SUSPECT);
    (void)probing_run(&monitor, last + ikl_monitor_worst_detect(&probing_usual) + 1, false);
    assert_int_equal(monitor.state, IKL_MONITOR_DOWN);
}

static void no_probe_goes_out_while_traffic_moves_both_ways(void **state)
{
    struct ikl_monitor monitor = probing_up();
    ikl_time now = 0;

    (void)state;
    for (int i = 0; i < 100; i++) {
        now += 900;
        ikl_monitor_heard(&monitor, PROBING_START + now, PROBING_START + now);
        ikl_monitor_sent(&monitor, PROBING_START + now + 50, PROBING_START + now + 50);
        assert_true(probing_deadline(&monitor) == now + 1000);
        assert_int_equal(probing_tick(&monitor, now + 60), 0);
    }
    assert_int_equal(monitor.probe, 1);
    assert_int_equal(probing_tick(&monitor, now + 1000), IKL_MONITOR_PROBE);
}

static void traffic_one_way_saves_no_probe(void **state)
{
    struct ikl_monitor heard = probing_up(), sent = probing_up();

    (void)state;
    ikl_monitor_heard(&heard, PROBING_START + 990, PROBING_START + 990);
    assert_int_equal(probing_tick(&heard, 1000), IKL_MONITOR_PROBE);
    ikl_monitor_sent(&sent, PROBING_START + 990, PROBING_START + 990);
    assert_int_equal(probing_tick(&sent, 1000), IKL_MONITOR_PROBE);
    assert_int_equal(probing_tick(&sent, 1400), IKL_MONITOR_CHANGED); /* what we send proves nothing */
    assert_int_equal(sent.state, IKL_MONITOR_SUSPECT);
}

static void while_down_probes_go_out_whatever_moves(void **state)
{
    struct ikl_monitor monitor = probing_down_with(&probing_usual);

    (void)state;
    ikl_monitor_heard(&monitor, PROBING_START + 3900, PROBING_START + 3900);
    ikl_monitor_sent(&monitor, PROBING_START + 3900, PROBING_START + 3900);
    assert_int_equal(probing_tick(&monitor, 4000), IKL_MONITOR_PROBE);
    assert_int_equal(monitor.row, 1);
}

static void with_probes_only_traffic_is_no_answer_and_saves_no_probe(void **state)
{
    struct ikl_monitor_config config = probing_usual;
    struct ikl_monitor monitor;

    (void)state;
    config.probes_only = true;
    monitor = probing_up_with(&config);
    for (ikl_time now; (now = ikl_monitor_deadline(&monitor, &config) - PROBING_START) <= 3400;) {
        ikl_monitor_heard(&monitor, PROBING_START + now, PROBING_START + now);
        ikl_monitor_sent(&monitor, PROBING_START + now, PROBING_START + now);
        (void)probing_tick_with(&monitor, &config, now);
    }
    assert_int_equal(monitor.probe, 4);
    assert_int_equal(monitor.state, IKL_MONITOR_DOWN);
}

static void traffic_of_the_future_counts_as_of_now(void **state)
{
    struct ikl_monitor monitor = probing_up();

    (void)state;
    ikl_monitor_heard(&monitor, IKL_NEVER, PROBING_START + 900);
    ikl_monitor_sent(&monitor, PROBING_START + 100000, PROBING_START + 950);
    assert_true(monitor.heard == PROBING_START + 900);
    assert_true(monitor.sent == PROBING_START + 950);
    ikl_monitor_heard(&monitor, PROBING_START + 800, PROBING_START + 960); /* and older than what is known is ignored */
    assert_true(probing_deadline(&monitor) == 1900);
    ikl_monitor_heard(&monitor, IKL_NEVER, IKL_NEVER);
    assert_true(monitor.heard == IKL_NEVER - 1);
}

static void a_probe_is_answered_when_enough_targets_have_answered(void **state)
{
    struct ikl_monitor_config config = probing_usual;
    struct ikl_monitor monitor;

    (void)state;
    config.need = 2;
    monitor = probing_begin_with(&config);
    (void)probing_tick_with(&monitor, &config, 0);
    assert_int_equal(ikl_monitor_answered(&monitor, &config, 1, 5, PROBING_START + 10), 0);
    assert_int_equal(ikl_monitor_answered(&monitor, &config, 1, 5, PROBING_START + 11), 0); /* the same one again */
    assert_int_equal(monitor.late, 1);
    assert_int_equal(monitor.state, IKL_MONITOR_UNPROVEN);
    assert_int_equal(ikl_monitor_answered(&monitor, &config, 1, 15, PROBING_START + 12), IKL_MONITOR_CHANGED);
    assert_int_equal(monitor.state, IKL_MONITOR_UP);
    assert_int_equal(ikl_monitor_answered(&monitor, &config, 1, 0, PROBING_START + 13), 0); /* one more than needed */
    assert_int_equal(monitor.late, 1);
    /* with fewer it goes down */
    for (ikl_time now; (now = ikl_monitor_deadline(&monitor, &config) - PROBING_START) <= 3400;) {
        if ((probing_tick_with(&monitor, &config, now) & IKL_MONITOR_PROBE) != 0) {
            (void)probing_answer_with(&monitor, &config, now);
        }
    }
    assert_int_equal(monitor.state, IKL_MONITOR_DOWN);
}

TESTS_OF(monitor)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_monitor_is_small),
        cmocka_unit_test(a_probe_goes_out_once_an_interval),
        cmocka_unit_test(before_the_deadline_a_tick_changes_nothing),
        cmocka_unit_test(a_dead_path_is_down_after_the_worst_case_exactly),
        cmocka_unit_test(an_answer_that_came_slowly_makes_it_earlier),
        cmocka_unit_test(the_first_lost_probe_makes_it_suspect_and_an_answer_up_again),
        cmocka_unit_test(with_a_threshold_of_one_it_is_down_at_once),
        cmocka_unit_test(it_is_up_again_after_answers_in_a_row),
        cmocka_unit_test(an_answer_after_the_timeout_is_counted_and_not_believed),
        cmocka_unit_test(an_answer_to_no_probe_of_ours_is_counted_and_not_believed),
        cmocka_unit_test(numbers_of_probes_wrap),
        cmocka_unit_test(a_target_that_never_answered_gives_no_verdict_and_that_is_told_once),
        cmocka_unit_test(what_is_sent_within_the_grace_is_not_counted_as_lost),
        cmocka_unit_test(traffic_that_was_heard_counts_as_an_answer),
        cmocka_unit_test(in_one_turn_only_one_answer_counts),
        cmocka_unit_test(traffic_after_the_last_answer_puts_the_verdict_off),
        cmocka_unit_test(no_probe_goes_out_while_traffic_moves_both_ways),
        cmocka_unit_test(traffic_one_way_saves_no_probe),
        cmocka_unit_test(while_down_probes_go_out_whatever_moves),
        cmocka_unit_test(with_probes_only_traffic_is_no_answer_and_saves_no_probe),
        cmocka_unit_test(traffic_of_the_future_counts_as_of_now),
        cmocka_unit_test(a_probe_is_answered_when_enough_targets_have_answered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
