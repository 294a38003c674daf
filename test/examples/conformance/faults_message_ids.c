/* SPDX-License-Identifier: ISC */
/* Faults: Message IDs. */
#include "wrong.h"

#include "support/test.h"

static bool is_far(const struct wrong_peer *peer, const struct wrong_message *message)
{
    (void)peer;
    return wrong_is_request(message, IKL_INFORMATIONAL) &&
           message->header.message_id > message->sa->next + IKL_WINDOW_MAX && message->header.message_id != UINT32_MAX;
}

static bool is_stale(const struct wrong_peer *peer, const struct wrong_message *message)
{
    (void)peer;
    return wrong_is_request(message, IKL_INFORMATIONAL) && message->header.message_id != 0 &&
           message->header.message_id < message->sa->next - 1;
}

/* Loses what it expects once something later has come. */
static bool goes_on_after_early(struct wrong_peer *peer, struct wrong_datagram *datagram,
                                const struct wrong_message *message)
{
    (void)datagram;
    if (!wrong_is_request(message, IKL_INFORMATIONAL)) {
        return true;
    }
    peer->took_early = peer->took_early || message->header.message_id == message->sa->next + 1;
    return !peer->took_early || message->header.message_id != message->sa->next;
}

static bool is_delete(const struct wrong_message *message)
{
    return wrong_is_request(message, IKL_INFORMATIONAL) && wrong_begins_with(message, IKL_PAYLOAD_DELETE);
}

static bool is_delete_again(const struct wrong_peer *peer, const struct wrong_message *message)
{
    (void)peer;
    return is_delete(message) && message->header.message_id + 1 == message->sa->next;
}

static bool has_id_0(const struct wrong_peer *peer, const struct wrong_message *message)
{
    (void)peer;
    return is_delete(message) && message->header.message_id == 0 && !message->sa->by_rekey;
}

static bool has_last_id(const struct wrong_peer *peer, const struct wrong_message *message)
{
    (void)peer;
    return is_delete(message) && message->header.message_id == UINT32_MAX;
}

static bool is_response_with_delete(const struct wrong_peer *peer, const struct wrong_message *message)
{
    return !peer->asks && wrong_is_response(message, IKL_INFORMATIONAL) &&
           wrong_begins_with(message, IKL_PAYLOAD_DELETE);
}

/* The first request after IKE_SA_INIT is another one than IKE_AUTH. */
static bool is_before_auth(const struct wrong_peer *peer, const struct wrong_message *message)
{
    return wrong_is_request(message, peer->fault->exchange_type) && message->sa->next == 1;
}

static bool is_auth_with_id_2(const struct wrong_peer *peer, const struct wrong_message *message)
{
    (void)peer;
    return wrong_is_request(message, IKL_IKE_AUTH) && message->sa->next == 1 && message->header.message_id == 2;
}

/* One of a flood. */
static bool is_fortieth(const struct wrong_peer *peer, const struct wrong_message *message)
{
    (void)peer;
    return wrong_is_request(message, IKL_INFORMATIONAL) && message->header.message_id == message->sa->next + 40;
}

static const struct wrong_fault faults[] = {
    {"far-request", "a request beyond the window gets a response", .takes = wrong_answers, .when = is_far},
    {"stale-request", "a new request with an old Message ID gets a response", .takes = wrong_answers, .when = is_stale},
    {"early-request", "a request that came early keeps the one before it from an answer", .takes = goes_on_after_early},
    {"other-request-again", "another request with a Message ID that was answered is processed", .takes = wrong_forgets,
     .when = is_delete_again},
    {"id-of-ike-sa-init", "a request with Message ID 0 is processed", .takes = wrong_forgets, .when = has_id_0},
    {"last-id", "a request with the last Message ID is processed", .takes = wrong_forgets, .when = has_last_id},
    {"unsolicited-response", "a response to nothing is processed", .takes = wrong_forgets,
     .when = is_response_with_delete},
    {"informational-before-ike-auth", "INFORMATIONAL is answered before IKE_AUTH", .takes = wrong_answers,
     .exchange_type = IKL_INFORMATIONAL, .when = is_before_auth},
    {"create-child-sa-before-ike-auth", "CREATE_CHILD_SA is answered before IKE_AUTH", .takes = wrong_answers,
     .exchange_type = IKL_CREATE_CHILD_SA, .when = is_before_auth},
    {"ike-auth-with-wrong-id", "IKE_AUTH with Message ID 2 is answered", .takes = wrong_answers,
     .when = is_auth_with_id_2},
    {"flooded-window", "a request beyond the window ends the IKE SA", .takes = wrong_forgets, .when = is_fortieth},
};

const struct wrong_faults message_ids_faults = {faults, COUNT_OF(faults)};
