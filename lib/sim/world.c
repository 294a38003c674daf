/* SPDX-License-Identifier: ISC */
/* ikelive sim: the world: made, run and ended. */
#include "inside.h"
#include "sized.h"

#include <string.h>

int ikl_sim_new(struct ikl_sim **out, const struct ikl_sim_config *given)
{
    const struct ikl_allocator *allocator;
    struct ikl_sim_config taken;
    const struct ikl_sim_config *config = &taken;
    struct ikl_sim *sim;

    if (!ikl_sized_take(&taken, sizeof(taken), given, IKL_END_OF(struct ikl_sim_config, seed)) ||
        taken.start == IKL_NEVER) {
        return IKL_ERR_INVALID;
    }
    allocator = config->allocator != NULL ? config->allocator : &ikl_default_allocator;
    if (ikl_init() != IKL_OK) {
        return IKL_ERR_CRYPTO;
    }
    sim = allocator->allocate(allocator->user, sizeof(*sim));
    if (sim == NULL) {
        return IKL_ERR_NO_MEMORY;
    }
    *sim = (struct ikl_sim){.allocator = *allocator,
                            .observe = config->observe,
                            .user = config->user,
                            .forget = config->forget,
                            .seed = config->seed,
                            .now = config->start,
                            .own = ikl_sim_stream(config->seed, IKL_SIM_FOR_TEST, 0),
                            .keys = ikl_sim_stream(config->seed, IKL_SIM_FOR_KEYS, 0)};
    *out = sim;
    return IKL_OK;
}

void ikl_sim_free(struct ikl_sim *sim)
{
    struct ikl_allocator allocator;

    if (sim == NULL || sim->depth != 0) {
        return;
    }
    sim->ending = true;
    ikl_sim_clear_snapshots(sim);
    ikl_sim_clear_hosts(sim);
    ikl_sim_clear_links(sim);
    ikl_sim_clear_jobs(sim);
    ikl_sim_clear_trace(sim);
    ikl_sim_clear_schedules(sim);
    ikl_sim_clear_monitors(sim);
    ikl_sim_clear_agreements(sim);
    allocator = sim->allocator;
    allocator.release(allocator.user, sim, sizeof(*sim));
}

ikl_time ikl_sim_now(const struct ikl_sim *sim)
{
    return sim->now;
}

uint64_t ikl_sim_random(struct ikl_sim *sim)
{
    return ikl_sim_draw(&sim->own);
}

/* When the next thing happens. */
static ikl_time next_time(const struct ikl_sim *sim)
{
    ikl_time next = ikl_sim_next_job(sim);

    for (const struct ikl_sim_host *host = sim->first_host; host != NULL; host = host->next) {
        next = ikl_time_earlier(next, ikl_sim_host_due(host));
    }
    return next;
}

static void go_to(struct ikl_sim *sim, ikl_time time)
{
    if (time > sim->now) {
        sim->now = time;
        sim->jobs.n_at_once = 0;
    }
}

/* Does all that is due, once; what follows from it may be due too. */
static void run_round(struct ikl_sim *sim)
{
    ikl_sim_run_jobs(sim);
    for (struct ikl_sim_host *host = sim->first_host; host != NULL; host = host->next) {
        if (ikl_sim_host_due(host) <= sim->now) {
            ikl_sim_tick_host(host);
        }
    }
}

static int run_until(struct ikl_sim *sim, ikl_time until)
{
    ikl_time next;

    if (sim->depth != 0) {
        return IKL_ERR_REENTRANT;
    }
    sim->depth++;
    while (sim->failure == IKL_OK && (next = next_time(sim)) <= until) {
        go_to(sim, next);
        run_round(sim);
    }
    sim->depth--;
    return sim->failure;
}

int ikl_sim_run_until(struct ikl_sim *sim, ikl_time until)
{
    int result = run_until(sim, ikl_time_earlier(until, IKL_NEVER - 1));

    if (result == IKL_OK) {
        go_to(sim, ikl_time_earlier(until, IKL_NEVER - 1));
    }
    return result;
}

int ikl_sim_run_for(struct ikl_sim *sim, uint64_t ms)
{
    return ikl_sim_run_until(sim, ikl_time_after(sim->now, ms));
}

int ikl_sim_step(struct ikl_sim *sim)
{
    ikl_time next = next_time(sim);

    if (next == IKL_NEVER && sim->failure == IKL_OK && sim->depth == 0) {
        return IKL_ERR_END;
    }
    return run_until(sim, ikl_time_later(next, sim->now));
}

struct call {
    struct ikl_sim_job job;
    void (*call)(void *user, struct ikl_sim *sim);
    void *user;
};

static void run_call(struct ikl_sim *sim, struct ikl_sim_job *job)
{
    struct call *call = (struct call *)job;

    call->call(call->user, sim);
}

void ikl_sim_call_at(struct ikl_sim *sim, ikl_time at, void (*call)(void *user, struct ikl_sim *sim), void *user)
{
    struct call *job = ikl_sim_new_job(sim, sizeof(*job), run_call);

    if (job != NULL) {
        job->call = call;
        job->user = user;
        ikl_sim_queue_job(sim, &job->job, at);
    }
}
