/* SPDX-License-Identifier: ISC */
/* ikeping: the initiator's side of IKE_SA_INIT and IKE_AUTH. */
#include "crash.h"
#include "gateway_fault.h"
#include "handshake.h"
#include "handshake_eap.h"
#include "move.h"
#include "redirect.h"
#include "session.h"
#include "succession.h"
#include "takeover.h"

#include <ikelive/registry.h>

#include <sodium.h>
#include <stdio.h>
#include <string.h>

/* Responses to IKE_SA_INIT are not protected: anybody may have made one that says no. So a refusal is believed only
 * when nothing better has come after a while (§2.21.1), and a request is made anew only so often. */
enum { DOUBT_TIME = 500, MAX_RESTARTS = 8, FAREWELL_TIME = 1000 };

enum { IKE_2_0 = 0x20 }; /* as in the header */

/* The payloads of the IKE_SA_INIT request. */
static void compose_init(struct session *session, struct payload_list *list)
{
    const struct settings *settings = session->ikeping->settings;
    struct handshake *handshake = &session->handshake;
    struct ikl_ke ke = {.method = dh_key_group(handshake->key), .data = dh_key_public(handshake->key)};
    struct ikl_writer *writer;

    payload_list_init(list);
    if (handshake->cookie_len != 0) {
        payload_list_notify(list, IKL_NOTIFY_COOKIE, (struct ikl_octets){handshake->cookie, handshake->cookie_len});
    }
    writer = payload_list_begin(list, IKL_PAYLOAD_SA);
    payload_list_end(list, proposals_write_offer(writer, &settings->proposals));
    init_message_add_key(list, &ke, (struct ikl_octets){handshake->nonce, sizeof(handshake->nonce)});
    init_message_add_nat_detection(list, ikl_sa_spi_i(session->sa), 0, ikl_sa_path(session->sa), settings->nat_t);
    if (settings->follow_redirect) {
        redirect_offer(session, list);
    }
    payload_list_notify(list, IKL_NOTIFY_IKEV2_FRAGMENTATION_SUPPORTED, (struct ikl_octets){NULL, 0});
    if (settings->additional.n_additional != 0) {
        payload_list_notify(list, IKL_NOTIFY_INTERMEDIATE_EXCHANGE_SUPPORTED, (struct ikl_octets){NULL, 0});
    }
    init_message_add_hashes(list, auth_hashes(session->credentials));
}

static int send_init(struct session *session)
{
    struct payload_list list;
    struct ikl_request *request;

    compose_init(session, &list);
    if (list.error != IKL_OK) {
        return list.error;
    }
    return ikl_sa_request(session->sa, IKL_IKE_SA_INIT, list.payloads, list.n, NULL, ikeping_now(session->ikeping),
                          &request);
}

bool handshake_initiate(struct session *session, const struct ikl_path *path, const char **why)
{
    const struct settings *settings = session->ikeping->settings;
    struct handshake *handshake = &session->handshake;
    struct ikl_sa_config config = session_sa_config(session, path);
    int error = handshake_use_key(handshake, settings->proposals.proposals[0].group);

    handshake->started = session->ikeping->now;
    randombytes_buf(handshake->nonce, sizeof(handshake->nonce));
    config.original_initiator = true;
    config.connecting = true;
    if (error == IKL_OK) {
        error = ikl_endpoint_new_spi(session->ikeping->endpoint, &config.spi_i);
    }
    if (error == IKL_OK) {
        error = session_new_sa(session, &config, &session->sa);
    }
    if (error == IKL_OK) {
        error = send_init(session);
    }
    *why = ikl_error_name(error);
    return error == IKL_OK;
}

/* There will be no IKE SA. */
static void give_up(struct session *session, const char *why)
{
    session_refuse(session, why);
    ikl_sa_close(session->sa, ikeping_now(session->ikeping));
}

/* The request once more, after COOKIE or INVALID_KE_PAYLOAD. */
static void restart(struct session *session)
{
    struct payload_list list;
    char why[HANDSHAKE_WHY_SIZE];
    int error;

    session->handshake.doubted = false;
    session->deadline = IKL_NEVER;
    compose_init(session, &list);
    error = list.error;
    if (error == IKL_OK) {
        error = ikl_sa_restart(session->sa, list.payloads, list.n, ikeping_now(session->ikeping));
    }
    if (error != IKL_OK) {
        (void)snprintf(why, sizeof(why), "the IKE_SA_INIT request could not be made again: %s", ikl_error_name(error));
        give_up(session, why);
    }
}

void handshake_doubt(struct session *session, const char *why)
{
    struct handshake *handshake = &session->handshake;

    if (session->ikeping->settings->init) {
        init_ping_take_refusal(session, why);
    } else if (!handshake->doubted) {
        handshake->doubted = true;
        session->deadline = ikl_time_after(ikeping_now(session->ikeping), DOUBT_TIME);
        (void)snprintf(handshake->doubt, sizeof(handshake->doubt), "%s", why);
        session_touch(session);
    }
}

static bool may_restart(struct session *session)
{
    if (session->handshake.restarts == MAX_RESTARTS) {
        handshake_doubt(session, "the gateway wants another IKE_SA_INIT request again and again");
        return false;
    }
    session->handshake.restarts++;
    return true;
}

static void take_cookie(struct session *session, struct ikl_octets cookie)
{
    struct handshake *handshake = &session->handshake;

    if (cookie.len == 0 || cookie.len > sizeof(handshake->cookie)) {
        handshake_doubt(session, "the gateway's cookie has a length that no cookie may have");
    } else if (may_restart(session)) {
        memcpy(handshake->cookie, cookie.data, cookie.len);
        handshake->cookie_len = cookie.len;
        restart(session);
    }
}

/* The gateway wants another key exchange method. It has to be one that we have offered: else an attacker could talk us
 * into a weak one (§2.7). */
static void take_group(struct session *session, struct ikl_octets data)
{
    struct ikl_reader reader = ikl_reader(data.data, data.len);
    uint16_t group = ikl_read_u16(&reader);
    struct handshake *handshake = &session->handshake;

    if (!proposals_have_group(&session->ikeping->settings->proposals, group)) {
        char why[HANDSHAKE_WHY_SIZE];

        handshake_explain(IKL_NOTIFY_INVALID_KE_PAYLOAD, why, sizeof(why));
        handshake_doubt(session, why);
    } else if (group != dh_key_group(handshake->key) && may_restart(session)) {
        if (handshake_use_key(handshake, group) != IKL_OK) {
            give_up(session, "there is no key for the key exchange method that the gateway wants");
            return;
        }
        restart(session);
    }
}

/* The gateway sends us elsewhere, before anybody has proven anything. One that does not know our nonce is not heard. */
static void take_early_redirect(struct session *session, struct ikl_octets data)
{
    const struct ikl_octets nonce = {session->handshake.nonce, sizeof(session->handshake.nonce)};
    char why[HANDSHAKE_WHY_SIZE];

    if (!session->ikeping->settings->follow_redirect) {
        redirect_explain(data, why, sizeof(why));
        handshake_doubt(session, why);
    } else if (redirect_answers(data, nonce)) {
        if (!redirect_follow(session, data, why, sizeof(why))) {
            session_refuse(session, why);
        }
        session_abandon(session);
    }
}

/* With `late` it answers a request that is not outstanding any more: what it asked for has been done. */
static void take_refusal(struct session *session, const struct init_message *message, bool late)
{
    char why[HANDSHAKE_WHY_SIZE];

    if (late && (message->cookie.data != NULL || message->error == IKL_NOTIFY_INVALID_KE_PAYLOAD)) {
        return;
    }
    if (message->cookie.data != NULL) {
        take_cookie(session, message->cookie);
    } else if (message->error == IKL_NOTIFY_INVALID_KE_PAYLOAD) {
        take_group(session, message->error_data);
    } else if (message->redirect.data != NULL) {
        take_early_redirect(session, message->redirect);
    } else {
        if (message->error != 0) {
            handshake_explain(message->error, why, sizeof(why));
        } else {
            (void)snprintf(why, sizeof(why), "the gateway's IKE_SA_INIT response accepts no proposal");
        }
        handshake_doubt(session, why);
    }
}

/* What is wrong with a response that accepts a proposal; null: nothing. */
static const char *find_fault(struct session *session, const struct ikl_header *header,
                              const struct init_message *message)
{
    const struct ikeping *ikeping = session->ikeping;

    if (!proposals_read_accepted(&session->handshake.proposal, &ikeping->settings->proposals, message->proposals)) {
        return "the gateway accepts a proposal that was not offered";
    }
    if (header->spi_r == 0 || message->nonce.data == NULL || message->ke.data.data == NULL ||
        message->ke.method != session->handshake.proposal.group) {
        return "the gateway's IKE_SA_INIT response lacks what it must have";
    }
    if (session->handshake.proposal.n_additional != 0 && !message->intermediate) {
        return "the gateway accepts additional key exchanges, but has no IKE_INTERMEDIATE (RFC 9370)";
    }
    if (!message->childless && ikeping->settings->child == CHILD_NONE) {
        return "the gateway has no IKE SAs without Child SAs (CHILDLESS_IKEV2_SUPPORTED, RFC 6023)";
    }
    if (!auth_is_possible(session->credentials, message->hashes)) {
        return "the gateway cannot verify signatures by our key (SIGNATURE_HASH_ALGORITHMS, RFC 7427)";
    }
    if (ikeping->settings->nat_t && !message->nat_detection) {
        return "the gateway has no NAT traversal";
    }
    return NULL;
}

/* The payloads of the IKE_AUTH request: without those for a Child SA where there is to be none (RFC 6023 §4). */
static int compose_auth(struct session *session, struct payload_list *list)
{
    const struct credentials *credentials = session->credentials;
    struct ikl_writer *writer;

    payload_list_init(list);
    writer = payload_list_begin(list, IKL_PAYLOAD_IDI);
    payload_list_end(list, identity_write(writer, &session->local));
    if (session->remote_id->type != 0) {
        writer = payload_list_begin(list, IKL_PAYLOAD_IDR);
        payload_list_end(list, identity_write(writer, session->remote_id));
    }
    if (credentials->peers == CREDENTIALS_CERTIFICATE) {
        certificates_add_request(credentials->certificates, list);
    }
    if (credentials->own != CREDENTIALS_EAP) {
        handshake_prove(&session->handshake, true, credentials, list->payloads[0].body, list);
    }
    crash_add_token(session->ikeping, ikl_sa_spi_i(session->sa), ikl_sa_spi_r(session->sa), true, list);
    takeover_offer(session->ikeping, list);
    mobike_offer(session, list);
    if (session->ikeping->settings->initial_contact && !succession_is(session)) {
        payload_list_notify(list, IKL_NOTIFY_INITIAL_CONTACT, (struct ikl_octets){NULL, 0});
    }
    if (session->child_offer.made) {
        child_ask(session, list);
    }
    return list->error;
}

static int send_auth(struct session *session)
{
    struct ikl_request_options options = {.size = sizeof(options), .context = session};
    struct payload_list list;
    int error = compose_auth(session, &list);

    if (error == IKL_OK) {
        error = ikl_sa_request(session->sa, IKL_IKE_AUTH, list.payloads, list.n, &options,
                               ikeping_now(session->ikeping), NULL);
    }
    ikl_wipe(list.octets, sizeof(list.octets));
    return error;
}

static int send_additional(struct session *session)
{
    struct ikl_request_options options = {.size = sizeof(options), .context = session};
    struct payload_list list;
    int error = additional_ask(&session->handshake, ikl_sa_spi_i(session->sa), ikl_sa_spi_r(session->sa), &list);

    return error == IKL_OK ? ikl_sa_request(session->sa, IKL_IKE_INTERMEDIATE, list.payloads, list.n, &options,
                                            ikeping_now(session->ikeping), NULL)
                           : error;
}

/* The next exchange: an additional key exchange, or IKE_AUTH. */
static int send_next(struct session *session)
{
    return additional_is_due(&session->handshake) ? send_additional(session) : send_auth(session);
}

/* Where there is a NAT, or where one is pretended, all that follows is encapsulated (§2.23); and with MOBIKE, for the
 * next path may have one (RFC 4555 §3.3). */
static int follow_nat_detection(struct session *session, const struct init_message *message)
{
    struct ikl_path path = session->handshake.encapsulated;
    bool pretended = session->ikeping->settings->nat_t;
    bool may_move = session->ikeping->settings->mobike && message->nat_detection;
    int error;

    session->nat_here = message->nat_detection && !message->no_nat_here;
    session->nat_there = message->nat_detection && !message->no_nat_there;
    session->mobike.nat_detection = message->nat_detection;
    if (!session->nat_here && !session->nat_there && !pretended && !may_move) {
        return IKL_OK;
    }
    path.behind_nat = session->nat_here || pretended;
    path.mtu = ikl_sa_path(session->sa)->mtu;
    error = ikl_sa_set_path(session->sa, &path, ikeping_now(session->ikeping));
    if (error == IKL_OK) {
        move_show(session, &path.remote);
    }
    return error;
}

/* The response is taken: from here on there is no way back. */
static void accept(struct session *session, const struct ikl_init_response *response,
                   const struct init_message *message)
{
    struct handshake *handshake = &session->handshake;
    struct ikl_protection protection;
    int error;

    handshake_take_nonce(handshake, message->nonce);
    handshake->guessed = response->n_requests > 1;
    error = handshake_use_key(handshake, message->ke.method);
    if (error == IKL_OK) {
        error = handshake_derive(handshake, true, message->ke.data, response->header.spi_i, response->header.spi_r);
    }
    if (error == IKL_ERR_MALFORMED) {
        handshake_doubt(session, "the gateway's public value is none that may be used");
        return;
    }
    handshake->fragmentation = message->fragmentation;
    handshake->hashes = message->hashes;
    session->child_offer.made = child_is_wanted(session, message->childless);
    protection = session_protection(session);
    if (error == IKL_OK && !(handshake_keep(&handshake->request, response->request) &&
                             handshake_keep(&handshake->response, response->datagram))) {
        error = IKL_ERR_NO_MEMORY;
    }
    if (error == IKL_OK) {
        error = session_install_keys(session, response->header.spi_r, &protection);
    }
    if (error == IKL_OK) {
        session->schedule = &session->ikeping->settings->schedule;
        error = ikl_sa_set_schedule(session->sa, session->schedule);
    }
    if (error == IKL_OK) {
        session->deadline = IKL_NEVER;
        session_log_keys(session, response->header.spi_i, response->header.spi_r);
        error = follow_nat_detection(session, message);
    }
    if (error == IKL_OK) {
        error = send_next(session);
    }
    if (error != IKL_OK) {
        give_up(session, ikl_error_name(error));
    }
}

void handshake_take_init_response(struct session *session, const struct ikl_init_response *response)
{
    struct init_message message;
    const char *fault;

    if (session->phase != SESSION_CONNECTING || !ikl_path_same(response->path, ikl_sa_path(session->sa)) ||
        init_message_read(&message, &response->header, response->payloads, response->path) != IKL_OK) {
        return;
    }
    session->handshake.version = (uint8_t)(IKE_2_0 | response->header.minor);
    if (message.proposals.data == NULL) {
        take_refusal(session, &message, !response->outstanding);
        return;
    }
    if (session->ikeping->settings->init) {
        init_ping_take_answer(session, &message);
        return;
    }
    fault = find_fault(session, &response->header, &message);
    if (fault != NULL) {
        handshake_doubt(session, fault);
    } else {
        accept(session, response, &message);
    }
}

/* Tells the gateway that it is not who it should be; then there is nothing left to do (§2.21.2). */
static void say_farewell(struct session *session)
{
    struct payload_list list;
    struct ikl_request_options options = {.size = sizeof(options), .context = session};
    ikl_time now = ikeping_now(session->ikeping);

    session->deadline = ikl_time_after(now, FAREWELL_TIME);
    payload_list_init(&list);
    payload_list_notify(&list, IKL_NOTIFY_AUTHENTICATION_FAILED, (struct ikl_octets){NULL, 0});
    if (ikl_sa_request(session->sa, IKL_INFORMATIONAL, list.payloads, list.n, &options, now, NULL) != IKL_OK) {
        ikl_sa_close(session->sa, now);
    }
}

/* The gateway wants us to go elsewhere. Once it has proven who it is, there is an IKE SA to be deleted (RFC 5685 §6).
 */
static void take_redirect(struct session *session, struct ikl_octets data, bool proven)
{
    char why[HANDSHAKE_WHY_SIZE];
    ikl_time now = ikeping_now(session->ikeping);

    if (!session->ikeping->settings->follow_redirect) {
        redirect_explain(data, why, sizeof(why));
        session_refuse(session, why);
    } else if (!proven) {
        session_refuse(session, "the gateway redirects us, and has not proven who it is");
    } else if (redirect_follow(session, data, why, sizeof(why))) {
        session->phase = SESSION_REFUSED;
    } else {
        session_refuse(session, why);
    }
    session->deadline = ikl_time_after(now, FAREWELL_TIME);
    if (!proven || ikl_sa_delete(session->sa, FAREWELL_TIME, now) != IKL_OK) {
        ikl_sa_close(session->sa, now);
    }
}

/* The gateway has said nothing against us. */
static void take_claim(struct session *session, const struct ikl_outcome *outcome)
{
    const struct handshake_terms terms = session_terms(session->ikeping, session->remote_id, session->credentials);
    const struct handshake_judgement judgement =
        session->credentials->own == CREDENTIALS_EAP
            ? handshake_eap_judge(session, outcome)
            : handshake_judge(&session->handshake, true, &terms, outcome->first_payload, outcome->plaintext,
                              &session->remote);
    enum handshake_verdict verdict = judgement.verdict;
    char why[HANDSHAKE_WHY_SIZE];
    struct ikl_octets redirect;

    if ((verdict == HANDSHAKE_PROVEN || verdict == HANDSHAKE_NO_IDENTITY || verdict == HANDSHAKE_NO_PROOF) &&
        payload_find_notify(outcome->first_payload, outcome->plaintext, IKL_NOTIFY_REDIRECT, &redirect)) {
        take_redirect(session, redirect, verdict == HANDSHAKE_PROVEN);
    } else if (verdict == HANDSHAKE_PROVEN) {
        crash_take_token(session, session->sa, outcome->first_payload, outcome->plaintext);
        takeover_agree(session, outcome->first_payload, outcome->plaintext);
        session_established(session);
        mobike_agree(session, outcome->first_payload, outcome->plaintext);
        child_take_answer(session, outcome->first_payload, outcome->plaintext);
    } else {
        gateway_fault(&judgement, outcome->first_payload, outcome->plaintext, why, sizeof(why));
        session_refuse(session, why);
        say_farewell(session);
    }
}

/* Anybody may have sent a cookie, so which of our requests was answered was a guess; a wrong one makes our proof wrong.
 * Begins once more, with another SPI, where the gateway is now. False when that cannot be done. */
static bool begin_again(struct session *session)
{
    struct handshake *handshake = &session->handshake;
    struct ikl_path path = *ikl_sa_path(session->sa);
    uint64_t started = handshake->started;
    struct ikl_sa *old = session->sa;
    const char *why;
    bool done;

    handshake_free(handshake);
    handshake->cookie_len = 0;
    handshake->restarts = 0;
    handshake->doubted = false;
    handshake->again = true;
    session->sa = NULL;
    done = handshake_initiate(session, &path, &why);
    handshake->started = started;
    if (session->sa == NULL) {
        session->sa = old;
    } else {
        ikl_sa_free(old);
    }
    return done;
}

static void take_eap(struct session *session, const struct ikl_outcome *outcome)
{
    char text[HANDSHAKE_WHY_SIZE];
    const char *why = handshake_eap_take(session, outcome, text);

    if (why != NULL) {
        session_refuse(session, why);
        say_farewell(session);
    }
}

static void take_auth_response(struct session *session, const struct ikl_outcome *outcome)
{
    uint16_t refusal = payload_find_error(outcome->first_payload, outcome->plaintext);
    struct ikl_octets auth = payload_find(outcome->first_payload, outcome->plaintext, IKL_PAYLOAD_AUTH);
    char why[HANDSHAKE_WHY_SIZE];

    if (outcome->status != IKL_OK) {
        session_refuse(session, "the gateway's IKE_AUTH response is malformed");
        say_farewell(session);
    } else if (refusal == IKL_NOTIFY_AUTHENTICATION_FAILED && session->handshake.guessed && !session->handshake.again &&
               !session->gateway->closing && begin_again(session)) {
        report_again(session->ikeping->report, session->peer);
    } else if (refusal != 0 && auth.data == NULL) {
        handshake_explain(refusal, why, sizeof(why));
        give_up(session, handshake_eap_why(session, why));
    } else if (handshake_eap_is_due(session)) {
        take_eap(session, outcome);
    } else {
        take_claim(session, outcome);
    }
}

static void take_additional_response(struct session *session, const struct ikl_outcome *outcome)
{
    uint16_t refusal = payload_find_error(outcome->first_payload, outcome->plaintext);
    char why[HANDSHAKE_WHY_SIZE];
    int error = outcome->status;

    if (error == IKL_OK && refusal != 0) {
        handshake_explain(refusal, why, sizeof(why));
        give_up(session, why);
        return;
    }
    if (error == IKL_OK) {
        error = additional_take(&session->handshake, outcome->int_auth);
    }
    if (error == IKL_OK) {
        error = session_change_keys(session);
    }
    if (error == IKL_OK) {
        error = send_next(session);
    }
    if (error != IKL_OK) {
        give_up(session, error == IKL_ERR_MALFORMED
                             ? "the gateway's IKE_INTERMEDIATE response has no usable public value"
                             : ikl_error_name(error));
    }
}

void handshake_take_outcome(struct session *session, const struct ikl_outcome *outcome)
{
    if (outcome->exchange_type == IKL_IKE_INTERMEDIATE && outcome->kind == IKL_OUTCOME_ANSWERED &&
        session->phase == SESSION_CONNECTING) {
        take_additional_response(session, outcome);
    } else if (outcome->exchange_type == IKL_IKE_AUTH && outcome->kind == IKL_OUTCOME_ANSWERED &&
               session->phase == SESSION_CONNECTING) {
        take_auth_response(session, outcome);
    } else if (outcome->exchange_type == IKL_INFORMATIONAL && session->phase == SESSION_REFUSED &&
               session->sa != NULL) {
        ikl_sa_close(session->sa, ikeping_now(session->ikeping));
    }
}
