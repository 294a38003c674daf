/* SPDX-License-Identifier: ISC */
/* ikelive example: a host in a loop of libuv. Each endpoint has a timer for its next deadline, and a socket to read
 * from. examples/loop_epoll.c and examples/loop_libevent.c are the same host in other loops. */
#define _POSIX_C_SOURCE 200809L /* uv.h wants pthread_rwlock_t */
#include "support/loop_story.h"
#include "support/udp.h"

#include <uv.h>

/* A host in the loop. */
struct driven {
    struct host *host;
    uv_timer_t timer;
    uv_poll_t readable;
};

static void turn(struct driven *driven);

static void on_timer(uv_timer_t *timer)
{
    turn(timer->data);
}

static void on_readable(uv_poll_t *readable, int status, int events)
{
    (void)status;
    (void)events;
    turn(readable->data);
}

/* Sets the timer to when there is something to do, or stops it. */
static void set_timer(struct driven *driven)
{
    ikl_time now = clock_now(driven->host->clock);
    ikl_time deadline = ikl_endpoint_next_deadline(driven->host->endpoint);

    uv_timer_stop(&driven->timer);
    if (deadline != IKL_NEVER) {
        uv_update_time(driven->timer.loop);
        uv_timer_start(&driven->timer, on_timer, deadline > now ? deadline - now : 0, 0);
    }
}

/* Takes datagrams first, then the time, whichever of the two woke the loop. */
static void turn(struct driven *driven)
{
    struct host *host = driven->host;
    struct ikl_path path = {.local = host->address};
    struct loop_story *story = host->user;
    uint8_t datagram[4096];
    size_t len;

    while (udp_receive(host->socket, &path.remote, datagram, sizeof(datagram), &len)) {
        ikl_endpoint_receive(host->endpoint, &path, datagram, len, clock_now(host->clock));
    }
    host_writable(host, clock_now(host->clock));
    ikl_endpoint_advance(host->endpoint, clock_now(host->clock));
    set_timer(driven);
    uv_poll_start(&driven->readable, UV_READABLE | (host->blocked ? UV_WRITABLE : 0), on_readable);
    if (story->over) {
        uv_stop(driven->timer.loop);
    }
}

static void drive(uv_loop_t *loop, struct driven *driven, struct host *host)
{
    driven->host = host;
    driven->timer.data = driven->readable.data = driven;
    uv_timer_init(loop, &driven->timer);
    uv_poll_init_socket(loop, &driven->readable, host->socket);
    uv_poll_start(&driven->readable, UV_READABLE, on_readable);
    set_timer(driven);
}

int main(void)
{
    struct loop_story story;
    struct driven driven[HAND_OVER_ENDS];
    uv_loop_t *loop = uv_default_loop();

    if (loop == NULL || !loop_story_open(&story)) {
        return 1;
    }
    for (int i = 0; i < HAND_OVER_ENDS; i++) {
        drive(loop, &driven[i], &story.hosts[i]);
    }
    uv_run(loop, UV_RUN_DEFAULT);
    for (int i = 0; i < HAND_OVER_ENDS; i++) {
        uv_close((uv_handle_t *)&driven[i].timer, NULL);
        uv_close((uv_handle_t *)&driven[i].readable, NULL);
    }
    uv_run(loop, UV_RUN_DEFAULT);
    uv_loop_close(loop);
    return loop_story_close(&story);
}
