/* SPDX-License-Identifier: ISC */
/* What liveness checks cost over real sockets.
 *
 *     cmake -S . -B build -G Ninja -DCMAKE_BUILD_TYPE=Release && cmake --build build && build/test/bench/sockets
 *
 * Two endpoints with a UDP socket each on 127.0.0.1 check each IKE SA of theirs once a round, with ChaCha20-Poly1305:
 * both wait with epoll, read with recvmmsg into ikl_endpoint_receive_batch, and write with sendmmsg from `send_batch`.
 * After each round the same loop, in the same thread and on the same sockets, sends as many datagrams of the same
 * length and returns them as they are: the bare echo. The time is virtual, so that nobody waits for an idle time to
 * pass; the processor time is real and that of both sides and of the kernel on their behalf. */
#define _GNU_SOURCE
#include <ikelive/posix.h>

#include "examples/support/options.h"
#include "support/bare.h"
#include "support/facing.h"
#include "support/measure.h"

#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>

enum {
    BATCH = 64,
    LONGEST_WAY_MS = 1000,
    MAX_ROUNDS = 10000,
    DEFAULT_ROUNDS = 200,
    DEFAULT_SAS = 1000,
    MAX_SAS = 100000
};
enum { PROBER, PEER, STATIONS };

/* A socket, and room for what it reads or writes at once. */
struct station {
    int udp;
    struct sockaddr_in address;
    struct mmsghdr messages[BATCH];
    struct iovec parts[BATCH];
    struct sockaddr_in names[BATCH];
    uint8_t octets[BATCH][FACING_MAX_DATAGRAM];
    uint32_t received, sent;
    bool failed;
};

struct wire {
    int epoll;
    struct station stations[STATIONS];
};

struct sockets {
    struct wire checks, echoes; /* sockets of the same kind; each has its own */
    struct facing facing;
    ikl_time now;
};

/* What arrived at a station. */
typedef void (*arrival)(struct sockets *sockets, struct station *station, size_t n);

static bool open_station(struct station *station)
{
    socklen_t len = sizeof(station->address);

    station->address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    station->udp = socket(AF_INET, SOCK_DGRAM, 0);
    for (size_t i = 0; i < BATCH; i++) {
        station->parts[i].iov_base = station->octets[i];
        station->messages[i].msg_hdr = (struct msghdr){.msg_iov = &station->parts[i],
                                                       .msg_iovlen = 1,
                                                       .msg_name = &station->names[i],
                                                       .msg_namelen = sizeof(station->names[i])};
    }
    return station->udp >= 0 && bind(station->udp, (const struct sockaddr *)&station->address, len) == 0 &&
           getsockname(station->udp, (struct sockaddr *)&station->address, &len) == 0;
}

static bool open_wire(struct wire *wire)
{
    bool done = (wire->epoll = epoll_create1(0)) >= 0;

    for (size_t i = 0; i < STATIONS; i++) {
        struct epoll_event readable = {.events = EPOLLIN, .data.ptr = &wire->stations[i]};

        done = open_station(&wire->stations[i]) && done &&
               epoll_ctl(wire->epoll, EPOLL_CTL_ADD, wire->stations[i].udp, &readable) == 0;
    }
    return done;
}

static void close_wire(struct wire *wire)
{
    for (size_t i = 0; i < STATIONS; i++) {
        close(wire->stations[i].udp);
    }
    close(wire->epoll);
}

/* Sends the first `n` messages of the station. */
static void send_messages(struct station *station, size_t n)
{
    size_t sent = 0;

    while (sent < n && !station->failed) {
        int more = sendmmsg(station->udp, station->messages + sent, (unsigned)(n - sent), 0);

        station->failed = more <= 0;
        sent += more > 0 ? (size_t)more : 0;
    }
    station->sent += (uint32_t)sent;
}

static size_t read_messages(struct station *station)
{
    int n;

    for (size_t i = 0; i < BATCH; i++) {
        station->parts[i].iov_len = sizeof(station->octets[i]);
    }
    n = recvmmsg(station->udp, station->messages, BATCH, MSG_DONTWAIT, NULL);
    station->failed = station->failed || n < 0;
    station->received += n > 0 ? (uint32_t)n : 0;
    return n > 0 ? (size_t)n : 0;
}

/* Until the prober has received as much as it has sent. False when that does not come about. */
static bool settle(struct sockets *sockets, struct wire *wire, arrival arrived)
{
    struct station *prober = &wire->stations[PROBER];

    while (prober->received < prober->sent) {
        struct epoll_event events[STATIONS];
        int n = epoll_wait(wire->epoll, events, STATIONS, LONGEST_WAY_MS);

        if (n <= 0 || prober->failed || wire->stations[PEER].failed) {
            return false;
        }
        for (int i = 0; i < n; i++) {
            struct station *station = events[i].data.ptr;

            arrived(sockets, station, read_messages(station));
        }
    }
    return true;
}

static struct ikl_address address_of(const struct sockaddr_in *name)
{
    return ikl_posix_from_sockaddr((const struct sockaddr *)name, sizeof(*name), NULL);
}

/* The datagrams go out from where the library has them. One that is no empty INFORMATIONAL would make the two loops
 * differ. */
static void on_batch(void *user, struct ikl_outbound *datagrams, size_t n)
{
    struct facing_side *side = user;
    struct station *station = side->user;
    struct mmsghdr messages[BATCH];
    struct iovec parts[BATCH];
    union ikl_posix_sockaddr names[BATCH];
    int sent;

    for (size_t i = 0; i < n; i++) {
        parts[i] = (struct iovec){(void *)(uintptr_t)datagrams[i].datagram, datagrams[i].len};
        messages[i].msg_hdr =
            (struct msghdr){.msg_iov = &parts[i],
                            .msg_iovlen = 1,
                            .msg_name = &names[i],
                            .msg_namelen = ikl_posix_to_sockaddr(&names[i], &datagrams[i].path.remote, 0)};
        station->failed = station->failed || datagrams[i].len != BARE_MESSAGE_LEN;
    }
    sent = sendmmsg(station->udp, messages, (unsigned)n, 0);
    station->sent += sent > 0 ? (uint32_t)sent : 0;
    for (size_t i = sent > 0 ? (size_t)sent : 0; i < n; i++) {
        datagrams[i].result = IKL_ERR_NO_BUFFER;
        station->failed = true;
    }
}

static void take(struct sockets *sockets, struct station *station, size_t n)
{
    struct facing *facing = &sockets->facing;
    struct facing_side *side = station == &sockets->checks.stations[PROBER] ? &facing->prober : &facing->peer;
    struct ikl_inbound datagrams[BATCH];
    struct ikl_path paths[BATCH];

    for (size_t i = 0; i < n; i++) {
        paths[i] = (struct ikl_path){.local = side->path.local, .remote = address_of(&station->names[i])};
        datagrams[i] = (struct ikl_inbound){
            .path = &paths[i], .datagram = station->octets[i], .len = station->messages[i].msg_len};
    }
    station->failed =
        ikl_endpoint_receive_batch(side->endpoint, datagrams, n, sockets->now) != IKL_OK || station->failed;
}

/* Checks each IKE SA once. */
static bool do_checks(struct sockets *sockets)
{
    struct ikl_endpoint *endpoint = sockets->facing.prober.endpoint;
    bool done = true;

    sockets->now += IKL_LIVENESS_DEFAULT_IDLE;
    do {
        done = ikl_endpoint_advance(endpoint, sockets->now) == IKL_OK && settle(sockets, &sockets->checks, take);
    } while (done && ikl_endpoint_next_deadline(endpoint) <= sockets->now);
    return done;
}

static void echo(struct sockets *sockets, struct station *station, size_t n)
{
    if (station == &sockets->echoes.stations[PEER]) {
        for (size_t i = 0; i < n; i++) {
            station->parts[i].iov_len = station->messages[i].msg_len;
        }
        send_messages(station, n);
    }
}

static bool do_echoes(struct sockets *sockets, uint32_t left)
{
    struct wire *wire = &sockets->echoes;
    struct station *station = &wire->stations[PROBER];
    bool done = true;

    while (done && left > 0) {
        uint32_t n = left < BATCH ? left : BATCH;

        for (uint32_t i = 0; i < n; i++) {
            station->names[i] = wire->stations[PEER].address;
            station->parts[i].iov_len = BARE_MESSAGE_LEN;
        }
        send_messages(station, n);
        done = settle(sockets, wire, echo);
        left -= n;
    }
    return done;
}

static bool open_all(struct sockets *sockets, uint32_t sas)
{
    struct station *stations = sockets->checks.stations;
    struct facing_config config = {.suite = bare_aeads[0].suite,
                                   .n = sas,
                                   .work_limit = BATCH,
                                   .reserve = sas,
                                   .history_events = IKL_NO_HISTORY,
                                   .batch = BATCH,
                                   .send_batch = on_batch};

    if (!open_wire(&sockets->checks) || !open_wire(&sockets->echoes)) {
        perror("UDP sockets on 127.0.0.1");
        return false;
    }
    config.paths[PROBER] = (struct ikl_path){.local = address_of(&stations[PROBER].address),
                                             .remote = address_of(&stations[PEER].address)};
    config.paths[PEER] = (struct ikl_path){.local = config.paths[PROBER].remote, .remote = config.paths[PROBER].local};
    if (!facing_init(&sockets->facing, &config)) {
        return false;
    }
    sockets->facing.prober.user = &stations[PROBER];
    sockets->facing.peer.user = &stations[PEER];
    return true;
}

/* Every check was made, answered, and all of it passed through the sockets; as many echoes likewise. */
static bool all_happened(const struct sockets *sockets, uint64_t checks)
{
    struct ikl_endpoint_counters counters = {.size = sizeof(counters)};

    return ikl_endpoint_query(sockets->facing.prober.endpoint, &counters) == IKL_OK && counters.probes == checks &&
           counters.answered == checks && counters.retransmissions == 0 &&
           sockets->checks.stations[PEER].sent == checks && sockets->checks.stations[PROBER].received == checks &&
           sockets->echoes.stations[PEER].sent == checks && sockets->echoes.stations[PROBER].received == checks;
}

static bool measure(struct sockets *sockets, uint32_t sas, uint32_t rounds)
{
    static double checks[MAX_ROUNDS], echoes[MAX_ROUNDS], ratio[MAX_ROUNDS];
    bool done = true;

    for (uint32_t i = 0; i <= rounds && done; i++) {
        size_t at = i > 0 ? i - 1 : 0; /* the first round warms up */
        uint64_t begin = bench_cpu_clock(), between;

        done = do_checks(sockets);
        between = bench_cpu_clock();
        done = done && do_echoes(sockets, sas);
        checks[at] = (double)(between - begin) / sas;
        echoes[at] = (double)(bench_cpu_clock() - between) / sas;
        ratio[at] = checks[at] / echoes[at];
    }
    if (!done || !all_happened(sockets, (uint64_t)sas * (rounds + 1))) {
        fprintf(stderr, "the loops did not do what was to be measured\n");
        return false;
    }
    printf("%8s  %6s %6s  %5s %6s\n", "IKE SAs", "checks", "echoes", "ratio", "target");
    printf("%8u  %6.0f %6.0f  %5.2f <= 1.5\n", (unsigned)sas, bench_median(checks, rounds),
           bench_median(echoes, rounds), bench_median(ratio, rounds));
    printf("\nchecks, echoes: ns of processor time for a datagram there and one back, both sides and the kernel, %d\n"
           "datagrams in a batch; medians over %u rounds.\n",
           BATCH, (unsigned)rounds);
    return true;
}

int main(int argc, char **argv)
{
    static struct sockets sockets;
    struct options_count sas = {.value = DEFAULT_SAS, .least = 1, .most = MAX_SAS};
    struct options_count rounds = {.value = DEFAULT_ROUNDS, .least = 1, .most = MAX_ROUNDS};
    const struct command_option options[] = {
        {"--sas", "N", "IKE SAs, 1 to 100000 (default: 1000)", options_parse_count, &sas},
        {"--rounds", "N", "checks of each, 1 to 10000 (default: 200)", options_parse_count, &rounds},
    };
    const struct command_line line = {"sockets", "Measures liveness checks over UDP sockets.", options,
                                      sizeof(options) / sizeof(options[0])};
    enum options_outcome outcome = options_parse(&line, argc, argv);
    bool done;

    if (outcome != OPTIONS_RUN) {
        return outcome == OPTIONS_HELP ? 0 : 2;
    }
    done = open_all(&sockets, sas.value) && measure(&sockets, sas.value, rounds.value);
    facing_clear(&sockets.facing);
    close_wire(&sockets.checks);
    close_wire(&sockets.echoes);
    return done ? 0 : 1;
}
