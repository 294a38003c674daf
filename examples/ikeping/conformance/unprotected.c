/* SPDX-License-Identifier: ISC */
/* ikeping --conformance: messages without protection, about an IKE SA that there is. Anybody can make them. */
#include "checks.h"
#include "expect.h"

#include <ikelive/registry.h>

#include <string.h>

static const struct ikl_octets no_data = {NULL, 0};

/* Sends an unprotected message: it must have no effect. */
static void send_unprotected(struct tester *tester, const struct draft *draft)
{
    struct datagram message;

    if (tester_write_plain(tester, draft, &message)) {
        tester_send(tester, &message);
        if (expect_no_answer(tester, draft->exchange_type, draft->message_id, "an unprotected message is answered")) {
            (void)expect_alive(tester);
        }
    }
}

/* A request of this kind with the next Message ID. */
static void send_request(struct tester *tester, uint8_t exchange_type, const struct payload_list *list)
{
    send_unprotected(
        tester, &(struct draft){.exchange_type = exchange_type, .message_id = tester->sa->next_request, .list = list});
}

static void send_delete(struct tester *tester)
{
    struct payload_list list;

    if (tester_establish(tester)) {
        tester_compose_delete(&list);
        send_request(tester, IKL_INFORMATIONAL, &list);
    }
}

static void send_empty(struct tester *tester)
{
    struct payload_list list;

    if (tester_establish(tester)) {
        payload_list_init(&list);
        send_request(tester, IKL_INFORMATIONAL, &list);
    }
}

static void send_failure(struct tester *tester)
{
    struct payload_list list;

    if (tester_establish(tester)) {
        payload_list_init(&list);
        payload_list_notify(&list, IKL_NOTIFY_AUTHENTICATION_FAILED, no_data);
        send_request(tester, IKL_INFORMATIONAL, &list);
    }
}

static void send_create_child_sa(struct tester *tester)
{
    struct payload_list list;

    if (tester_establish(tester)) {
        tester_compose_child(tester, &list);
        send_request(tester, IKL_CREATE_CHILD_SA, &list);
    }
}

/* As the peer would get it from who has lost the IKE SA. */
static void send_invalid_ike_spi(struct tester *tester)
{
    struct draft draft = {.exchange_type = IKL_INFORMATIONAL, .response = true};
    struct payload_list list;

    if (tester_establish(tester)) {
        payload_list_init(&list);
        payload_list_notify(&list, IKL_NOTIFY_INVALID_IKE_SPI, no_data);
        draft.message_id = tester->sa->next_answer;
        draft.list = &list;
        send_unprotected(tester, &draft);
    }
}

/* Who takes it for the request that the IKE SA began with may answer as then. */
static void send_init_on_sa(struct tester *tester)
{
    struct payload_list list;
    struct datagram request;

    if (!tester_establish(tester)) {
        return;
    }
    tester_compose_init(tester, &list);
    if (tester_write_init(tester, &list, &request)) {
        tester_send(tester, &request);
        tester_pause(tester, tester->quiet);
        (void)expect_alive(tester);
    }
}

/* The very request that the IKE SA began with, which was the tester's. */
static void send_init_again(struct tester *tester)
{
    struct ikl_octets request;
    struct datagram again;

    if (tester_needs_gateway(tester) && tester_establish(tester)) {
        request = tester->sa->handshake.request;
        memcpy(again.octets, request.data, request.len);
        again.len = request.len;
        tester_send(tester, &again);
        tester_pause(tester, tester->quiet);
        (void)expect_alive(tester);
    }
}

static void send_auth(struct tester *tester)
{
    struct draft draft = {.exchange_type = IKL_IKE_AUTH, .message_id = 1};
    struct payload_list list;
    struct datagram request;
    struct message response;

    if (!tester_new_sa(tester) || !tester_init(tester)) {
        return;
    }
    tester_compose_auth(tester, &list);
    draft.list = &list;
    if (!tester_write_plain(tester, &draft, &request)) {
        return;
    }
    tester_send(tester, &request);
    if (expect_no_answer(tester, IKL_IKE_AUTH, 1, "an unprotected IKE_AUTH request is answered") &&
        tester_write_auth(tester, &request) && expect_answer(tester, &request, &response)) {
        (void)tester_take_auth(tester, &response);
    }
}

/* Whether a message has no protection and says INVALID_SYNTAX. */
static bool is_invalid_syntax(const struct message *message)
{
    return message->status == IKL_ERR_UNPROTECTED &&
           payload_find_notify(message->first, message->payloads, IKL_NOTIFY_INVALID_SYNTAX, NULL);
}

/* A payload that is shorter than its own header. */
static void send_malformed(struct tester *tester)
{
    static const uint8_t chain[] = {IKL_PAYLOAD_NONE, 0, 0, IKL_PAYLOAD_HEADER_LEN - 1};
    struct draft draft = {
        .exchange_type = IKL_INFORMATIONAL, .first = IKL_PAYLOAD_NOTIFY, .chain = {chain, sizeof(chain)}};
    struct datagram request;
    struct message answer;
    ikl_time deadline;

    if (!tester_establish(tester)) {
        return;
    }
    draft.message_id = tester->sa->next_request;
    if (tester_write_plain(tester, &draft, &request)) {
        tester_send(tester, &request);
        deadline = ikl_time_after(tester->wire.now(tester->wire.user), tester->quiet);
        while (tester_receive(tester, deadline, &answer)) {
            (void)expect(tester, !is_invalid_syntax(&answer), &answer, "there is INVALID_SYNTAX without protection");
        }
        (void)expect_alive(tester);
    }
}

static const struct check checks[] = {
    {"unprotected-delete", "An unprotected Delete of an established IKE SA has no effect.", "RFC 7296 §1.4",
     send_delete},
    {"unprotected-request", "An unprotected, empty INFORMATIONAL request on an established IKE SA has no effect.",
     "RFC 7296 §1.4", send_empty},
    {"unprotected-failure", "An unprotected AUTHENTICATION_FAILED on an established IKE SA has no effect.",
     "RFC 7296 §1.4", send_failure},
    {"unprotected-create-child-sa", "An unprotected CREATE_CHILD_SA request has no effect.", "RFC 7296 §1.3",
     send_create_child_sa},
    {"unprotected-invalid-ike-spi", "An unprotected INVALID_IKE_SPI gets no response and changes no IKE SA.",
     "RFC 7296 §2.21.4", send_invalid_ike_spi},
    {"ike-sa-init-on-ike-sa", "An IKE_SA_INIT request with both SPIs of an established IKE SA has no effect on it.",
     "RFC 7296 §2.6", send_init_on_sa},
    {"late-ike-sa-init", "The IKE_SA_INIT request of an established IKE SA that comes again has no effect on it.",
     "RFC 7296 §2.1", send_init_again},
    {"unprotected-ike-auth", "An unprotected IKE_AUTH request has no effect.", "RFC 7296 §1.2", send_auth},
    {"unprotected-invalid-syntax", "A malformed request without protection gets no INVALID_SYNTAX.", "RFC 7296 §3.10.1",
     send_malformed},
};

const struct check_area unprotected_area = {"Messages without protection", checks, sizeof(checks) / sizeof(checks[0])};
