/* SPDX-License-Identifier: ISC */
/* What an hour of an IKE SA's life costs in the test kit's simulated world, against the same liveness checks between
 * two endpoints without a world.
 *
 *     cmake -S . -B build -G Ninja && cmake --build build && build/test/bench/sim
 *
 * In an hour one peer probes the other 720 times: 1440 messages are sealed and opened. Each round does the hour three
 * times, one after the other, beginning with making the hosts and ending with freeing them. What is printed is
 * the least that a round took: an hour takes milliseconds, so whatever else the machine does only adds to it. */
#include "examples/support/options.h"
#include "support/facing.h"
#include "support/measure.h"

#include <ikelive/sim.h>

#include <stdio.h>
#include <string.h>

enum { CHECKS = 720, HOUR = 3600000, DEFAULT_ROUNDS = 200, MAX_ROUNDS = 10000 };

static const char *const suite = "chacha20poly1305-prfsha256";

static void only_a_probes(void *user, struct ikl_sim_host *host, struct ikl_sa_config *config)
{
    (void)user;
    config->liveness = strcmp(ikl_sim_host_name(host), "a") == 0 ? IKL_LIVENESS_PERIODIC : IKL_LIVENESS_OFF;
}

/* How many checks were answered. */
static uint64_t answered(const struct ikl_endpoint *endpoint)
{
    struct ikl_endpoint_counters counters = {.size = sizeof(counters)};

    return ikl_endpoint_query(endpoint, &counters) == IKL_OK ? counters.answered : 0;
}

static uint64_t hour_in_world(bool forget)
{
    struct ikl_sim_config config = {.size = sizeof(config), .seed = 1, .forget = forget};
    struct ikl_sim_sa_config sa = {.size = sizeof(sa), .suite = suite, .n_children = 1, .prepare = only_a_probes};
    struct ikl_sim_pair_config two = {.size = sizeof(two), .sa = &sa};
    struct ikl_sim_pair pair;
    struct ikl_sim *sim;
    uint64_t n = 0;

    if (ikl_sim_new(&sim, &config) != IKL_OK) {
        return 0;
    }
    if (ikl_sim_add_pair(sim, &two, &pair) == IKL_OK && ikl_sim_run_until(sim, HOUR) == IKL_OK) {
        n = answered(ikl_sim_host_endpoint(pair.a));
    }
    ikl_sim_free(sim);
    return n;
}

static uint64_t hour_kept(void)
{
    return hour_in_world(false);
}

static uint64_t hour_forgotten(void)
{
    return hour_in_world(true);
}

static uint64_t hour_without_world(void)
{
    struct facing_config config = {.suite = suite, .n = 1};
    struct facing facing;
    uint64_t n = 0;

    if (facing_init(&facing, &config)) {
        for (int i = 0; i < CHECKS; i++) {
            facing_advance(&facing, IKL_LIVENESS_DEFAULT_IDLE);
            facing_answer(&facing);
            facing_accept(&facing);
        }
        n = answered(facing.prober.endpoint);
    }
    facing_clear(&facing);
    return n;
}

/* The first is what the others are compared with. */
static const struct way {
    const char *name;
    uint64_t (*hour)(void);
} ways[] = {
    {"without a world", hour_without_world},
    {"in a world, trace hashed alone", hour_forgotten},
    {"in a world, trace kept", hour_kept},
};

enum { N_WAYS = sizeof(ways) / sizeof(ways[0]) };

/* The least ms of each way; false when not every check was answered. */
static bool run_round(double *least)
{
    bool done = true;

    for (size_t i = 0; i < N_WAYS; i++) {
        uint64_t begin = bench_clock();
        double ms;

        done = ways[i].hour() == CHECKS && done;
        ms = (double)(bench_clock() - begin) / 1e6;
        least[i] = least[i] == 0 || ms < least[i] ? ms : least[i];
    }
    return done;
}

static bool measure(size_t rounds)
{
    double least[N_WAYS] = {0};

    for (size_t i = 0; i < rounds; i++) {
        if (!run_round(least)) {
            return false;
        }
    }
    for (size_t i = 0; i < N_WAYS; i++) {
        printf("%-32s %8.2f %8.2f\n", ways[i].name, least[i], least[i] / least[0]);
    }
    return true;
}

int main(int argc, char **argv)
{
    struct options_count rounds = {.value = DEFAULT_ROUNDS, .least = 1, .most = MAX_ROUNDS};
    const struct command_option options[] = {
        {"--rounds", "N", "rounds to take the least of, 1 to 10000 (default 200)", options_parse_count, &rounds}};
    const struct command_line line = {"sim", "Measures what an hour of an IKE SA's life costs in the test kit.",
                                      options, sizeof(options) / sizeof(options[0])};
    enum options_outcome outcome = options_parse(&line, argc, argv);

    if (outcome != OPTIONS_RUN) {
        return outcome == OPTIONS_HELP ? 0 : 2;
    }
    if (ikl_init() != IKL_OK) {
        return 1;
    }
    printf("%-32s %8s %8s\n", "an hour of an IKE SA, 720 checks", "ms", "ratio");
    if (!measure(rounds.value)) {
        fprintf(stderr, "not every liveness check was answered\n");
        return 1;
    }
    return 0;
}
