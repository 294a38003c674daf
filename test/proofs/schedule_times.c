/* SPDX-License-Identifier: ISC */
/* Whatever the schedule, a wait is shortened by no more than its jitter says and never to nothing; and each try adds
 * its wait to the total, so that is the sum of all waits. No number of these overflows.
 *
 * bounds: -DTOTAL: 4 waits and 7 tries at most, of 255 ms at most; -DJITTER: a wait of 255 ms at most, 16 random bits;
 * -DSIZE: one wait, 1, 16385, 32769 or 49153 tries
 * each: -DTOTAL -DSIZE
 * long: -DJITTER
 * cbmc: --unwind 66
 * fault: -DTOTAL lib/policy/schedule.c s/(schedule->tries - schedule->n_waits)/(schedule->tries - 1u)/
 * fault: -DJITTER lib/policy/wait.h s/wait - (most \* random >> 32)/wait - most - 1/
 * fault: -DSIZE lib/policy/schedule.c s/(uint64_t)(schedule->tries - schedule->n_waits)/1u * schedule->tries/ */
#if defined(TOTAL)
#define WAITS 4
#define LONGEST 0xff
#else
#define WAITS 1
#ifdef JITTER
#define LONGEST 0xff
#endif
#endif
#include "schedules.h"

#include "policy/schedule.c"

static struct ikl_schedule schedule;

static void jitter(void)
{
    uint32_t wait = ikl_schedule_wait(&schedule, 0), chance = nondet_u32() & 0xffff0000;
    uint32_t shortened = ikl_schedule_jittered_wait(&schedule, 0, chance);

    prove(shortened >= 1 && shortened <= wait);
    prove(shortened * 1000 >= wait * (1000u - schedule.jitter));
    prove(ikl_schedule_jittered_wait(&schedule, 0, 0) == wait);
}

#ifdef TOTAL
static void total(void)
{
    struct ikl_schedule longer;
    uint64_t before;

    schedule.tries &= 7;
    suppose(ikl_schedule_check(&schedule) == IKL_OK);
    before = ikl_schedule_total(&schedule);

    longer = schedule;
    prove(schedule.tries != 1 || before == ikl_schedule_wait(&schedule, 0));
    longer.tries++;
    if (schedule.tries == schedule.n_waits && schedule.n_waits < WAITS && nondet_bool()) {
        longer.n_waits++;
        longer.waits[schedule.n_waits] = nondet_u32() & LONGEST;
        suppose(ikl_schedule_check(&longer) == IKL_OK);
    }
    prove(ikl_schedule_total(&longer) == before + ikl_schedule_wait(&longer, schedule.tries));
}
#endif

static void size(void)
{
    uint64_t sum, idle = nondet_u64(), detect;
    uint32_t wait = schedule.waits[0], moves = nondet_u32();

    schedule.tries = (schedule.tries & 0xc000) + 1u;
    sum = ikl_schedule_total(&schedule);
    detect = ikl_schedule_worst_detect(&schedule, idle);
    prove(sum == wait + ((uint64_t)(schedule.tries >> 14) * wait << 14));
    prove(idle == IKL_NEVER ? detect == IKL_NEVER : detect >= idle && detect != IKL_NEVER);
    prove(ikl_schedule_most_sends(&schedule, moves) < UINT64_C(1) << 50);
}

int main(void)
{
    schedule = any_schedule();
#if defined(TOTAL)
    total();
#elif defined(JITTER)
    jitter();
#else
    size();
#endif
    return 0;
}
