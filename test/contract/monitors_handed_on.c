/* SPDX-License-Identifier: ISC */
/* Monitors go on where their Child SAs go: to those that take over, to other IKE SAs and other endpoints; and they end
 * with them. */
#include "support/monitored.h"
#include "support/mover.h"
#include "support/peer.h"
#include "support/test.h"
#include "support/test_allocator.h"

static const char *const suite = "chacha20poly1305-prfsha256";

static void a_child_sa_that_takes_over_has_the_monitor(void **state)
{
    struct ikl_child *heir;
    struct host host;

    (void)state;
    monitored_begin(&host, 1);
    monitored_run(&host, 5000);
    monitored_tunnel = TUNNEL_DEAD;
    monitored_run(&host, 5000 + MONITORED_WORST);
    assert_int_equal(monitored_add_child(&host, host.children[0], 0x100, &heir), IKL_OK); /* with new keys */
    assert_null(ikl_child_monitor(host.sa, host.children[0]));
    assert_int_equal(monitored_state(&host, heir), IKL_MONITOR_DOWN);
    assert_int_equal(ikl_child_monitor(host.sa, heir)->generation, 3);
    host_forget(&host);
    monitored_tunnel = TUNNEL_ANSWERS;
    monitored_run(&host, 20000);
    assert_ptr_equal(host_event(&host, EVENT_MONITOR, 0)->child, heir);
    assert_int_equal(host_event(&host, EVENT_MONITOR, 0)->monitor.state, IKL_MONITOR_UP);
    assert_int_equal(host_event(&host, EVENT_MONITOR, 0)->monitor.generation, 4);
    assert_int_equal(host_event(&host, EVENT_MONITOR_PROBE, 0)->probe, 10);
    for (size_t i = 0; i < host_count(&host, EVENT_MONITOR_PROBE); i++) {
        assert_ptr_equal(host_event(&host, EVENT_MONITOR_PROBE, i)->child, heir);
    }
    host_clear(&host);
}

/* Of those that take over: the monitor goes on unless the host wants none, and where there is none, none begins but
 * one of its own. */
static void one_that_takes_over_has_a_monitor_when_there_is_one_and_it_may(void **state)
{
    struct ikl_child_config config = {
        .size = sizeof(config), .protocol = IKL_PROTOCOL_ESP, .spi_in = 1, .spi_out = 2, .monitor = &monitored_usual};
    struct ikl_child *first, *second, *third;
    struct host host;

    (void)state;
    monitored_begin_with(&host, NULL, 1, monitored_quiet);
    assert_int_equal(monitored_add_child(&host, host.children[0], 0x100, &first), IKL_OK);
    assert_null(ikl_child_monitor(host.sa, first));
    second = monitored_add_own(&host, first, 0x300, &monitored_usual);
    assert_non_null(ikl_child_monitor(host.sa, second));
    assert_int_equal(ikl_sa_add_child(host.sa, &config, &first), IKL_OK);
    assert_int_equal(monitored_add_child(&host, first, 0x200, &second), IKL_OK);
    assert_non_null(ikl_child_monitor(host.sa, second));
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
    monitored_begin(&host, 1);
    monitored_tunnel = TUNNEL_DEAD;
    monitored_run(&host, 0);
    assert_int_equal(monitored_add_child(&host, host.children[0], 0x100, &second), IKL_OK);
    assert_int_equal(monitored_add_child(&host, second, 0x200, &third), IKL_OK);
    assert_int_equal(ikl_child_monitor_answered(host.sa, host.children[0], 1, 0, MONITORED_START + 100), IKL_OK);
    assert_int_equal(monitored_state(&host, third), IKL_MONITOR_UP);
    assert_ptr_equal(host_last(&host, EVENT_MONITOR)->child, third);
    /* when what took over is gone there is nothing that they count for */
    assert_int_equal(ikl_sa_remove_child(host.sa, third), IKL_OK);
    assert_int_equal(ikl_child_monitor_answered(host.sa, host.children[0], 1, 0, MONITORED_START + 200),
                     IKL_ERR_NOT_FOUND);
    /* nor is a stranger with its SPI an heir without a monitor */
    assert_int_equal(ikl_sa_add_child(host.sa,
                                      &(struct ikl_child_config){.size = sizeof(struct ikl_child_config),
                                                                 .protocol = IKL_PROTOCOL_ESP,
                                                                 .spi_in = 0x200,
                                                                 .spi_out = 0x201,
                                                                 .unmonitored = true},
                                      NULL),
                     IKL_OK);
    assert_int_equal(ikl_child_monitor_answered(host.sa, second, 1, 0, MONITORED_START + 200), IKL_ERR_NOT_FOUND);
    monitored_run(&host, 10000);
    host_clear(&host);
}

/* It was rekeyed twice, and the one in between is deleted first. */
static void they_count_when_the_one_in_between_is_gone(void **state)
{
    struct ikl_child *second, *third, *fourth;
    struct host host;

    (void)state;
    monitored_begin(&host, 1);
    monitored_tunnel = TUNNEL_DEAD;
    monitored_run(&host, 0);
    assert_int_equal(monitored_add_child(&host, host.children[0], 0x100, &second), IKL_OK);
    assert_int_equal(monitored_add_child(&host, second, 0x200, &third), IKL_OK);
    assert_int_equal(monitored_add_child(&host, third, 0x300, &fourth), IKL_OK);
    assert_int_equal(ikl_sa_remove_child(host.sa, third), IKL_OK);
    assert_int_equal(ikl_sa_remove_child(host.sa, second), IKL_OK);
    assert_int_equal(ikl_child_monitor_answered(host.sa, host.children[0], 1, 0, MONITORED_START + 100), IKL_OK);
    assert_int_equal(monitored_state(&host, fourth), IKL_MONITOR_UP);
    for (ikl_time now = 600; now < 9600; now += 100) {
        ikl_child_heard(host.children[0], MONITORED_START + now);
        monitored_run(&host, now);
    }
    assert_int_equal(monitored_state(&host, fourth), IKL_MONITOR_UP);
    host_clear(&host);
}

/* How the traffic of the first Child SA is known, through which alone the peer sends. */
enum talk { TOLD, ASKED_FOR, TOLD_AT_ITS_END, N_TALKS };

static const struct host *asked;

static void on_last_esp(void *user, struct ikl_sa *sa, struct ikl_child *child, ikl_time *heard, ikl_time *sent)
{
    (void)user;
    (void)sa;
    if (child == asked->children[0]) {
        *heard = *sent = asked->now;
    }
}

static void asking(struct ikl_endpoint_config *config)
{
    monitored_endpoint(config);
    config->callbacks.last_esp = on_last_esp;
}

static void talk(struct host *host, enum talk talk, ikl_time until)
{
    for (ikl_time now = 600; now < until; now += 100) {
        if (talk == TOLD) {
            ikl_child_heard(host->children[0], MONITORED_START + now);
            ikl_child_sent(host->sa, host->children[0], MONITORED_START + now);
        }
        monitored_run(host, now);
    }
}

/* It was rekeyed twice, and no probe is answered any more. */
static void traffic_of_the_one_that_was_rekeyed_still_counts(void **state)
{
    (void)state;
    for (enum talk how = TOLD; how < N_TALKS; how++) {
        struct ikl_child *second, *third;
        struct host host;

        asked = &host;
        monitored_begin_with(&host, how == ASKED_FOR ? asking : monitored_endpoint, 1, monitored_quiet);
        monitored_run(&host, 500);
        assert_int_equal(monitored_add_child(&host, host.children[0], 0x100, &second), IKL_OK);
        assert_int_equal(monitored_add_child(&host, second, 0x200, &third), IKL_OK);
        monitored_tunnel = TUNNEL_DEAD;
        if (how != TOLD_AT_ITS_END) { /* it saves probes too */
            talk(&host, how, 9600);
            assert_int_equal(ikl_child_monitor(host.sa, third)->probe, 1);
        } else {
            monitored_run(&host, 1000);
            host_advance(&host, MONITORED_START + 1300); /* the endpoint's clock too */
            ikl_child_heard(host.children[0], MONITORED_START + 1200);
        }
        assert_int_equal(ikl_sa_remove_child(host.sa, host.children[0]), IKL_OK);
        monitored_run(&host, how == TOLD_AT_ITS_END ? 1400 : 9650);
        assert_int_equal(monitored_state(&host, third), IKL_MONITOR_UP);
        assert_int_equal(ikl_sa_remove_child(host.sa, third), IKL_OK); /* nothing is left that it could count for */
        ikl_child_heard(second, host.now);
        assert_int_equal(ikl_sa_remove_child(host.sa, second), IKL_OK);
        host_clear(&host);
    }
}

static void nothing_else_that_was_rekeyed_counts(void **state)
{
    struct ikl_child *heir, *other;
    struct host host;

    (void)state;
    monitored_begin(&host, 2);
    monitored_run(&host, 500);
    assert_int_equal(monitored_add_child(&host, host.children[0], 0x100, &heir), IKL_OK);
    assert_int_equal(monitored_add_child(&host, host.children[1], 0x200, &other), IKL_OK);
    monitored_tunnel = TUNNEL_DEAD;
    for (ikl_time now = 600; now < 9600; now += 100) {
        ikl_child_heard(host.children[1], MONITORED_START + now);
        monitored_run(&host, now);
    }
    assert_int_equal(monitored_state(&host, heir), IKL_MONITOR_DOWN);
    assert_int_equal(monitored_state(&host, other), IKL_MONITOR_UP);
    host_clear(&host);
}

/* Simultaneous rekeys replace a Child SA twice, and whichever of the two is deleted, the path stays monitored. */
static void a_second_one_that_takes_over_goes_on_like_the_first(void **state)
{
    struct ikl_child *old, *two[2];
    struct host host;

    (void)state;
    for (size_t stays = 0; stays < 2; stays++) {
        monitored_begin_with(&host, NULL, 0, monitored_quiet);
        old = monitored_add_own(&host, NULL, 1, &monitored_usual);
        monitored_run(&host, 4500);
        monitored_tunnel = TUNNEL_DEAD;
        monitored_run(&host, 4000 + MONITORED_WORST);
        two[0] = monitored_add_own(&host, old, 2, NULL);
        two[1] = monitored_add_own(&host, old, 3, NULL);
        assert_int_equal(ikl_sa_remove_child(host.sa, two[1 - stays]), IKL_OK);
        assert_int_equal(ikl_sa_remove_child(host.sa, old), IKL_OK);
        assert_int_equal(monitored_state(&host, two[stays]), IKL_MONITOR_DOWN);
        host_forget(&host);
        monitored_tunnel = TUNNEL_ANSWERS;
        monitored_run(&host, 9000);
        assert_ptr_equal(host_event(&host, EVENT_MONITOR_PROBE, 0)->child, two[stays]);
        assert_int_equal(host_event(&host, EVENT_MONITOR_PROBE, 0)->probe, 9);
        assert_int_equal(host_count(&host, EVENT_MONITOR), 1);
        assert_int_equal(host_event(&host, EVENT_MONITOR, 0)->monitor.state, IKL_MONITOR_UP);
        assert_int_equal(host_event(&host, EVENT_MONITOR, 0)->monitor.generation, 4);
        host_clear(&host);
    }
}

static void an_outstanding_probe_is_no_loss_of_a_second_one_that_takes_over(void **state)
{
    struct ikl_child *second;
    struct host host;

    (void)state;
    monitored_begin_with(&host, NULL, 0, monitored_quiet);
    (void)monitored_add_own(&host, NULL, 1, &monitored_usual);
    monitored_run(&host, 500);
    monitored_tunnel = TUNNEL_DEAD;
    monitored_run(&host, 1000);
    (void)monitored_add_own(&host, ikl_sa_first_child(host.sa), 2, NULL);
    second = monitored_add_own(&host, ikl_sa_first_child(host.sa), 3, &monitored_usual);
    monitored_run(&host, 1400);
    assert_int_equal(monitored_count(&host, IKL_MONITOR_SUSPECT), 1);
    assert_int_equal(monitored_state(&host, second), IKL_MONITOR_UP);
    monitored_run(&host, 2400);
    assert_int_equal(monitored_state(&host, second), IKL_MONITOR_SUSPECT);
    monitored_run(&host, 1000 + MONITORED_WORST - 1);
    assert_int_equal(monitored_state(&host, second), IKL_MONITOR_SUSPECT);
    monitored_run(&host, 1000 + MONITORED_WORST); /* from when it took over */
    assert_int_equal(monitored_state(&host, second), IKL_MONITOR_DOWN);
    host_clear(&host);
}

static void a_second_one_that_takes_over_begins_anew_when_the_first_is_gone(void **state)
{
    static const struct ikl_monitor_config other = {.interval = 2000, .timeout = 400, .threshold = 3, .recover = 2};
    struct ikl_child *old, *second, *third;
    struct host host;

    (void)state;
    monitored_begin_with(&host, NULL, 0, monitored_quiet);
    old = monitored_add_own(&host, NULL, 1, &monitored_usual);
    monitored_run(&host, 1500);
    assert_int_equal(ikl_sa_remove_child(host.sa, monitored_add_own(&host, old, 2, NULL)), IKL_OK);
    second = monitored_add_own(&host, old, 3, NULL);
    third = monitored_add_own(&host, old, 4, &other);
    assert_int_equal(monitored_state(&host, second), IKL_MONITOR_UNPROVEN);
    monitored_run(&host, 3500);
    assert_int_equal(monitored_state(&host, second), IKL_MONITOR_UP);
    assert_int_equal(ikl_child_monitor(host.sa, second)->probe, 3);
    assert_int_equal(ikl_child_monitor(host.sa, third)->probe, 2);
    host_clear(&host);
}

/* The change of the first one is not told yet when a second one takes over, in the callback that tells a change. */
static int add_second(struct host *host, struct event *event)
{
    if (event->kind == EVENT_MONITOR && event->monitor.state == IKL_MONITOR_DOWN &&
        ikl_child_spi_in(event->child) == 9) {
        (void)monitored_add_own(host, ikl_sa_first_child(host->sa), 3, NULL);
    }
    return IKL_OK;
}

static void a_change_that_is_not_told_yet_is_told_of_a_second_one_too(void **state)
{
    struct ikl_child *old;
    struct host host;

    (void)state;
    monitored_begin_with(&host, NULL, 0, monitored_quiet);
    old = monitored_add_own(&host, NULL, 1, &monitored_usual);
    (void)monitored_add_own(&host, NULL, 9, &monitored_usual);
    monitored_run(&host, 500);
    (void)monitored_add_own(&host, old, 2, NULL);
    host.on_event = add_second;
    host_forget(&host);
    monitored_run(&host, MONITORED_WORST);
    assert_int_equal(monitored_count(&host, IKL_MONITOR_DOWN), 3);
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
    monitored_begin(&host, 2);
    monitored_run(&host, 5000);
    config.replaces = host.children[0];
    assert_int_equal(ikl_sa_add_child(host.sa, &config, &child), IKL_OK);
    monitored_run(&host, 9999);
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
    struct ikl_child_config without = {
        .size = sizeof(without), .protocol = IKL_PROTOCOL_ESP, .spi_in = 3, .spi_out = 4, .unmonitored = true};
    struct host host;

    (void)state;
    monitored_begin_with(&host, monitored_endpoint, 0, connecting);
    assert_int_equal(ikl_sa_add_child(host.sa, &without, NULL), IKL_OK);
    assert_int_equal(monitored_add_child(&host, NULL, 1, &host.children[0]), IKL_OK);
    monitored_run(&host, 5000);
    assert_int_equal(host_count(&host, EVENT_MONITOR_PROBE), 0);
    assert_int_equal(ikl_child_monitor_answered(host.sa, host.children[0], 1, 0, MONITORED_START), IKL_ERR_STATE);
    assert_int_equal(ikl_sa_established(host.sa, MONITORED_START + 5000), IKL_OK);
    monitored_run(&host, 7500);
    assert_int_equal(host_count(&host, EVENT_MONITOR_PROBE), 3);
    host_clear(&host);
}

static void probes_end_when_the_ike_sa_is_deleted(void **state)
{
    struct host host;

    (void)state;
    monitored_begin(&host, 1);
    monitored_run(&host, 2500);
    host_forget(&host);
    assert_int_equal(ikl_sa_delete(host.sa, 60000, host.now), IKL_OK);
    monitored_run(&host, 10000);
    assert_int_equal(host_count(&host, EVENT_MONITOR_PROBE), 0);
    assert_int_equal(ikl_child_monitor_answered(host.sa, host.children[0], 1, 0, host.now), IKL_ERR_STATE);
    host_clear(&host);
}

static void a_child_sa_that_is_gone_has_no_monitor(void **state)
{
    struct host host;

    (void)state;
    monitored_begin(&host, 2);
    monitored_run(&host, 2500);
    assert_int_equal(ikl_sa_remove_child(host.sa, host.children[0]), IKL_OK);
    host_forget(&host);
    monitored_run(&host, 5500);
    assert_int_equal(host_count(&host, EVENT_MONITOR_PROBE), 3);
    ikl_sa_close(host.sa, host.now);
    host_forget(&host);
    monitored_run(&host, 10000);
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
    monitored_begin(&host, 1);
    monitored_run(&host, 2500);
    test_sa_config(&config, &keys, suite, true, 1);
    monitored_quiet(&config);
    assert_int_equal(ikl_sa_new(&new_sa, host.endpoint, &config, host.now), IKL_OK);
    old = host.sa;
    assert_int_equal(ikl_sa_replace(old, new_sa, false, 0, host.now), IKL_OK);
    host.sa = new_sa;
    host_forget(&host);
    monitored_run(&host, 5500);
    assert_int_equal(host_count(&host, EVENT_MONITOR_PROBE), 3);
    assert_true(host_event(&host, EVENT_MONITOR_PROBE, 0)->at == MONITORED_START + 3000);
    assert_ptr_equal(host_event(&host, EVENT_MONITOR_PROBE, 0)->sa, new_sa);
    assert_int_equal(monitored_state(&host, host.children[0]), IKL_MONITOR_UP);
    assert_int_equal(ikl_child_monitor_answered(old, host.children[0], 6, 0, host.now), IKL_ERR_NOT_FOUND);
    host_clear(&host);
}

static void one_that_rests_does_so_when_the_ike_sa_was_rekeyed_too(void **state)
{
    struct ikl_sa_config config;
    struct ikl_keys keys;
    struct ikl_sa *new_sa;
    struct host host;

    (void)state;
    monitored_begin(&host, 2);
    monitored_run(&host, 2500);
    assert_int_equal(ikl_sa_delete_children(host.sa, &host.children[1], 1, host.now), IKL_OK);
    test_sa_config(&config, &keys, suite, true, 1);
    monitored_quiet(&config);
    assert_int_equal(ikl_sa_new(&new_sa, host.endpoint, &config, host.now), IKL_OK);
    assert_int_equal(ikl_sa_replace(host.sa, new_sa, false, 0, host.now), IKL_OK);
    host.sa = new_sa;
    host_forget(&host);
    monitored_run(&host, 5500);
    assert_int_equal(host_count(&host, EVENT_MONITOR_PROBE), 3);
    for (size_t i = 0; i < 3; i++) {
        assert_ptr_equal(host_event(&host, EVENT_MONITOR_PROBE, i)->child, host.children[0]);
    }
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
    monitored_begin(&host, 2);
    monitored_run(&host, 2000);
    monitored_tunnel = TUNNEL_DEAD;
    monitored_run(&host, 2000 + MONITORED_WORST);
    assert_int_equal(monitored_add_child(&host, host.children[1], 0x100, &heir), IKL_OK);
    other = mover_endpoint(&host, unmonitored);
    host_move(&host, &other);
    host.children[0] = ikl_sa_first_child(host.sa);
    host.children[1] = ikl_sa_next_child(host.sa, host.children[0]);
    heir = ikl_sa_next_child(host.sa, host.children[1]);
    assert_int_equal(monitored_state(&host, host.children[0]), IKL_MONITOR_DOWN);
    assert_null(ikl_child_monitor(host.sa, host.children[1]));
    host_forget(&host);
    monitored_tunnel = TUNNEL_ANSWERS;
    monitored_run(&host, 8500);
    assert_int_equal(monitored_count(&host, IKL_MONITOR_UP), 2);
    assert_true(host_event(&host, EVENT_MONITOR_PROBE, 0)->at == MONITORED_START + 6000);
    assert_int_equal(host_event(&host, EVENT_MONITOR_PROBE, 0)->probe, 7);
    monitored_tunnel = TUNNEL_DEAD;
    monitored_run(&host, 9000);
    assert_int_equal(ikl_child_monitor_answered(host.sa, host.children[1], 10, 0, MONITORED_START + 9001), IKL_OK);
    monitored_run(&host, 9500);
    assert_int_equal(monitored_state(&host, host.children[0]), IKL_MONITOR_SUSPECT);
    assert_int_equal(monitored_state(&host, heir), IKL_MONITOR_UP);
    host_clear(&host);
    assert_int_equal(ikl_endpoint_free(other), IKL_OK);
}

static void one_that_is_connecting_moves_with_its_monitors_too(void **state)
{
    struct ikl_endpoint *other;
    struct host host;

    (void)state;
    monitored_begin_with(&host, monitored_endpoint, 1, connecting);
    monitored_run(&host, 1000);
    other = mover_endpoint(&host, unmonitored);
    host_move(&host, &other);
    assert_int_equal(ikl_sa_established(host.sa, MONITORED_START + 1000), IKL_OK);
    monitored_run(&host, 2500);
    assert_int_equal(host_count(&host, EVENT_MONITOR_PROBE), 2);
    host_clear(&host);
    assert_int_equal(ikl_endpoint_free(other), IKL_OK);
}

static void traffic_of_the_future_of_the_one_that_was_rekeyed_is_replaced_by_the_present_too(void **state)
{
    struct ikl_child *heir;
    struct host host;

    (void)state;
    monitored_begin(&host, 1);
    monitored_run(&host, 500);
    assert_int_equal(monitored_add_child(&host, host.children[0], 0x100, &heir), IKL_OK);
    monitored_tunnel = TUNNEL_DEAD;
    ikl_child_heard(host.children[0], MONITORED_START + 60000);
    monitored_run(&host, 1400 + MONITORED_WORST);
    assert_int_equal(host_counters(&host).future_times, 1);
    assert_int_equal(monitored_state(&host, heir), IKL_MONITOR_DOWN);
    host_clear(&host);
}

TESTS_OF(monitors_handed_on)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_child_sa_that_takes_over_has_the_monitor),
        cmocka_unit_test(one_that_takes_over_has_a_monitor_when_there_is_one_and_it_may),
        cmocka_unit_test(answers_through_the_one_that_was_rekeyed_still_count),
        cmocka_unit_test(they_count_when_the_one_in_between_is_gone),
        cmocka_unit_test(traffic_of_the_one_that_was_rekeyed_still_counts),
        cmocka_unit_test(nothing_else_that_was_rekeyed_counts),
        cmocka_unit_test(a_second_one_that_takes_over_goes_on_like_the_first),
        cmocka_unit_test(an_outstanding_probe_is_no_loss_of_a_second_one_that_takes_over),
        cmocka_unit_test(a_second_one_that_takes_over_begins_anew_when_the_first_is_gone),
        cmocka_unit_test(a_change_that_is_not_told_yet_is_told_of_a_second_one_too),
        cmocka_unit_test(one_that_takes_over_may_have_another_config_or_no_monitor),
        cmocka_unit_test(probes_begin_when_the_ike_sa_is_established),
        cmocka_unit_test(probes_end_when_the_ike_sa_is_deleted),
        cmocka_unit_test(a_child_sa_that_is_gone_has_no_monitor),
        cmocka_unit_test(when_the_ike_sa_is_rekeyed_monitors_go_on),
        cmocka_unit_test(one_that_rests_does_so_when_the_ike_sa_was_rekeyed_too),
        cmocka_unit_test(when_the_ike_sa_moves_to_another_endpoint_monitors_go_along),
        cmocka_unit_test(one_that_is_connecting_moves_with_its_monitors_too),
        cmocka_unit_test(traffic_of_the_future_of_the_one_that_was_rekeyed_is_replaced_by_the_present_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
