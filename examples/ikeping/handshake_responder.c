/* SPDX-License-Identifier: ISC */
/* ikeping: the responder's side of IKE_SA_INIT and IKE_AUTH. */
#include "arrival.h"
#include "crash.h"
#include "handshake.h"
#include "repeats.h"
#include "session.h"
#include "takeover.h"

static const struct ikl_octets no_data = {NULL, 0};

/* Sends the answer; keeps a copy in `kept`, unless that is null. */
static bool send_answer(struct ikeping *ikeping, const struct arrival *arrival, uint64_t spi_r, struct ikl_octets *kept)
{
    uint8_t octets[ARRIVAL_ANSWER_SIZE];
    struct ikl_writer writer = ikl_writer(octets, sizeof(octets));

    if (arrival_write(arrival, spi_r, &writer) != IKL_OK ||
        (kept != NULL && !handshake_keep(kept, (struct ikl_octets){octets, writer.len}))) {
        return false;
    }
    ikeping_send_message(ikeping, arrival->path, (struct ikl_octets){octets, writer.len});
    return true;
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

static void detect_nat(struct session *session, struct arrival *arrival, uint64_t spi_r)
{
    const struct init_message *message = &arrival->message;

    session->nat_here = message->nat_detection && !message->no_nat_here;
    session->nat_there = message->nat_detection && !message->no_nat_there;
    session->mobike.nat_detection = message->nat_detection;
    if (message->nat_detection) {
        init_message_add_nat_detection(&arrival->answer, arrival->header->spi_i, spi_r, arrival->path,
                                       session->ikeping->settings->nat_t);
    }
}

static int answer(struct session *session, struct arrival *arrival)
{
    const struct handshake_terms terms = session_terms(session->ikeping, session->remote_id, session->credentials);
    uint64_t spi_r = 0;
    int error = ikl_endpoint_new_spi(session->ikeping->endpoint, &spi_r);

    session->handshake.started = session->ikeping->now;
    session->deadline = ikl_time_after(ikeping_now(session->ikeping), HALF_OPEN_TIME);
    if (error == IKL_OK) {
        error = arrival_accept(arrival, &terms, spi_r, &session->handshake);
    }
    if (error == IKL_OK) {
        detect_nat(session, arrival, spi_r);
        error = make_sa(session, arrival, spi_r);
    }
    if (error == IKL_OK) {
        session_log_keys(session, arrival->header->spi_i, spi_r);
        error =
            send_answer(session->ikeping, arrival, spi_r, &session->handshake.response) ? IKL_OK : IKL_ERR_NO_MEMORY;
    }
    return error;
}

static void refuse(struct ikeping *ikeping, const struct arrival *arrival)
{
    char peer[IKEPING_ADDRESS_SIZE];

    if (arrival->why != NULL) {
        (void)ikl_address_text(&arrival->path->remote, peer, sizeof(peer));
        report_refused(ikeping->report, peer, arrival->why);
    }
    if (arrival->answer.n > 0) {
        (void)send_answer(ikeping, arrival, 0, NULL);
    }
}

void handshake_take_unmatched(struct ikeping *ikeping, const struct ikl_path *path, const struct ikl_header *header,
                              struct ikl_octets datagram)
{
    struct arrival arrival = {.path = path, .header = header, .datagram = datagram};
    const struct handshake *repeated;
    const struct handshake_terms terms = session_terms(ikeping, &ikeping->settings->remote_id, ikeping->credentials);
    struct session *session;

    if (!ikeping->settings->responder || ikeping->closing || !arrival_is(header)) {
        return;
    }
    repeated = repeats_find(ikeping, datagram);
    if (repeated != NULL) {
        ikeping_send_message(ikeping, path, repeated->response);
        return;
    }
    if (!arrival_read(&arrival) || !arrival_admit(&arrival, ikeping->n_half_open, ikeping->cookie_secret) ||
        !arrival_choose(&arrival, &terms)) {
        refuse(ikeping, &arrival);
        return;
    }
    session = session_new(ikeping, path, NULL);
    if (session != NULL && answer(session, &arrival) != IKL_OK) {
        /* a public value that may not be used, or no memory: no answer */
        session_abandon(session);
    } else if (session != NULL) {
        repeats_add(ikeping, &session->handshake);
    }
}

/* IDr, AUTH, and what becomes of the Child SA that the peer wants, if it wants one. */
static bool respond_auth(struct session *session, const struct ikl_peer_request *request, struct child **child)
{
    struct payload_list list;
    bool done;

    arrival_prove(&session->handshake, session->credentials, &session->local, &list);
    crash_add_token(session->ikeping, ikl_sa_spi_i(session->sa), ikl_sa_spi_r(session->sa), false, &list);
    takeover_accept(session->ikeping, request->first_payload, request->plaintext, &list);
    if (payload_find_notify(request->first_payload, request->plaintext, IKL_NOTIFY_MOBIKE_SUPPORTED, NULL)) {
        mobike_offer(session, &list);
    }
    *child = child_answer(session, request->first_payload, request->plaintext, &list);
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

static void take_additional_request(struct session *session, const struct ikl_peer_request *request)
{
    struct payload_list list;
    int error = additional_answer(&session->handshake, request->int_auth, &list);

    if (error == IKL_OK) {
        error = ikl_sa_respond(session->sa, request->message_id, list.payloads, list.n, ikeping_now(session->ikeping));
    }
    if (error == IKL_OK) {
        error = session_change_keys(session);
    }
    if (error == IKL_ERR_MALFORMED) {
        session_refuse(session, "INVALID_SYNTAX: the peer's IKE_INTERMEDIATE request has no usable public value");
        session_respond_error(session, session->sa, request->message_id, IKL_NOTIFY_INVALID_SYNTAX, no_data);
    } else if (error != IKL_OK) {
        session_end(session, session->sa, ikl_error_name(error));
    }
}

void handshake_take_request(struct session *session, const struct ikl_peer_request *request)
{
    const struct handshake_terms terms = session_terms(session->ikeping, session->remote_id, session->credentials);
    struct child *child;
    struct handshake_judgement judgement;
    char why[HANDSHAKE_WHY_SIZE];
    bool alone;
    const char *fault;

    if (request->exchange_type == IKL_IKE_INTERMEDIATE && session->phase == SESSION_CONNECTING &&
        additional_is_due(&session->handshake)) {
        take_additional_request(session, request);
        return;
    }
    if (request->exchange_type != IKL_IKE_AUTH || session->phase != SESSION_CONNECTING ||
        additional_is_due(&session->handshake)) {
        session_respond_error(session, session->sa, request->message_id, IKL_NOTIFY_AUTHENTICATION_FAILED, no_data);
        return;
    }
    judgement = handshake_judge(&session->handshake, false, &terms, request->first_payload, request->plaintext,
                                &session->remote);
    fault = arrival_fault(&judgement, why);
    if (fault != NULL) {
        session_refuse(session, fault);
        session_respond_error(session, session->sa, request->message_id, IKL_NOTIFY_AUTHENTICATION_FAILED, no_data);
        return;
    }
    if (session->ikeping->settings->mobike && mobike_fault(request) != 0) {
        session_refuse(session,
                       "UNEXPECTED_NAT_DETECTED: there is a NAT on the way, and the peer cannot go through it");
        session_respond_error(session, session->sa, request->message_id, mobike_fault(request), no_data);
        return;
    }
    alone = payload_find_notify(request->first_payload, request->plaintext, IKL_NOTIFY_INITIAL_CONTACT, NULL);
    crash_take_token(session, session->sa, request->first_payload, request->plaintext);
    takeover_agree(session, request->first_payload, request->plaintext);
    if (respond_auth(session, request, &child)) {
        session_established(session);
        mobike_agree(session, request->first_payload, request->plaintext);
        if (child != NULL) {
            child_report_made(session, child);
        }
        if (alone) {
            end_older(session);
        }
    }
}
