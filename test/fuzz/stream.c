/* SPDX-License-Identifier: ISC */
/* Fuzz target: octets of a stream. However they are cut, they come to what a slow reader makes of all of them. The
 * first octet says our role and the room of the buffer, the second how they are cut. */
#include "support/check.h"

#include "support/stream_model.h"
#include "support/test_random.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct stream_events expected;
    struct test_random random = {.state = 0};
    enum ikl_stream_role role;
    struct ikl_octets octets;
    size_t room;

    if (size < 2) {
        return 0;
    }
    role = (data[0] & 1) != 0 ? IKL_STREAM_RESPONDER : IKL_STREAM_ORIGINATOR;
    room = (size_t)(data[0] >> 1) * 8;
    random.state = data[1];
    octets = (struct ikl_octets){data + 2, size - 2};
    stream_model(&expected, role, room, octets);
    CHECK(stream_agrees(&expected, role, room, octets, 1, &random));
    CHECK(stream_agrees(&expected, role, room, octets, 1 + data[1], &random));
    CHECK(stream_agrees(&expected, role, room, octets, size, &random));
    return 0;
}
