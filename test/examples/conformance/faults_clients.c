/* SPDX-License-Identifier: ISC */
/* Faults: IKE_SA_INIT and IKE_AUTH of a client. */
#include "wrong.h"

#include "support/test.h"

static struct ikl_octets payloads_of(const struct wrong_message *message)
{
    return (struct ikl_octets){message->octets.data + IKL_HEADER_LEN, message->octets.len - IKL_HEADER_LEN};
}

/* A request of the client's, or a response of the tester's, without protection. */
static bool is_init(const struct wrong_message *message, bool response)
{
    return message->header.length != 0 && message->header.exchange_type == IKL_IKE_SA_INIT &&
           ((message->header.flags & IKL_FLAG_RESPONSE) != 0) == response;
}

static bool says(const struct wrong_message *message, uint16_t type)
{
    return is_init(message, true) &&
           payload_find_notify(message->header.next_payload, payloads_of(message), type, NULL);
}

/* Another nonce, say. */
static void change_end(struct wrong_datagram *datagram)
{
    datagram->octets[datagram->len - 1] ^= 1;
}

static bool makes_init_anew(struct wrong_peer *peer, struct wrong_datagram *datagram,
                            const struct wrong_message *message)
{
    if (is_init(message, false)) {
        bool again = peer->kept.len == datagram->len && memcmp(peer->kept.octets, datagram->octets, datagram->len) == 0;

        peer->kept = *datagram;
        if (again) {
            change_end(datagram);
        }
    }
    return true;
}

static bool changes_with_cookie(struct wrong_peer *peer, struct wrong_datagram *datagram,
                                const struct wrong_message *message)
{
    (void)peer;
    if (is_init(message, false) &&
        payload_find_notify(message->header.next_payload, payloads_of(message), IKL_NOTIFY_COOKIE, NULL)) {
        change_end(datagram);
    }
    return true;
}

static bool has_one_method(const struct wrong_peer *peer, const struct wrong_message *message)
{
    (void)peer;
    return says(message, IKL_NOTIFY_INVALID_KE_PAYLOAD);
}

static bool is_refused(const struct wrong_peer *peer, const struct wrong_message *message)
{
    (void)peer;
    return says(message, IKL_NOTIFY_NO_PROPOSAL_CHOSEN);
}

static bool is_malformed(const struct wrong_peer *peer, const struct wrong_message *message)
{
    uint8_t critical;

    (void)peer;
    return is_init(message, true) &&
           ikl_chain_check(message->header.next_payload, payloads_of(message), true, &critical) == IKL_ERR_MALFORMED;
}

static bool seals_auth_anew(struct wrong_peer *peer, struct wrong_datagram *datagram,
                            const struct wrong_message *message)
{
    if (wrong_is_request(message, IKL_IKE_AUTH) && peer->n_asked > 0) {
        wrong_seal(datagram, message, message->inside.first_payload, message->inside.plaintext);
    }
    return true;
}

/* An IKE_AUTH response that is not authentic, and begins with this payload. */
static bool is_false_auth(const struct wrong_message *message, uint8_t first)
{
    return message->sa != NULL && !message->opened && message->header.exchange_type == IKL_IKE_AUTH &&
           (message->header.flags & IKL_FLAG_RESPONSE) != 0 && message->header.next_payload == first;
}

static bool is_unprotected_auth(const struct wrong_peer *peer, const struct wrong_message *message)
{
    (void)peer;
    return is_false_auth(message, IKL_PAYLOAD_NOTIFY);
}

static bool is_forged_auth(const struct wrong_peer *peer, const struct wrong_message *message)
{
    (void)peer;
    return is_false_auth(message, IKL_PAYLOAD_SK);
}

static bool is_auth_fragment(const struct wrong_peer *peer, const struct wrong_message *message)
{
    (void)peer;
    return wrong_is_response(message, IKL_IKE_AUTH) && message->inside.fragment_number != 0;
}

/* The first request of the tester's, on an IKE SA that the client has not established. */
static bool is_of_nobody(const struct wrong_peer *peer, const struct wrong_message *message)
{
    const struct session *session = peer->end.ikeping.sessions;

    if (!wrong_is_request(message, IKL_INFORMATIONAL) || message->sa->by_rekey || message->sa->next != 0) {
        return false;
    }
    while (session != NULL && (session->sa == NULL || ikl_sa_spi_i(session->sa) != message->sa->spi_i ||
                               session->phase != SESSION_ESTABLISHED)) {
        session = session->next;
    }
    return session == NULL;
}

static const struct wrong_fault faults[] = {
    {"asked-init-again", "a request for an IKE SA is sent again with other octets", .sends = makes_init_anew},
    {"cookie-given", "a request with a cookie is another one", .sends = changes_with_cookie},
    {"method-given", "another key exchange method is not sent", .takes = wrong_loses, .when = has_one_method},
    {"refused-init", "a refusal without protection ends the handshake", .takes = wrong_forgets, .when = is_refused},
    {"malformed-init", "a malformed response ends the handshake", .takes = wrong_forgets, .when = is_malformed},
    {"asked-auth-again", "a request for authentication is sent again with other octets", .sends = seals_auth_anew},
    {"unprotected-auth-refusal", "an unprotected answer ends the authentication", .takes = wrong_forgets,
     .when = is_unprotected_auth},
    {"forged-auth", "an answer that is not authentic ends the authentication", .takes = wrong_forgets,
     .when = is_forged_auth},
    {"auth-answer-in-fragments", "an answer in fragments is dropped", .takes = wrong_loses, .when = is_auth_fragment},
    {"wrong-proof", "who has not proven its identity is answered", .takes = wrong_answers, .when = is_of_nobody},
};

const struct wrong_faults clients_faults = {faults, COUNT_OF(faults)};
