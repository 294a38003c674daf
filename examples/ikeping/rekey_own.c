/* SPDX-License-Identifier: ISC */
/* ikeping --rekey. */
#include "rekey_own.h"

#include "child_rekey.h"
#include "key_exchanges.h"
#include "session.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

/* How long an IKE SA that has lost may take to be deleted. */
enum { LOSER_TIME = 10000 };

/* A rekey of the IKE SA. */
struct rekey_own {
    const struct ikl_sa *old;
    struct ikl_request *request; /* of the exchange under way */
    struct dh_key *key;          /* of the same */
    uint8_t nonce[HANDSHAKE_NONCE_LEN];
    uint8_t nonce_r[IKL_MAX_NONCE];
    size_t nonce_r_len;
    struct key_exchanges exchanges;
    struct replacement made; /* with our SPI and the proposal at first */
    /* The peer's own, which has crossed ours; its `sa` is null when there is none. */
    struct replacement theirs;
    uint8_t their_ni[IKL_MAX_NONCE];
    size_t their_ni_len;
    uint8_t their_nr[HANDSHAKE_NONCE_LEN];
};

void rekey_own_forget(struct session *session)
{
    struct rekey_own *own = session->rekey_own;

    child_rekey_forget(session);
    session->rekey_own = NULL;
    if (own != NULL) {
        if (own->theirs.sa != NULL) {
            ikl_sa_close(own->theirs.sa, ikeping_now(session->ikeping));
        }
        dh_key_free(own->key);
        ikl_wipe(own, sizeof(*own));
        free(own);
    }
}

void rekey_own_later(struct session *session)
{
    uint32_t after = session->ikeping->settings->rekey;

    session->children_rekeyed = false;
    session->rekey_at = after != 0 ? ikl_time_after(ikeping_now(session->ikeping), after) : IKL_NEVER;
}

/* Asks for the algorithms that there are. */
static int send(struct session *session, struct rekey_own *own)
{
    struct payload_list list;
    int error = ikl_endpoint_new_spi(session->ikeping->endpoint, &own->made.spi_i);

    own->old = session->sa;
    own->made.ours = true;
    own->made.proposal = session->handshake.proposal;
    randombytes_buf(own->nonce, sizeof(own->nonce));
    if (error == IKL_OK) {
        error = dh_key_new(&own->key, own->made.proposal.group);
    }
    if (error == IKL_OK) {
        replacement_offer(&own->made, own->key, (struct ikl_octets){own->nonce, sizeof(own->nonce)}, &list);
        error = list.error;
    }
    return error == IKL_OK ? ikl_sa_request(session->sa, IKL_CREATE_CHILD_SA, list.payloads, list.n, NULL,
                                            ikeping_now(session->ikeping), &own->request)
                           : error;
}

static void begin(struct session *session)
{
    struct rekey_own *own = calloc(1, sizeof(*own));

    session->rekey_own = own;
    if (own == NULL || send(session, own) != IKL_OK) {
        rekey_own_forget(session);
        rekey_own_later(session);
    }
}

void rekey_own_tick(struct session *session)
{
    if (session->rekey_at > ikeping_now(session->ikeping) || session->phase != SESSION_ESTABLISHED) {
        return;
    }
    session->rekey_at = IKL_NEVER;
    if (session->children_rekeyed || !child_rekey_begin(session)) {
        begin(session);
    }
}

bool rekey_own_blocks(const struct session *session, bool for_ike_sa)
{
    return for_ike_sa ? child_rekey_is_under_way(session) : session->rekey_own != NULL;
}

/* What is wrong with the response; null: nothing. */
static const char *read_answer(struct rekey_own *own, const struct ikl_outcome *outcome, struct ikl_octets *theirs)
{
    struct ikl_octets nonce;
    struct ikl_ke ke;
    struct ikl_octets sa = payload_find(outcome->first_payload, outcome->plaintext, IKL_PAYLOAD_SA);
    struct ikl_octets ke_body = payload_find(outcome->first_payload, outcome->plaintext, IKL_PAYLOAD_KE);
    struct ikl_octets nonce_body = payload_find(outcome->first_payload, outcome->plaintext, IKL_PAYLOAD_NONCE);

    if (sa.data == NULL || ke_body.data == NULL || ikl_ke_read(&ke, ke_body) != IKL_OK || nonce_body.data == NULL ||
        ikl_nonce_read(&nonce, nonce_body) != IKL_OK) {
        return "the peer's response lacks what it must have";
    }
    if (!proposals_read_rekeyed(&own->made.spi_r, &own->made.proposal, sa) || ke.method != dh_key_group(own->key)) {
        return "the peer accepts a proposal that was not offered";
    }
    own->nonce_r_len = nonce.len;
    memcpy(own->nonce_r, nonce.data, nonce.len);
    *theirs = ke.data;
    return NULL;
}

/* The same of a response to IKE_FOLLOWUP_KE. */
static const char *read_followup(const struct rekey_own *own, const struct ikl_outcome *outcome,
                                 struct ikl_octets *theirs)
{
    return key_exchanges_read(&own->exchanges, &own->made.proposal, outcome->first_payload, outcome->plaintext, theirs)
               ? NULL
               : "the peer's response lacks what it must have";
}

/* Asks for the next key exchange, and gives back the link of the response before. */
static int follow(struct session *session, struct rekey_own *own, const struct ikl_outcome *outcome)
{
    struct payload_list list;
    struct ikl_octets link;
    int error;

    if (!payload_find_notify(outcome->first_payload, outcome->plaintext, IKL_NOTIFY_ADDITIONAL_KEY_EXCHANGE, &link)) {
        return IKL_ERR_NOT_FOUND;
    }
    dh_key_free(own->key);
    own->key = NULL;
    error = dh_key_new(&own->key, own->made.proposal.additional[own->exchanges.n - 1]);
    if (error == IKL_OK) {
        key_exchanges_compose(own->key, &list);
        key_exchanges_add_link(&list, link);
        error = list.error;
    }
    return error == IKL_OK ? ikl_sa_request(session->sa, IKL_IKE_FOLLOWUP_KE, list.payloads, list.n, NULL,
                                            ikeping_now(session->ikeping), &own->request)
                           : error;
}

static struct ikl_octets nonce_r(const struct rekey_own *own)
{
    return (struct ikl_octets){own->nonce_r, own->nonce_r_len};
}

static int make(struct session *session, struct rekey_own *own)
{
    struct ikl_kdf_input input = {
        .size = sizeof(input),
        .ni = {own->nonce, sizeof(own->nonce)},
        .nr = nonce_r(own),
    };
    int error;

    key_exchanges_give(&own->exchanges, &input);
    error = replacement_derive(&own->made, &session->handshake, &input);
    return error == IKL_OK ? replacement_make(&own->made, session) : error;
}

/* Whether our new IKE SA has to go, because the peer's crossed it. */
static bool loses(const struct rekey_own *own)
{
    return own->theirs.sa != NULL && ikl_nonces_lose((struct ikl_octets){own->nonce, sizeof(own->nonce)}, nonce_r(own),
                                                     (struct ikl_octets){own->their_ni, own->their_ni_len},
                                                     (struct ikl_octets){own->their_nr, sizeof(own->their_nr)});
}

/* The peer's own goes into the place of the old one. */
static void take_theirs(struct session *session, struct rekey_own *own)
{
    struct replacement theirs = own->theirs;

    own->theirs.sa = NULL;
    replacement_take(&theirs, session);
    ikl_wipe(&theirs, sizeof(theirs));
}

/* There is ours, and perhaps theirs: one of them stays, and whoever has made the other deletes it. */
static void settle(struct session *session, struct rekey_own *own)
{
    struct ikl_sa *loser = own->theirs.sa;
    ikl_time now = ikeping_now(session->ikeping);

    if (loses(own)) {
        take_theirs(session, own);
        if (ikl_sa_delete(own->made.sa, LOSER_TIME, now) != IKL_OK) {
            ikl_sa_close(own->made.sa, now);
        }
        return;
    }
    own->theirs.sa = NULL;
    replacement_take(&own->made, session);
    if (loser != NULL && ikl_sa_replace(loser, own->made.sa, false, LOSER_TIME, now) != IKL_OK) {
        ikl_sa_close(loser, now);
    }
}

/* Ours came to nothing: theirs stays, if there is one. */
static void fail(struct session *session, struct rekey_own *own, const char *why)
{
    if (own->theirs.sa != NULL) {
        take_theirs(session, own);
    } else {
        report_rekey_failed(session->ikeping->report, session->peer, why);
        rekey_own_later(session);
    }
}

/* Takes what the peer says in one exchange. Null when there is nothing wrong with it. */
static const char *take_public(struct rekey_own *own, const struct ikl_outcome *outcome)
{
    struct ikl_octets theirs;
    const char *fault = outcome->status != IKL_OK                       ? "the peer's response is malformed"
                        : outcome->exchange_type == IKL_CREATE_CHILD_SA ? read_answer(own, outcome, &theirs)
                                                                        : read_followup(own, outcome, &theirs);

    if (fault == NULL && key_exchanges_take(&own->exchanges, own->key, theirs) != IKL_OK) {
        fault = "the peer's public value is none that may be used";
    }
    return fault;
}

/* Goes on with the next exchange, or ends the rekey with the new IKE SA. Null when there is nothing wrong. */
static const char *go_on(struct session *session, struct rekey_own *own, const struct ikl_outcome *outcome)
{
    if (key_exchanges_are_due(&own->exchanges, &own->made.proposal)) {
        return follow(session, own, outcome) == IKL_OK ? NULL : "the next key exchange could not be asked for";
    }
    if (make(session, own) != IKL_OK) {
        return "the new IKE SA could not be made";
    }
    settle(session, own);
    return NULL;
}

/* Whether the rekey is under way still. */
static bool take_answer(struct session *session, struct rekey_own *own, const struct ikl_outcome *outcome)
{
    char why[HANDSHAKE_WHY_SIZE];
    const char *fault;

    if (outcome->error != 0) {
        handshake_explain(outcome->error, why, sizeof(why));
        fail(session, own, why);
        return false;
    }
    fault = take_public(own, outcome);
    if (fault == NULL) {
        fault = go_on(session, own, outcome);
    }
    if (fault != NULL) {
        fail(session, own, fault);
    }
    return fault == NULL && own->made.sa == NULL;
}

void rekey_own_take_outcome(struct session *session, struct ikl_sa *sa, const struct ikl_outcome *outcome)
{
    struct rekey_own *own = session->rekey_own;

    if (own == NULL) {
        child_rekey_take_outcome(session, sa, outcome);
    } else if (own->old == sa) {
        /* what the answer would make is of no use to a session that is being closed */
        if (outcome->kind != IKL_OUTCOME_ANSWERED || session->sa != sa || session->phase != SESSION_ESTABLISHED ||
            !take_answer(session, own, outcome)) {
            rekey_own_forget(session);
        }
    }
}

void rekey_own_cross(struct session *session, const struct replacement *theirs, struct ikl_octets ni,
                     struct ikl_octets nr)
{
    struct rekey_own *own = session->rekey_own;

    if (own == NULL || own->old != session->sa || own->theirs.sa != NULL) {
        replacement_take(theirs, session);
        return;
    }
    own->theirs = *theirs;
    own->their_ni_len = ni.len;
    memcpy(own->their_ni, ni.data, ni.len);
    memcpy(own->their_nr, nr.data, sizeof(own->their_nr));
}

void rekey_own_sa_down(struct session *session, const struct ikl_sa *sa)
{
    struct rekey_own *own = session->rekey_own;

    if (own != NULL && own->theirs.sa == sa) {
        own->theirs.sa = NULL;
    }
}

void rekey_own_peer_deletes(struct session *session, const struct ikl_sa *sa)
{
    struct rekey_own *own = session->rekey_own;

    if (own != NULL && own->old == sa && session->sa == sa && own->theirs.sa != NULL) {
        /* what is queued would go out in the new IKE SA, and rekey that */
        ikl_sa_cancel(session->sa, own->request, ikeping_now(session->ikeping));
        take_theirs(session, own);
        rekey_own_forget(session);
    }
}
