/* SPDX-License-Identifier: ISC */
/* From any state of a watch, whatever happens leaves one, whose deadline is not lost. While a request is out, a tick
 * before the deadline changes nothing. Any other leaves a deadline that is to come, or the verdict, which falls just
 * when the header says. While none is out a check is asked for just when one is due.
 *
 * bounds: schedules of 3 waits at most, without jitter; on demand, an interval of 4096 ms, and
 * at rest no more than 65 s after the last sign of life; -DPUT_OFF: an interval of 4096 ms
 * each: -DTICK=UDP -DSENT -DANSWERED -DHEARD -DMOVED -DBLOCKED -DHELD -DPUT_OFF
 * each: -DREST=IKL_LIVENESS_OFF
 * each: -DOTHER=0 -DOTHER=1 -DOTHER=2 -DOTHER=3 -DOTHER=4
 * long: -DTICK=TRIMMED -DTICK=STREAM -DREST=IKL_LIVENESS_ON_DEMAND -DREST=IKL_LIVENESS_PERIODIC
 * cbmc: -DWAITS=3 --unwind 5
 * fault: lib/policy/run.c s/if (!late || run->extended)/if (run->extended)/
 * fault: -DBLOCKED lib/policy/run.c s/ikl_time_later(\(ikl_time_after(now, run->lead)\), .*1))/\1/
 * fault: -DREST=IKL_LIVENESS_PERIODIC lib/policy/watch.c s/ikl_time_after(now, IKL_WATCH_RETRY)/now/
 * fault: -DPUT_OFF lib/policy/run.c s/if (until <= run->deadline)/if (until < run->deadline - run->lead)/ */
#include "runs.h"

#include "policy/watch.c"

enum { INTERVAL = 4096 }; /* ms, where times are divided by it */

static struct ikl_schedule schedule;
static struct ikl_watch watch, before;
static ikl_time now;
static uint32_t slack;

static struct ikl_watch any_watch(void)
{
    struct ikl_watch any = {.idle = {nondet_u64(), nondet_u32(), nondet_u16(), nondet_u8()},
                            .run = any_run(&schedule),
                            .traffic_sent = nondet_bool() ? IKL_NEVER : nondet_u64(),
                            .round_trip = {nondet_u32() & 0x3ffff, nondet_u16() & 0x1fff, nondet_bool(),
                                           nondet_u32() & 0x1ffff, nondet_u16() & 0x7fff},
                            .suspect_after = nondet_u8(),
                            .suspect = nondet_bool(),
                            .asked = nondet_bool(),
                            .round_trip_sends = nondet_bool(),
                            .trim = nondet_bool(),
                            .reliable = nondet_bool()};

#if defined(PUT_OFF)
    any.idle.interval = INTERVAL;
#elif defined(REST)
    any.idle.policy = REST;
    if (REST == IKL_LIVENESS_ON_DEMAND) { /* times since the last sign of life */
        any.idle.interval = INTERVAL;
        any.idle.heard = 0;
        any.run.deadline = nondet_u16();
        now = nondet_u16();
    }
#else
    if (any.idle.policy == IKL_LIVENESS_ON_DEMAND) {
        any.idle.interval = INTERVAL;
    }
#endif
    suppose(ikl_watch_is_valid(&any) && any.idle.heard < LATEST && any.run.deadline < LATEST);
    suppose(any.run.first_sent < LATEST || any.run.first_sent == IKL_NEVER);
    return any;
}

static bool is_same(void)
{
    return is_same_run(&watch.run, &before.run) && watch.idle.heard == before.idle.heard &&
           watch.suspect == before.suspect && watch.asked == before.asked;
}

/* Off a reliable path. */
static bool is_verdict(void)
{
    const struct ikl_run *run = &before.run;
    bool late = now - run->deadline > slack;
    bool heard = ikl_time_earlier(before.idle.heard, now) > run->deadline - run->lead;

    return now >= run->deadline && run->attempt + 1u >= schedule.tries && !run->blocked && (!heard || run->again) &&
           (!late || run->extended);
}

/* Nothing is out: a check is asked for just when one is due. */
static void look(void)
{
    ikl_time due = before.idle.heard + before.idle.interval, sent = before.traffic_sent;
    bool on_demand = before.idle.policy == IKL_LIVENESS_ON_DEMAND;
    bool wanted =
        !on_demand || (sent != IKL_NEVER && sent > before.idle.heard) ||
        (before.idle.at_least != 0 && now >= before.idle.heard + (uint64_t)before.idle.at_least * before.idle.interval);
    bool asks = now >= due && wanted && !ikl_idle_is_off(&before.idle);
    enum ikl_watch_decision decision;

    suppose(!ikl_run_is_out(&watch.run));
    decision = ikl_watch_tick(&watch, now, slack, 0);
    if (now < ikl_watch_deadline(&before)) {
        prove(decision == IKL_WATCH_NOTHING && is_same());
        return;
    }
    prove(ikl_watch_wants_evidence(&before, now));
    prove(decision == (asks ? IKL_WATCH_PROBE : IKL_WATCH_NOTHING) && watch.asked == asks);
    prove(!ikl_run_is_out(&watch.run) && ikl_watch_deadline(&watch) > now && watch.idle.heard == before.idle.heard);
    prove(!asks || ikl_watch_deadline(&watch) == now + IKL_WATCH_RETRY);
}

/* What is due comes no sooner, and just then; a round-trip send is left out. */
static void put_off(void)
{
    ikl_time until = nondet_u64(), due = ikl_watch_deadline(&before);

    suppose(until < LATEST);
    ikl_watch_put_off(&watch, until);
    prove(ikl_watch_deadline(&watch) == (until <= due                  ? due
                                         : until > before.run.deadline ? until
                                                                       : before.run.deadline));
    prove(until <= due ? is_same() : watch.run.timeout == 0 && (watch.run.put_off || until <= before.run.deadline));
    prove(watch.run.sends == before.run.sends && watch.run.attempt == before.run.attempt);
    prove(!ikl_run_is_out(&watch.run) || ikl_run_last_sent(&watch.run) == ikl_run_last_sent(&before.run) ||
          watch.run.blocked || until - ikl_run_last_sent(&before.run) > UINT32_MAX);
}

enum { UDP, TRIMMED, STREAM };

static void tick(int what)
{
    enum ikl_watch_decision decision;

    suppose(ikl_run_is_out(&watch.run));
    suppose(watch.run.reliable == (what == STREAM) && watch.trim == (what == TRIMMED));
    watch.run.reliable = what == STREAM;
    watch.trim = what == TRIMMED;
    decision = ikl_watch_tick(&watch, now, slack, 0);
    if (now < ikl_watch_deadline(&before)) {
        prove(decision == IKL_WATCH_NOTHING && is_same());
        return;
    }
    prove(decision != IKL_WATCH_GIVE_UP || is_same_run(&watch.run, &before.run));
    prove(decision == IKL_WATCH_GIVE_UP || ikl_watch_deadline(&watch) > now);
    prove(decision != IKL_WATCH_GIVE_UP || ikl_watch_wants_evidence(&before, now));
    if (!before.run.reliable) {
        prove((decision == IKL_WATCH_GIVE_UP) == is_verdict());
        prove((decision == IKL_WATCH_SEND_AGAIN) == !is_verdict());
    }
    prove(!before.run.reliable || before.run.blocked || decision != IKL_WATCH_SEND_AGAIN);
}

static void happen(void)
{
    uint32_t message_id = nondet_u32();
    bool out = ikl_run_is_out(&before.run);
    bool awaited = out && before.run.message_id == message_id;

#if defined(TICK)
    tick(TICK);
#elif defined(REST)
    look();
#elif defined(PUT_OFF)
    put_off();
#elif defined(SENT)
    prove(ikl_watch_sent(&watch, message_id, now, slack, 0) == (out ? IKL_ERR_BUSY : IKL_OK));
    prove(out ? is_same() : watch.run.sends == 1 && watch.run.first_sent == now && ikl_watch_deadline(&watch) > now);
#elif defined(ANSWERED)
    prove(ikl_watch_answered(&watch, message_id, now) == awaited);
    prove(awaited ? !ikl_run_is_out(&watch.run) && !watch.suspect && watch.idle.heard >= now : is_same());
#elif defined(HEARD)
    prove(ikl_watch_heard(&watch, now, 0) == IKL_WATCH_NOTHING || (out && watch.run.deadline > now));
    prove(watch.idle.heard == ikl_time_later(before.idle.heard, now));
#elif defined(MOVED)
    bool followed = nondet_bool();
    enum ikl_watch_decision decision = ikl_watch_moved(&watch, followed, now, 0);

    prove(decision == IKL_WATCH_NOTHING || out);
    prove(followed || !out || decision == IKL_WATCH_SEND_AGAIN);
    prove(!watch.run.timeout || decision == IKL_WATCH_NOTHING);
#elif defined(BLOCKED)
    if (nondet_bool()) {
        ikl_watch_left(&watch, now);
        prove(!watch.run.blocked && (!before.run.blocked || watch.run.deadline > now));
    } else {
        prove(!ikl_watch_blocked(&watch, now) ? is_same() : out && watch.run.blocked && watch.run.timeout == 0);
    }
#elif defined(HELD)
    prove(ikl_watch_held(&watch, now) == (out && !watch.run.reliable ? IKL_WATCH_SEND_AGAIN : IKL_WATCH_NOTHING));
    prove(!out || (watch.run.deadline > now && watch.run.sends == before.run.sends));
#else
    switch (OTHER) {
    case 0:
        prove(ikl_watch_dropped(&watch, message_id, now) == awaited);
        prove(awaited ? !ikl_run_is_out(&watch.run) && ikl_watch_deadline(&watch) > now : is_same());
        break;
    case 1:
        ikl_watch_traffic_heard(&watch, nondet_u64(), now);
        prove(watch.idle.heard >= before.idle.heard && watch.idle.heard <= ikl_time_later(before.idle.heard, now));
        break;
    case 2:
        prove(ikl_watch_reconnected(&watch, now) == (out ? IKL_WATCH_SEND_AGAIN : IKL_WATCH_NOTHING));
        break;
    case 3:
        prove(!out || ikl_watch_hinted(&watch, now) == IKL_WATCH_NOTHING);
        break;
    default:
        prove(ikl_watch_resend(&watch, now) == (out ? IKL_WATCH_SEND_AGAIN : IKL_WATCH_NOTHING));
        prove(!out || watch.run.deadline > now);
    }
#endif
}

int main(void)
{
    schedule = any_schedule();
    suppose(schedule.jitter == 0 && schedule.tries <= WAITS);
    now = nondet_u64();
    watch = before = any_watch();
    slack = nondet_u32();
    suppose(now < LATEST);
    happen();
    prove(ikl_watch_is_valid(&watch));
    prove(ikl_watch_deadline(&watch) != IKL_NEVER || (!ikl_run_is_out(&watch.run) && ikl_idle_is_off(&watch.idle)));
    return 0;
}
