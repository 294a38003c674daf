/* SPDX-License-Identifier: ISC */
/* ikelive watch: is the peer alive? The policy of liveness for a stack that makes its own messages (RFC 7296 §2.1-2.4).
 * Facts in, decisions out. Knows no packets.
 *
 *   - struct ikl_watch: policy, idle time and one request, for an IKE SA that has at most one outstanding. Begin here.
 *   - struct ikl_run, struct ikl_idle and struct ikl_round_trip: its parts, for an IKE SA that has several.
 *   - struct ikl_send_window and struct ikl_receive_window: Message IDs, both ways.
 *
 * It, the wheel, monitors, revivals and the codec take no stdio and no floating point from the C library, and no memory
 * but for a wheel.
 *
 * All are plain values for the caller to embed. Their fields are for reading only, unless a comment says otherwise; the
 * structs do not grow within a SOVERSION. */
#ifndef IKELIVE_WATCH_H
#define IKELIVE_WATCH_H

#include <ikelive/schedule.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Round trip: how long the peer takes to answer. Measured in requests that were sent once, since an answer to one that
 * was sent again may belong to either send. */

#define IKL_ROUND_TRIP_MAX 32767 /* ms; what takes longer counts as that */

#define IKL_ROUND_TRIP_MAX_SAMPLES 8191

/* A plain value of 8 octets for the caller to embed; does not grow within a SOVERSION. All zero: nothing was measured
 * yet. */
struct ikl_round_trip {
    unsigned smoothed : 18;  /* eighths of a ms: see ikl_round_trip_smoothed */
    unsigned samples : 13;   /* how many were measured; stays at IKL_ROUND_TRIP_MAX_SAMPLES */
    unsigned stale : 1;      /* what was measured may hold no longer: see ikl_round_trip_missed */
    unsigned deviation : 17; /* quarters of a ms: see ikl_round_trip_deviation */
    unsigned largest : 15;   /* ms; the largest one lately: for ikl_schedule_trim */
};

/* An answer took `ms`. The first sample is the average, with half of it as the deviation; each later one moves the
 * average by an eighth of its distance from it, and the deviation by a quarter of how much that is more or less. The
 * largest falls by a 64th of its distance from each smaller sample, but by 1 ms at least. Integers only. What was
 * measured is not stale any more. */
IKL_API void ikl_round_trip_sample(struct ikl_round_trip *round_trip, uint64_t ms);

/* An answer came to a request that was sent more than once, so it is no sample; or the path moved. Answers may take
 * longer from now on than any that was measured, so long that each request is sent again before its answer comes and
 * nothing is measured any more. So until the next sample what was measured is stale: no round-trip sends are added and
 * no last wait is trimmed by it. */
static inline void ikl_round_trip_missed(struct ikl_round_trip *round_trip)
{
    round_trip->stale = round_trip->samples != 0;
}

/* Whether something was measured and is not stale. */
static inline bool ikl_round_trip_is_known(const struct ikl_round_trip *round_trip)
{
    return round_trip->samples != 0 && !round_trip->stale;
}

/* The average in ms; a sample counts for less with each later one. */
static inline uint32_t ikl_round_trip_smoothed(const struct ikl_round_trip *round_trip)
{
    return round_trip->smoothed >> 3;
}

/* The average distance of samples from the average, in ms. */
static inline uint32_t ikl_round_trip_deviation(const struct ikl_round_trip *round_trip)
{
    return round_trip->deviation >> 2;
}

/* The ms after which an answer is overdue: the average and four deviations, or 1 ms more than the average; 0 while
 * nothing was measured or that is stale. */
IKL_API uint32_t ikl_round_trip_timeout(const struct ikl_round_trip *round_trip);

/* The schedule with its last wait trimmed by what was measured: as ikl_schedule_trim does for the largest round trip;
 * as listed while nothing was measured or that is stale, when it has one try only, and when ikl_schedule_trim fails.
 * `out` may be `schedule`. */
IKL_API void ikl_round_trip_trim(struct ikl_schedule *out, const struct ikl_schedule *schedule,
                                 const struct ikl_round_trip *round_trip);

/* Run: one request of ours on its way through its schedule (§2.1, §2.4). Knows a Message ID and waits,
 * not octets and not who the peer is. Facts in, sends and verdicts out: each function is named after what happened.
 *
 * Rules:
 *   - Waits count from the end of the wait before while the tick is at most `slack` ms late, so small delays do not add
 *     up; after a later tick they count from that tick, so a host that slept does not burn its retries, and a last
 *     wait that it begins is ikl_schedule_wait_again.
 *   - At most one send a tick: a wait never ends at or before the tick that began it.
 *   - No verdict falls in a tick that is itself more than `slack` late: the request goes out once more and the last
 *     wait runs again (ikl_schedule_wait_again), once per request at most.
 *   - No verdict over a peer that was heard since the last send: the schedule runs once more, once per request.
 *   - A move to another path is a new chance: the schedule runs from its beginning, along the new path.
 *   - On a reliable path nothing is sent again: see ikl_run_set_reliable.
 * With n tries, T = ikl_schedule_total, ticks on time and m moves: a silent peer is given up exactly T after the first
 * send (without jitter), any peer at most T after its last sign of life or its last move, and one that talks but never
 * answers within ikl_schedule_worst_unanswered(m) ms and ikl_schedule_most_sends(m) sends.
 *
 * If you have one request outstanding and want to know whether the peer is alive, use struct ikl_watch, which contains
 * a run. If you have several outstanding, keep a run for each. Every function costs the same whatever the schedule,
 * except that a second run, and a late tick on a reliable path, look at each wait once. */

#define IKL_RUN_MAX_FOLLOWED 3 /* moves of the peer's own that begin the schedule again, of one request */

/* A plain value for the caller to embed; fields are for reading only, but `schedule`, which may be changed at any time:
 * the wait that runs is not touched, the new schedule counts from the next send, and when it has no try left the
 * request is given up at the end of this wait. The struct does not grow within a SOVERSION. All zero is a run that is
 * not out: it has no request. */
struct ikl_run {
    const struct ikl_schedule *schedule; /* borrowed while the request is out */
    ikl_time first_sent;                 /* when the request was first sent; IKL_NEVER while that send is blocked */
    ikl_time deadline;                   /* when the current wait ends; of a run that is not out, before when it must
                                            not begin: 0 for none, else see ikl_run_put_off */
    uint32_t message_id;
    uint32_t lead;         /* ms from the latest send to `deadline`: see ikl_run_last_sent; of a send that is blocked,
                              from when it leaves to the end of its wait */
    uint32_t sends : 22;   /* first send included, one that is blocked too, sends after ikl_run_hold left out; 0: not
                              out */
    uint32_t followed : 2; /* moves of the peer's that began the schedule again, or reconnections that made it longer */
    uint32_t timeout : 8;  /* between round-trip sends, in units of 5 ms; 0: there are none, or no more */
    uint16_t attempt;      /* waits of the current run of the schedule that have ended: 0 after the first send */
    bool extended : 1;     /* the last wait was run a second time, because its tick was late */
    bool again : 1;        /* the schedule is being run a second time, because the peer was heard */
    bool resent : 1;       /* in the current wait the request was sent once more, because the peer was heard */
    bool put_off : 1;      /* the deadline was put off since the last send */
    unsigned early : 2;    /* round-trip sends in the current wait */
    bool blocked : 1;      /* the latest send has not left: see ikl_run_blocked */
    bool reliable : 1;     /* it travels on a reliable path: see ikl_run_set_reliable */
    uint8_t blocked_waits; /* waits that have ended while a send was blocked; stays at 255 */
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

/* Round-trip sends: when it is known how long an answer takes, a lost request need not wait for its schedule. Call this
 * right after ikl_run_begin. Adds sends 2, 6 and 14 timeouts after the first one, as long as they come before half of
 * the schedule's first wait is over; a timeout counts as 50 ms at least, and is rounded up to 5 ms. Every send of the
 * schedule stays where it is, and so does the verdict: with more sends in the same time no link gives up more peers.
 * Adds none when nothing was measured or that is stale, or the timeout is above 1275 ms, or the schedule has one try
 * only. A late tick sends once, and leaves out the other sends that it missed. Once the request is sent for another
 * reason, or put off, there are no more. */
IKL_API void ikl_run_add_sends(struct ikl_run *run, const struct ikl_round_trip *round_trip);

#define IKL_RUN_MAX_EARLY 3 /* round-trip sends of one request */

/* When ikl_run_tick is to be called: at the deadline, or before it where a round-trip send is due. */
static inline ikl_time ikl_run_due(const struct ikl_run *run)
{
    if (run->timeout == 0) {
        return run->deadline;
    }
    return ikl_time_earlier(run->deadline,
                            ikl_time_after(run->first_sent, ((4u << run->early) - 2) * run->timeout * 5));
}

/* The request was answered at `now`. If it was sent once, so that it can be a sample: true, and how many ms it took. */
IKL_API bool ikl_run_round_trip(const struct ikl_run *run, ikl_time now, uint64_t *ms);

/* Takes over a request that somebody else first sent at `first_sent`; `attempt` of its waits have ended, and the
 * current one ends at `deadline`. It counts as last sent when that wait began, and not before `first_sent`. Errors:
 * IKL_ERR_INVALID when attempt >= the schedule's tries. */
IKL_MUST_USE IKL_API int ikl_run_resume(struct ikl_run *run, const struct ikl_schedule *schedule, uint32_t message_id,
                                        ikl_time first_sent, uint32_t attempt, ikl_time deadline);

/* Call it after ikl_run_resume if you do not trust the times: an impossible one becomes the nearest possible one. A
 * `first_sent` after `now` becomes `now`; a deadline further ahead than the whole current wait becomes the end of a
 * whole wait from `now`. The request counts as last sent at `now`, or at the deadline if that is past. True when a time
 * was in the future. */
IKL_API bool ikl_run_take_over(struct ikl_run *run, ikl_time now);

/* The request has ended, whichever way: the run is not out any more, and keeps its schedule only. */
IKL_API void ikl_run_end(struct ikl_run *run);

/* Whether a request is out: it began, or was resumed, and has not ended. */
static inline bool ikl_run_is_out(const struct ikl_run *run)
{
    return run->sends != 0;
}

/* The functions below are for a run that is out, but for ikl_run_put_off. Those that begin another send while one is
 * blocked begin it in place of that one. */

/* What to do at `now`. After IKL_RUN_SEND the next wait has begun, whether or not the send succeeds; if it would block,
 * tell ikl_run_blocked. IKL_RUN_GIVE_UP changes nothing: if you neither end nor hold the run, the next tick says the
 * same again.
 *
 * `evidence` is the latest sign of life that the caller knows, of any kind: a fresh authenticated message, or the
 * traffic of a Child SA, which is best looked up only where it matters (ikl_run_is_last). 0 for none; one after `now`
 * counts as `now`. Where a verdict would fall and the evidence is later than the latest send, the schedule runs once
 * more, counted from the evidence (from `now` when the tick is late); that happens once for each request. */
IKL_MUST_USE IKL_API enum ikl_run_step ikl_run_tick(struct ikl_run *run, ikl_time evidence, ikl_time now,
                                                    uint32_t slack, uint32_t random);

/* The same with the last wait trimmed as ikl_round_trip_trim says; use it for all ticks of a run. The sends stay where
 * they are, and run->schedule stays the listed one. A last wait that runs already is not touched. */
IKL_MUST_USE IKL_API enum ikl_run_step ikl_run_tick_trimmed(struct ikl_run *run,
                                                            const struct ikl_round_trip *round_trip, ikl_time evidence,
                                                            ikl_time now, uint32_t slack, uint32_t random);

/* At `now` a fresh authenticated message of the peer's arrived that does not answer the request: the peer lives, so the
 * request or its answers were lost. IKL_RUN_SEND: send it once more; in the last wait the schedule has begun again,
 * once per request, else only this one send is added, once a wait. IKL_RUN_WAIT: not within the first wait of the
 * schedule after the latest send, nor while that is blocked, nor when the current wait is over (then ikl_run_tick is
 * due). To be called for the oldest outstanding request only. */
IKL_MUST_USE IKL_API enum ikl_run_step ikl_run_heard(struct ikl_run *run, ikl_time now, uint32_t random);

/* At `now` the request began to travel along another path: IKL_RUN_SEND, and the schedule has begun again (RFC 4555
 * §3.5). Of moves that the peer made (`followed`) only IKL_RUN_MAX_FOLLOWED do that, so that it cannot put off its end
 * by moving on and on; after these IKL_RUN_WAIT: what is sent later goes along the new path. When the new path is
 * reliable or the old one was, call ikl_run_set_reliable first; a move of the peer's to a reliable path is what
 * ikl_run_reconnected says, since it has opened a connection anew (RFC 9329 §6.1). */
IKL_MUST_USE IKL_API enum ikl_run_step ikl_run_moved(struct ikl_run *run, bool followed, ikl_time now, uint32_t random);

/* Instead of giving up at `now`: begins the last wait again (ikl_schedule_wait_again, without jitter). Send the request
 * again, unless it is on a reliable path; that send is not counted. */
IKL_API void ikl_run_hold(struct ikl_run *run, ikl_time now);

/* At `now` the caller sends the request once more on its own account, say because the network is back. The send is
 * counted and uses up no wait: the current wait runs on, but ends no earlier than the schedule's first wait after
 * `now`, so that an answer has time to arrive. */
IKL_API void ikl_run_resend(struct ikl_run *run, ikl_time now);

/* The latest send would have blocked at `now`: nothing has left, and the caller has to try again. True: the send waits,
 * and uses no attempt. Try it again when you can send, or whenever ikl_run_tick says IKL_RUN_SEND: when a wait of the
 * schedule has ended, of all waits from the beginning. Tell ikl_run_left when it has left; its own wait begins then.
 * Meanwhile no other send is due, and no verdict falls; there are no more round-trip sends.
 *
 * False: the send counts as one that failed, and its wait runs. That happens once as many waits have ended while sends
 * of this run were blocked as the schedule has, or 255: so a run whose sends never leave ends within twice
 * ikl_schedule_total. */
IKL_MUST_USE IKL_API bool ikl_run_blocked(struct ikl_run *run, ikl_time now);

/* At `now` the blocked send has left. Does nothing when none was blocked. */
IKL_API void ikl_run_left(struct ikl_run *run, ikl_time now);

/* Delays the send that is due until `until`, for the caller's own reasons (a rate limit); for a run that is not out,
 * the first send. A time before the deadline changes nothing. */
IKL_API void ikl_run_put_off(struct ikl_run *run, ikl_time until);

/* The request travels on a reliable path, which delivers what it takes or breaks, as TCP does (RFC 9329 §6.2), or no
 * longer does. Call it right after ikl_run_begin, with a `random` of 0, or ikl_run_resume, and right before
 * ikl_run_moved. At first a run is not reliable.
 *
 * On a reliable path ikl_run_tick never says IKL_RUN_SEND but for a blocked send, and ikl_run_heard never at all. The
 * waits of the schedule pass all the same and say when the peer is suspect (ikl_run_is_suspicious), but together they
 * are one wait: a late tick makes none of them longer, a silent peer is given up ikl_schedule_total after the first
 * send, and nothing is shortened, by jitter or by what was measured. There are no round-trip sends. What keeps a peer
 * from being given up is as ever, without a send: evidence later than the latest send makes the schedule run once more
 * from then, and after a late tick, or ikl_run_hold, the last wait runs again; where both are, what ends later. */
IKL_API void ikl_run_set_reliable(struct ikl_run *run, bool reliable);

/* At `now` the reliable path is there again after it broke, and what was on it may be lost (RFC 9329 §6.2): send the
 * request once. The send is counted; the wait goes on, since a path that breaks says nothing about the peer. In the
 * last wait it ends no earlier than the schedule's first wait after `now`, so that an answer has time to arrive; that
 * makes it longer IKL_RUN_MAX_FOLLOWED times at most, so that who lets it break on and on does not put off its end. */
IKL_API void ikl_run_reconnected(struct ikl_run *run, ikl_time now);

/* Whether the last wait of the schedule runs: the next tick at or after the deadline would be a verdict, so look for
 * evidence before it. */
static inline bool ikl_run_is_last(const struct ikl_run *run)
{
    return run->attempt + 1u >= run->schedule->tries;
}

/* When it was last sent; of no use while that send is blocked. */
static inline ikl_time ikl_run_last_sent(const struct ikl_run *run)
{
    return run->deadline - run->lead;
}

/* How often it was sent; one that is blocked was not. */
static inline uint32_t ikl_run_times_sent(const struct ikl_run *run)
{
    return run->sends - (run->blocked ? 1u : 0u);
}

/* Whether the latest send, which is not blocked, was the first one. */
static inline bool ikl_run_is_first(const struct ikl_run *run)
{
    return run->sends == 1 && run->first_sent == ikl_run_last_sent(run);
}

/* A send after ikl_run_tick or ikl_run_hold: whether it is the retransmission with the number `suspect_after` or a
 * later one, in this run of the schedule, with which the peer becomes suspect. Retransmissions count from 1, those of
 * the schedule; a round-trip send counts as the first. With IKL_SUSPECT_NEVER none is. */
#define IKL_SUSPECT_NEVER 255u
IKL_API bool ikl_run_is_suspicious(const struct ikl_run *run, uint8_t suspect_after);

/* Watch: is the peer alive? The policy of liveness.
 *
 * struct ikl_watch is for one IKE SA of a stack that makes its own messages and has at most one request outstanding. It
 * knows how long the peer has been silent, and the run of the request (struct ikl_run). The caller
 *
 *   - tells it each fact when it happens, by the function of that name: a request was sent, answered or dropped, the
 *     peer was heard, traffic passed, a path moved;
 *   - keeps one timer at ikl_watch_deadline(), and calls ikl_watch_tick() when it expires;
 *   - does what these return: sends a liveness check, sends the request again, or takes the IKE SA down. When sending
 *     would block, it tells that too (ikl_watch_blocked, ikl_watch_left): then it costs no attempt.
 *
 *     switch (ikl_watch_tick(&watch, now, SLACK, random)) {
 *     case IKL_WATCH_NOTHING:                                           break;
 *     case IKL_WATCH_PROBE:      send a liveness check and tell
 *                                ikl_watch_sent();                      break;
 *     case IKL_WATCH_SEND_AGAIN: send the same octets again;            break;
 *     case IKL_WATCH_GIVE_UP:    take the IKE SA down
 *     }
 *
 * A caller that forgets to tell a fact gets a decision too early or twice, but it always gets another one: while the
 * policy is on or a request is outstanding there is a deadline. Every function costs the same, however long nothing
 * happened and however long the schedule is, except that a second run of the schedule looks at each wait once. */

/* How long the peer has been silent, and whether that is too long. Part of struct ikl_watch; use it alone if you keep
 * more than one run. A plain value; fields are for reading only; does not grow within a SOVERSION. */
struct ikl_idle {
    ikl_time heard;    /* the latest sign of life; at first the time of ikl_idle_init */
    uint32_t interval; /* ms */
    uint16_t at_least; /* intervals after which a check is due though nothing was sent; 0: however many */
    uint8_t policy;    /* enum ikl_liveness_policy */
};

/* Starts at `now`, which counts as the latest sign of life (the IKE SA was just established). As ikl_idle_set says. */
IKL_API void ikl_idle_init(struct ikl_idle *idle, enum ikl_liveness_policy policy, uint32_t interval, uint32_t at_least,
                           ikl_time now);

/* Another policy, from the latest sign of life on. `interval` in ms; 0 means IKL_LIVENESS_DEFAULT_IDLE, IKL_IDLE_OFF
 * that no check is ever due. `at_least` in ms, for IKL_LIVENESS_ON_DEMAND: so long after the latest sign of life a
 * check is due though nothing was sent; rounded down to whole intervals, but to one at least and 65535 at most; 0:
 * never. */
IKL_API void ikl_idle_set(struct ikl_idle *idle, enum ikl_liveness_policy policy, uint32_t interval, uint32_t at_least);

/* Fact: a sign of life at `at`. An older one than what is known is ignored. A time in the future would hide a dead peer
 * until then: if `at` may be wrong, pass ikl_time_earlier(at, now). One store. */
static inline void ikl_idle_heard(struct ikl_idle *idle, ikl_time at)
{
    idle->heard = ikl_time_later(idle->heard, at);
}

/* When to look next whether a check is due: the first time, not before `now`, that is a whole number of intervals after
 * the latest sign of life (IKL_LIVENESS_PERIODIC: the first interval, even when that lies before `now`); IKL_NEVER with
 * the policy off. */
IKL_API ikl_time ikl_idle_due(const struct ikl_idle *idle, ikl_time now);

/* Whether a check is due at `now`. `sent`: when we last sent something other than liveness checks, for
 * IKL_LIVENESS_ON_DEMAND; IKL_NEVER when we never did. */
IKL_API bool ikl_idle_is_over(const struct ikl_idle *idle, ikl_time sent, ikl_time now);

#define IKL_WATCH_RETRY 1000 /* ms after which a liveness check that was not sent is asked for again */

/* A plain value for the caller to embed; fields are for reading only; does not grow within a SOVERSION. */
struct ikl_watch {
    struct ikl_idle idle;
    struct ikl_run run;    /* its schedule is for the requests to come, too */
    ikl_time traffic_sent; /* the latest; IKL_NEVER: none */
    struct ikl_round_trip round_trip;
    uint8_t suspect_after;
    bool suspect : 1; /* the peer may be gone: a routing daemon had better look for another path */
    bool asked : 1;   /* a liveness check was asked for and has not been sent */
    bool round_trip_sends : 1;
    bool trim : 1;
    bool reliable : 1;
};

enum ikl_watch_decision {
    IKL_WATCH_NOTHING,    /* wait until ikl_watch_deadline */
    IKL_WATCH_PROBE,      /* send a liveness check, an empty INFORMATIONAL request, and tell ikl_watch_sent */
    IKL_WATCH_SEND_AGAIN, /* send the outstanding request again, the same octets */
    IKL_WATCH_GIVE_UP     /* the peer is dead: take the IKE SA down, or tell ikl_watch_held */
};

/* Starts at `now`, which counts as the latest sign of life. IKL_LIVENESS_PERIODIC with IKL_LIVENESS_DEFAULT_IDLE, the
 * schedule ikl_schedule_default(), suspect after the first retransmission; the setters below say otherwise. Each of
 * them may be called at any time, and what is outstanding stays outstanding.
 *
 * Wherever `now` is IKL_NEVER, the last time before it is meant. */
IKL_API void ikl_watch_init(struct ikl_watch *watch, ikl_time now);

/* As ikl_idle_set. */
IKL_API void ikl_watch_set_policy(struct ikl_watch *watch, enum ikl_liveness_policy policy, uint32_t interval,
                                  uint32_t at_least);

/* Borrowed until another is set or the watch is no longer used. Of a request that is outstanding the current wait is
 * not touched; the schedule counts from its next send, and when it has no try left the request is given up at the end
 * of this wait. */
IKL_API void ikl_watch_set_schedule(struct ikl_watch *watch, const struct ikl_schedule *schedule);

/* Which retransmission makes the peer suspect, see ikl_run_is_suspicious; 0 means 1, the first. A peer that is suspect
 * already stays so until it answers. */
IKL_API void ikl_watch_set_suspect_after(struct ikl_watch *watch, uint8_t retransmission);

/* Whether requests from the next one on have round-trip sends, see ikl_run_add_sends; at first they have none. The peer
 * is suspect from the first of them on. What was measured is in watch->round_trip either way: nothing where the library
 * was built with IKELIVE_ROUND_TRIPS OFF. */
IKL_API void ikl_watch_set_round_trip_sends(struct ikl_watch *watch, bool wanted);

/* Whether the last wait of each request is trimmed by what was measured, as ikl_round_trip_trim says; at first it is
 * not. A dead peer is then given up sooner; see ikl_schedule_trim for what that costs. Counts for last waits that are
 * yet to begin. Do not set it for a responder that supports MOBIKE. */
IKL_API void ikl_watch_set_trim(struct ikl_watch *watch, bool wanted);

/* Whether requests from the next one on travel on a reliable path, as ikl_run_set_reliable says; at first they do not.
 * A request that is outstanding goes on as it was sent; when the path changes between the two, set this and tell
 * ikl_watch_moved. */
IKL_API void ikl_watch_set_reliable(struct ikl_watch *watch, bool reliable);

/* ikl_schedule_worst_detect as things are now, with the last wait trimmed if it would be. IKL_NEVER unless the policy
 * is IKL_LIVENESS_PERIODIC with an idle interval. */
IKL_API uint64_t ikl_watch_worst_detect(const struct ikl_watch *watch);

/* When to call ikl_watch_tick; IKL_NEVER with the policy off and no request outstanding. Ask again after every other
 * call. The answer is usually later than before, so you may also leave a timer to expire early. */
IKL_API ikl_time ikl_watch_deadline(const struct ikl_watch *watch);

/* Time has passed. Before the deadline it changes nothing and is IKL_WATCH_NOTHING.
 *
 * With no request outstanding: IKL_WATCH_PROBE when the peer was silent for too long; if no ikl_watch_sent follows,
 * this says so again IKL_WATCH_RETRY ms later. With one: what ikl_run_tick says, which considers all signs of life, and
 * the peer may become suspect. IKL_WATCH_GIVE_UP changes nothing. `slack`: how many ms late a tick may be and still
 * count as on time; 100 suits most event loops and is the endpoint's default. `random`: for the schedule's jitter, 0
 * where there is none. */
IKL_MUST_USE IKL_API enum ikl_watch_decision ikl_watch_tick(struct ikl_watch *watch, ikl_time now, uint32_t slack,
                                                            uint32_t random);

/* Whether ikl_watch_tick at `now` might ask for a check or give up. If you do not tell traffic as it comes, ask now
 * whoever carries it, and tell ikl_watch_traffic_heard. */
IKL_API bool ikl_watch_wants_evidence(const struct ikl_watch *watch, ikl_time now);

/* Fact: a request was sent at `now` for the first time, a liveness check or any other. If the watch asked for this
 * check, its first wait counts from when the check was due, see ikl_run_begin. Any outstanding request serves as a
 * liveness check: the watch asks for none beside it. Errors: IKL_ERR_BUSY when one is outstanding already. */
IKL_MUST_USE IKL_API int ikl_watch_sent(struct ikl_watch *watch, uint32_t message_id, ikl_time now, uint32_t slack,
                                        uint32_t random);

/* Fact: the send that was asked for, or that ikl_watch_sent told of, would have blocked at `now`, so nothing has left.
 * True: it waits as ikl_run_blocked says and watch->run.blocked tells; ikl_watch_tick asks for it again, or send it as
 * soon as you can. False: it counts as a send that failed; or no request is outstanding. You need not tell of a
 * liveness check that would block: ikl_watch_tick asks for it again. */
IKL_MUST_USE IKL_API bool ikl_watch_blocked(struct ikl_watch *watch, ikl_time now);

/* Fact: at `now` the blocked send has left; its wait begins. Does nothing when none was blocked. */
IKL_API void ikl_watch_left(struct ikl_watch *watch, ikl_time now);

/* Fact: a fresh authenticated response with this Message ID came at `now`. It ends the request, is a sign of life and,
 * when the request was sent once, a sample of the round trip (else what was measured is stale); the peer is suspect no
 * more. False, and nothing changes, when no request with this Message ID is outstanding. */
IKL_API bool ikl_watch_answered(struct ikl_watch *watch, uint32_t message_id, ikl_time now);

/* Fact: the request with this Message ID ended at `now` without an answer and without a verdict. The next check is due
 * as if it had not been sent, but not before the next millisecond. False as above. */
IKL_API bool ikl_watch_dropped(struct ikl_watch *watch, uint32_t message_id, ikl_time now);

/* Fact: a fresh authenticated message of the peer's came at `now`, which answers nothing. A sign of life. With a
 * request outstanding what ikl_run_heard says, else IKL_WATCH_NOTHING. */
IKL_MUST_USE IKL_API enum ikl_watch_decision ikl_watch_heard(struct ikl_watch *watch, ikl_time now, uint32_t random);

/* Fact, told at `now`: authenticated traffic of a Child SA came at `at`; a time after `now` counts as `now`. A sign of
 * life. Nothing has to be done before the deadline. */
IKL_API void ikl_watch_traffic_heard(struct ikl_watch *watch, ikl_time at, ikl_time now);

/* Fact, told at `now`: we sent traffic on a Child SA at `at`; a time after `now` counts as `now`. Only
 * IKL_LIVENESS_ON_DEMAND asks for it. */
IKL_API void ikl_watch_traffic_sent(struct ikl_watch *watch, ikl_time at, ikl_time now);

/* Fact: at `now` the reliable path is there again. IKL_WATCH_SEND_AGAIN when a request is outstanding, as
 * ikl_run_reconnected says, else IKL_WATCH_NOTHING. That the path broke need not be told, and TCP or TLS keepalives on
 * it are no sign of life (RFC 9329 §6.7). */
IKL_MUST_USE IKL_API enum ikl_watch_decision ikl_watch_reconnected(struct ikl_watch *watch, ikl_time now);

/* Fact: at `now` the IKE SA moved to another path; `followed` when the peer did. What was measured is stale. With a
 * request outstanding what ikl_run_moved says, else IKL_WATCH_NOTHING. */
IKL_MUST_USE IKL_API enum ikl_watch_decision ikl_watch_moved(struct ikl_watch *watch, bool followed, ikl_time now,
                                                             uint32_t random);

/* A sign of trouble that proves nothing came at `now`, as an unprotected INVALID_IKE_SPI or an ICMP error (§2.4).
 * IKL_WATCH_PROBE, whatever the policy, unless a request is outstanding or a check was asked for within the last
 * IKL_WATCH_RETRY ms and not sent; then IKL_WATCH_NOTHING. Anybody can send such signs: limit their rate. */
IKL_MUST_USE IKL_API enum ikl_watch_decision ikl_watch_hinted(struct ikl_watch *watch, ikl_time now);

/* The network is back: IKL_WATCH_SEND_AGAIN when a request is outstanding, as ikl_run_resend says, else
 * IKL_WATCH_NOTHING. */
IKL_MUST_USE IKL_API enum ikl_watch_decision ikl_watch_resend(struct ikl_watch *watch, ikl_time now);

/* Instead of giving up at `now`, for the caller's own reasons (the whole uplink is gone, not the peer): the last wait
 * begins again, see ikl_run_hold. IKL_WATCH_SEND_AGAIN when a request is outstanding that is not on a reliable path,
 * else IKL_WATCH_NOTHING. */
IKL_MUST_USE IKL_API enum ikl_watch_decision ikl_watch_held(struct ikl_watch *watch, ikl_time now);

/* Delays what is due, a check or a retransmission, until `until`, for the caller's own reasons (a rate limit).
 * watch->run.put_off says so until it was sent or the peer was heard. Call it instead of ikl_watch_tick. A time before
 * the deadline changes nothing. */
IKL_API void ikl_watch_put_off(struct ikl_watch *watch, ikl_time until);

/* Whether there was a sign of life since the last send of the request that is outstanding: with IKL_WATCH_GIVE_UP, the
 * peer is there and does not answer. */
IKL_API bool ikl_watch_heard_since_send(const struct ikl_watch *watch);

/* Windows: which Message IDs are new, repeated, forgotten or too far ahead (§2.2, §2.3). Knows Message
 * IDs, not octets.
 *
 * The two directions are independent. A receive window judges the peer's requests; a send window numbers ours. Both are
 * plain values for the caller to embed; they do not grow within a SOVERSION; fields are for reading only. */

/* The peer's requests. */
struct ikl_receive_window {
    uint32_t lowest; /* L: the lowest request ID not yet received */
    uint32_t beyond; /* one more than the highest request ID received; `lowest` when none is missing */
    uint32_t above;  /* bit n: ID lowest + n was received */
    uint8_t size;    /* W: our window, 1 to IKL_WINDOW_MAX */
};

enum ikl_arrival {
    IKL_ARRIVAL_NEW,       /* within [L, L + W - 1] and not received before */
    IKL_ARRIVAL_REPEATED,  /* received before, and its response is still to be remembered */
    IKL_ARRIVAL_FORGOTTEN, /* received before; a request W or more ahead of it has arrived since: ignore it (§2.1) */
    IKL_ARRIVAL_TOO_FAR    /* beyond L + W - 1, or IKL_MESSAGE_ID_NONE */
};

/* `next` is the lowest request ID not yet received, `size` our window. Requests below `next` count as received.
 * Errors: IKL_ERR_INVALID when size is 0 or above IKL_WINDOW_MAX or next is IKL_MESSAGE_ID_NONE. */
IKL_MUST_USE IKL_API int ikl_receive_window_init(struct ikl_receive_window *window, uint32_t next, uint32_t size);

/* What a request with this Message ID is. Changes nothing, so it may be asked before the message is authenticated. */
IKL_API enum ikl_arrival ikl_receive_window_judge(const struct ikl_receive_window *window, uint32_t message_id);

/* Notes an authenticated request that was judged IKL_ARRIVAL_NEW; ignores any other. */
IKL_API void ikl_receive_window_accept(struct ikl_receive_window *window, uint32_t message_id);

/* True while the response to this received request must be kept: no request with ID >= message_id + W has arrived.
 * False for a request that was not received. */
IKL_API bool ikl_receive_window_remembers(const struct ikl_receive_window *window, uint32_t message_id);

/* Our requests. */
struct ikl_send_window {
    uint32_t next;       /* the ID of our next request */
    uint32_t unanswered; /* the lowest ID of an unanswered request; `next` when there is none */
    uint32_t answered;   /* bit n: ID unanswered + n was answered */
    uint8_t size;        /* the peer's window, 1 to IKL_WINDOW_MAX */
};

/* `next` is the ID of our next request, `unanswered` the lowest one outstanding (`next` when there is none), `size` the
 * window that the peer announced, 1 when it announced none. Errors: IKL_ERR_INVALID when size is 0 or above
 * IKL_WINDOW_MAX, an ID is IKL_MESSAGE_ID_NONE, unanswered is above next, or more than `size` requests are outstanding.
 */
IKL_MUST_USE IKL_API int ikl_send_window_init(struct ikl_send_window *window, uint32_t next, uint32_t unanswered,
                                              uint32_t size);

/* True when ikl_send_window_take would succeed: the requests up to `size` before `next` are answered (§2.3), and there
 * is a Message ID left. */
IKL_API bool ikl_send_window_open(const struct ikl_send_window *window);

/* How many requests are outstanding: sent and not answered. */
IKL_API uint32_t ikl_send_window_outstanding(const struct ikl_send_window *window);

/* Takes the next Message ID for a request that is being sent. Errors: IKL_ERR_EXHAUSTED when IKL_MESSAGE_ID_LAST was
 * used already, else IKL_ERR_BUSY when the window is full. */
IKL_MUST_USE IKL_API int ikl_send_window_take(struct ikl_send_window *window, uint32_t *message_id);

/* True when a request with this ID was sent and is not answered. */
IKL_API bool ikl_send_window_awaits(const struct ikl_send_window *window, uint32_t message_id);

/* Notes the authenticated response to an outstanding request; ignores any other ID. */
IKL_API void ikl_send_window_answered(struct ikl_send_window *window, uint32_t message_id);

/* The peer announced a window of `size` (SET_WINDOW_SIZE); above IKL_WINDOW_MAX counts as that; a window never
 * shrinks, so a smaller size, and 0, is ignored. */
IKL_API void ikl_send_window_resize(struct ikl_send_window *window, uint32_t size);

#ifdef __cplusplus
}
#endif
#endif
