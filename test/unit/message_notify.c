/* SPDX-License-Identifier: ISC */
/* The Notify payload keeps the promises of <ikelive/message.h>. */
#include "support/test.h"

#include "support/codec.h"
#include "support/hex.h"

#include <ikelive/message.h>

enum { ROOM = 600 };

static void the_fields_of_a_notify_are_read_as_views(void **state)
{
    uint8_t body[ROOM];
    size_t len = hex_decode(body, sizeof(body), "03 04 4009 01020304 aabbcc");
    struct ikl_notify notify;

    (void)state;
    assert_int_equal(ikl_notify_read(&notify, (struct ikl_octets){body, len}), IKL_OK);
    assert_int_equal(notify.protocol, IKL_PROTOCOL_ESP);
    assert_int_equal(notify.type, IKL_NOTIFY_REKEY_SA);
    assert_ptr_equal(notify.spi.data, body + 4);
    assert_int_equal(notify.spi.len, 4);
    assert_ptr_equal(notify.data.data, body + 8);
    assert_int_equal(notify.data.len, 3);
}

static void a_notify_without_spi_and_without_data_is_4_octets(void **state)
{
    uint8_t body[ROOM];
    size_t len = hex_decode(body, sizeof(body), "00 00 4000");
    struct ikl_notify notify;

    (void)state;
    assert_int_equal(ikl_notify_read(&notify, (struct ikl_octets){body, len}), IKL_OK);
    assert_int_equal(notify.protocol, IKL_PROTOCOL_NONE);
    assert_int_equal(notify.type, IKL_NOTIFY_INITIAL_CONTACT);
    assert_int_equal(notify.spi.len, 0);
    assert_int_equal(notify.data.len, 0);
}

static void assert_refused(const uint8_t *body, size_t len, int error)
{
    struct ikl_notify notify, before;

    memset(&notify, 0xa5, sizeof(notify));
    memset(&before, 0xa5, sizeof(before));
    assert_int_equal(ikl_notify_read(&notify, (struct ikl_octets){body, len}), error);
    assert_memory_equal(&notify, &before, sizeof(notify));
}

static void a_notify_cut_before_its_data_is_truncated(void **state)
{
    uint8_t body[ROOM];
    struct ikl_notify notify;

    (void)state;
    assert_int_equal(hex_decode(body, sizeof(body), "03 04 4009 01020304"), 8);
    for (size_t len = 0; len < 8; len++) {
        uint8_t *cut = malloc(len + 1);

        assert_non_null(cut);
        memcpy(cut + 1, body, len);
        assert_refused(cut + 1, len, IKL_ERR_TRUNCATED);
        free(cut);
    }
    assert_int_equal(ikl_notify_read(&notify, (struct ikl_octets){body, 8}), IKL_OK);
    assert_refused(NULL, 0, IKL_ERR_TRUNCATED);
}

/* A Notify body with zeros for SPI. */
static size_t with_spi(uint8_t *body, unsigned protocol, unsigned spi_size)
{
    memset(body, 0, 4 + spi_size);
    body[0] = (uint8_t)protocol;
    body[1] = (uint8_t)spi_size;
    return 4 + spi_size;
}

static void rfc_28_a_notify_about_the_ike_sa_has_no_spi(void **state)
{
    uint8_t body[ROOM];
    struct ikl_notify notify;

    (void)state;
    assert_int_equal(ikl_notify_read(&notify, (struct ikl_octets){body, with_spi(body, IKL_PROTOCOL_IKE, 0)}), IKL_OK);
    for (unsigned spi_size = 1; spi_size <= 255; spi_size++) {
        assert_refused(body, with_spi(body, IKL_PROTOCOL_IKE, spi_size), IKL_ERR_MALFORMED);
    }
}

static void a_notify_about_an_ah_or_esp_sa_has_an_spi_of_4_octets_or_none(void **state)
{
    uint8_t body[ROOM];
    struct ikl_notify notify;

    (void)state;
    for (unsigned protocol = IKL_PROTOCOL_AH; protocol <= IKL_PROTOCOL_ESP; protocol++) {
        for (unsigned spi_size = 0; spi_size <= 255; spi_size++) {
            size_t len = with_spi(body, protocol, spi_size);

            if (spi_size == 0 || spi_size == 4) {
                assert_int_equal(ikl_notify_read(&notify, (struct ikl_octets){body, len}), IKL_OK);
                assert_int_equal(notify.spi.len, spi_size);
            } else {
                assert_refused(body, len, IKL_ERR_MALFORMED);
            }
        }
    }
}

static void a_notify_about_no_sa_or_another_protocol_may_have_any_spi(void **state)
{
    static const uint8_t protocols[] = {IKL_PROTOCOL_NONE, 4, 255};
    uint8_t body[ROOM];
    struct ikl_notify notify;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(protocols); i++) {
        for (unsigned spi_size = 0; spi_size <= 255; spi_size++) {
            size_t len = with_spi(body, protocols[i], spi_size);

            assert_int_equal(ikl_notify_read(&notify, (struct ikl_octets){body, len}), IKL_OK);
            assert_int_equal(notify.protocol, protocols[i]);
            assert_int_equal(notify.spi.len, spi_size);
            assert_int_equal(notify.data.len, 0);
        }
    }
}

static void a_truncated_notify_is_truncated_whatever_else_is_wrong_with_it(void **state)
{
    uint8_t body[ROOM];

    (void)state;
    assert_refused(body, with_spi(body, IKL_PROTOCOL_IKE, 4) - 1, IKL_ERR_TRUNCATED);
}

static int write_notify(struct ikl_writer *writer, const void *notify)
{
    return ikl_notify_write(writer, notify);
}

static void a_notify_is_written_field_by_field(void **state)
{
    static const uint8_t spi[] = {1, 2, 3, 4}, data[] = {0xaa, 0xbb, 0xcc};
    const struct ikl_notify notify = {IKL_PROTOCOL_ESP, IKL_NOTIFY_REKEY_SA, {spi, 4}, {data, 3}};

    (void)state;
    codec_assert_writes(write_notify, &notify, "03 04 4009 01020304 aabbcc");
}

static void the_protocol_of_a_notify_without_spi_is_written_as_0(void **state)
{
    const struct ikl_notify notify = {.protocol = IKL_PROTOCOL_IKE, .type = IKL_NOTIFY_INITIAL_CONTACT};

    (void)state;
    codec_assert_writes(write_notify, &notify, "00 00 4000");
}

static void a_notify_that_would_not_be_read_is_not_written(void **state)
{
    const struct ikl_octets much = codec_fill(IKL_MAX_BODY, 1);
    const struct ikl_notify refused[] = {
        {.protocol = IKL_PROTOCOL_IKE, .spi = {much.data, 4}},
        {.protocol = IKL_PROTOCOL_IKE, .spi = {much.data, 8}},
        {.protocol = IKL_PROTOCOL_AH, .spi = {much.data, 3}},
        {.protocol = IKL_PROTOCOL_ESP, .spi = {much.data, 8}},
        {.protocol = IKL_PROTOCOL_NONE, .spi = {much.data, 256}},
        {.data = {much.data, IKL_MAX_BODY - 3}},
        {.protocol = IKL_PROTOCOL_ESP, .spi = {much.data, 4}, .data = {much.data, IKL_MAX_BODY - 7}},
    };
    const struct ikl_notify longest = {.protocol = 3, .spi = {much.data, 4}, .data = {much.data, IKL_MAX_BODY - 8}};
    struct ikl_writer counting = ikl_writer(NULL, 0);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        codec_assert_refuses(write_notify, &refused[i]);
    }
    assert_int_equal(ikl_notify_write(&counting, &longest), IKL_OK);
    assert_int_equal(counting.len, IKL_MAX_BODY);
}

static void rfc_28_types_below_16384_are_errors_and_the_others_are_status(void **state)
{
    (void)state;
    for (unsigned type = 0; type <= UINT16_MAX; type++) {
        assert_int_equal(ikl_notify_is_error((uint16_t)type), type < 16384);
    }
}

static void the_set_window_size_of_rfc_7634_appendix_b_is_written_and_read(void **state)
{
    static const uint8_t ten[] = {0, 0, 0, 10};
    const struct ikl_notify notify = {.type = IKL_NOTIFY_SET_WINDOW_SIZE, .data = {ten, 4}};
    uint8_t expected[ROOM], body[ROOM], out[ROOM];
    size_t expected_len = hex_decode(expected, sizeof(expected), "0000000c 00004001 0000000a");
    struct ikl_writer body_writer = ikl_writer(body, sizeof(body));
    struct ikl_writer writer = ikl_writer(out, sizeof(out));
    struct ikl_payload payload = {.type = IKL_PAYLOAD_NOTIFY};
    struct ikl_notify back;
    struct ikl_chain chain;

    (void)state;
    assert_int_equal(ikl_notify_write(&body_writer, &notify), IKL_OK);
    payload.body = (struct ikl_octets){body, body_writer.len};
    assert_int_equal(ikl_chain_write(&writer, &payload, 1), IKL_OK);
    assert_int_equal(writer.len, expected_len);
    assert_memory_equal(out, expected, expected_len);
    chain = ikl_chain(IKL_PAYLOAD_NOTIFY, (struct ikl_octets){expected, expected_len});
    assert_int_equal(ikl_chain_next(&chain, &payload), IKL_OK);
    assert_int_equal(ikl_notify_read(&back, payload.body), IKL_OK);
    assert_int_equal(back.type, IKL_NOTIFY_SET_WINDOW_SIZE);
    assert_int_equal(back.protocol, IKL_PROTOCOL_NONE);
    assert_int_equal(back.spi.len, 0);
    assert_int_equal(back.data.len, 4);
    assert_memory_equal(back.data.data, ten, 4);
}

static void a_notify_that_was_written_is_read_back(void **state)
{
    uint8_t octets[ROOM];

    (void)state;
    for (size_t i = 0; i < sizeof(octets); i++) {
        octets[i] = (uint8_t)(5 * i + 1);
    }
    for (size_t spi_len = 0; spi_len <= 255; spi_len += 51) {
        for (size_t data_len = 0; data_len <= 300; data_len += 60) {
            const struct ikl_notify notify = {200, UINT16_MAX, {octets, spi_len}, {octets + 7, data_len}};
            uint8_t out[ROOM];
            struct ikl_writer writer = ikl_writer(out, sizeof(out));
            struct ikl_notify back;

            assert_int_equal(ikl_notify_write(&writer, &notify), IKL_OK);
            assert_int_equal(ikl_notify_read(&back, (struct ikl_octets){out, writer.len}), IKL_OK);
            assert_int_equal(back.protocol, spi_len > 0 ? 200 : 0);
            assert_int_equal(back.type, UINT16_MAX);
            assert_int_equal(back.spi.len, spi_len);
            assert_memory_equal(back.spi.data, octets, spi_len);
            assert_int_equal(back.data.len, data_len);
            assert_memory_equal(back.data.data, octets + 7, data_len);
        }
    }
}

TESTS_OF(message_notify)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_fields_of_a_notify_are_read_as_views),
        cmocka_unit_test(a_notify_without_spi_and_without_data_is_4_octets),
        cmocka_unit_test(a_notify_cut_before_its_data_is_truncated),
        cmocka_unit_test(rfc_28_a_notify_about_the_ike_sa_has_no_spi),
        cmocka_unit_test(a_notify_about_an_ah_or_esp_sa_has_an_spi_of_4_octets_or_none),
        cmocka_unit_test(a_notify_about_no_sa_or_another_protocol_may_have_any_spi),
        cmocka_unit_test(a_truncated_notify_is_truncated_whatever_else_is_wrong_with_it),
        cmocka_unit_test_teardown(a_notify_is_written_field_by_field, codec_free),
        cmocka_unit_test_teardown(the_protocol_of_a_notify_without_spi_is_written_as_0, codec_free),
        cmocka_unit_test_teardown(a_notify_that_would_not_be_read_is_not_written, codec_free),
        cmocka_unit_test(rfc_28_types_below_16384_are_errors_and_the_others_are_status),
        cmocka_unit_test(the_set_window_size_of_rfc_7634_appendix_b_is_written_and_read),
        cmocka_unit_test(a_notify_that_was_written_is_read_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
