/* SPDX-License-Identifier: ISC */
/* Path groups: when no IKE SA that shares an uplink hears anything any more, that is an outage of our own. */
#include "support/herd.h"
#include "support/test.h"

static const char *const suite = "chacha20poly1305-prfsha256";

static struct {
    unsigned begun, over;
    struct ikl_outage last;
} seen;

static void on_outage(void *user, const struct ikl_outage *outage)
{
    (void)user;
    seen.begun += outage->over ? 0 : 1;
    seen.over += outage->over ? 1 : 0;
    seen.last = *outage;
}

static void watch(struct ikl_endpoint_config *config)
{
    config->callbacks.outage = on_outage;
    config->outage_after = 7000;
    config->path_groups = 3;
}

static uint32_t hold = 600000;

static void watch_and_hold(struct ikl_endpoint_config *config)
{
    watch(config);
    config->outage_hold = hold;
}

static void group_1(struct ikl_sa_config *config)
{
    config->path_group = 1;
}

static void group_2(struct ikl_sa_config *config)
{
    config->path_group = 2;
}

static void an_outage_is_told_when_no_ike_sa_of_the_group_hears_anything_and_when_it_is_over(void **state)
{
    struct herd herd;

    (void)state;
    memset(&seen, 0, sizeof(seen));
    herd_begin(&herd, watch, group_2);
    herd.answered = true;
    herd_run(&herd, 20000);
    assert_int_equal(seen.begun, 0);
    herd.answered = false; /* last heard at 20,000; unanswered at 26,000 and 28,000 */
    herd_run(&herd, 27999);
    assert_int_equal(seen.begun, 0);
    herd_run(&herd, 28000);
    assert_int_equal(seen.begun, 1);
    assert_int_equal(seen.last.group, 2);
    assert_int_equal(seen.last.heard, 20000);
    assert_int_equal(seen.last.n_sas, HERD_SAS);
    herd.answered = true;
    herd_run(&herd, 40000);
    assert_int_equal(seen.begun, 1);
    assert_int_equal(seen.over, 1);
    assert_int_equal(seen.last.heard, 32000);
    assert_int_equal(host_counters(&herd.host).outages, 1);
    herd_end(&herd);
}

static uint32_t least;

static void of_least_or_more(struct ikl_endpoint_config *config)
{
    watch(config);
    config->outage_least = least;
}

static void a_group_of_fewer_ike_sas_than_configured_has_no_outage(void **state)
{
    struct herd herd;

    (void)state;
    memset(&seen, 0, sizeof(seen));
    for (least = HERD_SAS + 1; least >= HERD_SAS; least--) {
        herd_begin(&herd, of_least_or_more, group_2);
        if (least == HERD_SAS) {
            ikl_sa_close(herd.sas[HERD_SAS - 1], 0);
        }
        herd_run(&herd, 40000);
        assert_int_equal(seen.begun, 0);
        assert_int_equal(host_counters(&herd.host).outages, 0);
        herd_end(&herd);
    }
}

static void one_dead_peer_among_many_is_no_outage(void **state)
{
    struct herd herd;

    (void)state;
    memset(&seen, 0, sizeof(seen));
    herd_begin(&herd, watch_and_hold, NULL);
    ikl_sa_close(ikl_endpoint_find(herd.peers.endpoint, ikl_sa_spi_r(herd.sas[5])), 0);
    herd.answered = true;
    host_forget(&herd.host);
    while (herd.host.now < 400000) {
        herd_run(&herd, herd.host.now + 10000);
        if (host_count(&herd.host, EVENT_DOWN) != 0) {
            break;
        }
        host_forget(&herd.host);
        host_forget(&herd.peers);
    }
    assert_int_equal(seen.begun, 0);
    assert_int_equal(host_event(&herd.host, EVENT_DOWN, 0)->at, 324000);
    assert_ptr_equal(host_event(&herd.host, EVENT_DOWN, 0)->sa, herd.sas[5]);
    herd_end(&herd);
}

static void with_windows(struct ikl_sa_config *config)
{
    config->ids.own_window = config->ids.peer_window = 3;
}

static void traffic_of_child_sas_is_a_sign_of_life_for_the_group(void **state)
{
    static const sa_change changes[] = {NULL, with_windows};
    struct ikl_child_config config = {.size = sizeof(config), .protocol = IKL_PROTOCOL_ESP, .spi_in = 1, .spi_out = 2};
    struct ikl_child *child;
    struct herd herd;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(changes); i++) {
        memset(&seen, 0, sizeof(seen));
        herd_begin(&herd, watch, changes[i]);
        assert_int_equal(ikl_sa_add_child(herd.sas[0], &config, &child), IKL_OK);
        for (ikl_time at = 1000; at < 60000; at += 1000) {
            herd_run(&herd, at);
            ikl_child_heard(child, at);
        }
        assert_int_equal(seen.begun, 0);
        herd_end(&herd);
    }
}

/* A host that closes an IKE SA when it hears that the outage is over. */
static struct ikl_sa *closed_when_over;

static void close_when_over(void *user, const struct ikl_outage *outage)
{
    on_outage(user, outage);
    if (outage->over && closed_when_over != NULL) {
        ikl_sa_close(closed_when_over, 0);
    }
}

static void close_one_when_over(struct ikl_endpoint_config *config)
{
    watch(config);
    config->callbacks.outage = close_when_over;
}

/* The traffic of a Child SA shows it, so the IKE SA whose Child SA that is may be gone when it was told. */
static void of_1_or_more(struct ikl_endpoint_config *config)
{
    watch(config);
    config->outage_least = 1;
}

/* The check sent at 5,000 goes out again at 8,000, when nothing was heard for long by what is known before the host is
 * asked; then its Child SA turns out to have heard something. */
static void an_outage_that_is_over_before_it_is_told_is_not_told(void **state)
{
    struct host host;

    (void)state;
    memset(&seen, 0, sizeof(seen));
    host_init(&host, "a", 0, of_1_or_more);
    host_sa(&host, suite, true, 1, NULL);
    host_advance(&host, 5000);
    host_advance(&host, 6000);
    ikl_child_heard(ikl_sa_first_child(host.sa), 7500);
    host_advance(&host, 8000);
    assert_int_equal(host_counters(&host).outages, 1);
    assert_int_equal(seen.begun, 0);
    assert_int_equal(seen.over, 0);
    host_clear(&host);
}

static void an_ike_sa_that_is_closed_when_its_traffic_ends_an_outage_sends_nothing_more(void **state)
{
    struct ikl_child_config config = {.size = sizeof(config), .protocol = IKL_PROTOCOL_ESP, .spi_in = 1, .spi_out = 2};
    struct ikl_child *child;
    struct herd herd;
    size_t sent;

    (void)state;
    memset(&seen, 0, sizeof(seen));
    herd_begin(&herd, close_one_when_over, NULL);
    assert_int_equal(ikl_sa_add_child(herd.sas[0], &config, &child), IKL_OK);
    herd_run(&herd, 10000);
    assert_int_equal(seen.begun, 1);
    closed_when_over = herd.sas[0];
    ikl_child_heard(child, 10000);
    host_forget(&herd.host);
    herd_run(&herd, 12000);
    assert_int_equal(seen.over, 1);
    assert_int_equal(ikl_sa_state(herd.sas[0]), IKL_SA_DEAD);
    sent = 0;
    for (const struct event *event = host_event(&herd.host, EVENT_DOWN, 0);
         event < herd.host.events + herd.host.n_events; event++) {
        sent += event->kind == EVENT_SENT && event->sa == herd.sas[0] ? 1 : 0;
    }
    assert_int_equal(sent, 0);
    closed_when_over = NULL;
    herd_end(&herd);
}

/* The same where nothing is outstanding on it: its idle time is over, and a liveness check goes out in the tick that
 * notices the traffic; the host is told of both when that is decided. */
static void an_idle_ike_sa_that_is_closed_when_its_traffic_ends_an_outage_is_probed_before_at_most(void **state)
{
    struct ikl_child_config config = {.size = sizeof(config), .protocol = IKL_PROTOCOL_ESP, .spi_in = 1, .spi_out = 2};
    struct ikl_sa_config sa_config;
    struct ikl_keys keys;
    struct ikl_child *child;
    struct ikl_sa *late;
    struct herd herd;
    size_t attempts = 0;

    (void)state;
    memset(&seen, 0, sizeof(seen));
    herd_begin(&herd, close_one_when_over, NULL);
    herd_run(&herd, 7600);
    test_sa_config(&sa_config, &keys, suite, true, HERD_SAS);
    assert_int_equal(ikl_sa_new(&late, herd.host.endpoint, &sa_config, 7600), IKL_OK);
    assert_int_equal(ikl_sa_add_child(late, &config, &child), IKL_OK);
    herd_run(&herd, 12500);
    assert_int_equal(seen.begun, 1);
    closed_when_over = late;
    ikl_child_heard(child, 100); /* older than the idle time, newer than what the group heard */
    host_forget(&herd.host);
    herd_run(&herd, 12600);
    assert_int_equal(seen.over, 1);
    assert_int_equal(ikl_sa_state(late), IKL_SA_DEAD);
    for (size_t i = 0; i < herd.host.n_events; i++) {
        const struct event *event = &herd.host.events[i];

        attempts += event->kind == EVENT_ATTEMPT && event->sa == late ? 1 : 0;
        assert_false(event->sa == late && host_count(&herd.host, EVENT_DOWN) != 0 &&
                     event > host_event(&herd.host, EVENT_DOWN, 0));
        assert_false(event->kind == EVENT_SENT && event->sa == late && attempts != 0);
    }
    assert_int_equal(attempts, 1);
    closed_when_over = NULL;
    herd_end(&herd);
}

static void an_outage_holds_teardowns_for_as_long_as_was_said(void **state)
{
    struct herd herd;

    (void)state;
    memset(&seen, 0, sizeof(seen));
    herd_begin(&herd, watch_and_hold, NULL);
    herd_run(&herd, 607999); /* the outage is noticed at 8,000 */
    assert_int_equal(host_count(&herd.host, EVENT_DOWN), 0);
    assert_true(host_counters(&herd.host).held >= HERD_SAS);
    herd_run(&herd, 700000);
    assert_int_equal(host_count(&herd.host, EVENT_DOWN), HERD_SAS);
    /* the last wait of 64 s that ended after the hold: 324 + 5 * 64 = 644 s */
    assert_int_equal(host_event(&herd.host, EVENT_DOWN, 0)->at, 644000);
    herd_end(&herd);
}

/* It is noticed at 8,000, and the verdicts fall at 324,000. */
static void an_outage_holds_no_verdict_of_the_time_at_which_its_hold_ends(void **state)
{
    (void)state;
    for (hold = 316000; hold <= 316001; hold++) {
        struct herd herd;

        herd_begin(&herd, watch_and_hold, NULL);
        herd_run(&herd, 324000);
        assert_int_equal(host_count(&herd.host, EVENT_DOWN), hold == 316000 ? HERD_SAS : 0);
        herd_end(&herd);
    }
    hold = 600000;
}

static struct ikl_schedule trimmed;

static void watch_and_hold_trimmed(struct ikl_endpoint_config *config)
{
    watch_and_hold(config);
    config->schedule = &trimmed;
}

/* The trimmed wait is over after 261 s; those that follow are as listed, and attempts say so. */
static void a_verdict_that_an_outage_holds_waits_as_listed_though_the_last_wait_is_trimmed(void **state)
{
    const struct event *held;
    struct herd herd;

    (void)state;
    assert_int_equal(ikl_schedule_trim(&trimmed, ikl_schedule_default(), 0), IKL_OK);
    memset(&seen, 0, sizeof(seen));
    herd_begin(&herd, watch_and_hold_trimmed, NULL);
    herd_run(&herd, 260999);
    host_forget(&herd.host);
    herd_run(&herd, 261000);
    held = host_last(&herd.host, EVENT_ATTEMPT);
    assert_int_equal(host_count(&herd.host, EVENT_ATTEMPT), HERD_SAS);
    assert_int_equal(held->attempt.wait, 64000);
    host_forget(&herd.host);
    herd_run(&herd, 700000);
    assert_int_equal(host_event(&herd.host, EVENT_DOWN, 0)->at, 645000); /* 261 + 6 * 64 s */
    herd_end(&herd);
}

static void trim_as_measured(struct ikl_sa_config *config)
{
    config->trim = true;
}

/* The same when it is trimmed by what was measured: unanswered from 25 s on, over after 281 s. */
static void a_verdict_that_an_outage_holds_waits_as_listed_though_the_ike_sa_trims_its_last_wait(void **state)
{
    struct herd herd;

    (void)state;
    memset(&seen, 0, sizeof(seen));
    herd_begin(&herd, watch_and_hold, trim_as_measured);
    herd.answered = true;
    herd_run(&herd, 20000);
    herd.answered = false;
    herd_run(&herd, 280999);
    host_forget(&herd.host);
    herd_run(&herd, 281000);
    assert_int_equal(host_count(&herd.host, EVENT_ATTEMPT), HERD_SAS);
    assert_int_equal(host_last(&herd.host, EVENT_ATTEMPT)->attempt.wait, 64000);
    host_forget(&herd.host);
    herd_run(&herd, 700000);
    assert_int_equal(host_event(&herd.host, EVENT_DOWN, 0)->at, 665000); /* 281 + 6 * 64 s */
    herd_end(&herd);
}

static void report_only_tears_down_on_schedule(void **state)
{
    struct herd herd;

    (void)state;
    memset(&seen, 0, sizeof(seen));
    herd_begin(&herd, watch, NULL);
    herd_run(&herd, 324000);
    assert_int_equal(seen.begun, 1);
    assert_int_equal(host_count(&herd.host, EVENT_DOWN), HERD_SAS);
    assert_int_equal(host_counters(&herd.host).held, 0);
    herd_end(&herd);
}

static void lonely_groups(struct ikl_endpoint_config *config)
{
    watch(config);
    config->outage_least = 1;
}

static void each_group_counts_from_when_its_endpoint_began(void **state)
{
    (void)state;
    for (uint16_t group = 0; group < 3; group++) {
        struct ikl_endpoint *endpoint;
        struct ikl_endpoint_config config;
        struct host host;

        memset(&seen, 0, sizeof(seen));
        host_init(&host, "a", 0, lonely_groups);
        config = host_config(&host);
        lonely_groups(&config);
        assert_int_equal(ikl_endpoint_new(&endpoint, &config, 1000000), IKL_OK);
        assert_int_equal(ikl_endpoint_free(host.endpoint), IKL_OK);
        host.endpoint = endpoint;
        host.now = 1000000;
        host_sa(&host, "chacha20poly1305-prfsha256", true, 0, group == 0 ? NULL : group == 1 ? group_1 : group_2);
        host_run_until(&host, 1000000 + 6999);
        assert_int_equal(seen.begun, 0);
        host_run_until(&host, 1000000 + 20000);
        assert_int_equal(seen.begun, 1);
        assert_int_equal(seen.last.heard, 1000000);
        host_clear(&host);
    }
}

TESTS_OF(path_groups)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_outage_is_told_when_no_ike_sa_of_the_group_hears_anything_and_when_it_is_over),
        cmocka_unit_test(each_group_counts_from_when_its_endpoint_began),
        cmocka_unit_test(a_group_of_fewer_ike_sas_than_configured_has_no_outage),
        cmocka_unit_test(one_dead_peer_among_many_is_no_outage),
        cmocka_unit_test(traffic_of_child_sas_is_a_sign_of_life_for_the_group),
        cmocka_unit_test(an_ike_sa_that_is_closed_when_its_traffic_ends_an_outage_sends_nothing_more),
        cmocka_unit_test(an_idle_ike_sa_that_is_closed_when_its_traffic_ends_an_outage_is_probed_before_at_most),
        cmocka_unit_test(an_outage_holds_teardowns_for_as_long_as_was_said),
        cmocka_unit_test(an_outage_holds_no_verdict_of_the_time_at_which_its_hold_ends),
        cmocka_unit_test(a_verdict_that_an_outage_holds_waits_as_listed_though_the_last_wait_is_trimmed),
        cmocka_unit_test(a_verdict_that_an_outage_holds_waits_as_listed_though_the_ike_sa_trims_its_last_wait),
        cmocka_unit_test(report_only_tears_down_on_schedule),
        cmocka_unit_test(an_outage_that_is_over_before_it_is_told_is_not_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
