/* SPDX-License-Identifier: ISC */
/* What must hold for the text of any octets. See dump_check.h. */
#include "dump_check.h"

#include "check.h"

#include <string.h>

static void check_lines(const char *text, size_t len)
{
    CHECK(len > 0 && text[len - 1] == '\n');
    for (size_t i = 0; i < len; i++) {
        CHECK(text[i] == '\n' || (text[i] >= 0x20 && text[i] < 0x7f));
    }
}

/* Lines about errors begin with blanks and "! ", others never: contents have a word before them. */
static bool says_wrong(const char *text)
{
    for (const char *line = text; *line != '\0'; line = strchr(line, '\n') + 1) {
        if (strncmp(line + strspn(line, " "), "! ", 2) == 0) {
            return true;
        }
    }
    return false;
}

bool check_dump(const uint8_t *datagram, size_t len, const struct ikl_dump *options, size_t room)
{
    int expected = ikl_message_dump(datagram, len, options, NULL, 0);
    size_t text_len = (size_t)expected;
    char *whole = malloc(text_len + 1);
    char *cut = malloc(room + 1);
    bool wrong;

    CHECK(expected > 0 && whole != NULL && cut != NULL);
    CHECK(ikl_message_dump(datagram, len, options, whole, text_len + 1) == expected);
    CHECK(strlen(whole) == text_len);
    check_lines(whole, text_len);
    wrong = says_wrong(whole);

    CHECK(ikl_message_dump(datagram, len, options, cut, room + 1) == expected);
    CHECK(strlen(cut) == (room < text_len ? room : text_len));
    CHECK(memcmp(cut, whole, strlen(cut)) == 0);
    free(cut);
    free(whole);
    return wrong;
}
