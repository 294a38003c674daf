/* SPDX-License-Identifier: ISC */
/* ikeping --conformance: the wire of UDP sockets. */
#define _POSIX_C_SOURCE 200809L
#include "wire.h"

#include "../net.h"

#include <ikelive/posix.h>

#include <poll.h>

static void send_datagram(void *user, const struct ikl_path *path, const uint8_t *octets, size_t len)
{
    (void)net_send(user, path, octets, len);
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
    const struct net *net = user;
    struct pollfd polled[NET_MAX_SOCKETS];
    size_t len = 0;

    for (size_t i = 0; i < net->n; i++) {
        polled[i] = (struct pollfd){.fd = net->sockets[i].fd, .events = POLLIN};
    }
    while (len == 0 && ikl_posix_now() < deadline) {
        if (poll(polled, (nfds_t)net->n, ikl_posix_timeout(deadline, ikl_posix_now())) > 0) {
            len = read_any(net, polled, path, octets, size);
        }
    }
    return len;
}

static ikl_time read_clock(void *user)
{
    (void)user;
    return ikl_posix_now();
}

struct wire wire_udp(struct net *net)
{
    return (struct wire){.send = send_datagram, .receive = receive_datagram, .now = read_clock, .user = net};
}
