/* SPDX-License-Identifier: ISC */
/* The Configuration payload keeps the promises of its header. */
#include "support/test.h"

#include "support/codec.h"

#include <ikelive/payloads.h>

#define TWO_ATTRIBUTES "0001 0004 0a000001 0003 0000"

CODEC_READER(read_cfg, struct ikl_cfg, ikl_cfg_read)

static void attributes_are_walked_in_order(void **state)
{
    struct ikl_octets body = codec_octets("02000000" TWO_ATTRIBUTES);
    struct ikl_cfg_attributes attributes;
    struct ikl_cfg_attribute attribute;
    struct ikl_cfg cfg;

    (void)state;
    assert_int_equal(ikl_cfg_read(&cfg, body), IKL_OK);
    assert_int_equal(cfg.type, IKL_CFG_REPLY);
    assert_ptr_equal(cfg.attributes.data, body.data + 4);
    assert_int_equal(cfg.attributes.len, body.len - 4);
    attributes = ikl_cfg_attributes(&cfg);
    assert_int_equal(ikl_cfg_attributes_next(&attributes, &attribute), IKL_OK);
    assert_int_equal(attribute.type, IKL_CFG_INTERNAL_IP4_ADDRESS);
    assert_ptr_equal(attribute.value.data, body.data + 8);
    codec_assert_octets(attribute.value, "0a000001");
    assert_int_equal(ikl_cfg_attributes_next(&attributes, &attribute), IKL_OK);
    assert_int_equal(attribute.type, IKL_CFG_INTERNAL_IP4_DNS);
    assert_int_equal(attribute.value.len, 0);
    assert_int_equal(ikl_cfg_attributes_next(&attributes, &attribute), IKL_ERR_END);
    assert_int_equal(ikl_cfg_attributes_next(&attributes, &attribute), IKL_ERR_END);
}

static void the_fixed_part_has_4_octets(void **state)
{
    struct ikl_cfg_attributes attributes;
    struct ikl_cfg_attribute attribute;
    struct ikl_cfg cfg;

    (void)state;
    codec_assert_fixed(read_cfg, "01000000" TWO_ATTRIBUTES, 4);
    codec_assert_fixed(ikl_cfg_check, "01000000", 4);
    assert_int_equal(ikl_cfg_read(&cfg, codec_octets("04000000")), IKL_OK);
    attributes = ikl_cfg_attributes(&cfg);
    assert_int_equal(ikl_cfg_attributes_next(&attributes, &attribute), IKL_ERR_END);
}

static void attributes_end_where_the_payload_does(void **state)
{
    static const struct codec_row rows[] = {
        {"01000000" TWO_ATTRIBUTES, IKL_OK},
        {"01000000 00", IKL_ERR_TRUNCATED},
        {"01000000 0001", IKL_ERR_TRUNCATED},
        {"01000000 000100", IKL_ERR_TRUNCATED},
        {"01000000 0001 0001", IKL_ERR_TRUNCATED},
        {"01000000 0001 0004 0a0000", IKL_ERR_TRUNCATED},
        {"01000000 0001 ffff 0a0000", IKL_ERR_TRUNCATED},
        {"01000000" TWO_ATTRIBUTES "00", IKL_ERR_TRUNCATED},
        {"01000000" TWO_ATTRIBUTES "0000 0000", IKL_OK},
        {"01000000 0001 0007 0a000001000000", IKL_OK},
    };

    (void)state;
    codec_assert_rows(ikl_cfg_check, rows, COUNT_OF(rows));
}

static void rfc_21_reserved_bits_are_ignored_on_receipt_and_0_when_sent(void **state)
{
    struct ikl_cfg_attributes attributes;
    struct ikl_cfg_attribute attribute;
    struct ikl_writer writer;
    uint8_t out[16];
    struct ikl_cfg cfg;

    (void)state;
    assert_int_equal(ikl_cfg_read(&cfg, codec_octets("01ffffff 8007 0001 61")), IKL_OK);
    attributes = ikl_cfg_attributes(&cfg);
    assert_int_equal(ikl_cfg_attributes_next(&attributes, &attribute), IKL_OK);
    assert_int_equal(attribute.type, IKL_CFG_APPLICATION_VERSION);
    writer = ikl_writer(out, sizeof(out));
    assert_int_equal(ikl_cfg_write(&writer, cfg.type, &attribute, 1), IKL_OK);
    codec_assert_octets((struct ikl_octets){out, writer.len}, "01000000 0007 0001 61");
}

static void an_error_writes_nothing_and_stays(void **state)
{
    struct ikl_cfg_attributes attributes;
    struct ikl_cfg_attribute attribute, before;
    struct ikl_cfg cfg;

    (void)state;
    assert_int_equal(ikl_cfg_read(&cfg, codec_octets("01000000" TWO_ATTRIBUTES "00")), IKL_OK);
    attributes = ikl_cfg_attributes(&cfg);
    assert_int_equal(ikl_cfg_attributes_next(&attributes, &attribute), IKL_OK);
    assert_int_equal(ikl_cfg_attributes_next(&attributes, &attribute), IKL_OK);
    before = attribute;
    for (int again = 0; again <= 1; again++) {
        assert_int_equal(ikl_cfg_attributes_next(&attributes, &attribute), IKL_ERR_TRUNCATED);
        assert_memory_equal(&attribute, &before, sizeof(attribute));
    }
}

struct list {
    const struct ikl_cfg_attribute *attributes;
    size_t n;
};

static int write_list(struct ikl_writer *writer, const void *what)
{
    const struct list *list = what;

    return ikl_cfg_write(writer, IKL_CFG_REQUEST, list->attributes, list->n);
}

static void attributes_are_written_in_order(void **state)
{
    const struct ikl_cfg_attribute attributes[] = {
        {IKL_CFG_INTERNAL_IP4_ADDRESS, codec_octets("0a000001")},
        {0x7fff, codec_octets("")},
        {IKL_CFG_INTERNAL_IP4_DNS, {NULL, 0}},
    };

    (void)state;
    codec_assert_writes(write_list, &(struct list){NULL, 0}, "01000000");
    codec_assert_writes(write_list, &(struct list){attributes, 3}, "01000000 0001 0004 0a000001 7fff 0000 0003 0000");
}

static void attributes_that_would_not_be_read_are_not_written(void **state)
{
    static const uint8_t octets[IKL_MAX_BODY + 1];
    struct ikl_cfg_attribute attributes[] = {{1, {octets, 4}}, {0x8000, {octets, 4}}, {3, {octets, 4}}};
    struct ikl_writer counting = ikl_writer(NULL, 0);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(attributes); i++) {
        attributes[1].type = 2;
        attributes[i].type = 0x8000;
        codec_assert_refuses(write_list, &(struct list){attributes, 3});
        attributes[i].type = (uint16_t)(i + 1);
    }
    attributes[0].value.len = IKL_MAX_BODY;
    codec_assert_refuses(write_list, &(struct list){attributes, 3});
    attributes[0].value.len = 4;
    attributes[1].value.len = SIZE_MAX;
    codec_assert_refuses(write_list, &(struct list){attributes, 3});
    attributes[1].value.len = IKL_MAX_BODY + 1;
    codec_assert_refuses(write_list, &(struct list){attributes, 3});
    attributes[1].value.len = IKL_MAX_BODY - 4 - 3 * 4 - 2 * 4 + 1;
    codec_assert_refuses(write_list, &(struct list){attributes, 3});
    attributes[1].value.len--;
    assert_int_equal(ikl_cfg_write(&counting, 1, attributes, 3), IKL_OK);
    assert_int_equal(counting.len, IKL_MAX_BODY);
    attributes[0].value.len = IKL_MAX_BODY - 4 - 4; /* no room for the fields of another */
    attributes[1].value.len = 0;
    codec_assert_refuses(write_list, &(struct list){attributes, 2});
}

#define TEST(name) cmocka_unit_test_teardown(name, codec_free)

TESTS_OF(message_configuration)
{
    const struct CMUnitTest tests[] = {
        TEST(attributes_are_walked_in_order),
        TEST(the_fixed_part_has_4_octets),
        TEST(attributes_end_where_the_payload_does),
        TEST(rfc_21_reserved_bits_are_ignored_on_receipt_and_0_when_sent),
        TEST(an_error_writes_nothing_and_stays),
        TEST(attributes_are_written_in_order),
        TEST(attributes_that_would_not_be_read_are_not_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
