/* SPDX-License-Identifier: ISC */
/* A host that has answered its peer's Delete of the IKE SA, and the Delete, which comes again. */
#ifndef TEST_GRAVE_H
#define TEST_GRAVE_H

#include "peer.h"

#define GRAVE_SUITE "chacha20poly1305-prfsha256"

struct grave {
    struct host host;
    struct ikl_path path;
    uint8_t request[HOST_MAX_DATAGRAM];
    size_t len;
    struct event answer;
};

/* The Delete of IKE SA number `n`. */
struct peer_message grave_delete_of(uint32_t n);

/* The Delete comes, sealed as `message`, to a host that has an IKE SA. What has happened so far is forgotten. */
void grave_end_by(struct grave *grave, const struct peer_message *message);

/* A host with an IKE SA that its peer has deleted; its end. */
void grave_dig(struct grave *grave, endpoint_change on_endpoint, sa_change on_sa);
void grave_fill_in(struct grave *grave);

/* The Delete comes once more. */
int grave_repeat(struct grave *grave);
int grave_repeat_along(struct grave *grave, const struct ikl_path *path);

/* The answer has gone out `n` times since, and nothing else has happened. */
void grave_assert_answered(struct grave *grave, size_t n);

/* The Delete is as any message for an IKE SA that is not there. */
void grave_assert_forgotten(struct grave *grave);

#endif
