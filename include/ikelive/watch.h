/* SPDX-License-Identifier: ISC */
/* ikelive watch: is the peer alive? The policy of liveness (RFC 7296 §2.4): facts in, decisions out. Knows no packets.
 *
 * struct ikl_watch is for one IKE SA of a stack that makes its own messages and has at most one request outstanding. It
 * knows how long the peer has been silent, and the run of the request (<ikelive/run.h>). The caller
 *
 *   - tells it each fact when it happens, by the function of that name: a request was sent, answered or dropped, the
 *     peer was heard, traffic passed, a path moved;
 *   - keeps one timer at ikl_watch_deadline(), and calls ikl_watch_tick() when it expires;
 *   - does what these return: sends a liveness check, sends the request again, or takes the IKE SA down.
 *
 *     switch (ikl_watch_tick(&watch, now, SLACK, random)) {
 *     case IKL_WATCH_NOTHING:                                           break;
 *     case IKL_WATCH_PROBE:      send a liveness check and tell
 *                                ikl_watch_sent();                      break;
 *     case IKL_WATCH_SEND_AGAIN: send the same octets again;            break;
 *     case IKL_WATCH_GIVE_UP:    take the IKE SA down
 *     }
 *
 * A caller that forgets to tell a fact gets a decision too early or once more, but always another one: while the policy
 * is on or a request is outstanding there is a deadline. Every function costs the same however long nothing happened
 * and however long the schedule is, but for a second run of it, which looks at each wait once. */
#ifndef IKELIVE_WATCH_H
#define IKELIVE_WATCH_H

#include <ikelive/run.h>

#ifdef __cplusplus
extern "C" {
#endif

enum ikl_liveness_policy {
    IKL_LIVENESS_PERIODIC = 0, /* probe after any idle interval */
    IKL_LIVENESS_ON_DEMAND,    /* probe after an idle interval in which we sent and heard nothing; with `at_least` also
                                  when nothing was sent, after so long */
    IKL_LIVENESS_OFF           /* never probe; requests still time out */
};

#define IKL_LIVENESS_DEFAULT_IDLE 5000 /* ms */
#define IKL_IDLE_OFF UINT32_MAX        /* an idle interval that never ends: as IKL_LIVENESS_OFF, whatever the policy */

/* How long the peer has been silent, and whether that is too long. A part of struct ikl_watch, and for who keeps more
 * than one run beside it. A plain value; fields are for reading only; does not grow within a SOVERSION. */
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

/* Fact: a sign of life at `at`. An older one than what is known is ignored. A time that is still to come would hide a
 * dead peer until then: where it may be wrong, give ikl_time_earlier(at, now). One store. */
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
    uint8_t suspect_after;
    bool suspect : 1; /* the peer may be gone: a routing daemon had better look for another path */
    bool asked : 1;   /* a liveness check was asked for and has not been sent */
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

/* With which retransmission the peer becomes suspect, see ikl_run_is_suspicious; 0 means 1, the first. Who is suspect
 * already stays so until an answer. */
IKL_API void ikl_watch_set_suspect_after(struct ikl_watch *watch, uint8_t retransmission);

/* When to call ikl_watch_tick; IKL_NEVER with the policy off and no request outstanding. Ask again after every other
 * call; later than before is the usual answer, so a timer may also be left to expire early. */
IKL_API ikl_time ikl_watch_deadline(const struct ikl_watch *watch);

/* Time has passed. Before the deadline it changes nothing and is IKL_WATCH_NOTHING.
 *
 * With no request outstanding: IKL_WATCH_PROBE when the peer was silent for too long; where no ikl_watch_sent follows,
 * the same again IKL_WATCH_RETRY ms later. With one: what ikl_run_tick says, all signs of life considered, and a peer
 * may become suspect. IKL_WATCH_GIVE_UP changes nothing. `slack`: how many ms late a tick may be and still count as on
 * time; `random`: for the schedule's jitter, 0 where there is none. */
IKL_MUST_USE IKL_API enum ikl_watch_decision ikl_watch_tick(struct ikl_watch *watch, ikl_time now, uint32_t slack,
                                                            uint32_t random);

/* Whether ikl_watch_tick at `now` might ask for a check or give up: if traffic is not told as it comes, now is the time
 * to ask who carries it, and to tell ikl_watch_traffic_heard. */
IKL_API bool ikl_watch_wants_evidence(const struct ikl_watch *watch, ikl_time now);

/* Fact: a request was sent at `now` for the first time, a liveness check or any other. The first wait of a check that
 * was asked for counts from when that was due, see ikl_run_begin. Any request outstanding is a liveness check: none is
 * asked for beside it. Errors: IKL_ERR_BUSY when one is outstanding already. */
IKL_MUST_USE IKL_API int ikl_watch_sent(struct ikl_watch *watch, uint32_t message_id, ikl_time now, uint32_t slack,
                                        uint32_t random);

/* Fact: a fresh authenticated response with this Message ID came at `now`. It ends the request, is a sign of life, and
 * the peer is suspect no more. False, and nothing changes, when no request with this Message ID is outstanding. */
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

/* Fact: at `now` the IKE SA moved to another path; `followed` when the peer did. With a request outstanding what
 * ikl_run_moved says, else IKL_WATCH_NOTHING. */
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
 * begins again. IKL_WATCH_SEND_AGAIN when a request is outstanding, else IKL_WATCH_NOTHING. */
IKL_MUST_USE IKL_API enum ikl_watch_decision ikl_watch_held(struct ikl_watch *watch, ikl_time now);

/* What is due, a check or a retransmission, waits until `until`, for the caller's own reasons (a limit on a rate), and
 * watch->run.put_off says so until it was sent, or the peer was heard. To be called instead of ikl_watch_tick. Earlier
 * than the deadline changes nothing. */
IKL_API void ikl_watch_put_off(struct ikl_watch *watch, ikl_time until);

/* Whether there was a sign of life since the last send of the request that is outstanding: with IKL_WATCH_GIVE_UP, the
 * peer is there and does not answer. */
IKL_API bool ikl_watch_heard_since_send(const struct ikl_watch *watch);

#ifdef __cplusplus
}
#endif
#endif
