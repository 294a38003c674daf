/* SPDX-License-Identifier: ISC */
/* ikelive sa: datagrams for this IKE SA. Judges the Message ID, opens the SK payload, and only then lets anything
 * change. */
#include "exhaustion.h"
#include "hand.h"
#include "keying.h"
#include "sent.h"

#include "crypto/check.h"
#include "policy/judge.h"

/* Whether a request of this exchange may come before the peer is authenticated (§1.1, §1.4): its Message ID is that of
 * IKE_AUTH, or of what goes before that (RFC 9242). */
static bool may_come_early(uint8_t exchange_type)
{
    return exchange_type == IKL_IKE_AUTH || exchange_type == IKL_IKE_INTERMEDIATE || exchange_type == IKL_GSA_AUTH;
}

/* Judges all that needs no cryptography; nothing changes. */
static int judge(struct ikl_sa *sa, const struct ikl_header *header, bool *repeated)
{
    *repeated = false;
    if (((header->flags & IKL_FLAG_INITIATOR) != 0) == sa->original_initiator) {
        return IKL_ERR_FLAGS;
    }
    if ((header->flags & IKL_FLAG_RESPONSE) != 0) {
        const struct ikl_request *request = ikl_sa_find_sent(sa, header->message_id);

        if (request == NULL || request->run.first_sent == IKL_NEVER) {
            return IKL_ERR_UNSOLICITED; /* what has not left is not answered */
        }
        return request->exchange_type == header->exchange_type ? IKL_OK : IKL_ERR_MALFORMED;
    }
    if (sa->state == IKL_SA_CONNECTING && !sa->early_requests && !may_come_early(header->exchange_type)) {
        return IKL_ERR_EARLY;
    }
    switch (ikl_window_judge(&sa->receive_window, header->message_id)) {
    case IKL_ARRIVAL_NEW:
        return IKL_OK;
    case IKL_ARRIVAL_REPEATED:
        *repeated = !ikl_sa_waits_for(sa, header->message_id);
        return IKL_OK;
    case IKL_ARRIVAL_FORGOTTEN:
        return IKL_ERR_STALE;
    case IKL_ARRIVAL_TOO_FAR:
        break;
    }
    return IKL_ERR_WINDOW;
}

/* False for a request that was received before, whose body was forgotten while it waited for its turn. It is taken
 * again, but is no sign of life: anybody who recorded it can send it. */
static bool is_fresh(const struct ikl_sa *sa, uint32_t message_id)
{
    return ikl_window_judge(&sa->receive_window, message_id) == IKL_ARRIVAL_NEW;
}

/* An authenticated message that is not a repeat. */
static int take(struct ikl_sa *sa, const struct ikl_message *message, ikl_time now)
{
    bool fresh;
    int result;

    if ((message->header.flags & IKL_FLAG_RESPONSE) != 0) {
        ikl_sa_answered(sa, message, now);
        return IKL_OK;
    }
    fresh = is_fresh(sa, message->header.message_id);
    result = ikl_sa_take_request(sa, message, now);
    if (result == IKL_OK) {
        sa->counters.requests += fresh ? 1 : 0;
        ikl_sa_watch_exhaustion(sa);
        if (ikl_sa_is_waiting(sa) && fresh) {
            ikl_request_heard(sa, now);
        }
    }
    return result;
}

/* Only the first fragment of a repeated request asks for the response again (RFC 7383 §2.6.1). */
static int take_repeated(struct ikl_sa *sa, const struct ikl_path *path, const struct ikl_opened *opened, ikl_time now)
{
    if (opened->fragment_number > 1) {
        return IKL_ERR_FRAGMENT;
    }
    return ikl_sa_repeated(sa, path, opened->header.message_id, now);
}

static int take_opened(struct ikl_sa *sa, const struct ikl_path *path, const struct ikl_opened *opened,
                       struct ikl_octets datagram, ikl_time now)
{
    struct ikl_message message = {.path = path,
                                  .header = opened->header,
                                  .first_payload = opened->first_payload,
                                  .critical = opened->critical,
                                  .plaintext = opened->plaintext,
                                  .datagram = datagram};
    bool complete = true;
    int result = IKL_OK;

    if (opened->fragment_number != 0) {
        message.datagram.len = 0;
        result = ikl_sa_take_fragment(sa, opened, now, &message, &complete);
    }
    if (result != IKL_OK || !complete) {
        return result;
    }
    result = take(sa, &message, now);
    if (opened->fragment_number != 0) {
        ikl_hand_wipe_after(sa->endpoint, message.plaintext.len); /* more than this one fragment */
    }
    return result;
}

static int receive(struct ikl_sa *sa, const struct ikl_path *path, const struct ikl_header *header,
                   const uint8_t *datagram, size_t len, ikl_time now)
{
    struct ikl_endpoint *endpoint = sa->endpoint;
    struct ikl_opened opened;
    bool repeated;
    int result;

    if (!ikl_sa_has_keys(sa)) {
        return ikl_sa_offer_init_response(sa, path, header, datagram, len);
    }
    if (ikl_sa_take_hint(sa, header, datagram, len, now)) {
        return IKL_ERR_UNPROTECTED;
    }
    result = judge(sa, header, &repeated);
    if (result != IKL_OK) {
        return result;
    }
    result = ikl_sk_open_read(ikl_sa_cipher(sa), ikl_sa_receive_key(sa), header, datagram, len, endpoint->plaintext,
                              endpoint->max_message, &opened);
    if (result != IKL_OK) {
        return result;
    }
    result = repeated ? take_repeated(sa, path, &opened, now)
                      : take_opened(sa, path, &opened, (struct ikl_octets){datagram, len}, now);
    ikl_hand_wipe_after(endpoint, opened.plaintext.len + opened.padding.len);
    return result;
}

int ikl_sa_receive(struct ikl_sa *sa, const struct ikl_path *path, const struct ikl_header *header,
                   const uint8_t *datagram, size_t len, ikl_time now)
{
    int result = receive(sa, path, header, datagram, len, now);

    if (result != IKL_OK) {
        ikl_history_add(sa, IKL_EVENT_REFUSED, header->message_id, result, now);
    }
    return result;
}
