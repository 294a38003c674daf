/* SPDX-License-Identifier: ISC */
/* Test hosts with UDP sockets on the loopback interface, which keeps datagrams in order and loses none, and a clock
 * that the test sets. */
#ifndef TEST_WIRED_H
#define TEST_WIRED_H

#include <ikelive/posix.h>

#include "host.h"

/* After which a host checks its peer, and what it waits for an answer: long enough for a test that waits for either by
 * a real clock never to end. */
#define WIRED_IDLE 7200000u
#define WIRED_WAIT 3600000u

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

/* Two hosts with one socket each and an IKE SA between them: `a` checks `b` when that was idle for WIRED_IDLE. */
void wired_pair(struct wired *a, struct wired *b, bool encapsulated);

/* An endpoint and no socket. */
void wired_init(struct wired *wired);
void wired_clear(struct wired *wired);

/* Waits until a datagram is there. */
void wired_await(int fd);

/* Gives a host of wired_pair another socket, one that takes few datagrams until they are read at the socket returned,
 * and fills it up with `n` of one octet. The socket is not marked as blocked. */
int wired_fill_up(struct wired *wired, int *n);

#endif
