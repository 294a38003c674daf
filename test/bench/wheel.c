/* SPDX-License-Identifier: ISC */
/* What timers cost in the wheel, in a binary heap, as bare links, and in libraries that are installed.
 *
 *     cmake -S . -B build -G Ninja && cmake --build build && build/test/bench/wheel
 *
 * In each round every kind of timers does the same work, in random order, and all in turn, so that they meet the same
 * machine. What is shown is the median over the rounds, in CPU time; a ratio is the median of the ratios in the rounds.
 *
 * "one at a time": each start and stop is waited for before the next. That is what the targets are for: an endpoint
 * does a thousand other things between two of them. "Back to back" a processor works at as many at once as fit into it,
 * so that the number of instructions decides, and bare links are few. */
#include "examples/support/options.h"
#include "support/measure.h"
#include "timers/loads.h"
#include "timers/own.h"

#include <ikelive/wheel.h>

#include <stdio.h>
#include <stdlib.h>

enum { MAX_ROUNDS = 101, MAX_SIZES = 8, MAX_TIMERS = 10000000, MAX_KINDS = 6 };
enum { FAR_AHEAD = 300000, LIMIT = 2000, LARGE = 1000000 };

struct settings {
    size_t rounds;
    uint32_t sizes[MAX_SIZES];
    size_t n_sizes;
    bool alone; /* without the libraries */
};

/* One number, in each round. */
struct series {
    double of[MAX_ROUNDS];
};

/* Timers of several kinds, the wheel first. */
struct contest {
    size_t rounds;
    struct load load;
    size_t n;
    const struct timers_kind *kinds[MAX_KINDS];
    void *timers[MAX_KINDS];
    struct course courses[MAX_KINDS];
};

static double median(const struct series *series, size_t rounds)
{
    struct series sorted = *series;

    return bench_median(sorted.of, rounds);
}

static double median_ratio(const struct series *a, const struct series *b, size_t rounds)
{
    struct series ratios;

    for (size_t i = 0; i < rounds; i++) {
        ratios.of[i] = a->of[i] / b->of[i];
    }
    return bench_median(ratios.of, rounds);
}

static void print_head(void)
{
    printf("%8s  %-37s %8s  %-10s %8s  %6s  %s\n", "timers", "", "wheel", "against", "", "ratio", "target");
}

/* A target of 0 is none. Targets are for a million timers. */
static void print_row(uint32_t n, const char *what, double wheel, const char *against, double other, double ratio,
                      double target)
{
    printf("%8u  %-37s %8.2f  %-10s %8.2f  %6.2f", (unsigned)n, what, wheel, against, other, ratio);
    if (target != 0 && n >= LARGE) {
        printf("  <= %g", target);
    }
    printf("\n");
    fflush(stdout);
}

static void print_series(const struct contest *contest, const char *what, const struct series *wheel,
                         const char *against, const struct series *other, double target)
{
    size_t rounds = contest->rounds;

    print_row(contest->load.n, what, median(wheel, rounds), against, median(other, rounds),
              median_ratio(wheel, other, rounds), target);
}

/* What has a target of its own. */
static void print_absolute(uint32_t n, const char *what, double wheel, double target)
{
    print_row(n, what, wheel, "", target, wheel / target, 1);
}

static bool add(struct contest *contest, const struct timers_kind *kind)
{
    contest->kinds[contest->n] = kind;
    contest->timers[contest->n] = kind->make(contest->load.n);
    return contest->timers[contest->n++] != NULL;
}

static void clear(struct contest *contest)
{
    for (size_t i = 0; i < contest->n; i++) {
        if (contest->timers[i] != NULL) {
            contest->kinds[i]->clear(contest->timers[i]);
        }
    }
    load_clear(&contest->load);
}

/* The wheel, the heap, and what else is asked for. */
static bool begin(struct contest *contest, const struct settings *settings, uint32_t n, bool others)
{
    bool made;

    *contest = (struct contest){.rounds = settings->rounds};
    if (!load_init(&contest->load, n)) {
        return false;
    }
    made = add(contest, &timers_wheel) && add(contest, &timers_heap);
    if (others) {
        made = made && add(contest, &timers_floor);
        for (size_t i = 0; made && !settings->alone && timers_of_libraries[i] != NULL; i++) {
            made = add(contest, timers_of_libraries[i]);
        }
    }
    return made;
}

enum { WHEEL, HEAP, FLOOR };

/* Whether the wheel and the heap have expired the same timers in the same order. */
static bool same_order(const struct contest *contest)
{
    bool same = contest->courses[WHEEL].digest == contest->courses[HEAP].digest;

    if (!same) {
        fprintf(stderr, "the wheel and the heap expire in different orders\n");
    }
    return same;
}

static double target_for(const struct timers_kind *kind)
{
    return kind == &timers_floor ? 1.2 : kind == &timers_heap ? 0.25 : 0;
}

static void measure_start_stop(struct contest *contest, bool alone, struct series *series)
{
    for (size_t round = 0; round < contest->rounds; round++) {
        load_shuffle(&contest->load);
        for (size_t i = 0; i < contest->n; i++) {
            series[i].of[round] = load_start_stop(&contest->load, contest->kinds[i], contest->timers[i], alone);
        }
    }
}

/* Adds the medians of the wheel and of the links to `growth`. */
static bool start_stop(const struct settings *settings, uint32_t n, double growth[2])
{
    static struct series series[MAX_KINDS];
    struct contest contest;
    bool made = begin(&contest, settings, n, true);

    for (size_t i = 0; made && i < contest.n; i++) {
        load_start_all(&contest.load, contest.kinds[i], contest.timers[i]);
    }
    for (int alone = 1; made && alone >= 0; alone--) {
        measure_start_stop(&contest, alone != 0, series);
        for (size_t i = HEAP; i < contest.n; i++) {
            if (alone || i <= FLOOR) {
                print_series(&contest, alone ? "start+stop, one at a time, ns" : "start+stop, back to back, ns", series,
                             contest.kinds[i]->name, &series[i], target_for(contest.kinds[i]));
            }
        }
        if (alone) {
            growth[0] = median(&series[WHEEL], contest.rounds);
            growth[1] = median(&series[FLOOR], contest.rounds);
        }
    }
    clear(&contest);
    return made;
}

/* The longest step in ms, each step being the median of its rounds. */
static double longest(const float *steps, size_t n, size_t rounds)
{
    double most = 0;

    for (size_t i = 0; i < n; i++) {
        struct series step;
        double took;

        for (size_t round = 0; round < rounds; round++) {
            step.of[round] = (double)steps[round * n + i];
        }
        took = bench_median(step.of, rounds);
        most = took > most ? took : most;
    }
    return most / 1e6;
}

/* All timers within one second, `ahead` ms from when they are started. */
static bool second(const struct settings *settings, uint32_t n, uint32_t ahead, const char *what, const char *what_step)
{
    static struct series series[2];
    size_t n_steps = ahead + LOADS_SECOND;
    float *steps[2] = {malloc(settings->rounds * n_steps * sizeof(float)),
                       malloc(settings->rounds * n_steps * sizeof(float))};
    struct contest contest;
    bool made = begin(&contest, settings, n, false) && steps[0] != NULL && steps[1] != NULL;

    for (size_t round = 0; made && round < contest.rounds; round++) {
        load_shuffle(&contest.load);
        for (size_t i = 0; i < contest.n; i++) {
            series[i].of[round] =
                load_second(&contest.load, contest.kinds[i], contest.timers[i], &contest.courses[i], ahead, NULL);
            (void)load_second(&contest.load, contest.kinds[i], contest.timers[i], &contest.courses[i], ahead,
                              steps[i] + round * n_steps);
        }
    }
    if (made) {
        double wheel = longest(steps[WHEEL], n_steps, contest.rounds);
        double heap = longest(steps[HEAP], n_steps, contest.rounds);

        print_series(&contest, what, &series[WHEEL], "heap", &series[HEAP], 0.7);
        print_row(n, what_step, wheel, "heap", heap, wheel / heap, 0);
        print_absolute(n, what_step, wheel, 0.5);
        made = same_order(&contest);
    }
    free(steps[0]);
    free(steps[1]);
    clear(&contest);
    return made;
}

/* The libraries have clocks of their own, so each takes a second of them a round. */
static bool second_of_libraries(const struct settings *settings, uint32_t n)
{
    struct load load;
    bool made = load_init(&load, n);

    for (size_t i = 0; made && !settings->alone && timers_of_libraries[i] != NULL; i++) {
        static struct series each, turns;
        void *timers = timers_of_libraries[i]->make(n);
        size_t rounds = settings->rounds < 3 ? settings->rounds : 3;
        double most;

        made = timers != NULL;
        for (size_t round = 0; made && round < rounds; round++) {
            each.of[round] = load_own_second(&load, timers_of_libraries[i], timers, &turns.of[round]);
        }
        if (made) {
            most = median(&turns, rounds) / 1e6;
            printf("%8u  %-37s %8s  %-10s %8.2f\n", (unsigned)n, "all within a second, ns each", "",
                   timers_of_libraries[i]->name, median(&each, rounds));
            printf("%8u  %-37s %8s  %-10s %8.2f\n", (unsigned)n, "  its longest turn, ms", "",
                   timers_of_libraries[i]->name, most);
            fflush(stdout);
            timers_of_libraries[i]->clear(timers);
        }
    }
    load_clear(&load);
    return made;
}

/* A load that the wheel and the heap do to the end in each round. */
static bool against_heap(const struct settings *settings, uint32_t n, const char *what, bool running,
                         double (*measure)(const struct load *, const struct timers_kind *, void *, struct course *))
{
    static struct series series[2];
    struct contest contest;
    bool made = begin(&contest, settings, n, false);

    for (size_t i = 0; made && running && i < contest.n; i++) {
        load_start_all(&contest.load, contest.kinds[i], contest.timers[i]);
    }
    for (size_t round = 0; made && round < contest.rounds; round++) {
        load_shuffle(&contest.load);
        for (size_t i = 0; i < contest.n; i++) {
            series[i].of[round] = measure(&contest.load, contest.kinds[i], contest.timers[i], &contest.courses[i]);
        }
    }
    if (made) {
        print_series(&contest, what, &series[WHEEL], "heap", &series[HEAP], 0.5);
        made = same_order(&contest);
    }
    clear(&contest);
    return made;
}

/* Loads of the wheel alone. */
static bool own(const struct settings *settings, uint32_t n)
{
    static struct series push, store, next, longest_call;
    struct contest contest = {.rounds = settings->rounds};
    struct ikl_wheel *wheel = NULL;
    struct sas *sas = own_sas(n);
    bool made = load_init(&contest.load, n) && ikl_wheel_new(&wheel, NULL, n, 0) == IKL_OK && sas != NULL;

    for (size_t round = 0; made && round < contest.rounds; round++) {
        load_shuffle(&contest.load);
        for (uint32_t i = 0; i < n; i++) {
            (void)ikl_wheel_start(wheel, i, ikl_wheel_position(wheel) + contest.load.delays[i]);
        }
        next.of[round] = own_next_deadline(wheel);
        store.of[round] = own_store(&contest.load, sas, ikl_wheel_position(wheel));
        push.of[round] = own_push(&contest.load, wheel, ikl_wheel_position(wheel) + LOADS_LONGEST_DELAY);
        (void)own_sleep(&contest.load, wheel, FAR_AHEAD, LIMIT, &longest_call.of[round]);
    }
    if (made) {
        print_series(&contest, "push later, ns", &push, "a store", &store, 1.2);
        print_absolute(n, "next deadline, ns", median(&next, contest.rounds), 25);
        print_absolute(n, "slept 5 min, 2000 a call: longest, ms", median(&longest_call, contest.rounds) / 1e6, 0.5);
        print_absolute(n, "memory, octets a timer", (double)ikl_wheel_memory(wheel) / n, 32);
    }
    free(sas);
    ikl_wheel_free(wheel);
    load_clear(&contest.load);
    return made;
}

static bool measure(const struct settings *settings, uint32_t n, double growth[2])
{
    return start_stop(settings, n, growth) && own(settings, n) &&
           second(settings, n, 0, "all within a second, ns each", "  its longest step of 1 ms, ms") &&
           (n < LARGE ||
            second(settings, n, FAR_AHEAD, "all in a second 5 min ahead, ns each", "  its longest step of 1 ms, ms")) &&
           second_of_libraries(settings, n) &&
           against_heap(settings, n, "a jump of an hour, ns each", false, load_jump) &&
           against_heap(settings, n, "each starts again as it expires, ns", true, load_rearm);
}

static const char *parse_timers(const char *text, void *into)
{
    struct settings *settings = into;
    struct options_count timers = {.least = 1, .most = MAX_TIMERS};
    const char *right = options_parse_count(text, &timers);

    if (right == NULL && settings->n_sizes == MAX_SIZES) {
        return "given less often";
    }
    if (right == NULL) {
        settings->sizes[settings->n_sizes++] = timers.value;
    }
    return right;
}

int main(int argc, char **argv)
{
    struct options_count rounds = {.value = 5, .least = 1, .most = MAX_ROUNDS};
    struct settings settings = {.n_sizes = 0};
    const struct command_option options[] = {
        {"--rounds", "N", "rounds, 1 to 101; 5 unless given", options_parse_count, &rounds},
        {"--timers", "N", "how many timers, 1 to 1e7; may be repeated; 1e3 and 1e6 unless given", parse_timers,
         &settings},
        {"--alone", NULL, "without the timers of libraries, which take real time", options_parse_flag, &settings.alone},
    };
    const struct command_line line = {"wheel", "Measures the timer wheel against other timers.", options, 3};
    double growth[MAX_SIZES][2];

    switch (options_parse(&line, argc, argv)) {
    case OPTIONS_RUN:
        break;
    case OPTIONS_HELP:
        return 0;
    case OPTIONS_WRONG:
        return 2;
    }
    settings.rounds = rounds.value;
    if (settings.n_sizes == 0) {
        settings.sizes[0] = 1000;
        settings.sizes[1] = LARGE;
        settings.n_sizes = 2;
    }
    print_head();
    for (size_t i = 0; i < settings.n_sizes; i++) {
        if (!measure(&settings, settings.sizes[i], growth[i])) {
            fprintf(stderr, "%u timers could not be measured\n", (unsigned)settings.sizes[i]);
            return 1;
        }
        if (i > 0) {
            double wheel = growth[i][WHEEL] / growth[0][WHEEL];
            double links = growth[i][1] / growth[0][1];

            print_row(settings.sizes[i], "growth of start+stop, one at a time", wheel, "links", links, wheel / links,
                      1);
        }
    }
    return 0;
}
