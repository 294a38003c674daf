/* SPDX-License-Identifier: ISC */
/* One of the two hosts of the script `peers`: an endpoint of the library with many IKE SAs, over a UDP socket, in real
 * time. Linux.
 *
 *     peer --here ADDRESS --there ADDRESS --sas N --interval MS [--answers]
 *
 * Says "idle" before there is an IKE SA and waits for a line on its standard input; then makes them evenly within the
 * interval, says "ready", and checks each once an interval, or with --answers answers the other's checks. It ends with
 * the end of its input. There is no key exchange: both know the keys. */
#define _GNU_SOURCE
#include <ikelive/posix.h>

#include "examples/support/options.h"
#include "support/host.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum { PORT = 500, MAX_SAS = 1000000, MAX_INTERVAL = 3600000 };

struct peer {
    struct ikl_endpoint *endpoint;
    struct ikl_sa_config config; /* of the next IKE SA */
    struct ikl_keys keys;
    ikl_time began; /* making IKE SAs */
    uint32_t interval, n, wanted;
    struct ikl_posix_sockets sockets; /* one */
};

static int on_random(void *user, uint8_t *out, size_t len)
{
    (void)user;
    randombytes_buf(out, len);
    return IKL_OK;
}

static int on_send(void *user, struct ikl_sa *sa, const struct ikl_path *path, const uint8_t *datagram, size_t len)
{
    struct peer *peer = user;

    (void)sa;
    return ikl_posix_send(&peer->sockets, path, datagram, len);
}

static bool parse_address(const char *text, struct ikl_address *out)
{
    *out = (struct ikl_address){.family = 4, .port = PORT};
    return inet_pton(AF_INET, text, out->ip) == 1;
}

static bool open_socket(struct peer *peer, const char *here, const char *there)
{
    struct ikl_address local, remote;

    if (!parse_address(here, &local) || !parse_address(there, &remote)) {
        fprintf(stderr, "%s or %s is not an IPv4 address\n", here, there);
        return false;
    }
    if (ikl_posix_open(&peer->sockets, &local, 0, false) != IKL_OK) {
        perror(here);
        return false;
    }
    peer->config.path = ikl_posix_path(&peer->sockets, &remote, 0, false);
    return true;
}

static bool open_endpoint(struct peer *peer)
{
    struct ikl_endpoint_config config = {
        .size = sizeof(config),
        .callbacks = {.size = sizeof(config.callbacks), .random = on_random, .send = on_send},
        .user = peer,
        .history_events = IKL_NO_HISTORY,
        .own_blocks = IKL_NO_OWN_BLOCKS};

    return ikl_init() == IKL_OK && ikl_endpoint_new(&peer->endpoint, &config, ikl_posix_now()) == IKL_OK;
}

/* When the next IKE SA is to be made. */
static ikl_time next_sa(const struct peer *peer)
{
    return peer->n < peer->wanted ? peer->began + (ikl_time)peer->interval * peer->n / peer->wanted : IKL_NEVER;
}

static bool make_sas(struct peer *peer, ikl_time now)
{
    while (next_sa(peer) <= now) {
        struct ikl_sa *sa;

        if (ikl_sa_new(&sa, peer->endpoint, &peer->config, now) != IKL_OK) {
            fprintf(stderr, "IKE SA %u cannot be made\n", (unsigned)peer->n);
            return false;
        }
        peer->config.spi_i++;
        peer->config.spi_r++;
        peer->n++;
        if (peer->n == peer->wanted) {
            puts("ready");
        }
    }
    return true;
}

static bool run(struct peer *peer)
{
    struct pollfd sources[] = {{.fd = peer->sockets.at[0].fd, .events = POLLIN},
                               {.fd = STDIN_FILENO, .events = POLLIN}};

    peer->began = ikl_posix_now();
    while (make_sas(peer, ikl_posix_now())) {
        ikl_time due = ikl_time_earlier(ikl_endpoint_next_deadline(peer->endpoint), next_sa(peer));

        if (poll(sources, 2, ikl_posix_timeout(due, ikl_posix_now())) < 0) {
            perror("poll");
            return false;
        }
        if (sources[1].revents != 0) {
            return true;
        }
        ikl_posix_turn(&peer->sockets, peer->endpoint, ikl_posix_now);
    }
    return false;
}

static bool wait_for_a_line(void)
{
    char line[16];

    puts("idle");
    return fgets(line, sizeof(line), stdin) != NULL;
}

int main(int argc, char **argv)
{
    static struct peer peer;
    const char *here = "127.0.0.1", *there = "127.0.0.1";
    struct options_count sas = {.value = 1000, .least = 1, .most = MAX_SAS};
    struct options_count interval = {.value = 1000, .least = 1, .most = MAX_INTERVAL};
    bool answers = false, done;
    const struct command_option options[] = {
        {"--here", "ADDRESS", "the host's own IPv4 address", options_parse_text, &here},
        {"--there", "ADDRESS", "the other's", options_parse_text, &there},
        {"--sas", "N", "IKE SAs, 1 to 1000000 (default: 1000)", options_parse_count, &sas},
        {"--interval", "MS", "between the checks of one (default: 1000)", options_parse_count, &interval},
        {"--answers", NULL, "answers checks, makes none", options_parse_flag, &answers},
    };
    const struct command_line line = {"peer", "One of the two hosts of test/bench/peers.", options,
                                      sizeof(options) / sizeof(options[0])};
    enum options_outcome outcome = options_parse(&line, argc, argv);

    if (outcome != OPTIONS_RUN) {
        return outcome == OPTIONS_HELP ? 0 : 2;
    }
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    test_sa_config(&peer.config, &peer.keys, "chacha20poly1305-prfsha256", !answers, 0);
    peer.config.liveness = answers ? IKL_LIVENESS_OFF : IKL_LIVENESS_PERIODIC;
    peer.config.idle = interval.value;
    peer.interval = interval.value;
    peer.wanted = sas.value;
    done = open_socket(&peer, here, there) && open_endpoint(&peer) && wait_for_a_line() && run(&peer);
    (void)ikl_endpoint_free(peer.endpoint);
    ikl_wipe(&peer.keys, sizeof(peer.keys));
    return done ? 0 : 1;
}
