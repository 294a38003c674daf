/* SPDX-License-Identifier: ISC */
/* ikeping --conformance: Message IDs, and requests in a wrong order. */
#include "checks.h"
#include "expect.h"

#include <ikelive/registry.h>

/* Farther than any window, and so many requests. */
enum { FAR = 1000, LONG_AGO = 10, FLOOD = 64 };

/* Sends a Delete of the IKE SA with a Message ID that is not the next, or marked as a response: it must have no effect.
 */
static void send_delete(struct tester *tester, uint32_t message_id, bool response, const char *why)
{
    struct draft draft = {.exchange_type = IKL_INFORMATIONAL, .message_id = message_id, .response = response};
    struct payload_list list;
    struct datagram message;

    tester_compose_delete(&list);
    draft.list = &list;
    if (tester_seal(tester, &draft, &message)) {
        tester_send(tester, &message);
        if (expect_no_answer(tester, IKL_INFORMATIONAL, message_id, why)) {
            (void)expect_alive(tester);
        }
    }
}

static void send_far_request(struct tester *tester)
{
    if (tester_establish(tester)) {
        send_delete(tester, tester->sa->next_request + FAR, false, "a request far beyond the window is answered");
    }
}

/* Makes liveness checks of the peer. */
static bool ask_often(struct tester *tester, unsigned n)
{
    bool answered = true;

    for (unsigned i = 0; i < n && answered; i++) {
        answered = expect_alive(tester);
    }
    return answered;
}

static void send_stale_request(struct tester *tester)
{
    uint32_t message_id;

    if (tester_establish(tester)) {
        message_id = tester->sa->next_request;
        if (ask_often(tester, LONG_AGO)) {
            send_delete(tester, message_id, false, "a request with a Message ID of long ago is answered");
        }
    }
}

static void send_request_too_early(struct tester *tester)
{
    struct datagram first, second;
    struct message response;

    if (tester_establish(tester) && tester_next_request(tester, IKL_INFORMATIONAL, NULL, &first) &&
        tester_next_request(tester, IKL_INFORMATIONAL, NULL, &second)) {
        tester_send(tester, &second);
        tester_pause(tester, tester->quiet);
        if (expect_answer(tester, &first, &response)) {
            (void)expect_answer(tester, &second, &response);
        }
    }
}

/* The one that would be next comes last. Its neighbour is left out, for which there is a check. */
static void flood_window(struct tester *tester)
{
    struct datagram first, other;
    struct draft draft = {.exchange_type = IKL_INFORMATIONAL};
    struct message response;

    if (!tester_establish(tester) || !tester_next_request(tester, IKL_INFORMATIONAL, NULL, &first)) {
        return;
    }
    for (uint32_t i = 1; i <= FLOOD; i++) {
        draft.message_id = tester->sa->next_request + i;
        if (!tester_seal(tester, &draft, &other)) {
            return;
        }
        tester_send(tester, &other);
    }
    tester_pause(tester, tester->quiet);
    (void)expect_answer(tester, &first, &response);
}

/* The Delete may get the response of the request before, or none. */
static void send_other_request_again(struct tester *tester)
{
    struct draft draft = {.exchange_type = IKL_INFORMATIONAL};
    struct payload_list list;
    struct datagram request, other;
    struct message response;

    if (!tester_establish(tester)) {
        return;
    }
    draft.message_id = tester->sa->next_request;
    tester_compose_delete(&list);
    draft.list = &list;
    if (tester_next_request(tester, IKL_INFORMATIONAL, NULL, &request) && tester_seal(tester, &draft, &other) &&
        expect_answer(tester, &request, &response)) {
        tester_send(tester, &other);
        tester_pause(tester, tester->quiet);
        (void)expect_alive(tester);
    }
}

/* A client's IKE_SA_INIT had it too, but the tester's first request has it as well. */
static void send_id_of_init(struct tester *tester)
{
    if (tester_needs_gateway(tester) && tester_establish(tester)) {
        send_delete(tester, 0, false, "a request with Message ID 0, which IKE_SA_INIT had, is answered");
    }
}

static void send_last_id(struct tester *tester)
{
    if (tester_establish(tester)) {
        send_delete(tester, UINT32_MAX, false, "a request with Message ID 4294967295 is answered");
    }
}

static void send_response(struct tester *tester)
{
    if (tester_establish(tester)) {
        send_delete(tester, tester->sa->next_answer, true, "a response is answered");
    }
}

/* IKE_AUTH gets its response all the same. */
static void authenticate(struct tester *tester)
{
    struct datagram request;
    struct message response;

    if (tester_write_auth(tester, &request) && expect_answer(tester, &request, &response)) {
        (void)tester_take_auth(tester, &response);
    }
}

/* Before IKE_AUTH only IKE_AUTH may come. An error is all that such a request may get. */
static void send_before_auth(struct tester *tester, uint8_t exchange_type, const struct payload_list *list)
{
    struct draft draft = {.exchange_type = exchange_type, .message_id = tester->sa->next_request, .list = list};
    struct datagram request;
    struct message response;

    if (!tester_seal(tester, &draft, &request)) {
        return;
    }
    tester_send(tester, &request);
    if (tester_wait_response(tester, exchange_type, draft.message_id, tester->quiet, &response)) {
        (void)expect(tester, payload_find_error(response.first, response.payloads) != 0, &response,
                     "the request is answered before the tester is authenticated");
    } else {
        authenticate(tester);
    }
}

static void send_informational_before_auth(struct tester *tester)
{
    struct payload_list list;

    if (tester_new_sa(tester) && tester_init(tester)) {
        payload_list_init(&list);
        send_before_auth(tester, IKL_INFORMATIONAL, &list);
    }
}

static void send_create_child_sa_before_auth(struct tester *tester)
{
    struct payload_list list;

    if (tester_new_sa(tester) && tester_init(tester)) {
        tester_compose_child(tester, &list);
        send_before_auth(tester, IKL_CREATE_CHILD_SA, &list);
    }
}

static void send_auth_with_wrong_id(struct tester *tester)
{
    struct datagram early;

    if (!tester_new_sa(tester) || !tester_init(tester)) {
        return;
    }
    tester->sa->next_request = 2;
    if (!tester_write_auth(tester, &early)) {
        return;
    }
    tester_send(tester, &early);
    tester->sa->next_request = 1;
    if (expect_no_answer(tester, IKL_IKE_AUTH, 2, "an IKE_AUTH request with Message ID 2 is answered")) {
        authenticate(tester);
    }
}

static const struct check checks[] = {
    {"far-request", "A request with a Message ID far beyond the window is dropped and changes nothing.",
     "RFC 7296 §2.3", send_far_request},
    {"stale-request", "A new request with a Message ID of long ago is dropped and changes nothing.", "RFC 7296 §2.2",
     send_stale_request},
    {"early-request", "A request that comes before the one with the Message ID before it keeps neither from an answer.",
     "RFC 7296 §2.2", send_request_too_early},
    {"other-request-again", "Another request with a Message ID that was answered is not processed.", "RFC 7296 §2.1",
     send_other_request_again},
    {"id-of-ike-sa-init", "A request with Message ID 0 on an established IKE SA changes nothing.", "RFC 7296 §2.2",
     send_id_of_init},
    {"last-id", "A request with the last Message ID there is, 4294967295, changes nothing.", "RFC 7296 §2.2",
     send_last_id},
    {"unsolicited-response", "A response to nothing that the peer has asked for changes nothing.", "RFC 7296 §2.1",
     send_response},
    {"informational-before-ike-auth", "An INFORMATIONAL request before IKE_AUTH is not processed.", "RFC 7296 §1.4",
     send_informational_before_auth},
    {"create-child-sa-before-ike-auth", "A CREATE_CHILD_SA request before IKE_AUTH is not processed.", "RFC 7296 §1.3",
     send_create_child_sa_before_auth},
    {"ike-auth-with-wrong-id", "An IKE_AUTH request with Message ID 2 right after IKE_SA_INIT is not processed.",
     "RFC 7296 §2.2", send_auth_with_wrong_id},
    {"flooded-window", "Many requests beyond the window do not keep the one that is next from an answer.",
     "RFC 7296 §2.3", flood_window},
};

const struct check_area message_ids_area = {"Message IDs", checks, sizeof(checks) / sizeof(checks[0])};
