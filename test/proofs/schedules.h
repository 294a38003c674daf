/* SPDX-License-Identifier: ISC */
/* What proofs of the policy share: schedules. With IKL_SCHEDULE_MAX_WAITS said to be few, all is proved of a library
 * built with that limit; the struct keeps its size. */
#ifndef SCHEDULES_H
#define SCHEDULES_H

#include "proof.h"

#include "policy/wait.h"

#ifdef WAITS
#undef IKL_SCHEDULE_MAX_WAITS
#define IKL_SCHEDULE_MAX_WAITS WAITS
#endif

#ifndef LONGEST
#define LONGEST UINT32_MAX /* ms of a wait, with all bits set up to its highest */
#endif

/* Any that keeps the rules of the header. */
static inline struct ikl_schedule any_schedule(void)
{
    struct ikl_schedule schedule = {.n_waits = nondet_u16(), .tries = nondet_u16(), .jitter = nondet_u16()};

    for (uint16_t i = 0; i < IKL_SCHEDULE_MAX_WAITS; i++) {
        schedule.waits[i] = nondet_u32() & LONGEST;
    }
    schedule.again = nondet_u32();
    suppose(ikl_schedule_check(&schedule) == IKL_OK);
    return schedule;
}

#endif
