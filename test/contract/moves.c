/* SPDX-License-Identifier: ISC */
/* Promises about a move to another path while requests of ours are outstanding: it is a new chance (RFC 4555 §3.5). */
#include "support/asking.h"
#include "support/beginning.h"
#include "support/peer.h"
#include "support/test.h"

static const char *const suite = "chacha20poly1305-prfsha256";

static void follow(struct ikl_sa_config *config)
{
    config->follow_peer = true;
}

static void one_ike_sa(struct host *host, sa_change change)
{
    host_init(host, "a", 0, NULL);
    host_sa(host, suite, true, 0, change);
}

/* The IKE SA's path with another remote port. */
static struct ikl_path path_to(const struct host *host, uint16_t port)
{
    struct ikl_path path = *ikl_sa_path(host->sa);

    path.remote.port = port;
    return path;
}

static void move_to(struct host *host, uint16_t port)
{
    struct ikl_path path = path_to(host, port);

    assert_int_equal(ikl_sa_set_path(host->sa, &path, host->now), IKL_OK);
}

/* A fresh request of the peer's from there. */
static void hear_from(struct host *host, uint32_t message_id, uint16_t port)
{
    struct ikl_path path = path_to(host, port);
    uint8_t datagram[HOST_MAX_DATAGRAM];
    size_t len = peer_seal(&(struct peer_message){.message_id = message_id}, suite, datagram);

    assert_int_equal(ikl_endpoint_receive(host->endpoint, &path, datagram, len, host->now), IKL_OK);
}

/* All that was sent since the last host_forget, `n` sends of requests, went along that path. */
static void assert_attempts(struct host *host, size_t n, uint16_t port)
{
    assert_int_equal(host_count(host, EVENT_ATTEMPT), n);
    for (size_t i = 0; i < host_count(host, EVENT_SENT); i++) {
        assert_int_equal(host_event(host, EVENT_SENT, i)->path.remote.port, port);
    }
}

static void a_move_is_a_new_chance_in_every_wait(void **state)
{
    (void)state;
    for (ikl_time at = 5000; at < 324000; at += 1777) {
        struct host host;

        one_ike_sa(&host, NULL);
        host_run_until(&host, at);
        host_forget(&host);
        move_to(&host, 4501);
        assert_attempts(&host, 1, 4501);
        assert_int_equal(host_event(&host, EVENT_ATTEMPT, 0)->at, at);
        assert_int_equal(host_event(&host, EVENT_ATTEMPT, 0)->attempt.cause, IKL_ATTEMPT_MOVED);
        assert_int_equal(host_event(&host, EVENT_ATTEMPT, 0)->attempt.wait, 1000);
        host_run_to_the_end(&host);
        assert_attempts(&host, 10, 4501);
        assert_int_equal(host_event(&host, EVENT_DOWN, 0)->at, at + 319000);
        assert_int_equal(host_event(&host, EVENT_DOWN, 0)->down.first_sent, 5000);
        host_clear(&host);
    }
}

static void the_same_octets_go_along_the_new_path(void **state)
{
    struct event *sent;
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    (void)ask(&host, 7);
    host_run_until(&host, 6500);
    move_to(&host, 4501);
    sent = host_last(&host, EVENT_SENT);
    assert_int_equal(sent->at, 6500);
    assert_memory_equal(sent->datagram, host_event(&host, EVENT_SENT, 0)->datagram, sent->len);
    host_clear(&host);
}

static void a_path_that_is_the_same_is_no_move(void **state)
{
    struct ikl_path path;
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    host_run_until(&host, 300000);
    host_forget(&host);
    path = *ikl_sa_path(host.sa);
    path.mtu = 1400;
    assert_int_equal(ikl_sa_set_path(host.sa, &path, host.now), IKL_OK);
    assert_attempts(&host, 0, 0);
    host_run_to_the_end(&host);
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->at, 324000);
    host_clear(&host);
}

static void a_move_without_anything_outstanding_sends_nothing(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    host_run_until(&host, 4000);
    move_to(&host, 4501);
    assert_attempts(&host, 0, 0);
    host_run_until(&host, 5000);
    assert_attempts(&host, 1, 4501);
    host_clear(&host);
}

static void window_of_4(struct ikl_sa_config *config)
{
    config->ids.peer_window = 4;
}

static void every_request_that_is_outstanding_goes_along_the_new_path_in_order(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, window_of_4);
    for (uint8_t mark = 1; mark <= 5; mark++) { /* the fifth is queued */
        (void)ask(&host, mark);
        host_run_until(&host, host.now + 300);
    }
    host_forget(&host);
    move_to(&host, 4501);
    assert_attempts(&host, 4, 4501);
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(host_event(&host, EVENT_ATTEMPT, i)->attempt.message_id, i);
    }
    host_run_to_the_end(&host);
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->at, 1500 + 319000);
    host_clear(&host);
}

/* Inside the first attempt of Message ID 1 that of 2 is not told yet. */
static int ask_twice_and_move(struct host *host, struct event *event)
{
    if (event->kind == EVENT_ALIVE) {
        (void)ask(host, 1);
        (void)ask(host, 2);
    } else if (event->kind == EVENT_ATTEMPT && event->attempt.message_id == 1 && event->attempt.retransmission == 0) {
        move_to(host, 4501);
    }
    return IKL_OK;
}

static void a_request_whose_attempt_is_not_told_yet_goes_along_the_new_path_when_its_wait_ends(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, window_of_4);
    (void)ask(&host, 0);
    host_forget(&host);
    host.on_event = ask_twice_and_move;
    assert_int_equal(answer(&host, 0), IKL_OK);
    host.on_event = NULL;
    assert_int_equal(host_count(&host, EVENT_SENT), 3); /* 1, 2, and 1 once more */
    host_forget(&host);
    host_run_until(&host, 1000);
    assert_attempts(&host, 2, 4501);
    host_clear(&host);
}

static void a_delete_and_the_first_request_of_all_go_along_the_new_path_too(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    assert_int_equal(ikl_sa_delete(host.sa, 100000, 0), IKL_OK);
    host_run_until(&host, 50000);
    host_forget(&host);
    move_to(&host, 4501);
    assert_attempts(&host, 1, 4501);
    host_run_to_the_end(&host);
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->at, 100000);
    host_clear(&host);

    host_init(&host, "a", 0, NULL);
    host_begin(&host, NULL);
    (void)begin(&host, 1);
    host_run_until(&host, 300000);
    host_forget(&host);
    move_to(&host, 4501);
    assert_attempts(&host, 1, 4501);
    host_run_to_the_end(&host);
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->at, 300000 + 319000);
    host_clear(&host);
}

static void a_followed_move_of_the_peers_is_a_new_chance(void **state)
{
    struct event *address, *attempt;
    struct host host;
    char text[4096];

    (void)state;
    one_ike_sa(&host, follow);
    host_run_until(&host, 310000);
    host_forget(&host);
    hear_from(&host, 0, 4501);
    assert_attempts(&host, 1, 4501);
    attempt = host_event(&host, EVENT_ATTEMPT, 0);
    address = host_event(&host, EVENT_ADDRESS, 0);
    assert_int_equal(attempt->attempt.cause, IKL_ATTEMPT_MOVED);
    assert_true(attempt < address); /* the path was changed before the call, with all that follows */
    (void)ikl_sa_history_text(host.sa, host.now, text, sizeof(text));
    assert_non_null(strstr(text, "address changed\n"));
    host_run_to_the_end(&host);
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->at, 310000 + 319000);
    host_clear(&host);
}

static void moves_of_the_peers_begin_a_request_again_three_times_at_most_and_then_only_redirect_it(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, follow);
    host_run_until(&host, 5000);
    for (uint16_t i = 0; i < 6; i++) { /* within the first wait, so that evidence causes nothing */
        host_run_until(&host, 5100 + 100u * i);
        host_forget(&host);
        hear_from(&host, i, (uint16_t)(4501 + i));
        assert_int_equal(host_count(&host, EVENT_ATTEMPT), i < 3 ? 1 : 0);
        assert_int_equal(host_count(&host, EVENT_ADDRESS), 1);
    }
    host_forget(&host);
    host_run_to_the_end(&host);
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->at, 5300 + 319000);
    assert_attempts(&host, 9, 4506);
    host_clear(&host);
}

static void the_hosts_moves_are_not_limited(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    host_run_until(&host, 5000);
    for (uint16_t i = 0; i < 20; i++) {
        host_run_until(&host, host.now + 50000);
        move_to(&host, (uint16_t)(4501 + i));
        assert_int_equal(host_last(&host, EVENT_ATTEMPT)->attempt.cause, IKL_ATTEMPT_MOVED);
    }
    assert_int_equal(host_count(&host, EVENT_DOWN), 0);
    host_run_to_the_end(&host);
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->at, 1005000 + 319000);
    assert_true(host_event(&host, EVENT_DOWN, 0)->down.sends <= ikl_schedule_most_sends(ikl_schedule_default(), 20));
    host_clear(&host);
}

static void history_tells_of_sends_that_a_move_caused(void **state)
{
    char text[4096];
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    host_run_until(&host, 6500);
    move_to(&host, 4501);
    (void)ikl_sa_history_text(host.sa, host.now, text, sizeof(text));
    assert_non_null(strstr(text, "address changed\n"));
    assert_non_null(strstr(text, "retransmitted, Message ID 0, number 2, as the path moved\n"));
    host_clear(&host);
}

enum { MANY_EVENTS = 40 };

static size_t moves_a_time;

/* The host tries as many more interfaces as `moves_a_time` says whenever it hears of an attempt. */
static int never_content(struct host *host, struct event *event)
{
    if (event->kind == EVENT_ATTEMPT && host->n_events < MANY_EVENTS) {
        for (size_t i = 0; i < moves_a_time; i++) {
            move_to(host, (uint16_t)(ikl_sa_path(host->sa)->remote.port + 1));
        }
    }
    return IKL_OK;
}

static void callbacks_that_move_on_and_on_come_to_an_end(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        struct host host;

        one_ike_sa(&host, NULL);
        host.on_event = never_content;
        host.send_result = i % 2 == 0 ? IKL_OK : -1; /* each send fails */
        moves_a_time = i < 2 ? 1 : 256;
        host_advance(&host, 5000);
        assert_true(host_count(&host, EVENT_SENT) > 1); /* what they move to is tried */
        assert_true(host.n_events < MANY_EVENTS);
        host.on_event = NULL;
        host_run_to_the_end(&host);
        assert_int_equal(host_event(&host, EVENT_DOWN, 0)->at, 324000);
        host_clear(&host);
    }
}

static int close_it(struct host *host, struct event *event)
{
    (void)host;
    if (event->kind == EVENT_ATTEMPT && event->attempt.cause == IKL_ATTEMPT_MOVED) {
        ikl_sa_free(event->sa);
    }
    return IKL_OK;
}

static void a_callback_may_free_the_ike_sa_that_moves(void **state)
{
    (void)state;
    for (int followed = 0; followed < 2; followed++) {
        struct host host;

        one_ike_sa(&host, follow);
        host_run_until(&host, 5000);
        host.on_event = close_it;
        if (followed) {
            hear_from(&host, 0, 4501);
        } else {
            move_to(&host, 4501);
        }
        assert_int_equal(host_count(&host, EVENT_DOWN), 1);
        assert_int_equal(host_count(&host, EVENT_ADDRESS), 0);
        assert_int_equal(ikl_endpoint_next_deadline(host.endpoint), IKL_NEVER);
        host_clear(&host);
    }
}

static void follow_with_a_window(struct ikl_sa_config *config)
{
    config->follow_peer = true;
    config->ids.own_window = 2;
}

static int close_when_moved(struct host *host, struct event *event)
{
    if (event->kind == EVENT_ADDRESS) {
        ikl_sa_close(event->sa, host->now);
    }
    return IKL_OK;
}

static void the_host_may_close_an_ike_sa_that_moved_with_a_request_out_of_order(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, follow_with_a_window);
    host.on_event = close_when_moved;
    hear_from(&host, 1, 4501);
    assert_int_equal(host_count(&host, EVENT_ADDRESS), 1);
    assert_int_equal(host_count(&host, EVENT_DOWN), 1);
    assert_int_equal(ikl_endpoint_next_deadline(host.endpoint), IKL_NEVER);
    host_clear(&host);
}

TESTS_OF(moves)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_move_is_a_new_chance_in_every_wait),
        cmocka_unit_test(the_same_octets_go_along_the_new_path),
        cmocka_unit_test(a_path_that_is_the_same_is_no_move),
        cmocka_unit_test(a_move_without_anything_outstanding_sends_nothing),
        cmocka_unit_test(every_request_that_is_outstanding_goes_along_the_new_path_in_order),
        cmocka_unit_test(a_request_whose_attempt_is_not_told_yet_goes_along_the_new_path_when_its_wait_ends),
        cmocka_unit_test(a_delete_and_the_first_request_of_all_go_along_the_new_path_too),
        cmocka_unit_test(a_followed_move_of_the_peers_is_a_new_chance),
        cmocka_unit_test(moves_of_the_peers_begin_a_request_again_three_times_at_most_and_then_only_redirect_it),
        cmocka_unit_test(the_hosts_moves_are_not_limited),
        cmocka_unit_test(history_tells_of_sends_that_a_move_caused),
        cmocka_unit_test(callbacks_that_move_on_and_on_come_to_an_end),
        cmocka_unit_test(a_callback_may_free_the_ike_sa_that_moves),
        cmocka_unit_test(the_host_may_close_an_ike_sa_that_moved_with_a_request_out_of_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
