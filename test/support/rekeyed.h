/* SPDX-License-Identifier: ISC */
/* Two peers with an IKE SA and the one that is to replace it. */
#ifndef TEST_REKEYED_H
#define TEST_REKEYED_H

#include "host.h"

#define REKEYED_SUITE "chacha20poly1305-prfsha256"

enum { REKEYED_CHILDREN = 3 };

/* `a` initiated both IKE SAs; the first one has the Child SAs. */
struct rekeyed {
    struct pair pair;
    struct ikl_sa *new_a, *new_b;
};

void rekeyed_begin(struct rekeyed *rekeyed);

/* One end of another IKE SA, with this number. */
struct ikl_sa *rekeyed_new_sa(struct host *host, bool original_initiator, uint32_t n);

/* A request without payloads. */
int rekeyed_request(struct ikl_sa *sa, void *context);

/* Of the events of a host those that are about this IKE SA; its end, or null. */
size_t host_count_of_sa(const struct host *host, enum event_kind kind, const struct ikl_sa *sa);
const struct event *host_down_of_sa(const struct host *host, const struct ikl_sa *sa);

uint32_t count_children_of(const struct ikl_sa *sa);

#endif
