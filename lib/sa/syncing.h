/* SPDX-License-Identifier: ISC */
/* ikelive sa, inside: Message IDs are synchronised after another member of a cluster took over (RFC 6311). */
#ifndef IKL_SA_SYNCING_H
#define IKL_SA_SYNCING_H

#include "rare.h"

#ifdef IKL_WITHOUT_SYNC
#include "without/sync.h"
#else
/* Our request for it is under way: it is in the place of the liveness check. */
static inline bool ikl_sa_is_syncing(const struct ikl_sa *sa)
{
    return sa->probe.kind == IKL_REQUEST_SYNC;
}

/* Whether a message may belong to this exchange, or has to wait for its end. In line, because each message of an IKE SA
 * asks that may synchronise. */
static inline bool ikl_sa_may_be_sync(const struct ikl_sa *sa, const struct ikl_header *header)
{
    return ikl_sa_has_rare(sa, IKL_RARE_SYNC) && (header->message_id == 0 || ikl_sa_is_syncing(sa));
}

/* sync_state.c */

/* What was agreed on for the IKE SA, and is under way; null: nothing. */
static inline struct ikl_sync *ikl_sa_sync_of(const struct ikl_sa *sa)
{
    return ikl_sa_beside(sa, &sa->endpoint->syncs);
}

/* Whether Message IDs may be synchronised. */
static inline bool ikl_sa_may_sync(const struct ikl_sa *sa)
{
    const struct ikl_sync *sync = ikl_sa_sync_of(sa);

    return sync != NULL && (sync->agreed & IKL_SYNC_MESSAGE_IDS) != 0;
}

/* Makes room for that of so many more IKE SAs; makes it as it was elsewhere, when there is room, without what was
 * stored for it. */
int ikl_endpoint_reserve_syncs(struct ikl_endpoint *endpoint, uint32_t n);
void ikl_sa_restore_sync(struct ikl_sa *sa, const struct ikl_sync *like);
/* Forgets all of it. */
void ikl_sa_forget_sync(struct ikl_sa *sa);
/* Makes room for it in another endpoint; takes it along. */
int ikl_sa_reserve_sync(const struct ikl_sa *sa, struct ikl_endpoint *to);
void ikl_sa_carry_sync(struct ikl_sa *from, struct ikl_sa *to);
/* Notes that the host is to be told, by how much the peer wants replay counters to be incremented too. */
void ikl_sa_tell_synced(struct ikl_sa *sa, bool by_peer, const struct ikl_replay_sync *replay, ikl_time now);
/* What is told of it. */
struct ikl_synced ikl_sa_synced(const struct ikl_sa *sa);

/* sync_message.c */

/* Reads what an opened message says. IKL_ERR_NOT_FOUND when it is no message of this exchange; IKL_ERR_MALFORMED when
 * it holds more than such a message may. */
int ikl_sync_read(struct ikl_sync_content *out, const struct ikl_opened *opened);
/* Whether an opened message, which is well-formed as a chain, wants replay counters to be incremented, and nothing
 * else. */
bool ikl_sync_is_replay_alone(const struct ikl_opened *opened, struct ikl_replay_sync *out);
/* Seals our request, or an answer, with this IV into the endpoint's message buffer. */
int ikl_sa_seal_sync(struct ikl_sa *sa, const struct ikl_sync_content *content, bool response, const uint8_t *iv,
                     size_t *len);
/* Makes our request again, as it was sent before. */
int ikl_sa_make_sync_again(struct ikl_sa *sa, size_t *len);

/* sync_alone.c */

/* Answers a request that asks for replay counters alone, in its turn. IKL_ERR_NOT_FOUND when it is another one, or that
 * was not agreed on. */
int ikl_sa_take_replay_sync(struct ikl_sa *sa, const struct ikl_message *request, ikl_time now);

/* sync.c */

/* Judges all that needs no cryptography. IKL_ERR_NOT_FOUND when the message is to be taken like any other. */
int ikl_sa_judge_sync(const struct ikl_sa *sa, const struct ikl_message *message);
/* Takes it once it was opened. IKL_ERR_NOT_FOUND likewise. */
int ikl_sa_take_sync(struct ikl_sa *sa, const struct ikl_message *message, ikl_time now);
#endif

#endif
