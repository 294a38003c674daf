/* SPDX-License-Identifier: ISC */
/* ikelive example, 39 lines: two hosts in a loop of libevent. loop_libuv.c, loop_libev.c and loop_epoll.c beside it are
 * the same hosts in other loops. */
#define _POSIX_C_SOURCE 200809L
#include "support/loop_story.h"
#include "support/options.h"

#include <ikelive/libevent.h>

int main(int argc, char **argv)
{
    struct loop_story story;
    struct ikl_libevent attached[HAND_OVER_ENDS] = {{.endpoint = NULL}};
    struct event_base *loop;
    int status;

    if (options_none("Runs two hosts in a loop of libevent.", argc, argv, &status)) {
        return status;
    }
    loop = event_base_new();
    if (loop == NULL || !loop_story_open(&story)) {
        return 1;
    }
    for (int i = 0; i < HAND_OVER_ENDS; i++) {
        attached[i].endpoint = story.hosts[i].endpoint;
        attached[i].sockets = &story.hosts[i].sockets;
        if (ikl_libevent_attach(&attached[i], loop) != IKL_OK) {
            return 1;
        }
    }
    while (!story.over) {
        event_base_loop(loop, EVLOOP_ONCE);
    }
    for (int i = 0; i < HAND_OVER_ENDS; i++) {
        ikl_libevent_detach(&attached[i]);
    }
    event_base_free(loop);
    return loop_story_close(&story);
}
