/* SPDX-License-Identifier: ISC */
/* ./rates [--downs N] [--seed N]: holds ikl_schedule_false_down_outages against lives of IKE SAs on links with outages,
 * at the depth of the policy.
 *
 * First where its model holds: the habits of <ikelive/schedule.h>, every named schedule, as listed and with a parting
 * send, each lived for as long as the model says that N false verdicts take. The counts must agree within four and a
 * half sigma each, and all together by chi squared. Then where it does not hold: how many times as many verdicts as
 * there are does it say, for outages whose lengths are not exponential, and for links that hold datagrams. */
#include "waits/life.h"

#include "examples/support/options.h"
#include "support/habits.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { CHUNK_YEARS = 10, CLASSES = 3, MOST_YEARS = 20000 };

struct settings {
    struct options_count downs, seed;
};

static void must(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "rates: this does not hold: %s\n", what);
        exit(EXIT_FAILURE);
    }
}

static double model(const struct ikl_schedule *schedule, const struct ikl_habit *habit)
{
    double a_year;

    must(ikl_schedule_false_down_outages(&a_year, schedule, LIFE_IDLE, habit) == IKL_OK, "the model takes the habit");
    return a_year;
}

static uint32_t to_number(double number)
{
    return (uint32_t)(number + 0.5);
}

/* The share of a year in which a link with this habit is up. */
static double share_up(const struct ikl_sim_outages *outages)
{
    double out = 0;

    for (uint32_t i = 0; i < outages->n; i++) {
        out += (double)outages->kinds[i].mean * outages->kinds[i].a_year;
    }
    return 1 - out / (double)IKL_SIM_YEAR;
}

/* The habit as a link of the test kit has it. There an outage a year is one in a year, not in a year of being up. */
static struct ikl_sim_outages outages_of(const struct ikl_habit *habit)
{
    struct ikl_sim_outages outages = {.size = sizeof(outages), .n = (uint32_t)habit->n_kinds};

    for (size_t i = 0; i < habit->n_kinds; i++) {
        outages.kinds[i].mean = to_number(habit->kinds[i].mean);
        outages.kinds[i].a_year = to_number(habit->kinds[i].a_year);
    }
    return outages;
}

/* And back. */
static struct ikl_habit habit_of(const struct ikl_sim_outages *outages, double loss)
{
    struct ikl_habit habit = {.loss = loss, .n_kinds = outages->n};

    for (uint32_t i = 0; i < outages->n; i++) {
        habit.kinds[i] = (struct ikl_outage_kind){outages->kinds[i].mean, outages->kinds[i].a_year / share_up(outages)};
    }
    return habit;
}

/* A link, and how long an IKE SA lives on it and is given up how often, with one schedule. */
struct cell {
    struct ikl_schedule schedule;
    double expected; /* false verdicts a year that the model says */
    double years;    /* to live */
    uint64_t downs;
    double lived; /* years in which there was an IKE SA */
};

struct link {
    struct ikl_sim_outages outages;
    double loss;
    struct cell *cells;
    size_t n;
};

static void live(struct cell *cell, const struct path *path, uint64_t seed, ikl_time until)
{
    struct life_manner manner = {.schedule = &cell->schedule};
    struct life life;

    life_begin(&life, path, &manner, seed, NULL);
    life_until(&life, until);
    cell->downs += life.downs;
    cell->lived += (double)life.lived / (double)IKL_SIM_YEAR;
    if (life.established < until) {
        cell->lived += (double)(until - life.established) / (double)IKL_SIM_YEAR;
    }
}

/* Lives every cell for its years, some years at a time, each with outages of its own. */
static void live_all(const struct link *link, uint64_t seed)
{
    struct path path = {.loss = to_number(link->loss * 1e6), .habit = link->outages};

    for (size_t n = 0; n < link->n; n++) {
        struct cell *cell = &link->cells[n];

        for (double left = cell->years; left > 0; left -= CHUNK_YEARS) {
            ikl_time until = (ikl_time)(fmin(left, CHUNK_YEARS) * (double)IKL_SIM_YEAR);

            path.seed = seed++;
            must(path_list(&path, until), "there is memory");
            live(cell, &path, seed, until);
        }
    }
    path_clear(&path);
}

enum { N_NAMED = 7 };

/* The cells of every named schedule, as listed and with a parting send. */
static void make_cells(struct cell *cells, const struct ikl_habit *habit, double downs)
{
    for (size_t n = 0; n < N_NAMED * 2; n++) {
        struct cell *cell = &cells[n];

        *cell = (struct cell){.schedule = *ikl_schedule_by_name(ikl_schedule_name(n / 2))};
        must(n % 2 == 0 || ikl_schedule_with_parting_send(&cell->schedule, &cell->schedule) == IKL_OK,
             "every named schedule can have a parting send");
        cell->expected = model(&cell->schedule, habit);
        cell->years = fmin(downs / cell->expected, MOST_YEARS);
    }
}

/* Prints it; its part of chi squared. */
static double judge(const struct cell *cell, const char *habit, size_t n)
{
    double expected = cell->expected * cell->lived, off = (double)cell->downs - expected;

    printf("%-12s  %-10s  %-9s  %9.0f  %8llu  %9.1f  %+6.1f %%\n", habit, ikl_schedule_name(n / 2),
           n % 2 == 0 ? "listed" : "parting", cell->lived, (unsigned long long)cell->downs, expected,
           100 * off / expected);
    must(off * off <= 4.5 * 4.5 * expected, "the count is within four and a half sigma of the model");
    return off * off / expected;
}

static void check_model(const struct settings *settings)
{
    static struct cell cells[N_NAMED * 2];
    double chi_squared = 0, n = N_HABITS * N_NAMED * 2;

    printf("Where the model holds.\n\nhabit         schedule    last wait      years  verdicts      model       off\n");
    for (size_t i = 0; i < N_HABITS; i++) {
        struct link link = {.outages = outages_of(&named_habits[i].habit),
                            .loss = named_habits[i].habit.loss,
                            .cells = cells,
                            .n = N_NAMED * 2};
        struct ikl_habit habit = habit_of(&link.outages, link.loss);

        make_cells(cells, &habit, settings->downs.value);
        live_all(&link, (settings->seed.value * 10 + i) * 1000000);
        for (size_t k = 0; k < N_NAMED * 2; k++) {
            chi_squared += judge(&cells[k], named_habits[i].name, k);
        }
    }
    printf("\nChi squared %.1f over %.0f cells: %.2f a cell.\n", chi_squared, n, chi_squared / n);
    /* its variance is 2n */
    must(chi_squared < n + 4 * sqrt(2 * n), "all together agree with the model");
}

/* Outages told apart by their length, as from a log: the mean and number of each class. */
static struct ikl_sim_outages classify(const struct ikl_sim_outages *outages, uint64_t seed)
{
    static const uint64_t bounds[CLASSES] = {4000, 30000, UINT64_MAX};
    struct ikl_sim_outages classes = {.size = sizeof(classes), .n = CLASSES};
    struct path path = {.seed = seed, .habit = *outages};
    double sum[CLASSES] = {0}, n[CLASSES] = {0};

    must(path_list(&path, 100 * IKL_SIM_YEAR), "there is memory");
    for (size_t i = 0; i + 1 < path.n; i++) {
        uint64_t length = path.outages[i].end - path.outages[i].begin;
        size_t class = length < bounds[0] ? 0 : length < bounds[1] ? 1 : 2;

        sum[class] += (double)length;
        n[class]++;
    }
    for (size_t class = 0; class < CLASSES; class ++) {
        classes.kinds[class].mean = to_number(sum[class] / n[class]);
        classes.kinds[class].a_year = to_number(n[class] / 100);
    }
    path_clear(&path);
    return classes;
}

/* What the model says, in times what there was. */
static void print_errors(const char *what, const struct cell *cells, const struct ikl_habit *habit)
{
    printf("%-34s", what);
    for (size_t n = 0; n < N_NAMED * 2; n += 2) {
        double found = (double)cells[n].downs / cells[n].lived;

        printf("  %10.3g", model(&cells[n].schedule, habit) / found);
    }
    printf("\n");
}

static void print_names(void)
{
    printf("%-34s", "");
    for (size_t n = 0; n < N_NAMED; n++) {
        printf("  %10s", ikl_schedule_name(n));
    }
    printf("\n");
}

/* The model with the mean alone, and with classes. */
static void show_other_lengths(const struct settings *settings, const char *name, struct ikl_sim_outage_kind kind)
{
    static struct cell cells[N_NAMED * 2];
    struct ikl_sim_outages outages = {.size = sizeof(outages), .n = 1, .kinds = {kind}};
    struct ikl_sim_outages classes = classify(&outages, settings->seed.value);
    struct ikl_habit mean = habit_of(&outages, 0), by_class = habit_of(&classes, 0);
    struct link link = {.outages = outages, .cells = cells, .n = N_NAMED * 2};
    char what[64];

    make_cells(cells, &by_class, settings->downs.value);
    live_all(&link, (settings->seed.value * 10 + 8) * 1000000);
    (void)snprintf(what, sizeof(what), "%s, the mean alone", name);
    print_errors(what, cells, &mean);
    (void)snprintf(what, sizeof(what), "%s, three classes", name);
    print_errors(what, cells, &by_class);
}

static void show_held(const struct settings *settings, const struct named_habit *named)
{
    static struct cell cells[N_NAMED * 2];
    struct link link = {
        .outages = outages_of(&named->habit), .loss = named->habit.loss, .cells = cells, .n = N_NAMED * 2};
    struct ikl_habit habit = habit_of(&link.outages, link.loss);
    char what[64];

    link.outages.holding = true;
    make_cells(cells, &habit, settings->downs.value);
    live_all(&link, (settings->seed.value * 10 + 9) * 1000000);
    (void)snprintf(what, sizeof(what), "%s, holding", named->name);
    print_errors(what, cells, &habit);
}

static void show_errors(const struct settings *settings)
{
    printf("\nWhere it does not hold: what it says, in times what there was.\n\n");
    print_names();
    show_other_lengths(settings, "log-normal 1.3", (struct ikl_sim_outage_kind){IKL_SIM_LOG_NORMAL, 5000, 1300, 1000});
    show_other_lengths(settings, "Pareto 1.5", (struct ikl_sim_outage_kind){IKL_SIM_PARETO, 5000, 1500, 1000});
    for (size_t i = 0; i < N_HABITS; i++) {
        show_held(settings, &named_habits[i]);
    }
}

int main(int argc, char **argv)
{
    struct settings settings = {.downs = {1000, 10, 1000000}, .seed = {1, 0, 1000000}};
    const struct command_option options[] = {
        {"--downs", "N", "false verdicts to live through in each cell (default 1000)", options_parse_count,
         &settings.downs},
        {"--seed", "N", "what all chance comes from (default 1)", options_parse_count, &settings.seed}};
    const struct command_line line = {"rates", "Holds the model of outages against lives of IKE SAs.", options,
                                      sizeof(options) / sizeof(options[0])};
    enum options_outcome outcome = options_parse(&line, argc, argv);

    if (outcome != OPTIONS_RUN) {
        return outcome == OPTIONS_HELP ? 0 : 2;
    }
    check_model(&settings);
    show_errors(&settings);
    return 0;
}
