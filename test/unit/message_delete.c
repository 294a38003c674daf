/* SPDX-License-Identifier: ISC */
/* The Delete payload keeps the promises of <ikelive/message.h>. */
#include "support/test.h"

#include "support/codec.h"
#include "support/hex.h"

#include <ikelive/message.h>

enum { ROOM = 64 };

static void assert_refused(const uint8_t *body, size_t len, int error)
{
    struct ikl_delete payload, before;

    memset(&payload, 0xa5, sizeof(payload));
    memset(&before, 0xa5, sizeof(before));
    assert_int_equal(ikl_delete_read(&payload, (struct ikl_octets){body, len}), error);
    assert_memory_equal(&payload, &before, sizeof(payload));
}

static void assert_text_refused(const char *text, int error)
{
    uint8_t body[ROOM];
    size_t len = hex_decode(body, sizeof(body), text);

    assert_true(len <= sizeof(body));
    assert_refused(body, len, error);
}

static void a_delete_of_the_ike_sa_names_no_spi(void **state)
{
    uint8_t body[ROOM];
    size_t len = hex_decode(body, sizeof(body), "01 00 0000");
    struct ikl_delete payload;

    (void)state;
    assert_int_equal(ikl_delete_read(&payload, (struct ikl_octets){body, len}), IKL_OK);
    assert_int_equal(payload.protocol, IKL_PROTOCOL_IKE);
    assert_int_equal(payload.spi_size, 0);
    assert_int_equal(payload.n_spis, 0);
    assert_int_equal(payload.spis.len, 0);
    assert_int_equal(ikl_delete_spi(&payload, 0), 0);
}

static void a_delete_of_child_sas_names_their_spis(void **state)
{
    uint8_t body[ROOM];
    size_t len = hex_decode(body, sizeof(body), "03 04 0003 01020304 fffefdfc 00000001");
    struct ikl_delete payload;

    (void)state;
    for (uint8_t protocol = IKL_PROTOCOL_AH; protocol <= IKL_PROTOCOL_ESP; protocol++) {
        body[0] = protocol;
        assert_int_equal(ikl_delete_read(&payload, (struct ikl_octets){body, len}), IKL_OK);
        assert_int_equal(payload.protocol, protocol);
        assert_int_equal(payload.spi_size, 4);
        assert_int_equal(payload.n_spis, 3);
        assert_ptr_equal(payload.spis.data, body + 4);
        assert_int_equal(payload.spis.len, 12);
        assert_true(ikl_delete_spi(&payload, 0) == 0x01020304);
        assert_true(ikl_delete_spi(&payload, 1) == 0xfffefdfc);
        assert_true(ikl_delete_spi(&payload, 2) == 1);
    }
}

static void there_is_no_spi_beyond_the_last(void **state)
{
    uint8_t body[ROOM];
    size_t len = hex_decode(body, sizeof(body), "03 04 0001 01020304");
    struct ikl_delete payload;

    (void)state;
    assert_int_equal(ikl_delete_read(&payload, (struct ikl_octets){body, len}), IKL_OK);
    assert_true(ikl_delete_spi(&payload, 0) == 0x01020304);
    assert_int_equal(ikl_delete_spi(&payload, 1), 0);
    assert_int_equal(ikl_delete_spi(&payload, SIZE_MAX / 4 + 1), 0);
    assert_int_equal(ikl_delete_spi(&payload, SIZE_MAX), 0);
}

static void a_delete_that_a_host_filled_wrongly_has_no_spi_beyond_its_octets_or_its_count(void **state)
{
    static const uint8_t spis[] = {1, 2, 3, 4, 5, 6, 7, 8};
    struct ikl_delete payload = {IKL_PROTOCOL_ESP, 4, 5, {spis, 7}};

    (void)state;
    assert_true(ikl_delete_spi(&payload, 0) == 0x01020304);
    assert_int_equal(ikl_delete_spi(&payload, 1), 0);
    payload = (struct ikl_delete){IKL_PROTOCOL_ESP, 4, 1, {spis, 8}};
    assert_int_equal(ikl_delete_spi(&payload, 1), 0);
    payload.spi_size = 8;
    assert_int_equal(ikl_delete_spi(&payload, 0), 0);
}

static void a_delete_of_no_child_sa_is_read(void **state)
{
    uint8_t body[ROOM];
    size_t len = hex_decode(body, sizeof(body), "02 04 0000");
    struct ikl_delete payload;

    (void)state;
    assert_int_equal(ikl_delete_read(&payload, (struct ikl_octets){body, len}), IKL_OK);
    assert_int_equal(payload.n_spis, 0);
    assert_int_equal(ikl_delete_spi(&payload, 0), 0);
}

static void a_delete_cut_anywhere_is_truncated(void **state)
{
    uint8_t body[ROOM];
    size_t whole = hex_decode(body, sizeof(body), "03 04 0002 01020304 05060708");

    (void)state;
    for (size_t len = 0; len < whole; len++) {
        uint8_t *cut = malloc(len + 1);

        assert_non_null(cut);
        memcpy(cut + 1, body, len);
        assert_refused(cut + 1, len, IKL_ERR_TRUNCATED);
        free(cut);
    }
    assert_refused(NULL, 0, IKL_ERR_TRUNCATED);
}

static void a_count_that_runs_past_the_end_is_truncated(void **state)
{
    (void)state;
    assert_text_refused("03 04 0003 01020304 05060708", IKL_ERR_TRUNCATED);
    assert_text_refused("03 04 ffff 01020304 05060708", IKL_ERR_TRUNCATED);
    assert_text_refused("03 ff ffff 01020304 05060708", IKL_ERR_TRUNCATED);
}

static void rfc_29_protocol_spi_size_and_count_go_together_or_the_delete_is_malformed(void **state)
{
    static const char *const wrong[] = {
        "01 00 0001",                   /* the IKE SA is not counted */
        "01 00 ffff",                   /* neither is it many times */
        "01 04 0000",                   /* nor has its Delete an SPI size */
        "01 04 0001 01020304",          /* or an SPI */
        "01 08 0001 0102030405060708",  /* be it one of the IKE SA */
        "00 00 0000",                   /* no protocol */
        "00 04 0001 01020304",          /* no protocol */
        "04 04 0001 01020304",          /* a protocol that has no Delete here */
        "ff 04 0001 01020304",          /* likewise */
        "02 00 0000",                   /* AH and ESP have SPIs of 4 octets */
        "03 00 0001",                   /* not of 0 */
        "03 03 0001 010203",            /* not of 3 */
        "03 05 0001 0102030405",        /* not of 5 */
        "02 08 0001 0102030405060708",  /* not of 8 */
        "03 04 0001 01020304 05060708", /* SPIs that are not counted */
        "03 04 0001 01020304 05",       /* octets after the last SPI */
        "01 00 0000 00",                /* octets after a Delete of the IKE SA */
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        assert_text_refused(wrong[i], IKL_ERR_MALFORMED);
    }
}

static int write_delete(struct ikl_writer *writer, const void *payload)
{
    return ikl_delete_write(writer, payload);
}

static void a_delete_is_written_field_by_field(void **state)
{
    static const uint8_t spis[] = {1, 2, 3, 4, 5, 6, 7, 8};
    const struct ikl_delete children = {IKL_PROTOCOL_ESP, 4, 2, {spis, 8}};
    const struct ikl_delete ike = {.protocol = IKL_PROTOCOL_IKE};

    (void)state;
    codec_assert_writes(write_delete, &children, "03 04 0002 01020304 05060708");
    codec_assert_writes(write_delete, &ike, "01 00 0000");
}

static void rfc_29_a_delete_that_would_not_be_read_is_not_written(void **state)
{
    static const uint8_t spis[16];
    const struct ikl_delete refused[] = {
        {IKL_PROTOCOL_IKE, 0, 1, {NULL, 0}},  {IKL_PROTOCOL_IKE, 8, 0, {NULL, 0}},
        {IKL_PROTOCOL_IKE, 0, 0, {spis, 4}},  {IKL_PROTOCOL_IKE, 8, 1, {spis, 8}},
        {IKL_PROTOCOL_AH, 4, 1, {spis, 8}},   {IKL_PROTOCOL_ESP, 4, 2, {spis, 4}},
        {IKL_PROTOCOL_ESP, 8, 1, {spis, 8}},  {IKL_PROTOCOL_ESP, 0, 0, {NULL, 0}},
        {IKL_PROTOCOL_NONE, 0, 0, {NULL, 0}}, {4, 4, 1, {spis, 4}},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        codec_assert_refuses(write_delete, &refused[i]);
    }
}

static void the_largest_delete_is_written_and_read_back(void **state)
{
    static uint8_t spis[16382 * 4], out[IKL_MAX_BODY];
    const struct ikl_delete too_large = {IKL_PROTOCOL_AH, 4, 16382, {spis, sizeof(spis)}};
    const struct ikl_delete payload = {IKL_PROTOCOL_AH, 4, 16381, {spis, sizeof(spis) - 4}};
    struct ikl_writer writer = ikl_writer(out, sizeof(out));
    struct ikl_delete back;

    (void)state;
    memset(spis + sizeof(spis) - 8, 0x5a, 4);
    codec_assert_refuses(write_delete, &too_large);
    assert_int_equal(ikl_delete_write(&writer, &payload), IKL_OK);
    assert_int_equal(ikl_delete_read(&back, (struct ikl_octets){out, writer.len}), IKL_OK);
    assert_int_equal(back.n_spis, 16381);
    assert_int_equal(ikl_delete_spi(&back, 16379), 0);
    assert_int_equal(ikl_delete_spi(&back, 16380), 0x5a5a5a5a);
    assert_int_equal(ikl_delete_spi(&back, 16381), 0);
}

TESTS_OF(message_delete)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_delete_of_the_ike_sa_names_no_spi),
        cmocka_unit_test(a_delete_of_child_sas_names_their_spis),
        cmocka_unit_test(there_is_no_spi_beyond_the_last),
        cmocka_unit_test(a_delete_that_a_host_filled_wrongly_has_no_spi_beyond_its_octets_or_its_count),
        cmocka_unit_test(a_delete_of_no_child_sa_is_read),
        cmocka_unit_test(a_delete_cut_anywhere_is_truncated),
        cmocka_unit_test(a_count_that_runs_past_the_end_is_truncated),
        cmocka_unit_test(rfc_29_protocol_spi_size_and_count_go_together_or_the_delete_is_malformed),
        cmocka_unit_test_teardown(a_delete_is_written_field_by_field, codec_free),
        cmocka_unit_test(rfc_29_a_delete_that_would_not_be_read_is_not_written),
        cmocka_unit_test(the_largest_delete_is_written_and_read_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
