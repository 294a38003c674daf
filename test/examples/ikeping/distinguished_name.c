/* SPDX-License-Identifier: ISC */
/* Distinguished names: what is parsed, what it is in DER, and which are the same. */
#include "examples/ikeping/distinguished_name.h"

#include "examples/ikeping/identity.h"
#include "support/test.h"

#include <ikelive/registry.h>

#include <string.h>

enum { SIZE = 255 };

static struct ikl_octets parse(uint8_t der[SIZE], const char *text)
{
    return (struct ikl_octets){der, distinguished_name_parse(der, SIZE, text)};
}

static void names_are_written_as_they_are_parsed(void **state)
{
    static const struct {
        const char *given, *written;
    } rows[] = {{"CN=a", "CN=a"},
                {"C=DE, O=Example GmbH, CN=gateway.example", NULL},
                {" C=DE ,O = Example , CN=a b ", "C=DE, O=Example, CN=a b"},
                {"O=A\\, B, CN=x", NULL},
                {"emailAddress=a@b.example", NULL},
                {"2.5.4.3=a", "CN=a"}};
    uint8_t der[SIZE];
    char text[200];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct ikl_octets name = parse(der, rows[i].given);

        assert_int_not_equal(name.len, 0);
        assert_true(distinguished_name_text(name, text, sizeof(text)));
        assert_string_equal(text, rows[i].written != NULL ? rows[i].written : rows[i].given);
    }
}

static void a_name_is_encoded_as_others_expect_it(void **state)
{
    static const uint8_t expected[] = {0x30, 0x0c, 0x31, 0x0a, 0x30, 0x08, 0x06,
                                       0x03, 0x55, 0x04, 0x03, 0x0c, 0x01, 'a'};
    uint8_t der[SIZE];
    struct ikl_octets name = parse(der, "CN=a");

    (void)state;
    assert_int_equal(name.len, sizeof(expected));
    assert_memory_equal(der, expected, sizeof(expected));
}

static void what_is_no_name_is_refused(void **state)
{
    static const char *const texts[] = {"", "a", "=a", "CN=", "CN=a,", "CN=a, b", "XYZ=a", "CN=a, O", "C=Germany", ","};
    char long_name[600] = "";
    uint8_t der[SIZE];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        assert_int_equal(parse(der, texts[i]).len, i == 4 ? 14 : 0); /* a comma at the end says nothing */
    }
    for (int i = 0; i < 5; i++) {
        strcat(long_name, "OU=sixty octets of a name, of which there are too many: xxxxxxx,");
    }
    assert_int_equal(parse(der, long_name).len, 0);
    memset(long_name, 'x', sizeof(long_name) - 1);
    memcpy(long_name, "CN=", 3);
    assert_int_equal(parse(der, long_name).len, 0);
}

static void names_are_the_same_however_their_letters_are_encoded(void **state)
{
    /* CN=A as a PrintableString */
    static const uint8_t printable[] = {0x30, 0x0c, 0x31, 0x0a, 0x30, 0x08, 0x06,
                                        0x03, 0x55, 0x04, 0x03, 0x13, 0x01, 'A'};
    const struct ikl_octets other = {printable, sizeof(printable)}, cut = {printable, sizeof(printable) - 1};
    uint8_t one[SIZE], two[SIZE];

    (void)state;
    assert_true(distinguished_name_same(parse(one, "CN=a"), other));
    assert_true(distinguished_name_same(parse(one, "CN=a  b"), parse(two, "CN=A b")));
    assert_false(distinguished_name_same(parse(one, "CN=a"), parse(two, "CN=b")));
    assert_false(distinguished_name_same(parse(one, "CN=a, O=b"), parse(two, "O=b, CN=a")));
    assert_false(distinguished_name_same(parse(one, "CN=a"), cut));
    assert_false(distinguished_name_same(cut, cut));
}

static void they_are_identities(void **state)
{
    struct identity name, same, other, broken;
    char text[IDENTITY_TEXT_SIZE];

    (void)state;
    assert_true(identity_parse(&name, "C=DE, CN=gateway"));
    assert_int_equal(name.type, IKL_ID_DER_ASN1_DN);
    assert_true(identity_parse(&same, "C=DE,CN=GATEWAY"));
    assert_true(identity_parse(&other, "@C=DE, CN=gateway"));
    assert_int_equal(other.type, IKL_ID_FQDN);
    assert_true(identity_same(&name, &same));
    assert_false(identity_same(&name, &other));
    assert_false(identity_parse(&same, "CN=a=,"
                                       "b"));
    identity_text(&name, text, sizeof(text));
    assert_string_equal(text, "C=DE, CN=gateway");
    broken = name;
    broken.len--;
    identity_text(&broken, text, sizeof(text));
    assert_memory_equal(text, "ID_DER_ASN1_DN:", 15);
    assert_null(strstr(text, "CN=gateway"));
}

static void what_a_peer_puts_into_a_name_is_escaped(void **state)
{
    static const uint8_t hostile[] = {0x30, 0x10, 0x31, 0x0e, 0x30, 0x0c, 0x06, 0x03, 0x55,
                                      0x04, 0x03, 0x0c, 0x05, 'a',  '\n', 0x1b, '[',  0x7f};
    char text[64];

    (void)state;
    assert_true(distinguished_name_text((struct ikl_octets){hostile, sizeof(hostile)}, text, sizeof(text)));
    assert_string_equal(text, "CN=a\\0A\\1B[\\7F");
    assert_true(distinguished_name_text((struct ikl_octets){hostile, sizeof(hostile)}, text, 6));
    assert_string_equal(text, "CN=a\\");
}

TESTS_OF(distinguished_name)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_written_as_they_are_parsed),
        cmocka_unit_test(a_name_is_encoded_as_others_expect_it),
        cmocka_unit_test(what_is_no_name_is_refused),
        cmocka_unit_test(names_are_the_same_however_their_letters_are_encoded),
        cmocka_unit_test(they_are_identities),
        cmocka_unit_test(what_a_peer_puts_into_a_name_is_escaped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
