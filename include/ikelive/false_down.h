/* SPDX-License-Identifier: ISC */
/* ikelive false down: how often a schedule gives up a peer that is alive, and a schedule that does so seldom enough.
 *
 * The model: each datagram is lost with the same probability, either way and whatever became of others, and a message
 * is one datagram. A request is sent `tries` times (see <ikelive/schedule.h>); a send that reaches the peer is answered
 * each time (RFC 7296 §2.1); any answer ends the request. The times of sends play no part, as long as an answer comes
 * before the last wait ends. Loss that comes in bursts is worse than the model when a burst outlasts the schedule, so
 * the total of a schedule matters too. These functions use floating point; nothing else in the library does.
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
#ifndef IKELIVE_FALSE_DOWN_H
#define IKELIVE_FALSE_DOWN_H

#include <ikelive/schedule.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The probability that one request, a liveness check or any other, is given up although the peer is there to answer
 * it, when each datagram is lost with probability `loss`: (1 - (1 - loss)^2)^tries, with a relative error below 1e-10
 * where that is not below 1e-300. A `loss` below 0 counts as 0, one above 1 or not a number as 1. The waits and the
 * jitter of the schedule play no part. O(log tries). */
IKL_API double ikl_schedule_false_down(const struct ikl_schedule *schedule, double loss);

/* The shortest wait of a schedule that ikl_schedule_propose makes, in ms. */
#define IKL_PROPOSED_MIN_WAIT 500

/* Proposes a schedule that detects a dead peer within `detect` ms and gives up one that is alive at most once in
 * `years` years (of 365.25 days), under the periodic policy with the idle interval `idle` ms: its
 * ikl_schedule_worst_detect is at most `detect`, and its ikl_schedule_false_down at `loss`, times the checks that there
 * can be in those years, one each `idle` ms, is at most 1.
 *
 * It has the least number of tries that does so, two or more (§2.4: repeated attempts), the last waits repeated. Its
 * waits are IKL_PROPOSED_MIN_WAIT or more and double from the first one up to a cap. The first wait is 1 s where the
 * time is short of doubling all the way from there, longer where that leaves time, and shorter where not even waits of
 * 1 s each fit. The rest of the time goes to the cap, but not above IKL_SCHEDULE_MAX_WAIT. Jitter is 0.
 *
 * Errors: IKL_ERR_INVALID unless `idle` is 1 or more, `detect` is above `idle`, `loss` is from 0 to below 1, and
 * `years` is above 0 and at most 1e9; IKL_ERR_NOT_FOUND when no schedule does it: so many tries, with waits of
 * IKL_PROPOSED_MIN_WAIT, take longer than `detect` - `idle`, or are more than IKL_SCHEDULE_MAX_TRIES. */
IKL_MUST_USE IKL_API int ikl_schedule_propose(struct ikl_schedule *out, uint64_t detect, uint32_t idle, double loss,
                                              double years);

#ifdef __cplusplus
}
#endif
#endif
