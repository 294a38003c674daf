/* SPDX-License-Identifier: ISC */
/* ikeping: TCP connections with IKE messages (RFC 9329): one of an initiator, or those that a responder accepts. */
#ifndef IKEPING_TCP_H
#define IKEPING_TCP_H

#include <ikelive/path.h>
#include <ikelive/stream.h>

enum {
    TCP_MAX_CONNECTIONS = 64,
    TCP_MAX_LISTENERS = 2,
    TCP_MESSAGE_SIZE = 8192, /* of the longest message that is taken */
    TCP_QUEUE_SIZE = 16384,  /* octets that wait for a connection to take them */
    TCP_REASON_SIZE = 160
};

struct tcp_connection {
    bool used;
    bool connecting; /* we have asked for it, and it is not there yet */
    int fd;
    struct ikl_path path; /* its `tag` is its number; while connecting, `local` is not known */
    struct ikl_stream stream;
    uint8_t message[TCP_MESSAGE_SIZE];
    uint8_t queue[TCP_QUEUE_SIZE];
    size_t queued;
};

struct tcp {
    int listeners[TCP_MAX_LISTENERS];
    size_t n_listeners;
    struct ikl_address gateway; /* the initiator's */
    uint32_t scope;             /* of its address */
    struct tcp_connection connections[TCP_MAX_CONNECTIONS];
};

/* Opens a connection to a gateway and waits until it is there; `flags` of enum net_host_flags. Null when that fails,
 * with the reason in words. */
struct tcp_connection *tcp_open(struct tcp *tcp, const char *host, unsigned flags, uint16_t port, char *why);

/* Asks for another one to the same gateway; it is there when it becomes writable and tcp_finish says so. Null when that
 * fails at once. */
struct tcp_connection *tcp_open_again(struct tcp *tcp);
bool tcp_finish(struct tcp_connection *connection, char *why);

/* Listens on an address, or on all for null. */
bool tcp_listen(struct tcp *tcp, const char *host, unsigned flags, uint16_t port, char *why);

/* Takes a connection that waits at a listener; null when there is none, or no room for it. */
struct tcp_connection *tcp_accept(struct tcp *tcp, size_t listener);

/* Its number among the connections. */
size_t tcp_number(const struct tcp *tcp, const struct tcp_connection *connection);

/* The connection of a path; null when it is lost. */
struct tcp_connection *tcp_find(struct tcp *tcp, const struct ikl_path *path);

/* Sends a message, or keeps what the connection does not take now: it is full then, and tcp_flush goes on when it
 * becomes writable. Errors: IKL_ERR_BLOCKED when it was full already, IKL_ERR_NO_BUFFER when that cannot be sent. */
int tcp_send(struct tcp_connection *connection, const uint8_t *message, size_t len);
bool tcp_is_full(const struct tcp_connection *connection);
void tcp_flush(struct tcp_connection *connection);

/* Reads octets; 0: there are none now. False when the connection is lost, with the reason in words. */
bool tcp_read(struct tcp_connection *connection, uint8_t *octets, size_t size, size_t *len, char *why);

void tcp_drop(struct tcp_connection *connection);
void tcp_close(struct tcp *tcp);

#endif
