/* SPDX-License-Identifier: ISC */
/* ikelive text: appends to a caller's string and counts what did not fit, as snprintf does. */
#ifndef IKL_TEXT_H
#define IKL_TEXT_H

#include <ikelive/base.h>

struct ikl_text {
    char *at;
    size_t size; /* room, terminator included */
    size_t len;  /* what was appended, whether it fitted or not */
};

/* Terminated at once when size > 0; `at` may be null when size is 0. */
struct ikl_text ikl_text(char *at, size_t size);

/* Appends like printf. */
#if defined(__MINGW32__) && !defined(__clang__)
__attribute__((format(gnu_printf, 2, 3))) /* MinGW's vsnprintf in C11, not that of Windows */
#elif defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
void ikl_text_add(struct ikl_text *text, const char *format, ...);

/* Appends octets from outside: printable ASCII as it is, a backslash doubled, the rest as \xNN. */
void ikl_text_add_escaped(struct ikl_text *text, const uint8_t *data, size_t len);

/* Appends two hexadecimal digits for each octet. */
void ikl_text_add_hex(struct ikl_text *text, const uint8_t *data, size_t len);

/* Appends a number of ms as seconds, "1.500". */
void ikl_text_add_seconds(struct ikl_text *text, uint64_t ms);

/* What the caller returns: the whole length, not above INT_MAX. */
int ikl_text_len(const struct ikl_text *text);

#endif
