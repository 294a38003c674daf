/* SPDX-License-Identifier: ISC */
/* The payloads that are a few fields and a string of octets keep the promises of their header. */
#include "support/test.h"

#include "support/codec.h"

#include <ikelive/payloads.h>

CODEC_READER(read_ke, struct ikl_ke, ikl_ke_read)
CODEC_READER(read_id, struct ikl_id, ikl_id_read)
CODEC_READER(read_cert, struct ikl_cert, ikl_cert_read)
CODEC_READER(read_certreq, struct ikl_certreq, ikl_certreq_read)
CODEC_READER(read_auth, struct ikl_auth, ikl_auth_read)
CODEC_READER(read_nonce, struct ikl_octets, ikl_nonce_read)
CODEC_READER(read_eap, struct ikl_eap, ikl_eap_read)

static int write_ke(struct ikl_writer *writer, const void *ke)
{
    return ikl_ke_write(writer, ke);
}

static int write_id(struct ikl_writer *writer, const void *id)
{
    return ikl_id_write(writer, id);
}

static int write_cert(struct ikl_writer *writer, const void *cert)
{
    return ikl_cert_write(writer, cert);
}

static int write_certreq(struct ikl_writer *writer, const void *request)
{
    return ikl_certreq_write(writer, request);
}

static int write_auth(struct ikl_writer *writer, const void *auth)
{
    return ikl_auth_write(writer, auth);
}

static int write_nonce(struct ikl_writer *writer, const void *nonce)
{
    return ikl_nonce_write(writer, *(const struct ikl_octets *)nonce);
}

static int write_eap(struct ikl_writer *writer, const void *eap)
{
    return ikl_eap_write(writer, eap);
}

/* Is what was read a view of the body from `offset` to its end? */
static void assert_view(struct ikl_octets view, struct ikl_octets body, size_t offset)
{
    assert_ptr_equal(view.data, body.data + offset);
    assert_int_equal(view.len, body.len - offset);
}

static void a_key_exchange_is_method_and_public_value(void **state)
{
    struct ikl_octets body = codec_octets("0400 0000 0102 03");
    struct ikl_ke ke;

    (void)state;
    assert_int_equal(ikl_ke_read(&ke, body), IKL_OK);
    assert_int_equal(ke.method, 1024);
    assert_view(ke.data, body, 4);
    codec_assert_writes(write_ke, &ke, "04000000 010203");
    codec_assert_fixed(read_ke, "04000000 010203", 4);
}

static void the_public_value_of_a_known_method_has_its_length(void **state)
{
    static const struct {
        uint16_t method;
        size_t len;
    } rows[] = {{1, 96},    {2, 128}, {5, 192}, {14, 256}, {15, 384}, {16, 512}, {17, 768},
                {18, 1024}, {19, 64}, {20, 96}, {21, 132}, {22, 128}, {23, 256}, {24, 256},
                {25, 48},   {26, 56}, {27, 56}, {28, 64},  {29, 96},  {30, 128}, {31, 32},
                {32, 56},   {0, 0},   {3, 0},   {33, 0},   {36, 0},   {1024, 0}, {65535, 0}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_int_equal(ikl_ke_len(rows[i].method), rows[i].len);
        for (size_t len = 0; len <= 1100; len++) {
            uint8_t octets[1104] = {(uint8_t)(rows[i].method >> 8), (uint8_t)rows[i].method};
            struct ikl_ke ke = {.method = rows[i].method, .data = {octets, len}};
            bool fits = rows[i].len == 0 || rows[i].len == len;
            struct ikl_writer counting = ikl_writer(NULL, 0);

            assert_int_equal(read_ke((struct ikl_octets){octets, 4 + len}), fits ? IKL_OK : IKL_ERR_MALFORMED);
            assert_int_equal(ikl_ke_write(&counting, &ke), fits ? IKL_OK : IKL_ERR_INVALID);
        }
    }
}

static void an_identity_is_type_and_data(void **state)
{
    struct ikl_octets body = codec_octets("02000000 612e6c6162");
    struct ikl_id id;

    (void)state;
    assert_int_equal(ikl_id_read(&id, body), IKL_OK);
    assert_int_equal(id.type, IKL_ID_FQDN);
    assert_view(id.data, body, 4);
    codec_assert_writes(write_id, &id, "02000000 612e6c6162");
    codec_assert_fixed(read_id, "02000000 612e6c6162", 4);
}

static void an_identity_fits_its_type(void **state)
{
    static const struct codec_row rows[] = {
        {"01000000 0a000001", IKL_OK},
        {"01000000 0a0000", IKL_ERR_MALFORMED},
        {"01000000 0a00000100", IKL_ERR_MALFORMED},
        {"01000000", IKL_ERR_MALFORMED},
        {"05000000 20010db8000000000000000000000001", IKL_OK},
        {"05000000 20010db80000000000000000000001", IKL_ERR_MALFORMED},
        {"05000000 20010db800000000000000000000000100", IKL_ERR_MALFORMED},
        {"05000000 0a000001", IKL_ERR_MALFORMED},
        {"02000000", IKL_OK},
        {"02000000 61006200", IKL_ERR_MALFORMED},
        {"02000000 610d", IKL_ERR_MALFORMED},
        {"02000000 0a61", IKL_ERR_MALFORMED},
        {"03000000 614062", IKL_OK},
        {"03000000 61406200", IKL_ERR_MALFORMED},
        {"03000000 610d4062", IKL_ERR_MALFORMED},
        {"03000000 0a", IKL_ERR_MALFORMED},
        {"0d000000", IKL_OK},
        {"0d000000 00", IKL_ERR_MALFORMED},
        {"0b000000 000d0a", IKL_OK},
        {"09000000 3000", IKL_OK},
        {"c8000000 000d0a", IKL_OK},
    };

    (void)state;
    codec_assert_rows(read_id, rows, COUNT_OF(rows));
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct ikl_octets body = codec_octets(rows[i].hex);
        struct ikl_id id = {.type = body.data[0], .data = {body.data + 4, body.len - 4}};

        if (rows[i].result == IKL_OK) {
            codec_assert_writes(write_id, &id, rows[i].hex);
        } else {
            codec_assert_refuses(write_id, &id);
        }
    }
}

static void an_identity_without_octets_needs_no_data(void **state)
{
    const struct ikl_id id = {.type = IKL_ID_FQDN};

    (void)state;
    codec_assert_writes(write_id, &id, "02000000");
}

static void a_certificate_is_encoding_and_data(void **state)
{
    struct ikl_octets body = codec_octets("04 30820001");
    struct ikl_cert cert;

    (void)state;
    assert_int_equal(ikl_cert_read(&cert, body), IKL_OK);
    assert_int_equal(cert.encoding, IKL_CERT_X509_SIGNATURE);
    assert_view(cert.data, body, 1);
    codec_assert_writes(write_cert, &cert, "04 30820001");
    codec_assert_fixed(read_cert, "04 30820001", 1);
}

static void a_certificate_request_is_encoding_and_authorities(void **state)
{
    static const char hex[] =
        "04 000102030405060708090a0b0c0d0e0f10111213 202122232425262728292a2b2c2d2e2f30313233 404142";
    struct ikl_octets body = codec_octets(hex);
    struct ikl_certreq request;

    (void)state;
    assert_int_equal(ikl_certreq_read(&request, body), IKL_OK);
    assert_int_equal(request.encoding, IKL_CERT_X509_SIGNATURE);
    assert_view(request.authorities, body, 1);
    codec_assert_writes(write_certreq, &request, hex);
    codec_assert_fixed(read_certreq, hex, 1);
    assert_int_equal(read_certreq(codec_octets("04")), IKL_OK);
}

static void authorities_are_counted_from_0_and_whole(void **state)
{
    struct ikl_octets body = codec_fill(1 + 2 * IKL_AUTHORITY_LEN + 19, 0x77);
    struct ikl_certreq request;

    (void)state;
    assert_int_equal(ikl_certreq_read(&request, body), IKL_OK);
    for (size_t n = 0; n < 2; n++) {
        struct ikl_octets authority = ikl_certreq_authority(&request, n);

        assert_ptr_equal(authority.data, body.data + 1 + n * IKL_AUTHORITY_LEN);
        assert_int_equal(authority.len, IKL_AUTHORITY_LEN);
    }
    assert_null(ikl_certreq_authority(&request, 2).data);
    assert_int_equal(ikl_certreq_authority(&request, 2).len, 0);
    assert_null(ikl_certreq_authority(&request, SIZE_MAX).data);
}

static void an_authentication_is_method_and_data(void **state)
{
    struct ikl_octets body = codec_octets("02000000 7fb2ee40");
    struct ikl_auth auth;

    (void)state;
    assert_int_equal(ikl_auth_read(&auth, body), IKL_OK);
    assert_int_equal(auth.method, IKL_AUTH_SHARED_KEY);
    assert_view(auth.data, body, 4);
    codec_assert_writes(write_auth, &auth, "02000000 7fb2ee40");
    codec_assert_fixed(read_auth, "02000000 7fb2ee40", 4);
}

static void rfc_27_a_nonce_has_16_to_256_octets(void **state)
{
    (void)state;
    for (size_t len = 0; len <= 300; len++) {
        struct ikl_octets body = codec_fill(len, 0x5a);
        struct ikl_octets nonce = {NULL, 0};
        bool fits = len >= 16 && len <= 256;
        struct ikl_writer counting = ikl_writer(NULL, 0);

        assert_int_equal(read_nonce(body), fits ? IKL_OK : IKL_ERR_MALFORMED);
        if (fits) {
            assert_int_equal(ikl_nonce_read(&nonce, body), IKL_OK);
            assert_view(nonce, body, 0);
            assert_int_equal(ikl_nonce_write(&counting, body), IKL_OK);
            assert_int_equal(counting.len, len);
        } else {
            codec_assert_refuses(write_nonce, &body);
        }
    }
}

static void a_nonce_is_written_as_it_is(void **state)
{
    static const char hex[] = "000102030405060708090a0b0c0d0e0f";
    struct ikl_octets nonce = codec_octets(hex);

    (void)state;
    codec_assert_writes(write_nonce, &nonce, hex);
}

static void eap_requests_and_responses_have_a_type(void **state)
{
    for (unsigned code = IKL_EAP_REQUEST; code <= IKL_EAP_RESPONSE; code++) {
        char hex[] = "0x07 0008 01 616263";
        struct ikl_octets body;
        struct ikl_eap eap;

        (void)state;
        hex[1] = (char)('0' + code);
        body = codec_octets(hex);
        assert_int_equal(ikl_eap_read(&eap, body), IKL_OK);
        assert_int_equal(eap.code, code);
        assert_int_equal(eap.identifier, 7);
        assert_int_equal(eap.type, 1);
        assert_view(eap.data, body, 5);
        codec_assert_writes(write_eap, &eap, hex);
        codec_assert_fixed(read_eap, hex, 5);
    }
}

static void other_eap_messages_have_4_octets(void **state)
{
    struct ikl_octets body = codec_octets("03070004");
    struct ikl_eap eap;

    (void)state;
    assert_int_equal(ikl_eap_read(&eap, body), IKL_OK);
    assert_int_equal(eap.code, IKL_EAP_SUCCESS);
    assert_int_equal(eap.type, 0);
    assert_int_equal(eap.data.len, 0);
    codec_assert_writes(write_eap, &eap, "03070004");
    codec_assert_fixed(read_eap, "03070004", 4);
    eap.type = 1;
    codec_assert_refuses(write_eap, &eap);
    eap.type = 0;
    eap.data = codec_fill(1, 0);
    codec_assert_refuses(write_eap, &eap);
}

static void an_eap_message_fills_the_body_and_no_more(void **state)
{
    static const struct codec_row rows[] = {
        {"01070005 01", IKL_OK},
        {"01070004", IKL_ERR_TRUNCATED},
        {"01070006 01", IKL_ERR_MALFORMED},
        {"01070004 01", IKL_ERR_MALFORMED},
        {"01070000 01", IKL_ERR_MALFORMED},
        {"0107ffff 01", IKL_ERR_MALFORMED},
        {"03070005 01", IKL_ERR_MALFORMED},
        {"03070004 01", IKL_ERR_MALFORMED},
        {"03070005", IKL_ERR_MALFORMED},
        {"04070004", IKL_OK},
        {"00000004", IKL_OK},
        {"05000004", IKL_OK},
        {"05000005 01", IKL_ERR_MALFORMED},
    };

    (void)state;
    codec_assert_rows(read_eap, rows, COUNT_OF(rows));
}

static void rfc_21_reserved_fields_are_ignored_on_receipt_and_0_when_sent(void **state)
{
    struct ikl_ke ke;
    struct ikl_id id;
    struct ikl_auth auth;

    (void)state;
    assert_int_equal(ikl_ke_read(&ke, codec_octets("0400ffff 01")), IKL_OK);
    codec_assert_writes(write_ke, &ke, "04000000 01");
    assert_int_equal(ikl_id_read(&id, codec_octets("02ffffff 61")), IKL_OK);
    codec_assert_writes(write_id, &id, "02000000 61");
    assert_int_equal(ikl_auth_read(&auth, codec_octets("02ffffff 61")), IKL_OK);
    codec_assert_writes(write_auth, &auth, "02000000 61");
}

static void a_body_longer_than_a_payload_can_hold_is_not_written(void **state)
{
    static const struct {
        codec_writer *write;
        size_t fixed_len;
    } rows[] = {{write_ke, 4}, {write_id, 4}, {write_cert, 1}, {write_certreq, 1}, {write_auth, 4}, {write_eap, 5}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        for (int over = 0; over <= 1; over++) {
            struct ikl_octets data = codec_fill(IKL_MAX_BODY - rows[i].fixed_len + (size_t)over, 1);
            struct ikl_ke ke = {.method = 1024, .data = data};
            struct ikl_id id = {.type = IKL_ID_KEY_ID, .data = data};
            struct ikl_cert cert = {.encoding = 1, .data = data};
            struct ikl_certreq request = {.encoding = 1, .authorities = data};
            struct ikl_auth auth = {.method = 1, .data = data};
            struct ikl_eap eap = {.code = IKL_EAP_REQUEST, .data = data};
            const void *whats[] = {&ke, &id, &cert, &request, &auth, &eap};
            struct ikl_writer counting = ikl_writer(NULL, 0);

            if (over != 0) {
                codec_assert_refuses(rows[i].write, whats[i]);
            } else {
                assert_int_equal(rows[i].write(&counting, whats[i]), IKL_OK);
                assert_int_equal(counting.len, IKL_MAX_BODY);
            }
        }
    }
}

#define TEST(name) cmocka_unit_test_teardown(name, codec_free)

TESTS_OF(message_payloads)
{
    const struct CMUnitTest tests[] = {
        TEST(a_key_exchange_is_method_and_public_value),
        TEST(the_public_value_of_a_known_method_has_its_length),
        TEST(an_identity_is_type_and_data),
        TEST(an_identity_fits_its_type),
        TEST(an_identity_without_octets_needs_no_data),
        TEST(a_certificate_is_encoding_and_data),
        TEST(a_certificate_request_is_encoding_and_authorities),
        TEST(authorities_are_counted_from_0_and_whole),
        TEST(an_authentication_is_method_and_data),
        TEST(rfc_27_a_nonce_has_16_to_256_octets),
        TEST(a_nonce_is_written_as_it_is),
        TEST(eap_requests_and_responses_have_a_type),
        TEST(other_eap_messages_have_4_octets),
        TEST(an_eap_message_fills_the_body_and_no_more),
        TEST(rfc_21_reserved_fields_are_ignored_on_receipt_and_0_when_sent),
        TEST(a_body_longer_than_a_payload_can_hold_is_not_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
