/* SPDX-License-Identifier: ISC */
/* Faults: what is inside a request. */
#include "wrong.h"

#include "support/test.h"

/* As the checks have them. */
enum { UNKNOWN_ERROR = 8191, UNKNOWN_STATUS = 40959, CRITICAL_BIT = 0x80 };

/* Whether there is a payload of a type that nobody knows, with the Critical bit as given. Its type goes to `type`. */
static bool has_unknown(const struct wrong_message *message, bool critical, uint8_t *type)
{
    struct ikl_chain chain = ikl_chain(message->inside.first_payload, message->inside.plaintext);
    struct ikl_payload payload;

    while (ikl_chain_next(&chain, &payload) == IKL_OK) {
        if (!ikl_payload_known(payload.type) && payload.critical == critical) {
            *type = payload.type;
            return true;
        }
    }
    return false;
}

static bool has_critical(const struct wrong_peer *peer, const struct wrong_message *message)
{
    uint8_t type;

    return wrong_is_request(message, peer->fault->exchange_type) && has_unknown(message, true, &type);
}

static bool has_not_critical(const struct wrong_peer *peer, const struct wrong_message *message)
{
    uint8_t type;

    return wrong_is_request(message, peer->fault->exchange_type) && has_unknown(message, false, &type);
}

static bool refuses_unknown(struct wrong_peer *peer, struct wrong_datagram *datagram,
                            const struct wrong_message *message)
{
    uint8_t type;

    if (!wrong_is_request(message, IKL_INFORMATIONAL) || !has_unknown(message, false, &type)) {
        return true;
    }
    wrong_answer_instead(peer, datagram, message, IKL_NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD,
                         (struct ikl_octets){&type, 1});
    return false;
}

/* Bits beside the type of the first payload, which is a Vendor ID. */
static bool has_bits(const struct wrong_message *message, uint8_t bits)
{
    return wrong_is_request(message, IKL_INFORMATIONAL) && wrong_begins_with(message, IKL_PAYLOAD_VENDOR_ID) &&
           (message->inside.plaintext.data[1] & bits) != 0 &&
           ikl_chain_check(IKL_PAYLOAD_VENDOR_ID, message->inside.plaintext, true, NULL) == IKL_OK;
}

static bool has_critical_known(const struct wrong_peer *peer, const struct wrong_message *message)
{
    (void)peer;
    return has_bits(message, CRITICAL_BIT);
}

static bool has_reserved_bits(const struct wrong_peer *peer, const struct wrong_message *message)
{
    (void)peer;
    return has_bits(message, CRITICAL_BIT - 1);
}

static bool notifies(const struct wrong_message *message, uint16_t type)
{
    return wrong_is_request(message, IKL_INFORMATIONAL) &&
           payload_find_notify(message->inside.first_payload, message->inside.plaintext, type, NULL);
}

static bool has_unknown_status(const struct wrong_peer *peer, const struct wrong_message *message)
{
    (void)peer;
    return notifies(message, UNKNOWN_STATUS);
}

static bool has_unknown_error(const struct wrong_peer *peer, const struct wrong_message *message)
{
    (void)peer;
    return notifies(message, UNKNOWN_ERROR);
}

static bool has_other_flags(const struct wrong_peer *peer, const struct wrong_message *message)
{
    (void)peer;
    return message->opened && (message->header.flags & ~(IKL_FLAG_INITIATOR | IKL_FLAG_RESPONSE)) != 0;
}

static bool has_minor_version(const struct wrong_peer *peer, const struct wrong_message *message)
{
    (void)peer;
    return message->opened && message->header.minor != 0;
}

/* One payload of this type in an INFORMATIONAL request, with that error. */
static bool is_malformed(const struct wrong_message *message, uint8_t type, int error)
{
    struct ikl_payload payload = {.type = type};
    int chain;

    if (!wrong_is_request(message, IKL_INFORMATIONAL) || message->inside.fragment_number != 0 ||
        !wrong_begins_with(message, type)) {
        return false;
    }
    payload.body = (struct ikl_octets){message->inside.plaintext.data + IKL_PAYLOAD_HEADER_LEN,
                                       message->inside.plaintext.len - IKL_PAYLOAD_HEADER_LEN};
    chain = ikl_chain_check(type, message->inside.plaintext, true, NULL);
    return (chain != IKL_OK ? chain : ikl_payload_check(&payload, false)) == error;
}

static bool is_short(const struct wrong_peer *peer, const struct wrong_message *message)
{
    (void)peer;
    return is_malformed(message, IKL_PAYLOAD_VENDOR_ID, IKL_ERR_MALFORMED);
}

static bool is_long(const struct wrong_peer *peer, const struct wrong_message *message)
{
    (void)peer;
    return is_malformed(message, IKL_PAYLOAD_VENDOR_ID, IKL_ERR_TRUNCATED);
}

static bool is_short_notify(const struct wrong_peer *peer, const struct wrong_message *message)
{
    (void)peer;
    return is_malformed(message, IKL_PAYLOAD_NOTIFY, IKL_ERR_TRUNCATED);
}

static const struct wrong_fault faults[] = {
    {"critical-payload", "an unknown critical payload is ignored", .takes = wrong_takes_as_empty,
     .exchange_type = IKL_INFORMATIONAL, .when = has_critical},
    {"unknown-payload", "an unknown payload that is not critical is refused", .takes = refuses_unknown},
    {"critical-known-payload", "a known payload is refused because it is critical", .takes = wrong_refuses,
     .when = has_critical_known},
    {"reserved-bits", "a payload is refused because of its RESERVED bits", .takes = wrong_refuses,
     .when = has_reserved_bits},
    {"unknown-status", "an unknown status notification is refused", .takes = wrong_refuses, .when = has_unknown_status},
    {"unknown-error", "an unknown error notification ends the IKE SA", .takes = wrong_forgets,
     .when = has_unknown_error},
    {"reserved-flags", "a request with reserved flags gets no response", .takes = wrong_loses, .when = has_other_flags},
    {"minor-version", "a request of version 2.9 gets no response", .takes = wrong_loses, .when = has_minor_version},
    {"critical-in-create-child-sa", "an unknown critical payload in CREATE_CHILD_SA is ignored", .takes = wrong_answers,
     .exchange_type = IKL_CREATE_CHILD_SA, .when = has_critical},
    {"critical-in-ike-auth", "an unknown critical payload in IKE_AUTH is ignored", .takes = wrong_answers,
     .exchange_type = IKL_IKE_AUTH, .when = has_critical},
    {"unknown-in-ike-auth", "IKE_AUTH with an unknown payload gets no response", .takes = wrong_loses,
     .exchange_type = IKL_IKE_AUTH, .when = has_not_critical},
    {"short-payload", "a payload that is shorter than its header is ignored", .takes = wrong_takes_as_empty,
     .when = is_short},
    {"long-payload", "a payload that is longer than the message is ignored", .takes = wrong_takes_as_empty,
     .when = is_long},
    {"short-notify", "a Notify payload that lacks its fields is ignored", .takes = wrong_takes_as_empty,
     .when = is_short_notify},
};

const struct wrong_faults payloads_faults = {faults, COUNT_OF(faults)};
