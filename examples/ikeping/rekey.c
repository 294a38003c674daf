/* SPDX-License-Identifier: ISC */
/* ikeping: requests of an authenticated peer. */
#include "rekey.h"

#include "check.h"
#include "crash.h"
#include "move.h"
#include "providers.h"
#include "redirect.h"
#include "takeover.h"

#include <sodium.h>

/* How long the peer may take to delete the IKE SA that was replaced. */
enum { OLD_SA_TIME = 10000 };

/* A rekey that is being answered. */
struct rekey {
    struct session *session;
    struct ikl_octets nonce; /* the peer's */
    struct ikl_ke ke;
    struct choice choice;
    struct dh_key *key;
    uint8_t own_nonce[HANDSHAKE_NONCE_LEN];
    uint64_t own_spi;
    struct ikl_keys keys;
    struct ikl_sa *sa;
};

static const struct ikl_octets no_data = {NULL, 0};

/* Whether an offer, which is well-formed, is for an IKE SA: its first proposal says so. */
static bool is_for_ike_sa(struct ikl_octets offer)
{
    struct ikl_proposals walk = ikl_proposals(offer, IKL_SA_OFFER);
    struct ikl_proposal proposal;

    return ikl_proposals_next(&walk, &proposal) == IKL_OK && proposal.protocol == IKL_PROTOCOL_IKE;
}

/* SKEYSEED = prf(SK_d (old), g^ir (new) | Ni | Nr), with the old PRF (§2.18). */
static int derive(struct rekey *rekey)
{
    const struct session *session = rekey->session;
    const struct ikl_prf *old_prf = providers_prf(&session->handshake.proposal.suite);
    const struct ikl_suite *suite = &rekey->choice.proposal.suite;
    struct ikl_octets sk_d = {session->handshake.keys.sk_d, session->handshake.keys.prf_len};
    uint8_t shared[DH_MAX_LEN], skeyseed[IKL_MAX_PRF];
    struct ikl_kdf_input input = {
        .size = sizeof(input),
        .ni = rekey->nonce,
        .nr = {rekey->own_nonce, sizeof(rekey->own_nonce)},
        .shared_secret = {shared, 0},
        .spi_i = rekey->choice.spi,
        .spi_r = rekey->own_spi,
    };
    int error = dh_key_agree(rekey->key, rekey->ke.data, shared, &input.shared_secret.len);

    if (error == IKL_OK) {
        error = ikl_skeyseed_rekey(old_prf, sk_d, &input, skeyseed);
    }
    if (error == IKL_OK) {
        error = ikl_keys_derive(&rekey->keys, providers_find(suite), suite, (struct ikl_octets){skeyseed, old_prf->len},
                                &input);
    }
    ikl_wipe(shared, sizeof(shared));
    ikl_wipe(skeyseed, sizeof(skeyseed));
    return error;
}

/* Makes the IKE SA that takes the place of the old one. The peer is its original initiator, for it initiated the
 * rekey. */
static int make_sa(struct rekey *rekey)
{
    struct session *session = rekey->session;
    struct ikl_sa_config config = session_sa_config(session, move_path(session));

    config.spi_i = rekey->choice.spi;
    config.spi_r = rekey->own_spi;
    config.protection = session_protection(session);
    config.protection.suite = rekey->choice.proposal.suite;
    config.protection.keys = &rekey->keys;
    config.ids = (struct ikl_message_ids){.stated = true};
    return session_new_sa(session, &config, &rekey->sa);
}

static int make(struct rekey *rekey)
{
    int error = dh_key_new(&rekey->key, rekey->choice.proposal.group);

    randombytes_buf(rekey->own_nonce, sizeof(rekey->own_nonce));
    if (error == IKL_OK) {
        error = ikl_endpoint_new_spi(rekey->session->ikeping->endpoint, &rekey->own_spi);
    }
    if (error == IKL_OK) {
        error = derive(rekey);
    }
    return error == IKL_OK ? make_sa(rekey) : error;
}

static void compose(const struct rekey *rekey, struct payload_list *list)
{
    struct ikl_ke ke = {.method = dh_key_group(rekey->key), .data = dh_key_public(rekey->key)};
    struct ikl_writer *writer;

    payload_list_init(list);
    writer = payload_list_begin(list, IKL_PAYLOAD_SA);
    payload_list_end(list, proposals_write_choice(writer, &rekey->choice, rekey->own_spi));
    init_message_add_key(list, &ke, (struct ikl_octets){rekey->own_nonce, sizeof(rekey->own_nonce)});
    crash_add_token(rekey->session->ikeping, rekey->choice.spi, rekey->own_spi, false, list);
}

/* The new IKE SA takes the place of the old one. */
static void replace(struct rekey *rekey)
{
    struct session *session = rekey->session;
    struct ikl_sa *old = session->sa;
    ikl_time now = ikeping_now(session->ikeping);

    session->sa = rekey->sa;
    session->handshake.proposal = rekey->choice.proposal;
    session->handshake.keys = rekey->keys;
    session_log_keys(session, rekey->choice.spi, rekey->own_spi);
    session_report(session, report_rekeyed);
    check_rekeyed(session);
    takeover_rekeyed(session);
    if (ikl_sa_replace(old, rekey->sa, false, OLD_SA_TIME, now) != IKL_OK) {
        ikl_sa_close(old, now);
    }
}

static void answer(struct rekey *rekey, const struct ikl_peer_request *request)
{
    struct session *session = rekey->session;
    struct payload_list list;
    int error = make(rekey);

    if (error != IKL_OK) {
        session_respond_error(session, session->sa, request->message_id,
                              error == IKL_ERR_MALFORMED ? IKL_NOTIFY_NO_PROPOSAL_CHOSEN : IKL_NOTIFY_TEMPORARY_FAILURE,
                              no_data);
    } else {
        compose(rekey, &list);
        if (session_respond(session, session->sa, request->message_id, &list)) {
            replace(rekey);
        } else {
            ikl_sa_free(rekey->sa);
        }
    }
    dh_key_free(rekey->key);
    ikl_wipe(&rekey->keys, sizeof(rekey->keys));
}

/* The peer wants another IKE SA in the place of this one. */
static void take_rekey(struct session *session, const struct ikl_peer_request *request, struct ikl_octets offer)
{
    const struct settings *settings = session->ikeping->settings;
    struct ikl_octets ke = payload_find(request->first_payload, request->plaintext, IKL_PAYLOAD_KE);
    struct ikl_octets nonce = payload_find(request->first_payload, request->plaintext, IKL_PAYLOAD_NONCE);
    struct rekey rekey = {.session = session};
    uint8_t group[2];
    struct ikl_writer writer = ikl_writer(group, sizeof(group));

    if (ke.data == NULL || ikl_ke_read(&rekey.ke, ke) != IKL_OK || nonce.data == NULL ||
        ikl_nonce_read(&rekey.nonce, nonce) != IKL_OK) {
        session_respond_error(session, session->sa, request->message_id, IKL_NOTIFY_INVALID_SYNTAX, no_data);
    } else if (!proposals_choose(&rekey.choice, &settings->proposals, offer, rekey.ke.method, true)) {
        session_respond_error(session, session->sa, request->message_id, IKL_NOTIFY_NO_PROPOSAL_CHOSEN, no_data);
    } else if (rekey.choice.proposal.group != rekey.ke.method) {
        ikl_write_u16(&writer, rekey.choice.proposal.group);
        session_respond_error(session, session->sa, request->message_id, IKL_NOTIFY_INVALID_KE_PAYLOAD,
                              (struct ikl_octets){group, sizeof(group)});
    } else {
        answer(&rekey, request);
    }
}

static void take_create_child_sa(struct session *session, struct ikl_sa *sa, const struct ikl_peer_request *request)
{
    struct ikl_octets offer = payload_find(request->first_payload, request->plaintext, IKL_PAYLOAD_SA);

    if (offer.data == NULL || ikl_proposals_check(offer, IKL_SA_OFFER) != IKL_OK) {
        session_respond_error(session, sa, request->message_id, IKL_NOTIFY_INVALID_SYNTAX, no_data);
    } else if (!is_for_ike_sa(offer)) {
        session_respond_error(session, sa, request->message_id, IKL_NOTIFY_NO_ADDITIONAL_SAS, no_data);
    } else if (sa != session->sa || ikl_sa_state(sa) != IKL_SA_ESTABLISHED) {
        session_respond_error(session, sa, request->message_id, IKL_NOTIFY_TEMPORARY_FAILURE, no_data);
    } else {
        take_rekey(session, request, offer);
    }
}

/* What the peer announces needs no more than an answer, except that it does not accept us after all (§2.21.2). */
static void take_informational(struct session *session, struct ikl_sa *sa, const struct ikl_peer_request *request)
{
    uint16_t error = payload_find_error(request->first_payload, request->plaintext);
    struct ikl_octets redirect;
    struct payload_list empty;
    char where[REDIRECT_TEXT_SIZE];

    if (payload_find_notify(request->first_payload, request->plaintext, IKL_NOTIFY_REDIRECT, &redirect)) {
        redirect_text(redirect, where, sizeof(where));
        report_redirect(session->ikeping->report, session->peer, where);
    }
    crash_take_token(session, sa, request->first_payload, request->plaintext);
    payload_list_init(&empty);
    if (session_respond(session, sa, request->message_id, &empty) && error == IKL_NOTIFY_AUTHENTICATION_FAILED) {
        report_refused(session->ikeping->report, session->peer, "AUTHENTICATION_FAILED: the peer does not accept us");
        session_end(session, sa, "the peer does not accept us");
    }
}

void rekey_take_request(struct session *session, struct ikl_sa *sa, const struct ikl_peer_request *request)
{
    struct payload_list empty;

    switch (request->exchange_type) {
    case IKL_CREATE_CHILD_SA:
        take_create_child_sa(session, sa, request);
        break;
    case IKL_INFORMATIONAL:
        take_informational(session, sa, request);
        break;
    case IKL_IKE_FOLLOWUP_KE:
        session_respond_error(session, sa, request->message_id, IKL_NOTIFY_STATE_NOT_FOUND, no_data);
        break;
    default: /* an empty answer refuses it, and leaves the IKE SA alone */
        payload_list_init(&empty);
        (void)session_respond(session, sa, request->message_id, &empty);
        break;
    }
}
