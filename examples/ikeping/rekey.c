/* SPDX-License-Identifier: ISC */
/* ikeping: requests of an authenticated peer. */
#include "rekey.h"

#include "crash.h"
#include "redirect.h"
#include "rekey_answer.h"
#include "rekey_own.h"

static const struct ikl_octets no_data = {NULL, 0};

/* Whether an offer, which is well-formed, is for an IKE SA: its first proposal says so. */
static bool is_for_ike_sa(struct ikl_octets offer)
{
    struct ikl_proposals walk = ikl_proposals(offer, IKL_SA_OFFER);
    struct ikl_proposal proposal;

    return ikl_proposals_next(&walk, &proposal) == IKL_OK && proposal.protocol == IKL_PROTOCOL_IKE;
}

static void take_create_child_sa(struct session *session, struct ikl_sa *sa, const struct ikl_peer_request *request)
{
    struct ikl_octets offer = payload_find(request->first_payload, request->plaintext, IKL_PAYLOAD_SA);

    if (offer.data == NULL || ikl_proposals_check(offer, IKL_SA_OFFER) != IKL_OK) {
        session_respond_error(session, sa, request->message_id, IKL_NOTIFY_INVALID_SYNTAX, no_data);
    } else if (sa != session->sa || ikl_sa_state(sa) != IKL_SA_ESTABLISHED ||
               rekey_own_blocks(session, is_for_ike_sa(offer))) {
        session_respond_error(session, sa, request->message_id, IKL_NOTIFY_TEMPORARY_FAILURE, no_data);
    } else if (!is_for_ike_sa(offer)) {
        child_take_request(session, sa, request);
    } else {
        rekey_answer_begin(session, request, offer);
    }
}

/* A rekey goes on in the IKE SA that it began in, and only there. */
static void take_followup(struct session *session, struct ikl_sa *sa, const struct ikl_peer_request *request)
{
    if (sa != session->sa || ikl_sa_state(sa) != IKL_SA_ESTABLISHED) {
        session_respond_error(session, sa, request->message_id, IKL_NOTIFY_STATE_NOT_FOUND, no_data);
    } else {
        rekey_answer_go_on(session, request);
    }
}

/* The gateway may send us elsewhere at any time (RFC 5685 §5). */
static void take_redirect(struct session *session, const struct ikl_peer_request *request)
{
    struct report *report = session->ikeping->report;
    struct ikl_octets redirect;
    char where[REDIRECT_TEXT_SIZE], why[HANDSHAKE_WHY_SIZE];

    if (!payload_find_notify(request->first_payload, request->plaintext, IKL_NOTIFY_REDIRECT, &redirect)) {
        return;
    }
    if (!session->ikeping->settings->follow_redirect) {
        redirect_text(redirect, where, sizeof(where));
        report_redirect(report, session->peer, where, false);
    } else if (!redirect_follow(session, redirect, why, sizeof(why))) {
        report_successor_failed(report, session->peer, why);
    }
}

/* What the peer announces needs no more than an answer, except that it does not accept us after all (§2.21.2). */
static void take_informational(struct session *session, struct ikl_sa *sa, const struct ikl_peer_request *request)
{
    uint16_t error = payload_find_error(request->first_payload, request->plaintext);
    struct payload_list answer;

    crash_take_token(session, sa, request->first_payload, request->plaintext);
    payload_list_init(&answer);
    mobike_answer(session, sa, request, &answer);
    if (session_respond(session, sa, request->message_id, &answer) && error == IKL_NOTIFY_AUTHENTICATION_FAILED) {
        report_refused(session->ikeping->report, session->peer, "AUTHENTICATION_FAILED: the peer does not accept us");
        session_end(session, sa, "the peer does not accept us");
    } else if (session->sa == sa && session->phase == SESSION_ESTABLISHED) {
        take_redirect(session, request);
    }
}

void rekey_take_request(struct session *session, struct ikl_sa *sa, const struct ikl_peer_request *request)
{
    struct payload_list empty;

    if (!payloads_are_sound(request->first_payload, request->plaintext)) { /* that is the end of the IKE SA (§2.21.3) */
        session_respond_error(session, sa, request->message_id, IKL_NOTIFY_INVALID_SYNTAX, no_data);
        return;
    }
    switch (request->exchange_type) {
    case IKL_CREATE_CHILD_SA:
        take_create_child_sa(session, sa, request);
        break;
    case IKL_INFORMATIONAL:
        take_informational(session, sa, request);
        break;
    case IKL_IKE_FOLLOWUP_KE:
        take_followup(session, sa, request);
        break;
    default: /* an empty answer refuses it, and leaves the IKE SA alone */
        payload_list_init(&empty);
        (void)session_respond(session, sa, request->message_id, &empty);
        break;
    }
}
