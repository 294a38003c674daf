/* SPDX-License-Identifier: ISC */
/* ikelive without RFC 6311: nothing is agreed on. */
#include "sa/decisions.h"

int ikl_decide_agree_sync(struct ikl_sa *sa, unsigned what)
{
    (void)sa;
    (void)what;
    return IKL_ERR_UNSUPPORTED;
}

int ikl_decide_sync(struct ikl_sa *sa, const struct ikl_sync_options *options, ikl_time now)
{
    (void)sa;
    (void)options;
    (void)now;
    return IKL_ERR_UNSUPPORTED;
}

/* What the peer supports is of no use here. */
unsigned ikl_sync_offered(uint8_t first_payload, struct ikl_octets payloads)
{
    (void)first_payload;
    (void)payloads;
    return 0;
}
