/* SPDX-License-Identifier: ISC */
/* Faults: cookies. */
#include "wrong.h"

#include "examples/ikeping/cookie.h"
#include "support/test.h"

/* Where it is in the header. */
enum { SPI_R_AT = 8 };

static struct ikl_octets payloads_of(const struct wrong_message *message)
{
    return (struct ikl_octets){message->octets.data + IKL_HEADER_LEN, message->octets.len - IKL_HEADER_LEN};
}

/* Whether there is a cookie in an IKE_SA_INIT message. */
static bool find_cookie(const struct wrong_message *message, struct ikl_octets *cookie)
{
    return message->header.length != 0 && message->header.exchange_type == IKL_IKE_SA_INIT &&
           payload_find_notify(message->header.next_payload, payloads_of(message), IKL_NOTIFY_COOKIE, cookie);
}

/* Asks for a cookie with an SPI of its own. */
static bool asks_with_spi(struct wrong_peer *peer, struct wrong_datagram *datagram, const struct wrong_message *message)
{
    struct ikl_octets cookie;

    (void)peer;
    if (find_cookie(message, &cookie)) {
        datagram->octets[SPI_R_AT] = 1;
    }
    return true;
}

/* In how many bits the request's cookie differs from the right one; -1: there is none. */
static int count_wrong_bits(const struct wrong_peer *peer, const struct wrong_datagram *datagram,
                            const struct wrong_message *message)
{
    struct ikl_octets cookie;
    uint8_t right[COOKIE_LEN];
    int n = 0;

    if ((message->header.flags & IKL_FLAG_RESPONSE) != 0 || !find_cookie(message, &cookie) ||
        cookie.len != sizeof(right)) {
        return -1;
    }
    cookie_make(right, peer->end.ikeping.cookie_secret, &datagram->path, message->header.spi_i,
                payload_find(message->header.next_payload, payloads_of(message), IKL_PAYLOAD_NONCE));
    for (size_t i = 0; i < sizeof(right); i++) {
        for (unsigned different = right[i] ^ cookie.data[i]; different != 0; different >>= 1) {
            n += (int)(different & 1);
        }
    }
    return n;
}

/* Begins the IKE SA as if there was no need for a cookie. */
static bool accepts(struct wrong_peer *peer, const struct wrong_datagram *datagram)
{
    unsigned n_half_open = peer->end.ikeping.n_half_open;

    peer->end.ikeping.n_half_open = 0;
    wrong_give(peer, datagram);
    peer->end.ikeping.n_half_open += n_half_open;
    return false;
}

static bool accepts_changed(struct wrong_peer *peer, struct wrong_datagram *datagram,
                            const struct wrong_message *message)
{
    return count_wrong_bits(peer, datagram, message) == 1 ? accepts(peer, datagram) : true;
}

static bool accepts_any(struct wrong_peer *peer, struct wrong_datagram *datagram, const struct wrong_message *message)
{
    return count_wrong_bits(peer, datagram, message) > 1 ? accepts(peer, datagram) : true;
}

static const struct wrong_fault faults[] = {
    {"cookie", "a cookie comes with the SPI of an IKE SA", .sends = asks_with_spi},
    {"changed-cookie", "a cookie that was changed is accepted", .takes = accepts_changed},
    {"cookie-of-another", "the cookie of another request is accepted", .takes = accepts_any},
};

const struct wrong_faults cookies_faults = {faults, COUNT_OF(faults)};
