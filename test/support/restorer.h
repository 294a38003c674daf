/* SPDX-License-Identifier: ISC */
/* A host whose IKE SA goes on in another endpoint, made of its snapshot. */
#ifndef TEST_RESTORER_H
#define TEST_RESTORER_H

#include "host.h"

#define RESTORER_SUITE "chacha20poly1305-prfsha256"

enum { RESTORER_EPOCH = 7, RESTORER_MAX = 65536 };

struct restorer {
    struct host host; /* its endpoint is the one that the IKE SA is on */
    struct ikl_endpoint *other;
    uint8_t octets[RESTORER_MAX]; /* the latest snapshot */
    size_t len;
};

/* A host with an IKE SA of RESTORER_SUITE that it has initiated, so many Child SAs, and its keys kept in
 * RESTORER_EPOCH; and with a second endpoint. */
void restorer_begin(struct restorer *restorer, uint32_t n_children, sa_change change);
/* The same with these endpoints and this suite. */
void restorer_begin_with(struct restorer *restorer, const char *suite, uint32_t n_children,
                         endpoint_change on_endpoints, sa_change on_sa);
void restorer_clear(struct restorer *restorer);

/* Takes a snapshot; makes an IKE SA of it in the second endpoint, in this epoch and with these options, or those that
 * null means. */
void restorer_take(struct restorer *restorer);
int restorer_try(struct restorer *restorer, const struct ikl_restore_options *options, struct ikl_sa **out);
struct ikl_restore_options restorer_options(struct restorer *restorer, uint64_t epoch);

/* An IKE SA that was just restored has the snapshot that it was made of, but for what the host says of it. */
void restorer_assert_same(const struct restorer *restorer, struct ikl_sa *sa);
/* The latest snapshot has the octets that it has on every machine, by their number, and with libsodium's ciphers by the
 * check of all that does not come from the host. */
void restorer_assert_known(const struct restorer *restorer, size_t len, uint32_t check);

/* All of it in the next epoch, and the IKE SA here ends without a word. Handles are then the new ones. Without
 * options the IKE SA must have the same snapshot again. */
void restorer_go_on(struct restorer *restorer);
void restorer_go_on_with(struct restorer *restorer, const struct ikl_restore_options *options);

/* The same for a host that has a second endpoint and an IKE SA of this suite. */
void host_keep_keys(struct host *host, const char *suite);

/* Puts the check right of octets that were changed. */
void restorer_repair(struct restorer *restorer);

/* Where the n-th record of this type begins, from 0, and its whole length; adds a record at the end, or none, and puts
 * length and check right. */
size_t restorer_find(const struct restorer *restorer, uint8_t type, size_t n, size_t *len);
void restorer_add(struct restorer *restorer, const uint8_t *record, size_t len);

#endif
