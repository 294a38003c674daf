/* SPDX-License-Identifier: ISC */
/* ikeping --conformance: the wire of UDP sockets. */
#define _POSIX_C_SOURCE 200809L
#include "wire.h"

#include "../net.h"

#include <ikelive/posix.h>

#include <poll.h>

/* The set that has the socket of this path. */
static const struct net *net_of(const struct net *nets, const struct ikl_path *path)
{
    return nets[0].sockets[net_socket_of(path)].port == path->local.port ? &nets[0] : &nets[1];
}

static void send_datagram(void *user, const struct ikl_path *path, const uint8_t *octets, size_t len)
{
    (void)net_send(net_of(user, path), path, octets, len);
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

static size_t receive_datagram(void *user, ikl_time deadline, struct ikl_path *path, uint8_t *octets, size_t size)
{
    const struct net *nets = user;
    struct pollfd polled[WIRE_NETS * NET_MAX_SOCKETS];
    size_t n = 0, len = 0;

    for (size_t set = 0; set < WIRE_NETS; set++) {
        for (size_t i = 0; i < nets[set].n; i++) {
            polled[n++] = (struct pollfd){.fd = nets[set].sockets[i].fd, .events = POLLIN};
        }
    }
    while (len == 0 && ikl_posix_now() < deadline) {
        if (poll(polled, (nfds_t)n, ikl_posix_timeout(deadline, ikl_posix_now())) > 0) {
            len = read_any(&nets[0], polled, path, octets, size);
            len = len != 0 ? len : read_any(&nets[1], polled + nets[0].n, path, octets, size);
        }
    }
    return len;
}

static ikl_time read_clock(void *user)
{
    (void)user;
    return ikl_posix_now();
}

static struct ikl_path move(void *user, const struct ikl_path *path)
{
    const struct net *nets = user;
    struct ikl_path moved = *path;

    moved.local.port = nets[1].sockets[net_socket_of(path)].port;
    return moved;
}

struct wire wire_udp(struct net *nets)
{
    return (struct wire){
        .send = send_datagram, .receive = receive_datagram, .now = read_clock, .elsewhere = move, .user = nets};
}
