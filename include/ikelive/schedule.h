/* SPDX-License-Identifier: ISC */
/* ikelive schedule: when to probe a peer, how long to wait before each retransmission, when to give up, and how often
 * that is wrong (RFC 7296 §2.1, §2.4).
 *
 * A schedule is arithmetic only: it knows no clock and no packet. A request is sent once at the start of wait 0; when
 * wait n ends unanswered, the request is sent again and wait n + 1 begins, except after the last wait: then it is
 * given up. `tries` waits therefore mean `tries` sends, `tries` - 1 of them retransmissions.
 *
 *     send 0 --wait 0-- send 1 --wait 1-- send 2 -- ... -- send tries-1 --wait tries-1-- give up */
#ifndef IKELIVE_SCHEDULE_H
#define IKELIVE_SCHEDULE_H

#include <ikelive/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* When a peer is probed. */
enum ikl_liveness_policy {
    IKL_LIVENESS_PERIODIC = 0, /* probe after any idle interval */
    IKL_LIVENESS_ON_DEMAND,    /* probe after an idle interval in which we sent and heard nothing; with `at_least` also
                                  when nothing was sent, after so long */
    IKL_LIVENESS_OFF           /* never probe; requests still time out */
};

#define IKL_LIVENESS_DEFAULT_IDLE 5000 /* ms */
#define IKL_IDLE_OFF UINT32_MAX        /* an idle interval that never ends: as IKL_LIVENESS_OFF, whatever the policy */

#define IKL_SCHEDULE_MAX_WAITS 64      /* different waits in one schedule */
#define IKL_SCHEDULE_MAX_TRIES 65535   /* waits, repeats of the last one included */
#define IKL_SCHEDULE_MAX_WAIT 86400000 /* a wait in ms: one day */
#define IKL_SCHEDULE_MAX_JITTER 900    /* thousandths of a wait */

/* A plain value: copy it, or make it const and share it. Make one with the functions below; reading it is fine. The
 * struct does not grow within a SOVERSION. */
struct ikl_schedule {
    uint32_t waits[IKL_SCHEDULE_MAX_WAITS]; /* ms; each 1 to IKL_SCHEDULE_MAX_WAIT */
    uint16_t n_waits;                       /* how many of `waits` are used, at least 1 */
    uint16_t tries;  /* waits until giving up, at least n_waits; beyond n_waits the last repeats */
    uint16_t jitter; /* thousandths by which each wait may be shortened at random, at most IKL_SCHEDULE_MAX_JITTER; the
                        functions that make a schedule set 0 */
    uint32_t again;  /* ms of the last wait after a late tick and of one that begins again, at most
                       IKL_SCHEDULE_MAX_WAIT; 0: those of any other last wait. See ikl_schedule_wait_again */
};

/* Makes a schedule from a list of `n` waits in ms. The last one repeats until there are `tries` waits; `tries` 0 means
 * `n`. Errors: IKL_ERR_INVALID when n is 0 or above IKL_SCHEDULE_MAX_WAITS, a wait is 0 or above IKL_SCHEDULE_MAX_WAIT,
 * or `tries` is below n or above IKL_SCHEDULE_MAX_TRIES. Waits that shrink are allowed. */
IKL_MUST_USE IKL_API int ikl_schedule_from_list(struct ikl_schedule *out, const uint32_t *waits, size_t n,
                                                uint32_t tries);

/* Makes a schedule whose wait n is first * (factor / 1000)^n, computed exactly and rounded up to a whole millisecond,
 * and not above `cap` ms; `cap` 0 means IKL_SCHEDULE_MAX_WAIT. `first` is in ms, `factor` in thousandths, at least
 * 1000; `tries` is 1 to IKL_SCHEDULE_MAX_TRIES. Errors: IKL_ERR_INVALID when a number is out of range, or `first` is
 * above the cap, or there are more than IKL_SCHEDULE_MAX_WAITS tries, `factor` is above 1000, and the waits do not
 * reach the cap within that many. */
IKL_MUST_USE IKL_API int ikl_schedule_from_factor(struct ikl_schedule *out, uint32_t first, uint32_t factor,
                                                  uint32_t cap, uint32_t tries);

/* Parses "1,2,4.5": waits in seconds with up to three decimals, separated by commas; a suffix "x6" says a wait six
 * times ("5,10,60x6" has eight waits). Errors: IKL_ERR_INVALID for anything else, or a list that
 * ikl_schedule_from_list would refuse. */
IKL_MUST_USE IKL_API int ikl_schedule_parse(struct ikl_schedule *out, const char *text);

/* The schedule with this name, or null. Static and constant. Waits in seconds:
 *   panos-7.0   1,2,4,8,16,32,64,64,64,64            319 (the default)
 *   panos-11    5,10,20,40,60,60,60,60,60,60         435
 *   strongswan  4,7.2,12.96,23.328,41.991,75.583         165.062
 *   libreswan   0.5,0.5,1,2,4,8,16,32                64
 *   openiked    2,4,8,16,32,64                       126
 *   fortios     3,6,12,24,48                         93
 *   android     0.5,1,2,4,8                          15.5 */
IKL_API const struct ikl_schedule *ikl_schedule_by_name(const char *name);

/* The name of the n-th named schedule, from 0; null when there are no more. `panos-7.0` is 0. */
IKL_API const char *ikl_schedule_name(size_t n);

/* The schedule used where none is given: `panos-7.0`. */
IKL_API const struct ikl_schedule *ikl_schedule_default(void);

/* The first field that breaks the rules above: "n_waits", "tries", "jitter", "waits" or "again"; null when none does.
 * */
IKL_API const char *ikl_schedule_error(const struct ikl_schedule *schedule);

/* IKL_OK when the fields keep the rules above, else IKL_ERR_INVALID. */
IKL_MUST_USE IKL_API int ikl_schedule_check(const struct ikl_schedule *schedule);

/* The wait in ms that begins with send `attempt` (0 is the first send); 0 when `attempt` >= tries: give up. O(1). */
IKL_API uint32_t ikl_schedule_wait(const struct ikl_schedule *schedule, uint32_t attempt);

/* The same, shortened at random by up to `jitter` thousandths, rounded up and never below 1 ms. An evenly distributed
 * `random` gives evenly distributed waits; 0 gives the full wait. */
IKL_API uint32_t ikl_schedule_jittered_wait(const struct ikl_schedule *schedule, uint32_t attempt, uint32_t random);

/* The last wait when it waits for more than an answer: when a late tick began it or put it in place of a verdict, or
 * the uplink is down and the verdict is held (ikl_run_tick, ikl_run_hold). That is `again`, or the last wait if `again`
 * is 0; shortened as above. */
IKL_API uint32_t ikl_schedule_wait_again(const struct ikl_schedule *schedule, uint32_t random);

/* The ms from the first send to giving up: the sum of all waits, jitter left out (it only shortens). */
IKL_API uint64_t ikl_schedule_total(const struct ikl_schedule *schedule);

/* The ms from the first send over UDP after which to try TCP (RFC 9329 §5.1, §7.1): the end of the wait that begins
 * with retransmission number `retransmissions`, 1 at least, so that UDP had a second chance; at most
 * ikl_schedule_total, jitter left out. To connect, begin anew over TCP then, with another SPI; a request of an IKE SA
 * that moves goes on over TCP by ikl_sa_set_path. */
IKL_API uint64_t ikl_schedule_fallback(const struct ikl_schedule *schedule, uint32_t retransmissions);

/* The least ms between the first send and the last: all waits but the last, each with the most jitter. Unless other
 * datagrams are lost too, no outage up to this long makes the schedule give a peer up, whenever it begins: compare it
 * with the outages in your log. */
IKL_API uint64_t ikl_schedule_span(const struct ikl_schedule *schedule);

/* The most ms that can pass from a peer's last sign of life to teardown under the periodic policy with this idle
 * interval (ms), ticks on time: ikl_time_after(idle, total). Where the last wait is trimmed by what is measured, give
 * the trimmed schedule (ikl_round_trip_trim) for what that is now, and the listed one for what it may become. Each tick
 * that is late by d adds at most d, and one that begins the last wait or ends it ikl_schedule_wait_again besides. A
 * peer that falls silent while a request is outstanding is torn down within the total. A move to another path begins
 * the request that is outstanding again, and counts like a sign of life. */
IKL_API uint64_t ikl_schedule_worst_detect(const struct ikl_schedule *schedule, uint64_t idle);

/* The most ms from the first send of a request to giving it up, with `moves` to other paths meanwhile and ticks on
 * time, whatever the peer does short of answering: (2 + moves) * total. That much needs a peer that is heard, by other
 * messages or by the traffic of its Child SAs, and never answers the request. Late ticks add their lateness and, once,
 * ikl_schedule_wait_again; where that is longer than the last wait, 3 + moves times at most. */
IKL_API uint64_t ikl_schedule_worst_unanswered(const struct ikl_schedule *schedule, uint32_t moves);

/* The most sends of one request meanwhile, the first one included: (2 * tries - 1) * (2 + moves), ticks on time; late
 * ones add two, and round-trip sends three. */
IKL_API uint64_t ikl_schedule_most_sends(const struct ikl_schedule *schedule, uint32_t moves);

/* The last wait, and what to do with it.
 *
 * Nothing is sent at its end. It need only be long enough for an answer to the last send; any more delays the verdict
 * and saves no peer, unless a link holds datagrams during an outage and delivers them afterwards. There are two ways to
 * use that time: not to wait, or to send once more.
 *
 *                 verdict     trimmed to 1 s   sends with a parting one
 *     panos-7.0   319 s       256 s            11
 *     panos-11    435         376              11
 *     strongswan  165.062      90.479           7
 *     libreswan    64          33               9
 *     openiked    126          63               7
 *     fortios      93          46               6
 *     android      15.5         8.5             6
 *
 * Both keep the listed last wait in `again`: a host that slept has as long for the answer as without them, and while
 * the uplink is down and verdicts are held (`outage_hold` of an endpoint) the request is sent no more often. Jitter
 * shortens the new waits like all others.
 *
 * Errors of both: IKL_ERR_INVALID when the waits would no longer fit into a schedule because the last one repeats
 * beyond IKL_SCHEDULE_MAX_WAITS. `out` may be `schedule`. */

#define IKL_SCHEDULE_MIN_LAST_WAIT 1000 /* ms to which a last wait is trimmed at the least */

/* The schedule with its last wait trimmed to eight times `round_trip`, the largest one in ms that was seen lately, but
 * to IKL_SCHEDULE_MIN_LAST_WAIT at least; never longer than listed. The sends stay where they are. Trim the schedule as
 * it is listed, whenever the round trip has changed. Do not trim as a responder that supports MOBIKE: its peer may need
 * minutes to find a path that works, and should have five (RFC 4555 §3.11); panos-7.0 as listed gives them. */
IKL_MUST_USE IKL_API int ikl_schedule_trim(struct ikl_schedule *out, const struct ikl_schedule *schedule,
                                           uint32_t round_trip);

/* The schedule with one more send, IKL_SCHEDULE_MIN_LAST_WAIT before the same verdict. The wait before that send may be
 * shorter than the wait before it: that of panos-7.0 is 63 s after waits of 64 s. RFC 7296 §2.4 would have waits grow,
 * so this is the caller's choice. Errors: also IKL_ERR_INVALID when the last wait is not longer than
 * IKL_SCHEDULE_MIN_LAST_WAIT. */
IKL_MUST_USE IKL_API int ikl_schedule_with_parting_send(struct ikl_schedule *out, const struct ikl_schedule *schedule);

/* How often a schedule gives up a peer that is alive, and a schedule that does so seldom enough.
 *
 * The model: each datagram is lost with the same probability, in both directions and independently of all others, and a
 * message is one datagram. A request is sent `tries` times; a send that reaches the peer is answered each time (RFC
 * 7296 §2.1); any answer ends the request. The times of sends play no part, as long as an answer comes before the last
 * wait ends. Loss that comes in bursts is worse than the model when a burst outlasts the sends: for that see
 * ikl_schedule_false_down_outages. These functions use floating point; nothing else in the library does.
 *
 * How often the named schedules are wrong, by the share of datagrams that is lost each way; an IKE SA that is idle all
 * the time makes 6.3 million checks a year:
 *
 *                  1 %      5 %     10 %     20 %     30 %
 *   panos-7.0  9.7e-18  7.8e-11  6.1e-08  3.7e-05  1.2e-03
 *   panos-11   9.7e-18  7.8e-11  6.1e-08  3.7e-05  1.2e-03
 *   strongswan 6.2e-11  8.6e-07  4.7e-05  2.2e-03  1.8e-02
 *   libreswan  2.5e-14  8.2e-09  1.7e-06  2.8e-04  4.6e-03
 *   openiked   6.2e-11  8.6e-07  4.7e-05  2.2e-03  1.8e-02
 *   fortios    3.1e-09  8.8e-06  2.5e-04  6.0e-03  3.5e-02
 *   android    3.1e-09  8.8e-06  2.5e-04  6.0e-03  3.5e-02 */

/* The probability that one request, a liveness check or any other, is given up although the peer is there to answer
 * it, when each datagram is lost with probability `loss`: (1 - (1 - loss)^2)^tries, with a relative error below 1e-10
 * where that is not below 1e-300. A `loss` below 0 counts as 0, one above 1 or not a number as 1. The waits and the
 * jitter of the schedule play no part. O(log tries). */
IKL_API double ikl_schedule_false_down(const struct ikl_schedule *schedule, double loss);

/* The same on a path that has outages.
 *
 * Real paths have outages, and these make a schedule give up peers that are alive: compared with them, single losses
 * hardly count. In the model an outage loses all datagrams both ways. Outages come in kinds, as many as it takes to
 * describe their lengths: while the path is up, those of each kind begin at a constant rate, and their lengths are
 * exponentially distributed. Besides, datagrams are lost as above. The peer is checked `idle` ms after each answer,
 * which shows that the path is up; a false verdict sets up the IKE SA anew. Within the model the numbers are exact.
 *
 * Do not take one kind with the mean of all outages, because the long ones count; a few kinds, with their outages
 * counted in a log, come close to any distribution: three that were fitted to log-normal or Pareto outages are within a
 * tenth of the truth for each named schedule. Without other loss there is a check for every distribution, whatever its
 * shape: the false verdicts a year are between the number of outages in a year that are longer than ikl_schedule_span +
 * idle, and of those longer than the span.
 *
 * False verdicts a year for one IKE SA that is checked when idle for 5 s, as listed and with a parting send, with these
 * habits, which were assumed and not measured (mean length x number a year):
 *
 *   DSL          loss 0.1 %:   5 s x 365, 45 s x 60, 150 s x 6, 1 h x 2
 *   LTE          loss 1 %:     1.5 s x 7305, 20 s x 1461, 3 min x 100
 *   data centre  loss 0.001 %: 1 s x 50, 60 s x 6, 10 min x 1
 *   satellite    loss 1 %:     2 s x 73050, 15 s x 1826, 4 min x 40, 3 min x 26 (in low orbit)
 *
 *                     DSL            LTE    data centre      satellite
 *   panos-7.0   3.1   2.6      24     17    0.73   0.61      20     15
 *   panos-11    2.3   2.1      12    8.9    0.54   0.49      12    8.8
 *   strongswan   13   5.4      77     41     2.2    1.1      49     31
 *   libreswan    35    20     350    129     4.3    2.9     248     76
 *   openiked     20   8.1     133     53     2.9    1.5      78     38
 *   fortios      27    13     220     75     3.6    2.1     138     48
 *   android     107    61    1005    723     6.1    5.5    1735    694
 *
 * Trimmed schedules give up at most a thousandth more than listed ones: what counts is how many sends there are, and
 * when. Single losses of 1 % add at most 6 % to what the outages do. */

#define IKL_HABIT_MAX_KINDS 8
#define IKL_HABIT_MIN_MEAN 1    /* ms */
#define IKL_HABIT_MAX_MEAN 1e12 /* ms */
#define IKL_HABIT_MAX_A_YEAR 1e9

/* Outages of one kind. */
struct ikl_outage_kind {
    double mean;   /* ms, from IKL_HABIT_MIN_MEAN to IKL_HABIT_MAX_MEAN */
    double a_year; /* how many begin in a year (of 365.25 days) in which the path is up, 0 to IKL_HABIT_MAX_A_YEAR */
};

/* What a path does. A plain value; it does not grow within a SOVERSION. */
struct ikl_habit {
    double loss; /* the probability that a datagram is lost while the path is up, each way, from 0 to 1 */
    struct ikl_outage_kind kinds[IKL_HABIT_MAX_KINDS];
    size_t n_kinds; /* how many of `kinds` are used; 0: single losses only */
};

/* The first field that breaks these rules: "loss", "n_kinds", "kinds.mean" or "kinds.a_year"; null when none does. */
IKL_API const char *ikl_habit_error(const struct ikl_habit *habit);

/* How many times a year an IKE SA is given up although its peer is alive, under the periodic policy with the idle
 * interval `idle` ms. The schedule's jitter is left out. The relative error is below 1e-12 where the result is not
 * below 1e-290. Nothing is allocated. O(n_kinds^3) for each of the schedule's different waits, O(n_kinds^2) for each
 * try. Errors: IKL_ERR_INVALID when `idle` is 0 or the habit breaks its rules. */
IKL_MUST_USE IKL_API int ikl_schedule_false_down_outages(double *a_year, const struct ikl_schedule *schedule,
                                                         uint32_t idle, const struct ikl_habit *habit);

/* The shortest wait of a schedule that ikl_schedule_propose makes, in ms. */
#define IKL_PROPOSED_MIN_WAIT 500

/* Proposes a schedule that detects a dead peer within `detect` ms and gives up one that is alive at most once in
 * `years` years (of 365.25 days), under the periodic policy with the idle interval `idle` ms: its
 * ikl_schedule_worst_detect is at most `detect`, and its ikl_schedule_false_down at `loss`, times the checks that there
 * can be in those years, one each `idle` ms, is at most 1.
 *
 * Only single losses count here; for a path with outages use ikl_schedule_propose_outages.
 *
 * It has the fewest tries that do so, at least two (§2.4: repeated attempts), and repeats its last wait. Its waits are
 * IKL_PROPOSED_MIN_WAIT or more and double from the first one up to a cap. The first wait is 1 s where the time does
 * not suffice to double all the way from there, longer where that leaves time, and shorter where not even waits of 1 s
 * each fit. The rest of the time goes to the cap, but not above IKL_SCHEDULE_MAX_WAIT. Jitter is 0.
 *
 * Errors: IKL_ERR_INVALID unless `idle` is 1 or more, `detect` is above `idle`, `loss` is from 0 to below 1, and
 * `years` is above 0 and at most 1e9; IKL_ERR_NOT_FOUND when no schedule does it: so many tries, with waits of
 * IKL_PROPOSED_MIN_WAIT, take longer than `detect` - `idle`, or are more than IKL_SCHEDULE_MAX_TRIES. */
IKL_MUST_USE IKL_API int ikl_schedule_propose(struct ikl_schedule *out, uint64_t detect, uint32_t idle, double loss,
                                              double years);

/* What comes nearest when no schedule does what was asked. */
struct ikl_nearest {
    uint64_t detect; /* the least ms to detect for which there is a schedule, all else as asked; IKL_NEVER when there is
                        none */
    double years;    /* the most years with `detect` as asked; 0 when that leaves no time for a schedule */
    double outages;  /* about how many a year begin in the idle time and outlast the time to detect: more sends do not
                       help against these */
};

/* Proposes a schedule for a path with this habit: its ikl_schedule_worst_detect is at most `detect` ms, and its
 * ikl_schedule_false_down_outages at most one in `years` years.
 *
 * No time is wasted: the last wait is as ikl_schedule_trim makes it, eight times `round_trip` ms and at least
 * IKL_SCHEDULE_MIN_LAST_WAIT, and the last send comes that much before `detect` - `idle`; `again` is the longest wait.
 * The waits before double from 1 s up to a cap, and fill the time to the millisecond. There are as few of them as
 * suffice, but not fewer than doubling to the last send takes, and at most IKL_SCHEDULE_MAX_WAITS. Where not even waits
 * of 1 s each fit, all are shorter, but IKL_PROPOSED_MIN_WAIT or more. There are two sends at least (§2.4: repeated
 * attempts). Jitter is 0.
 *
 * Errors: IKL_ERR_INVALID unless `idle` is 1 or more, `detect` is above `idle`, `years` is above 0 and at most 1e9, and
 * the habit keeps its rules; IKL_ERR_NOT_FOUND when no such schedule does it: then `nearest`, unless it is null, says
 * what would. Finding that takes up to 2,000 times as long as ikl_schedule_false_down_outages. */
IKL_MUST_USE IKL_API int ikl_schedule_propose_outages(struct ikl_schedule *out, struct ikl_nearest *nearest,
                                                      uint64_t detect, uint32_t idle, uint32_t round_trip, double years,
                                                      const struct ikl_habit *habit);

#ifdef __cplusplus
}
#endif
#endif
