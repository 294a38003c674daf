/* SPDX-License-Identifier: ISC */
/* ikelive examples, cluster: peers that have a handshake with us, IKE_SA_INIT and IKE_AUTH, and are not authenticated
 * yet. The messages are ikeping's (../ikeping/arrival.h). No store knows such a peer: when its gateway ends it begins
 * anew. No NAT is looked for, so that all goes on at one port. */
#ifndef CLUSTER_NEWCOMERS_H
#define CLUSTER_NEWCOMERS_H

#include "../ikeping/arrival.h"
#include "../ikeping/cookie.h"

#include <ikelive/ikelive.h>

/* What all gateways of a cluster have alike. */
struct newcomers_config {
    struct proposal_list proposals;
    struct credentials credentials;
    struct identity id, remote_id; /* the cluster's; the peers', of type 0: any */
    uint8_t cookie_secret[COOKIE_SECRET_LEN];
};

struct newcomer {
    struct newcomer *next;
    struct ikl_sa *sa; /* CONNECTING, without a user; null: down */
    ikl_time until;    /* how long it may stay */
    struct handshake handshake;
};

struct newcomers {
    const struct newcomers_config *config; /* null: there are none */
    struct ikl_endpoint *endpoint;
    struct newcomer *first;
    unsigned n;
};

/* An IKE_SA_INIT request: makes a newcomer, if it may have an IKE SA. Writes what to answer; nothing: no answer. */
void newcomers_arrive(struct newcomers *newcomers, const struct ikl_path *path, struct ikl_octets datagram,
                      ikl_time now, struct ikl_writer *answer);

/* Whose IKE SA that is; or null. */
struct newcomer *newcomers_find(const struct newcomers *newcomers, const struct ikl_sa *sa);

/* Has it proven who it is in this IKE_AUTH request? Says so on stdout, and composes the answer. */
bool newcomers_judge(const struct newcomers *newcomers, struct newcomer *newcomer,
                     const struct ikl_peer_request *request, struct payload_list *answer);

/* Forgets it, and leaves its IKE SA as it is. */
void newcomers_remove(struct newcomers *newcomers, struct newcomer *newcomer);

/* Ends those that take too long. */
void newcomers_expire(struct newcomers *newcomers, ikl_time now);

void newcomers_clear(struct newcomers *newcomers);

#endif
