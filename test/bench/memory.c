/* SPDX-License-Identifier: ISC */
/* What an IKE SA costs in memory, and that packets and timers allocate nothing.
 *
 *     cmake -S . -B build -G Ninja && cmake --build build && build/test/bench/memory
 *
 * The endpoint's allocator counts every octet it is asked for: IKE SAs and Child SAs, keys, timers, the table of SPIs,
 * buffers, and what was set aside to grow into. Host strings are the host's. The whole is divided by the number of IKE
 * SAs, each with one Child SA. What an IKE SA has by default and can do without, its last events and its own blocks of
 * the pool, is left out, and measured by itself at the end; so is a monitor of the Child SA. */
#include "examples/support/options.h"
#include "support/facing.h"
#include "support/test_allocator.h"

#include "endpoint/shared.h"

#include <stdio.h>

/* The target is for many IKE SAs: the common pool, 74 KB, is no part of an IKE SA. */
enum { TARGET = 544, MONITOR_TARGET = 64, TARGET_FROM = 100000, MAX_SAS = 2000000, SPI_ENTRY = 8 };

struct bench {
    struct facing facing;
    struct test_allocator prober_memory, peer_memory;
};

static void do_nothing(struct facing *facing)
{
    (void)facing;
}

static void probe(struct facing *facing)
{
    facing_advance(facing, IKL_LIVENESS_DEFAULT_IDLE);
}

/* The n-th retransmission, the first being 0. */
static void probe_again(struct facing *facing, uint32_t n)
{
    facing_lose(&facing->prober);
    facing_advance(facing, ikl_schedule_wait(ikl_schedule_default(), n));
}

static void probe_again_twice(struct facing *facing)
{
    probe_again(facing, 0);
    probe_again(facing, 1);
}

static void answer_twice(struct facing *facing)
{
    facing_answer(facing);
    facing_lose(&facing->peer);
    probe_again(facing, 2);
    facing_answer(facing);
}

/* One after another; `run` leads to the state. */
static const struct state {
    const char *name;
    void (*run)(struct facing *facing);
} states[] = {
    {"idle", do_nothing},
    {"probe outstanding", probe},
    {"sent again twice", probe_again_twice},
    {"answered twice", answer_twice},
    {"idle again", facing_accept},
};

static void print_state(const struct bench *bench, const char *state, size_t prober, size_t peer)
{
    const struct facing_config *config = &bench->facing.config;

    printf("%9u  %-13s  %-18s  %8.1f  %8.1f", (unsigned)config->n,
           config->reserve != 0 ? "at the start" : "as they came", state, (double)prober / config->n,
           (double)peer / config->n);
    if (config->n >= TARGET_FROM) {
        printf("  %6.2f  <= %d", (double)(prober > peer ? prober : peer) / config->n / TARGET, TARGET);
    }
    printf("\n");
}

static void print_part(const char *name, size_t item, size_t octets, uint32_t n)
{
    char size[24] = "-";

    if (item != 0) {
        (void)snprintf(size, sizeof(size), "%zu", item);
    }
    printf("%9s  %-35s  %8s  %8.1f\n", "", name, size, (double)octets / n);
}

/* Prints a slab and returns what it takes. */
static size_t print_slab(const char *name, const struct ikl_slab *slab, uint32_t n)
{
    size_t octets = slab->n_chunks * IKL_SLAB_CHUNK * slab->item_size + slab->max_chunks * sizeof(*slab->chunks);

    print_part(name, slab->item_size, octets, n);
    return octets;
}

static void print_parts(const struct bench *bench)
{
    const struct ikl_endpoint *endpoint = bench->facing.prober.endpoint;
    uint32_t n = bench->facing.config.n;
    size_t spis = (size_t)SPI_ENTRY << endpoint->spis.bits;
    size_t wheel = ikl_wheel_memory(endpoint->wheel);
    size_t child_table = sizeof(struct ikl_child_bucket) << endpoint->child_table.bits;
    size_t known = spis + wheel + child_table;

    printf("\n%9s  %-35s  %8s  %8s\n", "of which", "part", "an item", "octets");
    known += print_slab("IKE SAs", &endpoint->sas, n);
    known += print_slab("Child SAs", &endpoint->children, n);
    for (size_t i = 0; i < endpoint->n_keyings && endpoint->keyings[i].cipher != NULL; i++) {
        known += print_slab("keys", &endpoint->keyings[i].states, n);
    }
    known += print_slab("answers to the peer", &endpoint->responses, n);
    known += print_slab("requests of the host's", &endpoint->requests, n);
    known += print_slab("what only some IKE SAs need", &endpoint->extras, n);
    known += print_slab("last events", &endpoint->histories, n);
    known += print_slab("pool of message bodies", &endpoint->pool.blocks, n);
    print_part("table of SPIs", SPI_ENTRY, spis, n);
    print_part("table of Child SAs", 0, child_table, n);
    print_part("timers", 0, wheel, n);
    print_part("the endpoint, its buffers, the rest", 0, bench->prober_memory.outstanding - known, n);
    printf("\n");
}

static struct ikl_endpoint_counters counters_of(const struct facing_side *side)
{
    struct ikl_endpoint_counters counters = {.size = sizeof(counters)};

    if (ikl_endpoint_query(side->endpoint, &counters) != IKL_OK) {
        counters = (struct ikl_endpoint_counters){.size = 0};
    }
    return counters;
}

/* True when every IKE SA went through all states. */
static bool all_was_done(const struct facing *facing)
{
    struct ikl_endpoint_counters prober = counters_of(&facing->prober), peer = counters_of(&facing->peer);
    uint64_t n = facing->config.n;

    return prober.probes == n && prober.retransmissions == 3 * n && prober.answered == n && peer.accepted == n &&
           peer.repeated == n;
}

static void print_allocations(const struct facing *facing, size_t allocations)
{
    struct ikl_endpoint_counters prober = counters_of(&facing->prober), peer = counters_of(&facing->peer);

    printf("%9u  allocations for %llu packets sent and %llu received: %zu  (target 0)\n", (unsigned)facing->config.n,
           (unsigned long long)(prober.sent + peer.sent), (unsigned long long)(prober.received + peer.received),
           allocations);
}

static size_t allocations(const struct bench *bench)
{
    return bench->prober_memory.allocations + bench->peer_memory.allocations;
}

/* Every IKE SA goes through all states. */
static bool run(struct bench *bench)
{
    struct facing *facing = &bench->facing;
    size_t before = allocations(bench);

    for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
        states[i].run(facing);
        print_state(bench, states[i].name, bench->prober_memory.outstanding, bench->peer_memory.outstanding);
    }
    print_allocations(facing, allocations(bench) - before);
    if (!all_was_done(facing)) {
        fprintf(stderr, "not every IKE SA went through all states\n");
        return false;
    }
    return true;
}

static bool measure(uint32_t n, bool at_start)
{
    struct bench bench;
    struct facing_config config = {.suite = "chacha20poly1305-prfsha256",
                                   .n = n,
                                   .prober_allocator = &bench.prober_memory.allocator,
                                   .peer_allocator = &bench.peer_memory.allocator,
                                   .reserve = at_start ? n : 0,
                                   .history_events = IKL_NO_HISTORY};
    bool done;

    test_allocator_init(&bench.prober_memory);
    test_allocator_init(&bench.peer_memory);
    done = facing_init(&bench.facing, &config) && run(&bench);
    if (done && !at_start) {
        print_parts(&bench);
    }
    facing_clear(&bench.facing);
    return done;
}

/* What the endpoint of `config` takes when all IKE SAs are there. 0 when that fails. */
static size_t measure_all(struct facing_config config)
{
    struct test_allocator memory;
    struct facing facing;
    size_t octets = 0;

    test_allocator_init(&memory);
    config.prober_allocator = &memory.allocator;
    if (facing_init(&facing, &config)) {
        octets = memory.outstanding;
    }
    facing_clear(&facing);
    return octets;
}

/* What is left out above costs beside all that: how much more there is with each. */
static bool measure_extras(uint32_t n)
{
    struct facing_config config = {.suite = "chacha20poly1305-prfsha256", .n = n, .history_events = IKL_NO_HISTORY};
    struct facing_config history = config, blocks = config, monitored = config;
    size_t octets[4];

    history.history_events = 0;
    blocks.own_blocks = true;
    monitored.monitor = ikl_monitor_panos();
    octets[0] = measure_all(config);
    octets[1] = measure_all(history);
    octets[2] = measure_all(blocks);
    octets[3] = measure_all(monitored);
    if (octets[0] == 0 || octets[1] == 0 || octets[2] == 0 || octets[3] == 0) {
        return false;
    }
    printf("%9u  the last 16 events of each, the default, take beside that %.1f octets\n", (unsigned)n,
           (double)(octets[1] - octets[0]) / n);
    printf("%9u  the 4 blocks of the pool that each owns, the default, take beside that %.1f octets\n", (unsigned)n,
           (double)(octets[2] - octets[0]) / n);
    printf("%9u  a monitor of each Child SA takes beside that %.1f octets (target %d)\n", (unsigned)n,
           (double)(octets[3] - octets[0]) / n, MONITOR_TARGET);
    return true;
}

int main(int argc, char **argv)
{
    uint32_t sas[] = {10000, 100000};
    struct options_count only = {.least = 1, .most = MAX_SAS};
    const struct command_option options[] = {
        {"--sas", "N", "IKE SAs, 1 to 2000000 (default: 10000, then 100000)", options_parse_count, &only}};
    const struct command_line line = {"memory", "Measures the memory of IKE SAs, and counts what packets allocate.",
                                      options, sizeof(options) / sizeof(options[0])};
    enum options_outcome outcome = options_parse(&line, argc, argv);

    if (outcome != OPTIONS_RUN) {
        return outcome == OPTIONS_HELP ? 0 : 2;
    }
    for (size_t i = 0; i < (only.value != 0 ? 1 : sizeof(sas) / sizeof(sas[0])); i++) {
        uint32_t n = only.value != 0 ? only.value : sas[i];

        printf("%9s  %-13s  %-18s  %8s  %8s  %6s  %s\n", "IKE SAs", "room was made", "state", "prober", "peer", "ratio",
               "target");
        if (!measure(n, false) || !measure(n, true) || !measure_extras(n)) {
            return 1;
        }
        printf("\n");
    }
    return 0;
}
