/* SPDX-License-Identifier: ISC */
/* An IKE SA that is asked to measures how long its peer takes to answer liveness checks, and sends one that is overdue
 * again before its schedule does. */
#include "support/measured.h"
#include "support/peer.h"
#include "support/test.h"

static void with_round_trip_sends(struct ikl_sa_config *config)
{
    config->round_trip_sends = true;
}

static void what_liveness_checks_take_is_measured_and_told(void **state)
{
    struct ikl_sa_info info;
    struct host host;

    (void)state;
    measured_begin(&host, with_round_trip_sends);
    info = host_info(&host);
    assert_int_equal(info.round_trip_samples, 0);
    assert_int_equal(info.round_trip, 0);
    assert_int_equal(info.round_trip_last, 0);
    measured_answer_checks(&host, 40, 1);
    measured_answer_checks(&host, 80, 1);
    info = host_info(&host);
    assert_int_equal(info.round_trip_samples, 2);
    assert_int_equal(info.round_trip, 45);
    assert_int_equal(info.round_trip_deviation, 25);
    assert_int_equal(info.round_trip_largest, 80);
    assert_int_equal(info.round_trip_last, 80);
    measured_answer_checks(&host, 20, 1);
    assert_int_equal(host_info(&host).round_trip_last, 20);
    host_clear(&host);
}

/* On a schedule that waits so long before it sends again. */
static const struct ikl_schedule patient = {{60000}, 1, 2, 0, 0};

static void with_patience(struct ikl_sa_config *config)
{
    config->round_trip_sends = true;
    config->schedule = &patient;
}

static void the_latest_round_trip_stays_at_the_most_that_can_be_measured(void **state)
{
    struct host host;

    (void)state;
    measured_begin(&host, with_patience);
    measured_answer_checks(&host, IKL_ROUND_TRIP_MAX, 1);
    assert_int_equal(host_info(&host).round_trip_last, IKL_ROUND_TRIP_MAX);
    measured_answer_checks(&host, 50000, 1);
    assert_int_equal(host_info(&host).round_trip_last, IKL_ROUND_TRIP_MAX);
    host_clear(&host);
}

static void the_endpoint_counts_round_trips_by_how_long_they_took(void **state)
{
    static const ikl_time edges[] = {1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000};
    struct ikl_endpoint_counters counters;
    uint64_t ms = 50000;
    struct host host;

    (void)state;
    measured_begin(&host, with_patience);
    measured_answer_checks(&host, 50000, 1); /* so nothing is overdue soon, and sent twice */
    for (size_t i = 0; i < COUNT_OF(edges); i++) {
        measured_answer_checks(&host, edges[i], 1);
        measured_answer_checks(&host, edges[i] + 1, 1);
        ms += 2 * edges[i] + 1;
    }
    counters = host_counters(&host);
    for (size_t i = 0; i < IKL_ROUND_TRIP_CLASSES; i++) {
        /* its edge, and the ms after the edge before it */
        assert_int_equal(counters.round_trips[i], i == 0 ? 1 : 2);
    }
    assert_int_equal(counters.round_trips_ms, ms);
    host_clear(&host);
}

static void the_metrics_have_a_histogram_of_round_trips_whose_buckets_add_up(void **state)
{
    static char text[1 << 16];
    struct ikl_metrics_source source = {.name = "a"};
    struct host host;

    (void)state;
    measured_begin(&host, with_round_trip_sends);
    measured_answer_checks(&host, 40, 1);
    measured_answer_checks(&host, 50, 1);
    measured_answer_checks(&host, 1, 1);
    source.endpoint = host.endpoint;
    (void)ikl_metrics_text(&source, 1, text, sizeof(text));
    assert_non_null(strstr(text, "# TYPE ikelive_round_trip_seconds histogram\n"
                                 "# HELP ikelive_round_trip_seconds How long peers took to answer liveness checks that "
                                 "were sent once.\n"
                                 "# UNIT ikelive_round_trip_seconds seconds\n"
                                 "ikelive_round_trip_seconds_bucket{endpoint=\"a\",le=\"0.001\"} 1\n"
                                 "ikelive_round_trip_seconds_bucket{endpoint=\"a\",le=\"0.002\"} 1\n"
                                 "ikelive_round_trip_seconds_bucket{endpoint=\"a\",le=\"0.005\"} 1\n"
                                 "ikelive_round_trip_seconds_bucket{endpoint=\"a\",le=\"0.010\"} 1\n"
                                 "ikelive_round_trip_seconds_bucket{endpoint=\"a\",le=\"0.020\"} 1\n"
                                 "ikelive_round_trip_seconds_bucket{endpoint=\"a\",le=\"0.050\"} 3\n"
                                 "ikelive_round_trip_seconds_bucket{endpoint=\"a\",le=\"0.100\"} 3\n"
                                 "ikelive_round_trip_seconds_bucket{endpoint=\"a\",le=\"0.200\"} 3\n"
                                 "ikelive_round_trip_seconds_bucket{endpoint=\"a\",le=\"0.500\"} 3\n"
                                 "ikelive_round_trip_seconds_bucket{endpoint=\"a\",le=\"1.000\"} 3\n"
                                 "ikelive_round_trip_seconds_bucket{endpoint=\"a\",le=\"2.000\"} 3\n"
                                 "ikelive_round_trip_seconds_bucket{endpoint=\"a\",le=\"5.000\"} 3\n"
                                 "ikelive_round_trip_seconds_bucket{endpoint=\"a\",le=\"+Inf\"} 3\n"
                                 "ikelive_round_trip_seconds_count{endpoint=\"a\"} 3\n"
                                 "ikelive_round_trip_seconds_sum{endpoint=\"a\"} 0.091\n"));
    host_clear(&host);
}

static void nothing_is_measured_unless_the_config_asks_for_it(void **state)
{
    struct host host;

    (void)state;
    measured_begin(&host, NULL);
    measured_answer_checks(&host, 40, 3);
    assert_int_equal(host_info(&host).round_trip_samples, 0);
    assert_int_equal(host_info(&host).round_trip, 0);
    assert_int_equal(host_counters(&host).round_trips_ms, 0);
    (void)measured_to_check(&host);
    assert_int_equal(ikl_endpoint_next_deadline(host.endpoint), host.now + 1000);
    host_clear(&host);
}

/* An IKE SA that is to replace the host's; with another remote port when that is not 0. */
static struct ikl_sa *replacement_of(struct host *host, bool round_trip_sends, bool trim, uint16_t port)
{
    struct ikl_sa_config config;
    struct ikl_keys keys;
    struct ikl_sa *sa;

    test_sa_config(&config, &keys, measured_suite, true, 7);
    config.round_trip_sends = round_trip_sends;
    config.trim = trim;
    config.path.remote.port = port != 0 ? port : config.path.remote.port;
    assert_int_equal(ikl_sa_new(&sa, host->endpoint, &config, host->now), IKL_OK);
    return sa;
}

static struct ikl_sa_info info_of(const struct ikl_sa *sa)
{
    struct ikl_sa_info info = {.size = sizeof(info)};

    assert_int_equal(ikl_sa_query(sa, &info), IKL_OK);
    return info;
}

static void an_ike_sa_begins_with_the_round_trips_of_the_one_that_it_replaces(void **state)
{
    struct ikl_sa_info info;
    struct ikl_sa *heir;
    struct host host;
    char text[4096];

    (void)state;
    for (int trims = 0; trims < 2; trims++) {
        measured_begin(&host, with_round_trip_sends);
        measured_answer_checks(&host, 40, 1);
        measured_answer_checks(&host, 80, 1);
        heir = replacement_of(&host, trims == 0, trims != 0, 0);
        assert_int_equal(ikl_sa_replace(host.sa, heir, true, 10000, host.now), IKL_OK);
        info = info_of(heir);
        assert_int_equal(info.round_trip_samples, 2);
        assert_int_equal(info.round_trip, 45);
        assert_int_equal(info.round_trip_deviation, 25);
        assert_int_equal(info.round_trip_largest, 80);
        assert_int_equal(info.round_trip_last, 80);
        assert_true(info.round_trip_is_known);
        (void)ikl_sa_describe(heir, host.now, text, sizeof(text));
        assert_non_null(strstr(text, "0.045"));
        /* each was counted once */
        assert_int_equal(host_counters(&host).round_trips_ms, 120);
        host_clear(&host);
    }
}

static void the_first_check_of_a_replacement_is_sent_again_when_it_is_overdue(void **state)
{
    struct ikl_round_trip measured = {.samples = 0};
    struct ikl_sa *heir;
    struct host host;
    ikl_time sent;

    (void)state;
    measured_begin(&host, with_round_trip_sends);
    measured_answer_checks(&host, 40, 1);
    measured_answer_checks(&host, 80, 1);
    heir = replacement_of(&host, true, false, 0);
    assert_int_equal(ikl_sa_replace(host.sa, heir, false, 1000000, host.now), IKL_OK);
    (void)measured_to_check(&host);
    assert_ptr_equal(host_event(&host, EVENT_ATTEMPT, 0)->sa, heir);
    sent = host.now;
    host_forget(&host);
    host_advance(&host, ikl_endpoint_next_deadline(host.endpoint));
    ikl_round_trip_sample(&measured, 40);
    ikl_round_trip_sample(&measured, 80);
    assert_int_equal(host.now - sent, 2 * ikl_round_trip_timeout(&measured));
    assert_int_equal(host_event(&host, EVENT_ATTEMPT, 0)->attempt.cause, IKL_ATTEMPT_OVERDUE);
    host_clear(&host);
}

static void a_replacement_elsewhere_or_without_a_use_for_them_or_with_its_own_takes_no_round_trips(void **state)
{
    const struct peer_message answer = {.response = true, .sa = 7};
    struct ikl_sa *heir;
    struct host host;

    (void)state;
    measured_begin(&host, with_round_trip_sends);
    measured_answer_checks(&host, 40, 1);
    heir = replacement_of(&host, true, true, 4600);
    assert_int_equal(ikl_sa_replace(host.sa, heir, true, 10000, host.now), IKL_OK);
    assert_int_equal(info_of(heir).round_trip_samples, 0);
    assert_int_equal(info_of(heir).round_trip_last, 0);
    host_clear(&host);
    measured_begin(&host, with_round_trip_sends);
    measured_answer_checks(&host, 40, 1);
    heir = replacement_of(&host, false, false, 0);
    assert_int_equal(ikl_sa_replace(host.sa, heir, true, 10000, host.now), IKL_OK);
    assert_int_equal(info_of(heir).round_trip_samples, 0);
    host_clear(&host);
    measured_begin(&host, with_round_trip_sends);
    measured_answer_checks(&host, 40, 2);
    heir = replacement_of(&host, true, false, 0);
    assert_int_equal(ikl_sa_probe(heir, host.now), IKL_OK);
    host_advance(&host, host.now + 9);
    assert_int_equal(peer_send(&host, measured_suite, &answer), IKL_OK);
    assert_int_equal(ikl_sa_replace(host.sa, heir, true, 10000, host.now), IKL_OK);
    assert_int_equal(info_of(heir).round_trip_samples, 1);
    assert_int_equal(info_of(heir).round_trip_last, 9);
    host_clear(&host);
}

static void requests_of_the_host_are_no_samples_and_wait_for_their_schedule(void **state)
{
    struct ikl_request *request;
    struct host host;

    (void)state;
    measured_begin(&host, with_round_trip_sends);
    measured_answer_checks(&host, 20, 100);
    assert_int_equal(ikl_sa_request(host.sa, IKL_INFORMATIONAL, NULL, 0, NULL, host.now, &request), IKL_OK);
    assert_int_equal(ikl_endpoint_next_deadline(host.endpoint), host.now + 1000);
    host_advance(&host, host.now + 500);
    measured_answer(&host, 100);
    assert_int_equal(host_info(&host).round_trip_samples, 100);
    host_clear(&host);
}

/* After 20 ms a hundred times: the timeout counts as 50 ms. */
static void an_overdue_check_is_sent_again_and_the_verdict_stays_where_it_is(void **state)
{
    static const ikl_time after[] = {0, 100, 300, 1000, 3000, 7000, 15000, 31000, 63000, 127000, 191000, 255000};
    const struct event *first, *down;
    struct host host;
    ikl_time at;

    (void)state;
    measured_begin(&host, with_round_trip_sends);
    measured_answer_checks(&host, 20, 100);
    (void)measured_to_check(&host);
    at = host.now;
    assert_int_equal(host_info(&host).outstanding_deadline, at + 100);
    host_advance(&host, at + 99);
    assert_int_equal(host_info(&host).reachability, IKL_REACHABILITY_UP);
    host_advance(&host, at + 100);
    assert_int_equal(host_info(&host).reachability, IKL_REACHABILITY_SUSPECT);
    host_run_to_the_end(&host);
    first = host_event(&host, EVENT_SENT, 0);
    assert_int_equal(host_count(&host, EVENT_SENT), COUNT_OF(after));
    for (size_t i = 0; i < COUNT_OF(after); i++) {
        const struct event *sent = host_event(&host, EVENT_SENT, i);
        const struct ikl_attempt *attempt = &host_event(&host, EVENT_ATTEMPT, i)->attempt;

        assert_int_equal(sent->at, at + after[i]);
        assert_int_equal(sent->len, first->len);
        assert_memory_equal(sent->datagram, first->datagram, first->len);
        assert_int_equal(attempt->retransmission, i);
        assert_int_equal(attempt->cause, i == 1 || i == 2 ? IKL_ATTEMPT_OVERDUE : IKL_ATTEMPT_SCHEDULE);
    }
    assert_int_equal(host_event(&host, EVENT_ATTEMPT, 1)->attempt.wait, 900); /* to the schedule's next */
    down = host_event(&host, EVENT_DOWN, 0);
    assert_int_equal(down->at, at + 319000);
    assert_int_equal(down->down.sends, COUNT_OF(after));
    host_clear(&host);
}

static void an_answer_after_an_overdue_send_is_no_sample_and_the_peer_is_up_again(void **state)
{
    struct host host;
    uint32_t message_id;

    (void)state;
    measured_begin(&host, with_round_trip_sends);
    measured_answer_checks(&host, 20, 100);
    message_id = measured_to_check(&host);
    host_advance(&host, host.now + 100);
    assert_int_equal(host_info(&host).reachability, IKL_REACHABILITY_SUSPECT);
    host_advance(&host, host.now + 20);
    measured_answer(&host, message_id);
    assert_int_equal(host_info(&host).reachability, IKL_REACHABILITY_UP);
    assert_int_equal(host_info(&host).round_trip_samples, 100);
    assert_int_equal(host_info(&host).counters.retransmissions, 1);
    host_clear(&host);
}

/* A peer that took 20 ms takes 150 from now on: beyond the first send that is added. */
static void a_peer_that_became_slower_is_suspect_once_and_not_with_each_check(void **state)
{
    struct host host;
    uint32_t message_id;

    (void)state;
    measured_begin(&host, with_round_trip_sends);
    measured_answer_checks(&host, 20, 100);
    message_id = measured_to_check(&host);
    host_advance(&host, host.now + 100);
    assert_int_equal(host_info(&host).reachability, IKL_REACHABILITY_SUSPECT);
    host_advance(&host, host.now + 50);
    measured_answer(&host, message_id);
    for (int n = 0; n < 100; n++) {
        message_id = measured_to_check(&host);
        host_advance(&host, host.now + 150);
        assert_int_equal(host_info(&host).reachability, IKL_REACHABILITY_UP);
        measured_answer(&host, message_id);
    }
    assert_int_equal(host_info(&host).counters.retransmissions, 1);
    assert_in_range(host_info(&host).round_trip, 140, 150);
    host_clear(&host);
}

static void suspect_after_the_second(struct ikl_sa_config *config)
{
    config->round_trip_sends = true;
    config->suspect_after = 2;
}

static void overdue_sends_count_as_the_first_retransmission_for_suspect_after(void **state)
{
    struct host host;
    ikl_time at;

    (void)state;
    measured_begin(&host, suspect_after_the_second);
    measured_answer_checks(&host, 20, 100);
    (void)measured_to_check(&host);
    at = host.now;
    while (host.now < at + 1000) {
        host_advance(&host, ikl_endpoint_next_deadline(host.endpoint));
        assert_int_equal(host_info(&host).reachability, IKL_REACHABILITY_UP);
    }
    host_advance(&host, at + 3000);
    assert_int_equal(host_info(&host).reachability, IKL_REACHABILITY_SUSPECT);
    host_clear(&host);
}

static void one_a_second(struct ikl_endpoint_config *config)
{
    config->retransmissions_per_second = 1;
}

static void where_the_pace_has_no_turn_overdue_sends_are_left_out(void **state)
{
    struct host host;
    ikl_time at;

    (void)state;
    host_init(&host, "a", 0, one_a_second);
    host_sa(&host, measured_suite, true, 1, with_round_trip_sends);
    measured_answer_checks(&host, 20, 100);
    (void)measured_to_check(&host);
    at = host.now;
    host_advance(&host, at + 100); /* takes the turn of this second */
    assert_int_equal(host_count(&host, EVENT_SENT), 2);
    assert_int_equal(ikl_endpoint_next_deadline(host.endpoint), at + 300);
    host_advance(&host, at + 300);
    assert_int_equal(host_count(&host, EVENT_SENT), 2);
    assert_int_equal(ikl_endpoint_next_deadline(host.endpoint), at + 1000);
    host_clear(&host);
}

static void the_round_trip_and_why_a_check_was_sent_are_described(void **state)
{
    struct host host;
    char text[4096];

    (void)state;
    measured_begin(&host, with_round_trip_sends);
    (void)ikl_sa_describe(host.sa, 0, text, sizeof(text));
    assert_null(strstr(text, "round trip"));
    measured_answer_checks(&host, 40, 1);
    measured_answer_checks(&host, 80, 1);
    (void)ikl_sa_describe(host.sa, host.now, text, sizeof(text));
    assert_non_null(
        strstr(text, "\n  round trip          0.045 s, deviation 0.025 s, last 0.080 s, largest 0.080 s\n"));
    (void)measured_to_check(&host);
    host_advance(&host, ikl_endpoint_next_deadline(host.endpoint));
    (void)ikl_sa_history_text(host.sa, host.now, text, sizeof(text));
    assert_non_null(strstr(text, ", as the answer is overdue\n"));
    host_clear(&host);
}

TESTS_OF(round_trip_sends)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_liveness_checks_take_is_measured_and_told),
        cmocka_unit_test(an_ike_sa_begins_with_the_round_trips_of_the_one_that_it_replaces),
        cmocka_unit_test(the_first_check_of_a_replacement_is_sent_again_when_it_is_overdue),
        cmocka_unit_test(a_replacement_elsewhere_or_without_a_use_for_them_or_with_its_own_takes_no_round_trips),
        cmocka_unit_test(the_latest_round_trip_stays_at_the_most_that_can_be_measured),
        cmocka_unit_test(the_endpoint_counts_round_trips_by_how_long_they_took),
        cmocka_unit_test(the_metrics_have_a_histogram_of_round_trips_whose_buckets_add_up),
        cmocka_unit_test(nothing_is_measured_unless_the_config_asks_for_it),
        cmocka_unit_test(requests_of_the_host_are_no_samples_and_wait_for_their_schedule),
        cmocka_unit_test(an_overdue_check_is_sent_again_and_the_verdict_stays_where_it_is),
        cmocka_unit_test(an_answer_after_an_overdue_send_is_no_sample_and_the_peer_is_up_again),
        cmocka_unit_test(a_peer_that_became_slower_is_suspect_once_and_not_with_each_check),
        cmocka_unit_test(overdue_sends_count_as_the_first_retransmission_for_suspect_after),
        cmocka_unit_test(where_the_pace_has_no_turn_overdue_sends_are_left_out),
        cmocka_unit_test(the_round_trip_and_why_a_check_was_sent_are_described),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
