/* SPDX-License-Identifier: ISC */
/* ikelive example, 48 lines: two hosts in a loop of epoll, which sleeps until a datagram is there or the earliest
 * deadline comes. loop_libuv.c, loop_libevent.c and loop_libev.c beside it are the same hosts in other loops. */
#define _POSIX_C_SOURCE 200809L
#include "support/loop_story.h"
#include "support/options.h"

#include <sys/epoll.h>

/* Waits for datagrams, and for room in a socket that was full. */
static void watch(int loop, int how, struct host *host)
{
    struct epoll_event event = {.events = EPOLLIN | (ikl_posix_blocked(&host->sockets) ? EPOLLOUT : 0)};

    epoll_ctl(loop, how, host->sockets.at[0].fd, &event);
}

int main(int argc, char **argv)
{
    struct loop_story story;
    struct epoll_event event;
    int loop = epoll_create1(0);
    int status;

    if (options_none("Runs two hosts in a loop of epoll.", argc, argv, &status)) {
        return status;
    }
    if (loop < 0 || !loop_story_open(&story)) {
        return 1;
    }
    for (int i = 0; i < HAND_OVER_ENDS; i++) {
        watch(loop, EPOLL_CTL_ADD, &story.hosts[i]);
    }
    while (!story.over) {
        ikl_time deadline = IKL_NEVER;

        for (int i = 0; i < HAND_OVER_ENDS; i++) {
            deadline = ikl_time_earlier(deadline, ikl_endpoint_next_deadline(story.hosts[i].endpoint));
            watch(loop, EPOLL_CTL_MOD, &story.hosts[i]);
        }
        epoll_wait(loop, &event, 1, ikl_posix_timeout(deadline, ikl_posix_now()));
        for (int i = 0; i < HAND_OVER_ENDS; i++) {
            ikl_posix_turn(&story.hosts[i].sockets, story.hosts[i].endpoint, ikl_posix_now);
        }
    }
    close(loop);
    return loop_story_close(&story);
}
