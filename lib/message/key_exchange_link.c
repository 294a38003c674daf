/* SPDX-License-Identifier: ISC */
/* ikelive key exchange link: the notification ADDITIONAL_KEY_EXCHANGE (RFC 9370 §2.2.4). */
#include <ikelive/message.h>

int ikl_key_exchange_link_read(struct ikl_octets *out, struct ikl_octets body)
{
    struct ikl_notify notify;
    int result = ikl_notify_read(&notify, body);

    if (result != IKL_OK) {
        return result;
    }
    if (notify.type != IKL_NOTIFY_ADDITIONAL_KEY_EXCHANGE) {
        return IKL_ERR_NOT_FOUND;
    }
    if (notify.spi.len != 0) {
        return IKL_ERR_MALFORMED;
    }
    *out = notify.data;
    return IKL_OK;
}

int ikl_key_exchange_link_write(struct ikl_writer *writer, struct ikl_octets link)
{
    return ikl_notify_write(writer, &(struct ikl_notify){.type = IKL_NOTIFY_ADDITIONAL_KEY_EXCHANGE, .data = link});
}
