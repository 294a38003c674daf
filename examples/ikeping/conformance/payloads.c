/* SPDX-License-Identifier: ISC */
/* ikeping --conformance: payloads that the peer does not know, and others that may be there. */
#include "checks.h"
#include "expect.h"

#include <ikelive/registry.h>

/* A payload type that nobody has (§3.2 leaves 54 to 127 to the future). */
enum { UNKNOWN_TYPE = 113 };

static void add_unknown(struct payload_list *list, bool critical)
{
    static const uint8_t body[] = {1, 2, 3, 4};
    struct ikl_writer *writer = payload_list_begin(list, UNKNOWN_TYPE);

    ikl_write_octets(writer, body, sizeof(body));
    payload_list_end(list, IKL_OK);
    list->payloads[list->n - 1].critical = critical;
}

/* Asks with an INFORMATIONAL request that has an unknown payload. */
static bool ask_with_unknown(struct tester *tester, bool critical, struct message *response)
{
    struct payload_list list;
    struct datagram request;

    if (!tester_establish(tester)) {
        return false;
    }
    payload_list_init(&list);
    add_unknown(&list, critical);
    return tester_next_request(tester, IKL_INFORMATIONAL, &list, &request) && expect_answer(tester, &request, response);
}

static void send_critical(struct tester *tester)
{
    struct message response;
    struct ikl_octets data;

    if (ask_with_unknown(tester, true, &response) &&
        expect_notify(tester, &response, IKL_NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD, &data)) {
        (void)expect(tester, data.len == 1 && data.data[0] == UNKNOWN_TYPE, &response,
                     "UNSUPPORTED_CRITICAL_PAYLOAD does not name the type of the payload");
    }
}

static void send_not_critical(struct tester *tester)
{
    struct message response;

    if (ask_with_unknown(tester, false, &response)) {
        (void)expect(tester, payload_find_error(response.first, response.payloads) == 0, &response,
                     "an unknown payload that is not critical is refused");
    }
}

static const struct check checks[] = {
    {"critical-payload",
     "An unknown payload that is critical is answered with UNSUPPORTED_CRITICAL_PAYLOAD and its type.", "RFC 7296 §2.5",
     send_critical},
    {"unknown-payload", "An unknown payload that is not critical is ignored.", "RFC 7296 §2.5", send_not_critical},
};

const struct check_area payloads_area = {"Payloads", checks, sizeof(checks) / sizeof(checks[0])};
