/* SPDX-License-Identifier: ISC */
/* ikelive stream: messages in a stream of octets (RFC 9329 §3, §4). The header states its rules. */
#include <ikelive/stream.h>

#include "octets.h"

#include <string.h>

enum { LEAST_LEN = 4 /* of a message that is either IKE or ESP */ };

void ikl_stream_init(struct ikl_stream *stream, enum ikl_stream_role role, uint8_t *buffer, size_t size)
{
    bool originator = role == IKL_STREAM_ORIGINATOR;

    *stream = (struct ikl_stream){
        .buffer = buffer, .room = size, .prefix = originator, .prefix_in = originator ? 0 : IKL_STREAM_PREFIX_LEN};
}

static void pass(struct ikl_octets *in, size_t n)
{
    in->data += n;
    in->len -= n;
}

static uint8_t take_octet(struct ikl_octets *in)
{
    uint8_t octet = in->data[0];

    pass(in, 1);
    return octet;
}

static int corrupt(struct ikl_stream *stream)
{
    stream->corrupt = true;
    return IKL_ERR_MALFORMED;
}

static void ignore(struct ikl_stream *stream)
{
    if (stream->ignored < UINT32_MAX) {
        stream->ignored++;
    }
}

/* IKL_OK once all of the peer's prefix has come. */
static int take_prefix(struct ikl_stream *stream, struct ikl_octets *in)
{
    for (; stream->prefix_in != 0; stream->prefix_in--) {
        if (in->len == 0) {
            return IKL_ERR_END;
        }
        if (take_octet(in) != (uint8_t)IKL_STREAM_PREFIX[IKL_STREAM_PREFIX_LEN - stream->prefix_in]) {
            return corrupt(stream);
        }
    }
    return IKL_OK;
}

/* A message of this length, its length field included, comes in. */
static int begin(struct ikl_stream *stream, uint16_t length)
{
    if (length < IKL_STREAM_LENGTH_LEN) {
        return corrupt(stream);
    }
    if (length == IKL_STREAM_LENGTH_LEN) {
        ignore(stream);
        return IKL_OK;
    }
    stream->len = (uint16_t)(length - IKL_STREAM_LENGTH_LEN);
    stream->taken = 0;
    return stream->len > stream->room ? IKL_ERR_NO_BUFFER : IKL_OK;
}

/* Between messages: takes a length field, as far as it has come. */
static int take_length(struct ikl_stream *stream, struct ikl_octets *in)
{
    if (!stream->half) {
        stream->high = take_octet(in);
        stream->half = true;
        return IKL_OK;
    }
    stream->half = false;
    return begin(stream, (uint16_t)(stream->high << 8 | take_octet(in)));
}

/* All octets of a message have come. False when it says nothing. */
static bool finish(struct ikl_stream *stream, const uint8_t *octets, struct ikl_stream_message *out)
{
    size_t len = stream->len;

    stream->len = 0;
    if (len < LEAST_LEN) {
        ignore(stream);
        return false;
    }
    out->kind = ikl_load_u32(octets) == 0 ? IKL_STREAM_IKE : IKL_STREAM_ESP;
    out->octets = (struct ikl_octets){octets, len};
    return true;
}

/* Takes octets of the message that is coming in. True when that makes it whole, and it says something. */
static bool take_body(struct ikl_stream *stream, struct ikl_octets *in, struct ikl_stream_message *out)
{
    size_t left = (size_t)stream->len - stream->taken, here = left < in->len ? left : in->len;
    const uint8_t *octets = in->data;
    bool too_long = stream->len > stream->room;

    pass(in, here);
    if (here == stream->len && !too_long) {
        return finish(stream, octets, out);
    }
    if (!too_long) {
        memcpy(stream->buffer + stream->taken, octets, here);
    }
    stream->taken = (uint16_t)(stream->taken + here);
    if (here != left) {
        return false;
    }
    if (too_long) {
        stream->len = 0;
        return false;
    }
    return finish(stream, stream->buffer, out);
}

int ikl_stream_next(struct ikl_stream *stream, struct ikl_octets *in, struct ikl_stream_message *out)
{
    int result = stream->corrupt ? IKL_ERR_MALFORMED : take_prefix(stream, in);

    while (result == IKL_OK && in->len != 0) {
        if (stream->len == 0) {
            result = take_length(stream, in);
        } else if (take_body(stream, in, out)) {
            return IKL_OK;
        }
    }
    return result == IKL_OK ? IKL_ERR_END : result;
}

size_t ikl_stream_head(const struct ikl_stream *stream, size_t len, uint8_t *head)
{
    size_t prefix = stream->prefix ? IKL_STREAM_PREFIX_LEN : 0;

    if (len == 0 || len > IKL_STREAM_MAX_MESSAGE) {
        return 0;
    }
    memcpy(head, IKL_STREAM_PREFIX, prefix);
    ikl_store_u16(head + prefix, (uint16_t)(len + IKL_STREAM_LENGTH_LEN));
    return prefix + IKL_STREAM_LENGTH_LEN;
}

void ikl_stream_began(struct ikl_stream *stream)
{
    stream->prefix = false;
}
