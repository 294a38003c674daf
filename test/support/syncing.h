/* SPDX-License-Identifier: ISC */
/* Messages that synchronise Message IDs, and hosts that have agreed on that. */
#ifndef TEST_SYNCING_H
#define TEST_SYNCING_H

#include "peer.h"

#define SYNCING_SUITE "chacha20poly1305-prfsha256"

enum { SYNCING_NONCE = 0x600d600d };

/* What the peer of a host says: the Message ID of its next request, and that of ours. */
struct syncing_says {
    uint32_t send, receive;
    uint32_t nonce; /* 0: SYNCING_NONCE */
    bool response;
    uint32_t message_id;                  /* of the message; 0, as it should be */
    uint8_t exchange_type;                /* 0: INFORMATIONAL */
    bool from_us;                         /* with our Initiator flag */
    const struct ikl_replay_sync *replay; /* null: none */
    const struct ikl_payload *also;       /* a payload that does not belong there; null: none */
};

/* Seals it into `out`, which has room for HOST_MAX_DATAGRAM octets, and returns its length; gives it to the host, the
 * original initiator or not. */
size_t syncing_seal(const struct host *host, const struct syncing_says *says, uint8_t *out);
int syncing_give(struct host *host, const struct syncing_says *says);

/* The peer, which has been taken over, says no more than this; and it answers the host, which said this nonce. */
int syncing_give_ids(struct host *host, uint32_t send, uint32_t receive);
int syncing_answer(struct host *host, uint32_t nonce, uint32_t send, uint32_t receive);

/* The host synchronises: the result of ikl_sa_sync. */
int syncing_start(struct host *host, const struct ikl_sync_options *options);

/* What a host's latest message of this exchange says, which has no other payload but one about replay counters. */
struct ikl_message_id_sync syncing_said(struct host *host);

/* The n-th datagram and the latest one of a host are the same octets. */
void syncing_assert_sent_again(struct host *host, size_t n);

/* This result was to be expected, and nothing was told or counted. */
void syncing_assert_refused(struct host *host, int result, int expected);

/* The host waits for the answer to its synchronisation. */
void syncing_assert_under_way(struct host *host);

/* A host that is the original initiator after IKE_AUTH: it has used Message IDs 0 and 1, its peer none. Both agree on
 * all there is. */
void syncing_begin(struct host *host, endpoint_change on_endpoint, sa_change on_sa);
void syncing_after_auth(struct ikl_sa_config *config);
void syncing_agree(struct ikl_sa *sa);
/* The same, where no initialisation vector can be had. */
void syncing_without_ivs(struct ikl_sa_config *config);

/* syncing_begin for a host that has taken over, and has asked already. Returns its nonce. */
uint32_t syncing_under_way(struct host *host, sa_change on_sa);

/* A liveness check of the host, with the answer of its peer; a liveness check of the peer's with this Message ID. */
void syncing_probe(struct host *host);
int syncing_peer_probes(struct host *host, uint32_t message_id);

/* A request of the host's, which waits for its answer. */
struct ikl_request *syncing_request(struct host *host);

#endif
