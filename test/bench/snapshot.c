/* SPDX-License-Identifier: ISC */
/* What snapshots of IKE SAs take: time, by the processor's, and octets.
 *
 *     cmake -S . -B build -G Ninja && cmake --build build && build/test/bench/snapshot
 *
 * IKE SAs with one Child SA each and nothing outstanding: the keys of all are kept, snapshots of all are written into
 * memory that was touched before, and then all are restored in another endpoint. After that the same with one IKE SA
 * that has few Child SAs, and one that has very many: what one of them takes shows that the time grows with their
 * number and no faster. What is printed is the best of the rounds, because whatever else the machine does only adds to
 * the time. */
#include "examples/support/options.h"
#include "support/host.h"
#include "support/measure.h"
#include "support/send_nothing.h"
#include "support/test_random.h"

#include <ikelive/ikelive.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEFAULT_SAS = 100000, MAX_SAS = 1000000, DEFAULT_ROUNDS = 3, MAX_ROUNDS = 1000, FEW = 10, MANY = 10000 };

static const char *const suite = "chacha20poly1305-prfsha256";

/* What a round does with `n_sas` IKE SAs of `n_children` Child SAs each. */
struct bench {
    uint32_t n_sas, n_children;
    struct ikl_endpoint *from, *to;
    struct ikl_sa **sas;
    struct ikl_octets *written;
    uint8_t *octets;
    size_t room; /* octets for each */
    struct ikl_keys keys;
};

enum step { KEEP, WRITE, RESTORE, STEPS };

static int draw(void *user, uint8_t *out, size_t len)
{
    struct test_random *random = user;

    for (size_t i = 0; i < len; i++) {
        out[i] = (uint8_t)test_random(random);
    }
    return IKL_OK;
}

static bool begin_endpoint(struct ikl_endpoint **out, const struct bench *bench, struct test_random *random)
{
    struct ikl_endpoint_config config = {
        .size = sizeof(config),
        .callbacks = {.size = sizeof(config.callbacks), .random = draw, .send = send_nothing},
        .user = random,
        .reserve_sas = bench->n_sas,
        .history_events = IKL_NO_HISTORY,
        .own_blocks = IKL_NO_OWN_BLOCKS};

    return ikl_endpoint_new(out, &config, 0) == IKL_OK;
}

static bool add_children(struct ikl_sa *sa, uint32_t n)
{
    struct ikl_child_config config = {.size = sizeof(config), .protocol = IKL_PROTOCOL_ESP};

    for (uint32_t i = 0; i < n; i++) {
        config.spi_in = 0x1000 + i;
        config.spi_out = 0x10001000 + i;
        if (ikl_sa_add_child(sa, &config, NULL) != IKL_OK) {
            return false;
        }
    }
    return true;
}

static bool add_sas(struct bench *bench)
{
    struct ikl_sa_config config;

    test_sa_config(&config, &bench->keys, suite, true, 0);
    for (uint32_t i = 0; i < bench->n_sas; i++) {
        if (ikl_sa_new(&bench->sas[i], bench->from, &config, 0) != IKL_OK ||
            !add_children(bench->sas[i], bench->n_children)) {
            return false;
        }
        config.spi_i++;
        config.spi_r++;
    }
    return true;
}

static bool keep(struct bench *bench, uint32_t i)
{
    return ikl_sa_keep_keys(bench->sas[i], &bench->keys, 1) == IKL_OK;
}

static bool write(struct bench *bench, uint32_t i)
{
    uint8_t *octets = bench->octets + i * bench->room;

    bench->written[i].data = octets;
    return ikl_sa_snapshot(bench->sas[i], octets, bench->room, &bench->written[i].len, 0) == IKL_OK;
}

static bool restore(struct bench *bench, uint32_t i)
{
    const struct ikl_restore_options options = {.size = sizeof(options), .epoch = 2};
    struct ikl_sa *sa;

    return ikl_sa_restore(bench->to, bench->written[i], &options, 0, &sa) == IKL_OK;
}

static bool (*const steps[STEPS])(struct bench *bench, uint32_t i) = {keep, write, restore};

/* Does each step for all IKE SAs; the least ns that one took for an IKE SA. */
static bool run_steps(struct bench *bench, double least[STEPS])
{
    for (size_t step = 0; step < STEPS; step++) {
        uint64_t begin = bench_cpu_clock();
        double ns;

        for (uint32_t i = 0; i < bench->n_sas; i++) {
            if (!steps[step](bench, i)) {
                return false;
            }
        }
        ns = (double)(bench_cpu_clock() - begin) / bench->n_sas;
        least[step] = least[step] == 0 || ns < least[step] ? ns : least[step];
    }
    return true;
}

/* Each IKE SA is there as it was. */
static bool is_whole(const struct bench *bench)
{
    struct ikl_endpoint_counters counters = {.size = sizeof(counters)};

    return ikl_endpoint_n_sas(bench->to) == bench->n_sas && ikl_endpoint_query(bench->to, &counters) == IKL_OK &&
           counters.restored == bench->n_sas;
}

static bool run_round(struct bench *bench, double least[STEPS])
{
    struct test_random random = {.state = 1}, other = {.state = 2};
    bool done = begin_endpoint(&bench->from, bench, &random) && begin_endpoint(&bench->to, bench, &other);

    done = done && add_sas(bench) && run_steps(bench, least) && is_whole(bench);
    (void)ikl_endpoint_free(bench->from);
    (void)ikl_endpoint_free(bench->to);
    return done;
}

/* ns an IKE SA of each step, and the octets of a snapshot. */
static bool measure(uint32_t n_sas, uint32_t n_children, size_t rounds, double least[STEPS], size_t *len)
{
    struct bench bench = {.n_sas = n_sas, .n_children = n_children, .room = 512 + (size_t)n_children * 32};
    bool done;

    bench.sas = calloc(n_sas, sizeof(*bench.sas));
    bench.written = calloc(n_sas, sizeof(*bench.written));
    bench.octets = malloc(n_sas * bench.room);
    done = bench.sas != NULL && bench.written != NULL && bench.octets != NULL;
    if (done) {
        memset(bench.octets, 1, n_sas * bench.room);
    }
    memset(least, 0, STEPS * sizeof(*least));
    for (size_t i = 0; done && i < rounds; i++) {
        done = run_round(&bench, least);
        *len = done ? bench.written[0].len : 0;
    }
    free(bench.sas);
    free(bench.written);
    free(bench.octets);
    return done;
}

static bool measure_sas(uint32_t n_sas, size_t rounds)
{
    static const char *const names[STEPS] = {"keep keys", "write a snapshot", "restore it"};
    double least[STEPS];
    size_t len;

    if (!measure(n_sas, 1, rounds, least, &len)) {
        return false;
    }
    printf("%-32s %12s %12s\n", "IKE SAs with one Child SA each", "ns", "a second");
    for (size_t step = 0; step < STEPS; step++) {
        printf("%-32s %12.0f %12.0f\n", names[step], least[step], 1e9 / least[step]);
    }
    printf("%-32s %12zu\n", "octets of a snapshot", len);
    return true;
}

static bool measure_children(uint32_t n_children, size_t rounds)
{
    double least[STEPS];
    size_t len;

    if (!measure(1, n_children, rounds, least, &len)) {
        return false;
    }
    printf("%-20s %11u %12.0f %12.0f\n", "ns a Child SA, of", (unsigned)n_children, least[WRITE] / n_children,
           least[RESTORE] / n_children);
    return true;
}

int main(int argc, char **argv)
{
    struct options_count sas = {.value = DEFAULT_SAS, .least = 1, .most = MAX_SAS};
    struct options_count rounds = {.value = DEFAULT_ROUNDS, .least = 1, .most = MAX_ROUNDS};
    const struct command_option options[] = {
        {"--sas", "N", "IKE SAs, 1 to 1000000 (default 100000)", options_parse_count, &sas},
        {"--rounds", "N", "rounds to take the best of, 1 to 1000 (default 3)", options_parse_count, &rounds}};
    const struct command_line line = {"snapshot", "Measures what snapshots of IKE SAs take.", options,
                                      sizeof(options) / sizeof(options[0])};
    enum options_outcome outcome = options_parse(&line, argc, argv);

    if (outcome != OPTIONS_RUN) {
        return outcome == OPTIONS_HELP ? 0 : 2;
    }
    if (ikl_init() != IKL_OK || !measure_sas(sas.value, rounds.value)) {
        return 1;
    }
    printf("\n%-32s %12s %12s\n", "one IKE SA", "write", "restore");
    return measure_children(FEW, rounds.value) && measure_children(MANY, rounds.value) ? 0 : 1;
}
