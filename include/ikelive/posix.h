/* SPDX-License-Identifier: ISC */
/* ikelive posix: what a host with UDP sockets writes by hand otherwise: addresses, sockets that do not block, batches,
 * a clock and a time-out. Functions in line; the libraries need none of it. A whole host's loop:
 *
 *     poll(&readable, 1, ikl_posix_timeout(ikl_endpoint_next_deadline(endpoint), ikl_posix_now()));
 *     ikl_posix_turn(&sockets, endpoint, ikl_posix_now);
 *
 * and its `send`:
 *
 *     return ikl_posix_send(&host->sockets, path, datagram, len);
 *
 * <ikelive/libuv.h>, <ikelive/libevent.h> and <ikelive/libev.h> attach an endpoint and its sockets to such a loop. Like
 * the library, nothing here has any state of its own or takes a lock.
 *
 * Paths: `tag` is the interface of a link-local IPv6 address (its scope), and 0 for any other; struct ikl_address has
 * no place for it. `encapsulated` says whether a datagram travels between ports 4500, with the non-ESP marker: the
 * library puts it there and removes it, and these functions choose the socket by it.
 *
 * Wants to be included before other headers, or after a definition of _POSIX_C_SOURCE (200809L), _DEFAULT_SOURCE or
 * _GNU_SOURCE, where a compiler for strict ISO C would else hide the clock. */
#ifndef IKELIVE_POSIX_H
#define IKELIVE_POSIX_H

#if !defined(_POSIX_C_SOURCE) && !defined(_DEFAULT_SOURCE) && !defined(_GNU_SOURCE) && defined(__STRICT_ANSI__)
#define _POSIX_C_SOURCE 200809L
#endif

#include <ikelive/endpoint.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/* Whether recvmmsg and sendmmsg are used; define it as 0 or 1 before to decide otherwise. On Linux they are declared
 * with _GNU_SOURCE, which C++ has by default. */
#ifndef IKL_POSIX_MMSG
#if defined(__linux__) && defined(_GNU_SOURCE)
#define IKL_POSIX_MMSG 1
#else
#define IKL_POSIX_MMSG 0
#endif
#endif

/* Octets of the longest datagram that is read; longer ones are dropped. The default fits that of config.max_message and
 * the non-ESP marker. A batch lies on the stack: about 34 kB by default. Define either before to change it. */
#ifndef IKL_POSIX_DATAGRAM
#define IKL_POSIX_DATAGRAM 4100
#endif
#ifndef IKL_POSIX_BATCH
#define IKL_POSIX_BATCH 8
#endif

#define IKL_POSIX_SOCKETS 8 /* at most */
#define IKL_POSIX_TURN 16   /* batches of one socket that ikl_posix_turn takes before it lets time pass */

#ifdef __cplusplus
extern "C" {
#endif

/* Time */

#if defined(CLOCK_BOOTTIME)
#define IKL_POSIX_CLOCK CLOCK_BOOTTIME
#elif defined(CLOCK_MONOTONIC)
#define IKL_POSIX_CLOCK CLOCK_MONOTONIC
#endif

#ifdef IKL_POSIX_CLOCK
/* Milliseconds on a clock that never goes back. It goes on while the machine sleeps where the system has such a clock,
 * as Linux has: so the library knows that a tick is late, and gives up nobody whose answer came meanwhile. */
static inline ikl_time ikl_posix_now(void)
{
    struct timespec now;

    (void)clock_gettime(IKL_POSIX_CLOCK, &now);
    return (ikl_time)now.tv_sec * 1000 + (ikl_time)now.tv_nsec / 1000000;
}
#endif

/* The time-out for poll and epoll_wait, in ms, that ends at `deadline`, never before: 0 when that has come, INT_MAX
 * when it is further away, -1 for IKL_NEVER. */
static inline int ikl_posix_timeout(ikl_time deadline, ikl_time now)
{
    if (deadline == IKL_NEVER) {
        return -1;
    }
    if (deadline <= now) {
        return 0;
    }
    return deadline - now < INT_MAX ? (int)(deadline - now) : INT_MAX;
}

/* Addresses */

union ikl_posix_sockaddr {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

/* True for an address of fe80::/10, which means something on one interface only. */
static inline bool ikl_posix_is_link_local(const struct ikl_address *address)
{
    return address->family == 6 && address->ip[0] == 0xfe && (address->ip[1] & 0xc0) == 0x80;
}

/* The address as the system wants it; `scope` counts for link-local addresses only. Returns its length; 0, and nothing
 * was written, when the family is neither 4 nor 6. */
static inline socklen_t ikl_posix_to_sockaddr(union ikl_posix_sockaddr *out, const struct ikl_address *address,
                                              uint32_t scope)
{
    if (address->family != 4 && address->family != 6) {
        return 0;
    }
    memset(out, 0, sizeof(*out));
    if (address->family == 4) {
        out->v4.sin_family = AF_INET;
        out->v4.sin_port = htons(address->port);
        memcpy(&out->v4.sin_addr, address->ip, sizeof(out->v4.sin_addr));
        return (socklen_t)sizeof(out->v4);
    }
    out->v6.sin6_family = AF_INET6;
    out->v6.sin6_port = htons(address->port);
    memcpy(&out->v6.sin6_addr, address->ip, sizeof(out->v6.sin6_addr));
    out->v6.sin6_scope_id = ikl_posix_is_link_local(address) ? scope : 0;
    return (socklen_t)sizeof(out->v6);
}

/* The system's address as the library wants it, and the interface of a link-local one, else 0; `scope` may be null. The
 * family is 0 when it is neither AF_INET nor AF_INET6, or `len` says that it is not all there. An IPv4 address in an
 * IPv6 one (::ffff:192.0.2.1) stays that: it is for the IPv6 socket that it came from. */
static inline struct ikl_address ikl_posix_from_sockaddr(const struct sockaddr *address, socklen_t len, uint32_t *scope)
{
    union ikl_posix_sockaddr from;
    struct ikl_address out;
    uint32_t found = 0;

    memset(&out, 0, sizeof(out));
    memset(&from, 0, sizeof(from));
    memcpy(&from, address, (size_t)len < sizeof(from) ? (size_t)len : sizeof(from));
    if (from.any.sa_family == AF_INET && (size_t)len >= sizeof(from.v4)) {
        out.family = 4;
        out.port = ntohs(from.v4.sin_port);
        memcpy(out.ip, &from.v4.sin_addr, sizeof(from.v4.sin_addr));
    } else if (from.any.sa_family == AF_INET6 && (size_t)len >= sizeof(from.v6)) {
        out.family = 6;
        out.port = ntohs(from.v6.sin6_port);
        memcpy(out.ip, &from.v6.sin6_addr, sizeof(from.v6.sin6_addr));
        found = ikl_posix_is_link_local(&out) ? from.v6.sin6_scope_id : 0;
    }
    if (scope != NULL) {
        *scope = found;
    }
    return out;
}

/* Sockets */

struct ikl_posix_socket {
    int fd;
    struct ikl_address local; /* what it is bound to: its address may be all zeros, for any */
    bool encapsulated;        /* port 4500: what travels here has the non-ESP marker */
    bool blocked;             /* it has refused a datagram: wait until it is writable, as for POLLOUT */
};

/* The sockets of an endpoint: the host's, which begins with all zeros: none. */
struct ikl_posix_sockets {
    struct ikl_posix_socket at[IKL_POSIX_SOCKETS];
    size_t n;
};

/* Adds a UDP socket of the host's that is bound, and makes it one that does not block. It is closed with the others.
 * Errors: IKL_ERR_EXHAUSTED when there are IKL_POSIX_SOCKETS; IKL_ERR_INVALID, with errno, when the system refuses:
 * the socket then stays the host's. */
static inline int ikl_posix_add(struct ikl_posix_sockets *sockets, int fd, bool encapsulated)
{
    union ikl_posix_sockaddr bound;
    socklen_t len = (socklen_t)sizeof(bound);
    struct ikl_posix_socket *added;
    int flags;

    if (sockets->n == IKL_POSIX_SOCKETS) {
        return IKL_ERR_EXHAUSTED;
    }
    flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0 || getsockname(fd, &bound.any, &len) != 0) {
        return IKL_ERR_INVALID;
    }
    added = &sockets->at[sockets->n++];
    added->fd = fd;
    added->local = ikl_posix_from_sockaddr(&bound.any, len, NULL);
    added->encapsulated = encapsulated;
    added->blocked = false;
    return IKL_OK;
}

static inline bool ikl_posix_bind(int fd, const union ikl_posix_sockaddr *address, socklen_t len)
{
    const int on = 1;

    return fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 &&
           (address->any.sa_family != AF_INET6 ||
            setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, (socklen_t)sizeof(on)) == 0) &&
           bind(fd, &address->any, len) == 0;
}

/* Opens and adds a UDP socket at this address of ours, at a free port when its port is 0; sockets->at[].local then says
 * which. All zeros mean any address of the family, and the system chooses from which a datagram leaves: a host with
 * several opens a socket for each. An IPv6 socket takes no IPv4. Errors as above; also IKL_ERR_INVALID when the family
 * is neither 4 nor 6, then without errno. There is then no socket. */
static inline int ikl_posix_open(struct ikl_posix_sockets *sockets, const struct ikl_address *local, uint32_t scope,
                                 bool encapsulated)
{
    union ikl_posix_sockaddr address;
    socklen_t len = ikl_posix_to_sockaddr(&address, local, scope);
    int result, reason;
    int fd = len != 0 ? socket(address.any.sa_family, SOCK_DGRAM, 0) : -1;

    if (fd < 0) {
        return IKL_ERR_INVALID;
    }
    result = ikl_posix_bind(fd, &address, len) ? ikl_posix_add(sockets, fd, encapsulated) : IKL_ERR_INVALID;
    if (result != IKL_OK) {
        reason = errno;
        (void)close(fd);
        errno = reason;
    }
    return result;
}

/* Closes all. Allowed in every callback. */
static inline void ikl_posix_close(struct ikl_posix_sockets *sockets)
{
    while (sockets->n > 0) {
        (void)close(sockets->at[--sockets->n].fd);
    }
}

/* Whether this is a socket for a path's local address and port, or the path does not say which. */
static inline bool ikl_posix_is_from(const struct ikl_posix_socket *socket, const struct ikl_address *local)
{
    static const uint8_t any[16] = {0};

    return local->family == 0 ||
           ((local->port == 0 || local->port == socket->local.port) &&
            (memcmp(socket->local.ip, any, sizeof(any)) == 0 || memcmp(socket->local.ip, local->ip, sizeof(any)) == 0));
}

/* The socket for a path: the first of its family and with its encapsulation that is bound to its local address or to
 * any, and to its local port unless that is 0. Null when there is none. */
static inline struct ikl_posix_socket *ikl_posix_socket_for(struct ikl_posix_sockets *sockets,
                                                            const struct ikl_path *path)
{
    for (size_t i = 0; i < sockets->n; i++) {
        struct ikl_posix_socket *at = &sockets->at[i];

        if (at->local.family == path->remote.family && at->encapsulated == path->encapsulated &&
            ikl_posix_is_from(at, &path->local)) {
            return at;
        }
    }
    return NULL;
}

/* The path to `remote` from the socket that ikl_posix_socket_for chooses, or with an unknown local address. */
static inline struct ikl_path ikl_posix_path(struct ikl_posix_sockets *sockets, const struct ikl_address *remote,
                                             uint32_t scope, bool encapsulated)
{
    struct ikl_path path;
    const struct ikl_posix_socket *from;

    memset(&path, 0, sizeof(path));
    path.remote = *remote;
    path.tag = ikl_posix_is_link_local(remote) && scope <= UINT16_MAX ? (uint16_t)scope : 0;
    path.encapsulated = encapsulated;
    from = ikl_posix_socket_for(sockets, &path);
    if (from != NULL) {
        path.local = from->local;
    }
    return path;
}

/* Sending */

static inline bool ikl_posix_would_block(int error)
{
    return error == EAGAIN || error == EWOULDBLOCK || error == ENOBUFS;
}

static inline bool ikl_posix_sendto(int fd, const union ikl_posix_sockaddr *to, socklen_t to_len,
                                    const uint8_t *datagram, size_t len)
{
    return sendto(fd, datagram, len, 0, &to->any, to_len) == (ssize_t)len;
}

/* Sends one datagram, for `send` of struct ikl_callbacks. An error that the system tells here of an earlier datagram,
 * such as ECONNREFUSED, is no reason not to send. Errors: IKL_ERR_BLOCKED when the socket would block, which its
 * `blocked` says from then on; also when the system has no memory now (ENOBUFS), in which case the socket is writable
 * all the same, so `blocked` does not change and the library's own next try has to do. IKL_ERR_NOT_FOUND when there is
 * no socket for the path. IKL_ERR_NO_BUFFER, with errno, when the system does not take the datagram at all. */
static inline int ikl_posix_send(struct ikl_posix_sockets *sockets, const struct ikl_path *path,
                                 const uint8_t *datagram, size_t len)
{
    struct ikl_posix_socket *from = ikl_posix_socket_for(sockets, path);
    union ikl_posix_sockaddr to;
    socklen_t to_len;

    if (from == NULL) {
        return IKL_ERR_NOT_FOUND;
    }
    to_len = ikl_posix_to_sockaddr(&to, &path->remote, path->tag);
    if (ikl_posix_sendto(from->fd, &to, to_len, datagram, len) ||
        (!ikl_posix_would_block(errno) && ikl_posix_sendto(from->fd, &to, to_len, datagram, len))) {
        return IKL_OK;
    }
    if (!ikl_posix_would_block(errno)) {
        return IKL_ERR_NO_BUFFER;
    }
    from->blocked = from->blocked || errno != ENOBUFS;
    return IKL_ERR_BLOCKED;
}

#if IKL_POSIX_MMSG
/* Sends what it can of up to `n` datagrams, those in front for the same socket at once. Returns how many it has
 * sent. */
static inline size_t ikl_posix_send_some(struct ikl_posix_sockets *sockets, const struct ikl_outbound *datagrams,
                                         size_t n)
{
    const struct ikl_posix_socket *from = ikl_posix_socket_for(sockets, &datagrams[0].path);
    union ikl_posix_sockaddr to[IKL_POSIX_BATCH];
    struct iovec parts[IKL_POSIX_BATCH];
    struct mmsghdr messages[IKL_POSIX_BATCH];
    unsigned ready = 0;
    int sent;

    memset(messages, 0, sizeof(messages));
    while (from != NULL && ready < n && ready < IKL_POSIX_BATCH &&
           ikl_posix_socket_for(sockets, &datagrams[ready].path) == from) {
        const struct ikl_outbound *one = &datagrams[ready];

        parts[ready].iov_base = (void *)(uintptr_t)one->datagram; /* only read */
        parts[ready].iov_len = one->len;
        messages[ready].msg_hdr.msg_name = &to[ready];
        messages[ready].msg_hdr.msg_namelen = ikl_posix_to_sockaddr(&to[ready], &one->path.remote, one->path.tag);
        messages[ready].msg_hdr.msg_iov = &parts[ready];
        messages[ready].msg_hdr.msg_iovlen = 1;
        ready++;
    }
    sent = ready != 0 ? sendmmsg(from->fd, messages, ready, 0) : 0;
    return sent > 0 ? (size_t)sent : 0;
}
#endif

/* Sends datagrams and sets their results, for `send_batch` of struct ikl_callbacks; each result is what ikl_posix_send
 * would return. */
static inline void ikl_posix_send_batch(struct ikl_posix_sockets *sockets, struct ikl_outbound *datagrams, size_t n)
{
    for (size_t i = 0; i < n; i++) {
#if IKL_POSIX_MMSG
        for (size_t sent = ikl_posix_send_some(sockets, &datagrams[i], n - i); sent > 0; sent--) {
            datagrams[i++].result = IKL_OK;
        }
        if (i == n) {
            return;
        }
#endif
        datagrams[i].result = ikl_posix_send(sockets, &datagrams[i].path, datagrams[i].datagram, datagrams[i].len);
    }
}

/* Receiving */

/* Datagrams that have arrived, for ikl_endpoint_receive_batch. */
struct ikl_posix_batch {
    struct ikl_inbound datagrams[IKL_POSIX_BATCH];
    size_t n;
    bool full; /* there may be more */
    struct ikl_path paths[IKL_POSIX_BATCH];
    uint8_t octets[IKL_POSIX_BATCH][IKL_POSIX_DATAGRAM + 1];
};

/* Keeps what lies in octets[at], unless it is too long. */
static inline void ikl_posix_keep(struct ikl_posix_batch *batch, const struct ikl_posix_socket *from, size_t at,
                                  size_t len, const union ikl_posix_sockaddr *remote, socklen_t remote_len)
{
    struct ikl_path *path = &batch->paths[batch->n];
    struct ikl_inbound *inbound = &batch->datagrams[batch->n];
    uint32_t scope;

    if (len > IKL_POSIX_DATAGRAM) {
        return;
    }
    memset(path, 0, sizeof(*path));
    path->local = from->local;
    path->remote = ikl_posix_from_sockaddr(&remote->any, remote_len, &scope);
    path->tag = scope <= UINT16_MAX ? (uint16_t)scope : 0;
    path->encapsulated = from->encapsulated;
    memset(inbound, 0, sizeof(*inbound));
    inbound->path = path;
    inbound->datagram = batch->octets[at];
    inbound->len = len;
    batch->n++;
}

#if IKL_POSIX_MMSG
static inline void ikl_posix_read_all(struct ikl_posix_batch *batch, const struct ikl_posix_socket *from)
{
    union ikl_posix_sockaddr remotes[IKL_POSIX_BATCH];
    struct iovec parts[IKL_POSIX_BATCH];
    struct mmsghdr messages[IKL_POSIX_BATCH];
    int got;

    memset(messages, 0, sizeof(messages));
    for (size_t i = 0; i < IKL_POSIX_BATCH; i++) {
        parts[i].iov_base = batch->octets[i];
        parts[i].iov_len = sizeof(batch->octets[i]);
        messages[i].msg_hdr.msg_name = &remotes[i];
        messages[i].msg_hdr.msg_namelen = (socklen_t)sizeof(remotes[i]);
        messages[i].msg_hdr.msg_iov = &parts[i];
        messages[i].msg_hdr.msg_iovlen = 1;
    }
    got = recvmmsg(from->fd, messages, IKL_POSIX_BATCH, 0, NULL);
    if (got < 0 && !ikl_posix_would_block(errno)) { /* of an earlier datagram: what has arrived is behind it */
        got = recvmmsg(from->fd, messages, IKL_POSIX_BATCH, 0, NULL);
    }
    for (int i = 0; i < got; i++) {
        ikl_posix_keep(batch, from, (size_t)i, messages[i].msg_len, &remotes[i], messages[i].msg_hdr.msg_namelen);
    }
    batch->full = got == IKL_POSIX_BATCH;
}
#else
static inline void ikl_posix_read_all(struct ikl_posix_batch *batch, const struct ikl_posix_socket *from)
{
    size_t got = 0, refused = 0;

    while (got < IKL_POSIX_BATCH && refused < 2) {
        union ikl_posix_sockaddr remote;
        socklen_t remote_len = (socklen_t)sizeof(remote);
        ssize_t len = recvfrom(from->fd, batch->octets[got], sizeof(batch->octets[got]), 0, &remote.any, &remote_len);

        if (len >= 0) {
            ikl_posix_keep(batch, from, got++, (size_t)len, &remote, remote_len);
        } else if (ikl_posix_would_block(errno)) {
            break;
        } else {
            refused++; /* of an earlier datagram: what has arrived is behind it */
        }
    }
    batch->full = got == IKL_POSIX_BATCH;
}
#endif

/* Reads what has arrived, at most a batch. For hosts that look at datagrams themselves: after
 * ikl_endpoint_receive_batch a `result` of IKL_ERR_NOT_IKE means ESP on an encapsulated socket. */
static inline void ikl_posix_read(struct ikl_posix_batch *batch, const struct ikl_posix_socket *from)
{
    batch->n = 0;
    ikl_posix_read_all(batch, from);
}

/* Gives the endpoint a batch of what has arrived. True when there may be more. May call any callback. Not from inside
 * a callback of the same endpoint: what has been read would be lost. */
static inline bool ikl_posix_receive(struct ikl_endpoint *endpoint, const struct ikl_posix_socket *from, ikl_time now)
{
    struct ikl_posix_batch batch;

    ikl_posix_read(&batch, from);
    if (batch.n > 0) {
        (void)ikl_endpoint_receive_batch(endpoint, batch.datagrams, batch.n, now);
    }
    return batch.full;
}

/* A turn of the loop */

/* True when a socket waits until it is writable. */
static inline bool ikl_posix_blocked(const struct ikl_posix_sockets *sockets)
{
    bool blocked = false;

    for (size_t i = 0; i < sockets->n; i++) {
        blocked = blocked || sockets->at[i].blocked;
    }
    return blocked;
}

/* Sends what waits, as far as the sockets take it. */
static inline void ikl_posix_writable(struct ikl_posix_sockets *sockets, struct ikl_endpoint *endpoint, ikl_time now)
{
    if (ikl_posix_blocked(sockets)) {
        for (size_t i = 0; i < sockets->n; i++) {
            sockets->at[i].blocked = false;
        }
        (void)!ikl_endpoint_writable(endpoint, now); /* fails only where it must not be called */
    }
}

/* All that a loop does when it wakes, whatever has woken it: takes datagrams first, so that an answer that has arrived
 * counts, then sends what waited, then lets time pass. Reads the clock `now`, such as ikl_posix_now, before each call
 * into the library. May call any callback; callbacks may close sockets and add some. Not from inside a callback of the
 * same endpoint. */
static inline void ikl_posix_turn(struct ikl_posix_sockets *sockets, struct ikl_endpoint *endpoint,
                                  ikl_time (*now)(void))
{
    for (size_t i = 0; i < sockets->n; i++) {
        int batches = 0;

        while (i < sockets->n && batches++ < IKL_POSIX_TURN && ikl_posix_receive(endpoint, &sockets->at[i], now())) {
        }
    }
    ikl_posix_writable(sockets, endpoint, now());
    (void)ikl_endpoint_advance(endpoint, now());
}

#ifdef __cplusplus
}
#endif
#endif
