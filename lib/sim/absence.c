/* SPDX-License-Identifier: ISC */
/* ikelive sim: what happens to hosts: they hang, sleep, reboot, restart, change their manners, fail to send or cannot,
 * set their clocks. */
#include "inside.h"

struct incident {
    struct ikl_sim_job job;
    struct ikl_sim_host *host;
    int64_t number; /* ms, or sends */
    struct ikl_sim_manners manners;
};

static struct incident *incident(struct ikl_sim_host *host, void (*run)(struct ikl_sim *sim, struct ikl_sim_job *job),
                                 int64_t number)
{
    struct incident *incident = ikl_sim_new_job(host->sim, sizeof(*incident), run);

    if (incident != NULL) {
        incident->host = host;
        incident->number = number;
    }
    return incident;
}

static void queue(struct incident *incident, ikl_time at)
{
    if (incident != NULL) {
        ikl_sim_queue_job(incident->host->sim, &incident->job, at);
    }
}

static void record(struct ikl_sim_host *host, enum ikl_sim_event event, int64_t number)
{
    struct ikl_sim_record record = ikl_sim_host_record(host, event);

    record.about.number = number;
    ikl_sim_note_record(host->sim, &record, NULL);
}

/* The host loses all it had. Its callbacks are not called, because it is not there to hear them. */
static void lose_endpoint(struct ikl_sim_host *host)
{
    host->dying = true;
    (void)ikl_endpoint_free(host->endpoint);
    host->dying = false;
    host->endpoint = NULL;
}

static void start_again(struct ikl_sim_host *host)
{
    int result = ikl_sim_make_endpoint(host);

    if (result != IKL_OK) {
        ikl_sim_fail(host->sim, result);
        return;
    }
    ikl_sim_restore_snapshots(host);
    if (host->config.boot != NULL) {
        host->config.boot(host->config.endpoint.user, host, ikl_sim_host_now(host));
    }
}

/* A host that is away says so when it is back. */
static void say_that_it_can_send(struct ikl_sim_host *host)
{
    ikl_time now = ikl_sim_host_now(host);

    if (!host->blocked || host->sim->now < host->blocked_until || host->absence != IKL_SIM_PRESENT) {
        return;
    }
    host->blocked = false;
    record(host, IKL_SIM_WRITABLE, 0);
    if (host->config.writable != NULL) {
        (void)host->config.writable(host->config.endpoint.user, now);
    } else if (host->endpoint != NULL) {
        (void)!ikl_endpoint_writable(host->endpoint, now);
    }
}

/* The host comes back, unless it was made absent for longer meanwhile. */
static void come_back(struct ikl_sim *sim, struct ikl_sim_job *job)
{
    struct ikl_sim_host *host = ((struct incident *)job)->host;
    bool was_off = host->absence == IKL_SIM_OFF;

    if (host->absence == IKL_SIM_PRESENT || sim->now < host->back_at) {
        return;
    }
    host->absence = IKL_SIM_PRESENT;
    record(host, IKL_SIM_AWAKE, 0);
    if (was_off) {
        start_again(host);
    }
    say_that_it_can_send(host);
}

/* A host that is off stays off until it has started: it can neither hang nor sleep. */
static void make_absent(struct ikl_sim_host *host, enum ikl_sim_absence absence, int64_t ms)
{
    ikl_time until = ikl_time_after(host->sim->now, (uint64_t)ms);

    if (host->absence == IKL_SIM_OFF) {
        until = ikl_time_later(until, host->back_at);
    } else {
        host->absence = (uint8_t)absence;
    }
    host->back_at = until;
    queue(incident(host, come_back, 0), until);
}

static void run_stall(struct ikl_sim *sim, struct ikl_sim_job *job)
{
    struct incident *incident = (struct incident *)job;

    (void)sim;
    record(incident->host, IKL_SIM_STALLED, incident->number);
    make_absent(incident->host, IKL_SIM_STALLING, incident->number);
}

static void run_sleep(struct ikl_sim *sim, struct ikl_sim_job *job)
{
    struct incident *incident = (struct incident *)job;

    (void)sim;
    record(incident->host, IKL_SIM_SLEPT, incident->number);
    make_absent(incident->host, IKL_SIM_ASLEEP, incident->number);
}

static void turn_off(struct ikl_sim_host *host, int64_t ms)
{
    lose_endpoint(host);
    ikl_sim_break_all(host);
    host->blocked = false;
    make_absent(host, IKL_SIM_OFF, ms);
}

static void run_reboot(struct ikl_sim *sim, struct ikl_sim_job *job)
{
    struct incident *incident = (struct incident *)job;

    (void)sim;
    record(incident->host, IKL_SIM_REBOOTED, incident->number);
    ikl_sim_drop_snapshots(incident->host);
    turn_off(incident->host, incident->number);
}

static void run_restart(struct ikl_sim *sim, struct ikl_sim_job *job)
{
    struct incident *incident = (struct incident *)job;

    (void)sim;
    record(incident->host, IKL_SIM_RESTARTED, incident->number);
    ikl_sim_take_snapshots(incident->host);
    turn_off(incident->host, incident->number);
}

static void run_fail_sends(struct ikl_sim *sim, struct ikl_sim_job *job)
{
    struct incident *incident = (struct incident *)job;

    (void)sim;
    record(incident->host, IKL_SIM_SENDS_FAIL, incident->number);
    incident->host->failing = (uint32_t)incident->number;
}

static void unblock_sends(struct ikl_sim *sim, struct ikl_sim_job *job)
{
    (void)sim;
    say_that_it_can_send(((struct incident *)job)->host);
}

static void run_block_sends(struct ikl_sim *sim, struct ikl_sim_job *job)
{
    struct incident *block = (struct incident *)job;
    struct ikl_sim_host *host = block->host;
    ikl_time until = ikl_time_after(sim->now, (uint64_t)block->number);

    record(host, IKL_SIM_SENDS_BLOCK, block->number);
    host->blocked_until = host->blocked ? ikl_time_later(host->blocked_until, until) : until;
    host->blocked = true;
    queue(incident(host, unblock_sends, 0), until);
}

static void run_set_clock(struct ikl_sim *sim, struct ikl_sim_job *job)
{
    struct incident *incident = (struct incident *)job;

    (void)sim;
    record(incident->host, IKL_SIM_CLOCK_SET, incident->number);
    incident->host->clock += incident->number;
}

static void run_set_manners(struct ikl_sim *sim, struct ikl_sim_job *job)
{
    struct incident *incident = (struct incident *)job;
    struct ikl_sim_host *host = incident->host;

    (void)sim;
    record(host, IKL_SIM_MANNERS, 0);
    host->manners = incident->manners;
    host->lateness = (uint32_t)ikl_sim_draw_to(&host->chance, host->manners.late);
}

/* More than a lifetime of the clock makes no difference. */
static int64_t to_number(uint64_t ms)
{
    return ms < INT64_MAX ? (int64_t)ms : INT64_MAX;
}

void ikl_sim_stall_at(struct ikl_sim_host *host, ikl_time at, uint64_t ms)
{
    queue(incident(host, run_stall, to_number(ms)), at);
}

void ikl_sim_sleep_at(struct ikl_sim_host *host, ikl_time at, uint64_t ms)
{
    queue(incident(host, run_sleep, to_number(ms)), at);
}

void ikl_sim_reboot_at(struct ikl_sim_host *host, ikl_time at, uint64_t ms)
{
    queue(incident(host, run_reboot, to_number(ms)), at);
}

void ikl_sim_restart_at(struct ikl_sim_host *host, ikl_time at, uint64_t ms)
{
    queue(incident(host, run_restart, to_number(ms)), at);
}

void ikl_sim_fail_sends_at(struct ikl_sim_host *host, ikl_time at, uint32_t n)
{
    queue(incident(host, run_fail_sends, n), at);
}

void ikl_sim_block_sends_at(struct ikl_sim_host *host, ikl_time at, uint64_t ms)
{
    queue(incident(host, run_block_sends, to_number(ms)), at);
}

void ikl_sim_set_clock_at(struct ikl_sim_host *host, ikl_time at, int64_t ms)
{
    queue(incident(host, run_set_clock, ms), at);
}

void ikl_sim_set_manners_at(struct ikl_sim_host *host, ikl_time at, const struct ikl_sim_manners *manners)
{
    struct incident *change = incident(host, run_set_manners, 0);

    if (change != NULL) {
        change->manners = *manners;
        queue(change, at);
    }
}
