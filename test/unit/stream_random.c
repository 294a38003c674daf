/* SPDX-License-Identifier: ISC */
/* Any cutting of the same octets gives the same messages, and what one side of a stream writes the other reads: random
 * streams, the same in every run. */
#include "support/test.h"

#include "support/stream_model.h"
#include "support/test_random.h"

enum { ROUNDS = 3000, ROOM = 4096, LONGEST = 90 };

static struct test_random random_source;
static uint8_t octets[ROOM];
static struct stream_events expected;

static size_t below(size_t n)
{
    return (size_t)test_random_below(&random_source, n);
}

/* One message with its length field, mostly well formed. Returns its octets. */
static size_t write_message(uint8_t *out)
{
    size_t len = below(40) == 0 ? below(2) : 2 + below(LONGEST);

    for (size_t i = 2; i < len; i++) {
        out[i] = (uint8_t)(below(3) != 0 && i < 6 ? 0 : below(256));
    }
    out[0] = 0;
    out[1] = (uint8_t)len;
    return len < 2 ? 2 : len;
}

static struct ikl_octets random_stream(enum ikl_stream_role role)
{
    size_t n = below(30), len = 0;

    if (role == IKL_STREAM_RESPONDER) {
        memcpy(octets, "IKETCP", 6);
        octets[below(6)] ^= (uint8_t)(below(20) == 0 ? 1u : 0u);
        len = 6;
    }
    for (size_t i = 0; i < n; i++) {
        len += write_message(octets + len);
    }
    return (struct ikl_octets){octets, len - (len != 0 ? below(2) : 0)};
}

static void any_cutting_of_the_same_octets_gives_the_same_messages(void **state)
{
    size_t messages = 0, refused = 0, broken = 0;

    (void)state;
    random_source.state = 1;
    for (int round = 0; round < ROUNDS; round++) {
        enum ikl_stream_role role = below(2) != 0 ? IKL_STREAM_RESPONDER : IKL_STREAM_ORIGINATOR;
        size_t room = below(LONGEST);
        struct ikl_octets stream = random_stream(role);

        stream_model(&expected, role, room, stream);
        for (size_t longest = 1; longest <= ROOM; longest *= 4) {
            assert_true(stream_agrees(&expected, role, room, stream, longest, &random_source));
        }
        for (size_t i = 0; i < expected.n; i++) {
            messages += expected.of[i].result == IKL_OK ? 1 : 0;
            refused += expected.of[i].result == IKL_ERR_NO_BUFFER ? 1 : 0;
            broken += expected.of[i].result == IKL_ERR_MALFORMED ? 1 : 0;
        }
    }
    assert_true(messages > ROUNDS && refused > ROUNDS && broken > ROUNDS / 10);
}

/* Writes a message with its head behind what is in `octets`. */
static size_t send_message(struct ikl_stream *stream, size_t at, size_t len)
{
    size_t head = ikl_stream_head(stream, len, octets + at);

    ikl_stream_began(stream);
    octets[at + head] = 1; /* not IKE */
    return at + head + len;
}

static void what_one_side_writes_the_other_reads(void **state)
{
    (void)state;
    random_source.state = 2;
    for (int round = 0; round < ROUNDS; round++) {
        bool from_originator = below(2) != 0;
        enum ikl_stream_role role = from_originator ? IKL_STREAM_ORIGINATOR : IKL_STREAM_RESPONDER;
        enum ikl_stream_role other = from_originator ? IKL_STREAM_RESPONDER : IKL_STREAM_ORIGINATOR;
        size_t lens[8], n = 1 + below(COUNT_OF(lens)), at = 0;
        struct ikl_stream stream;

        ikl_stream_init(&stream, role, NULL, 0);
        for (size_t i = 0; i < n; i++) {
            lens[i] = 4 + below(LONGEST);
            at = send_message(&stream, at, lens[i]);
        }
        stream_model(&expected, other, ROOM, (struct ikl_octets){octets, at});
        assert_int_equal(expected.n, n);
        for (size_t i = 0; i < n; i++) {
            assert_int_equal(expected.of[i].result, IKL_OK);
            assert_int_equal(expected.of[i].len, lens[i]);
        }
        assert_true(stream_agrees(&expected, other, ROOM, (struct ikl_octets){octets, at}, 7, &random_source));
    }
}

TESTS_OF(stream_random)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_cutting_of_the_same_octets_gives_the_same_messages),
        cmocka_unit_test(what_one_side_writes_the_other_reads),
    };

    return cmocka_run_group_tests_name("stream_random", tests, NULL, NULL);
}
