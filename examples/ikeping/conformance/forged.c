/* SPDX-License-Identifier: ISC */
/* ikeping --conformance: messages that were changed, or that are not of whom they seem to be. */
#include "checks.h"
#include "expect.h"

#include <ikelive/registry.h>

/* Changes one octet of a right request: it must have no effect, and the right request must still be answered. */
static void change_octet(struct tester *tester, size_t (*octet)(const struct datagram *request))
{
    uint32_t message_id;
    struct datagram request, changed;
    struct message response;

    if (!tester_establish(tester)) {
        return;
    }
    message_id = tester->sa->next_request;
    if (!tester_next_request(tester, IKL_INFORMATIONAL, NULL, &request)) {
        return;
    }
    changed = request;
    changed.octets[octet(&request)] ^= 0x40;
    tester_send(tester, &changed);
    if (expect_no_answer(tester, IKL_INFORMATIONAL, message_id, "a forged request is answered")) {
        (void)expect_answer(tester, &request, &response);
    }
}

static size_t last_octet(const struct datagram *request)
{
    return request->len - 1;
}

static void change_checksum(struct tester *tester)
{
    change_octet(tester, last_octet);
}

static const struct check checks[] = {
    {"changed-checksum",
     "A request with a wrong Integrity Checksum Data has no effect and does not take the Message ID.",
     "RFC 7296 §2.21.2", change_checksum},
};

const struct check_area forged_area = {"Forged messages", checks, sizeof(checks) / sizeof(checks[0])};
