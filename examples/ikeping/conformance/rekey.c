/* SPDX-License-Identifier: ISC */
/* ikeping --conformance: the tester rekeys the IKE SA. */
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
static int derive(const struct tester_sa *old, struct tester_sa *made, const struct ikl_ke *theirs)
{
    struct replacement replacement = {
        .proposal = made->handshake.proposal, .spi_i = made->spi_i, .spi_r = made->spi_r, .ours = true};
    uint8_t shared[DH_MAX_LEN];
    struct ikl_kdf_input input = {.size = sizeof(input), .shared_secret = {shared, 0}};
    int error = dh_key_agree(made->handshake.key, theirs->data, shared, &input.shared_secret.len);

    handshake_nonces(&made->handshake, true, &input.ni, &input.nr);
    if (error == IKL_OK) {
        error = replacement_derive(&replacement, &old->handshake, &input);
    }
    made->handshake.keys = replacement.keys;
    ikl_wipe(shared, sizeof(shared));
    ikl_wipe(&replacement.keys, sizeof(replacement.keys));
    return error;
}

/* The Child SA goes over to the new one. */
static void hand_over_child(struct tester_sa *old, struct tester_sa *made)
{
    made->child_offer = old->child_offer;
    made->child = old->child;
    made->has_child = old->has_child;
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
    if (derive(old, made, &ke) != IKL_OK) {
        return tester_give_up(tester, "no keys can be derived from the peer's response to a rekey");
    }
    tester->sa = made;
    made->established = true;
    hand_over_child(old, made);
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
