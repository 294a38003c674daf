/* SPDX-License-Identifier: ISC */
/* Monitors of Child SAs decide as <ikelive/monitor.h> says, each with its Child SA, and what they decide is told. */
#include "support/mover.h"
#include "support/peer.h"
#include "support/test.h"
#include "support/test_allocator.h"

static const char *const suite = "chacha20poly1305-prfsha256";

enum { START = 10000, WORST = 3 * 1000 + 400 };

/* A probe each second, answered within 400 ms; DOWN after three, UP again after two. */
static const struct ikl_monitor_config usual = {
    .interval = 1000, .timeout = 400, .renew_after = 60000, .threshold = 3, .recover = 2};

static void quiet(struct ikl_sa_config *config)
{
    config->idle = IKL_IDLE_OFF;
}

static void monitored(struct ikl_endpoint_config *config)
{
    config->monitor = &usual;
}

/* What the tunnel does with probes. */
enum tunnel { DEAD, ANSWERS };

static enum tunnel tunnel;

static int on_event(struct host *host, struct event *event)
{
    if (event->kind == EVENT_MONITOR_PROBE && tunnel == ANSWERS) {
        assert_int_equal(ikl_child_monitor_answered(event->sa, event->child, event->probe, 0, host->now), IKL_OK);
    }
    return IKL_OK;
}

static void begin_with(struct host *host, endpoint_change change, uint32_t n_children, sa_change on_sa)
{
    host_init(host, "a", START, change);
    host->on_event = on_event;
    tunnel = ANSWERS;
    host_sa(host, suite, true, n_children, on_sa);
}

/* An established IKE SA that is never idle, with monitored Child SAs. */
static void begin(struct host *host, uint32_t n_children)
{
    begin_with(host, monitored, n_children, quiet);
}

static int add_child(struct host *host, struct ikl_child *replaces, uint32_t spi, struct ikl_child **child)
{
    struct ikl_child_config config = {
        .size = sizeof(config), .protocol = IKL_PROTOCOL_ESP, .spi_in = spi, .spi_out = spi + 1, .replaces = replaces};

    return ikl_sa_add_child(host->sa, &config, child);
}

/* Everything that is due until `until`, in time. */
static void run(struct host *host, ikl_time until)
{
    while (ikl_endpoint_next_deadline(host->endpoint) <= START + until) {
        host_advance(host, ikl_time_later(ikl_endpoint_next_deadline(host->endpoint), host->now));
    }
    host->now = START + until;
}

static size_t count_changes(struct host *host, enum ikl_monitor_state state)
{
    struct event *event;
    size_t n = 0;

    for (size_t i = 0; (event = host_event(host, EVENT_MONITOR, i)) != NULL; i++) {
        n += event->monitor.state == state;
    }
    return n;
}

static enum ikl_monitor_state state_of(struct host *host, struct ikl_child *child)
{
    return (enum ikl_monitor_state)ikl_child_monitor(host->sa, child)->state;
}

static void each_child_sa_is_probed_once_an_interval(void **state)
{
    enum { N = 3 };
    struct host host;

    (void)state;
    begin(&host, N);
    run(&host, 10000);
    assert_int_equal(host_count(&host, EVENT_MONITOR_PROBE), N * 11);
    for (size_t i = 0; i < N * 11; i++) {
        const struct event *probe = host_event(&host, EVENT_MONITOR_PROBE, i);

        assert_true(probe->at == START + i / N * 1000);
        assert_ptr_equal(probe->child, host.children[i % N]);
        assert_int_equal(probe->probe, i / N + 1);
        assert_ptr_equal(probe->sa, host.sa);
    }
    assert_int_equal(host_count(&host, EVENT_MONITOR), N); /* each became UP once */
    assert_int_equal(host_counters(&host).monitor_probes, N * 11);
    assert_int_equal(host_count(&host, EVENT_SENT), 0);
    host_clear(&host);
}

static void a_dead_path_is_told_after_the_worst_case_exactly(void **state)
{
    const struct event *down;
    struct host host;

    (void)state;
    begin(&host, 1);
    run(&host, 5000);
    tunnel = DEAD;
    run(&host, 5000 + WORST - 1);
    assert_int_equal(count_changes(&host, IKL_MONITOR_SUSPECT), 1);
    assert_int_equal(count_changes(&host, IKL_MONITOR_DOWN), 0);
    run(&host, 5000 + WORST);
    down = host_last(&host, EVENT_MONITOR);
    assert_int_equal(down->monitor.state, IKL_MONITOR_DOWN);
    assert_true(down->monitor.at == START + 5000 + WORST && down->at == down->monitor.at);
    assert_int_equal(down->monitor.generation, 3);
    assert_int_equal(down->monitor.recover, 2);
    assert_true(down->monitor.renew);
    assert_false(down->monitor.unanswered);
    assert_int_equal(down->monitor.finding, IKL_FINDING_DATA_PATH_DEAD);
    assert_ptr_equal(down->child, host.children[0]);
    /* nothing else goes down by it */
    assert_int_equal(ikl_sa_state(host.sa), IKL_SA_ESTABLISHED);
    assert_int_equal(host_count(&host, EVENT_CHILD_DOWN), 0);
    tunnel = ANSWERS;
    run(&host, 20000);
    assert_int_equal(host_last(&host, EVENT_MONITOR)->monitor.state, IKL_MONITOR_UP);
    assert_int_equal(host_last(&host, EVENT_MONITOR)->monitor.generation, 4);
    assert_int_equal(host_counters(&host).monitor_downs, 1);
    assert_int_equal(host_counters(&host).monitor_recoveries, 1);
    assert_int_equal(host_counters(&host).monitor_renewals, 1);
    assert_int_equal(host_counters(&host).data_paths_dead, 1);
    host_clear(&host);
}

static void without_any_answer_there_is_no_verdict_and_that_is_told_once(void **state)
{
    struct host host;

    (void)state;
    begin(&host, 1);
    tunnel = DEAD;
    run(&host, 600000);
    assert_int_equal(host_count(&host, EVENT_MONITOR), 1);
    assert_true(host_last(&host, EVENT_MONITOR)->monitor.unanswered);
    assert_false(host_last(&host, EVENT_MONITOR)->monitor.renew);
    assert_int_equal(host_last(&host, EVENT_MONITOR)->monitor.state, IKL_MONITOR_UNPROVEN);
    assert_int_equal(host_counters(&host).monitor_downs, 0);
    host_clear(&host);
}

static void a_child_sa_may_have_a_monitor_of_its_own_or_none(void **state)
{
    static const struct ikl_monitor_config slow = {.interval = 5000, .timeout = 400, .threshold = 3, .recover = 2};
    struct ikl_child_config config = {.size = sizeof(config), .protocol = IKL_PROTOCOL_ESP, .spi_in = 1, .spi_out = 2};
    struct ikl_child *own, *none, *default_one;
    struct host host;

    (void)state;
    begin(&host, 0);
    config.monitor = &slow;
    assert_int_equal(ikl_sa_add_child(host.sa, &config, &own), IKL_OK);
    config = (struct ikl_child_config){
        .size = sizeof(config), .protocol = IKL_PROTOCOL_ESP, .spi_in = 3, .spi_out = 4, .unmonitored = true};
    assert_int_equal(ikl_sa_add_child(host.sa, &config, &none), IKL_OK);
    assert_int_equal(add_child(&host, NULL, 5, &default_one), IKL_OK);
    assert_null(ikl_child_monitor(host.sa, none));
    run(&host, 9999);
    assert_int_equal(ikl_child_monitor(host.sa, own)->probe, 2);
    assert_int_equal(ikl_child_monitor(host.sa, default_one)->probe, 10);
    assert_int_equal(host_count(&host, EVENT_MONITOR_PROBE), 12);
    host_clear(&host);
}

static void without_a_config_there_is_no_monitor(void **state)
{
    struct host host;

    (void)state;
    begin_with(&host, NULL, 2, quiet);
    assert_true(ikl_endpoint_next_deadline(host.endpoint) == IKL_NEVER);
    assert_null(ikl_child_monitor(host.sa, host.children[0]));
    assert_int_equal(ikl_child_monitor_answered(host.sa, host.children[0], 1, 0, START), IKL_ERR_NOT_FOUND);
    ikl_child_sent(host.sa, host.children[0], START); /* ignored */
    run(&host, 100000);
    assert_int_equal(host.n_events, 0);
    host_clear(&host);
}

static void a_config_that_is_wrong_is_refused(void **state)
{
    static const struct ikl_monitor_config wrong = {.interval = 0};
    struct ikl_child_config child = {
        .size = sizeof(child), .protocol = IKL_PROTOCOL_ESP, .spi_in = 1, .spi_out = 2, .monitor = &wrong};
    struct ikl_endpoint_config config;
    struct ikl_endpoint *endpoint;
    struct host host;

    (void)state;
    begin(&host, 0);
    assert_int_equal(ikl_sa_add_child(host.sa, &child, NULL), IKL_ERR_INVALID);
    assert_string_equal(ikl_child_config_error(&child), "monitor");
    config = host_config(&host);
    config.monitor = &wrong;
    assert_int_equal(ikl_endpoint_new(&endpoint, &config, 0), IKL_ERR_INVALID);
    assert_string_equal(ikl_endpoint_config_error(&config), "monitor");
    host_clear(&host);
}

static void traffic_counts_as_an_answer_and_saves_probes(void **state)
{
    struct host host;

    (void)state;
    begin(&host, 2);
    run(&host, 0);
    for (ikl_time now = 100; now < 10000; now += 100) {
        ikl_child_heard(host.children[0], START + now);
        ikl_child_sent(host.sa, host.children[0], START + now);
        ikl_child_heard(host.children[1], START + now);
        tunnel = DEAD;
        run(&host, now);
    }
    assert_int_equal(ikl_child_monitor(host.sa, host.children[0])->probe, 1);
    assert_int_equal(ikl_child_monitor(host.sa, host.children[1])->probe, 10);
    assert_int_equal(state_of(&host, host.children[0]), IKL_MONITOR_UP);
    assert_int_equal(state_of(&host, host.children[1]), IKL_MONITOR_UP);
    assert_int_equal(host_count(&host, EVENT_MONITOR), 2);
    run(&host, 9900 + WORST - 1);
    assert_int_equal(state_of(&host, host.children[0]), IKL_MONITOR_SUSPECT);
    run(&host, 9900 + WORST);
    assert_int_equal(state_of(&host, host.children[0]), IKL_MONITOR_DOWN);
    host_clear(&host);
}

/* The kernel's account of the first Child SA. */
static struct ikl_child *counted;
static ikl_time esp_heard, esp_sent;

static void on_last_esp(void *user, struct ikl_sa *sa, struct ikl_child *child, ikl_time *heard, ikl_time *sent)
{
    (void)user;
    (void)sa;
    if (child == counted) {
        *heard = esp_heard;
        *sent = esp_sent;
    }
}

static void asking(struct ikl_endpoint_config *config)
{
    config->monitor = &usual;
    config->callbacks.last_esp = on_last_esp;
}

static void the_host_is_asked_for_traffic_when_a_probe_is_due(void **state)
{
    struct host host;

    (void)state;
    counted = NULL;
    begin_with(&host, asking, 2, quiet);
    counted = host.children[0];
    for (ikl_time now = 0; now < 10000; now += 100) {
        esp_heard = esp_sent = START + now;
        run(&host, now);
    }
    assert_int_equal(ikl_child_monitor(host.sa, host.children[0])->probe, 1);
    assert_int_equal(ikl_child_monitor(host.sa, host.children[1])->probe, 10);
    host_clear(&host);
}

static void traffic_of_the_future_is_replaced_by_the_present_and_counted(void **state)
{
    struct host host;

    (void)state;
    begin(&host, 1);
    run(&host, 0);
    ikl_child_sent(host.sa, host.children[0], START + 5000);
    ikl_child_heard(host.children[0], START + 5000);
    tunnel = DEAD;
    run(&host, 1000 + WORST);
    assert_int_equal(state_of(&host, host.children[0]), IKL_MONITOR_DOWN);
    assert_int_equal(host_counters(&host).future_times, 2);
    host_clear(&host);
}

static void a_child_sa_that_takes_over_has_the_monitor(void **state)
{
    struct ikl_child *heir;
    struct host host;

    (void)state;
    begin(&host, 1);
    run(&host, 5000);
    tunnel = DEAD;
    run(&host, 5000 + WORST);
    assert_int_equal(add_child(&host, host.children[0], 0x100, &heir), IKL_OK); /* with new keys */
    assert_null(ikl_child_monitor(host.sa, host.children[0]));
    assert_int_equal(state_of(&host, heir), IKL_MONITOR_DOWN);
    assert_int_equal(ikl_child_monitor(host.sa, heir)->generation, 3);
    host_forget(&host);
    tunnel = ANSWERS;
    run(&host, 20000);
    assert_ptr_equal(host_event(&host, EVENT_MONITOR, 0)->child, heir);
    assert_int_equal(host_event(&host, EVENT_MONITOR, 0)->monitor.state, IKL_MONITOR_UP);
    assert_int_equal(host_event(&host, EVENT_MONITOR, 0)->monitor.generation, 4);
    assert_int_equal(host_event(&host, EVENT_MONITOR_PROBE, 0)->probe, 10);
    for (size_t i = 0; i < host_count(&host, EVENT_MONITOR_PROBE); i++) {
        assert_ptr_equal(host_event(&host, EVENT_MONITOR_PROBE, i)->child, heir);
    }
    host_clear(&host);
}

/* Of those that take over: the monitor goes on unless the host wants none, and where there is none, none begins. */
static void one_that_takes_over_has_a_monitor_when_there_is_one_and_it_may(void **state)
{
    struct ikl_child_config config = {
        .size = sizeof(config), .protocol = IKL_PROTOCOL_ESP, .spi_in = 1, .spi_out = 2, .monitor = &usual};
    struct ikl_child *first, *second, *third;
    struct host host;

    (void)state;
    begin_with(&host, NULL, 1, quiet);
    assert_int_equal(add_child(&host, host.children[0], 0x100, &first), IKL_OK);
    assert_null(ikl_child_monitor(host.sa, first));
    assert_int_equal(ikl_sa_add_child(host.sa, &config, &first), IKL_OK);
    assert_int_equal(add_child(&host, first, 0x200, &second), IKL_OK);
    assert_non_null(ikl_child_monitor(host.sa, second));
    ikl_child_sent(host.sa, first, host.now); /* ignored: its monitor has gone on */
    assert_true(ikl_child_monitor(host.sa, second)->sent == IKL_NEVER);
    config = (struct ikl_child_config){.size = sizeof(config),
                                       .protocol = IKL_PROTOCOL_ESP,
                                       .spi_in = 3,
                                       .spi_out = 4,
                                       .replaces = second,
                                       .unmonitored = true};
    assert_int_equal(ikl_sa_add_child(host.sa, &config, &third), IKL_OK);
    assert_null(ikl_child_monitor(host.sa, third));
    host_clear(&host);
}

static void answers_through_the_one_that_was_rekeyed_still_count(void **state)
{
    struct ikl_child *second, *third;
    struct host host;

    (void)state;
    begin(&host, 1);
    tunnel = DEAD;
    run(&host, 0);
    assert_int_equal(add_child(&host, host.children[0], 0x100, &second), IKL_OK);
    assert_int_equal(add_child(&host, second, 0x200, &third), IKL_OK);
    assert_int_equal(ikl_child_monitor_answered(host.sa, host.children[0], 1, 0, START + 100), IKL_OK);
    assert_int_equal(state_of(&host, third), IKL_MONITOR_UP);
    assert_ptr_equal(host_last(&host, EVENT_MONITOR)->child, third);
    /* when what took over is gone there is nothing that they count for */
    assert_int_equal(ikl_sa_remove_child(host.sa, third), IKL_OK);
    assert_int_equal(ikl_child_monitor_answered(host.sa, host.children[0], 1, 0, START + 200), IKL_ERR_NOT_FOUND);
    /* nor is a stranger with its SPI an heir without a monitor */
    assert_int_equal(ikl_sa_add_child(host.sa,
                                      &(struct ikl_child_config){.size = sizeof(struct ikl_child_config),
                                                                 .protocol = IKL_PROTOCOL_ESP,
                                                                 .spi_in = 0x200,
                                                                 .spi_out = 0x201,
                                                                 .unmonitored = true},
                                      NULL),
                     IKL_OK);
    assert_int_equal(ikl_child_monitor_answered(host.sa, second, 1, 0, START + 200), IKL_ERR_NOT_FOUND);
    run(&host, 10000);
    host_clear(&host);
}

static void a_second_one_that_takes_over_begins_anew(void **state)
{
    struct ikl_child *first, *second;
    struct host host;

    (void)state;
    begin(&host, 1);
    run(&host, 5000);
    assert_int_equal(add_child(&host, host.children[0], 0x100, &first), IKL_OK);
    assert_int_equal(add_child(&host, host.children[0], 0x200, &second), IKL_OK); /* of a simultaneous rekey */
    assert_int_equal(state_of(&host, first), IKL_MONITOR_UP);
    assert_int_equal(state_of(&host, second), IKL_MONITOR_UNPROVEN);
    host_clear(&host);
}

static void one_that_takes_over_may_have_another_config_or_no_monitor(void **state)
{
    static const struct ikl_monitor_config slow = {.interval = 5000, .timeout = 400, .threshold = 3, .recover = 2};
    struct ikl_child_config config = {
        .size = sizeof(config), .protocol = IKL_PROTOCOL_ESP, .spi_in = 1, .spi_out = 2, .monitor = &slow};
    struct ikl_child *child;
    struct host host;

    (void)state;
    begin(&host, 2);
    run(&host, 5000);
    config.replaces = host.children[0];
    assert_int_equal(ikl_sa_add_child(host.sa, &config, &child), IKL_OK);
    run(&host, 9999);
    assert_int_equal(ikl_child_monitor(host.sa, child)->probe, 6);
    config = (struct ikl_child_config){.size = sizeof(config),
                                       .protocol = IKL_PROTOCOL_ESP,
                                       .spi_in = 3,
                                       .spi_out = 4,
                                       .replaces = host.children[1],
                                       .unmonitored = true};
    assert_int_equal(ikl_sa_add_child(host.sa, &config, &child), IKL_OK);
    assert_null(ikl_child_monitor(host.sa, child));
    assert_non_null(ikl_child_monitor(host.sa, host.children[1]));
    host_clear(&host);
}

static void connecting(struct ikl_sa_config *config)
{
    config->idle = IKL_IDLE_OFF;
    config->connecting = true;
}

static void probes_begin_when_the_ike_sa_is_established(void **state)
{
    struct host host;

    (void)state;
    begin_with(&host, monitored, 1, connecting);
    run(&host, 5000);
    assert_int_equal(host_count(&host, EVENT_MONITOR_PROBE), 0);
    assert_int_equal(ikl_child_monitor_answered(host.sa, host.children[0], 1, 0, START), IKL_ERR_STATE);
    assert_int_equal(ikl_sa_established(host.sa, START + 5000), IKL_OK);
    run(&host, 7500);
    assert_int_equal(host_count(&host, EVENT_MONITOR_PROBE), 3);
    host_clear(&host);
}

static void probes_end_when_the_ike_sa_is_deleted(void **state)
{
    struct host host;

    (void)state;
    begin(&host, 1);
    run(&host, 2500);
    host_forget(&host);
    assert_int_equal(ikl_sa_delete(host.sa, 60000, host.now), IKL_OK);
    run(&host, 10000);
    assert_int_equal(host_count(&host, EVENT_MONITOR_PROBE), 0);
    assert_int_equal(ikl_child_monitor_answered(host.sa, host.children[0], 1, 0, host.now), IKL_ERR_STATE);
    host_clear(&host);
}

static void a_child_sa_that_is_gone_has_no_monitor(void **state)
{
    struct host host;

    (void)state;
    begin(&host, 2);
    run(&host, 2500);
    assert_int_equal(ikl_sa_remove_child(host.sa, host.children[0]), IKL_OK);
    host_forget(&host);
    run(&host, 5500);
    assert_int_equal(host_count(&host, EVENT_MONITOR_PROBE), 3);
    ikl_sa_close(host.sa, host.now);
    host_forget(&host);
    run(&host, 10000);
    assert_int_equal(host.n_events, 0);
    assert_int_equal(ikl_child_monitor_answered(host.sa, NULL, 1, 0, host.now), IKL_ERR_NOT_FOUND);
    host_clear(&host);
}

static void when_the_ike_sa_is_rekeyed_monitors_go_on(void **state)
{
    struct ikl_sa_config config;
    struct ikl_keys keys;
    struct ikl_sa *old, *new_sa;
    struct host host;

    (void)state;
    begin(&host, 1);
    run(&host, 2500);
    test_sa_config(&config, &keys, suite, true, 1);
    quiet(&config);
    assert_int_equal(ikl_sa_new(&new_sa, host.endpoint, &config, host.now), IKL_OK);
    old = host.sa;
    assert_int_equal(ikl_sa_replace(old, new_sa, false, 0, host.now), IKL_OK);
    host.sa = new_sa;
    host_forget(&host);
    run(&host, 5500);
    assert_int_equal(host_count(&host, EVENT_MONITOR_PROBE), 3);
    assert_true(host_event(&host, EVENT_MONITOR_PROBE, 0)->at == START + 3000);
    assert_ptr_equal(host_event(&host, EVENT_MONITOR_PROBE, 0)->sa, new_sa);
    assert_int_equal(state_of(&host, host.children[0]), IKL_MONITOR_UP);
    assert_int_equal(ikl_child_monitor_answered(old, host.children[0], 6, 0, host.now), IKL_ERR_NOT_FOUND);
    host_clear(&host);
}

/* The second endpoint has no monitors of its own. */
static void unmonitored(struct ikl_endpoint_config *config)
{
    (void)config;
}

static void when_the_ike_sa_moves_to_another_endpoint_monitors_go_along(void **state)
{
    struct ikl_endpoint *other;
    struct ikl_child *heir;
    struct host host;

    (void)state;
    begin(&host, 2);
    run(&host, 2000);
    tunnel = DEAD;
    run(&host, 2000 + WORST);
    assert_int_equal(add_child(&host, host.children[1], 0x100, &heir), IKL_OK);
    other = mover_endpoint(&host, unmonitored);
    host_move(&host, &other);
    host.children[0] = ikl_sa_first_child(host.sa);
    host.children[1] = ikl_sa_next_child(host.sa, host.children[0]);
    heir = ikl_sa_next_child(host.sa, host.children[1]);
    assert_int_equal(state_of(&host, host.children[0]), IKL_MONITOR_DOWN);
    assert_null(ikl_child_monitor(host.sa, host.children[1]));
    host_forget(&host);
    tunnel = ANSWERS;
    run(&host, 8500);
    assert_int_equal(count_changes(&host, IKL_MONITOR_UP), 2);
    assert_true(host_event(&host, EVENT_MONITOR_PROBE, 0)->at == START + 6000);
    assert_int_equal(host_event(&host, EVENT_MONITOR_PROBE, 0)->probe, 7);
    tunnel = DEAD;
    run(&host, 9000);
    assert_int_equal(ikl_child_monitor_answered(host.sa, host.children[1], 10, 0, START + 9001), IKL_OK);
    run(&host, 9500);
    assert_int_equal(state_of(&host, host.children[0]), IKL_MONITOR_SUSPECT);
    assert_int_equal(state_of(&host, heir), IKL_MONITOR_UP);
    host_clear(&host);
    assert_int_equal(ikl_endpoint_free(other), IKL_OK);
}

static void one_that_is_connecting_moves_with_its_monitors_too(void **state)
{
    struct ikl_endpoint *other;
    struct host host;

    (void)state;
    begin_with(&host, monitored, 1, connecting);
    run(&host, 1000);
    other = mover_endpoint(&host, unmonitored);
    host_move(&host, &other);
    assert_int_equal(ikl_sa_established(host.sa, START + 1000), IKL_OK);
    run(&host, 2500);
    assert_int_equal(host_count(&host, EVENT_MONITOR_PROBE), 2);
    host_clear(&host);
    assert_int_equal(ikl_endpoint_free(other), IKL_OK);
}

static void spread_widely(struct ikl_endpoint_config *config)
{
    config->monitor = &usual;
    config->idle_spread = 500;
}

static void first_probes_are_spread_as_idle_times_are(void **state)
{
    enum { N = 64 };
    struct host host;
    ikl_time latest = 0;

    (void)state;
    begin_with(&host, spread_widely, 0, quiet);
    tunnel = DEAD;
    for (uint32_t i = 0; i < N; i++) {
        host.random = (uint8_t)(i * 4);
        assert_int_equal(add_child(&host, NULL, 1 + 2 * i, NULL), IKL_OK);
    }
    run(&host, 999);
    assert_int_equal(host_count(&host, EVENT_MONITOR_PROBE), N);
    for (size_t i = 1; i < N; i++) {
        ikl_time at = host_event(&host, EVENT_MONITOR_PROBE, i)->at;

        assert_true(at - host_event(&host, EVENT_MONITOR_PROBE, i - 1)->at <= 20);
        latest = at - START;
    }
    assert_true(latest > 400 && latest < 500);
    host_clear(&host);
}

static void ten_a_second(struct ikl_endpoint_config *config)
{
    config->monitor = &usual;
    config->monitor_probes_per_second = 10;
}

static void above_a_rate_probes_go_out_later(void **state)
{
    enum { N = 4 };
    struct ikl_sa_config config;
    struct ikl_keys keys;
    struct host host;

    (void)state;
    begin_with(&host, ten_a_second, 0, quiet);
    for (uint32_t i = 0; i < N; i++) {
        test_sa_config(&config, &keys, suite, true, i + 1);
        quiet(&config);
        assert_int_equal(ikl_sa_new(&host.sa, host.endpoint, &config, START), IKL_OK);
        assert_int_equal(add_child(&host, NULL, 1, NULL), IKL_OK);
        assert_int_equal(add_child(&host, NULL, 3, NULL), IKL_OK);
    }
    run(&host, 699);
    assert_int_equal(host_count(&host, EVENT_MONITOR_PROBE), 7);
    run(&host, 60000);
    for (size_t i = 10; i < host_count(&host, EVENT_MONITOR_PROBE); i++) { /* in no second more than ten */
        assert_true(host_event(&host, EVENT_MONITOR_PROBE, i)->at >=
                    host_event(&host, EVENT_MONITOR_PROBE, i - 10)->at + 1000);
    }
    assert_in_range(host_count(&host, EVENT_MONITOR_PROBE), 8 * 50, 8 * 61); /* and none starves */
    assert_true(host_counters(&host).monitor_probes_paced >= N);
    assert_int_equal(host_counters(&host).monitor_downs, 0);
    host_clear(&host);
}

static void late_and_foreign_answers_are_counted(void **state)
{
    struct host host;

    (void)state;
    begin(&host, 1);
    tunnel = DEAD;
    run(&host, 500);
    assert_int_equal(ikl_child_monitor_answered(host.sa, host.children[0], 1, 0, host.now), IKL_OK);
    assert_int_equal(ikl_child_monitor_answered(host.sa, host.children[0], 7, 0, host.now), IKL_OK);
    assert_int_equal(ikl_child_monitor_answered(host.sa, host.children[0], 1, 16, host.now), IKL_OK);
    assert_int_equal(host_counters(&host).monitor_late, 1);
    assert_int_equal(host_counters(&host).monitor_foreign, 2);
    assert_int_equal(host_count(&host, EVENT_MONITOR), 0);
    host_clear(&host);
}

static void the_time_never_is_refused(void **state)
{
    struct host host;

    (void)state;
    begin(&host, 1);
    assert_int_equal(ikl_child_monitor_answered(host.sa, host.children[0], 1, 0, IKL_NEVER), IKL_ERR_INVALID);
    assert_int_equal(host_counters(&host).monitor_foreign, 0);
    host_clear(&host);
}

static void what_is_dead_is_said_in_text(void **state)
{
    struct host host;
    char text[2048];

    (void)state;
    begin(&host, 1);
    run(&host, 5000);
    assert_true(ikl_sa_describe(host.sa, host.now, text, sizeof(text)) > 0);
    assert_non_null(strstr(text, ", path UP for 5.000 s\n"));
    tunnel = DEAD;
    run(&host, 10000);
    assert_true(ikl_sa_describe(host.sa, host.now, text, sizeof(text)) > 0);
    assert_non_null(strstr(text, ", path DOWN for 1.600 s, data path dead\n"));
    assert_true(ikl_sa_history_text(host.sa, host.now, text, sizeof(text)) > 0);
    assert_non_null(strstr(text, "  1.600 s ago: monitor, DOWN, data path dead\n"));
    tunnel = ANSWERS;
    run(&host, 12500);
    assert_true(ikl_sa_history_text(host.sa, host.now, text, sizeof(text)) > 0);
    assert_non_null(strstr(text, "  0.500 s ago: monitor, UP\n"));
    host_clear(&host);
}

static void when_ike_is_suspect_while_the_tunnel_is_up_that_is_found(void **state)
{
    struct host host;
    char text[2048];

    (void)state;
    begin(&host, 1);
    run(&host, 5000);
    assert_int_equal(ikl_sa_probe(host.sa, host.now), IKL_OK);
    run(&host, 6500); /* its first retransmission */
    assert_int_equal(host_counters(&host).ike_paths_dead, 1);
    assert_true(ikl_sa_history_text(host.sa, host.now, text, sizeof(text)) > 0);
    assert_non_null(strstr(text, ": monitor, UP, IKE path dead\n"));
    assert_true(ikl_sa_describe(host.sa, host.now, text, sizeof(text)) > 0);
    assert_non_null(strstr(text, ", path UP for 6.500 s, IKE path dead\n"));
    /* both dead: that is no finding */
    tunnel = DEAD;
    run(&host, 11000);
    assert_int_equal(host_last(&host, EVENT_MONITOR)->monitor.state, IKL_MONITOR_DOWN);
    assert_int_equal(host_last(&host, EVENT_MONITOR)->monitor.finding, IKL_FINDING_NONE);
    assert_int_equal(host_counters(&host).data_paths_dead, 0);
    host_clear(&host);
}

static void a_suspect_peer_is_no_finding_where_no_tunnel_is_up(void **state)
{
    struct ikl_child_config config = {
        .size = sizeof(config), .protocol = IKL_PROTOCOL_ESP, .spi_in = 3, .spi_out = 4, .unmonitored = true};
    struct host host;

    (void)state;
    begin(&host, 1);
    assert_int_equal(add_child(&host, host.children[0], 0x100, NULL), IKL_OK);
    assert_int_equal(ikl_sa_add_child(host.sa, &config, NULL), IKL_OK);
    run(&host, 5000);
    tunnel = DEAD;
    run(&host, 5000 + WORST);
    assert_int_equal(host_last(&host, EVENT_MONITOR)->monitor.state, IKL_MONITOR_DOWN);
    assert_int_equal(ikl_sa_probe(host.sa, host.now), IKL_OK);
    run(&host, 5000 + WORST + 1500);
    assert_int_equal(host_info(&host).reachability, IKL_REACHABILITY_SUSPECT);
    assert_int_equal(host_counters(&host).ike_paths_dead, 0);
    host_clear(&host);
}

static void deaf(struct ikl_endpoint_config *config)
{
    monitored(config);
    config->callbacks.monitor_probe = NULL;
    config->callbacks.monitor = NULL;
}

static void a_host_need_not_want_to_know(void **state)
{
    struct host host;

    (void)state;
    begin_with(&host, deaf, 1, quiet);
    run(&host, 5000);
    assert_int_equal(host.n_events, 0);
    assert_int_equal(ikl_child_monitor(host.sa, host.children[0])->probe, 6);
    assert_int_equal(state_of(&host, host.children[0]), IKL_MONITOR_UNPROVEN);
    host_clear(&host);
}

/* What a callback does when the first Child SA becomes UP. */
static void (*act)(struct host *host, const struct event *event);

static int on_event_acting(struct host *host, struct event *event)
{
    (void)on_event(host, event);
    if (event->kind == EVENT_MONITOR && act != NULL) {
        void (*now_act)(struct host *, const struct event *) = act;

        act = NULL;
        now_act(host, event);
    }
    return IKL_OK;
}

/* Both become DOWN, with a probe due at the same time, and the host acts when the first of them is told. */
static void act_when_down(struct host *host, void (*what)(struct host *, const struct event *))
{
    static const struct ikl_monitor_config both = {.interval = 1000, .timeout = 1000, .threshold = 1, .recover = 1};
    struct ikl_child_config config = {.size = sizeof(config), .protocol = IKL_PROTOCOL_ESP, .monitor = &both};

    begin(host, 0);
    host->on_event = on_event_acting;
    act = NULL;
    for (uint32_t i = 0; i < 3; i++) {
        config.spi_in = config.spi_out = i + 1;
        assert_int_equal(ikl_sa_add_child(host->sa, &config, &host->children[i]), IKL_OK);
    }
    run(host, 500);
    tunnel = DEAD;
    run(host, 1500);
    host_forget(host);
    act = what;
    run(host, 2500);
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

static void replace_it(struct host *host, const struct event *event)
{
    (void)event;
    assert_int_equal(add_child(host, host->children[0], 0x100, &host->children[3]), IKL_OK);
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
    assert_int_equal(host_count(&host, EVENT_MONITOR_PROBE), 0);
    host_clear(&host);
    act_when_down(&host, remove_the_next);
    assert_int_equal(host_count(&host, EVENT_MONITOR), 2);
    assert_int_equal(host_count(&host, EVENT_MONITOR_PROBE), 2);
    assert_ptr_equal(host_event(&host, EVENT_MONITOR, 1)->child, host.children[2]);
    host_clear(&host);
}

static void what_took_over_meanwhile_is_told_of(void **state)
{
    struct host host;

    (void)state;
    act_when_down(&host, replace_it);
    assert_int_equal(host_count(&host, EVENT_MONITOR), 3);
    assert_int_equal(host_count(&host, EVENT_MONITOR_PROBE), 3);
    assert_ptr_equal(host_event(&host, EVENT_MONITOR_PROBE, 2)->child, host.children[3]);
    host_clear(&host);
}

static void once_the_ike_sa_is_closed_nothing_is_told_of_monitors(void **state)
{
    struct host host;

    (void)state;
    act_when_down(&host, close_it);
    assert_int_equal(host_count(&host, EVENT_MONITOR), 1);
    assert_int_equal(host_count(&host, EVENT_MONITOR_PROBE), 0);
    assert_int_equal(host_count(&host, EVENT_CHILD_DOWN), 3);
    host_clear(&host);
    act_when_down(&host, free_it);
    assert_int_equal(host_count(&host, EVENT_MONITOR), 1);
    assert_int_equal(host_count(&host, EVENT_DOWN), 1);
    host_clear(&host);
}

static int answer_in_send(struct host *host, struct event *event)
{
    if (event->kind == EVENT_SENT) {
        assert_int_equal(ikl_child_monitor_answered(host->sa, host->children[0], 1, 0, host->now), IKL_ERR_REENTRANT);
        ikl_child_sent(host->sa, host->children[0], host->now); /* a store is allowed */
    }
    return IKL_OK;
}

static void inside_a_leaf_an_answer_is_refused(void **state)
{
    struct host host;

    (void)state;
    begin(&host, 1);
    run(&host, 0);
    host.on_event = answer_in_send;
    assert_int_equal(ikl_sa_probe(host.sa, host.now), IKL_OK);
    assert_int_equal(host_counters(&host).reentrant, 1);
    assert_true(ikl_child_monitor(host.sa, host.children[0])->sent == host.now);
    host.on_event = NULL;
    host_clear(&host);
}

static struct test_allocator memory;

static void counting(struct ikl_endpoint_config *config)
{
    config->allocator = &memory.allocator;
}

static void a_monitor_takes_64_octets(void **state)
{
    enum { N = 3200 };
    size_t before, without;
    struct host host;

    (void)state;
    test_allocator_init(&memory);
    begin_with(&host, counting, 0, quiet);
    before = memory.outstanding;
    for (uint32_t i = 0; i < N; i++) {
        assert_int_equal(add_child(&host, NULL, 1 + i, NULL), IKL_OK);
    }
    without = memory.outstanding - before;
    while (ikl_sa_first_child(host.sa) != NULL) {
        assert_int_equal(ikl_sa_remove_child(host.sa, ikl_sa_first_child(host.sa)), IKL_OK);
    }
    for (uint32_t i = 0; i < N; i++) {
        struct ikl_child_config config = {
            .size = sizeof(config), .protocol = IKL_PROTOCOL_ESP, .spi_in = 1 + i, .spi_out = 1 + i, .monitor = &usual};

        assert_int_equal(ikl_sa_add_child(host.sa, &config, NULL), IKL_OK);
    }
    assert_in_range(memory.outstanding - before - without, 64 * N, 64 * N + 2048); /* with the slab's own table */
    host_clear(&host);
    assert_int_equal(memory.outstanding, 0);
}

static void without_memory_for_a_monitor_no_child_sa_is_added(void **state)
{
    struct ikl_child_config config = {
        .size = sizeof(config), .protocol = IKL_PROTOCOL_ESP, .spi_in = 1, .spi_out = 2, .monitor = &usual};
    struct host host;

    (void)state;
    test_allocator_init(&memory);
    begin_with(&host, counting, 1, quiet);
    for (size_t fail = 1; fail <= 2; fail++) {
        test_allocator_fail(&memory, fail);
        assert_int_equal(ikl_sa_add_child(host.sa, &config, NULL), IKL_ERR_NO_MEMORY);
        assert_int_equal(host_info(&host).n_children, 1);
    }
    assert_int_equal(ikl_sa_add_child(host.sa, &config, NULL), IKL_OK);
    run(&host, 100);
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
    begin(&host, 1);
    config = host_config(&host);
    test_allocator_init(&memory);
    config.allocator = &memory.allocator;
    config.monitor = &usual;
    config.reserve_sas = 2;
    do {
        test_allocator_fail(&memory, ++n);
        result = ikl_endpoint_new(&other, &config, START);
        assert_true(result == IKL_OK || (result == IKL_ERR_NO_MEMORY && memory.outstanding == 0));
    } while (result != IKL_OK);
    assert_int_equal(ikl_endpoint_free(other), IKL_OK);
    config.reserve_sas = 0;
    n = 0;
    do {
        memory.fail_at = 0;
        assert_int_equal(ikl_endpoint_new(&other, &config, START), IKL_OK);
        test_allocator_fail(&memory, ++n);
        result = ikl_sa_migrate(host.sa, other, START, &moved);
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
    config->reserve_suites = &chacha;
    config->n_reserve_suites = 1;
    config->fixed_budget = true;
    config->monitor = of_endpoint;
}

static void with_a_fixed_budget_there_are_monitors_only_where_the_endpoint_has_one(void **state)
{
    struct ikl_child_config config = {
        .size = sizeof(config), .protocol = IKL_PROTOCOL_ESP, .spi_in = 1, .spi_out = 2, .monitor = &usual};
    struct host host;

    (void)state;
    of_endpoint = NULL;
    begin_with(&host, fixed, 0, quiet);
    assert_int_equal(ikl_sa_add_child(host.sa, &config, NULL), IKL_ERR_NO_MEMORY);
    host_clear(&host);
    of_endpoint = &usual;
    begin_with(&host, fixed, 0, quiet);
    assert_int_equal(ikl_sa_add_child(host.sa, &config, NULL), IKL_OK);
    host_clear(&host);
}

TESTS_OF(monitors)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_child_sa_is_probed_once_an_interval),
        cmocka_unit_test(a_dead_path_is_told_after_the_worst_case_exactly),
        cmocka_unit_test(without_any_answer_there_is_no_verdict_and_that_is_told_once),
        cmocka_unit_test(a_child_sa_may_have_a_monitor_of_its_own_or_none),
        cmocka_unit_test(without_a_config_there_is_no_monitor),
        cmocka_unit_test(a_config_that_is_wrong_is_refused),
        cmocka_unit_test(traffic_counts_as_an_answer_and_saves_probes),
        cmocka_unit_test(the_host_is_asked_for_traffic_when_a_probe_is_due),
        cmocka_unit_test(traffic_of_the_future_is_replaced_by_the_present_and_counted),
        cmocka_unit_test(a_child_sa_that_takes_over_has_the_monitor),
        cmocka_unit_test(one_that_takes_over_has_a_monitor_when_there_is_one_and_it_may),
        cmocka_unit_test(answers_through_the_one_that_was_rekeyed_still_count),
        cmocka_unit_test(a_second_one_that_takes_over_begins_anew),
        cmocka_unit_test(one_that_takes_over_may_have_another_config_or_no_monitor),
        cmocka_unit_test(probes_begin_when_the_ike_sa_is_established),
        cmocka_unit_test(probes_end_when_the_ike_sa_is_deleted),
        cmocka_unit_test(a_child_sa_that_is_gone_has_no_monitor),
        cmocka_unit_test(when_the_ike_sa_is_rekeyed_monitors_go_on),
        cmocka_unit_test(when_the_ike_sa_moves_to_another_endpoint_monitors_go_along),
        cmocka_unit_test(one_that_is_connecting_moves_with_its_monitors_too),
        cmocka_unit_test(first_probes_are_spread_as_idle_times_are),
        cmocka_unit_test(above_a_rate_probes_go_out_later),
        cmocka_unit_test(late_and_foreign_answers_are_counted),
        cmocka_unit_test(the_time_never_is_refused),
        cmocka_unit_test(what_is_dead_is_said_in_text),
        cmocka_unit_test(when_ike_is_suspect_while_the_tunnel_is_up_that_is_found),
        cmocka_unit_test(a_host_need_not_want_to_know),
        cmocka_unit_test(a_suspect_peer_is_no_finding_where_no_tunnel_is_up),
        cmocka_unit_test(a_child_sa_that_is_removed_meanwhile_is_not_told_of),
        cmocka_unit_test(what_took_over_meanwhile_is_told_of),
        cmocka_unit_test(once_the_ike_sa_is_closed_nothing_is_told_of_monitors),
        cmocka_unit_test(inside_a_leaf_an_answer_is_refused),
        cmocka_unit_test(a_monitor_takes_64_octets),
        cmocka_unit_test(without_memory_for_a_monitor_no_child_sa_is_added),
        cmocka_unit_test(without_memory_for_monitors_no_endpoint_is_made_and_no_ike_sa_moves),
        cmocka_unit_test(with_a_fixed_budget_there_are_monitors_only_where_the_endpoint_has_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
