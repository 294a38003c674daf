/* SPDX-License-Identifier: ISC */
/* ikelive run: one request of ours on its way through its schedule. The top of watch.c says why it goes this way. */
#include "begin.h"

static const uint32_t MAX_BLOCKED_WAITS = UINT8_MAX;

enum { LEAST_TIMEOUT = 50, TIMEOUT_UNIT = 5, MAX_UNITS = 255 }; /* ms, of round-trip sends */

/* No send waits any more: the one that leaves at `now` is it. */
static void leave(struct ikl_run *run, ikl_time now)
{
    run->blocked = false;
    if (run->first_sent == IKL_NEVER) {
        run->first_sent = now;
    }
}

/* A send that does not care whether another is blocked, which was counted: it leaves in its place. */
static void count_in_place(struct ikl_run *run, ikl_time now)
{
    if (run->blocked) {
        leave(run, now);
    } else {
        ikl_run_count(run);
    }
}

/* The last wait; another schedule may have fewer of them than have ended. */
static uint32_t last_attempt(const struct ikl_run *run)
{
    uint32_t last = run->schedule->tries - 1u;

    return run->attempt < last ? run->attempt : last;
}

static enum ikl_run_step from_the_beginning(struct ikl_run *run, ikl_time now, uint32_t random)
{
    count_in_place(run, now);
    ikl_run_sent(run, 0, ikl_run_wait_after(run, 0, now, random), now);
    return IKL_RUN_SEND;
}

void ikl_run_begin(struct ikl_run *run, const struct ikl_schedule *schedule, uint32_t message_id, ikl_time due,
                   ikl_time now, uint32_t slack, uint32_t random)
{
    ikl_run_set_out(run, schedule, message_id, due, now, slack, random);
}

/* No more round-trip sends unless the next one comes before half of the first wait is over. */
static void end_early_if_over(struct ikl_run *run)
{
    ikl_time half = ikl_time_after(run->first_sent, (ikl_schedule_wait(run->schedule, 0) + 1) / 2);

    if (run->early == IKL_RUN_MAX_EARLY || ikl_run_due(run) >= half) {
        run->timeout = 0;
    }
}

void ikl_run_add_sends(struct ikl_run *run, const struct ikl_round_trip *round_trip)
{
    uint32_t timeout = ikl_round_trip_timeout(round_trip);
    uint32_t units = (timeout > LEAST_TIMEOUT ? timeout + TIMEOUT_UNIT - 1 : LEAST_TIMEOUT) / TIMEOUT_UNIT;

    if (timeout != 0 && units <= MAX_UNITS && run->schedule->tries > 1 && !ikl_is_reliable(run->reliable)) {
        run->timeout = units & MAX_UNITS;
        end_early_if_over(run);
    }
}

bool ikl_run_round_trip(const struct ikl_run *run, ikl_time now, uint64_t *ms)
{
    if (run->sends != 1 || ikl_run_last_sent(run) != run->first_sent || now < run->first_sent) {
        return false;
    }
    *ms = now - run->first_sent;
    return true;
}

int ikl_run_resume(struct ikl_run *run, const struct ikl_schedule *schedule, uint32_t message_id, ikl_time first_sent,
                   uint32_t attempt, ikl_time deadline)
{
    uint32_t wait = ikl_wait(schedule, attempt);
    ikl_time began = deadline > wait ? deadline - wait : 0;

    if (wait == 0) {
        return IKL_ERR_INVALID;
    }
    *run = (struct ikl_run){.schedule = schedule,
                            .first_sent = first_sent,
                            .message_id = message_id,
                            .sends = (attempt + 1) & IKL_RUN_MAX_SENDS,
                            .attempt = (uint16_t)attempt};
    ikl_run_set_deadline(run, deadline, ikl_time_later(began, first_sent));
    return IKL_OK;
}

bool ikl_run_take_over(struct ikl_run *run, ikl_time now)
{
    ikl_time latest = ikl_time_after(now, ikl_wait(run->schedule, run->attempt));
    bool future = run->first_sent > now || run->deadline > latest;

    run->first_sent = ikl_time_earlier(run->first_sent, now);
    ikl_run_set_deadline(run, ikl_time_earlier(run->deadline, latest), now);
    return future;
}

void ikl_run_end(struct ikl_run *run)
{
    ikl_run_set_idle(run);
}

/* The schedule runs once more, as if it had begun at `base`: on with the first wait of it that is not over. */
static enum ikl_run_step run_again(struct ikl_run *run, ikl_time base, ikl_time now, uint32_t random)
{
    const struct ikl_schedule *schedule = run->schedule;
    uint32_t k = 0;
    ikl_time ends = ikl_time_after(base, ikl_wait(schedule, 0));

    while (ends <= now && k + 1u < schedule->tries) {
        ends = ikl_time_after(ends, ikl_wait(schedule, ++k));
    }
    if (ends <= now) {
        return from_the_beginning(run, now, random);
    }
    ikl_run_count(run);
    ikl_run_sent(run, k, ends - (ikl_wait(schedule, k) - ikl_wait_jittered(schedule, k, random)), now);
    return IKL_RUN_SEND;
}

/* Where the schedule begins once more after a late tick. On a reliable path all of it is one wait, and the peer may
 * have been heard early in it: it goes on from there, but with a last wait at least. */
static ikl_time base_after_late_tick(const struct ikl_run *run, ikl_time evidence, ikl_time now)
{
    uint64_t total = ikl_schedule_total(run->schedule);
    uint64_t before = total - ikl_time_earlier(total, ikl_schedule_wait_again(run->schedule, 0));

    return ikl_is_reliable(run->reliable) ? ikl_time_later(ikl_time_after(evidence, before), now) - before : now;
}

/* On a reliable path the schedule that runs once more can be over already, since the peer was heard right after the
 * only send and the tick is a little late. Elsewhere it begins with a send. */
static bool is_over(const struct ikl_run *run, ikl_time base, ikl_time now)
{
    return ikl_is_reliable(run->reliable) && ikl_time_after(base, ikl_schedule_total(run->schedule)) <= now;
}

/* The last wait is over. */
static enum ikl_run_step verdict(struct ikl_run *run, ikl_time evidence, ikl_time now, bool late, uint32_t random)
{
    ikl_time base;

    evidence = ikl_time_earlier(evidence, now);
    base = late ? base_after_late_tick(run, evidence, now) : evidence;
    if (evidence > ikl_run_last_sent(run) && !run->again && !is_over(run, base, now)) {
        run->again = true;
        return run_again(run, base, now, random);
    }
    if (!late || run->extended) {
        return IKL_RUN_GIVE_UP;
    }
    run->extended = true;
    ikl_run_count(run);
    ikl_run_wait_again(run, last_attempt(run), now, random);
    return IKL_RUN_SEND;
}

/* What would be a send is none, so the latest one stays what it was. */
static void keep_sent(struct ikl_run *run, ikl_time sent)
{
    ikl_run_set_deadline(run, run->deadline, sent);
}

/* A wait on a reliable path is over, perhaps several. */
static enum ikl_run_step tick_reliable(struct ikl_run *run, ikl_time evidence, ikl_time now, uint32_t slack)
{
    const struct ikl_run before = *run;
    enum ikl_run_step step = IKL_RUN_WAIT;

    while (now >= run->deadline && !ikl_run_is_last(run)) {
        run->attempt++;
        run->deadline = ikl_time_after(run->deadline, ikl_wait(run->schedule, run->attempt));
    }
    if (now >= run->deadline) {
        step = verdict(run, evidence, now, now > ikl_time_after(run->deadline, slack), 0);
    }
    if (step == IKL_RUN_GIVE_UP) {
        *run = before;
        return IKL_RUN_GIVE_UP;
    }
    run->sends = before.sends;
    keep_sent(run, ikl_run_last_sent(&before));
    return IKL_RUN_WAIT;
}

/* Before the deadline: a round-trip send may be due. */
static enum ikl_run_step tick_early(struct ikl_run *run, ikl_time now)
{
    if (!ikl_is_measured(run->timeout != 0) || now < ikl_run_due(run)) {
        return IKL_RUN_WAIT;
    }
    do {
        run->early = (run->early + 1u) & 3u;
        end_early_if_over(run);
    } while (ikl_run_due(run) <= now);
    ikl_run_count(run);
    ikl_run_set_deadline(run, run->deadline, now);
    return IKL_RUN_SEND;
}

/* Sends have been blocked for as long as they may wait. */
static bool is_out_of_patience(const struct ikl_run *run)
{
    return run->blocked_waits >= run->schedule->tries || run->blocked_waits == MAX_BLOCKED_WAITS;
}

static ikl_time next_try(const struct ikl_run *run, ikl_time now)
{
    return ikl_time_after(now, ikl_wait(run->schedule, run->blocked_waits));
}

/* A send is blocked, and is tried again. The last time that is done it counts, whatever comes of it. */
static enum ikl_run_step try_again(struct ikl_run *run, ikl_time now)
{
    run->blocked_waits++;
    if (is_out_of_patience(run)) {
        ikl_run_left(run, now);
    } else {
        run->deadline = next_try(run, now);
    }
    return IKL_RUN_SEND;
}

enum ikl_run_step ikl_run_tick(struct ikl_run *run, ikl_time evidence, ikl_time now, uint32_t slack, uint32_t random)
{
    bool late = now > ikl_time_after(run->deadline, slack);

    if (now < run->deadline) {
        return tick_early(run, now);
    }
    if (run->blocked) {
        return try_again(run, now);
    }
    if (ikl_is_reliable(run->reliable)) {
        return tick_reliable(run, evidence, now, slack);
    }
    if (ikl_run_is_last(run)) {
        return verdict(run, evidence, now, late, random);
    }
    ikl_run_go_on(run, now, late, random);
    return IKL_RUN_SEND;
}

enum ikl_run_step ikl_run_tick_trimmed(struct ikl_run *run, const struct ikl_round_trip *round_trip, ikl_time evidence,
                                       ikl_time now, uint32_t slack, uint32_t random)
{
    const struct ikl_schedule *listed = run->schedule;
    struct ikl_schedule trimmed;
    enum ikl_run_step step;

    if (run->blocked || ikl_is_reliable(run->reliable) || run->attempt + 2u < listed->tries) {
        return ikl_run_tick(run, evidence, now, slack, random); /* no last wait begins or ends, or none is trimmed */
    }
    ikl_round_trip_trim(&trimmed, listed, round_trip);
    run->schedule = &trimmed;
    step = ikl_run_tick(run, evidence, now, slack, random);
    run->schedule = listed;
    return step;
}

/* The request is sent once more in the wait that runs, which then ends at `deadline`. */
static void send_meanwhile(struct ikl_run *run, ikl_time deadline, ikl_time now)
{
    run->timeout = 0;
    ikl_run_set_deadline(run, deadline, now);
}

enum ikl_run_step ikl_run_heard(struct ikl_run *run, ikl_time now, uint32_t random)
{
    /* a wait that is over is the tick's, else two sends could come at once */
    if (run->blocked || ikl_is_reliable(run->reliable) || now >= run->deadline ||
        now < ikl_time_after(ikl_run_last_sent(run), ikl_wait(run->schedule, 0))) {
        return IKL_RUN_WAIT;
    }
    if (ikl_run_is_last(run) && !run->again) {
        run->again = true;
        return from_the_beginning(run, now, random);
    }
    if (run->resent) {
        return IKL_RUN_WAIT;
    }
    run->resent = true;
    run->put_off = false;
    ikl_run_count(run);
    send_meanwhile(run, run->deadline, now);
    return IKL_RUN_SEND;
}

enum ikl_run_step ikl_run_moved(struct ikl_run *run, bool followed, ikl_time now, uint32_t random)
{
    if (followed && ikl_is_reliable(run->reliable)) {
        ikl_run_reconnected(run, now);
        return IKL_RUN_SEND;
    }
    if (followed && run->followed == IKL_RUN_MAX_FOLLOWED) {
        return IKL_RUN_WAIT;
    }
    if (followed) {
        run->followed++;
    }
    return from_the_beginning(run, now, ikl_is_reliable(run->reliable) ? 0 : random);
}

void ikl_run_hold(struct ikl_run *run, ikl_time now)
{
    ikl_time sent = ikl_run_last_sent(run);

    if (run->blocked) {
        leave(run, now);
        sent = now;
    }
    ikl_run_wait_again(run, last_attempt(run), now, 0);
    if (ikl_is_reliable(run->reliable)) {
        keep_sent(run, sent);
    }
}

void ikl_run_set_reliable(struct ikl_run *run, bool reliable)
{
    run->reliable = reliable;
}

/* The last wait leaves time for an answer to what is sent at `now`, if it may become longer for that. */
static void make_room_for_an_answer(struct ikl_run *run, ikl_time now)
{
    ikl_time answered_by = ikl_time_after(now, ikl_wait(run->schedule, 0));

    if (ikl_run_is_last(run) && run->deadline < answered_by && run->followed < IKL_RUN_MAX_FOLLOWED) {
        run->followed++;
        run->deadline = answered_by;
    }
}

void ikl_run_reconnected(struct ikl_run *run, ikl_time now)
{
    if (run->blocked) {
        ikl_run_left(run, now);
    } else {
        ikl_run_count(run);
    }
    make_room_for_an_answer(run, now);
    send_meanwhile(run, run->deadline, now);
}

void ikl_run_resend(struct ikl_run *run, ikl_time now)
{
    ikl_time answered_by = ikl_time_after(now, ikl_wait(run->schedule, 0));

    if (run->blocked) {
        ikl_run_left(run, now);
    } else {
        ikl_run_count(run);
    }
    run->put_off = false;
    send_meanwhile(run, ikl_time_later(run->deadline, answered_by), now);
}

bool ikl_run_blocked(struct ikl_run *run, ikl_time now)
{
    if (run->blocked) {
        return true;
    }
    if (is_out_of_patience(run)) {
        return false;
    }
    if (ikl_run_is_first(run)) {
        run->first_sent = IKL_NEVER;
    }
    run->blocked = true;
    run->timeout = 0;
    run->deadline = next_try(run, now);
    return true;
}

void ikl_run_left(struct ikl_run *run, ikl_time now)
{
    if (run->blocked) {
        leave(run, now);
        run->put_off = false;
        /* as ikl_run_sent: a request that was taken over may have had no wait left */
        ikl_run_set_deadline(run, ikl_time_later(ikl_time_after(now, run->lead), ikl_time_after(now, 1)), now);
    }
}

void ikl_run_put_off(struct ikl_run *run, ikl_time until)
{
    if (until > ikl_run_due(run)) {
        run->timeout = 0;
    }
    if (until <= run->deadline) {
        return;
    }
    if (run->blocked) {
        run->deadline = until;
    } else {
        ikl_run_set_deadline(run, until, ikl_run_last_sent(run));
    }
    run->put_off = true;
}

bool ikl_run_is_suspicious(const struct ikl_run *run, uint8_t suspect_after)
{
    return ikl_run_is_suspect(run, suspect_after);
}
