/* ikelive header: the IKE header (RFC 7296 §3.1).
 * SPDX-License-Identifier: ISC */
#include "header.h"

#include "octets.h"

enum { MAJOR_VERSION = 2 };

/* Where the fields are. */
enum { SPI_I = 0, SPI_R = 8, NEXT_PAYLOAD = 16, VERSION = 17, EXCHANGE = 18, FLAGS = 19, MESSAGE_ID = 20, LENGTH = 24 };

int ikl_header_read(struct ikl_header *out, const uint8_t *datagram, size_t len)
{
    if (len < IKL_HEADER_LEN) {
        return IKL_ERR_TRUNCATED;
    }
    if (datagram[VERSION] >> 4 != MAJOR_VERSION) {
        return IKL_ERR_VERSION;
    }
    if (ikl_load_u32(datagram + LENGTH) != len) {
        return IKL_ERR_LENGTH;
    }
    if (ikl_load_u64(datagram + SPI_I) == 0) {
        return IKL_ERR_MALFORMED;
    }
    *out = (struct ikl_header){
        .spi_i = ikl_load_u64(datagram + SPI_I),
        .spi_r = ikl_load_u64(datagram + SPI_R),
        .next_payload = datagram[NEXT_PAYLOAD],
        .minor = datagram[VERSION] & 0x0f,
        .exchange = datagram[EXCHANGE],
        .flags = datagram[FLAGS],
        .message_id = ikl_load_u32(datagram + MESSAGE_ID),
        .length = ikl_load_u32(datagram + LENGTH),
    };
    return IKL_OK;
}

void ikl_header_store(uint8_t *out, const struct ikl_header *header)
{
    ikl_store_u64(out + SPI_I, header->spi_i);
    ikl_store_u64(out + SPI_R, header->spi_r);
    out[NEXT_PAYLOAD] = header->next_payload;
    out[VERSION] = (uint8_t)(MAJOR_VERSION << 4 | (header->minor & 0x0f));
    out[EXCHANGE] = header->exchange;
    out[FLAGS] = header->flags;
    ikl_store_u32(out + MESSAGE_ID, header->message_id);
    ikl_store_u32(out + LENGTH, header->length);
}

void ikl_header_write(struct ikl_writer *writer, const struct ikl_header *header)
{
    uint8_t octets[IKL_HEADER_LEN];

    ikl_header_store(octets, header);
    ikl_write_octets(writer, octets, sizeof octets);
}
