/* SPDX-License-Identifier: ISC */
/* The cursors keep the promises of their header. */
#include "support/test.h"

#include <ikelive/message.h>

static const uint8_t octets[] = {0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0xfe, 0xdc, 0xba, 0x98, 0x76, 0x54};

/* A number of `len` octets, whichever function reads it. */
static uint64_t read_number(struct ikl_reader *reader, size_t len)
{
    switch (len) {
    case 1:
        return ikl_read_u8(reader);
    case 2:
        return ikl_read_u16(reader);
    case 4:
        return ikl_read_u32(reader);
    default:
        assert_int_equal(len, 8);
        return ikl_read_u64(reader);
    }
}

static void write_number(struct ikl_writer *writer, size_t len, uint64_t value)
{
    switch (len) {
    case 1:
        ikl_write_u8(writer, (uint8_t)value);
        break;
    case 2:
        ikl_write_u16(writer, (uint16_t)value);
        break;
    case 4:
        ikl_write_u32(writer, (uint32_t)value);
        break;
    default:
        assert_int_equal(len, 8);
        ikl_write_u64(writer, value);
        break;
    }
}

static void patch_number(struct ikl_writer *writer, size_t len, size_t offset, uint32_t value)
{
    switch (len) {
    case 1:
        ikl_patch_u8(writer, offset, (uint8_t)value);
        break;
    case 2:
        ikl_patch_u16(writer, offset, (uint16_t)value);
        break;
    default:
        assert_int_equal(len, 4);
        ikl_patch_u32(writer, offset, value);
        break;
    }
}

static const size_t number_lens[] = {1, 2, 4, 8};

/* The big-endian number in `len` octets. */
static uint64_t big_endian(const uint8_t *data, size_t len)
{
    uint64_t value = 0;

    for (size_t i = 0; i < len; i++) {
        value = value << 8 | data[i];
    }
    return value;
}

static void assert_failed_reader(const struct ikl_reader *reader)
{
    assert_true(reader->failed);
    assert_int_equal(reader->left, 0);
}

static void a_reader_begins_at_the_first_octet(void **state)
{
    struct ikl_reader reader = ikl_reader(octets, 5);

    (void)state;
    assert_ptr_equal(reader.at, octets);
    assert_int_equal(reader.left, 5);
    assert_false(reader.failed);
}

static void numbers_are_read_as_big_endian_at_any_alignment(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(number_lens); i++) {
        size_t len = number_lens[i];

        for (size_t at = 0; at + len <= sizeof(octets); at++) {
            struct ikl_reader reader = ikl_reader(octets + at, sizeof(octets) - at);

            assert_true(read_number(&reader, len) == big_endian(octets + at, len));
            assert_ptr_equal(reader.at, octets + at + len);
            assert_int_equal(reader.left, sizeof(octets) - at - len);
            assert_false(reader.failed);
        }
    }
}

static void the_last_octets_can_be_read_and_not_one_more(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(number_lens); i++) {
        for (size_t left = 0; left <= 8; left++) {
            struct ikl_reader reader = ikl_reader(octets, left);
            bool there = number_lens[i] <= left;
            uint64_t expected = there ? big_endian(octets, number_lens[i]) : 0;

            assert_true(read_number(&reader, number_lens[i]) == expected);
            assert_int_equal(reader.failed, !there);
        }
    }
}

/* A reader that has failed though there were octets left. */
static struct ikl_reader failed_reader(void)
{
    struct ikl_reader reader = ikl_reader(octets, 3);

    assert_int_equal(ikl_read_u32(&reader), 0);
    assert_failed_reader(&reader);
    return reader;
}

static void after_a_failure_every_read_gives_0_or_null(void **state)
{
    struct ikl_reader reader = failed_reader();
    struct ikl_octets view;
    struct ikl_reader part;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(number_lens); i++) {
        assert_true(read_number(&reader, number_lens[i]) == 0);
        assert_failed_reader(&reader);
    }
    for (size_t len = 0; len <= 3; len++) {
        view = ikl_read_octets(&reader, len);
        assert_null(view.data);
        assert_int_equal(view.len, 0);
        part = ikl_read_part(&reader, len);
        assert_failed_reader(&part);
        assert_failed_reader(&reader);
    }
}

static void a_loop_over_a_reader_that_fails_ends(void **state)
{
    struct ikl_reader reader = ikl_reader(octets, 7);
    int n = 0;

    (void)state;
    while (reader.left > 0) {
        (void)ikl_read_u16(&reader);
        n++;
    }
    assert_int_equal(n, 4);
    assert_true(reader.failed);
}

static void a_view_points_into_the_callers_memory(void **state)
{
    struct ikl_reader reader = ikl_reader(octets, sizeof(octets));
    struct ikl_octets view;

    (void)state;
    (void)ikl_read_u8(&reader);
    view = ikl_read_octets(&reader, 4);
    assert_ptr_equal(view.data, octets + 1);
    assert_int_equal(view.len, 4);
    assert_ptr_equal(reader.at, octets + 5);
    assert_int_equal(reader.left, sizeof(octets) - 5);
    view = ikl_read_octets(&reader, 0);
    assert_int_equal(view.len, 0);
    assert_false(reader.failed);
    view = ikl_read_octets(&reader, reader.left);
    assert_ptr_equal(view.data, octets + 5);
    assert_int_equal(view.len, sizeof(octets) - 5);
    assert_int_equal(reader.left, 0);
    assert_false(reader.failed);
}

static void a_view_beyond_the_end_fails_however_long_it_is(void **state)
{
    static const size_t too_long[] = {4, 5, SIZE_MAX / 2, SIZE_MAX - 3, SIZE_MAX};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(too_long); i++) {
        struct ikl_reader reader = ikl_reader(octets, 3);
        struct ikl_octets view = ikl_read_octets(&reader, too_long[i]);

        assert_null(view.data);
        assert_int_equal(view.len, 0);
        assert_failed_reader(&reader);
    }
}

static void a_part_is_skipped_by_its_reader_and_ends_where_it_says(void **state)
{
    struct ikl_reader reader = ikl_reader(octets, sizeof(octets));
    struct ikl_reader part = ikl_read_part(&reader, 3);

    (void)state;
    assert_ptr_equal(reader.at, octets + 3);
    assert_int_equal(reader.left, sizeof(octets) - 3);
    assert_ptr_equal(part.at, octets);
    assert_int_equal(part.left, 3);
    assert_int_equal(ikl_read_u16(&part), 0x0123);
    assert_int_equal(ikl_read_u16(&part), 0);
    assert_failed_reader(&part);
    assert_false(reader.failed);
    assert_int_equal(ikl_read_u8(&reader), 0x67);
}

static void a_part_beyond_the_end_fails_both_readers(void **state)
{
    struct ikl_reader reader = ikl_reader(octets, 3);
    struct ikl_reader part = ikl_read_part(&reader, 4);

    (void)state;
    assert_failed_reader(&part);
    assert_failed_reader(&reader);
}

static void a_reader_over_nothing_may_have_null_data(void **state)
{
    struct ikl_reader reader = ikl_reader(NULL, 0);
    struct ikl_reader part;

    (void)state;
    assert_int_equal(ikl_read_octets(&reader, 0).len, 0);
    part = ikl_read_part(&reader, 0);
    assert_false(part.failed);
    assert_int_equal(part.left, 0);
    assert_false(reader.failed);
    assert_int_equal(ikl_read_u8(&reader), 0);
    assert_failed_reader(&reader);
}

static void numbers_are_written_as_big_endian_at_any_alignment(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(number_lens); i++) {
        size_t len = number_lens[i];

        for (size_t at = 0; at < 8; at++) {
            uint8_t buffer[20];
            struct ikl_writer writer = ikl_writer(buffer + at, len);

            memset(buffer, 0xa5, sizeof(buffer));
            write_number(&writer, len, big_endian(octets, len));
            assert_int_equal(writer.len, len);
            assert_false(writer.failed);
            assert_memory_equal(buffer + at, octets, len);
            assert_int_equal(buffer[at + len], 0xa5);
            assert_true(at == 0 || buffer[at - 1] == 0xa5);
        }
    }
}

static void octets_and_zeros_of_every_length_are_appended(void **state)
{
    static const uint8_t zeros[sizeof(octets)];

    (void)state;
    for (size_t len = 0; len <= sizeof(octets); len++) {
        uint8_t buffer[2 * sizeof(octets) + 1];
        struct ikl_writer writer = ikl_writer(buffer, sizeof(buffer));

        memset(buffer, 0xa5, sizeof(buffer));
        ikl_write_octets(&writer, octets, len);
        assert_int_equal(writer.len, len);
        ikl_write_zeros(&writer, len);
        assert_int_equal(writer.len, 2 * len);
        assert_false(writer.failed);
        assert_memory_equal(buffer, octets, len);
        assert_memory_equal(buffer + len, zeros, len);
        assert_int_equal(buffer[2 * len], 0xa5);
    }
}

/* A write of each kind, whose octets are those of `octets` or zeros. */
enum { N_WRITES = 6 };

static size_t write_of_kind(struct ikl_writer *writer, size_t kind)
{
    if (kind < COUNT_OF(number_lens)) {
        write_number(writer, number_lens[kind], big_endian(octets, number_lens[kind]));
        return number_lens[kind];
    }
    if (kind == 4) {
        ikl_write_octets(writer, octets, 7);
    } else {
        ikl_write_zeros(writer, 7);
    }
    return 7;
}

static void what_does_not_fit_fails_the_writer_and_stores_nothing(void **state)
{
    (void)state;
    for (size_t kind = 0; kind < N_WRITES; kind++) {
        for (size_t size = 0; size <= 8; size++) {
            uint8_t buffer[9], before[9];
            struct ikl_writer writer = ikl_writer(buffer, size);
            size_t len;

            memset(buffer, 0xa5, sizeof(buffer));
            memset(before, 0xa5, sizeof(before));
            len = write_of_kind(&writer, kind);
            assert_int_equal(writer.len, len);
            assert_int_equal(writer.failed, len > size);
            if (writer.failed) {
                assert_memory_equal(buffer, before, sizeof(buffer));
            }
        }
    }
}

static void after_a_failure_nothing_is_stored_and_the_length_goes_on_counting(void **state)
{
    uint8_t buffer[32], before[32];
    struct ikl_writer writer = ikl_writer(buffer, sizeof(buffer));
    size_t len = sizeof(buffer) + 1;

    (void)state;
    memset(buffer, 0xa5, sizeof(buffer));
    memset(before, 0xa5, sizeof(before));
    ikl_write_zeros(&writer, sizeof(buffer) + 1);
    assert_true(writer.failed);
    for (size_t kind = 0; kind < N_WRITES; kind++) {
        len += write_of_kind(&writer, kind);
        assert_int_equal(writer.len, len);
        assert_true(writer.failed);
    }
    assert_memory_equal(buffer, before, sizeof(buffer));
}

static void a_failure_does_not_heal_when_the_next_write_would_fit(void **state)
{
    uint8_t buffer[4] = {0xa5, 0xa5, 0xa5, 0xa5};
    struct ikl_writer writer = ikl_writer(buffer, sizeof(buffer));

    (void)state;
    ikl_write_u8(&writer, 1);
    ikl_write_u32(&writer, 2);
    ikl_write_u8(&writer, 3);
    assert_true(writer.failed);
    assert_int_equal(writer.len, 6);
    assert_int_equal(buffer[0], 1);
    assert_int_equal(buffer[1], 0xa5);
}

static void a_writer_without_data_only_counts_and_never_fails(void **state)
{
    static const size_t sizes[] = {0, 3, SIZE_MAX};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        struct ikl_writer writer = ikl_writer(NULL, sizes[i]);
        size_t len = 0;

        for (size_t kind = 0; kind < N_WRITES; kind++) {
            len += write_of_kind(&writer, kind);
            assert_int_equal(writer.len, len);
        }
        patch_number(&writer, 4, 1000, 0);
        assert_int_equal(writer.len, len);
        assert_false(writer.failed);
        assert_null(writer.data);
    }
}

static void a_length_never_wraps_and_stays_at_its_largest(void **state)
{
    uint8_t buffer[4];
    struct ikl_writer writers[] = {ikl_writer(NULL, 0), ikl_writer(buffer, sizeof(buffer))};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(writers); i++) {
        struct ikl_writer *writer = &writers[i];

        ikl_write_zeros(writer, 10);
        ikl_write_zeros(writer, SIZE_MAX - 11);
        assert_true(writer->len == SIZE_MAX - 1);
        ikl_write_u16(writer, 0);
        assert_true(writer->len == SIZE_MAX);
        ikl_write_u8(writer, 0);
        ikl_write_octets(writer, NULL, 0);
        ikl_write_zeros(writer, SIZE_MAX);
        assert_true(writer->len == SIZE_MAX);
    }
}

static void octets_may_overlap_the_buffer(void **state)
{
    (void)state;
    for (size_t from = 0; from <= 6; from++) {
        uint8_t buffer[sizeof(octets)];
        struct ikl_writer writer = ikl_writer(buffer, sizeof(buffer));

        memcpy(buffer, octets, sizeof(buffer));
        ikl_write_octets(&writer, octets, 3);
        ikl_write_octets(&writer, buffer + from, 8);
        assert_false(writer.failed);
        assert_int_equal(writer.len, 11);
        assert_memory_equal(buffer + 3, octets + from, 8);
    }
}

static void no_octets_may_be_appended_from_null_even_where_there_is_no_room(void **state)
{
    uint8_t buffer[1] = {0xa5};
    struct ikl_writer writer = ikl_writer(buffer, 0);

    (void)state;
    ikl_write_octets(&writer, NULL, 0);
    ikl_write_zeros(&writer, 0);
    assert_int_equal(writer.len, 0);
    assert_false(writer.failed);
    assert_int_equal(buffer[0], 0xa5);
}

static void a_patch_overwrites_what_was_written_and_nothing_else(void **state)
{
    static const size_t lens[] = {1, 2, 4};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(lens); i++) {
        for (size_t offset = 0; offset + lens[i] <= 9; offset++) {
            uint8_t buffer[12], expected[12];
            struct ikl_writer writer = ikl_writer(buffer, sizeof(buffer));

            memset(buffer, 0xa5, sizeof(buffer));
            memset(expected, 0xa5, sizeof(expected));
            memset(expected, 0, 9);
            memcpy(expected + offset, octets, lens[i]);
            ikl_write_zeros(&writer, 9);
            patch_number(&writer, lens[i], offset, (uint32_t)big_endian(octets, lens[i]));
            assert_memory_equal(buffer, expected, sizeof(buffer));
            assert_int_equal(writer.len, 9);
            assert_false(writer.failed);
        }
    }
}

static void a_patch_of_what_was_not_all_written_fails_the_writer(void **state)
{
    static const size_t lens[] = {1, 2, 4};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(lens); i++) {
        const size_t offsets[] = {9 - lens[i] + 1, 9, 10, 12, SIZE_MAX - 1, SIZE_MAX};

        for (size_t j = 0; j < COUNT_OF(offsets); j++) {
            uint8_t buffer[12], before[12];
            struct ikl_writer writer = ikl_writer(buffer, sizeof(buffer));

            memset(buffer, 0xa5, sizeof(buffer));
            ikl_write_zeros(&writer, 9);
            memcpy(before, buffer, sizeof(before));
            patch_number(&writer, lens[i], offsets[j], 0xffffffff);
            assert_true(writer.failed);
            assert_int_equal(writer.len, 9);
            assert_memory_equal(buffer, before, sizeof(buffer));
        }
    }
}

static void a_patch_does_nothing_when_the_writer_has_failed(void **state)
{
    static const size_t lens[] = {1, 2, 4};
    uint8_t buffer[8], before[8];
    struct ikl_writer writer = ikl_writer(buffer, sizeof(buffer));

    (void)state;
    memset(buffer, 0xa5, sizeof(buffer));
    ikl_write_zeros(&writer, 6);
    memcpy(before, buffer, sizeof(before));
    ikl_write_u32(&writer, 0xffffffff);
    assert_true(writer.failed);
    for (size_t i = 0; i < COUNT_OF(lens); i++) {
        patch_number(&writer, lens[i], 0, 0xffffffff);
        patch_number(&writer, lens[i], 6, 0xffffffff);
        assert_int_equal(writer.len, 10);
        assert_memory_equal(buffer, before, sizeof(buffer));
    }
}

TESTS_OF(cursor)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reader_begins_at_the_first_octet),
        cmocka_unit_test(numbers_are_read_as_big_endian_at_any_alignment),
        cmocka_unit_test(the_last_octets_can_be_read_and_not_one_more),
        cmocka_unit_test(after_a_failure_every_read_gives_0_or_null),
        cmocka_unit_test(a_loop_over_a_reader_that_fails_ends),
        cmocka_unit_test(a_view_points_into_the_callers_memory),
        cmocka_unit_test(a_view_beyond_the_end_fails_however_long_it_is),
        cmocka_unit_test(a_part_is_skipped_by_its_reader_and_ends_where_it_says),
        cmocka_unit_test(a_part_beyond_the_end_fails_both_readers),
        cmocka_unit_test(a_reader_over_nothing_may_have_null_data),
        cmocka_unit_test(numbers_are_written_as_big_endian_at_any_alignment),
        cmocka_unit_test(octets_and_zeros_of_every_length_are_appended),
        cmocka_unit_test(what_does_not_fit_fails_the_writer_and_stores_nothing),
        cmocka_unit_test(after_a_failure_nothing_is_stored_and_the_length_goes_on_counting),
        cmocka_unit_test(a_failure_does_not_heal_when_the_next_write_would_fit),
        cmocka_unit_test(a_writer_without_data_only_counts_and_never_fails),
        cmocka_unit_test(a_length_never_wraps_and_stays_at_its_largest),
        cmocka_unit_test(octets_may_overlap_the_buffer),
        cmocka_unit_test(no_octets_may_be_appended_from_null_even_where_there_is_no_room),
        cmocka_unit_test(a_patch_overwrites_what_was_written_and_nothing_else),
        cmocka_unit_test(a_patch_of_what_was_not_all_written_fails_the_writer),
        cmocka_unit_test(a_patch_does_nothing_when_the_writer_has_failed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
