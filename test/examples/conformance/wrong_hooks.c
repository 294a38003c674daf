/* SPDX-License-Identifier: ISC */
/* The deliberately wrong peer: hooks that faults share. */
#include "wrong.h"

static const struct ikl_octets nothing = {NULL, 0};

bool wrong_answers(struct wrong_peer *peer, struct wrong_datagram *datagram, const struct wrong_message *message)
{
    if (!peer->fault->when(peer, message)) {
        return true;
    }
    wrong_answer(peer, datagram, message, NULL);
    return false;
}

bool wrong_refuses(struct wrong_peer *peer, struct wrong_datagram *datagram, const struct wrong_message *message)
{
    if (!peer->fault->when(peer, message)) {
        return true;
    }
    wrong_answer_instead(peer, datagram, message, IKL_NOTIFY_INVALID_SYNTAX, nothing);
    return false;
}

bool wrong_loses(struct wrong_peer *peer, struct wrong_datagram *datagram, const struct wrong_message *message)
{
    (void)datagram;
    return !peer->fault->when(peer, message);
}

bool wrong_takes_as_empty(struct wrong_peer *peer, struct wrong_datagram *datagram, const struct wrong_message *message)
{
    if (peer->fault->when(peer, message)) {
        wrong_seal(datagram, message, IKL_PAYLOAD_NONE, nothing);
    }
    return true;
}

bool wrong_forgets(struct wrong_peer *peer, struct wrong_datagram *datagram, const struct wrong_message *message)
{
    (void)datagram;
    if (peer->fault->when(peer, message)) {
        wrong_forget(peer);
    }
    return true;
}
