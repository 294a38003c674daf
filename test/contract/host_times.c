/* SPDX-License-Identifier: ISC */
/* Promises about the times that a host gives: those that are none, that are still to come, or that it takes back; and
 * what callbacks leave due. */
#include "support/asking.h"
#include "support/beginning.h"
#include "support/offer.h"
#include "support/peer.h"
#include "support/test.h"

#include "endpoint/pace.h"

static const char *const suite = "chacha20poly1305-prfsha256";

static const ikl_time hour = 3600000, year = UINT64_C(365) * 86400000;

static void one_ike_sa(struct host *host, endpoint_change on_endpoint, sa_change on_sa)
{
    host_init(host, "a", 1000, on_endpoint);
    host_sa(host, suite, true, 1, on_sa);
}

/* Nothing has happened but that it was counted. */
static void assert_refused(struct host *host, uint64_t n)
{
    assert_int_equal(host_counters(host).clock_refused, n);
    assert_int_equal(host->n_events, 0);
    assert_int_equal(ikl_endpoint_next_deadline(host->endpoint), 6000);
    assert_int_equal(ikl_sa_state(host->sa), IKL_SA_ESTABLISHED);
}

static void a_call_that_has_a_result_refuses_never_as_the_time_and_changes_nothing(void **state)
{
    struct ikl_inbound inbound = {.result = 77};
    struct ikl_request *out = NULL;
    struct ikl_sa_config config;
    struct ikl_keys keys;
    struct ikl_path path;
    struct ikl_sa *other;
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL, NULL);
    path = *ikl_sa_path(host.sa);
    path.remote.port++;
    test_sa_config(&config, &keys, suite, true, 1);
    assert_int_equal(ikl_endpoint_advance(host.endpoint, IKL_NEVER), IKL_ERR_INVALID);
    assert_int_equal(ikl_endpoint_receive(host.endpoint, &path, NULL, 0, IKL_NEVER), IKL_ERR_INVALID);
    assert_int_equal(ikl_endpoint_receive_batch(host.endpoint, &inbound, 1, IKL_NEVER), IKL_ERR_INVALID);
    assert_int_equal(inbound.result, 77);
    assert_int_equal(ikl_sa_new(&other, host.endpoint, &config, IKL_NEVER), IKL_ERR_INVALID);
    assert_int_equal(ikl_sa_probe(host.sa, IKL_NEVER), IKL_ERR_INVALID);
    assert_int_equal(ikl_sa_hint(host.sa, IKL_HINT_ICMP, IKL_NEVER), IKL_ERR_INVALID);
    assert_int_equal(ikl_sa_hint_mtu(host.sa, 600, IKL_NEVER), IKL_ERR_INVALID);
    assert_int_equal(ikl_sa_request(host.sa, IKL_INFORMATIONAL, NULL, 0, NULL, IKL_NEVER, &out), IKL_ERR_INVALID);
    assert_null(out);
    assert_int_equal(ikl_sa_set_path(host.sa, &path, IKL_NEVER), IKL_ERR_INVALID);
    assert_false(ikl_path_same(ikl_sa_path(host.sa), &path));
    assert_int_equal(ikl_sa_delete(host.sa, 1000, IKL_NEVER), IKL_ERR_INVALID);
    assert_int_equal(ikl_sa_delete_children(host.sa, host.children, 1, IKL_NEVER), IKL_ERR_INVALID);
    assert_refused(&host, 11);
    assert_int_equal(host_counters(&host).received, 0);
    assert_int_equal(ikl_sa_new(&other, host.endpoint, &config, 1000), IKL_OK);
    assert_int_equal(ikl_sa_replace(host.sa, other, true, 1000, IKL_NEVER), IKL_ERR_INVALID);
    assert_refused(&host, 12);
    host_clear(&host);
}

static void answering_refuses_never_as_the_time(void **state)
{
    static const uint8_t notify[] = {0, 0, 0, 8, 0, 0, 0x40, 0x00};
    struct peer_message request = {.first_payload = IKL_PAYLOAD_NOTIFY, .plaintext = {notify, sizeof(notify)}};
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL, NULL);
    assert_int_equal(peer_send(&host, suite, &request), IKL_OK);
    assert_int_equal(ikl_sa_respond(host.sa, 0, NULL, 0, IKL_NEVER), IKL_ERR_INVALID);
    assert_int_equal(host_count(&host, EVENT_SENT), 0);
    assert_int_equal(ikl_sa_respond(host.sa, 0, NULL, 0, 1000), IKL_OK);
    host_clear(&host);
}

static void beginning_refuses_never_as_the_time(void **state)
{
    struct ikl_keys keys;
    struct ikl_protection protection;
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host_begin(&host, NULL);
    (void)begin(&host, 1);
    host_forget(&host);
    protection = beginning_protection(&keys);
    assert_int_equal(ikl_sa_restart(host.sa, NULL, 0, IKL_NEVER), IKL_ERR_INVALID);
    assert_int_equal(ikl_sa_install_keys(host.sa, 0x2222222222220000u, &protection, IKL_NEVER), IKL_ERR_INVALID);
    assert_int_equal(host.n_events, 0);
    assert_int_equal(beginning_install(&host), IKL_OK);
    assert_int_equal(ikl_sa_established(host.sa, IKL_NEVER), IKL_ERR_INVALID);
    assert_int_equal(ikl_sa_state(host.sa), IKL_SA_CONNECTING);
    assert_int_equal(host_counters(&host).clock_refused, 3);
    host_clear(&host);
}

static void a_call_without_a_result_does_nothing_at_never_and_is_counted(void **state)
{
    struct ikl_request *request;
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL, NULL);
    request = ask(&host, 1);
    host_forget(&host);
    ikl_sa_close(host.sa, IKL_NEVER);
    ikl_sa_cancel(host.sa, request, IKL_NEVER);
    ikl_sa_peer_window(host.sa, 5, IKL_NEVER);
    assert_int_equal(host.n_events, 0);
    assert_int_equal(host_counters(&host).clock_refused, 3);
    assert_int_equal(ikl_sa_state(host.sa), IKL_SA_ESTABLISHED);
    (void)ask(&host, 2);
    assert_int_equal(host_info(&host).queued, 1); /* the window is as it was */
    host_clear(&host);
}

static void a_report_at_never_is_one_of_the_endpoints_present(void **state)
{
    char at_never[4096], at_present[4096];
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL, NULL);
    host_run_until(&host, 9000);
    (void)ikl_sa_describe(host.sa, IKL_NEVER, at_never, sizeof(at_never));
    (void)ikl_sa_describe(host.sa, 0, at_present, sizeof(at_present));
    assert_string_equal(at_never, at_present);
    (void)ikl_sa_history_text(host.sa, IKL_NEVER, at_never, sizeof(at_never));
    (void)ikl_sa_history_text(host.sa, 0, at_present, sizeof(at_present));
    assert_string_equal(at_never, at_present);
    host_clear(&host);
}

/* A loop that takes the next deadline, "none", for the time. */
static void an_endpoint_lives_on_after_never_was_taken_for_the_time(void **state)
{
    struct host host;

    (void)state;
    host_init(&host, "a", 1000, NULL);
    assert_int_equal(ikl_endpoint_advance(host.endpoint, ikl_endpoint_next_deadline(host.endpoint)), IKL_ERR_INVALID);
    host_sa(&host, suite, true, 1, NULL);
    host_run_to_the_end(&host);
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->at, 6000 + 319000);
    assert_int_equal(host_counters(&host).clock_backward, 0);
    host_clear(&host);
}

static void a_time_of_another_clock_hides_no_dead_peer(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL, NULL);
    ikl_child_heard(host.children[0], UINT64_C(1700000000000));
    ikl_child_heard(host.children[0], 1001);
    host_run_to_the_end(&host);
    assert_int_equal(host_event(&host, EVENT_ATTEMPT, 0)->at, 11000); /* looked at 6000 */
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->at, 11000 + 319000);
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->down.last_evidence, 6000);
    assert_int_equal(host_counters(&host).future_times, 1);
    host_clear(&host);
}

static ikl_time esp_heard, esp_sent;

static void last_esp(void *user, struct ikl_sa *sa, struct ikl_child *child, ikl_time *heard, ikl_time *sent)
{
    (void)user;
    (void)sa;
    (void)child;
    *heard = esp_heard;
    *sent = esp_sent;
}

static void pull(struct ikl_endpoint_config *config)
{
    config->callbacks.last_esp = last_esp;
}

static void a_time_in_the_future_that_last_esp_tells_is_the_present_of_each_look(void **state)
{
    struct host host;

    (void)state;
    esp_heard = IKL_NEVER - 1;
    esp_sent = IKL_NEVER;
    one_ike_sa(&host, pull, NULL);
    host_run_until(&host, 16000);
    assert_int_equal(host_counters(&host).future_times, 3); /* at 6, 11 and 16 s */
    assert_int_equal(host_count(&host, EVENT_ATTEMPT), 0);
    esp_heard = IKL_NEVER; /* the host has mended that */
    host_run_to_the_end(&host);
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->at, 21000 + 319000);
    host_clear(&host);
}

static void on_demand(struct ikl_sa_config *config)
{
    config->liveness = IKL_LIVENESS_ON_DEMAND;
}

static void what_was_sent_in_the_future_was_sent_at_the_look(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL, on_demand);
    ikl_sa_sent_esp(host.sa, 10 * hour);
    host_run_until(&host, 6000);
    assert_int_equal(host_count(&host, EVENT_ATTEMPT), 1);
    assert_int_equal(host_counters(&host).future_times, 1);
    assert_int_equal(peer_send(&host, suite, &(struct peer_message){.response = true}), IKL_OK);
    host_run_until(&host, hour); /* heard since: nothing is probed, although the host said that it sent in the future */
    assert_int_equal(host_count(&host, EVENT_ATTEMPT), 1);
    host_clear(&host);
}

static void behind_nat(struct ikl_sa_config *config)
{
    config->path.encapsulated = config->path.behind_nat = true;
    config->liveness = IKL_LIVENESS_OFF;
}

static void what_was_sent_in_the_future_saves_no_keepalive_after_the_look(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL, behind_nat);
    ikl_sa_sent_esp(host.sa, 10 * hour);
    host_run_until(&host, 61000);
    assert_in_range(host_counters(&host).keepalives_sent, 2, 3);
    assert_int_equal(host_counters(&host).future_times, 1);
    host_clear(&host);
}

static void a_request_that_comes_along_with_times_of_the_future_is_retransmitted_and_given_up(void **state)
{
    struct offer offer;
    struct host host;

    (void)state;
    host_init(&host, "a", 100000, NULL);
    offer_fill(&offer, suite);
    offer.outstanding[0].deadline = 100000 + 1000 * year; /* attempt 0: a wait of 1 s */
    offer.outstanding[1].first_sent = 100001;
    assert_int_equal(ikl_sa_new(&host.sa, host.endpoint, &offer.config, 100000), IKL_OK);
    assert_int_equal(host_counters(&host).future_times, 2);
    assert_int_equal(host_info(&host).outstanding_deadline, 101000);
    host_run_to_the_end(&host);
    assert_int_equal(host_count(&host, EVENT_DOWN), 1);
    host_clear(&host);
}

static void when_a_leap_ahead_is_taken_back_time_stands_still_and_is_counted_until_the_clock_has_caught_up(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL, NULL);
    host_advance(&host, 7000 + hour); /* believed */
    assert_int_equal(host_count(&host, EVENT_ATTEMPT), 1);
    for (ikl_time now = 7000; now < 7000 + hour; now += 1000) {
        assert_int_equal(ikl_endpoint_advance(host.endpoint, now), IKL_OK);
        assert_int_equal(host_counters(&host).clock_clamped, now - 7000);
    }
    host.now = 7000 + hour - 500;
    assert_int_equal(peer_send(&host, suite, &(struct peer_message){0}), IKL_OK); /* what arrives is answered */
    assert_int_equal(host_count(&host, EVENT_ATTEMPT), 1);
    host_advance(&host, 7000 + hour + 1000);
    assert_int_equal(host_count(&host, EVENT_ATTEMPT), 2);
    assert_int_equal(host_counters(&host).clock_clamped, hour);
    host_advance(&host, 7000 + 2 * hour);
    assert_int_equal(host_counters(&host).clock_clamped, hour);
    assert_int_equal(host_counters(&host).clock_backward, hour / 1000 + 1);
    host_clear(&host);
}

static void while_the_clock_is_behind_only_time_that_passes_is_counted(void **state)
{
    static const struct {
        ikl_time now;
        uint64_t backward, clamped;
    } steps[] = {{4000, 1, 0}, {3000, 2, 0}, {10000, 2, 7000}, {10000, 2, 7000}};
    struct host host;

    (void)state;
    host_init(&host, "a", 10000, NULL);
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        assert_int_equal(ikl_endpoint_advance(host.endpoint, steps[i].now), IKL_OK);
        assert_int_equal(host_counters(&host).clock_backward, steps[i].backward);
        assert_int_equal(host_counters(&host).clock_clamped, steps[i].clamped);
    }
    host_clear(&host);
}

/* What the callback does to another IKE SA, once. */
static struct ikl_sa *other;
static unsigned act;

static void do_act(struct ikl_sa *sa, ikl_time now)
{
    struct ikl_path path = *ikl_sa_path(sa);

    path.remote.port++;
    switch (act) {
    case 0:
        assert_int_equal(ikl_sa_delete(sa, 0, now), IKL_OK);
        break;
    case 1:
        ikl_sa_close(sa, now);
        break;
    case 2:
        assert_int_equal(ikl_sa_request(sa, IKL_INFORMATIONAL, NULL, 0, NULL, now, NULL), IKL_OK);
        break;
    case 3:
        assert_int_equal(ikl_sa_set_path(sa, &path, now), IKL_OK);
        break;
    case 4:
        ikl_sa_peer_window(sa, 3, now);
        break;
    case 5:
        ikl_sa_free(sa);
        break;
    default:
        (void)!ikl_sa_probe(sa, now);
        break;
    }
}

enum { ACTS = 7 };

static int act_once(struct host *host, struct event *event)
{
    struct ikl_sa *sa = other;

    if (event->kind != EVENT_ATTEMPT) {
        return IKL_OK;
    }
    other = NULL;
    if (sa != NULL) {
        do_act(sa, host->now);
    }
    return IKL_OK;
}

static void send_batch(void *user, struct ikl_outbound *datagrams, size_t n)
{
    (void)user;
    (void)datagrams;
    (void)n;
}

static void in_batches(struct ikl_endpoint_config *config)
{
    config->send_batch = 16;
    config->callbacks.send_batch = send_batch;
}

static void whatever_callbacks_do_in_an_advance_the_next_deadline_is_after_it(void **state)
{
    (void)state;
    for (act = 0; act < ACTS; act++) {
        for (int batch = 0; batch < 2; batch++) {
            for (int outstanding = 0; outstanding < 2; outstanding++) {
                struct ikl_sa_config config;
                struct ikl_keys keys;
                struct ikl_sa *sa;
                struct host host;

                other = NULL;
                one_ike_sa(&host, batch ? in_batches : NULL, NULL);
                test_sa_config(&config, &keys, suite, true, 1);
                config.idle = 100000;
                assert_int_equal(ikl_sa_new(&sa, host.endpoint, &config, 1000), IKL_OK);
                if (outstanding) {
                    assert_int_equal(ikl_sa_request(sa, IKL_INFORMATIONAL, NULL, 0, NULL, 5900, NULL), IKL_OK);
                }
                other = sa;
                host.on_event = act_once;
                host_advance(&host, 6000); /* which looks at the next deadline */
                assert_null(other);
                host_clear(&host);
            }
        }
    }
}

static void repeated_requests_are_answered_however_old_the_ike_sa_is(void **state)
{
    static const ikl_time round = UINT64_C(429496729600); /* the count of intervals goes round its 32 bits */
    const ikl_time ages[] = {0,
                             round - 4100, /* a burst is used up as long before it as it takes to earn another */
                             round - 4000,
                             round - 6500, /* and across it */
                             round - 6100,
                             round - 9900,
                             round - 2700, /* when it has just gone round */
                             round - 1000,
                             round,
                             round + 12345,
                             2 * round - 6500,
                             IKL_NEVER / 2,
                             IKL_NEVER - 20000};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(ages); i++) {
        struct host host;

        host_init(&host, "a", 0, NULL);
        host_sa(&host, suite, true, 0, NULL);
        assert_int_equal(peer_send(&host, suite, &(struct peer_message){0}), IKL_OK);
        assert_int_equal(peer_send(&host, suite, &(struct peer_message){0}), IKL_OK); /* the limit is in use */
        host.now = ages[i];
        for (int time = 0; time < 3; time++) {
            host.now += 3000; /* a burst has been earned anew */
            for (int n = 0; n < 10; n++) {
                assert_int_equal(peer_send(&host, suite, &(struct peer_message){0}), IKL_OK);
            }
            assert_int_equal(peer_send(&host, suite, &(struct peer_message){0}), IKL_ERR_RATE);
        }
        host_clear(&host);
    }
}

static void the_pace_of_an_endpoint_holds_at_any_time(void **state)
{
    static const ikl_time times[] = {
        0, 1, UINT64_C(1) << 32, IKL_NEVER / 2000 - 5, IKL_NEVER / 1000, IKL_NEVER - 100000};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(times); i++) {
        struct ikl_pace pace = ikl_pace(300);

        for (ikl_time n = 0; n < 1000; n++) {
            assert_true(ikl_pace_turn(&pace, times[i]) == times[i] + n * 3333 / 1000);
        }
        assert_false(ikl_pace_is_free(&pace, times[i] + 3332));
        assert_true(ikl_pace_is_free(&pace, times[i] + 3333));
        assert_true(ikl_pace_turn(&pace, times[i] + 50000) == times[i] + 50000);
    }
}

static void at_the_last_time_the_pace_lets_everybody_go(void **state)
{
    struct ikl_pace pace = ikl_pace(1);

    (void)state;
    for (int n = 0; n < 10; n++) {
        assert_true(ikl_pace_turn(&pace, IKL_NEVER - 1) == IKL_NEVER - 1);
    }
}

TESTS_OF(host_times)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_that_has_a_result_refuses_never_as_the_time_and_changes_nothing),
        cmocka_unit_test(answering_refuses_never_as_the_time),
        cmocka_unit_test(beginning_refuses_never_as_the_time),
        cmocka_unit_test(a_call_without_a_result_does_nothing_at_never_and_is_counted),
        cmocka_unit_test(a_report_at_never_is_one_of_the_endpoints_present),
        cmocka_unit_test(an_endpoint_lives_on_after_never_was_taken_for_the_time),
        cmocka_unit_test(a_time_of_another_clock_hides_no_dead_peer),
        cmocka_unit_test(a_time_in_the_future_that_last_esp_tells_is_the_present_of_each_look),
        cmocka_unit_test(what_was_sent_in_the_future_was_sent_at_the_look),
        cmocka_unit_test(what_was_sent_in_the_future_saves_no_keepalive_after_the_look),
        cmocka_unit_test(a_request_that_comes_along_with_times_of_the_future_is_retransmitted_and_given_up),
        cmocka_unit_test(while_the_clock_is_behind_only_time_that_passes_is_counted),
        cmocka_unit_test(
            when_a_leap_ahead_is_taken_back_time_stands_still_and_is_counted_until_the_clock_has_caught_up),
        cmocka_unit_test(whatever_callbacks_do_in_an_advance_the_next_deadline_is_after_it),
        cmocka_unit_test(repeated_requests_are_answered_however_old_the_ike_sa_is),
        cmocka_unit_test(the_pace_of_an_endpoint_holds_at_any_time),
        cmocka_unit_test(at_the_last_time_the_pace_lets_everybody_go),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
