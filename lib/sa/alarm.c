/* SPDX-License-Identifier: ISC */
/* ikelive sa: the alarm of an IKE SA rings earlier. */
#include "alarm.h"

void ikl_sa_wake_by(struct ikl_sa *sa, ikl_time deadline, ikl_time now)
{
    ikl_time wake = ikl_sa_wake_for(sa, deadline, now);

    if (wake < ikl_wheel_deadline(sa->endpoint->wheel, sa->self)) {
        (void)ikl_wheel_start(sa->endpoint->wheel, sa->self, wake);
    }
}
