/* SPDX-License-Identifier: ISC */
/* ikeping: what both sides of a handshake do. */
#include "handshake.h"

#include "providers.h"

#include <ikelive/registry.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void forget(struct ikl_octets *kept)
{
    free((void *)(uintptr_t)kept->data); /* ours, although views are const */
    *kept = (struct ikl_octets){NULL, 0};
}

bool handshake_keep(struct ikl_octets *kept, struct ikl_octets message)
{
    uint8_t *copy = malloc(message.len);

    if (copy == NULL) {
        return false;
    }
    memcpy(copy, message.data, message.len);
    forget(kept);
    *kept = (struct ikl_octets){copy, message.len};
    return true;
}

void handshake_free_keys(struct handshake *handshake)
{
    while (handshake->n_pairs > 0) {
        dh_key_free(handshake->pairs[--handshake->n_pairs]);
    }
    handshake->key = NULL;
}

int handshake_use_key(struct handshake *handshake, uint16_t group)
{
    int error;

    for (size_t i = 0; i < handshake->n_pairs; i++) {
        if (dh_key_group(handshake->pairs[i]) == group) {
            handshake->key = handshake->pairs[i];
            return IKL_OK;
        }
    }
    if (handshake->n_pairs == PROPOSALS_MAX) {
        return IKL_ERR_NO_MEMORY;
    }
    error = dh_key_new(&handshake->pairs[handshake->n_pairs], group);
    if (error == IKL_OK) {
        handshake->key = handshake->pairs[handshake->n_pairs++];
    }
    return error;
}

void handshake_free(struct handshake *handshake)
{
    handshake_free_keys(handshake);
    additional_free(&handshake->additional);
    forget(&handshake->request);
    forget(&handshake->response);
    eap_clear(&handshake->eap);
    handshake->eap_stage = HANDSHAKE_EAP_NOT_BEGUN;
}

void handshake_take_nonce(struct handshake *handshake, struct ikl_octets nonce)
{
    handshake->peer_nonce_len = nonce.len;
    memcpy(handshake->peer_nonce, nonce.data, nonce.len);
}

void handshake_nonces(const struct handshake *handshake, bool initiator, struct ikl_octets *ni, struct ikl_octets *nr)
{
    struct ikl_octets ours = {handshake->nonce, sizeof(handshake->nonce)};
    struct ikl_octets theirs = {handshake->peer_nonce, handshake->peer_nonce_len};

    *ni = initiator ? ours : theirs;
    *nr = initiator ? theirs : ours;
}

int handshake_derive(struct handshake *handshake, bool initiator, struct ikl_octets peer_public, uint64_t spi_i,
                     uint64_t spi_r)
{
    const struct ikl_suite *suite = &handshake->proposal.suite;
    const struct ikl_prf *prf = providers_prf(suite);
    uint8_t shared[DH_MAX_LEN], skeyseed[IKL_MAX_PRF];
    struct ikl_kdf_input input = {.size = sizeof(input), .shared_secret = {shared, 0}, .spi_i = spi_i, .spi_r = spi_r};
    int error = dh_key_agree(handshake->key, peer_public, shared, &input.shared_secret.len);

    handshake_nonces(handshake, initiator, &input.ni, &input.nr);
    if (error == IKL_OK) {
        error = ikl_skeyseed(prf, &input, skeyseed);
    }
    if (error == IKL_OK) {
        error = ikl_keys_derive(&handshake->keys, providers_find(suite), suite, (struct ikl_octets){skeyseed, prf->len},
                                &input);
    }
    ikl_wipe(shared, sizeof(shared));
    ikl_wipe(skeyseed, sizeof(skeyseed));
    return error;
}

/* What the AUTH payload of one side vouches for. */
static struct auth_claim claim_of(const struct handshake *handshake, bool initiator, bool of_initiator,
                                  struct ikl_octets identity)
{
    struct ikl_octets ni, nr;

    handshake_nonces(handshake, initiator, &ni, &nr);
    return (struct auth_claim){
        .message = of_initiator ? handshake->request : handshake->response,
        .nonce = of_initiator ? nr : ni,
        .identity = identity,
        .prf = providers_prf(&handshake->proposal.suite),
        .sk_p = of_initiator ? handshake->keys.sk_pi : handshake->keys.sk_pr,
        .int_auth = additional_int_auth(handshake),
        .hashes = handshake->hashes,
    };
}

void handshake_prove(const struct handshake *handshake, bool initiator, const struct credentials *credentials,
                     struct ikl_octets identity, struct payload_list *list)
{
    struct auth_claim claim = claim_of(handshake, initiator, initiator, identity);
    struct ikl_writer *writer;

    if (credentials->own == CREDENTIALS_CERTIFICATE) {
        certificates_add_chain(credentials->certificates, list);
    }
    writer = payload_list_begin(list, IKL_PAYLOAD_AUTH);
    payload_list_end(list, auth_write(writer, credentials, &claim));
}

/* What becomes of the peer's AUTH payload, and of its certificate if it has to have one. */
static struct handshake_judgement judge_proof(const struct credentials *credentials, uint8_t first,
                                              struct ikl_octets payloads, const struct identity *remote,
                                              struct auth_claim *claim)
{
    struct ikl_octets auth = payload_find(first, payloads, IKL_PAYLOAD_AUTH);
    struct handshake_judgement judgement = {.verdict = HANDSHAKE_PROVEN};
    int error;

    if (auth.data == NULL) {
        return (struct handshake_judgement){.verdict = HANDSHAKE_NO_PROOF};
    }
    if (!auth_is_alike(auth, credentials)) {
        return (struct handshake_judgement){.verdict = HANDSHAKE_OTHER_PROOF};
    }
    if (credentials->peers == CREDENTIALS_CERTIFICATE) {
        judgement.why = certificates_judge(credentials->certificates, first, payloads, remote, &claim->key);
    }
    if (judgement.why != NULL) {
        judgement.verdict = HANDSHAKE_WRONG_CERTIFICATE;
        return judgement;
    }
    error = auth_check(auth, credentials, claim);
    certificates_free_key(claim->key);
    if (error != IKL_OK) {
        judgement.verdict = error == IKL_ERR_UNSUPPORTED ? HANDSHAKE_OTHER_PROOF : HANDSHAKE_WRONG_PROOF;
    }
    return judgement;
}

struct handshake_judgement handshake_judge(const struct handshake *handshake, bool initiator,
                                           const struct handshake_terms *terms, uint8_t first,
                                           struct ikl_octets payloads, struct identity *remote)
{
    struct ikl_octets id = payload_find(first, payloads, initiator ? IKL_PAYLOAD_IDR : IKL_PAYLOAD_IDI);
    struct auth_claim claim = claim_of(handshake, initiator, !initiator, id);
    struct handshake_judgement judgement = {.verdict = HANDSHAKE_NO_IDENTITY};

    if (id.data == NULL) {
        return judgement;
    }
    if (!identity_read(remote, id)) {
        judgement.verdict = identity_is_long(id) ? HANDSHAKE_LONG_IDENTITY : HANDSHAKE_WRONG_IDENTITY;
        return judgement;
    }
    judgement = judge_proof(terms->credentials, first, payloads, remote, &claim);
    if (judgement.verdict == HANDSHAKE_PROVEN && terms->remote_id->type != 0 &&
        !identity_same(terms->remote_id, remote)) {
        judgement.verdict = HANDSHAKE_OTHER_IDENTITY;
        judgement.other = remote;
    }
    return judgement;
}

struct handshake_judgement handshake_judge_key(const struct handshake *handshake, const struct credentials *credentials,
                                               const struct identity *remote, uint8_t first, struct ikl_octets payloads)
{
    uint8_t body[IDENTITY_MAX + 8];
    struct ikl_writer writer = ikl_writer(body, sizeof(body));
    struct auth_claim claim;

    if (identity_write(&writer, remote) != IKL_OK) {
        return (struct handshake_judgement){.verdict = HANDSHAKE_WRONG_IDENTITY};
    }
    claim = claim_of(handshake, true, false, (struct ikl_octets){body, writer.len});
    return judge_proof(credentials, first, payloads, remote, &claim);
}

void handshake_explain(uint16_t notify, char *text, size_t size)
{
    const char *name = ikl_notify_name(notify);
    const char *meaning = "";

    switch (notify) {
    case IKL_NOTIFY_NO_PROPOSAL_CHOSEN:
        meaning = ": it accepts none of our proposals";
        break;
    case IKL_NOTIFY_AUTHENTICATION_FAILED:
        meaning = ": it does not accept our identity, or our key is not the one it expects";
        break;
    case IKL_NOTIFY_INVALID_KE_PAYLOAD:
        meaning = ": it wants a key exchange method that was not offered";
        break;
    case IKL_NOTIFY_INVALID_SYNTAX:
        meaning = ": it does not understand our message";
        break;
    case IKL_NOTIFY_UNEXPECTED_NAT_DETECTED:
        meaning = ": there is a NAT on the way, and one side cannot go through it";
        break;
    case IKL_NOTIFY_UNACCEPTABLE_ADDRESSES:
        meaning = ": it does not want us there";
        break;
    case IKL_NOTIFY_INVALID_MAJOR_VERSION:
        meaning = ": it does not speak IKEv2";
        break;
    default:
        break;
    }
    if (name != NULL) {
        (void)snprintf(text, size, "the gateway says %s%s", name, meaning);
    } else {
        (void)snprintf(text, size, "the gateway says error %u", (unsigned)notify);
    }
}
