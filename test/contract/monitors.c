/* SPDX-License-Identifier: ISC */
/* Monitors of Child SAs decide as <ikelive/monitor.h> says, each with its Child SA, and what they decide is told. */
#include "support/monitored.h"
#include "support/mover.h"
#include "support/peer.h"
#include "support/test.h"
#include "support/test_allocator.h"

static const char *const suite = "chacha20poly1305-prfsha256";

static void each_child_sa_is_probed_once_an_interval(void **state)
{
    enum { N = 3 };
    struct host host;

    (void)state;
    monitored_begin(&host, N);
    monitored_run(&host, 10000);
    assert_int_equal(host_count(&host, EVENT_MONITOR_PROBE), N * 11);
    for (size_t i = 0; i < N * 11; i++) {
        const struct event *probe = host_event(&host, EVENT_MONITOR_PROBE, i);

        assert_true(probe->at == MONITORED_START + i / N * 1000);
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
    monitored_begin(&host, 1);
    monitored_run(&host, 5000);
    monitored_tunnel = TUNNEL_DEAD;
    monitored_run(&host, 5000 + MONITORED_WORST - 1);
    assert_int_equal(monitored_count(&host, IKL_MONITOR_SUSPECT), 1);
    assert_int_equal(monitored_count(&host, IKL_MONITOR_DOWN), 0);
    monitored_run(&host, 5000 + MONITORED_WORST);
    down = host_last(&host, EVENT_MONITOR);
    assert_int_equal(down->monitor.state, IKL_MONITOR_DOWN);
    assert_true(down->monitor.at == MONITORED_START + 5000 + MONITORED_WORST && down->at == down->monitor.at);
    assert_int_equal(down->monitor.generation, 3);
    assert_int_equal(down->monitor.recover, 2);
    assert_true(down->monitor.renew);
    assert_false(down->monitor.unanswered);
    assert_int_equal(down->monitor.finding, IKL_FINDING_DATA_PATH_DEAD);
    assert_ptr_equal(down->child, host.children[0]);
    /* nothing else goes down by it */
    assert_int_equal(ikl_sa_state(host.sa), IKL_SA_ESTABLISHED);
    assert_int_equal(host_count(&host, EVENT_CHILD_DOWN), 0);
    monitored_tunnel = TUNNEL_ANSWERS;
    monitored_run(&host, 20000);
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
    monitored_begin(&host, 1);
    monitored_tunnel = TUNNEL_DEAD;
    monitored_run(&host, 600000);
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
    monitored_begin(&host, 0);
    config.monitor = &slow;
    assert_int_equal(ikl_sa_add_child(host.sa, &config, &own), IKL_OK);
    config = (struct ikl_child_config){
        .size = sizeof(config), .protocol = IKL_PROTOCOL_ESP, .spi_in = 3, .spi_out = 4, .unmonitored = true};
    assert_int_equal(ikl_sa_add_child(host.sa, &config, &none), IKL_OK);
    assert_int_equal(monitored_add_child(&host, NULL, 5, &default_one), IKL_OK);
    assert_null(ikl_child_monitor(host.sa, none));
    monitored_run(&host, 9999);
    assert_int_equal(ikl_child_monitor(host.sa, own)->probe, 2);
    assert_int_equal(ikl_child_monitor(host.sa, default_one)->probe, 10);
    assert_int_equal(host_count(&host, EVENT_MONITOR_PROBE), 12);
    host_clear(&host);
}

static void without_a_config_there_is_no_monitor(void **state)
{
    struct host host;

    (void)state;
    monitored_begin_with(&host, NULL, 2, monitored_quiet);
    assert_true(ikl_endpoint_next_deadline(host.endpoint) == IKL_NEVER);
    assert_null(ikl_child_monitor(host.sa, host.children[0]));
    assert_int_equal(ikl_child_monitor_answered(host.sa, host.children[0], 1, 0, MONITORED_START), IKL_ERR_NOT_FOUND);
    ikl_child_sent(host.sa, host.children[0], MONITORED_START); /* ignored */
    monitored_run(&host, 100000);
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
    monitored_begin(&host, 0);
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
    monitored_begin(&host, 2);
    monitored_run(&host, 0);
    for (ikl_time now = 100; now < 10000; now += 100) {
        ikl_child_heard(host.children[0], MONITORED_START + now);
        ikl_child_sent(host.sa, host.children[0], MONITORED_START + now);
        ikl_child_heard(host.children[1], MONITORED_START + now);
        monitored_tunnel = TUNNEL_DEAD;
        monitored_run(&host, now);
    }
    assert_int_equal(ikl_child_monitor(host.sa, host.children[0])->probe, 1);
    assert_int_equal(ikl_child_monitor(host.sa, host.children[1])->probe, 10);
    assert_int_equal(monitored_state(&host, host.children[0]), IKL_MONITOR_UP);
    assert_int_equal(monitored_state(&host, host.children[1]), IKL_MONITOR_UP);
    assert_int_equal(host_count(&host, EVENT_MONITOR), 2);
    monitored_run(&host, 9900 + MONITORED_WORST - 1);
    assert_int_equal(monitored_state(&host, host.children[0]), IKL_MONITOR_SUSPECT);
    monitored_run(&host, 9900 + MONITORED_WORST);
    assert_int_equal(monitored_state(&host, host.children[0]), IKL_MONITOR_DOWN);
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
    config->monitor = &monitored_usual;
    config->callbacks.last_esp = on_last_esp;
}

static void the_host_is_asked_for_traffic_when_a_probe_is_due(void **state)
{
    struct host host;

    (void)state;
    counted = NULL;
    monitored_begin_with(&host, asking, 2, monitored_quiet);
    counted = host.children[0];
    for (ikl_time now = 0; now < 10000; now += 100) {
        esp_heard = esp_sent = MONITORED_START + now;
        monitored_run(&host, now);
    }
    assert_int_equal(ikl_child_monitor(host.sa, host.children[0])->probe, 1);
    assert_int_equal(ikl_child_monitor(host.sa, host.children[1])->probe, 10);
    host_clear(&host);
}

static void traffic_of_the_future_is_replaced_by_the_present_and_counted(void **state)
{
    (void)state;
    for (unsigned heard = 0; heard < 2; heard++) {
        struct host host;

        monitored_begin(&host, 1);
        monitored_run(&host, 0);
        ikl_child_sent(host.sa, host.children[0], MONITORED_START + 5000);
        if (heard != 0) {
            ikl_child_heard(host.children[0], MONITORED_START + 5000);
        }
        monitored_tunnel = TUNNEL_DEAD;
        monitored_run(&host, 1000);
        assert_int_equal(host_counters(&host).future_times, 1 + heard);
        monitored_run(&host, 1000 + MONITORED_WORST);
        assert_int_equal(monitored_state(&host, host.children[0]), IKL_MONITOR_DOWN);
        host_clear(&host);
    }
}

static void spread_widely(struct ikl_endpoint_config *config)
{
    config->monitor = &monitored_usual;
    config->idle_spread = 500;
}

static void first_probes_are_spread_as_idle_times_are(void **state)
{
    enum { N = 64 };
    struct host host;
    ikl_time latest = 0;

    (void)state;
    monitored_begin_with(&host, spread_widely, 0, monitored_quiet);
    monitored_tunnel = TUNNEL_DEAD;
    for (uint32_t i = 0; i < N; i++) {
        host.random = (uint8_t)(i * 4);
        assert_int_equal(monitored_add_child(&host, NULL, 1 + 2 * i, NULL), IKL_OK);
    }
    monitored_run(&host, 999);
    assert_int_equal(host_count(&host, EVENT_MONITOR_PROBE), N);
    for (size_t i = 1; i < N; i++) {
        ikl_time at = host_event(&host, EVENT_MONITOR_PROBE, i)->at;

        assert_true(at - host_event(&host, EVENT_MONITOR_PROBE, i - 1)->at <= 20);
        latest = at - MONITORED_START;
    }
    assert_true(latest > 400 && latest < 500);
    host_clear(&host);
}

static void ten_a_second(struct ikl_endpoint_config *config)
{
    config->monitor = &monitored_usual;
    config->monitor_probes_per_second = 10;
}

static void above_a_rate_probes_go_out_later(void **state)
{
    enum { N = 4 };
    struct ikl_sa_config config;
    struct ikl_keys keys;
    struct host host;

    (void)state;
    monitored_begin_with(&host, ten_a_second, 0, monitored_quiet);
    for (uint32_t i = 0; i < N; i++) {
        test_sa_config(&config, &keys, suite, true, i + 1);
        monitored_quiet(&config);
        assert_int_equal(ikl_sa_new(&host.sa, host.endpoint, &config, MONITORED_START), IKL_OK);
        assert_int_equal(monitored_add_child(&host, NULL, 1, NULL), IKL_OK);
        assert_int_equal(monitored_add_child(&host, NULL, 3, NULL), IKL_OK);
    }
    monitored_run(&host, 699);
    assert_int_equal(host_count(&host, EVENT_MONITOR_PROBE), 7);
    monitored_run(&host, 60000);
    for (size_t i = 10; i < host_count(&host, EVENT_MONITOR_PROBE); i++) { /* in no second more than ten */
        assert_true(host_event(&host, EVENT_MONITOR_PROBE, i)->at >=
                    host_event(&host, EVENT_MONITOR_PROBE, i - 10)->at + 1000);
    }
    assert_in_range(host_count(&host, EVENT_MONITOR_PROBE), 8 * 50, 8 * 61); /* and none starves */
    assert_in_range(host_counters(&host).monitor_probes_paced, N, 8 * 61);
    assert_int_equal(host_counters(&host).monitor_downs, 0);
    host_clear(&host);
}

static void late_and_foreign_answers_are_counted(void **state)
{
    struct host host;

    (void)state;
    monitored_begin(&host, 1);
    monitored_tunnel = TUNNEL_DEAD;
    monitored_run(&host, 500);
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
    monitored_begin(&host, 1);
    assert_int_equal(ikl_child_monitor_answered(host.sa, host.children[0], 1, 0, IKL_NEVER), IKL_ERR_INVALID);
    assert_int_equal(host_counters(&host).monitor_foreign, 0);
    host_clear(&host);
}

static void what_is_dead_is_said_in_text(void **state)
{
    struct host host;
    char text[2048];

    (void)state;
    monitored_begin(&host, 1);
    monitored_run(&host, 5000);
    assert_true(ikl_sa_describe(host.sa, host.now, text, sizeof(text)) > 0);
    assert_non_null(strstr(text, ", path UP for 5.000 s\n"));
    monitored_tunnel = TUNNEL_DEAD;
    monitored_run(&host, 10000);
    assert_true(ikl_sa_describe(host.sa, host.now, text, sizeof(text)) > 0);
    assert_non_null(strstr(text, ", path DOWN for 1.600 s, data path dead\n"));
    assert_true(ikl_sa_history_text(host.sa, host.now, text, sizeof(text)) > 0);
    assert_non_null(strstr(text, "  1.600 s ago: monitor, DOWN, data path dead\n"));
    monitored_tunnel = TUNNEL_ANSWERS;
    monitored_run(&host, 12500);
    assert_true(ikl_sa_history_text(host.sa, host.now, text, sizeof(text)) > 0);
    assert_non_null(strstr(text, "  0.500 s ago: monitor, UP\n"));
    host_clear(&host);
}

static void when_ike_is_suspect_while_the_tunnel_is_up_that_is_found(void **state)
{
    struct host host;
    char text[2048];

    (void)state;
    monitored_begin(&host, 1);
    monitored_run(&host, 5000);
    assert_int_equal(ikl_sa_probe(host.sa, host.now), IKL_OK);
    monitored_run(&host, 6500); /* its first retransmission */
    assert_int_equal(host_counters(&host).ike_paths_dead, 1);
    assert_true(ikl_sa_history_text(host.sa, host.now, text, sizeof(text)) > 0);
    assert_non_null(strstr(text, ": monitor, UP, IKE path dead\n"));
    assert_true(ikl_sa_describe(host.sa, host.now, text, sizeof(text)) > 0);
    assert_non_null(strstr(text, ", path UP for 6.500 s, IKE path dead\n"));
    /* both dead: that is no finding */
    monitored_tunnel = TUNNEL_DEAD;
    monitored_run(&host, 11000);
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
    monitored_begin(&host, 1);
    assert_int_equal(monitored_add_child(&host, host.children[0], 0x100, NULL), IKL_OK);
    assert_int_equal(ikl_sa_add_child(host.sa, &config, NULL), IKL_OK);
    monitored_run(&host, 5000);
    monitored_tunnel = TUNNEL_DEAD;
    monitored_run(&host, 5000 + MONITORED_WORST);
    assert_int_equal(host_last(&host, EVENT_MONITOR)->monitor.state, IKL_MONITOR_DOWN);
    assert_int_equal(ikl_sa_probe(host.sa, host.now), IKL_OK);
    monitored_run(&host, 5000 + MONITORED_WORST + 1500);
    assert_int_equal(host_info(&host).reachability, IKL_REACHABILITY_SUSPECT);
    assert_int_equal(host_counters(&host).ike_paths_dead, 0);
    host_clear(&host);
}

static void deaf(struct ikl_endpoint_config *config)
{
    monitored_endpoint(config);
    config->callbacks.monitor_probe = NULL;
    config->callbacks.monitor = NULL;
}

static void a_host_need_not_want_to_know(void **state)
{
    struct host host;

    (void)state;
    monitored_begin_with(&host, deaf, 1, monitored_quiet);
    monitored_run(&host, 5000);
    assert_int_equal(host.n_events, 0);
    assert_int_equal(ikl_child_monitor(host.sa, host.children[0])->probe, 6);
    assert_int_equal(monitored_state(&host, host.children[0]), IKL_MONITOR_UNPROVEN);
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
        cmocka_unit_test(first_probes_are_spread_as_idle_times_are),
        cmocka_unit_test(above_a_rate_probes_go_out_later),
        cmocka_unit_test(late_and_foreign_answers_are_counted),
        cmocka_unit_test(the_time_never_is_refused),
        cmocka_unit_test(what_is_dead_is_said_in_text),
        cmocka_unit_test(when_ike_is_suspect_while_the_tunnel_is_up_that_is_found),
        cmocka_unit_test(a_host_need_not_want_to_know),
        cmocka_unit_test(a_suspect_peer_is_no_finding_where_no_tunnel_is_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
