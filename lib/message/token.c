/* SPDX-License-Identifier: ISC */
/* ikelive token: the notification QUICK_CRASH_DETECTION (RFC 6290 §4.1). */
#include <ikelive/message.h>

#include "message/body.h"

static bool is_token(struct ikl_octets token)
{
    return token.len >= IKL_MIN_TOKEN && token.len <= IKL_MAX_TOKEN;
}

int ikl_token_read(struct ikl_octets *out, struct ikl_octets body)
{
    struct ikl_notify notify;
    int result = ikl_notify_read(&notify, body);

    if (result != IKL_OK) {
        return result;
    }
    if (notify.type != IKL_NOTIFY_QUICK_CRASH_DETECTION) {
        return IKL_ERR_NOT_FOUND;
    }
    if (notify.spi.len != 0 || !is_token(notify.data)) {
        return IKL_ERR_MALFORMED;
    }
    *out = notify.data;
    return IKL_OK;
}

/* Unlike other notifications without an SPI this one names its protocol. */
int ikl_token_write(struct ikl_writer *writer, struct ikl_octets token)
{
    if (!is_token(token)) {
        return IKL_ERR_INVALID;
    }
    ikl_write_u8(writer, IKL_PROTOCOL_IKE);
    ikl_write_u8(writer, 0);
    ikl_write_u16(writer, IKL_NOTIFY_QUICK_CRASH_DETECTION);
    ikl_write_octets(writer, token.data, token.len);
    return ikl_writer_status(writer);
}
