/* SPDX-License-Identifier: ISC */
/* The AUTH payloads of recorded sessions, made with a shared secret (RFC 7296 §2.15):
 *     prf(prf(Shared Secret, "Key Pad for IKEv2"), first message | the other's nonce | prf(SK_p, ID payload's body)) */
#include "captures.h"

#include "support/keyed.h"

#include <string.h>

enum { SHARED_KEY_METHOD = 2, METHOD_LEN = 4 };

/* The body of the first payload of this type; without `data` when there is none. */
static struct ikl_octets find_body(const struct ikl_opened *opened, uint8_t type)
{
    struct ikl_chain chain = ikl_chain(opened->first_payload, opened->plaintext);
    struct ikl_payload payload;

    while (ikl_chain_next(&chain, &payload) == IKL_OK) {
        if (payload.type == type) {
            return payload.body;
        }
    }
    return (struct ikl_octets){NULL, 0};
}

/* The last IKE_SA_INIT message that went this way: what went before was answered by a COOKIE or the like. */
static struct ikl_octets find_first_message(const struct session *session, uint64_t direction)
{
    for (size_t i = session->n_messages; i > 0; i--) {
        const struct session_message *message = &session->messages[i - 1];

        if (message->exchange_type == IKL_IKE_SA_INIT && (message->flags & IKL_FLAG_INITIATOR) == direction) {
            return message->datagram;
        }
    }
    return (struct ikl_octets){NULL, 0};
}

void capture_check_auth(struct capture *capture, size_t message, const struct ikl_opened *opened)
{
    const struct session *session = &capture->session;
    const struct session_sa *sa = session_find_sa(session, opened->header.spi_i, opened->header.spi_r);
    uint64_t direction = opened->header.flags & IKL_FLAG_INITIATOR;
    const struct ikl_keys *keys = &capture->keys[sa - session->sas];
    const struct ikl_octets pad = {(const uint8_t *)"Key Pad for IKEv2", strlen("Key Pad for IKEv2")};
    struct ikl_octets id = find_body(opened, direction != 0 ? IKL_PAYLOAD_IDI : IKL_PAYLOAD_IDR);
    struct ikl_octets auth = find_body(opened, IKL_PAYLOAD_AUTH);
    uint8_t key[IKL_MAX_PRF], id_mac[IKL_MAX_PRF], expected[IKL_MAX_PRF];
    const struct ikl_octets parts[] = {
        find_first_message(session, direction), direction != 0 ? sa->nr : sa->ni, {id_mac, capture->prf->len}};

    if (session->psk == NULL || id.data == NULL || auth.len < METHOD_LEN || auth.data[0] != SHARED_KEY_METHOD) {
        return;
    }
    capture->n_auth++;
    if (keyed_prf(capture->prf, (const uint8_t *)session->psk, strlen(session->psk), &pad, 1, key) == IKL_OK &&
        keyed_prf(capture->prf, direction != 0 ? keys->sk_pi : keys->sk_pr, capture->prf->len, &id, 1, id_mac) ==
            IKL_OK &&
        keyed_prf(capture->prf, key, capture->prf->len, parts, 3, expected) == IKL_OK &&
        auth.len == METHOD_LEN + (size_t)capture->prf->len &&
        memcmp(auth.data + METHOD_LEN, expected, capture->prf->len) == 0) {
        capture->n_auth_verified++;
    } else {
        capture_mismatch(capture, message, "its AUTH payload cannot be verified");
    }
}
