/* SPDX-License-Identifier: ISC */
/* ikelive begin: how a run begins and goes on to its next wait, in line, because each request does so. watch.c says
 * what runs are for. */
#ifndef IKL_BEGIN_H
#define IKL_BEGIN_H

#include "wait.h"

#include <ikelive/watch.h>

enum { IKL_RUN_MAX_SENDS = (1 << 22) - 1 };

/* The deadline of what was sent, or leaves, at `sent`. */
static inline void ikl_run_set_deadline(struct ikl_run *run, ikl_time deadline, ikl_time sent)
{
    ikl_time lead = deadline > sent ? deadline - sent : 0;

    run->deadline = deadline;
    run->lead = lead < UINT32_MAX ? (uint32_t)lead : UINT32_MAX;
}

/* The request is sent at `now` and waits, as after `attempt` waits, until `planned`; never in that same tick. */
static inline void ikl_run_sent(struct ikl_run *run, uint32_t attempt, ikl_time planned, ikl_time now)
{
    run->attempt = (uint16_t)attempt;
    run->resent = false;
    run->put_off = false;
    run->early = 0;
    run->timeout = 0;
    ikl_run_set_deadline(run, ikl_time_later(planned, ikl_time_after(now, 1)), now);
}

static inline ikl_time ikl_run_wait_after(const struct ikl_run *run, uint32_t attempt, ikl_time from, uint32_t random)
{
    return ikl_time_after(from, ikl_wait_jittered(run->schedule, attempt, random));
}

/* As ikl_run_begin. */
static inline void ikl_run_set_out(struct ikl_run *run, const struct ikl_schedule *schedule, uint32_t message_id,
                                   ikl_time due, ikl_time now, uint32_t slack, uint32_t random)
{
    ikl_time planned = ikl_time_earlier(due, now);
    ikl_time from = now <= ikl_time_after(planned, slack) ? planned : now;

    *run = (struct ikl_run){.schedule = schedule, .first_sent = now, .message_id = message_id, .sends = 1};
    ikl_run_sent(run, 0, ikl_run_wait_after(run, 0, from, random), now);
}

/* One more send; the count stays at its most. */
static inline void ikl_run_count(struct ikl_run *run)
{
    if (run->sends < IKL_RUN_MAX_SENDS) {
        run->sends++;
    }
}

/* The last wait begins as ikl_schedule_wait_again says. */
static inline void ikl_run_wait_again(struct ikl_run *run, uint32_t attempt, ikl_time now, uint32_t random)
{
    ikl_run_sent(run, attempt, ikl_time_after(now, ikl_schedule_wait_again(run->schedule, random)), now);
}

/* A wait is over that is not the last, and no send is blocked: goes on to the next one, as ikl_run_tick says. `late`:
 * the tick is. */
static inline void ikl_run_go_on(struct ikl_run *run, ikl_time now, bool late, uint32_t random)
{
    uint32_t next = run->attempt + 1u;

    ikl_run_count(run);
    if (late && next + 1u >= run->schedule->tries) {
        ikl_run_wait_again(run, next, now, random);
    } else {
        ikl_run_sent(run, next, ikl_run_wait_after(run, next, late ? now : run->deadline, random), now);
    }
}

/* As ikl_run_is_suspicious. */
static inline bool ikl_run_is_suspect(const struct ikl_run *run, uint8_t suspect_after)
{
    uint32_t retransmission = run->attempt + (run->extended ? 1u : 0u);

    if (retransmission == 0 && run->early != 0) {
        retransmission = 1;
    }
    return suspect_after != IKL_SUSPECT_NEVER && retransmission >= suspect_after;
}

/* As ikl_run_end. */
static inline void ikl_run_set_idle(struct ikl_run *run)
{
    *run = (struct ikl_run){.schedule = run->schedule};
}

#endif
