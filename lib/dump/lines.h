/* SPDX-License-Identifier: ISC */
/* ikelive dump, inside: lines of a message's text. */
#ifndef IKL_DUMP_LINES_H
#define IKL_DUMP_LINES_H

#include "text.h"

#include <ikelive/message.h>

/* A text being written about one run of octets: the message, or what was decrypted. */
struct ikl_dumping {
    struct ikl_text *text;
    const uint8_t *base; /* octet 0 */
    const char *name;    /* what the octets are */
    unsigned indent;     /* levels before a payload's line */
    bool contents;
    bool response;
};

/* Begins a line `level` levels inside a payload. */
void ikl_dump_indent(const struct ikl_dumping *dumping, unsigned level);

/* A whole line that says what is wrong with the structure at `at`, or at an offset from octet 0. */
void ikl_dump_error(const struct ikl_dumping *dumping, unsigned level, int error, const uint8_t *at);
void ikl_dump_error_at(const struct ikl_dumping *dumping, unsigned level, int error, size_t offset);

/* Appends a name, or the number where there is no name. */
void ikl_dump_name(const struct ikl_dumping *dumping, const char *name, unsigned number);

/* A line with octets, when contents are to be shown and there are any. */
void ikl_dump_hex(const struct ikl_dumping *dumping, unsigned level, struct ikl_octets octets);

#endif
