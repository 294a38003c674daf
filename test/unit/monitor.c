/* SPDX-License-Identifier: ISC */
/* The monitor of one tunnel keeps the promises of its header. */
#include "support/test.h"

#include <ikelive/monitor.h>

enum { SLACK = 100, START = 10000 };

/* A probe each second, answered within 400 ms; DOWN after three, UP again after two. */
static const struct ikl_monitor_config usual = {
    .interval = 1000, .timeout = 400, .renew_after = 5000, .threshold = 3, .recover = 2};

static struct ikl_monitor begin_with(const struct ikl_monitor_config *config)
{
    struct ikl_monitor monitor;

    memset(&monitor, 0xa5, sizeof(monitor));
    ikl_monitor_begin(&monitor, config, START, 0);
    return monitor;
}

static unsigned tick_with(struct ikl_monitor *monitor, const struct ikl_monitor_config *config, ikl_time now)
{
    return ikl_monitor_tick(monitor, config, START + now, SLACK, true);
}

static unsigned tick(struct ikl_monitor *monitor, ikl_time now)
{
    return tick_with(monitor, &usual, now);
}

static ikl_time deadline(const struct ikl_monitor *monitor)
{
    return ikl_monitor_deadline(monitor, &usual) - START;
}

static unsigned answer_with(struct ikl_monitor *monitor, const struct ikl_monitor_config *config, ikl_time now)
{
    return ikl_monitor_answered(monitor, config, monitor->probe, 0, START + now);
}

static unsigned answer(struct ikl_monitor *monitor, ikl_time now)
{
    return answer_with(monitor, &usual, now);
}

/* Ticks on time until just before `until`, with each probe answered at once or not at all. What there was to do. */
static unsigned run_with(struct ikl_monitor *monitor, const struct ikl_monitor_config *config, ikl_time until,
                         bool answers)
{
    unsigned todo = 0;
    ikl_time now;

    while ((now = ikl_monitor_deadline(monitor, config) - START) < until) {
        unsigned now_todo = tick_with(monitor, config, now);

        if (answers && (now_todo & IKL_MONITOR_PROBE) != 0) {
            now_todo |= answer_with(monitor, config, now);
        }
        todo |= now_todo;
    }
    return todo;
}

static unsigned run(struct ikl_monitor *monitor, ikl_time until, bool answers)
{
    return run_with(monitor, &usual, until, answers);
}

/* One that is UP: its first probe was answered at the beginning. */
static struct ikl_monitor up_with(const struct ikl_monitor_config *config)
{
    struct ikl_monitor monitor = begin_with(config);

    assert_int_equal(tick_with(&monitor, config, 0), IKL_MONITOR_PROBE);
    assert_int_equal(answer_with(&monitor, config, 0), IKL_MONITOR_CHANGED);
    assert_int_equal(monitor.state, IKL_MONITOR_UP);
    return monitor;
}

static struct ikl_monitor up(void)
{
    return up_with(&usual);
}

/* One that went DOWN at the end of its third unanswered probe, at 3400. */
static struct ikl_monitor down_with(const struct ikl_monitor_config *config)
{
    struct ikl_monitor monitor = up_with(config);

    (void)run_with(&monitor, config, 3401, false);
    assert_int_equal(monitor.state, IKL_MONITOR_DOWN);
    return monitor;
}

static void a_monitor_is_small(void **state)
{
    (void)state;
    assert_true(sizeof(struct ikl_monitor) <= 64);
}

static void a_probe_goes_out_once_an_interval(void **state)
{
    struct ikl_monitor monitor = begin_with(&usual);

    (void)state;
    for (ikl_time now = 0; now < 100000; now += 1000) {
        assert_true(deadline(&monitor) == now);
        assert_int_equal(tick(&monitor, now), IKL_MONITOR_PROBE);
        assert_int_equal(monitor.probe, now / 1000 + 1);
        assert_true(deadline(&monitor) == now + 400);
        (void)answer(&monitor, now + 30);
    }
    assert_int_equal(monitor.generation, 1);
}

static void before_the_deadline_a_tick_changes_nothing(void **state)
{
    struct ikl_monitor monitors[] = {begin_with(&usual), up(), down_with(&usual)};

    (void)state;
    monitors[0].at += 1;
    for (size_t i = 0; i < COUNT_OF(monitors); i++) {
        struct ikl_monitor before = monitors[i];

        assert_int_equal(ikl_monitor_tick(&monitors[i], &usual, 0, SLACK, true), 0);
        assert_int_equal(tick(&monitors[i], deadline(&monitors[i]) - 1), 0);
        assert_memory_equal(&monitors[i], &before, sizeof(before));
    }
}

static void a_dead_path_is_down_after_the_worst_case_exactly(void **state)
{
    ikl_time worst = ikl_monitor_worst_detect(&usual);
    struct ikl_monitor monitor = up();

    (void)state;
    assert_true(worst == 3 * 1000 + 400);
    (void)run(&monitor, worst, false);
    assert_int_equal(monitor.state, IKL_MONITOR_SUSPECT);
    assert_int_equal(tick(&monitor, worst) & IKL_MONITOR_CHANGED, IKL_MONITOR_CHANGED);
    assert_int_equal(monitor.state, IKL_MONITOR_DOWN);
    assert_true(monitor.since == START + worst);
}

static void an_answer_that_came_slowly_makes_it_earlier(void **state)
{
    struct ikl_monitor monitor = begin_with(&usual);

    (void)state;
    (void)tick(&monitor, 0);
    (void)answer(&monitor, 300);
    (void)run(&monitor, 3401, false);
    assert_int_equal(monitor.state, IKL_MONITOR_DOWN);
    assert_true(monitor.since - (START + 300) == ikl_monitor_worst_detect(&usual) - 300);
}

static void the_first_lost_probe_makes_it_suspect_and_an_answer_up_again(void **state)
{
    struct ikl_monitor monitor = up();

    (void)state;
    assert_int_equal(tick(&monitor, 1000), IKL_MONITOR_PROBE);
    assert_int_equal(tick(&monitor, 1400), IKL_MONITOR_CHANGED);
    assert_int_equal(monitor.state, IKL_MONITOR_SUSPECT);
    assert_int_equal(monitor.generation, 2);
    assert_int_equal(tick(&monitor, 2000), IKL_MONITOR_PROBE);
    assert_int_equal(answer(&monitor, 2010), IKL_MONITOR_CHANGED);
    assert_int_equal(monitor.state, IKL_MONITOR_UP);
    assert_int_equal(monitor.generation, 3);
    assert_true(monitor.since == START); /* it was never down */
    /* what was lost before does not count any more */
    assert_int_equal(run(&monitor, 5400, false) & IKL_MONITOR_RENEW, 0);
    assert_int_equal(monitor.state, IKL_MONITOR_SUSPECT);
}

static void with_a_threshold_of_one_it_is_down_at_once(void **state)
{
    struct ikl_monitor_config config = usual;
    struct ikl_monitor monitor;

    (void)state;
    config.threshold = 1;
    monitor = up_with(&config);
    (void)tick_with(&monitor, &config, 1000);
    (void)tick_with(&monitor, &config, 1400);
    assert_int_equal(monitor.state, IKL_MONITOR_DOWN);
    assert_int_equal(monitor.generation, 2);
}

static void it_is_up_again_after_answers_in_a_row(void **state)
{
    struct ikl_monitor monitor = down_with(&usual);

    (void)state;
    assert_int_equal(ikl_monitor_recover(&monitor, &usual), 2);
    assert_int_equal(run(&monitor, 4500, true) & IKL_MONITOR_CHANGED, 0); /* one answer */
    assert_int_equal(run(&monitor, 5500, false) & IKL_MONITOR_CHANGED, 0);
    assert_int_equal(run(&monitor, 6500, true) & IKL_MONITOR_CHANGED, 0); /* one answer again */
    assert_int_equal(monitor.state, IKL_MONITOR_DOWN);
    assert_int_equal(tick(&monitor, 7000), IKL_MONITOR_PROBE);
    assert_int_equal(answer(&monitor, 7020), IKL_MONITOR_CHANGED);
    assert_int_equal(monitor.state, IKL_MONITOR_UP);
    assert_true(monitor.since == START + 7020);
}

static void an_answer_after_the_timeout_is_counted_and_not_believed(void **state)
{
    struct ikl_monitor monitor = up();

    (void)state;
    (void)tick(&monitor, 1000);
    assert_int_equal(answer(&monitor, 1401), 0); /* the tick is late, the answer is later */
    assert_int_equal(monitor.late, 1);
    assert_int_equal(tick(&monitor, 1402), IKL_MONITOR_CHANGED);
    assert_int_equal(answer(&monitor, 1500), 0);
    assert_int_equal(monitor.late, 2);
    assert_int_equal(monitor.state, IKL_MONITOR_SUSPECT);
    (void)tick(&monitor, 2000);
    assert_int_equal(ikl_monitor_answered(&monitor, &usual, 2, 0, START + 2001), 0); /* of the probe before */
    assert_int_equal(monitor.late, 3);
    assert_int_equal(answer(&monitor, 2400), IKL_MONITOR_CHANGED); /* at the last moment */
    assert_int_equal(answer(&monitor, 2400), 0);                   /* twice */
    assert_int_equal(monitor.late, 4);
    assert_int_equal(monitor.foreign, 0);
}

static void an_answer_to_no_probe_of_ours_is_counted_and_not_believed(void **state)
{
    struct ikl_monitor monitor = begin_with(&usual), before;
    uint16_t foreign = 0;

    (void)state;
    assert_int_equal(ikl_monitor_answered(&monitor, &usual, 0, 0, START), 0);
    assert_int_equal(ikl_monitor_answered(&monitor, &usual, 1, 0, START), 0);
    assert_int_equal(monitor.foreign, 2);
    (void)tick(&monitor, 0);
    before = monitor;
    for (uint32_t probe = 0; probe <= UINT16_MAX; probe++) {
        if (probe != 1) {
            assert_int_equal(ikl_monitor_answered(&monitor, &usual, (uint16_t)probe, 0, START + 1), 0);
            foreign++;
        }
    }
    assert_int_equal(ikl_monitor_answered(&monitor, &usual, 1, IKL_MONITOR_MAX_TARGETS, START + 1), 0);
    assert_int_equal(foreign, UINT16_MAX);
    assert_int_equal(monitor.foreign, UINT16_MAX); /* and stays there */
    monitor.foreign = before.foreign;
    assert_memory_equal(&monitor, &before, sizeof(monitor));
}

static void numbers_of_probes_wrap(void **state)
{
    struct ikl_monitor monitor = up();

    (void)state;
    monitor.probe = UINT16_MAX - 1;
    (void)tick(&monitor, 1000);
    assert_int_equal(monitor.probe, UINT16_MAX);
    (void)answer(&monitor, 1000);
    (void)tick(&monitor, 2000);
    assert_int_equal(monitor.probe, 0);
    assert_int_equal(answer(&monitor, 2000), 0);
    assert_int_equal(monitor.credited, true);
    assert_int_equal(monitor.late + monitor.foreign, 0);
    assert_int_equal(ikl_monitor_answered(&monitor, &usual, UINT16_MAX, 0, START + 2000), 0);
    assert_int_equal(monitor.late, 1);
    assert_int_equal(ikl_monitor_answered(&monitor, &usual, 1, 0, START + 2000), 0);
    assert_int_equal(monitor.foreign, 1);
}

static void a_target_that_never_answered_gives_no_verdict_and_that_is_told_once(void **state)
{
    struct ikl_monitor monitor = begin_with(&usual);
    unsigned told = 0;

    (void)state;
    for (ikl_time now; (now = deadline(&monitor)) < 3600000;) {
        unsigned todo = tick(&monitor, now);

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
    (void)tick(&monitor, deadline(&monitor));
    assert_int_equal(answer(&monitor, deadline(&monitor)), IKL_MONITOR_CHANGED);
    assert_int_equal(monitor.state, IKL_MONITOR_UP);
}

static void what_is_sent_within_the_grace_is_not_counted_as_lost(void **state)
{
    struct ikl_monitor_config config = usual;
    struct ikl_monitor monitor;

    (void)state;
    config.grace = 45000;
    monitor = up_with(&config);
    (void)run_with(&monitor, &config, 45400, false);
    assert_int_equal(monitor.state, IKL_MONITOR_UP);
    assert_int_equal(monitor.generation, 1);
    assert_int_equal(monitor.probe, 46); /* but sent it is */
    (void)run_with(&monitor, &config, 47400, false);
    assert_int_equal(monitor.state, IKL_MONITOR_SUSPECT);
    (void)run_with(&monitor, &config, 47401, false);
    assert_int_equal(monitor.state, IKL_MONITOR_DOWN);
    assert_true(monitor.since <= START + 45000 + ikl_monitor_worst_detect(&config));
    /* nor is it told that nobody answers */
    monitor = begin_with(&config);
    assert_int_equal(run_with(&monitor, &config, 47400, false) & IKL_MONITOR_UNANSWERED, 0);
    assert_int_equal(run_with(&monitor, &config, 47401, false), IKL_MONITOR_UNANSWERED);
}

static void traffic_that_was_heard_counts_as_an_answer(void **state)
{
    struct ikl_monitor monitor = begin_with(&usual);

    (void)state;
    (void)tick(&monitor, 0);
    ikl_monitor_heard(&monitor, START + 200, START + 200);
    assert_int_equal(tick(&monitor, 400), IKL_MONITOR_CHANGED);
    assert_int_equal(monitor.state, IKL_MONITOR_UP);
    /* also between the end of a probe and the next one */
    (void)tick(&monitor, 1000);
    assert_int_equal(tick(&monitor, 1400), IKL_MONITOR_CHANGED);
    ikl_monitor_heard(&monitor, START + 1900, START + 1900);
    assert_int_equal(tick(&monitor, 2000), IKL_MONITOR_CHANGED | IKL_MONITOR_PROBE);
    assert_int_equal(monitor.state, IKL_MONITOR_UP);
    /* but what was heard before a probe went out does not answer it */
    assert_int_equal(tick(&monitor, 2400), IKL_MONITOR_CHANGED);
    assert_int_equal(monitor.state, IKL_MONITOR_SUSPECT);
}

static void in_one_turn_only_one_answer_counts(void **state)
{
    struct ikl_monitor monitor = down_with(&usual);

    (void)state;
    (void)tick(&monitor, 4000);
    assert_int_equal(answer(&monitor, 4010), 0);
    ikl_monitor_heard(&monitor, START + 4020, START + 4020);
    assert_int_equal(tick(&monitor, 5000), IKL_MONITOR_PROBE);
    assert_int_equal(monitor.row, 1);
}

static void traffic_after_the_last_answer_puts_the_verdict_off(void **state)
{
    struct ikl_monitor monitor = up();
    ikl_time last = 700;

    (void)state;
    ikl_monitor_sent(&monitor, START + last, START + last);
    ikl_monitor_heard(&monitor, START + last, START + last);
    (void)run(&monitor, last + ikl_monitor_worst_detect(&usual), false);
    assert_int_equal(monitor.state, IKL_MONITOR_SUSPECT);
    (void)run(&monitor, last + ikl_monitor_worst_detect(&usual) + 1, false);
    assert_int_equal(monitor.state, IKL_MONITOR_DOWN);
}

static void no_probe_goes_out_while_traffic_moves_both_ways(void **state)
{
    struct ikl_monitor monitor = up();
    ikl_time now = 0;

    (void)state;
    for (int i = 0; i < 100; i++) {
        now += 900;
        ikl_monitor_heard(&monitor, START + now, START + now);
        ikl_monitor_sent(&monitor, START + now + 50, START + now + 50);
        assert_true(deadline(&monitor) == now + 1000);
        assert_int_equal(tick(&monitor, now + 60), 0);
    }
    assert_int_equal(monitor.probe, 1);
    assert_int_equal(tick(&monitor, now + 1000), IKL_MONITOR_PROBE);
}

static void traffic_one_way_saves_no_probe(void **state)
{
    struct ikl_monitor heard = up(), sent = up();

    (void)state;
    ikl_monitor_heard(&heard, START + 990, START + 990);
    assert_int_equal(tick(&heard, 1000), IKL_MONITOR_PROBE);
    ikl_monitor_sent(&sent, START + 990, START + 990);
    assert_int_equal(tick(&sent, 1000), IKL_MONITOR_PROBE);
    assert_int_equal(tick(&sent, 1400), IKL_MONITOR_CHANGED); /* what we send proves nothing */
    assert_int_equal(sent.state, IKL_MONITOR_SUSPECT);
}

static void while_down_probes_go_out_whatever_moves(void **state)
{
    struct ikl_monitor monitor = down_with(&usual);

    (void)state;
    ikl_monitor_heard(&monitor, START + 3900, START + 3900);
    ikl_monitor_sent(&monitor, START + 3900, START + 3900);
    assert_int_equal(tick(&monitor, 4000), IKL_MONITOR_PROBE);
    assert_int_equal(monitor.row, 1);
}

static void with_probes_only_traffic_is_no_answer_and_saves_no_probe(void **state)
{
    struct ikl_monitor_config config = usual;
    struct ikl_monitor monitor;

    (void)state;
    config.probes_only = true;
    monitor = up_with(&config);
    for (ikl_time now; (now = ikl_monitor_deadline(&monitor, &config) - START) <= 3400;) {
        ikl_monitor_heard(&monitor, START + now, START + now);
        ikl_monitor_sent(&monitor, START + now, START + now);
        (void)tick_with(&monitor, &config, now);
    }
    assert_int_equal(monitor.probe, 4);
    assert_int_equal(monitor.state, IKL_MONITOR_DOWN);
}

static void traffic_of_the_future_counts_as_of_now(void **state)
{
    struct ikl_monitor monitor = up();

    (void)state;
    ikl_monitor_heard(&monitor, IKL_NEVER, START + 900);
    ikl_monitor_sent(&monitor, START + 100000, START + 950);
    assert_true(monitor.heard == START + 900);
    assert_true(monitor.sent == START + 950);
    ikl_monitor_heard(&monitor, START + 800, START + 960); /* and older than what is known is ignored */
    assert_true(deadline(&monitor) == 1900);
    ikl_monitor_heard(&monitor, IKL_NEVER, IKL_NEVER);
    assert_true(monitor.heard == IKL_NEVER - 1);
}

static void new_keys_are_asked_for_with_the_verdict_and_once_for_each(void **state)
{
    struct ikl_monitor monitor = up();
    unsigned todo = 0;
    int renewals = 0;

    (void)state;
    (void)run(&monitor, 3400, false);
    todo = tick(&monitor, 3400);
    assert_int_equal(todo, IKL_MONITOR_CHANGED | IKL_MONITOR_RENEW);
    for (ikl_time now; (now = deadline(&monitor)) < 1000000;) {
        renewals += (tick(&monitor, now) & IKL_MONITOR_RENEW) != 0;
    }
    assert_int_equal(renewals, 0);
}

static void the_next_new_keys_are_not_asked_for_before_a_pause_that_doubles(void **state)
{
    struct ikl_monitor monitor = up();
    ikl_time before = 0, pause = 0;
    int renewals = 0;

    (void)state;
    /* up for a moment, then down again, all the time: about every seven seconds */
    for (ikl_time now; (now = deadline(&monitor)) < 3000000;) {
        unsigned todo = tick(&monitor, now);

        if ((todo & IKL_MONITOR_PROBE) != 0 && monitor.state == IKL_MONITOR_DOWN) {
            todo |= answer(&monitor, now);
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
    struct ikl_monitor monitor = down_with(&usual);

    (void)state;
    (void)run(&monitor, 6500, true);
    assert_int_equal(monitor.state, IKL_MONITOR_UP);
    (void)run(&monitor, 20500, false); /* a second one: the pause is 10 s now */
    assert_int_equal(monitor.renewals, 2);
    (void)run(&monitor, 100500, true);
    assert_int_equal(run(&monitor, 104500, false) & IKL_MONITOR_RENEW, IKL_MONITOR_RENEW);
    assert_int_equal(monitor.renewals, 1);
}

static void a_down_that_came_too_early_for_new_keys_asks_for_them_later(void **state)
{
    struct ikl_monitor_config config = usual;
    struct ikl_monitor monitor;

    (void)state;
    config.renew_after = 60000;
    monitor = down_with(&config);
    (void)run_with(&monitor, &config, 6500, true);
    assert_int_equal(run_with(&monitor, &config, 63400, false) & IKL_MONITOR_RENEW, 0);
    assert_int_equal(monitor.state, IKL_MONITOR_DOWN);
    assert_int_equal(run_with(&monitor, &config, 63401, false) & IKL_MONITOR_RENEW, IKL_MONITOR_RENEW);
}

static void the_pause_between_renewals_doubles_up_to_a_day(void **state)
{
    struct ikl_monitor_config config = usual;
    struct ikl_monitor monitor;
    ikl_time now = 5000;

    (void)state;
    config.renew_after = IKL_MONITOR_MAX_TIME / 4;
    monitor = begin_with(&config);
    for (int n = 0; n < 20; n++) {
        uint64_t pause = n < 2 ? (uint64_t)config.renew_after << n : IKL_MONITOR_MAX_TIME;
        ikl_time down;

        (void)run_with(&monitor, &config, now, true);
        assert_int_equal(monitor.state, IKL_MONITOR_UP);
        assert_true((run_with(&monitor, &config, now + 5000, false) & IKL_MONITOR_RENEW) != 0);
        down = monitor.since - START;
        assert_true(down >= now && monitor.not_before - START == down + pause);
        now = down + pause;
    }
}

static void without_renew_after_new_keys_are_never_asked_for(void **state)
{
    struct ikl_monitor_config config = usual;
    struct ikl_monitor monitor;

    (void)state;
    config.renew_after = 0;
    monitor = up_with(&config);
    assert_int_equal(run_with(&monitor, &config, 100000, false) & IKL_MONITOR_RENEW, 0);
    assert_int_equal(monitor.state, IKL_MONITOR_DOWN);
}

/* Lets it go down, and come up again. How many answers that took. */
static int flap(struct ikl_monitor *monitor, const struct ikl_monitor_config *config, unsigned *todo)
{
    int answers = 0;

    *todo = 0;
    while (monitor->state != IKL_MONITOR_DOWN) {
        *todo |= tick_with(monitor, config, ikl_monitor_deadline(monitor, config) - START);
    }
    while (monitor->state == IKL_MONITOR_DOWN) {
        ikl_time now = ikl_monitor_deadline(monitor, config) - START;

        if ((tick_with(monitor, config, now) & IKL_MONITOR_PROBE) != 0) {
            (void)answer_with(monitor, config, now);
            answers++;
        }
    }
    return answers;
}

static void one_that_flaps_takes_longer_to_recover_up_to_a_cap_and_that_is_told(void **state)
{
    static const int answers[] = {2, 2, 4, 8, 16, 20, 20, 20};
    struct ikl_monitor_config config = usual;
    struct ikl_monitor monitor;
    unsigned todo;

    (void)state;
    config.damp_changes = 3;
    config.damp_period = 60000;
    config.damp_recover = 20;
    monitor = up_with(&config);
    (void)run_with(&monitor, &config, 60500, true); /* it was up for long before */
    for (size_t i = 0; i < COUNT_OF(answers); i++) {
        assert_int_equal(flap(&monitor, &config, &todo), answers[i]);
        assert_int_equal((todo & IKL_MONITOR_DAMPED) != 0, i >= 2 && i <= 5);
        assert_int_equal(ikl_monitor_recover(&monitor, &config), answers[i]);
    }
    /* once it was up for the whole period all is as before */
    (void)run_with(&monitor, &config, monitor.since - START + 60500, true);
    assert_int_equal(flap(&monitor, &config, &todo), 2);
    assert_int_equal(todo & IKL_MONITOR_DAMPED, IKL_MONITOR_DAMPED);
}

static void without_damping_it_recovers_as_fast_each_time(void **state)
{
    struct ikl_monitor monitor = up();
    unsigned todo;

    (void)state;
    for (int i = 0; i < 300; i++) {
        assert_int_equal(flap(&monitor, &usual, &todo), 2);
        assert_int_equal(todo & IKL_MONITOR_DAMPED, 0);
    }
}

static void a_probe_is_answered_when_enough_targets_have_answered(void **state)
{
    struct ikl_monitor_config config = usual;
    struct ikl_monitor monitor;

    (void)state;
    config.need = 2;
    monitor = begin_with(&config);
    (void)tick_with(&monitor, &config, 0);
    assert_int_equal(ikl_monitor_answered(&monitor, &config, 1, 5, START + 10), 0);
    assert_int_equal(ikl_monitor_answered(&monitor, &config, 1, 5, START + 11), 0); /* the same one again */
    assert_int_equal(monitor.late, 1);
    assert_int_equal(monitor.state, IKL_MONITOR_UNPROVEN);
    assert_int_equal(ikl_monitor_answered(&monitor, &config, 1, 15, START + 12), IKL_MONITOR_CHANGED);
    assert_int_equal(monitor.state, IKL_MONITOR_UP);
    assert_int_equal(ikl_monitor_answered(&monitor, &config, 1, 0, START + 13), 0); /* one more than needed */
    assert_int_equal(monitor.late, 1);
    /* with fewer it goes down */
    for (ikl_time now; (now = ikl_monitor_deadline(&monitor, &config) - START) <= 3400;) {
        if ((tick_with(&monitor, &config, now) & IKL_MONITOR_PROBE) != 0) {
            (void)answer_with(&monitor, &config, now);
        }
    }
    assert_int_equal(monitor.state, IKL_MONITOR_DOWN);
}

static void first_probes_are_spread_over_an_interval(void **state)
{
    static const uint32_t randoms[] = {0, 1u << 30, 1u << 31, 3u << 30, UINT32_MAX};
    static const ikl_time due[] = {0, 250, 500, 750, 999};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(randoms); i++) {
        struct ikl_monitor monitor;

        ikl_monitor_begin(&monitor, &usual, START, randoms[i]);
        assert_true(deadline(&monitor) == due[i]);
        assert_int_equal(tick(&monitor, due[i]), IKL_MONITOR_PROBE);
    }
}

static void a_probe_that_may_not_be_sent_stays_due(void **state)
{
    struct ikl_monitor monitor = up();

    (void)state;
    for (ikl_time now = 1000; now < 1050; now += 10) {
        assert_int_equal(ikl_monitor_tick(&monitor, &usual, START + now, SLACK, false), 0);
        assert_true(deadline(&monitor) == 1000);
    }
    assert_int_equal(tick(&monitor, 1050), IKL_MONITOR_PROBE);
    assert_true(deadline(&monitor) == 1400);
    /* the end of one that was sent is looked at all the same */
    assert_int_equal(ikl_monitor_tick(&monitor, &usual, START + 1400, SLACK, false), IKL_MONITOR_CHANGED);
    assert_int_equal(monitor.state, IKL_MONITOR_SUSPECT);
}

static void probes_count_from_when_they_were_due_unless_the_tick_is_late(void **state)
{
    struct ikl_monitor monitor = up();

    (void)state;
    (void)tick(&monitor, 1000 + SLACK);
    assert_true(deadline(&monitor) == 1400);
    (void)answer(&monitor, 1120);
    (void)tick(&monitor, 2000 + SLACK + 1);
    assert_true(deadline(&monitor) == 2000 + SLACK + 1 + 400);
}

static void a_probe_whose_answer_would_be_due_already_counts_from_when_it_was_sent(void **state)
{
    struct ikl_monitor monitor = up();

    (void)state;
    assert_int_equal(ikl_monitor_tick(&monitor, &usual, START + 1400, 1000, true), IKL_MONITOR_PROBE);
    assert_true(deadline(&monitor) == 1800);
}

static void a_tick_that_is_late_loses_no_probe_but_once_in_a_row(void **state)
{
    struct ikl_monitor monitor = up();

    (void)state;
    (void)tick(&monitor, 1000);
    assert_int_equal(tick(&monitor, 1400 + SLACK + 1), 0);
    assert_int_equal(monitor.state, IKL_MONITOR_UP);
    (void)tick(&monitor, 2000);
    assert_int_equal(tick(&monitor, 2400 + SLACK + 1), IKL_MONITOR_CHANGED);
    assert_int_equal(monitor.state, IKL_MONITOR_SUSPECT);
    /* after an answer it is forgiven again */
    (void)tick(&monitor, 3000);
    (void)answer(&monitor, 3000);
    (void)tick(&monitor, 4000);
    assert_int_equal(tick(&monitor, 4400 + SLACK + 1), 0);
}

static void a_host_that_slept_sends_one_probe_and_gives_no_verdict(void **state)
{
    struct ikl_monitor monitor = up();

    (void)state;
    (void)run(&monitor, 3400, false);
    assert_int_equal(monitor.row, 2);
    assert_int_equal(tick(&monitor, 1000000), IKL_MONITOR_PROBE);
    assert_int_equal(monitor.state, IKL_MONITOR_SUSPECT);
    assert_true(deadline(&monitor) == 1000400);
    assert_int_equal(answer(&monitor, 1000030), IKL_MONITOR_CHANGED);
    assert_int_equal(monitor.state, IKL_MONITOR_UP);
}

static void a_clock_that_goes_back_is_taken_to_stand_still(void **state)
{
    struct ikl_monitor monitor = up();

    (void)state;
    (void)tick(&monitor, 1000);
    assert_int_equal(ikl_monitor_tick(&monitor, &usual, 0, SLACK, true), 0);
    assert_int_equal(tick(&monitor, 1400), IKL_MONITOR_CHANGED);
    (void)tick(&monitor, 2000);
    assert_int_equal(ikl_monitor_answered(&monitor, &usual, 3, 0, 0), IKL_MONITOR_CHANGED);
    assert_int_equal(monitor.state, IKL_MONITOR_UP);
    (void)run(&monitor, 5000, false);
    (void)tick(&monitor, 5000);
    assert_int_equal(tick(&monitor, 5400) & IKL_MONITOR_CHANGED, IKL_MONITOR_CHANGED);
    (void)tick(&monitor, 6000);
    assert_int_equal(ikl_monitor_answered(&monitor, &usual, monitor.probe, 0, 1), 0);
    (void)tick(&monitor, 7000);
    assert_int_equal(ikl_monitor_answered(&monitor, &usual, monitor.probe, 0, 1), IKL_MONITOR_CHANGED);
    assert_true(monitor.since == START + 7000);
}

static void a_time_of_never_is_the_last_time_before_it(void **state)
{
    struct ikl_monitor monitor;

    (void)state;
    ikl_monitor_begin(&monitor, &usual, IKL_NEVER, UINT32_MAX);
    assert_true(ikl_monitor_deadline(&monitor, &usual) == IKL_NEVER - 1);
    assert_int_equal(ikl_monitor_tick(&monitor, &usual, IKL_NEVER, SLACK, true), IKL_MONITOR_PROBE);
    assert_true(ikl_monitor_deadline(&monitor, &usual) == IKL_NEVER - 1);
    assert_int_equal(ikl_monitor_answered(&monitor, &usual, 1, 0, IKL_NEVER), IKL_MONITOR_CHANGED);
    assert_true(monitor.since == IKL_NEVER - 1);
}

static void another_config_counts_from_the_next_call_on(void **state)
{
    struct ikl_monitor_config slow = usual;
    struct ikl_monitor monitor = up();

    (void)state;
    slow.interval = 5000;
    assert_true(ikl_monitor_deadline(&monitor, &slow) == START + 5000);
    assert_int_equal(tick(&monitor, 1000), IKL_MONITOR_PROBE);
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
        {"reserved", {.interval = 10, .timeout = 10, .threshold = 1, .recover = 1, .reserved = {[9] = 1}}},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_string_equal(ikl_monitor_config_error(&rows[i].config), rows[i].name);
    }
    assert_null(ikl_monitor_config_error(&usual));
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
    struct ikl_monitor monitor = up_with(panos);
    ikl_time first_unanswered = 3000;

    (void)state;
    assert_null(ikl_monitor_config_error(panos));
    (void)run_with(&monitor, panos, first_unanswered + 15000, false);
    assert_int_equal(monitor.state, IKL_MONITOR_SUSPECT);
    assert_int_equal(run_with(&monitor, panos, first_unanswered + 15001, false) & IKL_MONITOR_RENEW, IKL_MONITOR_RENEW);
    assert_int_equal(monitor.state, IKL_MONITOR_DOWN);
    (void)answer_with(&monitor, panos, first_unanswered + 15010);
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
        cmocka_unit_test(new_keys_are_asked_for_with_the_verdict_and_once_for_each),
        cmocka_unit_test(the_next_new_keys_are_not_asked_for_before_a_pause_that_doubles),
        cmocka_unit_test(the_pause_is_as_configured_again_after_a_long_time_without_new_keys),
        cmocka_unit_test(a_down_that_came_too_early_for_new_keys_asks_for_them_later),
        cmocka_unit_test(the_pause_between_renewals_doubles_up_to_a_day),
        cmocka_unit_test(without_renew_after_new_keys_are_never_asked_for),
        cmocka_unit_test(one_that_flaps_takes_longer_to_recover_up_to_a_cap_and_that_is_told),
        cmocka_unit_test(without_damping_it_recovers_as_fast_each_time),
        cmocka_unit_test(a_probe_is_answered_when_enough_targets_have_answered),
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
