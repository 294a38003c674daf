/* SPDX-License-Identifier: ISC */
/* ./campaign [OPTION VALUE]...: random worlds in which everything is checked after every step; worlds/laws.h lists
 * what. The worlds of failed_seeds.txt come first, unless only new ones are wanted, then others, from seed S on or,
 * without one, from a seed that is never the same, until what the options ask for is reached. When something does not
 * hold, says so and how to see it again. */
#include "examples/support/options.h"
#include "worlds/random.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    AGAIN = 8, /* one world in so many is run in other ways too */
    DEFAULT_SECONDS = 10
};

struct options {
    double seconds, years;
    uint64_t worlds, faults, seed;
    bool trace, new_ones, long_one[N_LONG];
};

static uint64_t fresh_seed(void)
{
    uint64_t seed = (uint64_t)time(NULL);
    FILE *file = fopen("/dev/urandom", "rb");

    if (file != NULL) {
        if (fread(&seed, sizeof(seed), 1, file) != 1) {
            seed++;
        }
        (void)fclose(file);
    }
    return seed % 1000000000000;
}

static double seconds(void)
{
    struct timespec now;

    (void)timespec_get(&now, TIME_UTC);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void differs(uint64_t seed, const char *from)
{
    printf("What happens differs %s.\nAgain: build/test/sim/campaign --seed %" PRIu64 " --worlds 1\n", from, seed);
    exit(1);
}

static uint64_t run_seed(uint64_t seed, bool trace, enum pace pace, struct tally *tally)
{
    uint64_t hash = run_world(seed, trace, pace, tally);

    tally->hash = (tally->hash ^ hash) * UINT64_C(1099511628211);
    return hash;
}

static void run_in_jumps(uint64_t seed, uint64_t hash)
{
    struct tally unused = {0};

    if (run_world(seed, false, PACE_JUMPS, &unused) != hash) {
        differs(seed, "when the world is run in jumps");
    }
}

static void run_in_ticks(uint64_t seed)
{
    if (!ticks_do_not_matter(seed)) {
        differs(seed, "when hosts are given the time each millisecond");
    }
}

/* True when the line begins with the name of a length, and was run. */
static bool run_long_seed(const char *line, struct tally *tally)
{
    for (size_t i = 0; i < N_LONG; i++) {
        size_t len = strlen(long_ones[i].name);

        if (strncmp(line, long_ones[i].name, len) == 0) {
            (void)run_seed(strtoull(line + len, NULL, 10), false, long_ones[i].pace, tally);
            return true;
        }
    }
    return false;
}

/* One seed a line, the name of its length before that of a long world; "#" begins a comment. */
static void run_failed_seeds(struct tally *tally)
{
    FILE *file = fopen(FAILED_SEEDS, "r");
    char line[128];

    if (file == NULL) {
        printf("There is no %s.\n", FAILED_SEEDS);
        exit(1);
    }
    while (fgets(line, sizeof(line), file) != NULL) {
        if (!run_long_seed(line, tally) && line[0] >= '0' && line[0] <= '9') {
            uint64_t seed = strtoull(line, NULL, 10);

            (void)run_seed(seed, false, PACE_STEPS, tally);
            run_in_ticks(seed);
        }
    }
    (void)fclose(file);
}

static const char *parse_seconds(const char *text, void *seconds)
{
    return options_number(text, "a number of seconds", 0.001, 1e9, seconds);
}

static const char *parse_years(const char *text, void *years)
{
    return options_number(text, "a number of years", 0, 1e9, years);
}

static const char *parse_whole(const char *text, void *number)
{
    return options_whole(text, 0, 1e18, number);
}

static enum options_outcome read_options(struct options *options, int argc, char **argv)
{
    const struct command_option known[] = {
        {"--seconds", "S", "so long; 10 unless given, or as long as --worlds takes", parse_seconds, &options->seconds},
        {"--worlds", "N", "so many worlds, beside those that once failed", parse_whole, &options->worlds},
        {"--faults", "N", "until so many things went wrong in them", parse_whole, &options->faults},
        {"--years", "Y", "until their IKE SAs have lived so long, together", parse_years, &options->years},
        {"--weeks", NULL, "worlds that last weeks, with long quiet times", options_parse_flag, &options->long_one[0]},
        {"--months", NULL, "the same for months", options_parse_flag, &options->long_one[1]},
        {"--seed", "N", "the seed of the first world; another each time unless given", parse_whole, &options->seed},
        {"--new-ones", NULL, "leaves out those that once failed", options_parse_flag, &options->new_ones},
        {"--trace", NULL, "prints what happens in these worlds", options_parse_flag, &options->trace},
    };
    const struct command_line line = {"campaign", "Plays random worlds and checks the laws.", known,
                                      sizeof(known) / sizeof(known[0])};

    return options_parse(&line, argc, argv);
}

/* Which ends a run: whatever of these was given. */
static void default_length(struct options *options)
{
    if (options->seconds == 0) {
        options->seconds = options->worlds != 0 || options->faults != 0 || options->years != 0 ? 1e9 : DEFAULT_SECONDS;
    }
    if (options->worlds == 0) {
        options->worlds = UINT64_MAX;
    }
}

static uint64_t faults_of(const struct tally *tally)
{
    uint64_t n = 0;

    for (size_t i = 0; i < N_COUNTS; i++) {
        n += count_is_of_faults((enum count)i) ? tally->counts[i] : 0;
    }
    return n;
}

static enum pace pace_of(const struct options *options)
{
    for (size_t i = 0; i < N_LONG; i++) {
        if (options->long_one[i]) {
            return long_ones[i].pace;
        }
    }
    return PACE_STEPS;
}

static bool goes_on(const struct options *options, const struct tally *tally, uint64_t n, double took)
{
    bool enough = (options->faults != 0 || options->years != 0) && faults_of(tally) >= options->faults &&
                  tally->sa_years >= options->years;

    return !enough && n < options->worlds && took < options->seconds;
}

int main(int argc, char **argv)
{
    struct options options = {.seed = fresh_seed()};
    struct tally tally = {0};
    double began = seconds();

    switch (read_options(&options, argc, argv)) {
    case OPTIONS_RUN:
        break;
    case OPTIONS_HELP:
        return 0;
    case OPTIONS_WRONG:
        return 2;
    }
    default_length(&options);
    if (!options.trace && !options.new_ones) {
        run_failed_seeds(&tally);
    }
    printf("from seed %" PRIu64 " on\n", options.seed);
    (void)fflush(stdout);
    for (uint64_t n = 0; goes_on(&options, &tally, n, seconds() - began); n++) {
        uint64_t seed = options.seed + n;
        uint64_t hash = run_seed(seed, options.trace, pace_of(&options), &tally);

        if (n % AGAIN == 0 && pace_of(&options) == PACE_STEPS) {
            run_in_jumps(seed, hash);
            run_in_ticks(seed);
        }
    }
    printf("%" PRIu64 " worlds, %" PRIu64 " faults, %.2f years of IKE SAs in %.0f s, hash %016" PRIx64 "\n",
           tally.worlds, faults_of(&tally), tally.sa_years, seconds() - began, tally.hash);
    for (size_t i = 0; i < N_COUNTS; i++) {
        printf("%s%" PRIu64 " %s", i != 0 ? ", " : "", tally.counts[i], count_names[i]);
    }
    puts("");
    return 0;
}
