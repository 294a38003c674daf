/* ikelive exchange: the run of one outstanding request through its schedule (RFC 7296 §2.1, §2.4). Knows Message IDs
 * and waits, not octets and not who the peer is. Facts in, sends and verdicts out: each function is named after what
 * happened.
 * SPDX-License-Identifier: ISC
 *
 * Rules (the policy behind them is told at the top of exchange.c):
 *   - Waits count from the end of the wait before while the tick is at most `slack` ms late, so small delays do not add
 *     up; after a later tick they count from that tick, so a host that slept does not burn its retries.
 *   - At most one send a tick: a wait never ends at or before the tick that began it.
 *   - No verdict falls in a tick that is itself more than `slack` late: the request goes out once more and the last
 *     wait runs again, once per request at most.
 *   - No verdict over a peer that was heard since the last send: the schedule runs once more, once per request.
 *   - A move to another path is a new chance: the schedule runs from its beginning, along the new path.
 * With n tries, T = ikl_schedule_total, ticks on time and m moves: a silent peer is given up exactly T after the first
 * send (without jitter), any peer at most T after its last sign of life or its last move, and one that talks but never
 * answers within ikl_schedule_worst_unanswered(m) ms and ikl_schedule_most_sends(m) sends. */
#ifndef IKELIVE_EXCHANGE_H
#define IKELIVE_EXCHANGE_H

#include <ikelive/schedule.h>

#ifdef __cplusplus
extern "C" {
#endif

#define IKL_EXCHANGE_MAX_FOLLOWED 3 /* moves of the peer's own that begin the schedule again, of one request */

/* A plain value for the caller to embed; fields are for reading only; does not grow within a SOVERSION. The schedule is
 * the caller's: every call for one request gets the same one. */
struct ikl_exchange {
    ikl_time first_sent; /* when the request was first sent */
    ikl_time deadline;   /* when the current wait ends */
    uint32_t message_id;
    uint32_t lead;         /* ms from the latest send to `deadline`: see ikl_exchange_last_sent */
    uint32_t sends : 30;   /* see ikl_exchange_sends */
    uint32_t followed : 2; /* moves of the peer's that began the schedule again */
    uint16_t attempt;      /* waits of the current run of the schedule that have ended: 0 after the first send */
    uint8_t type;          /* exchange type */
    bool extended : 1;     /* the last wait was run a second time, because its tick was late */
    bool again : 1;        /* the schedule is being run a second time, because the peer was heard */
    bool resent : 1;       /* in the current wait the request was sent once more, because the peer was heard */
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
 * current wait ends `deadline`. It counts as sent last when that wait began, and not before `first_sent`. Errors:
 * IKL_ERR_INVALID when attempt >= the schedule's tries. */
IKL_MUST_USE IKL_API int ikl_exchange_resume(struct ikl_exchange *exchange, const struct ikl_schedule *schedule,
                                             uint8_t type, uint32_t message_id, ikl_time first_sent, uint32_t attempt,
                                             ikl_time deadline);

/* After ikl_exchange_resume, where the times are not to be trusted: those that cannot be become the nearest that can, a
 * `first_sent` after `now` becomes `now`, a deadline more than the whole current wait after `now` becomes that. The
 * request counts as sent last at `now`, or at the deadline where that is past. True when a time was in the future. */
IKL_API bool ikl_exchange_take_over(struct ikl_exchange *exchange, const struct ikl_schedule *schedule, ikl_time now);

/* What to do at `now`, of a peer of which nothing was heard since the last send. After IKL_EXCHANGE_SEND the next wait
 * has begun, whether or not the send succeeds. */
IKL_MUST_USE IKL_API enum ikl_exchange_step ikl_exchange_tick(struct ikl_exchange *exchange,
                                                              const struct ikl_schedule *schedule, ikl_time now,
                                                              uint32_t slack, uint32_t random);

/* The same with the latest evidence of life that the caller knows, of any kind: a fresh authenticated message, or the
 * traffic of a Child SA, which is best looked up only where it matters (ikl_exchange_is_last). 0 for none; one after
 * `now` counts as `now`. Where a verdict would fall and the evidence is later than the latest send, the schedule runs
 * once more, counted from the evidence (from `now` when the tick is late); that happens once for each request. */
IKL_MUST_USE IKL_API enum ikl_exchange_step ikl_exchange_tick_evidence(struct ikl_exchange *exchange,
                                                                       const struct ikl_schedule *schedule,
                                                                       ikl_time evidence, ikl_time now, uint32_t slack,
                                                                       uint32_t random);

/* At `now` a fresh authenticated message of the peer's arrived that does not answer the request: the peer lives, so the
 * request or its answers were lost. IKL_EXCHANGE_SEND: send it once more; in the last wait the schedule has begun
 * again, once per request, else only this one send is added, once a wait. IKL_EXCHANGE_WAIT: not within the first wait
 * of the schedule after the latest send, nor when the current wait is over (then ikl_exchange_tick is due). To be
 * called for the oldest outstanding request only. */
IKL_MUST_USE IKL_API enum ikl_exchange_step ikl_exchange_heard(struct ikl_exchange *exchange,
                                                               const struct ikl_schedule *schedule, ikl_time now,
                                                               uint32_t random);

/* At `now` the request began to travel along another path: IKL_EXCHANGE_SEND, and the schedule has begun again. Of
 * moves that the peer made (`followed`) only IKL_EXCHANGE_MAX_FOLLOWED do that, so that it cannot put off its end by
 * moving on and on; after these IKL_EXCHANGE_WAIT: what is sent later goes along the new path. */
IKL_MUST_USE IKL_API enum ikl_exchange_step ikl_exchange_moved(struct ikl_exchange *exchange,
                                                               const struct ikl_schedule *schedule, bool followed,
                                                               ikl_time now, uint32_t random);

/* Instead of giving up at `now`: the last wait begins again. The request should be sent again; that send is not
 * counted. */
IKL_API void ikl_exchange_hold(struct ikl_exchange *exchange, const struct ikl_schedule *schedule, ikl_time now);

/* The send that is due waits until `until`, for the caller's own reasons (a limit on a rate); earlier than the deadline
 * changes nothing. */
IKL_API void ikl_exchange_put_off(struct ikl_exchange *exchange, ikl_time until);

/* Whether the last wait of the schedule runs: the next tick at or after the deadline would be a verdict, so look for
 * evidence before it. */
IKL_API bool ikl_exchange_is_last(const struct ikl_exchange *exchange, const struct ikl_schedule *schedule);

/* How often the request was sent, first send included; sends after ikl_exchange_hold are left out. */
IKL_API uint32_t ikl_exchange_sends(const struct ikl_exchange *exchange);

/* When it was last sent. */
IKL_API ikl_time ikl_exchange_last_sent(const struct ikl_exchange *exchange);

#ifdef __cplusplus
}
#endif
#endif
