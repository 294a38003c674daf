/* SPDX-License-Identifier: ISC */
/* ikelive path: the addresses between which the datagrams of an IKE SA travel, and what NAT does to them (RFC 7296
 * §2.11, §2.23; RFC 3948). */
#ifndef IKELIVE_PATH_H
#define IKELIVE_PATH_H

#include <ikelive/base.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ikl_provider;

/* One end of a path. */
struct ikl_address {
    uint8_t ip[16];   /* IPv4 in the first 4 octets, the rest 0 */
    uint16_t port;    /* UDP port in host byte order */
    uint8_t family;   /* 4, 6, or 0 when unknown */
    uint8_t reserved; /* 0 */
};

/* Between which addresses a datagram travels. The library compares and prints paths; it never interprets `tag`. A
 * function that takes a path returns IKL_ERR_INVALID when an address has another family or a `reserved` that is not
 * 0. */
struct ikl_path {
    struct ikl_address local, remote;
    uint16_t tag;      /* the host's: socket, interface, VRF */
    uint16_t mtu;      /* octets of the largest IP packet, headers included; 0 (unknown): 576, for IPv6 1280 */
    bool encapsulated; /* UDP encapsulation (port 4500): IKE messages carry the non-ESP marker (RFC 3948) */
    bool behind_nat;   /* our end is behind a NAT: with encapsulation, keepalives go out (RFC 3948 §4) */
    bool reliable;     /* a stream, which delivers what it takes or breaks: TCP, TLS. IKL_ERR_INVALID where the library
                          was built with IKELIVE_STREAMS OFF */
};

/* A reliable path is a connection, such as one that <ikelive/stream.h> frames (RFC 9329); it is `encapsulated` too, as
 * IKE messages carry the marker there. The host owns the connections: `tag` can tell them apart. On such a path
 *
 *   - a request is sent once, and given up ikl_schedule_total after that, jitter left out; the waits of the schedule
 *     only say when the peer is SUSPECT. ikl_run_set_reliable says the rest;
 *   - a connection that is lost is no verdict and need not be told: `send` fails, or says that it would block. When it
 *     is there again, call ikl_sa_reconnected;
 *   - responses are sent once, and again when the peer repeats its request;
 *   - nothing is fragmented, though fragments are taken (§7.5); a request that was sent in fragments before it came
 *     there stays as it is. `mtu` means nothing;
 *   - there are no NAT keepalives (§6.6), and those of TCP or TLS are no sign of life (§6.7). */

#define IKL_DEFAULT_MTU_IPV4 576 /* also when the family is unknown */
#define IKL_DEFAULT_MTU_IPV6 1280
#define IKL_NAT_DETECTION_LEN 20 /* octets in the data of a NAT_DETECTION_*_IP notification */

/* Writes "192.0.2.1:500" or "[2001:db8::1]:4500" (RFC 5952), "-" for an unknown family; always terminated when size >
 * 0. Returns the length of the text, as snprintf does. */
IKL_API int ikl_address_text(const struct ikl_address *address, char *text, size_t size);

/* True when both addresses, the tag, the encapsulation and `reliable` are the same; MTU and NAT do not count. */
IKL_API bool ikl_path_same(const struct ikl_path *a, const struct ikl_path *b);

/* The length of the longest IKE message (without non-ESP marker) that fits one packet on this path: the MTU less the IP
 * header (20 octets, for IPv6 and an unknown family 40), the UDP header and, with encapsulation, the marker; at least
 * 128, however small the MTU (RFC 7383 §2.5.1). On a reliable path 65533 less the marker (RFC 9329 §3). */
IKL_API size_t ikl_path_max_message(const struct ikl_path *path);

/* The data of a NAT_DETECTION_SOURCE_IP or _DESTINATION_IP notification (§2.23): SHA-1 of SPIi | SPIr | IP address |
 * port, 20 octets. Errors: IKL_ERR_UNSUPPORTED when the provider has no SHA-1 (libsodium has none); IKL_ERR_INVALID
 * when the address family is neither 4 nor 6; what the provider reports. */
IKL_MUST_USE IKL_API int ikl_nat_detection(const struct ikl_provider *provider, uint64_t spi_i, uint64_t spi_r,
                                           const struct ikl_address *address, uint8_t *out);

#ifdef __cplusplus
}
#endif
#endif
