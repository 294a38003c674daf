/* SPDX-License-Identifier: ISC */
/* What ways to wait do on every path. See tally.h. */
#include "tally.h"

#include <stdlib.h>
#include <string.h>

const char *way_name(enum way way)
{
    static const char *const names[N_WAYS] = {"as listed", "trimmed", "parting send", "peer talks"};

    return names[way];
}

static void stretch(struct ikl_schedule *schedule, uint32_t scale)
{
    for (uint32_t i = 0; i < schedule->n_waits; i++) {
        uint64_t wait = ((uint64_t)schedule->waits[i] * scale + 999) / 1000;

        schedule->waits[i] = (uint32_t)(wait < IKL_SCHEDULE_MAX_WAIT ? wait : IKL_SCHEDULE_MAX_WAIT);
    }
}

bool row_schedule(const struct row *row, const struct path *path, struct ikl_schedule *out)
{
    *out = *ikl_schedule_by_name(row->name);
    stretch(out, row->scale);
    if (row->way == WAY_TRIMMED) {
        return ikl_schedule_trim(out, out, 2 * path->delay) == IKL_OK;
    }
    if (row->way == WAY_PARTING) {
        return ikl_schedule_with_parting_send(out, out) == IKL_OK;
    }
    return true;
}

static uint32_t *detected_in(const struct tally *tally, const struct row *row, size_t population)
{
    return row->detected + population * tally->paths * DEATHS;
}

static void note_death(const struct tally *tally, struct row *row, size_t population, uint64_t ms)
{
    if (ms != 0) {
        detected_in(tally, row, population)[row->n_detected[population]++] = (uint32_t)ms;
    }
}

/* A life, in which the peer dies from time to time in a copy of the world. */
static void live(const struct tally *tally, struct row *row, size_t population, const struct path *path)
{
    struct ikl_sim_stream stream = ikl_sim_stream(tally->seed, IKL_SIM_FOR_HOST, path->seed);
    uint64_t between = tally->until / DEATHS;
    struct ikl_schedule schedule;
    struct life life;

    if (!row_schedule(row, path, &schedule)) {
        return;
    }
    life_begin(&life, path, &schedule, row->way == WAY_TALK, tally->seed, NULL);
    for (uint64_t i = 0; i < DEATHS; i++) {
        ikl_time death = i * between + ikl_sim_draw_to(&stream, between - 1);

        life_until(&life, death);
        note_death(tally, row, population, life_detect(&life, death));
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

static void sort(const struct tally *tally)
{
    for (size_t n = 0; n < tally->n; n++) {
        for (size_t population = 0; population < N_POPULATIONS; population++) {
            qsort(detected_in(tally, &tally->rows[n], population), tally->rows[n].n_detected[population],
                  sizeof(uint32_t), compare);
        }
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

bool tally_run(struct tally *tally)
{
    struct path path = {.seed = 0};
    bool done = true;

    for (size_t n = 0; n < tally->n && done; n++) {
        tally->rows[n].detected = calloc(N_POPULATIONS * tally->paths * DEATHS, sizeof(uint32_t));
        done = tally->rows[n].detected != NULL;
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

uint32_t tally_detect_in(const struct tally *tally, const struct row *row, size_t population, unsigned percent)
{
    size_t n = row->n_detected[population];

    return n != 0 ? detected_in(tally, row, population)[(n - 1) * percent / 100] : 0;
}

/* How many of all but the held population take no longer than `ms`. */
static size_t count_within(const struct tally *tally, const struct row *row, uint32_t ms)
{
    size_t n = 0;

    for (size_t population = 0; population < POPULATION_HELD; population++) {
        const uint32_t *detected = detected_in(tally, row, population);

        for (size_t i = 0; i < row->n_detected[population] && detected[i] <= ms; i++) {
            n++;
        }
    }
    return n;
}

uint32_t tally_detect(const struct tally *tally, const struct row *row, unsigned percent)
{
    size_t all = count_within(tally, row, UINT32_MAX);
    uint32_t least = 0, most = UINT32_MAX;

    while (least < most) {
        uint32_t middle = least + (most - least) / 2;

        if (count_within(tally, row, middle) * 100 >= all * percent) {
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

/* `other` is no worse in this population than `row`, and better in one way. */
static bool beats(const struct tally *tally, const struct row *other, const struct row *row, size_t population)
{
    uint32_t others = tally_detect(tally, other, 50), ours = tally_detect(tally, row, 50);
    uint64_t others_downs = other->downs[population], our_downs = row->downs[population];

    return others <= ours && others_downs <= our_downs && (others < ours || others_downs < our_downs);
}

static bool is_rival(const struct row *other, const struct row *row)
{
    return other != row && other->scale == 1000 && (other->way == WAY_TALK) == (row->way == WAY_TALK);
}

static bool wins_in(const struct tally *tally, const struct row *row, size_t population)
{
    for (size_t n = 0; n < tally->n; n++) {
        if (is_rival(&tally->rows[n], row) && beats(tally, &tally->rows[n], row, population)) {
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
