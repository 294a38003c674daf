/* SPDX-License-Identifier: ISC */
/* ikelive sim: all that will happen, in order of time and, within a millisecond, in the order of <ikelive/sim.h>. A
 * binary heap. */
#include "inside.h"

#include <string.h>

enum { FIRST_ROOM = 64, MOST_AT_ONCE = 1000000 };

static const uint64_t ARRIVALS = UINT64_C(1) << 63;

static bool is_before(const struct ikl_sim_job *a, const struct ikl_sim_job *b)
{
    return a->at != b->at ? a->at < b->at : a->order < b->order;
}

void *ikl_sim_new_job(struct ikl_sim *sim, size_t size, void (*run)(struct ikl_sim *sim, struct ikl_sim_job *job))
{
    struct ikl_sim_job *job = ikl_sim_allocate(sim, size);

    if (job != NULL) {
        job->run = run;
        job->size = size;
    }
    return job;
}

static void end_job(struct ikl_sim *sim, struct ikl_sim_job *job)
{
    if (job->drop != NULL) {
        job->drop(sim, job);
    }
    ikl_sim_release(sim, job, job->size);
}

static bool make_room(struct ikl_sim *sim)
{
    struct ikl_sim_jobs *jobs = &sim->jobs;
    size_t room = jobs->room != 0 ? 2 * jobs->room : FIRST_ROOM;
    struct ikl_sim_job **heap;

    if (jobs->n < jobs->room) {
        return true;
    }
    heap = ikl_sim_allocate(sim, room * sizeof(struct ikl_sim_job *));
    if (heap == NULL) {
        return false;
    }
    if (jobs->heap != NULL) {
        memcpy(heap, jobs->heap, jobs->n * sizeof(struct ikl_sim_job *));
        ikl_sim_release(sim, jobs->heap, jobs->room * sizeof(struct ikl_sim_job *));
    }
    jobs->heap = heap;
    jobs->room = room;
    return true;
}

static void put(struct ikl_sim *sim, struct ikl_sim_job *job)
{
    struct ikl_sim_jobs *jobs = &sim->jobs;
    size_t i;

    if (!make_room(sim)) {
        end_job(sim, job);
        return;
    }
    for (i = jobs->n++; i > 0 && is_before(job, jobs->heap[(i - 1) / 2]); i = (i - 1) / 2) {
        jobs->heap[i] = jobs->heap[(i - 1) / 2];
    }
    jobs->heap[i] = job;
}

static struct ikl_sim_job *take_first(struct ikl_sim_jobs *jobs)
{
    struct ikl_sim_job *first = jobs->heap[0], *last = jobs->heap[--jobs->n];
    size_t i = 0, below;

    while ((below = 2 * i + 1) < jobs->n) {
        if (below + 1 < jobs->n && is_before(jobs->heap[below + 1], jobs->heap[below])) {
            below++;
        }
        if (is_before(last, jobs->heap[below])) {
            break;
        }
        jobs->heap[i] = jobs->heap[below];
        i = below;
    }
    jobs->heap[i] = last;
    return first;
}

void ikl_sim_queue_arrival(struct ikl_sim *sim, struct ikl_sim_job *job, ikl_time at)
{
    job->at = at;
    job->order = sim->jobs.n_ever++ | ARRIVALS;
    put(sim, job);
}

void ikl_sim_queue_job(struct ikl_sim *sim, struct ikl_sim_job *job, ikl_time at)
{
    job->at = ikl_time_later(at, sim->now);
    job->order = sim->jobs.n_ever++;
    if (at > sim->now || sim->depth != 0) {
        put(sim, job);
    } else {
        sim->depth++;
        job->run(sim, job);
        sim->depth--;
        end_job(sim, job);
    }
}

ikl_time ikl_sim_next_job(const struct ikl_sim *sim)
{
    return sim->jobs.n != 0 ? sim->jobs.heap[0]->at : IKL_NEVER;
}

void ikl_sim_run_jobs(struct ikl_sim *sim)
{
    while (ikl_sim_next_job(sim) <= sim->now && sim->failure == IKL_OK) {
        struct ikl_sim_job *job = take_first(&sim->jobs);

        job->run(sim, job);
        if (job->at > sim->now) {
            put(sim, job);
        } else {
            end_job(sim, job);
        }
        if (++sim->jobs.n_at_once == MOST_AT_ONCE) {
            ikl_sim_fail(sim, IKL_ERR_BUSY);
        }
    }
}

void ikl_sim_clear_jobs(struct ikl_sim *sim)
{
    while (sim->jobs.n != 0) {
        end_job(sim, sim->jobs.heap[--sim->jobs.n]);
    }
    ikl_sim_release(sim, sim->jobs.heap, sim->jobs.room * sizeof(struct ikl_sim_job *));
}
