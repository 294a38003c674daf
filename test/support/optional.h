/* SPDX-License-Identifier: ISC */
/* What takes memory only in an IKE SA that uses it, such as the token of its peer: promises about that memory. */
#ifndef TEST_OPTIONAL_H
#define TEST_OPTIONAL_H

#include "host.h"

#define OPTIONAL_SUITE "chacha20poly1305-prfsha256"

struct optional {
    int (*use)(struct ikl_sa *sa); /* from now on this IKE SA uses it; or what is returned for want of memory */
    bool (*is_used)(struct host *host);
    void (*reserve_one)(struct ikl_endpoint_config *config);
};

/* Each allocation of `use` fails once; then nothing has changed. */
void optional_finds_no_memory(const struct optional *optional);

/* Each allocation of an endpoint that reserves one fails once; then there is no endpoint, and nothing is left of it. */
void optional_is_not_reserved(const struct optional *optional);

/* Each allocation of an IKE SA's move to an endpoint fails once; then the IKE SA stays where it is and as it is. */
void optional_stays(const struct optional *optional);

/* With a fixed budget as many IKE SAs can use it as were reserved. */
void optional_has_a_budget(const struct optional *optional);

/* An endpoint with a fixed budget that has room for it takes it along with an IKE SA that comes, to the last place. */
void optional_comes_within_a_budget(const struct optional *optional);

/* In each of many IKE SAs it takes at most so many octets. */
void optional_takes_at_most(const struct optional *optional, size_t octets);

#endif
