/* SPDX-License-Identifier: ISC */
/* What a stream comes to, computed from all its octets at once: the oracle of struct ikl_stream. */
#ifndef TEST_STREAM_MODEL_H
#define TEST_STREAM_MODEL_H

#include <ikelive/stream.h>

struct test_random;

enum { STREAM_EVENTS_MAX = 4096 };

/* What ikl_stream_next says one after the other, IKL_ERR_END left out. */
struct stream_event {
    int result;
    enum ikl_stream_kind kind; /* of a message */
    size_t at, len;            /* where it is in the stream */
};

struct stream_events {
    struct stream_event of[STREAM_EVENTS_MAX];
    size_t n;
    uint32_t ignored;
};

/* The octets come all at once, with a buffer of `room` octets. */
void stream_model(struct stream_events *out, enum ikl_stream_role role, size_t room, struct ikl_octets octets);

/* Whether they come to the same when they are cut into pieces of 0 to `longest` octets, each in memory of its own that
 * is gone before the next one comes. */
bool stream_agrees(const struct stream_events *expected, enum ikl_stream_role role, size_t room,
                   struct ikl_octets octets, size_t longest, struct test_random *random);

#endif
