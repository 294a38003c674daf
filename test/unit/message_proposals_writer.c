/* SPDX-License-Identifier: ISC */
/* Writing SA payloads keeps the promises of its header. */
#include "support/test.h"

#include "support/codec.h"

#include <ikelive/payloads.h>

static const struct ikl_octets no_spi;

/* As an IKE SA is offered: two proposals, with and without an integrity algorithm. */
static int write_offer(struct ikl_writer *writer, const void *unused)
{
    struct ikl_proposals_writer offer = ikl_offer_writer(writer);
    int result = ikl_write_proposal(&offer, IKL_PROTOCOL_IKE, no_spi);

    (void)unused;
    result = result == IKL_OK ? ikl_write_transform(&offer, IKL_TRANSFORM_ENCR, IKL_ENCR_AES_CBC, 256) : result;
    result = result == IKL_OK ? ikl_write_transform(&offer, IKL_TRANSFORM_INTEG, 12, 0) : result;
    result = result == IKL_OK ? ikl_write_proposal(&offer, IKL_PROTOCOL_IKE, no_spi) : result;
    return result == IKL_OK ? ikl_write_transform(&offer, IKL_TRANSFORM_ENCR, 28, 0) : result;
}

static int write_accepted(struct ikl_writer *writer, const void *unused)
{
    static const uint8_t spi[] = {1, 2, 3, 4};
    static const uint8_t data[] = {0xaa, 0xbb, 0xcc};
    const struct ikl_attribute unknown_fixed = {.type = 0x7fff, .fixed = true, .value = 0xffff};
    const struct ikl_attribute unknown = {.type = 15, .data = {data, 3}};
    struct ikl_proposals_writer accepted = ikl_accepted_writer(writer, 7);
    int result = ikl_write_proposal(&accepted, IKL_PROTOCOL_ESP, (struct ikl_octets){spi, 4});

    (void)unused;
    result = result == IKL_OK ? ikl_write_transform(&accepted, IKL_TRANSFORM_ENCR, 20, 128) : result;
    result = result == IKL_OK ? ikl_write_attribute(&accepted, &unknown_fixed) : result;
    return result == IKL_OK ? ikl_write_attribute(&accepted, &unknown) : result;
}

static void an_offer_is_numbered_counted_and_marked(void **state)
{
    (void)state;
    codec_assert_writes(write_offer, NULL,
                        "0200 001c 01 01 00 02 0300 000c 01 00 000c 800e 0100 0000 0008 03 00 000c"
                        "0000 0010 02 01 00 01 0000 0008 01 00 001c");
}

static void an_accepted_proposal_has_its_number_and_attributes_in_either_form(void **state)
{
    (void)state;
    codec_assert_writes(write_accepted, NULL,
                        "0000 0023 07 03 04 01 01020304"
                        "0000 0017 01 00 0014 800e 0080 ffff ffff 000f 0003 aabbcc");
}

static void a_proposal_begins_without_transforms(void **state)
{
    static const uint8_t spi[] = {1, 2, 3, 4, 5, 6, 7, 8};
    uint8_t out[64];
    struct ikl_writer writer = ikl_writer(out, sizeof(out));
    struct ikl_proposals_writer offer = ikl_offer_writer(&writer);

    (void)state;
    assert_int_equal(ikl_write_proposal(&offer, IKL_PROTOCOL_IKE, (struct ikl_octets){spi, 8}), IKL_OK);
    codec_assert_octets((struct ikl_octets){out, writer.len}, "0000 0010 01 01 08 00 0102030405060708");
}

static void each_transform_has_one_key_length_or_none(void **state)
{
    const struct ikl_attribute key_length = {.type = IKL_ATTRIBUTE_KEY_LENGTH, .fixed = true, .value = 128};
    struct ikl_writer counting = ikl_writer(NULL, 0);
    struct ikl_proposals_writer offer = ikl_offer_writer(&counting);

    (void)state;
    assert_int_equal(ikl_write_proposal(&offer, IKL_PROTOCOL_IKE, no_spi), IKL_OK);
    for (int i = 0; i <= 1; i++) {
        assert_int_equal(ikl_write_transform(&offer, IKL_TRANSFORM_ENCR, 12, 256), IKL_OK);
        assert_int_equal(ikl_write_attribute(&offer, &key_length), IKL_ERR_INVALID);
        assert_int_equal(ikl_write_transform(&offer, IKL_TRANSFORM_ENCR, 12, 0), IKL_OK);
        assert_int_equal(ikl_write_attribute(&offer, &key_length), IKL_OK);
        assert_int_equal(ikl_write_attribute(&offer, &key_length), IKL_ERR_INVALID);
        assert_int_equal(ikl_write_transform(&offer, IKL_TRANSFORM_ENCR, 12, 0), IKL_OK);
    }
}

static void the_body_is_whole_whenever_every_proposal_has_a_transform(void **state)
{
    uint8_t out[512];
    struct ikl_writer writer = ikl_writer(out, sizeof(out));
    struct ikl_proposals_writer offer = ikl_offer_writer(&writer);
    const struct ikl_attribute attribute = {.type = 99, .fixed = true, .value = 1};

    (void)state;
    for (int i = 0; i < 4; i++) {
        assert_int_equal(ikl_write_proposal(&offer, IKL_PROTOCOL_IKE, no_spi), IKL_OK);
        for (int j = 0; j < 4; j++) {
            assert_int_equal(ikl_write_transform(&offer, IKL_TRANSFORM_PRF, 5, 0), IKL_OK);
            assert_int_equal(ikl_proposals_check((struct ikl_octets){out, writer.len}, IKL_SA_OFFER), IKL_OK);
            assert_int_equal(ikl_write_attribute(&offer, &attribute), IKL_OK);
            assert_int_equal(ikl_proposals_check((struct ikl_octets){out, writer.len}, IKL_SA_OFFER), IKL_OK);
        }
    }
}

/* Where a refused call must leave everything. */
struct standing {
    struct ikl_proposals_writer proposals;
    struct ikl_writer writer;
    uint8_t octets[128];
};

static void note(struct standing *out, const struct ikl_proposals_writer *proposals)
{
    out->proposals = *proposals;
    out->writer = *proposals->writer;
    assert_true(out->writer.len <= sizeof(out->octets));
    memcpy(out->octets, out->writer.data, out->writer.len);
}

static void assert_standing(const struct standing *standing, const struct ikl_proposals_writer *proposals)
{
    assert_memory_equal(&standing->proposals, proposals, sizeof(*proposals));
    assert_int_equal(standing->writer.len, proposals->writer->len);
    assert_false(proposals->writer->failed);
    assert_memory_equal(standing->octets, proposals->writer->data, standing->writer.len);
}

#define ASSERT_REFUSED(call, proposals)                                                                                \
    do {                                                                                                               \
        struct standing standing;                                                                                      \
                                                                                                                       \
        note(&standing, &(proposals));                                                                                 \
        assert_int_equal(call, IKL_ERR_INVALID);                                                                       \
        assert_standing(&standing, &(proposals));                                                                      \
    } while (0)

static void what_would_not_be_read_is_refused_and_changes_nothing(void **state)
{
    static const uint8_t spi[256];
    const struct ikl_attribute key_length = {.type = IKL_ATTRIBUTE_KEY_LENGTH, .fixed = true, .value = 128};
    const struct ikl_attribute refused[] = {
        {.type = IKL_ATTRIBUTE_KEY_LENGTH, .data = {spi, 2}},
        {.type = 0x8000, .fixed = true},
        {.type = 0x800e, .fixed = true, .value = 128},
        {.type = 15, .fixed = true, .data = {spi, 1}},
        {.type = 15, .value = 1, .data = {spi, 1}},
        {.type = 15, .data = {spi, IKL_MAX_BODY}},
        {.type = 15, .data = {spi, SIZE_MAX}},
    };
    uint8_t out[128];
    struct ikl_writer writer = ikl_writer(out, sizeof(out));
    struct ikl_proposals_writer offer = ikl_offer_writer(&writer);

    (void)state;
    ASSERT_REFUSED(ikl_write_transform(&offer, 1, 12, 0), offer);
    ASSERT_REFUSED(ikl_write_attribute(&offer, &key_length), offer);
    ASSERT_REFUSED(ikl_write_proposal(&offer, IKL_PROTOCOL_IKE, (struct ikl_octets){spi, 4}), offer);
    ASSERT_REFUSED(ikl_write_proposal(&offer, IKL_PROTOCOL_ESP, (struct ikl_octets){spi, 8}), offer);
    ASSERT_REFUSED(ikl_write_proposal(&offer, IKL_PROTOCOL_AH, no_spi), offer);
    ASSERT_REFUSED(ikl_write_proposal(&offer, 4, (struct ikl_octets){spi, 256}), offer);
    ASSERT_REFUSED(ikl_write_proposal(&offer, 4, (struct ikl_octets){spi, SIZE_MAX}), offer);
    assert_int_equal(ikl_write_proposal(&offer, IKL_PROTOCOL_IKE, (struct ikl_octets){spi, 8}), IKL_OK);
    ASSERT_REFUSED(ikl_write_proposal(&offer, IKL_PROTOCOL_IKE, no_spi), offer);
    ASSERT_REFUSED(ikl_write_attribute(&offer, &key_length), offer);
    assert_int_equal(ikl_write_transform(&offer, 1, 12, 0), IKL_OK);
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        ASSERT_REFUSED(ikl_write_attribute(&offer, &refused[i]), offer);
    }
    assert_int_equal(ikl_write_attribute(&offer, &key_length), IKL_OK);
    ASSERT_REFUSED(ikl_write_attribute(&offer, &key_length), offer);
    assert_int_equal(ikl_write_transform(&offer, 1, 12, 192), IKL_OK);
    ASSERT_REFUSED(ikl_write_attribute(&offer, &key_length), offer);
    assert_int_equal(ikl_write_proposal(&offer, IKL_PROTOCOL_IKE, no_spi), IKL_OK);
    ASSERT_REFUSED(ikl_write_attribute(&offer, &key_length), offer);
}

static void an_accepted_proposal_is_alone_and_has_one_transform_of_a_type_and_a_number(void **state)
{
    uint8_t out[128];
    struct ikl_writer writer = ikl_writer(out, sizeof(out));
    struct ikl_proposals_writer none = ikl_accepted_writer(&writer, 0);
    struct ikl_proposals_writer accepted = ikl_accepted_writer(&writer, 255);

    (void)state;
    ASSERT_REFUSED(ikl_write_proposal(&none, IKL_PROTOCOL_IKE, no_spi), none);
    assert_int_equal(ikl_write_proposal(&accepted, IKL_PROTOCOL_IKE, no_spi), IKL_OK);
    assert_int_equal(ikl_write_transform(&accepted, 2, 5, 0), IKL_OK);
    ASSERT_REFUSED(ikl_write_proposal(&accepted, IKL_PROTOCOL_IKE, no_spi), accepted);
    ASSERT_REFUSED(ikl_write_transform(&accepted, 2, 6, 0), accepted);
    assert_int_equal(ikl_write_transform(&accepted, 34, 6, 0), IKL_OK);
    ASSERT_REFUSED(ikl_write_transform(&accepted, 34, 6, 0), accepted);
    ASSERT_REFUSED(ikl_write_transform(&accepted, 2, 6, 0), accepted);
    assert_int_equal(ikl_proposals_check((struct ikl_octets){out, writer.len}, IKL_SA_ACCEPTED), IKL_OK);
}

static void what_is_written_in_between_is_noticed(void **state)
{
    const struct ikl_attribute attribute = {.type = 99, .fixed = true};
    uint8_t out[128];
    struct ikl_writer writer = ikl_writer(out, sizeof(out));
    struct ikl_proposals_writer offer = ikl_offer_writer(&writer);

    (void)state;
    assert_int_equal(ikl_write_proposal(&offer, IKL_PROTOCOL_IKE, no_spi), IKL_OK);
    assert_int_equal(ikl_write_transform(&offer, 2, 5, 0), IKL_OK);
    ikl_write_u8(&writer, 0);
    ASSERT_REFUSED(ikl_write_proposal(&offer, IKL_PROTOCOL_IKE, no_spi), offer);
    ASSERT_REFUSED(ikl_write_transform(&offer, 2, 5, 0), offer);
    ASSERT_REFUSED(ikl_write_attribute(&offer, &attribute), offer);
}

static void there_are_at_most_255_proposals_of_255_transforms(void **state)
{
    static uint8_t out[IKL_MAX_BODY];
    struct ikl_writer writer = ikl_writer(out, sizeof(out));
    struct ikl_proposals_writer offer = ikl_offer_writer(&writer);

    (void)state;
    for (int i = 0; i < 255; i++) {
        assert_int_equal(ikl_write_proposal(&offer, IKL_PROTOCOL_IKE, no_spi), IKL_OK);
        assert_int_equal(ikl_write_transform(&offer, 2, 5, 0), IKL_OK);
    }
    assert_int_equal(ikl_write_proposal(&offer, IKL_PROTOCOL_IKE, no_spi), IKL_ERR_INVALID);
    for (int i = 1; i < 255; i++) {
        assert_int_equal(ikl_write_transform(&offer, 2, 5, 0), IKL_OK);
    }
    assert_int_equal(ikl_write_transform(&offer, 2, 5, 0), IKL_ERR_INVALID);
    assert_int_equal(ikl_proposals_check((struct ikl_octets){out, writer.len}, IKL_SA_OFFER), IKL_OK);
    assert_false(writer.failed);
}

static void a_proposal_is_not_written_where_its_spi_does_not_fit(void **state)
{
    const struct ikl_octets spi = codec_fill(255, 1), longest = codec_fill(IKL_MAX_BODY - 8 - 8 - 4 - 8, 1);

    (void)state;
    for (size_t left = 8; left <= 8 + spi.len; left++) {
        struct ikl_attribute attribute = {.type = 15, .data = {longest.data, IKL_MAX_BODY - 8 - 8 - 4 - left}};
        struct ikl_writer counting = ikl_writer(NULL, 0);
        struct ikl_proposals_writer offer = ikl_offer_writer(&counting);

        assert_int_equal(ikl_write_proposal(&offer, IKL_PROTOCOL_IKE, no_spi), IKL_OK);
        assert_int_equal(ikl_write_transform(&offer, 1, 12, 0), IKL_OK);
        assert_int_equal(ikl_write_attribute(&offer, &attribute), IKL_OK);
        assert_int_equal(counting.len, IKL_MAX_BODY - left);
        assert_int_equal(ikl_write_proposal(&offer, IKL_PROTOCOL_NONE, spi),
                         left == 8 + spi.len ? IKL_OK : IKL_ERR_INVALID);
    }
}

static void a_body_is_not_longer_than_a_payload_can_hold(void **state)
{
    struct ikl_attribute attribute = {.type = 15, .data = codec_fill(65000, 1)};
    struct ikl_writer counting = ikl_writer(NULL, 0);
    struct ikl_proposals_writer offer;

    (void)state;
    ikl_write_zeros(&counting, 1000);
    offer = ikl_offer_writer(&counting);
    assert_int_equal(ikl_write_proposal(&offer, IKL_PROTOCOL_IKE, no_spi), IKL_OK);
    assert_int_equal(ikl_write_transform(&offer, 1, 12, 0), IKL_OK);
    assert_int_equal(ikl_write_attribute(&offer, &attribute), IKL_OK);
    attribute.data.len = IKL_MAX_BODY - (counting.len - 1000) - 4;
    attribute.data.len++;
    assert_int_equal(ikl_write_attribute(&offer, &attribute), IKL_ERR_INVALID);
    attribute.data.len--;
    assert_int_equal(ikl_write_attribute(&offer, &attribute), IKL_OK);
    assert_int_equal(counting.len, 1000 + IKL_MAX_BODY);
    assert_int_equal(ikl_write_transform(&offer, 1, 12, 0), IKL_ERR_INVALID);
    assert_int_equal(ikl_write_proposal(&offer, IKL_PROTOCOL_IKE, no_spi), IKL_ERR_INVALID);
    assert_int_equal(counting.len, 1000 + IKL_MAX_BODY);
}

#define TEST(name) cmocka_unit_test_teardown(name, codec_free)

TESTS_OF(message_proposals_writer)
{
    const struct CMUnitTest tests[] = {
        TEST(an_offer_is_numbered_counted_and_marked),
        TEST(an_accepted_proposal_has_its_number_and_attributes_in_either_form),
        TEST(a_proposal_begins_without_transforms),
        TEST(each_transform_has_one_key_length_or_none),
        TEST(the_body_is_whole_whenever_every_proposal_has_a_transform),
        TEST(what_would_not_be_read_is_refused_and_changes_nothing),
        TEST(an_accepted_proposal_is_alone_and_has_one_transform_of_a_type_and_a_number),
        TEST(what_is_written_in_between_is_noticed),
        TEST(there_are_at_most_255_proposals_of_255_transforms),
        TEST(a_proposal_is_not_written_where_its_spi_does_not_fit),
        TEST(a_body_is_not_longer_than_a_payload_can_hold),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
