/* SPDX-License-Identifier: ISC */
/* ikelive sa, inside: what `send` said of a request of ours, in line for the sends that are like any other. */
#ifndef IKL_SA_NOTED_H
#define IKL_SA_NOTED_H

#include "attempts.h"
#include "exhaustion.h"

#include "out_of_line.h"

/* `send` returned `result` for a request of ours, the first time or `again`. Unless it is blocked it is counted and is
 * to be told, if it is not `told` already. */
IKL_SHARED_IN_LINE void ikl_request_note(struct ikl_sa *sa, struct ikl_request *request, bool again, bool told,
                                         int result, ikl_time now);

#if IKL_DEFINES
IKL_SHARED_IN_LINE void ikl_request_note(struct ikl_sa *sa, struct ikl_request *request, bool again, bool told,
                                         int result, ikl_time now)
{
    request->send_result = result;
    if (result != IKL_OK || request->run.blocked || told) {
        ikl_request_note_otherwise(sa, request, told, now);
    } else {
        if (again) {
            ikl_request_count(sa, request, now);
        } else {
            ikl_request_count_first(sa, request, now);
        }
        ikl_request_is_to_tell(sa, request);
    }
    ikl_sa_watch_exhaustion(sa);
}
#endif

#endif
