/* SPDX-License-Identifier: ISC */
/* Twins: the same story run twice. What must have no effect happens in one run only, and no difference may show, then
 * or later. */
#ifndef TEST_TWIN_H
#define TEST_TWIN_H

#include "host.h"

/* All that can be asked about a host's IKE SA and endpoint at one moment. */
struct snapshot {
    struct ikl_sa_info info;
    struct ikl_endpoint_counters counters;
    ikl_time next_deadline;
    uint32_t n_sas;
    ikl_time heard[HOST_MAX_CHILDREN]; /* of the first Child SAs */
};

struct snapshot snapshot_of(const struct host *host);

/* The IKE SA, its Child SAs and the deadline are the same; what was counted meanwhile may differ in dropped datagrams.
 */
void assert_same_state(const struct snapshot *a, const struct snapshot *b);

/* The counters are the same. */
void assert_same_counters(const struct ikl_endpoint_counters *a, const struct ikl_endpoint_counters *b);

/* Both hosts called back the same things in the same order at the same times with the same octets; `unmatched` is left
 * out, because it reports what had no effect. */
void assert_same_events(const struct host *a, const struct host *b);

#endif
