/* SPDX-License-Identifier: ISC */
/* Faults: requests that come again. */
#include "wrong.h"

#include "examples/ikeping/repeats.h"
#include "support/test.h"

static bool forgets_init(struct wrong_peer *peer, struct wrong_datagram *datagram, const struct wrong_message *message)
{
    (void)datagram;
    (void)message;
    for (const struct session *session = peer->end.ikeping.sessions; session != NULL; session = session->next) {
        repeats_remove(&peer->end.ikeping, &session->handshake);
    }
    return true;
}

/* One that the fault is about. */
static bool concerns(const struct wrong_peer *peer, const struct wrong_message *message)
{
    return peer->came.inside.fragment_number == 0 && (peer->fault->when == NULL || peer->fault->when(peer, message));
}

static bool loses_repeat(struct wrong_peer *peer, struct wrong_datagram *datagram, const struct wrong_message *message)
{
    (void)datagram;
    return !wrong_is_request(message, peer->fault->exchange_type) || !concerns(peer, message) ||
           message->header.message_id >= message->sa->next;
}

/* The first response goes out before the request is counted. */
static bool seals_repeat_anew(struct wrong_peer *peer, struct wrong_datagram *datagram,
                              const struct wrong_message *message)
{
    if (wrong_is_response(message, peer->fault->exchange_type) && concerns(peer, message) &&
        message->header.message_id < message->sa->next) {
        wrong_seal(datagram, message, message->inside.first_payload, message->inside.plaintext);
    }
    return true;
}

static bool sends_twice(struct wrong_peer *peer, struct wrong_datagram *datagram, const struct wrong_message *message)
{
    if (wrong_is_response(message, IKL_INFORMATIONAL) && concerns(peer, message)) {
        wrong_send(peer, datagram);
    }
    return true;
}

static bool is_empty(const struct wrong_peer *peer, const struct wrong_message *message)
{
    (void)message;
    return wrong_begins_with(&peer->came, IKL_PAYLOAD_NONE);
}

static bool is_refusal(const struct wrong_peer *peer, const struct wrong_message *message)
{
    (void)peer;
    return wrong_begins_with(message, IKL_PAYLOAD_NOTIFY);
}

static bool is_for_child(const struct wrong_peer *peer, const struct wrong_message *message)
{
    (void)message;
    return wrong_find(&peer->came, IKL_PAYLOAD_TSI).data != NULL;
}

static const struct wrong_fault faults[] = {
    {"repeated-ike-sa-init", "a repeated IKE_SA_INIT request begins another IKE SA", .takes = forgets_init},
    {"repeated-ike-auth", "a repeated IKE_AUTH request gets no response", .takes = loses_repeat,
     .exchange_type = IKL_IKE_AUTH},
    {"repeated-informational", "a repeated INFORMATIONAL request gets no response", .takes = loses_repeat,
     .exchange_type = IKL_INFORMATIONAL, .when = is_empty},
    {"repeated-informational", "a repeated INFORMATIONAL request gets a response of other octets",
     .sends = seals_repeat_anew, .exchange_type = IKL_INFORMATIONAL, .when = is_empty},
    {"repeated-create-child-sa", "a repeated CREATE_CHILD_SA request gets a response of other octets",
     .sends = seals_repeat_anew, .exchange_type = IKL_CREATE_CHILD_SA, .when = is_for_child},
    {"repeated-refused", "a refused request that comes again gets a response of other octets",
     .sends = seals_repeat_anew, .exchange_type = IKL_INFORMATIONAL, .when = is_refusal},
    {"response-once", "a response is sent twice", .sends = sends_twice, .when = is_empty},
};

const struct wrong_faults repeats_faults = {faults, COUNT_OF(faults)};
