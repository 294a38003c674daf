/* SPDX-License-Identifier: ISC */
/* Rules of <ikelive/monitor.h> that concern one monitor alone hold through an IKE SA too. */
#include "support/fickle_cipher.h"
#include "support/monitored.h"
#include "support/peer.h"
#include "support/test.h"

static const char *const suite = "chacha20poly1305-prfsha256";

static struct ikl_monitor_config config;

static void as_config(struct ikl_endpoint_config *endpoint)
{
    endpoint->monitor = &config;
}

/* One Child SA, whose monitor is the usual one with changes. */
static void begin(struct host *host, const struct ikl_monitor_config *changed)
{
    config = *changed;
    monitored_begin_with(host, as_config, 1, monitored_quiet);
}

static void let_it_be(struct host *host, enum tunnel tunnel, ikl_time until)
{
    monitored_tunnel = tunnel;
    monitored_run(host, until);
}

static void a_probe_is_answered_when_enough_targets_have_answered(void **state)
{
    struct ikl_monitor_config two = monitored_usual;
    struct host host;

    (void)state;
    two.need = 2;
    begin(&host, &two);
    monitored_run(&host, 100); /* target 0 has answered */
    assert_int_equal(monitored_state(&host, host.children[0]), IKL_MONITOR_UNPROVEN);
    assert_int_equal(ikl_child_monitor_answered(host.sa, host.children[0], 1, 0, host.now), IKL_OK);
    assert_int_equal(monitored_state(&host, host.children[0]), IKL_MONITOR_UNPROVEN);
    assert_int_equal(ikl_child_monitor_answered(host.sa, host.children[0], 1, 5, host.now), IKL_OK);
    assert_int_equal(monitored_state(&host, host.children[0]), IKL_MONITOR_UP);
    monitored_run(&host, MONITORED_WORST); /* one target is not enough to stay UP */
    assert_int_equal(monitored_count(&host, IKL_MONITOR_DOWN), 1);
    host_clear(&host);
}

static void numbers_of_probes_wrap(void **state)
{
    const struct ikl_monitor_config quick = {.interval = 1, .timeout = 1, .threshold = 3, .recover = 1};
    struct host host;

    (void)state;
    begin(&host, &quick);
    for (ikl_time now = 0; now < UINT16_MAX + 10; now += 1000) {
        monitored_run(&host, now);
        host.n_events = 0;
    }
    monitored_run(&host, UINT16_MAX + 10);
    assert_int_equal(ikl_child_monitor(host.sa, host.children[0])->probe, 10);
    assert_int_equal(monitored_state(&host, host.children[0]), IKL_MONITOR_UP);
    assert_int_equal(host_counters(&host).monitor_foreign, 0);
    assert_int_equal(ikl_child_monitor_answered(host.sa, host.children[0], UINT16_MAX, 0, host.now), IKL_OK);
    assert_int_equal(host_counters(&host).monitor_late, 1);
    host_clear(&host);
}

static void what_is_sent_within_the_grace_is_not_counted_as_lost(void **state)
{
    struct ikl_monitor_config patient = monitored_usual;
    struct host host;

    (void)state;
    patient.grace = 10000;
    begin(&host, &patient);
    let_it_be(&host, TUNNEL_ANSWERS, 500);
    let_it_be(&host, TUNNEL_DEAD, 10000 + MONITORED_WORST - 1001);
    assert_int_equal(monitored_count(&host, IKL_MONITOR_DOWN), 0);
    let_it_be(&host, TUNNEL_DEAD, 10000 + MONITORED_WORST);
    assert_int_equal(monitored_count(&host, IKL_MONITOR_DOWN), 1);
    host_clear(&host);
}

static void with_probes_only_traffic_is_no_answer_and_saves_no_probe(void **state)
{
    struct ikl_monitor_config strict = monitored_usual;
    struct host host;

    (void)state;
    strict.probes_only = true;
    begin(&host, &strict);
    let_it_be(&host, TUNNEL_ANSWERS, 500);
    for (ikl_time now = 500; now <= 500 + MONITORED_WORST; now += 100) {
        ikl_child_heard(host.children[0], MONITORED_START + now);
        ikl_child_sent(host.sa, host.children[0], MONITORED_START + now);
        let_it_be(&host, TUNNEL_DEAD, now);
    }
    assert_int_equal(monitored_state(&host, host.children[0]), IKL_MONITOR_DOWN);
    host_clear(&host);
}

/* Ten times dead for 20 s and alive for 20 s. */
static void flap(struct host *host)
{
    for (ikl_time n = 0; n < 10; n++) {
        let_it_be(host, TUNNEL_ANSWERS, n * 40000 + 20000);
        let_it_be(host, TUNNEL_DEAD, n * 40000 + 40000);
    }
}

static void new_keys_are_asked_for_once_in_a_down_and_ever_less_often(void **state)
{
    struct ikl_monitor_config renewing = monitored_usual;
    ikl_time latest = 0, pause = 30000;
    struct event *event;
    struct host host;

    (void)state;
    renewing.renew_after = 30000;
    begin(&host, &renewing);
    flap(&host);
    assert_true(monitored_count(&host, IKL_MONITOR_DOWN) >= 10);
    for (size_t i = 0; (event = host_event(&host, EVENT_MONITOR, i)) != NULL; i++) {
        if (event->monitor.renew) {
            assert_int_equal(event->monitor.state, IKL_MONITOR_DOWN);
            assert_true(latest == 0 || event->at >= latest + pause);
            pause = latest == 0 ? pause : pause * 2;
            latest = event->at;
        }
    }
    assert_in_range(host_counters(&host).monitor_renewals, 3, 4);
    host_clear(&host);
}

static void one_that_flaps_takes_longer_to_recover_and_that_is_told(void **state)
{
    struct ikl_monitor_config damping = monitored_usual;
    uint32_t recover = 0;
    struct event *event;
    struct host host;

    (void)state;
    damping.damp_changes = 2;
    damping.damp_period = 60000;
    damping.damp_recover = 12;
    begin(&host, &damping);
    flap(&host);
    for (size_t i = 0; (event = host_event(&host, EVENT_MONITOR, i)) != NULL; i++) {
        if (event->monitor.damped) {
            assert_int_equal(event->monitor.recover, recover == 0 ? 4 : recover == 4 ? 8 : 12);
            recover = event->monitor.recover;
        }
    }
    assert_int_equal(recover, 12);
    host_clear(&host);
}

static struct {
    unsigned begun, over;
} outages;

static void count_outage(void *user, const struct ikl_outage *outage)
{
    (void)user;
    outages.begun += !outage->over;
    outages.over += outage->over;
}

static void with_outages(struct ikl_endpoint_config *endpoint)
{
    monitored_endpoint(endpoint);
    endpoint->outage_after = 20000;
    endpoint->outage_least = 2;
    endpoint->callbacks.outage = count_outage;
}

/* IKE SAs of one path group; the first has a monitored Child SA and is checked when it was idle for so long. */
static struct ikl_child *begin_group(struct host *host, uint32_t idle)
{
    const struct ikl_child_config config_of_child = {
        .size = sizeof(config_of_child), .protocol = IKL_PROTOCOL_ESP, .spi_in = 1, .spi_out = 2};
    struct ikl_child *child;

    outages.begun = outages.over = 0;
    host_init(host, "a", MONITORED_START, with_outages);
    host->on_event = monitored_on_event;
    for (uint32_t n = 4; n-- > 0;) {
        struct ikl_sa_config sa_config;
        struct ikl_keys keys;

        test_sa_config(&sa_config, &keys, "chacha20poly1305-prfsha256", true, n);
        sa_config.idle = n == 0 ? idle : 5000;
        assert_int_equal(ikl_sa_new(&host->sa, host->endpoint, &sa_config, host->now), IKL_OK);
    }
    assert_int_equal(ikl_sa_add_child(host->sa, &config_of_child, &child), IKL_OK);
    return child;
}

static void let_traffic_flow(struct host *host, struct ikl_child *child, ikl_time from, ikl_time until)
{
    for (ikl_time now = from; now <= until; now += 100) {
        monitored_run(host, now);
        host_forget(host);
        ikl_child_heard(child, host->now);
        ikl_child_sent(host->sa, child, host->now);
    }
}

/* Others on its path are silent. The IKE SA is never checked, or seldom. */
static void what_a_monitored_child_sa_hears_is_heard_of_its_path_group(void **state)
{
    static const uint32_t idle[] = {IKL_IDLE_OFF, 30000};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(idle); i++) {
        struct ikl_child *child;
        struct host host;

        child = begin_group(&host, idle[i]);
        let_traffic_flow(&host, child, 100, 60000);
        assert_int_equal(outages.begun, 0);
        host_clear(&host);
    }
}

static void what_a_monitored_child_sa_hears_ends_an_outage_of_its_path_group(void **state)
{
    struct ikl_child *child;
    struct host host;

    (void)state;
    child = begin_group(&host, IKL_IDLE_OFF);
    monitored_tunnel = TUNNEL_DEAD;
    monitored_run(&host, 60000);
    assert_int_equal(outages.begun, 1);
    assert_int_equal(outages.over, 0);
    let_traffic_flow(&host, child, 60100, 62000);
    assert_int_equal(outages.over, 1);
    host_clear(&host);
}

static void once_a_second(struct ikl_endpoint_config *endpoint)
{
    monitored_endpoint(endpoint);
    endpoint->monitor_probes_per_second = 1;
}

static void child_sas_that_come_and_go_waste_no_turn(void **state)
{
    struct host host;
    size_t all = 0;

    (void)state;
    monitored_begin_with(&host, once_a_second, 3, monitored_quiet);
    for (uint32_t n = 1; n <= 120; n++) {
        struct ikl_child *child;

        monitored_run(&host, (ikl_time)n * 1000);
        assert_int_equal(monitored_add_child(&host, NULL, 1000 + 2 * n, &child), IKL_OK);
        assert_int_equal(ikl_sa_remove_child(host.sa, child), IKL_OK);
        all += host_count(&host, EVENT_MONITOR_PROBE);
        host_forget(&host);
    }
    assert_true(all >= 119);
    host_clear(&host);
}

static void with_a_fickle_cipher(struct ikl_endpoint_config *endpoint)
{
    with_fickle_provider(endpoint);
    monitored_endpoint(endpoint);
}

/* The other two of three are probed once a second, and this one too or not. */
static void assert_probed(struct host *host, const struct ikl_child *child, bool probed)
{
    size_t n = 0;

    host_forget(host);
    monitored_run(host, host->now - MONITORED_START + 3000);
    for (size_t i = 0; i < host_count(host, EVENT_MONITOR_PROBE); i++) {
        n += host_event(host, EVENT_MONITOR_PROBE, i)->child == child ? 1 : 0;
    }
    assert_int_equal(n, probed ? 3 : 0);
    assert_int_equal(host_count(host, EVENT_MONITOR_PROBE), 6 + n);
}

static void a_delete_that_comes_to_nothing_lets_the_monitor_go_on(void **state)
{
    uint8_t spi[] = {0, 0, 0, 12, IKL_PROTOCOL_ESP, 4, 0, 1, 0xb0, 0, 0, 2};
    struct peer_message delete = {.first_payload = IKL_PAYLOAD_DELETE, .plaintext = {spi, sizeof(spi)}};
    struct ikl_child *child;
    struct host host;

    (void)state;
    fickle_reset(true, true);
    monitored_begin_with(&host, with_a_fickle_cipher, 3, monitored_quiet);
    child = host.children[1];
    monitored_run(&host, 500);
    fickle.seal_result = IKL_ERR_CRYPTO;
    assert_int_equal(ikl_sa_delete_children(host.sa, &child, 1, host.now), IKL_ERR_CRYPTO); /* ours */
    assert_probed(&host, child, true);
    assert_int_equal(peer_send(&host, suite, &delete), IKL_ERR_CRYPTO);
    assert_probed(&host, child, true);
    fickle.seal_result = IKL_OK;
    spi[sizeof(spi) - 1] = 1; /* the one that is due before the other two */
    assert_int_equal(peer_send(&host, suite, &delete), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_CHILD_DOWN), 1);
    assert_probed(&host, host.children[0], false);
    host_clear(&host);
}

TESTS_OF(monitors_rules)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_probe_is_answered_when_enough_targets_have_answered),
        cmocka_unit_test(numbers_of_probes_wrap),
        cmocka_unit_test(what_is_sent_within_the_grace_is_not_counted_as_lost),
        cmocka_unit_test(with_probes_only_traffic_is_no_answer_and_saves_no_probe),
        cmocka_unit_test(new_keys_are_asked_for_once_in_a_down_and_ever_less_often),
        cmocka_unit_test(one_that_flaps_takes_longer_to_recover_and_that_is_told),
        cmocka_unit_test(what_a_monitored_child_sa_hears_is_heard_of_its_path_group),
        cmocka_unit_test(child_sas_that_come_and_go_waste_no_turn),
        cmocka_unit_test(a_delete_that_comes_to_nothing_lets_the_monitor_go_on),
        cmocka_unit_test(what_a_monitored_child_sa_hears_ends_an_outage_of_its_path_group),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
