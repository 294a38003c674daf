/* SPDX-License-Identifier: ISC */
/* The notification ADDITIONAL_KEY_EXCHANGE keeps the promises of <ikelive/message.h>. */
#include "support/test.h"

#include "support/codec.h"

#include <ikelive/message.h>

CODEC_READER(read_link, struct ikl_octets, ikl_key_exchange_link_read)

static int write_link(struct ikl_writer *writer, const void *link)
{
    return ikl_key_exchange_link_write(writer, *(const struct ikl_octets *)link);
}

static void a_link_is_read_as_a_view_whatever_its_length(void **state)
{
    struct ikl_octets body = codec_octets("00 00 4039 0102030405"), link;

    (void)state;
    assert_int_equal(ikl_key_exchange_link_read(&link, body), IKL_OK);
    assert_ptr_equal(link.data, body.data + 4);
    assert_int_equal(link.len, 5);
    assert_int_equal(ikl_key_exchange_link_read(&link, codec_octets("01 00 4039")), IKL_OK);
    assert_int_equal(link.len, 0);
}

static void what_is_no_link_is_told_from_a_bad_one(void **state)
{
    static const struct codec_row rows[] = {
        {"00 00 4038 0102", IKL_ERR_NOT_FOUND},
        {"03 04 4039 01020304 05", IKL_ERR_MALFORMED},
        {"00 00 40", IKL_ERR_TRUNCATED},
        {"00 04 4039 01", IKL_ERR_TRUNCATED},
    };

    (void)state;
    codec_assert_rows(read_link, rows, sizeof(rows) / sizeof(rows[0]));
    codec_assert_fixed(read_link, "00 00 4039 01", 4);
}

static void a_link_is_written_as_it_is_read(void **state)
{
    struct ikl_octets link = codec_octets("0102030405");

    (void)state;
    codec_assert_writes(write_link, &link, "00 00 4039 0102030405");
    link = codec_fill(IKL_MAX_BODY, 1);
    codec_assert_refuses(write_link, &link);
}

TESTS_OF(message_key_exchange_link)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_link_is_read_as_a_view_whatever_its_length, codec_free),
        cmocka_unit_test_teardown(what_is_no_link_is_told_from_a_bad_one, codec_free),
        cmocka_unit_test_teardown(a_link_is_written_as_it_is_read, codec_free),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
