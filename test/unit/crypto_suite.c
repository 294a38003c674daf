/* SPDX-License-Identifier: ISC */
/* Suites keep the promises of their header: names in, names out. */
#include "support/test.h"

#include <ikelive/crypto.h>

static const struct {
    const char *name;
    struct ikl_suite suite;
} known[] = {
    {"chacha20poly1305-prfsha256", {28, 0, 0, 5}},
    {"chacha20poly1305-prfsha512", {28, 0, 0, 7}},
    {"aes128gcm16-prfsha256", {20, 128, 0, 5}},
    {"aes192gcm16-prfsha384", {20, 192, 0, 6}},
    {"aes256gcm16-prfsha512", {20, 256, 0, 7}},
    {"aes128-sha256", {12, 128, 12, 5}},
    {"aes192-sha512", {12, 192, 14, 7}},
    {"aes256-sha256", {12, 256, 12, 5}},
    {"aes128-sha512-prfsha256", {12, 128, 14, 5}},
    {"aes256-sha256-prfsha384", {12, 256, 12, 6}},
    {"aes128-sha1", {12, 128, 2, 2}},
    {"aes192-sha384", {12, 192, 13, 6}},
    {"aes256-sha1-prfsha256", {12, 256, 2, 5}},
    {"aes256gcm12-prfsha1", {19, 256, 0, 2}},
    {"aes128gcm12-prfaescmac", {19, 128, 0, 8}},
    {"aes192gcm12-prfaesxcbc", {19, 192, 0, 4}},
    {"aes128ccm8-prfsha256", {14, 128, 0, 5}},
    {"aes192ccm12-prfsha384", {15, 192, 0, 6}},
    {"aes256ccm16-prfsha512", {16, 256, 0, 7}},
};

static void assert_same_suite(const struct ikl_suite *a, const struct ikl_suite *b)
{
    assert_int_equal(a->encr, b->encr);
    assert_int_equal(a->key_bits, b->key_bits);
    assert_int_equal(a->integ, b->integ);
    assert_int_equal(a->prf, b->prf);
}

static void a_suite_has_the_transform_ids_of_its_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        struct ikl_suite suite;

        assert_int_equal(ikl_suite_parse(&suite, known[i].name), IKL_OK);
        assert_same_suite(&suite, &known[i].suite);
    }
}

static void a_suite_gives_back_the_name_it_was_parsed_from(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        char name[64];

        assert_int_equal(ikl_suite_name(&known[i].suite, name, sizeof(name)), strlen(known[i].name));
        assert_string_equal(name, known[i].name);
    }
}

static void the_prf_may_be_named_though_it_is_of_the_same_hash(void **state)
{
    struct ikl_suite suite;

    (void)state;
    assert_int_equal(ikl_suite_parse(&suite, "aes256-sha256-prfsha256"), IKL_OK);
    assert_same_suite(&suite, &(struct ikl_suite){12, 256, 12, 5});
}

static void what_is_no_name_of_a_suite_is_refused_and_nothing_is_written(void **state)
{
    static const char *const wrong[] = {
        "",
        "-",
        "aes",
        "aes256",
        "aes256-",
        "-sha256",
        "aes256-prfsha256",
        "aes256-sha224",
        "aes256-prfaescmac",
        "aes256ccm10-prfsha256",
        "aes256--prfsha256",
        "aes256-sha256-",
        "aes256-sha256-sha256",
        "aes256-sha256-prfsha256-x25519",
        "aes512-sha256",
        "AES256-SHA256",
        " aes256-sha256",
        "aes256-sha256 ",
        "aes256gcm16",
        "aes256gcm16-sha256",
        "aes256gcm16-sha256-prfsha256",
        "aes256gcm16--prfsha256",
        "chacha20poly1305",
        "chacha20poly1305-",
        "chacha20poly1305-prfsha25",
        "chacha20poly1305-prfsha2566",
        "chacha20poly1305-prfsha256-",
        "chacha20poly1305-prfsha256-x25519",
        "chacha20poly130-prfsha256",
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct ikl_suite suite = {1, 2, 3, 4};

        assert_int_equal(ikl_suite_parse(&suite, wrong[i]), IKL_ERR_INVALID);
        assert_same_suite(&suite, &(struct ikl_suite){1, 2, 3, 4});
    }
}

static void an_algorithm_without_a_name_shows_as_its_number(void **state)
{
    static const struct {
        struct ikl_suite suite;
        const char *name;
    } cases[] = {
        {{23, 0, 0, 9}, "encr23-prf9"},
        {{12, 512, 5, 3}, "encr12_512-integ5-prf3"},
        {{28, 256, 0, 5}, "encr28_256-prfsha256"},
        {{20, 256, 12, 7}, "aes256gcm16-sha256-prfsha512"},
        {{12, 256, 1, 0}, "aes256-integ1-prf0"},
        {{28, 0, 0, 1}, "chacha20poly1305-prf1"},
        {{12, 128, 99, 1}, "aes128-integ99-prf1"},
        {{65535, 65535, 65535, 65535}, "encr65535_65535-integ65535-prf65535"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char name[64];

        assert_int_equal(ikl_suite_name(&cases[i].suite, name, sizeof(name)), strlen(cases[i].name));
        assert_string_equal(name, cases[i].name);
    }
}

static void a_name_is_cut_to_its_room_and_always_terminated(void **state)
{
    const struct ikl_suite suite = {28, 0, 0, 5};
    const char *whole = "chacha20poly1305-prfsha256";

    (void)state;
    assert_int_equal(ikl_suite_name(&suite, NULL, 0), strlen(whole));
    for (size_t size = 1; size <= strlen(whole) + 1; size++) {
        char name[64];

        memset(name, '#', sizeof(name));
        assert_int_equal(ikl_suite_name(&suite, name, size), strlen(whole));
        assert_int_equal(strlen(name), size - 1);
        assert_memory_equal(name, whole, size - 1);
        assert_int_equal(name[size], '#');
    }
}

TESTS_OF(crypto_suite)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_suite_has_the_transform_ids_of_its_name),
        cmocka_unit_test(a_suite_gives_back_the_name_it_was_parsed_from),
        cmocka_unit_test(the_prf_may_be_named_though_it_is_of_the_same_hash),
        cmocka_unit_test(what_is_no_name_of_a_suite_is_refused_and_nothing_is_written),
        cmocka_unit_test(an_algorithm_without_a_name_shows_as_its_number),
        cmocka_unit_test(a_name_is_cut_to_its_room_and_always_terminated),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
