/* SPDX-License-Identifier: ISC */
/* ikelive false down: how often a schedule gives up a peer that is alive, and a schedule that does so seldom enough. */
#include "policy/doubling.h"
#include "policy/odds.h"

#include <ikelive/schedule.h>

enum { LEAST_TRIES = 2 }; /* "repeated attempts" (RFC 7296 §2.4) */

static double power(double base, uint32_t exponent)
{
    double result = 1;

    for (; exponent != 0; exponent >>= 1) {
        if ((exponent & 1) != 0) {
            result *= base;
        }
        base *= base;
    }
    return result;
}

double ikl_schedule_false_down(const struct ikl_schedule *schedule, double loss)
{
    if (loss <= 0) {
        return 0;
    }
    return loss < 1 ? power(ikl_no_round_trip(loss), schedule->tries) : 1;
}

/* The least number of tries with which at most one of `checks` is expected to end in a false down;
 * IKL_SCHEDULE_MAX_TRIES + 1 when none is enough. */
static uint32_t least_tries(double loss, double checks)
{
    uint32_t too_few = LEAST_TRIES - 1;
    uint32_t enough = IKL_SCHEDULE_MAX_TRIES + 1;

    while (enough - too_few > 1) {
        uint32_t tries = too_few + (enough - too_few) / 2;

        if (power(ikl_no_round_trip(loss), tries) * checks <= 1) {
            enough = tries;
        } else {
            too_few = tries;
        }
    }
    return enough;
}

static uint64_t choose_first(uint32_t tries, uint64_t time)
{
    if (time / tries < IKL_USUAL_FIRST_WAIT) {
        return time / tries;
    }
    if (ikl_doubling_sum(IKL_USUAL_FIRST_WAIT, tries, IKL_SCHEDULE_MAX_WAIT) > time) {
        return IKL_USUAL_FIRST_WAIT;
    }
    return ikl_doubling_first(IKL_USUAL_FIRST_WAIT, tries, time);
}

int ikl_schedule_propose(struct ikl_schedule *out, uint64_t detect, uint32_t idle, double loss, double years)
{
    uint64_t first, cap;
    uint32_t tries;

    if (idle == 0 || detect <= idle || !ikl_is_loss(loss) || !ikl_is_years(years)) {
        return IKL_ERR_INVALID;
    }
    tries = least_tries(loss, years * IKL_MS_PER_YEAR / idle);
    if (tries > IKL_SCHEDULE_MAX_TRIES || (detect - idle) / tries < IKL_PROPOSED_MIN_WAIT) {
        return IKL_ERR_NOT_FOUND;
    }
    first = choose_first(tries, detect - idle);
    cap = ikl_doubling_cap(first, tries, detect - idle);
    return ikl_schedule_from_factor(out, (uint32_t)first, 2000, (uint32_t)cap, tries);
}
