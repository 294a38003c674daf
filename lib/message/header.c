/* SPDX-License-Identifier: ISC */
/* ikelive header: the IKE header (RFC 7296 §3.1). */
#include "header.h"

/* A notification outside any IKE SA: only there may the initiator's SPI be 0 (§1.5). */
static bool is_of_no_ike_sa(const uint8_t *datagram)
{
    return datagram[IKL_HEADER_EXCHANGE] == IKL_INFORMATIONAL &&
           datagram[IKL_HEADER_NEXT_PAYLOAD] == IKL_PAYLOAD_NOTIFY;
}

int ikl_header_read(struct ikl_header *out, const uint8_t *datagram, size_t len)
{
    if (len < IKL_HEADER_LEN) {
        return IKL_ERR_TRUNCATED;
    }
    if (datagram[IKL_HEADER_VERSION] >> 4 != IKL_MAJOR_VERSION) {
        return IKL_ERR_VERSION;
    }
    if (ikl_load_u32(datagram + IKL_HEADER_LENGTH) != len) {
        return IKL_ERR_LENGTH;
    }
    if (ikl_load_u64(datagram + IKL_HEADER_SPI_I) == 0 && !is_of_no_ike_sa(datagram)) {
        return IKL_ERR_MALFORMED;
    }
    ikl_header_load(out, datagram);
    return IKL_OK;
}

void ikl_header_write(struct ikl_writer *writer, const struct ikl_header *header)
{
    uint8_t octets[IKL_HEADER_LEN];

    ikl_header_store(octets, header);
    ikl_write_octets(writer, octets, sizeof octets);
}

void ikl_header_patch(struct ikl_writer *writer, size_t offset, uint8_t first)
{
    ikl_patch_u8(writer, offset + IKL_HEADER_NEXT_PAYLOAD, first);
    ikl_patch_u32(writer, offset + IKL_HEADER_LENGTH, (uint32_t)(writer->len - offset));
}
