/* SPDX-License-Identifier: ISC */
/* ikeping --conformance: the program: sockets, clock and files. */
#define _POSIX_C_SOURCE 200809L
#include "program.h"

#include "conformance.h"
#include "traces.h"

#include "../net.h"

#include <ikelive/posix.h>

#include <string.h>
#include <time.h>

enum { PEER_SIZE = 80, PATIENCE = 60000 };

/* ns since the epoch when the wire's clock, ikl_posix_now, was 0. */
static uint64_t find_epoch(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec - ikl_posix_now() * 1000000u;
}

static unsigned host_flags(const struct settings *settings)
{
    return settings->numeric ? NET_NUMERIC : 0;
}

/* To a gateway, which the tester connects to from free ports. */
static bool reach_gateway(struct udp_wire *udp, const struct settings *settings, struct wire *wire, char *why)
{
    struct ikl_path plain, encapsulated;

    for (size_t i = 0; i < WIRE_NETS; i++) {
        udp->nets[i] = (struct net){.locals = settings->locals, .n_locals = settings->n_locals};
        if (!net_open(&udp->nets[i], why)) {
            return false;
        }
    }
    if (!net_reach(&udp->nets[0], settings->host, host_flags(settings), settings->port,
                   (uint16_t)(settings->port + NAT_PORT_OFFSET), &plain, &encapsulated, why)) {
        return false;
    }
    *wire = wire_udp(udp);
    wire->plain = plain;
    wire->encapsulated = encapsulated;
    return true;
}

/* For a client, which connects to the ports of IKE; free ones are elsewhere. */
static bool listen_for_client(struct udp_wire *udp, const struct settings *settings, struct wire *wire, char *why)
{
    if (!net_listen(&udp->nets[0], settings->host, host_flags(settings), settings->port,
                    (uint16_t)(settings->port + NAT_PORT_OFFSET), why) ||
        !net_listen(&udp->nets[1], settings->host, host_flags(settings), 0, 0, why)) {
        return false;
    }
    *wire = wire_udp(udp);
    return true;
}

/* The peer as text: the gateway's address, or the one that clients connect to. */
static void name_peer(const struct tester *tester, char peer[PEER_SIZE])
{
    if (tester->listens) {
        (void)snprintf(peer, PEER_SIZE, "%s", tester->settings->host != NULL ? tester->settings->host : "*");
    } else {
        (void)ikl_address_text(&tester->wire.plain.remote, peer, PEER_SIZE);
    }
}

enum exit_status conformance_program(const struct settings *settings, const struct credentials *credentials,
                                     struct files *files)
{
    static struct tester tester; /* it is large */
    struct conformance conformance = {.tester = &tester, .out = stdout, .files = files, .epoch = find_epoch()};
    struct udp_wire udp = {.nets = {{.n = 0}, {.n = 0}}, .signals = -1};
    char why[NET_REASON_SIZE], peer[PEER_SIZE];
    enum exit_status status;

    if (strcmp(settings->conformance, "list") == 0) {
        conformance_list(stdout);
        return EXIT_ALIVE;
    }
    if (settings->traces != NULL && !traces_can_be_written(settings->traces)) {
        return EXIT_USAGE;
    }
    tester = (struct tester){.settings = settings, .credentials = credentials};
    tester.listens = settings->responder;
    tester.quiet = settings->interval;
    tester.patience = settings->deadline != 0 ? settings->deadline : PATIENCE;
    if (!(tester.listens ? listen_for_client : reach_gateway)(&udp, settings, &tester.wire, why)) {
        fprintf(stderr, "ikeping: %s\n", why);
        wire_udp_close(&udp);
        return EXIT_NOT_ESTABLISHED;
    }
    name_peer(&tester, peer);
    conformance.peer = peer;
    status = conformance_run(&conformance);
    wire_udp_close(&udp);
    return status;
}
