/* SPDX-License-Identifier: ISC */
/* The text of messages with SK and SKF payloads keeps the promises of its header. */
#include "support/test.h"

#include "support/codec.h"
#include "support/dump_text.h"
#include "support/sk_bench.h"

static const struct ikl_dump with_contents = {.size = sizeof(with_contents), .contents = true};

/* A sealed message with a Nonce that is too short and a Delete inside. */
static size_t seal_two_payloads(struct sk_bench *bench, size_t which, uint8_t *out)
{
    static const uint8_t inside[] = {IKL_PAYLOAD_DELETE, 0, 0, 6, 0xab, 0xcd, 0, 0, 0, 12, 3, 4, 0, 1, 1, 2, 3, 4};

    sk_set_up(bench, which, sizeof(inside));
    memcpy(bench->plaintext, inside, sizeof(inside));
    bench->what.first_payload = IKL_PAYLOAD_NONCE;
    return sk_seal(bench, out, SK_ROOM);
}

static struct ikl_dump opening(const struct sk_bench *bench, uint8_t *plaintext, size_t size)
{
    return (struct ikl_dump){.size = sizeof(struct ikl_dump),
                             .cipher = bench->cipher,
                             .state = bench->state,
                             .plaintext = plaintext,
                             .plaintext_size = size};
}

static void a_protected_payload_stays_closed_without_a_key(void **state)
{
    struct sk_bench bench;
    uint8_t out[SK_ROOM];
    size_t len;

    (void)state;
    len = seal_two_payloads(&bench, 1, out);
    assert_string_equal(dump_lines((struct ikl_octets){out, len}, &with_contents),
                        "  SK, 47 octets\n    first inside Nonce\n");
}

static void a_protected_payload_is_opened_with_a_key(void **state)
{
    static const char *const shown[] = {"    first inside Nonce\n"
                                        "    Nonce, 6 octets\n"
                                        "      ! IKL_ERR_MALFORMED at octet 4 of the plaintext\n"
                                        "    Delete, 12 octets: ESP, 1 SPI\n",
                                        "    first inside Nonce\n"
                                        "    Nonce, 6 octets\n"
                                        "      ! IKL_ERR_MALFORMED at octet 4 of the plaintext\n"
                                        "    Delete, 12 octets: ESP, 1 SPI\n"
                                        "      SPI 01020304\n"};

    (void)state;
    for (size_t which = 0; which < sk_ciphers(); which++) {
        for (int contents = 0; contents <= 1; contents++) {
            struct sk_bench bench;
            uint8_t out[SK_ROOM], plaintext[SK_ROOM];
            size_t len = seal_two_payloads(&bench, which, out);
            struct ikl_dump options = opening(&bench, plaintext, sizeof(plaintext));
            const char *inside;

            options.contents = contents != 0;
            inside = strstr(dump_text((struct ikl_octets){out, len}, &options), "    first inside");
            assert_non_null(inside);
            assert_string_equal(inside, shown[contents]);
        }
    }
}

static void a_message_that_does_not_open_says_why(void **state)
{
    struct sk_bench bench;
    uint8_t out[SK_ROOM], plaintext[SK_ROOM];
    size_t len = seal_two_payloads(&bench, 1, out);
    struct ikl_dump options = opening(&bench, plaintext, sizeof(plaintext));

    (void)state;
    options.contents = true;
    out[len - 1] ^= 1;
    assert_string_equal(dump_lines((struct ikl_octets){out, len}, &options),
                        "  SK, 47 octets\n    first inside Nonce\n    ! IKL_ERR_FORGED at octet 28 of the message\n");
    out[len - 1] ^= 1;
    options.plaintext_size = 18;
    assert_string_equal(
        dump_lines((struct ikl_octets){out, len}, &options),
        "  SK, 47 octets\n    first inside Nonce\n    ! IKL_ERR_NO_BUFFER at octet 28 of the message\n");
}

static void what_was_opened_is_wiped_and_nothing_behind_it(void **state)
{
    (void)state;
    for (size_t which = 0; which < sk_ciphers(); which++) {
        struct sk_bench bench;
        uint8_t out[SK_ROOM], plaintext[SK_ROOM];
        size_t len = seal_two_payloads(&bench, which, out);
        struct ikl_opened opened;
        struct ikl_dump options;
        size_t used;

        assert_int_equal(sk_open(&bench, out, len, plaintext, sizeof(plaintext), &opened), IKL_OK);
        used = opened.plaintext.len + opened.padding.len + 1;
        memset(plaintext, 0xa5, sizeof(plaintext));
        options = opening(&bench, plaintext, used);
        assert_non_null(strstr(dump_text((struct ikl_octets){out, len}, &options), "    Delete, 12 octets"));
        sk_assert_all(plaintext, used, 0);
        sk_assert_all(plaintext + used, sizeof(plaintext) - used, 0xa5);
    }
}

static void a_fragment_shows_its_number_and_its_part(void **state)
{
    struct sk_bench bench;
    uint8_t out[SK_ROOM], plaintext[SK_ROOM];
    size_t len = sk_seal_short(&bench, 1, true, out);
    struct ikl_dump options = opening(&bench, plaintext, sizeof(plaintext));

    (void)state;
    assert_string_equal(dump_lines((struct ikl_octets){out, len}, NULL),
                        "  SKF, 39 octets: fragment 2 of 3\n    first inside Notify\n");
    options.contents = true;
    assert_string_equal(dump_lines((struct ikl_octets){out, len}, &options),
                        "  SKF, 39 octets: fragment 2 of 3\n    first inside Notify\n"
                        "    part of the payloads inside, 6 octets\n      hex: 01060b10151a\n");
    bench.what.fragment_total = 2;
    len = sk_seal(&bench, out, SK_ROOM);
    assert_string_equal(dump_lines((struct ikl_octets){out, len}, &options),
                        "  SKF, 39 octets: fragment 2 of 2\n    first inside Notify\n"
                        "    part of the payloads inside, 6 octets\n      hex: 01060b10151a\n");
}

static void the_only_fragment_is_a_whole_message(void **state)
{
    static const uint8_t inside[] = {IKL_PAYLOAD_NONE, 0, 0, 5, 0xab};
    struct sk_bench bench;
    uint8_t out[SK_ROOM], plaintext[SK_ROOM];
    struct ikl_dump options;
    size_t len;

    (void)state;
    sk_set_up(&bench, 1, sizeof(inside));
    memcpy(bench.plaintext, inside, sizeof(inside));
    bench.what.first_payload = IKL_PAYLOAD_VENDOR_ID;
    bench.what.fragment_number = 1;
    bench.what.fragment_total = 1;
    len = sk_seal(&bench, out, SK_ROOM);
    options = opening(&bench, plaintext, sizeof(plaintext));
    assert_string_equal(dump_lines((struct ikl_octets){out, len}, &options),
                        "  SKF, 38 octets: fragment 1 of 1\n    first inside Vendor ID\n    Vendor ID, 5 octets\n");
}

/* What is shown of payloads that were sealed, without contents. */
static const char *dump_sealed(uint8_t first, const char *hex)
{
    struct ikl_octets inside = codec_octets(hex);
    struct sk_bench bench;
    uint8_t out[SK_ROOM], plaintext[SK_ROOM];
    struct ikl_dump options;
    size_t len;

    sk_set_up(&bench, 1, inside.len);
    memcpy(bench.plaintext, inside.data, inside.len);
    bench.what.first_payload = first;
    len = sk_seal(&bench, out, SK_ROOM);
    options = opening(&bench, plaintext, sizeof(plaintext));
    return dump_lines((struct ikl_octets){out, len}, &options);
}

static void an_sk_payload_inside_another_is_malformed(void **state)
{
    (void)state;
    assert_string_equal(dump_sealed(IKL_PAYLOAD_SK, "00 00 0006 abcd"),
                        "  SK, 35 octets\n    first inside SK\n    SK, 6 octets\n"
                        "      ! IKL_ERR_MALFORMED at octet 0 of the plaintext\n");
    assert_string_equal(dump_sealed(IKL_PAYLOAD_VENDOR_ID, "35 00 0004 00 00 0008 00010001"),
                        "  SK, 41 octets\n    first inside Vendor ID\n    Vendor ID, 4 octets\n"
                        "    SKF, 8 octets: fragment 1 of 1\n"
                        "      ! IKL_ERR_MALFORMED at octet 4 of the plaintext\n");
}

static void what_is_wrong_inside_is_said_too(void **state)
{
    (void)state;
    assert_string_equal(dump_sealed(IKL_PAYLOAD_VENDOR_ID, "2b 00 0006 abcd 00 00 0005"),
                        "  SK, 39 octets\n    first inside Vendor ID\n    Vendor ID, 6 octets\n"
                        "    ! IKL_ERR_TRUNCATED at octet 6 of the plaintext\n");
    assert_string_equal(dump_sealed(IKL_PAYLOAD_NONE, "00"), "  SK, 30 octets\n    first inside NONE\n"
                                                             "    ! IKL_ERR_MALFORMED at octet 0 of the plaintext\n");
}

#define TEST(name) cmocka_unit_test_teardown(name, codec_free)

TESTS_OF(message_dump_sealed)
{
    const struct CMUnitTest tests[] = {
        TEST(a_protected_payload_stays_closed_without_a_key), TEST(a_protected_payload_is_opened_with_a_key),
        TEST(a_message_that_does_not_open_says_why),          TEST(what_was_opened_is_wiped_and_nothing_behind_it),
        TEST(a_fragment_shows_its_number_and_its_part),       TEST(the_only_fragment_is_a_whole_message),
        TEST(an_sk_payload_inside_another_is_malformed),      TEST(what_is_wrong_inside_is_said_too),
    };

    return ikl_init() == IKL_OK ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
