/* SPDX-License-Identifier: ISC */
/* ikeping --conformance: the checks there are, and which are wanted. */
#include "checks.h"

#include <stdio.h>
#include <string.h>

const struct check_area *const check_areas[] = {
    &repeats_area,   &message_ids_area, &unprotected_area, &forged_area,    &payloads_area,
    &encrypted_area, &fragments_area,   &deletes_area,     &rekeys_area,    &init_area,
    &cookies_area,   &moves_area,       &asks_area,        &crossings_area, &clients_area,
};
const size_t n_check_areas = sizeof(check_areas) / sizeof(check_areas[0]);

static bool is_word(const char *word, size_t len, const char *text)
{
    return strlen(text) == len && strncmp(word, text, len) == 0;
}

/* Whether a word names this check, or its area. */
static bool names(const char *word, size_t len, size_t area, size_t check)
{
    char number[32], area_number[16];

    (void)snprintf(area_number, sizeof(area_number), "%zu", area + 1);
    (void)snprintf(number, sizeof(number), "%zu.%zu", area + 1, check + 1);
    return is_word(word, len, "all") || is_word(word, len, area_number) || is_word(word, len, number) ||
           is_word(word, len, check_areas[area]->checks[check].name);
}

static bool names_any(const char *word, size_t len)
{
    for (size_t area = 0; area < n_check_areas; area++) {
        for (size_t check = 0; check < check_areas[area]->n; check++) {
            if (names(word, len, area, check)) {
                return true;
            }
        }
    }
    return false;
}

const char *checks_words(const char *text)
{
    const char *word = text;
    size_t len = strcspn(word, ",");

    while (names_any(word, len)) {
        if (word[len] == '\0') {
            return NULL;
        }
        word += len + 1;
        len = strcspn(word, ",");
    }
    return "all, list, or numbers and names of it joined by commas, like 1,4.2,far-request";
}

bool checks_have(const char *text, size_t area, size_t check)
{
    const char *word = text;
    size_t len = strcspn(word, ",");

    while (!names(word, len, area, check)) {
        if (word[len] == '\0') {
            return false;
        }
        word += len + 1;
        len = strcspn(word, ",");
    }
    return true;
}
