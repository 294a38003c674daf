/* SPDX-License-Identifier: ISC */
/* ikelive header: the IKE header (RFC 7296 §3.1). */
#include "header.h"

int ikl_header_read(struct ikl_header *out, const uint8_t *datagram, size_t len)
{
    struct ikl_header header;
    int result = ikl_header_take(&header, datagram, len);

    if (result == IKL_OK) {
        *out = header;
    }
    return result;
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
