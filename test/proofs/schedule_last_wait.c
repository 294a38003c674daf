/* SPDX-License-Identifier: ISC */
/* Whatever schedule is trimmed or gets a parting send, the other sends stay where they are, and the verdict comes no
 * later; what comes out is a schedule.
 *
 * bounds: 8 waits at most, any round trip
 * each: -DPARTING
 * long: -DTRIM
 * cbmc: -DWAITS=8 --unwind 10
 * fault: lib/policy/schedule.c s/= last - IKL_SCHEDULE_MIN_LAST_WAIT/= last/
 * fault: -DTRIM lib/policy/schedule.c s/waits\[out->n_waits - 1\] = (uint32_t)wait/waits[0] = (uint32_t)wait/ */
#include "schedules.h"

#include "policy/schedule.c"

static struct ikl_schedule before, after;

static uint32_t last_of(const struct ikl_schedule *schedule)
{
    return ikl_schedule_wait(schedule, schedule->tries - 1u);
}

static uint32_t listed_last_of(const struct ikl_schedule *schedule)
{
    return ikl_schedule_wait_again(schedule, 0);
}

static void trim(void)
{
    uint32_t round_trip = nondet_u32(), attempt = nondet_u32();
    uint64_t least = (uint64_t)round_trip * 8 > 1000 ? (uint64_t)round_trip * 8 : 1000;
    bool shorter = least < last_of(&before);
    int result = ikl_schedule_trim(&after, &before, round_trip);

    prove(result == (shorter && before.tries > IKL_SCHEDULE_MAX_WAITS ? IKL_ERR_INVALID : IKL_OK));
    if (result != IKL_OK) {
        return;
    }
    prove(ikl_schedule_error(&after) == NULL && after.tries == before.tries && after.jitter == before.jitter);
    prove(attempt + 1u == before.tries || ikl_schedule_wait(&after, attempt) == ikl_schedule_wait(&before, attempt));
    prove(last_of(&after) == (shorter ? least : last_of(&before)));
    prove(listed_last_of(&after) == listed_last_of(&before));
}

static void parting(void)
{
    uint32_t attempt = nondet_u32(), last = last_of(&before);
    int result = ikl_schedule_with_parting_send(&after, &before);

    prove((result == IKL_OK) == (last > 1000 && before.tries < IKL_SCHEDULE_MAX_WAITS));
    if (result != IKL_OK) {
        prove(result == IKL_ERR_INVALID);
        return;
    }
    prove(ikl_schedule_error(&after) == NULL && after.tries == before.tries + 1 && after.jitter == before.jitter);
    prove(attempt + 1u >= before.tries || ikl_schedule_wait(&after, attempt) == ikl_schedule_wait(&before, attempt));
    prove(last_of(&after) == 1000 && ikl_schedule_wait(&after, after.tries - 2u) == last - 1000);
    prove(listed_last_of(&after) == listed_last_of(&before));
}

int main(void)
{
    before = any_schedule();
#ifdef TRIM
    trim();
#else
    parting();
#endif
    return 0;
}
