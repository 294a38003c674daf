/* SPDX-License-Identifier: ISC */
/* ./false_down [--short] [--seed N]: holds the closed form of <ikelive/schedule.h> against liveness checks of real
 * IKE SAs over links that lose datagrams, and prints the tables of <ikelive/schedule.h>; of the second one
 * false_down_outages.c says more.
 *
 * For each named schedule every loss pattern of one check is run: each try ends with the request lost, with its answer
 * lost, or with a round trip, which ends the check. The pattern's weight at a given loss is the probability that chance
 * makes it. The weights of all patterns must sum to 1, those that take the IKE SA down to the closed form. Where that
 * is at least 1e-5, checks are sampled as well, and must agree within three sigma. With --short, of those only the
 * likely ones. The seed is fixed, so a run that passes does so always. */
#include "false_down_outages.h"

#include "examples/support/options.h"

#include <ikelive/schedule.h>
#include <ikelive/sim.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { IDLE = 5000, DELAY = 20, MAX_TRIES = 10, MAX_LETTERS = 2 * MAX_TRIES, N_LOSSES = 5 };

static const uint32_t percents[N_LOSSES] = {1, 5, 10, 20, 30};

static const double least_sampled = 1e-5;

struct checks {
    struct ikl_sim *sim;
    struct ikl_sim_pair pair;
    const struct ikl_schedule *schedule;
    uint64_t answered, given_up;
    ikl_time given_up_at;
};

static void must(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "false_down: this does not hold: %s\n", what);
        exit(1);
    }
}

static void observe(void *user, const struct ikl_sim_record *record)
{
    struct checks *checks = user;

    if (record->event == IKL_SIM_ALIVE) {
        checks->answered++;
    } else if (record->event == IKL_SIM_DOWN && record->about.down.reason == IKL_DOWN_TIMEOUT) {
        checks->given_up++;
        checks->given_up_at = record->at;
    }
}

/* Only the first host checks. */
static void prepare(void *user, struct ikl_sim_host *host, struct ikl_sa_config *config)
{
    (void)user;
    if (strcmp(ikl_sim_host_name(host), "b") == 0) {
        config->liveness = IKL_LIVENESS_OFF;
    }
}

static void begin_sa(struct checks *checks)
{
    struct ikl_sim_sa_config config = {
        .size = sizeof(config), .schedule = checks->schedule, .idle = IDLE, .prepare = prepare};
    struct ikl_sim_pair *pair = &checks->pair;

    must(ikl_sim_add_sa(pair->link, &config, &pair->sa_a, &pair->sa_b) == IKL_OK, "an IKE SA is made");
}

static void end_sa(struct checks *checks)
{
    ikl_sa_free(checks->pair.sa_a);
    ikl_sa_free(checks->pair.sa_b);
}

static void begin(struct checks *checks, const struct ikl_schedule *schedule, uint64_t seed, uint32_t loss)
{
    struct ikl_sim_config world = {
        .size = sizeof(world), .seed = seed, .observe = observe, .user = checks, .forget = true};
    struct ikl_sim_link_config link = {.size = sizeof(link), .weather = {.delay = DELAY, .loss = loss}};

    *checks = (struct checks){.schedule = schedule};
    must(ikl_sim_new(&checks->sim, &world) == IKL_OK &&
             ikl_sim_add_host(checks->sim, NULL, &checks->pair.a) == IKL_OK &&
             ikl_sim_add_host(checks->sim, NULL, &checks->pair.b) == IKL_OK &&
             ikl_sim_add_link(checks->pair.a, checks->pair.b, &link, &checks->pair.link) == IKL_OK,
         "a world is made");
}

/* Every loss pattern. */

struct pattern {
    char letters[MAX_LETTERS + 1]; /* of ikl_sim_set_fates */
    size_t n;
    bool answered;
};

static void put(struct pattern *pattern, const char *letters)
{
    while (*letters != '\0') {
        pattern->letters[pattern->n++] = *letters++;
    }
}

/* After `failed` tries without a round trip, in which those answers were lost that `answers` has a bit for, one with a
 * round trip, unless there is no try left. */
static struct pattern make_pattern(uint32_t tries, uint32_t failed, uint32_t answers)
{
    struct pattern pattern = {.answered = failed < tries};

    for (uint32_t n = 0; n < failed; n++) {
        put(&pattern, (answers >> n & 1) != 0 ? ".x" : "x");
    }
    put(&pattern, pattern.answered ? ".." : "");
    return pattern;
}

static double weight(const struct pattern *pattern, double loss)
{
    double product = 1;

    for (size_t n = 0; n < pattern->n; n++) {
        product *= pattern->letters[n] == 'x' ? loss : 1 - loss;
    }
    return product;
}

/* One check with this pattern; true when it ended with the peer given up. */
static bool run_pattern(struct checks *checks, const struct pattern *pattern)
{
    uint64_t ended = checks->answered + checks->given_up, given_up = checks->given_up;
    ikl_time began = ikl_sim_now(checks->sim);

    begin_sa(checks);
    ikl_sim_set_fates(checks->pair.link, NULL, pattern->letters);
    while (checks->answered + checks->given_up == ended) {
        must(ikl_sim_step(checks->sim) == IKL_OK, "the world goes on");
    }
    must(ikl_sim_fates_used(checks->pair.link) == pattern->n, "a try that arrives is answered, and no try is left out");
    must(checks->given_up == given_up ||
             checks->given_up_at == began + ikl_schedule_worst_detect(checks->schedule, IDLE),
         "a peer is given up when the schedule is over");
    end_sa(checks);
    return checks->given_up != given_up;
}

struct weights {
    unsigned patterns, downs;
    double all[N_LOSSES], down[N_LOSSES];
};

static struct weights run_patterns(const struct ikl_schedule *schedule, uint64_t seed)
{
    struct weights weights = {0};
    struct checks checks;

    must(schedule->tries <= MAX_TRIES, "a named schedule has few tries");
    begin(&checks, schedule, seed, 0);
    for (uint32_t failed = 0; failed <= schedule->tries; failed++) {
        for (uint32_t answers = 0; answers < 1u << failed; answers++) {
            struct pattern pattern = make_pattern(schedule->tries, failed, answers);
            bool down = run_pattern(&checks, &pattern);

            weights.patterns++;
            weights.downs += down;
            for (size_t i = 0; i < N_LOSSES; i++) {
                double of_this = weight(&pattern, percents[i] / 100.0);

                weights.all[i] += of_this;
                weights.down[i] += down ? of_this : 0;
            }
        }
    }
    ikl_sim_free(checks.sim);
    return weights;
}

static bool equal(double a, double b)
{
    double difference = a > b ? a - b : b - a;

    return difference <= 1e-12 * b;
}

/* Sampling. */

/* How many of `n` checks end with the peer given up. */
static uint64_t sample(const struct ikl_schedule *schedule, uint64_t seed, uint32_t percent, uint64_t n)
{
    struct checks checks;
    uint64_t given_up;

    begin(&checks, schedule, seed, IKL_SIM_PERCENT(percent));
    begin_sa(&checks);
    for (given_up = 0; checks.answered + checks.given_up < n;) {
        must(ikl_sim_step(checks.sim) == IKL_OK, "the world goes on");
        if (checks.given_up != given_up) {
            given_up = checks.given_up;
            end_sa(&checks);
            begin_sa(&checks);
        }
    }
    given_up = checks.given_up;
    ikl_sim_free(checks.sim);
    return given_up;
}

/* The sample is within three sigma: its distance from what was expected, squared, is at most nine times the variance.
 */
static void check_sample(const struct ikl_schedule *schedule, uint64_t seed, uint32_t percent, double probability,
                         double downs)
{
    uint64_t n = (uint64_t)(downs / probability);
    uint64_t found = sample(schedule, seed, percent, n);
    double expected = (double)n * probability;
    double distance = (double)found - expected;
    double variance = expected * (1 - probability);

    printf("             %2u %%: %llu of %llu checks sampled, %.1f expected, sigma squared %.1f\n", (unsigned)percent,
           (unsigned long long)found, (unsigned long long)n, expected, variance);
    must(distance * distance <= 9 * variance, "the sample is within three sigma of the closed form");
}

static void check_schedule(const char *name, uint64_t seed, bool brief)
{
    const struct ikl_schedule *schedule = ikl_schedule_by_name(name);
    struct weights weights = run_patterns(schedule, seed);

    printf("%-11s  %u loss patterns run, %u of them end with the peer given up\n", name, weights.patterns,
           weights.downs);
    for (size_t i = 0; i < N_LOSSES; i++) {
        double closed = ikl_schedule_false_down(schedule, percents[i] / 100.0);

        must(equal(weights.all[i], 1), "the patterns are all that can happen");
        must(equal(weights.down[i], closed), "the patterns that end with the peer given up weigh what the form says");
        if (closed >= (brief ? 1e-3 : least_sampled)) {
            check_sample(schedule, seed + i, percents[i], closed, brief ? 30 : 100);
        }
    }
}

static void print_table(void)
{
    printf("\nOne liveness check of a peer that is alive ends with it given up, by loss each way:\n\n    %-11s", "");
    for (size_t i = 0; i < N_LOSSES; i++) {
        printf("  %5u %%", (unsigned)percents[i]);
    }
    printf("\n");
    for (size_t n = 0; ikl_schedule_name(n) != NULL; n++) {
        const char *name = ikl_schedule_name(n);

        printf("    %-11s", name);
        for (size_t i = 0; i < N_LOSSES; i++) {
            printf("  %7.1e", ikl_schedule_false_down(ikl_schedule_by_name(name), percents[i] / 100.0));
        }
        printf("\n");
    }
}

static const char *parse_seed(const char *text, void *seed)
{
    return options_whole(text, 0, 1e15, seed);
}

int main(int argc, char **argv)
{
    bool brief = false;
    uint64_t seed = 1;
    const struct command_option options[] = {
        {"--short", NULL, "samples only the likely ones", options_parse_flag, &brief},
        {"--seed", "N", "the seed of the samples; 1 unless given", parse_seed, &seed},
    };
    const struct command_line line = {"false_down", "Says how often schedules give up a peer that is alive.", options,
                                      2};

    switch (options_parse(&line, argc, argv)) {
    case OPTIONS_RUN:
        break;
    case OPTIONS_HELP:
        return 0;
    case OPTIONS_WRONG:
        return 2;
    }
    for (size_t n = 0; ikl_schedule_name(n) != NULL; n++) {
        check_schedule(ikl_schedule_name(n), seed * 1000 + n * N_LOSSES, brief);
    }
    print_table();
    must(check_outages(seed * 1000, brief), "the watches are within three sigma of what outages were computed to do");
    return 0;
}
