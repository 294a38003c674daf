/* SPDX-License-Identifier: ISC */
/* ikeping: the responder's side of IKE_SA_INIT and IKE_AUTH. */
#include "cookie.h"
#include "crash.h"
#include "handshake.h"
#include "session.h"
#include "takeover.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

/* How many peers may be there that are not authenticated, before new ones are asked for a cookie; how many at most; how
 * long each has. One that was refused stays as long, so that it gets its answer again when that was lost. */
enum { HALF_OPEN_FREE = 16, HALF_OPEN_MOST = 256, HALF_OPEN_TIME = 30000, MAX_MESSAGE = 4096 };

static const struct ikl_octets no_data = {NULL, 0};

/* A new peer's request, and what is made of it. */
struct arrival {
    struct ikeping *ikeping;
    const struct ikl_path *path;
    const struct ikl_header *header;
    struct ikl_octets datagram;
    struct init_message message;
};

/* Sends a response without protection; `spi_r` is 0 when there is no IKE SA. Keeps a copy in `kept`, unless that is
 * null. */
static bool send_response(const struct arrival *arrival, uint64_t spi_r, const struct payload_list *list,
                          struct ikl_octets *kept)
{
    uint8_t octets[MAX_MESSAGE];
    struct ikl_writer writer = ikl_writer(octets, sizeof(octets));

    if (list->error != IKL_OK) {
        return false;
    }
    ikl_header_write(&writer, &(struct ikl_header){.spi_i = arrival->header->spi_i,
                                                   .spi_r = spi_r,
                                                   .exchange_type = IKL_IKE_SA_INIT,
                                                   .flags = IKL_FLAG_RESPONSE});
    if (ikl_chain_write(&writer, list->payloads, list->n) != IKL_OK) {
        return false;
    }
    ikl_header_patch(&writer, 0, ikl_chain_first(list->payloads, list->n));
    if (kept != NULL && !handshake_keep(kept, (struct ikl_octets){octets, writer.len})) {
        return false;
    }
    ikeping_send_message(arrival->ikeping, arrival->path, (struct ikl_octets){octets, writer.len});
    return true;
}

static void send_notify(const struct arrival *arrival, uint16_t type, struct ikl_octets data)
{
    struct payload_list list;

    payload_list_init(&list);
    payload_list_notify(&list, type, data);
    (void)send_response(arrival, 0, &list, NULL);
}

static void refuse(const struct arrival *arrival, uint16_t type, struct ikl_octets data, const char *why)
{
    char peer[64];

    (void)ikl_address_text(&arrival->path->remote, peer, sizeof(peer));
    report_refused(arrival->ikeping->report, peer, why);
    send_notify(arrival, type, data);
}

/* The session that this very request has made already; null when it is a new one. */
static struct session *find_repeated(const struct arrival *arrival)
{
    struct session *session = arrival->ikeping->sessions;

    for (; session != NULL; session = session->next) {
        const struct ikl_octets *request = &session->handshake.request;

        if (!session->initiator && request->len == arrival->datagram.len &&
            memcmp(request->data, arrival->datagram.data, request->len) == 0) {
            return session;
        }
    }
    return NULL;
}

static unsigned count_half_open(const struct ikeping *ikeping)
{
    unsigned n = 0;

    for (const struct session *session = ikeping->sessions; session != NULL; session = session->next) {
        n += session->phase == SESSION_CONNECTING || session->phase == SESSION_REFUSED ? 1 : 0;
    }
    return n;
}

/* Whether the peer may have an IKE SA now; if not, it is asked for a cookie or gets no answer. */
static bool admit(const struct arrival *arrival)
{
    unsigned n = count_half_open(arrival->ikeping);
    const struct ikl_octets *given = &arrival->message.cookie;
    uint8_t cookie[COOKIE_LEN];

    if (n < HALF_OPEN_FREE) {
        return true;
    }
    cookie_make(cookie, arrival->ikeping->cookie_secret, arrival->path, arrival->header->spi_i, arrival->message.nonce);
    if (given->len == sizeof(cookie) && ikl_equal(given->data, cookie, sizeof(cookie))) {
        return n < HALF_OPEN_MOST;
    }
    send_notify(arrival, IKL_NOTIFY_COOKIE, (struct ikl_octets){cookie, sizeof(cookie)});
    return false;
}

static bool choose(const struct arrival *arrival, struct choice *choice)
{
    const struct init_message *message = &arrival->message;
    const struct settings *settings = arrival->ikeping->settings;
    uint8_t group[2];
    struct ikl_writer writer = ikl_writer(group, sizeof(group));

    if (!proposals_choose(choice, &settings->proposals, message->proposals, message->ke.method, false)) {
        refuse(arrival, IKL_NOTIFY_NO_PROPOSAL_CHOSEN, no_data,
               "NO_PROPOSAL_CHOSEN: none of the peer's proposals is ours");
        return false;
    }
    if (choice->proposal.group != message->ke.method) {
        ikl_write_u16(&writer, choice->proposal.group);
        send_notify(arrival, IKL_NOTIFY_INVALID_KE_PAYLOAD, (struct ikl_octets){group, sizeof(group)});
        return false;
    }
    if (arrival->ikeping->credentials->kind == CREDENTIALS_ED25519 && !message->hash_identity) {
        refuse(arrival, IKL_NOTIFY_NO_PROPOSAL_CHOSEN, no_data,
               "NO_PROPOSAL_CHOSEN: the peer cannot verify Ed25519 signatures");
        return false;
    }
    return true;
}

static void compose(const struct session *session, const struct arrival *arrival, const struct choice *choice,
                    uint64_t spi_r, struct payload_list *list)
{
    const struct handshake *handshake = &session->handshake;
    struct ikl_ke ke = {.method = dh_key_group(handshake->key), .data = dh_key_public(handshake->key)};
    struct ikl_writer *writer;

    payload_list_init(list);
    writer = payload_list_begin(list, IKL_PAYLOAD_SA);
    payload_list_end(list, proposals_write_choice(writer, choice, 0));
    init_message_add_key(list, &ke, (struct ikl_octets){handshake->nonce, sizeof(handshake->nonce)});
    if (arrival->message.nat_detection) {
        init_message_add_nat_detection(list, arrival->header->spi_i, spi_r, arrival->path,
                                       arrival->ikeping->settings->nat_t);
    }
    if (arrival->message.fragmentation) {
        payload_list_notify(list, IKL_NOTIFY_IKEV2_FRAGMENTATION_SUPPORTED, no_data);
    }
    payload_list_notify(list, IKL_NOTIFY_CHILDLESS_IKEV2_SUPPORTED, no_data);
    if (arrival->ikeping->credentials->kind == CREDENTIALS_ED25519) {
        init_message_add_hash(list);
    }
}

/* The keys of the session, of which the responder knows everything at once. */
static int make_keys(struct session *session, const struct arrival *arrival, uint64_t spi_r)
{
    struct handshake *handshake = &session->handshake;
    const struct init_message *message = &arrival->message;
    int error;

    randombytes_buf(handshake->nonce, sizeof(handshake->nonce));
    handshake->peer_nonce_len = message->nonce.len;
    memcpy(handshake->peer_nonce, message->nonce.data, message->nonce.len);
    session->fragmentation = message->fragmentation;
    session->nat_here = message->nat_detection && !message->no_nat_here;
    session->nat_there = message->nat_detection && !message->no_nat_there;
    error = handshake_use_key(handshake, session->proposal.group);
    if (error == IKL_OK) {
        error = handshake_derive(session, message->ke.data, arrival->header->spi_i, spi_r);
    }
    if (error == IKL_OK && !handshake_keep(&handshake->request, arrival->datagram)) {
        error = IKL_ERR_NO_MEMORY;
    }
    return error;
}

static int make_sa(struct session *session, const struct arrival *arrival, uint64_t spi_r)
{
    const struct settings *settings = session->ikeping->settings;
    struct ikl_sa_config config = session_sa_config(session, arrival->path);

    config.spi_i = arrival->header->spi_i;
    config.spi_r = spi_r;
    config.connecting = true;
    config.path.behind_nat = session->nat_here || settings->nat_t;
    config.protection = session_protection(session);
    /* the peer's IKE_SA_INIT request, which had Message ID 0, is answered */
    config.ids = (struct ikl_message_ids){.stated = true, .next_expected = 1};
    return session_new_sa(session, &config, &session->sa);
}

static int answer(struct session *session, const struct arrival *arrival, const struct choice *choice)
{
    struct payload_list list;
    uint64_t spi_r = 0;
    int error = ikl_endpoint_new_spi(session->ikeping->endpoint, &spi_r);

    session->proposal = choice->proposal;
    session->handshake.started = session->ikeping->now;
    session->deadline = ikl_time_after(ikeping_now(session->ikeping), HALF_OPEN_TIME);
    if (error == IKL_OK) {
        error = make_keys(session, arrival, spi_r);
    }
    if (error == IKL_OK) {
        error = make_sa(session, arrival, spi_r);
    }
    if (error == IKL_OK) {
        session_log_keys(session, arrival->header->spi_i, spi_r);
        compose(session, arrival, choice, spi_r, &list);
        error = send_response(arrival, spi_r, &list, &session->handshake.response) ? IKL_OK : IKL_ERR_NO_MEMORY;
    }
    return error;
}

/* A whole and new IKE_SA_INIT request. */
static void take_arrival(const struct arrival *arrival)
{
    struct session *session;
    struct choice choice;

    if (!admit(arrival) || !choose(arrival, &choice)) {
        return;
    }
    session = session_new(arrival->ikeping, arrival->path, false);
    if (session != NULL && answer(session, arrival, &choice) != IKL_OK) {
        /* a public value that may not be used, or no memory: no answer */
        session_abandon(session);
    }
}

static bool is_init_request(const struct ikl_header *header)
{
    return header->exchange_type == IKL_IKE_SA_INIT && header->spi_r == 0 && header->message_id == 0 &&
           (header->flags & (IKL_FLAG_INITIATOR | IKL_FLAG_RESPONSE)) == IKL_FLAG_INITIATOR;
}

void handshake_take_unmatched(struct ikeping *ikeping, const struct ikl_path *path, const struct ikl_header *header,
                              struct ikl_octets datagram)
{
    struct arrival arrival = {.ikeping = ikeping, .path = path, .header = header, .datagram = datagram};
    struct ikl_octets payloads = {datagram.data + IKL_HEADER_LEN, datagram.len - IKL_HEADER_LEN};
    const struct session *repeated;
    uint8_t critical;
    int error;

    if (!ikeping->settings->responder || ikeping->closing || !is_init_request(header)) {
        return;
    }
    repeated = find_repeated(&arrival);
    if (repeated != NULL) {
        ikeping_send_message(ikeping, path, repeated->handshake.response);
        return;
    }
    error = ikl_chain_check(header->next_payload, payloads, true, &critical);
    if (error == IKL_ERR_CRITICAL) {
        send_notify(&arrival, IKL_NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD, (struct ikl_octets){&critical, 1});
        return;
    }
    if (error == IKL_OK && init_message_read(&arrival.message, header, payloads, path) == IKL_OK &&
        arrival.message.proposals.data != NULL && arrival.message.ke.data.data != NULL &&
        arrival.message.nonce.data != NULL) {
        take_arrival(&arrival);
    }
}

/* What is wrong with the peer; null: nothing. */
static const char *find_fault(enum handshake_verdict verdict)
{
    switch (verdict) {
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
        return "AUTHENTICATION_FAILED: the peer proves its identity in another way than ours";
    case HANDSHAKE_WRONG_PROOF:
        return "AUTHENTICATION_FAILED: the peer cannot prove its identity, its key is not the one we expect";
    case HANDSHAKE_OTHER_IDENTITY:
        return "AUTHENTICATION_FAILED: the peer has another identity than --remote-id";
    }
    return NULL;
}

/* IDr and AUTH; no Child SA, also for a peer that wants one: with an error of those that all know to leave the IKE SA
 * (RFC 7296 §1.2). NO_ADDITIONAL_SAS is none of them: libreswan 5.2 loses its exchange over it. */
static bool respond_auth(struct session *session, const struct ikl_peer_request *request)
{
    struct payload_list list;
    struct ikl_writer *writer;
    struct auth_claim claim;
    bool done;

    payload_list_init(&list);
    writer = payload_list_begin(&list, IKL_PAYLOAD_IDR);
    payload_list_end(&list, identity_write(writer, &session->local));
    claim = handshake_claim(session, false, list.payloads[0].body);
    writer = payload_list_begin(&list, IKL_PAYLOAD_AUTH);
    payload_list_end(&list, auth_write(writer, session->ikeping->credentials, &claim));
    crash_add_token(session->ikeping, ikl_sa_spi_i(session->sa), ikl_sa_spi_r(session->sa), false, &list);
    takeover_accept(session->ikeping, request->first_payload, request->plaintext, &list);
    if (payload_find(request->first_payload, request->plaintext, IKL_PAYLOAD_SA).data != NULL) {
        payload_list_notify(&list, IKL_NOTIFY_NO_PROPOSAL_CHOSEN, no_data);
    }
    done = session_respond(session, session->sa, request->message_id, &list);
    ikl_wipe(list.octets, sizeof(list.octets));
    return done;
}

/* The peer has none but this IKE SA: older ones with its identity are of a time before it was started anew. It does not
 * know them any more, so there is nothing to delete there (§2.4). */
static void end_older(const struct session *session)
{
    struct session *other = session->ikeping->sessions;

    for (; other != NULL; other = other->next) {
        if (other != session && other->sa != NULL &&
            (other->phase == SESSION_ESTABLISHED || other->phase == SESSION_CLOSING) &&
            identity_same(&other->remote, &session->remote) && identity_same(&other->local, &session->local)) {
            session_end(other, other->sa, "the peer says INITIAL_CONTACT: it has a new IKE SA and no other");
        }
    }
}

void handshake_take_request(struct session *session, const struct ikl_peer_request *request)
{
    bool alone;
    const char *fault;

    if (request->exchange_type != IKL_IKE_AUTH || session->phase != SESSION_CONNECTING) {
        session_respond_error(session, session->sa, request->message_id, IKL_NOTIFY_AUTHENTICATION_FAILED, no_data);
        return;
    }
    fault = find_fault(handshake_judge(session, request->first_payload, request->plaintext));
    if (fault != NULL) {
        session_refuse(session, fault);
        session_respond_error(session, session->sa, request->message_id, IKL_NOTIFY_AUTHENTICATION_FAILED, no_data);
        return;
    }
    alone = payload_find_notify(request->first_payload, request->plaintext, IKL_NOTIFY_INITIAL_CONTACT, NULL);
    crash_take_token(session, session->sa, request->first_payload, request->plaintext);
    takeover_agree(session, request->first_payload, request->plaintext);
    if (respond_auth(session, request)) {
        session_established(session);
        if (alone) {
            end_older(session);
        }
    }
}
