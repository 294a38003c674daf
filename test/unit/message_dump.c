/* SPDX-License-Identifier: ISC */
/* The text of messages keeps the promises of its header. */
#include "support/test.h"

#include "support/codec.h"
#include "support/dump_text.h"
#include "support/test_random.h"

#include <ikelive/dump.h>

#define HEADER(first, flags) "0123456789abcdef fedcba9876543210" first "20 22" flags "00000007"

static const struct ikl_dump types_only = {.size = sizeof(types_only)};
static const struct ikl_dump with_contents = {.size = sizeof(with_contents), .contents = true};

/* A message from everything but its Length. */
static struct ikl_octets message_of(const char *header, const char *payloads)
{
    struct ikl_octets front = codec_octets(header);
    struct ikl_octets rest = codec_octets(payloads);
    struct ikl_octets message = codec_fill(front.len + 4 + rest.len, 0);
    struct ikl_writer writer = ikl_writer((uint8_t *)message.data, message.len);

    ikl_write_octets(&writer, front.data, front.len);
    ikl_write_u32(&writer, (uint32_t)message.len);
    ikl_write_octets(&writer, rest.data, rest.len);
    return message;
}

/* Every payload type, in one message. */
static const char *const everything = "22 00 002c 0200 0014 01 01 00 01 0000 000c 01 00 0014 800e 0100"
                                      "0000 0014 02 fa 04 01 01020304 0000 0008 fe 00 0001"
                                      "23 00 000c 0400 0000 dead beef"
                                      "24 00 000d 02000000 612e6c6162"
                                      "25 00 0018 05000000 20010db8000000000000000000000001"
                                      "26 00 0008 04 308200"
                                      "27 00 0019 04 1111111111111111111111111111111111111111"
                                      "28 00 000c 02000000 cafe0001"
                                      "29 00 0014 00112233445566778899aabbccddeeff"
                                      "2a 00 000e 03 04 4009 99887766 5555"
                                      "2b 00 0010 03 04 0002 aaaaaaaa bbbbbbbb"
                                      "2c 00 000a 0d5c41426c"
                                      "0a"
                                      "2d 00 0018 01000000 07 06 0010 0050 01bb 0a580100 0a5801ff"
                                      "2f 00 0010 01000000 0a 00 0008 13371337"
                                      "30 00 0014 02000000 0001 0004 0a000001 7000 0000"
                                      "c8 00 000c 01 2a 0008 05 123456"
                                      "00 80 0006 4142";

static const char *const everything_by_type =
    "IKE_SA_INIT request 7 of the original initiator, SPIs 0123456789abcdef fedcba9876543210, 304 octets\n"
    "  SA, 44 octets\n"
    "    proposal 1: IKE, SPI of 0 octets, 1 transform\n"
    "      ENCR ENCR_AES_GCM_16, key of 256 bits\n"
    "    proposal 2: 250, SPI of 4 octets, 1 transform\n"
    "      254 1\n"
    "  KE, 12 octets: 1024, 4 octets\n"
    "  IDi, 13 octets: ID_FQDN, 5 octets\n"
    "  IDr, 24 octets: ID_IPV6_ADDR, 16 octets\n"
    "  CERT, 8 octets: X.509 Certificate - Signature, 3 octets\n"
    "  CERTREQ, 25 octets: X.509 Certificate - Signature, 20 octets\n"
    "  AUTH, 12 octets: Shared Key Message Integrity Code, 4 octets\n"
    "  Nonce, 20 octets\n"
    "  Notify, 14 octets: REKEY_SA, 2 octets\n"
    "    about ESP, SPI of 4 octets\n"
    "  Delete, 16 octets: ESP, 2 SPIs\n"
    "  Vendor ID, 10 octets\n"
    "  TSi, 24 octets: 1 selector\n"
    "    TS_IPV4_ADDR_RANGE\n"
    "  TSr, 16 octets: 1 selector\n"
    "    TS_SECLABEL, 4 octets\n"
    "  CP, 20 octets: CFG_REPLY, 12 octets\n"
    "    INTERNAL_IP4_ADDRESS, 4 octets\n"
    "    28672, 0 octets\n"
    "  EAP, 12 octets: Request of type 5, 3 octets\n"
    "  200, 6 octets, critical\n";

static const char *const everything_with_contents =
    "IKE_SA_INIT request 7 of the original initiator, SPIs 0123456789abcdef fedcba9876543210, 304 octets\n"
    "  SA, 44 octets\n"
    "    proposal 1: IKE, SPI of 0 octets, 1 transform\n"
    "      ENCR ENCR_AES_GCM_16, key of 256 bits\n"
    "    proposal 2: 250, SPI of 4 octets, 1 transform\n"
    "      SPI 01020304\n"
    "      254 1\n"
    "  KE, 12 octets: 1024, 4 octets\n"
    "    hex: deadbeef\n"
    "  IDi, 13 octets: ID_FQDN, 5 octets\n"
    "    text: a.lab\n"
    "  IDr, 24 octets: ID_IPV6_ADDR, 16 octets\n"
    "    2001:db8::1\n"
    "  CERT, 8 octets: X.509 Certificate - Signature, 3 octets\n"
    "    hex: 308200\n"
    "  CERTREQ, 25 octets: X.509 Certificate - Signature, 20 octets\n"
    "    hex: 1111111111111111111111111111111111111111\n"
    "  AUTH, 12 octets: Shared Key Message Integrity Code, 4 octets\n"
    "    hex: cafe0001\n"
    "  Nonce, 20 octets\n"
    "    hex: 00112233445566778899aabbccddeeff\n"
    "  Notify, 14 octets: REKEY_SA, 2 octets\n"
    "    about ESP, SPI of 4 octets\n"
    "    SPI 99887766\n"
    "    hex: 5555\n"
    "  Delete, 16 octets: ESP, 2 SPIs\n"
    "    SPI aaaaaaaa\n"
    "    SPI bbbbbbbb\n"
    "  Vendor ID, 10 octets\n"
    "    text: \\x0d\\\\ABl\\x0a\n"
    "  TSi, 24 octets: 1 selector\n"
    "    TS_IPV4_ADDR_RANGE\n"
    "      protocol 6, ports 80 to 443, 10.88.1.0 to 10.88.1.255\n"
    "  TSr, 16 octets: 1 selector\n"
    "    TS_SECLABEL, 4 octets\n"
    "      hex: 13371337\n"
    "  CP, 20 octets: CFG_REPLY, 12 octets\n"
    "    INTERNAL_IP4_ADDRESS, 4 octets\n"
    "      hex: 0a000001\n"
    "    28672, 0 octets\n"
    "  EAP, 12 octets: Request of type 5, 3 octets\n"
    "    identifier 42\n"
    "    hex: 123456\n"
    "  200, 6 octets, critical\n"
    "    hex: 4142\n";

static void every_payload_is_shown_by_type_and_length(void **state)
{
    struct ikl_octets message = message_of(HEADER("21", "08"), everything);

    (void)state;
    assert_string_equal(dump_text(message, &types_only), everything_by_type);
    assert_string_equal(dump_text(message, NULL), everything_by_type);
}

static void contents_are_shown_when_asked_for(void **state)
{
    (void)state;
    assert_string_equal(dump_text(message_of(HEADER("21", "08"), everything), &with_contents),
                        everything_with_contents);
}

static void contents_of_one_octet_are_shown_too(void **state)
{
    (void)state;
    assert_string_equal(dump_lines(message_of(HEADER("c8", "08"), "00000005 2a"), &with_contents), "  200, 5 octets\n"
                                                                                                   "    hex: 2a\n");
    assert_string_equal(dump_lines(message_of(HEADER("29", "08"), "00000009 fa 01 4009 2a"), &with_contents),
                        "  Notify, 9 octets: REKEY_SA, 0 octets\n"
                        "    about 250, SPI of 1 octets\n"
                        "    SPI 2a\n");
}

static void the_name_of_a_domain_is_shown_as_text(void **state)
{
    (void)state;
    assert_string_equal(
        dump_lines(message_of(HEADER("2f", "08"), "00000010 01000000 0019 0004 646e7331"), &with_contents),
        "  CP, 16 octets: CFG_REQUEST, 8 octets\n"
        "    INTERNAL_DNS_DOMAIN, 4 octets\n"
        "      text: dns1\n");
}

static void numbers_of_a_notification_and_an_identity_of_another_kind_are_contents_too(void **state)
{
    (void)state;
    assert_string_equal(dump_lines(message_of(HEADER("29", "08"), "29 00 0014 0000 4026 0000002a 00000007 00000009"
                                                                  "23 00 0010 0000 4027 0000000000000100"
                                                                  "00 00 000a 09000000 3000"),
                                   &with_contents),
                        "  Notify, 20 octets: IKEV2_MESSAGE_ID_SYNC, 12 octets\n"
                        "    nonce 0000002a, next request 7, expects 9\n"
                        "  Notify, 16 octets: IPSEC_REPLAY_COUNTER_SYNC, 8 octets\n"
                        "    delta 256\n"
                        "  IDi, 10 octets: ID_DER_ASN1_DN, 2 octets\n"
                        "    hex: 3000\n");
}

/* Where contents begin in a payload of this type: what is before says what they are. */
static size_t contents_at(uint8_t type)
{
    switch (type) {
    case IKL_PAYLOAD_CERT:
    case IKL_PAYLOAD_CERTREQ:
        return 1;
    case IKL_PAYLOAD_NONCE:
    case IKL_PAYLOAD_VENDOR_ID:
    case 200:
        return 0;
    case IKL_PAYLOAD_EAP:
        return 5;
    case IKL_PAYLOAD_TSI:
        return 8;
    default:
        return 4;
    }
}

static void without_contents_no_octet_of_them_makes_a_difference(void **state)
{
    static const uint8_t changed[] = {IKL_PAYLOAD_KE,
                                      IKL_PAYLOAD_IDI,
                                      IKL_PAYLOAD_IDR,
                                      IKL_PAYLOAD_CERT,
                                      IKL_PAYLOAD_CERTREQ,
                                      IKL_PAYLOAD_AUTH,
                                      IKL_PAYLOAD_NONCE,
                                      IKL_PAYLOAD_NOTIFY,
                                      IKL_PAYLOAD_DELETE,
                                      IKL_PAYLOAD_VENDOR_ID,
                                      IKL_PAYLOAD_TSI,
                                      IKL_PAYLOAD_EAP,
                                      200};
    struct ikl_octets message = message_of(HEADER("21", "08"), everything);
    struct ikl_chain chain = ikl_chain(IKL_PAYLOAD_SA, (struct ikl_octets){message.data + 28, message.len - 28});
    struct ikl_payload payload;

    (void)state;
    while (ikl_chain_next(&chain, &payload) == IKL_OK) {
        for (size_t i = 0; i < COUNT_OF(changed); i++) {
            if (payload.type == changed[i]) {
                for (size_t j = contents_at(payload.type); j < payload.body.len; j++) {
                    ((uint8_t *)payload.body.data)[j] ^= 0x55;
                }
            }
        }
    }
    ((uint8_t *)message.data)[28 + 4 + 28] ^= 0x55; /* SPI of the second proposal */
    assert_string_equal(dump_text(message, &types_only), everything_by_type);
    assert_string_not_equal(dump_text(message, &with_contents), everything_with_contents);
}

static void the_identifier_of_eap_and_the_fields_of_selectors_and_attributes_are_contents(void **state)
{
    static const char *const pairs[][2] = {
        {"00 00 000c 01 2a 0008 05 123456", "00 00 000c 01 2b 0008 05 123456"},
        {"00 00 0018 01000000 07 06 0010 0050 01bb 0a580100 0a5801ff",
         "00 00 0018 01000000 07 07 0010 0051 01bc 0b580100 0b5801ff"},
        {"00 00 0010 01000000 0a 00 0008 13371337", "00 00 0010 01000000 0a ff 0008 73317331"},
        {"00 00 0010 02000000 0007 0004 61626364", "00 00 0010 02000000 0007 0004 65666768"},
        {"00 00 0018 0000 0014 01 01 00 01 0000 000c 01 00 0014 800f 0100",
         "00 00 0018 0000 0014 01 01 00 01 0000 000c 01 00 0014 800f 0200"},
        {"00 00 0018 0000 0014 01 04 01 01 ff 0000 000b 01 00 0014 000f 00",
         "00 00 0018 0000 0014 01 04 01 01 fe 0000 000b 01 00 0014 000f 00"},
    };
    static const char *const types[] = {"30", "2c", "2d", "2f", "21", "21"};
    char first[1024];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        char header[128] = "0123456789abcdef fedcba9876543210";

        strcat(header, types[i]);
        strcat(header, "20 22 08 00000007");
        strcpy(first, dump_text(message_of(header, pairs[i][0]), &types_only));
        assert_string_equal(dump_text(message_of(header, pairs[i][1]), &types_only), first);
    }
}

static void a_text_that_does_not_fit_is_cut_and_terminated(void **state)
{
    struct ikl_octets message = message_of(HEADER("21", "08"), everything);
    size_t whole = strlen(everything_with_contents);

    (void)state;
    assert_int_equal(ikl_message_dump(message.data, message.len, &with_contents, NULL, 0), whole);
    for (size_t size = 1; size <= whole + 2; size++) {
        char *cut = malloc(size + 1);
        size_t kept = size - 1 < whole ? size - 1 : whole;

        assert_non_null(cut);
        cut[size] = 'x';
        assert_int_equal(ikl_message_dump(message.data, message.len, &with_contents, cut, size), whole);
        assert_int_equal(strlen(cut), kept);
        assert_memory_equal(cut, everything_with_contents, kept);
        assert_int_equal(cut[size], 'x');
        free(cut);
    }
}

static void options_of_another_size_are_refused(void **state)
{
    struct ikl_dump options = {.size = sizeof(options) - 1};
    struct ikl_octets message = message_of(HEADER("00", "08"), "");
    char text[] = "before";

    (void)state;
    assert_int_equal(ikl_message_dump(message.data, message.len, &options, text, sizeof(text)), IKL_ERR_INVALID);
    assert_string_equal(text, "");
    assert_int_equal(ikl_message_dump(message.data, message.len, &options, NULL, 0), IKL_ERR_INVALID);
}

static void the_header_is_shown_whatever_it_is(void **state)
{
    static const struct {
        const char *hex;
        const char *text;
    } rows[] = {
        {"", "no message, 0 octets\n  ! IKL_ERR_TRUNCATED at octet 0 of the message\n"},
        {"0123456789", "no message, 5 octets\n  ! IKL_ERR_TRUNCATED at octet 5 of the message\n"},
        {"0123456789abcdef fedcba9876543210 00 1f 22 08 00000007 0000001c",
         "message of version 1.15, 28 octets\n  ! IKL_ERR_VERSION at octet 17 of the message\n"},
        {"0123456789abcdef fedcba9876543210 00 20 25 28 00000007 0000001c",
         "INFORMATIONAL response 7 of the original initiator, SPIs 0123456789abcdef fedcba9876543210, 28 octets\n"},
        {"0123456789abcdef fedcba9876543210 00 27 ff d7 ffffffff 0000001c",
         "255 request 4294967295 of the original responder, SPIs 0123456789abcdef fedcba9876543210, 28 octets, minor "
         "version 7, flags d7\n"},
        {"0123456789abcdef fedcba9876543210 00 20 25 28 00000007 0000001d",
         "INFORMATIONAL response 7 of the original initiator, SPIs 0123456789abcdef fedcba9876543210, 28 octets, "
         "Length "
         "29\n  ! IKL_ERR_LENGTH at octet 24 of the message\n"},
        {"0000000000000000 fedcba9876543210 00 20 25 00 00000007 0000001c",
         "INFORMATIONAL request 7 of the original responder, SPIs 0000000000000000 fedcba9876543210, 28 octets\n"
         "  ! IKL_ERR_MALFORMED at octet 0 of the message\n"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_string_equal(dump_text(codec_octets(rows[i].hex), NULL), rows[i].text);
    }
    assert_string_equal(dump_text((struct ikl_octets){NULL, 0}, NULL), rows[0].text);
}

static const char *dump_of_payloads(const char *header, const char *payloads)
{
    return dump_lines(message_of(header, payloads), NULL);
}

static void what_is_wrong_is_said_where_it_is(void **state)
{
    static const struct {
        const char *header;
        const char *payloads;
        const char *text;
    } rows[] = {
        {HEADER("00", "08"), "00", "  ! IKL_ERR_MALFORMED at octet 28 of the message\n"},
        {HEADER("2b", "08"), "0000", "  ! IKL_ERR_TRUNCATED at octet 28 of the message\n"},
        {HEADER("2b", "08"), "2b00000500 2b000009",
         "  Vendor ID, 5 octets\n  ! IKL_ERR_TRUNCATED at octet 33 of the message\n"},
        {HEADER("2b", "08"), "2b00000500 2b000003",
         "  Vendor ID, 5 octets\n  ! IKL_ERR_MALFORMED at octet 33 of the message\n"},
        /* wrong inside: the next payload is shown all the same */
        {HEADER("28", "08"), "2b000005 00 00000004",
         "  Nonce, 5 octets\n    ! IKL_ERR_MALFORMED at octet 32 of the message\n  Vendor ID, 4 octets\n"},
        {HEADER("22", "08"), "00000007 001f00", "  KE, 7 octets\n    ! IKL_ERR_TRUNCATED at octet 32 of the message\n"},
        {HEADER("23", "08"), "00000009 01000000 00",
         "  IDi, 9 octets\n    ! IKL_ERR_MALFORMED at octet 32 of the message\n"},
        {HEADER("25", "08"), "00000004", "  CERT, 4 octets\n    ! IKL_ERR_TRUNCATED at octet 32 of the message\n"},
        {HEADER("26", "08"), "00000004", "  CERTREQ, 4 octets\n    ! IKL_ERR_TRUNCATED at octet 32 of the message\n"},
        {HEADER("27", "08"), "00000004", "  AUTH, 4 octets\n    ! IKL_ERR_TRUNCATED at octet 32 of the message\n"},
        {HEADER("29", "08"), "00000004", "  Notify, 4 octets\n    ! IKL_ERR_TRUNCATED at octet 32 of the message\n"},
        {HEADER("2a", "08"), "00000004", "  Delete, 4 octets\n    ! IKL_ERR_TRUNCATED at octet 32 of the message\n"},
        {HEADER("30", "08"), "00000004", "  EAP, 4 octets\n    ! IKL_ERR_TRUNCATED at octet 32 of the message\n"},
        {HEADER("2f", "08"), "00000004", "  CP, 4 octets\n    ! IKL_ERR_TRUNCATED at octet 32 of the message\n"},
        {HEADER("35", "08"), "00000004",
         "  SKF, 4 octets\n    ! IKL_ERR_TRUNCATED at octet 32 of the message\n    first inside NONE\n"},
        /* lists: what comes before the wrong item is shown */
        {HEADER("21", "08"), "00000004", "  SA, 4 octets\n    ! IKL_ERR_TRUNCATED at octet 32 of the message\n"},
        {HEADER("21", "08"),
         "00000024 0200 0010 01 01 00 01 0000 0008 02 00 0005 0000 0010 03 01 00 01 0000 0008 0200 0005",
         "  SA, 36 octets\n    proposal 1: IKE, SPI of 0 octets, 1 transform\n      PRF PRF_HMAC_SHA2_256\n"
         "    ! IKL_ERR_MALFORMED at octet 48 of the message\n"},
        {HEADER("21", "08"), "00000013 0000 000f 01 01 00 01 0000 0007 02 00 00",
         "  SA, 19 octets\n    proposal 1: IKE, SPI of 0 octets, 1 transform\n"
         "      ! IKL_ERR_MALFORMED at octet 40 of the message\n"},
        {HEADER("21", "08"), "0000001c 0000 0018 01 01 00 02 0300 0008 02 00 0005 0000 0007 02 00 0006",
         "  SA, 28 octets\n    proposal 1: IKE, SPI of 0 octets, 2 transforms\n      PRF PRF_HMAC_SHA2_256\n"
         "      ! IKL_ERR_MALFORMED at octet 48 of the message\n"},
        {HEADER("2c", "08"), "00000006 0000",
         "  TSi, 6 octets: 0 selectors\n    ! IKL_ERR_TRUNCATED at octet 32 of the message\n"},
        {HEADER("2c", "08"), "00000008 00000000",
         "  TSi, 8 octets: 0 selectors\n    ! IKL_ERR_MALFORMED at octet 32 of the message\n"},
        {HEADER("2c", "08"), "0000000b 01000000 070010",
         "  TSi, 11 octets: 1 selector\n    ! IKL_ERR_TRUNCATED at octet 36 of the message\n"},
        {HEADER("2d", "08"), "0000001c 02000000 07 06 0010 0050 01bb 0a580100 0a5801ff 07000004",
         "  TSr, 28 octets: 2 selectors\n    TS_IPV4_ADDR_RANGE\n    ! IKL_ERR_MALFORMED at octet 52 of the message\n"},
        {HEADER("2f", "08"), "0000000c 01000000 0003 0001",
         "  CP, 12 octets: CFG_REQUEST, 4 octets\n    ! IKL_ERR_TRUNCATED at octet 36 of the message\n"},
        {HEADER("2f", "08"), "00000010 01000000 0003 0000 0003 0001",
         "  CP, 16 octets: CFG_REQUEST, 8 octets\n    INTERNAL_IP4_DNS, 0 octets\n"
         "    ! IKL_ERR_TRUNCATED at octet 40 of the message\n"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_string_equal(dump_of_payloads(rows[i].header, rows[i].payloads), rows[i].text);
    }
}

static void in_a_response_an_sa_payload_is_the_accepted_proposal(void **state)
{
    static const char number_2[] = "00 00 0014 0000 0010 02 01 00 01 0000 0008 02 00 0005";

    (void)state;
    assert_non_null(strstr(dump_of_payloads(HEADER("21", "20"), number_2), "proposal 2: IKE"));
    assert_non_null(strstr(dump_of_payloads(HEADER("21", "08"), number_2), "! IKL_ERR_MALFORMED at octet 32"));
}

static void a_message_without_flaw_has_no_line_that_says_so(void **state)
{
    (void)state;
    assert_null(strchr(dump_text(message_of(HEADER("21", "08"), everything), &with_contents), '!'));
}

static void a_message_cut_anywhere_is_shown_as_far_as_it_goes(void **state)
{
    struct ikl_octets message = message_of(HEADER("21", "08"), everything);

    (void)state;
    for (size_t len = 0; len < message.len; len++) {
        struct ikl_octets cut = codec_copy((struct ikl_octets){message.data, len});

        assert_non_null(strstr(dump_text(cut, &with_contents), len < 28 ? "IKL_ERR_TRUNCATED" : "IKL_ERR_LENGTH"));
    }
}

static void addresses_are_shown_as_people_write_them(void **state)
{
    static const struct {
        const char *payload;
        const char *text;
    } rows[] = {
        {"00 00 000c 01000000 c0000201", "\n    192.0.2.1\n"},
        {"00 00 0018 05000000 00000000000000000000000000000000", "\n    ::\n"},
        {"00 00 0018 05000000 20010db8000000000000000000000000", "\n    2001:db8::\n"},
        {"00 00 0018 05000000 00000000000000000000000000000001", "\n    ::1\n"},
        {"00 00 0018 05000000 20010000000000020000000000000003", "\n    2001:0:0:2::3\n"},
        {"00 00 0018 05000000 20010db8000100010001000100010000", "\n    2001:db8:1:1:1:1:1:0\n"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_non_null(
            strstr(dump_lines(message_of(HEADER("23", "08"), rows[i].payload), &with_contents), rows[i].text));
    }
}

static void strings_cannot_break_out_of_their_line(void **state)
{
    static const char *const identities[] = {
        "00 00 000d 0b000000 1b5b326a0a", /* ID_KEY_ID with an escape sequence and a new line */
        "00 00 000d 02000000 1b5c7fff22", /* ID_FQDN with what is not refused */
    };
    static const char *const expected[] = {
        "  IDi, 13 octets: ID_KEY_ID, 5 octets\n    text: \\x1b[2j\\x0a\n",
        "  IDi, 13 octets: ID_FQDN, 5 octets\n    text: \\x1b\\\\\\x7f\\xff\"\n",
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(identities); i++) {
        assert_string_equal(dump_lines(message_of(HEADER("23", "08"), identities[i]), &with_contents), expected[i]);
    }
}

/* A mutation of a message of everything, some of them cut. */
static size_t mutate(struct test_random *random, struct ikl_octets message, uint8_t *out)
{
    memcpy(out, message.data, message.len);
    for (uint64_t i = test_random_below(random, 8); i > 0; i--) {
        out[test_random_below(random, message.len)] = (uint8_t)test_random(random);
    }
    return test_random_below(random, 4) == 0 ? (size_t)test_random_below(random, message.len) : message.len;
}

static void any_octets_are_printed_as_lines_of_printable_ascii(void **state)
{
    struct test_random random = {5};
    struct ikl_octets message = message_of(HEADER("21", "08"), everything);
    uint8_t octets[1024];

    (void)state;
    for (int round = 0; round < 5000; round++) {
        size_t len = mutate(&random, message, octets);
        const char *text = dump_text((struct ikl_octets){octets, len}, &with_contents);

        assert_int_equal(text[strlen(text) - 1], '\n');
        for (const char *at = text; *at != '\0'; at++) {
            assert_true(*at == '\n' || (*at >= 0x20 && *at < 0x7f));
        }
    }
}

static void attributes_are_shown_in_either_form(void **state)
{
    static const char sa[] =
        "00 00 0023 0000 001f 01 01 00 01 0000 0017 01 00 0014 8011 1234 0012 0003 aabbcc 800e 0000";

    (void)state;
    assert_string_equal(
        dump_of_payloads(HEADER("21", "08"), sa),
        "  SA, 35 octets\n    proposal 1: IKE, SPI of 0 octets, 1 transform\n      ENCR ENCR_AES_GCM_16\n"
        "        attribute 17, 2 octets\n        attribute 18, 3 octets\n"
        "        attribute 14, 2 octets\n");
    assert_string_equal(
        dump_lines(message_of(HEADER("21", "08"), sa), &with_contents),
        "  SA, 35 octets\n    proposal 1: IKE, SPI of 0 octets, 1 transform\n      ENCR ENCR_AES_GCM_16\n"
        "        attribute 17, 2 octets\n          value 4660\n"
        "        attribute 18, 3 octets\n          hex: aabbcc\n"
        "        attribute 14, 2 octets\n          value 0\n");
}

static void eap_messages_that_end_an_exchange_have_no_type(void **state)
{
    (void)state;
    assert_string_equal(dump_of_payloads(HEADER("30", "08"), "00 00 0008 03 2a 0004"), "  EAP, 8 octets: Success\n");
    assert_string_equal(dump_of_payloads(HEADER("30", "20"), "00 00 0009 02 2a 0005 03"),
                        "  EAP, 9 octets: Response of type 3, 0 octets\n");
}

#define TEST(name) cmocka_unit_test_teardown(name, codec_free)

TESTS_OF(message_dump)
{
    const struct CMUnitTest tests[] = {
        TEST(every_payload_is_shown_by_type_and_length),
        TEST(contents_are_shown_when_asked_for),
        TEST(contents_of_one_octet_are_shown_too),
        TEST(the_name_of_a_domain_is_shown_as_text),
        TEST(numbers_of_a_notification_and_an_identity_of_another_kind_are_contents_too),
        TEST(without_contents_no_octet_of_them_makes_a_difference),
        TEST(the_identifier_of_eap_and_the_fields_of_selectors_and_attributes_are_contents),
        TEST(a_text_that_does_not_fit_is_cut_and_terminated),
        TEST(options_of_another_size_are_refused),
        TEST(the_header_is_shown_whatever_it_is),
        TEST(what_is_wrong_is_said_where_it_is),
        TEST(in_a_response_an_sa_payload_is_the_accepted_proposal),
        TEST(a_message_without_flaw_has_no_line_that_says_so),
        TEST(a_message_cut_anywhere_is_shown_as_far_as_it_goes),
        TEST(addresses_are_shown_as_people_write_them),
        TEST(strings_cannot_break_out_of_their_line),
        TEST(any_octets_are_printed_as_lines_of_printable_ascii),
        TEST(attributes_are_shown_in_either_form),
        TEST(eap_messages_that_end_an_exchange_have_no_type),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
