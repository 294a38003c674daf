/* SPDX-License-Identifier: ISC */
/* Promises of <ikelive/path.h> and <ikelive/sa.h> about reliable paths, connections such as TCP (RFC 9329): when a
 * request is sent, and when the peer is given up. */
#include "support/connected.h"
#include "support/peer.h"
#include "support/test.h"

static const struct ikl_schedule of_months = {{IKL_SCHEDULE_MAX_WAIT}, 1, 60, 0, 0};

static void for_months(struct ikl_sa_config *config)
{
    config->path.reliable = true;
    config->schedule = &of_months;
}

static void a_request_is_sent_once_and_given_up_at_the_total_of_the_schedule(void **state)
{
    struct host host;

    (void)state;
    connected_begin(&host, NULL, connected);
    connected_assert_down(&host, DOWN_AT, 1);
    assert_int_equal(host_count(&host, EVENT_ATTEMPT), 1);
    assert_int_equal(host_event(&host, EVENT_ATTEMPT, 0)->attempt.wait, TOTAL);
    host_clear(&host);
}

static void the_peer_is_suspect_when_it_would_be_without_a_stream(void **state)
{
    struct host host;

    (void)state;
    connected_begin(&host, NULL, connected);
    host_run_until(&host, 10000);
    assert_int_equal(host_count(&host, EVENT_REACHABILITY), 1);
    assert_int_equal(host_event(&host, EVENT_REACHABILITY, 0)->at, 6000);
    assert_int_equal(host_event(&host, EVENT_REACHABILITY, 0)->reachability.reachability, IKL_REACHABILITY_SUSPECT);
    host_clear(&host);
}

static void trims_and_sends_early(struct ikl_sa_config *config)
{
    connected(config);
    config->trim = config->round_trip_sends = true;
}

static void nothing_that_was_measured_shortens_a_wait_or_adds_a_send(void **state)
{
    struct host host;

    (void)state;
    connected_begin(&host, NULL, trims_and_sends_early);
    host_run_until(&host, 5000);
    host.now = 5020;
    assert_int_equal(answer(&host, 0), IKL_OK);
    assert_int_equal(host_info(&host).round_trip, 20);
    assert_true(host_info(&host).worst_detect == FIRST + TOTAL);
    host_forget(&host);
    connected_assert_down(&host, 5020 + FIRST + TOTAL, 1);
    host_clear(&host);
}

static const struct ikl_schedule jittered = {{1000, 2000, 4000}, 3, 3, 500, 0};

static void has_jitter(struct ikl_sa_config *config)
{
    connected(config);
    config->schedule = &jittered;
}

static void a_wait_of_months_is_told_as_the_longest_that_can_be(void **state)
{
    struct host host;

    (void)state;
    connected_begin(&host, NULL, for_months);
    host_run_until(&host, FIRST);
    assert_int_equal(host_event(&host, EVENT_ATTEMPT, 0)->attempt.wait, UINT32_MAX);
    host_clear(&host);
}

static void there_is_no_jitter(void **state)
{
    struct host host;

    (void)state;
    connected_begin(&host, NULL, has_jitter);
    host.random = 0x80;
    connected_assert_down(&host, FIRST + 7000, 1);
    host_clear(&host);
}

static void signs_of_life_send_nothing_and_keep_the_verdict_off_once(void **state)
{
    struct host host;

    (void)state;
    connected_begin(&host, NULL, connected);
    host_run_until(&host, FIRST);
    for (uint32_t id = 0; id < 30; id++) {
        host_run_until(&host, FIRST + 10000 * (id + 1));
        host_forget(&host);
        assert_int_equal(peer_send(&host, CONNECTED_SUITE, &(struct peer_message){.message_id = id}), IKL_OK);
        assert_int_equal(host_count(&host, EVENT_ATTEMPT), 0);
    }
    host_forget(&host);
    host_run_to_the_end(&host);
    assert_int_equal(host_count(&host, EVENT_SENT), 0);
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->at, FIRST + 300000 + TOTAL);
    assert_true(host_event(&host, EVENT_DOWN, 0)->down.heard_since_last_send);
    assert_int_equal(host_counters(&host).evidence_resends, 0);
    host_clear(&host);
}

static void no_verdict_falls_in_a_late_tick(void **state)
{
    struct host host;

    (void)state;
    connected_begin(&host, NULL, connected);
    host_run_until(&host, FIRST);
    host_advance(&host, DOWN_AT + 10000);
    assert_int_equal(host_count(&host, EVENT_DOWN), 0);
    assert_int_equal(host_counters(&host).late_ticks, 1);
    connected_assert_down(&host, DOWN_AT + 10000 + 64000, 1);
    host_clear(&host);
}

static void holds(struct ikl_endpoint_config *config)
{
    config->path_groups = 1;
    config->outage_after = 10000;
    config->outage_least = 1;
    config->outage_hold = 400000;
}

static void in_an_outage_of_the_uplink_the_verdict_is_held_without_a_send(void **state)
{
    struct host host;

    (void)state;
    connected_begin(&host, holds, connected);
    host_run_until(&host, DOWN_AT);
    assert_int_equal(host_count(&host, EVENT_DOWN), 0);
    assert_true(host_counters(&host).held > 0);
    host_run_to_the_end(&host);
    assert_int_equal(host_count(&host, EVENT_SENT), 1);
    assert_int_equal((host_event(&host, EVENT_DOWN, 0)->at - DOWN_AT) % 64000, 0);
    host_clear(&host);
}

static void the_hosts_word_that_the_network_is_back_sends_nothing_on_a_stream(void **state)
{
    struct host host;

    (void)state;
    connected_begin(&host, NULL, connected);
    (void)ask(&host, 1);
    assert_int_equal(ikl_sa_resend(host.sa, 0), IKL_OK);
    assert_int_equal(ikl_endpoint_resend(host.endpoint, 0, 0), IKL_OK);
    host_advance(&host, 500);
    assert_int_equal(host_count(&host, EVENT_SENT), 1);
    host_clear(&host);
}

static void a_blocked_send_leaves_when_the_connection_takes_it(void **state)
{
    struct host host;

    (void)state;
    connected_begin(&host, NULL, connected);
    host.send_result = IKL_ERR_BLOCKED;
    host_run_until(&host, FIRST + 500);
    assert_int_equal(host_count(&host, EVENT_ATTEMPT), 0);
    host.send_result = IKL_OK;
    host_forget(&host);
    assert_int_equal(ikl_endpoint_writable(host.endpoint, FIRST + 500), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_ATTEMPT), 1);
    connected_assert_down(&host, FIRST + 500 + TOTAL, 1);
    host_clear(&host);
}

static struct ikl_outstanding_request outstanding;
static uint8_t handed_over[HOST_MAX_DATAGRAM];

static void with_one_outstanding(struct ikl_sa_config *config)
{
    struct peer_message message = {.from_initiator = true};

    connected(config);
    config->ids.next_request = 1;
    test_sealed_before(config);
    outstanding = (struct ikl_outstanding_request){.attempt = 2, .deadline = 4000};
    outstanding.datagram = (struct ikl_octets){handed_over, peer_seal(&message, CONNECTED_SUITE, handed_over)};
    config->outstanding = &outstanding;
    config->n_outstanding = 1;
}

static void a_request_that_is_handed_over_goes_on_with_its_waits(void **state)
{
    struct host host;

    (void)state;
    connected_begin(&host, NULL, with_one_outstanding);
    host_run_to_the_end(&host);
    assert_int_equal(host_count(&host, EVENT_SENT), 0);
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->at, 4000 + TOTAL - 1000 - 2000 - 4000);
    host_clear(&host);
}

static void the_description_says_so(void **state)
{
    char text[4096];
    struct host host;

    (void)state;
    connected_begin(&host, NULL, connected);
    (void)ask(&host, 1);
    host_run_until(&host, 1500);
    assert_true(ikl_sa_describe(host.sa, 1500, text, sizeof(text)) > 0);
    assert_non_null(strstr(text, "on a stream\n"));
    assert_non_null(strstr(text, "INFORMATIONAL 0, step 1 of 9, next step in 1.500 s\n"));
    connected_again(&host, 1);
    assert_true(ikl_sa_describe(host.sa, 1500, text, sizeof(text)) > 0);
    assert_non_null(strstr(text, "next step in 1.500 s, sent 2 times in all\n"));
    host_clear(&host);
}

TESTS_OF(reliable)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_is_sent_once_and_given_up_at_the_total_of_the_schedule),
        cmocka_unit_test(the_peer_is_suspect_when_it_would_be_without_a_stream),
        cmocka_unit_test(nothing_that_was_measured_shortens_a_wait_or_adds_a_send),
        cmocka_unit_test(a_wait_of_months_is_told_as_the_longest_that_can_be),
        cmocka_unit_test(there_is_no_jitter),
        cmocka_unit_test(signs_of_life_send_nothing_and_keep_the_verdict_off_once),
        cmocka_unit_test(no_verdict_falls_in_a_late_tick),
        cmocka_unit_test(in_an_outage_of_the_uplink_the_verdict_is_held_without_a_send),
        cmocka_unit_test(the_hosts_word_that_the_network_is_back_sends_nothing_on_a_stream),
        cmocka_unit_test(a_blocked_send_leaves_when_the_connection_takes_it),
        cmocka_unit_test(a_request_that_is_handed_over_goes_on_with_its_waits),
        cmocka_unit_test(the_description_says_so),
    };

    return cmocka_run_group_tests_name("reliable", tests, NULL, NULL);
}
