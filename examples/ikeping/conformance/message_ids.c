/* SPDX-License-Identifier: ISC */
/* ikeping --conformance: Message IDs, and requests in a wrong order. */
#include "checks.h"
#include "expect.h"

#include <ikelive/registry.h>

/* Farther than any window. */
enum { FAR = 1000 };

/* Sends a Delete of the IKE SA with a Message ID that is not the next: it must have no effect. */
static void delete_with(struct tester *tester, uint32_t message_id, const char *why)
{
    struct draft draft = {.exchange_type = IKL_INFORMATIONAL, .message_id = message_id};
    struct payload_list list;
    struct datagram request;

    tester_compose_delete(&list);
    draft.list = &list;
    if (tester_seal(tester, &draft, &request)) {
        tester_send(tester, &request);
        if (expect_no_answer(tester, IKL_INFORMATIONAL, message_id, why)) {
            (void)expect_alive(tester);
        }
    }
}

static void send_far_request(struct tester *tester)
{
    if (tester_establish(tester)) {
        delete_with(tester, tester->sa->next_request + FAR, "a request far beyond the window is answered");
    }
}

static void send_stale_request(struct tester *tester)
{
    struct datagram request;
    struct message response;
    uint32_t message_id;

    if (!tester_establish(tester)) {
        return;
    }
    message_id = tester->sa->next_request;
    for (unsigned i = 0; i < FAR / 100; i++) { /* farther back than the window of any */
        if (!tester_next_request(tester, IKL_INFORMATIONAL, NULL, &request) ||
            !expect_answer(tester, &request, &response)) {
            return;
        }
    }
    delete_with(tester, message_id, "a request with a Message ID of long ago is answered");
}

static const struct check checks[] = {
    {"far-request", "A request with a Message ID far beyond the window is dropped and changes nothing.",
     "RFC 7296 §2.3", send_far_request},
    {"stale-request", "A new request with a Message ID of long ago is dropped and changes nothing.", "RFC 7296 §2.2",
     send_stale_request},
};

const struct check_area message_ids_area = {"Message IDs", checks, sizeof(checks) / sizeof(checks[0])};
