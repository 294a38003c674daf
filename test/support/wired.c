/* SPDX-License-Identifier: ISC */
/* Test hosts with UDP sockets. See wired.h. */
#define _POSIX_C_SOURCE 200809L
#include "wired.h"

#include "test.h"

#include <poll.h>

ikl_time wired_time;

ikl_time wired_now(void)
{
    return wired_time;
}

struct ikl_address wired_loopback(uint8_t family)
{
    struct ikl_address address = {.family = family};

    if (family == 4) {
        address.ip[0] = 127;
        address.ip[3] = 1;
    } else {
        address.ip[15] = 1;
    }
    return address;
}

static int on_event(struct host *host, struct event *event)
{
    struct wired *wired = (struct wired *)(void *)((char *)host - offsetof(struct wired, host));
    int result = IKL_OK;

    host->now = wired_time;
    if (event->kind == EVENT_SENT) {
        result = ikl_posix_send(&wired->sockets, &event->path, event->datagram, event->len);
    }
    if (wired->on_event != NULL) {
        wired->on_event(wired, event);
    }
    return result;
}

void wired_init(struct wired *wired)
{
    memset(wired, 0, sizeof(*wired));
    host_init(&wired->host, "wired", wired_time, NULL);
    wired->host.on_event = on_event;
}

void wired_clear(struct wired *wired)
{
    wired->on_event = NULL;
    host_clear(&wired->host);
    ikl_posix_close(&wired->sockets);
}

static void add_sa(struct wired *wired, struct wired *peer, bool is_a, bool encapsulated)
{
    static struct ikl_schedule schedule;
    struct ikl_sa_config config;
    struct ikl_keys keys;

    test_sa_config(&config, &keys, "chacha20poly1305-prfsha256", is_a, 0);
    config.path = ikl_posix_path(&wired->sockets, &peer->sockets.at[0].local, 0, encapsulated);
    config.idle = WIRED_IDLE;
    assert_int_equal(ikl_schedule_parse(&schedule, "3600,3600"), IKL_OK);
    config.schedule = &schedule;
    config.liveness = is_a ? IKL_LIVENESS_PERIODIC : IKL_LIVENESS_OFF;
    assert_int_equal(ikl_sa_new(&wired->host.sa, wired->host.endpoint, &config, wired_time), IKL_OK);
}

void wired_pair(struct wired *a, struct wired *b, bool encapsulated)
{
    struct ikl_address address = wired_loopback(4);

    wired_init(a);
    wired_init(b);
    assert_int_equal(ikl_posix_open(&a->sockets, &address, 0, encapsulated), IKL_OK);
    assert_int_equal(ikl_posix_open(&b->sockets, &address, 0, encapsulated), IKL_OK);
    add_sa(a, b, true, encapsulated);
    add_sa(b, a, false, encapsulated);
}

void wired_await(int fd)
{
    struct pollfd readable = {.fd = fd, .events = POLLIN};

    assert_int_equal(poll(&readable, 1, -1), 1);
}

int wired_fill_up(struct wired *wired, int *n)
{
    const struct ikl_path unknown = {.tag = 0};
    const uint8_t octet = 1;
    int ends[2];

    ikl_posix_close(&wired->sockets);
    assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends), 0);
    assert_int_equal(ikl_posix_add(&wired->sockets, ends[0], false), IKL_OK);
    assert_int_equal(ikl_sa_set_path(wired->host.sa, &unknown, wired_time), IKL_OK);
    *n = 0;
    while (ikl_posix_send(&wired->sockets, &unknown, &octet, 1) == IKL_OK) {
        ++*n;
    }
    assert_true(*n > 0);
    wired->sockets.at[0].blocked = false;
    return ends[1];
}
