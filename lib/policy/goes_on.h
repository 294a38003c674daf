/* SPDX-License-Identifier: ISC */
/* ikelive goes on: what is true of each run that is out, and is asked of one that a snapshot brings. */
#ifndef IKL_GOES_ON_H
#define IKL_GOES_ON_H

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

#endif
