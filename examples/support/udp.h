/* SPDX-License-Identifier: ISC */
/* ikelive examples: UDP sockets on 127.0.0.1. */
#ifndef EXAMPLES_UDP_H
#define EXAMPLES_UDP_H

#include <ikelive/sa.h>

#include <netinet/in.h>

/* An IPv4 address as the system wants it, and as the library does. */
struct sockaddr_in udp_to_system(const struct ikl_address *address);
struct ikl_address udp_from_system(const struct sockaddr_in *system);

/* Opens a socket on a free port of 127.0.0.1 and gives its address. The socket, or -1 with errno set. */
int udp_open(struct ikl_address *address);

/* Likewise on the port of `address`, a free one when that is 0, which other sockets opened by this may have too
 * (SO_REUSEPORT). */
int udp_open_shared(struct ikl_address *address);

/* Sends a datagram. Errors: IKL_ERR_BLOCKED when the socket does not take it now (errno is ENOBUFS where the socket is
 * writable all the same), IKL_ERR_NO_BUFFER when it does not take it at all. */
int udp_send(int socket, const struct ikl_address *to, const uint8_t *datagram, size_t len);

/* Reads a datagram if there is one. False when there is none. */
bool udp_receive(int socket, struct ikl_address *from, uint8_t *datagram, size_t size, size_t *len);

#endif
