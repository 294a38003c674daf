/* SPDX-License-Identifier: ISC */
/* ikeping: TCP connections. */
#define _GNU_SOURCE /* accept4 */
#include "tcp.h"

#include "net.h"

#include <ikelive/posix.h>

#include <poll.h>
#include <stdio.h>

#include <netinet/tcp.h>

enum { CONNECT_TIME = 10000, BACKLOG = 16 };

static bool fail(char *why, const char *what)
{
    (void)snprintf(why, TCP_REASON_SIZE, "%s: %s", what, strerror(errno));
    return false;
}

size_t tcp_number(const struct tcp *tcp, const struct tcp_connection *connection)
{
    return (size_t)(connection - tcp->connections);
}

void tcp_drop(struct tcp_connection *connection)
{
    close(connection->fd);
    connection->used = false;
}

/* Takes a descriptor into a free place; null, and it is closed, when there is none. */
static struct tcp_connection *add(struct tcp *tcp, int fd, enum ikl_stream_role role)
{
    const int on = 1;
    struct tcp_connection *connection = tcp->connections;

    while (connection != tcp->connections + TCP_MAX_CONNECTIONS && connection->used) {
        connection++;
    }
    if (connection == tcp->connections + TCP_MAX_CONNECTIONS) {
        close(fd);
        return NULL;
    }
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    connection->used = true;
    connection->connecting = false;
    connection->fd = fd;
    connection->queued = 0;
    connection->path =
        (struct ikl_path){.tag = (uint16_t)tcp_number(tcp, connection), .encapsulated = true, .reliable = true};
    ikl_stream_init(&connection->stream, role, connection->message, sizeof(connection->message));
    return connection;
}

/* Both its addresses, which it has once it is there. */
static bool read_addresses(struct tcp_connection *connection)
{
    union ikl_posix_sockaddr local, remote;
    socklen_t local_len = sizeof(local), remote_len = sizeof(remote);

    if (getsockname(connection->fd, &local.any, &local_len) != 0 ||
        getpeername(connection->fd, &remote.any, &remote_len) != 0) {
        return false;
    }
    connection->path.local = ikl_posix_from_sockaddr(&local.any, local_len, NULL);
    connection->path.remote = ikl_posix_from_sockaddr(&remote.any, remote_len, NULL);
    return true;
}

struct tcp_connection *tcp_open_again(struct tcp *tcp)
{
    union ikl_posix_sockaddr to;
    socklen_t len = ikl_posix_to_sockaddr(&to, &tcp->gateway, tcp->scope);
    int fd = len != 0 ? socket(to.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0) : -1;
    struct tcp_connection *connection;

    if (fd < 0) {
        return NULL;
    }
    if (connect(fd, &to.any, len) != 0 && errno != EINPROGRESS) {
        close(fd);
        return NULL;
    }
    connection = add(tcp, fd, IKL_STREAM_ORIGINATOR);
    if (connection != NULL) {
        connection->connecting = true;
    }
    return connection;
}

bool tcp_finish(struct tcp_connection *connection, char *why)
{
    int error = 0;
    socklen_t len = sizeof(error);

    if (getsockopt(connection->fd, SOL_SOCKET, SO_ERROR, &error, &len) == 0) {
        errno = error;
    }
    if (errno == 0 && read_addresses(connection)) {
        connection->connecting = false;
        return true;
    }
    return fail(why, "TCP");
}

struct tcp_connection *tcp_open(struct tcp *tcp, const char *host, unsigned flags, uint16_t port, char *why)
{
    struct tcp_connection *connection;
    struct pollfd writable = {.events = POLLOUT};
    int ready;

    if (!net_resolve(host, flags, &tcp->gateway, &tcp->scope, why)) {
        return NULL;
    }
    tcp->gateway.port = port;
    connection = tcp_open_again(tcp);
    if (connection == NULL) {
        (void)fail(why, host);
        return NULL;
    }
    writable.fd = connection->fd;
    ready = poll(&writable, 1, CONNECT_TIME);
    errno = ready == 0 ? ETIMEDOUT : errno;
    if (ready == 1 ? tcp_finish(connection, why) : fail(why, "TCP")) {
        return connection;
    }
    tcp_drop(connection);
    return NULL;
}

static bool add_listener(struct tcp *tcp, const struct ikl_address *address, uint32_t scope)
{
    const int on = 1;
    union ikl_posix_sockaddr at;
    socklen_t len = ikl_posix_to_sockaddr(&at, address, scope);
    int fd = len != 0 ? socket(at.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0) : -1;
    bool done = fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
                (address->family == 4 || setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) == 0) &&
                bind(fd, &at.any, len) == 0 && listen(fd, BACKLOG) == 0;
    int reason = errno;

    if (done) {
        tcp->listeners[tcp->n_listeners++] = fd;
    } else if (fd >= 0) {
        close(fd);
    }
    errno = reason;
    return done;
}

bool tcp_listen(struct tcp *tcp, const char *host, unsigned flags, uint16_t port, char *why)
{
    struct ikl_address address = {.family = 4};
    char what[64];
    uint32_t scope = 0;
    bool done;

    if (host != NULL && !net_resolve(host, flags | NET_LISTEN, &address, &scope, why)) {
        return false;
    }
    address.port = port;
    done = add_listener(tcp, &address, scope);
    if (done && host == NULL) {
        address.family = 6;
        done = add_listener(tcp, &address, scope) || errno == EAFNOSUPPORT; /* a system may be without IPv6 */
    }
    if (!done) {
        (void)snprintf(what, sizeof(what), "listening on TCP port %u", (unsigned)port);
        (void)fail(why, what);
        tcp_close(tcp);
    }
    return done;
}

struct tcp_connection *tcp_accept(struct tcp *tcp, size_t listener)
{
    int fd = accept4(tcp->listeners[listener], NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    struct tcp_connection *connection = fd >= 0 ? add(tcp, fd, IKL_STREAM_RESPONDER) : NULL;

    if (connection != NULL && !read_addresses(connection)) {
        tcp_drop(connection);
        return NULL;
    }
    return connection;
}

struct tcp_connection *tcp_find(struct tcp *tcp, const struct ikl_path *path)
{
    struct tcp_connection *connection = path->tag < TCP_MAX_CONNECTIONS ? &tcp->connections[path->tag] : NULL;

    return connection != NULL && connection->used && !connection->connecting && ikl_path_same(&connection->path, path)
               ? connection
               : NULL;
}

bool tcp_is_full(const struct tcp_connection *connection)
{
    return connection->queued != 0;
}

void tcp_flush(struct tcp_connection *connection)
{
    ssize_t sent = send(connection->fd, connection->queue, connection->queued, MSG_NOSIGNAL);

    /* An error shows when the connection is read, too. */
    if (sent > 0) {
        connection->queued -= (size_t)sent;
        memmove(connection->queue, connection->queue + sent, connection->queued);
    }
}

int tcp_send(struct tcp_connection *connection, const uint8_t *message, size_t len)
{
    uint8_t head[IKL_STREAM_MAX_HEAD];
    size_t head_len = ikl_stream_head(&connection->stream, len, head);

    if (tcp_is_full(connection)) {
        errno = EAGAIN;
        return IKL_ERR_BLOCKED;
    }
    if (head_len == 0 || head_len + len > sizeof(connection->queue)) {
        return IKL_ERR_NO_BUFFER;
    }
    ikl_stream_began(&connection->stream);
    memcpy(connection->queue, head, head_len);
    memcpy(connection->queue + head_len, message, len);
    connection->queued = head_len + len;
    tcp_flush(connection);
    return IKL_OK;
}

bool tcp_read(struct tcp_connection *connection, uint8_t *octets, size_t size, size_t *len, char *why)
{
    ssize_t got = recv(connection->fd, octets, size, 0);

    if (got > 0) {
        *len = (size_t)got;
        return true;
    }
    *len = 0;
    if (got < 0 && ikl_posix_would_block(errno)) {
        return true;
    }
    (void)snprintf(why, TCP_REASON_SIZE, "%s", got == 0 ? "the other end has closed it" : strerror(errno));
    return false;
}

void tcp_close(struct tcp *tcp)
{
    int reason = errno;

    while (tcp->n_listeners > 0) {
        close(tcp->listeners[--tcp->n_listeners]);
    }
    for (size_t i = 0; i < TCP_MAX_CONNECTIONS; i++) {
        if (tcp->connections[i].used) {
            tcp_drop(&tcp->connections[i]);
        }
    }
    errno = reason;
}
