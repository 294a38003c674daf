/* SPDX-License-Identifier: ISC */
/* ikelive stream: IKE messages and ESP packets on a stream of octets, such as TCP or TLS (RFC 9329 §3, §4). Octets in
 * any pieces go in, whole messages come out, and back. Knows no sockets.
 *
 *     prefix "IKETCP", once, from who opened the connection
 *     length (2 octets, itself included) | four zero octets | IKE message
 *     length                             | ESP packet
 *     ...
 *
 * The host keeps a struct ikl_stream for each connection. For what it receives:
 *
 *     struct ikl_octets in = {octets, n};
 *     struct ikl_stream_message message;
 *     int result;
 *
 *     while ((result = ikl_stream_next(&stream, &in, &message)) == IKL_OK || result == IKL_ERR_NO_BUFFER) {
 *         if (result == IKL_OK) {
 *             take(&message);
 *         }
 *     }
 *     if (result != IKL_ERR_END) {
 *         close the connection;
 *     }
 *
 * and before each message that it sends go the octets that ikl_stream_head writes.
 *
 * A connection that is lost takes the part of a message that has come with it: for the next one call ikl_stream_init
 * again (§6.1). */
#ifndef IKELIVE_STREAM_H
#define IKELIVE_STREAM_H

#include <ikelive/base.h>

#ifdef __cplusplus
extern "C" {
#endif

#define IKL_STREAM_PREFIX "IKETCP"
#define IKL_STREAM_PREFIX_LEN 6
#define IKL_STREAM_LENGTH_LEN 2
#define IKL_STREAM_MARKER_LEN 4 /* zero octets before an IKE message: the non-ESP marker */
#define IKL_STREAM_MAX_HEAD (IKL_STREAM_PREFIX_LEN + IKL_STREAM_LENGTH_LEN)
#define IKL_STREAM_MAX_MESSAGE (65535 - IKL_STREAM_LENGTH_LEN) /* octets behind the length */

/* Who opened the connection. */
enum ikl_stream_role {
    IKL_STREAM_ORIGINATOR, /* we did: we send the prefix */
    IKL_STREAM_RESPONDER   /* the peer did: it sends the prefix, and nothing counts before all of it has come */
};

enum ikl_stream_kind {
    IKL_STREAM_IKE, /* as on a port with UDP encapsulation: the marker, then the message */
    IKL_STREAM_ESP  /* an ESP packet; its SPI is not 0 */
};

/* One connection. A plain value for the caller to embed; fields are for reading only; does not grow within a SOVERSION.
 */
struct ikl_stream {
    uint8_t *buffer;   /* the caller's */
    size_t room;       /* octets of it */
    uint32_t ignored;  /* messages that say nothing, see ikl_stream_next; stays at UINT32_MAX */
    uint16_t len;      /* of the message that is coming in, without its length field; 0: none is */
    uint16_t taken;    /* octets of it that have come */
    uint8_t high;      /* the first octet of a length field, while the second has not come */
    bool half : 1;     /* that is so */
    bool prefix : 1;   /* ours is still to be sent */
    bool corrupt : 1;  /* nothing more is read */
    uint8_t prefix_in; /* octets of the peer's prefix that are still to come */
};

struct ikl_stream_message {
    enum ikl_stream_kind kind;
    struct ikl_octets octets;
};

/* Begins a connection. `buffer` holds messages that come in pieces, and must outlive their use; its size is that of the
 * longest message that is taken, the marker of an IKE message included: that of the endpoint's config.max_message and
 * IKL_STREAM_MARKER_LEN more, or what ESP takes. It may be null when the size is 0. */
IKL_API void ikl_stream_init(struct ikl_stream *stream, enum ikl_stream_role role, uint8_t *buffer, size_t size);

/* Takes octets from the front of `in`, which have come over the connection, until a message is whole, and moves `in`
 * past them. Cut the octets into pieces as you like: the same messages come out, and the same errors between them.
 *
 * IKL_OK: `out` has a message, a view of `in` where all of it lies there, else of the buffer; it is valid until the
 * next call. A NAT keepalive (one octet 0xFF), an empty message, and any other of less than 4 octets, which is neither
 * IKE nor ESP, are passed over and counted in `ignored`: they are no sign of life and no error (§3, §6.6).
 *
 * IKL_ERR_END: all of `in` is taken and no message is whole. IKL_ERR_NO_BUFFER: a message comes in that is longer than
 * the buffer; it is left out, told once, and reading goes on behind it. IKL_ERR_MALFORMED: the prefix is another, or a
 * length is 0 or 1: the connection must be closed (§3.1); every later call says the same. */
IKL_MUST_USE IKL_API int ikl_stream_next(struct ikl_stream *stream, struct ikl_octets *in,
                                         struct ikl_stream_message *out);

/* Writes the octets that go before a message of `len` octets, at most IKL_STREAM_MAX_HEAD of them, and returns how many
 * that are; 0 when `len` is 0 or above IKL_STREAM_MAX_MESSAGE. An IKE message has its marker already, which counts. The
 * prefix is among them until ikl_stream_began says that it is on its way. */
IKL_API size_t ikl_stream_head(const struct ikl_stream *stream, size_t len, uint8_t *head);

/* A head is on its way, in the socket or in the host's own queue: whatever part of it and of the message behind it the
 * socket has not taken goes out before anything else. So no other head has the prefix. */
IKL_API void ikl_stream_began(struct ikl_stream *stream);

#ifdef __cplusplus
}
#endif
#endif
