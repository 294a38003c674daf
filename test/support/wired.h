/* SPDX-License-Identifier: ISC */
/* Test hosts with UDP sockets on the loopback interface, which keeps datagrams in order and loses none, and a clock
 * that the test sets. */
#ifndef TEST_WIRED_H
#define TEST_WIRED_H

#include <ikelive/posix.h>

#include "host.h"

struct wired {
    struct host host; /* its on_event is taken, its context is not */
    struct ikl_posix_sockets sockets;
    void (*on_event)(struct wired *wired,
                     const struct event *event); /* after a datagram has been sent; null: nothing */
};

/* What wired_now says. */
extern ikl_time wired_time;
ikl_time wired_now(void);

/* An address of this machine, and a free port. */
struct ikl_address wired_loopback(uint8_t family);

/* Two hosts with one socket each and an IKE SA between them, without idle times to start with: `a` checks `b`. */
void wired_pair(struct wired *a, struct wired *b, bool encapsulated);

/* An endpoint and no socket. */
void wired_init(struct wired *wired);
void wired_clear(struct wired *wired);

/* Waits until a datagram is there. */
void wired_await(int fd);

#endif
