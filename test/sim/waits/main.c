/* SPDX-License-Identifier: ISC */
/* ./waits [--paths N] [--days N] [--seed N] [--sample N] [--svg FILE]: compares ways to wait for an answer, on many
 * paths unlike each other, a year each: how soon a dead peer is detected, how often one that lives is given up, what
 * that costs in datagrams. The README beside says what the columns mean. */
#include "picture.h"
#include "real.h"
#include "tally.h"

#include "examples/support/options.h"

#include <stdio.h>
#include <stdlib.h>

enum { MS_PER_DAY = 86400000, N_SCALES = 5, SAMPLE_PART = 20 };

static const uint32_t scales[N_SCALES] = {125, 250, 500, 2000, 4000};

struct settings {
    struct options_count paths, days, seed, sample;
    const char *svg;
};

static void add_row(struct tally *tally, size_t schedule, enum way way, uint32_t scale)
{
    tally->rows = realloc(tally->rows, (tally->n + 1) * sizeof(*tally->rows));
    if (tally->rows == NULL) {
        perror("waits");
        exit(EXIT_FAILURE);
    }
    tally->rows[tally->n++] = (struct row){.name = ikl_schedule_name(schedule), .way = way, .scale = scale};
}

/* Every named schedule in every way; for the picture, longer and shorter ones too. */
static void add_rows(struct tally *tally, bool curves)
{
    for (size_t schedule = 0; ikl_schedule_name(schedule) != NULL; schedule++) {
        for (int way = 0; way < N_WAYS; way++) {
            add_row(tally, schedule, (enum way)way, 1000);
        }
        for (size_t i = 0; i < N_SCALES && curves; i++) {
            add_row(tally, schedule, WAY_LISTED, scales[i]);
            add_row(tally, schedule, WAY_TRIMMED, scales[i]);
            add_row(tally, schedule, WAY_SENDS, scales[i]);
        }
    }
}

static void print_heading(void)
{
    printf("%-27s%8s%9s%7s%8s%8s%8s%8s%8s%8s%8s%8s%7s\n", "", "suspect", "detected", "95 %", "log-", "expo-", "rare",
           "long", "alike", "Pareto", "bursts", "held", "data-");
    printf("%-27s%8s%9s%7s%8s%8s%40s%15s\n", "", "after", "after", "within", "normal", "nential", "", "grams");
}

static void print_row(const struct tally *tally, const struct row *row)
{
    double days = (double)tally->until / MS_PER_DAY * (double)(tally->paths * N_POPULATIONS);

    printf("%-10s %-16s%8.1f%9.1f%7.1f", row->name, way_name(row->way), tally_time(tally, &row->suspected, 50) / 1e3,
           tally_time(tally, &row->detected, 50) / 1e3, tally_time(tally, &row->detected, 95) / 1e3);
    for (size_t population = 0; population < N_POPULATIONS; population++) {
        printf("%8.3g", tally_false(tally, row, population));
    }
    printf("%7.0f\n", (double)row->datagrams / days);
}

static void print_table(const struct tally *tally, bool winners)
{
    for (size_t n = 0; n < tally->n; n++) {
        const struct row *row = &tally->rows[n];

        if (row->scale == 1000 && tally_wins(tally, row) == winners) {
            if (winners) {
                print_row(tally, row);
            } else {
                printf("    %s, %s\n", row->name, way_name(row->way));
            }
        }
    }
}

/* Path `number` by real IKE SAs, too, for a part of the time. Returns how many events were the same. */
static size_t live_really(const struct tally *tally, size_t population, size_t number)
{
    size_t which = population + number * N_POPULATIONS;
    struct row row = {.name = ikl_schedule_name(which % 7), .way = (enum way)(which % N_WAYS), .scale = 1000};
    ikl_time until = tally->until / SAMPLE_PART;
    struct ikl_schedule schedule;
    struct life_manner manner;
    struct path path = {.seed = 0};
    size_t n = 0;

    /* with outages beyond, in which the last IKE SA may be at the end */
    if (path_make(&path, tally->seed, population, number, until + 2 * IKL_SCHEDULE_MAX_WAIT) &&
        row_manner(&row, &schedule, &manner)) {
        n = real_agrees(&path, &manner, tally->seed, until);
        path.loss = 0;
        n = real_skips_exactly(&path, &manner, tally->seed, until) ? n : 0;
    }
    path_clear(&path);
    return n;
}

static bool sample(const struct tally *tally, size_t paths)
{
    size_t events = 0;

    for (size_t i = 0; i < paths * N_POPULATIONS; i++) {
        size_t n = live_really(tally, i % N_POPULATIONS, i / N_POPULATIONS);

        if (n == 0) {
            fprintf(stderr, "waits: path %zu of %s is another one when it is lived otherwise\n", i / N_POPULATIONS,
                    population_name(i % N_POPULATIONS));
            return false;
        }
        events += n;
    }
    printf("\n%zu paths were lived by real IKE SAs, too: all %zu events are the same.\n", paths * N_POPULATIONS,
           events);
    return true;
}

static int run(const struct settings *settings)
{
    struct tally tally = {.seed = settings->seed.value,
                          .paths = settings->paths.value,
                          .until = (ikl_time)settings->days.value * MS_PER_DAY};
    bool done;

    add_rows(&tally, settings->svg != NULL);
    if (!tally_run(&tally)) {
        fprintf(stderr, "waits: out of memory\n");
        return EXIT_FAILURE;
    }
    print_heading();
    print_table(&tally, true);
    printf("\nWhat wins nowhere:\n");
    print_table(&tally, false);
    done = sample(&tally, settings->sample.value) && (settings->svg == NULL || picture_draw(settings->svg, &tally));
    tally_free(&tally);
    return done ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    struct settings settings = {
        .paths = {300, 1, 10000}, .days = {365, 1, 3650}, .seed = {1, 0, UINT32_MAX}, .sample = {3, 0, 1000}};
    const struct command_option options[] = {
        {"--paths", "N", "paths of each population (default 300)", options_parse_count, &settings.paths},
        {"--days", "N", "days that each is lived (default 365)", options_parse_count, &settings.days},
        {"--seed", "N", "what all chance comes from (default 1)", options_parse_count, &settings.seed},
        {"--sample", "N",
         "paths of each population that real IKE SAs live, too,\nfor a twentieth of the time (default 3)",
         options_parse_count, &settings.sample},
        {"--svg", "FILE", "draw a picture", options_parse_text, &settings.svg}};
    const struct command_line line = {"waits", "Compares ways to wait for an answer.", options,
                                      sizeof(options) / sizeof(options[0])};
    enum options_outcome outcome = options_parse(&line, argc, argv);

    if (outcome != OPTIONS_RUN) {
        return outcome == OPTIONS_HELP ? 0 : 2;
    }
    return run(&settings);
}
