/* SPDX-License-Identifier: ISC */
/* An IKE SA that is asked to trims the last wait of its liveness checks by the round trips that it has measured. */
#include "support/measured.h"
#include "support/peer.h"
#include "support/test.h"

enum { LISTED = 64000 };

static void trimmed(struct ikl_sa_config *config)
{
    config->trim = true;
}

/* From the first send of a request to its tenth, with which the last wait begins. */
static const struct ikl_attempt *to_last_wait(struct host *host)
{
    while (host_count(host, EVENT_ATTEMPT) < 10) {
        host_advance(host, ikl_endpoint_next_deadline(host->endpoint));
    }
    return &host_event(host, EVENT_ATTEMPT, 9)->attempt;
}

static void a_silent_peer_is_given_up_sooner_and_all_that_is_told_says_so(void **state)
{
    static char text[8192];
    struct host host;
    ikl_time at;

    (void)state;
    measured_begin(&host, trimmed);
    assert_int_equal(host_info(&host).worst_detect, 324000);
    (void)ikl_sa_describe(host.sa, 0, text, sizeof(text));
    assert_non_null(strstr(text, "periodic, idle 5.000 s, 10 tries in 319.000 s\n"));
    measured_answer_checks(&host, 200, 3);
    assert_true(host_info(&host).round_trip_is_known);
    assert_int_equal(host_info(&host).round_trip_samples, 3);
    assert_int_equal(host_info(&host).worst_detect, 5000 + 255000 + 1600);
    (void)ikl_sa_describe(host.sa, host.now, text, sizeof(text));
    assert_non_null(strstr(text, "periodic, idle 5.000 s, 10 tries in 256.600 s, last wait trimmed\n"));
    (void)measured_to_check(&host);
    at = host.now;
    assert_int_equal(to_last_wait(&host)->wait, 1600);
    (void)ikl_sa_history_text(host.sa, host.now, text, sizeof(text));
    assert_non_null(strstr(text, ": last wait trimmed, Message ID 3, as answers took 200 ms at most\n"));
    host_run_to_the_end(&host);
    assert_int_equal(host_count(&host, EVENT_SENT), 10);
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->at, at + 256600);
    host_clear(&host);
}

static void without_being_asked_it_waits_as_listed_and_measures_nothing(void **state)
{
    static char text[8192];
    struct host host;

    (void)state;
    measured_begin(&host, NULL);
    measured_answer_checks(&host, 20, 3);
    assert_false(host_info(&host).round_trip_is_known);
    assert_int_equal(host_info(&host).worst_detect, 324000);
    (void)measured_to_check(&host);
    assert_int_equal(to_last_wait(&host)->wait, LISTED);
    (void)ikl_sa_history_text(host.sa, host.now, text, sizeof(text));
    assert_null(strstr(text, "trimmed"));
    host_clear(&host);
}

static void the_last_wait_stays_as_listed_until_the_path_was_measured(void **state)
{
    static char text[8192];
    struct ikl_path path;
    struct host host;
    uint32_t message_id;

    (void)state;
    measured_begin(&host, trimmed);
    (void)measured_to_check(&host);
    assert_int_equal(to_last_wait(&host)->wait, LISTED);
    (void)ikl_sa_history_text(host.sa, host.now, text, sizeof(text));
    assert_null(strstr(text, "trimmed"));
    measured_answer(&host, 0); /* which is no sample */
    measured_answer_checks(&host, 20, 3);
    message_id = measured_to_check(&host);
    assert_int_equal(to_last_wait(&host)->wait, 1000);
    measured_answer(&host, message_id);
    assert_false(host_info(&host).round_trip_is_known);
    message_id = measured_to_check(&host);
    assert_int_equal(to_last_wait(&host)->wait, LISTED);
    measured_answer(&host, message_id);
    measured_answer_checks(&host, 20, 1);
    assert_true(host_info(&host).round_trip_is_known);
    path = *ikl_sa_path(host.sa);
    path.tag++;
    assert_int_equal(ikl_sa_set_path(host.sa, &path, host.now), IKL_OK);
    assert_false(host_info(&host).round_trip_is_known);
    assert_int_equal(host_info(&host).round_trip_last, 20);
    (void)measured_to_check(&host);
    assert_int_equal(to_last_wait(&host)->wait, LISTED);
    host_clear(&host);
}

static void trimmed_and_followed(struct ikl_sa_config *config)
{
    trimmed(config);
    config->follow_peer = true;
}

static void where_the_peer_is_followed_to_was_not_measured_either(void **state)
{
    uint8_t datagram[HOST_MAX_DATAGRAM];
    struct ikl_path path;
    struct host host;
    size_t len;

    (void)state;
    measured_begin(&host, trimmed_and_followed);
    measured_answer_checks(&host, 20, 1);
    assert_true(host_info(&host).round_trip_is_known);
    path = *ikl_sa_path(host.sa);
    path.remote.port++;
    len = peer_seal(&(struct peer_message){0}, measured_suite, datagram);
    assert_int_equal(ikl_endpoint_receive(host.endpoint, &path, datagram, len, host.now), IKL_OK);
    assert_true(ikl_path_same(ikl_sa_path(host.sa), &path));
    assert_false(host_info(&host).round_trip_is_known);
    host_clear(&host);
}

static void requests_of_the_host_wait_as_listed(void **state)
{
    struct host host;

    (void)state;
    measured_begin(&host, trimmed);
    measured_answer_checks(&host, 20, 3);
    host_forget(&host);
    assert_int_equal(ikl_sa_request(host.sa, IKL_INFORMATIONAL, NULL, 0, NULL, host.now, NULL), IKL_OK);
    assert_int_equal(to_last_wait(&host)->wait, LISTED);
    host_clear(&host);
}

static void our_delete_waits_as_listed(void **state)
{
    struct host host;

    (void)state;
    measured_begin(&host, trimmed);
    measured_answer_checks(&host, 20, 3);
    host_forget(&host);
    assert_int_equal(ikl_sa_delete(host.sa, 400000, host.now), IKL_OK);
    assert_int_equal(to_last_wait(&host)->wait, LISTED);
    host_clear(&host);
}

static void after_a_late_tick_a_verdict_waits_as_listed(void **state)
{
    static char text[8192];
    struct host host;

    (void)state;
    /* in place of the verdict */
    measured_begin(&host, trimmed);
    measured_answer_checks(&host, 20, 3);
    (void)measured_to_check(&host);
    (void)to_last_wait(&host);
    host_advance(&host, host.now + 1000 + 5000);
    assert_int_equal(host_count(&host, EVENT_DOWN), 0);
    assert_int_equal(host_event(&host, EVENT_ATTEMPT, 10)->attempt.wait, LISTED);
    host_clear(&host);
    /* the tick that begins the last wait */
    measured_begin(&host, trimmed);
    measured_answer_checks(&host, 20, 3);
    (void)measured_to_check(&host);
    while (host_count(&host, EVENT_ATTEMPT) < 9) {
        host_advance(&host, ikl_endpoint_next_deadline(host.endpoint));
    }
    host_advance(&host, ikl_endpoint_next_deadline(host.endpoint) + 5000);
    assert_int_equal(host_event(&host, EVENT_ATTEMPT, 9)->attempt.wait, LISTED);
    (void)ikl_sa_history_text(host.sa, host.now, text, sizeof(text));
    assert_null(strstr(text, "trimmed"));
    host_clear(&host);
}

static void a_peer_that_is_heard_in_the_trimmed_wait_is_asked_once_more(void **state)
{
    struct host host;
    ikl_time at;

    (void)state;
    measured_begin(&host, trimmed);
    measured_answer_checks(&host, 20, 3);
    (void)measured_to_check(&host);
    (void)to_last_wait(&host);
    ikl_child_heard(host.children[0], host.now + 500);
    at = host.now + 500;
    host_run_to_the_end(&host);
    /* a second run from then on, as long as the first */
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->at, at + 256000);
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->down.sends, 20);
    host_clear(&host);
}

static struct ikl_schedule parting; /* panos-7.0 with a parting send */

static void with_parting_send(struct ikl_sa_config *config)
{
    config->schedule = &parting;
}

static void a_parting_send_goes_out_1_s_before_the_same_verdict_and_a_late_tick_waits_as_listed(void **state)
{
    struct host host;
    ikl_time at;

    (void)state;
    assert_int_equal(ikl_schedule_with_parting_send(&parting, ikl_schedule_default()), IKL_OK);
    measured_begin(&host, with_parting_send);
    assert_int_equal(host_info(&host).worst_detect, 324000);
    (void)measured_to_check(&host);
    at = host.now;
    host_run_to_the_end(&host);
    assert_int_equal(host_count(&host, EVENT_SENT), 11);
    assert_int_equal(host_event(&host, EVENT_SENT, 10)->at, at + 318000);
    assert_int_equal(host_event(&host, EVENT_ATTEMPT, 10)->attempt.wait, 1000);
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->at, at + 319000);
    host_clear(&host);
    measured_begin(&host, with_parting_send);
    (void)measured_to_check(&host);
    (void)to_last_wait(&host); /* but one */
    host_advance(&host, ikl_endpoint_next_deadline(host.endpoint) + 5000);
    assert_int_equal(host_event(&host, EVENT_ATTEMPT, 10)->attempt.wait, LISTED);
    host_clear(&host);
}

static void on_demand(struct ikl_sa_config *config)
{
    config->liveness = IKL_LIVENESS_ON_DEMAND;
    config->trim = true;
}

static void the_worst_case_is_that_of_the_periodic_policy(void **state)
{
    struct host host;

    (void)state;
    measured_begin(&host, on_demand);
    assert_true(host_info(&host).worst_detect == IKL_NEVER);
    assert_int_equal(ikl_sa_set_liveness(host.sa, IKL_LIVENESS_PERIODIC, 7000, 0, 0), IKL_OK);
    assert_int_equal(host_info(&host).worst_detect, 326000);
    assert_int_equal(ikl_sa_set_liveness(host.sa, IKL_LIVENESS_PERIODIC, IKL_IDLE_OFF, 0, 0), IKL_OK);
    assert_true(host_info(&host).worst_detect == IKL_NEVER);
    host_clear(&host);
}

TESTS_OF(trim)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_silent_peer_is_given_up_sooner_and_all_that_is_told_says_so),
        cmocka_unit_test(without_being_asked_it_waits_as_listed_and_measures_nothing),
        cmocka_unit_test(the_last_wait_stays_as_listed_until_the_path_was_measured),
        cmocka_unit_test(where_the_peer_is_followed_to_was_not_measured_either),
        cmocka_unit_test(requests_of_the_host_wait_as_listed),
        cmocka_unit_test(our_delete_waits_as_listed),
        cmocka_unit_test(after_a_late_tick_a_verdict_waits_as_listed),
        cmocka_unit_test(a_peer_that_is_heard_in_the_trimmed_wait_is_asked_once_more),
        cmocka_unit_test(a_parting_send_goes_out_1_s_before_the_same_verdict_and_a_late_tick_waits_as_listed),
        cmocka_unit_test(the_worst_case_is_that_of_the_periodic_policy),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
