/* SPDX-License-Identifier: ISC */
/* ikeping's traffic selectors: as text, in payloads, and narrowed. */
#include "examples/ikeping/selectors.h"

#include "support/test.h"

#include <ikelive/registry.h>

#include <string.h>

static struct selectors parsed(const char *const *texts, size_t n)
{
    struct selectors selectors = {.n = 0};

    for (size_t i = 0; i < n; i++) {
        assert_true(selectors_parse(&selectors, texts[i]));
    }
    return selectors;
}

static void assert_text(const struct selectors *selectors, const char *expected)
{
    char text[SELECTORS_TEXT_SIZE];

    selectors_text(selectors, text, sizeof(text));
    assert_string_equal(text, expected);
}

static void ranges_are_read_and_written_as_text(void **state)
{
    static const struct {
        const char *text, *again;
    } rows[] = {
        {"192.0.2.7", "192.0.2.7/32"},
        {"192.0.2.0/24", "192.0.2.0/24"},
        {"0.0.0.0/0", "0.0.0.0/0"},
        {"10.0.0.0-10.255.255.255", "10.0.0.0/8"},
        {"10.0.0.1-10.0.0.9", "10.0.0.1-10.0.0.9"},
        {"10.0.0.9-10.0.0.9", "10.0.0.9/32"},
        {"192.0.2.128/25", "192.0.2.128/25"},
        {"2001:db8::/32", "2001:db8::/32"},
        {"2001:db8::1", "2001:db8::1/128"},
        {"::/0", "::/0"},
        {"2001:db8::1-2001:db8::3", "2001:db8::1-2001:db8::3"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct selectors selectors = parsed(&rows[i].text, 1);

        assert_text(&selectors, rows[i].again);
    }
}

static void what_is_no_range_is_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "gateway",
        "192.0.2",
        "192.0.2.0/33",
        "192.0.2.1/24",
        "192.0.2.0/",
        "192.0.2.0/x",
        "192.0.2.0/ 24",
        "192.0.2.0/-1",
        "2001:db8::/129",
        "10.0.0.9-10.0.0.1",
        "10.0.0.1-",
        "10.0.0.1-2001:db8::1",
        "10.0.0.1-10.0.0.2-10.0.0.3",
        "192.0.2.0/24/24",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct selectors selectors = {.n = 0};

        assert_false(selectors_parse(&selectors, texts[i]));
        assert_int_equal(selectors.n, 0);
    }
}

static void there_is_room_for_so_many_and_no_more(void **state)
{
    struct selectors selectors = {.n = 0};
    char text[SELECTORS_TEXT_SIZE], small[20];

    (void)state;
    for (size_t i = 0; i < SELECTORS_MAX; i++) {
        assert_true(selectors_parse(&selectors, "2001:db8:aaaa:bbbb:cccc:dddd:eeee:1111-2001:db8:aaaa:bbbb:cccc:dddd:"
                                                "eeee:2222"));
    }
    assert_false(selectors_parse(&selectors, "192.0.2.1"));
    /* and text that is too long is cut */
    selectors_text(&selectors, text, sizeof(text));
    assert_int_equal(strlen(text), sizeof(text) - 1);
    selectors_text(&selectors, small, sizeof(small));
    assert_string_equal(small, "2001:db8:aaaa:bbbb:");
}

/* What is left of `offered` within `limit`, as text; null: nothing. */
static void assert_narrowed(const char *const *offered, size_t n_offered, const char *const *limit, size_t n_limit,
                            const char *expected)
{
    struct selectors offer = parsed(offered, n_offered), within = parsed(limit, n_limit), narrowed;
    uint8_t octets[512];
    struct ikl_writer writer = ikl_writer(octets, sizeof(octets));
    struct ikl_octets body;

    assert_int_equal(selectors_write(&writer, &offer), IKL_OK);
    body = (struct ikl_octets){octets, writer.len};
    assert_int_equal(selectors_narrow(&narrowed, body, &within), expected != NULL);
    if (expected != NULL) {
        assert_text(&narrowed, expected);
    }
}

static void an_offer_is_narrowed_to_what_both_have(void **state)
{
    static const char *const wide[] = {"0.0.0.0/0", "::/0"};
    static const char *const net[] = {"10.0.0.0/8"};
    static const char *const two[] = {"10.1.0.0/16", "192.0.2.0/24"};
    static const char *const other[] = {"172.16.0.0/12"};
    static const char *const overlap[] = {"10.200.0.0-11.0.0.5"};

    (void)state;
    assert_narrowed(wide, 2, NULL, 0, "0.0.0.0/0,::/0");
    assert_narrowed(wide, 2, net, 1, "10.0.0.0/8");
    assert_narrowed(net, 1, wide, 2, "10.0.0.0/8");
    assert_narrowed(two, 2, net, 1, "10.1.0.0/16");
    assert_narrowed(wide, 1, two, 2, "10.1.0.0/16,192.0.2.0/24");
    assert_narrowed(overlap, 1, net, 1, "10.200.0.0-10.255.255.255");
    assert_narrowed(net, 1, overlap, 1, "10.200.0.0-10.255.255.255");
    assert_narrowed(other, 1, net, 1, NULL);
    assert_narrowed(&wide[1], 1, net, 1, NULL);
}

/* One selector as it is on the wire. */
static struct ikl_octets write_one(uint8_t *octets, size_t size, const struct ikl_selector *selector)
{
    struct ikl_writer writer = ikl_writer(octets, size);

    assert_int_equal(ikl_selectors_write(&writer, selector, 1), IKL_OK);
    return (struct ikl_octets){octets, writer.len};
}

static void other_kinds_and_empty_ranges_are_left_out(void **state)
{
    static const uint8_t low[] = {10, 0, 0, 1}, high[] = {10, 0, 0, 9};
    struct ikl_selector label = {.type = IKL_TS_SECLABEL, .other = {low, sizeof(low)}};
    struct ikl_selector empty = {.type = IKL_TS_IPV4_ADDR_RANGE, .start = {high, 4}, .end = {low, 4}};
    struct selectors limit = selectors_of(&(struct ikl_address){.family = 4, .ip = {10, 0, 0, 4}}), none = {.n = 0},
                     out;
    uint8_t octets[64];

    (void)state;
    assert_false(selectors_narrow(&out, write_one(octets, sizeof(octets), &label), &none));
    assert_false(selectors_within(write_one(octets, sizeof(octets), &label), &limit));
    assert_false(selectors_narrow(&out, write_one(octets, sizeof(octets), &empty), &none));
    assert_false(selectors_narrow(&out, write_one(octets, sizeof(octets), &empty), &limit));
    assert_false(selectors_within(write_one(octets, sizeof(octets), &empty), &limit));
    assert_false(selectors_narrow(&out, (struct ikl_octets){octets, 3}, &none)); /* cut off */
    assert_false(selectors_within((struct ikl_octets){octets, 3}, &limit));
}

static void an_answer_lies_within_the_offer(void **state)
{
    static const char *const net[] = {"10.0.0.0/8", "2001:db8::/32"};
    static const char *const inside[] = {"10.1.2.3", "2001:db8:1::/48", "10.0.0.0/8"};
    static const char *const outside[] = {"10.0.0.0-11.0.0.0", "0.0.0.0/0", "2001:db9::1", "9.255.255.255-10.0.0.1"};
    struct selectors limit = parsed(net, 2);
    uint8_t octets[512];

    (void)state;
    for (size_t i = 0; i < 3 + 4; i++) {
        struct selectors one = parsed(i < 3 ? &inside[i] : &outside[i - 3], 1);
        struct ikl_writer writer = ikl_writer(octets, sizeof(octets));

        assert_int_equal(selectors_write(&writer, &one), IKL_OK);
        assert_int_equal(selectors_within((struct ikl_octets){octets, writer.len}, &limit), i < 3);
    }
}

TESTS_OF(selectors)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranges_are_read_and_written_as_text),
        cmocka_unit_test(what_is_no_range_is_refused),
        cmocka_unit_test(there_is_room_for_so_many_and_no_more),
        cmocka_unit_test(an_offer_is_narrowed_to_what_both_have),
        cmocka_unit_test(other_kinds_and_empty_ranges_are_left_out),
        cmocka_unit_test(an_answer_lies_within_the_offer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
