/* SPDX-License-Identifier: ISC */
/* ikelive examples: did an IKE SA keep its schedule? */
#include "verdict.h"

void verdict_fault(struct verdict *verdict, const char *fault)
{
    if (verdict->fault == NULL) {
        verdict->fault = fault;
    }
}

static void expect(struct verdict *verdict, bool truth, const char *fault)
{
    if (!truth) {
        verdict_fault(verdict, fault);
    }
}

void verdict_begin(struct verdict *verdict, const struct ikl_schedule *schedule, uint32_t idle, uint32_t slack,
                   uint32_t children)
{
    *verdict = (struct verdict){
        .schedule = schedule,
        .idle = idle,
        .slack = slack,
        .children = children,
    };
}

const struct ikl_schedule *verdict_schedule(const struct verdict *verdict, struct ikl_schedule *room)
{
    if (!verdict->trim) {
        return verdict->schedule;
    }
    ikl_round_trip_trim(room, verdict->schedule, &verdict->round_trip);
    return room;
}

static void heard(struct verdict *verdict, ikl_time now)
{
    verdict->heard = now;
    verdict->deadline = now + verdict->idle;
}

void verdict_established(struct verdict *verdict, ikl_time now)
{
    heard(verdict, now);
}

void verdict_sleep(struct verdict *verdict, ikl_time next_deadline)
{
    expect(verdict, verdict->down || next_deadline <= verdict->deadline,
           "the library let the loop sleep past a deadline");
}

void verdict_advanced(struct verdict *verdict, ikl_time now)
{
    expect(verdict, verdict->down || now < verdict->deadline, "something that was due did not happen");
}

void verdict_datagram(struct verdict *verdict)
{
    verdict->datagrams++;
    expect(verdict, !verdict->down, "something was sent after the IKE SA went down");
}

/* What was due happens now: checks that it is neither early nor late. */
static void expect_in_time(struct verdict *verdict, struct verdict_tick tick)
{
    expect(verdict, verdict->deadline <= tick.now, "something happened before its deadline");
    expect(verdict, tick.before < verdict->deadline, "something did not happen in the first advance at its deadline");
}

static bool later_than_slack(const struct verdict *verdict, ikl_time now)
{
    return now > verdict->deadline + verdict->slack;
}

static void expect_counted(struct verdict *verdict, const struct ikl_attempt *attempt)
{
    expect(verdict, attempt->retransmission == verdict->sends + verdict->overdue, "the retransmissions are miscounted");
    expect(verdict, attempt->send_result == IKL_OK, "a datagram could not be sent");
}

static void count(struct verdict *verdict)
{
    verdict->attempts++;
    expect(verdict, verdict->datagrams == verdict->attempts, "something was sent that the schedule does not know");
}

/* The wait that runs goes on. */
static void take_overdue(struct verdict *verdict, const struct ikl_attempt *attempt, ikl_time now)
{
    expect(verdict, verdict->round_trip_sends && verdict->sends == 1 && verdict->overdue < IKL_RUN_MAX_EARLY,
           "a request was overdue that could not be");
    expect(verdict, now < verdict->deadline && attempt->wait == verdict->deadline - now,
           "what was overdue has changed the schedule");
    expect_counted(verdict, attempt);
    verdict->overdue++;
    count(verdict);
}

/* The wait with this number begins. */
static uint32_t wait_of(const struct verdict *verdict, uint32_t number, bool late)
{
    struct ikl_schedule room;
    const struct ikl_schedule *used = verdict_schedule(verdict, &room);

    return late && verdict->sends != 0 && number + 1 == used->tries ? ikl_schedule_wait_again(used, 0)
                                                                    : ikl_schedule_wait(used, number);
}

void verdict_attempt(struct verdict *verdict, const struct ikl_attempt *attempt, struct verdict_tick tick)
{
    uint32_t tries = verdict->schedule->tries;
    bool late = later_than_slack(verdict, tick.now);
    uint32_t wait;

    if (attempt->cause == IKL_ATTEMPT_OVERDUE) {
        take_overdue(verdict, attempt, tick.now);
        return;
    }
    expect_in_time(verdict, tick);
    expect_counted(verdict, attempt);
    if (verdict->sends >= tries) {
        expect(verdict, verdict->sends == tries && late, "a request was sent more often than the schedule has tries");
        verdict->sends = tries;
    }
    wait = wait_of(verdict, verdict->sends < tries ? verdict->sends : tries - 1, late);
    expect(verdict, attempt->wait == wait, "a wait is not the schedule's");

    /* The wait begins; it never ends in the advance that began it. */
    verdict->deadline = ikl_time_later((late ? tick.now : verdict->deadline) + wait, tick.now + 1);
    verdict->sends++;
    count(verdict);
}

void verdict_alive(struct verdict *verdict, const struct ikl_alive *alive, ikl_time now)
{
    expect(verdict, alive->sends == verdict->sends + verdict->overdue,
           "the sends of an answered request are miscounted");
    if (alive->sends == 1) {
        ikl_round_trip_sample(&verdict->round_trip, now - alive->first_sent);
    } else {
        ikl_round_trip_missed(&verdict->round_trip);
    }
    verdict->sends = 0;
    verdict->overdue = 0;
    heard(verdict, now);
}

void verdict_child_down(struct verdict *verdict, const struct ikl_down *down)
{
    expect(verdict, !verdict->down, "a Child SA went down after its IKE SA");
    expect(verdict, down->reason == IKL_DOWN_TIMEOUT, "a Child SA went down for another reason than a timeout");
    expect(verdict, verdict->children > 0, "a Child SA went down twice");
    verdict->children--;
}

void verdict_down(struct verdict *verdict, const struct ikl_down *down, struct verdict_tick tick)
{
    uint32_t tries = verdict->schedule->tries;

    expect_in_time(verdict, tick);
    expect(verdict, !verdict->down, "the IKE SA went down twice");
    expect(verdict, verdict->children == 0, "the IKE SA went down before its Child SAs");
    expect(verdict, down->reason == IKL_DOWN_TIMEOUT, "the IKE SA went down for another reason than a timeout");
    expect(verdict, verdict->sends >= tries, "the IKE SA went down before the schedule had run out");
    expect(verdict, verdict->sends > tries || !later_than_slack(verdict, tick.now),
           "the IKE SA went down in an advance that was itself too late");
    expect(verdict, down->sends == verdict->sends + verdict->overdue,
           "the sends of the unanswered request are miscounted");
    expect(verdict, down->last_evidence == verdict->heard, "the last evidence of life is not the last answer");
    verdict->down = true;
}

bool verdict_kept(const struct verdict *verdict)
{
    return verdict->fault == NULL;
}
