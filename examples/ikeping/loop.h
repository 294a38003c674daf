/* SPDX-License-Identifier: ISC */
/* ikeping: the event loop: sockets, a deadline and signals, with epoll, timerfd and signalfd. */
#ifndef IKEPING_LOOP_H
#define IKEPING_LOOP_H

#include <ikelive/base.h>

struct loop {
    int epoll, timer, signals;
};

enum loop_signal {
    LOOP_NO_SIGNAL,
    LOOP_END,        /* SIGINT, SIGTERM or SIGHUP */
    LOOP_STATISTICS, /* SIGQUIT */
    LOOP_RESIZED     /* SIGWINCH */
};

/* What has happened. */
struct loop_event {
    enum loop_signal signal; /* LOOP_NO_SIGNAL: it is about a socket: */
    size_t socket;           /* which of those given to loop_open */
    bool readable;           /* datagrams are there */
    bool writable;           /* see loop_await_writable */
    bool has_errors;         /* ICMP messages are there */
};

/* Watches sockets, and takes these signals from now on. False when that fails, with errno set. */
bool loop_open(struct loop *loop, const int *sockets, size_t n);

void loop_close(struct loop *loop);

/* Watches another socket, under this number. */
bool loop_watch(const struct loop *loop, int socket, size_t number);

/* Whether it counts as something that socket `number` is writable; at first it does not. */
void loop_await_writable(const struct loop *loop, int socket, size_t number, bool wanted);

/* Waits until something has happened or `deadline` (ms of CLOCK_BOOTTIME) has come, never earlier than that. Gives
 * what has happened, at most `max`. */
size_t loop_wait(const struct loop *loop, ikl_time deadline, struct loop_event *out, size_t max);

/* ns of CLOCK_BOOTTIME, which goes on while the machine sleeps: what was due then comes late, and is known to. */
uint64_t loop_now(void);

#endif
