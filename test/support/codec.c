/* SPDX-License-Identifier: ISC */
/* What the tests of readers and writers of payloads share. See codec.h. */
#include "codec.h"

#include "hex.h"
#include "test.h"

enum { FRONT = 3 };

/* Each block begins with a pointer to the one allocated before it. */
static void **blocks;

static uint8_t *allocate(size_t len)
{
    void **block = malloc(sizeof(void *) + len);

    assert_non_null(block);
    *block = blocks;
    blocks = block;
    return (uint8_t *)(block + 1);
}

int codec_free(void **state)
{
    (void)state;
    while (blocks != NULL) {
        void **next = *blocks;

        free(blocks);
        blocks = next;
    }
    return 0;
}

struct ikl_octets codec_octets(const char *hex)
{
    static uint8_t octets[CODEC_ROOM];
    size_t len = hex_decode(octets, sizeof(octets), hex);

    assert_true(len <= sizeof(octets));
    return codec_copy((struct ikl_octets){octets, len});
}

struct ikl_octets codec_fill(size_t len, uint8_t value)
{
    uint8_t *data = allocate(len);

    memset(data, value, len);
    return (struct ikl_octets){data, len};
}

struct ikl_octets codec_copy(struct ikl_octets octets)
{
    uint8_t *data = allocate(octets.len);

    if (octets.len > 0) {
        memcpy(data, octets.data, octets.len);
    }
    return (struct ikl_octets){data, octets.len};
}

void codec_assert_octets(struct ikl_octets octets, const char *hex)
{
    struct ikl_octets expected = codec_octets(hex);

    assert_int_equal(octets.len, expected.len);
    if (octets.len > 0) {
        assert_memory_equal(octets.data, expected.data, octets.len);
    }
}

void codec_assert_rows(codec_reader *read, const struct codec_row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int result = read(codec_octets(rows[i].hex));

        if (result != rows[i].result) {
            fail_msg("%s: %s instead of %s", rows[i].hex, ikl_error_name(result), ikl_error_name(rows[i].result));
        }
    }
}

void codec_assert_fixed(codec_reader *read, const char *hex, size_t fixed_len)
{
    struct ikl_octets whole = codec_octets(hex);

    assert_int_equal(read(whole), IKL_OK);
    for (size_t len = 0; len < fixed_len; len++) {
        assert_int_equal(read(codec_copy((struct ikl_octets){whole.data, len})), IKL_ERR_TRUNCATED);
    }
    assert_int_equal(read((struct ikl_octets){NULL, 0}), IKL_ERR_TRUNCATED);
}

/* A writer over `size` octets that are all in use but for `room`. */
static struct ikl_writer writer_with_room(uint8_t *data, size_t room)
{
    struct ikl_writer writer = ikl_writer(data, FRONT + room);

    ikl_write_octets(&writer, (const uint8_t *)"abc", FRONT);
    return writer;
}

void codec_assert_writes(codec_writer *write, const void *what, const char *hex)
{
    struct ikl_octets expected = codec_octets(hex);
    struct ikl_writer counting = ikl_writer(NULL, 0);

    for (size_t room = 0; room <= expected.len; room++) {
        uint8_t *data = allocate(FRONT + room);
        struct ikl_writer writer = writer_with_room(data, room);

        if (room < expected.len) {
            assert_int_equal(write(&writer, what), IKL_ERR_NO_BUFFER);
            assert_true(writer.failed);
            assert_int_equal(write(&writer, what), IKL_ERR_NO_BUFFER);
        } else {
            assert_int_equal(write(&writer, what), IKL_OK);
            assert_int_equal(writer.len, FRONT + expected.len);
            assert_memory_equal(data + FRONT, expected.data, expected.len);
        }
        assert_memory_equal(data, "abc", FRONT);
    }
    assert_int_equal(write(&counting, what), IKL_OK);
    assert_int_equal(counting.len, expected.len);
    assert_int_equal(write(&counting, what), IKL_OK);
    assert_int_equal(counting.len, 2 * expected.len);
}

void codec_assert_refuses(codec_writer *write, const void *what)
{
    static uint8_t data[2 * CODEC_ROOM];
    struct ikl_writer counting = ikl_writer(NULL, 0);
    struct ikl_writer writer;

    memset(data, 0xee, sizeof(data));
    writer = writer_with_room(data, sizeof(data) - FRONT);
    assert_int_equal(write(&writer, what), IKL_ERR_INVALID);
    assert_int_equal(writer.len, FRONT);
    assert_false(writer.failed);
    for (size_t i = FRONT; i < sizeof(data); i++) {
        assert_true(data[i] == 0xee);
    }
    assert_int_equal(write(&counting, what), IKL_ERR_INVALID);
    assert_int_equal(counting.len, 0);
}
