/* SPDX-License-Identifier: ISC */
/* Faults: the Encrypted payload. */
#include "../ikeping/sealed.h"
#include "wrong.h"

#include "support/test.h"

/* Where they are in a message that begins with SK, and how long its parts are with the cipher of the tests. */
enum { SK_LENGTH_AT = 30, SK_BODY_AT = 32, IV_LEN = 8, CHECKSUM_LEN = 16 };

/* A request that cannot be opened. */
static bool is_closed(const struct wrong_message *message)
{
    return message->sa != NULL && !message->opened && message->header.exchange_type == IKL_INFORMATIONAL &&
           message->header.next_payload == IKL_PAYLOAD_SK && message->octets.len >= SK_BODY_AT;
}

/* The Payload Length of SK. */
static size_t sk_length(const struct wrong_message *message)
{
    const uint8_t *length = message->octets.data + SK_LENGTH_AT;

    return (size_t)length[0] << 8 | length[1];
}

static bool is_empty(const struct wrong_peer *peer, const struct wrong_message *message)
{
    (void)peer;
    return is_closed(message) && message->octets.len == SK_BODY_AT;
}

static bool is_iv(const struct wrong_peer *peer, const struct wrong_message *message)
{
    (void)peer;
    return is_closed(message) && message->octets.len == SK_BODY_AT + IV_LEN;
}

static bool is_without_ciphertext(const struct wrong_peer *peer, const struct wrong_message *message)
{
    (void)peer;
    return is_closed(message) && message->octets.len == SK_BODY_AT + IV_LEN + CHECKSUM_LEN;
}

static bool is_too_long(const struct wrong_peer *peer, const struct wrong_message *message)
{
    (void)peer;
    return is_closed(message) && IKL_HEADER_LEN + sk_length(message) > message->octets.len;
}

static bool is_too_short(const struct wrong_peer *peer, const struct wrong_message *message)
{
    (void)peer;
    return is_closed(message) && IKL_HEADER_LEN + sk_length(message) + 1 == message->octets.len;
}

static bool is_shorter_than_header(const struct wrong_peer *peer, const struct wrong_message *message)
{
    (void)peer;
    return is_closed(message) && sk_length(message) < IKL_PAYLOAD_HEADER_LEN;
}

/* A message that says that it is one octet longer. */
static bool answers_cut(struct wrong_peer *peer, struct wrong_datagram *datagram, const struct wrong_message *message)
{
    struct wrong_message whole = *message;
    struct ikl_octets octets = {datagram->octets, datagram->len + 1}; /* there is room behind it */

    if (message->header.length == 0 && !datagram->path.encapsulated &&
        ikl_header_read(&whole.header, octets.data, octets.len) == IKL_OK) {
        whole.sa = wrong_find_sa(peer, whole.header.spi_i, whole.header.spi_r);
    }
    if (whole.sa != NULL && message->sa == NULL) {
        wrong_answer(peer, datagram, &whole, NULL);
    }
    return true;
}

static bool has_longest_padding(const struct wrong_peer *peer, const struct wrong_message *message)
{
    (void)peer;
    return message->opened && message->inside.padding.len == UINT8_MAX;
}

static bool has_any_padding(const struct wrong_peer *peer, const struct wrong_message *message)
{
    (void)peer;
    return message->opened && message->inside.padding.len != 0 && message->inside.padding.data[0] != 0;
}

/* It is as long as an empty request, and what is wrong with it is not the checksum. */
static bool has_pad_length_beyond(const struct wrong_peer *peer, const struct wrong_message *message)
{
    uint8_t plaintext[WRONG_MAX_DATAGRAM];
    struct ikl_opened inside;
    struct sealed_with with;

    (void)peer;
    if (!is_closed(message) || IKL_HEADER_LEN + sk_length(message) != message->octets.len ||
        message->octets.len != SK_BODY_AT + IV_LEN + 1 + CHECKSUM_LEN) {
        return false;
    }
    with = (struct sealed_with){.suite = &message->sa->suite, .keys = &message->sa->keys};
    return sealed_open(&with, true, message->octets, plaintext, &inside) == IKL_ERR_MALFORMED;
}

static bool is_inside_itself(const struct wrong_peer *peer, const struct wrong_message *message)
{
    (void)peer;
    return wrong_is_request(message, IKL_INFORMATIONAL) && wrong_begins_with(message, IKL_PAYLOAD_SK);
}

static const struct wrong_fault faults[] = {
    {"sk-empty", "an empty SK payload gets a response", .takes = wrong_answers, .when = is_empty},
    {"sk-iv-alone", "an SK payload with an IV alone gets a response", .takes = wrong_answers, .when = is_iv},
    {"sk-without-ciphertext", "an SK payload without ciphertext gets a response", .takes = wrong_answers,
     .when = is_without_ciphertext},
    {"sk-too-long", "an SK payload that is longer than the message gets a response", .takes = wrong_answers,
     .when = is_too_long},
    {"sk-too-short", "an SK payload that ends before the message gets a response", .takes = wrong_answers,
     .when = is_too_short},
    {"sk-shorter-than-header", "an SK payload that is shorter than its header gets a response", .takes = wrong_answers,
     .when = is_shorter_than_header},
    {"cut-datagram", "a message that is longer than its datagram gets a response", .takes = answers_cut},
    {"longest-padding", "a request with padding of 255 octets gets no response", .takes = wrong_loses,
     .when = has_longest_padding},
    {"any-padding", "a request with padding that is not 0 gets no response", .takes = wrong_loses,
     .when = has_any_padding},
    {"pad-length-beyond", "a request with too large a Pad Length is taken for a right one", .takes = wrong_answers,
     .when = has_pad_length_beyond},
    {"sk-inside-sk", "a request with SK inside SK gets no response", .takes = wrong_loses, .when = is_inside_itself},
};

const struct wrong_faults encrypted_faults = {faults, COUNT_OF(faults)};
