/* SPDX-License-Identifier: ISC */
/* ikeping --conformance: IKE_SA_INIT: what must be refused, and what must not. */
#include "checks.h"
#include "craft.h"
#include "expect.h"

#include <ikelive/registry.h>

#include <string.h>

/* Where they are in the header. */
enum { SPI_I_AT = 0, SPI_R_AT = 8, NEXT_PAYLOAD_AT = 16, VERSION_AT, EXCHANGE_TYPE_AT, FLAGS_AT, MESSAGE_ID_AT };

enum {
    VERSION_2_9 = 0x29,
    VERSION_3_0 = 0x30,
    OTHER_FLAGS = 0xd7,
    UNKNOWN_STATUS = 40959,
    UNKNOWN_ENCR = 1023,
    NOTIFY_FIELDS = 4
};

static const struct ikl_octets no_data = {NULL, 0};

/* Whatever else may be wrong with the message. */
static bool accepts(const struct message *message)
{
    const struct ikl_octets *octets = &message->octets;

    return octets->len > IKL_HEADER_LEN && octets->data[EXCHANGE_TYPE_AT] == IKL_IKE_SA_INIT &&
           payload_find(octets->data[NEXT_PAYLOAD_AT],
                        (struct ikl_octets){octets->data + IKL_HEADER_LEN, octets->len - IKL_HEADER_LEN},
                        IKL_PAYLOAD_SA)
                   .data != NULL;
}

/* Makes an IKE SA without keys that the peer would accept, and the payloads of its request. */
static bool begin(struct tester *tester, struct payload_list *list)
{
    bool begun = tester_new_acceptable_sa(tester);

    if (begun) {
        tester_compose_init(tester, list);
    }
    return begun;
}

/* The same request with a cookie as its first payload. */
static struct datagram add_cookie(const struct datagram *request, struct ikl_octets cookie)
{
    const struct ikl_notify notify = {.type = IKL_NOTIFY_COOKIE, .data = cookie};
    struct datagram with_cookie = {.len = 0};
    struct ikl_writer writer = ikl_writer(with_cookie.octets, sizeof(with_cookie.octets));

    ikl_write_octets(&writer, request->octets, IKL_HEADER_LEN);
    ikl_write_u8(&writer, request->octets[NEXT_PAYLOAD_AT]);
    ikl_write_u8(&writer, 0);
    ikl_write_u16(&writer, (uint16_t)(IKL_PAYLOAD_HEADER_LEN + NOTIFY_FIELDS + cookie.len));
    (void)!ikl_notify_write(&writer, &notify);
    ikl_write_octets(&writer, request->octets + IKL_HEADER_LEN, request->len - IKL_HEADER_LEN);
    ikl_header_patch(&writer, 0, IKL_PAYLOAD_NOTIFY);
    with_cookie.len = writer.len;
    return with_cookie;
}

/* A request gets a response. Whoever has many half-open IKE SAs asks for a cookie, whatever the request is, and gets
 * it: the request then is the one with the cookie. */
static bool ask(struct tester *tester, struct datagram *request, struct message *response)
{
    struct ikl_octets cookie;

    if (!expect_answer(tester, request, response)) {
        return false;
    }
    if (!payload_find_notify(response->first, response->payloads, IKL_NOTIFY_COOKIE, &cookie)) {
        return true;
    }
    *request = add_cookie(request, cookie);
    return expect_answer(tester, request, response) &&
           (!payload_find_notify(response->first, response->payloads, IKL_NOTIFY_COOKIE, NULL) ||
            tester_give_up(tester, "the peer asks for a cookie again"));
}

/* The request is accepted as any other, and the IKE SA is established. */
static void expect_established(struct tester *tester, const struct datagram *request, const char *why)
{
    struct datagram sent = *request;
    struct message response;

    if (ask(tester, &sent, &response) && expect(tester, accepts(&response), &response, why) &&
        tester_take_init(tester, &sent, &response)) {
        (void)tester_authenticate(tester);
    }
}

/* No response accepts the request while it is quiet. Others may come. */
static void expect_not_accepted(struct tester *tester, const struct datagram *request, const char *why)
{
    ikl_time deadline = ikl_time_after(tester->wire.now(tester->wire.user), tester->quiet);
    struct message answer;

    tester_send(tester, request);
    while (tester_receive(tester, deadline, &answer)) {
        (void)expect(tester, !accepts(&answer), &answer, why);
    }
    (void)expect(tester, true, NULL, why);
}

static void send_list(struct tester *tester, const struct payload_list *list, const char *why)
{
    struct datagram request;

    if (tester_write_init(tester, list, &request)) {
        expect_established(tester, &request, why);
    }
}

static void send_unknown(struct tester *tester)
{
    struct payload_list list;

    if (begin(tester, &list)) {
        craft_add_unknown(&list, false);
        send_list(tester, &list, "an unknown payload that is not critical keeps the request from success");
    }
}

static void send_unknown_status(struct tester *tester)
{
    struct payload_list list;

    if (begin(tester, &list)) {
        payload_list_notify(&list, UNKNOWN_STATUS, no_data);
        send_list(tester, &list, "an unknown status notification keeps the request from success");
    }
}

static void send_vendor_id(struct tester *tester)
{
    static const uint8_t vendor_id[] = {'n', 'o', 'b', 'o', 'd', 'y'};
    struct payload_list list;

    if (begin(tester, &list)) {
        ikl_write_octets(payload_list_begin(&list, IKL_PAYLOAD_VENDOR_ID), vendor_id, sizeof(vendor_id));
        payload_list_end(&list, IKL_OK);
        send_list(tester, &list, "an unknown Vendor ID keeps the request from success");
    }
}

static void send_critical(struct tester *tester)
{
    struct payload_list list;
    struct datagram request;
    struct message response;

    if (!begin(tester, &list)) {
        return;
    }
    craft_add_unknown(&list, true);
    if (tester_write_init(tester, &list, &request) && ask(tester, &request, &response)) {
        (void)expect_notify(tester, &response, IKL_NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD, NULL);
    }
}

/* Sends a right request with one octet of its header changed. */
static void send_with_octet(struct tester *tester, size_t at, uint8_t octet,
                            void (*expects)(struct tester *tester, const struct datagram *request, const char *why),
                            const char *why)
{
    struct payload_list list;
    struct datagram request;

    if (begin(tester, &list) && tester_write_init(tester, &list, &request)) {
        request.octets[at] = octet;
        expects(tester, &request, why);
    }
}

static void send_minor_version(struct tester *tester)
{
    send_with_octet(tester, VERSION_AT, VERSION_2_9, expect_established, "version 2.9 keeps the request from success");
}

static void send_other_flags(struct tester *tester)
{
    send_with_octet(tester, FLAGS_AT, OTHER_FLAGS | IKL_FLAG_INITIATOR, expect_established,
                    "reserved flags keep the request from success");
}

static void send_major_version(struct tester *tester)
{
    send_with_octet(tester, VERSION_AT, VERSION_3_0, expect_not_accepted, "a request of version 3 is accepted");
}

static void send_message_id(struct tester *tester)
{
    send_with_octet(tester, MESSAGE_ID_AT + 3, 1, expect_not_accepted, "a request with Message ID 1 is accepted");
}

static void send_spi_r(struct tester *tester)
{
    send_with_octet(tester, SPI_R_AT, 1, expect_not_accepted, "a request with a responder's SPI is accepted");
}

static void send_response_flag(struct tester *tester)
{
    send_with_octet(tester, FLAGS_AT, IKL_FLAG_INITIATOR | IKL_FLAG_RESPONSE, expect_not_accepted,
                    "a request that is marked as a response is accepted");
}

static void send_without_spi_i(struct tester *tester)
{
    struct payload_list list;
    struct datagram request;

    if (begin(tester, &list) && tester_write_init(tester, &list, &request)) {
        memset(request.octets + SPI_I_AT, 0, sizeof(uint64_t));
        expect_not_accepted(tester, &request, "a request without the initiator's SPI is accepted");
    }
}

/* Sends a request without the payloads of this type. */
static void send_without(struct tester *tester, uint8_t type, const char *why)
{
    struct payload_list list;
    struct datagram request;
    size_t n = 0;

    if (!begin(tester, &list)) {
        return;
    }
    for (size_t i = 0; i < list.n; i++) {
        if (list.payloads[i].type != type) {
            list.payloads[n++] = list.payloads[i];
        }
    }
    list.n = n;
    if (tester_write_init(tester, &list, &request)) {
        expect_not_accepted(tester, &request, why);
    }
}

static void send_without_sa(struct tester *tester)
{
    send_without(tester, IKL_PAYLOAD_SA, "a request without an SA payload is accepted");
}

static void send_without_ke(struct tester *tester)
{
    send_without(tester, IKL_PAYLOAD_KE, "a request without a KE payload is accepted");
}

static void send_without_nonce(struct tester *tester)
{
    send_without(tester, IKL_PAYLOAD_NONCE, "a request without a nonce is accepted");
}

/* Sends a request whose payload of this type has another length. */
static void send_resized(struct tester *tester, uint8_t type, size_t len, const char *why)
{
    static const uint8_t octets[IKL_MAX_NONCE + 1] = {0, 1, 2, 3};
    struct payload_list list;
    struct datagram request;

    if (!begin(tester, &list)) {
        return;
    }
    for (size_t i = 0; i < list.n; i++) {
        if (list.payloads[i].type == type) {
            list.payloads[i].body.data = len > list.payloads[i].body.len ? octets : list.payloads[i].body.data;
            list.payloads[i].body.len = len;
        }
    }
    if (tester_write_init(tester, &list, &request)) {
        expect_not_accepted(tester, &request, why);
    }
}

static void send_short_nonce(struct tester *tester)
{
    send_resized(tester, IKL_PAYLOAD_NONCE, IKL_MIN_NONCE - 1, "a nonce of 15 octets is accepted");
}

static void send_long_nonce(struct tester *tester)
{
    send_resized(tester, IKL_PAYLOAD_NONCE, IKL_MAX_NONCE + 1, "a nonce of 257 octets is accepted");
}

static void send_short_ke(struct tester *tester)
{
    send_resized(tester, IKL_PAYLOAD_KE, 4 + 16, "a public value of 16 octets is accepted");
}

/* An offer that nobody can accept. */
static int write_unknown_offer(struct ikl_writer *writer)
{
    struct ikl_proposals_writer offer = ikl_offer_writer(writer);
    int error = ikl_write_proposal(&offer, IKL_PROTOCOL_IKE, no_data);

    if (error == IKL_OK) {
        error = ikl_write_transform(&offer, IKL_TRANSFORM_ENCR, UNKNOWN_ENCR, 0);
    }
    if (error == IKL_OK) {
        error = ikl_write_transform(&offer, IKL_TRANSFORM_PRF, IKL_PRF_HMAC_SHA2_256, 0);
    }
    if (error == IKL_OK) {
        error = ikl_write_transform(&offer, IKL_TRANSFORM_KE, IKL_KE_CURVE25519, 0);
    }
    return error;
}

static void send_unknown_offer(struct tester *tester)
{
    struct payload_list list, offer;
    struct datagram request;
    struct message response;

    if (!begin(tester, &list)) {
        return;
    }
    payload_list_init(&offer);
    payload_list_end(&offer, write_unknown_offer(payload_list_begin(&offer, IKL_PAYLOAD_SA)));
    for (size_t i = 0; i < list.n; i++) {
        if (list.payloads[i].type == IKL_PAYLOAD_SA) {
            list.payloads[i].body = offer.payloads[0].body;
        }
    }
    if (tester_write_init(tester, &list, &request) && ask(tester, &request, &response)) {
        (void)expect_notify(tester, &response, IKL_NOTIFY_NO_PROPOSAL_CHOSEN, NULL);
    }
}

/* The key exchange method of the KE payload is none of the offer; the last of these nobody offers any more. */
static struct ikl_ke choose_other_method(const struct tester *tester)
{
    static const uint16_t methods[] = {IKL_KE_MODP_2048, IKL_KE_ECP_256, IKL_KE_CURVE25519, IKL_KE_MODP_768};
    static const uint8_t value[256] = {4, 3, 2, 1};
    size_t i = 0;

    while (i + 1 < sizeof(methods) / sizeof(methods[0]) &&
           proposals_have_group(&tester->settings->proposals, methods[i])) {
        i++;
    }
    return (struct ikl_ke){.method = methods[i], .data = {value, ikl_ke_len(methods[i])}};
}

static void send_other_method(struct tester *tester)
{
    const struct ikl_ke ke = choose_other_method(tester);
    struct payload_list other;
    struct payload_list list;
    struct datagram request;
    struct message response;
    struct ikl_octets data;

    if (!begin(tester, &list)) {
        return;
    }
    payload_list_init(&other);
    init_message_add_ke(&other, &ke);
    for (size_t i = 0; i < list.n; i++) {
        if (list.payloads[i].type == IKL_PAYLOAD_KE) {
            list.payloads[i].body = other.payloads[0].body;
        }
    }
    if (tester_write_init(tester, &list, &request) && ask(tester, &request, &response) &&
        expect_notify(tester, &response, IKL_NOTIFY_INVALID_KE_PAYLOAD, &data)) {
        (void)expect(tester,
                     data.len == 2 && proposals_have_group(&tester->settings->proposals,
                                                           (uint16_t)(data.data[0] << 8 | data.data[1])),
                     &response, "INVALID_KE_PAYLOAD does not name a method that was offered");
    }
}

/* A cookie that the peer has never given. */
static void send_made_up_cookie(struct tester *tester)
{
    static const uint8_t cookie[] = {1, 2, 3, 4, 5, 6, 7, 8};
    struct payload_list list;
    struct datagram request;
    struct message response;

    if (!begin(tester, &list)) {
        return;
    }
    memcpy(tester->sa->handshake.cookie, cookie, sizeof(cookie));
    tester->sa->handshake.cookie_len = sizeof(cookie);
    tester_compose_init(tester, &list);
    if (!tester_write_init(tester, &list, &request) || !expect_answer(tester, &request, &response)) {
        return;
    }
    if (!payload_find_notify(response.first, response.payloads, IKL_NOTIFY_COOKIE, NULL) &&
        expect(tester, accepts(&response), &response, "the request gets neither a new cookie nor what it asks for") &&
        tester_take_init(tester, &request, &response)) {
        (void)tester_authenticate(tester);
    }
}

static const struct check checks[] = {
    {"unknown-in-ike-sa-init", "An unknown payload in IKE_SA_INIT that is not critical is ignored.", "RFC 7296 §2.5",
     send_unknown},
    {"unknown-status-in-ike-sa-init", "An unknown status notification in IKE_SA_INIT is ignored.", "RFC 7296 §3.10.1",
     send_unknown_status},
    {"unknown-vendor-id", "An unknown Vendor ID is ignored.", "RFC 7296 §3.12", send_vendor_id},
    {"critical-in-ike-sa-init",
     "An unknown critical payload in IKE_SA_INIT is answered with UNSUPPORTED_CRITICAL_PAYLOAD.", "RFC 7296 §2.5",
     send_critical},
    {"minor-version-of-ike-sa-init", "The minor version of an IKE_SA_INIT request is ignored.", "RFC 7296 §2.5",
     send_minor_version},
    {"reserved-flags-of-ike-sa-init", "The reserved flags of an IKE_SA_INIT request are ignored.", "RFC 7296 §3.1",
     send_other_flags},
    {"major-version", "An IKE_SA_INIT request of version 3 is not accepted.", "RFC 7296 §2.5", send_major_version},
    {"message-id-of-ike-sa-init", "An IKE_SA_INIT request with Message ID 1 is not accepted.", "RFC 7296 §2.2",
     send_message_id},
    {"spi-of-nobody", "An IKE_SA_INIT request with a responder's SPI is not accepted.", "RFC 7296 §3.1", send_spi_r},
    {"ike-sa-init-without-spi", "An IKE_SA_INIT request without the initiator's SPI is not accepted.", "RFC 7296 §3.1",
     send_without_spi_i},
    {"response-flag-of-ike-sa-init", "An IKE_SA_INIT message that is marked as a response gets no response.",
     "RFC 7296 §3.1", send_response_flag},
    {"ike-sa-init-without-sa", "An IKE_SA_INIT request without an SA payload is not accepted.", "RFC 7296 §1.2",
     send_without_sa},
    {"ike-sa-init-without-ke", "An IKE_SA_INIT request without a KE payload is not accepted.", "RFC 7296 §1.2",
     send_without_ke},
    {"ike-sa-init-without-nonce", "An IKE_SA_INIT request without a nonce is not accepted.", "RFC 7296 §1.2",
     send_without_nonce},
    {"short-nonce", "A nonce of 15 octets is not accepted.", "RFC 7296 §3.9", send_short_nonce},
    {"long-nonce", "A nonce of 257 octets is not accepted.", "RFC 7296 §3.9", send_long_nonce},
    {"short-public-value", "A public value that is too short for its method is not accepted.", "RFC 7296 §3.4",
     send_short_ke},
    {"no-proposal", "An offer of which nothing is known is answered with NO_PROPOSAL_CHOSEN.", "RFC 7296 §2.7",
     send_unknown_offer},
    {"other-method", "A KE payload of a method that was not offered is answered with INVALID_KE_PAYLOAD and another.",
     "RFC 7296 §1.2", send_other_method},
    {"made-up-cookie", "A cookie that the peer has not given is ignored, as if there was none.", "RFC 7296 §2.6",
     send_made_up_cookie},
};

const struct check_area init_area = {"IKE_SA_INIT", checks, sizeof(checks) / sizeof(checks[0])};
