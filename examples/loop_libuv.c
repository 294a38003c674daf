/* SPDX-License-Identifier: ISC */
/* ikelive example, 40 lines: two hosts in a loop of libuv. loop_libevent.c, loop_libev.c and loop_epoll.c beside it are
 * the same hosts in other loops. */
#define _POSIX_C_SOURCE 200809L
#include "support/loop_story.h"
#include "support/options.h"

#include <ikelive/libuv.h>

int main(int argc, char **argv)
{
    struct loop_story story;
    struct ikl_libuv attached[HAND_OVER_ENDS] = {{.endpoint = NULL}};
    uv_loop_t *loop;
    int status;

    if (options_none("Runs two hosts in a loop of libuv.", argc, argv, &status)) {
        return status;
    }
    loop = uv_default_loop();
    if (loop == NULL || !loop_story_open(&story)) {
        return 1;
    }
    for (int i = 0; i < HAND_OVER_ENDS; i++) {
        attached[i].endpoint = story.hosts[i].endpoint;
        attached[i].sockets = &story.hosts[i].sockets;
        if (ikl_libuv_attach(&attached[i], loop) != IKL_OK) {
            return 1;
        }
    }
    while (!story.over) {
        uv_run(loop, UV_RUN_ONCE);
    }
    for (int i = 0; i < HAND_OVER_ENDS; i++) {
        ikl_libuv_detach(&attached[i]);
    }
    uv_run(loop, UV_RUN_DEFAULT); /* which closes what was attached */
    uv_loop_close(loop);
    return loop_story_close(&story);
}
