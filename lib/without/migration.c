/* SPDX-License-Identifier: ISC */
/* ikelive without migration: an IKE SA stays in its endpoint. */
#include "sa/decisions.h"

int ikl_decide_migrate(struct ikl_sa *sa, struct ikl_endpoint *to, ikl_time now, struct ikl_sa **out)
{
    (void)sa;
    (void)to;
    (void)now;
    (void)out;
    return IKL_ERR_UNSUPPORTED;
}
