/* SPDX-License-Identifier: ISC */
/* ikelive example: a host in a loop of libevent. Each endpoint has a timer for its next deadline, and a socket to read
 * from. examples/loop_epoll.c and examples/loop_libuv.c are the same host in other loops. */
#include "support/loop_story.h"
#include "support/udp.h"

#include <event2/event.h>

/* A host in the loop. */
struct driven {
    struct host *host;
    struct event *timer, *readable, *writable;
};

/* Sets the timer to when there is something to do, or stops it. */
static void set_timer(struct driven *driven)
{
    ikl_time now = clock_now(driven->host->clock);
    ikl_time deadline = ikl_endpoint_next_deadline(driven->host->endpoint);
    ikl_time wait = deadline > now ? deadline - now : 0;
    struct timeval when = {.tv_sec = (time_t)(wait / 1000), .tv_usec = (suseconds_t)(wait % 1000) * 1000};

    event_del(driven->timer);
    if (deadline != IKL_NEVER) {
        event_add(driven->timer, &when);
    }
}

/* Takes datagrams first, then the time, whichever of the two woke the loop. */
static void turn(evutil_socket_t socket, short what, void *user)
{
    struct driven *driven = user;
    struct host *host = driven->host;
    struct ikl_path path = {.local = host->address};
    struct loop_story *story = host->user;
    uint8_t datagram[4096];
    size_t len;

    (void)socket;
    (void)what;
    while (udp_receive(host->socket, &path.remote, datagram, sizeof(datagram), &len)) {
        ikl_endpoint_receive(host->endpoint, &path, datagram, len, clock_now(host->clock));
    }
    host_writable(host, clock_now(host->clock));
    ikl_endpoint_advance(host->endpoint, clock_now(host->clock));
    set_timer(driven);
    if (host->blocked) {
        event_add(driven->writable, NULL);
    }
    if (story->over) {
        event_base_loopbreak(event_get_base(driven->timer));
    }
}

static void drive(struct event_base *loop, struct driven *driven, struct host *host)
{
    driven->host = host;
    driven->timer = event_new(loop, -1, 0, turn, driven);
    driven->readable = event_new(loop, host->socket, EV_READ | EV_PERSIST, turn, driven);
    driven->writable = event_new(loop, host->socket, EV_WRITE, turn, driven);
    event_add(driven->readable, NULL);
    set_timer(driven);
}

int main(void)
{
    struct loop_story story;
    struct driven driven[HAND_OVER_ENDS];
    struct event_base *loop = event_base_new();

    if (loop == NULL || !loop_story_open(&story)) {
        return 1;
    }
    for (int i = 0; i < HAND_OVER_ENDS; i++) {
        drive(loop, &driven[i], &story.hosts[i]);
    }
    event_base_dispatch(loop);
    for (int i = 0; i < HAND_OVER_ENDS; i++) {
        event_free(driven[i].timer);
        event_free(driven[i].readable);
        event_free(driven[i].writable);
    }
    event_base_free(loop);
    return loop_story_close(&story);
}
