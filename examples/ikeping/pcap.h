/* SPDX-License-Identifier: ISC */
/* ikeping: datagrams in a file that Wireshark and tcpdump read. */
#ifndef IKEPING_PCAP_H
#define IKEPING_PCAP_H

#include <ikelive/path.h>

#include <stdio.h>

/* Writes what comes before the first datagram. */
void pcap_begin(FILE *file);

/* Writes a UDP payload as the IP packet that carries it, at `at` ns since the epoch. False when that fails, or when it
 * is longer than a packet can be. */
bool pcap_write(FILE *file, const struct ikl_address *source, const struct ikl_address *destination,
                const uint8_t *payload, size_t len, uint64_t at);

#endif
