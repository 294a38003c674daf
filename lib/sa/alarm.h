/* SPDX-License-Identifier: ISC */
/* ikelive sa, inside: the alarm of an IKE SA: its one timer in the wheel, in line, because each look sets it anew. */
#ifndef IKL_SA_ALARM_H
#define IKL_SA_ALARM_H

#include "sa.h"

/* When to wake for this deadline. Inside an advance always later than the advance's own time, so that it ends; at the
 * last time there is, where sums of times end, nothing is later: IKL_NEVER. Outside an advance, what is due already
 * stays due for the next one. */
static inline ikl_time ikl_sa_wake_for(const struct ikl_sa *sa, ikl_time deadline, ikl_time now)
{
    if (deadline > now || !sa->endpoint->advancing) {
        return deadline;
    }
    return now < IKL_NEVER - 1 ? now + 1 : IKL_NEVER;
}

/* The IKE SA wakes at this time; IKL_NEVER: not any more. */
static inline void ikl_sa_set_alarm(struct ikl_sa *sa, ikl_time deadline, ikl_time now)
{
    ikl_time wake = ikl_sa_wake_for(sa, deadline, now);

    if (wake == IKL_NEVER) {
        ikl_wheel_stop(sa->endpoint->wheel, sa->self);
    } else {
        (void)ikl_wheel_start(sa->endpoint->wheel, sa->self, wake);
    }
}

/* alarm.c */

/* The same, if that is earlier. */
void ikl_sa_wake_by(struct ikl_sa *sa, ikl_time deadline, ikl_time now);

#endif
