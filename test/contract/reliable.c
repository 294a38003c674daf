/* SPDX-License-Identifier: ISC */
/* Promises of <ikelive/path.h> and <ikelive/sa.h> about reliable paths: connections such as TCP (RFC 9329). */
#include "support/asking.h"
#include "support/host.h"
#include "support/peer.h"
#include "support/test.h"

static const char *const suite = ASKING_SUITE;

enum { FIRST = 5000, TOTAL = 319000, DOWN_AT = FIRST + TOTAL, LONG = 3000 };

static void on_a_stream(struct ikl_sa_config *config)
{
    config->path.reliable = true;
    config->protection.fragmentation = true;
    config->roaming = true;
}

static void one_ike_sa(struct host *host, endpoint_change on_endpoint, sa_change change)
{
    host_init(host, "a", 0, on_endpoint);
    host_sa(host, suite, true, 1, change);
}

static const struct ikl_schedule of_months = {{IKL_SCHEDULE_MAX_WAIT}, 1, 60, 0, 0};

static void for_months(struct ikl_sa_config *config)
{
    config->path.reliable = true;
    config->schedule = &of_months;
}

/* From deadline to deadline up to `until`. */
static void run(struct host *host, ikl_time until)
{
    while (ikl_endpoint_next_deadline(host->endpoint) <= until) {
        host_advance(host, ikl_endpoint_next_deadline(host->endpoint));
    }
    host->now = until;
}

/* The path of the IKE SA over another connection, or over UDP. */
static struct ikl_path another(const struct host *host, uint16_t tag, bool reliable)
{
    struct ikl_path path = *ikl_sa_path(host->sa);

    path.tag = tag;
    path.reliable = reliable;
    return path;
}

static void reconnect(struct host *host, uint16_t tag)
{
    struct ikl_path path = another(host, tag, true);

    assert_int_equal(ikl_sa_reconnected(host->sa, &path, host->now), IKL_OK);
}

static void assert_down(struct host *host, ikl_time at, uint32_t sends)
{
    host_run_to_the_end(host);
    assert_int_equal(host_count(host, EVENT_DOWN), 1);
    assert_int_equal(host_event(host, EVENT_DOWN, 0)->at, at);
    assert_int_equal(host_event(host, EVENT_DOWN, 0)->down.reason, IKL_DOWN_TIMEOUT);
    assert_int_equal(host_event(host, EVENT_DOWN, 0)->down.sends, sends);
    assert_int_equal(host_count(host, EVENT_SENT), sends);
}

static void a_request_is_sent_once_and_given_up_at_the_total_of_the_schedule(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL, on_a_stream);
    assert_down(&host, DOWN_AT, 1);
    assert_int_equal(host_count(&host, EVENT_ATTEMPT), 1);
    assert_int_equal(host_event(&host, EVENT_ATTEMPT, 0)->attempt.wait, TOTAL);
    host_clear(&host);
}

static void the_peer_is_suspect_when_it_would_be_without_a_stream(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL, on_a_stream);
    run(&host, 10000);
    assert_int_equal(host_count(&host, EVENT_REACHABILITY), 1);
    assert_int_equal(host_event(&host, EVENT_REACHABILITY, 0)->at, 6000);
    assert_int_equal(host_event(&host, EVENT_REACHABILITY, 0)->reachability.reachability, IKL_REACHABILITY_SUSPECT);
    host_clear(&host);
}

static void trims_and_sends_early(struct ikl_sa_config *config)
{
    on_a_stream(config);
    config->trim = config->round_trip_sends = true;
}

static void nothing_that_was_measured_shortens_a_wait_or_adds_a_send(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL, trims_and_sends_early);
    run(&host, 5000);
    host.now = 5020;
    assert_int_equal(answer(&host, 0), IKL_OK);
    assert_int_equal(host_info(&host).round_trip, 20);
    assert_true(host_info(&host).worst_detect == FIRST + TOTAL);
    host_forget(&host);
    assert_down(&host, 5020 + FIRST + TOTAL, 1);
    host_clear(&host);
}

static const struct ikl_schedule jittered = {{1000, 2000, 4000}, 3, 3, 500, 0};

static void has_jitter(struct ikl_sa_config *config)
{
    on_a_stream(config);
    config->schedule = &jittered;
}

static void a_wait_of_months_is_told_as_the_longest_that_can_be(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL, for_months);
    run(&host, FIRST);
    assert_int_equal(host_event(&host, EVENT_ATTEMPT, 0)->attempt.wait, UINT32_MAX);
    host_clear(&host);
}

static void there_is_no_jitter(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL, has_jitter);
    host.random = 0x80;
    assert_down(&host, FIRST + 7000, 1);
    host_clear(&host);
}

static void a_connection_that_is_lost_is_no_verdict_and_what_is_outstanding_goes_out_once_on_the_next(void **state)
{
    struct event *attempt;
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL, on_a_stream);
    host.send_result = IKL_ERR_STATE;
    run(&host, 200000);
    assert_int_equal(host_count(&host, EVENT_DOWN), 0);
    host.send_result = IKL_OK;
    host_forget(&host);
    reconnect(&host, 1);
    assert_int_equal(host_count(&host, EVENT_SENT), 1);
    assert_int_equal(host_event(&host, EVENT_SENT, 0)->path.tag, 1);
    attempt = host_event(&host, EVENT_ATTEMPT, 0);
    assert_int_equal(attempt->attempt.cause, IKL_ATTEMPT_RECONNECTED);
    assert_int_equal(attempt->attempt.retransmission, 1);
    assert_int_equal(attempt->attempt.wait, DOWN_AT - 200000);
    host_run_to_the_end(&host);
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->at, DOWN_AT);
    assert_int_equal(host_count(&host, EVENT_SENT), 1);
    host_clear(&host);
}

static void what_goes_out_on_the_next_connection_is_the_same_octets(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL, on_a_stream);
    (void)ask(&host, 7);
    reconnect(&host, 1);
    assert_int_equal(host_count(&host, EVENT_SENT), 2);
    assert_memory_equal(host_event(&host, EVENT_SENT, 1)->datagram, host_event(&host, EVENT_SENT, 0)->datagram,
                        host_event(&host, EVENT_SENT, 0)->len);
    host_clear(&host);
}

static void a_reconnection_just_before_the_verdict_leaves_time_for_an_answer(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL, on_a_stream);
    run(&host, DOWN_AT - 1);
    reconnect(&host, 1);
    assert_down(&host, DOWN_AT - 1 + 1000, 2);
    host_clear(&host);
}

static void reconnections_on_and_on_put_the_verdict_off_three_times_at_most(void **state)
{
    struct host host;
    uint32_t sends = 1;

    (void)state;
    one_ike_sa(&host, NULL, on_a_stream);
    run(&host, FIRST);
    for (ikl_time now = FIRST + 500; host_count(&host, EVENT_DOWN) == 0; now += 500, sends++) {
        reconnect(&host, 1);
        run(&host, now);
    }
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->down.sends, sends);
    assert_true(host_event(&host, EVENT_DOWN, 0)->at >= DOWN_AT);
    assert_true(host_event(&host, EVENT_DOWN, 0)->at <= DOWN_AT + 3 * 1000);
    host_clear(&host);
}

static void a_reconnection_is_counted_and_is_in_the_history(void **state)
{
    struct ikl_event events[8];
    char text[4096];
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL, on_a_stream);
    (void)ask(&host, 7);
    reconnect(&host, 1);
    assert_int_equal(host_counters(&host).reconnections, 1);
    assert_true(ikl_sa_history(host.sa, events, COUNT_OF(events)) >= 3);
    assert_int_equal(events[1].kind, IKL_EVENT_RECONNECTED);
    assert_true(ikl_sa_history_text(host.sa, 0, text, sizeof(text)) > 0);
    assert_non_null(strstr(text, "reconnected\n"));
    assert_non_null(strstr(text, "retransmitted, Message ID 0, number 1, as the path is there again\n"));
    host_clear(&host);
}

static void what_cannot_be_reconnected_is_refused(void **state)
{
    struct ikl_path path, wrong;
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL, on_a_stream);
    path = another(&host, 1, true);
    wrong = path;
    wrong.local.family = 5;
    assert_int_equal(ikl_sa_reconnected(host.sa, &wrong, 0), IKL_ERR_INVALID);
    wrong = another(&host, 1, false);
    assert_int_equal(ikl_sa_reconnected(host.sa, &wrong, 0), IKL_ERR_INVALID);
    assert_int_equal(ikl_sa_reconnected(host.sa, &path, IKL_NEVER), IKL_ERR_INVALID);
    assert_int_equal(ikl_sa_set_path(host.sa, &wrong, 0), IKL_OK);
    assert_int_equal(ikl_sa_reconnected(host.sa, &path, 0), IKL_ERR_INVALID);
    ikl_sa_close(host.sa, 0);
    assert_int_equal(ikl_sa_reconnected(host.sa, &path, 0), IKL_ERR_STATE);
    assert_int_equal(host_counters(&host).reconnections, 0);
    host_clear(&host);
}

static void window_of_2(struct ikl_sa_config *config)
{
    on_a_stream(config);
    config->ids.peer_window = 2;
}

/* Inside the first attempt of Message ID 1 that of 2 is not told yet. */
static int ask_and_reconnect(struct host *host, struct event *event)
{
    if (event->kind == EVENT_ALIVE) {
        (void)ask(host, 1);
        (void)ask(host, 2);
    } else if (event->kind == EVENT_ATTEMPT && event->attempt.message_id == 1 && event->attempt.retransmission == 0) {
        reconnect(host, 1);
    }
    return IKL_OK;
}

static void a_request_whose_attempt_is_not_told_yet_goes_out_when_its_wait_ends(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL, window_of_2);
    (void)ask(&host, 0);
    host.on_event = ask_and_reconnect;
    assert_int_equal(answer(&host, 0), IKL_OK);
    host.on_event = NULL;
    assert_int_equal(host_count(&host, EVENT_SENT), 4); /* 0, 1, 2, and 1 once more */
    run(&host, 1000);
    assert_int_equal(host_count(&host, EVENT_SENT), 5);
    assert_int_equal(host_last(&host, EVENT_ATTEMPT)->attempt.message_id, 2);
    assert_int_equal(host_last(&host, EVENT_SENT)->path.tag, 1);
    host_clear(&host);
}

static void signs_of_life_send_nothing_and_keep_the_verdict_off_once(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL, on_a_stream);
    run(&host, FIRST);
    for (uint32_t id = 0; id < 30; id++) {
        run(&host, FIRST + 10000 * (id + 1));
        host_forget(&host);
        assert_int_equal(peer_send(&host, suite, &(struct peer_message){.message_id = id}), IKL_OK);
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
    one_ike_sa(&host, NULL, on_a_stream);
    run(&host, FIRST);
    host_advance(&host, DOWN_AT + 10000);
    assert_int_equal(host_count(&host, EVENT_DOWN), 0);
    assert_int_equal(host_counters(&host).late_ticks, 1);
    assert_down(&host, DOWN_AT + 10000 + 64000, 1);
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
    one_ike_sa(&host, holds, on_a_stream);
    run(&host, DOWN_AT);
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
    one_ike_sa(&host, NULL, on_a_stream);
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
    one_ike_sa(&host, NULL, on_a_stream);
    host.send_result = IKL_ERR_BLOCKED;
    run(&host, FIRST + 500);
    assert_int_equal(host_count(&host, EVENT_ATTEMPT), 0);
    host.send_result = IKL_OK;
    host_forget(&host);
    assert_int_equal(ikl_endpoint_writable(host.endpoint, FIRST + 500), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_ATTEMPT), 1);
    assert_down(&host, FIRST + 500 + TOTAL, 1);
    host_clear(&host);
}

static void nothing_is_fragmented(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL, on_a_stream);
    assert_int_equal(asking_try(&host, &(struct asking){.mark = 5, .len = LONG}, NULL), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_SENT), 1);
    assert_true(host_event(&host, EVENT_SENT, 0)->len > LONG);
    host_clear(&host);
}

static void small_messages(struct ikl_endpoint_config *config)
{
    config->max_message = 1500;
}

/* Around the payloads come header, SK payload, IV, pad length and tag: less than 60 octets. */
static void not_even_what_the_endpoint_makes_no_larger(void **state)
{
    struct host host;
    uint32_t n = 0;
    int result;

    (void)state;
    one_ike_sa(&host, small_messages, on_a_stream);
    while ((result = asking_try(&host, &(struct asking){.mark = 5, .len = 1400 + n}, NULL)) == IKL_OK) {
        assert_int_equal(answer(&host, n), IKL_OK);
        n++;
    }
    assert_int_equal(result, IKL_ERR_INVALID);
    assert_true(n > 30 && n < 60);
    for (size_t i = 0; i < host_count(&host, EVENT_SENT); i++) {
        assert_int_equal(host_event(&host, EVENT_SENT, i)->datagram[16], IKL_PAYLOAD_SK);
    }
    host_clear(&host);
}

static void the_network_cannot_narrow_it(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL, on_a_stream);
    assert_int_equal(ikl_sa_hint_mtu(host.sa, 600, 0), IKL_ERR_INVALID);
    host_clear(&host);
}

static void the_longest_message_is_what_a_length_field_says(void **state)
{
    struct ikl_path path = {.reliable = true, .mtu = 600};

    (void)state;
    assert_int_equal(ikl_path_max_message(&path), 65533);
    path.encapsulated = true;
    assert_int_equal(ikl_path_max_message(&path), 65529);
}

static void a_stream_is_another_path_than_udp_between_the_same_ports(void **state)
{
    struct ikl_path stream = {.reliable = true}, udp = {.reliable = false};

    (void)state;
    assert_false(ikl_path_same(&stream, &udp));
    udp.reliable = true;
    assert_true(ikl_path_same(&stream, &udp));
}

static void behind_a_nat(struct ikl_sa_config *config)
{
    on_a_stream(config);
    config->liveness = IKL_LIVENESS_OFF;
    config->path.behind_nat = config->path.encapsulated = true;
}

static void there_are_no_nat_keepalives(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL, behind_a_nat);
    run(&host, 100000);
    assert_int_equal(host_count(&host, EVENT_SENT), 0);
    host_clear(&host);
}

static void marked(struct ikl_sa_config *config)
{
    on_a_stream(config);
    config->path.encapsulated = true;
}

static void a_nat_keepalive_that_comes_is_no_sign_of_life(void **state)
{
    static const uint8_t keepalive[] = {0xff};
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL, marked);
    run(&host, 4000);
    assert_int_equal(ikl_endpoint_receive(host.endpoint, ikl_sa_path(host.sa), keepalive, 1, 4000), IKL_ERR_KEEPALIVE);
    assert_down(&host, DOWN_AT, 1);
    host_clear(&host);
}

static void our_response_is_sent_once_and_again_when_the_peer_repeats_its_request_on_the_next_connection(void **state)
{
    uint8_t datagram[HOST_MAX_DATAGRAM];
    struct ikl_path path;
    struct host host;
    size_t len;

    (void)state;
    one_ike_sa(&host, NULL, on_a_stream);
    len = peer_seal(&(struct peer_message){0}, suite, datagram);
    assert_int_equal(ikl_endpoint_receive(host.endpoint, ikl_sa_path(host.sa), datagram, len, 0), IKL_OK);
    run(&host, 4000);
    assert_int_equal(host_count(&host, EVENT_SENT), 1);
    path = another(&host, 1, true);
    assert_int_equal(ikl_endpoint_receive(host.endpoint, &path, datagram, len, 4000), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_SENT), 2);
    assert_int_equal(host_event(&host, EVENT_SENT, 1)->path.tag, 1);
    assert_memory_equal(host_event(&host, EVENT_SENT, 0)->datagram, host_event(&host, EVENT_SENT, 1)->datagram,
                        host_event(&host, EVENT_SENT, 0)->len);
    host_clear(&host);
}

static void follows(struct ikl_sa_config *config)
{
    on_a_stream(config);
    config->follow_peer = true;
}

/* A fresh request of the peer's over a connection. */
static void hear_over(struct host *host, uint16_t tag, uint32_t message_id)
{
    uint8_t datagram[HOST_MAX_DATAGRAM];
    struct ikl_path path = another(host, tag, true);
    size_t len = peer_seal(&(struct peer_message){.message_id = message_id}, suite, datagram);

    assert_int_equal(ikl_endpoint_receive(host->endpoint, &path, datagram, len, host->now), IKL_OK);
}

static void what_is_outstanding_follows_the_peer_to_each_connection_that_it_opens(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL, follows);
    run(&host, FIRST);
    for (uint16_t n = 1; n <= 10; n++) {
        run(&host, FIRST + 100u * n);
        host_forget(&host);
        hear_over(&host, n, n - 1u);
        assert_int_equal(host_count(&host, EVENT_ATTEMPT), 1);
        assert_int_equal(host_last(&host, EVENT_SENT)->path.tag, n);
    }
    host_run_to_the_end(&host);
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->at, DOWN_AT); /* nothing was heard after the last send */
    host_clear(&host);
}

static void moves_from_udp_to_a_stream_and_back_are_new_chances_each_with_the_rules_of_its_path(void **state)
{
    struct ikl_path path;
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL, NULL);
    run(&host, 7000);
    assert_int_equal(host_count(&host, EVENT_SENT), 2);
    path = another(&host, 1, true);
    assert_int_equal(ikl_sa_set_path(host.sa, &path, 7000), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_SENT), 3);
    assert_true(host_last(&host, EVENT_SENT)->path.reliable);
    run(&host, 100000);
    assert_int_equal(host_count(&host, EVENT_SENT), 3);
    path = another(&host, 2, false);
    assert_int_equal(ikl_sa_set_path(host.sa, &path, 100000), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_SENT), 4);
    assert_down(&host, 100000 + TOTAL, 3 + 10);
    host_clear(&host);
}

static int move_on_and_on(struct host *host, struct event *event)
{
    struct ikl_path path = another(host, (uint16_t)(ikl_sa_path(host->sa)->tag + 1), true);

    if (event->kind == EVENT_ATTEMPT) {
        assert_int_equal(ikl_sa_set_path(host->sa, &path, host->now), IKL_OK);
    }
    return IKL_OK;
}

static void after_too_many_moves_in_one_call_a_request_goes_out_when_its_wait_ends(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL, on_a_stream);
    host.on_event = move_on_and_on;
    (void)ask(&host, 1);
    host.on_event = NULL;
    assert_int_equal(host_count(&host, EVENT_SENT), 5);
    run(&host, 1000);
    assert_int_equal(host_count(&host, EVENT_SENT), 6);
    assert_int_equal(host_last(&host, EVENT_SENT)->path.tag, ikl_sa_path(host.sa)->tag);
    host_clear(&host);
}

static struct ikl_outstanding_request outstanding;
static uint8_t handed_over[HOST_MAX_DATAGRAM];

static void with_one_outstanding(struct ikl_sa_config *config)
{
    struct peer_message message = {.from_initiator = true};

    on_a_stream(config);
    config->ids.next_request = 1;
    test_sealed_before(config);
    outstanding = (struct ikl_outstanding_request){.attempt = 2, .deadline = 4000};
    outstanding.datagram = (struct ikl_octets){handed_over, peer_seal(&message, suite, handed_over)};
    config->outstanding = &outstanding;
    config->n_outstanding = 1;
}

static void a_request_that_is_handed_over_goes_on_with_its_waits(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL, with_one_outstanding);
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
    one_ike_sa(&host, NULL, on_a_stream);
    (void)ask(&host, 1);
    run(&host, 1500);
    assert_true(ikl_sa_describe(host.sa, 1500, text, sizeof(text)) > 0);
    assert_non_null(strstr(text, "on a stream\n"));
    assert_non_null(strstr(text, "INFORMATIONAL 0, step 1 of 9, next step in 1.500 s\n"));
    reconnect(&host, 1);
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
        cmocka_unit_test(a_connection_that_is_lost_is_no_verdict_and_what_is_outstanding_goes_out_once_on_the_next),
        cmocka_unit_test(what_goes_out_on_the_next_connection_is_the_same_octets),
        cmocka_unit_test(a_reconnection_just_before_the_verdict_leaves_time_for_an_answer),
        cmocka_unit_test(reconnections_on_and_on_put_the_verdict_off_three_times_at_most),
        cmocka_unit_test(a_reconnection_is_counted_and_is_in_the_history),
        cmocka_unit_test(what_cannot_be_reconnected_is_refused),
        cmocka_unit_test(a_request_whose_attempt_is_not_told_yet_goes_out_when_its_wait_ends),
        cmocka_unit_test(signs_of_life_send_nothing_and_keep_the_verdict_off_once),
        cmocka_unit_test(no_verdict_falls_in_a_late_tick),
        cmocka_unit_test(in_an_outage_of_the_uplink_the_verdict_is_held_without_a_send),
        cmocka_unit_test(the_hosts_word_that_the_network_is_back_sends_nothing_on_a_stream),
        cmocka_unit_test(a_blocked_send_leaves_when_the_connection_takes_it),
        cmocka_unit_test(nothing_is_fragmented),
        cmocka_unit_test(not_even_what_the_endpoint_makes_no_larger),
        cmocka_unit_test(the_network_cannot_narrow_it),
        cmocka_unit_test(the_longest_message_is_what_a_length_field_says),
        cmocka_unit_test(a_stream_is_another_path_than_udp_between_the_same_ports),
        cmocka_unit_test(there_are_no_nat_keepalives),
        cmocka_unit_test(a_nat_keepalive_that_comes_is_no_sign_of_life),
        cmocka_unit_test(our_response_is_sent_once_and_again_when_the_peer_repeats_its_request_on_the_next_connection),
        cmocka_unit_test(what_is_outstanding_follows_the_peer_to_each_connection_that_it_opens),
        cmocka_unit_test(moves_from_udp_to_a_stream_and_back_are_new_chances_each_with_the_rules_of_its_path),
        cmocka_unit_test(after_too_many_moves_in_one_call_a_request_goes_out_when_its_wait_ends),
        cmocka_unit_test(a_request_that_is_handed_over_goes_on_with_its_waits),
        cmocka_unit_test(the_description_says_so),
    };

    return cmocka_run_group_tests_name("reliable", tests, NULL, NULL);
}
