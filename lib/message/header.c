/* SPDX-License-Identifier: ISC */
/* ikelive header: the IKE header (RFC 7296 §3.1). */
#include "header.h"

#include "octets.h"

enum { MAJOR_VERSION = 2, FLAGS_SENT = IKL_FLAG_INITIATOR | IKL_FLAG_RESPONSE };

/* Where the fields are. */
enum { SPI_I = 0, SPI_R = 8, NEXT_PAYLOAD = 16, VERSION = 17, EXCHANGE = 18, FLAGS = 19, MESSAGE_ID = 20, LENGTH = 24 };

/* In line: every datagram passes here. */
static inline void load(struct ikl_header *out, const uint8_t *datagram)
{
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
}

/* A notification outside of any IKE SA, the one exception from the rule that the initiator's SPI is not 0 (§1.5). */
static bool is_of_no_ike_sa(const uint8_t *datagram)
{
    return datagram[EXCHANGE] == IKL_INFORMATIONAL && datagram[NEXT_PAYLOAD] == IKL_PAYLOAD_NOTIFY;
}

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
    if (ikl_load_u64(datagram + SPI_I) == 0 && !is_of_no_ike_sa(datagram)) {
        return IKL_ERR_MALFORMED;
    }
    load(out, datagram);
    return IKL_OK;
}

void ikl_header_load(struct ikl_header *out, const uint8_t *datagram)
{
    load(out, datagram);
}

void ikl_header_store(uint8_t *out, const struct ikl_header *header)
{
    ikl_store_u64(out + SPI_I, header->spi_i);
    ikl_store_u64(out + SPI_R, header->spi_r);
    out[NEXT_PAYLOAD] = header->next_payload;
    out[VERSION] = MAJOR_VERSION << 4;
    out[EXCHANGE] = header->exchange;
    out[FLAGS] = header->flags & FLAGS_SENT;
    ikl_store_u32(out + MESSAGE_ID, header->message_id);
    ikl_store_u32(out + LENGTH, header->length);
}

void ikl_header_write(struct ikl_writer *writer, const struct ikl_header *header)
{
    uint8_t octets[IKL_HEADER_LEN];

    ikl_header_store(octets, header);
    ikl_write_octets(writer, octets, sizeof octets);
}

void ikl_header_patch(struct ikl_writer *writer, size_t offset, uint8_t first)
{
    ikl_patch_u8(writer, offset + NEXT_PAYLOAD, first);
    ikl_patch_u32(writer, offset + LENGTH, (uint32_t)(writer->len - offset));
}
