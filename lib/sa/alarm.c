/* SPDX-License-Identifier: ISC */
/* ikelive sa: the alarm of an IKE SA: its one timer in the endpoint's wheel. */
#include "sa.h"

/* When to wake for this deadline. Inside an advance always later than the advance's own time, so that it ends; at the
 * last time there is, where sums of times end, nothing is later: IKL_NEVER. Outside an advance, what is due already
 * stays due for the next one. */
static ikl_time wake_for(const struct ikl_sa *sa, ikl_time deadline, ikl_time now)
{
    if (!sa->endpoint->advancing) {
        return deadline;
    }
    deadline = ikl_time_later(deadline, ikl_time_after(now, 1));
    return deadline != now ? deadline : IKL_NEVER;
}

void ikl_sa_set_alarm(struct ikl_sa *sa, ikl_time deadline, ikl_time now)
{
    ikl_time wake = wake_for(sa, deadline, now);

    if (wake == IKL_NEVER) {
        ikl_wheel_stop(sa->endpoint->wheel, sa->self);
    } else {
        (void)ikl_wheel_start(sa->endpoint->wheel, sa->self, wake);
    }
}

void ikl_sa_wake_by(struct ikl_sa *sa, ikl_time deadline, ikl_time now)
{
    ikl_time wake = wake_for(sa, deadline, now);

    if (wake < ikl_wheel_deadline(sa->endpoint->wheel, sa->self)) {
        (void)ikl_wheel_start(sa->endpoint->wheel, sa->self, wake);
    }
}
