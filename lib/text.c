/* SPDX-License-Identifier: ISC */
/* ikelive text: appends to a caller's string and counts what did not fit, as snprintf does. */
#include "text.h"

#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>

struct ikl_text ikl_text(char *at, size_t size)
{
    if (size != 0) {
        at[0] = '\0';
    }
    return (struct ikl_text){at, size, 0};
}

void ikl_text_add(struct ikl_text *text, const char *format, ...)
{
    bool room = text->len < text->size;
    va_list arguments;
    int added;

    va_start(arguments, format);
    added = vsnprintf(room ? text->at + text->len : NULL, room ? text->size - text->len : 0, format, arguments);
    va_end(arguments);
    if (added > 0) {
        text->len += (size_t)added;
    }
}

void ikl_text_add_escaped(struct ikl_text *text, const uint8_t *data, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (data[i] == '\\') {
            ikl_text_add(text, "\\\\");
        } else if (data[i] >= 0x20 && data[i] < 0x7f) {
            ikl_text_add(text, "%c", data[i]);
        } else {
            ikl_text_add(text, "\\x%02x", data[i]);
        }
    }
}

void ikl_text_add_hex(struct ikl_text *text, const uint8_t *data, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        ikl_text_add(text, "%02x", data[i]);
    }
}

void ikl_text_add_seconds(struct ikl_text *text, uint64_t ms)
{
    ikl_text_add(text, "%" PRIu64 ".%03u", ms / 1000, (unsigned)(ms % 1000));
}

int ikl_text_len(const struct ikl_text *text)
{
    return text->len < INT_MAX ? (int)text->len : INT_MAX;
}
