/* SPDX-License-Identifier: ISC */
/* ikeping: JSON objects, one a line. */
#include "json.h"

#include <inttypes.h>

static void write_string(FILE *out, const char *text)
{
    fputc('"', out);
    for (; *text != '\0'; text++) {
        unsigned char octet = (unsigned char)*text;

        if (octet == '"' || octet == '\\') {
            fprintf(out, "\\%c", octet);
        } else if (octet < 0x20 || octet >= 0x7f) {
            fprintf(out, "\\u%04x", octet);
        } else {
            fputc(octet, out);
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
