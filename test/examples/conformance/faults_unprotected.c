/* SPDX-License-Identifier: ISC */
/* Faults: messages without protection. */
#include "wrong.h"

#include "support/test.h"

/* A request of this kind, about an IKE SA, that begins with a payload of this type. */
static bool is_unprotected(const struct wrong_message *message, uint8_t first_payload)
{
    return message->sa != NULL && !message->opened && message->header.exchange_type == IKL_INFORMATIONAL &&
           message->header.next_payload == first_payload && (message->header.flags & IKL_FLAG_RESPONSE) == 0;
}

static bool answers_empty(struct wrong_peer *peer, struct wrong_datagram *datagram, const struct wrong_message *message)
{
    if (is_unprotected(message, IKL_PAYLOAD_NONE)) {
        wrong_answer(peer, datagram, message, NULL);
    }
    return true;
}

static bool believes_delete(struct wrong_peer *peer, struct wrong_datagram *datagram,
                            const struct wrong_message *message)
{
    (void)datagram;
    if (is_unprotected(message, IKL_PAYLOAD_DELETE)) {
        wrong_forget(peer);
    }
    return true;
}

static const struct wrong_fault faults[] = {
    {"unprotected-delete", "an unprotected Delete ends the IKE SA", .takes = believes_delete},
    {"unprotected-request", "an unprotected request gets a response", .takes = answers_empty},
};

const struct wrong_faults unprotected_faults = {faults, COUNT_OF(faults)};
