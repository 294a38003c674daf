/* SPDX-License-Identifier: ISC */
/* What ways to wait do on every path. See tally.h. */
#include "tally.h"

#include <stdlib.h>
#include <string.h>

const char *way_name(enum way way)
{
    static const char *const names[N_WAYS] = {"as listed", "trimmed", "parting send", "round-trip sends", "peer talks"};

    return names[way];
}

static void stretch(struct ikl_schedule *schedule, uint32_t scale)
{
    for (uint32_t i = 0; i < schedule->n_waits; i++) {
        uint64_t wait = ((uint64_t)schedule->waits[i] * scale + 999) / 1000;

        schedule->waits[i] = (uint32_t)(wait < IKL_SCHEDULE_MAX_WAIT ? wait : IKL_SCHEDULE_MAX_WAIT);
    }
}

bool row_manner(const struct row *row, struct ikl_schedule *schedule, struct life_manner *out)
{
    *schedule = *ikl_schedule_by_name(row->name);
    stretch(schedule, row->scale);
    *out = (struct life_manner){.schedule = schedule,
                                .trims = row->way == WAY_TRIMMED,
                                .sends = row->way == WAY_SENDS,
                                .talks = row->way == WAY_TALK};
    return row->way != WAY_PARTING || ikl_schedule_with_parting_send(schedule, schedule) == IKL_OK;
}

static uint32_t *times_in(const struct tally *tally, const struct times *times, size_t population)
{
    return times->ms + population * tally->paths * DEATHS;
}

static void note_time(const struct tally *tally, struct times *times, size_t population, uint64_t ms)
{
    times_in(tally, times, population)[times->n[population]++] = (uint32_t)ms;
}

static void note_death(const struct tally *tally, struct row *row, size_t population, struct life_death death)
{
    if (death.down != 0) {
        note_time(tally, &row->detected, population, death.down);
        note_time(tally, &row->suspected, population, death.suspect);
    }
}

/* A life, in which the peer dies from time to time in a copy of the world. */
static void live(const struct tally *tally, struct row *row, size_t population, const struct path *path)
{
    struct ikl_sim_stream stream = ikl_sim_stream(tally->seed, IKL_SIM_FOR_HOST, path->seed);
    uint64_t between = tally->until / DEATHS;
    struct ikl_schedule schedule;
    struct life_manner manner;
    struct life life;

    if (!row_manner(row, &schedule, &manner)) {
        return;
    }
    life_begin(&life, path, &manner, tally->seed, NULL);
    for (uint64_t i = 0; i < DEATHS; i++) {
        ikl_time death = i * between + ikl_sim_draw_to(&stream, between - 1);

        life_until(&life, death);
        note_death(tally, row, population, life_die(&life, death));
    }
    life_until(&life, tally->until);
    row->downs[population] += life.downs;
    row->datagrams += life.datagrams;
}

static bool has_row(const struct row *row, size_t population)
{
    return row->scale == 1000 || population == POPULATION_FIRST;
}

static int compare(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;

    return (left > right) - (left < right);
}

static void sort_times(const struct tally *tally, const struct times *times)
{
    for (size_t population = 0; population < N_POPULATIONS; population++) {
        qsort(times_in(tally, times, population), times->n[population], sizeof(uint32_t), compare);
    }
}

static void sort(const struct tally *tally)
{
    for (size_t n = 0; n < tally->n; n++) {
        sort_times(tally, &tally->rows[n].detected);
        sort_times(tally, &tally->rows[n].suspected);
    }
}

static bool run_population(struct tally *tally, size_t population, struct path *path)
{
    for (size_t number = 0; number < tally->paths; number++) {
        if (!path_make(path, tally->seed, population, number, tally->until)) {
            return false;
        }
        for (size_t n = 0; n < tally->n; n++) {
            if (has_row(&tally->rows[n], population)) {
                live(tally, &tally->rows[n], population, path);
            }
        }
    }
    return true;
}

static bool make_room(const struct tally *tally, struct times *times)
{
    times->ms = calloc(N_POPULATIONS * tally->paths * DEATHS, sizeof(uint32_t));
    return times->ms != NULL;
}

bool tally_run(struct tally *tally)
{
    struct path path = {.seed = 0};
    bool done = true;

    for (size_t n = 0; n < tally->n && done; n++) {
        done = make_room(tally, &tally->rows[n].detected) && make_room(tally, &tally->rows[n].suspected);
    }
    for (size_t population = 0; population < N_POPULATIONS && done; population++) {
        done = run_population(tally, population, &path);
    }
    path_clear(&path);
    if (done) {
        sort(tally);
    }
    return done;
}

void tally_free(struct tally *tally)
{
    for (size_t n = 0; n < tally->n; n++) {
        free(tally->rows[n].detected.ms);
        free(tally->rows[n].suspected.ms);
    }
    free(tally->rows);
}

uint32_t tally_time_in(const struct tally *tally, const struct times *times, size_t population, unsigned percent)
{
    size_t n = times->n[population];

    return n != 0 ? times_in(tally, times, population)[(n - 1) * percent / 100] : 0;
}

/* How many of all but the held population take no longer than `ms`. */
static size_t count_within(const struct tally *tally, const struct times *times, uint32_t ms)
{
    size_t n = 0;

    for (size_t population = 0; population < POPULATION_HELD; population++) {
        const uint32_t *listed = times_in(tally, times, population);

        for (size_t i = 0; i < times->n[population] && listed[i] <= ms; i++) {
            n++;
        }
    }
    return n;
}

uint32_t tally_time(const struct tally *tally, const struct times *times, unsigned percent)
{
    size_t all = count_within(tally, times, UINT32_MAX);
    uint32_t least = 0, most = UINT32_MAX;

    while (least < most) {
        uint32_t middle = least + (most - least) / 2;

        if (count_within(tally, times, middle) * 100 >= all * percent) {
            most = middle;
        } else {
            least = middle + 1;
        }
    }
    return least;
}

double tally_false(const struct tally *tally, const struct row *row, size_t population)
{
    return (double)row->downs[population] * (double)IKL_SIM_YEAR / ((double)tally->until * (double)tally->paths);
}

/* How good a row is in a population: the less the better. */
struct merits {
    uint64_t of[3];
};

static struct merits merits_of(const struct tally *tally, const struct row *row, size_t population)
{
    return (struct merits){
        {tally_time(tally, &row->detected, 50), tally_time(tally, &row->suspected, 50), row->downs[population]}};
}

/* `other` is no worse in any way than `row`, and better in one. */
static bool beats(const struct merits *other, const struct merits *row)
{
    bool better = false;

    for (size_t i = 0; i < sizeof(row->of) / sizeof(row->of[0]); i++) {
        if (other->of[i] > row->of[i]) {
            return false;
        }
        better = better || other->of[i] < row->of[i];
    }
    return better;
}

static bool is_rival(const struct row *other, const struct row *row)
{
    return other != row && other->scale == 1000 && (other->way == WAY_TALK) == (row->way == WAY_TALK);
}

static bool wins_in(const struct tally *tally, const struct row *row, size_t population)
{
    struct merits ours = merits_of(tally, row, population);

    for (size_t n = 0; n < tally->n; n++) {
        const struct row *other = &tally->rows[n];
        struct merits others;

        if (!is_rival(other, row)) {
            continue;
        }
        others = merits_of(tally, other, population);
        if (beats(&others, &ours)) {
            return false;
        }
    }
    return true;
}

bool tally_wins(const struct tally *tally, const struct row *row)
{
    size_t population = 0;

    while (population < N_POPULATIONS && !wins_in(tally, row, population)) {
        population++;
    }
    return population < N_POPULATIONS;
}
