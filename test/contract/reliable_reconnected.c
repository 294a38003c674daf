/* SPDX-License-Identifier: ISC */
/* Promises of <ikelive/path.h> and <ikelive/sa.h> about reliable paths, connections such as TCP (RFC 9329): another
 * connection takes the place of one. */
#include "support/connected.h"
#include "support/peer.h"
#include "support/test.h"

static void a_connection_that_is_lost_is_no_verdict_and_what_is_outstanding_goes_out_once_on_the_next(void **state)
{
    struct event *attempt;
    struct host host;

    (void)state;
    connected_begin(&host, NULL, connected);
    host.send_result = IKL_ERR_STATE;
    host_run_until(&host, 200000);
    assert_int_equal(host_count(&host, EVENT_DOWN), 0);
    host.send_result = IKL_OK;
    host_forget(&host);
    connected_again(&host, 1);
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
    connected_begin(&host, NULL, connected);
    (void)ask(&host, 7);
    connected_again(&host, 1);
    assert_int_equal(host_count(&host, EVENT_SENT), 2);
    assert_memory_equal(host_event(&host, EVENT_SENT, 1)->datagram, host_event(&host, EVENT_SENT, 0)->datagram,
                        host_event(&host, EVENT_SENT, 0)->len);
    host_clear(&host);
}

static void a_reconnection_just_before_the_verdict_leaves_time_for_an_answer(void **state)
{
    struct host host;

    (void)state;
    connected_begin(&host, NULL, connected);
    host_run_until(&host, DOWN_AT - 1);
    connected_again(&host, 1);
    connected_assert_down(&host, DOWN_AT - 1 + 1000, 2);
    host_clear(&host);
}

static void reconnections_on_and_on_put_the_verdict_off_three_times_at_most(void **state)
{
    struct host host;
    uint32_t sends = 1;

    (void)state;
    connected_begin(&host, NULL, connected);
    host_run_until(&host, FIRST);
    for (ikl_time now = FIRST + 500; host_count(&host, EVENT_DOWN) == 0; now += 500, sends++) {
        connected_again(&host, 1);
        host_run_until(&host, now);
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
    connected_begin(&host, NULL, connected);
    (void)ask(&host, 7);
    connected_again(&host, 1);
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
    connected_begin(&host, NULL, connected);
    path = connected_path(&host, 1, true);
    wrong = path;
    wrong.local.family = 5;
    assert_int_equal(ikl_sa_reconnected(host.sa, &wrong, 0), IKL_ERR_INVALID);
    wrong = connected_path(&host, 1, false);
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
    connected(config);
    config->ids.peer_window = 2;
}

/* Inside the first attempt of Message ID 1 that of 2 is not told yet. */
static int ask_and_reconnect(struct host *host, struct event *event)
{
    if (event->kind == EVENT_ALIVE) {
        (void)ask(host, 1);
        (void)ask(host, 2);
    } else if (event->kind == EVENT_ATTEMPT && event->attempt.message_id == 1 && event->attempt.retransmission == 0) {
        connected_again(host, 1);
    }
    return IKL_OK;
}

static void a_request_whose_attempt_is_not_told_yet_goes_out_when_its_wait_ends(void **state)
{
    struct host host;

    (void)state;
    connected_begin(&host, NULL, window_of_2);
    (void)ask(&host, 0);
    host.on_event = ask_and_reconnect;
    assert_int_equal(answer(&host, 0), IKL_OK);
    host.on_event = NULL;
    assert_int_equal(host_count(&host, EVENT_SENT), 4); /* 0, 1, 2, and 1 once more */
    host_run_until(&host, 1000);
    assert_int_equal(host_count(&host, EVENT_SENT), 5);
    assert_int_equal(host_last(&host, EVENT_ATTEMPT)->attempt.message_id, 2);
    assert_int_equal(host_last(&host, EVENT_SENT)->path.tag, 1);
    host_clear(&host);
}

static int reconnect_in_every_attempt(struct host *host, struct event *event)
{
    if (event->kind == EVENT_ATTEMPT && host->n_events < 40) {
        connected_again(host, (uint16_t)(ikl_sa_path(host->sa)->tag + 1));
    }
    return IKL_OK;
}

static void after_too_many_reconnections_in_one_call_a_request_goes_out_when_its_wait_ends(void **state)
{
    struct host host;

    (void)state;
    connected_begin(&host, NULL, connected);
    host.on_event = reconnect_in_every_attempt;
    (void)ask(&host, 1);
    host.on_event = NULL;
    assert_int_equal(host_count(&host, EVENT_SENT), 5);
    host_run_until(&host, 1000);
    assert_int_equal(host_count(&host, EVENT_SENT), 6);
    assert_int_equal(host_last(&host, EVENT_SENT)->path.tag, ikl_sa_path(host.sa)->tag);
    host_clear(&host);
}

static void our_response_is_sent_once_and_again_when_the_peer_repeats_its_request_on_the_next_connection(void **state)
{
    uint8_t datagram[HOST_MAX_DATAGRAM];
    struct ikl_path path;
    struct host host;
    size_t len;

    (void)state;
    connected_begin(&host, NULL, connected);
    len = peer_seal(&(struct peer_message){0}, CONNECTED_SUITE, datagram);
    assert_int_equal(ikl_endpoint_receive(host.endpoint, ikl_sa_path(host.sa), datagram, len, 0), IKL_OK);
    host_run_until(&host, 4000);
    assert_int_equal(host_count(&host, EVENT_SENT), 1);
    path = connected_path(&host, 1, true);
    assert_int_equal(ikl_endpoint_receive(host.endpoint, &path, datagram, len, 4000), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_SENT), 2);
    assert_int_equal(host_event(&host, EVENT_SENT, 1)->path.tag, 1);
    assert_memory_equal(host_event(&host, EVENT_SENT, 0)->datagram, host_event(&host, EVENT_SENT, 1)->datagram,
                        host_event(&host, EVENT_SENT, 0)->len);
    host_clear(&host);
}

static void follows(struct ikl_sa_config *config)
{
    connected(config);
    config->follow_peer = true;
}

/* A fresh request of the peer's over a connection. */
static void hear_over(struct host *host, uint16_t tag, uint32_t message_id)
{
    uint8_t datagram[HOST_MAX_DATAGRAM];
    struct ikl_path path = connected_path(host, tag, true);
    size_t len = peer_seal(&(struct peer_message){.message_id = message_id}, CONNECTED_SUITE, datagram);

    assert_int_equal(ikl_endpoint_receive(host->endpoint, &path, datagram, len, host->now), IKL_OK);
}

static void what_is_outstanding_follows_the_peer_to_each_connection_that_it_opens(void **state)
{
    struct host host;

    (void)state;
    connected_begin(&host, NULL, follows);
    host_run_until(&host, FIRST);
    for (uint16_t n = 1; n <= 10; n++) {
        host_run_until(&host, FIRST + 100u * n);
        host_forget(&host);
        hear_over(&host, n, n - 1u);
        assert_int_equal(host_count(&host, EVENT_ATTEMPT), 1);
        assert_int_equal(host_last(&host, EVENT_SENT)->path.tag, n);
    }
    host_run_to_the_end(&host);
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->at, DOWN_AT); /* nothing was heard after the last send */
    host_clear(&host);
}

/* RFC 9329 §6.1: who accepts connections does not know that the peer has given one up. */
static void what_comes_on_an_older_connection_is_taken_and_is_the_latest_sign_of_the_peer(void **state)
{
    struct host host;

    (void)state;
    connected_begin(&host, NULL, follows);
    for (uint16_t n = 0; n < 6; n++) {
        hear_over(&host, n % 2, n);
        assert_int_equal(host_last(&host, EVENT_SENT)->path.tag, n % 2); /* the response */
        assert_int_equal(ikl_sa_path(host.sa)->tag, n % 2);
    }
    host_clear(&host);
}

static void moves_from_udp_to_a_stream_and_back_are_new_chances_each_with_the_rules_of_its_path(void **state)
{
    struct ikl_path path;
    struct host host;

    (void)state;
    connected_begin(&host, NULL, NULL);
    host_run_until(&host, 7000);
    assert_int_equal(host_count(&host, EVENT_SENT), 2);
    path = connected_path(&host, 1, true);
    assert_int_equal(ikl_sa_set_path(host.sa, &path, 7000), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_SENT), 3);
    assert_true(host_last(&host, EVENT_SENT)->path.reliable);
    host_run_until(&host, 100000);
    assert_int_equal(host_count(&host, EVENT_SENT), 3);
    path = connected_path(&host, 2, false);
    assert_int_equal(ikl_sa_set_path(host.sa, &path, 100000), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_SENT), 4);
    connected_assert_down(&host, 100000 + TOTAL, 3 + 10);
    host_clear(&host);
}

static int move_on_and_on(struct host *host, struct event *event)
{
    struct ikl_path path = connected_path(host, (uint16_t)(ikl_sa_path(host->sa)->tag + 1), true);

    if (event->kind == EVENT_ATTEMPT) {
        assert_int_equal(ikl_sa_set_path(host->sa, &path, host->now), IKL_OK);
    }
    return IKL_OK;
}

static void after_too_many_moves_in_one_call_a_request_goes_out_when_its_wait_ends(void **state)
{
    struct host host;

    (void)state;
    connected_begin(&host, NULL, connected);
    host.on_event = move_on_and_on;
    (void)ask(&host, 1);
    host.on_event = NULL;
    assert_int_equal(host_count(&host, EVENT_SENT), 5);
    host_run_until(&host, 1000);
    assert_int_equal(host_count(&host, EVENT_SENT), 6);
    assert_int_equal(host_last(&host, EVENT_SENT)->path.tag, ikl_sa_path(host.sa)->tag);
    host_clear(&host);
}

TESTS_OF(reliable_reconnected)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_connection_that_is_lost_is_no_verdict_and_what_is_outstanding_goes_out_once_on_the_next),
        cmocka_unit_test(what_goes_out_on_the_next_connection_is_the_same_octets),
        cmocka_unit_test(a_reconnection_just_before_the_verdict_leaves_time_for_an_answer),
        cmocka_unit_test(reconnections_on_and_on_put_the_verdict_off_three_times_at_most),
        cmocka_unit_test(a_reconnection_is_counted_and_is_in_the_history),
        cmocka_unit_test(what_cannot_be_reconnected_is_refused),
        cmocka_unit_test(a_request_whose_attempt_is_not_told_yet_goes_out_when_its_wait_ends),
        cmocka_unit_test(after_too_many_reconnections_in_one_call_a_request_goes_out_when_its_wait_ends),
        cmocka_unit_test(our_response_is_sent_once_and_again_when_the_peer_repeats_its_request_on_the_next_connection),
        cmocka_unit_test(what_is_outstanding_follows_the_peer_to_each_connection_that_it_opens),
        cmocka_unit_test(what_comes_on_an_older_connection_is_taken_and_is_the_latest_sign_of_the_peer),
        cmocka_unit_test(moves_from_udp_to_a_stream_and_back_are_new_chances_each_with_the_rules_of_its_path),
        cmocka_unit_test(after_too_many_moves_in_one_call_a_request_goes_out_when_its_wait_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
