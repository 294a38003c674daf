/* SPDX-License-Identifier: ISC */
/* ikelive valid: what is true of each struct of the policy after every call. The proofs show that no call ends it, and
 * tests look for it between the steps of their worlds. The library itself asks goes_on.h and round_trip.h
 * alone. */
#ifndef IKL_VALID_H
#define IKL_VALID_H

#include "policy/goes_on.h"
#include "policy/judge.h"
#include "policy/round_trip.h"

#include <ikelive/monitor.h>
#include <ikelive/revive.h>

static inline bool ikl_receive_window_is_valid(const struct ikl_receive_window *window)
{
    uint32_t reach = window->beyond - window->lowest;

    return window->size >= 1 && window->size <= IKL_WINDOW_MAX && window->lowest <= window->beyond &&
           reach <= window->size && (window->above & 1) == 0 &&
           (reach == 0 ? window->above == 0 : window->above >> (reach - 1) == 1);
}

static inline bool ikl_send_window_is_valid(const struct ikl_send_window *window)
{
    uint32_t reach = window->next - window->unanswered;

    return window->size >= 1 && window->size <= IKL_WINDOW_MAX && window->unanswered <= window->next &&
           reach <= window->size && (window->answered & 1) == 0 && (reach == 32 || window->answered >> reach == 0);
}

static inline bool ikl_idle_is_valid(const struct ikl_idle *idle)
{
    return idle->heard != IKL_NEVER && idle->interval != 0 && idle->policy <= IKL_LIVENESS_OFF;
}

/* A run that is not out keeps its schedule, and when the next request may begin. */
static inline bool ikl_run_rests(const struct ikl_run *run)
{
    return run->first_sent == 0 && run->message_id == 0 && run->followed == 0 && run->timeout == 0 &&
           run->attempt == 0 && !run->extended && !run->again && !run->resent && run->early == 0 && !run->blocked &&
           !run->reliable && run->blocked_waits == 0;
}

/* A run that is out has a deadline. */
/* A run that is out was sent before its deadline, unless it waits to be sent. */
static inline bool ikl_run_leads(const struct ikl_run *run)
{
    return ikl_run_goes_on(run) && (run->blocked || run->lead <= run->deadline);
}

static inline bool ikl_run_is_valid(const struct ikl_run *run)
{
    return run->schedule != NULL && run->deadline != IKL_NEVER &&
           (ikl_run_is_out(run) ? ikl_run_leads(run) : ikl_run_rests(run));
}

static inline bool ikl_watch_is_valid(const struct ikl_watch *watch)
{
    return ikl_idle_is_valid(&watch->idle) && ikl_run_is_valid(&watch->run) &&
           ikl_round_trip_is_valid(&watch->round_trip) && watch->suspect_after != 0 &&
           (!watch->asked || !ikl_run_is_out(&watch->run));
}

/* What failed was tried, and each wait comes after a failure. */
static inline bool ikl_revival_is_valid(const struct ikl_revival *revival)
{
    return revival->state <= IKL_REVIVAL_GIVEN_UP && revival->since != IKL_NEVER &&
           revival->wait <= IKL_REVIVE_MAX_TIME && (revival->wait == 0 || revival->failed != 0) &&
           (revival->tried || (revival->failed == 0 && revival->state != IKL_REVIVAL_TRYING)) &&
           (revival->state != IKL_REVIVAL_GIVEN_UP || revival->failed != 0);
}

static inline bool ikl_monitor_is_valid(const struct ikl_monitor *monitor)
{
    return monitor->at != IKL_NEVER && monitor->since != IKL_NEVER && monitor->not_before != IKL_NEVER &&
           ikl_monitor_can_be(monitor);
}

#endif
