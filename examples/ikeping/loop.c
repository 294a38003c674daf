/* SPDX-License-Identifier: ISC */
/* ikeping: the event loop. */
#define _GNU_SOURCE
#include "loop.h"

#include "signals.h"

#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { MAX_EVENTS = 8 };

/* What `data` of an epoll event says, beside the numbers of the sockets. */
static const uint64_t TIMER = UINT64_MAX, SIGNALS = UINT64_MAX - 1;

static bool watch(const struct loop *loop, int fd, uint64_t what)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = what};

    return epoll_ctl(loop->epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

bool loop_open(struct loop *loop, const int *sockets, size_t n)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGQUIT, SIGWINCH, SIGHUP};

    (void)signal(SIGPIPE, SIG_IGN); /* there are IKE SAs to be deleted, even if nobody reads any more */
    loop->epoll = epoll_create1(EPOLL_CLOEXEC);
    loop->timer = timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC);
    loop->signals = signals_open(signals, sizeof(signals) / sizeof(signals[0]));
    if (loop->epoll < 0 || loop->timer < 0 || loop->signals < 0 || !watch(loop, loop->timer, TIMER) ||
        !watch(loop, loop->signals, SIGNALS)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (!watch(loop, sockets[i], i)) {
            return false;
        }
    }
    return true;
}

bool loop_watch(const struct loop *loop, int socket, size_t number)
{
    return watch(loop, socket, number);
}

void loop_close(struct loop *loop)
{
    close(loop->epoll);
    close(loop->timer);
    close(loop->signals);
}

void loop_await_writable(const struct loop *loop, int socket, size_t number, bool wanted)
{
    struct epoll_event event = {.events = wanted ? EPOLLIN | EPOLLOUT : EPOLLIN, .data.u64 = number};

    (void)epoll_ctl(loop->epoll, EPOLL_CTL_MOD, socket, &event);
}

static void set_timer(const struct loop *loop, ikl_time deadline)
{
    struct itimerspec when = {.it_value = {.tv_sec = 0}};

    if (deadline != IKL_NEVER) {
        when.it_value.tv_sec = (time_t)(deadline / 1000);
        when.it_value.tv_nsec = (long)(deadline % 1000) * 1000000 + (deadline == 0 ? 1 : 0); /* 0 would disarm it */
    }
    (void)timerfd_settime(loop->timer, TFD_TIMER_ABSTIME, &when, NULL);
}

/* Reads away what has made the timer readable. */
static void drain_timer(int fd)
{
    uint64_t expirations;

    (void)!read(fd, &expirations, sizeof(expirations));
}

/* The next signal; LOOP_NO_SIGNAL when there is none. */
static enum loop_signal read_signal(int fd)
{
    struct signalfd_siginfo signal;

    if (read(fd, &signal, sizeof(signal)) != (ssize_t)sizeof(signal)) {
        return LOOP_NO_SIGNAL;
    }
    switch (signal.ssi_signo) {
    case SIGQUIT:
        return LOOP_STATISTICS;
    case SIGWINCH:
        return LOOP_RESIZED;
    default:
        return LOOP_END;
    }
}

size_t loop_wait(const struct loop *loop, ikl_time deadline, struct loop_event *out, size_t max)
{
    struct epoll_event events[MAX_EVENTS];
    size_t n = 0;
    int got;

    set_timer(loop, deadline);
    got = epoll_wait(loop->epoll, events, max < MAX_EVENTS ? (int)max : MAX_EVENTS, -1);
    for (int i = 0; i < got; i++) {
        if (events[i].data.u64 == TIMER) {
            drain_timer(loop->timer);
        } else if (events[i].data.u64 == SIGNALS) {
            /* another one that waits makes it readable again */
            out[n] = (struct loop_event){.signal = read_signal(loop->signals)};
            n += out[n].signal != LOOP_NO_SIGNAL ? 1 : 0;
        } else {
            out[n++] = (struct loop_event){.socket = (size_t)events[i].data.u64,
                                           .readable = (events[i].events & EPOLLIN) != 0,
                                           .writable = (events[i].events & EPOLLOUT) != 0,
                                           .has_errors = (events[i].events & EPOLLERR) != 0};
        }
    }
    return n;
}

uint64_t loop_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_BOOTTIME, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}
