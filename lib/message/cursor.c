/* SPDX-License-Identifier: ISC */
/* ikelive cursor: every read and write goes through one check, `take` or `claim`. */
#include <ikelive/message.h>

#include "octets.h"

#include <string.h>

struct ikl_reader ikl_reader(const uint8_t *data, size_t len)
{
    return (struct ikl_reader){.at = data, .left = len};
}

/* Skips `len` octets. True when they are there; else the reader has failed. */
static bool take(struct ikl_reader *reader, size_t len, const uint8_t **start)
{
    if (reader->failed || len > reader->left) {
        *reader = (struct ikl_reader){.failed = true};
        return false;
    }
    *start = reader->at;
    if (len > 0) { /* an empty reader may have null data, and nothing may be added to null */
        reader->at += len;
        reader->left -= len;
    }
    return true;
}

uint8_t ikl_read_u8(struct ikl_reader *reader)
{
    const uint8_t *start;

    return take(reader, 1, &start) ? *start : 0;
}

uint16_t ikl_read_u16(struct ikl_reader *reader)
{
    const uint8_t *start;

    return take(reader, 2, &start) ? ikl_load_u16(start) : 0;
}

uint32_t ikl_read_u32(struct ikl_reader *reader)
{
    const uint8_t *start;

    return take(reader, 4, &start) ? ikl_load_u32(start) : 0;
}

uint64_t ikl_read_u64(struct ikl_reader *reader)
{
    const uint8_t *start;

    return take(reader, 8, &start) ? ikl_load_u64(start) : 0;
}

struct ikl_octets ikl_read_octets(struct ikl_reader *reader, size_t len)
{
    const uint8_t *start;

    if (!take(reader, len, &start)) {
        return (struct ikl_octets){.data = NULL};
    }
    return (struct ikl_octets){.data = start, .len = len};
}

struct ikl_reader ikl_read_part(struct ikl_reader *reader, size_t len)
{
    const uint8_t *start;

    if (!take(reader, len, &start)) {
        return (struct ikl_reader){.failed = true};
    }
    return ikl_reader(start, len);
}

struct ikl_writer ikl_writer(uint8_t *data, size_t size)
{
    return (struct ikl_writer){.data = data, .size = size};
}

/* Counts `len` octets more. Returns where to store them, or null when they are not to be stored. */
static uint8_t *claim(struct ikl_writer *writer, size_t len)
{
    size_t offset = writer->len;

    writer->len = len <= SIZE_MAX - offset ? offset + len : SIZE_MAX;
    if (writer->data == NULL || writer->failed) {
        return NULL;
    }
    if (len > writer->size - offset) {
        writer->failed = true;
        return NULL;
    }
    return writer->data + offset;
}

void ikl_write_u8(struct ikl_writer *writer, uint8_t value)
{
    uint8_t *start = claim(writer, 1);

    if (start != NULL) {
        *start = value;
    }
}

void ikl_write_u16(struct ikl_writer *writer, uint16_t value)
{
    uint8_t *start = claim(writer, 2);

    if (start != NULL) {
        ikl_store_u16(start, value);
    }
}

void ikl_write_u32(struct ikl_writer *writer, uint32_t value)
{
    uint8_t *start = claim(writer, 4);

    if (start != NULL) {
        ikl_store_u32(start, value);
    }
}

void ikl_write_u64(struct ikl_writer *writer, uint64_t value)
{
    uint8_t *start = claim(writer, 8);

    if (start != NULL) {
        ikl_store_u64(start, value);
    }
}

void ikl_write_octets(struct ikl_writer *writer, const uint8_t *data, size_t len)
{
    uint8_t *start = claim(writer, len);

    if (start != NULL && len > 0) {
        memmove(start, data, len);
    }
}

void ikl_write_zeros(struct ikl_writer *writer, size_t len)
{
    uint8_t *start = claim(writer, len);

    if (start != NULL) {
        memset(start, 0, len);
    }
}

/* Returns the `len` octets written at `offset`, or null when there is nothing to patch. */
static uint8_t *written(struct ikl_writer *writer, size_t offset, size_t len)
{
    if (writer->data == NULL || writer->failed) {
        return NULL;
    }
    if (offset > writer->len || len > writer->len - offset) {
        writer->failed = true;
        return NULL;
    }
    return writer->data + offset;
}

void ikl_patch_u8(struct ikl_writer *writer, size_t offset, uint8_t value)
{
    uint8_t *start = written(writer, offset, 1);

    if (start != NULL) {
        *start = value;
    }
}

void ikl_patch_u16(struct ikl_writer *writer, size_t offset, uint16_t value)
{
    uint8_t *start = written(writer, offset, 2);

    if (start != NULL) {
        ikl_store_u16(start, value);
    }
}

void ikl_patch_u32(struct ikl_writer *writer, size_t offset, uint32_t value)
{
    uint8_t *start = written(writer, offset, 4);

    if (start != NULL) {
        ikl_store_u32(start, value);
    }
}
