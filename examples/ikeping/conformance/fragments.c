/* SPDX-License-Identifier: ISC */
/* ikeping --conformance: requests in fragments. */
#include "checks.h"
#include "expect.h"

#include <ikelive/registry.h>

/* A request is sent so often, and each time the response may take so many ms. */
enum { ROUNDS = 3, ROUND_TIME = 1500 };

enum { MOST_PIECES = 20, PIECE_SIZE = 512, TINY_PIECES = 8 };

/* A request in fragments, numbered from 1. */
struct pieces {
    uint8_t exchange_type;
    uint32_t message_id;
    uint16_t n;
    struct datagram each[MOST_PIECES];
};

/* Cuts the payloads into so many pieces, of `len` octets but for the last, which has the rest; 0: as many in each. */
static bool cut(struct tester *tester, const struct payload_list *list, uint16_t n, size_t len, struct pieces *out)
{
    uint8_t octets[MOST_PIECES * PIECE_SIZE];
    struct ikl_writer writer = ikl_writer(octets, sizeof(octets));

    if (list->error != IKL_OK || ikl_chain_write(&writer, list->payloads, list->n) != IKL_OK) {
        return tester_give_up(tester, "the request is too long for the tester");
    }
    len = len != 0 ? len : writer.len / n;
    out->n = n;
    for (uint16_t i = 0; i < n; i++) {
        const struct draft draft = {
            .exchange_type = out->exchange_type,
            .message_id = out->message_id,
            .first = i == 0 ? ikl_chain_first(list->payloads, list->n) : IKL_PAYLOAD_NONE,
            .chain = {octets + i * len, i + 1 < n ? len : writer.len - i * len},
            .fragment_number = (uint16_t)(i + 1),
            .fragment_total = n,
        };

        if (!tester_seal(tester, &draft, &out->each[i])) {
            return false;
        }
    }
    return true;
}

/* A request for another Child SA, which any peer answers, if only with a refusal. */
static bool make(struct tester *tester, uint32_t message_id, uint16_t n, size_t len, struct pieces *out)
{
    struct payload_list list;

    tester_compose_child(tester, &list);
    *out = (struct pieces){.exchange_type = IKL_CREATE_CHILD_SA, .message_id = message_id};
    return cut(tester, &list, n, len, out);
}

static bool agreed(struct tester *tester)
{
    return tester->sa->init.fragmentation || tester_give_up(tester, "the peer does not support fragments");
}

/* An IKE SA, and a request of `n` fragments. */
static bool begin(struct tester *tester, uint16_t n, struct pieces *out)
{
    tester->fragmentation = true;
    return tester_establish(tester) && agreed(tester) && make(tester, tester->sa->next_request++, n, 0, out);
}

/* Sends those with the numbers from `first` to `last`. */
static void send(struct tester *tester, const struct pieces *pieces, uint16_t first, uint16_t last)
{
    for (uint16_t i = first; i <= last; i++) {
        tester_send(tester, &pieces->each[i - 1]);
    }
}

/* Nothing of what was sent so far is a whole request. */
static bool expect_incomplete(struct tester *tester, const struct pieces *pieces)
{
    return expect_no_answer(tester, pieces->exchange_type, pieces->message_id,
                            "a request is answered of which a fragment is missing");
}

/* These are what was missing. Once more, as one may be lost, all are sent. */
static bool expect_complete(struct tester *tester, const struct pieces *pieces, uint16_t first, uint16_t last,
                            struct message *response)
{
    bool answered = false;

    for (unsigned i = 0; i < ROUNDS && !answered; i++) {
        send(tester, pieces, i == 0 ? first : 1, i == 0 ? last : pieces->n);
        answered = tester_wait_response(tester, pieces->exchange_type, pieces->message_id, ROUND_TIME, response);
    }
    return expect(tester, answered, NULL, "a request in fragments gets no response");
}

static void send_many(struct tester *tester)
{
    struct pieces pieces;
    struct message response;

    if (begin(tester, MOST_PIECES, &pieces)) {
        (void)expect_complete(tester, &pieces, 1, pieces.n, &response);
    }
}

static void send_in_reverse(struct tester *tester)
{
    struct pieces pieces;
    struct message response;

    if (begin(tester, 3, &pieces)) {
        send(tester, &pieces, 3, 3);
        send(tester, &pieces, 2, 2);
        (void)expect_complete(tester, &pieces, 1, 1, &response);
    }
}

static void send_alone(struct tester *tester)
{
    struct pieces pieces;
    struct message response;

    if (begin(tester, 1, &pieces)) {
        (void)expect_complete(tester, &pieces, 1, 1, &response);
    }
}

static void send_tiny(struct tester *tester)
{
    struct pieces pieces;
    struct message response;

    tester->fragmentation = true;
    if (tester_establish(tester) && agreed(tester) &&
        make(tester, tester->sa->next_request++, TINY_PIECES, 1, &pieces)) {
        (void)expect_complete(tester, &pieces, 1, pieces.n, &response);
    }
}

static void miss_one(struct tester *tester)
{
    struct pieces pieces;
    struct message response;

    if (begin(tester, 3, &pieces)) {
        send(tester, &pieces, 1, 2);
        if (expect_incomplete(tester, &pieces)) {
            (void)expect_complete(tester, &pieces, 3, 3, &response);
        }
    }
}

static void double_one(struct tester *tester)
{
    struct pieces pieces;
    struct message response;

    if (begin(tester, 2, &pieces)) {
        send(tester, &pieces, 1, 1);
        send(tester, &pieces, 1, 1);
        if (expect_incomplete(tester, &pieces)) {
            (void)expect_complete(tester, &pieces, 2, 2, &response);
        }
    }
}

static void change_one(struct tester *tester)
{
    struct pieces pieces;
    struct datagram changed;
    struct message response;

    if (begin(tester, 2, &pieces)) {
        changed = pieces.each[1];
        changed.octets[changed.len - 1] ^= 0x40;
        tester_send(tester, &changed);
        send(tester, &pieces, 1, 1);
        if (expect_incomplete(tester, &pieces)) {
            (void)expect_complete(tester, &pieces, 2, 2, &response);
        }
    }
}

/* First a fragment of a request of `n`, then `sent` of the same request in `other` fragments. */
static bool mix(struct tester *tester, uint16_t n, uint16_t other, uint16_t first, struct pieces *one,
                struct pieces *another)
{
    if (!begin(tester, n, one) || !make(tester, one->message_id, other, 0, another)) {
        return false;
    }
    send(tester, one, 1, 1);
    send(tester, another, first, another->n);
    return expect_incomplete(tester, one);
}

static void send_fewer_in_total(struct tester *tester)
{
    struct pieces three, two;
    struct message response;

    if (mix(tester, 3, 2, 1, &three, &two)) {
        (void)expect_complete(tester, &three, 2, 3, &response);
    }
}

static void send_more_in_total(struct tester *tester)
{
    struct pieces two, three;
    struct message response;

    if (mix(tester, 2, 3, 2, &two, &three)) {
        (void)expect_complete(tester, &three, 1, 1, &response);
    }
}

/* Protects a fragment with numbers that contradict each other, which the library does not make. */
static bool seal_impossible(struct tester *tester, const struct pieces *pieces, uint16_t number, uint16_t total,
                            struct datagram *out)
{
    const struct tester_sa *sa = tester->sa;
    size_t numbers_at = IKL_HEADER_LEN + IKL_PAYLOAD_HEADER_LEN, aad_len = numbers_at + 4;
    size_t text_len = pieces->each[0].len - aad_len - sa->cipher->iv_len - sa->cipher->icv_len;
    struct ikl_writer writer;
    uint8_t text[PIECE_SIZE];

    *out = pieces->each[0];
    if (text_len > sizeof(text) || sa->cipher->open(sa->own, out->octets, aad_len, text_len, text) != IKL_OK) {
        return tester_give_up(tester, "the tester cannot make such a fragment");
    }
    writer = ikl_writer(out->octets + numbers_at, 4);
    ikl_write_u16(&writer, number);
    ikl_write_u16(&writer, total);
    for (size_t i = 0; i < text_len; i++) {
        out->octets[aad_len + sa->cipher->iv_len + i] = text[i];
    }
    return sa->cipher->seal(sa->own, out->octets, aad_len, text_len) == IKL_OK ||
           tester_give_up(tester, "the tester cannot seal such a fragment");
}

/* An impossible fragment: then a request of two fragments comes all the same. */
static void send_impossible(struct tester *tester, uint16_t number, uint16_t total)
{
    struct pieces pieces;
    struct datagram impossible;
    struct message response;

    if (begin(tester, 2, &pieces) && seal_impossible(tester, &pieces, number, total, &impossible)) {
        tester_send(tester, &impossible);
        if (expect_incomplete(tester, &pieces)) {
            (void)expect_complete(tester, &pieces, 1, pieces.n, &response);
        }
    }
}

static void send_number_zero(struct tester *tester)
{
    send_impossible(tester, 0, 1);
}

static void send_number_beyond_total(struct tester *tester)
{
    send_impossible(tester, 2, 1);
}

static void repeat_first(struct tester *tester)
{
    struct pieces pieces;
    struct message first, second;

    if (begin(tester, 2, &pieces) && expect_complete(tester, &pieces, 1, 2, &first)) {
        tester_pause(tester, tester->quiet);
        if (expect(tester, tester_ask(tester, &pieces.each[0], &second), NULL,
                   "the first fragment, which comes again, gets no response")) {
            (void)expect_same(tester, &first, &second);
        }
    }
}

static void repeat_second(struct tester *tester)
{
    struct pieces pieces;
    struct message response;

    if (begin(tester, 2, &pieces) && expect_complete(tester, &pieces, 1, 2, &response)) {
        tester_pause(tester, tester->quiet);
        send(tester, &pieces, 2, 2);
        (void)expect_no_answer(tester, pieces.exchange_type, pieces.message_id,
                               "another fragment than the first, which comes again, gets a response");
    }
}

static void send_ike_auth(struct tester *tester)
{
    struct pieces pieces = {.exchange_type = IKL_IKE_AUTH};
    struct payload_list list;
    struct message response;

    tester->fragmentation = true;
    if (!tester_new_sa(tester) || !tester_init(tester) || !agreed(tester)) {
        return;
    }
    pieces.message_id = tester->sa->next_request++;
    tester_compose_auth(tester, &list);
    if (cut(tester, &list, 2, 0, &pieces) && expect_complete(tester, &pieces, 1, pieces.n, &response) &&
        tester_take_auth(tester, &response)) {
        (void)expect_alive(tester);
    }
}

static void send_informational(struct tester *tester)
{
    struct pieces pieces = {.exchange_type = IKL_INFORMATIONAL};
    struct payload_list list;
    struct message response;

    tester->fragmentation = true;
    if (!tester_establish(tester) || !agreed(tester)) {
        return;
    }
    pieces.message_id = tester->sa->next_request++;
    payload_list_init(&list);
    payload_list_notify(&list, IKL_NOTIFY_ADDITIONAL_TS_POSSIBLE, (struct ikl_octets){NULL, 0}); /* says nothing here */
    if (cut(tester, &list, 2, 0, &pieces)) {
        (void)expect_complete(tester, &pieces, 1, pieces.n, &response);
    }
}

/* One fragment of a message without protection: its payloads stand in the Encrypted Fragment payload as they are. */
struct clear_piece {
    uint8_t first; /* of the message's payloads; none but in the fragment with number 1 */
    uint16_t number, total;
    struct ikl_octets text;
};

static bool write_clear(struct tester *tester, struct draft draft, const struct clear_piece *piece,
                        struct datagram *out)
{
    uint8_t octets[TESTER_DATAGRAM_SIZE];
    struct ikl_writer writer = ikl_writer(octets, sizeof(octets));

    ikl_write_u8(&writer, piece->first);
    ikl_write_u8(&writer, 0);
    ikl_write_u16(&writer, (uint16_t)(IKL_PAYLOAD_HEADER_LEN + 4 + piece->text.len));
    ikl_write_u16(&writer, piece->number);
    ikl_write_u16(&writer, piece->total);
    ikl_write_octets(&writer, piece->text.data, piece->text.len);
    draft.first = IKL_PAYLOAD_SKF;
    draft.chain = (struct ikl_octets){octets, writer.len};
    return tester_write_plain(tester, &draft, out);
}

/* Sends the payloads in two such fragments. */
static bool send_clear(struct tester *tester, const struct payload_list *list, const struct draft *draft)
{
    uint8_t octets[TESTER_DATAGRAM_SIZE];
    struct ikl_writer writer = ikl_writer(octets, sizeof(octets));
    struct clear_piece one = {.number = 1, .total = 2}, two = {.number = 2, .total = 2};
    struct datagram message;

    if (list->error != IKL_OK || ikl_chain_write(&writer, list->payloads, list->n) != IKL_OK) {
        return tester_give_up(tester, "the request is too long for the tester");
    }
    one.first = ikl_chain_first(list->payloads, list->n);
    one.text = (struct ikl_octets){octets, writer.len / 2};
    two.text = (struct ikl_octets){octets + one.text.len, writer.len - one.text.len};
    if (!write_clear(tester, *draft, &one, &message)) {
        return false;
    }
    tester_send(tester, &message);
    if (!write_clear(tester, *draft, &two, &message)) {
        return false;
    }
    tester_send(tester, &message);
    return true;
}

static bool has_sa(const struct message *response)
{
    return payload_find(response->first, response->payloads, IKL_PAYLOAD_SA).data != NULL;
}

/* An error, or a cookie, is all that it may get. The whole request with the same SPI is a new one. */
static void send_clear_init(struct tester *tester)
{
    const struct draft draft = {.exchange_type = IKL_IKE_SA_INIT};
    struct payload_list list;
    struct datagram request;
    struct message response;
    bool wanted;

    tester->fragmentation = true;
    if (!tester_new_acceptable_sa(tester)) {
        return;
    }
    tester_compose_init(tester, &list);
    if (!send_clear(tester, &list, &draft)) {
        return;
    }
    if (tester_wait_response(tester, IKL_IKE_SA_INIT, 0, tester->quiet, &response)) {
        (void)expect(tester, !has_sa(&response), &response, "an IKE_SA_INIT request in fragments is accepted");
    } else if (tester_write_init(tester, &list, &request) && expect_answer(tester, &request, &response)) {
        wanted = has_sa(&response) || payload_find_notify(response.first, response.payloads, IKL_NOTIFY_COOKIE, NULL);
        (void)expect(tester, wanted, &response, "the same request is refused when it comes as a whole");
    }
}

static void send_clear_delete(struct tester *tester)
{
    struct draft draft = {.exchange_type = IKL_INFORMATIONAL};
    struct payload_list list;

    tester->fragmentation = true;
    if (!tester_establish(tester) || !agreed(tester)) {
        return;
    }
    draft.message_id = tester->sa->next_request;
    tester_compose_delete(&list);
    if (send_clear(tester, &list, &draft) && expect_no_answer(tester, IKL_INFORMATIONAL, draft.message_id,
                                                              "a request in unprotected fragments is answered")) {
        (void)expect_alive(tester);
    }
}

static const struct check checks[] = {
    {"many-fragments", "A request in 20 fragments is answered.", "RFC 7383 §2.6", send_many},
    {"fragments-in-reverse", "A request of which the last fragment comes first is answered.", "RFC 7383 §2.6",
     send_in_reverse},
    {"fragment-alone", "A request in one fragment is answered.", "RFC 7383 §2.5", send_alone},
    {"tiny-fragments", "A request of which fragments have one octet each is answered.", "RFC 7383 §2.6", send_tiny},
    {"missing-fragment", "A request is answered when the last fragment has come, and not before.", "RFC 7383 §2.6",
     miss_one},
    {"doubled-fragment", "A fragment that comes twice is not taken for two.", "RFC 7383 §2.6", double_one},
    {"changed-fragment", "A fragment with a wrong Integrity Checksum Data has no effect on those that are right.",
     "RFC 7383 §2.6", change_one},
    {"fewer-fragments", "Fragments with a smaller Total Fragments than those before are discarded.", "RFC 7383 §2.6",
     send_fewer_in_total},
    {"more-fragments", "A fragment with a greater Total Fragments makes those before it void.", "RFC 7383 §2.6",
     send_more_in_total},
    {"fragment-zero", "A fragment with Fragment Number 0 is discarded.", "RFC 7383 §2.6", send_number_zero},
    {"fragment-beyond-total", "A fragment with a Fragment Number above Total Fragments is discarded.", "RFC 7383 §2.6",
     send_number_beyond_total},
    {"repeated-first-fragment", "The first fragment that comes again gets the same response, octet for octet.",
     "RFC 7383 §2.6.1", repeat_first},
    {"repeated-other-fragment", "Another fragment than the first that comes again gets no response.", "RFC 7383 §2.6.1",
     repeat_second},
    {"fragmented-ike-auth", "An IKE_AUTH request in fragments establishes the IKE SA.", "RFC 7383 §2.5", send_ike_auth},
    {"fragmented-informational", "An INFORMATIONAL request in fragments is answered.", "RFC 7383 §2.5",
     send_informational},
    {"fragmented-ike-sa-init", "An IKE_SA_INIT request in fragments, which nothing protects, has no effect.",
     "RFC 7383 §2.2", send_clear_init},
    {"unprotected-fragments", "A Delete of the IKE SA in fragments without protection has no effect.", "RFC 7383 §2.6",
     send_clear_delete},
};

const struct check_area fragments_area = {"Fragments", checks, sizeof(checks) / sizeof(checks[0])};
