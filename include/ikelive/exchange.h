/* ikelive exchange: the run of one outstanding request through its schedule (RFC 7296 §2.1, §2.4). Knows Message IDs
 * and waits, not octets and not policy.
 * SPDX-License-Identifier: ISC
 *
 * Rules:
 *   - Waits count from the end of the wait before while the tick is at most `slack` ms late, so small delays do not add
 *     up; after a later tick they count from that tick, so a host that slept does not burn its retries.
 *   - At most one send a tick: a wait never ends at or before the tick that began it.
 *   - No verdict falls in a tick that is itself more than `slack` late: the request goes out once more and the last
 *     wait runs again, once per request at most. */
#ifndef IKELIVE_EXCHANGE_H
#define IKELIVE_EXCHANGE_H

#include <ikelive/schedule.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A plain value for the caller to embed; fields are for reading only; does not grow within a SOVERSION. The schedule is
 * the caller's: every call for one request gets the same one. */
struct ikl_exchange {
    ikl_time first_sent; /* when the request was first sent */
    ikl_time deadline;   /* when the current wait ends */
    uint32_t message_id;
    uint16_t attempt; /* waits that have ended: 0 after the first send */
    uint8_t type;     /* exchange type */
    bool extended;    /* the last wait is being run a second time */
};

enum ikl_exchange_step {
    IKL_EXCHANGE_WAIT,   /* nothing to do before the deadline */
    IKL_EXCHANGE_SEND,   /* send the same octets again */
    IKL_EXCHANGE_GIVE_UP /* the schedule has run out */
};

/* The request was first sent at `now`. `due` is when it should have been sent: the first wait counts from there while
 * that is at most `slack` ms before `now`, else from `now`. A request that was due at no particular time has due = now.
 * `random` is for the schedule's jitter (ikl_schedule_jittered_wait); 0 where there is none. */
IKL_API void ikl_exchange_begin(struct ikl_exchange *exchange, const struct ikl_schedule *schedule, uint8_t type,
                                uint32_t message_id, ikl_time due, ikl_time now, uint32_t slack, uint32_t random);

/* Takes over a request that somebody else sent first at `first_sent`, of which `attempt` waits have ended by now; the
 * current wait ends `deadline`. Errors: IKL_ERR_INVALID when attempt >= the schedule's tries. */
IKL_MUST_USE IKL_API int ikl_exchange_resume(struct ikl_exchange *exchange, const struct ikl_schedule *schedule,
                                             uint8_t type, uint32_t message_id, ikl_time first_sent, uint32_t attempt,
                                             ikl_time deadline);

/* What to do at `now`. After IKL_EXCHANGE_SEND the next wait has begun, whether or not the send succeeds. */
IKL_MUST_USE IKL_API enum ikl_exchange_step ikl_exchange_tick(struct ikl_exchange *exchange,
                                                              const struct ikl_schedule *schedule, ikl_time now,
                                                              uint32_t slack, uint32_t random);

/* Instead of giving up at `now`: the last wait begins again. The request should be sent again; that send is not
 * counted. */
IKL_API void ikl_exchange_hold(struct ikl_exchange *exchange, const struct ikl_schedule *schedule, ikl_time now);

/* How often the request was sent, first send included. */
IKL_API uint32_t ikl_exchange_sends(const struct ikl_exchange *exchange);

#ifdef __cplusplus
}
#endif
#endif
