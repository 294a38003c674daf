/* SPDX-License-Identifier: ISC */
/* The notifications IKEV2_MESSAGE_ID_SYNC and IPSEC_REPLAY_COUNTER_SYNC keep the promises of <ikelive/message.h>. */
#include "support/test.h"

#include "support/codec.h"

#include <ikelive/dump.h>
#include <ikelive/message.h>

#define IDS "01020304 00000005 fffffffe"
static const char *const ids_body = "00 00 4026 " IDS;
static const char *const delta_body = "00 00 4027 40000000";
static const char *const extended_body = "00 00 4027 0000000140000000";

CODEC_READER(read_ids, struct ikl_message_id_sync, ikl_message_id_sync_read)
CODEC_READER(read_delta, struct ikl_replay_sync, ikl_replay_sync_read)

static int write_ids(struct ikl_writer *writer, const void *ids)
{
    return ikl_message_id_sync_write(writer, ids);
}

static int write_delta(struct ikl_writer *writer, const void *delta)
{
    return ikl_replay_sync_write(writer, delta);
}

static void message_ids_are_read_in_the_order_of_the_wire(void **state)
{
    struct ikl_message_id_sync ids;

    (void)state;
    assert_int_equal(ikl_message_id_sync_read(&ids, codec_octets(ids_body)), IKL_OK);
    assert_int_equal(ids.nonce, 0x01020304);
    assert_int_equal(ids.send, 5);
    assert_int_equal(ids.receive, IKL_MESSAGE_ID_LAST);
}

static void message_ids_are_12_octets_without_an_spi(void **state)
{
    static const struct codec_row rows[] = {
        {"00 00 4025 " IDS, IKL_ERR_NOT_FOUND},
        {"00 00 4027 40000000", IKL_ERR_NOT_FOUND},
        {"00 00 4026 01020304 00000005 fffffe", IKL_ERR_MALFORMED},
        {"00 00 4026 " IDS "00", IKL_ERR_MALFORMED},
        {"00 00 4026", IKL_ERR_MALFORMED},
        {"03 04 4026 01020304 " IDS, IKL_ERR_MALFORMED},
        {"00 01 4026 01 " IDS, IKL_ERR_MALFORMED},
        {"03 00 4026 " IDS, IKL_OK}, /* the Protocol ID is ignored */
    };

    (void)state;
    codec_assert_rows(read_ids, rows, sizeof(rows) / sizeof(rows[0]));
    codec_assert_fixed(read_ids, ids_body, 4);
}

static void message_ids_are_written_and_read_back(void **state)
{
    static const struct ikl_message_id_sync ids = {.nonce = 0x01020304, .send = 5, .receive = IKL_MESSAGE_ID_LAST};

    (void)state;
    codec_assert_writes(write_ids, &ids, ids_body);
}

static void a_delta_of_4_or_8_octets_is_read(void **state)
{
    struct ikl_replay_sync replay;

    (void)state;
    assert_int_equal(ikl_replay_sync_read(&replay, codec_octets(delta_body)), IKL_OK);
    assert_true(replay.delta == UINT32_C(1) << 30);
    assert_false(replay.extended);
    assert_int_equal(ikl_replay_sync_read(&replay, codec_octets(extended_body)), IKL_OK);
    assert_true(replay.delta == UINT64_C(5) << 30);
    assert_true(replay.extended);
}

static void a_delta_of_another_length_is_malformed(void **state)
{
    static const struct codec_row rows[] = {
        {"00 00 4026 40000000", IKL_ERR_NOT_FOUND},
        {"00 00 4027", IKL_ERR_MALFORMED},
        {"00 00 4027 400000", IKL_ERR_MALFORMED},
        {"00 00 4027 4000000000", IKL_ERR_MALFORMED},
        {"00 00 4027 000000014000000000", IKL_ERR_MALFORMED},
        {"03 04 4027 01020304 40000000", IKL_ERR_MALFORMED},
        {"03 00 4027 40000000", IKL_OK}, /* the Protocol ID is ignored */
    };

    (void)state;
    codec_assert_rows(read_delta, rows, sizeof(rows) / sizeof(rows[0]));
    codec_assert_fixed(read_delta, delta_body, 4);
}

static void a_delta_is_written_and_read_back(void **state)
{
    static const struct ikl_replay_sync plain = {.delta = UINT32_C(1) << 30},
                                        extended = {.delta = UINT64_C(5) << 30, .extended = true};

    (void)state;
    codec_assert_writes(write_delta, &plain, delta_body);
    codec_assert_writes(write_delta, &extended, extended_body);
}

static void a_delta_that_does_not_fit_4_octets_is_not_written_in_4(void **state)
{
    static const struct ikl_replay_sync large = {.delta = UINT64_C(1) << 32}, largest = {.delta = UINT32_MAX};

    (void)state;
    codec_assert_refuses(write_delta, &large);
    codec_assert_writes(write_delta, &largest, "00 00 4027 ffffffff");
}

static void a_dump_shows_the_numbers_of_both(void **state)
{
    static const struct ikl_dump with_contents = {.size = sizeof(with_contents), .contents = true};
    struct ikl_octets message = codec_octets("0102030405060708 1112131415161718 29 20 25 20 00000000 0000003c"
                                             "29 00 0014 00 00 4026 " IDS "00 00 000c 00 00 4027 00000007");
    char text[1000];

    (void)state;
    assert_true(ikl_message_dump(message.data, message.len, &with_contents, text, sizeof(text)) < (int)sizeof(text));
    assert_non_null(strstr(text, "IKEV2_MESSAGE_ID_SYNC, 12 octets\n"));
    assert_non_null(strstr(text, "nonce 01020304, next request 5, expects 4294967294\n"));
    assert_non_null(strstr(text, "IPSEC_REPLAY_COUNTER_SYNC, 4 octets\n"));
    assert_non_null(strstr(text, "delta 7\n"));
    assert_true(ikl_message_dump(message.data, message.len, NULL, text, sizeof(text)) < (int)sizeof(text));
    assert_null(strstr(text, "delta"));
}

TESTS_OF(message_sync)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(message_ids_are_read_in_the_order_of_the_wire, codec_free),
        cmocka_unit_test_teardown(message_ids_are_12_octets_without_an_spi, codec_free),
        cmocka_unit_test_teardown(message_ids_are_written_and_read_back, codec_free),
        cmocka_unit_test_teardown(a_delta_of_4_or_8_octets_is_read, codec_free),
        cmocka_unit_test_teardown(a_delta_of_another_length_is_malformed, codec_free),
        cmocka_unit_test_teardown(a_delta_is_written_and_read_back, codec_free),
        cmocka_unit_test_teardown(a_delta_that_does_not_fit_4_octets_is_not_written_in_4, codec_free),
        cmocka_unit_test_teardown(a_dump_shows_the_numbers_of_both, codec_free),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
