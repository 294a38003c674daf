/* SPDX-License-Identifier: ISC */
/* Messages as text, for tests to compare. See dump_text.h. */
#include "dump_text.h"

#include "test.h"

enum { ROOM = 200000 };

const char *dump_text(struct ikl_octets message, const struct ikl_dump *options)
{
    static char text[ROOM];
    int len = ikl_message_dump(message.data, message.len, options, text, sizeof(text));

    assert_int_equal(len, strlen(text));
    return text;
}

const char *dump_lines(struct ikl_octets message, const struct ikl_dump *options)
{
    return strchr(dump_text(message, options), '\n') + 1;
}
