/* SPDX-License-Identifier: ISC */
/* ikelive sa, inside: a snapshot that was read and checked, and what an IKE SA made of it will take. */
#ifndef IKL_SA_SNAPSHOT_PLAN_H
#define IKL_SA_SNAPSHOT_PLAN_H

#include "snapshot_layout.h"

#include <ikelive/snapshot.h>

struct ikl_plan {
    struct ikl_endpoint *endpoint;
    const struct ikl_cipher *cipher; /* of the suite, there */
    struct ikl_laid_sa laid;
    struct ikl_tape records; /* those after the keys */
    uint8_t digest[IKL_TOKEN_LEN];
    uint32_t n_children, n_monitored;
    uint32_t n_requests; /* but the probe */
    uint32_t n_bodies;
    size_t octets; /* of all of these */
    struct ikl_sync sync;
    bool has_token, has_sync;
};

/* Reads all of it, and checks what does not depend on the host's options. Errors as ikl_sa_restore says. */
int ikl_plan_read(struct ikl_plan *plan, struct ikl_endpoint *endpoint, struct ikl_octets octets, uint64_t age,
                  ikl_time now);

/* snapshot_children.c */

/* Whether the Child SAs that were read may all be of one IKE SA: IKL_ERR_MALFORMED, or IKL_ERR_NO_MEMORY. */
int ikl_plan_check_children(const struct ikl_plan *plan);

/* snapshot_plan.c */

/* A record of a request: it, then the Child SAs that it deletes, `n_claims` of them in `claims`, and its body. Likewise
 * of a response. False when it is too short, or a length in it is too large. */
struct ikl_read_request {
    struct ikl_laid_request laid;
    struct ikl_tape claims;
    uint32_t n_claims;
    struct ikl_octets body;
};

bool ikl_plan_read_request(struct ikl_tape *record, struct ikl_read_request *out);
bool ikl_plan_read_response(struct ikl_tape *record, struct ikl_laid_response *laid, struct ikl_octets *body);

#endif
