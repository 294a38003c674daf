/* SPDX-License-Identifier: ISC */
/* ikelive example: a host in a loop of epoll and timerfd. Each endpoint has a timer for its next deadline, and a socket
 * to read from. examples/loop_libuv.c and examples/loop_libevent.c are the same host in other loops. */
#define _POSIX_C_SOURCE 200809L
#include "support/loop_story.h"
#include "support/udp.h"

#include <stdio.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

/* A host in the loop. */
struct driven {
    struct host *host;
    int timer;
};

/* Sets the timer to when there is something to do, or stops it. */
static void set_timer(struct driven *driven)
{
    ikl_time now = clock_now(driven->host->clock);
    ikl_time deadline = ikl_endpoint_next_deadline(driven->host->endpoint);
    ikl_time wait = deadline > now ? deadline - now : 0;
    struct itimerspec when = {.it_value = {.tv_sec = (time_t)(wait / 1000), .tv_nsec = (long)(wait % 1000) * 1000000}};

    if (wait == 0) {
        when.it_value.tv_nsec = 1; /* 0 would stop it */
    }
    if (deadline == IKL_NEVER) {
        when = (struct itimerspec){.it_value = {.tv_sec = 0}};
    }
    timerfd_settime(driven->timer, 0, &when, NULL);
}

/* Takes datagrams first, then the time, whichever of the two woke the loop. */
static void turn(struct driven *driven)
{
    struct host *host = driven->host;
    struct ikl_path path = {.local = host->address};
    uint8_t datagram[4096];
    size_t len;

    while (udp_receive(host->socket, &path.remote, datagram, sizeof(datagram), &len)) {
        ikl_endpoint_receive(host->endpoint, &path, datagram, len, clock_now(host->clock));
    }
    host_writable(host, clock_now(host->clock));
    ikl_endpoint_advance(host->endpoint, clock_now(host->clock));
    set_timer(driven);
}

/* Both descriptors of a host lead to its turn. That leaves nothing to read, so it is enough to hear of each change of
 * the socket once, also that it is no longer full. */
static void drive(int loop, struct driven *driven, struct host *host)
{
    struct epoll_event changed = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = driven};
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = driven};

    driven->host = host;
    driven->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    epoll_ctl(loop, EPOLL_CTL_ADD, host->socket, &changed);
    epoll_ctl(loop, EPOLL_CTL_ADD, driven->timer, &event);
    set_timer(driven);
}

int main(void)
{
    struct loop_story story;
    struct driven driven[HAND_OVER_ENDS];
    struct epoll_event event;
    int loop = epoll_create1(0);

    if (loop < 0 || !loop_story_open(&story)) {
        return 1;
    }
    for (int i = 0; i < HAND_OVER_ENDS; i++) {
        drive(loop, &driven[i], &story.hosts[i]);
    }
    while (!story.over && epoll_wait(loop, &event, 1, -1) >= 0) {
        turn(event.data.ptr);
    }
    close(loop);
    return loop_story_close(&story);
}
