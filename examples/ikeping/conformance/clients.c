/* SPDX-License-Identifier: ISC */
/* ikeping --conformance: IKE_SA_INIT and IKE_AUTH of a client: how it repeats its requests, and what it makes of
 * answers that it cannot trust, or that ask for another request. */
#include "checks.h"
#include "expect.h"

#include "../arrival.h"

#include <ikelive/registry.h>

#include <string.h>

static const struct ikl_octets nothing = {NULL, 0};

/* Where the length of the first payload of a message that is not protected has its low octet. */
enum { FIRST_LENGTH_AT = 31 };

/* A client connects, and has its request from it. */
static bool begin(struct tester *tester, struct message *request)
{
    return tester_needs_client(tester) && tester_wait_init(tester, request);
}

static bool is_same(const struct message *message, const struct message *other)
{
    return message->octets.len == other->octets.len &&
           memcmp(message->octets.data, other->octets.data, other->octets.len) == 0;
}

static ikl_time deadline_of(const struct tester *tester)
{
    return ikl_time_after(tester->wire.now(tester->wire.user), tester->patience);
}

static bool is_init(const struct message *message)
{
    return message->status == IKL_ERR_UNPROTECTED && arrival_is(&message->header);
}

/* Waits for another request than the first, of the same IKE SA that is to be. */
static bool wait_other_init(struct tester *tester, const struct message *first, struct message *other)
{
    ikl_time deadline = deadline_of(tester);

    while (tester_receive(tester, deadline, other)) {
        if (is_init(other) && other->header.spi_i == first->header.spi_i && !is_same(other, first)) {
            return true;
        }
    }
    return false;
}

/* Waits for a request to come again. When it does not, as it was the last send, the client begins with a new one. */
static bool wait_init_again(struct tester *tester, struct message *first, struct message *again)
{
    ikl_time deadline = deadline_of(tester);

    while (tester_receive(tester, deadline, again)) {
        if (is_init(again) && again->header.spi_i == first->header.spi_i) {
            return true;
        }
        if (is_init(again)) {
            *first = *again;
        }
    }
    return false;
}

/* The IKE SA comes about with this IKE_SA_INIT request, and is of use. */
static void expect_established(struct tester *tester, struct message *request)
{
    if (tester_accept_request(tester, request)) {
        (void)expect_alive(tester);
    }
}

/* The IKE_AUTH request comes. `why` says what is wrong if it does not. */
static bool expect_auth(struct tester *tester, const struct datagram *response, struct message *auth, const char *why)
{
    return expect(tester, tester_hear_auth(tester, response, auth), NULL, why);
}

/* A right answer to IKE_AUTH, which nobody has got yet. */
static bool reach_auth(struct tester *tester, struct message *auth, struct payload_list *list)
{
    struct message request;
    struct datagram response;

    return begin(tester, &request) && tester_accept_init(tester, &request, &response) &&
           tester_wait_auth(tester, &response, auth) && tester_compose_acceptance(tester, auth, list);
}

/* The client takes the right answer, whatever came before. */
static void expect_right_answer_taken(struct tester *tester, const struct message *auth,
                                      const struct payload_list *list)
{
    if (tester_write_acceptance(tester, auth, list)) {
        tester_send(tester, &tester->sa->answer);
        (void)expect_alive(tester);
    }
}

static void repeat_init(struct tester *tester)
{
    struct message first, again;

    if (begin(tester, &first) && expect(tester, wait_init_again(tester, &first, &again), &first,
                                        "an IKE_SA_INIT request without an answer does not come again")) {
        (void)expect_same(tester, &first, &again);
    }
}

/* Whether `again` is `first` behind a Notify payload with this cookie. */
static bool has_cookie_in_front(const struct message *first, const struct message *again, struct ikl_octets cookie)
{
    struct ikl_chain chain = ikl_chain(again->first, again->payloads);
    struct ikl_payload payload;
    struct ikl_notify notify;
    size_t len;

    if (ikl_chain_next(&chain, &payload) != IKL_OK || payload.type != IKL_PAYLOAD_NOTIFY ||
        ikl_notify_read(&notify, payload.body) != IKL_OK || notify.type != IKL_NOTIFY_COOKIE ||
        notify.data.len != cookie.len || memcmp(notify.data.data, cookie.data, cookie.len) != 0) {
        return false;
    }
    len = IKL_PAYLOAD_HEADER_LEN + payload.body.len;
    return again->payloads.data[0] == first->first && again->payloads.len == len + first->payloads.len &&
           memcmp(again->payloads.data + len, first->payloads.data, first->payloads.len) == 0;
}

static void ask_for_cookie(struct tester *tester)
{
    static const uint8_t octets[64] = {1, 2, 3};
    const struct ikl_octets cookie = {octets, sizeof(octets)};
    struct message first, again;

    if (begin(tester, &first) && tester_refuse_init(tester, &first, IKL_NOTIFY_COOKIE, cookie) &&
        expect(tester, wait_other_init(tester, &first, &again), NULL, "no request comes with the cookie") &&
        expect(tester, has_cookie_in_front(&first, &again, cookie), &again,
               "the request is not the one before with the cookie in front")) {
        expect_established(tester, &again);
    }
}

/* Finds a method that both have, and that is not the one of the request's KE payload. */
static bool find_other_method(const struct tester *tester, const struct message *request, uint16_t *method)
{
    const struct proposal_list *all = &tester->settings->proposals;
    struct proposal_list others = {.n = 0};
    struct init_message init;
    struct choice choice;

    if (init_message_read(&init, &request->header, request->payloads, &request->traced->path) != IKL_OK ||
        init.proposals.data == NULL) {
        return false;
    }
    for (size_t i = 0; i < all->n; i++) {
        if (all->proposals[i].group != init.ke.method) {
            others.proposals[others.n++] = all->proposals[i];
        }
    }
    if (!proposals_choose(&choice, &others, init.proposals, init.ke.method, false)) {
        return false;
    }
    *method = choice.proposal.group;
    return true;
}

/* Whether the request offers this one. */
static bool offers(const struct message *request, const struct proposal *proposal)
{
    struct ikl_octets sa = payload_find(request->first, request->payloads, IKL_PAYLOAD_SA);
    const struct proposal_list list = {.proposals = {*proposal}, .n = 1};
    struct choice choice;

    return sa.data != NULL && proposals_choose(&choice, &list, sa, proposal->group, false);
}

/* Whether the request has a KE payload of this method and offers all that the one before did, as far as the tester
 * knows it; the order may be another. */
static bool offers_again(const struct tester *tester, const struct message *first, const struct message *again,
                         uint16_t method)
{
    const struct proposal_list *known = &tester->settings->proposals;
    struct ikl_octets body = payload_find(again->first, again->payloads, IKL_PAYLOAD_KE);
    struct ikl_ke ke;
    bool same = body.data != NULL && ikl_ke_read(&ke, body) == IKL_OK && ke.method == method;

    for (size_t i = 0; i < known->n; i++) {
        same = same && offers(first, &known->proposals[i]) == offers(again, &known->proposals[i]);
    }
    return same;
}

static void ask_for_other_method(struct tester *tester)
{
    uint8_t octets[sizeof(uint16_t)];
    struct ikl_writer writer = ikl_writer(octets, sizeof(octets));
    struct message first, again;
    uint16_t method;

    if (!begin(tester, &first)) {
        return;
    }
    if (!find_other_method(tester, &first, &method)) {
        (void)tester_give_up(tester, "the client offers no other key exchange method that the tester has");
        return;
    }
    ikl_write_u16(&writer, method);
    if (tester_refuse_init(tester, &first, IKL_NOTIFY_INVALID_KE_PAYLOAD, (struct ikl_octets){octets, writer.len}) &&
        expect(tester, wait_other_init(tester, &first, &again), NULL,
               "no request comes with the other key exchange method") &&
        expect(tester, offers_again(tester, &first, &again, method), &again,
               "the request has not the other method, or does not offer all that it did before")) {
        expect_established(tester, &again);
    }
}

static void refuse_init(struct tester *tester)
{
    struct message request, auth;
    struct datagram response;

    if (begin(tester, &request) && tester_refuse_init(tester, &request, IKL_NOTIFY_NO_PROPOSAL_CHOSEN, nothing) &&
        tester_accept_init(tester, &request, &response) &&
        expect_auth(tester, &response, &auth, "the client gives up at once, for anybody can refuse its request")) {
        (void)tester_accept_auth(tester, &auth);
    }
}

static void spoil_init(struct tester *tester)
{
    struct message request, auth;
    struct datagram response, spoilt;

    if (!begin(tester, &request) || !tester_accept_init(tester, &request, &response)) {
        return;
    }
    spoilt = response;
    spoilt.octets[FIRST_LENGTH_AT] = IKL_PAYLOAD_HEADER_LEN - 1;
    tester_send(tester, &spoilt);
    if (expect_auth(tester, &response, &auth, "the client gives up at once, for anybody can send it that")) {
        (void)tester_accept_auth(tester, &auth);
    }
}

static void repeat_auth(struct tester *tester)
{
    struct message first, again = {.status = IKL_ERR_UNPROTECTED};
    struct payload_list list;
    ikl_time deadline;
    bool came = false;

    if (!reach_auth(tester, &first, &list)) {
        return;
    }
    deadline = deadline_of(tester);
    while (!came && tester_receive(tester, deadline, &again)) {
        came = tester_is_request(tester, &again, IKL_IKE_AUTH);
    }
    if (expect(tester, came, &first, "an IKE_AUTH request without an answer does not come again") &&
        expect_same(tester, &first, &again)) {
        expect_right_answer_taken(tester, &first, &list);
    }
}

static void refuse_auth_unprotected(struct tester *tester)
{
    struct draft draft = {.exchange_type = IKL_IKE_AUTH, .response = true};
    struct payload_list list, refusal;
    struct message auth;
    struct datagram forged;

    if (!reach_auth(tester, &auth, &list)) {
        return;
    }
    payload_list_init(&refusal);
    payload_list_notify(&refusal, IKL_NOTIFY_AUTHENTICATION_FAILED, nothing);
    draft.message_id = auth.header.message_id;
    draft.list = &refusal;
    if (tester_write_plain(tester, &draft, &forged)) {
        tester_send(tester, &forged);
        expect_right_answer_taken(tester, &auth, &list);
    }
}

static void forge_auth(struct tester *tester)
{
    struct payload_list list;
    struct message auth;
    struct datagram forged;

    if (reach_auth(tester, &auth, &list) && tester_write_acceptance(tester, &auth, &list)) {
        forged = tester->sa->answer;
        forged.octets[forged.len - 1] ^= 0x40;
        tester_send(tester, &forged);
        tester_send(tester, &tester->sa->answer);
        (void)expect_alive(tester);
    }
}

/* Sends the answer in two fragments. */
static bool send_in_two(struct tester *tester, const struct message *auth, const struct payload_list *list)
{
    uint8_t octets[PAYLOAD_LIST_SIZE];
    struct ikl_writer writer = ikl_writer(octets, sizeof(octets));
    struct datagram fragment;

    if (ikl_chain_write(&writer, list->payloads, list->n) != IKL_OK) {
        return tester_give_up(tester, "the answer is too long for the tester");
    }
    for (uint16_t number = 1; number <= 2; number++) {
        bool is_first = number == 1;
        size_t half = writer.len / 2;
        const struct draft draft = {
            .exchange_type = IKL_IKE_AUTH,
            .message_id = auth->header.message_id,
            .response = true,
            .first = is_first ? ikl_chain_first(list->payloads, list->n) : IKL_PAYLOAD_NONE,
            .chain = {is_first ? octets : octets + half, is_first ? half : writer.len - half},
            .fragment_number = number,
            .fragment_total = 2,
        };

        if (!tester_seal(tester, &draft, &fragment)) {
            return false;
        }
        tester_send(tester, &fragment);
    }
    return true;
}

static void answer_auth_in_fragments(struct tester *tester)
{
    struct payload_list list;
    struct message auth;

    tester->fragmentation = true;
    if (!reach_auth(tester, &auth, &list)) {
        return;
    }
    if (!tester->sa->init.fragmentation) {
        (void)tester_give_up(tester, "the client does not support fragments");
    } else if (send_in_two(tester, &auth, &list)) {
        tester->sa->established = true;
        (void)expect_alive(tester);
    }
}

/* Changes the proof of who the tester is. */
static void spoil_proof(struct payload_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        struct ikl_octets body = list->payloads[i].body;

        if (list->payloads[i].type == IKL_PAYLOAD_AUTH) {
            list->octets[(size_t)(body.data - list->octets) + body.len - 1] ^= 1;
        }
    }
}

/* The client may say AUTHENTICATION_FAILED or delete the IKE SA, and be silent then. */
static void prove_wrongly(struct tester *tester)
{
    struct payload_list list;
    struct message auth, response;
    struct datagram request;
    uint32_t message_id;

    if (!reach_auth(tester, &auth, &list)) {
        return;
    }
    spoil_proof(&list);
    if (!tester_write_acceptance(tester, &auth, &list)) {
        return;
    }
    tester_send(tester, &tester->sa->answer);
    tester_pause(tester, tester->quiet);
    message_id = tester->sa->next_request;
    if (tester_next_request(tester, IKL_INFORMATIONAL, NULL, &request)) {
        bool answered;

        tester_send(tester, &request);
        answered = tester_wait_response(tester, IKL_INFORMATIONAL, message_id, tester->quiet, &response);
        (void)expect(tester, !answered || payload_find_error(response.first, response.payloads) != 0,
                     answered ? &response : NULL, "there is an IKE SA with who has not proven who it is");
    }
}

static const struct check checks[] = {
    {"asked-init-again", "A client's IKE_SA_INIT request that comes again has the same octets.", "RFC 7296 §2.1",
     repeat_init},
    {"cookie-given", "A client that is asked for a cookie sends its request again with the cookie in front.",
     "RFC 7296 §2.6", ask_for_cookie},
    {"method-given", "A client that is told INVALID_KE_PAYLOAD sends that method and offers all that it did before.",
     "RFC 7296 §1.2", ask_for_other_method},
    {"refused-init", "A client goes on waiting when its IKE_SA_INIT request is refused.", "RFC 7296 §2.21.1",
     refuse_init},
    {"malformed-init", "A client goes on waiting when a malformed IKE_SA_INIT response comes.", "RFC 7296 §2.21.1",
     spoil_init},
    {"asked-auth-again", "A client's IKE_AUTH request that comes again has the same octets.", "RFC 7296 §2.1",
     repeat_auth},
    {"unprotected-auth-refusal", "An IKE_AUTH response without protection has no effect on a client.",
     "RFC 7296 §2.21.2", refuse_auth_unprotected},
    {"forged-auth", "An IKE_AUTH response with a wrong Integrity Checksum Data has no effect on a client.",
     "RFC 7296 §3.14", forge_auth},
    {"auth-answer-in-fragments", "A client that supports fragments takes an IKE_AUTH response in fragments.",
     "RFC 7383 §2.5", answer_auth_in_fragments},
    {"wrong-proof", "A client has no IKE SA with a peer whose AUTH payload is wrong.", "RFC 7296 §2.15", prove_wrongly},
};

const struct check_area clients_area = {"A client's IKE_SA_INIT and IKE_AUTH", checks,
                                        sizeof(checks) / sizeof(checks[0])};
