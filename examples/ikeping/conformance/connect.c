/* SPDX-License-Identifier: ISC */
/* ikeping --conformance: IKE_SA_INIT and IKE_AUTH, as the initiator. */
#include "tester.h"

#include <ikelive/registry.h>

#include <sodium.h>
#include <string.h>

/* How often an IKE_SA_INIT request is made anew. */
enum { MOST_REQUESTS = 4 };

static const struct ikl_octets nothing = {NULL, 0};

bool tester_new_sa(struct tester *tester)
{
    if (!tester_needs_gateway(tester) ||
        !tester_add_sa(tester, tester->group != 0 ? tester->group : tester->settings->proposals.proposals[0].group)) {
        return false;
    }
    tester->sa->path = tester->wire.plain;
    tester->sa->next_request = 1;
    return true;
}

bool tester_new_acceptable_sa(struct tester *tester)
{
    return (tester->group != 0 || tester_establish(tester)) && tester_new_sa(tester);
}

bool tester_add_sa(struct tester *tester, uint16_t group)
{
    struct tester_sa *sa = tester_add_empty_sa(tester);

    if (sa == NULL) {
        return false;
    }
    sa->initiator = true;
    randombytes_buf(&sa->spi_i, sizeof(sa->spi_i));
    sa->spi_i |= 1; /* 0 is none */
    tester_make_nonce(tester, sa->handshake.nonce);
    return handshake_use_key(&sa->handshake, group) == IKL_OK || tester_give_up(tester, "there is no key pair");
}

static bool pretends_nat(const struct tester *tester)
{
    return tester->settings->nat_t || tester->nat_here;
}

void tester_compose_init(struct tester *tester, struct payload_list *list)
{
    const struct tester_sa *sa = tester->sa;
    const struct handshake *handshake = &sa->handshake;
    const struct ikl_ke ke = {.method = dh_key_group(handshake->key), .data = dh_key_public(handshake->key)};
    struct ikl_path told = sa->path;

    told.remote.port ^= tester->nat_there ? 1 : 0;
    payload_list_init(list);
    if (handshake->cookie_len != 0) {
        payload_list_notify(list, IKL_NOTIFY_COOKIE, (struct ikl_octets){handshake->cookie, handshake->cookie_len});
    }
    payload_list_end(list,
                     proposals_write_offer(payload_list_begin(list, IKL_PAYLOAD_SA), &tester->settings->proposals));
    init_message_add_key(list, &ke, (struct ikl_octets){handshake->nonce, sizeof(handshake->nonce)});
    init_message_add_nat_detection(list, sa->spi_i, 0, &told, pretends_nat(tester));
    if (tester->fragmentation) {
        payload_list_notify(list, IKL_NOTIFY_IKEV2_FRAGMENTATION_SUPPORTED, nothing);
    }
    init_message_add_hashes(list, auth_hashes(tester->credentials));
}

bool tester_write_init(struct tester *tester, const struct payload_list *list, struct datagram *out)
{
    return tester_write_plain(tester, &(struct draft){.exchange_type = IKL_IKE_SA_INIT, .list = list}, out);
}

/* What the peer asks for: another request, with its cookie or with another key exchange method. */
static bool take_wish(struct tester *tester, const struct init_message *message)
{
    struct handshake *handshake = &tester->sa->handshake;
    struct ikl_reader reader = ikl_reader(message->error_data.data, message->error_data.len);

    if (message->cookie.len != 0 && message->cookie.len <= sizeof(handshake->cookie)) {
        memcpy(handshake->cookie, message->cookie.data, message->cookie.len);
        handshake->cookie_len = message->cookie.len;
        return true;
    }
    if (message->error == IKL_NOTIFY_INVALID_KE_PAYLOAD) {
        return handshake_use_key(handshake, ikl_read_u16(&reader)) == IKL_OK ||
               tester_give_up(tester, "the peer wants a key exchange method that the tester does not have");
    }
    if (message->error != 0) {
        char why[HANDSHAKE_WHY_SIZE];

        handshake_explain(message->error, why, sizeof(why));
        return tester_give_up(tester, why);
    }
    return tester_give_up(tester, "the peer's IKE_SA_INIT response is of no use");
}

/* Where there is a NAT, or where one is pretended, all that follows is encapsulated. */
static void follow_nat_detection(struct tester *tester)
{
    const struct init_message *init = &tester->sa->init;

    if (pretends_nat(tester) || (init->nat_detection && !(init->no_nat_here && init->no_nat_there))) {
        tester->sa->path = tester->wire.encapsulated;
    }
}

static bool read_init(struct tester *tester, const struct message *response)
{
    return init_message_read(&tester->sa->init, &response->header, response->payloads, &response->traced->path) ==
               IKL_OK ||
           tester_give_up(tester, "the peer's IKE_SA_INIT response is malformed");
}

bool tester_take_init(struct tester *tester, const struct datagram *request, const struct message *response)
{
    struct tester_sa *sa = tester->sa;
    struct handshake *handshake = &sa->handshake;
    const struct init_message *init = &sa->init;

    if (!read_init(tester, response)) {
        return false;
    }
    if (!proposals_read_accepted(&handshake->proposal, &tester->settings->proposals, init->proposals) ||
        init->ke.data.data == NULL || init->nonce.data == NULL || response->header.spi_r == 0 ||
        init->ke.method != handshake->proposal.group) {
        return tester_give_up(tester, "the peer's IKE_SA_INIT response accepts what was not offered");
    }
    handshake_take_nonce(handshake, init->nonce);
    handshake->hashes = init->hashes;
    sa->spi_r = response->header.spi_r;
    tester->group = init->ke.method;
    if (!handshake_keep(&handshake->request, (struct ikl_octets){request->octets, request->len}) ||
        !handshake_keep(&handshake->response, response->octets) ||
        handshake_use_key(handshake, init->ke.method) != IKL_OK ||
        handshake_derive(handshake, true, init->ke.data, sa->spi_i, sa->spi_r) != IKL_OK) {
        return tester_give_up(tester, "no keys can be derived from the peer's IKE_SA_INIT response");
    }
    follow_nat_detection(tester);
    return tester_use_keys(tester);
}

bool tester_init(struct tester *tester)
{
    struct tester_sa *sa = tester->sa;
    struct payload_list list;
    struct datagram request;
    struct message response;

    for (unsigned i = 0; i < MOST_REQUESTS; i++) {
        tester_compose_init(tester, &list);
        if (!tester_write_init(tester, &list, &request)) {
            return false;
        }
        if (!tester_ask(tester, &request, &response)) {
            return tester_give_up(tester, "the peer does not answer IKE_SA_INIT");
        }
        if (!read_init(tester, &response)) {
            return false;
        }
        if (sa->init.proposals.data != NULL) {
            return tester_take_init(tester, &request, &response);
        }
        if (!take_wish(tester, &sa->init)) {
            return false;
        }
    }
    return tester_give_up(tester, "the peer wants another IKE_SA_INIT request again and again");
}

static void add_identity(struct payload_list *list, uint8_t type, const struct identity *identity)
{
    payload_list_end(list, identity_write(payload_list_begin(list, type), identity));
}

void tester_compose_auth(struct tester *tester, struct payload_list *list)
{
    const struct settings *settings = tester->settings;
    struct identity local = credentials_identity(tester->credentials, &settings->id, &tester->sa->path.local);

    payload_list_init(list);
    add_identity(list, IKL_PAYLOAD_IDI, &local);
    if (settings->remote_id.type != 0) {
        add_identity(list, IKL_PAYLOAD_IDR, &settings->remote_id);
    }
    if (tester->credentials->peers == CREDENTIALS_CERTIFICATE) {
        certificates_add_request(tester->credentials->certificates, list);
    }
    handshake_prove(&tester->sa->handshake, true, tester->credentials, list->payloads[0].body, list);
    if (settings->child != CHILD_NONE && !tester->childless) {
        tester->sa->child_offer = tester_new_offer(tester);
        child_add_offer(&tester->sa->child_offer, list);
    }
}

bool tester_write_auth(struct tester *tester, struct datagram *out)
{
    struct payload_list list;

    tester_compose_auth(tester, &list);
    return tester_next_request(tester, IKL_IKE_AUTH, &list, out);
}

bool tester_take_auth(struct tester *tester, const struct message *response)
{
    struct tester_sa *sa = tester->sa;
    const struct handshake_terms terms = {.proposals = &tester->settings->proposals,
                                          .credentials = tester->credentials,
                                          .remote_id = &tester->settings->remote_id};
    uint16_t refusal = payload_find_error(response->first, response->payloads);
    struct identity remote;
    char why[HANDSHAKE_WHY_SIZE];

    if (refusal != 0 && payload_find(response->first, response->payloads, IKL_PAYLOAD_AUTH).data == NULL) {
        handshake_explain(refusal, why, sizeof(why));
        return tester_give_up(tester, why);
    }
    if (handshake_judge(&sa->handshake, true, &terms, response->first, response->payloads, &remote).verdict !=
        HANDSHAKE_PROVEN) {
        return tester_give_up(tester, "the peer does not prove in IKE_AUTH that it is who it should be");
    }
    sa->established = true;
    sa->has_child = sa->child_offer.made &&
                    child_read_answer(&sa->child, &sa->child_offer, response->first, response->payloads) == NULL;
    return true;
}

bool tester_authenticate(struct tester *tester)
{
    struct datagram request;
    struct message response;

    return tester_write_auth(tester, &request) &&
           (tester_ask(tester, &request, &response) || tester_give_up(tester, "the peer does not answer IKE_AUTH")) &&
           tester_take_auth(tester, &response);
}
