/* SPDX-License-Identifier: ISC */
/* ikelive example, 37 lines: two hosts in a loop of libev. loop_libuv.c, loop_libevent.c and loop_epoll.c beside it are
 * the same hosts in other loops. */
#define _POSIX_C_SOURCE 200809L
#include "support/loop_story.h"
#include "support/options.h"

#include <ikelive/libev.h>

int main(int argc, char **argv)
{
    struct loop_story story;
    struct ikl_libev attached[HAND_OVER_ENDS] = {{.endpoint = NULL}};
    struct ev_loop *loop;
    int status;

    if (options_none("Runs two hosts in a loop of libev.", argc, argv, &status)) {
        return status;
    }
    loop = ev_loop_new(EVFLAG_AUTO);
    if (loop == NULL || !loop_story_open(&story)) {
        return 1;
    }
    for (int i = 0; i < HAND_OVER_ENDS; i++) {
        attached[i].endpoint = story.hosts[i].endpoint;
        attached[i].sockets = &story.hosts[i].sockets;
        ikl_libev_attach(&attached[i], loop);
    }
    while (!story.over) {
        ev_run(loop, EVRUN_ONCE);
    }
    for (int i = 0; i < HAND_OVER_ENDS; i++) {
        ikl_libev_detach(&attached[i]);
    }
    ev_loop_destroy(loop);
    return loop_story_close(&story);
}
