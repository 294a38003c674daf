/* SPDX-License-Identifier: ISC */
/* Whatever gives the request of a run another chance between its ticks, the run stays valid and out, with its Message
 * ID and its schedule, and has a deadline: one that is to come when the request goes out, unless a reliable path is
 * there again and its wait goes on. No chance ends the request, or gives back what a request may have once. The peer
 * gives a chance only as often as the header says: its moves begin the schedule again IKL_RUN_MAX_FOLLOWED times, what
 * is heard of it begins it once and else adds one send a wait; a send that was blocked is counted once.
 *
 * bounds: any schedule, 8 random bits, times below 2^62
 * each: -DMOVED -DRECONNECTED -DRESENT -DHEARD -DBLOCKED
 * cbmc: --unwind 66
 * fault: lib/policy/run.c s/followed \&\& run->followed == IKL_RUN_MAX_FOLLOWED/false/
 * fault: -DRECONNECTED lib/policy/run.c s/ \&\& run->followed < IKL_RUN_MAX_FOLLOWED) {/) {/
 * fault: -DRESENT lib/policy/run.c s/ikl_time_later(run->deadline, answered_by), now/answered_by, now/
 * fault: -DHEARD lib/policy/run.c s/^    if (run->resent)/    if (false)/
 * fault: -DHEARD lib/policy/run.c s/ikl_run_is_last(run) \&\& !run->again/ikl_run_is_last(run)/
 * fault: -DBLOCKED lib/policy/run.c s/^    if (is_out_of_patience(run)) {/    if (false) {/ */
#include "runs.h"

static struct ikl_schedule schedule;
static struct ikl_run run, before;
static ikl_time now;
static uint32_t random_bits;

static bool is_as_before(void)
{
    return is_same_run(&run, &before) && run.followed == before.followed && run.timeout == before.timeout &&
           run.blocked_waits == before.blocked_waits && run.reliable == before.reliable;
}

/* It is sent, and counted, in the place of a blocked send or besides. */
static void check_send(void)
{
    prove(!run.blocked && run.first_sent == (before.first_sent == IKL_NEVER ? now : before.first_sent));
    prove(run.sends == (before.blocked || before.sends == IKL_RUN_MAX_SENDS ? before.sends : before.sends + 1));
    prove(run.timeout == 0 && run.extended == before.extended && run.blocked_waits == before.blocked_waits);
}

/* Its schedule begins again: with a wait from now on. */
static void check_beginning(void)
{
    check_send();
    prove(run.attempt == 0 && run.deadline > now && run.deadline <= now + schedule.waits[0]);
}

/* The wait runs on. */
static void check_same_wait(void)
{
    check_send();
    prove(run.attempt == before.attempt && run.again == before.again);
}

static void check_reconnected(void)
{
    check_same_wait();
    prove(run.resent == before.resent);
    if (!before.blocked && run.deadline != before.deadline) {
        prove(ikl_run_is_last(&before) && run.followed == before.followed + 1);
        prove(run.deadline > before.deadline && run.deadline == now + schedule.waits[0]);
    }
    prove(!before.blocked || run.deadline > now);
}

static void move(void)
{
    bool followed = nondet_bool();
    enum ikl_run_step step = ikl_run_moved(&run, followed, now, random_bits);

    prove(step == IKL_RUN_SEND || (step == IKL_RUN_WAIT && followed));
    prove(step == IKL_RUN_SEND || (is_as_before() && !before.reliable));
    prove(step == IKL_RUN_SEND || before.followed == IKL_RUN_MAX_FOLLOWED);
    if (step == IKL_RUN_WAIT) {
        return;
    }
    if (followed && before.reliable) {
        check_reconnected();
    } else {
        check_beginning();
        prove(run.again == before.again && run.followed == before.followed + followed);
    }
}

static void resend(void)
{
    ikl_run_resend(&run, now);
    check_same_wait();
    prove(run.deadline >= now + schedule.waits[0] && run.followed == before.followed);
    prove(before.blocked || run.deadline == ikl_time_later(before.deadline, now + schedule.waits[0]));
}

static void hear(void)
{
    if (ikl_run_heard(&run, now, random_bits) != IKL_RUN_SEND) {
        prove(is_as_before());
        return;
    }
    prove(!before.blocked && !before.reliable && now < before.deadline);
    prove(now - ikl_run_last_sent(&before) >= schedule.waits[0]);
    prove(run.followed == before.followed);
    if (run.again != before.again) {
        prove(run.again && ikl_run_is_last(&before));
        check_beginning();
    } else {
        prove(run.resent && !before.resent && run.deadline == before.deadline);
        check_same_wait();
    }
}

/* It is blocked, or what was has left. */
static void block(void)
{
    if (nondet_bool()) {
        ikl_run_left(&run, now);
        prove(before.blocked ? run.deadline > now : is_as_before());
        prove(!run.blocked && run.sends == before.sends && run.attempt == before.attempt);
    } else if (ikl_run_blocked(&run, now)) {
        prove(run.blocked && run.sends == before.sends && run.attempt == before.attempt);
        prove(before.blocked || (before.blocked_waits < schedule.tries && run.deadline > now));
        prove(run.lead == before.lead && run.blocked_waits == before.blocked_waits);
        prove(!before.blocked || is_as_before());
    } else {
        prove(is_as_before() && (before.blocked_waits >= schedule.tries || before.blocked_waits == UINT8_MAX));
    }
}

int main(void)
{
    schedule = any_schedule();
    now = nondet_u64();
    random_bits = (uint32_t)nondet_u8() << 24;
    run = before = any_run(&schedule);
    suppose(ikl_run_is_valid(&run) && ikl_run_is_out(&run) && run.deadline < LATEST && now < LATEST);
#if defined(MOVED)
    move();
#elif defined(RECONNECTED)
    ikl_run_reconnected(&run, now);
    check_reconnected();
#elif defined(RESENT)
    resend();
#elif defined(HEARD)
    hear();
#else
    block();
#endif
    prove(ikl_run_is_valid(&run) && ikl_run_is_out(&run));
    prove(run.message_id == before.message_id && run.schedule == &schedule);
    return 0;
}
