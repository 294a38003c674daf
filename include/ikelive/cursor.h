/* SPDX-License-Identifier: ISC */
/* ikelive cursor: octets in, octets out, every access checked against a bound. Knows octets, not IKE.
 *
 * Both cursors remember the first failure: a caller reads or writes a whole structure in wire order and looks
 * once, at the end. Nothing is allocated or copied; views point into the caller's memory. */
#ifndef IKELIVE_CURSOR_H
#define IKELIVE_CURSOR_H

#include <ikelive/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Reads forward. All fields are for reading only. */
struct ikl_reader {
    const uint8_t *at; /* the next octet */
    size_t left;       /* octets from `at` to the end; 0 once the reader has failed, so that loops over it end */
    bool failed;       /* a read went past the end; since then every read gives 0 or null */
};

/* A reader over `len` octets at `data`, which must outlive it and every view it gives. `data` may be null when
 * `len` is 0. */
IKL_API struct ikl_reader ikl_reader(const uint8_t *data, size_t len);

/* The next 1, 2, 4 or 8 octets as a big-endian number; 0 once the reader has failed. */
IKL_API uint8_t ikl_read_u8(struct ikl_reader *reader);
IKL_API uint16_t ikl_read_u16(struct ikl_reader *reader);
IKL_API uint32_t ikl_read_u32(struct ikl_reader *reader);
IKL_API uint64_t ikl_read_u64(struct ikl_reader *reader);

/* A view of the next `len` octets; an empty view with null data once the reader has failed. */
IKL_API struct ikl_octets ikl_read_octets(struct ikl_reader *reader, size_t len);

/* A reader over the next `len` octets, which this reader skips; a failed reader once this one has failed. */
IKL_API struct ikl_reader ikl_read_part(struct ikl_reader *reader, size_t len);

/* Writes forward into a caller's buffer, or only counts. Fields are for reading only. */
struct ikl_writer {
    uint8_t *data; /* start of the buffer; null: count only */
    size_t size;   /* octets there */
    size_t len;    /* octets written, or that would have been; never wraps, stays at SIZE_MAX */
    bool failed;   /* a write went past the end; since then nothing is stored, and `len` goes on counting */
};

/* A writer over `size` octets at `data`, which must outlive it. A null `data` makes a writer that only counts and
 * never fails. */
IKL_API struct ikl_writer ikl_writer(uint8_t *data, size_t size);

/* Appends a number in big-endian order. */
IKL_API void ikl_write_u8(struct ikl_writer *writer, uint8_t value);
IKL_API void ikl_write_u16(struct ikl_writer *writer, uint16_t value);
IKL_API void ikl_write_u32(struct ikl_writer *writer, uint32_t value);
IKL_API void ikl_write_u64(struct ikl_writer *writer, uint64_t value);

/* Appends `len` octets from `data`, which may overlap the buffer and may be null when `len` is 0. */
IKL_API void ikl_write_octets(struct ikl_writer *writer, const uint8_t *data, size_t len);

/* Appends `len` zero octets. */
IKL_API void ikl_write_zeros(struct ikl_writer *writer, size_t len);

/* Overwrites what was written at `offset`: back-patching of lengths and type fields. Does nothing when the writer
 * has failed or only counts; fails the writer when the octets at `offset` were not all written before. */
IKL_API void ikl_patch_u8(struct ikl_writer *writer, size_t offset, uint8_t value);
IKL_API void ikl_patch_u16(struct ikl_writer *writer, size_t offset, uint16_t value);
IKL_API void ikl_patch_u32(struct ikl_writer *writer, size_t offset, uint32_t value);

#ifdef __cplusplus
}
#endif
#endif
