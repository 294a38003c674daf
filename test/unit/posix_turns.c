/* SPDX-License-Identifier: ISC */
/* Turns of a loop with <ikelive/posix.h>; unit/posix_turns_singly.c is the same without recvmmsg and sendmmsg. */
#ifndef POSIX_TESTS
#define _GNU_SOURCE
#define POSIX_TESTS TESTS_OF(posix_turns)
#endif
#include "posix_fixture.h"

enum { MARKER_LEN = 4 };

static void on_alive_close_sockets(struct wired *wired, const struct event *event)
{
    if (event->kind == EVENT_ALIVE) {
        ikl_posix_close(&wired->sockets);
    }
}

static void check_and_answer(struct wired *a, struct wired *b)
{
    wired_time = WIRED_IDLE;
    ikl_posix_turn(&a->sockets, a->host.endpoint, wired_now);
    wired_await(b->sockets.at[0].fd);
    ikl_posix_turn(&b->sockets, b->host.endpoint, wired_now);
    wired_await(a->sockets.at[0].fd);
    wired_time = WIRED_IDLE + 999;
    ikl_posix_turn(&a->sockets, a->host.endpoint, wired_now);
}

static void a_turn_does_all_that_an_endpoint_needs(bool encapsulated)
{
    struct wired a, b;
    const struct event *sent;

    wired_time = 0;
    wired_pair(&a, &b, encapsulated);
    ikl_posix_turn(&a.sockets, a.host.endpoint, wired_now);
    assert_int_equal(a.host.n_events, 0);
    check_and_answer(&a, &b);
    assert_int_equal(host_count(&a.host, EVENT_ALIVE), 1);
    assert_int_equal(host_count(&a.host, EVENT_SENT), 1);
    assert_int_equal(ikl_endpoint_next_deadline(a.host.endpoint), 2 * WIRED_IDLE + 999);
    sent = host_event(&b.host, EVENT_SENT, 0);
    assert_true(sent->path.encapsulated == encapsulated);
    assert_true(encapsulated == (memcmp(sent->datagram, "\0\0\0\0", MARKER_LEN) == 0));
    wired_clear(&a);
    wired_clear(&b);
}

static void a_turn_takes_datagrams_and_lets_time_pass(void **state)
{
    (void)state;
    a_turn_does_all_that_an_endpoint_needs(false);
}

static void between_ports_4500_there_is_a_marker(void **state)
{
    (void)state;
    a_turn_does_all_that_an_endpoint_needs(true);
}

static void an_answer_that_has_arrived_counts_however_late_the_turn_is(void **state)
{
    struct wired a, b;

    (void)state;
    wired_time = 0;
    wired_pair(&a, &b, false);
    wired_time = WIRED_IDLE;
    ikl_posix_turn(&a.sockets, a.host.endpoint, wired_now);
    wired_await(b.sockets.at[0].fd);
    ikl_posix_turn(&b.sockets, b.host.endpoint, wired_now);
    wired_await(a.sockets.at[0].fd);
    wired_time = 10 * WIRED_IDLE;
    ikl_posix_turn(&a.sockets, a.host.endpoint, wired_now);
    assert_int_equal(host_count(&a.host, EVENT_ALIVE), 1);
    assert_int_equal(host_count(&a.host, EVENT_SENT), 1);
    wired_clear(&a);
    wired_clear(&b);
}

static void a_callback_may_close_the_sockets(void **state)
{
    struct wired a, b;

    (void)state;
    wired_time = 0;
    wired_pair(&a, &b, false);
    a.on_event = on_alive_close_sockets;
    check_and_answer(&a, &b);
    assert_int_equal(a.sockets.n, 0);
    assert_int_equal(host_count(&a.host, EVENT_ALIVE), 1);
    wired_clear(&a);
    wired_clear(&b);
}

static void what_a_full_socket_refused_goes_out_when_it_takes_more(void **state)
{
    struct wired a, b;
    uint8_t octets[512];
    int other, n;

    (void)state;
    wired_time = 0;
    wired_pair(&a, &b, false);
    other = wired_fill_up(&a, &n);
    wired_time = WIRED_IDLE;
    ikl_posix_turn(&a.sockets, a.host.endpoint, wired_now);
    assert_true(ikl_posix_blocked(&a.sockets));
    assert_int_equal(host_count(&a.host, EVENT_ATTEMPT), 0);
    wired_time += 300;
    ikl_posix_turn(&a.sockets, a.host.endpoint, wired_now); /* it is still full */
    assert_true(ikl_posix_blocked(&a.sockets));
    assert_int_equal(host_count(&a.host, EVENT_ATTEMPT), 0);
    while (n-- > 0) {
        assert_int_equal(read(other, octets, sizeof(octets)), 1);
    }
    wired_time += 100;
    ikl_posix_turn(&a.sockets, a.host.endpoint, wired_now);
    assert_false(ikl_posix_blocked(&a.sockets));
    assert_int_equal(host_count(&a.host, EVENT_ATTEMPT), 1);
    assert_true(read(other, octets, sizeof(octets)) > 28);
    close(other);
    wired_clear(&a);
    wired_clear(&b);
}

static void a_turn_leaves_what_is_too_much_for_the_next(void **state)
{
    enum { MOST = IKL_POSIX_TURN * IKL_POSIX_BATCH };
    struct fixture fixture;
    struct wired wired;

    (void)state;
    begin(&fixture, 4);
    wired_init(&wired);
    send_numbered(&fixture, 0, MOST);
    wired_await(fixture.to.at[0].fd);
    send_numbered(&fixture, MOST, 1);
    ikl_posix_turn(&fixture.to, wired.host.endpoint, wired_now);
    assert_numbered(&fixture.to.at[0], MOST, 1);
    wired_clear(&wired);
    end(&fixture);
}
POSIX_TESTS
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_turn_takes_datagrams_and_lets_time_pass),
        cmocka_unit_test(between_ports_4500_there_is_a_marker),
        cmocka_unit_test(an_answer_that_has_arrived_counts_however_late_the_turn_is),
        cmocka_unit_test(a_callback_may_close_the_sockets),
        cmocka_unit_test(what_a_full_socket_refused_goes_out_when_it_takes_more),
        cmocka_unit_test(a_turn_leaves_what_is_too_much_for_the_next),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
