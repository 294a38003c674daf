/* SPDX-License-Identifier: ISC */
/* ikelive examples, cluster: the time in which a gateway has a shard: an endpoint with the IKE SAs of the shard.
 *
 * It begins with what is in the store: each IKE SA is restored in the new epoch, and its Message IDs are synchronised
 * with the peer's. From then on an IKE SA is written to the store when something has changed that the next gateway
 * could not do without: it was made or removed, its peer has moved, or it has used so many Message IDs that the next
 * synchronisation would begin too low. Not with each message. What was sent for such an IKE SA stays here until the
 * store has it: a peer never hears of anything that a crash could undo. */
#ifndef CLUSTER_TENURE_H
#define CLUSTER_TENURE_H

#include "greeting.h"
#include "newcomers.h"
#include "seal.h"
#include "shard.h"

struct tenure_config {
    struct shard *shard; /* ours */
    const uint8_t *seal_key;
    const uint8_t *secret;
    const struct newcomers_config *newcomers; /* null: peers have greetings alone */
    uint32_t idle;                            /* ms before a liveness check */
    uint32_t sync_rate;                       /* synchronisations a second, after a takeover */
    ikl_time (*clock)(void);
    /* Sends a datagram; 0, or an IKL_ERR_. */
    int (*send)(void *user, const struct ikl_address *to, const uint8_t *datagram, size_t len);
    void *user;
};

struct tenure;

/* Null, with a reason on stderr, when that fails, as when the store cannot be read. */
struct tenure *tenure_new(const struct tenure_config *config);

/* Drops everything without a word to the peers. */
void tenure_free(struct tenure *tenure);

/* Takes a datagram for an IKE SA of the shard; a peer's greeting, or its IKE_SA_INIT request. */
void tenure_receive(struct tenure *tenure, const struct ikl_address *from, const uint8_t *datagram, size_t len);
void tenure_greet(struct tenure *tenure, const struct ikl_address *from, const uint8_t *datagram, size_t len);

/* Does what is due, and writes what has changed. To be called after datagrams were given, and by tenure_due. */
void tenure_turn(struct tenure *tenure);
ikl_time tenure_due(const struct tenure *tenure);

/* How many IKE SAs there are, and how many of those that were restored have not been synchronised. */
struct tenure_counts {
    uint32_t sas, restored, refused, unsynchronised;
};
struct tenure_counts tenure_counts(const struct tenure *tenure);

#endif
