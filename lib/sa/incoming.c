/* ikelive sa: datagrams for this IKE SA. Judges the Message ID, opens the SK payload, and only then lets anything
 * change. SPDX-License-Identifier: ISC */
#include "sa.h"

/* What can be said before any cryptography; nothing changes. */
static int judge(const struct ikl_sa *sa, const struct ikl_header *header, bool *repeated)
{
    *repeated = false;
    if (((header->flags & IKL_FLAG_INITIATOR) != 0) == sa->original_initiator) {
        return IKL_ERR_FLAGS;
    }
    if ((header->flags & IKL_FLAG_RESPONSE) != 0) {
        return ikl_send_window_awaits(&sa->send_window, header->message_id) ? IKL_OK : IKL_ERR_UNSOLICITED;
    }
    switch (ikl_receive_window_judge(&sa->receive_window, header->message_id)) {
    case IKL_ARRIVAL_NEW:
        return IKL_OK;
    case IKL_ARRIVAL_REPEATED:
        *repeated = true;
        return IKL_OK;
    case IKL_ARRIVAL_FORGOTTEN:
        return IKL_ERR_STALE;
    case IKL_ARRIVAL_TOO_FAR:
        break;
    }
    return IKL_ERR_WINDOW;
}

/* An authenticated message that is not a repeat. */
static int take(struct ikl_sa *sa, const struct ikl_path *path, const struct ikl_opened *opened, ikl_time now)
{
    int result;

    if ((opened->header.flags & IKL_FLAG_RESPONSE) != 0) {
        return ikl_sa_answered(sa, &opened->header, now);
    }
    result = ikl_sa_take_request(sa, path, opened, now);
    if (result == IKL_OK) {
        sa->counters.requests++;
    }
    return result;
}

int ikl_sa_receive(struct ikl_sa *sa, const struct ikl_path *path, const struct ikl_header *header,
                   const uint8_t *datagram, size_t len, ikl_time now)
{
    struct ikl_endpoint *endpoint = sa->endpoint;
    struct ikl_opened opened;
    bool repeated;
    int result = judge(sa, header, &repeated);

    if (result != IKL_OK) {
        return result;
    }
    result = ikl_message_open(sa->cipher, sa->receive_key, datagram, len, endpoint->plaintext, endpoint->max_message,
                              &opened);
    if (result != IKL_OK) {
        return result;
    }
    if (opened.fragment_number != 0) {
        result = IKL_ERR_UNSUPPORTED;
    } else if (repeated) {
        result = ikl_sa_repeat_answer(sa, path, header->message_id, now);
    } else {
        result = take(sa, path, &opened, now);
    }
    ikl_wipe(endpoint->plaintext, opened.plaintext.len);
    return result;
}
