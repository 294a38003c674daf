/* SPDX-License-Identifier: ISC */
/* The IKE header keeps the promises of <ikelive/message.h>. */
#include "support/test.h"

#include "support/hex.h"

#include <ikelive/message.h>

/* A header without any payload, each field with a value of its own. */
static const char *const header_text = "0123456789abcdef fedcba9876543210 00 20 25 08 89abcdef 0000001c";

enum { VERSION_AT = 17, FLAGS_AT = 19, LENGTH_AT = 24 };

static void make_header(uint8_t *out)
{
    assert_int_equal(hex_decode(out, IKL_HEADER_LEN, header_text), IKL_HEADER_LEN);
}

/* Writes `len` into the Length field. */
static void set_length(uint8_t *datagram, size_t len)
{
    for (size_t i = 0; i < 4; i++) {
        datagram[LENGTH_AT + i] = (uint8_t)(len >> (24 - 8 * i));
    }
}

/* Reading must fail with this error and write nothing. */
static void assert_refused(const uint8_t *datagram, size_t len, int error)
{
    struct ikl_header header, before;

    memset(&header, 0xa5, sizeof(header));
    memset(&before, 0xa5, sizeof(before));
    assert_int_equal(ikl_header_read(&header, datagram, len), error);
    assert_memory_equal(&header, &before, sizeof(header));
}

static void each_field_is_read_from_its_place(void **state)
{
    uint8_t datagram[IKL_HEADER_LEN];
    struct ikl_header header;

    (void)state;
    assert_int_equal(
        hex_decode(datagram, sizeof(datagram), "0123456789abcdef fedcba9876543210 2e 27 25 28 89abcdef 0000001c"),
        IKL_HEADER_LEN);
    assert_int_equal(ikl_header_read(&header, datagram, sizeof(datagram)), IKL_OK);
    assert_true(header.spi_i == UINT64_C(0x0123456789abcdef));
    assert_true(header.spi_r == UINT64_C(0xfedcba9876543210));
    assert_int_equal(header.next_payload, IKL_PAYLOAD_SK);
    assert_int_equal(header.minor, 7);
    assert_int_equal(header.exchange_type, IKL_INFORMATIONAL);
    assert_int_equal(header.flags, IKL_FLAG_INITIATOR | IKL_FLAG_RESPONSE);
    assert_true(header.message_id == 0x89abcdef);
    assert_int_equal(header.length, IKL_HEADER_LEN);
}

static void a_datagram_shorter_than_a_header_is_truncated(void **state)
{
    (void)state;
    for (size_t len = 0; len < IKL_HEADER_LEN; len++) {
        uint8_t datagram[IKL_HEADER_LEN];
        uint8_t *cut;

        make_header(datagram);
        set_length(datagram, len);
        /* a piece of its own, so that reading beyond it is noticed */
        cut = malloc(len + 1);
        assert_non_null(cut);
        memcpy(cut + 1, datagram, len);
        assert_refused(cut + 1, len, IKL_ERR_TRUNCATED);
        free(cut);
    }
    assert_refused(NULL, 0, IKL_ERR_TRUNCATED);
}

static void rfc_21_any_major_version_but_2_is_refused_and_any_minor_is_not(void **state)
{
    uint8_t datagram[IKL_HEADER_LEN];

    (void)state;
    make_header(datagram);
    for (unsigned version = 0; version <= UINT8_MAX; version++) {
        datagram[VERSION_AT] = (uint8_t)version;
        if (version >> 4 == 2) {
            struct ikl_header header;

            assert_int_equal(ikl_header_read(&header, datagram, sizeof(datagram)), IKL_OK);
            assert_int_equal(header.minor, version & 15);
        } else {
            assert_refused(datagram, sizeof(datagram), IKL_ERR_VERSION);
        }
    }
}

static void rfc_24_a_datagram_of_another_length_than_its_header_says_is_refused(void **state)
{
    static const uint32_t wrong[] = {0,   1,     27,        29,         41,         IKL_HEADER_LEN + (1u << 16),
                                     256, 65536, 1u << 24U, 0x7fffffff, 0x80000000, 0xffffffff};
    static uint8_t datagram[70000];
    struct ikl_header header;

    (void)state;
    make_header(datagram);
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        set_length(datagram, wrong[i]);
        assert_refused(datagram, IKL_HEADER_LEN, IKL_ERR_LENGTH);
    }
    set_length(datagram, 40);
    assert_refused(datagram, 39, IKL_ERR_LENGTH);
    assert_refused(datagram, 41, IKL_ERR_LENGTH);
    assert_int_equal(ikl_header_read(&header, datagram, 40), IKL_OK);
    assert_int_equal(header.length, 40);
}

static void rfc_20_messages_of_1280_and_of_3000_octets_and_longer_are_accepted(void **state)
{
    static const size_t lens[] = {1280, 3000, 65535, 70000};
    static uint8_t datagram[70000];

    (void)state;
    make_header(datagram);
    for (size_t i = 0; i < COUNT_OF(lens); i++) {
        struct ikl_header header;

        set_length(datagram, lens[i]);
        assert_int_equal(ikl_header_read(&header, datagram, lens[i]), IKL_OK);
        assert_int_equal(header.length, lens[i]);
    }
}

static void rfc_24_the_spi_of_the_initiator_is_never_0_and_that_of_the_responder_may_be(void **state)
{
    uint8_t datagram[IKL_HEADER_LEN];
    struct ikl_header header;

    (void)state;
    make_header(datagram);
    memset(datagram + 8, 0, 8);
    assert_int_equal(ikl_header_read(&header, datagram, sizeof(datagram)), IKL_OK);
    assert_true(header.spi_r == 0);
    memset(datagram, 0, 8);
    assert_refused(datagram, sizeof(datagram), IKL_ERR_MALFORMED);
    for (size_t i = 0; i < 8; i++) {
        datagram[i] = 1;
        assert_int_equal(ikl_header_read(&header, datagram, sizeof(datagram)), IKL_OK);
        datagram[i] = 0;
    }
}

static void rfc_24_flags_that_have_no_meaning_are_accepted_and_shown(void **state)
{
    uint8_t datagram[IKL_HEADER_LEN];

    (void)state;
    make_header(datagram);
    for (unsigned flags = 0; flags <= UINT8_MAX; flags++) {
        struct ikl_header header;

        datagram[FLAGS_AT] = (uint8_t)flags;
        assert_int_equal(ikl_header_read(&header, datagram, sizeof(datagram)), IKL_OK);
        assert_int_equal(header.flags, flags);
    }
}

static void a_header_may_lie_at_any_alignment(void **state)
{
    (void)state;
    for (size_t shift = 0; shift < 8; shift++) {
        uint8_t datagram[IKL_HEADER_LEN + 8];
        struct ikl_header header;

        make_header(datagram + shift);
        assert_int_equal(ikl_header_read(&header, datagram + shift, IKL_HEADER_LEN), IKL_OK);
        assert_true(header.spi_i == UINT64_C(0x0123456789abcdef));
    }
}

static void a_header_is_written_with_major_version_2_and_the_fields_as_given(void **state)
{
    const struct ikl_header header = {.spi_i = UINT64_C(0x0123456789abcdef),
                                      .spi_r = UINT64_C(0xfedcba9876543210),
                                      .exchange_type = IKL_INFORMATIONAL,
                                      .flags = IKL_FLAG_INITIATOR,
                                      .message_id = 0x89abcdef,
                                      .length = IKL_HEADER_LEN};
    uint8_t expected[IKL_HEADER_LEN], out[IKL_HEADER_LEN + 1] = {0};
    struct ikl_writer writer = ikl_writer(out, sizeof(out));

    (void)state;
    make_header(expected);
    ikl_header_write(&writer, &header);
    assert_int_equal(writer.len, IKL_HEADER_LEN);
    assert_false(writer.failed);
    assert_memory_equal(out, expected, IKL_HEADER_LEN);
}

static void what_was_written_is_read_back(void **state)
{
    const struct ikl_header headers[] = {
        {.spi_i = 1, .length = IKL_HEADER_LEN},
        {UINT64_MAX, UINT64_MAX, 255, 0, 255, IKL_FLAG_INITIATOR | IKL_FLAG_RESPONSE, UINT32_MAX, IKL_HEADER_LEN},
        {UINT64_C(1) << 63, 1, IKL_PAYLOAD_SA, 0, IKL_IKE_SA_INIT, IKL_FLAG_INITIATOR, 1, IKL_HEADER_LEN},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(headers); i++) {
        uint8_t out[IKL_HEADER_LEN];
        struct ikl_writer writer = ikl_writer(out, sizeof(out));
        struct ikl_header back;

        ikl_header_write(&writer, &headers[i]);
        assert_int_equal(ikl_header_read(&back, out, writer.len), IKL_OK);
        assert_true(back.spi_i == headers[i].spi_i && back.spi_r == headers[i].spi_r);
        assert_int_equal(back.next_payload, headers[i].next_payload);
        assert_int_equal(back.minor, headers[i].minor);
        assert_int_equal(back.exchange_type, headers[i].exchange_type);
        assert_int_equal(back.flags, headers[i].flags);
        assert_true(back.message_id == headers[i].message_id);
        assert_int_equal(back.length, headers[i].length);
    }
}

static void rfc_21_the_minor_version_and_flags_without_meaning_are_sent_as_0(void **state)
{
    (void)state;
    for (unsigned octet = 0; octet <= UINT8_MAX; octet++) {
        const struct ikl_header header = {.spi_i = 1, .minor = (uint8_t)octet, .flags = (uint8_t)octet};
        uint8_t out[IKL_HEADER_LEN];
        struct ikl_writer writer = ikl_writer(out, sizeof(out));

        ikl_header_write(&writer, &header);
        assert_int_equal(out[VERSION_AT], 0x20);
        assert_int_equal(out[FLAGS_AT], octet & (IKL_FLAG_INITIATOR | IKL_FLAG_RESPONSE));
    }
}

static void next_payload_and_length_of_a_written_header_are_patched(void **state)
{
    const struct ikl_header header = {.spi_i = UINT64_C(0x0123456789abcdef), .exchange_type = 34, .message_id = 7};
    uint8_t out[64] = {0}, unpatched[64];
    struct ikl_writer writer = ikl_writer(out, sizeof(out));
    struct ikl_header back;

    (void)state;
    ikl_write_zeros(&writer, 4);
    ikl_header_write(&writer, &header);
    ikl_write_zeros(&writer, 11);
    memcpy(unpatched, out, sizeof(out));
    ikl_header_patch(&writer, 4, IKL_PAYLOAD_NONCE);
    assert_false(writer.failed);
    assert_int_equal(writer.len, 4 + IKL_HEADER_LEN + 11);
    assert_int_equal(ikl_header_read(&back, out + 4, IKL_HEADER_LEN + 11), IKL_OK);
    assert_int_equal(back.next_payload, IKL_PAYLOAD_NONCE);
    assert_int_equal(back.length, IKL_HEADER_LEN + 11);
    out[4 + 16] = 0;
    memset(out + 4 + 24, 0, 4);
    assert_memory_equal(out, unpatched, sizeof(out));
}

static void a_header_that_was_not_written_is_not_patched(void **state)
{
    uint8_t out[64] = {0}, zeros[64] = {0};
    struct ikl_writer counting = ikl_writer(NULL, 0);
    struct ikl_writer failed = ikl_writer(out, 2);
    struct ikl_writer writer = ikl_writer(out, sizeof(out));

    (void)state;
    ikl_write_zeros(&counting, IKL_HEADER_LEN);
    ikl_header_patch(&counting, 0, 1);
    assert_false(counting.failed);
    assert_int_equal(counting.len, IKL_HEADER_LEN);
    ikl_write_zeros(&failed, IKL_HEADER_LEN);
    ikl_header_patch(&failed, 0, 1);
    ikl_write_zeros(&writer, 16);
    ikl_header_patch(&writer, 0, 1);
    assert_true(writer.failed);
    assert_memory_equal(out, zeros, sizeof(out));
}

static void a_header_that_does_not_fit_is_counted_and_fails_the_writer(void **state)
{
    const struct ikl_header header = {.spi_i = 1, .length = IKL_HEADER_LEN};
    uint8_t out[IKL_HEADER_LEN - 1];
    struct ikl_writer writer = ikl_writer(out, sizeof(out));
    struct ikl_writer counting = ikl_writer(NULL, 0);

    (void)state;
    ikl_header_write(&writer, &header);
    assert_true(writer.failed);
    ikl_header_write(&counting, &header);
    assert_int_equal(counting.len, IKL_HEADER_LEN);
    assert_false(counting.failed);
}

TESTS_OF(message_header)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_field_is_read_from_its_place),
        cmocka_unit_test(a_datagram_shorter_than_a_header_is_truncated),
        cmocka_unit_test(rfc_21_any_major_version_but_2_is_refused_and_any_minor_is_not),
        cmocka_unit_test(rfc_24_a_datagram_of_another_length_than_its_header_says_is_refused),
        cmocka_unit_test(rfc_20_messages_of_1280_and_of_3000_octets_and_longer_are_accepted),
        cmocka_unit_test(rfc_24_the_spi_of_the_initiator_is_never_0_and_that_of_the_responder_may_be),
        cmocka_unit_test(rfc_24_flags_that_have_no_meaning_are_accepted_and_shown),
        cmocka_unit_test(a_header_may_lie_at_any_alignment),
        cmocka_unit_test(a_header_is_written_with_major_version_2_and_the_fields_as_given),
        cmocka_unit_test(what_was_written_is_read_back),
        cmocka_unit_test(rfc_21_the_minor_version_and_flags_without_meaning_are_sent_as_0),
        cmocka_unit_test(next_payload_and_length_of_a_written_header_are_patched),
        cmocka_unit_test(a_header_that_was_not_written_is_not_patched),
        cmocka_unit_test(a_header_that_does_not_fit_is_counted_and_fails_the_writer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
