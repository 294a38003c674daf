/* SPDX-License-Identifier: ISC */
/* ikeping --conformance: the wire of UDP sockets. */
#define _POSIX_C_SOURCE 200809L
#include "wire.h"

#include "../signals.h"

#include <ikelive/posix.h>

#include <poll.h>
#include <signal.h>
#include <unistd.h>

/* The set that has the socket of this path. */
static const struct net *net_of(const struct net *nets, const struct ikl_path *path)
{
    return nets[0].sockets[net_socket_of(path)].port == path->local.port ? &nets[0] : &nets[1];
}

static void send_datagram(void *user, const struct ikl_path *path, const uint8_t *octets, size_t len)
{
    const struct udp_wire *udp = user;

    (void)net_send(net_of(udp->nets, path), path, octets, len);
}

/* Reads from the first socket that has something. */
static size_t read_any(const struct net *net, const struct pollfd *polled, struct ikl_path *path, uint8_t *octets,
                       size_t size)
{
    struct ikl_address remote;
    char why[NET_REASON_SIZE];
    uint16_t mtu;
    size_t len;

    for (size_t i = 0; i < net->n; i++) {
        if ((polled[i].revents & POLLERR) != 0) {
            (void)net_receive_error(net, i, &remote, why, &mtu);
        }
        if ((polled[i].revents & POLLIN) != 0 && net_receive(net, i, path, octets, size, &len)) {
            return len;
        }
    }
    return 0;
}

static ikl_time read_clock(void *user)
{
    const struct udp_wire *udp = user;

    return ikl_posix_now() + udp->skipped;
}

/* Fills in what is waited for: the signals, and the sockets behind them. Gives how many that are. */
static size_t list_polled(const struct udp_wire *udp, struct pollfd *polled)
{
    size_t n = 0;

    polled[n++] = (struct pollfd){.fd = udp->signals, .events = POLLIN};
    for (size_t set = 0; set < WIRE_NETS; set++) {
        for (size_t i = 0; i < udp->nets[set].n; i++) {
            polled[n++] = (struct pollfd){.fd = udp->nets[set].sockets[i].fd, .events = POLLIN};
        }
    }
    return n;
}

static size_t receive_datagram(void *user, ikl_time deadline, struct ikl_path *path, uint8_t *octets, size_t size)
{
    struct udp_wire *udp = user;
    struct pollfd polled[1 + WIRE_NETS * NET_MAX_SOCKETS];
    size_t n = list_polled(udp, polled), len = 0;

    while (len == 0 && !udp->stopped && read_clock(udp) < deadline) {
        if (poll(polled, (nfds_t)n, ikl_posix_timeout(deadline, read_clock(udp))) > 0) {
            udp->stopped = polled[0].revents != 0;
            len = read_any(&udp->nets[0], polled + 1, path, octets, size);
            len = len != 0 ? len : read_any(&udp->nets[1], polled + 1 + udp->nets[0].n, path, octets, size);
        }
    }
    if (udp->stopped && read_clock(udp) < deadline) {
        udp->skipped += deadline - read_clock(udp);
    }
    return len;
}

static bool is_stopped(void *user)
{
    const struct udp_wire *udp = user;

    return udp->stopped;
}

static struct ikl_path move(void *user, const struct ikl_path *path)
{
    const struct udp_wire *udp = user;
    struct ikl_path moved = *path;

    moved.local.port = udp->nets[1].sockets[net_socket_of(path)].port;
    return moved;
}

struct wire wire_udp(struct udp_wire *udp)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};

    udp->signals = signals_open(signals, sizeof(signals) / sizeof(signals[0])); /* poll() ignores -1 */
    udp->stopped = false;
    udp->skipped = 0;
    return (struct wire){.send = send_datagram,
                         .receive = receive_datagram,
                         .now = read_clock,
                         .elsewhere = move,
                         .stopped = is_stopped,
                         .user = udp};
}

void wire_udp_close(struct udp_wire *udp)
{
    if (udp->signals >= 0) {
        close(udp->signals);
    }
    for (size_t i = 0; i < WIRE_NETS; i++) {
        net_close(&udp->nets[i]);
    }
}
