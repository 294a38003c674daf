/* SPDX-License-Identifier: ISC */
/* A chain written where its bodies are keeps the promises of its header. */
#include "support/test.h"

#include "support/codec.h"

#include <ikelive/payloads.h>

/* A message in one go, its header first. */
static int write_message(struct ikl_writer *writer, const void *unused)
{
    const struct ikl_header header = {.spi_i = 0x1122, .exchange_type = IKL_IKE_SA_INIT, .flags = IKL_FLAG_INITIATOR};
    const struct ikl_notify notify = {.type = IKL_NOTIFY_INITIAL_CONTACT};
    const struct ikl_octets nonce = {(const uint8_t *)"0123456789abcdef", 16};
    size_t start = writer->len;
    struct ikl_chain_writer chain;
    int result;

    (void)unused;
    ikl_header_write(writer, &header);
    chain = ikl_chain_writer(writer);
    result = ikl_payload_begin(&chain, IKL_PAYLOAD_NONCE, true);
    result = result == IKL_OK ? ikl_nonce_write(writer, nonce) : result;
    result = result == IKL_OK ? ikl_payload_end(&chain) : result;
    result = result == IKL_OK ? ikl_payload_begin(&chain, 200, true) : result;
    result = result == IKL_OK ? ikl_payload_end(&chain) : result;
    result = result == IKL_OK ? ikl_payload_begin(&chain, IKL_PAYLOAD_NOTIFY, false) : result;
    result = result == IKL_OK ? ikl_notify_write(writer, &notify) : result;
    result = result == IKL_OK ? ikl_payload_end(&chain) : result;
    ikl_header_patch(writer, start, chain.first);
    return result;
}

static void a_message_is_written_in_one_buffer(void **state)
{
    (void)state;
    codec_assert_writes(write_message, NULL,
                        "0000000000001122 0000000000000000 28 20 22 08 00000000 0000003c"
                        "c8 00 0014 30313233343536373839616263646566"
                        "29 80 0004"
                        "00 00 0008 00 00 4000");
}

static void the_chain_is_whole_after_every_payload(void **state)
{
    uint8_t out[256];
    struct ikl_writer writer = ikl_writer(out, sizeof(out));
    struct ikl_chain_writer chain = ikl_chain_writer(&writer);

    (void)state;
    assert_int_equal(chain.first, IKL_PAYLOAD_NONE);
    for (uint8_t type = 100; type < 110; type++) {
        assert_int_equal(ikl_payload_begin(&chain, type, false), IKL_OK);
        ikl_write_zeros(&writer, type - 100u);
        assert_int_equal(ikl_payload_end(&chain), IKL_OK);
        assert_int_equal(chain.first, 100);
        assert_int_equal(ikl_chain_check(chain.first, (struct ikl_octets){out, writer.len}, true, NULL), IKL_OK);
    }
}

static void it_writes_what_ikl_chain_write_does(void **state)
{
    const struct ikl_payload payloads[] = {
        {255, true, codec_octets("01020304")},
        {IKL_PAYLOAD_VENDOR_ID, true, codec_octets("")},
        {1, false, codec_octets("ff")},
    };
    uint8_t at_once[64], in_pieces[64];
    struct ikl_writer one = ikl_writer(at_once, sizeof(at_once));
    struct ikl_writer other = ikl_writer(in_pieces, sizeof(in_pieces));
    struct ikl_chain_writer chain = ikl_chain_writer(&other);

    (void)state;
    assert_int_equal(ikl_chain_write(&one, payloads, 3), IKL_OK);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(ikl_payload_begin(&chain, payloads[i].type, payloads[i].critical), IKL_OK);
        ikl_write_octets(&other, payloads[i].body.data, payloads[i].body.len);
        assert_int_equal(ikl_payload_end(&chain), IKL_OK);
    }
    assert_int_equal(one.len, other.len);
    assert_memory_equal(at_once, in_pieces, one.len);
}

static int begin_type(struct ikl_writer *writer, const void *type)
{
    struct ikl_chain_writer chain = ikl_chain_writer(writer);

    return ikl_payload_begin(&chain, *(const uint8_t *)type, false);
}

static void rfc_25_what_encrypts_is_not_begun(void **state)
{
    static const uint8_t refused[] = {IKL_PAYLOAD_NONE, IKL_PAYLOAD_SK, IKL_PAYLOAD_SKF};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        codec_assert_refuses(begin_type, &refused[i]);
    }
}

static void payloads_do_not_nest_and_end_once(void **state)
{
    uint8_t out[64];
    struct ikl_writer writer = ikl_writer(out, sizeof(out));
    struct ikl_chain_writer chain = ikl_chain_writer(&writer);

    (void)state;
    assert_int_equal(ikl_payload_end(&chain), IKL_ERR_INVALID);
    assert_int_equal(ikl_payload_begin(&chain, 100, false), IKL_OK);
    assert_int_equal(ikl_payload_begin(&chain, 101, false), IKL_ERR_INVALID);
    assert_int_equal(writer.len, 4);
    assert_int_equal(ikl_payload_end(&chain), IKL_OK);
    assert_int_equal(ikl_payload_end(&chain), IKL_ERR_INVALID);
    codec_assert_octets((struct ikl_octets){out, writer.len}, "00 00 0004");
}

static void a_payload_whose_body_found_no_room_does_not_end(void **state)
{
    uint8_t out[8];
    struct ikl_writer writer = ikl_writer(out, sizeof(out));
    struct ikl_chain_writer chain = ikl_chain_writer(&writer);

    (void)state;
    assert_int_equal(ikl_payload_begin(&chain, 100, false), IKL_OK);
    ikl_write_zeros(&writer, 5);
    assert_int_equal(ikl_payload_end(&chain), IKL_ERR_NO_BUFFER);
    assert_int_equal(ikl_payload_end(&chain), IKL_ERR_NO_BUFFER);
    assert_int_equal(chain.first, IKL_PAYLOAD_NONE);
}

static void a_body_that_is_too_long_is_taken_back(void **state)
{
    static uint8_t out[2 * IKL_MAX_BODY];
    struct ikl_writer writer = ikl_writer(out, sizeof(out));
    struct ikl_chain_writer chain = ikl_chain_writer(&writer);

    (void)state;
    assert_int_equal(ikl_payload_begin(&chain, 100, false), IKL_OK);
    assert_int_equal(ikl_payload_end(&chain), IKL_OK);
    assert_int_equal(ikl_payload_begin(&chain, 101, false), IKL_OK);
    ikl_write_zeros(&writer, IKL_MAX_BODY + 1);
    assert_int_equal(ikl_payload_end(&chain), IKL_ERR_INVALID);
    assert_int_equal(writer.len, 4);
    assert_int_equal(ikl_payload_end(&chain), IKL_ERR_INVALID);
    assert_int_equal(ikl_chain_check(100, (struct ikl_octets){out, writer.len}, true, NULL), IKL_OK);
    assert_int_equal(ikl_payload_begin(&chain, 102, false), IKL_OK);
    ikl_write_zeros(&writer, IKL_MAX_BODY);
    assert_int_equal(ikl_payload_end(&chain), IKL_OK);
    assert_int_equal(writer.len, 8 + IKL_MAX_BODY);
    assert_int_equal(out[0], 102);
    assert_int_equal(ikl_chain_check(100, (struct ikl_octets){out, writer.len}, true, NULL), IKL_OK);
}

#define TEST(name) cmocka_unit_test_teardown(name, codec_free)

TESTS_OF(message_chain_writer)
{
    const struct CMUnitTest tests[] = {
        TEST(a_message_is_written_in_one_buffer),    TEST(the_chain_is_whole_after_every_payload),
        TEST(it_writes_what_ikl_chain_write_does),   TEST(rfc_25_what_encrypts_is_not_begun),
        TEST(payloads_do_not_nest_and_end_once),     TEST(a_payload_whose_body_found_no_room_does_not_end),
        TEST(a_body_that_is_too_long_is_taken_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
