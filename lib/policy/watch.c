/* SPDX-License-Identifier: ISC */
/* ikelive watch: the policy of liveness.
 *
 * Idle.  Only a fresh authenticated message, or authenticated traffic of a Child SA, is a sign of life: never anything
 *   unprotected, a replay, a repetition, an ICMP error or a NAT keepalive. After an idle interval without one a
 *   liveness check is due. On demand it is due only when we sent something since, or when silence has lasted for
 *   `at_least`; whether that is so is looked at once each interval. A sign of life costs one store and arms no
 *   timer: the timer looks when it expires, and goes back to sleep if the peer was heard.
 *
 * Probe.  A liveness check is a request like others, and any other outstanding request serves as one: no check is due
 *   beside it.
 *
 * Retransmit.  A request is sent, and sent again whenever a wait of its schedule ends without an answer. Where it is
 *   known how long an answer takes, and the host wants that, up to three sends are added in the first wait: a datagram
 *   that got lost is then repaired sooner. They take nothing away, so they can only save peers. A request that was
 *   sent again does not show how long answers take, so the next one goes without them and shows it: else a path that
 *   has become slower would make every request look overdue, and the peer suspect, for ever.
 *
 * Suspect.  With the first retransmission, or a later one, the peer is suspect. Only an answer clears it.
 *
 * Give up.  When the last wait ends, the request is given up, and that is the verdict over the peer. The verdict says
 *   "repeated attempts to contact it have gone unanswered" (RFC 7296 §2.4), so it must not fall over a peer that we
 *   know to be alive, nor in a tick that comes late: the host slept, and the answer may have been lost meanwhile.
 *   Nothing is sent at the end of the last wait, so it need only outlast an answer. Where the host wants that, it is
 *   trimmed to eight of the largest round trips that were measured lately, while answers can be measured.
 *
 * What signs of life do.  They end no request and shorten no wait.
 *   - A peer that was heard since the last send is alive. Our requests or its answers got lost, and a Message ID cannot
 *     be skipped; so the request goes out once more at once, while what we hear shows that the path works. In the last
 *     wait, after which there would be no other chance, the whole schedule runs once more. Traffic of Child SAs is not
 *     told as it comes but looked at before the verdict; the second run then counts from it.
 *   - That happens once for each request, and a single send is added once for each wait and not within the first wait
 *     of the schedule after a send: a peer that talks but never answers is given up in twice the time, and cannot make
 *     us send more than twice as often.
 *   - A peer that moved is asked again along the new path, from the beginning of the schedule (RFC 4555 §3.5): what was
 *     sent along the old path says nothing about the new one. A peer that keeps moving gets three new chances a
 *     request.
 *
 * Network.  When the host says that the network is back, every outstanding request goes out at once and uses up no
 *   wait; the wait that runs leaves time for an answer. When the whole uplink is down, the host may have verdicts held:
 *   then the last wait runs again and again.
 *
 * Reliable.  What a stream such as TCP has taken it delivers, or it breaks (RFC 9329 §6.2). So there nothing is sent
 *   again: the waits of the schedule pass as one, say when the peer is suspect, and end with the verdict. A stream that
 *   breaks proves nothing, and one that is there again has lost what was on it: each request goes out on it once, and
 *   its wait goes on. When the peer makes the new one, that is no new chance either, or it could put off its end.
 *
 * Blocked.  A send that the host's socket would block has not happened: it uses no attempt, and its wait begins when it
 *   leaves. Until then nothing else is sent and no verdict falls, since the peer was not asked. A request may wait like
 *   this as long as a silent peer may; after that its blocked sends are failed sends, which use their attempts, so that
 *   an IKE SA ends whatever its host does.
 *
 * Hints.  A sign that proves nothing may cause one liveness check, limited in rate, and nothing else.
 *
 * Only an answer ends a run well. */
#include "policy/idle.h"

void ikl_idle_set(struct ikl_idle *idle, enum ikl_liveness_policy policy, uint32_t interval, uint32_t at_least)
{
    uint32_t whole;

    idle->interval = interval != 0 ? interval : IKL_LIVENESS_DEFAULT_IDLE;
    whole = at_least / idle->interval;
    whole = whole < UINT16_MAX ? whole : UINT16_MAX;
    idle->at_least = (uint16_t)(whole == 0 && at_least != 0 ? 1 : whole);
    idle->policy = (uint8_t)policy;
}

void ikl_idle_init(struct ikl_idle *idle, enum ikl_liveness_policy policy, uint32_t interval, uint32_t at_least,
                   ikl_time now)
{
    idle->heard = now;
    ikl_idle_set(idle, policy, interval, at_least);
}

ikl_time ikl_idle_due(const struct ikl_idle *idle, ikl_time now)
{
    return ikl_idle_next_look(idle, now);
}

bool ikl_idle_is_over(const struct ikl_idle *idle, ikl_time sent, ikl_time now)
{
    return ikl_idle_asks(idle, sent, now);
}

static ikl_time before_never(ikl_time now)
{
    return ikl_time_earlier(now, IKL_NEVER - 1);
}

static bool is_out(const struct ikl_watch *watch)
{
    return ikl_run_is_out(&watch->run);
}

void ikl_watch_init(struct ikl_watch *watch, ikl_time now)
{
    *watch =
        (struct ikl_watch){.run = {.schedule = ikl_schedule_default()}, .traffic_sent = IKL_NEVER, .suspect_after = 1};
    ikl_idle_init(&watch->idle, IKL_LIVENESS_PERIODIC, 0, 0, before_never(now));
}

void ikl_watch_set_policy(struct ikl_watch *watch, enum ikl_liveness_policy policy, uint32_t interval,
                          uint32_t at_least)
{
    ikl_idle_set(&watch->idle, policy, interval, at_least);
}

void ikl_watch_set_schedule(struct ikl_watch *watch, const struct ikl_schedule *schedule)
{
    watch->run.schedule = schedule;
}

void ikl_watch_set_suspect_after(struct ikl_watch *watch, uint8_t retransmission)
{
    watch->suspect_after = retransmission != 0 ? retransmission : 1;
}

void ikl_watch_set_round_trip_sends(struct ikl_watch *watch, bool wanted)
{
    watch->round_trip_sends = wanted;
}

void ikl_watch_set_trim(struct ikl_watch *watch, bool wanted)
{
    watch->trim = wanted;
}

void ikl_watch_set_reliable(struct ikl_watch *watch, bool reliable)
{
    watch->reliable = reliable;
}

uint64_t ikl_watch_worst_detect(const struct ikl_watch *watch)
{
    struct ikl_schedule used = *watch->run.schedule;

    if (!ikl_idle_is_periodic(&watch->idle)) {
        return IKL_NEVER;
    }
    if (ikl_is_measured(watch->trim) && !ikl_is_reliable(watch->reliable)) {
        ikl_round_trip_trim(&used, &used, &watch->round_trip);
    }
    return ikl_schedule_worst_detect(&used, watch->idle.interval);
}

ikl_time ikl_watch_deadline(const struct ikl_watch *watch)
{
    const struct ikl_run *run = &watch->run;
    ikl_time due;

    if (is_out(watch)) {
        return ikl_run_due(run);
    }
    /* what was put off has its own time, which need not be a whole number of intervals */
    due = ikl_idle_due(&watch->idle, run->put_off ? 0 : run->deadline);
    return due != IKL_NEVER ? ikl_time_later(due, run->deadline) : IKL_NEVER;
}

/* Nothing is out: sets the next look, not before `from`. */
static void rest(struct ikl_watch *watch, ikl_time from)
{
    ikl_run_end(&watch->run);
    watch->run.deadline = from;
    watch->asked = false;
}

static enum ikl_watch_decision ask(struct ikl_watch *watch, ikl_time now)
{
    rest(watch, now);
    ikl_run_put_off(&watch->run, ikl_time_after(now, IKL_WATCH_RETRY));
    watch->asked = true;
    return IKL_WATCH_PROBE;
}

static enum ikl_watch_decision tick_idle(struct ikl_watch *watch, ikl_time now)
{
    if (ikl_idle_is_over(&watch->idle, watch->traffic_sent, now)) {
        return ask(watch, now);
    }
    rest(watch, ikl_time_after(now, 1));
    return IKL_WATCH_NOTHING;
}

static enum ikl_watch_decision tick_run(struct ikl_watch *watch, ikl_time now, uint32_t slack, uint32_t random)
{
    ikl_time heard = watch->idle.heard;
    bool due = now >= ikl_run_due(&watch->run);
    enum ikl_run_step step = ikl_is_measured(watch->trim)
                                 ? ikl_run_tick_trimmed(&watch->run, &watch->round_trip, heard, now, slack, random)
                                 : ikl_run_tick(&watch->run, heard, now, slack, random);

    if (due && step != IKL_RUN_GIVE_UP) {
        watch->suspect |= ikl_run_is_suspicious(&watch->run, watch->suspect_after);
    }
    return step == IKL_RUN_SEND      ? IKL_WATCH_SEND_AGAIN
           : step == IKL_RUN_GIVE_UP ? IKL_WATCH_GIVE_UP
                                     : IKL_WATCH_NOTHING;
}

enum ikl_watch_decision ikl_watch_tick(struct ikl_watch *watch, ikl_time now, uint32_t slack, uint32_t random)
{
    now = before_never(now);
    if (is_out(watch)) {
        return tick_run(watch, now, slack, random);
    }
    return now < ikl_watch_deadline(watch) ? IKL_WATCH_NOTHING : tick_idle(watch, now);
}

bool ikl_watch_wants_evidence(const struct ikl_watch *watch, ikl_time now)
{
    const struct ikl_run *run = &watch->run;

    return before_never(now) >= ikl_watch_deadline(watch) &&
           (!is_out(watch) || ((ikl_run_is_last(run) || ikl_is_reliable(run->reliable)) && !run->blocked));
}

int ikl_watch_sent(struct ikl_watch *watch, uint32_t message_id, ikl_time now, uint32_t slack, uint32_t random)
{
    ikl_time due = watch->asked ? ikl_time_after(watch->idle.heard, watch->idle.interval) : now;

    if (is_out(watch)) {
        return IKL_ERR_BUSY;
    }
    ikl_run_begin(&watch->run, watch->run.schedule, message_id, due, before_never(now), slack,
                  ikl_is_reliable(watch->reliable) ? 0 : random);
    ikl_run_set_reliable(&watch->run, watch->reliable);
    if (ikl_is_measured(watch->round_trip_sends)) {
        ikl_run_add_sends(&watch->run, &watch->round_trip);
    }
    watch->asked = false;
    return IKL_OK;
}

bool ikl_watch_blocked(struct ikl_watch *watch, ikl_time now)
{
    return is_out(watch) && ikl_run_blocked(&watch->run, before_never(now));
}

void ikl_watch_left(struct ikl_watch *watch, ikl_time now)
{
    ikl_run_left(&watch->run, before_never(now));
}

/* A new sign of life: what was put off or asked for is no longer due. */
static void hear(struct ikl_watch *watch, ikl_time at)
{
    if (at > watch->idle.heard) {
        ikl_idle_heard(&watch->idle, at);
        if (!is_out(watch)) {
            rest(watch, 0);
        }
    }
}

static bool awaits(const struct ikl_watch *watch, uint32_t message_id)
{
    return is_out(watch) && watch->run.message_id == message_id;
}

bool ikl_watch_answered(struct ikl_watch *watch, uint32_t message_id, ikl_time now)
{
    uint64_t ms;

    if (!awaits(watch, message_id)) {
        return false;
    }
    if (ikl_is_measured(ikl_run_round_trip(&watch->run, before_never(now), &ms))) {
        ikl_round_trip_sample(&watch->round_trip, ms);
    } else {
        ikl_round_trip_missed(&watch->round_trip);
    }
    rest(watch, 0);
    hear(watch, before_never(now));
    watch->suspect = false;
    return true;
}

bool ikl_watch_dropped(struct ikl_watch *watch, uint32_t message_id, ikl_time now)
{
    if (!awaits(watch, message_id)) {
        return false;
    }
    rest(watch, ikl_time_after(before_never(now), 1));
    return true;
}

static enum ikl_watch_decision send_again_if(enum ikl_run_step step)
{
    return step == IKL_RUN_SEND ? IKL_WATCH_SEND_AGAIN : IKL_WATCH_NOTHING;
}

enum ikl_watch_decision ikl_watch_heard(struct ikl_watch *watch, ikl_time now, uint32_t random)
{
    now = before_never(now);
    hear(watch, now);
    return is_out(watch) ? send_again_if(ikl_run_heard(&watch->run, now, random)) : IKL_WATCH_NOTHING;
}

void ikl_watch_traffic_heard(struct ikl_watch *watch, ikl_time at, ikl_time now)
{
    hear(watch, ikl_time_earlier(at, before_never(now)));
}

void ikl_watch_traffic_sent(struct ikl_watch *watch, ikl_time at, ikl_time now)
{
    at = ikl_time_earlier(at, before_never(now));
    watch->traffic_sent = watch->traffic_sent != IKL_NEVER ? ikl_time_later(watch->traffic_sent, at) : at;
}

enum ikl_watch_decision ikl_watch_reconnected(struct ikl_watch *watch, ikl_time now)
{
    if (!is_out(watch)) {
        return IKL_WATCH_NOTHING;
    }
    ikl_run_reconnected(&watch->run, before_never(now));
    return IKL_WATCH_SEND_AGAIN;
}

enum ikl_watch_decision ikl_watch_moved(struct ikl_watch *watch, bool followed, ikl_time now, uint32_t random)
{
    ikl_round_trip_missed(&watch->round_trip);
    if (!is_out(watch)) {
        return IKL_WATCH_NOTHING;
    }
    ikl_run_set_reliable(&watch->run, watch->reliable);
    return send_again_if(ikl_run_moved(&watch->run, followed, before_never(now), random));
}

enum ikl_watch_decision ikl_watch_hinted(struct ikl_watch *watch, ikl_time now)
{
    now = before_never(now);
    return is_out(watch) || (watch->asked && now < watch->run.deadline) ? IKL_WATCH_NOTHING : ask(watch, now);
}

enum ikl_watch_decision ikl_watch_resend(struct ikl_watch *watch, ikl_time now)
{
    if (!is_out(watch)) {
        return IKL_WATCH_NOTHING;
    }
    ikl_run_resend(&watch->run, before_never(now));
    return IKL_WATCH_SEND_AGAIN;
}

enum ikl_watch_decision ikl_watch_held(struct ikl_watch *watch, ikl_time now)
{
    if (!is_out(watch)) {
        return IKL_WATCH_NOTHING;
    }
    ikl_run_hold(&watch->run, before_never(now));
    return ikl_is_reliable(watch->run.reliable) ? IKL_WATCH_NOTHING : IKL_WATCH_SEND_AGAIN;
}

void ikl_watch_put_off(struct ikl_watch *watch, ikl_time until)
{
    if (until > ikl_watch_deadline(watch)) {
        ikl_run_put_off(&watch->run, before_never(until));
    }
}

bool ikl_watch_heard_since_send(const struct ikl_watch *watch)
{
    return is_out(watch) && !watch->run.blocked && watch->idle.heard > ikl_run_last_sent(&watch->run);
}
