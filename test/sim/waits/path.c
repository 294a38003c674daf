/* SPDX-License-Identifier: ISC */
/* Paths between two peers. See path.h. */
#include "path.h"

#include "sim/inside.h"

#include <stdlib.h>

/* What the paths of a population have in common. Lengths are in ms; what differs between paths is log-normal. */
struct population {
    const char *name;
    struct ikl_sim_outage_kind length; /* mean: the median over the paths; a_year: likewise */
    bool alike;                        /* no path differs from another */
    uint32_t bursts;                   /* a year, of lost datagrams: outages of BURST ms */
    bool holding;
};

enum { BURST = 300, BURSTS = 10000, SIGMA = 1300, DELAY = 20, DELAY_SIGMA = 800, MOST_DELAY = 500 };

static const uint32_t median_loss = IKL_SIM_PERCENT(1) / 20, most_loss = IKL_SIM_PERCENT(5);

static const struct population populations[N_POPULATIONS] = {
    {"log-normal", {IKL_SIM_LOG_NORMAL, 2000, 1300, 1000}, false, 0, false},
    {"exponential", {IKL_SIM_EXPONENTIAL, 2000, 0, 1000}, false, 0, false},
    {"rare", {IKL_SIM_LOG_NORMAL, 2000, 1300, 50}, false, 0, false},
    {"long", {IKL_SIM_LOG_NORMAL, 20000, 1300, 100}, false, 0, false},
    {"alike", {IKL_SIM_LOG_NORMAL, 2000, 1300, 1000}, true, 0, false},
    {"Pareto", {IKL_SIM_PARETO, 2000, 1500, 1000}, false, 0, false},
    {"bursts", {IKL_SIM_LOG_NORMAL, 2000, 1300, 300}, false, BURSTS, false},
    {"held", {IKL_SIM_LOG_NORMAL, 2000, 1300, 1000}, false, 0, true},
};

const char *population_name(size_t population)
{
    return populations[population].name;
}

/* Log-normally distributed around `median`. The mean of e to the power of 1.3 z is 2.328, of 0.8 z 1.377. */
static uint32_t draw(struct ikl_sim_stream *stream, uint32_t median, uint32_t sigma, uint32_t most)
{
    uint32_t mean = median * (sigma == SIGMA ? 2328u : 1377u) / 1000;
    struct ikl_sim_outage_kind kind = {IKL_SIM_LOG_NORMAL, mean, sigma, 1};
    uint64_t drawn = ikl_sim_draw_outage(stream, &kind);

    return drawn < most ? (uint32_t)drawn : most;
}

/* The outages of a path fill a fiftieth of the year at most. */
static uint32_t bounded(uint32_t a_year, uint32_t mean)
{
    uint64_t most = IKL_SIM_YEAR / 50 / mean;

    return a_year < most ? a_year : (uint32_t)(most != 0 ? most : 1);
}

static void draw_habit(struct path *path, const struct population *population, struct ikl_sim_stream *stream)
{
    uint32_t mean = draw(stream, population->length.mean, SIGMA, 100 * population->length.mean);
    uint32_t a_year = draw(stream, population->length.a_year, SIGMA, 100 * population->length.a_year);
    struct ikl_sim_outage_kind kind = population->length;

    if (!population->alike) {
        kind.mean = mean;
        kind.a_year = a_year;
    }
    kind.a_year = bounded(kind.a_year, kind.mean);
    path->habit =
        (struct ikl_sim_outages){.size = sizeof(path->habit), .holding = population->holding, .n = 1, .kinds = {kind}};
    if (population->bursts != 0) {
        path->habit.kinds[path->habit.n++] =
            (struct ikl_sim_outage_kind){IKL_SIM_EXPONENTIAL, BURST, 0, population->bursts};
    }
}

static bool add(struct path *path, ikl_time begin, ikl_time end)
{
    if (path->n == path->room) {
        size_t room = path->room != 0 ? 2 * path->room : 1024;
        struct path_outage *outages = realloc(path->outages, room * sizeof(*outages));

        if (outages == NULL) {
            return false;
        }
        path->outages = outages;
        path->room = room;
    }
    path->outages[path->n++] = (struct path_outage){begin, end};
    return true;
}

/* The outages as a world has them. */
struct listing {
    struct path *path;
    bool complete;
};

static void observe(void *user, const struct ikl_sim_record *record)
{
    struct listing *listing = user;

    if (record->event == IKL_SIM_LINK_OUT && listing->complete) {
        listing->complete = add(listing->path, record->at, record->at + (uint64_t)record->about.number);
    }
}

static int ignore(void *user, const struct ikl_path *path, const uint8_t *datagram, size_t len, ikl_time now)
{
    (void)user;
    (void)path;
    (void)datagram;
    (void)len;
    (void)now;
    return IKL_OK;
}

static bool live(struct ikl_sim *sim, const struct ikl_sim_outages *habit, ikl_time until)
{
    struct ikl_sim_host_config config = {.size = sizeof(config), .no_endpoint = true, .receive = ignore};
    struct ikl_sim_host *a, *b;
    struct ikl_sim_link *link;

    return ikl_sim_add_host(sim, &config, &a) == IKL_OK && ikl_sim_add_host(sim, &config, &b) == IKL_OK &&
           ikl_sim_add_link(a, b, NULL, &link) == IKL_OK && ikl_sim_set_outages_at(link, 0, habit) == IKL_OK &&
           ikl_sim_run_until(sim, until) == IKL_OK;
}

bool path_list(struct path *path, ikl_time until)
{
    struct listing listing = {path, true};
    struct ikl_sim_config config = {
        .size = sizeof(config), .seed = path->seed, .observe = observe, .user = &listing, .forget = true};
    struct ikl_sim *sim;
    bool lived;

    path->n = 0;
    if (ikl_sim_new(&sim, &config) != IKL_OK) {
        return false;
    }
    lived = live(sim, &path->habit, until);
    ikl_sim_free(sim);
    return lived && listing.complete && add(path, IKL_NEVER, IKL_NEVER);
}

bool path_make(struct path *path, uint64_t seed, size_t population, size_t number, ikl_time until)
{
    /* the last population has the paths of the first */
    uint64_t which = (population == POPULATION_HELD ? POPULATION_FIRST : population) * MOST_PATHS + number;
    struct ikl_sim_stream stream = ikl_sim_stream(seed, IKL_SIM_FOR_TEST, which);

    path->delay = draw(&stream, DELAY, DELAY_SIGMA, MOST_DELAY);
    path->loss = draw(&stream, median_loss, SIGMA, most_loss);
    draw_habit(path, &populations[population], &stream);
    path->seed = ikl_sim_draw(&stream);
    return path_list(path, until);
}

void path_clear(struct path *path)
{
    free(path->outages);
    *path = (struct path){.seed = 0};
}

size_t path_next(const struct path *path, size_t from, ikl_time at)
{
    while (path->outages[from].end <= at) {
        from++;
    }
    return from;
}

ikl_time path_arrival(const struct path *path, size_t from, ikl_time at)
{
    size_t then = path_next(path, from, at), there;
    ikl_time arrival = at + path->delay;

    if (!path->habit.holding && path->outages[then].begin <= at) {
        return IKL_NEVER;
    }
    there = path_next(path, then, arrival);
    if (path->outages[there].begin > arrival) {
        return arrival;
    }
    return path->habit.holding ? path->outages[there].end : IKL_NEVER;
}
