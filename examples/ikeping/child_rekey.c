/* SPDX-License-Identifier: ISC */
/* ikeping --rekey: we rekey a Child SA. */
#include "child_rekey.h"

#include "report_child.h"
#include "session.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

struct child_rekey {
    const struct ikl_sa *sa;
    struct ikl_child *old; /* null: it is gone meanwhile */
    struct child_offer offer;
    uint8_t nonce[HANDSHAKE_NONCE_LEN];
    /* What the peer has put in the place of the same Child SA; null: nothing. */
    const struct ikl_child *theirs;
    uint8_t their_ni[IKL_MAX_NONCE];
    size_t their_ni_len;
    uint8_t their_nr[HANDSHAKE_NONCE_LEN];
};

void child_rekey_forget(struct session *session)
{
    free(session->child_rekey);
    session->child_rekey = NULL;
}

bool child_rekey_is_under_way(const struct session *session)
{
    return session->child_rekey != NULL;
}

static int send(struct session *session, struct child_rekey *rekey)
{
    const struct child *old = ikl_child_user(rekey->old);
    struct payload_list list;

    rekey->sa = session->sa;
    rekey->offer = (struct child_offer){
        .transport = old->transport,
        .spi = child_new_spi(session->sa),
        .ours = old->ours,
        .theirs = old->theirs,
    };
    randombytes_buf(rekey->nonce, sizeof(rekey->nonce));
    payload_list_init(&list);
    child_add_rekeyed(&list, old->own_spi);
    child_add_offer(&rekey->offer, &list);
    init_message_add_nonce(&list, (struct ikl_octets){rekey->nonce, sizeof(rekey->nonce)});
    return list.error == IKL_OK ? ikl_sa_request(session->sa, IKL_CREATE_CHILD_SA, list.payloads, list.n, NULL,
                                                 ikeping_now(session->ikeping), NULL)
                                : list.error;
}

bool child_rekey_begin(struct session *session)
{
    struct ikl_child *old = ikl_sa_first_child(session->sa);
    struct child_rekey *rekey = old != NULL ? calloc(1, sizeof(*rekey)) : NULL;

    session->child_rekey = rekey;
    if (rekey == NULL) {
        return false;
    }
    rekey->old = old;
    if (send(session, rekey) != IKL_OK) {
        child_rekey_forget(session);
    }
    return session->child_rekey != NULL;
}

static bool loses(const struct child_rekey *rekey, struct ikl_octets nonce)
{
    return rekey->theirs != NULL && ikl_nonces_lose((struct ikl_octets){rekey->nonce, sizeof(rekey->nonce)}, nonce,
                                                    (struct ikl_octets){rekey->their_ni, rekey->their_ni_len},
                                                    (struct ikl_octets){rekey->their_nr, sizeof(rekey->their_nr)});
}

/* Keeps the new one, and deletes the one that is in excess: the old one, or the new one after all. */
static const char *settle(struct session *session, const struct child_rekey *rekey, const struct child *child,
                          struct ikl_octets nonce)
{
    const struct child *kept = child_keep(session->sa, child, rekey->old);
    struct ikl_child *excess;

    if (kept == NULL) {
        return "it cannot be kept";
    }
    excess = loses(rekey, nonce) ? kept->handle : rekey->old;
    child_tell(session, kept, report_child_rekeyed_by_us);
    if (excess != NULL) {
        struct child *going = ikl_child_user(excess);

        /* it fails only where its Delete is under way already */
        (void)!ikl_sa_delete_children(session->sa, &excess, 1, ikeping_now(session->ikeping));
        going->deleting = true;
    }
    return NULL;
}

static void take_answer(struct session *session, const struct child_rekey *rekey, const struct ikl_outcome *outcome)
{
    struct ikl_octets body = payload_find(outcome->first_payload, outcome->plaintext, IKL_PAYLOAD_NONCE), nonce;
    char why[HANDSHAKE_WHY_SIZE];
    const char *fault = why;
    struct child child;

    if (outcome->error != 0) {
        handshake_explain(outcome->error, why, sizeof(why));
    } else if (outcome->status != IKL_OK || body.data == NULL || ikl_nonce_read(&nonce, body) != IKL_OK) {
        fault = "the peer's response lacks what it must have";
    } else {
        fault = child_read_answer(&child, &rekey->offer, outcome->first_payload, outcome->plaintext);
    }
    if (fault == NULL) {
        fault = settle(session, rekey, &child, nonce);
    }
    if (fault != NULL) {
        report_rekey_failed(session->ikeping->report, session->peer, fault);
    }
}

void child_rekey_take_outcome(struct session *session, struct ikl_sa *sa, const struct ikl_outcome *outcome)
{
    struct child_rekey *rekey = session->child_rekey;

    if (rekey == NULL || rekey->sa != sa) {
        return;
    }
    if (outcome->kind == IKL_OUTCOME_ANSWERED && session->sa == sa) {
        take_answer(session, rekey, outcome);
        session->rekey_at = ikeping_now(session->ikeping); /* the IKE SA is next */
        session->children_rekeyed = true;
    }
    child_rekey_forget(session);
}

void child_rekey_cross(struct session *session, const struct ikl_child *replaced, const struct child *made,
                       struct ikl_octets ni, struct ikl_octets nr)
{
    struct child_rekey *rekey = session->child_rekey;

    if (rekey != NULL && rekey->old == replaced) {
        rekey->theirs = made->handle;
        rekey->their_ni_len = ni.len;
        memcpy(rekey->their_ni, ni.data, ni.len);
        memcpy(rekey->their_nr, nr.data, sizeof(rekey->their_nr));
    }
}

void child_rekey_child_down(struct session *session, const struct ikl_child *child)
{
    struct child_rekey *rekey = session->child_rekey;

    if (rekey != NULL) {
        rekey->old = rekey->old == child ? NULL : rekey->old;
        rekey->theirs = rekey->theirs == child ? NULL : rekey->theirs;
    }
}
