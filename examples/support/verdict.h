/* SPDX-License-Identifier: ISC */
/* ikelive examples: did an IKE SA keep its schedule?
 *
 * Told of everything the library reports, it works out on its own, from the schedule and the idle interval, when each
 * send and the teardown were due, and compares. The rules are those of <ikelive/watch.h>:
 *   - A probe is due one idle interval after the last evidence of life, each retransmission and the teardown when the
 *     wait before it ends.
 *   - What is due happens in the first ikl_endpoint_advance at or after its deadline, and ikl_endpoint_next_deadline
 *     never lets the loop sleep past it.
 *   - A wait counts from the deadline before it or, when that was missed by more than the slack, from the actual send.
 *   - No teardown in an advance later than the slack: then one more send, and the last wait once more.
 *   - A last wait that a late advance begins is as listed; else it goes by the round trips, when that is asked for.
 *   - A check whose answer is overdue is sent up to three times more, when that is asked for; all else stays.
 *   - Every Child SA goes down before the IKE SA, and nothing is sent after. */
#ifndef EXAMPLES_VERDICT_H
#define EXAMPLES_VERDICT_H

#include <ikelive/endpoint.h>
#include <ikelive/watch.h>

/* The advance in which something happened: the first at or after a deadline d has before < d <= now. */
struct verdict_tick {
    ikl_time before; /* the advance before it */
    ikl_time now;
};

struct verdict {
    const struct ikl_schedule *schedule;
    uint32_t idle, slack;
    bool trim, round_trip_sends;      /* as in the config of the IKE SA: set them after verdict_begin */
    struct ikl_round_trip round_trip; /* of the checks that were answered */
    uint32_t overdue;                 /* sends of the outstanding request besides `sends` */
    ikl_time heard;                   /* last evidence of life */
    ikl_time deadline;                /* of what comes next */
    uint32_t sends;                   /* of the outstanding request; 0: none is outstanding */
    uint32_t children;                /* that are up */
    uint32_t datagrams, attempts;
    bool down;
    const char *fault; /* the first thing that was wrong, or null */
};

/* Prepares to judge an IKE SA with `children` Child SAs. `schedule` is borrowed. */
void verdict_begin(struct verdict *verdict, const struct ikl_schedule *schedule, uint32_t idle, uint32_t slack,
                   uint32_t children);

/* The schedule as it is used now; `room` may become it. */
const struct ikl_schedule *verdict_schedule(const struct verdict *verdict, struct ikl_schedule *room);

/* The IKE SA was established: its first evidence of life. */
void verdict_established(struct verdict *verdict, ikl_time now);

/* The loop goes to sleep, until `next_deadline` unless a datagram arrives. */
void verdict_sleep(struct verdict *verdict, ikl_time next_deadline);

/* An advance at `now` has returned: nothing that was due is left. */
void verdict_advanced(struct verdict *verdict, ikl_time now);

/* A datagram went out. */
void verdict_datagram(struct verdict *verdict);

/* A request went out. */
void verdict_attempt(struct verdict *verdict, const struct ikl_attempt *attempt, struct verdict_tick tick);

/* It was answered. */
void verdict_alive(struct verdict *verdict, const struct ikl_alive *alive, ikl_time now);

void verdict_child_down(struct verdict *verdict, const struct ikl_down *down);
void verdict_down(struct verdict *verdict, const struct ikl_down *down, struct verdict_tick tick);

/* Notes that something else was wrong. */
void verdict_fault(struct verdict *verdict, const char *fault);

/* True when nothing was wrong. */
bool verdict_kept(const struct verdict *verdict);

#endif
