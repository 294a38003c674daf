/* SPDX-License-Identifier: ISC */
/* ikeping: a new peer. */
#include "arrival.h"

#include "cookie.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

static const struct ikl_octets no_data = {NULL, 0};

bool arrival_is(const struct ikl_header *header)
{
    return header->exchange_type == IKL_IKE_SA_INIT && header->spi_r == 0 && header->message_id == 0 &&
           (header->flags & (IKL_FLAG_INITIATOR | IKL_FLAG_RESPONSE)) == IKL_FLAG_INITIATOR;
}

bool arrival_read(struct arrival *arrival)
{
    const struct init_message *message = &arrival->message;
    struct ikl_octets payloads = {arrival->datagram.data + IKL_HEADER_LEN, arrival->datagram.len - IKL_HEADER_LEN};
    uint8_t critical;
    int error = ikl_chain_check(arrival->header->next_payload, payloads, true, &critical);

    payload_list_init(&arrival->answer);
    arrival->why = NULL;
    if (error == IKL_ERR_CRITICAL) {
        payload_list_notify(&arrival->answer, IKL_NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD,
                            (struct ikl_octets){&critical, 1});
    }
    return error == IKL_OK &&
           init_message_read(&arrival->message, arrival->header, payloads, arrival->path) == IKL_OK &&
           message->proposals.data != NULL && message->ke.data.data != NULL && message->nonce.data != NULL;
}

bool arrival_admit(struct arrival *arrival, unsigned half_open, const uint8_t *cookie_secret)
{
    const struct ikl_octets *given = &arrival->message.cookie;
    uint8_t cookie[COOKIE_LEN];

    if (half_open < HALF_OPEN_FREE) {
        return true;
    }
    cookie_make(cookie, cookie_secret, arrival->path, arrival->header->spi_i, arrival->message.nonce);
    if (given->len == sizeof(cookie) && ikl_equal(given->data, cookie, sizeof(cookie))) {
        return half_open < HALF_OPEN_MOST;
    }
    payload_list_notify(&arrival->answer, IKL_NOTIFY_COOKIE, (struct ikl_octets){cookie, sizeof(cookie)});
    return false;
}

static bool refuse(struct arrival *arrival, const char *why)
{
    arrival->why = why;
    payload_list_notify(&arrival->answer, IKL_NOTIFY_NO_PROPOSAL_CHOSEN, no_data);
    return false;
}

bool arrival_choose(struct arrival *arrival, const struct handshake_terms *terms)
{
    const struct init_message *message = &arrival->message;
    uint8_t group[2];
    struct ikl_writer writer = ikl_writer(group, sizeof(group));

    if (!proposals_choose(&arrival->choice, terms->proposals, message->proposals, message->ke.method, false)) {
        return refuse(arrival, "NO_PROPOSAL_CHOSEN: none of the peer's proposals is ours");
    }
    if (arrival->choice.proposal.group != message->ke.method) {
        ikl_write_u16(&writer, arrival->choice.proposal.group);
        payload_list_notify(&arrival->answer, IKL_NOTIFY_INVALID_KE_PAYLOAD, (struct ikl_octets){group, sizeof(group)});
        return false;
    }
    if (arrival->choice.proposal.n_additional != 0 && !message->intermediate) {
        return refuse(arrival, "NO_PROPOSAL_CHOSEN: the peer has no IKE_INTERMEDIATE for additional key exchanges");
    }
    if (!auth_is_possible(terms->credentials, message->hashes)) {
        return refuse(arrival, "NO_PROPOSAL_CHOSEN: the peer cannot verify signatures by our key");
    }
    return true;
}

/* The keys, of which the responder knows everything at once. */
static int make_keys(const struct arrival *arrival, uint64_t spi_r, struct handshake *handshake)
{
    const struct init_message *message = &arrival->message;
    int error;

    randombytes_buf(handshake->nonce, sizeof(handshake->nonce));
    handshake_take_nonce(handshake, message->nonce);
    handshake->proposal = arrival->choice.proposal;
    handshake->fragmentation = message->fragmentation;
    handshake->hashes = message->hashes;
    error = handshake_use_key(handshake, handshake->proposal.group);
    if (error == IKL_OK) {
        error = handshake_derive(handshake, false, message->ke.data, arrival->header->spi_i, spi_r);
    }
    if (error == IKL_OK && !handshake_keep(&handshake->request, arrival->datagram)) {
        error = IKL_ERR_NO_MEMORY;
    }
    return error;
}

int arrival_accept(struct arrival *arrival, const struct handshake_terms *terms, uint64_t spi_r,
                   struct handshake *handshake)
{
    struct payload_list *list = &arrival->answer;
    int error = make_keys(arrival, spi_r, handshake);
    struct ikl_writer *writer;
    struct ikl_ke ke;

    if (error != IKL_OK) {
        return error;
    }
    ke = (struct ikl_ke){.method = dh_key_group(handshake->key), .data = dh_key_public(handshake->key)};
    writer = payload_list_begin(list, IKL_PAYLOAD_SA);
    payload_list_end(list, proposals_write_choice(writer, &arrival->choice, 0));
    init_message_add_key(list, &ke, (struct ikl_octets){handshake->nonce, sizeof(handshake->nonce)});
    if (handshake->fragmentation) {
        payload_list_notify(list, IKL_NOTIFY_IKEV2_FRAGMENTATION_SUPPORTED, no_data);
    }
    if (!terms->insists) {
        payload_list_notify(list, IKL_NOTIFY_CHILDLESS_IKEV2_SUPPORTED, no_data);
    }
    if (handshake->proposal.n_additional != 0) {
        payload_list_notify(list, IKL_NOTIFY_INTERMEDIATE_EXCHANGE_SUPPORTED, no_data);
    }
    if (terms->credentials->peers == CREDENTIALS_CERTIFICATE) {
        certificates_add_request(terms->credentials->certificates, list);
    }
    if (handshake->hashes != 0) {
        init_message_add_hashes(list, auth_hashes(terms->credentials));
    }
    return list->error;
}

int arrival_write(const struct arrival *arrival, uint64_t spi_r, struct ikl_writer *writer)
{
    const struct payload_list *list = &arrival->answer;
    int error = list->error;

    ikl_header_write(writer, &(struct ikl_header){.spi_i = arrival->header->spi_i,
                                                  .spi_r = spi_r,
                                                  .exchange_type = IKL_IKE_SA_INIT,
                                                  .flags = IKL_FLAG_RESPONSE});
    if (error == IKL_OK) {
        error = ikl_chain_write(writer, list->payloads, list->n);
    }
    if (error == IKL_OK) {
        ikl_header_patch(writer, 0, ikl_chain_first(list->payloads, list->n));
    }
    return error;
}

const char *arrival_fault(const struct handshake_judgement *judgement, char text[HANDSHAKE_WHY_SIZE])
{
    switch (judgement->verdict) {
    case HANDSHAKE_PROVEN:
        break;
    case HANDSHAKE_NO_IDENTITY:
        return "AUTHENTICATION_FAILED: the peer gives no identity";
    case HANDSHAKE_WRONG_IDENTITY:
        return "AUTHENTICATION_FAILED: the peer's identity is empty or malformed";
    case HANDSHAKE_LONG_IDENTITY:
        return "AUTHENTICATION_FAILED: the peer's identity has more than 255 octets, which is too long for ikeping";
    case HANDSHAKE_NO_PROOF:
        return "AUTHENTICATION_FAILED: the peer wants EAP";
    case HANDSHAKE_OTHER_PROOF:
        return "AUTHENTICATION_FAILED: the peer proves its identity in another way than it has to";
    case HANDSHAKE_WRONG_CERTIFICATE:
        (void)snprintf(text, HANDSHAKE_WHY_SIZE, "AUTHENTICATION_FAILED: the peer's certificate is not accepted: %s",
                       judgement->why);
        return text;
    case HANDSHAKE_WRONG_PROOF:
        return "AUTHENTICATION_FAILED: the peer cannot prove its identity, its key is not the one we expect";
    case HANDSHAKE_OTHER_IDENTITY:
        return "AUTHENTICATION_FAILED: the peer has another identity than --remote-id";
    }
    return NULL;
}

void arrival_prove(const struct handshake *handshake, const struct credentials *credentials,
                   const struct identity *local, struct payload_list *list)
{
    struct ikl_writer *writer;

    payload_list_init(list);
    writer = payload_list_begin(list, IKL_PAYLOAD_IDR);
    payload_list_end(list, identity_write(writer, local));
    handshake_prove(handshake, false, credentials, list->payloads[0].body, list);
}

void arrival_refuse_child(uint8_t first, struct ikl_octets payloads, struct payload_list *list)
{
    if (payload_find(first, payloads, IKL_PAYLOAD_SA).data != NULL) {
        payload_list_notify(list, IKL_NOTIFY_NO_PROPOSAL_CHOSEN, no_data);
    }
}
