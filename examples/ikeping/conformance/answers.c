/* SPDX-License-Identifier: ISC */
/* ikeping --conformance: answers to the peer's requests. */
#include "tester.h"

#include <ikelive/registry.h>

static const struct ikl_octets nothing = {NULL, 0};

/* The Delete payload of a message. */
static bool read_delete(const struct message *message, struct ikl_delete *out)
{
    struct ikl_octets body = payload_find(message->first, message->payloads, IKL_PAYLOAD_DELETE);

    return body.data != NULL && ikl_delete_read(out, body) == IKL_OK;
}

enum tester_asked tester_asked(const struct message *request)
{
    struct ikl_delete deleted;

    if (request->header.exchange_type == IKL_INFORMATIONAL && read_delete(request, &deleted)) {
        return deleted.protocol == IKL_PROTOCOL_IKE   ? TESTER_DELETES_SA
               : deleted.protocol == IKL_PROTOCOL_ESP ? TESTER_DELETES_CHILD
                                                      : TESTER_ASKED_OTHER;
    }
    if (request->header.exchange_type != IKL_CREATE_CHILD_SA) {
        return TESTER_ASKED_OTHER;
    }
    if (payload_find(request->first, request->payloads, IKL_PAYLOAD_TSI).data == NULL) {
        return TESTER_REKEYS_SA;
    }
    return payload_find_notify(request->first, request->payloads, IKL_NOTIFY_REKEY_SA, NULL) ? TESTER_REKEYS_CHILD
                                                                                             : TESTER_ASKED_OTHER;
}

bool tester_deletes(const struct message *message, uint32_t spi)
{
    struct ikl_delete deleted;

    if (!read_delete(message, &deleted) || deleted.protocol != IKL_PROTOCOL_ESP) {
        return false;
    }
    for (size_t i = 0; i < deleted.n_spis; i++) {
        if (ikl_delete_spi(&deleted, i) == spi) {
            return true;
        }
    }
    return false;
}

bool tester_respond(struct tester *tester, struct tester_sa *sa, const struct message *request,
                    const struct payload_list *list)
{
    const struct draft draft = {.exchange_type = request->header.exchange_type,
                                .message_id = request->header.message_id,
                                .response = true,
                                .list = list,
                                .chain = nothing};
    struct tester_sa *current = tester->sa;
    const struct traced *last_sent = tester->last_sent;
    bool sealed;

    tester->sa = sa;
    sealed = tester_seal(tester, &draft, &sa->answer);
    tester->sa = current;
    if (sealed) {
        sa->next_answer++;
        sa->deleted = sa->deleted || tester_asked(request) == TESTER_DELETES_SA;
        tester_send_along(tester, &sa->path, &sa->answer);
        tester->last_sent = last_sent; /* this one is not what the check is about */
    }
    return sealed;
}

/* A request that has come before gets its answer once more. */
static void repeat_answer(struct tester *tester, struct tester_sa *sa, const struct message *request)
{
    const struct traced *last_sent = tester->last_sent;

    if (request->header.message_id + 1 == sa->next_answer) {
        tester_send_along(tester, &sa->path, &sa->answer);
        tester->last_sent = last_sent;
    }
}

void tester_answer(struct tester *tester, struct tester_sa *sa, const struct message *request)
{
    struct payload_list refusal;

    if (request->header.message_id != sa->next_answer) {
        repeat_answer(tester, sa, request);
        return;
    }
    payload_list_init(&refusal);
    payload_list_notify(&refusal, IKL_NOTIFY_NO_ADDITIONAL_SAS, nothing);
    (void)tester_respond(tester, sa, request, request->header.exchange_type == IKL_INFORMATIONAL ? NULL : &refusal);
}

/* What the peer wants in the place of the Child SA. */
struct child_request {
    struct ikl_ke ke; /* of method IKL_KE_NONE when there is no KE payload */
    struct child child;
};

static bool read_child_request(const struct tester *tester, const struct message *request, struct child_request *out)
{
    struct ikl_octets sa = payload_find(request->first, request->payloads, IKL_PAYLOAD_SA);
    struct ikl_octets ke = payload_find(request->first, request->payloads, IKL_PAYLOAD_KE);
    struct ikl_octets tsi = payload_find(request->first, request->payloads, IKL_PAYLOAD_TSI);
    struct ikl_octets tsr = payload_find(request->first, request->payloads, IKL_PAYLOAD_TSR);
    const struct child *old = &tester->sa->child;

    *out = (struct child_request){.ke = {.method = IKL_KE_NONE}};
    out->child.own_spi = tester_new_offer(tester).spi;
    out->child.transport =
        old->transport && payload_find_notify(request->first, request->payloads, IKL_NOTIFY_USE_TRANSPORT_MODE, NULL);
    return sa.data != NULL && ikl_proposals_check(sa, IKL_SA_OFFER) == IKL_OK && tsi.data != NULL && tsr.data != NULL &&
           (ke.data == NULL || ikl_ke_read(&out->ke, ke) == IKL_OK) &&
           esp_proposals_choose(&out->child.choice, sa, out->ke.method) &&
           (out->child.choice.group == IKL_KE_NONE || out->child.choice.group == out->ke.method) &&
           selectors_narrow(&out->child.theirs, tsi, &old->theirs) &&
           selectors_narrow(&out->child.ours, tsr, &old->ours);
}

/* Adds our public value where there is a key exchange. What it comes to is not used. */
static bool add_key(struct tester *tester, const struct child_request *asked, struct payload_list *list)
{
    uint8_t shared[DH_MAX_LEN];
    struct dh_key *key = NULL;
    size_t len;
    int error = IKL_OK;

    if (asked->child.choice.group != IKL_KE_NONE) {
        error = dh_key_answer(&key, asked->ke.method, asked->ke.data, shared, &len);
    }
    if (key != NULL) {
        init_message_add_ke(list, &(struct ikl_ke){.method = dh_key_group(key), .data = dh_key_public(key)});
    }
    ikl_wipe(shared, sizeof(shared));
    dh_key_free(key);
    return error == IKL_OK || tester_give_up(tester, "the peer's public value is of no use");
}

bool tester_accept_child(struct tester *tester, const struct message *request, struct child *made)
{
    uint8_t nonce[HANDSHAKE_NONCE_LEN];
    struct child_request asked;
    struct payload_list list;

    if (!read_child_request(tester, request, &asked)) {
        return tester_give_up(tester,
                              "the peer's request to rekey the Child SA has nothing that the tester can accept");
    }
    *made = asked.child;
    tester_make_nonce(tester, nonce);
    payload_list_init(&list);
    child_add_acceptance(made, &list);
    init_message_add_nonce(&list, (struct ikl_octets){nonce, sizeof(nonce)});
    return add_key(tester, &asked, &list) && tester_respond(tester, tester->sa, request, &list);
}

/* Answers a Delete of the Child SA, or of the one before, with the SPI of the other direction. */
static void obey_child_delete(struct tester *tester, struct tester_sa *sa, const struct message *request)
{
    const struct child *deleted = tester_deletes(request, sa->child.choice.spi) ? &sa->child : &sa->old_child;
    struct payload_list list;

    tester_compose_esp_delete(&deleted->own_spi, 1, &list);
    if (tester_respond(tester, sa, request, deleted->own_spi != 0 ? &list : NULL)) {
        sa->has_child = sa->has_child && deleted != &sa->child;
    }
}

void tester_obey(struct tester *tester, struct tester_sa *sa, const struct message *request)
{
    enum tester_asked asked = tester_asked(request);
    struct tester_sa *made_sa;
    struct child made;

    if (request->header.message_id != sa->next_answer) {
        repeat_answer(tester, sa, request);
    } else if (asked == TESTER_DELETES_CHILD) {
        obey_child_delete(tester, sa, request);
    } else if (asked == TESTER_REKEYS_CHILD && sa == tester->sa && sa->has_child) {
        if (tester_accept_child(tester, request, &made)) {
            sa->old_child = sa->child;
            sa->child = made;
        }
    } else if (asked == TESTER_REKEYS_SA && sa == tester->sa) {
        made_sa = tester_accept_rekey(tester, request);
        if (made_sa != NULL) {
            tester_follow(tester, made_sa);
        }
    } else {
        tester_answer(tester, sa, request);
    }
}
