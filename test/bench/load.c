/* SPDX-License-Identifier: ISC */
/* A gateway under load, whose memory is at its budget, while much goes wrong: do all honest peers stay?
 *
 *     cmake -S . -B build -G Ninja -DCMAKE_BUILD_TYPE=Release && cmake --build build && build/test/bench/load
 *
 * The gateway is an endpoint in an arena that is just so large as ikl_endpoint_arena_size says; it allocates nothing
 * later. A tenth of its peers is hostile: they have keys, and send what takes memory and never what gives it back
 * (worlds/hostile.h). The others answer its checks. Gateway, honest and hostile peers have a UDP socket each on
 * 127.0.0.1, and one loop for all. Meanwhile sends fail, as they do with ENOBUFS: one in a hundred, and all of them
 * for half a second in every seven; and the gateway's clock steps by up to 20 s, back as often as forth. After a step
 * forth all peers are due at once, and their answers would not fit the buffer of a socket: so the gateway spreads its
 * work, as config.work_limit, probes_per_second and retransmissions_per_second have it. With --unspread it does not,
 * and what its sockets lose costs honest peers.
 *
 * The time is real; with --leap it is virtual, and leaps to what is due when nothing is left to read. */
#define _GNU_SOURCE
#include <ikelive/posix.h>

#include "examples/support/options.h"
#include "support/host.h"
#include "support/measure.h"
#include "worlds/hostile.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    HOSTILE_IN = 10,        /* one peer in so many is hostile */
    SPARE_SAS = 64,         /* a hostile peer's next IKE SA is made before its last one is out of the tables */
    CONNECTING_BLOCKS = 16, /* of the pool, a quarter of which unauthenticated peers have, four blocks each */
    WORK = 64,
    PACE = 3,        /* times what checks and their answers need while nothing goes wrong */
    HOSTILE_ACT = 5, /* ms between acts of hostile peers */
    STEP = 10000,    /* ms between steps of the gateway's clock */
    MOST_STEP = 20000,
    FAILING_EVERY = 7000, /* ms */
    FAILING_FOR = 500,
    SOCKET_OCTETS = 8 << 20,
    START = 1000000 /* where clocks begin, so that they can be set back */
};

static const char suite_name[] = "chacha20poly1305-prfsha256";

struct load {
    struct ikl_posix_sockets gateway_sockets, peer_sockets, hostile_sockets;
    struct ikl_endpoint *gateway, *peers;
    void *memory; /* the gateway's */
    size_t memory_size;
    uint32_t n_honest, n_groups;
    bool unspread;
    struct hostiles *groups; /* of hostile peers */
    struct ikl_path from_hostile;
    struct test_random random;
    ikl_time began;
    ikl_time next_act, next_step;
    const char *wrong; /* null: nothing */
    uint64_t acts, steps, sends, failed, honest_down;
};

/* The clock of all, and what the gateway's is ahead of that. */
static struct {
    bool leaps;
    ikl_time now; /* when it leaps */
    int64_t ahead;
} the_clock = {.now = START};

static ikl_time true_now(void)
{
    return the_clock.leaps ? the_clock.now : START + ikl_posix_now();
}

static ikl_time gateway_now(void)
{
    return (ikl_time)((int64_t)true_now() + the_clock.ahead);
}

static int on_random(void *user, uint8_t *out, size_t len)
{
    struct load *load = user;

    for (size_t i = 0; i < len; i++) {
        out[i] = (uint8_t)test_random_below(&load->random, 256);
    }
    return IKL_OK;
}

static int send_from(struct load *load, struct ikl_posix_sockets *sockets, const struct ikl_path *path,
                     const uint8_t *datagram, size_t len)
{
    bool fails = (true_now() - load->began) % FAILING_EVERY >= FAILING_EVERY - FAILING_FOR ||
                 test_random_below(&load->random, 100) == 0;

    load->sends++;
    load->failed += fails;
    return fails ? IKL_ERR_BLOCKED : ikl_posix_send(sockets, path, datagram, len);
}

static int on_gateway_send(void *user, struct ikl_sa *sa, const struct ikl_path *path, const uint8_t *datagram,
                           size_t len)
{
    struct load *load = user;

    (void)sa;
    return send_from(load, &load->gateway_sockets, path, datagram, len);
}

static int on_peer_send(void *user, struct ikl_sa *sa, const struct ikl_path *path, const uint8_t *datagram, size_t len)
{
    struct load *load = user;

    (void)sa;
    return send_from(load, &load->peer_sockets, path, datagram, len);
}

/* An IKE SA with an honest peer has the load as its own, that of a hostile one nothing. */
static void on_down(void *user, struct ikl_sa *sa, const struct ikl_down *down)
{
    struct load *load = user;

    (void)down;
    load->honest_down += ikl_sa_user(sa) == load;
}

static int say(void *user, const struct ikl_path *path, const uint8_t *datagram, size_t len)
{
    struct load *load = user;

    (void)path; /* one of them has one address, whatever it would like */
    return ikl_posix_send(&load->hostile_sockets, &load->from_hostile, datagram, len);
}

static bool open_socket(struct ikl_posix_sockets *sockets)
{
    struct ikl_address local = {.ip = {127, 0, 0, 1}, .family = 4};
    int octets = SOCKET_OCTETS;

    return ikl_posix_open(sockets, &local, 0, false) == IKL_OK &&
           setsockopt(sockets->at[0].fd, SOL_SOCKET, SO_RCVBUFFORCE, &octets, sizeof(octets)) == 0;
}

static struct ikl_path path_between(const struct ikl_posix_sockets *from, const struct ikl_posix_sockets *to)
{
    return (struct ikl_path){.local = from->at[0].local, .remote = to->at[0].local};
}

static bool open_sockets(struct load *load)
{
    if (!open_socket(&load->gateway_sockets) || !open_socket(&load->peer_sockets) ||
        !open_socket(&load->hostile_sockets)) {
        perror("UDP sockets on 127.0.0.1 with large buffers, which takes root");
        return false;
    }
    load->from_hostile = path_between(&load->hostile_sockets, &load->gateway_sockets);
    return true;
}

static struct ikl_endpoint_config endpoint_config(struct load *load)
{
    return (struct ikl_endpoint_config){.size = sizeof(struct ikl_endpoint_config),
                                        .callbacks = {.size = sizeof(struct ikl_callbacks), .random = on_random},
                                        .user = load,
                                        .history_events = IKL_NO_HISTORY};
}

static bool make_gateway(struct load *load, const struct ikl_suite *suite, uint32_t idle)
{
    struct ikl_endpoint_config config = endpoint_config(load);

    config.callbacks.send = on_gateway_send;
    config.callbacks.down = on_down;
    config.idle = idle;
    config.idle_spread = 200;
    if (!load->unspread) {
        config.work_limit = WORK;
        config.probes_per_second = PACE * load->n_honest / (idle / 1000 + 1) + 1;
        config.retransmissions_per_second = config.probes_per_second;
    }
    config.fixed_budget = true;
    config.reserve_sas = load->n_honest + load->n_groups * HOSTILE_MAX + SPARE_SAS;
    config.reserve_extras = load->n_groups * HOSTILE_MAX + SPARE_SAS;
    config.pool_blocks = CONNECTING_BLOCKS * load->n_groups * HOSTILE_MAX;
    config.reserve_suites = suite;
    config.n_reserve_suites = 1;
    if (ikl_endpoint_arena_size(&config, &load->memory_size) != IKL_OK ||
        (load->memory = malloc(load->memory_size)) == NULL) {
        return false;
    }
    config.allocator = ikl_arena_allocator(load->memory, load->memory_size);
    return ikl_endpoint_new(&load->gateway, &config, gateway_now()) == IKL_OK;
}

static bool make_peers(struct load *load)
{
    struct ikl_endpoint_config config = endpoint_config(load);

    config.callbacks.send = on_peer_send;
    config.own_blocks = IKL_NO_OWN_BLOCKS;
    return ikl_endpoint_new(&load->peers, &config, true_now()) == IKL_OK;
}

/* Both ends of an IKE SA with each honest peer. */
static bool add_honest(struct load *load)
{
    struct ikl_sa_config config;
    struct ikl_keys keys;
    struct ikl_path to_gateway = path_between(&load->peer_sockets, &load->gateway_sockets);
    struct ikl_path to_peers = path_between(&load->gateway_sockets, &load->peer_sockets);
    bool done = true;

    test_sa_config(&config, &keys, suite_name, true, 0);
    for (uint32_t i = 0; i < load->n_honest && done; i++) {
        struct ikl_sa *sa;

        config.path = to_peers;
        config.user = load;
        config.original_initiator = true;
        config.liveness = IKL_LIVENESS_PERIODIC;
        done = ikl_sa_new(&sa, load->gateway, &config, gateway_now()) == IKL_OK;
        config.path = to_gateway;
        config.original_initiator = false;
        config.liveness = IKL_LIVENESS_OFF;
        done = done && ikl_sa_new(&sa, load->peers, &config, true_now()) == IKL_OK;
        config.spi_i++;
        config.spi_r++;
    }
    ikl_wipe(&keys, sizeof(keys));
    return done;
}

static bool add_hostile(struct load *load)
{
    load->groups = calloc(load->n_groups, sizeof(*load->groups));
    for (uint32_t i = 0; i < load->n_groups && load->groups != NULL; i++) {
        load->groups[i] = (struct hostiles){.endpoint = load->gateway,
                                            .path = path_between(&load->gateway_sockets, &load->hostile_sockets),
                                            .say = say,
                                            .say_user = load,
                                            .n = HOSTILE_MAX,
                                            .kind = HOSTILE_BOTH,
                                            .most_window = 1,
                                            .random.state = i + 1,
                                            .last_spi = (uint64_t)(i + 1) << 32};
    }
    return load->groups != NULL;
}

static bool begin(struct load *load, uint32_t sas, uint32_t idle)
{
    struct ikl_suite suite;

    load->n_groups = (sas / HOSTILE_IN + HOSTILE_MAX - 1) / HOSTILE_MAX;
    load->n_honest = sas - sas / HOSTILE_IN;
    load->random.state = 1;
    return ikl_init() == IKL_OK && ikl_suite_parse(&suite, suite_name) == IKL_OK && open_sockets(load) &&
           make_gateway(load, &suite, idle) && make_peers(load) && add_honest(load) && add_hostile(load);
}

static void act(struct load *load)
{
    struct hostiles *hostiles = &load->groups[test_random_below(&load->random, load->n_groups)];

    hostiles->now = gateway_now();
    hostiles_act(hostiles);
    load->wrong = hostiles->wrong != NULL ? hostiles->wrong : load->wrong;
    load->acts++;
}

/* What is due now goes wrong. */
static void go_wrong(struct load *load)
{
    ikl_time now = true_now();

    while (load->next_act <= now) {
        act(load);
        load->next_act += HOSTILE_ACT;
    }
    if (load->next_step <= now) {
        the_clock.ahead = (int64_t)test_random_below(&load->random, 2 * MOST_STEP);
        load->next_step += STEP;
        load->steps++;
    }
}

/* What comes to hostile peers is of no use to them. */
static void empty(const struct ikl_posix_socket *socket)
{
    uint8_t octets[64];

    while (recv(socket->fd, octets, sizeof(octets), MSG_DONTWAIT) > 0) {
    }
}

/* When something is due, by the clock of all. */
static ikl_time next_deadline(const struct load *load)
{
    ikl_time gateway = ikl_endpoint_next_deadline(load->gateway);
    ikl_time wrong = load->next_act < load->next_step ? load->next_act : load->next_step;
    ikl_time at = gateway == IKL_NEVER ? gateway : (ikl_time)((int64_t)gateway - the_clock.ahead);
    ikl_time peers = ikl_endpoint_next_deadline(load->peers);

    at = at < peers ? at : peers;
    return at < wrong ? at : wrong;
}

static void wait_for_something(struct load *load)
{
    struct pollfd fds[] = {{load->gateway_sockets.at[0].fd, POLLIN, 0},
                           {load->peer_sockets.at[0].fd, POLLIN, 0},
                           {load->hostile_sockets.at[0].fd, POLLIN, 0}};
    ikl_time due = next_deadline(load), now = true_now();
    int n = poll(fds, 3, the_clock.leaps ? 0 : ikl_posix_timeout(due, now));

    if (the_clock.leaps && n == 0) {
        the_clock.now = due > now ? due : now + 1;
    }
}

static void run(struct load *load, uint32_t seconds)
{
    ikl_time end;

    load->began = true_now();
    load->next_act = load->began;
    load->next_step = load->began + STEP;
    end = load->began + (ikl_time)seconds * 1000;
    while (true_now() < end && load->wrong == NULL) {
        ikl_posix_turn(&load->gateway_sockets, load->gateway, gateway_now);
        ikl_posix_turn(&load->peer_sockets, load->peers, true_now);
        empty(&load->hostile_sockets.at[0]);
        go_wrong(load);
        wait_for_something(load);
    }
}

/* False when an honest peer was lost, or when nothing went wrong. */
static bool report(const struct load *load, uint32_t seconds, double processor)
{
    struct ikl_endpoint_counters counters = {.size = sizeof(counters)};

    if (load->wrong != NULL || ikl_endpoint_query(load->gateway, &counters) != IKL_OK) {
        fprintf(stderr, "%s\n", load->wrong);
        return false;
    }
    printf("%8" PRIu32 " honest peers, of which the gateway gave up %" PRIu64 "\n", load->n_honest, load->honest_down);
    printf("%8" PRIu32 " hostile peers, %" PRIu64 " acts of theirs\n", load->n_groups * HOSTILE_MAX, load->acts);
    printf("%8.1f MB of memory, nothing allocated later; %" PRIu64 " times too little of the pool was left\n",
           (double)load->memory_size / 1e6, counters.no_buffer);
    printf("%8" PRIu64 " checks, %" PRIu64 " retransmissions, %" PRIu64 " late ticks\n", counters.probes,
           counters.retransmissions, counters.late_ticks);
    printf("%8" PRIu64 " datagrams of gateway and honest peers, %" PRIu64 " of them failed to be sent\n", load->sends,
           load->failed);
    printf("%8" PRIu64 " steps of the clock, set back %" PRIu64 " times as the gateway saw it\n", load->steps,
           counters.clock_backward);
    printf("%8.0f %% of a core, all sides, for %" PRIu32 " s\n", 100 * processor / seconds, seconds);
    return load->honest_down == 0 && counters.answered != 0 && load->failed != 0 && load->acts != 0;
}

static void end(struct load *load)
{
    for (uint32_t i = 0; i < load->n_groups && load->groups != NULL; i++) {
        hostiles_end(&load->groups[i]);
    }
    free(load->groups);
    (void)ikl_endpoint_free(load->gateway);
    (void)ikl_endpoint_free(load->peers);
    free(load->memory);
    ikl_posix_close(&load->gateway_sockets);
    ikl_posix_close(&load->peer_sockets);
    ikl_posix_close(&load->hostile_sockets);
}

int main(int argc, char **argv)
{
    static struct load load;
    struct options_count sas = {.value = 100000, .least = 10, .most = 1000000};
    struct options_count seconds = {.value = 600, .least = 1, .most = 1000000};
    struct options_count idle = {.value = 10000, .least = 100, .most = 3600000};
    const struct command_option options[] = {
        {"--sas", "N", "IKE SAs, a tenth of them with hostile peers, 10 to 1000000 (default: 100000)",
         options_parse_count, &sas},
        {"--seconds", "S", "how long (default: 600)", options_parse_count, &seconds},
        {"--idle", "MS", "idle time before a check, 100 to 3600000 (default: 10000)", options_parse_count, &idle},
        {"--unspread", NULL, "all that is due at once", options_parse_flag, &load.unspread},
        {"--leap", NULL, "leaps to what is due when there is nothing to do", options_parse_flag, &the_clock.leaps},
    };
    const struct command_line line = {"load", "Keeps a gateway busy while much goes wrong.", options,
                                      sizeof(options) / sizeof(options[0])};
    enum options_outcome outcome = options_parse(&line, argc, argv);
    uint64_t processor;
    bool done;

    if (outcome != OPTIONS_RUN) {
        return outcome == OPTIONS_HELP ? 0 : 2;
    }
    done = begin(&load, sas.value, idle.value);
    if (!done) {
        fprintf(stderr, "the gateway and its peers cannot be made\n");
    } else {
        processor = bench_cpu_clock();
        run(&load, seconds.value);
        done = report(&load, seconds.value, (double)(bench_cpu_clock() - processor) / 1e9);
    }
    end(&load);
    return done ? 0 : 1;
}
