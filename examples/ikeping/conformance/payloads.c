/* SPDX-License-Identifier: ISC */
/* ikeping --conformance: what is inside a request: payloads that the peer does not know, fields that it must ignore. */
#include "checks.h"
#include "craft.h"
#include "expect.h"

#include <ikelive/registry.h>

#include <string.h>

/* Notifications that nobody knows, an error and a status; and version 2.9. */
enum { UNKNOWN_ERROR = 8191, UNKNOWN_STATUS = 40959, VERSION_2_0 = 0x20, VERSION_2_9 = 0x29 };

/* Flags that are reserved, and the one that says that a higher version is spoken. */
enum { OTHER_FLAGS = 0xd7 };

static const struct ikl_octets no_data = {NULL, 0};

/* A response says that the request was all right. */
static void expect_no_error(struct tester *tester, const struct message *response, const char *why)
{
    (void)expect(tester, payload_find_error(response->first, response->payloads) == 0, response, why);
}

/* A response names the unknown payload. */
static bool expect_unsupported(struct tester *tester, const struct message *response)
{
    struct ikl_octets data;

    return expect_notify(tester, response, IKL_NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD, &data) &&
           expect(tester, data.len == 1 && data.data[0] == CRAFT_UNKNOWN_TYPE, response,
                  "UNSUPPORTED_CRITICAL_PAYLOAD does not name the type of the payload");
}

/* Asks with an INFORMATIONAL request that has these payloads. */
static bool ask_with_list(struct tester *tester, const struct payload_list *list, struct message *response)
{
    struct datagram request;

    return tester_next_request(tester, IKL_INFORMATIONAL, list, &request) && expect_answer(tester, &request, response);
}

static bool ask_with_unknown(struct tester *tester, bool critical, struct message *response)
{
    struct payload_list list;

    payload_list_init(&list);
    craft_add_unknown(&list, critical);
    return tester_establish(tester) && ask_with_list(tester, &list, response);
}

static void send_critical(struct tester *tester)
{
    struct message response;

    if (ask_with_unknown(tester, true, &response)) {
        (void)expect_unsupported(tester, &response);
    }
}

static void send_not_critical(struct tester *tester)
{
    struct message response;

    if (ask_with_unknown(tester, false, &response)) {
        expect_no_error(tester, &response, "an unknown payload that is not critical is refused");
    }
}

/* Asks with an INFORMATIONAL request of one payload, a Vendor ID, with these bits beside its type. */
static void send_with_bits(struct tester *tester, uint8_t bits, const char *why)
{
    const uint8_t chain[] = {IKL_PAYLOAD_NONE, bits, 0, IKL_PAYLOAD_HEADER_LEN + 4, 'n', 'o', 'n', 'e'};
    struct draft draft = {
        .exchange_type = IKL_INFORMATIONAL, .first = IKL_PAYLOAD_VENDOR_ID, .chain = {chain, sizeof(chain)}};
    struct message response;

    if (tester_establish(tester) && expect_answer_to(tester, &draft, &response)) {
        expect_no_error(tester, &response, why);
    }
}

static void send_critical_known(struct tester *tester)
{
    send_with_bits(tester, 0x80, "a known payload is refused because it is marked critical");
}

static void send_reserved_bits(struct tester *tester)
{
    send_with_bits(tester, 0x7f, "a payload is refused because of its RESERVED bits");
}

static void send_notification(struct tester *tester, uint16_t type, const char *why)
{
    struct payload_list list;
    struct message response;

    payload_list_init(&list);
    payload_list_notify(&list, type, no_data);
    if (tester_establish(tester) && ask_with_list(tester, &list, &response)) {
        expect_no_error(tester, &response, why);
        (void)expect_alive(tester);
    }
}

static void send_unknown_status(struct tester *tester)
{
    send_notification(tester, UNKNOWN_STATUS, "an unknown status notification is refused");
}

static void send_unknown_error(struct tester *tester)
{
    send_notification(tester, UNKNOWN_ERROR, "an unknown error notification is refused");
}

/* Asks with an empty INFORMATIONAL request that has this version and these flags too. */
static void send_with_header(struct tester *tester, uint8_t version, uint8_t flags)
{
    uint8_t padding[IKL_MAX_IV] = {0};
    struct parts parts = {.version = version, .exchange_type = IKL_INFORMATIONAL, .flags = flags};
    struct datagram request;
    struct message response;

    if (!tester_establish(tester)) {
        return;
    }
    parts.message_id = tester->sa->next_request++;
    parts.text = (struct ikl_octets){padding, tester->sa->cipher->block_len};
    padding[parts.text.len - 1] = (uint8_t)(parts.text.len - 1);
    if (tester_seal_parts(tester, &parts, &request)) {
        (void)expect_answer(tester, &request, &response);
    }
}

static void send_reserved_flags(struct tester *tester)
{
    send_with_header(tester, VERSION_2_0, OTHER_FLAGS);
}

static void send_minor_version(struct tester *tester)
{
    send_with_header(tester, VERSION_2_9, 0);
}

static void send_critical_in_create_child_sa(struct tester *tester)
{
    struct payload_list list;
    struct datagram request;
    struct message response;

    if (!tester_establish(tester)) {
        return;
    }
    tester_compose_child(tester, &list);
    craft_add_unknown(&list, true);
    if (tester_next_request(tester, IKL_CREATE_CHILD_SA, &list, &request) &&
        expect_answer(tester, &request, &response) && expect_unsupported(tester, &response)) {
        (void)expect(tester, payload_find(response.first, response.payloads, IKL_PAYLOAD_SA).data == NULL, &response,
                     "the Child SA is made all the same");
    }
}

/* Asks with an IKE_AUTH request that has an unknown payload. */
static bool authenticate_with_unknown(struct tester *tester, bool critical, struct message *response)
{
    struct payload_list list;
    struct datagram request;

    if (!tester_new_sa(tester) || !tester_init(tester)) {
        return false;
    }
    tester_compose_auth(tester, &list);
    craft_add_unknown(&list, critical);
    return tester_next_request(tester, IKL_IKE_AUTH, &list, &request) && expect_answer(tester, &request, response);
}

static void send_critical_in_ike_auth(struct tester *tester)
{
    struct message response;

    if (authenticate_with_unknown(tester, true, &response) && expect_unsupported(tester, &response)) {
        (void)expect(tester, payload_find(response.first, response.payloads, IKL_PAYLOAD_AUTH).data == NULL, &response,
                     "the request is not rejected in its entirety: there is an AUTH payload");
    }
}

static void send_unknown_in_ike_auth(struct tester *tester)
{
    struct message response;

    /* without the payload it succeeds */
    if (tester_establish(tester) && authenticate_with_unknown(tester, false, &response) &&
        expect(tester, payload_find(response.first, response.payloads, IKL_PAYLOAD_AUTH).data != NULL, &response,
               "an unknown payload that is not critical keeps IKE_AUTH from success")) {
        (void)tester_take_auth(tester, &response);
    }
}

static void send_malformed(struct tester *tester, uint8_t first, struct ikl_octets chain)
{
    if (tester_establish(tester)) {
        (void)expect_malformed(tester, first, chain, "a malformed request is taken for a right one");
    }
}

static void send_short_payload(struct tester *tester)
{
    static const uint8_t chain[] = {IKL_PAYLOAD_NONE, 0, 0, IKL_PAYLOAD_HEADER_LEN - 1, 0, 0, 0, 0};

    send_malformed(tester, IKL_PAYLOAD_VENDOR_ID, (struct ikl_octets){chain, sizeof(chain)});
}

static void send_long_payload(struct tester *tester)
{
    static const uint8_t chain[] = {IKL_PAYLOAD_NONE, 0, 1, 0, 0, 0, 0, 0};

    send_malformed(tester, IKL_PAYLOAD_VENDOR_ID, (struct ikl_octets){chain, sizeof(chain)});
}

static void send_short_notify(struct tester *tester)
{
    static const uint8_t chain[] = {IKL_PAYLOAD_NONE, 0, 0, IKL_PAYLOAD_HEADER_LEN + 2, 0, 0};

    send_malformed(tester, IKL_PAYLOAD_NOTIFY, (struct ikl_octets){chain, sizeof(chain)});
}

static const struct check checks[] = {
    {"critical-payload",
     "An unknown payload that is critical is answered with UNSUPPORTED_CRITICAL_PAYLOAD and its type.", "RFC 7296 §2.5",
     send_critical},
    {"unknown-payload", "An unknown payload that is not critical is ignored.", "RFC 7296 §2.5", send_not_critical},
    {"critical-known-payload", "The Critical bit of a payload that the peer knows is ignored.", "RFC 7296 §3.2",
     send_critical_known},
    {"reserved-bits", "The RESERVED bits of a payload are ignored.", "RFC 7296 §3.2", send_reserved_bits},
    {"unknown-status", "An unknown status notification in a request is ignored.", "RFC 7296 §3.10.1",
     send_unknown_status},
    {"unknown-error", "An unknown error notification in a request is ignored.", "RFC 7296 §3.10.1", send_unknown_error},
    {"reserved-flags", "The reserved flags and the Version flag of a request are ignored.", "RFC 7296 §3.1",
     send_reserved_flags},
    {"minor-version", "The minor version of a request is ignored.", "RFC 7296 §2.5", send_minor_version},
    {"critical-in-create-child-sa",
     "An unknown critical payload in CREATE_CHILD_SA is answered with UNSUPPORTED_CRITICAL_PAYLOAD and nothing is "
     "made.",
     "RFC 7296 §2.5", send_critical_in_create_child_sa},
    {"critical-in-ike-auth",
     "An unknown critical payload in IKE_AUTH is answered with UNSUPPORTED_CRITICAL_PAYLOAD alone.", "RFC 7296 §2.21.2",
     send_critical_in_ike_auth},
    {"unknown-in-ike-auth", "An unknown payload in IKE_AUTH that is not critical is ignored.", "RFC 7296 §2.5",
     send_unknown_in_ike_auth},
    {"short-payload", "A request with a payload that is shorter than its header is answered with an error.",
     "RFC 7296 §2.21.3", send_short_payload},
    {"long-payload", "A request with a payload that is longer than the message is answered with an error.",
     "RFC 7296 §2.21.3", send_long_payload},
    {"short-notify", "A request with a Notify payload that lacks its fields is answered with an error.",
     "RFC 7296 §2.21.3", send_short_notify},
};

const struct check_area payloads_area = {"Payloads", checks, sizeof(checks) / sizeof(checks[0])};
