/* SPDX-License-Identifier: ISC */
/* Promises about what a host changes of an IKE SA that lives. */
#include "support/asking.h"
#include "support/host.h"
#include "support/peer.h"
#include "support/test.h"
#include "support/test_allocator.h"

static const char *const suite = "chacha20poly1305-prfsha256";
static const struct ikl_schedule slow = {.waits = {30000}, .n_waits = 1, .tries = 3};
static const struct ikl_schedule two = {.waits = {500, 700}, .n_waits = 2, .tries = 2};
static const struct ikl_schedule empty = {.n_waits = 0};

static void one_ike_sa(struct host *host, sa_change change)
{
    host_init(host, "a", 0, NULL);
    host_sa(host, suite, true, 0, change);
}

static void set_liveness(struct host *host, enum ikl_liveness_policy policy, uint32_t idle, uint32_t at_least)
{
    assert_int_equal(ikl_sa_set_liveness(host->sa, policy, idle, at_least, host->now), IKL_OK);
}

static void assert_next(const struct host *host, ikl_time deadline)
{
    assert_true(ikl_endpoint_next_deadline(host->endpoint) == deadline);
}

static void another_policy_counts_from_the_latest_sign_of_life(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    host_run_until(&host, 1000);
    set_liveness(&host, IKL_LIVENESS_PERIODIC, 2000, 0);
    assert_next(&host, 2000);
    set_liveness(&host, IKL_LIVENESS_OFF, 2000, 0);
    assert_next(&host, IKL_NEVER);
    set_liveness(&host, IKL_LIVENESS_PERIODIC, IKL_IDLE_OFF, 0);
    assert_next(&host, IKL_NEVER);
    set_liveness(&host, IKL_LIVENESS_PERIODIC, 0, 0); /* the endpoint's */
    assert_next(&host, 5000);
    host_run_until(&host, 4999);
    assert_int_equal(host_counters(&host).probes, 0);
    host_run_until(&host, 5000);
    assert_int_equal(host_counters(&host).probes, 1);
    host_clear(&host);
}

static void an_interval_that_is_over_has_the_check_go_out_with_the_next_advance(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    host_run_until(&host, 3000);
    set_liveness(&host, IKL_LIVENESS_PERIODIC, 1000, 0);
    assert_int_equal(host_counters(&host).probes, 0);
    host_advance(&host, 3000);
    assert_int_equal(host_counters(&host).probes, 1);
    host_clear(&host);
}

static void off_is_an_idle_time_of_the_ike_sas_config_too(void **state)
{
    struct ikl_sa_config config;
    struct ikl_keys keys;
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    test_sa_config(&config, &keys, suite, true, 0);
    config.idle = IKL_IDLE_OFF;
    assert_int_equal(ikl_sa_new(&host.sa, host.endpoint, &config, 0), IKL_OK);
    assert_next(&host, IKL_NEVER);
    host_clear(&host);
}

static void off_and_spread(struct ikl_endpoint_config *config)
{
    config->idle = IKL_IDLE_OFF;
    config->idle_spread = 900;
}

static void off_is_an_idle_time_of_the_endpoints_config_too_and_is_not_spread(void **state)
{
    struct host host;

    (void)state;
    host_init(&host, "a", 0, off_and_spread);
    host_sa(&host, suite, true, 0, NULL);
    assert_next(&host, IKL_NEVER);
    host_clear(&host);
}

static int largest_number(void *user, uint8_t *out, size_t len)
{
    (void)user;
    memset(out, 0xff, len);
    return IKL_OK;
}

static void half_of_a_million(struct ikl_endpoint_config *config)
{
    config->callbacks.random = largest_number;
    config->idle = 1000000;
    config->idle_spread = 500;
}

static void the_spread_takes_off_less_than_its_share_of_the_idle_time(void **state)
{
    struct host host;

    (void)state;
    host_init(&host, "a", 0, half_of_a_million);
    host_sa(&host, suite, true, 0, NULL);
    assert_next(&host, 500001);
    host_clear(&host);
}

static void on_demand_at_least(struct ikl_sa_config *config)
{
    config->liveness = IKL_LIVENESS_ON_DEMAND;
    config->at_least = 20000;
}

static void on_demand_but_at_least_so_often_a_check_goes_out_though_nothing_was_sent(void **state)
{
    struct pair pair;

    (void)state;
    pair_init(&pair, suite, 1, NULL, on_demand_at_least);
    pair_run(&pair, 19999, 0);
    assert_int_equal(host_counters(&pair.a).probes, 0);
    pair_run(&pair, 20000, 0);
    assert_int_equal(host_counters(&pair.a).probes, 1);
    assert_int_equal(host_count(&pair.a, EVENT_ALIVE), 1);
    pair_run(&pair, 59999, 0);
    assert_int_equal(host_counters(&pair.a).probes, 2);
    set_liveness(&pair.a, IKL_LIVENESS_ON_DEMAND, 0, 0);
    pair_run(&pair, 200000, 0);
    assert_int_equal(host_counters(&pair.a).probes, 2);
    pair_clear(&pair);
}

static void another_policy_keeps_the_request_that_is_outstanding(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    host_run_until(&host, 7000);
    set_liveness(&host, IKL_LIVENESS_OFF, 0, 0);
    assert_next(&host, 8000);
    set_liveness(&host, IKL_LIVENESS_PERIODIC, 1, 0);
    assert_next(&host, 8000);
    host_run_to_the_end(&host);
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->at, 324000);
    assert_int_equal(host_count(&host, EVENT_ATTEMPT), 10);
    host_clear(&host);
}

static struct test_allocator allocator;

static void with_allocator(struct ikl_endpoint_config *config)
{
    config->allocator = &allocator.allocator;
}

static void on_demand_may_need_memory_and_changes_nothing_without(void **state)
{
    struct host host;

    (void)state;
    test_allocator_init(&allocator);
    host_init(&host, "a", 0, with_allocator);
    host_sa(&host, suite, true, 0, NULL);
    test_allocator_fail(&allocator, 1);
    assert_int_equal(ikl_sa_set_liveness(host.sa, IKL_LIVENESS_ON_DEMAND, 700, 0, 0), IKL_ERR_NO_MEMORY);
    assert_next(&host, 5000);
    ikl_sa_sent_esp(host.sa, 10); /* is not kept */
    set_liveness(&host, IKL_LIVENESS_ON_DEMAND, 700, 0);
    host_run_until(&host, 700);
    assert_int_equal(host_counters(&host).probes, 0);
    ikl_sa_sent_esp(host.sa, 800);
    host_run_until(&host, 1400);
    assert_int_equal(host_counters(&host).probes, 1);
    host_clear(&host);
    assert_int_equal(allocator.outstanding, 0);
}

static void what_is_no_policy_or_no_time_is_refused(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    assert_int_equal(ikl_sa_set_liveness(host.sa, (enum ikl_liveness_policy)3, 100, 0, 0), IKL_ERR_INVALID);
    assert_int_equal(ikl_sa_set_liveness(host.sa, IKL_LIVENESS_PERIODIC, 100, 0, IKL_NEVER), IKL_ERR_INVALID);
    assert_next(&host, 5000);
    host_clear(&host);
}

static void an_ike_sa_that_is_gone_takes_no_policy_and_no_schedule(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    ikl_sa_close(host.sa, 0);
    assert_int_equal(ikl_sa_set_liveness(host.sa, IKL_LIVENESS_PERIODIC, 100, 0, 0), IKL_ERR_STATE);
    assert_int_equal(ikl_sa_set_schedule(host.sa, &slow), IKL_ERR_STATE);
    host_clear(&host);
}

static void another_schedule_counts_from_the_next_send_of_what_is_outstanding(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    host_run_until(&host, 5500);
    assert_int_equal(ikl_sa_set_schedule(host.sa, &slow), IKL_OK);
    assert_next(&host, 6000);
    host_run_until(&host, 6000);
    assert_int_equal(host_last(&host, EVENT_ATTEMPT)->attempt.wait, 30000);
    assert_next(&host, 36000);
    assert_int_equal(ikl_sa_set_schedule(host.sa, NULL), IKL_OK); /* the endpoint's */
    host_run_until(&host, 36000);
    assert_int_equal(host_last(&host, EVENT_ATTEMPT)->attempt.wait, 4000);
    host_clear(&host);
}

static void a_schedule_that_has_no_try_left_gives_up_at_the_end_of_the_wait(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    host_run_until(&host, 13000); /* sent at 5, 6, 8 and 12 s */
    assert_int_equal(ikl_sa_set_schedule(host.sa, &two), IKL_OK);
    host_run_to_the_end(&host);
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->at, 20000);
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->down.sends, 4);
    host_clear(&host);
}

static void another_schedule_is_for_queued_requests_and_those_to_come_too(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    (void)ask(&host, 1);
    (void)ask(&host, 2); /* queued: the window is 1 */
    assert_int_equal(ikl_sa_set_schedule(host.sa, &slow), IKL_OK);
    assert_int_equal(answer(&host, 0), IKL_OK);
    assert_int_equal(host_last(&host, EVENT_ATTEMPT)->attempt.wait, 30000);
    assert_int_equal(answer(&host, 1), IKL_OK);
    (void)ask(&host, 3);
    assert_int_equal(host_last(&host, EVENT_ATTEMPT)->attempt.wait, 30000);
    host_clear(&host);
}

static void a_request_with_a_schedule_of_its_own_keeps_it(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    assert_int_equal(asking_try(&host, &(struct asking){.mark = 1, .schedule = &two}, NULL), IKL_OK);
    assert_int_equal(ikl_sa_set_schedule(host.sa, &slow), IKL_OK);
    host_run_until(&host, 500);
    assert_int_equal(host_last(&host, EVENT_ATTEMPT)->attempt.wait, 700);
    host_clear(&host);
}

/* Which schedule that is plays no part. */
static void a_request_keeps_a_schedule_of_its_own_that_is_the_ike_sas_too(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    assert_int_equal(asking_try(&host, &(struct asking){.mark = 1, .schedule = ikl_schedule_default()}, NULL), IKL_OK);
    assert_int_equal(ikl_sa_set_schedule(host.sa, &slow), IKL_OK);
    host_run_until(&host, 1000);
    assert_int_equal(host_last(&host, EVENT_ATTEMPT)->attempt.wait, 2000);
    host_clear(&host);
}

static void what_is_no_schedule_is_refused(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    assert_int_equal(ikl_sa_set_schedule(host.sa, &empty), IKL_ERR_INVALID);
    host_run_until(&host, 5000);
    assert_int_equal(host_last(&host, EVENT_ATTEMPT)->attempt.wait, 1000);
    host_clear(&host);
}

static int change_while_sending(struct host *host, struct event *event)
{
    if (event->kind == EVENT_SENT) {
        assert_int_equal(ikl_sa_set_schedule(host->sa, &slow), IKL_ERR_REENTRANT);
        assert_int_equal(ikl_sa_set_liveness(host->sa, IKL_LIVENESS_OFF, 0, 0, host->now), IKL_ERR_REENTRANT);
        assert_int_equal(ikl_sa_resend(host->sa, host->now), IKL_ERR_REENTRANT);
        assert_int_equal(ikl_endpoint_resend(host->endpoint, IKL_EVERY_PATH_GROUP, host->now), IKL_ERR_REENTRANT);
    }
    return IKL_OK;
}

static void while_the_library_decides_nothing_can_be_changed(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    host.on_event = change_while_sending;
    host_run_until(&host, 6000);
    host.on_event = NULL;
    assert_int_equal(host_count(&host, EVENT_ATTEMPT), 2);
    assert_next(&host, 8000);
    host_clear(&host);
}

/* A fresh request of the peer's from another port. */
static void hear_from(struct host *host, uint32_t message_id, uint16_t port)
{
    struct ikl_path path = *ikl_sa_path(host->sa);
    uint8_t datagram[HOST_MAX_DATAGRAM];
    size_t len = peer_seal(&(struct peer_message){.message_id = message_id}, suite, datagram);

    path.remote.port = port;
    assert_int_equal(ikl_endpoint_receive(host->endpoint, &path, datagram, len, host->now), IKL_OK);
}

static void the_peer_is_followed_from_the_next_message_on_or_no_more(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    hear_from(&host, 0, 4501);
    assert_int_not_equal(ikl_sa_path(host.sa)->remote.port, 4501);
    ikl_sa_set_follow_peer(host.sa, true);
    hear_from(&host, 1, 4502);
    assert_int_equal(ikl_sa_path(host.sa)->remote.port, 4502);
    ikl_sa_set_follow_peer(host.sa, false);
    hear_from(&host, 2, 4503);
    assert_int_equal(ikl_sa_path(host.sa)->remote.port, 4502);
    ikl_sa_close(host.sa, 0);
    ikl_sa_set_follow_peer(host.sa, true); /* in any state */
    host_clear(&host);
}

static void labels_can_be_changed_in_any_state_and_taken_away(void **state)
{
    const struct ikl_sa_labels labels = {.size = sizeof(labels), .gateway = "north"}, wrong = {.size = 1};
    struct host host;
    char text[2048];

    (void)state;
    one_ike_sa(&host, NULL);
    assert_int_equal(ikl_sa_set_labels(host.sa, &labels), IKL_OK);
    assert_int_equal(ikl_sa_set_labels(host.sa, &wrong), IKL_ERR_INVALID);
    assert_true(ikl_sa_describe(host.sa, 0, text, sizeof(text)) > 0);
    assert_non_null(strstr(text, "north"));
    ikl_sa_close(host.sa, 0);
    assert_int_equal(ikl_sa_set_labels(host.sa, NULL), IKL_OK);
    assert_true(ikl_sa_describe(host.sa, 0, text, sizeof(text)) > 0);
    assert_null(strstr(text, "north"));
    host_clear(&host);
}

TESTS_OF(settings)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(another_policy_counts_from_the_latest_sign_of_life),
        cmocka_unit_test(an_interval_that_is_over_has_the_check_go_out_with_the_next_advance),
        cmocka_unit_test(off_is_an_idle_time_of_the_ike_sas_config_too),
        cmocka_unit_test(off_is_an_idle_time_of_the_endpoints_config_too_and_is_not_spread),
        cmocka_unit_test(the_spread_takes_off_less_than_its_share_of_the_idle_time),
        cmocka_unit_test(on_demand_but_at_least_so_often_a_check_goes_out_though_nothing_was_sent),
        cmocka_unit_test(another_policy_keeps_the_request_that_is_outstanding),
        cmocka_unit_test(on_demand_may_need_memory_and_changes_nothing_without),
        cmocka_unit_test(what_is_no_policy_or_no_time_is_refused),
        cmocka_unit_test(an_ike_sa_that_is_gone_takes_no_policy_and_no_schedule),
        cmocka_unit_test(another_schedule_counts_from_the_next_send_of_what_is_outstanding),
        cmocka_unit_test(a_schedule_that_has_no_try_left_gives_up_at_the_end_of_the_wait),
        cmocka_unit_test(another_schedule_is_for_queued_requests_and_those_to_come_too),
        cmocka_unit_test(a_request_with_a_schedule_of_its_own_keeps_it),
        cmocka_unit_test(a_request_keeps_a_schedule_of_its_own_that_is_the_ike_sas_too),
        cmocka_unit_test(what_is_no_schedule_is_refused),
        cmocka_unit_test(while_the_library_decides_nothing_can_be_changed),
        cmocka_unit_test(the_peer_is_followed_from_the_next_message_on_or_no_more),
        cmocka_unit_test(labels_can_be_changed_in_any_state_and_taken_away),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
