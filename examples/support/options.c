/* SPDX-License-Identifier: ISC */
/* ikelive examples: command lines made of "--name VALUE", "--name=VALUE", "-nVALUE", "--name", and an operand. */
#include "options.h"

#include <ikelive/base.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HELP_COLUMN 26
#define WORDS_SIZE 512
#define LISTED_SIZE 2048 /* of a schedule as text */

static char words[WORDS_SIZE]; /* the last that were given */

static void print_help(FILE *out, const char *help)
{
    const char *end;

    while ((end = strchr(help, '\n')) != NULL) {
        fprintf(out, "%.*s\n%*s", (int)(end - help), help, HELP_COLUMN, "");
        help = end + 1;
    }
    fprintf(out, "%s\n", help);
}

static const struct command_option *find_operand(const struct command_line *line)
{
    for (size_t i = 0; i < line->n; i++) {
        if (line->options[i].name[0] != '-') {
            return &line->options[i];
        }
    }
    return NULL;
}

static void print_usage(FILE *out, const struct command_line *line)
{
    const struct command_option *operand = find_operand(line);
    char heading[64];

    fprintf(out, "usage: %s%s%s%s\n%s\n\n", line->program, operand != NULL ? " " : "",
            operand != NULL ? operand->name : "", line->n != 0 ? " [OPTION VALUE]..." : "", line->purpose);
    for (size_t i = 0; i < line->n; i++) {
        const char *value = line->options[i].value;

        (void)snprintf(heading, sizeof(heading), "  %s%s%s", line->options[i].name, value != NULL ? " " : "",
                       value != NULL ? value : "");
        fprintf(out, "%-*s", HELP_COLUMN, heading);
        print_help(out, line->options[i].help);
    }
    fprintf(out, "%-*sshow this text\n", HELP_COLUMN, "  -h, --help");
    fprintf(out, "%-*sshow the version\n", HELP_COLUMN, "  --version");
}

static enum options_outcome show_where_to_look(const struct command_line *line)
{
    fprintf(stderr, "%s --help shows the options\n", line->program);
    return OPTIONS_WRONG;
}

enum options_outcome options_refuse(const struct command_line *line, const char *what)
{
    fprintf(stderr, "%s: %s\n", line->program, what);
    return show_where_to_look(line);
}

bool options_none(const char *purpose, int argc, char **argv, int *status)
{
    const char *slash = argc > 0 ? strrchr(argv[0], '/') : NULL;
    const struct command_line line = {slash != NULL ? slash + 1 : argv[0], purpose, NULL, 0};
    enum options_outcome outcome = options_parse(&line, argc, argv);

    *status = outcome == OPTIONS_WRONG ? 2 : 0;
    return outcome != OPTIONS_RUN;
}

/* The name of an option without a short one in front of it. */
static const char *long_name(const struct command_option *option)
{
    const char *comma = strstr(option->name, ", ");

    return comma != NULL ? comma + 2 : option->name;
}

/* Whether the first `len` octets of `argument` are the option's name, or its short one. */
static bool is_named(const struct command_option *option, const char *argument, size_t len)
{
    const char *name = long_name(option);

    return (strlen(name) == len && strncmp(name, argument, len) == 0) ||
           (name != option->name && len == (size_t)(name - 2 - option->name) &&
            strncmp(option->name, argument, len) == 0);
}

/* Whether `argument` is the short name of an option that takes a value, and this value. */
static bool has_value_attached(const struct command_option *option, const char *argument)
{
    return option->value != NULL && long_name(option) == option->name + strlen("-x, ") &&
           strncmp(option->name, argument, strlen("-x")) == 0 && argument[1] != '-';
}

/* The option that `argument` names, else the operand where it can be one, else null. `value` becomes what follows a
 * '=', or a short name, or null. */
static const struct command_option *find(const struct command_line *line, const char *argument, const char **value)
{
    size_t len = strcspn(argument, "=");

    *value = NULL;
    if (argument[0] != '-') {
        return find_operand(line);
    }
    for (size_t i = 0; i < line->n; i++) {
        if (is_named(&line->options[i], argument, len)) {
            *value = argument[len] == '=' ? argument + len + 1 : NULL;
            return &line->options[i];
        }
        if (has_value_attached(&line->options[i], argument)) {
            *value = argument + strlen("-x");
            return &line->options[i];
        }
    }
    return NULL;
}

static bool takes_value(const struct command_option *option)
{
    return option->value != NULL || option->name[0] != '-';
}

/* `right` is what the option's parse says. */
static enum options_outcome refuse_value(const struct command_line *line, const struct command_option *option,
                                         const char *value, const char *right)
{
    if (!takes_value(option)) {
        fprintf(stderr, "%s: %s takes no value\n", line->program, long_name(option));
    } else if (value == NULL) {
        fprintf(stderr, "%s: %s needs a value: %s\n", line->program, long_name(option), right);
    } else {
        fprintf(stderr, "%s: %s cannot be \"%s\": it must be %s\n", line->program, long_name(option), value, right);
    }
    return show_where_to_look(line);
}

static enum options_outcome refuse_argument(const struct command_line *line, const char *argument)
{
    if (argument[0] == '-') {
        fprintf(stderr, "%s: there is no option %s\n", line->program, argument);
    } else {
        fprintf(stderr, "%s: there is no argument \"%s\"\n", line->program, argument);
    }
    return show_where_to_look(line);
}

static bool is_operand(const struct command_option *option)
{
    return option->name[0] != '-';
}

/* Parses the argument number `*at` and what belongs to it; `*at` becomes the last of these. */
static enum options_outcome parse_one(const struct command_line *line, int argc, char **argv, int *at)
{
    const char *value, *ignored, *right;
    const struct command_option *option = find(line, argv[*at], &value);

    if (option == NULL) {
        return refuse_argument(line, argv[*at]);
    }
    if (is_operand(option)) {
        value = argv[*at];
    } else if (value == NULL && takes_value(option) && *at + 1 < argc &&
               (argv[*at + 1][0] != '-' || find(line, argv[*at + 1], &ignored) == NULL)) {
        value = argv[++*at];
    }
    if (value != NULL && !takes_value(option)) {
        return refuse_value(line, option, value, NULL);
    }
    right = option->parse(value == NULL && takes_value(option) ? "" : value, option->into);
    return right == NULL ? OPTIONS_RUN : refuse_value(line, option, value, right);
}

enum options_outcome options_parse(const struct command_line *line, int argc, char **argv)
{
    enum options_outcome outcome = OPTIONS_RUN;

    for (int i = 1; i < argc && outcome == OPTIONS_RUN; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            print_usage(stdout, line);
            return OPTIONS_HELP;
        }
        if (strcmp(argv[i], "--version") == 0) {
            printf("%s (ikelive) %s\n", line->program, ikl_version());
            return OPTIONS_HELP;
        }
        outcome = parse_one(line, argc, argv, &i);
    }
    return outcome;
}

static bool read_number(const char *text, double least, double most, double *out)
{
    char *end;
    double number;

    if (strspn(text, "0123456789.eE+-") != strlen(text)) {
        return false;
    }
    number = strtod(text, &end);
    if (end == text || *end != '\0' || !(number >= least && number <= most)) {
        return false;
    }
    *out = number;
    return true;
}

const char *options_number(const char *text, const char *what, double least, double most, double *out)
{
    if (read_number(text, least, most, out)) {
        return NULL;
    }
    (void)snprintf(words, sizeof(words), "%s from %.15g to %.15g", what, least, most);
    return words;
}

const char *options_whole(const char *text, double least, double most, uint64_t *out)
{
    double number;

    if (read_number(text, least, most, &number) && number == (double)(uint64_t)number) {
        *out = (uint64_t)number;
        return NULL;
    }
    (void)snprintf(words, sizeof(words), "a whole number from %.15g to %.15g", least, most);
    return words;
}

const char *options_parse_count(const char *text, void *count)
{
    struct options_count *into = count;
    uint64_t number;
    const char *right = options_whole(text, into->least, into->most, &number);

    if (right == NULL) {
        into->value = (uint32_t)number;
    }
    return right;
}

const char *options_parse_text(const char *text, void *into)
{
    if (text[0] == '\0') {
        return "text that is not empty";
    }
    *(const char **)into = text;
    return NULL;
}

const char *options_parse_flag(const char *text, void *into)
{
    (void)text;
    *(bool *)into = true;
    return NULL;
}

/* The names of all schedules; gives the length, which is less than WORDS_SIZE. */
static size_t list_schedules(size_t len)
{
    const char *name;
    int added;

    for (size_t i = 0; (name = ikl_schedule_name(i)) != NULL; i++) {
        added = snprintf(words + len, sizeof(words) - len, "%s%s", i != 0 ? ", " : "", name);
        len = added > 0 && (size_t)added < sizeof(words) - len ? len + (size_t)added : len;
    }
    return len;
}

static bool list_or_name(const char *text, struct ikl_schedule *out)
{
    const struct ikl_schedule *named = ikl_schedule_by_name(text);

    if (named == NULL) {
        return ikl_schedule_parse(out, text) == IKL_OK;
    }
    *out = *named;
    return true;
}

/* A schedule as it is listed, or with another end. */
static bool listed_or_changed(const char *text, struct ikl_schedule *out)
{
    char listed[LISTED_SIZE];
    const char *end = strchr(text, '+');
    size_t len = end != NULL ? (size_t)(end - text) : strlen(text);

    if (len >= sizeof(listed)) {
        return false;
    }
    memcpy(listed, text, len);
    listed[len] = '\0';
    if (!list_or_name(listed, out)) {
        return false;
    }
    if (end == NULL) {
        return true;
    }
    return strcmp(end, "+trimmed") == 0   ? ikl_schedule_trim(out, out, 0) == IKL_OK
           : strcmp(end, "+parting") == 0 ? ikl_schedule_with_parting_send(out, out) == IKL_OK
                                          : false;
}

const char *options_schedule(const char *text, struct ikl_schedule *out)
{
    size_t len;

    if (listed_or_changed(text, out)) {
        return NULL;
    }
    len = (size_t)snprintf(words, sizeof(words), "a name (");
    len = list_schedules(len);
    (void)snprintf(words + len, sizeof(words) - len,
                   "), or waits in seconds, 0.001 to %d, as in 1,2,4.5 or 5,10,60x6 (six of 60); at most %d different; "
                   "then perhaps +trimmed, a last wait of 1 s, or +parting, a send 1 s before the end of a longer one",
                   IKL_SCHEDULE_MAX_WAIT / 1000, IKL_SCHEDULE_MAX_WAITS);
    return words;
}
