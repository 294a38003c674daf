/* SPDX-License-Identifier: ISC */
/* ikelive endpoint, inside: datagrams that the host could not send. */
#ifndef IKL_ENDPOINT_FAILURE_H
#define IKL_ENDPOINT_FAILURE_H

#include "sa/sa.h"

/* Counts one; `sa` is null for an IKE SA that is gone. */
static inline void ikl_endpoint_count_failure(struct ikl_endpoint *endpoint, struct ikl_sa *sa, int result)
{
    if (result == IKL_ERR_BLOCKED) {
        endpoint->counters.blocked++;
        return;
    }
    endpoint->counters.send_failures++;
    if (sa != NULL) {
        sa->counters.send_failures++;
    }
}

#endif
