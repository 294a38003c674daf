/* SPDX-License-Identifier: ISC */
/* ikelive sa: requests of ours that went into a batch, which the host sent or could not send. */
#include "alarm.h"
#include "message/header.h"
#include "sent.h"

/* A message in fragments has left when its last one has. */
static bool is_last_of_message(const struct ikl_header *header, const uint8_t *fragment_header)
{
    return header->next_payload != IKL_PAYLOAD_SKF ||
           ikl_load_u16(fragment_header + 4) == ikl_load_u16(fragment_header + 6);
}

/* The request of ours whose last datagram this is; null when it is none. */
static struct ikl_request *request_in(struct ikl_sa *sa, const uint8_t *datagram)
{
    struct ikl_header header;

    ikl_header_load(&header, datagram);
    if ((header.flags & IKL_FLAG_RESPONSE) != 0 || !is_last_of_message(&header, datagram + IKL_HEADER_LEN)) {
        return NULL;
    }
    return ikl_sa_find_sent(sa, header.message_id);
}

void ikl_sa_batch_said(struct ikl_sa *sa, const uint8_t *datagram, bool blocked, ikl_time now)
{
    struct ikl_request *request = request_in(sa, datagram);

    if (request == NULL || !(blocked ? ikl_request_has_to_wait(sa, request, now) : request->run.blocked)) {
        return;
    }
    if (blocked) {
        request->counted = true;
    } else {
        ikl_run_left(&request->run, now);
    }
    ikl_sa_wake_by(sa, request->run.deadline, now);
}
