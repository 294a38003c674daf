/* SPDX-License-Identifier: ISC */
/* ikelive example, 103 lines: the policy alone, for a stack that makes its own messages.
 *
 * The stack keeps its Message IDs, keys and datagrams, and asks the library two things: when to look at an IKE SA
 * (timers), and whether it is time to send a liveness check, to send again or to give up (watch). The stack here has
 * two IKE SAs and a clock of its own, so that 334 seconds pass at once; it prints what it would send and tear down. */
#include "support/options.h"

#include <ikelive/timers.h>
#include <ikelive/watch.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { SLACK = 100 };

/* An IKE SA of the stack's own. */
struct tunnel {
    const char *name;
    ikl_time alive_until; /* when its peer falls silent */
    struct ikl_watch watch;
    uint32_t next_message_id;
    uint32_t timer;
};

static void say(const struct tunnel *tunnel, ikl_time now, const char *what)
{
    printf("%7" PRIu64 ".%03u  %s: %s\n", now / 1000, (unsigned)(now % 1000), tunnel->name, what);
}

static void send_request(struct tunnel *tunnel, ikl_time now, const char *what)
{
    say(tunnel, now, what);
    if (now < tunnel->alive_until && ikl_watch_answered(&tunnel->watch, tunnel->watch.run.message_id, now)) {
        say(tunnel, now, "answered"); /* the peer answers at once */
    }
}

static void probe(struct tunnel *tunnel, ikl_time now)
{
    if (ikl_watch_sent(&tunnel->watch, tunnel->next_message_id++, now, SLACK, 0) == IKL_OK) {
        send_request(tunnel, now, "send a liveness check");
    }
}

/* False when the tunnel has ended. */
static bool tick(struct tunnel *tunnel, ikl_time now)
{
    switch (ikl_watch_tick(&tunnel->watch, now, SLACK, 0)) {
    case IKL_WATCH_PROBE:
        probe(tunnel, now);
        break;
    case IKL_WATCH_SEND_AGAIN:
        send_request(tunnel, now, "send it again");
        break;
    case IKL_WATCH_GIVE_UP:
        say(tunnel, now, "tear it down");
        return false;
    case IKL_WATCH_NOTHING:
        break;
    }
    return true;
}

static void run(struct ikl_timers *timers)
{
    while (ikl_timers_count(timers) > 0) {
        ikl_time now = ikl_timers_next_deadline(timers); /* a real stack sleeps until then */
        struct tunnel *due;

        while ((due = ikl_timers_expire(timers, now)) != NULL) {
            if (tick(due, now)) {
                ikl_timers_set(timers, due->timer, ikl_watch_deadline(&due->watch));
            } else {
                ikl_timers_remove(timers, due->timer);
            }
        }
    }
}

int main(int argc, char **argv)
{
    struct tunnel tunnels[] = {{.name = "north", .alive_until = 12000}, {.name = "south"}};
    struct ikl_timers *timers;
    int status;

    if (options_none("Watches two peers with the policy of liveness alone.", argc, argv, &status)) {
        return status;
    }
    if (ikl_timers_new(&timers, NULL, 0) != IKL_OK) {
        return EXIT_FAILURE;
    }
    for (struct tunnel *tunnel = tunnels; tunnel < tunnels + 2; tunnel++) {
        ikl_watch_init(&tunnel->watch, 0);
        if (ikl_timers_add(timers, tunnel, &tunnel->timer) == IKL_OK) {
            ikl_timers_set(timers, tunnel->timer, ikl_watch_deadline(&tunnel->watch));
        }
    }
    run(timers);
    ikl_timers_free(timers);
    return EXIT_SUCCESS;
}
