/* SPDX-License-Identifier: ISC */
/* Two gateways with one shard, and peers, in virtual time. All that they send goes through one queue; what the peers
 * send goes to both gateways. */
#ifndef TEST_TOWN_H
#define TEST_TOWN_H

#include "examples/cluster/datagrams_seen.h"
#include "examples/cluster/tenure.h"
#include "stores.h"

enum { PEERS = 5, QUEUE = 1024, IDLE = 3000 };

struct town_peer {
    struct greeting greeting;
    struct greeting rekey;
    struct ikl_sa *sa; /* null: not established, or down */
    uint32_t answers;
};

/* Somebody else, who is no peer of the town's. */
struct town_guest {
    struct ikl_address address;
    void (*receive)(void *user, const uint8_t *datagram, size_t len);
    void *user;
};

struct town_datagram {
    struct ikl_address from;
    struct ikl_address to; /* port 0: the gateways, else a peer */
    size_t len;
    uint8_t octets[2048];
};

struct town {
    struct stores stores;
    struct shard shards[GATEWAYS];
    struct tenure *tenures[GATEWAYS];
    bool stopped[GATEWAYS]; /* does nothing, and hears nothing */
    uint32_t sent[GATEWAYS];
    struct ikl_endpoint *endpoint; /* of the peers */
    struct town_peer peers[PEERS];
    struct town_guest guest;
    const struct newcomers_config *newcomers; /* of the gateways; or null */
    uint32_t n_down, n_synced, n_rekeyed;
    struct town_datagram queue[QUEUE];
    size_t n_queued;
    struct datagrams_seen seen; /* all that gateways sent */
};

/* The shard is at home at A. */
void town_init(struct town *town, void *const *state);

/* Also asserts that no initialisation vector was used twice. */
void town_clear(struct town *town);

/* Lets time pass. */
void town_run(struct town *town, uint32_t ms);

/* Sends to both gateways. */
void town_send(struct town *town, const struct ikl_address *from, const uint8_t *datagram, size_t len);

/* Each peer asks for an IKE SA. */
void town_greet(struct town *town);

/* Greets, and asserts that all have an IKE SA. */
void town_begin(struct town *town);

/* Each peer asks to rekey its IKE SA. */
void town_rekey(struct town *town);

/* Runs until a gateway has the shard. */
void town_wait_for(struct town *town, int gateway);

/* One gateway crashes, and begins anew when the other has the shard. */
void town_fail_over(struct town *town, int from, int to);

/* Asserts that every peer gets answers, now and in the next minute. */
void town_assert_answers(struct town *town);

#endif
