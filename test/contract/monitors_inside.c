/* SPDX-License-Identifier: ISC */
/* What a host does while it is told of monitors; and the memory that monitors take. */
#include "support/monitored.h"
#include "support/mover.h"
#include "support/peer.h"
#include "support/rekeyed.h"
#include "support/test.h"
#include "support/test_allocator.h"

static const char *const suite = "chacha20poly1305-prfsha256";

/* What a callback does when the first Child SA becomes UP. */
static void (*act)(struct host *host, const struct event *event);

static int on_event_acting(struct host *host, struct event *event)
{
    (void)monitored_on_event(host, event);
    if (event->kind == EVENT_MONITOR && act != NULL) {
        void (*now_act)(struct host *, const struct event *) = act;

        act = NULL;
        now_act(host, event);
    }
    return IKL_OK;
}

/* All three become DOWN, with a probe due at the same time, and the host acts when the first of them is told. */
static void act_when_down(struct host *host, void (*what)(struct host *, const struct event *))
{
    static const struct ikl_monitor_config both = {.interval = 1000, .timeout = 1000, .threshold = 1, .recover = 1};
    struct ikl_child_config config = {.size = sizeof(config), .protocol = IKL_PROTOCOL_ESP, .monitor = &both};

    monitored_begin(host, 0);
    host->on_event = on_event_acting;
    act = NULL;
    for (uint32_t i = 0; i < 3; i++) {
        config.spi_in = config.spi_out = i + 1;
        assert_int_equal(ikl_sa_add_child(host->sa, &config, &host->children[i]), IKL_OK);
    }
    monitored_run(host, 500);
    monitored_tunnel = TUNNEL_DEAD;
    monitored_run(host, 1500);
    host_forget(host);
    act = what;
    monitored_run(host, 2500);
    assert_null(act);
}

static void remove_all(struct host *host, const struct event *event)
{
    for (int i = 0; i < 3; i++) {
        assert_int_equal(ikl_sa_remove_child(event->sa, host->children[i]), IKL_OK);
    }
}

static void remove_the_next(struct host *host, const struct event *event)
{
    assert_int_equal(ikl_sa_remove_child(event->sa, host->children[1]), IKL_OK);
}

static void remove_the_last(struct host *host, const struct event *event)
{
    assert_int_equal(ikl_sa_remove_child(event->sa, host->children[2]), IKL_OK);
}

static void replace_the_next(struct host *host, const struct event *event)
{
    (void)event;
    assert_int_equal(monitored_add_child(host, host->children[1], 0x100, &host->children[3]), IKL_OK);
}

static void close_it(struct host *host, const struct event *event)
{
    ikl_sa_close(event->sa, host->now);
}

static void free_it(struct host *host, const struct event *event)
{
    ikl_sa_free(event->sa);
    host->sa = NULL;
}

static void a_child_sa_that_is_removed_meanwhile_is_not_told_of(void **state)
{
    struct host host;

    (void)state;
    act_when_down(&host, remove_all);
    assert_int_equal(host_count(&host, EVENT_MONITOR), 1);
    host_clear(&host);
    act_when_down(&host, remove_the_next);
    assert_int_equal(host_count(&host, EVENT_MONITOR), 2);
    assert_ptr_equal(host_event(&host, EVENT_MONITOR, 1)->child, host.children[2]);
    host_clear(&host);
    act_when_down(&host, remove_the_last);
    assert_int_equal(host_count(&host, EVENT_MONITOR), 2);
    assert_ptr_equal(host_event(&host, EVENT_MONITOR, 1)->child, host.children[1]);
    host_clear(&host);
}

static void what_took_over_meanwhile_is_told_of(void **state)
{
    struct host host;

    (void)state;
    act_when_down(&host, replace_the_next);
    assert_int_equal(host_count(&host, EVENT_MONITOR), 3);
    assert_ptr_equal(host_event(&host, EVENT_MONITOR, 2)->child, host.children[3]);
    host_clear(&host);
}

static void replace_the_ike_sa(struct host *host, const struct event *event)
{
    struct ikl_sa *replacement = rekeyed_new_sa(host, true, 1);

    assert_int_equal(ikl_sa_replace(event->sa, replacement, false, 10000, host->now), IKL_OK);
}

static void once_the_ike_sa_is_replaced_the_others_are_told_of_beside_its_replacement(void **state)
{
    struct host host;

    (void)state;
    act_when_down(&host, replace_the_ike_sa);
    assert_int_equal(host_count(&host, EVENT_MONITOR), 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(host_event(&host, EVENT_MONITOR, i)->sa == host.sa, i == 0);
        assert_ptr_equal(host_event(&host, EVENT_MONITOR, i)->child, host.children[i]);
    }
    host_clear(&host);
}

static void once_the_ike_sa_is_closed_nothing_is_told_of_monitors(void **state)
{
    struct host host;

    (void)state;
    act_when_down(&host, close_it);
    assert_int_equal(host_count(&host, EVENT_MONITOR), 1);
    assert_int_equal(host_count(&host, EVENT_CHILD_DOWN), 3);
    host_clear(&host);
    act_when_down(&host, free_it);
    assert_int_equal(host_count(&host, EVENT_MONITOR), 1);
    assert_int_equal(host_count(&host, EVENT_DOWN), 1);
    host_clear(&host);
}

static void do_nothing(struct host *host, const struct event *event)
{
    (void)host;
    (void)event;
}

static void probes_are_asked_for_before_anything_is_told(void **state)
{
    struct host host;

    (void)state;
    act_when_down(&host, do_nothing);
    assert_int_equal(host.n_events, 6);
    for (size_t i = 0; i < host.n_events; i++) {
        assert_int_equal(host.events[i].kind, i < 3 ? EVENT_MONITOR_PROBE : EVENT_MONITOR);
    }
    host_clear(&host);
}

static int answer_in_probe(struct host *host, struct event *event)
{
    if (event->kind == EVENT_MONITOR_PROBE) {
        assert_int_equal(ikl_child_monitor_answered(event->sa, event->child, event->probe, 0, host->now),
                         IKL_ERR_REENTRANT);
        assert_int_equal(ikl_sa_remove_child(event->sa, event->child), IKL_ERR_REENTRANT);
        ikl_child_sent(event->sa, event->child, host->now);
        ikl_child_heard(event->child, host->now);
    }
    return IKL_OK;
}

static void while_a_probe_is_asked_for_only_traffic_may_be_reported(void **state)
{
    const struct ikl_monitor *monitor;
    struct host host;

    (void)state;
    monitored_begin(&host, 1);
    host.on_event = answer_in_probe;
    monitored_run(&host, 0);
    monitor = ikl_child_monitor(host.sa, host.children[0]);
    assert_int_equal(host_counters(&host).reentrant, 2);
    assert_int_equal(monitor->probe, 1);
    assert_true(monitor->sent == host.now && ikl_child_last_heard(host.children[0]) == host.now);
    host_clear(&host);
}

static int answer_in_send(struct host *host, struct event *event)
{
    struct ikl_child *child;

    if (event->kind == EVENT_SENT) {
        assert_int_equal(ikl_child_monitor_answered(host->sa, host->children[0], 1, 0, host->now), IKL_ERR_REENTRANT);
        assert_int_equal(monitored_add_child(host, NULL, 100, &child), IKL_ERR_REENTRANT);
        ikl_child_sent(host->sa, host->children[0], host->now); /* a store is allowed */
    }
    return IKL_OK;
}

static void inside_a_leaf_an_answer_and_another_child_sa_are_refused(void **state)
{
    struct host host;

    (void)state;
    monitored_begin(&host, 1);
    monitored_run(&host, 0);
    host.on_event = answer_in_send;
    assert_int_equal(ikl_sa_probe(host.sa, host.now), IKL_OK);
    assert_int_equal(host_counters(&host).reentrant, 2);
    assert_true(ikl_child_monitor(host.sa, host.children[0])->sent == host.now);
    host.on_event = NULL;
    host_clear(&host);
}

static struct test_allocator memory;

static void counting(struct ikl_endpoint_config *config)
{
    config->allocator = &memory.allocator;
}

/* What `n` Child SAs take, beside one with a monitor that was there before. */
static size_t memory_of(uint32_t n, const struct ikl_monitor_config *monitor)
{
    struct ikl_child_config config = {
        .size = sizeof(config), .protocol = IKL_PROTOCOL_ESP, .spi_in = 1, .spi_out = 1, .monitor = &monitored_usual};
    struct host host;
    size_t before;

    test_allocator_init(&memory);
    monitored_begin_with(&host, counting, 0, monitored_quiet);
    assert_int_equal(ikl_sa_add_child(host.sa, &config, NULL), IKL_OK);
    before = memory.outstanding;
    config.monitor = monitor;
    for (uint32_t i = 0; i < n; i++) {
        config.spi_in = config.spi_out = 2 + i;
        assert_int_equal(ikl_sa_add_child(host.sa, &config, NULL), IKL_OK);
    }
    before = memory.outstanding - before;
    while (ikl_sa_first_child(host.sa) != NULL) {
        assert_int_equal(ikl_sa_remove_child(host.sa, ikl_sa_first_child(host.sa)), IKL_OK);
    }
    host_clear(&host);
    assert_int_equal(memory.outstanding, 0);
    return before;
}

static void a_monitor_takes_64_octets_and_a_child_sa_without_one_takes_none_for_it(void **state)
{
    enum { N = 4096 };
    size_t without = memory_of(N, NULL), with = memory_of(N, &monitored_usual);

    (void)state;
    assert_in_range(without, (64 + 8) * N, (64 + 16) * N);  /* itself, and its place in the table of Child SAs */
    assert_in_range(with - without, 62 * N, 64 * N + 2048); /* with the slab's own table */
}

/* What one Child SA takes in an endpoint that had none, a slab's first items among it. */
static size_t memory_of_first(const struct ikl_monitor_config *monitor)
{
    const struct ikl_child_config config = {
        .size = sizeof(config), .protocol = IKL_PROTOCOL_ESP, .spi_in = 1, .spi_out = 1, .monitor = monitor};
    struct host host;
    size_t before;

    test_allocator_init(&memory);
    monitored_begin_with(&host, counting, 0, monitored_quiet);
    before = memory.outstanding;
    assert_int_equal(ikl_sa_add_child(host.sa, &config, NULL), IKL_OK);
    before = memory.outstanding - before;
    host_clear(&host);
    return before;
}

static void the_first_monitor_of_an_endpoint_takes_6_kb_for_all(void **state)
{
    (void)state;
    assert_in_range(memory_of_first(&monitored_usual) - memory_of_first(NULL), 6000, 6400);
}

static void without_memory_for_a_monitor_no_child_sa_is_added(void **state)
{
    struct ikl_child_config config = {
        .size = sizeof(config), .protocol = IKL_PROTOCOL_ESP, .spi_in = 1, .spi_out = 2, .monitor = &monitored_usual};
    struct host host;

    (void)state;
    test_allocator_init(&memory);
    monitored_begin_with(&host, counting, 1, monitored_quiet);
    test_allocator_fail(&memory, 1);
    assert_int_equal(ikl_sa_add_child(host.sa, &config, NULL), IKL_ERR_NO_MEMORY);
    assert_int_equal(host_info(&host).n_children, 1);
    assert_int_equal(ikl_sa_add_child(host.sa, &config, NULL), IKL_OK);
    monitored_run(&host, 100);
    assert_int_equal(host_count(&host, EVENT_MONITOR_PROBE), 1);
    host_clear(&host);
    assert_int_equal(memory.outstanding, 0);
}

static void without_memory_for_monitors_no_endpoint_is_made_and_no_ike_sa_moves(void **state)
{
    struct ikl_endpoint_config config;
    struct ikl_endpoint *other;
    struct ikl_sa *moved = NULL;
    struct host host;
    size_t n = 0;
    int result;

    (void)state;
    monitored_begin(&host, 1);
    config = host_config(&host);
    test_allocator_init(&memory);
    config.allocator = &memory.allocator;
    config.monitor = &monitored_usual;
    config.reserve_sas = 2;
    do {
        test_allocator_fail(&memory, ++n);
        result = ikl_endpoint_new(&other, &config, MONITORED_START);
        assert_true(result == IKL_OK || (result == IKL_ERR_NO_MEMORY && memory.outstanding == 0));
    } while (result != IKL_OK);
    assert_int_equal(ikl_endpoint_free(other), IKL_OK);
    config.reserve_sas = 0;
    n = 0;
    do {
        memory.fail_at = 0;
        assert_int_equal(ikl_endpoint_new(&other, &config, MONITORED_START), IKL_OK);
        test_allocator_fail(&memory, ++n);
        result = ikl_sa_migrate(host.sa, other, MONITORED_START, &moved);
        if (result != IKL_OK) {
            assert_int_equal(result, IKL_ERR_NO_MEMORY);
            assert_non_null(ikl_child_monitor(host.sa, host.children[0]));
            assert_int_equal(ikl_endpoint_free(other), IKL_OK);
        }
    } while (result != IKL_OK);
    memory.fail_at = 0;
    host.sa = moved;
    assert_non_null(ikl_child_monitor(moved, ikl_sa_first_child(moved)));
    assert_int_equal(ikl_endpoint_free(other), IKL_OK);
    assert_int_equal(memory.outstanding, 0);
    host.sa = NULL;
    host_clear(&host);
}

static const struct ikl_monitor_config *of_endpoint;

static void fixed(struct ikl_endpoint_config *config)
{
    static struct ikl_suite chacha;

    assert_int_equal(ikl_suite_parse(&chacha, suite), IKL_OK);
    config->reserve_sas = 1;
    config->reserve_children = 32;
    config->reserve_suites = &chacha;
    config->n_reserve_suites = 1;
    config->fixed_budget = true;
    config->monitor = of_endpoint;
}

static void with_a_fixed_budget_there_are_monitors_only_where_the_endpoint_has_one(void **state)
{
    struct ikl_child_config config = {
        .size = sizeof(config), .protocol = IKL_PROTOCOL_ESP, .spi_in = 1, .spi_out = 2, .monitor = &monitored_usual};
    struct ikl_child *child = NULL;
    struct host host;

    (void)state;
    of_endpoint = NULL;
    monitored_begin_with(&host, fixed, 0, monitored_quiet);
    assert_int_equal(ikl_sa_add_child(host.sa, &config, NULL), IKL_ERR_NO_MEMORY);
    host_clear(&host);
    of_endpoint = &monitored_usual;
    monitored_begin_with(&host, fixed, 0, monitored_quiet);
    assert_int_equal(ikl_sa_add_child(host.sa, &config, &child), IKL_OK);
    assert_non_null(ikl_child_monitor(host.sa, child));
    /* where Child SAs may have a monitor there is room for as many without */
    assert_int_equal(ikl_sa_remove_child(host.sa, child), IKL_OK);
    config.unmonitored = true;
    for (config.spi_in = 1; ikl_sa_add_child(host.sa, &config, &child) == IKL_OK; config.spi_in++) {
        config.spi_out++;
        assert_null(ikl_child_monitor(host.sa, child));
    }
    assert_int_equal(config.spi_in - 1, 32);
    assert_int_equal(ikl_sa_remove_child(host.sa, ikl_sa_first_child(host.sa)), IKL_OK);
    config.unmonitored = false;
    assert_int_equal(ikl_sa_add_child(host.sa, &config, NULL), IKL_OK);
    host_clear(&host);
}

TESTS_OF(monitors_inside)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_child_sa_that_is_removed_meanwhile_is_not_told_of),
        cmocka_unit_test(what_took_over_meanwhile_is_told_of),
        cmocka_unit_test(once_the_ike_sa_is_replaced_the_others_are_told_of_beside_its_replacement),
        cmocka_unit_test(once_the_ike_sa_is_closed_nothing_is_told_of_monitors),
        cmocka_unit_test(probes_are_asked_for_before_anything_is_told),
        cmocka_unit_test(while_a_probe_is_asked_for_only_traffic_may_be_reported),
        cmocka_unit_test(inside_a_leaf_an_answer_and_another_child_sa_are_refused),
        cmocka_unit_test(a_monitor_takes_64_octets_and_a_child_sa_without_one_takes_none_for_it),
        cmocka_unit_test(the_first_monitor_of_an_endpoint_takes_6_kb_for_all),
        cmocka_unit_test(without_memory_for_a_monitor_no_child_sa_is_added),
        cmocka_unit_test(without_memory_for_monitors_no_endpoint_is_made_and_no_ike_sa_moves),
        cmocka_unit_test(with_a_fixed_budget_there_are_monitors_only_where_the_endpoint_has_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
