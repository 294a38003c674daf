/* SPDX-License-Identifier: ISC */
/* ikelive goes on: what is true of each run that is out, and of each monitor; it is asked of those that a snapshot
 * brings. */
#ifndef IKL_GOES_ON_H
#define IKL_GOES_ON_H

#include <ikelive/monitor.h>
#include <ikelive/watch.h>

/* Round-trip sends come in the first wait only, and end with any other send. */
static inline bool ikl_run_may_have_early(const struct ikl_run *run)
{
    return run->attempt == 0 && run->early < IKL_RUN_MAX_EARLY && !run->blocked && !run->put_off && !run->resent &&
           !run->reliable;
}

/* It was sent, but for a first send that is blocked. */
static inline bool ikl_run_goes_on(const struct ikl_run *run)
{
    return (run->first_sent != IKL_NEVER || (run->blocked && run->sends == 1)) &&
           run->attempt < IKL_SCHEDULE_MAX_TRIES && (run->timeout == 0 || ikl_run_may_have_early(run));
}

/* Before the first probe nothing has come of any. */
static inline bool ikl_monitor_is_new(const struct ikl_monitor *monitor)
{
    return monitor->state == IKL_MONITOR_UNPROVEN && monitor->probe == 0 && monitor->targets == 0 &&
           monitor->late == 0 && monitor->row == 0 && !monitor->out && !monitor->counts && !monitor->credited &&
           !monitor->forgiven && !monitor->told && !monitor->wrapped;
}

static inline bool ikl_monitor_renewals_are_valid(const struct ikl_monitor *monitor)
{
    return monitor->renewals != 0 ? monitor->downs != 0 : !monitor->renewed;
}

/* What is lost in a row ends with an answer, and what belongs to a DOWN comes after one. */
static inline bool ikl_monitor_row_is_valid(const struct ikl_monitor *monitor)
{
    return (monitor->state != IKL_MONITOR_UP || monitor->row == 0) &&
           (monitor->state != IKL_MONITOR_SUSPECT || monitor->row != 0) &&
           (monitor->state != IKL_MONITOR_DOWN || monitor->downs != 0) && ikl_monitor_renewals_are_valid(monitor);
}

/* And an answer leaves nothing out, nor forgiven. */
static inline bool ikl_monitor_can_be(const struct ikl_monitor *monitor)
{
    return (monitor->begun || ikl_monitor_is_new(monitor)) && ikl_monitor_row_is_valid(monitor) &&
           (!monitor->credited || (!monitor->out && !monitor->forgiven));
}

#endif
