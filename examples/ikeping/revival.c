/* SPDX-License-Identifier: ISC */
/* ikeping: connecting again after an IKE SA went down. */
#include "revival.h"

#include "ikeping.h"

#include <sodium.h>

/* An attempt asks twice and is over after two seconds: how patient we are is up to the pace of the attempts. */
static const struct ikl_schedule hasty = {.waits = {1000}, .n_waits = 1, .tries = 2};

static bool is_on(const struct ikeping *ikeping)
{
    return ikeping->settings->revive && !ikeping->closing;
}

static bool is_down(const struct ikeping *ikeping)
{
    return ikeping->revival.tunnel.state != IKL_REVIVAL_UP;
}

static void say_when(struct ikeping *ikeping)
{
    ikl_time deadline = revival_deadline(ikeping), now = ikeping_now(ikeping);

    if (deadline > now) {
        report_waiting(ikeping->report, ikeping->gateway, (double)(deadline - now) / 1000);
    }
}

void revival_sa_down(struct ikeping *ikeping)
{
    struct revival *revival = &ikeping->revival;

    if (is_on(ikeping)) {
        revival->down_since = ikeping->now;
        revival->attempts = 0;
        ikl_revival_down(&revival->tunnel, ikl_revive_default(), ikeping_now(ikeping), randombytes_random());
        say_when(ikeping);
    }
}

void revival_sa_up(struct ikeping *ikeping)
{
    struct revival *revival = &ikeping->revival;

    if (is_down(ikeping)) {
        ikl_revival_up(&revival->tunnel, ikeping_now(ikeping));
        report_revived(ikeping->report, ikeping->gateway, revival->attempts,
                       (double)(ikeping->now - revival->down_since) / 1e9);
    }
}

bool revival_attempt_failed(struct ikeping *ikeping)
{
    if (!is_on(ikeping) || !is_down(ikeping)) {
        return false;
    }
    /* the default never gives up */
    (void)!ikl_revival_failed(&ikeping->revival.tunnel, ikl_revive_default(), ikeping_now(ikeping),
                              randombytes_random());
    say_when(ikeping);
    return true;
}

bool revival_begins(struct ikeping *ikeping)
{
    struct revival *revival = &ikeping->revival;

    if (!is_on(ikeping) || ikl_revival_tick(&revival->tunnel, ikeping_now(ikeping)) != IKL_REVIVAL_TRY) {
        return false;
    }
    revival->attempts++;
    report_attempt(ikeping->report, ikeping->gateway, revival->attempts);
    return true;
}

ikl_time revival_deadline(const struct ikeping *ikeping)
{
    return is_on(ikeping) ? ikl_revival_deadline(&ikeping->revival.tunnel) : IKL_NEVER;
}

const struct ikl_schedule *revival_schedule(const struct ikeping *ikeping)
{
    const struct ikl_schedule *usual = &ikeping->settings->schedule;

    return is_down(ikeping) && ikl_schedule_total(&hasty) < ikl_schedule_total(usual) ? &hasty : usual;
}
