/* SPDX-License-Identifier: ISC */
/* ikelive sa: takes in hand what a call has received for an IKE SA. */
#include "hand.h"

/* The hand, emptied when it is not this IKE SA's yet. */
static struct ikl_hand *take(struct ikl_sa *sa)
{
    struct ikl_hand *hand = &sa->endpoint->hand;

    if (hand->sa != sa) {
        hand->sa = sa;
        hand->has_address = hand->has_alive = hand->has_init_response = hand->has_peer_request = false;
        hand->answered = NULL;
        hand->secret_len = 0;
    }
    ikl_sa_mark(sa, IKL_FACT_IN_HAND);
    return hand;
}

void ikl_hand_address(struct ikl_sa *sa, const struct ikl_path *path)
{
    struct ikl_hand *hand = take(sa);

    hand->has_address = true;
    hand->address = *path;
}

struct ikl_alive *ikl_hand_alive(struct ikl_sa *sa, const struct ikl_request *answered)
{
    struct ikl_hand *hand = take(sa);

    hand->has_alive = true;
    hand->answered = answered;
    return &hand->alive;
}

void ikl_hand_init_response(struct ikl_sa *sa, const struct ikl_init_response *response)
{
    struct ikl_hand *hand = take(sa);

    hand->has_init_response = true;
    hand->init_response = *response;
}

void ikl_hand_peer_request(struct ikl_sa *sa, const struct ikl_peer_request *request)
{
    struct ikl_hand *hand = take(sa);

    hand->has_peer_request = true;
    hand->path = *request->path;
    hand->peer_request = *request;
    hand->peer_request.path = &hand->path;
}

const struct ikl_int_auth *ikl_hand_int_auth(struct ikl_sa *sa, const struct ikl_message *message)
{
    const struct ikl_opened *opened = &message->opened;
    struct ikl_int_auth *int_auth = &take(sa)->int_auth;

    *int_auth = (struct ikl_int_auth){.size = sizeof(*int_auth),
                                      .header = opened->header,
                                      .first_payload = opened->first_payload,
                                      .reserved = opened->reserved,
                                      .plaintext = opened->plaintext};
    if (message->datagram.len != 0) {
        const uint8_t *payloads = message->datagram.data + IKL_HEADER_LEN;
        const uint8_t *sk = opened->iv.data - IKL_PAYLOAD_HEADER_LEN;

        int_auth->unprotected = (struct ikl_octets){payloads, (size_t)(sk - payloads)};
    }
    return int_auth;
}

void ikl_hand_drop(struct ikl_sa *sa)
{
    struct ikl_hand *hand = &sa->endpoint->hand;

    if (hand->sa == sa) {
        hand->has_address = hand->has_init_response = hand->has_peer_request = false;
    }
}
