/* SPDX-License-Identifier: ISC */
/* ikeping: JSON objects, one a line. */
#include "json.h"

#include <inttypes.h>

/* Reads a character of so many octets, two at least. False when they are no UTF-8. */
static bool read_sequence(const char *text, size_t len, uint32_t *character)
{
    static const uint32_t least[] = {[2] = 0x80, [3] = 0x800, [4] = 0x10000};

    *character = (unsigned char)text[0] & (0x7fu >> len);
    for (size_t i = 1; i < len; i++) {
        if (((unsigned char)text[i] & 0xc0) != 0x80) {
            return false;
        }
        *character = *character << 6 | ((unsigned char)text[i] & 0x3f);
    }
    return *character >= least[len] && *character <= 0x10ffff && (*character < 0xd800 || *character > 0xdfff);
}

/* Reads the character that a text begins with, and gives how many octets it has. An octet that is no UTF-8 is one. */
static size_t read_character(const char *text, uint32_t *character)
{
    unsigned char first = (unsigned char)text[0];
    size_t len = first < 0xc0 || first >= 0xf8 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;

    if (len == 1 || !read_sequence(text, len, character)) {
        *character = first;
        len = 1;
    }
    return len;
}

static void write_escaped(FILE *out, uint32_t character)
{
    if (character > UINT16_MAX) { /* a pair of surrogates */
        fprintf(out, "\\u%04" PRIx32, 0xd7c0 + (character >> 10));
        character = 0xdc00 | (character & 0x3ff);
    }
    fprintf(out, "\\u%04" PRIx32, character);
}

static void write_string(FILE *out, const char *text)
{
    uint32_t character;

    fputc('"', out);
    while (*text != '\0') {
        text += read_character(text, &character);
        if (character == '"' || character == '\\') {
            fprintf(out, "\\%c", (char)character);
        } else if (character < 0x20 || character >= 0x7f) {
            write_escaped(out, character);
        } else {
            fputc((char)character, out);
        }
    }
    fputc('"', out);
}

static void write_name(FILE *out, const char *name)
{
    fputc(',', out);
    write_string(out, name);
    fputc(':', out);
}

void json_begin(FILE *out, const char *event)
{
    fputs("{\"event\":", out);
    write_string(out, event);
}

void json_string(FILE *out, const char *name, const char *value)
{
    write_name(out, name);
    write_string(out, value);
}

void json_whole(FILE *out, const char *name, uint64_t value)
{
    write_name(out, name);
    fprintf(out, "%" PRIu64, value);
}

void json_decimal(FILE *out, const char *name, double value, int digits)
{
    write_name(out, name);
    fprintf(out, "%.*f", digits, value);
}

void json_milliseconds(FILE *out, const char *name, const uint32_t *values, size_t n)
{
    write_name(out, name);
    fputc('[', out);
    for (size_t i = 0; i < n; i++) {
        fprintf(out, "%s%.3f", i == 0 ? "" : ",", (double)values[i] / 1000);
    }
    fputc(']', out);
}

void json_bool(FILE *out, const char *name, bool value)
{
    write_name(out, name);
    fputs(value ? "true" : "false", out);
}

void json_end(FILE *out)
{
    fputs("}\n", out);
    fflush(out);
}
