/* SPDX-License-Identifier: ISC */
/* ikelive sa: datagrams for this IKE SA. Judges the Message ID, opens the SK payload, and only then lets anything
 * change. */
#include "event.h"
#include "exhaustion.h"
#include "hand.h"
#include "keying.h"
#include "sent.h"
#include "syncing.h"

#include "crypto/sk.h"
#include "out_of_line.h"
#include "policy/judge.h"

/* Whether a request of this exchange may come before the peer is authenticated (§1.1, §1.4): its Message ID is that of
 * IKE_AUTH, or of what goes before that (RFC 9242). */
static bool may_come_early(uint8_t exchange_type)
{
    return exchange_type == IKL_IKE_AUTH || exchange_type == IKL_IKE_INTERMEDIATE || exchange_type == IKL_GSA_AUTH;
}

/* Judges by its Message ID a request that is not new. `repeated` when its response is asked for again. */
static int judge_repeated(const struct ikl_sa *sa, enum ikl_arrival arrival, uint32_t message_id, bool *repeated)
{
    if (arrival == IKL_ARRIVAL_REPEATED) {
        *repeated = !ikl_sa_waits_for(sa, message_id);
        return IKL_OK;
    }
    return arrival == IKL_ARRIVAL_FORGOTTEN ? IKL_ERR_STALE : IKL_ERR_WINDOW;
}

/* A request that was received before, but whose body was forgotten while it waited for its turn, is taken again. It is
 * not fresh: anybody who recorded it can send it, so it is no sign of life. */
static int judge_request(const struct ikl_sa *sa, struct ikl_message *message, bool *repeated)
{
    const struct ikl_header *header = &message->opened.header;
    enum ikl_arrival arrival;

    if (sa->state == IKL_SA_CONNECTING && !sa->early_requests && !may_come_early(header->exchange_type)) {
        return IKL_ERR_EARLY;
    }
    arrival = ikl_window_judge(&sa->receive_window, header->message_id);
    message->fresh = arrival == IKL_ARRIVAL_NEW;
    return message->fresh ? IKL_OK : judge_repeated(sa, arrival, header->message_id, repeated);
}

static int judge_response(struct ikl_sa *sa, struct ikl_message *message)
{
    const struct ikl_header *header = &message->opened.header;
    struct ikl_request *request = ikl_sa_find_sent(sa, header->message_id);

    message->answered = request;
    if (request == NULL || request->run.first_sent == IKL_NEVER) {
        return IKL_ERR_UNSOLICITED; /* what has not left is not answered */
    }
    return request->exchange_type == header->exchange_type ? IKL_OK : IKL_ERR_MALFORMED;
}

static bool is_response(const struct ikl_message *message)
{
    return (message->opened.header.flags & IKL_FLAG_RESPONSE) != 0;
}

/* Judges all that needs no cryptography; nothing of the IKE SA changes. */
static int judge(struct ikl_sa *sa, struct ikl_message *message, bool *repeated)
{
    bool from_initiator = (message->opened.header.flags & IKL_FLAG_INITIATOR) != 0;

    *repeated = false;
    if (from_initiator == sa->original_initiator) {
        return IKL_ERR_FLAGS;
    }
    return is_response(message) ? judge_response(sa, message) : judge_request(sa, message, repeated);
}

static int take_request(struct ikl_sa *sa, const struct ikl_message *message, ikl_time now)
{
    int result = ikl_sa_take_request(sa, message, now);

    if (result != IKL_OK) {
        return result;
    }
    ikl_sa_watch_exhaustion(sa);
    if (message->fresh) {
        sa->counters.requests++;
        if (ikl_sa_is_waiting(sa)) {
            ikl_request_heard(sa, now);
        }
    }
    return IKL_OK;
}

/* An authenticated message that is whole and not a repeat. */
static IKL_IN_LINE int take(struct ikl_sa *sa, const struct ikl_message *message, ikl_time now)
{
    int result = IKL_OK;

    if (is_response(message)) {
        ikl_sa_answered(sa, message, now);
    } else {
        result = take_request(sa, message, now);
    }
    sa->endpoint->counters.accepted += result == IKL_OK ? 1 : 0;
    return result;
}

/* Only the first fragment of a repeated request asks for the response again (RFC 7383 §2.6.1). */
static int take_repeated(struct ikl_sa *sa, const struct ikl_message *message, ikl_time now)
{
    if (message->opened.fragment_number > 1) {
        return IKL_ERR_FRAGMENT;
    }
    return ikl_sa_repeated(sa, message->path, message->opened.header.message_id, now);
}

IKL_OUT_OF_LINE static int take_fragment(struct ikl_sa *sa, struct ikl_message *message, ikl_time now)
{
    size_t secret_len = message->opened.plaintext.len + message->opened.padding.len;
    bool complete;
    int result = ikl_sa_take_fragment(sa, &message->opened, now, &complete);

    if (result == IKL_OK && complete) {
        message->datagram.len = 0;
        message->hash = 0;
        result = take(sa, message, now);
        ikl_hand_wipe_after(sa->endpoint, message->opened.plaintext.len); /* more than this one fragment */
    }
    ikl_hand_wipe_after(sa->endpoint, secret_len);
    return result;
}

/* In line, because each message is opened; and the same where that is seldom done. */
static IKL_IN_LINE int open(struct ikl_sa *sa, struct ikl_message *message)
{
    return ikl_sk_open_read(ikl_sa_cipher(sa), ikl_sa_receive_key(sa), message->datagram, sa->endpoint->plaintext,
                            sa->endpoint->max_message, &message->opened);
}

IKL_OUT_OF_LINE static int open_seldom(struct ikl_sa *sa, struct ikl_message *message)
{
    return open(sa, message);
}

/* A message that may synchronise Message IDs. IKL_ERR_NOT_FOUND when it is to be taken like any other; what was opened
 * of it is not needed then. */
IKL_OUT_OF_LINE static int receive_sync(struct ikl_sa *sa, struct ikl_message *message, ikl_time now)
{
    uint32_t repeats = sa->counters.repeats;
    int result = ikl_sa_judge_sync(sa, message);

    if (result == IKL_OK) {
        result = open_seldom(sa, message);
        if (result == IKL_OK) {
            size_t secret_len = message->opened.plaintext.len + message->opened.padding.len;

            result = ikl_sa_take_sync(sa, message, now);
            ikl_wipe(sa->endpoint->plaintext, secret_len);
        }
    }
    if (result == IKL_OK && sa->counters.repeats == repeats) {
        sa->endpoint->counters.accepted++;
    }
    return result;
}

/* One that came whole. */
static IKL_IN_LINE int take_whole(struct ikl_sa *sa, struct ikl_message *message, bool repeated, ikl_time now)
{
    size_t secret_len = message->opened.plaintext.len + message->opened.padding.len;
    int result = repeated ? take_repeated(sa, message, now) : take(sa, message, now);

    ikl_hand_wipe_after(sa->endpoint, secret_len);
    return result;
}

static int open_and_take(struct ikl_sa *sa, struct ikl_message *message, bool repeated, ikl_time now)
{
    int result = open_seldom(sa, message);

    if (result != IKL_OK) {
        return result;
    }
    if (repeated || message->opened.fragment_number == 0) {
        return take_whole(sa, message, repeated, now);
    }
    return take_fragment(sa, message, now);
}

/* The IKE SA has former keys, with which a request from before the change was sealed. */
static int open_and_take_with_either(struct ikl_sa *sa, struct ikl_message *message, bool repeated, ikl_time now)
{
    bool former = !is_response(message) && ikl_key_change_is_before(sa, message->opened.header.message_id);
    int result;

    if (former) {
        ikl_key_change_swap(sa);
    }
    result = open_and_take(sa, message, repeated, now);
    if (former) {
        ikl_key_change_swap(sa);
    } else {
        ikl_key_change_went_on(sa);
    }
    return result;
}

/* Whether this message needs what only few IKE SAs have. */
IKL_OUT_OF_LINE static bool concerns_rare(const struct ikl_sa *sa, const struct ikl_message *message)
{
    return ikl_sa_has_rare(sa, IKL_RARE_FORMER_KEYS) || ikl_sa_may_be_sync(sa, &message->opened.header);
}

/* Nearly each message. What only few IKE SAs have costs those of the others no more than one look at all of it. */
static inline bool is_usual(const struct ikl_sa *sa, const struct ikl_message *message)
{
    return message->opened.header.next_payload == IKL_PAYLOAD_SK && ikl_sa_has_keys(sa) &&
           (!ikl_sa_is_rare(sa) || !concerns_rare(sa, message));
}

/* Takes a message that is judged by other rules. IKL_ERR_NOT_FOUND when it is none. */
IKL_OUT_OF_LINE static int take_other(struct ikl_sa *sa, struct ikl_message *message, ikl_time now)
{
    int result = IKL_ERR_NOT_FOUND;

    if (!ikl_sa_has_keys(sa)) {
        return ikl_sa_offer_init_response(sa, message);
    }
    if (message->opened.header.next_payload == IKL_PAYLOAD_NOTIFY) {
        result = ikl_sa_take_unprotected(sa, message, now);
    }
    if (result == IKL_ERR_NOT_FOUND && ikl_sa_may_be_sync(sa, &message->opened.header)) {
        result = receive_sync(sa, message, now);
    }
    return result;
}

/* Takes a message that was judged, whole or not, under the keys of its time. */
IKL_OUT_OF_LINE static int take_unusual(struct ikl_sa *sa, struct ikl_message *message, bool repeated, ikl_time now)
{
    return ikl_sa_has_rare(sa, IKL_RARE_FORMER_KEYS) ? open_and_take_with_either(sa, message, repeated, now)
                                                     : open_and_take(sa, message, repeated, now);
}

static int receive(struct ikl_sa *sa, struct ikl_message *message, ikl_time now)
{
    bool usual = is_usual(sa, message);
    bool repeated;
    int result = usual ? IKL_ERR_NOT_FOUND : take_other(sa, message, now);

    if (result != IKL_ERR_NOT_FOUND) {
        return result;
    }
    result = judge(sa, message, &repeated);
    if (result != IKL_OK) {
        return result;
    }
    if (!usual) {
        return take_unusual(sa, message, repeated, now);
    }
    result = open(sa, message);
    return result == IKL_OK ? take_whole(sa, message, repeated, now) : result;
}

int ikl_sa_receive(struct ikl_sa *sa, struct ikl_message *message, ikl_time now)
{
    int result = receive(sa, message, now);

    if (result != IKL_OK) {
        ikl_history_add(sa, IKL_EVENT_REFUSED, message->opened.header.message_id, result, now);
    }
    return result;
}
