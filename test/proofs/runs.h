/* SPDX-License-Identifier: ISC */
/* What proofs of runs share, besides schedules: any run, and the functions that runs have. */
#ifndef RUNS_H
#define RUNS_H

#include "schedules.h"

#include "policy/round_trip.c"
#include "policy/run.c"
#include "policy/schedule.c"
#include "policy/valid.h"

static const ikl_time LATEST = UINT64_C(1) << 62; /* an event is no later */

static inline struct ikl_run any_run(const struct ikl_schedule *schedule)
{
    return (struct ikl_run){.schedule = schedule,
                            .first_sent = nondet_u64(),
                            .deadline = nondet_u64(),
                            .message_id = nondet_u32(),
                            .lead = nondet_u32(),
                            .sends = nondet_u32() & IKL_RUN_MAX_SENDS,
                            .followed = nondet_u8() & 3,
                            .timeout = nondet_u8(),
                            .attempt = nondet_u16(),
                            .extended = nondet_bool(),
                            .again = nondet_bool(),
                            .resent = nondet_bool(),
                            .put_off = nondet_bool(),
                            .early = nondet_u8() & 3,
                            .blocked = nondet_bool(),
                            .reliable = nondet_bool(),
                            .blocked_waits = nondet_u8()};
}

static inline bool is_same_run(const struct ikl_run *a, const struct ikl_run *b)
{
    return a->first_sent == b->first_sent && a->deadline == b->deadline && a->lead == b->lead && a->sends == b->sends &&
           a->attempt == b->attempt && a->extended == b->extended && a->again == b->again && a->resent == b->resent &&
           a->put_off == b->put_off && a->early == b->early && a->blocked == b->blocked;
}

#endif
