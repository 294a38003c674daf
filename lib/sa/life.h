/* SPDX-License-Identifier: ISC */
/* ikelive sa, inside: the life of an IKE SA, from the hand-over to the end. */
#ifndef IKL_SA_LIFE_H
#define IKL_SA_LIFE_H

#include "requests.h"
#include "state.h"

struct ikl_message;

/* handover.c */

/* Whether these octets are one message of ours with this Message ID: a datagram, or fragments one after the other. */
bool ikl_sa_is_own_message(const struct ikl_sa *sa, struct ikl_octets message, bool response, uint32_t message_id);
/* Makes room for one more IKE SA, without what it will hold. */
int ikl_sa_reserve_place(struct ikl_endpoint *endpoint);
/* From now on it is found by its SPI, and counts. */
void ikl_sa_enroll(struct ikl_sa *sa);
/* Makes `there` a copy of `sa` in `endpoint`; the second in its slab, where it counts for nothing yet. */
void ikl_sa_liken(struct ikl_sa *there, const struct ikl_sa *sa, struct ikl_endpoint *endpoint);
struct ikl_sa *ikl_sa_place(const struct ikl_sa *sa, struct ikl_endpoint *endpoint);

/* initiate.c */

/* Whether an IKE SA that is to be CONNECTING may have no keys yet. */
static inline bool ikl_may_begin(bool connecting)
{
#ifdef IKL_WITHOUT_INITIATION
    (void)connecting;
    return false;
#else
    return connecting;
#endif
}

/* Takes a message that may be the response to the IKE_SA_INIT request; its header was read. */
int ikl_sa_offer_init_response(struct ikl_sa *sa, const struct ikl_message *message);

/* incoming.c */

/* Takes a message that has the IKE SA's SPIs; its header was read. */
int ikl_sa_receive(struct ikl_sa *sa, struct ikl_message *message, ikl_time now);

/* probe.c */

int ikl_sa_start_probe(struct ikl_sa *sa, ikl_time due, ikl_time now);
/* Sends our Delete of the IKE SA; no liveness check is outstanding. After an error it is not sent. */
int ikl_sa_start_delete(struct ikl_sa *sa, ikl_time now);
/* Makes its datagram again in the endpoint's message buffer, as it was sent before. */
int ikl_sa_make_delete_again(struct ikl_sa *sa, size_t *len);
/* The peer was silent for too long: a liveness check goes out, when it has its turn. */
void ikl_sa_check(struct ikl_sa *sa, ikl_time now);
/* Looks at the idle time, and checks when it is over. */
void ikl_sa_look(struct ikl_sa *sa, ikl_time now);

/* hint.c */

/* Whether this is an unprotected INVALID_SPI, from a node that knows no IKE SA (RFC 7296 §1.5). */
bool ikl_is_invalid_spi(const struct ikl_header *header, const uint8_t *datagram, size_t len);
/* Takes a message whose first payload is a notification, if nothing in it is protected. IKL_OK when it proves that the
 * peer has lost its state, which has ended the IKE SA; IKL_ERR_UNPROTECTED when it is no more than a hint;
 * IKL_ERR_NOT_FOUND when it is neither, and not taken. */
int ikl_sa_take_unprotected(struct ikl_sa *sa, const struct ikl_message *message, ikl_time now);

/* settings.c */

bool ikl_is_liveness_policy(enum ikl_liveness_policy policy);
bool ikl_are_labels(const struct ikl_sa_labels *labels);
/* The idle interval of an IKE SA for which the host wants this one; 0: the endpoint's. */
uint32_t ikl_sa_idle_interval(const struct ikl_endpoint *endpoint, uint32_t idle);

/* timer.c */

/* Starts the timer for what is due next. */
void ikl_sa_rearm(struct ikl_sa *sa, ikl_time now);
/* Does what is due, and starts it again. */
void ikl_sa_tick(struct ikl_sa *sa, ikl_time now);
/* Has outstanding requests sent again by a tick, at `turn` at the latest. */
void ikl_sa_resend_by(struct ikl_sa *sa, ikl_time turn, ikl_time now);

/* bury.c */

/* The hash by which a request is known again when its IKE SA is gone; 0: it will not be known. */
uint64_t ikl_sa_hash_request(const struct ikl_sa *sa, const struct ikl_message *request);
/* The request is the peer's Delete of the IKE SA, which ends before the outermost call does. */
void ikl_sa_note_delete(struct ikl_sa *sa, const struct ikl_message *request);
/* The IKE SA ends: if the peer has deleted it, a tombstone gets the answer. */
void ikl_sa_bury(struct ikl_sa *sa, enum ikl_down_reason reason, ikl_time now);

/* teardown.c */

/* Ends the IKE SA, which becomes DYING: everything but its handle ends, and will be told. `given_up`: the request that
   ran out of tries, or null. */
void ikl_sa_end(struct ikl_sa *sa, enum ikl_down_reason reason, struct ikl_request *given_up, ikl_time now);
/* What to tell about the end, without the events. */
struct ikl_down ikl_sa_verdict(struct ikl_sa *sa);
/* Makes the IKE SA DEAD, when everything else is told. */
void ikl_sa_finish(struct ikl_sa *sa, ikl_time now);
/* The host frees the handle: closes the IKE SA, and releases it when the outermost call is over. */
void ikl_sa_abandon(struct ikl_sa *sa, ikl_time now);
/* Gives the memory of a DEAD IKE SA back. */
void ikl_sa_release(struct ikl_sa *sa);

/* token.c */

/* Makes room in another endpoint for the peer's token; takes that along. */
int ikl_sa_reserve_token(const struct ikl_sa *sa, struct ikl_endpoint *to);
void ikl_sa_carry_token(struct ikl_sa *from, struct ikl_sa *to);

/* query.c */

uint32_t ikl_sa_count_children(const struct ikl_sa *sa);
/* When the next liveness check is due; IKL_NEVER while none can be. */
ikl_time ikl_sa_next_probe(const struct ikl_sa *sa, ikl_time evidence);

/* state.c */

/* Whether the table allows this in the present state. */
bool ikl_sa_may(const struct ikl_sa *sa, enum ikl_sa_input input);
/* Enters the state that the table says; stays when that is an error. */
void ikl_sa_enter(struct ikl_sa *sa, enum ikl_sa_input input, ikl_time now);
/* Is in this state again, which it was in elsewhere: the host is not told. */
void ikl_sa_resume_state(struct ikl_sa *sa, enum ikl_sa_state state);

#endif
