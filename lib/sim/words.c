/* SPDX-License-Identifier: ISC */
/* ikelive sim: the words and numbers of a line of a script. */
#include "inside.h"

#include <string.h>

enum { MS_DECIMALS = 3, PERCENT_DECIMALS = 4, MOST_CHANCE = 1000000 };

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* The length of the line before a comment. */
static size_t useful_len(const char *line, size_t len)
{
    const char *comment = memchr(line, '#', len);

    return comment != NULL ? (size_t)(comment - line) : len;
}

static bool split(struct ikl_sim_line *line)
{
    char *at = line->text;

    for (line->n = 0;; line->n++) {
        while (is_space(*at)) {
            *at++ = '\0';
        }
        if (*at == '\0') {
            return true;
        }
        if (line->n == IKL_SIM_WORDS) {
            return false;
        }
        line->words[line->n] = at;
        while (*at != '\0' && !is_space(*at)) {
            at++;
        }
    }
}

bool ikl_sim_take_line(const char **script, struct ikl_sim_line *out)
{
    size_t len = strcspn(*script, "\n"), useful = useful_len(*script, len);

    if (useful >= sizeof(out->text)) {
        return false;
    }
    memcpy(out->text, *script, useful);
    out->text[useful] = '\0';
    *script += len + ((*script)[len] == '\n' ? 1 : 0);
    return split(out);
}

/* Reads a number with up to `decimals` decimals, times ten to that power; `end` is what follows it. */
static bool read_decimal(const char *word, unsigned decimals, uint64_t most, uint64_t *out, const char **end)
{
    const char *at = word;
    uint64_t number = 0;
    bool after_point = false;
    unsigned left = decimals;

    for (; (*at >= '0' && *at <= '9') || (*at == '.' && !after_point && at != word && decimals != 0); at++) {
        if (*at == '.') {
            after_point = true;
            continue;
        }
        if ((after_point && left-- == 0) || number > (UINT64_MAX - 9) / 10) {
            return false;
        }
        number = number * 10 + (uint64_t)(*at - '0');
    }
    if (at == word || at[-1] == '.') {
        return false;
    }
    for (; left > 0; left--) {
        if (number > UINT64_MAX / 10) {
            return false;
        }
        number *= 10;
    }
    *out = number;
    *end = at;
    return number <= most;
}

bool ikl_sim_read_seconds(const char *word, uint64_t most, uint64_t *out)
{
    const char *end;

    return read_decimal(word, MS_DECIMALS, most, out, &end) && *end == '\0';
}

/* Millionths from "0.5%". */
static bool read_chance(const char *word, uint32_t *out)
{
    const char *end;
    uint64_t chance;

    if (!read_decimal(word, PERCENT_DECIMALS, MOST_CHANCE, &chance, &end) || strcmp(end, "%") != 0) {
        return false;
    }
    *out = (uint32_t)chance;
    return true;
}

bool ikl_sim_read_number(const char *word, uint64_t most, uint64_t *out)
{
    const char *end;

    return read_decimal(word, 0, most, out, &end) && *end == '\0';
}

static const struct ikl_sim_option *find_option(const struct ikl_sim_option *options, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(options[i].name, name) == 0) {
            return &options[i];
        }
    }
    return NULL;
}

static bool read_value(const struct ikl_sim_option *option, const char *word, unsigned char *member)
{
    uint64_t number = 0;
    uint32_t chance = 0;
    uint16_t small;
    uint8_t octet;
    bool read;

    switch (option->kind) {
    case IKL_SIM_WORD_TEXT:
        memcpy(member, &word, sizeof(word));
        return true;
    case IKL_SIM_WORD_SHORT:
        read = ikl_sim_read_number(word, UINT16_MAX, &number);
        small = (uint16_t)number;
        memcpy(member, &small, sizeof(small));
        return read;
    case IKL_SIM_WORD_OCTET:
        read = ikl_sim_read_number(word, UINT8_MAX, &number);
        octet = (uint8_t)number;
        memcpy(member, &octet, sizeof(octet));
        return read;
    case IKL_SIM_WORD_CHANCE:
        read = read_chance(word, &chance);
        break;
    case IKL_SIM_WORD_SECONDS:
        read = ikl_sim_read_seconds(word, UINT32_MAX, &number);
        chance = (uint32_t)number;
        break;
    default:
        read = ikl_sim_read_number(word, UINT32_MAX, &number);
        chance = (uint32_t)number;
        break;
    }
    memcpy(member, &chance, sizeof(chance));
    return read;
}

const char *ikl_sim_read_options(const struct ikl_sim_option *options, size_t n_options, const char *const *words,
                                 size_t n, void *out)
{
    unsigned char *members = out;

    for (size_t i = 0; i < n; i++) {
        const struct ikl_sim_option *option = find_option(options, n_options, words[i]);

        if (option == NULL) {
            return "an option that this line does not have";
        }
        if (option->kind == IKL_SIM_WORD_FLAG) {
            *(bool *)(members + option->offset) = true;
        } else if (++i == n) {
            return "an option without a value";
        } else if (!read_value(option, words[i], members + option->offset)) {
            return "a value that is no such value, or too large";
        }
    }
    return NULL;
}
