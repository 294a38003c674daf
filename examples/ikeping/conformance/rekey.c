/* SPDX-License-Identifier: ISC */
/* ikeping --conformance: rekeys of the IKE SA, by the tester and by the peer. */
#include "tester.h"

#include "../replacement.h"

#include <ikelive/registry.h>

bool tester_begin_rekey(struct tester *tester, struct datagram *request)
{
    struct tester_sa *old = tester->sa, *made;
    struct replacement offer = {.proposal = old->handshake.proposal};
    struct payload_list list;

    if (!tester_add_sa(tester, offer.proposal.group)) {
        return false;
    }
    made = tester->sa;
    made->path = old->path;
    made->handshake.proposal = offer.proposal;
    offer.spi_i = made->spi_i;
    replacement_offer(&offer, made->handshake.key,
                      (struct ikl_octets){made->handshake.nonce, sizeof(made->handshake.nonce)}, &list);
    tester->sa = old;
    return tester_next_request(tester, IKL_CREATE_CHILD_SA, &list, request);
}

/* What the peer has accepted. */
static bool read_acceptance(struct tester_sa *made, const struct message *response, struct ikl_ke *ke)
{
    struct ikl_octets sa = payload_find(response->first, response->payloads, IKL_PAYLOAD_SA);
    struct ikl_octets body = payload_find(response->first, response->payloads, IKL_PAYLOAD_KE);
    struct ikl_octets nonce_body = payload_find(response->first, response->payloads, IKL_PAYLOAD_NONCE), nonce;

    if (sa.data == NULL || body.data == NULL || nonce_body.data == NULL ||
        !proposals_read_rekeyed(&made->spi_r, &made->handshake.proposal, sa) || ikl_ke_read(ke, body) != IKL_OK ||
        ke->method != made->handshake.proposal.group || ikl_nonce_read(&nonce, nonce_body) != IKL_OK) {
        return false;
    }
    handshake_take_nonce(&made->handshake, nonce);
    return true;
}

/* The keys of the new IKE SA. */
static int derive(const struct tester_sa *old, struct tester_sa *made, struct ikl_octets shared)
{
    struct replacement replacement = {
        .proposal = made->handshake.proposal, .spi_i = made->spi_i, .spi_r = made->spi_r, .ours = made->initiator};
    struct ikl_kdf_input input = {.size = sizeof(input), .shared_secret = shared};
    int error;

    handshake_nonces(&made->handshake, made->initiator, &input.ni, &input.nr);
    error = replacement_derive(&replacement, &old->handshake, &input);
    made->handshake.keys = replacement.keys;
    ikl_wipe(&replacement.keys, sizeof(replacement.keys));
    return error;
}

static int agree(const struct tester_sa *old, struct tester_sa *made, const struct ikl_ke *theirs)
{
    uint8_t shared[DH_MAX_LEN];
    size_t len = 0;
    int error = dh_key_agree(made->handshake.key, theirs->data, shared, &len);

    if (error == IKL_OK) {
        error = derive(old, made, (struct ikl_octets){shared, len});
    }
    ikl_wipe(shared, sizeof(shared));
    return error;
}

void tester_follow(struct tester *tester, struct tester_sa *made)
{
    struct tester_sa *old = tester->sa;

    tester->sa = made;
    made->child_offer = old->child_offer;
    made->child = old->child;
    made->has_child = old->has_child;
    made->old_child = old->old_child;
    old->has_child = false;
}

bool tester_take_rekey(struct tester *tester, const struct message *response)
{
    struct tester_sa *old = tester->sa, *made = &tester->sas[tester->n_sas - 1];
    struct ikl_ke ke;

    if (payload_find_error(response->first, response->payloads) != 0) {
        return tester_give_up(tester, "the peer does not let the tester rekey the IKE SA");
    }
    if (!read_acceptance(made, response, &ke)) {
        return tester_give_up(tester, "the peer's response to a rekey of the IKE SA accepts what was not offered");
    }
    if (agree(old, made, &ke) != IKL_OK) {
        return tester_give_up(tester, "no keys can be derived from the peer's response to a rekey");
    }
    made->established = true;
    tester_follow(tester, made);
    return tester_use_keys(tester);
}

bool tester_rekey(struct tester *tester)
{
    struct datagram request;
    struct message response;

    return tester_begin_rekey(tester, &request) &&
           (tester_ask(tester, &request, &response) || tester_give_up(tester, "the peer does not answer a rekey")) &&
           tester_take_rekey(tester, &response);
}

/* What the peer's request is for, and what it has. */
struct rekey_request {
    struct choice choice;
    struct ikl_ke ke;
    struct ikl_octets nonce;
};

static bool read_request(const struct tester *tester, const struct message *request, struct rekey_request *out)
{
    struct ikl_octets sa = payload_find(request->first, request->payloads, IKL_PAYLOAD_SA);
    struct ikl_octets ke = payload_find(request->first, request->payloads, IKL_PAYLOAD_KE);
    struct ikl_octets nonce = payload_find(request->first, request->payloads, IKL_PAYLOAD_NONCE);

    return sa.data != NULL && ikl_proposals_check(sa, IKL_SA_OFFER) == IKL_OK && ke.data != NULL &&
           ikl_ke_read(&out->ke, ke) == IKL_OK && nonce.data != NULL && ikl_nonce_read(&out->nonce, nonce) == IKL_OK &&
           proposals_choose(&out->choice, &tester->settings->proposals, sa, out->ke.method, true) &&
           out->choice.proposal.group == out->ke.method;
}

/* Makes the IKE SA that is asked for, with keys, and the response. */
static bool accept_request(struct tester *tester, const struct rekey_request *asked, struct payload_list *list)
{
    struct tester_sa *old = tester->sa, *made = &tester->sas[tester->n_sas - 1];
    struct dh_key *key = NULL;
    uint8_t shared[DH_MAX_LEN];
    size_t len = 0;
    int error = dh_key_answer(&key, asked->ke.method, asked->ke.data, shared, &len);

    made->initiator = false;
    made->established = true;
    made->path = old->path;
    made->spi_r = made->spi_i;
    made->spi_i = asked->choice.spi;
    made->handshake.proposal = asked->choice.proposal;
    handshake_take_nonce(&made->handshake, asked->nonce);
    payload_list_init(list);
    if (error == IKL_OK) {
        const struct ikl_ke ours = {.method = dh_key_group(key), .data = dh_key_public(key)};

        payload_list_end(list,
                         proposals_write_choice(payload_list_begin(list, IKL_PAYLOAD_SA), &asked->choice, made->spi_r));
        init_message_add_key(list, &ours, (struct ikl_octets){made->handshake.nonce, sizeof(made->handshake.nonce)});
        error = derive(old, made, (struct ikl_octets){shared, len});
    }
    dh_key_free(key);
    ikl_wipe(shared, sizeof(shared));
    return error == IKL_OK || tester_give_up(tester, "no keys can be derived from the peer's rekey request");
}

struct tester_sa *tester_accept_rekey(struct tester *tester, const struct message *request)
{
    struct tester_sa *old = tester->sa, *made;
    struct rekey_request asked;
    struct payload_list list;
    bool accepted;

    if (!read_request(tester, request, &asked)) {
        (void)tester_give_up(tester, "the peer's request to rekey the IKE SA has nothing that the tester can accept");
        return NULL;
    }
    if (!tester_add_sa(tester, asked.ke.method)) {
        return NULL;
    }
    made = tester->sa;
    tester->sa = old;
    accepted = accept_request(tester, &asked, &list);
    tester->sa = made;
    accepted = accepted && tester_use_keys(tester);
    tester->sa = old;
    return accepted && tester_respond(tester, old, request, &list) ? made : NULL;
}
