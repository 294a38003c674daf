/* SPDX-License-Identifier: ISC */
/* ikelive sa, inside: how a call into the library begins and ends, in line for the calls that each datagram and each
 * timer makes; others call ikl_endpoint_begin and ikl_endpoint_leave. */
#ifndef IKL_SA_CALL_H
#define IKL_SA_CALL_H

#include "marks.h"
#include "requests.h"

#include "out_of_line.h"

/* call.c */

/* Handles a `now` of the host that is no time, is earlier than before, or is the first after an earlier one: counts it,
 * and makes it run forward. IKL_ERR_INVALID when it is no time. */
int ikl_endpoint_set_odd_clock(struct ikl_endpoint *endpoint, ikl_time *now);
/* Ends the outermost call, which has something to tell, to send or to give back. */
void ikl_endpoint_finish(struct ikl_endpoint *endpoint, ikl_time now);

/* As ikl_endpoint_begin. */
IKL_SHARED int ikl_call_begin(struct ikl_endpoint *endpoint, ikl_time *now);

/* The same for a call that receives or lets time pass: IKL_ERR_REENTRANT inside any callback. */
IKL_SHARED int ikl_call_begin_outermost(struct ikl_endpoint *endpoint, ikl_time *now);

/* Tells what was decided. Of a lone request there is nothing to tell: it may be sent again from now on. It has not
 * ended, because that would be told. */
static inline void ikl_call_tell(struct ikl_endpoint *endpoint, ikl_time now)
{
    struct ikl_request *lone = endpoint->lone;

    if (lone != NULL) {
        endpoint->lone = NULL;
        endpoint->first_told = IKL_NONE;
        ikl_request_attempt_told(lone);
    } else {
        ikl_report(endpoint, now);
    }
}

/* As ikl_endpoint_leave. */
IKL_SHARED void ikl_call_leave(struct ikl_endpoint *endpoint, ikl_time now);

#if IKL_DEFINES
IKL_SHARED int ikl_call_begin(struct ikl_endpoint *endpoint, ikl_time *now)
{
    if (ikl_endpoint_in_leaf(endpoint)) {
        return IKL_ERR_REENTRANT;
    }
    if (*now != IKL_NEVER && *now >= endpoint->now && endpoint->behind == IKL_NEVER) {
        endpoint->now = *now;
    } else if (ikl_endpoint_set_odd_clock(endpoint, now) != IKL_OK) {
        return IKL_ERR_INVALID;
    }
    if (endpoint->depth++ == 0) {
        endpoint->call++;
    }
    endpoint->deciding = true;
    return IKL_OK;
}

IKL_SHARED int ikl_call_begin_outermost(struct ikl_endpoint *endpoint, ikl_time *now)
{
    return endpoint->depth != 0 && !endpoint->deciding ? IKL_ERR_REENTRANT : ikl_call_begin(endpoint, now);
}

IKL_SHARED void ikl_call_leave(struct ikl_endpoint *endpoint, ikl_time now)
{
    bool may_finish =
        ikl_has_to_tell(endpoint) || !ikl_batch_is_empty(&endpoint->batch) || endpoint->first_freed != IKL_NONE;

    if (may_finish && endpoint->depth == 1) {
        ikl_endpoint_finish(endpoint, now);
    }
    endpoint->deciding = false;
    endpoint->depth--;
}
#endif

#endif
