/* SPDX-License-Identifier: ISC */
/* ikelive example, 92 lines: the policy alone, for a stack that makes its own messages.
 *
 * The stack keeps its Message IDs, keys and datagrams, and asks the library two things: when to look at an IKE SA
 * (wheel), and whether it is time to send a liveness check, to send again or to give up (watch). The stack here has two
 * IKE SAs and a clock of its own, so that 334 seconds pass at once; it prints what it would send and tear down. */
#include <ikelive/watch.h>
#include <ikelive/wheel.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { N_SAS = 2, SLACK = 100 };

/* An IKE SA of the stack's own. */
struct tunnel {
    const char *name;
    ikl_time alive_until; /* when its peer falls silent */
    struct ikl_watch watch;
    uint32_t next_message_id;
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

static void run(struct tunnel *tunnels, struct ikl_wheel *wheel)
{
    while (ikl_wheel_running(wheel) > 0) {
        ikl_time now = ikl_wheel_next_deadline(wheel); /* a real stack sleeps until then */
        uint32_t due;

        while ((due = ikl_wheel_expire(wheel, now)) != IKL_NO_TIMER) {
            if (tick(&tunnels[due], now)) {
                (void)ikl_wheel_start(wheel, due, ikl_watch_deadline(&tunnels[due].watch));
            }
        }
    }
}

int main(void)
{
    struct tunnel tunnels[N_SAS] = {{.name = "north", .alive_until = 12000}, {.name = "south"}};
    struct ikl_wheel *wheel;

    if (ikl_wheel_new(&wheel, NULL, N_SAS, 0) != IKL_OK) {
        return EXIT_FAILURE;
    }
    for (uint32_t i = 0; i < N_SAS; i++) {
        ikl_watch_init(&tunnels[i].watch, 0);
        (void)ikl_wheel_start(wheel, i, ikl_watch_deadline(&tunnels[i].watch));
    }
    run(tunnels, wheel);
    ikl_wheel_free(wheel);
    return EXIT_SUCCESS;
}
