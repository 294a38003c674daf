/* SPDX-License-Identifier: ISC */
/* ikelive without key changes: keys stay what they were. */
#include "sa/decisions.h"

int ikl_decide_change_keys(struct ikl_sa *sa, const struct ikl_protection *protection, ikl_time now)
{
    (void)sa;
    (void)protection;
    (void)now;
    return IKL_ERR_UNSUPPORTED;
}
