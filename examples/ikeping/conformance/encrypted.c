/* SPDX-License-Identifier: ISC */
/* ikeping --conformance: the Encrypted payload, SK: impossible lengths, and padding. */
#include "checks.h"
#include "expect.h"

#include <ikelive/registry.h>

#include <string.h>

/* Where they are in a message that begins with SK. */
enum { MESSAGE_LENGTH_AT = 24, LENGTH_AT = 30, BODY_AT = 32 };

/* Sends a request that `spoil` has changed before the right one. */
static void send_spoilt(struct tester *tester, void (*spoil)(const struct tester_sa *sa, struct datagram *request))
{
    struct datagram right, spoilt;

    if (tester_establish(tester) && tester_next_request(tester, IKL_INFORMATIONAL, NULL, &right)) {
        spoilt = right;
        spoil(tester->sa, &spoilt);
        (void)expect_dropped(tester, &spoilt, &right);
    }
}

/* Makes SK end there, and the message with it. */
static void end_at(struct datagram *request, size_t len)
{
    struct ikl_writer writer = ikl_writer(request->octets, sizeof(request->octets));

    ikl_write_octets(&writer, request->octets, len);
    ikl_patch_u32(&writer, MESSAGE_LENGTH_AT, (uint32_t)len);
    ikl_patch_u16(&writer, LENGTH_AT, (uint16_t)(len - IKL_HEADER_LEN));
    request->len = len;
}

static void set_length(struct datagram *request, size_t length)
{
    request->octets[LENGTH_AT] = (uint8_t)(length >> 8);
    request->octets[LENGTH_AT + 1] = (uint8_t)length;
}

static void make_empty(const struct tester_sa *sa, struct datagram *request)
{
    (void)sa;
    end_at(request, BODY_AT);
}

static void leave_iv(const struct tester_sa *sa, struct datagram *request)
{
    end_at(request, (size_t)BODY_AT + sa->cipher->iv_len);
}

static void leave_checksum(const struct tester_sa *sa, struct datagram *request)
{
    end_at(request, (size_t)BODY_AT + sa->cipher->iv_len + sa->cipher->icv_len);
}

static void make_too_long(const struct tester_sa *sa, struct datagram *request)
{
    (void)sa;
    set_length(request, request->len - IKL_HEADER_LEN + 16);
}

static void make_too_short(const struct tester_sa *sa, struct datagram *request)
{
    (void)sa;
    set_length(request, request->len - IKL_HEADER_LEN - 1);
}

static void make_shorter_than_header(const struct tester_sa *sa, struct datagram *request)
{
    (void)sa;
    set_length(request, IKL_PAYLOAD_HEADER_LEN - 1);
}

static void cut_datagram(const struct tester_sa *sa, struct datagram *request)
{
    (void)sa;
    request->len--;
}

static void send_empty(struct tester *tester)
{
    send_spoilt(tester, make_empty);
}

static void send_iv(struct tester *tester)
{
    send_spoilt(tester, leave_iv);
}

static void send_checksum(struct tester *tester)
{
    send_spoilt(tester, leave_checksum);
}

static void send_too_long(struct tester *tester)
{
    send_spoilt(tester, make_too_long);
}

static void send_too_short(struct tester *tester)
{
    send_spoilt(tester, make_too_short);
}

static void send_shorter_than_header(struct tester *tester)
{
    send_spoilt(tester, make_shorter_than_header);
}

static void send_cut(struct tester *tester)
{
    send_spoilt(tester, cut_datagram);
}

/* Asks with padding of this length and octet; with one octet more it is a multiple of every block. */
static void send_padded(struct tester *tester, uint8_t len, int octet)
{
    uint8_t padding[UINT8_MAX];
    struct draft draft = {.exchange_type = IKL_INFORMATIONAL, .padding = padding, .padding_len = len};
    struct message response;

    memset(padding, octet, sizeof(padding));
    if (tester_establish(tester)) {
        (void)expect_answer_to(tester, &draft, &response);
    }
}

static void send_longest_padding(struct tester *tester)
{
    send_padded(tester, UINT8_MAX, 0);
}

static void send_any_padding(struct tester *tester)
{
    send_padded(tester, 31, 0xa5);
}

/* Pad Length is larger than all that there is. It may be dropped or refused. */
static void send_pad_length_beyond(struct tester *tester)
{
    uint8_t text[IKL_MAX_IV];
    struct parts parts = {.version = 0x20, .exchange_type = IKL_INFORMATIONAL};
    struct datagram request, right;
    struct message response;

    if (!tester_establish(tester)) {
        return;
    }
    memset(text, UINT8_MAX, sizeof(text));
    parts.message_id = tester->sa->next_request;
    parts.text = (struct ikl_octets){text, tester->sa->cipher->block_len};
    if (!tester_seal_parts(tester, &parts, &request)) {
        return;
    }
    tester_send(tester, &request);
    if (tester_wait_response(tester, IKL_INFORMATIONAL, parts.message_id, tester->quiet, &response)) {
        (void)expect(tester, payload_find_error(response.first, response.payloads) != 0, &response,
                     "the request is taken for a right one");
    } else if (tester_next_request(tester, IKL_INFORMATIONAL, NULL, &right)) {
        (void)expect_answer(tester, &right, &response);
    }
}

/* SK with SK inside: RFC 7296 does not say whether that is an error, but each request has a response. */
static void send_inside_itself(struct tester *tester)
{
    static const uint8_t chain[] = {IKL_PAYLOAD_NONE, 0, 0, IKL_PAYLOAD_HEADER_LEN + 4, 0, 0, 0, 0};
    struct draft draft = {.exchange_type = IKL_INFORMATIONAL, .first = IKL_PAYLOAD_SK, .chain = {chain, sizeof(chain)}};
    struct message response;

    if (!tester_establish(tester) || !expect_answer_to(tester, &draft, &response)) {
        return;
    }
    if (payload_find_notify(response.first, response.payloads, IKL_NOTIFY_INVALID_SYNTAX, NULL)) {
        tester->sa->deleted = true; /* that is its end */
    } else {
        (void)expect_alive(tester);
    }
}

static const struct check checks[] = {
    {"sk-empty", "An SK payload with nothing in it has no effect.", "RFC 7296 §3.14", send_empty},
    {"sk-iv-alone", "An SK payload with an Initialization Vector alone has no effect.", "RFC 7296 §3.14", send_iv},
    {"sk-without-ciphertext", "An SK payload that has no room for Pad Length has no effect.", "RFC 7296 §3.14",
     send_checksum},
    {"sk-too-long", "An SK payload that is longer than the message has no effect.", "RFC 7296 §3.2", send_too_long},
    {"sk-too-short", "An SK payload that ends before the message has no effect.", "RFC 7296 §3.2", send_too_short},
    {"sk-shorter-than-header", "An SK payload that is shorter than its header has no effect.", "RFC 7296 §3.2",
     send_shorter_than_header},
    {"cut-datagram", "A message that is longer than its datagram has no effect.", "RFC 7296 §3.1", send_cut},
    {"longest-padding", "Padding of 255 octets, the longest there is, is accepted.", "RFC 7296 §3.14",
     send_longest_padding},
    {"any-padding", "Padding of any content is accepted.", "RFC 7296 §3.14", send_any_padding},
    {"pad-length-beyond", "A Pad Length that is larger than the ciphertext is dropped or refused.", "RFC 7296 §3.14",
     send_pad_length_beyond},
    {"sk-inside-sk", "A request with an SK payload inside SK is answered, if only with an error.", "RFC 7296 §2.21.3",
     send_inside_itself},
};

const struct check_area encrypted_area = {"The Encrypted payload", checks, sizeof(checks) / sizeof(checks[0])};
