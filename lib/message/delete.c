/* SPDX-License-Identifier: ISC */
/* ikelive delete: the Delete payload (RFC 7296 §3.11). */
#include <ikelive/message.h>

#include "message/body.h"
#include "octets.h"

enum { FIXED_LEN = 4, CHILD_SPI_SIZE = 4 };

static bool goes_together(const struct ikl_delete *payload)
{
    switch (payload->protocol) {
    case IKL_PROTOCOL_IKE: /* the IKE SA that carries the message */
        return payload->spi_size == 0 && payload->n_spis == 0;
    case IKL_PROTOCOL_AH:
    case IKL_PROTOCOL_ESP:
        return payload->spi_size == CHILD_SPI_SIZE;
    default:
        return false;
    }
}

int ikl_delete_read(struct ikl_delete *out, struct ikl_octets body)
{
    struct ikl_reader reader = ikl_reader(body.data, body.len);
    struct ikl_delete payload;

    payload.protocol = ikl_read_u8(&reader);
    payload.spi_size = ikl_read_u8(&reader);
    payload.n_spis = ikl_read_u16(&reader);
    payload.spis = ikl_read_octets(&reader, (size_t)payload.spi_size * payload.n_spis);
    if (reader.failed) {
        return IKL_ERR_TRUNCATED;
    }
    if (!goes_together(&payload) || reader.left > 0) {
        return IKL_ERR_MALFORMED;
    }
    *out = payload;
    return IKL_OK;
}

uint32_t ikl_delete_spi(const struct ikl_delete *payload, size_t n)
{
    if (payload->spi_size != CHILD_SPI_SIZE || n >= payload->n_spis || n >= payload->spis.len / CHILD_SPI_SIZE) {
        return 0;
    }
    return ikl_load_u32(payload->spis.data + n * CHILD_SPI_SIZE);
}

int ikl_delete_write(struct ikl_writer *writer, const struct ikl_delete *payload)
{
    if (!goes_together(payload) || payload->spis.len != (size_t)payload->n_spis * payload->spi_size ||
        !ikl_body_fits(FIXED_LEN, payload->spis.len)) {
        return IKL_ERR_INVALID;
    }
    ikl_write_u8(writer, payload->protocol);
    ikl_write_u8(writer, payload->spi_size);
    ikl_write_u16(writer, payload->n_spis);
    ikl_write_octets(writer, payload->spis.data, payload->spis.len);
    return ikl_writer_status(writer);
}
