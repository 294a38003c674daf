/* SPDX-License-Identifier: ISC */
/* ikelive sync: the notifications IKEV2_MESSAGE_ID_SYNC and IPSEC_REPLAY_COUNTER_SYNC (RFC 6311 §6.3, §6.4). */
#include <ikelive/message.h>

#include "message/body.h"

enum { IDS_LEN = 12, DELTA_LEN = 4, EXTENDED_DELTA_LEN = 8 };

/* The data of a notification of this type, which is about no SPI. */
static int read_data(struct ikl_octets *out, uint16_t type, struct ikl_octets body)
{
    struct ikl_notify notify;
    int result = ikl_notify_read(&notify, body);

    if (result != IKL_OK) {
        return result;
    }
    if (notify.type != type) {
        return IKL_ERR_NOT_FOUND;
    }
    *out = notify.data;
    return notify.spi.len == 0 ? IKL_OK : IKL_ERR_MALFORMED;
}

int ikl_message_id_sync_read(struct ikl_message_id_sync *out, struct ikl_octets body)
{
    struct ikl_octets data;
    struct ikl_reader reader;
    int result = read_data(&data, IKL_NOTIFY_IKEV2_MESSAGE_ID_SYNC, body);

    if (result != IKL_OK) {
        return result;
    }
    if (data.len != IDS_LEN) {
        return IKL_ERR_MALFORMED;
    }
    reader = ikl_reader(data.data, data.len);
    out->nonce = ikl_read_u32(&reader);
    out->send = ikl_read_u32(&reader);
    out->receive = ikl_read_u32(&reader);
    return IKL_OK;
}

int ikl_replay_sync_read(struct ikl_replay_sync *out, struct ikl_octets body)
{
    struct ikl_octets data;
    struct ikl_reader reader;
    int result = read_data(&data, IKL_NOTIFY_IPSEC_REPLAY_COUNTER_SYNC, body);

    if (result != IKL_OK) {
        return result;
    }
    if (data.len != DELTA_LEN && data.len != EXTENDED_DELTA_LEN) {
        return IKL_ERR_MALFORMED;
    }
    reader = ikl_reader(data.data, data.len);
    out->extended = data.len == EXTENDED_DELTA_LEN;
    out->delta = out->extended ? ikl_read_u64(&reader) : ikl_read_u32(&reader);
    return IKL_OK;
}

static void write_front(struct ikl_writer *writer, uint16_t type)
{
    ikl_write_zeros(writer, 2); /* no protocol, no SPI */
    ikl_write_u16(writer, type);
}

int ikl_message_id_sync_write(struct ikl_writer *writer, const struct ikl_message_id_sync *sync)
{
    write_front(writer, IKL_NOTIFY_IKEV2_MESSAGE_ID_SYNC);
    ikl_write_u32(writer, sync->nonce);
    ikl_write_u32(writer, sync->send);
    ikl_write_u32(writer, sync->receive);
    return ikl_writer_status(writer);
}

int ikl_replay_sync_write(struct ikl_writer *writer, const struct ikl_replay_sync *sync)
{
    if (!sync->extended && sync->delta > UINT32_MAX) {
        return IKL_ERR_INVALID;
    }
    write_front(writer, IKL_NOTIFY_IPSEC_REPLAY_COUNTER_SYNC);
    if (sync->extended) {
        ikl_write_u64(writer, sync->delta);
    } else {
        ikl_write_u32(writer, (uint32_t)sync->delta);
    }
    return ikl_writer_status(writer);
}
