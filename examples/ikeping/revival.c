/* SPDX-License-Identifier: ISC */
/* ikeping: connecting again after an IKE SA went down. */
#include "revival.h"

#include "ikeping.h"
#include "redirect.h"

#include <sodium.h>

/* An attempt asks twice and is over after two seconds: how patient we are is up to the pace of the attempts. */
static const struct ikl_schedule hasty = {.waits = {1000}, .n_waits = 1, .tries = 2};

static bool is_on(const struct gateway *gateway)
{
    return gateway->ikeping->settings->revive && !gateway->closing;
}

static bool is_down(const struct gateway *gateway)
{
    return gateway->revival.tunnel.state != IKL_REVIVAL_UP;
}

static void say_when(struct gateway *gateway)
{
    ikl_time deadline = revival_deadline(gateway), now = ikeping_now(gateway->ikeping);

    if (deadline > now) {
        report_waiting(gateway->ikeping->report, gateway->address, (double)(deadline - now) / 1000);
    }
}

void revival_sa_down(struct gateway *gateway)
{
    struct revival *revival = &gateway->revival;

    if (is_on(gateway)) {
        revival->down_since = gateway->ikeping->now;
        revival->attempts = 0;
        ikl_revival_down(&revival->tunnel, ikl_revive_default(), ikeping_now(gateway->ikeping), randombytes_random());
        say_when(gateway);
    }
}

void revival_sa_up(struct gateway *gateway)
{
    struct revival *revival = &gateway->revival;

    if (is_down(gateway)) {
        ikl_revival_up(&revival->tunnel, ikeping_now(gateway->ikeping));
        report_revived(gateway->ikeping->report, gateway->address, revival->attempts,
                       (double)(gateway->ikeping->now - revival->down_since) / 1e9);
    }
}

bool revival_attempt_failed(struct gateway *gateway)
{
    if (!is_on(gateway) || (!is_down(gateway) && !gateway_was_up(gateway))) {
        return false;
    }
    if (!is_down(gateway)) { /* it was to take the place of an IKE SA that is gone meanwhile */
        revival_sa_down(gateway);
        return true;
    }
    /* the default never gives up */
    (void)!ikl_revival_failed(&gateway->revival.tunnel, ikl_revive_default(), ikeping_now(gateway->ikeping),
                              randombytes_random());
    say_when(gateway);
    return true;
}

bool revival_begins(struct gateway *gateway)
{
    struct revival *revival = &gateway->revival;

    if (!is_on(gateway) || ikl_revival_tick(&revival->tunnel, ikeping_now(gateway->ikeping)) != IKL_REVIVAL_TRY) {
        return false;
    }
    revival->attempts++;
    redirect_forget(gateway);
    report_attempt(gateway->ikeping->report, gateway->address, revival->attempts);
    return true;
}

ikl_time revival_deadline(const struct gateway *gateway)
{
    return is_on(gateway) ? ikl_revival_deadline(&gateway->revival.tunnel) : IKL_NEVER;
}

const struct ikl_schedule *revival_schedule(const struct gateway *gateway)
{
    const struct ikl_schedule *usual = &gateway->ikeping->settings->schedule;

    return is_down(gateway) && ikl_schedule_total(&hasty) < ikl_schedule_total(usual) ? &hasty : usual;
}
