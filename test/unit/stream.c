/* SPDX-License-Identifier: ISC */
/* Messages in a stream of octets, as <ikelive/stream.h> promises. */
#include "support/test.h"

#include <ikelive/stream.h>

enum { ROOM = 64 };

static const uint8_t ike[] = {0, 0, 0, 0, 'i', 'k', 'e'};
static const uint8_t esp[] = {0, 0, 0, 1, 'e', 's', 'p', '!'};
static uint8_t buffer[ROOM];

static struct ikl_stream stream_of(enum ikl_stream_role role)
{
    struct ikl_stream stream;

    ikl_stream_init(&stream, role, buffer, sizeof(buffer));
    return stream;
}

/* Of the originator's, who reads no prefix. */
static struct ikl_stream plain_stream(void)
{
    return stream_of(IKL_STREAM_ORIGINATOR);
}

/* What comes of these octets. */
static int feed(struct ikl_stream *stream, const void *octets, size_t len, struct ikl_stream_message *out)
{
    struct ikl_octets in = {octets, len};

    return ikl_stream_next(stream, &in, out);
}

static void assert_message(const struct ikl_stream_message *message, enum ikl_stream_kind kind, const uint8_t *octets,
                           size_t len)
{
    assert_int_equal(message->kind, kind);
    assert_int_equal(message->octets.len, len);
    assert_memory_equal(message->octets.data, octets, len);
}

static void four_zero_octets_tell_ike_from_esp(void **state)
{
    const uint8_t octets[] = {0, 9, 0, 0, 0, 0, 'i', 'k', 'e', 0, 10, 0, 0, 0, 1, 'e', 's', 'p', '!'};
    struct ikl_stream stream = plain_stream();
    struct ikl_octets in = {octets, sizeof(octets)};
    struct ikl_stream_message message;

    (void)state;
    assert_int_equal(ikl_stream_next(&stream, &in, &message), IKL_OK);
    assert_message(&message, IKL_STREAM_IKE, ike, sizeof(ike));
    assert_int_equal(in.len, 10);
    assert_int_equal(ikl_stream_next(&stream, &in, &message), IKL_OK);
    assert_message(&message, IKL_STREAM_ESP, esp, sizeof(esp));
    assert_int_equal(ikl_stream_next(&stream, &in, &message), IKL_ERR_END);
    assert_int_equal(in.len, 0);
}

/* Its length takes both octets, which come apart. */
static void a_message_longer_than_255_octets_may_come_octet_by_octet(void **state)
{
    enum { LENGTH = 0x0201, MESSAGE = LENGTH - 2 };
    static uint8_t octets[LENGTH] = {LENGTH >> 8, LENGTH & 0xff}, room[LENGTH];
    struct ikl_stream_message message;
    struct ikl_stream stream;

    (void)state;
    memset(octets + 6, 'x', sizeof(octets) - 6);
    ikl_stream_init(&stream, IKL_STREAM_ORIGINATOR, room, sizeof(room));
    for (size_t i = 0; i + 1 < sizeof(octets); i++) {
        assert_int_equal(feed(&stream, octets + i, 1, &message), IKL_ERR_END);
    }
    assert_int_equal(feed(&stream, octets + LENGTH - 1, 1, &message), IKL_OK);
    assert_message(&message, IKL_STREAM_IKE, octets + 2, MESSAGE);
}

static void a_message_that_comes_whole_is_not_copied(void **state)
{
    const uint8_t octets[] = {0, 9, 0, 0, 0, 0, 'i', 'k', 'e'};
    struct ikl_stream stream = plain_stream();
    struct ikl_stream_message message;

    (void)state;
    assert_int_equal(feed(&stream, octets, sizeof(octets), &message), IKL_OK);
    assert_ptr_equal(message.octets.data, octets + 2);
    assert_int_equal(feed(&stream, octets, 1, &message), IKL_ERR_END);
    assert_int_equal(feed(&stream, octets + 1, sizeof(octets) - 1, &message), IKL_OK);
    assert_ptr_equal(message.octets.data, octets + 2);
}

static void a_message_that_comes_octet_by_octet_is_in_the_buffer(void **state)
{
    const uint8_t octets[] = {0, 9, 0, 0, 0, 0, 'i', 'k', 'e'};
    struct ikl_stream stream = plain_stream();
    struct ikl_stream_message message;

    (void)state;
    for (size_t i = 0; i + 1 < sizeof(octets); i++) {
        assert_int_equal(feed(&stream, octets + i, 1, &message), IKL_ERR_END);
    }
    assert_int_equal(feed(&stream, octets + sizeof(octets) - 1, 1, &message), IKL_OK);
    assert_message(&message, IKL_STREAM_IKE, ike, sizeof(ike));
    assert_ptr_equal(message.octets.data, buffer);
}

static void a_length_of_0_or_1_is_fatal_for_ever(void **state)
{
    for (uint8_t length = 0; length < 2; length++) {
        const uint8_t octets[] = {0, length};
        const uint8_t good[] = {0, 9, 0, 0, 0, 0, 'i', 'k', 'e'};
        struct ikl_stream stream = plain_stream();
        struct ikl_stream_message message;

        assert_int_equal(feed(&stream, octets, sizeof(octets), &message), IKL_ERR_MALFORMED);
        assert_int_equal(feed(&stream, good, sizeof(good), &message), IKL_ERR_MALFORMED);
    }
    (void)state;
}

static void what_says_nothing_is_passed_over_and_counted(void **state)
{
    const uint8_t octets[] = {0, 2, 0, 3, 0xff, 0, 3, 7, 0, 5, 0, 0, 0, 0, 6, 0, 0, 0, 0};
    struct ikl_stream stream = plain_stream();
    struct ikl_stream_message message;

    (void)state;
    assert_int_equal(feed(&stream, octets, sizeof(octets), &message), IKL_OK);
    assert_int_equal(message.kind, IKL_STREAM_IKE);
    assert_int_equal(message.octets.len, IKL_STREAM_MARKER_LEN);
    assert_int_equal(stream.ignored, 4);
}

static void the_count_of_what_says_nothing_stays_at_its_most(void **state)
{
    const uint8_t octets[] = {0, 2};
    struct ikl_stream stream = plain_stream();
    struct ikl_stream_message message;

    (void)state;
    stream.ignored = UINT32_MAX;
    assert_int_equal(feed(&stream, octets, sizeof(octets), &message), IKL_ERR_END);
    assert_int_equal(stream.ignored, UINT32_MAX);
}

static void the_responder_takes_nothing_before_all_of_the_prefix_has_come(void **state)
{
    const uint8_t octets[] = {'I', 'K', 'E', 'T', 'C', 'P', 0, 9, 0, 0, 0, 0, 'i', 'k', 'e'};
    struct ikl_stream stream = stream_of(IKL_STREAM_RESPONDER);
    struct ikl_stream_message message;

    (void)state;
    assert_int_equal(feed(&stream, octets, 5, &message), IKL_ERR_END);
    assert_int_equal(feed(&stream, octets + 5, sizeof(octets) - 5, &message), IKL_OK);
    assert_message(&message, IKL_STREAM_IKE, ike, sizeof(ike));
}

static void another_prefix_is_fatal(void **state)
{
    static const char *const others[] = {"iKETCP", "IKETCQ", "GET / ", "IKEIKE"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        struct ikl_stream stream = stream_of(IKL_STREAM_RESPONDER);
        struct ikl_stream_message message;

        assert_int_equal(feed(&stream, others[i], IKL_STREAM_PREFIX_LEN, &message), IKL_ERR_MALFORMED);
        assert_int_equal(feed(&stream, IKL_STREAM_PREFIX, IKL_STREAM_PREFIX_LEN, &message), IKL_ERR_MALFORMED);
    }
}

/* One of the largest length a buffer of 8 octets takes, and one more. */
static void a_message_that_is_longer_than_the_buffer_is_left_out_and_told_once(void **state)
{
    const uint8_t octets[] = {0, 11, 0, 0, 0, 1, 'l', 'o', 'n', 'g', '!', 0, 10, 0, 0, 0, 1, 'e', 's', 'p', '!'};
    struct ikl_octets in = {octets, sizeof(octets)};
    struct ikl_stream_message message;
    struct ikl_stream stream;

    (void)state;
    ikl_stream_init(&stream, IKL_STREAM_ORIGINATOR, buffer, 8);
    assert_int_equal(ikl_stream_next(&stream, &in, &message), IKL_ERR_NO_BUFFER);
    assert_int_equal(ikl_stream_next(&stream, &in, &message), IKL_OK);
    assert_message(&message, IKL_STREAM_ESP, esp, sizeof(esp));
    assert_int_equal(ikl_stream_next(&stream, &in, &message), IKL_ERR_END);
}

static void without_a_buffer_every_message_is_too_long(void **state)
{
    const uint8_t octets[] = {0, 2, 0, 6, 0, 0, 0, 0};
    struct ikl_stream_message message;
    struct ikl_stream stream;
    struct ikl_octets in = {octets, sizeof(octets)};

    (void)state;
    ikl_stream_init(&stream, IKL_STREAM_ORIGINATOR, NULL, 0);
    assert_int_equal(ikl_stream_next(&stream, &in, &message), IKL_ERR_NO_BUFFER);
    assert_int_equal(ikl_stream_next(&stream, &in, &message), IKL_ERR_END);
    assert_int_equal(stream.ignored, 1);
}

static void a_connection_that_is_begun_anew_has_nothing_of_the_old_one(void **state)
{
    const uint8_t part[] = {0, 9, 0, 0, 0, 0, 'i'};
    const uint8_t whole[] = {0, 9, 0, 0, 0, 0, 'i', 'k', 'e'};
    struct ikl_stream stream = plain_stream();
    struct ikl_stream_message message;

    (void)state;
    assert_int_equal(feed(&stream, part, sizeof(part), &message), IKL_ERR_END);
    ikl_stream_init(&stream, IKL_STREAM_ORIGINATOR, buffer, sizeof(buffer));
    assert_int_equal(feed(&stream, whole, sizeof(whole), &message), IKL_OK);
    assert_message(&message, IKL_STREAM_IKE, ike, sizeof(ike));
}

static void the_originator_sends_the_prefix_until_a_head_is_on_its_way(void **state)
{
    const uint8_t first[] = {'I', 'K', 'E', 'T', 'C', 'P', 0, 9};
    const uint8_t later[] = {1, 2};
    struct ikl_stream stream = stream_of(IKL_STREAM_ORIGINATOR);
    uint8_t head[IKL_STREAM_MAX_HEAD];

    (void)state;
    assert_int_equal(ikl_stream_head(&stream, 7, head), sizeof(first));
    assert_memory_equal(head, first, sizeof(first));
    assert_int_equal(ikl_stream_head(&stream, 7, head), sizeof(first));
    ikl_stream_began(&stream);
    assert_int_equal(ikl_stream_head(&stream, 256, head), sizeof(later));
    assert_memory_equal(head, later, sizeof(later));
}

/* RFC 9329 §6.1: also for an IKE SA that has been there. */
static void each_connection_begins_with_the_prefix_at_both_ends(void **state)
{
    struct ikl_stream sends = stream_of(IKL_STREAM_ORIGINATOR), takes = stream_of(IKL_STREAM_RESPONDER);
    uint8_t octets[IKL_STREAM_MAX_HEAD + sizeof(ike)];
    struct ikl_stream_message message;

    (void)state;
    for (int connection = 0; connection < 3; connection++) {
        size_t len = ikl_stream_head(&sends, sizeof(ike), octets);

        assert_int_equal(len, IKL_STREAM_PREFIX_LEN + IKL_STREAM_LENGTH_LEN);
        memcpy(octets + len, ike, sizeof(ike));
        ikl_stream_began(&sends);
        assert_int_equal(feed(&takes, octets, len + sizeof(ike), &message), IKL_OK);
        assert_message(&message, IKL_STREAM_IKE, ike, sizeof(ike));
        sends = stream_of(IKL_STREAM_ORIGINATOR);
        takes = stream_of(IKL_STREAM_RESPONDER);
    }
    /* and without it nothing is taken */
    assert_int_equal(feed(&takes, octets + IKL_STREAM_PREFIX_LEN, sizeof(ike) + IKL_STREAM_LENGTH_LEN, &message),
                     IKL_ERR_MALFORMED);
}

static void the_responder_sends_no_prefix(void **state)
{
    struct ikl_stream stream = stream_of(IKL_STREAM_RESPONDER);
    uint8_t head[IKL_STREAM_MAX_HEAD];

    (void)state;
    assert_int_equal(ikl_stream_head(&stream, 7, head), IKL_STREAM_LENGTH_LEN);
}

static void there_is_no_head_for_a_message_that_no_length_says(void **state)
{
    const struct ikl_stream stream = stream_of(IKL_STREAM_RESPONDER);
    uint8_t head[IKL_STREAM_MAX_HEAD];

    (void)state;
    assert_int_equal(ikl_stream_head(&stream, 0, head), 0);
    assert_int_equal(ikl_stream_head(&stream, IKL_STREAM_MAX_MESSAGE + 1, head), 0);
    assert_int_equal(ikl_stream_head(&stream, IKL_STREAM_MAX_MESSAGE, head), IKL_STREAM_LENGTH_LEN);
    assert_int_equal(head[0] << 8 | head[1], 0xffff);
}

TESTS_OF(stream)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(four_zero_octets_tell_ike_from_esp),
        cmocka_unit_test(a_message_longer_than_255_octets_may_come_octet_by_octet),
        cmocka_unit_test(a_message_that_comes_whole_is_not_copied),
        cmocka_unit_test(a_message_that_comes_octet_by_octet_is_in_the_buffer),
        cmocka_unit_test(a_length_of_0_or_1_is_fatal_for_ever),
        cmocka_unit_test(what_says_nothing_is_passed_over_and_counted),
        cmocka_unit_test(the_count_of_what_says_nothing_stays_at_its_most),
        cmocka_unit_test(the_responder_takes_nothing_before_all_of_the_prefix_has_come),
        cmocka_unit_test(another_prefix_is_fatal),
        cmocka_unit_test(a_message_that_is_longer_than_the_buffer_is_left_out_and_told_once),
        cmocka_unit_test(without_a_buffer_every_message_is_too_long),
        cmocka_unit_test(a_connection_that_is_begun_anew_has_nothing_of_the_old_one),
        cmocka_unit_test(the_originator_sends_the_prefix_until_a_head_is_on_its_way),
        cmocka_unit_test(each_connection_begins_with_the_prefix_at_both_ends),
        cmocka_unit_test(the_responder_sends_no_prefix),
        cmocka_unit_test(there_is_no_head_for_a_message_that_no_length_says),
    };

    return cmocka_run_group_tests_name("stream", tests, NULL, NULL);
}
