/* SPDX-License-Identifier: ISC */
/* ikeping: UDP sockets. */
#define _GNU_SOURCE /* struct in6_pktinfo */
#include "net.h"

#include <ikelive/posix.h>

#include <netdb.h>
#include <stdio.h>

#include <linux/errqueue.h>

enum { RECEIVE_ROOM = 4 << 20 };

/* Room for one message about addresses, and one about errors. */
union control {
    struct cmsghdr aligned;
    uint8_t octets[CMSG_SPACE(sizeof(struct in6_pktinfo)) + CMSG_SPACE(sizeof(struct sock_extended_err) + 64)];
};

/* A path has 16 bits for what is the host's. */
static uint16_t make_tag(size_t socket, uint32_t scope)
{
    return (uint16_t)(scope * NET_MAX_SOCKETS + socket);
}

static size_t socket_of(uint16_t tag)
{
    return tag % NET_MAX_SOCKETS;
}

static uint32_t scope_of(uint16_t tag)
{
    return tag / NET_MAX_SOCKETS;
}

/* Says what went wrong last. */
static bool fail(char *why, const char *what)
{
    (void)snprintf(why, NET_REASON_SIZE, "%s: %s", what, strerror(errno));
    return false;
}

static bool set(int fd, int level, int option)
{
    const int on = 1;

    return setsockopt(fd, level, option, &on, sizeof(on)) == 0;
}

/* Room for what arrives at once from many peers. Where the system has less, it is that much. */
static void make_room(int fd)
{
    const int size = RECEIVE_ROOM;

    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
}

/* Datagrams come with the address they were sent to, and ICMP messages are kept for net_receive_error. */
static bool prepare(int fd, uint8_t family)
{
    make_room(fd);
    if (family == 4) {
        return set(fd, IPPROTO_IP, IP_PKTINFO) && set(fd, IPPROTO_IP, IP_RECVERR);
    }
    return set(fd, IPPROTO_IPV6, IPV6_V6ONLY) && set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO) &&
           set(fd, IPPROTO_IPV6, IPV6_RECVERR);
}

/* Adds a socket at this address, or at a free port of it when its port is 0. */
static bool add_socket(struct net *net, const struct ikl_address *address, uint32_t scope, bool encapsulated)
{
    struct net_socket *added = &net->sockets[net->n];
    union ikl_posix_sockaddr bound;
    socklen_t len = ikl_posix_to_sockaddr(&bound, address, scope);
    int fd = len != 0 ? socket(bound.any.sa_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0) : -1;
    int reason;

    if (fd >= 0 && prepare(fd, address->family) && bind(fd, &bound.any, len) == 0 &&
        getsockname(fd, &bound.any, &len) == 0) {
        *added = (struct net_socket){.fd = fd,
                                     .family = address->family,
                                     .encapsulated = encapsulated,
                                     .port = ikl_posix_from_sockaddr(&bound.any, len, NULL).port};
        net->n++;
        return true;
    }
    reason = errno;
    if (fd >= 0) {
        close(fd);
    }
    errno = reason;
    return false;
}

bool net_resolve(const char *host, unsigned flags, struct ikl_address *out, uint32_t *scope, char *why)
{
    struct addrinfo hints = {.ai_flags = (flags & NET_LISTEN) != 0 ? AI_PASSIVE : AI_ADDRCONFIG,
                             .ai_socktype = SOCK_DGRAM};
    struct addrinfo *found;
    int error;

    hints.ai_flags |= (flags & NET_NUMERIC) != 0 ? AI_NUMERICHOST : 0;
    error = getaddrinfo(host, NULL, &hints, &found);

    if (error != 0) {
        (void)snprintf(why, NET_REASON_SIZE, "%s: %s", host, gai_strerror(error));
        return false;
    }
    *out = ikl_posix_from_sockaddr(found->ai_addr, found->ai_addrlen, scope);
    freeaddrinfo(found);
    if (*scope == 0 && ikl_posix_is_link_local(out)) {
        (void)snprintf(why, NET_REASON_SIZE, "%s: a link-local address needs its interface, as in fe80::1%%eth0", host);
        return false;
    }
    return true;
}

/* The address that datagrams to `remote` leave from: `from`, or with null what the system chooses. False when that
 * cannot be. */
static bool leave_from(const struct ikl_address *from, const struct ikl_address *remote, uint32_t scope,
                       struct ikl_address *out)
{
    union ikl_posix_sockaddr address, source;
    socklen_t len = ikl_posix_to_sockaddr(&address, remote, scope);
    socklen_t source_len = from != NULL ? ikl_posix_to_sockaddr(&source, from, scope) : 0;
    int fd = len != 0 ? socket(address.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0) : -1;
    bool bound = fd >= 0 && (from == NULL || bind(fd, &source.any, source_len) == 0);
    bool found = bound && connect(fd, &address.any, len) == 0 && getsockname(fd, &address.any, &len) == 0;
    int reason = errno;

    if (found) {
        *out = ikl_posix_from_sockaddr(&address.any, len, NULL);
        out->port = 0;
    }
    if (fd >= 0) {
        close(fd);
    }
    errno = reason;
    return found;
}

/* The n-th address of ours that datagrams to `remote` can leave from. */
static bool find_local(const struct net *net, unsigned n, const struct ikl_address *remote, uint32_t scope,
                       struct ikl_address *out)
{
    if (net->n_locals == 0) {
        return n == 0 && leave_from(NULL, remote, scope, out);
    }
    errno = EADDRNOTAVAIL;
    for (size_t i = 0; i < net->n_locals; i++) {
        if (net->locals[i].family == remote->family && leave_from(&net->locals[i], remote, scope, out) && n-- == 0) {
            return true;
        }
    }
    return false;
}

static struct ikl_path path_from(const struct net *net, size_t socket, const struct ikl_address *local,
                                 const struct ikl_address *remote, uint32_t scope, uint16_t port)
{
    struct ikl_path path = {.local = *local, .remote = *remote, .tag = make_tag(socket, scope)};

    path.local.port = net->sockets[socket].port;
    path.remote.port = port;
    path.encapsulated = net->sockets[socket].encapsulated;
    return path;
}

/* The socket of a family, and of one kind; `net->n` when there is none. */
static size_t find_socket(const struct net *net, uint8_t family, bool encapsulated)
{
    size_t i = 0;

    while (i < net->n && (net->sockets[i].family != family || net->sockets[i].encapsulated != encapsulated)) {
        i++;
    }
    return i;
}

bool net_reach(const struct net *net, const char *host, unsigned flags, uint16_t port, uint16_t encapsulated_port,
               struct ikl_path *plain, struct ikl_path *encapsulated, char *why)
{
    struct ikl_address local, remote;
    uint32_t scope;

    if (!net_resolve(host, flags, &remote, &scope, why)) {
        return false;
    }
    remote.port = port;
    if (find_socket(net, remote.family, true) == net->n) {
        errno = EAFNOSUPPORT;
        return fail(why, host);
    }
    if (!find_local(net, 0, &remote, scope, &local)) {
        return fail(why, host);
    }
    *plain = path_from(net, find_socket(net, remote.family, false), &local, &remote, scope, port);
    *encapsulated = path_from(net, find_socket(net, remote.family, true), &local, &remote, scope, encapsulated_port);
    return true;
}

bool net_locate(const struct net *net, unsigned n, const struct ikl_address *remote, bool encapsulated,
                struct ikl_path *out)
{
    size_t socket = find_socket(net, remote->family, encapsulated);
    struct ikl_address local;

    if (socket == net->n || !find_local(net, n, remote, 0, &local)) {
        return false;
    }
    *out = path_from(net, socket, &local, remote, 0, remote->port);
    return true;
}

/* Two sockets at one address. */
static bool add_pair(struct net *net, struct ikl_address address, uint32_t scope, uint16_t port,
                     uint16_t encapsulated_port)
{
    address.port = port;
    if (!add_socket(net, &address, scope, false)) {
        return false;
    }
    address.port = encapsulated_port;
    return add_socket(net, &address, scope, true);
}

/* The same at every address, of both families. A system may be without IPv6. */
static bool add_all(struct net *net, uint16_t port, uint16_t encapsulated_port)
{
    struct ikl_address address = {.family = 4};

    if (!add_pair(net, address, 0, port, encapsulated_port)) {
        return false;
    }
    address.family = 6;
    return add_pair(net, address, 0, port, encapsulated_port) || errno == EAFNOSUPPORT;
}

bool net_open(struct net *net, char *why)
{
    bool done;

    net->n = 0;
    done = add_all(net, 0, 0);
    if (!done) {
        (void)fail(why, "UDP sockets");
        net_close(net);
    }
    return done;
}

bool net_listen(struct net *net, const char *host, unsigned flags, uint16_t port, uint16_t encapsulated_port, char *why)
{
    struct ikl_address address;
    char what[64];
    uint32_t scope = 0;
    bool done;

    net->n = 0;
    if (host != NULL && !net_resolve(host, flags | NET_LISTEN, &address, &scope, why)) {
        return false;
    }
    done =
        host != NULL ? add_pair(net, address, scope, port, encapsulated_port) : add_all(net, port, encapsulated_port);
    if (!done) {
        (void)snprintf(what, sizeof(what), "listening on UDP ports %u and %u", (unsigned)port,
                       (unsigned)encapsulated_port);
        (void)fail(why, what);
        net_close(net);
    }
    return done;
}

void net_close(struct net *net)
{
    int reason = errno;

    while (net->n > 0) {
        close(net->sockets[--net->n].fd);
    }
    errno = reason;
}

/* Says from which of our addresses a datagram is sent. */
static void put_source(struct msghdr *message, union control *control, const struct ikl_address *local, uint32_t scope)
{
    struct cmsghdr *header = &control->aligned;
    struct in_pktinfo v4 = {.ipi_ifindex = 0};
    struct in6_pktinfo v6 = {.ipi6_ifindex = scope};

    memset(control, 0, sizeof(*control));
    message->msg_control = control;
    if (local->family == 4) {
        memcpy(&v4.ipi_spec_dst, local->ip, sizeof(v4.ipi_spec_dst));
        *header = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(v4)), .cmsg_level = IPPROTO_IP, .cmsg_type = IP_PKTINFO};
        memcpy(CMSG_DATA(header), &v4, sizeof(v4));
        message->msg_controllen = CMSG_SPACE(sizeof(v4));
    } else {
        memcpy(&v6.ipi6_addr, local->ip, sizeof(v6.ipi6_addr));
        *header =
            (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(v6)), .cmsg_level = IPPROTO_IPV6, .cmsg_type = IPV6_PKTINFO};
        memcpy(CMSG_DATA(header), &v6, sizeof(v6));
        message->msg_controllen = CMSG_SPACE(sizeof(v6));
    }
}

size_t net_socket_of(const struct ikl_path *path)
{
    return socket_of(path->tag);
}

int net_send(const struct net *net, const struct ikl_path *path, const uint8_t *datagram, size_t len)
{
    const struct net_socket *from = &net->sockets[socket_of(path->tag)];
    uint32_t scope = scope_of(path->tag);
    struct iovec part = {.iov_base = (void *)(uintptr_t)datagram, .iov_len = len}; /* only read */
    union ikl_posix_sockaddr to;
    union control control;
    struct msghdr message = {.msg_name = &to, .msg_iov = &part, .msg_iovlen = 1};
    bool sent;

    message.msg_namelen = ikl_posix_to_sockaddr(&to, &path->remote, scope);
    put_source(&message, &control, &path->local, scope);
    sent = sendmsg(from->fd, &message, 0) == (ssize_t)len;
    if (!sent && !ikl_posix_would_block(errno)) {
        /* this may have been about an earlier datagram, of which an ICMP message has told meanwhile */
        sent = sendmsg(from->fd, &message, 0) == (ssize_t)len;
    }
    return sent ? IKL_OK : ikl_posix_would_block(errno) ? IKL_ERR_BLOCKED : IKL_ERR_NO_BUFFER;
}

/* The address of ours that a datagram was sent to. */
static void take_destination(struct cmsghdr *header, struct ikl_address *local)
{
    struct in_pktinfo v4;
    struct in6_pktinfo v6;

    if (header->cmsg_level == IPPROTO_IP && header->cmsg_type == IP_PKTINFO) {
        memcpy(&v4, CMSG_DATA(header), sizeof(v4));
        memcpy(local->ip, &v4.ipi_addr, sizeof(v4.ipi_addr));
    } else if (header->cmsg_level == IPPROTO_IPV6 && header->cmsg_type == IPV6_PKTINFO) {
        memcpy(&v6, CMSG_DATA(header), sizeof(v6));
        memcpy(local->ip, &v6.ipi6_addr, sizeof(v6.ipi6_addr));
    }
}

bool net_receive(const struct net *net, size_t socket, struct ikl_path *path, uint8_t *datagram, size_t size,
                 size_t *len)
{
    const struct net_socket *at = &net->sockets[socket];
    struct iovec part = {.iov_base = datagram, .iov_len = size};
    union ikl_posix_sockaddr from;
    union control control;
    struct msghdr message = {.msg_name = &from,
                             .msg_namelen = sizeof(from),
                             .msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof(control)};
    ssize_t got = recvmsg(at->fd, &message, 0);
    uint32_t scope;

    if (got < 0) {
        return false;
    }
    *path = (struct ikl_path){.local = {.family = at->family, .port = at->port},
                              .remote = ikl_posix_from_sockaddr(&from.any, message.msg_namelen, &scope),
                              .encapsulated = at->encapsulated};
    path->tag = make_tag(socket, scope);
    for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header != NULL; header = CMSG_NXTHDR(&message, header)) {
        take_destination(header, &path->local);
    }
    *len = (size_t)got;
    return true;
}

/* An error that came without a message would keep waking the loop. */
static void forget_error(int fd)
{
    int error;
    socklen_t len = sizeof(error);

    (void)getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len);
}

bool net_receive_error(const struct net *net, size_t socket, struct ikl_address *remote, char *why, uint16_t *mtu)
{
    uint8_t start[64]; /* of the datagram that it is about */
    struct iovec part = {.iov_base = start, .iov_len = sizeof(start)};
    struct sock_extended_err error = {.ee_errno = 0};
    union ikl_posix_sockaddr to;
    union control control;
    struct msghdr message = {.msg_name = &to,
                             .msg_namelen = sizeof(to),
                             .msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof(control)};

    if (recvmsg(net->sockets[socket].fd, &message, MSG_ERRQUEUE) < 0) {
        forget_error(net->sockets[socket].fd);
        return false;
    }
    for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header != NULL; header = CMSG_NXTHDR(&message, header)) {
        if ((header->cmsg_level == IPPROTO_IP && header->cmsg_type == IP_RECVERR) ||
            (header->cmsg_level == IPPROTO_IPV6 && header->cmsg_type == IPV6_RECVERR)) {
            memcpy(&error, CMSG_DATA(header), sizeof(error));
        }
    }
    *remote = ikl_posix_from_sockaddr(&to.any, message.msg_namelen, NULL);
    *mtu = error.ee_errno == EMSGSIZE && error.ee_info <= UINT16_MAX ? (uint16_t)error.ee_info : 0;
    if (*mtu != 0) {
        (void)snprintf(why, NET_REASON_SIZE, "%s, the MTU is %u", strerror((int)error.ee_errno), (unsigned)*mtu);
    } else {
        (void)snprintf(why, NET_REASON_SIZE, "%s", strerror((int)error.ee_errno));
    }
    return true;
}
