/* SPDX-License-Identifier: ISC */
/* Faults: where messages come from and go to. */
#include "wrong.h"

#include "support/test.h"

/* What came last did not come from where IKE_AUTH came from. */
static bool is_from_elsewhere(const struct wrong_message *message, const struct ikl_path *path)
{
    return message->sa != NULL && message->sa->home.remote.port != path->remote.port;
}

static bool is_own_request(const struct wrong_message *message)
{
    return message->opened && (message->header.flags & IKL_FLAG_RESPONSE) == 0;
}

/* Answers go home, those of a new request or of one that comes again. */
static bool answer_home(struct wrong_peer *peer, struct wrong_datagram *datagram, const struct wrong_message *message,
                        bool repeated)
{
    if (wrong_answers_last(peer, message) && (message->header.message_id < message->sa->next) == repeated &&
        message->header.exchange_type == IKL_INFORMATIONAL) {
        datagram->path = message->sa->home;
    }
    return true;
}

static bool answers_home(struct wrong_peer *peer, struct wrong_datagram *datagram, const struct wrong_message *message)
{
    return answer_home(peer, datagram, message, false);
}

static bool repeats_home(struct wrong_peer *peer, struct wrong_datagram *datagram, const struct wrong_message *message)
{
    return answer_home(peer, datagram, message, true);
}

static bool answers_from_other_port(struct wrong_peer *peer, struct wrong_datagram *datagram,
                                    const struct wrong_message *message)
{
    if (wrong_answers_last(peer, message) && message->header.exchange_type == IKL_INFORMATIONAL) {
        datagram->path.local.port++;
    }
    return true;
}

static bool asks_home(struct wrong_peer *peer, struct wrong_datagram *datagram, const struct wrong_message *message)
{
    (void)peer;
    if (is_own_request(message)) {
        datagram->path = message->sa->home;
    }
    return true;
}

/* A message that moves the peer's requests although it must not, and where to. */
static bool remember(struct wrong_peer *peer, const struct wrong_datagram *datagram, bool moves)
{
    if (moves) {
        peer->moved = datagram->path;
        peer->has_moved = true;
    }
    return true;
}

static bool remembers_old(struct wrong_peer *peer, struct wrong_datagram *datagram, const struct wrong_message *message)
{
    return remember(peer, datagram,
                    is_from_elsewhere(message, &datagram->path) && wrong_is_request(message, IKL_INFORMATIONAL) &&
                        message->header.message_id < message->sa->next);
}

static bool remembers_forged(struct wrong_peer *peer, struct wrong_datagram *datagram,
                             const struct wrong_message *message)
{
    return remember(peer, datagram, is_from_elsewhere(message, &datagram->path) && !message->opened);
}

static bool asks_there(struct wrong_peer *peer, struct wrong_datagram *datagram, const struct wrong_message *message)
{
    if (is_own_request(message) && peer->has_moved) {
        datagram->path = peer->moved;
    }
    return true;
}

static bool answers_keepalive(struct wrong_peer *peer, struct wrong_datagram *datagram,
                              const struct wrong_message *message)
{
    (void)message;
    if (datagram->len == 1) {
        wrong_send(peer, datagram);
    }
    return true;
}

static bool wants_no_marker(struct wrong_peer *peer, struct wrong_datagram *datagram,
                            const struct wrong_message *message)
{
    struct wrong_datagram marked = {.path = datagram->path, .len = IKL_NON_ESP_MARKER_LEN + datagram->len};

    (void)message;
    if (datagram->path.encapsulated && datagram->octets[0] != 0 && datagram->len >= IKL_HEADER_LEN) {
        memcpy(marked.octets + IKL_NON_ESP_MARKER_LEN, datagram->octets, datagram->len);
        wrong_give(peer, &marked);
    }
    return true;
}

static bool keeps_nothing_alive(struct wrong_peer *peer, struct wrong_datagram *datagram,
                                const struct wrong_message *message)
{
    (void)peer;
    (void)message;
    return datagram->len != 1;
}

static const struct wrong_fault faults[] = {
    {"request-from-elsewhere", "a request is answered to where the IKE SA was established", .sends = answers_home},
    {"repeat-from-elsewhere", "a repeated request is answered to where the IKE SA was established",
     .sends = repeats_home},
    {"response-source", "a response comes from another port", .sends = answers_from_other_port},
    {"follow", "requests go to where the IKE SA was established", .sends = asks_home},
    {"old-from-elsewhere", "an old request moves the IKE SA", .takes = remembers_old, .sends = asks_there},
    {"forged-from-elsewhere", "a forged request moves the IKE SA", .takes = remembers_forged, .sends = asks_there},
    {"keepalive", "a NAT keepalive is answered", .takes = answers_keepalive},
    {"no-marker", "a message without non-ESP marker is taken at port 4500", .takes = wants_no_marker},
    {"keepalives", "there are no NAT keepalives", .sends = keeps_nothing_alive},
};

const struct wrong_faults moves_faults = {faults, COUNT_OF(faults)};
