/* SPDX-License-Identifier: ISC */
/* ikelive dump: lines of a message's text, for all that writes them. */
#include "dump/lines.h"

void ikl_dump_indent(const struct ikl_dumping *dumping, unsigned level)
{
    ikl_text_add(dumping->text, "%*s", (int)(2 * (dumping->indent + level)), "");
}

void ikl_dump_error_at(const struct ikl_dumping *dumping, unsigned level, int error, size_t offset)
{
    ikl_dump_indent(dumping, level);
    ikl_text_add(dumping->text, "! %s at octet %zu of the %s\n", ikl_error_name(error), offset, dumping->name);
}

void ikl_dump_error(const struct ikl_dumping *dumping, unsigned level, int error, const uint8_t *at)
{
    ikl_dump_error_at(dumping, level, error, (size_t)(at - dumping->base));
}

void ikl_dump_name(const struct ikl_dumping *dumping, const char *name, unsigned number)
{
    if (name != NULL) {
        ikl_text_add(dumping->text, "%s", name);
    } else {
        ikl_text_add(dumping->text, "%u", number);
    }
}

void ikl_dump_hex(const struct ikl_dumping *dumping, unsigned level, struct ikl_octets octets)
{
    if (dumping->contents && octets.len > 0) {
        ikl_dump_indent(dumping, level);
        ikl_text_add(dumping->text, "hex: ");
        ikl_text_add_hex(dumping->text, octets.data, octets.len);
        ikl_text_add(dumping->text, "\n");
    }
}
