/* SPDX-License-Identifier: ISC */
/* Traffic Selector payloads keep the promises of their header. */
#include "support/test.h"

#include "support/codec.h"

#include <ikelive/payloads.h>

#define IPV4 "07 06 0010 0050 01bb 0a580100 0a5801ff"
#define IPV6 "08 00 0028 0000 ffff 20010db8000000000000000000000000 20010db8ffffffffffffffffffffffff"
#define LABEL "0a 00 0009 aabbccddee"

static void ranges_are_walked_with_ports_and_addresses(void **state)
{
    struct ikl_octets body = codec_octets("02000000" IPV4 IPV6);
    struct ikl_selectors selectors = ikl_selectors(body);
    struct ikl_selector selector;

    (void)state;
    assert_int_equal(selectors.left, 2);
    assert_int_equal(ikl_selectors_next(&selectors, &selector), IKL_OK);
    assert_int_equal(selector.type, IKL_TS_IPV4_ADDR_RANGE);
    assert_true(ikl_selector_is_range(&selector));
    assert_int_equal(selector.protocol, 6);
    assert_int_equal(selector.start_port, 80);
    assert_int_equal(selector.end_port, 443);
    assert_ptr_equal(selector.start.data, body.data + 12);
    codec_assert_octets(selector.start, "0a580100");
    codec_assert_octets(selector.end, "0a5801ff");
    assert_int_equal(selector.other.len, 0);

    assert_int_equal(ikl_selectors_next(&selectors, &selector), IKL_OK);
    assert_int_equal(selector.type, IKL_TS_IPV6_ADDR_RANGE);
    assert_true(ikl_selector_is_range(&selector));
    assert_int_equal(selector.protocol, 0);
    assert_int_equal(selector.start_port, 0);
    assert_int_equal(selector.end_port, 65535);
    codec_assert_octets(selector.start, "20010db8000000000000000000000000");
    codec_assert_octets(selector.end, "20010db8ffffffffffffffffffffffff");
    assert_int_equal(selector.other.len, 0);

    assert_int_equal(ikl_selectors_next(&selectors, &selector), IKL_ERR_END);
    assert_int_equal(ikl_selectors_next(&selectors, &selector), IKL_ERR_END);
    assert_int_equal(ikl_selectors_check(body), IKL_OK);
}

static void a_selector_of_another_type_is_given_as_it_is(void **state)
{
    struct ikl_octets body = codec_octets("01000000" LABEL);
    struct ikl_selectors selectors = ikl_selectors(body);
    struct ikl_selector selector;

    (void)state;
    assert_int_equal(ikl_selectors_next(&selectors, &selector), IKL_OK);
    assert_int_equal(selector.type, IKL_TS_SECLABEL);
    assert_false(ikl_selector_is_range(&selector));
    assert_int_equal(selector.start_port, 0);
    assert_int_equal(selector.end_port, 0);
    assert_int_equal(selector.start.len, 0);
    assert_int_equal(selector.end.len, 0);
    assert_ptr_equal(selector.other.data, body.data + 8);
    codec_assert_octets(selector.other, "aabbccddee");
    assert_int_equal(ikl_selectors_next(&selectors, &selector), IKL_ERR_END);
}

static void selectors_of_other_types_can_be_skipped(void **state)
{
    struct ikl_selectors selectors = ikl_selectors(codec_octets("05000000" LABEL IPV4 "ff 11 0004" IPV6 LABEL));
    struct ikl_selector selector, before;

    (void)state;
    assert_int_equal(ikl_selectors_next_range(&selectors, &selector), IKL_OK);
    assert_int_equal(selector.type, IKL_TS_IPV4_ADDR_RANGE);
    assert_int_equal(ikl_selectors_next_range(&selectors, &selector), IKL_OK);
    assert_int_equal(selector.type, IKL_TS_IPV6_ADDR_RANGE);
    before = selector;
    assert_int_equal(ikl_selectors_next_range(&selectors, &selector), IKL_ERR_END);
    assert_memory_equal(&selector, &before, sizeof(selector));
}

static void lengths_and_numbers_agree(void **state)
{
    static const struct codec_row rows[] = {
        {"01000000" IPV4, IKL_OK},
        {"01ffffff" IPV4, IKL_OK},
        {"00000000", IKL_ERR_MALFORMED},
        {"00000000" IPV4, IKL_ERR_MALFORMED},
        {"01000000", IKL_ERR_TRUNCATED},
        {"02000000" IPV4, IKL_ERR_TRUNCATED},
        {"01000000" IPV4 "00", IKL_ERR_MALFORMED},
        {"01000000" IPV4 IPV4, IKL_ERR_MALFORMED},
        {"ff000000" IPV4 IPV4, IKL_ERR_TRUNCATED},
        /* too short and too long for the type */
        {"01000000 07 00 000f 0000 ffff 0a580100 0a5801", IKL_ERR_MALFORMED},
        {"01000000 07 00 0011 0000 ffff 0a580100 0a5801ff 00", IKL_ERR_MALFORMED},
        {"01000000 07 00 0004", IKL_ERR_MALFORMED},
        {"01000000 08 00 0010 0000 ffff 0a580100 0a5801ff", IKL_ERR_MALFORMED},
        {"01000000 07 00 0028 0000 ffff 20010db8000000000000000000000000 20010db8ffffffffffffffffffffffff",
         IKL_ERR_MALFORMED},
        /* too short for any, past the end */
        {"01000000 0a 00 0003", IKL_ERR_MALFORMED},
        {"01000000 0a 00 0000", IKL_ERR_MALFORMED},
        {"01000000 0a 00 0004", IKL_OK},
        {"01000000 0a 00 0005", IKL_ERR_TRUNCATED},
        {"01000000 0a 00 ffff 00", IKL_ERR_TRUNCATED},
        {"01000000 07 00 0011 0000 ffff 0a580100 0a5801ff", IKL_ERR_TRUNCATED},
        /* empty ranges are not looked at */
        {"01000000 07 00 0010 ffff 0000 0a5801ff 0a580100", IKL_OK},
    };

    (void)state;
    codec_assert_rows(ikl_selectors_check, rows, COUNT_OF(rows));
}

static void a_payload_cut_anywhere_is_truncated(void **state)
{
    static const char hex[] = "03000000" IPV4 LABEL IPV6;

    (void)state;
    codec_assert_fixed(ikl_selectors_check, hex, codec_octets(hex).len);
}

static void an_error_writes_nothing_and_stays(void **state)
{
    struct ikl_selectors selectors = ikl_selectors(codec_octets("02000000" IPV4 "07 00 0004"));
    struct ikl_selector selector, before;

    (void)state;
    assert_int_equal(ikl_selectors_next(&selectors, &selector), IKL_OK);
    before = selector;
    for (int again = 0; again <= 1; again++) {
        assert_int_equal(ikl_selectors_next(&selectors, &selector), IKL_ERR_MALFORMED);
        assert_int_equal(ikl_selectors_next_range(&selectors, &selector), IKL_ERR_MALFORMED);
        assert_memory_equal(&selector, &before, sizeof(selector));
    }
}

struct list {
    const struct ikl_selector *selectors;
    size_t n;
};

static int write_list(struct ikl_writer *writer, const void *what)
{
    const struct list *list = what;

    return ikl_selectors_write(writer, list->selectors, list->n);
}

static void selectors_are_written_as_they_are_read(void **state)
{
    static const char hex[] = "03000000" IPV4 LABEL IPV6;
    struct ikl_selectors selectors = ikl_selectors(codec_octets(hex));
    struct ikl_selector read[3];

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(ikl_selectors_next(&selectors, &read[i]), IKL_OK);
    }
    codec_assert_writes(write_list, &(struct list){read, 3}, hex);
}

static void selectors_that_would_not_be_read_are_not_written(void **state)
{
    static const uint8_t octets[IKL_MAX_BODY];
    static struct ikl_selector many[256];
    const struct ikl_selector refused[] = {
        {.type = 7, .start = {octets, 4}, .end = {octets, 3}},
        {.type = 7, .start = {octets, 5}, .end = {octets, 4}},
        {.type = 7, .start = {octets, 16}, .end = {octets, 16}},
        {.type = 7},
        {.type = 7, .start = {octets, 4}, .end = {octets, 4}, .other = {octets, 1}},
        {.type = 8, .start = {octets, 4}, .end = {octets, 4}},
        {.type = 8, .start = {octets, 16}, .end = {octets, 15}},
        {.type = 10, .start_port = 1},
        {.type = 10, .end_port = 1},
        {.type = 10, .start = {octets, 4}},
        {.type = 10, .end = {octets, 4}},
        {.type = 10, .other = {octets, IKL_MAX_BODY - 7}},
        {.type = 10, .other = {octets, SIZE_MAX}},
    };
    const struct ikl_selector longest = {.type = 10, .other = {octets, IKL_MAX_BODY - 8}};
    struct ikl_writer counting = ikl_writer(NULL, 0);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        const struct ikl_selector pair[] = {{.type = 7, .start = {octets, 4}, .end = {octets, 4}}, refused[i]};

        codec_assert_refuses(write_list, &(struct list){&refused[i], 1});
        codec_assert_refuses(write_list, &(struct list){pair, 2});
    }
    for (size_t i = 0; i < COUNT_OF(many); i++) {
        many[i] = (struct ikl_selector){.type = 10, .other = {octets, 200}};
    }
    codec_assert_refuses(write_list, &(struct list){many, 0});
    codec_assert_refuses(write_list, &(struct list){many, 256});
    assert_int_equal(ikl_selectors_write(&counting, many, 255), IKL_OK);
    assert_int_equal(counting.len, 4 + 255 * 204);
    many[0].other.len = IKL_MAX_BODY - 4 - 254 * 204 - 4 + 1;
    codec_assert_refuses(write_list, &(struct list){many, 255});
    assert_int_equal(ikl_selectors_write(&counting, &longest, 1), IKL_OK);
    assert_int_equal(counting.len, 4 + 255 * 204 + IKL_MAX_BODY);
}

#define TEST(name) cmocka_unit_test_teardown(name, codec_free)

TESTS_OF(message_selectors)
{
    const struct CMUnitTest tests[] = {
        TEST(ranges_are_walked_with_ports_and_addresses), TEST(a_selector_of_another_type_is_given_as_it_is),
        TEST(selectors_of_other_types_can_be_skipped),    TEST(lengths_and_numbers_agree),
        TEST(a_payload_cut_anywhere_is_truncated),        TEST(an_error_writes_nothing_and_stays),
        TEST(selectors_are_written_as_they_are_read),     TEST(selectors_that_would_not_be_read_are_not_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
