/* SPDX-License-Identifier: ISC */
/* ikelive sync: synchronisation of Message IDs and replay counters (RFC 6311). When a member of a cluster takes an IKE
 * SA over, it knows its Message IDs only as they were a while ago. With this exchange it and the peer agree on new
 * ones, so that neither takes the other's requests for old ones or gives the IKE SA up.
 *
 * It has to be agreed on: both sides send IKEV2_MESSAGE_ID_SYNC_SUPPORTED in IKE_AUTH, the responder only in answer to
 * the initiator's (§5); likewise IPSEC_REPLAY_COUNTER_SYNC_SUPPORTED. The host does that, see ikl_sync_offered, and
 * says with ikl_sa_agree_sync what came of it. Members of a cluster share it. An IKE SA that a rekey made has no
 * IKE_AUTH of its own: the host says it again, if it is to go on. What was not agreed on does not happen: a message
 * that asks for it is then a request like any other.
 *
 * Whoever takes over hands the IKE SA to ikl_sa_new with the Message IDs that it knows, and calls ikl_sa_sync at once.
 * A request with Message ID 0 goes out; it says with which Message IDs this side goes on. It is retransmitted by the
 * schedule of the IKE SA, and if it runs out of tries, the IKE SA goes down as after any other request. Until it is
 * answered
 *   - requests of ours wait, even liveness checks;
 *   - the peer's requests are not taken (IKL_ERR_PENDING), for they might be old ones (§8.1); the peer sends them
 *     again. Only its own synchronisation is answered, if both sides were taken over at the same time.
 *
 * The other side is the peer of that. It needs no call: the library answers.
 *   - A synchronisation is taken only if the Message ID that the other will send next is higher than all that it used,
 *     and than that of any earlier one (§5.1); while ours is under way it need only be higher than that of any earlier
 *     one (appendix A.4).
 *   - The same synchronisation once more gets the same answer, octet for octet, and changes nothing: a burst of ten,
 *     then one each 100 ms.
 *   - Any other changes nothing and is counted: IKL_ERR_STALE when it is too low; IKL_ERR_MALFORMED when it holds
 *     anything else, or a number that is no Message ID; IKL_ERR_UNSOLICITED when an answer has another nonce, or comes
 *     for nothing; IKL_ERR_MALFORMED when an answer is below what was asked.
 *
 * Numbers only grow: our next request gets the highest Message ID of what we would have used and what the other
 * expects, and of the other's requests we expect the highest of what we expected and what it will use. When they are
 * agreed, at either side,
 *   - requests of the host that were sent and not answered end as IKL_OUTCOME_SKIPPED: the other may have done what
 *     they ask, or not (§9). It is for the host to ask again;
 *   - our Deletes of Child SAs and of the IKE SA that were not answered are sent again, as new requests; a liveness
 *     check just ends. Queued requests go out;
 *   - requests of the peer's that were not answered are forgotten, for it does not wait for them any more:
 *     ikl_sa_respond says IKL_ERR_NOT_FOUND. Remembered responses are forgotten too;
 *   - `synced` is told. A synchronisation is a sign of life, an answered one clears SUSPECT.
 * At the side that takes over the first two happen as soon as ikl_sa_sync is called, the queued ones excepted.
 *
 * Where only replay counters are agreed on, or a peer wants no more than that, it sends IPSEC_REPLAY_COUNTER_SYNC alone
 * in an ordinary INFORMATIONAL (§5): the library answers that with no payload, and `synced` is told. A host that takes
 * over makes such a request with ikl_replay_sync_write and ikl_sa_request.
 *
 * ESP and AH are the host's: by how much it should increment replay counters is told with `synced`, and it increments
 * those of its own when it takes over (§5.2).
 *
 * An IKE SA for which nothing is agreed on takes no octet for it, others take 160 at most. It goes along when the IKE
 * SA moves to another endpoint.
 *
 * A library that was built with IKELIVE_SYNC=OFF agrees on nothing: ikl_sync_offered finds nothing, and
 * ikl_sa_agree_sync and ikl_sa_sync say IKL_ERR_UNSUPPORTED; an IKE SA that is restored from a snapshot has lost what
 * was agreed on. ikl_sync_options_error is missing, and so are the functions of <ikelive/message.h> for the two
 * notifications. */
#ifndef IKELIVE_SYNC_H
#define IKELIVE_SYNC_H

#include <ikelive/message.h>
#include <ikelive/sa.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What can be agreed on; any of these together. */
#define IKL_SYNC_MESSAGE_IDS 1u
#define IKL_SYNC_REPLAY_COUNTERS 2u

/* Which of these the sender of an IKE_AUTH message supports, by the notifications among its payloads. */
IKL_API unsigned ikl_sync_offered(uint8_t first_payload, struct ikl_octets payloads);

/* Both sides support this; it adds to what was agreed on before. May allocate. Errors: IKL_ERR_INVALID when `what` is
 * nothing or anything else; IKL_ERR_STATE while the IKE SA has no keys, and when it is DYING or DEAD;
 * IKL_ERR_NO_MEMORY: see config.reserve_syncs. */
IKL_MUST_USE IKL_API int ikl_sa_agree_sync(struct ikl_sa *sa, unsigned what, ikl_time now);

/* How Message IDs are synchronised. Null, or zero in a field, means the default. */
struct ikl_sync_options {
    size_t size; /* sizeof(struct ikl_sync_options) */
    /* How many requests the other member may have sent that we know nothing of: if it was more, the peer takes the
     * synchronisation for an old one and drops it (§5.1). As many Message IDs are skipped, and one more, since a
     * synchronisation must differ from that of a member before, but at least as many as the peer's window is wide. */
    uint32_t unknown_requests;
    /* Also ask the peer to increment the replay counters of all that it sends on Child SAs of the IKE SA by this
     * (§5.2); with a `delta` of 0 it is not asked. */
    struct ikl_replay_sync replay;
};

/* The first field that makes ikl_sa_sync say IKL_ERR_INVALID: "size" or "replay.delta", of a delta above 2^32 - 1 that
 * is not `extended`; null when none does, as for options that are null. */
IKL_API const char *ikl_sync_options_error(const struct ikl_sync_options *options);

/* This side has taken the IKE SA over: synchronises its Message IDs with the peer, as said above. Errors, and nothing
 * has changed except that an initialisation vector may be used up: IKL_ERR_INVALID; IKL_ERR_STATE unless it is
 * ESTABLISHED; IKL_ERR_UNSUPPORTED when it was not agreed on, or the replay counters were not; IKL_ERR_BUSY while one
 * is under way, and while an `attempt` of a liveness check is yet to be told; IKL_ERR_EXHAUSTED when too few Message
 * IDs are left; IKL_ERR_CRYPTO, IKL_ERR_NO_BUFFER. */
IKL_MUST_USE IKL_API int ikl_sa_sync(struct ikl_sa *sa, const struct ikl_sync_options *options, ikl_time now);

/* Message IDs were synchronised. */
struct ikl_synced {
    bool by_peer; /* the peer took over; false: we did, and it has answered */
    ikl_time at;
    uint32_t next_request;  /* the Message ID of our next request */
    uint32_t next_expected; /* the Message ID of the peer's next request */
    /* By how much to increment the replay counters of what we send on each Child SA; a delta of 0: not at all. Only
     * when the peer took over, and replay counters were agreed on. The sum, at most UINT64_MAX, of several that were
     * not told yet. */
    struct ikl_replay_sync replay;
};

#ifdef __cplusplus
}
#endif
#endif
