/* SPDX-License-Identifier: ISC */
/* Faults: messages that look protected, and are not of whom they seem to be. */
#include "../ikeping/sealed.h"
#include "wrong.h"

#include "support/test.h"

/* Where they are in a message, and how long the Integrity Checksum Data is with the cipher of the tests. */
enum { EXCHANGE_TYPE_AT = 18, MESSAGE_ID_AT = 23, FIRST_INSIDE_AT = 28, IV_AT = 32, CHECKSUM_LEN = 16 };

/* Whether a message can be opened with these keys, as one of the initiator or of the responder. */
static bool opens(const struct wrong_sa *sa, bool by_initiator, struct ikl_octets octets)
{
    const struct sealed_with with = {.suite = &sa->suite, .keys = &sa->keys};
    uint8_t plaintext[WRONG_MAX_DATAGRAM];
    struct ikl_opened inside;

    return sealed_open(&with, by_initiator, octets, plaintext, &inside) == IKL_OK;
}

static bool is_forged(const struct wrong_message *message)
{
    return message->sa != NULL && !message->opened && message->header.next_payload == IKL_PAYLOAD_SK;
}

/* Whether nothing is wrong with a message but the octet there. */
static bool is_changed_at(const struct wrong_message *message, size_t at)
{
    uint8_t octets[WRONG_MAX_DATAGRAM];

    if (!is_forged(message)) {
        return false;
    }
    memcpy(octets, message->octets.data, message->octets.len);
    octets[at] ^= 0x40;
    return opens(message->sa, true, (struct ikl_octets){octets, message->octets.len});
}

static bool has_other_checksum(const struct wrong_peer *peer, const struct wrong_message *message)
{
    (void)peer;
    return is_changed_at(message, message->octets.len - 1);
}

static bool has_other_ciphertext(const struct wrong_peer *peer, const struct wrong_message *message)
{
    (void)peer;
    return is_changed_at(message, message->octets.len - CHECKSUM_LEN - 1);
}

static bool has_other_iv(const struct wrong_peer *peer, const struct wrong_message *message)
{
    (void)peer;
    return is_changed_at(message, IV_AT);
}

static bool has_other_message_id(const struct wrong_peer *peer, const struct wrong_message *message)
{
    (void)peer;
    return is_changed_at(message, MESSAGE_ID_AT);
}

static bool has_other_exchange_type(const struct wrong_peer *peer, const struct wrong_message *message)
{
    (void)peer;
    return is_changed_at(message, EXCHANGE_TYPE_AT);
}

static bool has_other_first_inside(const struct wrong_peer *peer, const struct wrong_message *message)
{
    (void)peer;
    return is_changed_at(message, FIRST_INSIDE_AT);
}

/* It is authentic, and of the original responder, which is the peer. */
static bool is_own(const struct wrong_peer *peer, const struct wrong_message *message)
{
    return !peer->has_rekeyed && message->opened && (message->header.flags & IKL_FLAG_INITIATOR) == 0;
}

static bool has_own_keys(const struct wrong_peer *peer, const struct wrong_message *message)
{
    (void)peer;
    return is_forged(message) && opens(message->sa, false, message->octets);
}

static bool has_keys_of_other_sa(const struct wrong_peer *peer, const struct wrong_message *message)
{
    for (size_t i = 0; i < peer->n_sas; i++) {
        if (is_forged(message) && &peer->sas[i] != message->sa && opens(&peer->sas[i], true, message->octets)) {
            return true;
        }
    }
    return false;
}

/* About an IKE SA that there is not. */
static bool is_unknown(const struct wrong_message *message, uint8_t response)
{
    return message->sa == NULL && message->header.exchange_type == IKL_INFORMATIONAL && message->header.spi_r != 0 &&
           (message->header.flags & IKL_FLAG_RESPONSE) == response;
}

static bool answers_unknown_request(struct wrong_peer *peer, struct wrong_datagram *datagram,
                                    const struct wrong_message *message)
{
    if (is_unknown(message, 0)) {
        wrong_answer_plain(peer, datagram, message, IKL_NOTIFY_INVALID_SYNTAX);
    }
    return true;
}

static bool answers_unknown_response(struct wrong_peer *peer, struct wrong_datagram *datagram,
                                     const struct wrong_message *message)
{
    if (is_unknown(message, IKL_FLAG_RESPONSE)) {
        wrong_answer_plain(peer, datagram, message, IKL_NOTIFY_INVALID_IKE_SPI);
    }
    return true;
}

static const struct wrong_fault faults[] = {
    {"changed-checksum", "a request with a wrong Integrity Checksum gets a response", .takes = wrong_answers,
     .when = has_other_checksum},
    {"changed-ciphertext", "a request with changed ciphertext gets a response", .takes = wrong_answers,
     .when = has_other_ciphertext},
    {"changed-iv", "a request with a changed IV gets a response", .takes = wrong_answers, .when = has_other_iv},
    {"changed-message-id", "a request with a changed Message ID gets a response", .takes = wrong_answers,
     .when = has_other_message_id},
    {"changed-exchange-type", "a request with a changed Exchange Type gets a response", .takes = wrong_answers,
     .when = has_other_exchange_type},
    {"changed-next-payload", "a request with a changed type of the first payload gets a response",
     .takes = wrong_answers, .when = has_other_first_inside},
    {"reflected-response", "its own response that comes back ends the IKE SA", .takes = wrong_forgets, .when = is_own},
    {"keys-of-the-other-direction", "a request that is protected with its own keys gets a response",
     .takes = wrong_answers, .when = has_own_keys},
    {"keys-of-another-ike-sa", "a request that is protected with keys of another IKE SA gets a response",
     .takes = wrong_answers, .when = has_keys_of_other_sa},
    {"unknown-spi", "a request with unknown SPIs gets INVALID_SYNTAX", .takes = answers_unknown_request},
    {"unknown-spi-response", "a response with unknown SPIs gets INVALID_IKE_SPI", .takes = answers_unknown_response},
};

const struct wrong_faults forged_faults = {faults, COUNT_OF(faults)};
