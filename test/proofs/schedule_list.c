/* SPDX-License-Identifier: ISC */
/* Whatever list of waits is asked for, it becomes a schedule just when the header says so, and has these waits.
 *
 * bounds: none: all lists
 * cbmc: --unwind 66
 * fault: lib/policy/wait.h s/schedule->n_waits - 1u/schedule->n_waits/ */
#include "schedules.h"

#include "policy/schedule.c"

static uint32_t waits[IKL_SCHEDULE_MAX_WAITS];

static bool is_list(size_t n, uint32_t tries)
{
    bool good = n >= 1 && n <= IKL_SCHEDULE_MAX_WAITS && (tries == 0 || (tries >= n && tries <= 65535));

    for (size_t i = 0; i < IKL_SCHEDULE_MAX_WAITS; i++) {
        good = good && (i >= n || (waits[i] >= 1 && waits[i] <= 86400000));
    }
    return good;
}

int main(void)
{
    struct ikl_schedule schedule = {.n_waits = 999};
    size_t n = nondet_size();
    uint32_t tries = nondet_u32(), attempt = nondet_u32(), last = tries != 0 ? tries : (uint32_t)n;
    int result;

    for (size_t i = 0; i < IKL_SCHEDULE_MAX_WAITS; i++) {
        waits[i] = nondet_u32();
    }
    result = ikl_schedule_from_list(&schedule, waits, n, tries);
    prove(result == (is_list(n, tries) ? IKL_OK : IKL_ERR_INVALID));
    if (result != IKL_OK) {
        prove(schedule.n_waits == 999);
        return 0;
    }
    prove(ikl_schedule_error(&schedule) == NULL && schedule.jitter == 0 && schedule.again == 0);
    prove(ikl_schedule_wait(&schedule, attempt) == (attempt >= last ? 0 : waits[attempt < n ? attempt : n - 1]));
    return 0;
}
