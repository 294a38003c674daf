/* SPDX-License-Identifier: ISC */
/* Faults: requests of the peer's own. */
#include "wrong.h"

#include "support/test.h"

static const struct ikl_octets nothing = {NULL, 0};

static bool is_own_request(const struct wrong_message *message)
{
    return message->opened && (message->header.flags & IKL_FLAG_RESPONSE) == 0;
}

static bool seals_anew(struct wrong_peer *peer, struct wrong_datagram *datagram, const struct wrong_message *message)
{
    if (is_own_request(message) && peer->n_asked > 0) {
        wrong_seal(datagram, message, message->inside.first_payload, message->inside.plaintext);
    }
    return true;
}

static bool repeats_twice(struct wrong_peer *peer, struct wrong_datagram *datagram, const struct wrong_message *message)
{
    if (is_own_request(message) && peer->n_asked > 0) {
        wrong_send(peer, datagram);
    }
    return true;
}

static bool loses_answer(struct wrong_peer *peer, struct wrong_datagram *datagram, const struct wrong_message *message)
{
    (void)datagram;
    return !peer->asks || peer->asked != TESTER_ASKED_OTHER || !wrong_is_response(message, IKL_INFORMATIONAL);
}

static bool asks_ahead(struct wrong_peer *peer, struct wrong_datagram *datagram, const struct wrong_message *message)
{
    struct wrong_datagram next = *datagram;
    struct wrong_message request = *message;

    if (is_own_request(message) && peer->n_asked > 0) {
        request.header.message_id++;
        wrong_seal(&next, &request, IKL_PAYLOAD_NONE, nothing);
        wrong_send(peer, &next);
    }
    return true;
}

/* Takes a message for the answer to its request, and gives the right peer that answer. */
static bool believe(struct wrong_peer *peer, const struct wrong_datagram *datagram, const struct wrong_message *message,
                    bool wrongly)
{
    struct wrong_datagram genuine = *datagram;
    struct wrong_message answer = {.header = message->header, .sa = message->sa};

    if (!wrongly || message->sa == NULL || !peer->asks || (message->header.flags & IKL_FLAG_RESPONSE) == 0) {
        return true;
    }
    answer.header.message_id = peer->asked_id;
    wrong_seal(&genuine, &answer, IKL_PAYLOAD_NONE, nothing);
    wrong_give(peer, &genuine);
    return true;
}

static bool believes_other_id(struct wrong_peer *peer, struct wrong_datagram *datagram,
                              const struct wrong_message *message)
{
    return believe(peer, datagram, message, message->opened && message->header.message_id != peer->asked_id);
}

static bool believes_forged(struct wrong_peer *peer, struct wrong_datagram *datagram,
                            const struct wrong_message *message)
{
    return believe(peer, datagram, message, !message->opened && message->header.next_payload == IKL_PAYLOAD_SK);
}

static bool believes_unprotected(struct wrong_peer *peer, struct wrong_datagram *datagram,
                                 const struct wrong_message *message)
{
    return believe(peer, datagram, message, !message->opened && message->header.next_payload == IKL_PAYLOAD_NONE);
}

/* When the last send of a request came to nothing, the IKE SA is there all the same. */
static bool stays(struct wrong_peer *peer, struct wrong_datagram *datagram, const struct wrong_message *message)
{
    if (peer->asks && peer->end.ikeping.sessions == NULL && wrong_is_request(message, IKL_INFORMATIONAL)) {
        wrong_answer(peer, datagram, message, NULL);
    }
    return true;
}

static const struct wrong_fault faults[] = {
    {"asked-again", "a request is sent again with other octets", .sends = seals_anew},
    {"asked-slower", "a request is sent again twice at a time", .sends = repeats_twice},
    {"asked-once", "a response does not end a request", .takes = loses_answer},
    {"asked-singly", "a second request is sent before the first is answered", .sends = asks_ahead},
    {"answer-with-other-id", "a response with another Message ID ends a request", .takes = believes_other_id},
    {"forged-answer", "a response that is not authentic ends a request", .takes = believes_forged},
    {"unprotected-answer", "a response without protection ends a request", .takes = believes_unprotected},
    {"verdict", "the IKE SA stays when a request was given up", .takes = stays},
};

const struct wrong_faults asks_faults = {faults, COUNT_OF(faults)};
