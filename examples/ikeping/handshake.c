/* SPDX-License-Identifier: ISC */
/* ikeping: what both sides of a handshake do. */
#include "handshake.h"

#include "providers.h"
#include "session.h"

#include <ikelive/registry.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Octets of the header (§3.1, the same in version 1). */
enum { BETWEEN_SPI_AND_VERSION = 9, BETWEEN_VERSION_AND_LENGTH = 6 };

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
    while (handshake->n_keys > 0) {
        dh_key_free(handshake->keys[--handshake->n_keys]);
    }
    handshake->key = NULL;
}

int handshake_use_key(struct handshake *handshake, uint16_t group)
{
    int error;

    for (size_t i = 0; i < handshake->n_keys; i++) {
        if (dh_key_group(handshake->keys[i]) == group) {
            handshake->key = handshake->keys[i];
            return IKL_OK;
        }
    }
    if (handshake->n_keys == PROPOSALS_MAX) {
        return IKL_ERR_NO_MEMORY;
    }
    error = dh_key_new(&handshake->keys[handshake->n_keys], group);
    if (error == IKL_OK) {
        handshake->key = handshake->keys[handshake->n_keys++];
    }
    return error;
}

void handshake_free(struct handshake *handshake)
{
    handshake_free_keys(handshake);
    forget(&handshake->request);
    forget(&handshake->response);
}

void handshake_nonces(const struct session *session, struct ikl_octets *ni, struct ikl_octets *nr)
{
    const struct handshake *handshake = &session->handshake;
    struct ikl_octets ours = {handshake->nonce, sizeof(handshake->nonce)};
    struct ikl_octets theirs = {handshake->peer_nonce, handshake->peer_nonce_len};

    *ni = session->initiator ? ours : theirs;
    *nr = session->initiator ? theirs : ours;
}

int handshake_derive(struct session *session, struct ikl_octets peer_public, uint64_t spi_i, uint64_t spi_r)
{
    const struct ikl_suite *suite = &session->proposal.suite;
    const struct ikl_prf *prf = providers_prf(suite);
    uint8_t shared[DH_MAX_LEN], skeyseed[IKL_MAX_PRF];
    struct ikl_kdf_input input = {.size = sizeof(input), .shared_secret = {shared, 0}, .spi_i = spi_i, .spi_r = spi_r};
    int error = dh_key_agree(session->handshake.key, peer_public, shared, &input.shared_secret.len);

    handshake_nonces(session, &input.ni, &input.nr);
    if (error == IKL_OK) {
        error = ikl_skeyseed(prf, &input, skeyseed);
    }
    if (error == IKL_OK) {
        error = ikl_keys_derive(&session->keys, providers_find(suite), suite, (struct ikl_octets){skeyseed, prf->len},
                                &input);
    }
    ikl_wipe(shared, sizeof(shared));
    ikl_wipe(skeyseed, sizeof(skeyseed));
    return error;
}

struct auth_claim handshake_claim(const struct session *session, bool of_initiator, struct ikl_octets identity)
{
    const struct handshake *handshake = &session->handshake;
    struct ikl_octets ni, nr;

    handshake_nonces(session, &ni, &nr);
    return (struct auth_claim){
        .message = of_initiator ? handshake->request : handshake->response,
        .nonce = of_initiator ? nr : ni,
        .identity = identity,
        .prf = providers_prf(&session->proposal.suite),
        .sk_p = of_initiator ? session->keys.sk_pi : session->keys.sk_pr,
    };
}

enum handshake_verdict handshake_judge(struct session *session, uint8_t first, struct ikl_octets payloads)
{
    const struct settings *settings = session->ikeping->settings;
    bool of_initiator = !session->initiator;
    struct ikl_octets id = payload_find(first, payloads, of_initiator ? IKL_PAYLOAD_IDI : IKL_PAYLOAD_IDR);
    struct ikl_octets auth = payload_find(first, payloads, IKL_PAYLOAD_AUTH);
    struct auth_claim claim = handshake_claim(session, of_initiator, id);
    int error;

    if (id.data == NULL) {
        return HANDSHAKE_NO_IDENTITY;
    }
    if (!identity_read(&session->remote, id)) {
        return identity_is_long(id) ? HANDSHAKE_LONG_IDENTITY : HANDSHAKE_WRONG_IDENTITY;
    }
    if (auth.data == NULL) {
        return HANDSHAKE_NO_PROOF;
    }
    error = auth_check(auth, session->ikeping->credentials, &claim);
    if (error != IKL_OK) {
        return error == IKL_ERR_UNSUPPORTED ? HANDSHAKE_OTHER_PROOF : HANDSHAKE_WRONG_PROOF;
    }
    if (settings->remote_id.type != 0 && !identity_same(&settings->remote_id, &session->remote)) {
        return HANDSHAKE_OTHER_IDENTITY;
    }
    return HANDSHAKE_PROVEN;
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

/* The initiator's session that waits for an IKE_SA_INIT response with this SPI, on this path. */
static struct session *find_waiting(const struct ikeping *ikeping, const struct ikl_path *path, uint64_t spi_i)
{
    struct session *session = ikeping->sessions;

    while (session != NULL &&
           (!session->initiator || session->phase != SESSION_CONNECTING || ikl_sa_spi_r(session->sa) != 0 ||
            ikl_sa_spi_i(session->sa) != spi_i || !ikl_path_same(ikl_sa_path(session->sa), path))) {
        session = session->next;
    }
    return session;
}

void handshake_take_other_version(struct ikeping *ikeping, const struct ikl_path *path, struct ikl_octets datagram)
{
    size_t marker = path->encapsulated ? IKL_NON_ESP_MARKER_LEN : 0;
    struct ikl_reader reader = ikl_reader(datagram.data + marker, datagram.len - marker);
    uint64_t spi_i = ikl_read_u64(&reader);
    struct session *session = find_waiting(ikeping, path, spi_i);
    char peer[IKEPING_ADDRESS_SIZE], why[HANDSHAKE_WHY_SIZE];
    unsigned version;
    bool whole;

    (void)ikl_read_octets(&reader, BETWEEN_SPI_AND_VERSION);
    version = ikl_read_u8(&reader) >> 4;
    (void)ikl_read_octets(&reader, BETWEEN_VERSION_AND_LENGTH);
    whole = ikl_read_u32(&reader) == datagram.len - marker; /* else it is noise */
    if (session != NULL) {
        (void)snprintf(why, sizeof(why), "the gateway answers in IKE version %u, we speak version 2", version);
        handshake_doubt(session, why);
    } else if (whole && ikeping->settings->responder && !ikeping->closing) {
        (void)ikl_address_text(&path->remote, peer, sizeof(peer));
        (void)snprintf(why, sizeof(why), "the peer speaks IKE version %u, we speak version 2", version);
        report_refused(ikeping->report, peer, why);
    }
}
