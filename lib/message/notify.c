/* SPDX-License-Identifier: ISC */
/* ikelive notify: the Notify payload (RFC 7296 §3.10). */
#include <ikelive/message.h>

#include "message/body.h"

enum { FIXED_LEN = 4 };

bool ikl_notify_is_error(uint16_t type)
{
    return type < IKL_NOTIFY_FIRST_STATUS;
}

/* The SPI in a Notify belongs to a Child SA: a notification about the IKE SA has none. */
static bool has_valid_spi(const struct ikl_notify *notify)
{
    switch (notify->protocol) {
    case IKL_PROTOCOL_IKE:
        return notify->spi.len == 0;
    case IKL_PROTOCOL_AH:
    case IKL_PROTOCOL_ESP:
        return notify->spi.len == 0 || notify->spi.len == 4;
    default:
        return true;
    }
}

int ikl_notify_read(struct ikl_notify *out, struct ikl_octets body)
{
    struct ikl_reader reader = ikl_reader(body.data, body.len);
    struct ikl_notify notify;
    size_t spi_size;

    notify.protocol = ikl_read_u8(&reader);
    spi_size = ikl_read_u8(&reader);
    notify.type = ikl_read_u16(&reader);
    notify.spi = ikl_read_octets(&reader, spi_size);
    notify.data = ikl_read_octets(&reader, reader.left);
    if (reader.failed) {
        return IKL_ERR_TRUNCATED;
    }
    if (!has_valid_spi(&notify)) {
        return IKL_ERR_MALFORMED;
    }
    *out = notify;
    return IKL_OK;
}

int ikl_notify_write(struct ikl_writer *writer, const struct ikl_notify *notify)
{
    if (!has_valid_spi(notify) || notify->spi.len > UINT8_MAX ||
        !ikl_body_fits(FIXED_LEN + notify->spi.len, notify->data.len)) {
        return IKL_ERR_INVALID;
    }
    ikl_write_u8(writer, notify->spi.len > 0 ? notify->protocol : IKL_PROTOCOL_NONE);
    ikl_write_u8(writer, (uint8_t)notify->spi.len);
    ikl_write_u16(writer, notify->type);
    ikl_write_octets(writer, notify->spi.data, notify->spi.len);
    ikl_write_octets(writer, notify->data.data, notify->data.len);
    return ikl_writer_status(writer);
}
