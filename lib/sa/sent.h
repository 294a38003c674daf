/* SPDX-License-Identifier: ISC */
/* ikelive sa, inside: our requests that were sent and have not ended, found in line, because each answer asks for
 * one. */
#ifndef IKL_SA_SENT_H
#define IKL_SA_SENT_H

#include "sa.h"

/* The request with this Message ID, or null; without the probe. */
static inline struct ikl_request *ikl_sa_find_sent_in_list(struct ikl_sa *sa, uint32_t message_id)
{
    struct ikl_own_request *own = ikl_request_at(sa->endpoint, sa->first_request);

    while (own != NULL && (own->request.state != IKL_REQUEST_SENT || own->request.run.message_id != message_id)) {
        own = ikl_request_after(sa->endpoint, own);
    }
    return own != NULL ? &own->request : NULL;
}

/* The same with the probe, which it nearly always is. */
static inline struct ikl_request *ikl_sa_find_sent(struct ikl_sa *sa, uint32_t message_id)
{
    if (sa->probe.state == IKL_REQUEST_SENT && sa->probe.run.message_id == message_id) {
        return &sa->probe;
    }
    return ikl_sa_find_sent_in_list(sa, message_id);
}

#endif
