/* SPDX-License-Identifier: ISC */
/* Faults: messages that look protected, and are not of whom they seem to be. */
#include "wrong.h"

#include "support/test.h"

static bool is_forged(const struct wrong_message *message, uint8_t flags)
{
    return message->sa != NULL && !message->opened && message->header.exchange_type == IKL_INFORMATIONAL &&
           message->header.next_payload == IKL_PAYLOAD_SK && (message->header.flags & IKL_FLAG_RESPONSE) == flags;
}

static bool answers_forged(struct wrong_peer *peer, struct wrong_datagram *datagram,
                           const struct wrong_message *message)
{
    if (is_forged(message, 0)) {
        wrong_answer(peer, datagram, message, NULL);
    }
    return true;
}

static const struct wrong_fault faults[] = {
    {"changed-checksum", "a request with a wrong Integrity Checksum gets a response", .takes = answers_forged},
};

const struct wrong_faults forged_faults = {faults, COUNT_OF(faults)};
