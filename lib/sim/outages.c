/* SPDX-License-Identifier: ISC */
/* ikelive sim: links: outages that they have by themselves, one after the other. */
#include "inside.h"
#include "sized.h"

enum { MOST_SIGMA = 4000, LEAST_EXPONENT = 1001, MOST_EXPONENT = 100000 };

static bool has_shape(const struct ikl_sim_outage_kind *kind)
{
    switch (kind->spread) {
    case IKL_SIM_EXPONENTIAL:
        return true;
    case IKL_SIM_LOG_NORMAL:
        return kind->shape <= MOST_SIGMA;
    case IKL_SIM_PARETO:
        return kind->shape >= LEAST_EXPONENT && kind->shape <= MOST_EXPONENT;
    }
    return false;
}

/* How long the outages of a year are, all together; as long as a year when they cannot be. */
static uint64_t time_out(const struct ikl_sim_outages *outages)
{
    uint64_t sum = 0;

    for (uint32_t i = 0; i < outages->n; i++) {
        const struct ikl_sim_outage_kind *kind = &outages->kinds[i];

        if (kind->mean == 0 || kind->a_year == 0 || !has_shape(kind) ||
            (uint64_t)kind->mean * kind->a_year >= IKL_SIM_YEAR - sum) {
            return IKL_SIM_YEAR;
        }
        sum += (uint64_t)kind->mean * kind->a_year;
    }
    return sum;
}

static uint64_t number_a_year(const struct ikl_sim_outages *outages)
{
    uint64_t n = 0;

    for (uint32_t i = 0; i < outages->n; i++) {
        n += outages->kinds[i].a_year;
    }
    return n;
}

static uint64_t draw_pause(struct ikl_sim_habit *habit)
{
    const struct ikl_sim_outages *outages = &habit->outages;

    return ikl_sim_draw_pause(&habit->chance, IKL_SIM_YEAR - time_out(outages), number_a_year(outages));
}

/* How long the next outage lasts: of one kind or another, each as often as it says. */
static uint64_t draw_length(struct ikl_sim_habit *habit)
{
    const struct ikl_sim_outage_kind *kind = habit->outages.kinds;
    uint64_t which = ikl_sim_draw_to(&habit->chance, number_a_year(&habit->outages) - 1);

    for (; which >= kind->a_year; kind++) {
        which -= kind->a_year;
    }
    return ikl_sim_draw_outage(&habit->chance, kind);
}

static void record(struct ikl_sim_link *link, enum ikl_sim_event event, uint64_t ms)
{
    struct ikl_sim_record record = ikl_sim_host_record(NULL, event);

    record.link = link;
    record.about.number = (int64_t)ms;
    ikl_sim_note_record(link->sim, &record, NULL);
}

/* The next outage of a habit. Begins it, later ends it, and then is the one after that. */
struct outage {
    struct ikl_sim_job job;
    struct ikl_sim_link *link;
    uint64_t generation;
};

static void begin(struct ikl_sim_link *link, struct outage *outage)
{
    struct ikl_sim_habit *habit = &link->habit;
    uint64_t length = draw_length(habit);

    record(link, IKL_SIM_LINK_OUT, length);
    habit->out = true;
    habit->holding = habit->outages.holding;
    habit->over = ikl_time_after(link->sim->now, length);
    outage->job.at = habit->over;
}

static void end(struct ikl_sim_link *link, struct outage *outage)
{
    record(link, IKL_SIM_LINK_BACK, 0);
    link->habit.out = false;
    if (link->habit.outages.n != 0) {
        outage->job.at = ikl_time_after(link->sim->now, draw_pause(&link->habit));
    }
}

static void run_outage(struct ikl_sim *sim, struct ikl_sim_job *job)
{
    struct outage *outage = (struct outage *)job;
    struct ikl_sim_link *link = outage->link;

    (void)sim;
    if (outage->generation != link->habit.generation) {
        return;
    }
    if (link->habit.out) {
        end(link, outage);
    } else {
        begin(link, outage);
    }
}

static void queue_first(struct ikl_sim_link *link)
{
    struct outage *outage = ikl_sim_new_job(link->sim, sizeof(*outage), run_outage);

    if (outage != NULL) {
        outage->link = link;
        outage->generation = link->habit.generation;
        ikl_sim_queue_job(link->sim, &outage->job, ikl_time_after(link->sim->now, draw_pause(&link->habit)));
    }
}

/* A change of habit. */
struct change {
    struct ikl_sim_job job;
    struct ikl_sim_link *link;
    struct ikl_sim_outages outages;
};

static void run_change(struct ikl_sim *sim, struct ikl_sim_job *job)
{
    struct change *change = (struct change *)job;
    struct ikl_sim_habit *habit = &change->link->habit;

    (void)sim;
    habit->outages = change->outages;
    if (habit->out) {
        return; /* the new habit begins when this outage is over */
    }
    habit->generation++;
    if (habit->outages.n != 0) {
        queue_first(change->link);
    }
}

int ikl_sim_set_outages_at(struct ikl_sim_link *link, ikl_time at, const struct ikl_sim_outages *outages)
{
    static const struct ikl_sim_outages none = {.size = sizeof(none)};
    struct ikl_sim_outages taken;
    struct change *change;

    if (!ikl_sized_take(&taken, sizeof(taken), outages != NULL ? outages : &none, sizeof(taken)) ||
        taken.n > IKL_SIM_OUTAGE_KINDS || time_out(&taken) == IKL_SIM_YEAR) {
        return IKL_ERR_INVALID;
    }
    change = ikl_sim_new_job(link->sim, sizeof(*change), run_change);
    if (change == NULL) {
        return IKL_ERR_NO_MEMORY;
    }
    change->link = link;
    change->outages = taken;
    ikl_sim_queue_job(link->sim, &change->job, at);
    return IKL_OK;
}
