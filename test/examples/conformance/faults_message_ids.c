/* SPDX-License-Identifier: ISC */
/* Faults: Message IDs. */
#include "wrong.h"

#include "support/test.h"

static bool answers(struct wrong_peer *peer, const struct wrong_datagram *datagram, const struct wrong_message *message,
                    bool wrongly)
{
    if (wrongly) {
        wrong_answer(peer, datagram, message, NULL);
    }
    return !wrongly;
}

static bool answers_far(struct wrong_peer *peer, struct wrong_datagram *datagram, const struct wrong_message *message)
{
    return answers(peer, datagram, message,
                   wrong_is_request(message, IKL_INFORMATIONAL) && message->header.message_id > message->sa->next);
}

static bool answers_stale(struct wrong_peer *peer, struct wrong_datagram *datagram, const struct wrong_message *message)
{
    return answers(peer, datagram, message,
                   wrong_is_request(message, IKL_INFORMATIONAL) && message->header.message_id + 1 < message->sa->next);
}

static const struct wrong_fault faults[] = {
    {"far-request", "a request beyond the window gets a response", .takes = answers_far},
    {"stale-request", "a new request with an old Message ID gets a response", .takes = answers_stale},
};

const struct wrong_faults message_ids_faults = {faults, COUNT_OF(faults)};
