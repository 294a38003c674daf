/* SPDX-License-Identifier: ISC */
/* Of the many monitors of an IKE SA each does what it would do alone, in time, whatever becomes of the others. */
#include "support/monitored.h"
#include "support/peer.h"
#include "support/test.h"
#include "support/test_random.h"

#include "sa/sa.h"

#include <string.h>

enum { MOST = 40, STEPS = 1500, SEEDS = 2, CONFIGS = 4, SLACK = 100 };

static const struct ikl_monitor_config configs[CONFIGS] = {
    {.interval = 1000, .timeout = 1000, .threshold = 3, .recover = 2},
    {.interval = 700, .timeout = 300, .threshold = 1, .recover = 1, .renew_after = 5000},
    {.interval = 5000, .timeout = 100, .threshold = 2, .recover = 3, .grace = 2000},
    {.interval = IKL_MONITOR_MAX_TIME, .timeout = 60000, .threshold = 2, .recover = 1},
};

/* The monitor of a Child SA, and one that is told the same by itself. */
struct twins {
    struct ikl_child *child;
    const struct ikl_monitor_config *config;
    struct ikl_monitor alone;
    bool asked; /* the host, to send a probe, and it was not answered */
};

static struct model {
    struct host host;
    struct test_random random;
    struct twins all[MOST];
    uint32_t n, spi;
} model;

static unsigned alone_says; /* of all of them */

static uint32_t below(uint32_t n)
{
    return (uint32_t)test_random_below(&model.random, n);
}

static struct twins *twins_of(const struct ikl_child *child)
{
    for (uint32_t i = 0; i < model.n; i++) {
        if (model.all[i].child == child) {
            return &model.all[i];
        }
    }
    fail_msg("a Child SA that is not there");
    return NULL;
}

static unsigned tick(struct twins *twins)
{
    return ikl_monitor_tick(&twins->alone, twins->config, model.host.now, SLACK, true);
}

static void answer(struct twins *twins, uint16_t probe)
{
    alone_says |= ikl_monitor_answered(&twins->alone, twins->config, probe, 0, model.host.now);
    assert_int_equal(ikl_child_monitor_answered(model.host.sa, twins->child, probe, 0, model.host.now), IKL_OK);
}

static int expect_probe(struct host *host, struct event *event)
{
    (void)host;
    if (event->kind == EVENT_MONITOR_PROBE) {
        struct twins *twins = twins_of(event->child);

        assert_int_equal(event->probe, (uint16_t)(twins->alone.probe + 1));
        assert_true((tick(twins) & IKL_MONITOR_PROBE) != 0);
        twins->asked = true;
    }
    return IKL_OK;
}

/* Some tunnels answer at once, some never, some now and then. */
static void answer_some(void)
{
    for (uint32_t i = 0; i < model.n; i++) {
        struct twins *twins = &model.all[i];
        uint32_t habit = ikl_child_spi_in(twins->child) % 3;

        if (twins->asked && (habit == 0 || (habit == 1 && below(2) == 0))) {
            answer(twins, twins->alone.probe);
        }
        twins->asked = false;
    }
}

static void add(void)
{
    struct twins *twins = &model.all[model.n];
    struct ikl_child_config config = {.size = sizeof(config), .protocol = IKL_PROTOCOL_ESP};

    if (model.n == MOST) {
        return;
    }
    twins->config = &configs[below(CONFIGS)];
    config.monitor = twins->config;
    config.spi_in = config.spi_out = ++model.spi;
    twins->asked = false;
    host_advance(&model.host, model.host.now); /* it begins at the latest time that the endpoint knows of */
    assert_int_equal(ikl_sa_add_child(model.host.sa, &config, &twins->child), IKL_OK);
    ikl_monitor_begin(&twins->alone, twins->config, model.host.now, 0);
    model.n++;
}

static void remove_one(uint32_t i)
{
    assert_int_equal(ikl_sa_remove_child(model.host.sa, model.all[i].child), IKL_OK);
    memmove(&model.all[i], &model.all[i + 1], (--model.n - i) * sizeof(model.all[0]));
}

static void replace(struct twins *twins)
{
    struct ikl_child *old = twins->child;

    assert_int_equal(monitored_add_child(&model.host, old, ++model.spi + 0x10000, &twins->child), IKL_OK);
    assert_int_equal(ikl_sa_remove_child(model.host.sa, old), IKL_OK);
}

static void hear(struct twins *twins)
{
    ikl_time at = model.host.now - below(2);

    if (below(2) == 0) {
        ikl_child_heard(twins->child, at);
        ikl_monitor_heard(&twins->alone, at, model.host.now);
    } else {
        ikl_child_sent(model.host.sa, twins->child, at);
        ikl_monitor_sent(&twins->alone, at, model.host.now);
    }
}

static void do_something(void)
{
    uint32_t what = below(40), i = model.n != 0 ? below(model.n) : 0;

    if (what < 3) {
        add();
    } else if (model.n == 0) {
        return;
    } else if (what < 5) {
        remove_one(i);
    } else if (what < 20) {
        hear(&model.all[i]);
    } else if (what < 22) {
        replace(&model.all[i]);
    } else if (what < 26) {
        answer(&model.all[i], (uint16_t)(model.all[i].alone.probe - below(3)));
    }
}

static void assert_same(const struct ikl_monitor *is, const struct ikl_monitor *alone)
{
    assert_int_equal(is->probe, alone->probe);
    assert_int_equal(is->state, alone->state);
    assert_int_equal(is->generation, alone->generation);
    assert_true(is->at == alone->at && is->since == alone->since && is->not_before == alone->not_before);
    assert_int_equal(is->out, alone->out);
    assert_int_equal(is->row, alone->row);
    assert_int_equal(is->late, alone->late);
}

/* All that is due by now, in time; nothing that is due is left. */
static void let_time_pass(ikl_time until)
{
    while (ikl_endpoint_next_deadline(model.host.endpoint) <= until) {
        host_advance(&model.host, ikl_time_later(ikl_endpoint_next_deadline(model.host.endpoint), model.host.now));
        answer_some();
        for (uint32_t i = 0; i < model.n; i++) {
            struct twins *twins = &model.all[i];

            assert_int_equal(
                ikl_monitor_tick(&twins->alone, twins->config, model.host.now, SLACK, true) & IKL_MONITOR_PROBE, 0);
            assert_same(ikl_child_monitor(model.host.sa, twins->child), &twins->alone);
            assert_true(ikl_endpoint_next_deadline(model.host.endpoint) <=
                        ikl_monitor_deadline(&twins->alone, twins->config));
        }
        model.host.n_events = 0;
    }
    model.host.now = until;
}

static void run(uint64_t seed)
{
    memset(&model, 0, sizeof(model));
    model.random.state = seed;
    monitored_begin_with(&model.host, NULL, 0, monitored_quiet);
    model.host.on_event = expect_probe;
    for (uint32_t step = 0; step < STEPS; step++) {
        do_something();
        let_time_pass(model.host.now + below(below(50) == 0 ? IKL_MONITOR_MAX_TIME / 1000 : 300));
    }
    assert_true((alone_says & IKL_MONITOR_CHANGED) != 0);
    assert_true(host_counters(&model.host).monitor_downs > 10 && host_counters(&model.host).monitor_recoveries > 3);
    host_clear(&model.host);
}

static void each_of_many_monitors_does_what_it_would_alone_and_no_deadline_is_lost(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        run(seed);
    }
}

static void after_a_sleep_of_months_all_that_is_due_is_done(void **state)
{
    enum { N = 8 };
    const ikl_time months = UINT64_C(60) * 86400000;
    struct host host;

    (void)state;
    monitored_begin(&host, N);
    monitored_run(&host, 500);
    host_advance(&host, host.now + months);
    assert_int_equal(host_count(&host, EVENT_MONITOR_PROBE), 2 * N);
    host.n_events = 0;
    monitored_run(&host, 500 + months + 10000);
    assert_int_equal(host_count(&host, EVENT_MONITOR_PROBE), 10 * N);
    host_clear(&host);
}

static void while_our_delete_is_outstanding_the_monitor_rests(void **state)
{
    struct ikl_child *removed;
    struct host host;

    (void)state;
    monitored_begin(&host, 3);
    monitored_run(&host, 1500);
    removed = host.children[1];
    assert_int_equal(ikl_sa_delete_children(host.sa, &removed, 1, host.now), IKL_OK);
    monitored_tunnel = TUNNEL_DEAD;
    host.n_events = 0;
    monitored_run(&host, 10000);
    for (size_t i = 0; i < host_count(&host, EVENT_MONITOR_PROBE); i++) {
        assert_ptr_not_equal(host_event(&host, EVENT_MONITOR_PROBE, i)->child, removed);
    }
    assert_int_equal(host_count(&host, EVENT_MONITOR_PROBE), 2 * 9);
    assert_int_equal(monitored_count(&host, IKL_MONITOR_DOWN), 2);
    assert_int_equal(monitored_state(&host, removed), IKL_MONITOR_UP);
    host_clear(&host);
}

static struct ikl_sa *others[2];

/* When the path of the host's IKE SA is UP, the others' are found to be, in the same call. */
static int answer_others(struct host *host, struct event *event)
{
    if (event->kind == EVENT_MONITOR && event->sa == host->sa) {
        for (size_t i = 0; i < 2; i++) {
            struct ikl_child *child = ikl_sa_first_child(others[i]);

            assert_int_equal(ikl_child_monitor_answered(others[i], child, 1, 0, host->now), IKL_OK);
        }
    }
    return IKL_OK;
}

static void in_one_call_the_monitors_of_several_ike_sas_are_told_of(void **state)
{
    struct ikl_child_config child = {.size = sizeof(child), .protocol = IKL_PROTOCOL_ESP, .spi_in = 1, .spi_out = 2};
    struct ikl_sa_config config;
    struct ikl_keys keys;
    struct host host;

    (void)state;
    monitored_begin(&host, 1);
    monitored_tunnel = TUNNEL_DEAD;
    for (uint32_t i = 0; i < 2; i++) {
        test_sa_config(&config, &keys, "chacha20poly1305-prfsha256", true, i + 1);
        monitored_quiet(&config);
        assert_int_equal(ikl_sa_new(&others[i], host.endpoint, &config, MONITORED_START), IKL_OK);
        assert_int_equal(ikl_sa_add_child(others[i], &child, NULL), IKL_OK);
    }
    monitored_run(&host, 100);
    assert_int_equal(host_count(&host, EVENT_MONITOR_PROBE), 3);
    host.on_event = answer_others;
    assert_int_equal(ikl_child_monitor_answered(host.sa, host.children[0], 1, 0, host.now), IKL_OK);
    assert_int_equal(monitored_count(&host, IKL_MONITOR_UP), 3);
    host_clear(&host);
}

static void in_turns(struct ikl_endpoint_config *config)
{
    config->monitor = &monitored_usual;
    config->monitor_probes_per_second = 1;
}

static void a_probe_whose_turn_is_months_away_goes_out_then(void **state)
{
    const ikl_time months = UINT64_C(60) * 86400000;
    struct host host;

    (void)state;
    for (ikl_time away = months / 10; away <= months; away += months / 10) {
        monitored_begin_with(&host, in_turns, 2, monitored_quiet);
        host.endpoint->monitor_probes.next = MONITORED_START + away; /* as if so many others were first */
        monitored_run(&host, away - 1);
        assert_int_equal(host_count(&host, EVENT_MONITOR_PROBE), 0);
        monitored_run(&host, away);
        assert_int_equal(host_count(&host, EVENT_MONITOR_PROBE), 1);
        monitored_run(&host, away + 1000);
        assert_int_equal(host_count(&host, EVENT_MONITOR_PROBE), 2);
        host_clear(&host);
    }
}

enum { CROWD = 200, CROWD_SHORTEST = 2000, CROWD_LONGEST = 5000 };

static struct ikl_monitor_config crowd_config[CROWD];
static uint32_t crowd_probes[CROWD]; /* by the number of the monitor */

static int count_probes(struct host *host, struct event *event)
{
    (void)host;
    if (event->kind == EVENT_MONITOR_PROBE) {
        crowd_probes[(uintptr_t)ikl_child_user(event->child)]++;
    }
    host->n_events = 0;
    return IKL_OK;
}

static int crowd_add(struct host *host, uintptr_t i, uint32_t spi, struct ikl_child *replaces)
{
    struct ikl_child_config config = {.size = sizeof(config),
                                      .user = (void *)i,
                                      .protocol = IKL_PROTOCOL_ESP,
                                      .spi_in = spi,
                                      .spi_out = spi,
                                      .replaces = replaces,
                                      .monitor = &crowd_config[i]};

    return ikl_sa_add_child(host->sa, &config, NULL);
}

/* Monitors whose first probe goes out at once. Each wants the next probe later than the one before, but for the first
 * one, which is the last. */
static void crowd_begin(struct host *host)
{
    monitored_begin(host, 0);
    monitored_tunnel = TUNNEL_DEAD;
    host->on_event = count_probes;
    memset(crowd_probes, 0, sizeof(crowd_probes));
    for (uint32_t i = 0; i < CROWD; i++) {
        uint32_t interval = i != 0 ? CROWD_SHORTEST + i : CROWD_LONGEST;

        crowd_config[i] =
            (struct ikl_monitor_config){.interval = interval, .timeout = interval, .threshold = 3, .recover = 1};
        assert_int_equal(crowd_add(host, i, 1 + i, NULL), IKL_OK);
    }
    monitored_run(host, 0);
}

static void of_a_crowd_any_child_sa_may_go_or_be_replaced_and_the_others_are_probed_in_time(void **state)
{
    struct host host;

    (void)state;
    for (uint32_t begin = 0; begin < CROWD; begin += 9) {
        for (uint32_t replaced = 0; replaced < 2; replaced++) {
            struct ikl_child *child;

            crowd_begin(&host);
            for (uint32_t i = begin; i < CROWD && i < begin + 3; i++) {
                child = ikl_sa_find_child(host.sa, IKL_PROTOCOL_ESP, 1 + i);
                if (replaced != 0) {
                    assert_int_equal(crowd_add(&host, i, 0x1000 + i, child), IKL_OK);
                }
                assert_int_equal(ikl_sa_remove_child(host.sa, child), IKL_OK);
            }
            monitored_run(&host, CROWD_LONGEST);
            for (uint32_t i = 0; i < CROWD; i++) {
                bool goes = replaced == 0 && i >= begin && i < begin + 3;

                assert_int_equal(crowd_probes[i], goes ? 1 : 1 + CROWD_LONGEST / crowd_config[i].interval);
            }
            host_clear(&host);
        }
    }
}

TESTS_OF(monitors_many)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_probe_whose_turn_is_months_away_goes_out_then),
        cmocka_unit_test(of_a_crowd_any_child_sa_may_go_or_be_replaced_and_the_others_are_probed_in_time),
        cmocka_unit_test(each_of_many_monitors_does_what_it_would_alone_and_no_deadline_is_lost),
        cmocka_unit_test(after_a_sleep_of_months_all_that_is_due_is_done),
        cmocka_unit_test(while_our_delete_is_outstanding_the_monitor_rests),
        cmocka_unit_test(in_one_call_the_monitors_of_several_ike_sas_are_told_of),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
