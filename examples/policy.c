/* ikelive example: the policy alone, for a stack that makes its own messages.
 * SPDX-License-Identifier: ISC
 *
 * The stack keeps its Message IDs, keys and datagrams, and asks the library three things: when to look at an IKE SA
 * (wheel), whether it is time for a liveness check (liveness), and whether to send again or to give up (exchange). The
 * stack here has two IKE SAs and a clock of its own, so that 334 seconds pass at once; what it would send and tear down
 * it prints. */
#include <ikelive/ikelive.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { N_SAS = 2, IDLE = 5000, SLACK = 100 };

/* An IKE SA of the stack's own. */
struct tunnel {
    const char *name;
    ikl_time alive_until; /* when its peer falls silent */
    struct ikl_liveness liveness;
    struct ikl_exchange request;
    bool outstanding, down;
    uint32_t next_message_id;
};

static void say(const struct tunnel *tunnel, ikl_time now, const char *what)
{
    printf("%7" PRIu64 ".%03u  %s: %s\n", now / 1000, (unsigned)(now % 1000), tunnel->name, what);
}

static void send_request(struct tunnel *tunnel, ikl_time now)
{
    say(tunnel, now, ikl_exchange_sends(&tunnel->request) == 1 ? "send a liveness check" : "send it again");
    if (now < tunnel->alive_until) { /* the peer answers at once */
        tunnel->outstanding = false;
        ikl_liveness_request_answered(&tunnel->liveness, now);
        say(tunnel, now, "answered");
    }
}

static void probe(struct tunnel *tunnel, ikl_time now)
{
    uint32_t message_id = tunnel->next_message_id++;

    ikl_exchange_begin(&tunnel->request, ikl_schedule_default(), IKL_INFORMATIONAL, message_id,
                       ikl_liveness_due(&tunnel->liveness, now), now, SLACK, 0);
    tunnel->outstanding = true;
    ikl_liveness_request_sent(&tunnel->liveness);
    send_request(tunnel, now);
}

static void tear_down(struct tunnel *tunnel, ikl_time now)
{
    tunnel->down = ikl_liveness_request_gave_up(&tunnel->liveness) == IKL_LIVENESS_DEAD;
    say(tunnel, now, "tear it down");
}

static void tick_idle(struct tunnel *tunnel, ikl_time now)
{
    if (ikl_liveness_decide(&tunnel->liveness, IKL_NEVER, now) == IKL_LIVENESS_PROBE) {
        probe(tunnel, now);
    }
}

static void tick_outstanding(struct tunnel *tunnel, ikl_time now)
{
    const struct ikl_schedule *schedule = ikl_schedule_default();

    switch (ikl_exchange_tick(&tunnel->request, schedule, now, SLACK, 0)) {
    case IKL_EXCHANGE_SEND:
        send_request(tunnel, now);
        break;
    case IKL_EXCHANGE_GIVE_UP:
        tear_down(tunnel, now);
        break;
    case IKL_EXCHANGE_WAIT:
        break;
    }
}

static ikl_time deadline(const struct tunnel *tunnel)
{
    return tunnel->outstanding ? tunnel->request.deadline : ikl_liveness_due(&tunnel->liveness, 0);
}

static void run(struct tunnel *tunnels, struct ikl_wheel *wheel)
{
    ikl_time now = 0;
    uint32_t due;

    while (ikl_wheel_running(wheel) > 0) {
        now = ikl_wheel_next_deadline(wheel); /* a real stack sleeps until then */
        while ((due = ikl_wheel_expire(wheel, now)) != IKL_NO_TIMER) {
            struct tunnel *tunnel = &tunnels[due];

            (tunnel->outstanding ? tick_outstanding : tick_idle)(tunnel, now);
            if (!tunnel->down) {
                (void)ikl_wheel_start(wheel, due, deadline(tunnel));
            }
        }
    }
}

int main(void)
{
    struct tunnel tunnels[N_SAS] = {{.name = "north", .alive_until = 12000}, {.name = "south"}};
    struct ikl_wheel *wheel;

    if (ikl_init() != IKL_OK || ikl_wheel_new(&wheel, NULL, N_SAS, 0) != IKL_OK) {
        return EXIT_FAILURE;
    }
    for (uint32_t i = 0; i < N_SAS; i++) {
        ikl_liveness_init(&tunnels[i].liveness, IKL_LIVENESS_PERIODIC, IDLE, 0);
        (void)ikl_wheel_start(wheel, i, deadline(&tunnels[i]));
    }
    run(tunnels, wheel);
    ikl_wheel_free(wheel);
    return EXIT_SUCCESS;
}
