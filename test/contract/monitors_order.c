/* SPDX-License-Identifier: ISC */
/* The monitors of an endpoint are looked at in the order in which they are due, whichever IKE SAs they belong to. */
#include "support/monitored.h"
#include "support/mover.h"
#include "support/peer.h"
#include "support/test.h"

#include "sa/sa.h"

static const char *const suite = "chacha20poly1305-prfsha256";

static const struct ikl_monitor_config rare = {.interval = 60000, .timeout = 60000, .threshold = 3, .recover = 1};

/* Adds a Child SA to the host's IKE SA, and lets its first probe go out. */
static struct ikl_child *add(struct host *host, uint32_t spi, const struct ikl_monitor_config *monitor)
{
    const struct ikl_child_config config = {
        .size = sizeof(config), .protocol = IKL_PROTOCOL_ESP, .spi_in = spi, .spi_out = spi, .monitor = monitor};
    struct ikl_child *child;

    assert_int_equal(ikl_sa_add_child(host->sa, &config, &child), IKL_OK);
    return child;
}

static size_t probes(struct host *host)
{
    return host_count(host, EVENT_MONITOR_PROBE);
}

static void those_of_several_ike_sas_are_probed_in_the_order_in_which_they_are_due(void **state)
{
    enum { N = 9 };
    static struct ikl_monitor_config configs[N];
    struct ikl_sa_config config;
    struct ikl_keys keys;
    struct host host;

    (void)state;
    monitored_begin_with(&host, NULL, 0, monitored_quiet);
    for (uint32_t i = 0; i < N; i++) {
        uint32_t interval = 1000 + i * 7 % N * 100;

        configs[i] =
            (struct ikl_monitor_config){.interval = interval, .timeout = interval, .threshold = 3, .recover = 1};
        test_sa_config(&config, &keys, suite, true, 1 + i / 2);
        monitored_quiet(&config);
        if (i % 2 == 0) {
            assert_int_equal(ikl_sa_new(&host.sa, host.endpoint, &config, MONITORED_START), IKL_OK);
        }
        (void)add(&host, 1 + i, &configs[i]);
    }
    host_advance(&host, MONITORED_START);
    host_forget(&host);
    host_advance(&host, MONITORED_START + 1900);
    assert_int_equal(probes(&host), N);
    for (uint32_t i = 0; i < N; i++) {
        const struct ikl_child *child = host_event(&host, EVENT_MONITOR_PROBE, i)->child;

        assert_int_equal(configs[ikl_child_spi_in(child) - 1].interval, 1000 + 100 * i);
    }
    host_clear(&host);
}

/* Adds three Child SAs of one interval, which come one by one, and lets the first be probed again. */
static void probe_one_of_three(struct host *host)
{
    static const struct ikl_monitor_config second = {.interval = 1000, .timeout = 1000, .threshold = 3, .recover = 1};

    for (uint32_t ms = 0; ms < 30; ms += 10) {
        host_advance(host, MONITORED_START + 24 + ms);
        (void)add(host, 1 + ms, &second);
        host_advance(host, MONITORED_START + 24 + ms);
    }
    monitored_run(host, 1024);
}

static void one_that_is_added_is_probed_before_those_that_are_due_later(void **state)
{
    struct ikl_child *added;
    struct host host;

    (void)state;
    monitored_begin_with(&host, NULL, 0, monitored_quiet);
    probe_one_of_three(&host);
    host_advance(&host, MONITORED_START + 1028);
    added = add(&host, 100, &rare);
    host_forget(&host);
    host_advance(&host, MONITORED_START + 1050);
    assert_int_equal(probes(&host), 3);
    assert_ptr_equal(host_event(&host, EVENT_MONITOR_PROBE, 0)->child, added);
    host_clear(&host);
}

static void three_a_call(struct ikl_endpoint_config *config)
{
    config->monitor = &monitored_usual;
    config->work_limit = 3;
}

static void with_a_work_limit_what_is_left_is_due_at_once(void **state)
{
    enum { N = 8 };
    struct host host;

    (void)state;
    monitored_begin_with(&host, three_a_call, N, monitored_quiet);
    for (size_t asked = 3; probes(&host) < N; asked += 3) {
        assert_int_equal(ikl_endpoint_next_deadline(host.endpoint), MONITORED_START);
        assert_int_equal(ikl_endpoint_advance(host.endpoint, MONITORED_START), IKL_OK);
        assert_int_equal(probes(&host), asked < N ? asked : N);
    }
    assert_int_equal(ikl_endpoint_next_deadline(host.endpoint), MONITORED_START + 400);
    assert_int_equal(ikl_endpoint_advance(host.endpoint, MONITORED_START + 5000), IKL_OK); /* late */
    assert_int_equal(ikl_endpoint_next_deadline(host.endpoint), MONITORED_START + 5000);
    host_clear(&host);
}

static void one_a_call(struct ikl_endpoint_config *config)
{
    config->work_limit = 1;
}

/* The probes of 40 are due at times that are close to each other, in no order, one ms after those of others. A call may
 * move 32 of them. */
static void a_work_limit_limits_how_many_a_call_moves_too(void **state)
{
    enum { N = 40, FIRST = 20000 };
    static struct ikl_monitor_config configs[N];
    struct host host;
    unsigned calls = 0;

    (void)state;
    monitored_begin_with(&host, one_a_call, 0, monitored_quiet);
    for (uint32_t i = 0; i < N; i++) {
        uint32_t interval = FIRST + i * 7 % N;

        configs[i] =
            (struct ikl_monitor_config){.interval = interval, .timeout = interval, .threshold = 3, .recover = 1};
        (void)add(&host, 1 + i, &configs[i]);
    }
    while (ikl_endpoint_next_deadline(host.endpoint) == MONITORED_START) {
        assert_int_equal(ikl_endpoint_advance(host.endpoint, MONITORED_START), IKL_OK);
    }
    assert_int_equal(probes(&host), N);
    host_forget(&host);
    while (ikl_endpoint_next_deadline(host.endpoint) <= MONITORED_START + FIRST) {
        size_t before = probes(&host);

        calls++;
        assert_int_equal(ikl_endpoint_advance(host.endpoint, MONITORED_START + FIRST), IKL_OK);
        assert_in_range(probes(&host), before, before + 1);
    }
    assert_int_equal(probes(&host), 1);
    assert_true(calls > 2);
    host_clear(&host);
}

static void one_a_second(struct ikl_endpoint_config *config)
{
    config->monitor_probes_per_second = 1;
}

static void one_that_waits_for_its_turn_makes_no_other_verdict_late(void **state)
{
    struct ikl_child *first;
    struct host host;

    (void)state;
    monitored_begin_with(&host, one_a_second, 0, monitored_quiet);
    first = add(&host, 1, &monitored_usual);
    monitored_run(&host, 100);
    monitored_tunnel = TUNNEL_DEAD;
    for (uint32_t i = 0; i < 5; i++) {
        (void)add(&host, 2 + i, &rare);
    }
    monitored_run(&host, 6000); /* their turns come first */
    assert_int_equal(probes(&host), 7);
    assert_int_equal(monitored_state(&host, first), IKL_MONITOR_UP);
    monitored_run(&host, 6399);
    assert_int_equal(monitored_state(&host, first), IKL_MONITOR_UP);
    (void)add(&host, 100, &rare); /* waits */
    monitored_run(&host, 6400);
    assert_int_equal(monitored_state(&host, first), IKL_MONITOR_SUSPECT);
    host_clear(&host);
}

static void a_turn_is_kept_for_one_that_waits_for_a_day_at_most(void **state)
{
    struct host host;

    (void)state;
    monitored_begin_with(&host, one_a_second, 0, monitored_quiet);
    for (uint32_t late = 0; late < 2; late++) {
        const ikl_time turn = MONITORED_START + IKL_MONITOR_MAX_TIME + late;
        const struct ikl_child *child = add(&host, 1 + late, &rare);

        host.endpoint->monitor_probes.next = turn;
        host_advance(&host, MONITORED_START);
        assert_int_equal(probes(&host), 0);
        assert_int_equal(child->has_turn, late == 0);
        assert_int_equal(host.endpoint->monitor_probes.next - turn, late == 0 ? 1000 : 0);
    }
    host_clear(&host);
}

static void one_that_is_gone_wakes_the_host_at_most_once(void **state)
{
    struct ikl_child *gone[2];
    struct host host;

    (void)state;
    monitored_begin_with(&host, NULL, 0, monitored_quiet);
    gone[0] = add(&host, 1, &monitored_usual);
    gone[1] = add(&host, 2, &monitored_usual);
    (void)add(&host, 3, &rare);
    monitored_run(&host, 500);
    assert_int_equal(ikl_sa_remove_child(host.sa, gone[0]), IKL_OK);
    assert_int_equal(ikl_sa_remove_child(host.sa, gone[1]), IKL_OK);
    if (ikl_endpoint_next_deadline(host.endpoint) <= MONITORED_START + 1000) {
        host_advance(&host, ikl_endpoint_next_deadline(host.endpoint));
    }
    assert_int_equal(ikl_endpoint_next_deadline(host.endpoint), MONITORED_START + 60000);
    host_clear(&host);
}

static void after_half_a_day_without_a_call_each_is_due_when_it_was(void **state)
{
    static const struct ikl_monitor_config daily = {
        .interval = IKL_MONITOR_MAX_TIME, .timeout = 60000, .threshold = 3, .recover = 1};
    const ikl_time half = IKL_MONITOR_MAX_TIME / 2;
    struct host host;

    (void)state;
    monitored_begin_with(&host, NULL, 0, monitored_quiet);
    (void)add(&host, 1, &daily);
    (void)add(&host, 2, &rare);
    monitored_run(&host, 60000);
    host_forget(&host);
    host_advance(&host, MONITORED_START + half);
    assert_int_equal(probes(&host), 1);
    assert_int_equal(ikl_endpoint_next_deadline(host.endpoint), MONITORED_START + half + 60000);
    assert_int_equal(ikl_sa_remove_child(host.sa, host_event(&host, EVENT_MONITOR_PROBE, 0)->child), IKL_OK);
    host_advance(&host, MONITORED_START + 2 * half - 1);
    assert_int_equal(ikl_endpoint_next_deadline(host.endpoint), MONITORED_START + 2 * half);
    host_clear(&host);
}

static void one_that_is_added_after_half_a_day_without_a_call_is_due_at_once(void **state)
{
    struct host host;

    (void)state;
    monitored_begin_with(&host, NULL, 0, monitored_quiet);
    (void)add(&host, 1, &rare);
    monitored_run(&host, 500);
    host.now += IKL_MONITOR_MAX_TIME / 2;
    assert_int_equal(ikl_sa_probe(host.sa, host.now), IKL_OK);
    (void)add(&host, 2, &rare);
    assert_true(ikl_endpoint_next_deadline(host.endpoint) <= host.now);
    host_forget(&host);
    host_advance(&host, host.now);
    assert_int_equal(probes(&host), 2);
    host_clear(&host);
}

/* Nothing is in order yet; time is at its beginning, or further on than the order reaches. */
static void a_monitor_begins_at_any_time_of_the_hosts_clock(void **state)
{
    static const ikl_time starts[] = {0, IKL_MONITOR_MAX_TIME, UINT64_C(1) << 40};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(starts); i++) {
        struct host host;

        host_init(&host, "a", starts[i], NULL);
        host_sa(&host, suite, true, 0, monitored_quiet);
        (void)add(&host, 1, &rare);
        host_advance(&host, starts[i]);
        assert_int_equal(probes(&host), 1);
        assert_int_equal(ikl_endpoint_next_deadline(host.endpoint), starts[i] + 60000);
        host_clear(&host);
    }
}

static void spread_over_half(struct ikl_endpoint_config *config)
{
    config->idle_spread = 500;
}

static void a_first_probe_that_is_put_off_is_so_at_any_time_of_the_hosts_clock(void **state)
{
    static const ikl_time starts[] = {0, IKL_MONITOR_MAX_TIME, UINT64_C(1) << 40};
    ikl_time put_off = 0;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(starts); i++) {
        struct host host;

        host_init(&host, "a", starts[i], spread_over_half);
        host_sa(&host, suite, true, 0, monitored_quiet);
        (void)add(&host, 1, &rare);
        put_off = i == 0 ? ikl_endpoint_next_deadline(host.endpoint) : put_off;
        assert_in_range(put_off, 1, 30000);
        assert_int_equal(ikl_endpoint_next_deadline(host.endpoint), starts[i] + put_off);
        host_clear(&host);
    }
}

static void after_half_a_day_without_a_call_those_that_come_one_by_one_are_due(void **state)
{
    struct host host;

    (void)state;
    monitored_begin_with(&host, NULL, 0, monitored_quiet);
    probe_one_of_three(&host);
    host_forget(&host);
    host_advance(&host, MONITORED_START + IKL_MONITOR_MAX_TIME / 2);
    assert_int_equal(probes(&host), 3);
    host_clear(&host);
}

/* Before the sleep one of two that were in one slot has gone out, and the other is about to. */
static void after_half_a_day_without_a_call_one_is_due_that_was_about_to_be(void **state)
{
    static const struct ikl_monitor_config late = {.interval = 5424, .timeout = 5424, .threshold = 3, .recover = 1},
                                           early = {.interval = 5400, .timeout = 5400, .threshold = 3, .recover = 1};
    struct host host;

    (void)state;
    monitored_begin_with(&host, NULL, 0, monitored_quiet);
    (void)add(&host, 1, &late);
    (void)add(&host, 2, &early);
    monitored_run(&host, 5400);
    assert_int_equal(probes(&host), 3);
    host_forget(&host);
    host_advance(&host, MONITORED_START + IKL_MONITOR_MAX_TIME / 2);
    assert_int_equal(probes(&host), 2);
    host_clear(&host);
}

/* The far one is just beyond what a level reaches, and the near one in the middle of the level below. */
static void however_far_away_two_are_due_each_is_probed_in_time(void **state)
{
    enum { FIRST = 3, LAST = 6, START = (1 << 24) - 1 };

    (void)state;
    for (unsigned level = FIRST; level <= LAST; level++) {
        const uint32_t far = (UINT32_C(64) << 3 * level) - 1, near = UINT32_C(32) << 3 * (level - 1);
        const struct ikl_monitor_config late = {.interval = far, .timeout = far, .threshold = 3, .recover = 1},
                                        early = {.interval = near, .timeout = near, .threshold = 3, .recover = 1};
        struct ikl_child *child;
        struct host host;

        host_init(&host, "a", START, NULL);
        host_sa(&host, suite, true, 0, monitored_quiet);
        (void)add(&host, 1, &late);
        child = add(&host, 2, &early);
        host_advance(&host, START);
        assert_int_equal(probes(&host), 2);
        assert_int_equal(ikl_endpoint_next_deadline(host.endpoint), START + near);
        host_advance(&host, START + near);
        assert_int_equal(probes(&host), 3);
        assert_int_equal(ikl_sa_remove_child(host.sa, child), IKL_OK);
        host_advance(&host, START + far - 1);
        assert_int_equal(probes(&host), 3);
        host_advance(&host, START + far);
        assert_int_equal(probes(&host), 4);
        host_clear(&host);
    }
}

static void where_an_ike_sa_has_left_nothing_is_due(void **state)
{
    struct ikl_endpoint *left;
    struct host host;

    (void)state;
    monitored_begin(&host, 3);
    monitored_run(&host, 500);
    left = mover_endpoint(&host, monitored_endpoint);
    host_move(&host, &left);
    host_forget(&host);
    assert_int_equal(ikl_endpoint_advance(left, MONITORED_START + 2000), IKL_OK);
    assert_int_equal(probes(&host), 0);
    assert_true(ikl_endpoint_next_deadline(left) == IKL_NEVER);
    assert_int_equal(ikl_endpoint_free(left), IKL_OK);
    host_clear(&host);
}

static struct ikl_child *added_late;

static int add_one_late(struct host *host, struct event *event)
{
    if (event->kind == EVENT_MONITOR && host->now == IKL_NEVER - 1 && added_late == NULL) {
        added_late = add(host, 100, &rare);
    }
    return IKL_OK;
}

static void at_the_last_time_there_is_no_other_probe_follows(void **state)
{
    static const ikl_time last = IKL_NEVER - 1;
    struct host host;

    (void)state;
    added_late = NULL;
    monitored_begin_with(&host, NULL, 0, monitored_quiet);
    (void)add(&host, 1, &monitored_usual);
    monitored_run(&host, 500);
    monitored_tunnel = TUNNEL_DEAD;
    host_advance(&host, last - 400);
    host.on_event = add_one_late;
    host.now = last;
    assert_int_equal(ikl_endpoint_advance(host.endpoint, last), IKL_OK); /* the latest probe is lost */
    assert_non_null(added_late);
    host_forget(&host);
    assert_int_equal(ikl_endpoint_advance(host.endpoint, last), IKL_OK);
    assert_int_equal(probes(&host), 0);
    assert_true(ikl_endpoint_next_deadline(host.endpoint) == IKL_NEVER);
    host_clear(&host);
}

/* The Child SAs were added from the last IKE SA to the first, and are told of in that order. */
static void what_is_told_of_several_ike_sas_at_once_names_a_child_sa_of_each(void **state)
{
    enum { N = 4 };
    struct ikl_sa *sas[N];
    struct ikl_sa_config config;
    struct ikl_keys keys;
    struct host host;

    (void)state;
    monitored_begin_with(&host, NULL, 0, monitored_quiet);
    monitored_tunnel = TUNNEL_DEAD;
    for (uint32_t i = 0; i < N; i++) {
        test_sa_config(&config, &keys, suite, true, 1 + i);
        monitored_quiet(&config);
        assert_int_equal(ikl_sa_new(&sas[i], host.endpoint, &config, MONITORED_START), IKL_OK);
    }
    for (uint32_t i = N; i-- > 0;) {
        host.sa = sas[i];
        (void)add(&host, 1 + i, &monitored_usual);
    }
    monitored_run(&host, MONITORED_WORST);
    assert_int_equal(host_count(&host, EVENT_MONITOR), N);
    for (uint32_t i = 0; i < N; i++) {
        const struct event *told = host_event(&host, EVENT_MONITOR, i);

        assert_ptr_equal(told->sa, sas[N - 1 - i]);
        assert_int_equal(ikl_child_spi_in(told->child), N - i);
    }
    host_clear(&host);
}

TESTS_OF(monitors_order)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(those_of_several_ike_sas_are_probed_in_the_order_in_which_they_are_due),
        cmocka_unit_test(one_that_is_added_is_probed_before_those_that_are_due_later),
        cmocka_unit_test(with_a_work_limit_what_is_left_is_due_at_once),
        cmocka_unit_test(a_work_limit_limits_how_many_a_call_moves_too),
        cmocka_unit_test(one_that_waits_for_its_turn_makes_no_other_verdict_late),
        cmocka_unit_test(a_turn_is_kept_for_one_that_waits_for_a_day_at_most),
        cmocka_unit_test(one_that_is_gone_wakes_the_host_at_most_once),
        cmocka_unit_test(after_half_a_day_without_a_call_each_is_due_when_it_was),
        cmocka_unit_test(one_that_is_added_after_half_a_day_without_a_call_is_due_at_once),
        cmocka_unit_test(a_monitor_begins_at_any_time_of_the_hosts_clock),
        cmocka_unit_test(a_first_probe_that_is_put_off_is_so_at_any_time_of_the_hosts_clock),
        cmocka_unit_test(after_half_a_day_without_a_call_those_that_come_one_by_one_are_due),
        cmocka_unit_test(after_half_a_day_without_a_call_one_is_due_that_was_about_to_be),
        cmocka_unit_test(however_far_away_two_are_due_each_is_probed_in_time),
        cmocka_unit_test(where_an_ike_sa_has_left_nothing_is_due),
        cmocka_unit_test(at_the_last_time_there_is_no_other_probe_follows),
        cmocka_unit_test(what_is_told_of_several_ike_sas_at_once_names_a_child_sa_of_each),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
