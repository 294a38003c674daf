/* SPDX-License-Identifier: ISC */
/* ikelive examples: UDP sockets on 127.0.0.1. */
#define _DEFAULT_SOURCE /* SO_REUSEPORT */
#include "udp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct sockaddr_in udp_to_system(const struct ikl_address *address)
{
    struct sockaddr_in system = {.sin_family = AF_INET, .sin_port = htons(address->port)};

    memcpy(&system.sin_addr, address->ip, sizeof(system.sin_addr));
    return system;
}

struct ikl_address udp_from_system(const struct sockaddr_in *system)
{
    struct ikl_address address = {.family = 4, .port = ntohs(system->sin_port)};

    memcpy(address.ip, &system->sin_addr, sizeof(system->sin_addr));
    return address;
}

/* Errors leave no socket behind, and say why in errno. */
static int open_bound(struct ikl_address *address, bool shared)
{
    struct sockaddr_in bound = {
        .sin_family = AF_INET, .sin_port = htons(address->port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(bound);
    int opened = socket(AF_INET, SOCK_DGRAM, 0);
    int reason, on = 1;

    if (opened < 0) {
        return -1;
    }
    if ((shared && setsockopt(opened, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) != 0) ||
        bind(opened, (const struct sockaddr *)&bound, sizeof(bound)) != 0 ||
        getsockname(opened, (struct sockaddr *)&bound, &len) != 0) {
        reason = errno;
        close(opened);
        errno = reason;
        return -1;
    }
    *address = udp_from_system(&bound);
    return opened;
}

int udp_open(struct ikl_address *address)
{
    address->port = 0;
    return open_bound(address, false);
}

int udp_open_shared(struct ikl_address *address)
{
    return open_bound(address, true);
}

int udp_send(int socket, const struct ikl_address *to, const uint8_t *datagram, size_t len)
{
    struct sockaddr_in remote = udp_to_system(to);

    if (sendto(socket, datagram, len, MSG_DONTWAIT, (const struct sockaddr *)&remote, sizeof(remote)) == (ssize_t)len) {
        return IKL_OK;
    }
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS ? IKL_ERR_BLOCKED : IKL_ERR_NO_BUFFER;
}

bool udp_receive(int socket, struct ikl_address *from, uint8_t *datagram, size_t size, size_t *len)
{
    struct sockaddr_in remote;
    socklen_t remote_len = sizeof(remote);
    ssize_t got = recvfrom(socket, datagram, size, MSG_DONTWAIT, (struct sockaddr *)&remote, &remote_len);

    if (got < 0) {
        return false;
    }
    *from = udp_from_system(&remote);
    *len = (size_t)got;
    return true;
}
