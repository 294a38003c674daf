/* SPDX-License-Identifier: ISC */
/* What an event loop does for the endpoints that are attached to it, whichever library it is of. Before it includes
 * this, a test defines:
 *
 *     ATTACHED                     the struct of the attachment
 *     struct loop                  a loop
 *     void loop_open, loop_close   the second asserts that nothing is left in it
 *     int loop_attach(ATTACHED *attached, struct loop *loop)
 *     void loop_detach(ATTACHED *attached)
 *     void loop_changed(ATTACHED *attached)   the host has called the library
 *     void loop_jump(ATTACHED *attached)      the time of the test has jumped, which a real clock does not do
 *     void loop_wait(struct loop *loop), loop_look(struct loop *loop)
 *                                  one turn, with and without sleeping until something happens
 *
 * A deadline that the loop misses leaves it asleep, until ctest ends it. */
#ifndef TEST_LOOP_CASES_H
#define TEST_LOOP_CASES_H

#include "wired.h"

#include "test.h"

#include <stdio.h>

/* A host in the loop, on the heap, so that what touches it too late is found. */
struct looped {
    struct wired wired;
    ATTACHED attached;
    bool detaches; /* when the peer is known to be alive */
    bool probes;   /* likewise */
};

static unsigned n_detached;

static void on_detached(ATTACHED *attached)
{
    struct looped *looped = attached->user;

    n_detached++;
    wired_clear(&looped->wired);
    free(looped);
}

static void on_wired_event(struct wired *wired, const struct event *event)
{
    struct looped *looped = (struct looped *)(void *)((char *)wired - offsetof(struct looped, wired));

    if (event->kind == EVENT_ALIVE && looped->probes) {
        assert_int_equal(ikl_sa_probe(event->sa, wired_time), IKL_OK);
    }
    if (event->kind == EVENT_ALIVE && looped->detaches) {
        loop_detach(&looped->attached);
        loop_detach(&looped->attached);
        ikl_posix_close(&wired->sockets);
    }
}

struct cases {
    struct loop loop;
    struct looped *a, *b;
};

static void prepare(struct looped *looped)
{
    looped->wired.on_event = on_wired_event;
    looped->attached.endpoint = looped->wired.host.endpoint;
    looped->attached.sockets = &looped->wired.sockets;
    looped->attached.now = wired_now;
    looped->attached.detached = on_detached;
    looped->attached.user = looped;
}

static void begin(struct cases *cases)
{
    wired_time = 0;
    n_detached = 0;
    loop_open(&cases->loop);
    cases->a = calloc(1, sizeof(*cases->a));
    cases->b = calloc(1, sizeof(*cases->b));
    assert_true(cases->a != NULL && cases->b != NULL);
    wired_pair(&cases->a->wired, &cases->b->wired, false);
    prepare(cases->a);
    prepare(cases->b);
}

static void attach(struct cases *cases, struct looped *looped)
{
    assert_int_equal(loop_attach(&looped->attached, &cases->loop), IKL_OK);
}

static void end(struct cases *cases, unsigned n)
{
    while (n_detached < n) {
        loop_wait(&cases->loop);
    }
    assert_int_equal(n_detached, n);
    loop_close(&cases->loop);
}

static size_t count(struct looped *looped, enum event_kind kind)
{
    return host_count(&looped->wired.host, kind);
}

/* Until `a` has heard of its peer so many times. */
static void run_until_alive(struct cases *cases, size_t n)
{
    while (count(cases->a, EVENT_ALIVE) < n) {
        loop_wait(&cases->loop);
    }
}

static void a_deadline_wakes_the_loop_and_datagrams_do(void **state)
{
    struct cases cases;

    (void)state;
    begin(&cases);
    attach(&cases, cases.a);
    attach(&cases, cases.b);
    loop_look(&cases.loop);
    assert_int_equal(count(cases.a, EVENT_SENT), 0);
    wired_time = WIRED_IDLE;
    loop_jump(&cases.a->attached);
    run_until_alive(&cases, 1);
    assert_int_equal(count(cases.a, EVENT_SENT), 1);
    assert_int_equal(count(cases.b, EVENT_SENT), 1);
    loop_detach(&cases.a->attached);
    loop_detach(&cases.b->attached);
    end(&cases, 2);
}

static void a_call_of_the_host_moves_the_deadline(void **state)
{
    struct cases cases;

    (void)state;
    begin(&cases);
    attach(&cases, cases.a);
    loop_look(&cases.loop);
    assert_int_equal(ikl_sa_probe(cases.a->wired.host.sa, wired_time), IKL_OK);
    assert_int_equal(count(cases.a, EVENT_SENT), 1);
    wired_time = WIRED_WAIT; /* the next turn comes so late */
    loop_changed(&cases.a->attached);
    while (count(cases.a, EVENT_SENT) < 2) {
        loop_wait(&cases.loop);
    }
    loop_detach(&cases.a->attached);
    wired_clear(&cases.b->wired);
    free(cases.b);
    end(&cases, 1);
}

static void a_call_inside_a_callback_moves_the_deadline_by_itself(void **state)
{
    struct cases cases;

    (void)state;
    begin(&cases);
    cases.a->probes = true;
    attach(&cases, cases.a);
    attach(&cases, cases.b);
    wired_time = WIRED_IDLE;
    loop_jump(&cases.a->attached);
    run_until_alive(&cases, 3);
    cases.a->probes = false;
    run_until_alive(&cases, 4);
    loop_detach(&cases.a->attached);
    loop_detach(&cases.b->attached);
    end(&cases, 2);
}

static void a_callback_may_detach_and_the_endpoint_be_freed(void **state)
{
    struct cases cases;

    (void)state;
    begin(&cases);
    cases.a->detaches = true;
    attach(&cases, cases.a);
    attach(&cases, cases.b);
    wired_time = WIRED_IDLE;
    loop_jump(&cases.a->attached);
    while (n_detached < 1) {
        loop_wait(&cases.loop);
    }
    loop_look(&cases.loop);
    assert_int_equal(count(cases.b, EVENT_SENT), 1);
    loop_detach(&cases.b->attached);
    end(&cases, 2);
}

static void a_full_socket_is_waited_for_until_it_is_writable(void **state)
{
    struct cases cases;
    uint8_t octet;
    int other, n;

    (void)state;
    begin(&cases);
    other = wired_fill_up(&cases.a->wired, &n);
    attach(&cases, cases.a);
    loop_look(&cases.loop);
    assert_int_equal(ikl_sa_probe(cases.a->wired.host.sa, wired_time), IKL_OK);
    loop_changed(&cases.a->attached);
    loop_look(&cases.loop);
    loop_look(&cases.loop);
    assert_int_equal(count(cases.a, EVENT_ATTEMPT), 0);
    while (n-- > 0) {
        assert_int_equal(read(other, &octet, 1), 1);
    }
    while (count(cases.a, EVENT_ATTEMPT) == 0) {
        loop_wait(&cases.loop);
    }
    assert_false(ikl_posix_blocked(&cases.a->wired.sockets));
    loop_look(&cases.loop);
    loop_look(&cases.loop);
    assert_int_equal(count(cases.a, EVENT_SENT), 2);
    loop_detach(&cases.a->attached);
    wired_clear(&cases.b->wired);
    free(cases.b);
    close(other);
    end(&cases, 1);
}

/* A connected socket of the host's has bad news: nobody is at the port that it sends to. */
static void have_bad_news(struct wired *wired, const struct ikl_address *nobody)
{
    union ikl_posix_sockaddr address;
    socklen_t len = ikl_posix_to_sockaddr(&address, nobody, 0);

    assert_int_equal(connect(wired->sockets.at[0].fd, &address.any, len), 0);
    assert_int_equal(send(wired->sockets.at[0].fd, "", 1, 0), 1);
    wired_await(wired->sockets.at[0].fd);
}

static void an_error_of_a_socket_does_not_make_it_deaf(void **state)
{
    struct ikl_address address = wired_loopback(4);
    struct ikl_posix_sockets peer = {.n = 0};
    struct ikl_path path;
    struct cases cases;

    (void)state;
    begin(&cases);
    attach(&cases, cases.a);
    loop_look(&cases.loop);
    assert_int_equal(ikl_posix_open(&peer, &address, 0, false), IKL_OK);
    address = peer.at[0].local;
    ikl_posix_close(&peer);
    have_bad_news(&cases.a->wired, &address);
    loop_wait(&cases.loop);
    assert_int_equal(ikl_posix_open(&peer, &address, 0, false), IKL_OK);
    path = ikl_posix_path(&peer, &cases.a->wired.sockets.at[0].local, 0, false);
    assert_int_equal(ikl_posix_send(&peer, &path, path.remote.ip, 1), IKL_OK);
    while (host_counters(&cases.a->wired.host).received == 0) {
        loop_wait(&cases.loop);
    }
    ikl_posix_close(&peer);
    loop_detach(&cases.a->attached);
    wired_clear(&cases.b->wired);
    free(cases.b);
    end(&cases, 1);
}

/* A clock by which the timer comes a moment too early: the loop looks at it, then a turn does twice. */
static unsigned looks;

static ikl_time hasty_now(void)
{
    looks++;
    return looks == 2 || looks == 3 ? WIRED_IDLE - 1 : WIRED_IDLE;
}

static void a_timer_that_comes_early_comes_again(void **state)
{
    struct cases cases;

    (void)state;
    begin(&cases);
    ikl_posix_close(&cases.a->wired.sockets);
    looks = 0;
    cases.a->attached.now = hasty_now;
    attach(&cases, cases.a);
    while (count(cases.a, EVENT_SENT) == 0) {
        loop_wait(&cases.loop);
    }
    assert_true(looks > 4);
    loop_detach(&cases.a->attached);
    wired_clear(&cases.b->wired);
    free(cases.b);
    end(&cases, 1);
}

static void an_endpoint_without_sockets_has_its_deadlines(void **state)
{
    struct cases cases;

    (void)state;
    begin(&cases);
    ikl_posix_close(&cases.a->wired.sockets);
    attach(&cases, cases.a);
    wired_time = WIRED_IDLE;
    loop_jump(&cases.a->attached);
    while (count(cases.a, EVENT_SENT) == 0) {
        loop_wait(&cases.loop);
    }
    loop_detach(&cases.a->attached);
    wired_clear(&cases.b->wired);
    free(cases.b);
    end(&cases, 1);
}

static void without_a_clock_of_its_own_an_endpoint_has_the_systems(void **state)
{
    struct cases cases;

    (void)state;
    begin(&cases);
    cases.a->attached.now = NULL;
    attach(&cases, cases.a);
    assert_true(cases.a->attached.now == ikl_posix_now);
    loop_detach(&cases.a->attached);
    wired_clear(&cases.b->wired);
    free(cases.b);
    end(&cases, 1);
}

static void nobody_need_hear_that_it_is_detached(void **state)
{
    struct cases cases;

    (void)state;
    begin(&cases);
    cases.a->attached.detached = NULL;
    attach(&cases, cases.a);
    attach(&cases, cases.b);
    loop_look(&cases.loop);
    loop_detach(&cases.a->attached);
    loop_look(&cases.loop);
    loop_detach(&cases.b->attached);
    end(&cases, 1);
    wired_clear(&cases.a->wired);
    free(cases.a);
}

#define LOOP_CASES                                                                                                     \
    cmocka_unit_test(a_deadline_wakes_the_loop_and_datagrams_do),                                                      \
        cmocka_unit_test(a_call_of_the_host_moves_the_deadline),                                                       \
        cmocka_unit_test(a_call_inside_a_callback_moves_the_deadline_by_itself),                                       \
        cmocka_unit_test(a_callback_may_detach_and_the_endpoint_be_freed),                                             \
        cmocka_unit_test(a_full_socket_is_waited_for_until_it_is_writable),                                            \
        cmocka_unit_test(an_error_of_a_socket_does_not_make_it_deaf),                                                  \
        cmocka_unit_test(a_timer_that_comes_early_comes_again),                                                        \
        cmocka_unit_test(an_endpoint_without_sockets_has_its_deadlines),                                               \
        cmocka_unit_test(without_a_clock_of_its_own_an_endpoint_has_the_systems),                                      \
        cmocka_unit_test(nobody_need_hear_that_it_is_detached)

#endif
