/* SPDX-License-Identifier: ISC */
/* ikelive header, inside: the IKE header, when the caller has checked the room for it. */
#ifndef IKL_HEADER_INTERNAL_H
#define IKL_HEADER_INTERNAL_H

#include <ikelive/message.h>

#include "octets.h"

enum { IKL_MAJOR_VERSION = 2 };

/* The offsets of the fields. */
enum {
    IKL_HEADER_SPI_I = 0,
    IKL_HEADER_SPI_R = 8,
    IKL_HEADER_NEXT_PAYLOAD = 16,
    IKL_HEADER_VERSION = 17,
    IKL_HEADER_EXCHANGE = 18,
    IKL_HEADER_FLAGS = 19,
    IKL_HEADER_MESSAGE_ID = 20,
    IKL_HEADER_LENGTH = 24
};

/* Reads the fields of the IKL_HEADER_LEN octets at `datagram`, whatever they are. */
static inline void ikl_header_load(struct ikl_header *out, const uint8_t *datagram)
{
    *out = (struct ikl_header){
        .spi_i = ikl_load_u64(datagram + IKL_HEADER_SPI_I),
        .spi_r = ikl_load_u64(datagram + IKL_HEADER_SPI_R),
        .next_payload = datagram[IKL_HEADER_NEXT_PAYLOAD],
        .minor = datagram[IKL_HEADER_VERSION] & 0x0f,
        .exchange_type = datagram[IKL_HEADER_EXCHANGE],
        .flags = datagram[IKL_HEADER_FLAGS],
        .message_id = ikl_load_u32(datagram + IKL_HEADER_MESSAGE_ID),
        .length = ikl_load_u32(datagram + IKL_HEADER_LENGTH),
    };
}

/* A notification outside any IKE SA: only there may the initiator's SPI be 0 (§1.5). */
static inline bool ikl_header_is_of_no_ike_sa(const uint8_t *datagram)
{
    return datagram[IKL_HEADER_EXCHANGE] == IKL_INFORMATIONAL &&
           datagram[IKL_HEADER_NEXT_PAYLOAD] == IKL_PAYLOAD_NOTIFY;
}

/* As ikl_header_read. In line, because every datagram passes here. */
static inline int ikl_header_take(struct ikl_header *out, const uint8_t *datagram, size_t len)
{
    if (len < IKL_HEADER_LEN) {
        return IKL_ERR_TRUNCATED;
    }
    if (datagram[IKL_HEADER_VERSION] >> 4 != IKL_MAJOR_VERSION) {
        return IKL_ERR_VERSION;
    }
    ikl_header_load(out, datagram);
    if (out->length != len) {
        return IKL_ERR_LENGTH;
    }
    return out->spi_i != 0 || ikl_header_is_of_no_ike_sa(datagram) ? IKL_OK : IKL_ERR_MALFORMED;
}

/* Writes the header's IKL_HEADER_LEN octets to `out`, as ikl_header_write does. */
static inline void ikl_header_store(uint8_t *out, const struct ikl_header *header)
{
    uint32_t what = (uint32_t)header->next_payload << 24 | (uint32_t)IKL_MAJOR_VERSION << 20 |
                    (uint32_t)header->exchange_type << 8 |
                    (header->flags & ((uint32_t)IKL_FLAG_INITIATOR | IKL_FLAG_RESPONSE));

    ikl_store_u64(out + IKL_HEADER_SPI_I, header->spi_i);
    ikl_store_u64(out + IKL_HEADER_SPI_R, header->spi_r);
    ikl_store_u64(out + IKL_HEADER_NEXT_PAYLOAD, (uint64_t)what << 32 | header->message_id);
    ikl_store_u32(out + IKL_HEADER_LENGTH, header->length);
}

#endif
