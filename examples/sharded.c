/* SPDX-License-Identifier: ISC */
/* ikelive example, 409 lines: two threads with an endpoint each, and one UDP port; the kernel gives each thread its own
 * IKE SAs.
 *
 * An endpoint is for one thread, and what belongs to an IKE SA must come to the endpoint that has it. So the SPIs of
 * each endpoint begin with the number of its shard, and a program of seven instructions in the kernel reads that number
 * in every IKE header and chooses the socket. What names no shard, as an IKE_SA_INIT request does, which has no SPI of
 * ours yet, the kernel spreads by addresses; for that reason the shards are numbered from 1. On port 4500 the non-ESP
 * marker is in front: all is 4 octets further on, and what does not begin with four zeros is ESP, to be steered by its
 * own SPI.
 *
 * The same octets, 8 to 15 when the flag of the original initiator is set in octet 19, else 0 to 7, spread IKE SAs over
 * machines: by rules of what spreads the load (ECMP) that match them in the UDP payload instead of hashing addresses.
 *
 * The peer of all IKE SAs is a third endpoint with a socket of its own, and the keys are random: a real host has both
 * from its IKE_AUTH exchanges. Of every other IKE SA the peer is the original initiator, so that both SPI fields are
 * steered by. Exits with 0 when each shard had answers to several liveness checks on every IKE SA of its own, and
 * nothing of the other shard's. */
#define _GNU_SOURCE
#include <ikelive/posix.h>

#include "support/options.h"

#include <ikelive/ikelive.h>

#include <linux/filter.h>
#include <poll.h>
#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum { SHARDS = 2, SAS = 8, CHECKS = 6, IDLE_MS = 200, SLACK_MS = 10000, LONGEST_SLEEP_MS = 50 };

/* An endpoint with its socket: a shard, or the peer. One thread at a time. */
struct party {
    uint8_t number;                   /* the first octet of its SPIs; the peer's is 0 and they begin with anything */
    struct ikl_posix_sockets sockets; /* one */
    struct ikl_endpoint *endpoint;
    uint32_t answers[SAS]; /* to liveness checks */
    uint32_t n_kept_alive; /* IKE SAs with enough of them */
    uint32_t n_strays;     /* datagrams that belong to no IKE SA here */
    uint32_t n_down;
};

struct run {
    struct ikl_schedule schedule;
    struct party shards[SHARDS], peer;
    uint32_t numbers[SAS];
    atomic_int shards_at_work;
};

/* What a thread of a shard is given. */
struct task {
    struct run *run;
    struct party *shard;
};

/* The program, for port 500. On port 4500 the non-ESP marker is in front: everything is 4 octets further on. */
static struct sock_filter steering[] = {
    BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 19),                         /* the flags */
    BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, IKL_FLAG_INITIATOR, 0, 2), /* from the original initiator? */
    BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 8),                          /* yes: ours is the responder's SPI */
    BPF_STMT(BPF_JMP | BPF_JA, 1),
    BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0),  /* no: the initiator's */
    BPF_STMT(BPF_ALU | BPF_SUB | BPF_K, 1), /* shard 1 has socket 0 */
    BPF_STMT(BPF_RET | BPF_A, 0),           /* no such socket: any of them */
};

/* The program is attached to one socket of a port; it chooses among all of them, in the order they were bound. */
static int steer(int udp)
{
    const struct sock_fprog program = {sizeof(steering) / sizeof(steering[0]), steering};

    return setsockopt(udp, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &program, sizeof(program));
}

static int on_random(void *user, uint8_t *out, size_t len)
{
    (void)user;
    randombytes_buf(out, len);
    return IKL_OK;
}

static int on_send(void *user, struct ikl_sa *sa, const struct ikl_path *path, const uint8_t *datagram, size_t len)
{
    struct party *party = user;

    (void)sa;
    return ikl_posix_send(&party->sockets, path, datagram, len);
}

static void on_alive(void *user, struct ikl_sa *sa, const struct ikl_alive *alive)
{
    struct party *party = user;
    uint32_t *answers = &party->answers[*(const uint32_t *)ikl_sa_user(sa)];

    (void)alive;
    if (++*answers == CHECKS) {
        party->n_kept_alive++;
    }
}

static void on_down(void *user, struct ikl_sa *sa, const struct ikl_down *down)
{
    struct party *party = user;

    (void)sa;
    (void)down;
    party->n_down++;
}

static void on_unmatched(void *user, const struct ikl_path *path, const struct ikl_header *header,
                         const uint8_t *datagram, size_t len)
{
    struct party *party = user;

    (void)path;
    (void)header;
    (void)datagram;
    (void)len;
    party->n_strays++;
}

/* Makes the endpoint; its socket is open already. */
static int make_endpoint(struct party *party)
{
    struct ikl_endpoint_config config = {
        .size = sizeof(config),
        .callbacks = {.size = sizeof(config.callbacks),
                      .random = on_random,
                      .send = on_send,
                      .alive = on_alive,
                      .down = on_down,
                      .unmatched = on_unmatched},
        .user = party,
        .idle = IDLE_MS,
        .tick_slack = SLACK_MS, /* a busy machine is no reason to give a peer up */
        .spi_prefix = party->number,
        .spi_prefix_bits = party->number != 0 ? 8 : 0,
    };
    int error = ikl_endpoint_new(&party->endpoint, &config, ikl_posix_now());

    if (error == IKL_ERR_INVALID) {
        fprintf(stderr, "%s\n", ikl_endpoint_config_error(&config));
    }
    return error;
}

/* An IKE SA without what its two ends see differently. */
struct shared {
    uint64_t spi_i, spi_r;
    struct ikl_suite suite;
    struct ikl_keys keys;
};

static int make_keys(struct shared *shared)
{
    uint8_t skeyseed[32], nonces[2][32];
    const struct ikl_kdf_input input = {
        .size = sizeof(input),
        .ni = {nonces[0], sizeof(nonces[0])},
        .nr = {nonces[1], sizeof(nonces[1])},
        .spi_i = shared->spi_i,
        .spi_r = shared->spi_r,
    };
    int error = ikl_suite_parse(&shared->suite, "chacha20poly1305-prfsha256");

    randombytes_buf(skeyseed, sizeof(skeyseed));
    randombytes_buf(nonces, sizeof(nonces));
    if (error == IKL_OK) {
        error = ikl_keys_derive(&shared->keys, &ikl_provider_sodium, &shared->suite,
                                (struct ikl_octets){skeyseed, sizeof(skeyseed)}, &input);
    }
    ikl_wipe(skeyseed, sizeof(skeyseed));
    return error;
}

/* Adds one end: the host's, which is a shard and watches, or the peer's. */
static int add_end(struct run *run, struct party *end, const struct party *other, bool initiator, bool watches,
                   uint32_t number, const struct shared *shared)
{
    const struct ikl_protection protection = {
        .suite = shared->suite,
        .keys = &shared->keys,
        .iv_source = IKL_IV_FIRST, /* IKE_AUTH took one IV at each end */
        .iv_first = 1,
    };
    struct ikl_sa_config config = {
        .size = sizeof(config),
        .user = &run->numbers[number],
        .spi_i = shared->spi_i,
        .spi_r = shared->spi_r,
        .original_initiator = initiator,
        .path = ikl_posix_path(&end->sockets, &other->sockets.at[0].local, 0, false),
        .protection = protection,
        .ids = {.stated = true,
                .next_request = initiator ? 2 : 0,
                .unanswered = initiator ? 2 : 0,
                .next_expected = initiator ? 0 : 2},
        .liveness = watches ? IKL_LIVENESS_PERIODIC : IKL_LIVENESS_OFF,
        .schedule = &run->schedule,
    };
    struct ikl_sa *sa;
    int error = ikl_sa_new(&sa, end->endpoint, &config, ikl_posix_now());

    if (error == IKL_ERR_INVALID) {
        fprintf(stderr, "%s\n", ikl_sa_config_error(end->endpoint, &config));
    }
    return error;
}

/* What the IKE_AUTH exchange between a shard and the peer leaves behind. */
static int establish(struct run *run, struct party *shard, uint32_t number)
{
    bool initiator = number % 2 == 0;
    struct shared shared;
    uint64_t ours = 0, theirs = 0;
    int error = ikl_endpoint_new_spi(shard->endpoint, &ours);

    if (error == IKL_OK) {
        error = ikl_endpoint_new_spi(run->peer.endpoint, &theirs);
    }
    shared.spi_i = initiator ? ours : theirs;
    shared.spi_r = initiator ? theirs : ours;
    if (error == IKL_OK) {
        error = make_keys(&shared);
    }
    if (error == IKL_OK) {
        error = add_end(run, shard, &run->peer, initiator, true, number, &shared);
    }
    if (error == IKL_OK) {
        error = add_end(run, &run->peer, shard, !initiator, false, number, &shared);
    }
    ikl_wipe(&shared, sizeof(shared));
    return error;
}

/* One turn of the loop of any host. */
static void turn(struct party *party)
{
    struct pollfd readable = {.fd = party->sockets.at[0].fd, .events = POLLIN};
    ikl_time now = ikl_posix_now();
    ikl_time due = ikl_time_earlier(ikl_endpoint_next_deadline(party->endpoint), now + LONGEST_SLEEP_MS);

    poll(&readable, 1, ikl_posix_timeout(due, now));
    ikl_posix_turn(&party->sockets, party->endpoint, ikl_posix_now);
}

/* The thread of a shard. It shares nothing with the other, no lock and no counter, but that it has ended. */
static void *run_shard(void *given)
{
    struct task *task = given;

    while (task->shard->n_kept_alive < SAS && task->shard->n_down == 0) {
        turn(task->shard);
    }
    atomic_fetch_sub(&task->run->shards_at_work, 1);
    return NULL;
}

/* Opens a socket at an address that others may have too. */
static bool open_shared(struct ikl_posix_sockets *sockets, const struct ikl_address *address)
{
    const int on = 1;
    union ikl_posix_sockaddr bound;
    socklen_t len = ikl_posix_to_sockaddr(&bound, address, 0);
    int udp = socket(AF_INET, SOCK_DGRAM, 0);

    return udp >= 0 && setsockopt(udp, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) == 0 &&
           bind(udp, &bound.any, len) == 0 && ikl_posix_add(sockets, udp, false) == IKL_OK;
}

/* The sockets of the shards have one port, the peer's has another. False, said on stderr, when that fails. */
static bool open_sockets(struct run *run, bool steered)
{
    struct ikl_address address = {.ip = {127, 0, 0, 1}, .family = 4};
    bool done = ikl_posix_open(&run->peer.sockets, &address, 0, false) == IKL_OK;

    for (size_t i = 0; i < SHARDS && done; i++) {
        done = open_shared(&run->shards[i].sockets, &address);
        address = run->shards[0].sockets.at[0].local;
    }
    done = done && (!steered || steer(run->shards[0].sockets.at[0].fd) == 0);
    if (!done) {
        perror("UDP sockets on 127.0.0.1");
    }
    return done;
}

static int establish_all(struct run *run)
{
    int error = ikl_schedule_parse(&run->schedule, "1,2,2");

    if (error == IKL_OK) {
        error = make_endpoint(&run->peer);
    }
    for (size_t i = 0; i < SHARDS && error == IKL_OK; i++) {
        error = make_endpoint(&run->shards[i]);
        for (uint32_t number = 0; number < SAS && error == IKL_OK; number++) {
            error = establish(run, &run->shards[i], number);
        }
    }
    return error;
}

/* The peer lives in this thread, as long as a shard needs it. False when there can be no threads. */
static bool run_all(struct run *run)
{
    pthread_t threads[SHARDS];
    struct task tasks[SHARDS];
    size_t n = 0;

    atomic_init(&run->shards_at_work, SHARDS);
    while (n < SHARDS) {
        tasks[n] = (struct task){run, &run->shards[n]};
        if (pthread_create(&threads[n], NULL, run_shard, &tasks[n]) != 0) {
            break;
        }
        n++;
    }
    while (n == SHARDS && atomic_load(&run->shards_at_work) > 0) {
        turn(&run->peer);
    }
    for (size_t i = 0; i < n; i++) {
        pthread_join(threads[i], NULL);
    }
    return n == SHARDS;
}

/* True when the shard got its own datagrams, and no others. */
static bool report(const struct party *shard)
{
    struct ikl_endpoint_counters counters = {.size = sizeof(counters)};

    if (ikl_endpoint_query(shard->endpoint, &counters) != IKL_OK) {
        return false;
    }
    printf("shard %u: %u of %d IKE SAs kept alive, %u liveness checks answered, %u datagrams of the other's\n",
           (unsigned)shard->number, (unsigned)shard->n_kept_alive, SAS, (unsigned)counters.answered,
           (unsigned)shard->n_strays);
    return shard->n_kept_alive == SAS && shard->n_strays == 0;
}

static void clear(struct run *run)
{
    for (size_t i = 0; i < SHARDS; i++) {
        ikl_endpoint_free(run->shards[i].endpoint);
        ikl_posix_close(&run->shards[i].sockets);
    }
    ikl_endpoint_free(run->peer.endpoint);
    ikl_posix_close(&run->peer.sockets);
}

static const char *unsteered(const char *text, void *into)
{
    (void)text;
    *(bool *)into = false;
    return NULL;
}

/* Steers, keeps all IKE SAs alive for a while, and judges. */
static bool watch(struct run *run, bool steered)
{
    bool done = open_sockets(run, steered);
    int error = IKL_OK;

    if (done) {
        error = establish_all(run);
    }
    if (error != IKL_OK) {
        fprintf(stderr, "%s\n", ikl_error_name(error));
    }
    done = done && error == IKL_OK && run_all(run);
    for (size_t i = 0; i < SHARDS && error == IKL_OK; i++) {
        done = report(&run->shards[i]) && done;
    }
    return done;
}

int main(int argc, char **argv)
{
    static struct run run;
    bool steered = true, done;
    const struct command_option options[] = {
        {"--unsteered", NULL, "without the program in the kernel: answers come to the wrong shard", unsteered,
         &steered},
    };
    const struct command_line line = {"sharded", "Two threads with an endpoint each share a UDP port.", options,
                                      sizeof(options) / sizeof(options[0])};
    enum options_outcome outcome = options_parse(&line, argc, argv);

    if (outcome != OPTIONS_RUN) {
        return outcome == OPTIONS_HELP ? EXIT_SUCCESS : 2;
    }
    if (ikl_init() != IKL_OK) {
        return EXIT_FAILURE;
    }
    for (size_t i = 0; i < SHARDS; i++) {
        run.shards[i].number = (uint8_t)(i + 1);
    }
    for (uint32_t i = 0; i < SAS; i++) {
        run.numbers[i] = i;
    }
    done = watch(&run, steered);
    clear(&run);
    return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
