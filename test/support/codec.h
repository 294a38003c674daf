/* SPDX-License-Identifier: ISC */
/* What the tests of readers and writers of payloads share. */
#ifndef TEST_CODEC_H
#define TEST_CODEC_H

#include <ikelive/message.h>

enum { CODEC_ROOM = 70000 };

/* The octets of a hexadecimal text, in memory of their own length so that reading beyond it is noticed; until
 * codec_free. */
struct ikl_octets codec_octets(const char *hex);

/* `len` octets of one value, the same way. */
struct ikl_octets codec_fill(size_t len, uint8_t value);

/* A copy, the same way. */
struct ikl_octets codec_copy(struct ikl_octets octets);

/* Frees all those. A cmocka teardown. */
int codec_free(void **state);

/* The octets are these. */
void codec_assert_octets(struct ikl_octets octets, const char *hex);

/* A reader, its result thrown away. CODEC_READER makes one that also checks that an error writes nothing. */
typedef int codec_reader(struct ikl_octets body);

#define CODEC_READER(name, out_type, read)                                                                             \
    static int name(struct ikl_octets body)                                                                            \
    {                                                                                                                  \
        out_type out;                                                                                                  \
        out_type before;                                                                                               \
        int result;                                                                                                    \
                                                                                                                       \
        memset(&out, 0xa5, sizeof(out));                                                                               \
        memset(&before, 0xa5, sizeof(before));                                                                         \
        result = read(&out, body);                                                                                     \
        if (result != IKL_OK) {                                                                                        \
            assert_memory_equal(&out, &before, sizeof(out));                                                           \
        }                                                                                                              \
        return result;                                                                                                 \
    }

/* A body and what becomes of it. */
struct codec_row {
    const char *hex;
    int result;
};

void codec_assert_rows(codec_reader *read, const struct codec_row *rows, size_t n);

/* A body cut to fewer than `fixed_len` octets is IKL_ERR_TRUNCATED. */
void codec_assert_fixed(codec_reader *read, const char *hex, size_t fixed_len);

/* A writer of what `what` points to. */
typedef int codec_writer(struct ikl_writer *writer, const void *what);

/* It writes these octets where the writer has got to; with a null buffer counts as many; in less room, and after an
 * earlier failure, is IKL_ERR_NO_BUFFER. */
void codec_assert_writes(codec_writer *write, const void *what, const char *hex);

/* It refuses, and nothing is written. */
void codec_assert_refuses(codec_writer *write, const void *what);

#endif
