/* SPDX-License-Identifier: ISC */
/* IKE SAs of the library in the places of recorded peers: which IKE SAs, whose places, from which point on. */
#include "captures_replay.h"

#include <stdio.h>
#include <string.h>

bool replay_has(const struct replay *replay, const struct session_message *message)
{
    return message->spi_i == replay->recorded->spi_i &&
           (message->spi_r == replay->recorded->spi_r || message->exchange_type == IKL_IKE_SA_INIT);
}

bool replay_sends(const struct replay *replay, const struct session_message *message)
{
    return ((message->flags & IKL_FLAG_INITIATOR) != 0) == replay->original_initiator;
}

bool replay_is_response(const struct session_message *message)
{
    return (message->flags & IKL_FLAG_RESPONSE) != 0;
}

bool replay_read_delete(const struct session_message *message, struct ikl_delete *out)
{
    struct ikl_chain chain = ikl_chain((uint8_t)message->first_payload, message->plaintext);
    struct ikl_payload first;

    return message->exchange_type == IKL_INFORMATIONAL && ikl_chain_next(&chain, &first) == IKL_OK &&
           first.type == IKL_PAYLOAD_DELETE && ikl_delete_read(out, first.body) == IKL_OK;
}

bool replay_deletes_sa(const struct session_message *message)
{
    struct ikl_delete payload;

    return !replay_is_response(message) && replay_read_delete(message, &payload) &&
           payload.protocol == IKL_PROTOCOL_IKE;
}

/* The first request or response of the exchange that `like` belongs to; null when there is none. */
static const struct session_message *find(const struct replay *replay, const struct session_message *like,
                                          bool response, bool sent)
{
    const struct session *session = &replay->capture->session;

    for (size_t i = 0; i < session->n_messages; i++) {
        const struct session_message *message = &session->messages[i];

        if (replay_has(replay, message) && replay_is_response(message) == response &&
            replay_sends(replay, message) == sent && message->exchange_type == like->exchange_type &&
            message->message_id == like->message_id) {
            return message;
        }
    }
    return NULL;
}

const struct session_message *replay_find_response(const struct replay *replay, const struct session_message *request)
{
    return find(replay, request, true, !replay_sends(replay, request));
}

const struct session_message *replay_find_request(const struct replay *replay, const struct session_message *response)
{
    return find(replay, response, false, !replay_sends(replay, response));
}

bool replay_is_repetition(const struct replay *replay, const struct session_message *message)
{
    const struct ikl_octets *datagram = &message->datagram;

    for (const struct session_message *earlier = replay->capture->session.messages; earlier < message; earlier++) {
        if (earlier->datagram.len == datagram->len &&
            memcmp(earlier->datagram.data, datagram->data, datagram->len) == 0) {
            return true;
        }
    }
    return false;
}

/* Not one that asks for a cookie or another key exchange method. */
static bool makes_keys(const struct replay *replay, const struct session_message *message)
{
    struct ikl_chain chain;
    struct ikl_payload payload;
    struct ikl_header header;

    if (message->exchange_type != IKL_IKE_SA_INIT || !replay_is_response(message) ||
        message->spi_r != replay->recorded->spi_r ||
        ikl_header_read(&header, message->datagram.data, message->datagram.len) != IKL_OK) {
        return false;
    }
    chain = ikl_chain(header.next_payload, (struct ikl_octets){message->datagram.data + IKL_HEADER_LEN,
                                                               message->datagram.len - IKL_HEADER_LEN});
    while (ikl_chain_next(&chain, &payload) == IKL_OK) {
        if (payload.type == IKL_PAYLOAD_KE) {
            return true;
        }
    }
    return false;
}

size_t replay_keys_after(const struct replay *replay)
{
    const struct session *session = &replay->capture->session;

    for (size_t i = 0; i < session->n_messages; i++) {
        if (replay_has(replay, &session->messages[i]) && makes_keys(replay, &session->messages[i])) {
            return i + 1;
        }
    }
    return 0;
}

/* The first response of the last IKE_AUTH exchange: there are several with EAP. */
size_t replay_authenticated_after(const struct replay *replay)
{
    const struct session *session = &replay->capture->session;
    const struct session_message *last = NULL;

    for (size_t i = 0; i < session->n_messages; i++) {
        const struct session_message *message = &session->messages[i];

        if (replay_has(replay, message) && replay_is_response(message) && message->exchange_type == IKL_IKE_AUTH &&
            (last == NULL || message->message_id > last->message_id)) {
            last = message;
        }
    }
    return last != NULL ? (size_t)(last - session->messages) + 1 : 0;
}

/* Where the request is that deletes the IKE SA; the number of messages when there is none. */
static size_t find_delete(const struct replay *replay)
{
    const struct session *session = &replay->capture->session;
    size_t at = 0;

    while (at < session->n_messages &&
           !(replay_has(replay, &session->messages[at]) && replay_deletes_sa(&session->messages[at]))) {
        at++;
    }
    return at;
}

/* Responses of the library's were sent when the request was received. A responder's IKE_SA_INIT response is the host's,
 * and so is repeating it. */
static void step(struct replay *replay, const struct session_message *message)
{
    if (message->exchange_type == IKL_IKE_SA_INIT && !replay->original_initiator) {
        return;
    }
    if (!replay_sends(replay, message) && replay_is_response(message)) {
        replay_receive_response(replay, message);
    } else if (!replay_sends(replay, message)) {
        replay_receive_request(replay, message);
    } else if (!replay_is_response(message)) {
        replay_request(replay, message);
    } else if (replay_find_request(replay, message) == NULL) {
        capture_mismatch(replay->capture, replay->number, "responds to nothing");
    }
}

static bool is_deleted(const struct replay *replay)
{
    const struct session *session = &replay->capture->session;

    for (size_t i = 0; i < session->n_messages; i++) {
        const struct session_message *message = &session->messages[i];

        if (replay_has(replay, message) && replay_deletes_sa(message) &&
            replay_find_response(replay, message) != NULL) {
            return true;
        }
    }
    return false;
}

/* An IKE SA that was deleted is gone, and one that was not is there, though it waits for the answer to its Delete. */
static void check_end(struct replay *replay)
{
    bool deleted = is_deleted(replay);

    if ((ikl_sa_state(replay->sa) == IKL_SA_DEAD) != deleted || replay->n_down != (deleted ? 1 : 0)) {
        capture_mismatch(replay->capture, 0, "an IKE SA lives longer or shorter than was recorded");
    }
}

static bool was_answered(const struct replay *replay, const struct session_message *request, size_t cut)
{
    const struct session_message *response = replay_find_response(replay, request);

    return response != NULL && (size_t)(response - replay->capture->session.messages) < cut;
}

/* The peer's latest request that was answered before `cut`, and that it may repeat; null when there is none. */
static const struct session_message *find_answered(const struct replay *replay, size_t cut)
{
    const struct session *session = &replay->capture->session;
    const struct session_message *latest = NULL;

    for (size_t i = 0; i < cut; i++) {
        const struct session_message *message = &session->messages[i];

        if (replay_has(replay, message) && !replay_sends(replay, message) && !replay_is_response(message) &&
            message->exchange_type != IKL_IKE_SA_INIT && was_answered(replay, message, cut) &&
            (latest == NULL || message->message_id > latest->message_id)) {
            latest = message;
        }
    }
    return latest;
}

/* What came before `cut` goes on: the peer repeats the request that was answered last, ours that is outstanding goes
 * out again, and the peer's that has no answer yet comes. */
static void finish_what_was_begun(struct replay *replay, size_t cut)
{
    const struct session *session = &replay->capture->session;
    const struct session_message *answered = find_answered(replay, cut);

    if (answered != NULL) {
        replay->number = (size_t)(answered - session->messages) + 1;
        replay_receive_request(replay, answered);
    }
    for (size_t i = 0; i < cut; i++) {
        const struct session_message *message = &session->messages[i];

        if (!replay_has(replay, message) || replay_is_response(message) || was_answered(replay, message, cut)) {
            continue;
        }
        replay->number = i + 1;
        if (replay_sends(replay, message)) {
            replay_retransmission(replay, message);
        } else {
            replay_receive_request(replay, message);
        }
    }
}

static void replay_from(struct replay *replay, size_t cut)
{
    const struct session *session = &replay->capture->session;
    size_t authenticated = replay_authenticated_after(replay);

    replay->number = cut + 1;
    if (!replay_begin(replay, cut)) {
        capture_mismatch(replay->capture, replay->number, "the IKE SA cannot be handed over before it");
        return;
    }
    replay->capture->n_handed_over++;
    finish_what_was_begun(replay, cut);
    for (size_t i = cut; i < session->n_messages; i++) {
        replay->number = i + 1;
        if (replay_has(replay, &session->messages[i])) {
            step(replay, &session->messages[i]);
        }
        if (i + 1 == authenticated) {
            replay_authenticated(replay);
        }
    }
    check_end(replay);
    replay_end(replay);
}

static bool has_fragments(const struct replay *replay)
{
    const struct session *session = &replay->capture->session;
    struct ikl_header header;

    for (size_t i = 0; i < session->n_messages; i++) {
        const struct session_message *message = &session->messages[i];

        if (replay_has(replay, message) &&
            ikl_header_read(&header, message->datagram.data, message->datagram.len) == IKL_OK &&
            header.next_payload == IKL_PAYLOAD_SKF) {
            return true;
        }
    }
    return false;
}

/* The IKE SA can be handed over as soon as there are keys. An original initiator also begins it with its first packet;
 * a responder's IKE_SA_INIT response is the host's. */
static void check_place(struct replay *replay)
{
    const struct session *session = &replay->capture->session;
    size_t first_keys = replay_keys_after(replay);
    size_t last = find_delete(replay);

    replay->counts = true;
    if (first_keys != 0 && replay->original_initiator) {
        replay_from(replay, 0);
        replay->counts = false;
    }
    for (size_t cut = first_keys; cut <= last && cut < session->n_messages; cut++) {
        if (replay_has(replay, &session->messages[cut])) {
            replay_from(replay, cut);
            replay->counts = false;
        }
    }
}

void capture_check_sas(struct capture *capture)
{
    for (size_t i = 0; i < capture->session.n_sas; i++) {
        for (int original_initiator = 0; original_initiator <= 1; original_initiator++) {
            struct replay replay = {.capture = capture,
                                    .recorded = &capture->session.sas[i],
                                    .keys = &capture->keys[i],
                                    .original_initiator = original_initiator != 0};

            if (has_fragments(&replay)) {
                printf("%s: an IKE SA with fragmented messages is not put in the place of a peer\n", capture->path);
            } else {
                check_place(&replay);
            }
        }
    }
}
