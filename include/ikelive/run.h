/* SPDX-License-Identifier: ISC */
/* ikelive run: one request of ours on its way through its schedule (RFC 7296 §2.1, §2.4). Knows a Message ID and waits,
 * not octets and not who the peer is. Facts in, sends and verdicts out: each function is named after what happened.
 *
 * Rules:
 *   - Waits count from the end of the wait before while the tick is at most `slack` ms late, so small delays do not add
 *     up; after a later tick they count from that tick, so a host that slept does not burn its retries.
 *   - At most one send a tick: a wait never ends at or before the tick that began it.
 *   - No verdict falls in a tick that is itself more than `slack` late: the request goes out once more and the last
 *     wait runs again, once per request at most.
 *   - No verdict over a peer that was heard since the last send: the schedule runs once more, once per request.
 *   - A move to another path is a new chance: the schedule runs from its beginning, along the new path.
 * With n tries, T = ikl_schedule_total, ticks on time and m moves: a silent peer is given up exactly T after the first
 * send (without jitter), any peer at most T after its last sign of life or its last move, and one that talks but never
 * answers within ikl_schedule_worst_unanswered(m) ms and ikl_schedule_most_sends(m) sends.
 *
 * Who has one request outstanding and checks that a peer is alive takes struct ikl_watch of <ikelive/watch.h>, which
 * has a run inside; who has several outstanding keeps a run for each of them. Every function costs the same whatever
 * the schedule, but for a second run, which looks at each wait once. */
#ifndef IKELIVE_RUN_H
#define IKELIVE_RUN_H

#include <ikelive/schedule.h>

#ifdef __cplusplus
extern "C" {
#endif

#define IKL_RUN_MAX_FOLLOWED 3 /* moves of the peer's own that begin the schedule again, of one request */

/* A plain value for the caller to embed; fields are for reading only, but `schedule`, which may be changed at any time:
 * the wait that runs is not touched, the new schedule counts from the next send, and when it has no try left the
 * request is given up at the end of this wait. The struct does not grow within a SOVERSION. All zero is a run that is
 * not out: it has no request. */
struct ikl_run {
    const struct ikl_schedule *schedule; /* borrowed while the request is out */
    ikl_time first_sent;                 /* when the request was first sent */
    ikl_time deadline;                   /* when the current wait ends; of a run that is not out, before when it must
                                            not begin: 0 for none, else see ikl_run_put_off */
    uint32_t message_id;
    uint32_t lead;         /* ms from the latest send to `deadline`: see ikl_run_last_sent */
    uint32_t sends : 30;   /* first send included, sends after ikl_run_hold left out; 0: not out */
    uint32_t followed : 2; /* moves of the peer's that began the schedule again */
    uint16_t attempt;      /* waits of the current run of the schedule that have ended: 0 after the first send */
    bool extended : 1;     /* the last wait was run a second time, because its tick was late */
    bool again : 1;        /* the schedule is being run a second time, because the peer was heard */
    bool resent : 1;       /* in the current wait the request was sent once more, because the peer was heard */
    bool put_off : 1;      /* the deadline was put off since the last send */
};

enum ikl_run_step {
    IKL_RUN_WAIT,   /* nothing to do before the deadline */
    IKL_RUN_SEND,   /* send the same octets again */
    IKL_RUN_GIVE_UP /* the schedule has run out */
};

/* The request was first sent at `now`. `due` is when it should have been sent: the first wait counts from there while
 * that is at most `slack` ms before `now`, else from `now`. A request that was due at no particular time has due = now.
 * `random` is for the schedule's jitter (ikl_schedule_jittered_wait); 0 where there is none. */
IKL_API void ikl_run_begin(struct ikl_run *run, const struct ikl_schedule *schedule, uint32_t message_id, ikl_time due,
                           ikl_time now, uint32_t slack, uint32_t random);

/* Takes over a request that somebody else sent first at `first_sent`, of which `attempt` waits have ended by now; the
 * current wait ends `deadline`. It counts as sent last when that wait began, and not before `first_sent`. Errors:
 * IKL_ERR_INVALID when attempt >= the schedule's tries. */
IKL_MUST_USE IKL_API int ikl_run_resume(struct ikl_run *run, const struct ikl_schedule *schedule, uint32_t message_id,
                                        ikl_time first_sent, uint32_t attempt, ikl_time deadline);

/* After ikl_run_resume, where the times are not to be trusted: those that cannot be become the nearest that can, a
 * `first_sent` after `now` becomes `now`, a deadline more than the whole current wait after `now` becomes that. The
 * request counts as sent last at `now`, or at the deadline where that is past. True when a time was in the future. */
IKL_API bool ikl_run_take_over(struct ikl_run *run, ikl_time now);

/* The request has ended, whichever way: the run is not out any more, and keeps its schedule only. */
IKL_API void ikl_run_end(struct ikl_run *run);

/* Whether a request is out: it began, or was resumed, and has not ended. */
static inline bool ikl_run_is_out(const struct ikl_run *run)
{
    return run->sends != 0;
}

/* The functions below are for a run that is out, but for ikl_run_put_off. */

/* What to do at `now`. After IKL_RUN_SEND the next wait has begun, whether or not the send succeeds. After
 * IKL_RUN_GIVE_UP nothing has changed: whoever neither ends nor holds it is told the same again.
 *
 * `evidence` is the latest sign of life that the caller knows, of any kind: a fresh authenticated message, or the
 * traffic of a Child SA, which is best looked up only where it matters (ikl_run_is_last). 0 for none; one after `now`
 * counts as `now`. Where a verdict would fall and the evidence is later than the latest send, the schedule runs once
 * more, counted from the evidence (from `now` when the tick is late); that happens once for each request. */
IKL_MUST_USE IKL_API enum ikl_run_step ikl_run_tick(struct ikl_run *run, ikl_time evidence, ikl_time now,
                                                    uint32_t slack, uint32_t random);

/* At `now` a fresh authenticated message of the peer's arrived that does not answer the request: the peer lives, so the
 * request or its answers were lost. IKL_RUN_SEND: send it once more; in the last wait the schedule has begun again,
 * once per request, else only this one send is added, once a wait. IKL_RUN_WAIT: not within the first wait of the
 * schedule after the latest send, nor when the current wait is over (then ikl_run_tick is due). To be called for the
 * oldest outstanding request only. */
IKL_MUST_USE IKL_API enum ikl_run_step ikl_run_heard(struct ikl_run *run, ikl_time now, uint32_t random);

/* At `now` the request began to travel along another path: IKL_RUN_SEND, and the schedule has begun again (RFC 4555
 * §3.5). Of moves that the peer made (`followed`) only IKL_RUN_MAX_FOLLOWED do that, so that it cannot put off its end
 * by moving on and on; after these IKL_RUN_WAIT: what is sent later goes along the new path. */
IKL_MUST_USE IKL_API enum ikl_run_step ikl_run_moved(struct ikl_run *run, bool followed, ikl_time now, uint32_t random);

/* Instead of giving up at `now`: the last wait begins again. The request should be sent again; that send is not
 * counted. */
IKL_API void ikl_run_hold(struct ikl_run *run, ikl_time now);

/* At `now` the caller sends the request once more of its own accord, as when the network is back. The send is counted
 * and uses no wait up: the current one runs on, but ends no earlier than the first wait of the schedule after `now`, so
 * that an answer has time to come. */
IKL_API void ikl_run_resend(struct ikl_run *run, ikl_time now);

/* The send that is due waits until `until`, for the caller's own reasons (a limit on a rate); the same for the first
 * one, of a run that is not out. Earlier than the deadline changes nothing. */
IKL_API void ikl_run_put_off(struct ikl_run *run, ikl_time until);

/* Whether the last wait of the schedule runs: the next tick at or after the deadline would be a verdict, so look for
 * evidence before it. */
static inline bool ikl_run_is_last(const struct ikl_run *run)
{
    return run->attempt + 1u >= run->schedule->tries;
}

/* When it was last sent. */
static inline ikl_time ikl_run_last_sent(const struct ikl_run *run)
{
    return run->deadline - run->lead;
}

/* A send after ikl_run_tick or ikl_run_hold: whether it is the retransmission with the number `suspect_after` or a
 * later one, in this run of the schedule, with which the peer becomes suspect. Retransmissions count from 1; with
 * IKL_SUSPECT_NEVER none is. */
#define IKL_SUSPECT_NEVER 255u
IKL_API bool ikl_run_is_suspicious(const struct ikl_run *run, uint8_t suspect_after);

#ifdef __cplusplus
}
#endif
#endif
