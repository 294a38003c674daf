/* SPDX-License-Identifier: ISC */
/* Messages as text, for tests to compare. */
#ifndef TEST_DUMP_TEXT_H
#define TEST_DUMP_TEXT_H

#include <ikelive/dump.h>

/* The whole text, which must be as long as is said; until the next call. */
const char *dump_text(struct ikl_octets message, const struct ikl_dump *options);

/* The same without its first line, that of the header. */
const char *dump_lines(struct ikl_octets message, const struct ikl_dump *options);

#endif
