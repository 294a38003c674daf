/* SPDX-License-Identifier: ISC */
/* Octets as hexadecimal text. */
#include "hex.h"

static const char digits[] = "0123456789abcdef";

/* 0 to 15, or 16 for what is no digit. */
static unsigned digit_value(char digit)
{
    if (digit >= '0' && digit <= '9') {
        return (unsigned)(digit - '0');
    }
    if (digit >= 'a' && digit <= 'f') {
        return (unsigned)(digit - 'a') + 10;
    }
    return digit >= 'A' && digit <= 'F' ? (unsigned)(digit - 'A') + 10 : 16;
}

static const char *skip_blanks(const char *text)
{
    while (*text == ' ' || *text == '\n') {
        text++;
    }
    return text;
}

size_t hex_decode(uint8_t *out, size_t size, const char *text)
{
    size_t len = 0;

    for (text = skip_blanks(text); *text != '\0'; text = skip_blanks(text + 2)) {
        unsigned high = digit_value(text[0]);
        unsigned low = high < 16 ? digit_value(text[1]) : 16;

        if (low == 16 || len == size) {
            return SIZE_MAX;
        }
        out[len++] = (uint8_t)(high << 4 | low);
    }
    return len;
}

void hex_encode(char *out, const uint8_t *data, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        *out++ = digits[data[i] >> 4];
        *out++ = digits[data[i] & 15];
    }
    *out = '\0';
}
