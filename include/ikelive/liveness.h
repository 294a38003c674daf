/* ikelive liveness: the policy of dead-peer detection (RFC 7296 §2.4): facts in, decisions out. Knows no packets.
 * SPDX-License-Identifier: ISC
 *
 * The policy:
 *   - Only a fresh authenticated message, or authenticated ESP of a Child SA, is evidence of life.
 *   - IKL_LIVENESS_PERIODIC: after `idle` ms without evidence a probe is due.
 *   - IKL_LIVENESS_ON_DEMAND: the same, but only when we sent something since the last evidence. Whether we did is
 * looked at once every `idle` ms.
 *   - Any outstanding request is itself a liveness check: while there is one, no probe is due.
 *   - Evidence that arrives meanwhile is recorded; it does not end the outstanding request, but may have it sent again
 *     and its schedule run once more: see ikl_exchange_heard and ikl_exchange_tick_evidence in <ikelive/exchange.h>.
 *   - Giving up on any sent request is the verdict: the peer is dead.
 * Evidence costs one store: nothing is re-armed when it arrives; a timer looks when it expires and, if the peer was
 * heard since, sleeps until the new due time. */
#ifndef IKELIVE_LIVENESS_H
#define IKELIVE_LIVENESS_H

#include <ikelive/watch.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A plain value for the caller to embed; fields are for reading only; does not grow within a SOVERSION. */
struct ikl_liveness {
    ikl_time heard;       /* the latest evidence; at first the time of ikl_liveness_init */
    uint32_t idle;        /* ms */
    uint16_t outstanding; /* requests of ours that were sent and have not ended */
    uint8_t policy;       /* enum ikl_liveness_policy */
};

enum ikl_liveness_decision {
    IKL_LIVENESS_WAIT,  /* look again at ikl_liveness_due */
    IKL_LIVENESS_PROBE, /* send a liveness check now */
    IKL_LIVENESS_DEAD   /* tear the IKE SA down */
};

/* Starts at `now`, which counts as the latest evidence (the IKE SA was just established). `idle` in ms; 0 means
 * IKL_LIVENESS_DEFAULT_IDLE. */
IKL_API void ikl_liveness_init(struct ikl_liveness *liveness, enum ikl_liveness_policy policy, uint32_t idle,
                               ikl_time now);

/* Fact: evidence of life at `at`. Older evidence than what is known is ignored. A time that is still to come would hide
 * a dead peer until then: where it may be wrong, give ikl_time_earlier(at, now). */
IKL_API void ikl_liveness_heard(struct ikl_liveness *liveness, ikl_time at);

/* Fact: a request of ours was sent for the first time. */
IKL_API void ikl_liveness_request_sent(struct ikl_liveness *liveness);

/* Fact: a sent request was answered at `at` by a fresh authenticated response, which is evidence. */
IKL_API void ikl_liveness_request_answered(struct ikl_liveness *liveness, ikl_time at);

/* Fact: a sent request ran out of tries. The decision is always IKL_LIVENESS_DEAD. */
IKL_MUST_USE IKL_API enum ikl_liveness_decision ikl_liveness_request_gave_up(struct ikl_liveness *liveness);

/* When to decide next: the first time, not before `now`, that is a whole number of idle intervals after the last
 * evidence (IKL_LIVENESS_PERIODIC: the first interval, even when that lies before `now`); IKL_NEVER while a request is
 * outstanding or the policy is off. */
IKL_API ikl_time ikl_liveness_due(const struct ikl_liveness *liveness, ikl_time now);

/* The decision at `now`: IKL_LIVENESS_PROBE when a probe is due, else IKL_LIVENESS_WAIT. `sent`: when we last sent
 * something other than liveness checks, for IKL_LIVENESS_ON_DEMAND; IKL_NEVER when we never did. */
IKL_MUST_USE IKL_API enum ikl_liveness_decision ikl_liveness_decide(const struct ikl_liveness *liveness, ikl_time sent,
                                                                    ikl_time now);

#ifdef __cplusplus
}
#endif
#endif
