/* SPDX-License-Identifier: ISC */
/* IKE SAs with long messages whose path gets narrower. */
#ifndef TEST_NARROW_H
#define TEST_NARROW_H

#include "host.h"

enum { NARROW_LONG = 3000, NARROW_MARK = 5 };

/* A path between two addresses of a family. */
struct ikl_path narrow_path(uint16_t mtu, uint8_t family, bool encapsulated);

/* Fragmentation is agreed on this path; a pool for several messages. */
extern struct ikl_path narrow_begins;
void on_narrow_path(struct ikl_sa_config *config);
void with_more_room(struct ikl_endpoint_config *config);

/* An IKE SA on an IPv4 path of this MTU; its request of `len` octets, each the mark; a move to another address. */
void narrow_sa(struct host *host, uint16_t mtu, endpoint_change change);
void narrow_ask(struct host *host, size_t len);
void narrow_move(struct host *host, uint16_t mtu);

/* The octets of the IP packet that a datagram makes. */
size_t narrow_packet_len(const struct event *sent);

/* The fragments sent from the n-th datagram on are all of a request of `len` octets, and fit the path. How many there
 * are. */
size_t assert_fits(struct host *host, size_t n, const struct ikl_path *path, size_t len);

void assert_same_datagrams(struct host *host, size_t a, size_t b, size_t n);

/* Of all that was ever sent what has the same IV is the same message. */
void assert_no_iv_protects_two_messages(struct host *host);

#endif
