/* SPDX-License-Identifier: ISC */
/* The check of whole payloads finds what the reader or walk of their type would find. */
#include "support/test.h"

#include "support/codec.h"

#include <ikelive/payloads.h>

#define NUMBER_2 "0000 0010 02 01 00 01 0000 0008 02 00 0005"

static void every_structure_is_looked_at(void **state)
{
    static const struct {
        uint8_t type;
        const char *hex;
        int result;
    } rows[] = {
        {IKL_PAYLOAD_SA, "0000 0010 01 01 00 01 0000 0008 02 00 0005", IKL_OK},
        {IKL_PAYLOAD_SA, "0000 0014 01 01 00 01 0000 000c 01 00 000c 000f 0001", IKL_ERR_TRUNCATED},
        {IKL_PAYLOAD_KE, "0400 0000 01", IKL_OK},
        {IKL_PAYLOAD_KE, "001f 0000 01", IKL_ERR_MALFORMED},
        {IKL_PAYLOAD_IDI, "02000000 61", IKL_OK},
        {IKL_PAYLOAD_IDI, "01000000 61", IKL_ERR_MALFORMED},
        {IKL_PAYLOAD_IDR, "02000000 61", IKL_OK},
        {IKL_PAYLOAD_IDR, "02000000 00", IKL_ERR_MALFORMED},
        {IKL_PAYLOAD_CERT, "04", IKL_OK},
        {IKL_PAYLOAD_CERT, "", IKL_ERR_TRUNCATED},
        {IKL_PAYLOAD_CERTREQ, "04", IKL_OK},
        {IKL_PAYLOAD_CERTREQ, "", IKL_ERR_TRUNCATED},
        {IKL_PAYLOAD_AUTH, "02000000", IKL_OK},
        {IKL_PAYLOAD_AUTH, "020000", IKL_ERR_TRUNCATED},
        {IKL_PAYLOAD_NONCE, "000102030405060708090a0b0c0d0e0f", IKL_OK},
        {IKL_PAYLOAD_NONCE, "000102030405060708090a0b0c0d0e", IKL_ERR_MALFORMED},
        {IKL_PAYLOAD_NOTIFY, "00 00 4000", IKL_OK},
        {IKL_PAYLOAD_NOTIFY, "00 00 40", IKL_ERR_TRUNCATED},
        {IKL_PAYLOAD_DELETE, "01 00 0000", IKL_OK},
        {IKL_PAYLOAD_DELETE, "01 00 0001", IKL_ERR_MALFORMED},
        {IKL_PAYLOAD_VENDOR_ID, "", IKL_OK},
        {IKL_PAYLOAD_TSI, "01000000 07 00 0010 0000 ffff 0a580100 0a5801ff", IKL_OK},
        {IKL_PAYLOAD_TSI, "00000000", IKL_ERR_MALFORMED},
        {IKL_PAYLOAD_TSR, "01000000 07 00 0010 0000 ffff 0a580100 0a5801ff", IKL_OK},
        {IKL_PAYLOAD_TSR, "02000000 07 00 0010 0000 ffff 0a580100 0a5801ff", IKL_ERR_TRUNCATED},
        {IKL_PAYLOAD_CP, "01000000 0001 0000", IKL_OK},
        {IKL_PAYLOAD_CP, "01000000 0001 0001", IKL_ERR_TRUNCATED},
        {IKL_PAYLOAD_EAP, "03070004", IKL_OK},
        {IKL_PAYLOAD_EAP, "03070005", IKL_ERR_MALFORMED},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct ikl_payload payload = {.type = rows[i].type, .body = codec_octets(rows[i].hex)};

        for (int response = 0; response <= 1; response++) {
            assert_int_equal(ikl_payload_check(&payload, response != 0), rows[i].result);
        }
    }
}

static void in_a_response_an_sa_payload_is_the_accepted_proposal(void **state)
{
    const struct ikl_payload payload = {.type = IKL_PAYLOAD_SA, .body = codec_octets(NUMBER_2)};

    (void)state;
    assert_int_equal(ikl_payload_check(&payload, false), IKL_ERR_MALFORMED);
    assert_int_equal(ikl_payload_check(&payload, true), IKL_OK);
}

static void payloads_without_structure_are_well_formed(void **state)
{
    (void)state;
    for (unsigned type = 0; type <= UINT8_MAX; type++) {
        const struct ikl_payload empty = {.type = (uint8_t)type};
        bool structured = type >= IKL_PAYLOAD_SA && type <= IKL_PAYLOAD_EAP && type != IKL_PAYLOAD_VENDOR_ID &&
                          type != IKL_PAYLOAD_SK;

        assert_int_equal(ikl_payload_check(&empty, false) == IKL_OK, !structured);
    }
}

#define TEST(name) cmocka_unit_test_teardown(name, codec_free)

TESTS_OF(message_check)
{
    const struct CMUnitTest tests[] = {
        TEST(every_structure_is_looked_at),
        TEST(in_a_response_an_sa_payload_is_the_accepted_proposal),
        TEST(payloads_without_structure_are_well_formed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
