/* SPDX-License-Identifier: ISC */
/* The notification QUICK_CRASH_DETECTION keeps the promises of <ikelive/message.h>, and of <ikelive/dump.h>. */
#include "support/test.h"

#include "support/codec.h"

#include <ikelive/dump.h>
#include <ikelive/message.h>

/* A body with Protocol ID 1 and 16 octets of token. */
#define SIXTEEN "000102030405060708090a0b0c0d0e0f"
static const char *const shortest = "01 00 4023 " SIXTEEN;

CODEC_READER(read_token, struct ikl_octets, ikl_token_read)

static int write_token(struct ikl_writer *writer, const void *token)
{
    return ikl_token_write(writer, *(const struct ikl_octets *)token);
}

/* The body with a token of so many octets. */
static struct ikl_octets body_of(size_t len)
{
    static const uint8_t front[] = {1, 0, 0x40, 0x23};
    struct ikl_octets body = codec_fill(sizeof(front) + len, 0x5a);
    uint8_t octets[sizeof(front) + IKL_MAX_TOKEN + 1];

    memcpy(octets, body.data, body.len);
    memcpy(octets, front, sizeof(front));
    return codec_copy((struct ikl_octets){octets, body.len});
}

static void a_token_is_read_as_a_view(void **state)
{
    struct ikl_octets body = codec_octets(shortest), token;

    (void)state;
    assert_int_equal(ikl_token_read(&token, body), IKL_OK);
    assert_ptr_equal(token.data, body.data + 4);
    assert_int_equal(token.len, 16);
}

static void a_token_has_16_to_128_octets(void **state)
{
    (void)state;
    for (size_t len = 0; len <= IKL_MAX_TOKEN + 1; len++) {
        struct ikl_octets token = codec_fill(len, 0x5a);
        bool allowed = len >= 16 && len <= 128;

        assert_int_equal(read_token(body_of(len)), allowed ? IKL_OK : IKL_ERR_MALFORMED);
        if (!allowed) {
            codec_assert_refuses(write_token, &token);
        }
    }
}

static void what_is_no_token_is_told_from_a_bad_one(void **state)
{
    static const struct codec_row rows[] = {
        {"01 00 4022 " SIXTEEN, IKL_ERR_NOT_FOUND},          {"01 00 0004", IKL_ERR_NOT_FOUND},
        {"03 04 4023 01020304 " SIXTEEN, IKL_ERR_MALFORMED}, {"00 01 4023 01 " SIXTEEN, IKL_ERR_MALFORMED},
        {"01 04 4023 01020304 " SIXTEEN, IKL_ERR_MALFORMED}, {"01 00 4023", IKL_ERR_MALFORMED},
    };

    (void)state;
    codec_assert_rows(read_token, rows, sizeof(rows) / sizeof(rows[0]));
    codec_assert_fixed(read_token, shortest, 4);
}

static void the_protocol_of_a_token_is_ignored(void **state)
{
    static const struct codec_row rows[] = {
        {"00 00 4023 " SIXTEEN, IKL_OK}, {"02 00 4023 " SIXTEEN, IKL_OK}, {"ff 00 4023 " SIXTEEN, IKL_OK}};

    (void)state;
    codec_assert_rows(read_token, rows, sizeof(rows) / sizeof(rows[0]));
}

static void a_token_is_written_with_protocol_1_and_read_back(void **state)
{
    struct ikl_octets token = codec_octets(SIXTEEN);

    (void)state;
    codec_assert_writes(write_token, &token, shortest);
}

static void a_dump_never_shows_a_token(void **state)
{
    static const struct ikl_dump with_contents = {.size = sizeof(with_contents), .contents = true};
    struct ikl_octets message = codec_octets("0102030405060708 1112131415161718 29 20 25 20 00000000 00000034"
                                             "00 00 0018 01 00 4023 " SIXTEEN);
    char text[1000];

    (void)state;
    assert_true(ikl_message_dump(message.data, message.len, &with_contents, text, sizeof(text)) < (int)sizeof(text));
    assert_non_null(strstr(text, "QUICK_CRASH_DETECTION, 16 octets\n"));
    assert_null(strstr(text, "0a0b"));
    assert_null(strstr(text, "hex: "));
}

TESTS_OF(message_token)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_token_is_read_as_a_view, codec_free),
        cmocka_unit_test_teardown(a_token_has_16_to_128_octets, codec_free),
        cmocka_unit_test_teardown(what_is_no_token_is_told_from_a_bad_one, codec_free),
        cmocka_unit_test_teardown(the_protocol_of_a_token_is_ignored, codec_free),
        cmocka_unit_test_teardown(a_token_is_written_with_protocol_1_and_read_back, codec_free),
        cmocka_unit_test_teardown(a_dump_never_shows_a_token, codec_free),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
