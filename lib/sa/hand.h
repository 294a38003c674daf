/* SPDX-License-Identifier: ISC */
/* ikelive sa, inside: what a call has received for an IKE SA, in the endpoint's hand until the host is told of it. */
#ifndef IKL_SA_HAND_H
#define IKL_SA_HAND_H

#include "sa.h"

/* The peer was heard from this path. */
void ikl_hand_address(struct ikl_sa *sa, const struct ikl_path *path);
/* It answered a request of ours: returns where to write what it said. */
struct ikl_alive *ikl_hand_alive(struct ikl_sa *sa, const struct ikl_request *answered);
/* It answered the IKE_SA_INIT request. */
void ikl_hand_init_response(struct ikl_sa *sa, const struct ikl_init_response *response);
/* It sent a request, which the host answers. */
void ikl_hand_peer_request(struct ikl_sa *sa, const struct ikl_peer_request *request);
/* It sent this message of IKE_INTERMEDIATE: returns what IntAuth takes of it. */
const struct ikl_int_auth *ikl_hand_int_auth(struct ikl_sa *sa, const struct ikl_message *message);
/* The IKE SA is DYING: that it was heard is told, what it asked is not. */
void ikl_hand_drop(struct ikl_sa *sa);

static inline bool ikl_hand_is_empty(const struct ikl_endpoint *endpoint)
{
    return endpoint->hand.sa == NULL;
}

/* So many octets that were decrypted are wiped now, or once they are no longer in hand. In line: each message ends with
 * it. */
static inline void ikl_hand_wipe_after(struct ikl_endpoint *endpoint, size_t len)
{
    if (len == 0) {
        return; /* nearly always */
    }
    if (ikl_hand_is_empty(endpoint)) {
        ikl_wipe(endpoint->plaintext, len);
    } else if (len > endpoint->hand.secret_len) {
        endpoint->hand.secret_len = len;
    }
}

/* The host was told. */
static inline void ikl_hand_release(struct ikl_endpoint *endpoint)
{
    ikl_wipe(endpoint->plaintext, endpoint->hand.secret_len);
    endpoint->hand.secret_len = 0;
    endpoint->hand.sa = NULL;
}

#endif
