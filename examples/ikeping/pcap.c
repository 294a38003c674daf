/* SPDX-License-Identifier: ISC */
/* ikeping: datagrams in a file that Wireshark and tcpdump read: libpcap's format, with times in ns, and packets that
 * begin with the IP header. */
#include "pcap.h"

#include <ikelive/message.h>

#include <string.h>

enum {
    VERSION_MAJOR = 2,
    VERSION_MINOR = 4,
    SNAPSHOT_LEN = 65535,
    LINKTYPE_RAW = 101,
    IPV4_HEADER_LEN = 20,
    IPV6_HEADER_LEN = 40,
    UDP_HEADER_LEN = 8,
    IPPROTO_OF_UDP = 17,
    HOP_LIMIT = 64
};

static const uint32_t MAGIC_NS = 0xa1b23c4d;

/* The file is in the byte order of whoever writes it: readers tell by the magic number. */
static void put_u32(FILE *file, uint32_t value)
{
    fwrite(&value, sizeof(value), 1, file);
}

static void put_u16(FILE *file, uint16_t value)
{
    fwrite(&value, sizeof(value), 1, file);
}

void pcap_begin(FILE *file)
{
    put_u32(file, MAGIC_NS);
    put_u16(file, VERSION_MAJOR);
    put_u16(file, VERSION_MINOR);
    put_u32(file, 0); /* reserved, twice */
    put_u32(file, 0);
    put_u32(file, SNAPSHOT_LEN);
    put_u32(file, LINKTYPE_RAW);
    fflush(file);
}

/* Adds octets to an Internet checksum (RFC 1071); an odd one at the end counts as if a zero followed. */
static uint32_t sum(uint32_t so_far, const uint8_t *octets, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        so_far += i % 2 == 0 ? (uint32_t)octets[i] << 8 : octets[i];
    }
    return so_far;
}

static uint16_t checksum(uint32_t total)
{
    while (total >> 16 != 0) {
        total = (total & 0xffff) + (total >> 16);
    }
    return (uint16_t)~total;
}

static size_t address_len(const struct ikl_address *address)
{
    return address->family == 4 ? 4 : 16;
}

static void write_ip(struct ikl_writer *writer, const struct ikl_address *source, const struct ikl_address *destination,
                     size_t udp_len)
{
    if (source->family == 4) {
        ikl_write_u16(writer, 0x4500); /* version, header length, no differentiated services */
        ikl_write_u16(writer, (uint16_t)(IPV4_HEADER_LEN + udp_len));
        ikl_write_u32(writer, 0); /* identification and fragments */
        ikl_write_u8(writer, HOP_LIMIT);
        ikl_write_u8(writer, IPPROTO_OF_UDP);
        ikl_write_u16(writer, 0); /* checksum, patched in below */
    } else {
        ikl_write_u32(writer, 0x60000000); /* version, no traffic class, no flow label */
        ikl_write_u16(writer, (uint16_t)udp_len);
        ikl_write_u8(writer, IPPROTO_OF_UDP);
        ikl_write_u8(writer, HOP_LIMIT);
    }
    ikl_write_octets(writer, source->ip, address_len(source));
    ikl_write_octets(writer, destination->ip, address_len(destination));
    if (source->family == 4) {
        ikl_patch_u16(writer, 10, checksum(sum(0, writer->data, IPV4_HEADER_LEN)));
    }
}

static void write_udp(struct ikl_writer *writer, const struct ikl_address *source,
                      const struct ikl_address *destination, const uint8_t *payload, size_t len)
{
    uint32_t udp_len = (uint32_t)(UDP_HEADER_LEN + len);
    uint32_t total = IPPROTO_OF_UDP + udp_len;
    uint8_t header[UDP_HEADER_LEN - 2];
    struct ikl_writer udp = ikl_writer(header, sizeof(header));
    uint16_t check;

    ikl_write_u16(&udp, source->port);
    ikl_write_u16(&udp, destination->port);
    ikl_write_u16(&udp, (uint16_t)udp_len);
    total = sum(total, source->ip, address_len(source));
    total = sum(total, destination->ip, address_len(destination));
    total = sum(total, header, sizeof(header));
    check = checksum(sum(total, payload, len));
    ikl_write_octets(writer, header, sizeof(header));
    ikl_write_u16(writer, check != 0 ? check : 0xffff); /* 0 would mean that there is none */
}

bool pcap_write(FILE *file, const struct ikl_address *source, const struct ikl_address *destination,
                const uint8_t *payload, size_t len, uint64_t at)
{
    uint8_t headers[IPV6_HEADER_LEN + UDP_HEADER_LEN];
    struct ikl_writer writer = ikl_writer(headers, sizeof(headers));
    size_t whole = (source->family == 4 ? (size_t)IPV4_HEADER_LEN : (size_t)IPV6_HEADER_LEN) + UDP_HEADER_LEN + len;

    if (whole > SNAPSHOT_LEN) {
        return false;
    }
    write_ip(&writer, source, destination, UDP_HEADER_LEN + len);
    write_udp(&writer, source, destination, payload, len);
    put_u32(file, (uint32_t)(at / 1000000000));
    put_u32(file, (uint32_t)(at % 1000000000));
    put_u32(file, (uint32_t)whole);
    put_u32(file, (uint32_t)whole);
    fwrite(headers, writer.len, 1, file);
    fwrite(payload, len, 1, file);
    return fflush(file) == 0;
}
