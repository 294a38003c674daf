/* SPDX-License-Identifier: ISC */
/* See stream_model.h. */
#include "stream_model.h"

#include "test_random.h"

#include <stdlib.h>
#include <string.h>

static void add(struct stream_events *events, struct stream_event event)
{
    if (events->n < STREAM_EVENTS_MAX) {
        events->of[events->n++] = event;
    }
}

/* One message, whose length field is whole. Returns where the next one begins. */
static size_t model_message(struct stream_events *out, size_t room, struct ikl_octets octets, size_t at)
{
    static const uint8_t marker[IKL_STREAM_MARKER_LEN];
    size_t len = (size_t)octets.data[at] << 8 | octets.data[at + 1];

    at += 2;
    if (len < 2) {
        add(out, (struct stream_event){.result = IKL_ERR_MALFORMED});
        return octets.len;
    }
    len -= 2;
    if (len > room) {
        add(out, (struct stream_event){.result = IKL_ERR_NO_BUFFER});
    } else if (at + len <= octets.len && len < 4) {
        out->ignored++;
    } else if (at + len <= octets.len) {
        bool marked = memcmp(octets.data + at, marker, sizeof(marker)) == 0;

        add(out, (struct stream_event){.kind = marked ? IKL_STREAM_IKE : IKL_STREAM_ESP, .at = at, .len = len});
    }
    return at + len;
}

void stream_model(struct stream_events *out, enum ikl_stream_role role, size_t room, struct ikl_octets octets)
{
    size_t prefix = role == IKL_STREAM_RESPONDER ? 6 : 0;
    size_t here = octets.len < prefix ? octets.len : prefix;

    out->n = 0;
    out->ignored = 0;
    if (here != 0 && memcmp(octets.data, "IKETCP", here) != 0) {
        add(out, (struct stream_event){.result = IKL_ERR_MALFORMED});
        return;
    }
    for (size_t at = prefix; at + 2 <= octets.len;) {
        at = model_message(out, room, octets, at);
    }
}

static bool is_expected(const struct stream_event *expected, int result, const struct ikl_stream_message *message,
                        struct ikl_octets octets)
{
    if (result != expected->result) {
        return false;
    }
    return result != IKL_OK || (message->kind == expected->kind && message->octets.len == expected->len &&
                                memcmp(message->octets.data, octets.data + expected->at, expected->len) == 0);
}

/* Gives one piece to the stream. False when something else comes out than expected from number `n` on. */
static bool feed(struct ikl_stream *stream, struct ikl_octets piece, const struct stream_events *expected, size_t *n,
                 struct ikl_octets octets)
{
    struct ikl_stream_message message;
    int result = ikl_stream_next(stream, &piece, &message);

    for (; result != IKL_ERR_END; result = ikl_stream_next(stream, &piece, &message)) {
        if (*n == expected->n && expected->n != 0 && expected->of[*n - 1].result == IKL_ERR_MALFORMED) {
            return result == IKL_ERR_MALFORMED;
        }
        if (*n == expected->n || !is_expected(&expected->of[(*n)++], result, &message, octets)) {
            return *n == STREAM_EVENTS_MAX;
        }
    }
    return piece.len == 0;
}

static bool feed_copy(struct ikl_stream *stream, struct ikl_octets piece, const struct stream_events *expected,
                      size_t *n, struct ikl_octets octets)
{
    uint8_t *copy = malloc(piece.len + 1); /* for a sanitizer to watch its end */
    bool agrees;

    if (copy == NULL) {
        return false;
    }
    if (piece.len != 0) {
        memcpy(copy, piece.data, piece.len);
    }
    agrees = feed(stream, (struct ikl_octets){copy, piece.len}, expected, n, octets);
    free(copy);
    return agrees;
}

bool stream_agrees(const struct stream_events *expected, enum ikl_stream_role role, size_t room,
                   struct ikl_octets octets, size_t longest, struct test_random *random)
{
    uint8_t *buffer = room != 0 ? malloc(room) : NULL;
    struct ikl_stream stream;
    size_t n = 0;
    bool agrees = true;

    ikl_stream_init(&stream, role, buffer, room);
    for (size_t at = 0, len; agrees && at < octets.len; at += len) {
        len = (size_t)test_random_below(random, longest + 1);
        len = len < octets.len - at ? len : octets.len - at;
        agrees = feed_copy(&stream, (struct ikl_octets){octets.data + at, len}, expected, &n, octets);
    }
    free(buffer);
    return agrees && n == expected->n && (stream.corrupt || stream.ignored == expected->ignored);
}
