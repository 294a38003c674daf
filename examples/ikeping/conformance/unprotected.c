/* SPDX-License-Identifier: ISC */
/* ikeping --conformance: messages without protection, about an IKE SA that is established. Anybody can make them. */
#include "checks.h"
#include "expect.h"

#include <ikelive/registry.h>

/* Sends an unprotected message with the next Message ID: it must have no effect. */
static void send_unprotected(struct tester *tester, const struct payload_list *list, bool response)
{
    const struct draft draft = {.exchange_type = IKL_INFORMATIONAL,
                                .message_id = response ? tester->sa->next_answer : tester->sa->next_request,
                                .response = response,
                                .list = list};
    struct datagram message;

    if (tester_write_plain(tester, &draft, &message)) {
        tester_send(tester, &message);
        if (expect_no_answer(tester, IKL_INFORMATIONAL, draft.message_id, "an unprotected message is answered")) {
            (void)expect_alive(tester);
        }
    }
}

static void send_delete(struct tester *tester)
{
    struct payload_list list;

    if (tester_establish(tester)) {
        tester_compose_delete(&list);
        send_unprotected(tester, &list, false);
    }
}

static void send_empty(struct tester *tester)
{
    struct payload_list list;

    if (tester_establish(tester)) {
        payload_list_init(&list);
        send_unprotected(tester, &list, false);
    }
}

static const struct check checks[] = {
    {"unprotected-delete", "An unprotected Delete of an established IKE SA has no effect.", "RFC 7296 §1.4",
     send_delete},
    {"unprotected-request", "An unprotected, empty INFORMATIONAL request on an established IKE SA has no effect.",
     "RFC 7296 §1.4", send_empty},
};

const struct check_area unprotected_area = {"Messages without protection", checks, sizeof(checks) / sizeof(checks[0])};
