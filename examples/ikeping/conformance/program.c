/* SPDX-License-Identifier: ISC */
/* ikeping --conformance: the program: sockets, clock and files. */
#define _POSIX_C_SOURCE 200809L
#include "program.h"

#include "conformance.h"

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

static bool open_net(struct net *net, const struct settings *settings, struct ikl_path *plain,
                     struct ikl_path *encapsulated, char *why)
{
    *net = (struct net){.locals = settings->locals, .n_locals = settings->n_locals};
    return net_open(net, why) && net_reach(net, settings->host, settings->numeric ? NET_NUMERIC : 0, settings->port,
                                           (uint16_t)(settings->port + NAT_PORT_OFFSET), plain, encapsulated, why);
}

static bool open_wire(struct net nets[WIRE_NETS], struct tester *tester, char *why)
{
    struct wire *wire = &tester->wire;

    return open_net(&nets[0], tester->settings, &wire->plain, &wire->encapsulated, why) &&
           open_net(&nets[1], tester->settings, &wire->elsewhere_plain, &wire->elsewhere_encapsulated, why);
}

static void close_wire(struct net nets[WIRE_NETS])
{
    for (size_t i = 0; i < WIRE_NETS; i++) {
        net_close(&nets[i]);
    }
}

enum exit_status conformance_program(const struct settings *settings, const struct credentials *credentials,
                                     struct files *files)
{
    static struct tester tester; /* it is large */
    struct conformance conformance = {.tester = &tester, .out = stdout, .files = files, .epoch = find_epoch()};
    struct net nets[WIRE_NETS] = {{.n = 0}, {.n = 0}};
    char why[NET_REASON_SIZE], peer[PEER_SIZE];
    enum exit_status status;

    if (strcmp(settings->conformance, "list") == 0) {
        conformance_list(stdout);
        return EXIT_ALIVE;
    }
    tester = (struct tester){.wire = wire_udp(nets), .settings = settings, .credentials = credentials};
    tester.quiet = settings->interval;
    tester.patience = settings->deadline != 0 ? settings->deadline : PATIENCE;
    if (!open_wire(nets, &tester, why)) {
        fprintf(stderr, "ikeping: %s\n", why);
        close_wire(nets);
        return EXIT_NOT_ESTABLISHED;
    }
    (void)ikl_address_text(&tester.wire.plain.remote, peer, sizeof(peer));
    conformance.peer = peer;
    status = conformance_run(&conformance);
    close_wire(nets);
    return status;
}
