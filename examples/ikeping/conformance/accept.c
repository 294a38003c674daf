/* SPDX-License-Identifier: ISC */
/* ikeping --conformance: IKE_SA_INIT and IKE_AUTH, as the responder. */
#include "tester.h"

#include "../arrival.h"

#include <ikelive/registry.h>

#include <sodium.h>

/* How often an IKE_SA_INIT request may have to be made anew. */
enum { MOST_REQUESTS = 4 };

/* The tester wants a Child SA where the settings do not forbid one, for some checks need it. */
static struct handshake_terms terms_of(const struct tester *tester)
{
    return (struct handshake_terms){.proposals = &tester->settings->proposals,
                                    .credentials = tester->credentials,
                                    .remote_id = &tester->settings->remote_id,
                                    .insists = tester->settings->child != CHILD_NONE};
}

static ikl_time deadline_of(const struct tester *tester)
{
    return ikl_time_after(tester->wire.now(tester->wire.user), tester->patience);
}

bool tester_wait_init(struct tester *tester, struct message *request)
{
    ikl_time deadline;

    tester_delete_sas(tester);
    deadline = deadline_of(tester);
    while (tester_receive(tester, deadline, request)) {
        if (request->status == IKL_ERR_UNPROTECTED && arrival_is(&request->header)) {
            return true;
        }
    }
    return tester_give_up(tester, "no client connects");
}

static bool write_answer(struct tester *tester, const struct arrival *arrival, uint64_t spi_r, struct datagram *out)
{
    struct ikl_writer writer = ikl_writer(out->octets, sizeof(out->octets));
    int error = arrival_write(arrival, spi_r, &writer);

    out->len = writer.len;
    return error == IKL_OK || tester_give_up(tester, ikl_error_name(error));
}

/* Reads a request and chooses of what it offers; a client that has to make another is told so. */
static bool choose(struct tester *tester, struct message *request, struct arrival *arrival)
{
    const struct handshake_terms terms = terms_of(tester);
    struct datagram answer;

    for (unsigned i = 0; i < MOST_REQUESTS; i++) {
        *arrival =
            (struct arrival){.path = &request->traced->path, .header = &request->header, .datagram = request->octets};
        if (!arrival_read(arrival)) {
            return tester_give_up(tester, "the client's IKE_SA_INIT request is malformed");
        }
        if (arrival_choose(arrival, &terms)) {
            return true;
        }
        if (!write_answer(tester, arrival, 0, &answer)) {
            return false;
        }
        tester_send_along(tester, arrival->path, &answer);
        if (arrival->why != NULL) {
            return tester_give_up(tester, arrival->why);
        }
        if (!tester_wait_init(tester, request)) {
            return false;
        }
    }
    return tester_give_up(tester, "the client does not make the IKE_SA_INIT request that the tester needs");
}

bool tester_refuse_init(struct tester *tester, const struct message *request, uint16_t type, struct ikl_octets data)
{
    struct arrival arrival = {.header = &request->header};
    struct datagram answer;

    payload_list_init(&arrival.answer);
    payload_list_notify(&arrival.answer, type, data);
    if (!write_answer(tester, &arrival, 0, &answer)) {
        return false;
    }
    tester_send_along(tester, &request->traced->path, &answer);
    return true;
}

static void add_nat_detection(struct tester *tester, struct arrival *arrival)
{
    struct ikl_path told = *arrival->path;

    told.remote.port ^= tester->nat_there ? 1 : 0;
    if (arrival->message.nat_detection) {
        init_message_add_nat_detection(&arrival->answer, tester->sa->spi_i, tester->sa->spi_r, &told,
                                       tester->settings->nat_t);
    }
}

bool tester_accept_init(struct tester *tester, struct message *request, struct datagram *response)
{
    const struct handshake_terms terms = terms_of(tester);
    struct arrival arrival;
    struct tester_sa *sa;

    if (!choose(tester, request, &arrival)) {
        return false;
    }
    sa = tester_add_empty_sa(tester);
    if (sa == NULL) {
        return false;
    }
    sa->spi_i = request->header.spi_i;
    randombytes_buf(&sa->spi_r, sizeof(sa->spi_r));
    sa->spi_r |= 1; /* 0 is none */
    sa->path = request->traced->path;
    sa->next_answer = 1;
    sa->init = arrival.message;
    tester->group = arrival.message.ke.method;
    arrival.message.fragmentation = arrival.message.fragmentation && tester->fragmentation;
    if (arrival_accept(&arrival, &terms, sa->spi_r, &sa->handshake) != IKL_OK) {
        return tester_give_up(tester, "no keys can be derived from the client's IKE_SA_INIT request");
    }
    add_nat_detection(tester, &arrival);
    return write_answer(tester, &arrival, sa->spi_r, response) &&
           (handshake_keep(&sa->handshake.response, (struct ikl_octets){response->octets, response->len}) ||
            tester_give_up(tester, "there is no memory")) &&
           tester_use_keys(tester);
}

bool tester_is_request(const struct tester *tester, const struct message *message, uint8_t exchange_type)
{
    const struct ikl_header *header = &message->header;

    return message->status == IKL_OK && tester_find_sa(tester, header->spi_i, header->spi_r) == tester->sa &&
           header->exchange_type == exchange_type && (header->flags & IKL_FLAG_RESPONSE) == 0 &&
           message->fragment_number == 0;
}

bool tester_hear_auth(struct tester *tester, const struct datagram *response, struct message *request)
{
    struct tester_sa *sa = tester->sa;
    ikl_time deadline = deadline_of(tester);

    tester_send(tester, response);
    while (tester_receive(tester, deadline, request)) {
        if (tester_is_request(tester, request, IKL_IKE_AUTH)) {
            sa->path = request->traced->path;
            return true;
        }
        if (request->status == IKL_ERR_UNPROTECTED && arrival_is(&request->header) &&
            request->header.spi_i == sa->spi_i) {
            tester_send(tester, response);
        }
    }
    return false;
}

bool tester_wait_auth(struct tester *tester, const struct datagram *response, struct message *request)
{
    return tester_hear_auth(tester, response, request) ||
           tester_give_up(tester, "the client makes no IKE_AUTH request");
}

/* Answers what the client asks for in the way of a Child SA. */
static void answer_child(struct tester *tester, const struct message *request, struct payload_list *list)
{
    struct tester_sa *sa = tester->sa;
    struct child child = {.own_spi = tester_new_offer(tester).spi};
    uint16_t error;

    if (payload_find(request->first, request->payloads, IKL_PAYLOAD_SA).data == NULL) {
        return;
    }
    error = child_choose(&child, tester->settings, IKL_KE_NONE, request->first, request->payloads);
    if (error != 0) {
        child_add_refusal(error, list);
        return;
    }
    child_add_acceptance(&child, list);
    sa->child = child;
    sa->has_child = true;
}

bool tester_compose_acceptance(struct tester *tester, const struct message *request, struct payload_list *list)
{
    const struct handshake *handshake = &tester->sa->handshake;
    const struct handshake_terms terms = terms_of(tester);
    struct identity local = credentials_identity(tester->credentials, &tester->settings->id, &tester->sa->path.local);
    struct identity remote;
    const struct handshake_judgement judgement =
        handshake_judge(handshake, false, &terms, request->first, request->payloads, &remote);
    char text[HANDSHAKE_WHY_SIZE];
    const char *fault = arrival_fault(&judgement, text);

    if (fault != NULL) {
        payload_list_init(list);
        payload_list_notify(list, IKL_NOTIFY_AUTHENTICATION_FAILED, (struct ikl_octets){NULL, 0});
        if (tester_write_acceptance(tester, request, list)) {
            tester_send(tester, &tester->sa->answer);
        }
        tester->sa->established = false;
        return tester_give_up(tester, fault);
    }
    arrival_prove(handshake, tester->credentials, &local, list);
    answer_child(tester, request, list);
    return true;
}

bool tester_write_acceptance(struct tester *tester, const struct message *request, const struct payload_list *list)
{
    struct tester_sa *sa = tester->sa;
    const struct draft draft = {
        .exchange_type = IKL_IKE_AUTH, .message_id = request->header.message_id, .response = true, .list = list};

    sa->next_answer = request->header.message_id + 1;
    sa->established = tester_seal(tester, &draft, &sa->answer);
    return sa->established;
}

bool tester_accept_auth(struct tester *tester, const struct message *request)
{
    struct payload_list list;

    if (!tester_compose_acceptance(tester, request, &list) || !tester_write_acceptance(tester, request, &list)) {
        return false;
    }
    tester_send(tester, &tester->sa->answer);
    return true;
}

bool tester_accept_request(struct tester *tester, struct message *request)
{
    struct datagram response;

    return tester_accept_init(tester, request, &response) && tester_wait_auth(tester, &response, request) &&
           tester_accept_auth(tester, request);
}

/* The client has the answer to IKE_AUTH, and has done with it, when it answers a request. */
static bool wait_until_taken(struct tester *tester)
{
    struct datagram request;
    struct message response;

    return tester_next_request(tester, IKL_INFORMATIONAL, NULL, &request) &&
           (tester_ask(tester, &request, &response) ||
            tester_give_up(tester, "the client does not answer after IKE_AUTH"));
}

bool tester_accept(struct tester *tester)
{
    struct message request;

    return tester_wait_init(tester, &request) && tester_accept_request(tester, &request) && wait_until_taken(tester);
}
