/* SPDX-License-Identifier: ISC */
/* ikeping --conformance: requests that come again. A response may be lost, so the request comes again and must get it
 * again. */
#include "checks.h"
#include "craft.h"
#include "expect.h"

#include <ikelive/registry.h>

/* Asks twice. */
static void ask_twice(struct tester *tester, const struct datagram *request)
{
    struct message first, second;

    if (expect_answer(tester, request, &first) && expect_answer(tester, request, &second)) {
        (void)expect_same(tester, &first, &second);
    }
}

static void repeat_ike_sa_init(struct tester *tester)
{
    struct payload_list list;
    struct datagram request;
    struct message first, second;

    if (!tester_new_sa(tester)) {
        return;
    }
    tester_compose_init(tester, &list);
    if (!tester_write_init(tester, &list, &request)) {
        return;
    }
    if (!tester_ask(tester, &request, &first)) {
        (void)tester_give_up(tester, "the peer does not answer IKE_SA_INIT");
    } else if (expect_answer(tester, &request, &second) && expect_same(tester, &first, &second) &&
               payload_find(first.first, first.payloads, IKL_PAYLOAD_SA).data != NULL &&
               tester_take_init(tester, &request, &first)) {
        (void)tester_authenticate(tester); /* so that nothing half-open is left there */
    }
}

static void repeat_ike_auth(struct tester *tester)
{
    struct datagram request;
    struct message first, second;

    if (tester_new_sa(tester) && tester_init(tester) && tester_write_auth(tester, &request) &&
        expect_answer(tester, &request, &first) && tester_take_auth(tester, &first) &&
        expect_answer(tester, &request, &second)) {
        (void)expect_same(tester, &first, &second);
    }
}

static void repeat_informational(struct tester *tester)
{
    struct datagram request;

    if (tester_establish(tester) && tester_next_request(tester, IKL_INFORMATIONAL, NULL, &request)) {
        ask_twice(tester, &request);
    }
}

static void repeat_create_child_sa(struct tester *tester)
{
    struct payload_list list;
    struct datagram request;

    if (tester_establish(tester)) {
        tester_compose_child(tester, &list);
        if (tester_next_request(tester, IKL_CREATE_CHILD_SA, &list, &request)) {
            ask_twice(tester, &request);
        }
    }
}

static void repeat_refused(struct tester *tester)
{
    struct payload_list list;
    struct datagram request;

    if (tester_establish(tester)) {
        payload_list_init(&list);
        craft_add_unknown(&list, true);
        if (tester_next_request(tester, IKL_INFORMATIONAL, &list, &request)) {
            ask_twice(tester, &request);
        }
    }
}

static void wait_for_repeat(struct tester *tester)
{
    struct datagram request;
    struct message response;
    uint32_t message_id;

    if (!tester_establish(tester)) {
        return;
    }
    message_id = tester->sa->next_request;
    if (tester_next_request(tester, IKL_INFORMATIONAL, NULL, &request) && expect_answer(tester, &request, &response)) {
        (void)expect_no_answer(tester, IKL_INFORMATIONAL, message_id, "the response comes again by itself");
    }
}

static const struct check checks[] = {
    {"repeated-ike-sa-init", "An IKE_SA_INIT request that comes again gets the same response, octet for octet.",
     "RFC 7296 §2.1", repeat_ike_sa_init},
    {"repeated-ike-auth", "An IKE_AUTH request that comes again gets the same response, octet for octet.",
     "RFC 7296 §2.1", repeat_ike_auth},
    {"repeated-informational", "An INFORMATIONAL request that comes again gets the same response, octet for octet.",
     "RFC 7296 §2.1", repeat_informational},
    {"repeated-create-child-sa", "A CREATE_CHILD_SA request that comes again gets the same response, octet for octet.",
     "RFC 7296 §2.1", repeat_create_child_sa},
    {"repeated-refused", "A request that was refused and comes again gets the same response, octet for octet.",
     "RFC 7296 §2.1", repeat_refused},
    {"response-once", "A response does not come again by itself.", "RFC 7296 §2.1", wait_for_repeat},
};

const struct check_area repeats_area = {"Requests that come again", checks, sizeof(checks) / sizeof(checks[0])};
