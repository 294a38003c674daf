/* SPDX-License-Identifier: ISC */
/* Text for operators is appended, cut and counted as its header says. */
#include "support/test.h"

#include "text.h"

#include <limits.h>
#include <stdio.h>

enum { ROOM = 64 };

static void assert_text(const struct ikl_text *text, const char *expected)
{
    assert_string_equal(text->at, expected);
    assert_int_equal(ikl_text_len(text), strlen(expected));
}

static void a_text_begins_empty_and_terminated(void **state)
{
    char room[2] = {'x', 'y'};
    struct ikl_text text = ikl_text(room, 1);

    (void)state;
    assert_text(&text, "");
    assert_int_equal(room[1], 'y');
}

static void what_is_appended_stands_one_after_another(void **state)
{
    char room[ROOM];
    struct ikl_text text = ikl_text(room, sizeof(room));

    (void)state;
    ikl_text_add(&text, "%s %d", "one", 2);
    assert_text(&text, "one 2");
    ikl_text_add(&text, "%s", "");
    ikl_text_add(&text, ", %03u", 7u);
    assert_text(&text, "one 2, 007");
}

static void a_text_is_cut_to_its_room_always_terminated_and_counted_in_full(void **state)
{
    (void)state;
    for (size_t size = 1; size <= 12; size++) {
        char room[ROOM];
        struct ikl_text text = ikl_text(room, size);

        memset(room + size, '#', sizeof(room) - size);
        ikl_text_add(&text, "abc");
        ikl_text_add(&text, "%s", "defg");
        ikl_text_add(&text, "hi");
        assert_int_equal(ikl_text_len(&text), 9);
        assert_int_equal(strlen(room), size <= 9 ? size - 1 : 9);
        assert_memory_equal(room, "abcdefghi", strlen(room));
        for (size_t i = size; i < sizeof(room); i++) {
            assert_int_equal(room[i], '#');
        }
    }
}

static void a_text_without_room_is_only_counted(void **state)
{
    char room[1] = {'x'};
    struct ikl_text texts[] = {ikl_text(NULL, 0), ikl_text(room, 0)};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        ikl_text_add(&texts[i], "abc");
        ikl_text_add_seconds(&texts[i], 12345);
        ikl_text_add_escaped(&texts[i], (const uint8_t *)"a\n", 2);
        assert_int_equal(ikl_text_len(&texts[i]), 3 + 6 + 5);
    }
    assert_int_equal(room[0], 'x');
}

static void octets_from_outside_are_escaped_unless_printable_ascii(void **state)
{
    (void)state;
    for (unsigned octet = 0; octet <= UINT8_MAX; octet++) {
        uint8_t data = (uint8_t)octet;
        char room[ROOM], expected[8];
        struct ikl_text text = ikl_text(room, sizeof(room));

        if (octet == '\\') {
            snprintf(expected, sizeof(expected), "\\\\");
        } else if (octet >= ' ' && octet <= '~') {
            snprintf(expected, sizeof(expected), "%c", (int)octet);
        } else {
            snprintf(expected, sizeof(expected), "\\x%02x", octet);
        }
        ikl_text_add_escaped(&text, &data, 1);
        assert_text(&text, expected);
    }
}

static void escaped_octets_end_at_their_length_and_a_zero_does_not_end_them(void **state)
{
    static const uint8_t data[] = {'a', 0, '%', 's', '\\', 0xff, 'b'};
    char room[ROOM];
    struct ikl_text text = ikl_text(room, sizeof(room));

    (void)state;
    ikl_text_add_escaped(&text, data, 6);
    assert_text(&text, "a\\x00%s\\\\\\xff");
    ikl_text_add_escaped(&text, NULL, 0);
    assert_text(&text, "a\\x00%s\\\\\\xff");
}

static void milliseconds_are_shown_as_seconds_with_three_decimals(void **state)
{
    static const struct {
        uint64_t ms;
        const char *text;
    } rows[] = {
        {0, "0.000"},    {1, "0.001"},        {999, "0.999"},
        {1500, "1.500"}, {319000, "319.000"}, {UINT64_MAX, "18446744073709551.615"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char room[ROOM];
        struct ikl_text text = ikl_text(room, sizeof(room));

        ikl_text_add_seconds(&text, rows[i].ms);
        assert_text(&text, rows[i].text);
    }
}

static void a_length_beyond_int_is_given_as_the_largest_int(void **state)
{
    struct ikl_text text = ikl_text(NULL, 0);

    (void)state;
    text.len = INT_MAX;
    assert_int_equal(ikl_text_len(&text), INT_MAX);
    text.len = (size_t)INT_MAX - 1;
    assert_int_equal(ikl_text_len(&text), INT_MAX - 1);
    text.len = SIZE_MAX;
    assert_int_equal(ikl_text_len(&text), INT_MAX);
}

TESTS_OF(text)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_begins_empty_and_terminated),
        cmocka_unit_test(what_is_appended_stands_one_after_another),
        cmocka_unit_test(a_text_is_cut_to_its_room_always_terminated_and_counted_in_full),
        cmocka_unit_test(a_text_without_room_is_only_counted),
        cmocka_unit_test(octets_from_outside_are_escaped_unless_printable_ascii),
        cmocka_unit_test(escaped_octets_end_at_their_length_and_a_zero_does_not_end_them),
        cmocka_unit_test(milliseconds_are_shown_as_seconds_with_three_decimals),
        cmocka_unit_test(a_length_beyond_int_is_given_as_the_largest_int),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
