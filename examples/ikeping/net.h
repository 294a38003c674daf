/* SPDX-License-Identifier: ISC */
/* ikeping: UDP sockets: two of each address family, one for IKE and one with UDP encapsulation. Datagrams are received
 * and sent with both addresses, and with what the network says of those that did not arrive. */
#ifndef IKEPING_NET_H
#define IKEPING_NET_H

#include <ikelive/path.h>

enum { NET_MAX_SOCKETS = 4, NET_REASON_SIZE = 160 };

struct net_socket {
    int fd;
    uint8_t family; /* 4 or 6 */
    bool encapsulated;
    uint16_t port;
};

/* The `tag` of a path says which socket it uses and, with link-local addresses, which interface. */
struct net {
    struct net_socket sockets[NET_MAX_SOCKETS];
    size_t n;
    const struct ikl_address *locals; /* that an initiator sends from, by preference; borrowed */
    size_t n_locals;                  /* 0: it is the system that chooses */
};

/* What a host is wanted for, and whether it may have a name. */
enum net_host_flags {
    NET_LISTEN = 1, /* to listen on, else to reach */
    NET_NUMERIC = 2 /* an address, so that no name server is asked */
};

/* Opens the sockets of an initiator at free ports, of both families where the system has them. False when that fails,
 * with the reason in words; there is then nothing to close. */
bool net_open(struct net *net, char *why);

/* The paths to a gateway; `flags` of enum net_host_flags. False when there are none, with the reason in words. */
bool net_reach(const struct net *net, const char *host, unsigned flags, uint16_t port, uint16_t encapsulated_port,
               struct ikl_path *plain, struct ikl_path *encapsulated, char *why);

/* The path from the n-th of our addresses that datagrams to `remote` can leave from now. False when there are not so
 * many. */
bool net_locate(const struct net *net, unsigned n, const struct ikl_address *remote, bool encapsulated,
                struct ikl_path *out);

/* The address of a host; `scope` is the interface of a link-local one. False when there is none, with the reason in
 * words. */
bool net_resolve(const char *host, unsigned flags, struct ikl_address *out, uint32_t *scope, char *why);

/* Opens the sockets of a responder, on an address, or on all for null. `flags` as above, NET_LISTEN or not. */
bool net_listen(struct net *net, const char *host, unsigned flags, uint16_t port, uint16_t encapsulated_port,
                char *why);

void net_close(struct net *net);

/* The socket of a path. */
size_t net_socket_of(const struct ikl_path *path);

/* Sends a datagram from the local to the remote address of a path. Errors: IKL_ERR_BLOCKED when the network does not
 * take it now (errno is ENOBUFS where the socket is writable all the same), IKL_ERR_NO_BUFFER when it does not take it
 * at all. */
int net_send(const struct net *net, const struct ikl_path *path, const uint8_t *datagram, size_t len);

/* Reads a datagram of a socket, if there is one, and says which path it came along. */
bool net_receive(const struct net *net, size_t socket, struct ikl_path *path, uint8_t *datagram, size_t size,
                 size_t *len);

/* Reads what an ICMP message said of a datagram to `remote`, if there is one. When it was too long, `mtu` becomes the
 * MTU of the link that it was too long for, else 0. */
bool net_receive_error(const struct net *net, size_t socket, struct ikl_address *remote, char *why, uint16_t *mtu);

#endif
