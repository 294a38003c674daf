/* SPDX-License-Identifier: ISC */
/* Faults: what is inside a message. */
#include "wrong.h"

#include "support/test.h"

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

static bool ignores_critical(struct wrong_peer *peer, struct wrong_datagram *datagram,
                             const struct wrong_message *message)
{
    uint8_t type;

    if (!wrong_is_request(message, IKL_INFORMATIONAL) || !has_unknown(message, true, &type)) {
        return true;
    }
    wrong_seal(datagram, message, IKL_PAYLOAD_NONE, (struct ikl_octets){NULL, 0});
    (void)peer;
    return true;
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

static const struct wrong_fault faults[] = {
    {"critical-payload", "an unknown critical payload is ignored", .takes = ignores_critical},
    {"unknown-payload", "an unknown payload that is not critical is refused", .takes = refuses_unknown},
};

const struct wrong_faults payloads_faults = {faults, COUNT_OF(faults)};
